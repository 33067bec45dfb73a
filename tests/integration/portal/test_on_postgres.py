"""The whole portal on PostgreSQL: everything people do and every page they see is as it is on SQLite.

One round of a course is played on each database, every step of it through pages and API, with the worker as a
process of its own. Then every page there is is asked for, with names that exist.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pyotp
import pytest
from portal_routes import ANYONE, EXPECTED, HALF, fill_address
from postgres_server import PostgresServer
from starlette.testclient import TestClient
from waiting import wait_until

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.notebook import notebook_bytes
from grader.exchange.client import content_digest
from grader.manifest.read import load_course
from grader.model.people import Access, Permission, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import invite_people
from grader.portal.settings import PasswordCost, PortalSettings
from grader.portal.worker import Worker
from grader.store.audit import list_audit
from grader.store.check import check_store
from grader.store.engine import open_store
from grader.store.marks import list_undelivered
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.refusals import list_refusals
from grader.text import Language
from grader.wire import Workspace

# Both tests look at one pair of rounds.
pytestmark = pytest.mark.xdist_group("on-postgres")
ROOT = Path(__file__).parents[3]
SLUG, CELL = "e0-first-notebook", "desk-task"
PASSWORD = "봄날의 검진센터 산책"
ANSWERS = {
    "대구 001": "접수 명단을 정리합니다.",
    "jeju-2": "판독 순서를 정합니다.",
    "gone-3": "엑셀 표를 합칩니다.",
}
"""What trainees write: graders tell their work apart by nothing else."""
ROSTER = """id,name,site,role,cohort,access
강사 1,가강사,headquarters,it,,instructor
mark-1,나채점,headquarters,it,,grader
mark-2,다채점,gangnam,it,,grader
대구 001,라교육,daegu,clinician,essentials-2026,
jeju-2,마교육,jeju,office,essentials-2026,
gone-3,바교육,jeju,office,essentials-2026,
"""
RULES = {
    "opens_at": "2026-01-01T00:00",
    "due_at": "2099-12-31T18:00",
    "second_marking_percent": "100",
    "grade_on_hand_in": "1",
}
ROLES = {
    Permission.READ: "대구 001",
    Permission.LEARN: "대구 001",
    Permission.ACCOUNT: "대구 001",
    Permission.TEACH: "강사 1",
    Permission.MARK: "mark-1",
    Permission.OPERATE: "boss",
    ANYONE: "boss",
    HALF: "boss",
}
"""Who asks for pages."""
LEADS_ON = {"/sign-in", "/language", "/mark/assignments/{assignment}/answers/{cell}"}
"""Pages that lead to others; those of half a sign-in do as well."""

COHORT = "cohort=essentials-2026"
FILTERED = [
    (Permission.MARK, f"/mark?assignment={SLUG}&site=daegu&{COHORT}&state=graded"),
    (Permission.MARK, f"/mark?assignment={SLUG}&state=second-due"),
    (Permission.MARK, f"/mark?assignment={SLUG}&after=2099-01-01T00:00:00%2B00:00~{UUID(int=1)}"),
    (Permission.MARK, "/mark/regrades?state=declined&after=0"),
    (Permission.TEACH, f"/teach/progress/{SLUG}?site=daegu&job=clinician&state=passed"),
    (Permission.TEACH, f"/teach/progress/{SLUG}?state=failed&after=a"),
    (Permission.TEACH, "/teach/announcements?before=100"),
    (Permission.TEACH, f"/api/v1/assignments/{SLUG}/submissions?newest=true"),
    (Permission.LEARN, f"/api/v1/submissions?assignment={SLUG}"),
    (Permission.OPERATE, f"/operate/people?site=jeju&job=office&{COHORT}&access=trainee&text=%EB%A7%88"),
    (Permission.OPERATE, "/operate/people?text=%25_%5C"),
    (Permission.OPERATE, "/operate/people?after=jeju-2"),
    (Permission.OPERATE, "/operate/audit?action=joined&person=jeju-2&before=1000"),
]
"""Lists as their forms and links ask for them."""


@dataclass
class Visitor:
    """Somebody's browser; `told` keeps what each form was answered."""

    browser: TestClient
    told: list[tuple[str, int]]

    def get(self, address: str) -> Any:
        answer = self.browser.get(address)
        assert answer.status_code < 400, (address, answer.text)
        return answer

    def post(self, page: str, address: str = "", files: dict[str, Any] | None = None, **fields: str) -> Any:
        """Fill in the form of a page, with what it carries hidden, and send it."""
        address, text = address or page, self.get(page).text
        form = next(form for form in re.findall(r"<form.*?</form>", text, re.S) if f'"{address}"' in form)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', unescape(form)))
        answer = self.browser.post(address, data={**hidden, **fields}, files=files)
        self.told.append((re.sub(r"[0-9a-f-]{36}|\d+$|(?<=/join/).*", "…", address), answer.status_code))
        assert answer.status_code < 400, (address, answer.text)
        return answer


