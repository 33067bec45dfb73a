"""How long the portal takes for a page, with 2,000 trainees, 20 assignments and 40,000 hand-ins.

    python benchmarks/portal_pages.py [--trainees 2000] [--times 30]

A store is filled with rows like those of a real course: accounts, releases, hand-ins with receipts and
results, written answers that wait, notebooks of the course. Then each role asks for its pages, one after
another and each many times, in this process: the time is the server's own, from the request to the last byte,
without a network. Assignments beyond the course's own are copies of them under other names.

Prints p50, p95 and the median processor time of each page, the client's small share of it included; exits
with 1 when a p95 is above 50 ms or a page does not open. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert
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
from grader.store.grading_copy import AnswerCopy, ResultCopy, save_results
from grader.store.hand_in import HandIn, hand_in
from grader.store.keys import KeyRing
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, release_assignment
from grader.store.schema import receipts, submission_files, submissions
from grader.store.sessions import open_session
from grader.store.submissions import Origin
from grader.text import Language
from grader.wire import Workspace

ROOT = Path(__file__).parents[1]
LIMIT_MS = 50.0
ASSIGNMENTS = 20
OPENS = {200, 303}
"""A list of answers leads to the first one that waits."""
SITES = ("seoul", "daegu", "busan", "gwangju", "jeju", "daejeon", "ulsan", "suwon", "incheon")
SEED = 20261122
E3 = "e3-judgements"
PAGES: tuple[tuple[Access, str], ...] = (
    (Access.TRAINEE, "/learn"),
    (Access.TRAINEE, "/learn/{assignment}"),
    (Access.TRAINEE, "/learn/{assignment}/submissions/{own}"),
    (Access.TRAINEE, "/account"),
    (Access.TRAINEE, "/api/v1/me"),
    (Access.TRAINEE, "/api/v1/submissions"),
    (Access.INSTRUCTOR, "/teach"),
    (Access.INSTRUCTOR, "/teach/assignments/{assignment}"),
    (Access.INSTRUCTOR, "/teach/announcements"),
    (Access.INSTRUCTOR, "/teach/progress"),
    (Access.INSTRUCTOR, "/teach/progress/{assignment}"),
    (Access.INSTRUCTOR, "/teach/statistics/{assignment}"),
    (Access.INSTRUCTOR, "/teach/preview/{assignment}"),
    (Access.GRADER, "/mark"),
    (Access.GRADER, "/mark/assignments/{assignment}"),
    (Access.GRADER, "/mark/assignments/{assignment}?site=jeju&page=2"),
    (Access.GRADER, "/mark/assignments/{assignment}/answers/{cell}"),
    (Access.GRADER, "/mark/assignments/{assignment}/answers/{cell}/{other}"),
    (Access.GRADER, "/mark/submissions/{other}"),
    (Access.GRADER, "/mark/regrades"),
    (Access.OPERATOR, "/operate"),
    (Access.OPERATOR, "/operate/people"),
    (Access.OPERATOR, "/operate/people?text=t-01"),
    (Access.OPERATOR, "/operate/audit"),
    (Access.OPERATOR, "/metrics"),
)


def main() -> int:
    """Fill a store, measure every page, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--trainees", type=int, default=2000)
    parser.add_argument("--times", type=int, default=30, help="how often each page is asked for")
    options = parser.parse_args()
    course = widen(load_course(ROOT))
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        portal = open_full_portal(Path(folder), course, options.trainees)
        places = fill(portal, options.trainees)
        slow = measure(portal, places, options.times)
        portal.store.close()
    return 1 if slow else 0


def widen(course: Course) -> Course:
    """Return the course with enough assignments: copies under other names."""
    wanted = dict(course.assignments)
    for name, content in list(wanted.items())[: ASSIGNMENTS - len(wanted)]:
        assignment = content.assignment.model_copy(update={"id": f"more-{name}"})
        wanted[assignment.id] = replace(content, assignment=assignment)
    return replace(course, assignments=wanted)


def open_full_portal(data: Path, course: Course, trainees: int) -> Portal:
    """Open a portal in an empty folder and let everybody in."""
    store = open_store(data)
    settings = PortalSettings(data=data, public_url="http://testserver", rate_limits=False)
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
            places |= {"other": rows[0]["uuid"], "cell": written[0] if written else "none"}
    for name in portal.course.assignments:
        own = hand_in_once(portal, "t-00000", name)
        places |= {"own": own} if name == E3 else {}
    return places


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


def hand_in_once(portal: Portal, person: str, assignment: str) -> str:
    """Hand in as the portal does, with a real receipt; return the UUID."""
    content: AssignmentContent = portal.course.assignments[assignment]
    notebook = notebook_bytes(build_release(content.sheet, content.assignment, Language.KO))
    given = HandIn(
        uuid=str(uuid.uuid4()), person=person, assignment=assignment, course=portal.course.programme.id,
        file_name=f"{assignment}.ipynb", digest=hashlib.sha256(notebook).hexdigest(),
        size_bytes=len(notebook), original=notebook, files=((f"{assignment}.ipynb", notebook),),
        client_at=None, origin=Origin.PAGE, notes=(),
    )  # fmt: skip
    return hand_in(portal.store, KeyRing(portal.store.folder), given, portal.now()).submission.uuid


def measure(portal: Portal, places: dict[str, str], times: int) -> int:
    """Ask for every page many times; return how many are slow or do not open."""
    slow = 0
    print(f"{'role':<12}{'page':<58}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms':>8}")
    with TestClient(create_app(portal), follow_redirects=False) as client:
        for access, template in PAGES:
            sign_in(portal, client, access)
            address = template.format(**places)
            took, worked, status = [], [], 0
            for _ in range(times + 2):
                began, used = time.perf_counter(), time.process_time()
                status = client.get(address).status_code
                took.append((time.perf_counter() - began) * 1000)
                worked.append((time.process_time() - used) * 1000)
            cuts = statistics.quantiles(took[2:], n=20, method="inclusive")  # the first ones fill caches
            is_open = status in OPENS
            note = "" if is_open else f"  status {status}"
            slow += cuts[18] > LIMIT_MS or not is_open
            cpu = statistics.median(worked[2:])
            print(f"{access:<12}{template:<58}{cuts[9]:>8.1f}{cuts[18]:>8.1f}{cpu:>8.1f}{note}", flush=True)
    return slow


def sign_in(portal: Portal, client: TestClient, access: Access) -> None:
    """Give the client somebody's session."""
    person_id = "t-00000" if access is Access.TRAINEE else f"{access}-1"
    person = make_person(person_id, access, 0)
    with portal.store.write() as db:
        limits = session_limits(portal, access)
        token, _ = open_session(db, person, portal.now(), limits, second_factor=True)
    client.cookies.clear()
    client.cookies.set(session_cookie(portal), token)


if __name__ == "__main__":
    sys.exit(main())
