"""The operator's pages about people: roster, invitations on paper, access, closing accounts."""

from __future__ import annotations

import base64
import re

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from grader.cli.people import people_command
from grader.errors import InvalidContent, UsageError
from grader.grading.roster import parse_people
from grader.model.people import Access
from grader.portal.context import Portal
from grader.portal.roster_import import plan_import
from grader.store.audit import list_audit
from grader.store.people import PeopleFilter, find_account, list_people

HEADER = "id,name,site,role,cohort,access\n"
ROSTER = HEADER + "hq-001,강한별,headquarters,it,essentials-2026,\n대구 2,이나래,daegu,clinician,,grader\n"


@pytest.fixture
def operator(sign_in):
    """An operator who is signed in."""
    return sign_in(Access.OPERATOR, "boss")


def preview(operator, text: str | bytes):
    content = text.encode() if isinstance(text, str) else text
    files = {"roster": ("명단.csv", content, "text/csv")}
    return operator.browser.post("/operate/people/import", data={"csrf": operator.csrf}, files=files)


def confirm(operator, page: str, **more: str):
    fields = dict(re.findall(r'name="(content|digest)" value="([^"]+)"', page))
    return operator.post("/operate/people/import/confirm", {**fields, **more})


def test_a_roster_is_previewed_then_applied_then_nothing_is_left_to_do(operator, portal: Portal) -> None:
    """The preview changes nothing; applying twice is applying once."""
    page = preview(operator, ROSTER)
    assert page.status_code == 200
    assert "새로 추가 2명" in page.text
    with portal.store.read() as db:
        assert len(list_people(db)) == 1
    assert confirm(operator, page.text).headers["location"] == "/operate/people?done=done_import"
    with portal.store.read() as db:
        account = find_account(db, "대구 2")
    assert account is not None
    assert (account.person.access, account.person.name) == (Access.GRADER, "이나래")
    again = preview(operator, ROSTER).text
    assert "새로 추가 0명" in again
    assert "그대로 2명" in again


def test_what_was_confirmed_is_what_is_done(operator, portal: Portal) -> None:
    """If people changed after the preview, the preview is shown again and nothing is done."""
    page = preview(operator, ROSTER).text
    confirm(operator, preview(operator, HEADER + "hq-001,다른 이름,headquarters,it,,\n").text)
    answer = confirm(operator, page)
    assert answer.status_code == 200
    assert "다시 확인해 주십시오" in answer.text
    with portal.store.read() as db:
        assert find_account(db, "대구 2") is None
    broken = operator.post("/operate/people/import/confirm", {"content": "no base64!", "digest": ""})
    assert broken.status_code == 400


def test_all_problems_come_at_once_with_their_lines(operator) -> None:
    """Unknown names, look-alike and reserved ids, duplicates however spelled, nameless people."""
    text = (
        HEADER
        + "a,가,mars,it,,\nb,나,daegu,pilot,,\nc,다,daegu,it,winter,\nd,라,daegu,it,,king\n"
        + "Ａ,마,daegu,it,,\nра1a,바,daegu,it,,\nsystem,사,daegu,it,,\n"
        + "deleted-1,아,daegu,it,,\ne,,daegu,it,,\n"
    )
    page = preview(operator, text)
    assert page.status_code == 400
    lines = re.findall(r'<td class="number">(\d+)</td><td>(\S+)', page.text)
    assert [int(line) for line, _ in lines] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert "반영" not in page.text