@dataclass
class Round:
    """A portal, its people, and what came of what they did."""

    portal: Portal
    people: dict[str, Visitor] = field(default_factory=dict)
    told: list[tuple[str, int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """What stands in addresses."""
    facts: dict[str, Any] = field(default_factory=dict)

    def address(self, route: str) -> str:
        """Return the address of a route with names that exist."""
        number = {"number": self.refusal} if "/refus" in route else {}
        return fill_address(route, {**self.names, **number})

    def play(self) -> None:
        """Do everything once."""
        self.app = create_app(self.portal)
        self.enrol()
        self.release()
        self.hand_in()
        self.mark()
        self.give_back()
        self.leave()
        self.keep()

    def visit(self) -> Visitor:
        return Visitor(TestClient(self.app, follow_redirects=False), self.told)

    def join(self, person_id: str, code: str) -> None:
        """Take an invitation, and set up the second factor where the next page asks for it."""
        visitor = self.people[person_id] = self.visit()
        answer = visitor.post(f"/join/{code}", new=PASSWORD, again=PASSWORD)
        if answer.headers["location"] == "/sign-in/second":
            page = unescape(visitor.get("/sign-in/enrol").text)
            (key,) = re.findall(r"<code>([A-Z2-7 ]+)</code>", page)
            visitor.post("/sign-in/enrol", code=pyotp.TOTP(key.replace(" ", "")).now())

    def enrol(self) -> None:
        """An operator reads a roster in, prints invitations, and everybody joins."""
        boss = Person(id="boss", name="운영", site="headquarters", role="it", access=Access.OPERATOR)
        with self.portal.store.write() as db:
            add_people(db, [boss], self.portal.now())
        self.join("boss", invite_people(self.portal, [boss], by="system")["boss"])
        operator, files = self.people["boss"], {"roster": ("명단.csv", ROSTER.encode(), "text/csv")}
        preview = operator.post("/operate/people/import", files=files).text
        carried = dict(re.findall(r'name="(csrf|content|digest)" value="([^"]+)"', preview))
        operator.browser.post("/operate/people/import/confirm", data=carried)
        sheet = operator.post("/operate/people/invitations").text
        slips = re.findall(r"<dd><code>(.*?)</code></dd>.*?receipt-code\">(.*?)<", sheet, re.S)
        assert len(slips) == 6
        for person_id, code in slips:
            self.join(person_id, code)

    def release(self) -> None:
        """An instructor releases, announces and gives somebody more time."""
        teacher, page = self.people["강사 1"], f"/teach/assignments/{SLUG}"
        teacher.post(page, f"{page}/release", **RULES)
        more = {"scope": "person", "person": "jeju-2", "new_due_at": "2100-01-01T00:00"}
        teacher.post(page, f"{page}/extensions", **more)
        words = {"title_ko": "공지", "title_en": "Note", "body_ko": "안녕하십니까", "body_en": "Hello"}
        teacher.post("/teach/announcements", action="publish", **words)
        self.names |= {"assignment": SLUG, "cell": CELL, "language": "ko", "path": "nothing"}

    def hand_in(self) -> None:
        """A program sends the same twice, two people use the form, one of them also sends what is no work."""
        first, uuid = self.people["대구 001"], str(uuid4())
        made = first.post("/account", "/account/tokens", label="집", password=PASSWORD)
        (token,) = re.findall(r"<code>([^<]+)</code>", made.text)
        content = self.write(ANSWERS["대구 001"])
        headers = {"Authorization": f"Bearer {token}", "Content-Digest": content_digest(content)}
        address = f"/api/v1/submissions/{uuid}?assignment={SLUG}"
        sent = [self.visit().browser.put(address, content=content, headers=headers) for _ in range(2)]
        assert [one.status_code for one in sent] == [201, 200]
        assert sent[0].json()["receipt"] == sent[1].json()["receipt"]
        self.names |= {"uuid": uuid, "person_id": quote("대구 001")}
        for name in ("jeju-2", "gone-3"):
            file = {"file": (f"{SLUG}.ipynb", self.write(ANSWERS[name]))}
            self.people[name].post(f"/learn/{SLUG}", f"/learn/{SLUG}/hand-in", files=file)
        fields = dict(re.findall(r'name="(csrf|uuid)" value="([^"]+)"', first.get(f"/learn/{SLUG}").text))
        junk = {"file": ("사진.ipynb", b"\x89PNG")}
        assert first.browser.post(f"/learn/{SLUG}/hand-in", data=fields, files=junk).status_code == 422
        with self.portal.store.read() as db:
            (refusal,) = list_refusals(db, "대구 001")
        self.refusal = str(refusal.id)
        grader = self.people["mark-1"]
        wait_until(
            lambda: grader.get(f"/mark?assignment={SLUG}&state=needs-person").text.count("/mark/sub") == 3
        )

    def write(self, text: str) -> bytes:
        """Return the reference answers with a written answer of one's own."""
        content = self.portal.course.assignments[SLUG]
        release = build_release(content.sheet, content.assignment, Language.KO)
        return notebook_bytes(fill_release(release, reference_answers(content.sheet), {CELL: text}))

    def mark(self) -> None:
        """Two graders mark the same three answers, differ, and agree; the worker writes it all down."""
        base = f"/mark/assignments/{SLUG}"
        for grader, levels in (("mark-1", "321"), ("mark-2", "301")):
            for _ in ANSWERS:
                at = self.people[grader].get(f"{base}/answers/{CELL}").headers["location"]
                page = self.people[grader].get(at).text
                level = next(
                    level for text, level in zip(ANSWERS.values(), levels, strict=True) if text in page
                )
                self.people[grader].post(at, comment="좋습니다", keep="yes", **self.fill_rubric(level))
            after = self.people[grader].get(f"{base}/answers/{CELL}").headers["location"]
            assert after == f"{base}?done=done_mark_all"
        page = self.people["mark-1"].get(f"{base}/agreement/{CELL}").text
        (apart,) = set(re.findall(rf"{base}/agree/{CELL}/[0-9a-f-]+", page))
        self.people["mark-1"].post(apart, comment="함께 보았습니다", **self.fill_rubric("2"))
        self.facts["agreement"] = read_numbers(self.people["mark-2"].get(f"{base}/agreement/{CELL}").text)
        wait_until(self.is_delivered)
        self.run_job(base, f"{base}/feedback")
        self.run_job(base, f"{base}/grade")

    def fill_rubric(self, level: str) -> dict[str, str]:
        rubrics = self.portal.course.assignments[SLUG].assignment.rubrics
        rubric = next(one for one in rubrics if one.cell == CELL)
        return {f"level-{criterion.id}": level for criterion in rubric.criteria}

    def is_delivered(self) -> bool:
        with self.portal.store.read() as db:
            return not list_undelivered(db)

    def run_job(self, page: str, address: str) -> None:
        """Ask the worker for something and wait until it is over."""
        grader = self.people["mark-1"]
        path = grader.post(page, address).headers["location"]
        wait_until(lambda: grader.get(f"{path}/state").json()["is_over"])
        assert grader.get(f"{path}/state").json()["state"] == "done"
        self.names["number"] = path.rpartition("/")[2]

    def give_back(self) -> None:
        """Somebody reads the feedback, asks about it, is answered, and takes everything home."""
        me, mine = self.people["대구 001"], f"/learn/{SLUG}/submissions/{self.names['uuid']}"
        assert "좋습니다" in me.get(f"/learn/{SLUG}/feedback/{self.names['uuid']}").text
        me.post(mine, f"{mine}/regrade", text="다시 보아 주십시오.")
        grader, list_page = self.people["mark-2"], "/mark/regrades"
        (form,) = re.findall(r'action="(/mark/regrades/\d+)"', grader.get(list_page).text)
        grader.post(list_page, form, decision="declined", answer="기준에 맞습니다.")
        assert "기준에 맞습니다." in me.get(mine).text
        with zipfile.ZipFile(io.BytesIO(me.post("/account", "/account/data").content)) as archive:
            self.facts["own data"] = sorted(archive.namelist())
        teacher, numbers = self.people["강사 1"], read_numbers
        self.facts["statistics"] = numbers(teacher.get(f"/teach/statistics/{SLUG}").text)
        self.facts["progress"] = numbers(teacher.get(f"/teach/progress/{SLUG}").text)
        table = teacher.get(f"/teach/progress/{SLUG}/progress.csv").text.lstrip("\ufeff")
        self.facts["csv"] = [[*row[:7], *row[11:]] for row in csv.reader(io.StringIO(table))]

    def leave(self) -> None:
        """Somebody deletes their account; their name is nowhere any more, their receipts still verify."""
        self.people["gone-3"].post("/account/delete", password=PASSWORD)
        table = self.people["강사 1"].get(f"/teach/progress/{SLUG}/progress.csv").text
        assert "바교육" not in table
        assert "gone-3" not in table

    def keep(self) -> None:
        """The operator checks, rotates keys, removes what is over, and invites somebody anew."""
        operator = self.people["boss"]
        operator.post("/operate", "/operate/check")
        for path in ("keys/rotate", "keys/rotate-secrets", "retention"):
            operator.post("/operate/upkeep", f"/operate/{path}", action="remove")
        person = "/operate/people/by-id/jeju-2"
        (self.names["code"],) = re.findall(
            r"receipt-code\">(.*?)<", operator.post(person, f"{person}/invite").text
        )
        report = check_store(self.portal.store)
        assert report.is_sound, report.problems
        with self.portal.store.read() as db:
            lines = list_audit(db, limit=500)
        self.facts["audit"] = sorted(line.action for line in lines)
        self.facts["told"] = self.told


def read_numbers(page: str) -> list[str]:
    """Return the numbers in a page's tables."""
    return re.findall(r'<td class="number">(.*?)</td>', page)


@pytest.fixture(scope="module")
def rounds(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    postgres: PostgresServer,
    postgres_template: str,
) -> Iterator[dict[str, Round]]:
    """A round that was played on each database."""
    course, cost = load_course(ROOT), PasswordCost(time_cost=1, memory_kib=8, parallelism=1)
    on_sqlite = tmp_path_factory.mktemp("sqlite")
    shutil.copy(sqlite_template, on_sqlite / "portal.db")
    database = postgres.make_database(postgres_template)
    places = {
        "sqlite": (on_sqlite, None),
        "postgres": (tmp_path_factory.mktemp("postgres"), postgres.url(database)),
    }
    made = {}
    with ExitStack() as stack:
        stack.callback(postgres.drop_database, database)
        for name, (data, url) in places.items():
            store = open_store(data, url)
            stack.callback(store.close)
            settings = PortalSettings(
                data, url, public_url="http://testserver", password_cost=cost, rate_limits=False
            )
            portal = Portal(settings, Workspace(ROOT), course, store)
            prepare_store(store, portal.now())
            with Worker(portal):
                made[name] = Round(portal)
                made[name].play()
        yield made


def test_the_same_comes_of_it(rounds: dict[str, Round]) -> None:
    """Every form was answered alike; agreement, statistics, tables, own data and audit say the same."""
    one, other = rounds["sqlite"], rounds["postgres"]
    assert (one.portal.store.is_sqlite, other.portal.store.is_sqlite) == (True, False)
    assert one.facts == other.facts
    assert len(one.facts["told"]) > 30
    assert one.facts["agreement"][0] == "3"
    assert len(one.facts["csv"]) == 4
    assert len(one.facts["statistics"]) > 5


def test_every_page_opens(rounds: dict[str, Round]) -> None:
    """Asked for by who may see it, with names that exist; tables have as many rows."""
    for route, who in EXPECTED.items():
        if "GET" not in route.partition(" ")[0]:
            continue
        path = route.partition(" ")[2]
        wanted = 404 if "{path" in path else 303 if path in LEADS_ON or who == HALF else 200
        seen = {name: look(played, who, played.address(route)) for name, played in rounds.items()}
        assert seen["sqlite"][0] == wanted, route
        assert seen["postgres"] == seen["sqlite"], route


@pytest.mark.parametrize(("who", "address"), FILTERED)
def test_lists_are_filtered_alike(rounds: dict[str, Round], who: str, address: str) -> None:
    """Every filter at once, and one of them; the last page, and one that nobody linked to."""
    seen = {name: look(played, who, f"{address}&lang=en") for name, played in rounds.items()}
    assert seen["sqlite"][0] == 200
    assert seen["postgres"] == seen["sqlite"]


def look(played: Round, who: str, address: str) -> tuple[int, int]:
    """Return the status of a page, and how many rows its tables have."""
    page = played.people[ROLES[who]].browser.get(address)
    return page.status_code, page.text.count("<tr") if "html" in page.headers.get("content-type", "") else 0
