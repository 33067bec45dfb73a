"""How long the portal takes for a page, with 2,000 trainees, 20 assignments and 40,000 hand-ins.

    python benchmarks/portal_pages.py [--trainees 2000] [--times 60] [--postgres] [--record build/portal.json]

A store is filled with rows like those of a real course: accounts, releases, hand-ins with receipts and
results, written answers that wait, notebooks of the course; the trainee who looks has handed in everything,
some of it several times, and has results and feedback. Then each role asks for its pages and sends its forms
in this process, without a network: the time is the server's own, from the request to the last byte, the
client's small share included; a form is opened before its time is taken. All pages are asked for once, then
all of them again, so that no page finds the processor's caches warm from itself. Assignments beyond the
course's own are copies of them under other names. Build the site first: two of its pages are measured too.

Prints the first request of each page, which computes what is kept afterwards, and p50, p95 and the median
processor time of all requests, the first one included. Exits with 1 when a p95 is above 50 ms or a page does
not open. Run it on a machine that does nothing else: every other process lengthens these times.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import json
import random
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text
from starlette.testclient import TestClient

from grader.authoring.build import build_release
from grader.authoring.notebook import notebook_bytes
from grader.manifest.read import load_course
from grader.model.content import AssignmentContent, Course
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.settings import PortalSettings
from grader.portal.viewer import session_cookie, session_limits
from grader.store.blobs import put_blob
from grader.store.engine import Store, open_store
from grader.store.feedback import keep_feedback
from grader.store.grading_copy import AnswerCopy, ResultCopy, save_results
from grader.store.hand_in import HandIn, hand_in
from grader.store.jobs import enqueue_grading
from grader.store.marks import NewMark, Round, add_mark
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.refusals import Refused, keep_refusal, list_refusals
from grader.store.releases import ReleaseRules, release_assignment
from grader.store.schema import receipts, submission_files, submissions
from grader.store.sessions import open_session
from grader.store.submissions import Origin
from grader.text import Language
from grader.wire import Workspace, write_handouts

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from postgres_server import DURABLE, run_postgres  # noqa: E402  (beside the tests)

LIMIT_MS = 50.0
ASSIGNMENTS = 20
OPENS = {200, 303}
"""A list of answers leads to the first one that waits."""
SITES = ("seoul", "daegu", "busan", "gwangju", "jeju", "daejeon", "ulsan", "suwon", "incheon")
SEED = 20261122
E3 = "e3-judgements"
ATTEMPTS = 3
"""Of the trainee who looks, at the assignment that is looked at."""
FEEDBACK_BYTES = 80_000
"""About what a feedback page of the course has."""
STRANGER = "stranger"
PAGES: Mapping[str, str] = {
    STRANGER: """
        /sign-in
        /join
        /language?to=ko
        /healthz
        /readyz
        /api/v1/course
        /api/v1/keys
        /api/v1/openapi.json
        /
        /modules/e0-first-notebook/
    """,
    Access.TRAINEE: """
        /learn
        /learn/{assignment}
        /learn/{assignment}/handout/{language}/package
        /learn/{assignment}/handout/{language}/notebook
        /learn/{assignment}/submissions/{own}
        /learn/{assignment}/submissions/{own}/progress
        /learn/{assignment}/submissions/{own}/receipt
        /learn/{assignment}/submissions/{own}/file
        /learn/{assignment}/refused/{refusal}/file
        /learn/{assignment}/feedback/{own}
        /account
        /account/delete
        /api/v1/me
        /api/v1/assignments
        /api/v1/assignments/{assignment}
        /api/v1/assignments/{assignment}/release
        /api/v1/assignments/{assignment}/feedback
        /api/v1/submissions
        /api/v1/submissions/{own}
        /api/v1/submissions/{own}/receipt
        /api/v1/submissions/{own}/files
    """,
    Access.INSTRUCTOR: """
        /teach
        /teach/assignments/{assignment}
        /teach/announcements
        /teach/progress
        /teach/progress/{assignment}
        /teach/progress/{assignment}?site=jeju&state=passed
        /teach/progress/{assignment}/progress.csv
        /teach/statistics/{assignment}
        /teach/preview
        /teach/preview/{assignment}
        /teach/preview/{assignment}/handout/{language}/package
        /teach/preview/{assignment}/handout/{language}/notebook
        /api/v1/assignments/{assignment}/submissions
        /api/v1/staff/submissions/{other}/files
        /mark/elsewhere
        /mark/elsewhere/return
        /mark/refusals
        /mark/refusals/{refusal}/file
        /mark/receipt
    """,
    Access.GRADER: """
        /mark
        /mark?assignment={assignment}&site=jeju&state=needs-person
        /mark?assignment={assignment}&state=quarantined
        /mark/assignments/{assignment}
        /mark/assignments/{assignment}/answers/{cell}
        /mark/assignments/{assignment}/answers/{cell}/{other}
        /mark/assignments/{assignment}/agreement/{cell}
        /mark/assignments/{assignment}/agree/{cell}/{double}
        /mark/submissions/{other}
        /mark/submissions/{other}/file
        /mark/regrades
        /mark/jobs/{job}
        /mark/jobs/{job}/state
    """,
    Access.OPERATOR: """
        /operate
        /operate/people
        /operate/people?text=t-01
        /operate/people/by-id/{person}
        /operate/people/invitations
        /operate/people/import
        /operate/audit
        /operate/upkeep
        /metrics
    """,
}
"""What each role asks for; the last two of a stranger's are pages of the course site."""
LOOKS, SENDS = "t-00000", "t-00002"
"""The trainee who looks at pages, and the one who hands in meanwhile."""
NOT_MEASURED = {
    "GET /join/{code}": "compares a slow hash, and is meant to be slow",
    "GET /sign-in/second": "one look at an account, like /account; seen once a morning",
    "GET /sign-in/enrol": "the same, once in a life",
    "DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE /api/v1/{path:path}": "there is nothing at such an address",
}
"""Pages of the portal that are left out, and why."""
FORMS: tuple[tuple[Access, str, str, Mapping[str, str]], ...] = (
    (Access.TRAINEE, "/account", "/account/language", {"language": "ko"}),
    (Access.TRAINEE, "/learn/{assignment}", "/learn/{assignment}/hand-in", {}),
    (
        Access.INSTRUCTOR,
        "/teach/assignments/{assignment}",
        "/teach/assignments/{assignment}/rules",
        {"opens_at": "2026-01-01T00:00", "feedback_at_once": "1"},
    ),
    (
        Access.INSTRUCTOR,
        "/teach/announcements",
        "/teach/announcements",
        {
            "title_ko": "공지",
            "title_en": "Note",
            "body_ko": "내용",
            "body_en": "Text",
            "site": "busan",
            "action": "publish",
        },
    ),
    (
        Access.GRADER,
        "/mark/assignments/{assignment}/answers/{cell}/{other}",
        "/mark/assignments/{assignment}/answers/{cell}/{other}",
        {"comment": "좋습니다", "stay": "yes"},
    ),
    (Access.GRADER, "/mark/submissions/{double}", "/mark/submissions/{double}/notes", {"text": "메모"}),
    (
        Access.OPERATOR,
        "/operate/people/by-id/{person}",
        "/operate/people/by-id/{person}",
        {"name": "가상", "site": "jeju", "job": "clinician", "language": "ko", "access": "trainee"},
    ),
)
"""What each role sends most: the page with the form, where it goes, and what is filled in by hand. What is
sent again and again grows on pages that are not among those above."""
_FORM = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass
class Page:
    """One address and what its requests took."""

    role: str
    address: str
    form: str = ""
    """The page whose form is sent to the address; none where the address is only asked for."""
    filled: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: bytes = field(default=b"", repr=False)
    took_ms: list[float] = field(default_factory=list, repr=False)
    cpu_ms: list[float] = field(default_factory=list, repr=False)
    status: int = 0

    @property
    def name(self) -> str:
        """The address as tables show it."""
        return f"POST {self.address}" if self.form else self.address

    @property
    def is_slow(self) -> bool:
        """Whether the page breaks the promise, or does not open."""
        return self.p95_ms > LIMIT_MS or self.status not in OPENS

    @property
    def p50_ms(self) -> float:
        """Median of all requests."""
        return statistics.median(self.took_ms)

    @property
    def p95_ms(self) -> float:
        """95th percentile of all requests."""
        return statistics.quantiles(self.took_ms, n=20, method="inclusive")[18]

    def describe(self) -> str:
        """Return the figures as one line."""
        figures = (self.took_ms[0], self.p50_ms, self.p95_ms, statistics.median(self.cpu_ms))
        note = "" if self.status in OPENS else f"  status {self.status}"
        slow = "  SLOW" if self.p95_ms > LIMIT_MS else ""
        return f"{self.role:<12}{self.name:<66}{''.join(f'{ms:>9.1f}' for ms in figures)}{slow}{note}"


