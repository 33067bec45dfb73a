"""Graders bring in a class's work from another platform, settle doubts, and take scores back to it."""

from __future__ import annotations

import base64
import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

import pytest
from portal_world import FEEDBACK, World
from starlette.testclient import TestClient

from grader.errors import EnvironmentProblem
from grader.lms.folders import open_packed_folders
from grader.model.people import Access
from grader.portal import hand_in
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.security import FORM_BYTES
from grader.portal.viewer import session_cookie
from grader.receipts.receipt import read_receipt
from grader.store.audit import list_audit
from grader.store.people import find_person
from grader.store.releases import release_feedback
from grader.store.submissions import Origin, list_submissions

SLUG = "e1-screening-journey"
PLACE = "_assignsubmission_file/"
HEADER = "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed"
SHEET = (
    f"{HEADER},Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 1,김하나,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:30",-,\r\n'
    'Participant 2,박두리,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:31",-,"손으로, 썼음"\r\n'
    "Participant 3,최모름,,Sent,,50.00,Yes,-,-,\r\n"
    "Participant 4,이세찌,,Sent,,50.00,No,-,-,\r\n"
).encode()
BOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,검진의 흐름 (501),Quiz (502)\n"
    "    Points Possible,,,,,20.0,10.0\n"
    "김하나,71,k1,,1반,,9.0\n"
).encode()


class Page:
    """An instructor's browser on the two pages."""

    def __init__(self, portal: Portal, world: World, access: Access = Access.INSTRUCTOR) -> None:
        person = world.enrol("teacher-1", access)
        token = world.open_session(person)
        cookies = {session_cookie(portal): token}
        self.browser = TestClient(create_app(portal), follow_redirects=False, cookies=cookies)
        self.csrf = self._hidden("csrf", self.browser.get("/mark/elsewhere").text)
        self.seen = ""

    def _hidden(self, name: str, page: str) -> str:
        return re.findall(rf'name="{name}" value="([^"]*)"', page)[0]

    def send(self, files: Mapping[str, bytes], step: str = "look", path: str = "", **data: object):
        """Send a form; remember what its answer says was looked at."""
        given = {"csrf": self.csrf, "seen": self.seen, "step": step, "assignment": SLUG, "platform": "moodle"}
        names = {"download": "work.zip", "table": "grades.csv", "who": "who.csv"}
        sent = {name: (names[name], content) for name, content in files.items()}
        answer = self.browser.post(f"/mark/elsewhere{path}", data={**given, **data}, files=sent)
        found = re.findall(r'name="seen" value="([^"]*)"', answer.text)
        self.seen = found[0] if found else ""
        return answer


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP file; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 4, 19, 12, 0, 0))
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def who_of(page: str) -> str:
    """Return the list of who is who that a page offers."""
    (link,) = re.findall(r'href="data:text/csv;base64,([^"]+)" download="who.csv"', page)
    return base64.b64decode(unescape(link)).decode("utf-8-sig")


@pytest.fixture
def world(portal: Portal) -> World:
    """A released assignment and three people."""
    world = World(portal).prepare()
    world.release(SLUG)
    for person, name in (("k1", "김하나"), ("k2", "박두리"), ("k4", "이세찌")):
        world.enrol(person, name=name)
    return world


@pytest.fixture
def page(portal: Portal, world: World) -> Page:
    """An instructor in front of the page."""
    return Page(portal, world)


@pytest.fixture
def work(world: World) -> bytes:
    """A download of three people, one of whom nobody knows and one of whom has a file that is not taken."""
    notebook = world.notebook(SLUG)
    return pack(
        {
            f"김하나_1{PLACE}내 답.ipynb": notebook,
            f"박두리_2{PLACE}답.ipynb": b"%PDF",
            f"최모름_3{PLACE}a.ipynb": notebook,
        }
    )


def count_handed_in(portal: Portal) -> dict[str, int]:
    """Return how much everybody handed in."""
    with portal.store.read() as db:
        return {person: len(list_submissions(db, person, SLUG)) for person in ("k1", "k2", "k4")}