@pytest.mark.parametrize(
    "text",
    [
        "id,id,phone\n",
        HEADER,
        HEADER + 'a,"x\0,it,,\n',
        HEADER + "a,가,jeju,it,,,more\n*,나,jeju,it,,\nb,다,jeju,it,,\nB,라,jeju,it,,\n",
        HEADER + "a,가,No,it,,\nb,나,jeju,it,,king\nc,다,mars,it,,\nсc,라,jeju,it,,\nd,,jeju,it,,\n",
        HEADER + f"e,{'가' * 201},jeju,it,,\nsystem,바,jeju,it,,\nboss,이름,jeju,it,,\n",
        HEADER + "boss,이름,jeju,it,,trainee\n",
        ROSTER.encode("cp949"),
        ROSTER.encode("utf-16"),
        b"\xff\x00\xff",
    ],
)
def test_a_korean_operator_reads_korean(operator, text: str | bytes) -> None:
    """Every problem and what to do about it is told in the page's language; so it is in English."""
    page = preview(operator, text)
    assert page.status_code == 400
    assert 'lang="en"' not in page.text.split("<tbody>")[1].split("</tbody>")[0]
    for cell in re.findall(r"<td>(.*?)</td>", page.text, re.DOTALL):
        assert any("가" <= letter <= "힣" for letter in cell), cell
    files = {"roster": ("r.csv", text, "text/csv")}
    english = operator.browser.post(
        "/operate/people/import?lang=en", data={"csrf": operator.csrf}, files=files
    ).text
    rows = english.split("<tbody>")[1].split("</tbody>")[0]
    assert re.search(r"(Write|Use|Save|Give|Add|Put|Check|Appoint|The first line|Ids|Everybody)", rows)


def test_a_file_of_a_korean_spreadsheet_is_explained(operator) -> None:
    """CP949 and UTF-16 are named; nothing is guessed."""
    for encoding, name in (("cp949", "CP949"), ("utf-16", "UTF-16")):
        page = preview(operator, ROSTER.encode(encoding))
        assert page.status_code == 400
        assert name in page.text


def test_columns_that_are_absent_change_nothing(operator, portal: Portal) -> None:
    """A roster without `access` demotes nobody; the id keeps its first spelling."""
    confirm(operator, preview(operator, ROSTER).text)
    short = "id,name,site,role\nHQ-001,강한별,daegu,it\n대구 2,이나래,daegu,clinician\n"
    page = preview(operator, short).text
    assert "바뀜 1명" in page
    assert "headquarters → daegu" in page
    confirm(operator, page)
    with portal.store.read() as db:
        people = {account.person.id: account.person for account in list_people(db)}
    assert people["대구 2"].access is Access.GRADER
    assert people["hq-001"].cohort == "essentials-2026"
    assert "HQ-001" not in people


def test_missing_trainees_are_closed_only_when_asked(operator, sign_in, portal: Portal) -> None:
    """Closing ends their sessions; the next roster that names them opens the account again."""
    confirm(operator, preview(operator, ROSTER).text)
    trainee = sign_in(id="hq-001")
    other = HEADER + "hq-009,박하늘,headquarters,it,,\n"
    confirm(operator, preview(operator, other).text)
    assert trainee.get("/account").status_code == 200
    confirm(operator, preview(operator, other).text, deactivate="yes")
    assert trainee.get("/account").status_code == 303
    with portal.store.read() as db:
        grader = find_account(db, "대구 2")
    assert grader is not None
    assert grader.is_active, "staff are never closed by a roster"
    page = preview(operator, ROSTER).text
    assert "다시 사용 1명" in page
    confirm(operator, page)
    with portal.store.read() as db:
        back = find_account(db, "hq-001")
    assert back is not None
    assert back.is_active


def test_a_new_role_ends_what_the_old_one_opened(operator, sign_in, portal: Portal) -> None:
    """A grader made a trainee keeps no session; the audit tells both roles."""
    grader = sign_in(Access.GRADER, "mark-1")
    values = {"name": "새 이름", "site": "jeju", "job": "it", "language": "en", "access": "trainee"}
    assert operator.post("/operate/people/by-id/mark-1", values).status_code == 303
    assert grader.get("/account").status_code == 303
    with portal.store.read() as db:
        line = list_audit(db, action="person-changed")[0]
    assert (line.actor, line.object) == ("boss", "person:mark-1")
    assert (line.detail["access_before"], line.detail["access"]) == ("grader", "trainee")


@pytest.mark.parametrize(
    "wrong",
    [
        {"site": "mars"},
        {"job": ""},
        {"name": " "},
        {"name": "강\r\nSet-Cookie: a=b"},
        {"access": "king"},
        {"language": "fr"},
        {"cohort": "x y"},
    ],
)
def test_bad_details_change_nothing(operator, sign_in, portal: Portal, wrong: dict[str, str]) -> None:
    """The page says which value is wrong."""
    sign_in(id="hq-001")
    values = {"name": "이름", "site": "jeju", "job": "it", "language": "ko", "access": "trainee"}
    answer = operator.post("/operate/people/by-id/hq-001", {**values, **wrong})
    assert answer.status_code == 400
    with portal.store.read() as db:
        account = find_account(db, "hq-001")
    assert account is not None
    assert account.person.name == "가상 교육생"
    for typed in {**values, **wrong}.values():
        if typed in {"이름", "jeju", "강\r\nSet-Cookie: a=b"}:
            assert f'value="{typed}"' in answer.text, "what was typed is still there"
    assert "<li>" in answer.text.split('role="alert"')[1].split("</div>")[0]