def main() -> int:
    """Fill a store, measure every page, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--trainees", type=int, default=2000)
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked for")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--record", type=Path, help="keep the figures for tools/portal_tables.py")
    options = parser.parse_args()
    course = widen(load_course(ROOT))
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pages-"))
        server = stack.enter_context(run_postgres(DURABLE)) if options.postgres else None
        url = server.url(server.make_database()) if server else None
        portal = open_full_portal(Path(folder), url, course, options.trainees)
        stack.callback(portal.store.close)
        pages = measure(portal, fill(portal, options.trainees), options.times)
    slow = [page for page in pages if page.is_slow]
    print(f"{len(pages)} addresses, {len(slow)} above {LIMIT_MS:g} ms at p95 or not open")
    if options.record:
        keep_record(options.record, "postgresql" if options.postgres else "sqlite", pages)
    return 1 if slow else 0


def keep_record(path: Path, database: str, pages: list[Page]) -> None:
    """Put the figures of these pages into a record, beside those of other runs."""
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    rows = [
        {"role": page.role, "address": page.name, "p50_ms": page.p50_ms, "p95_ms": page.p95_ms}
        for page in pages
    ]
    record.setdefault("pages", {})[database] = rows
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def widen(course: Course) -> Course:
    """Return the course with enough assignments: copies under other names."""
    wanted = dict(course.assignments)
    for name, content in list(wanted.items())[: ASSIGNMENTS - len(wanted)]:
        assignment = content.assignment.model_copy(update={"id": f"more-{name}"})
        wanted[assignment.id] = replace(content, assignment=assignment)
    return replace(course, assignments=wanted)


def open_full_portal(data: Path, url: str | None, course: Course, trainees: int) -> Portal:
    """Open a portal in an empty folder and let everybody in."""
    store = open_store(data, url)
    settings = PortalSettings(data=data, database_url=url, public_url="http://testserver", rate_limits=False)
    portal = Portal(settings, Workspace(ROOT), course, store)
    prepare_store(store, portal.now())
    people = [make_person(f"t-{number:05}", Access.TRAINEE, number) for number in range(trainees)]
    staff = [make_person(f"{access}-1", access, 0) for access in Access if access.is_staff]
    with store.write() as db:
        add_people(db, [*people, *staff], portal.now())
    return portal


def make_person(person_id: str, access: Access, number: int) -> Person:
    """Return somebody of one of nine sites."""
    given = {"name": f"가상 {number}", "site": SITES[number % len(SITES)], "cohort": "essentials-2026"}
    return Person.model_validate({"id": person_id, "access": access, "role": "clinician", **given})


def fill(portal: Portal, trainees: int) -> dict[str, str]:
    """Release everything and hand everything in; return the names that addresses are made of."""
    rng, places = random.Random(SEED), {"assignment": E3}
    began = portal.now() - timedelta(days=30)
    number = 0
    for name, content in portal.course.assignments.items():
        notebook = notebook_bytes(build_release(content.sheet, content.assignment, Language.KO))
        graded = {cell.id: float(cell.points) for cell in content.sheet.cells if cell.points}
        written = [rubric.cell for rubric in content.assignment.rubrics]
        rules = ReleaseRules(opens_at=began, due_at=began + timedelta(days=29), feedback_at_once=True)
        with portal.store.write() as db:
            release_assignment(db, name, 1, rules, {name: list(graded)}, by="instructor-1", now=began)
            rows = list(make_rows(portal.store, name, notebook, trainees, rng))
            write_rows(db, rows, name, notebook, number)
            number += len(rows)
            save_results(db, [make_result(row, graded, written, rng) for row in rows])
        if name == E3:
            places |= {"other": rows[0]["uuid"], "double": rows[1]["uuid"], "cell": written[0]}
            mark_twice(portal, rows[1], written[0], content)
    for name, content in portal.course.assignments.items():
        attempts = ATTEMPTS if name == E3 else 1
        own = [hand_in_once(portal, LOOKS, name, attempt) for attempt in range(attempts)][-1]
        give_result(portal, own, name, content, rng)
        places |= {"own": own} if name == E3 else {}
    content = portal.course.assignments[E3]
    write_handouts(portal.workspace, portal.course, content, portal.settings.handout_dir)
    refused = Refused(str(uuid.uuid4()), LOOKS, E3, "x.png", 4, "no-notebook", "", b"\x89PNG")
    keep_refusal(portal.store, refused, portal.now())
    with portal.store.write() as db:
        job = enqueue_grading(db, E3, None, requested_by="grader-1", now=portal.now())
        (refusal,) = list_refusals(db, LOOKS)
        if not portal.store.is_sqlite:
            db.execute(text("ANALYZE"))  # as PostgreSQL itself does within a minute
    places |= {"job": str(job), "refusal": str(refusal.id), "person": "t-00001", "language": "ko"}
    return places


def mark_twice(portal: Portal, row: dict[str, Any], cell: str, content: AssignmentContent) -> None:
    """Let two graders differ about an answer."""
    rubric = next(one for one in content.assignment.rubrics if one.cell == cell)
    for grader, given, level in (("grader-1", Round.FIRST, 3), ("grader-2", Round.SECOND, 1)):
        levels = {criterion.id: level for criterion in rubric.criteria}
        mark = NewMark(E3, row["person"], row["uuid"], cell, grader, given, levels, float(level), "", None)
        with portal.store.write() as db:
            add_mark(db, mark, None, portal.now())


def give_result(portal: Portal, uuid: str, name: str, content: AssignmentContent, rng: random.Random) -> None:
    """Let a hand-in be graded, with feedback."""
    graded = {cell.id: float(cell.points) for cell in content.sheet.cells if cell.points}
    row = {"uuid": uuid, "person": LOOKS, "assignment": name, "received_at": portal.now()}
    with portal.store.write() as db:
        save_results(
            db, [make_result(row, graded, [rubric.cell for rubric in content.assignment.rubrics], rng)]
        )
    page = b"<!doctype html><html><body>" + b"<p>feedback</p>" * (FEEDBACK_BYTES // 15) + b"</body></html>"
    keep_feedback(portal.store, uuid, {f"{name}.html": page}, by="grader-1", now=portal.now())


def make_rows(
    store: Store, assignment: str, notebook: bytes, trainees: int, rng: random.Random
) -> Iterator[dict[str, Any]]:
    """Yield one hand-in of each trainee but the first, who hands in as people do."""
    digest = put_blob(store.folder, notebook).digest
    for one in range(1, trainees):
        at = datetime.now(UTC) - timedelta(minutes=rng.uniform(10, 30_000))
        yield {
            "uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "person": f"t-{one:05}",
            "assignment": assignment,
            "attempt": 1,
            "file_name": f"{assignment}.ipynb",
            "digest": digest,
            "is_original_kept": True,
            "notebook_digest": digest,
            "size_bytes": len(notebook),
            "received_at": at,
            "client_at": None,
            "due_at": None,
            "late_s": 0.0,
            "origin": Origin.API,
            "notes": [],
        }


def write_rows(db: Connection, rows: list[dict[str, Any]], name: str, notebook: bytes, number: int) -> None:
    """Write hand-ins with their files, and receipts of the usual size after `number` that nobody opens."""
    db.execute(insert(submissions), rows)
    size, path = len(notebook), f"{name}.ipynb"
    files = [
        {"submission": row["uuid"], "path": path, "digest": row["digest"], "size_bytes": size} for row in rows
    ]
    db.execute(insert(submission_files), files)
    given = [
        {"number": place, "submission": row["uuid"], "text": "x" * 1100, "hash": f"{place:064x}"}
        for place, row in enumerate(rows, start=number + 1)
    ]
    db.execute(insert(receipts), given)


def make_result(
    row: dict[str, Any], graded: dict[str, float], written: list[str], rng: random.Random
) -> ResultCopy:
    """Return what the gradebook might say."""
    cells = {cell: (points * (rng.random() < 0.8), points) for cell, points in graded.items()}
    answers = [
        AnswerCopy(cell, rng.random() < 0.5, False, None, graded.get(cell, 1.0), "") for cell in written
    ]
    return ResultCopy(
        submission=row["uuid"], person=row["person"], pseudonym=row["uuid"][:12],
        assignment=row["assignment"], status="graded", standing="counted",
        score=sum(score for score, _ in cells.values()), max_score=sum(graded.values()), penalty=0.0,
        needs_person=any(answer.is_open for answer in answers), cells=cells, messages=(), reason="",
        graded_at=row["received_at"], answers=answers,
    )  # fmt: skip


def hand_in_once(portal: Portal, person: str, assignment: str, attempt: int) -> str:
    """Hand in as the portal does, with a real receipt; return the UUID."""
    content: AssignmentContent = portal.course.assignments[assignment]
    notebook = notebook_bytes(build_release(content.sheet, content.assignment, Language.KO))
    notebook += b"\n" * attempt
    given = HandIn(
        uuid=str(uuid.uuid4()), person=person, assignment=assignment, course=portal.course.programme.id,
        file_name=f"{assignment}.ipynb", digest=hashlib.sha256(notebook).hexdigest(),
        size_bytes=len(notebook), original=notebook, files=((f"{assignment}.ipynb", notebook),),
        client_at=None, origin=Origin.PAGE, notes=(),
    )  # fmt: skip
    return hand_in(portal.store, portal.keys, given, portal.now()).submission.uuid


def list_pages(portal: Portal) -> list[Page]:
    """Return everything that is asked for and sent."""
    content = portal.course.assignments[E3]
    levels = {f"level-{one.id}": "2" for rubric in content.assignment.rubrics for one in rubric.criteria}
    notebook = notebook_bytes(build_release(content.sheet, content.assignment, Language.KO))
    asked = [Page(role, address) for role, lines in PAGES.items() for address in lines.split()]
    sent = [Page(role, address, form, {**levels, **filled}) for role, form, address, filled in FORMS]
    for page in sent:
        page.file = notebook if page.address.endswith("/hand-in") else b""
    return asked + sent


def measure(portal: Portal, places: dict[str, str], times: int) -> list[Page]:
    """Ask for every page many times, in turns; print and return what they took."""
    pages = list_pages(portal)
    with TestClient(create_app(portal), follow_redirects=False) as client:
        tokens = {access: sign_in(portal, f"{access}-1", access) for access in Access if access.is_staff}
        tokens[Access.TRAINEE] = sign_in(portal, LOOKS)
        sender = sign_in(portal, SENDS)
        client.get("/healthz")  # what is loaded at the first request of all belongs to no page
        gc.collect()
        gc.freeze()  # as `serve_portal` does
        for _ in range(times):
            for page in pages:
                sends = page.form and page.role == Access.TRAINEE
                client.cookies.set(session_cookie(portal), sender if sends else tokens.get(page.role, ""))
                ask(client, page, places)
    print(f"{'role':<12}{'page':<66}{'first ms':>9}{'p50 ms':>9}{'p95 ms':>9}{'CPU ms':>9}")
    for page in pages:
        print(page.describe(), flush=True)
    return pages


def ask(client: TestClient, page: Page, places: dict[str, str]) -> None:
    """Ask for a page once, or send its form, which was opened before the time is taken."""
    address, more = page.address.format(**places), {}
    if page.form:
        carried = dict(_FORM.findall(client.get(page.form.format(**places)).text))
        more = {
            "data": {**carried, **page.filled},
            "files": {"file": ("a.ipynb", page.file)} if page.file else None,
        }
    began, used = time.perf_counter(), time.process_time()
    page.status = client.request("POST" if page.form else "GET", address, **more).status_code
    page.took_ms.append((time.perf_counter() - began) * 1000)
    page.cpu_ms.append((time.process_time() - used) * 1000)


def sign_in(portal: Portal, person_id: str, access: Access = Access.TRAINEE) -> str:
    """Return the token of a session of somebody."""
    with portal.store.write() as db:
        limits = session_limits(portal, access)
        person = make_person(person_id, access, 0)
        return open_session(db, person, portal.now(), limits, second_factor=True)[0]


if __name__ == "__main__":
    sys.exit(main())