def test_a_preview_takes_nothing_and_says_who_is_who(portal: Portal, page: Page, work: bytes) -> None:
    """Certain people with the evidence, doubts with the reason and a list to fill in; nothing is kept."""
    answer = page.send({"download": work, "table": SHEET})
    text = unescape(answer.text)
    assert answer.status_code == 200
    assert re.search(r"김하나 <span class=\"quiet\">k1</span></th>\s*<td>김하나</td>\s*<td>이름</td>", text)
    assert "명단에서 찾지 못했습니다" in text
    assert who_of(text).splitlines()[1] == '"3","최모름","","",""'
    assert "내 답.ipynb" in text
    assert count_handed_in(portal) == {"k1": 0, "k2": 0, "k4": 0}
    assert [path for path in (portal.store.folder / "blobs").rglob("*") if path.is_file()] == []


def test_work_is_taken_once_it_was_looked_at(portal: Portal, page: Page, work: bytes) -> None:
    """Receipts and reasons by person; a filled-in list settles; a second time changes nothing."""
    page.send({"download": work, "table": SHEET})
    who = 'key,name,email,candidates,id\r\n"3","최모름","","","k4"\r\n'.encode()
    answer = page.send({"download": work, "table": SHEET, "who": who}, "take")
    assert answer.status_code == 200
    assert re.findall(
        r'<span class="tag \w*">([^<]+)</span></td>\s*<td class="number">([^<]+)', answer.text
    ) == [
        ("제출됨", "1"),
        ("받지 못함", "–"),
        ("제출됨", "2"),
    ]
    assert count_handed_in(portal) == {"k1": 1, "k2": 0, "k4": 1}
    with portal.store.read() as db:
        (mine,) = list_submissions(db, "k1", SLUG)
        (line,) = list_audit(db, "work-brought-in")
    assert (mine.origin, mine.file_name) == (Origin.MOODLE, "내 답.ipynb")
    assert mine.client_at is not None
    assert mine.client_at.isoformat() == "2026-04-19T08:30:00+00:00"
    assert (line.actor, line.object) == ("teacher-1", f"assignment:{SLUG}")
    assert (line.detail["handed-in"], line.detail["turned-away"], line.detail["doubt"]) == (2, 1, 0)
    page.send({"download": work, "table": SHEET})
    again = page.send({"download": work, "table": SHEET}, "take")
    assert "이미 받음" in again.text
    assert "확인 필요" in again.text
    assert count_handed_in(portal) == {"k1": 1, "k2": 0, "k4": 1}


@pytest.mark.parametrize("changed", ["download", "table", "platform", "nothing seen"])
def test_other_files_than_were_looked_at_are_not_taken(
    portal: Portal, page: Page, work: bytes, world: World, changed: str
) -> None:
    """They are looked at in turn, and the page says so."""
    page.send({"download": work, "table": SHEET})
    other = pack({f"김하나_1{PLACE}b.ipynb": world.notebook(SLUG, "other")})
    files = {"download": work, "table": SHEET}
    if changed == "nothing seen":
        page.seen = ""
    elif changed == "platform":
        files = {"download": work}
    else:
        files[changed] = {"download": other, "table": SHEET.replace(b"50.00", b"40.00")}[changed]
    platform = "folders" if changed == "platform" else "moodle"
    answer = page.send(files, "take", platform=platform)
    assert "미리 본 것과 다른 파일" in answer.text
    assert count_handed_in(portal) == {"k1": 0, "k2": 0, "k4": 0}
    assert page.seen