def test_a_form_refused_for_the_last_operator_keeps_what_was_typed(operator) -> None:
    """So does every refusal."""
    values = {"name": "김새봄", "site": "jeju", "job": "it", "language": "en", "access": "trainee"}
    page = operator.post("/operate/people/by-id/boss", {**values, "email": "a@example.org"}).text
    assert 'value="김새봄"' in page
    assert 'value="a@example.org"' in page
    assert '<option value="trainee" selected>' in page
    assert '<option value="en" selected>' in page


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("closed", [False, True])
def test_a_roster_may_hand_the_operators_role_over(
    operator, sign_in, portal: Portal, order: int, closed: bool
) -> None:
    """In whatever order its lines stand, and to somebody whose account was closed: previewed is done."""
    sign_in(id="next")
    if closed:
        operator.post("/operate/people/by-id/next/deactivate")
    lines = ["boss,가,jeju,it,,trainee\n", "next,나,jeju,it,,operator\n"][::order]
    page = preview(operator, HEADER + "".join(lines))
    assert page.status_code == 200
    assert confirm(operator, page.text).headers["location"] == "/operate/people?done=done_import"
    with portal.store.read() as db:
        operators = list_people(db, PeopleFilter(access=Access.OPERATOR, is_active=True))
    assert [account.person.id for account in operators] == ["next"]


def test_an_operator_who_comes_back_takes_over(operator, sign_in, portal: Portal) -> None:
    """Only their account changes, not their line."""
    sign_in(Access.OPERATOR, "next")
    assert operator.post("/operate/people/by-id/next/deactivate").status_code == 303
    short = "id,name,site,role,access\nboss,가,jeju,it,grader\nnext,가상 교육생,jeju,clinician,operator\n"
    page = preview(operator, short)
    assert page.status_code == 200
    assert confirm(operator, page.text).status_code == 303


def test_there_is_always_an_operator(operator, portal: Portal) -> None:
    """Neither the page nor a roster can demote or close the last one."""
    values = {"name": "이름", "site": "jeju", "job": "it", "language": "ko", "access": "trainee"}
    assert operator.post("/operate/people/by-id/boss", values).status_code == 400
    assert operator.post("/operate/people/by-id/boss/deactivate").status_code == 400
    page = preview(operator, HEADER + "boss,이름,jeju,it,,trainee\n")
    assert page.status_code == 400
    assert "운영자 계정이 하나도" in page.text
    assert operator.get("/operate/people").status_code == 200


def test_closing_and_opening_an_account(operator, sign_in) -> None:
    """A closed account's sessions end; unknown people are not found."""
    trainee = sign_in(id="대구 3+#", name="서가람")
    path = "/operate/people/by-id/%EB%8C%80%EA%B5%AC%203%2B%23"
    assert trainee.person.name in operator.get(path).text
    assert operator.post(f"{path}/deactivate").headers["location"].startswith(path)
    assert trainee.get("/account").status_code == 303
    assert operator.post(f"{path}/invite").status_code == 404
    assert operator.post(f"{path}/reactivate").status_code == 303
    for action in ("", "/deactivate", "/reactivate", "/invite", "/sign-out", "/second-factor"):
        assert operator.post(f"/operate/people/by-id/nobody{action}").status_code == 404


def test_invitations_are_printed_for_those_who_have_not_started(operator, client: TestClient) -> None:
    """Codes work, links name the public address, and a second sheet leaves out who holds one."""
    confirm(operator, preview(operator, ROSTER).text)
    sheet = operator.post("/operate/people/invitations", {"site": "daegu"})
    codes = re.findall(r'receipt-code">([0-9A-Z-]{19})<', sheet.text)
    assert len(codes) == 1
    assert "<svg" in sheet.text
    assert "http://testserver/join" in sheet.text
    assert "no-store" in sheet.headers["cache-control"]
    assert "이나래" in client.get(f"/join/{codes[0]}").text
    assert "이나래" not in operator.post("/operate/people/invitations").text
    renewed = operator.post("/operate/people/invitations", {"again": "yes"}).text
    assert "이나래" in renewed
    assert client.get(f"/join/{codes[0]}").status_code == 400


def test_links_never_name_a_host_that_a_stranger_chose(operator) -> None:
    """A made-up Host header changes no invitation."""
    sheet = operator.post("/operate/people/by-id/boss/invite", headers={"Host": "evil.example"})
    assert "evil.example" not in sheet.text


def test_people_are_found_and_paged(operator, portal: Portal) -> None:
    """Filters by site and text; 50 a page, in a steady order."""
    rows = "".join(f"t-{n:03},이름 {n},jeju,it,,\n" for n in range(60))
    confirm(operator, preview(operator, HEADER + rows).text)
    first = operator.get("/operate/people?site=jeju&text=T-").text
    assert first.count("/operate/people/by-id/") == 50
    following = re.search(r'href="(/operate/people\?[^"]*after=[^"]*)"', first)
    assert following
    second = operator.get(following[1].replace("&amp;", "&")).text
    assert second.count("/operate/people/by-id/") == 10
    assert "이름 59" in second
    assert operator.get("/operate/people?text=%25").text.count("by-id/") == 0


def test_planning_is_quick_enough_for_a_whole_programme(store, course) -> None:
    """Two thousand people on either database; the plan says them all."""
    from datetime import UTC, datetime

    from grader.portal.roster_import import apply_import

    rows = "".join(f"t-{n:04},이름 {n},jeju,it,,\n" for n in range(2000))
    roster = parse_people((HEADER + rows).encode())
    now = datetime(2026, 4, 20, tzinfo=UTC)
    with store.write() as db:
        plan, problems = plan_import(db, roster, course.programme)
        assert (len(plan.added), problems) == (2000, [])
        apply_import(db, plan, now, "system", deactivate=False)
    with store.read() as db:
        again, _ = plan_import(db, roster, course.programme)
    assert (again.unchanged, again.added) == (2000, ())


def test_the_command_line_imports_and_invites(
    portal: Portal, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rules; a dry run changes nothing; codes go to a file that only its owner reads."""
    monkeypatch.setattr("grader.wire.open_course", lambda root: (portal.workspace, portal.course))
    run = CliRunner()
    data = ["--data", str(portal.settings.data)]
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8-sig")

    def call(*arguments: str) -> str:
        result = run.invoke(people_command, [*arguments, *data], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    link = call("add-operator", "운영 1", "--name", "박운영", "--public-url", "https://learn.example")
    assert re.fullmatch(r"https://learn\.example/join/[0-9A-Z-]{19}\n", link)
    call("import", str(roster), "--dry-run")
    assert "hq-001" not in call("list")
    call("import", str(roster))
    assert "hq-001" in call("list", "--json")
    sheet = tmp_path / "sheet.html"
    call("invite", "--site", "daegu", "--output", str(sheet))
    assert "이나래" in sheet.read_text("utf-8")
    assert sheet.stat().st_mode & 0o077 == 0
    call("reset-second-factor", "운영 1")
    with pytest.raises(UsageError, match="there already"):
        call("invite", "--person", "hq-001", "--output", str(sheet))
    with pytest.raises(UsageError, match="neither"):
        call("invite", "--output", str(tmp_path / "sheet.txt"))
    with pytest.raises(UsageError, match="no active operator"):
        call("add-operator", "hq-001", "--name", "x")
    roster.write_text(HEADER + "x,가,mars,it,,\ny,나,daegu,pilot,,\n")
    with pytest.raises(InvalidContent) as error:
        call("import", str(roster))
    assert len(error.value.problems) == 2


def test_base64_of_the_biggest_roster_fits_into_a_field(operator) -> None:
    """What can be previewed can be confirmed."""
    from grader.portal.routes.people import MAX_ROSTER_BYTES

    assert len(base64.b64encode(b"x" * MAX_ROSTER_BYTES)) < 1024 * 1024
    assert preview(operator, b"x" * (MAX_ROSTER_BYTES + 1)).status_code == 413