def test_canvas_and_folders_come_in_too(portal: Portal, page: Page, world: World) -> None:
    """By Canvas's own number, and by the name of a folder."""
    for platform, files in {
        "canvas": {"download": pack({"hana_71_9001_답.ipynb": world.notebook(SLUG)}), "table": BOOK},
        "folders": {"download": pack({f"k2/{SLUG}.ipynb": world.notebook(SLUG), "k2/data.csv": b"1,2"})},
    }.items():
        page.send(files, platform=platform)
        assert "제출됨" in page.send(files, "take", platform=platform).text
    assert count_handed_in(portal) == {"k1": 1, "k2": 1, "k4": 0}
    with portal.store.read() as db:
        origins = [list_submissions(db, person, SLUG)[0].origin for person in ("k1", "k2")]
    assert origins == [Origin.CANVAS, Origin.FOLDER]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "ZIP 파일을 골라"),
        ({"download": b"no zip"}, "제출물 파일을 읽을 수 없습니다"),
        ({"download": pack({"a/b.txt": b"1"})}, "no submission was found"),
        (
            {"download": pack({f"김하나_1{PLACE}a.ipynb": b"{}"}), "table": b"a,b\n1,2\n"},
            "채점 워크시트가 아니거나",
        ),
        ({"download": pack({f"김하나_1{PLACE}a.ipynb": b"{}"}), "who": b"key,id\n1,x<b>\n"}, "사람 확인표를"),
        ({"download": pack({f"김하나_1{PLACE}a.ipynb": b"{}"}), "who": b"\xff"}, "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_said_and_why(page: Page, files: dict[str, bytes], says: str) -> None:
    """Which file it is and what to do, in the reader's language, with the evidence."""
    answer = page.send(files)
    assert answer.status_code == 400
    assert says in answer.text
    assert "<b>" not in answer.text


def test_a_bomb_and_names_that_lead_outside_stop_nobody_else(page: Page, world: World) -> None:
    """One person's trouble is that person's; others go on."""
    files = {
        "download": pack(
            {
                f"김하나_1{PLACE}x.ipynb": b" " * 9_000_000,
                f"박두리_2{PLACE}../../x.ipynb": b"{}",
                f"이세찌_4{PLACE}x.ipynb": world.notebook(SLUG),
            }
        )
    }
    looked = page.send(files)
    assert looked.text.count("풀지 못함") == 2
    taken = page.send(files, "take")
    assert taken.text.count('<span class="tag bad">풀지 못함</span>') == 2
    assert taken.text.count('<span class="tag good">제출됨</span>') == 1


def test_the_same_file_twice_is_no_trouble(portal: Portal, page: Page, world: World) -> None:
    """Loose and in a ZIP file of their own, as people do to be sure; two that differ are told apart."""
    notebook, other = world.notebook(SLUG), world.notebook(SLUG, "other")
    files = {
        "download": pack(
            {
                f"김하나_1{PLACE}답.ipynb": notebook,
                f"김하나_1{PLACE}work.zip": pack({"답.ipynb": notebook}),
                f"박두리_2{PLACE}A.ipynb": notebook,
                f"박두리_2{PLACE}work.zip": pack({"a.ipynb": other}),
            }
        )
    }
    page.send(files)
    taken = unescape(page.send(files, "take").text)
    assert count_handed_in(portal) == {"k1": 1, "k2": 0, "k4": 0}
    assert "노트북이 둘 이상" in taken


def test_a_full_disk_on_the_way_loses_nothing(
    portal: Portal, page: Page, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was handed in before is shown with its receipt; later the rest goes on."""
    files = {
        "download": pack(
            {
                f"{name}{PLACE}x.ipynb": world.notebook(SLUG, name)
                for name in ("김하나_1", "박두리_2", "이세찌_4")
            }
        )
    }
    page.send(files)
    real, calls = hand_in.hand_in, []

    def fill_disk(*given: object, **named: object):
        calls.append(given)
        if len(calls) == 2:
            raise EnvironmentProblem("no space left", "make room")
        return real(*given, **named)

    monkeypatch.setattr(hand_in, "hand_in", fill_disk)
    stopped = page.send(files, "take")
    assert stopped.status_code == 503
    assert "도중에 멈추었습니다" in stopped.text
    assert count_handed_in(portal) == {"k1": 1, "k2": 0, "k4": 0}
    page.send(files)
    whole = page.send(files, "take")
    assert whole.status_code == 200
    assert count_handed_in(portal) == {"k1": 1, "k2": 1, "k4": 1}


def test_staff_may_upload_more_than_others(portal: Portal, world: World) -> None:
    """A class's work passes here and nowhere else, for those who mark alone; there is an end to it, too."""
    small = replace(portal.settings, max_upload_bytes=50_000, max_download_bytes=400_000)
    narrow = replace(portal, settings=small)
    grader = Page(narrow, world)
    big = {"download": b"x" * 200_000}
    assert grader.send(big).status_code == 400
    too_big = grader.send({"download": b"x" * (500_000 + FORM_BYTES)})
    assert too_big.status_code == 413
    assert "너무 큽니다" in too_big.text
    elsewhere = grader.browser.post(f"/mark/assignments/{SLUG}/grade", data={"csrf": grader.csrf}, files=big)
    assert elsewhere.status_code == 413
    trainee = world.open_session(world.enrol("k9"))
    browser = TestClient(create_app(narrow), cookies={session_cookie(narrow): trainee})
    assert browser.post("/mark/elsewhere", files=big).status_code == 413
    browser.cookies.clear()
    assert browser.post("/mark/elsewhere", files=big).status_code == 413


def grade(portal: Portal, world: World) -> None:
    """Let k1 have 18 of 20 points less 2 for being late, and k2 wait for a person."""
    done = {person: bring(portal, world, person) for person in ("k1", "k2")}
    world.grade(done["k1"], penalty=2.0)
    world.grade(done["k2"], needs_person=True)


def bring(portal: Portal, world: World, person: str):
    """Hand in for somebody."""
    with portal.store.read() as db:
        known = find_person(db, person)
    assert known is not None
    return world.hand_in(known, SLUG)


def test_scores_go_back_into_moodles_own_file(portal: Portal, page: Page, world: World) -> None:
    """After the penalty, scaled; who is left out and why; every other byte is the same."""
    grade(portal, world)
    early = page.send({"table": SHEET}, path="/return", comments="yes")
    assert early.status_code == 400
    assert "아직 교육생에게 공개하지 않았습니다" in early.text
    with portal.store.write() as db:
        release_feedback(db, SLUG, portal.now())
    looked = page.send({"table": SHEET}, path="/return", comments="yes")
    text = unescape(looked.text)
    rows = re.findall(r'<span class="tag \w*">([^<]+)</span></td>.*?<td>([^<]*)</td></tr>', text, re.DOTALL)
    assert rows == [
        ("확인 필요", "명단에서 찾지 못했습니다"),
        ("점수 없음", "사람의 채점이 끝나지 않았습니다."),
        ("점수 없음", "포털에 제출물이 없습니다."),
        ("점수를 적음", ""),
    ]
    assert "최모름" in who_of(text)
    answer = page.send({"table": SHEET}, "take", path="/return", comments="yes")
    assert answer.headers["content-disposition"].startswith('attachment; filename="grades-graded.csv"')
    expected = SHEET.decode().replace(
        '김하나,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:30",-,',
        '김하나,,Sent,40.00,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:30",-,medai · 점수 16/20 · 통과',
    )
    assert answer.content == expected.encode()
    with portal.store.read() as db:
        (line,) = list_audit(db, "scores-returned")
    assert line.detail == {"platform": "moodle", "written": 1}


def test_scores_go_back_into_canvas(portal: Portal, page: Page, world: World) -> None:
    """The column is found by number where titles differ; the page says so when it is not certain."""
    grade(portal, world)
    with portal.store.write() as db:
        release_feedback(db, SLUG, portal.now())
    unsure = page.send({"table": BOOK}, path="/return", platform="canvas")
    assert unsure.status_code == 400
    assert "열을 하나로 정할 수 없습니다" in unsure.text
    given = {"path": "/return", "platform": "canvas", "column": "501"}
    assert page.send({"table": BOOK}, **given).status_code == 200
    answer = page.send({"table": BOOK}, "take", **given)
    assert answer.content == BOOK.replace("1반,,9.0".encode(), "1반,16.00,9.0".encode())


def test_everybody_gets_a_folder(portal: Portal, page: Page, world: World) -> None:
    """Page, score after the penalty and the signed receipt; nothing before results are shown."""
    grade(portal, world)
    with portal.store.read() as db:
        person = find_person(db, "k1")
    assert person is not None
    world.write_feedback(person, SLUG)
    ask = {"csrf": page.csrf, "assignment": SLUG}
    early = page.browser.post("/mark/elsewhere/return/folders", data=ask)
    assert (early.status_code, "아직 교육생에게 공개하지" in early.text) == (400, True)
    with portal.store.write() as db:
        release_feedback(db, SLUG, portal.now())
    answer = page.browser.post("/mark/elsewhere/return/folders", data=ask)
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{SLUG}-folders.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        files = {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}
    assert sorted(files) == [
        f"grades-{SLUG}.csv",
        *(f"k1/{SLUG}/{name}" for name in ("feedback.html", "receipt.json", "score.txt")),
        f"k2/{SLUG}/receipt.json",
    ]
    assert files[f"k1/{SLUG}/feedback.html"] == FEEDBACK
    assert files[f"k1/{SLUG}/score.txt"] == "점수 16/20 · 통과\n"
    receipt = read_receipt(files[f"k1/{SLUG}/receipt.json"]).receipt
    assert receipt.assignment == SLUG
    rows = {row["교육생 아이디"]: row for row in csv.DictReader(io.StringIO(files[f"grades-{SLUG}.csv"]))}
    assert (rows["k1"]["점수"], rows["k1"]["만점"]) == ("16", "20")
    assert rows["k2"]["상태"] == "사람의 채점 필요"
    again = open_packed_folders(io.BytesIO(answer.content), SLUG, [person], {}, portal.zone)
    assert again.matches["k1"].who == "k1"
    assert (
        page.browser.post("/mark/elsewhere/return/folders", data={**ask, "assignment": "x"}).status_code
        == 404
    )
    with portal.store.read() as db:
        (line,) = list_audit(db, "scores-returned")
    assert line.detail == {"platform": "folders", "files": 5}


def test_moodle_gets_the_pages_in_its_own_way(portal: Portal, page: Page, world: World) -> None:
    """Named by the worksheet's numbers; whom it does not name for certain gets none."""
    grade(portal, world)
    where = {"path": "/return/feedback"}
    with portal.store.write() as db:
        release_feedback(db, SLUG, portal.now())
    assert "돌려줄 결과 페이지가 아직 없습니다" in page.send({"table": SHEET}, **where).text
    with portal.store.read() as db:
        people = [find_person(db, name) for name in ("k1", "k2")]
    for person in people:
        assert person is not None
        world.write_feedback(person, SLUG)
    assert "워크시트를 골라" in page.send({"table": BOOK}, platform="canvas", **where).text
    assert "워크시트를 골라" in page.send({}, **where).text
    assert "워크시트가 아니거나" in page.send({"table": BOOK}, **where).text
    only_first = SHEET.replace("박두리".encode(), "모르는 이".encode())
    assert "/mark/elsewhere/return/feedback" in page.send({"table": only_first}, path="/return").text
    answer = page.send({"table": only_first}, "feedback", **where)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert packed.namelist() == [f"김하나_1_assignsubmission_file_{SLUG}.html"]
        assert packed.read(packed.namelist()[0]).decode() == FEEDBACK


def test_a_file_is_needed_and_must_be_the_platforms(portal: Portal, page: Page, world: World) -> None:
    """Nothing, a folder's, another assignment's: told, never a fault."""
    with portal.store.write() as db:
        release_feedback(db, SLUG, portal.now())
    assert "성적 파일을 골라" in page.send({}, path="/return").text
    assert "성적 파일을 골라" in page.send({"table": SHEET}, path="/return", platform="folders").text
    assert "워크시트가 아니거나" in page.send({"table": BOOK}, path="/return").text
    assert "성적부가 아니거나" in page.send({"table": SHEET}, path="/return", platform="canvas").text
    assert page.send({"table": SHEET}, path="/return", assignment="nothing").status_code == 404
    assert page.send({"table": SHEET}, path="/return", platform="blackboard").status_code == 400
    assert "Return scores" in page.browser.get("/mark/elsewhere/return?lang=en").text
