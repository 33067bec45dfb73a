"""The grading worker as a process: grades behind walls, comes back when killed, goes when the server goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from formgrader_server import serve_formgrader
from portal_world import World
from sqlalchemy import select
from waiting import wait_until

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.notebook import notebook_bytes
from grader.grading.release import release_assignment
from grader.manifest.read import load_course
from grader.model.people import Person
from grader.portal.context import Portal
from grader.portal.hand_in import take_hand_in
from grader.portal.settings import PortalSettings
from grader.portal.worker import Worker
from grader.store.engine import open_store
from grader.store.hand_in import HandedIn
from grader.store.jobs import find_heartbeat
from grader.store.marks import Delivery, NewMark, Round, add_mark, find_marks
from grader.store.schema import answers, results
from grader.wire import Workspace

ROOT = Path(__file__).parents[3]
SLUG, CELL = "e0-first-notebook", "desk-task"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    """A portal with the course's first assignment released."""
    data = tmp_path_factory.mktemp("portal") / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "portal.db")
    store = open_store(data)
    made = World(Portal(PortalSettings(data=data), Workspace(ROOT), load_course(ROOT), store)).prepare()
    release_assignment(data / "course", None, made.portal.course.assignments[SLUG], due=None)
    made.release(SLUG, grade_on_hand_in=True)
    yield made
    store.close()


@pytest.fixture(scope="module")
def worker(world: World) -> Iterator[Worker]:
    """The portal's worker; with the server it goes, too."""
    with Worker(world.portal) as running:
        yield running
    assert running.pid is not None
    assert not is_running(running.pid)


def write(world: World, person: Person, text: str) -> str:
    """Hand in the reference answers with a written answer of one's own."""
    content = world.portal.course.assignments[SLUG]
    release = build_release(content.sheet, content.assignment, person.language)
    notebook = fill_release(release, reference_answers(content.sheet), {CELL: text})
    given = (person, SLUG, str(uuid.uuid4()), f"{SLUG}.ipynb", notebook_bytes(notebook))
    done = take_hand_in(world.portal, *given)
    assert isinstance(done, HandedIn)
    return done.submission.uuid


def score_of(world: World, number: str) -> tuple[float, bool] | None:
    with world.portal.store.read() as db:
        query = select(results.c.score, results.c.needs_person).where(results.c.submission == number)
        row = db.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def is_running(pid: int) -> bool:
    """Whether a process lives; one that only waits to be buried does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_formgrader_and_portal_mark_side_by_side(world: World, worker: Worker) -> None:
    """Both write to one gradebook while the worker runs; what each gave is there, and pages show it."""
    here, there = world.enrol("hq-101"), world.enrol("hq-102")
    numbers = [write(world, here, "접수"), write(world, there, "판독")]
    with serve_formgrader(world.portal.settings.course_dir) as formgrader:
        wait_until(lambda: all(score_of(world, number) for number in numbers))
        found = formgrader.json(f"/formgrader/api/submitted_notebooks/{SLUG}/{SLUG}")
        notebook = next(one["id"] for one in found if one["student"] == "hq-102")
        grades = formgrader.json(f"/formgrader/api/grades?submission_id={notebook}")
        grade = next(one for one in grades if one["name"] == CELL)
        body = b'{"manual_score": 9.0, "extra_credit": null}'
        formgrader.get(f"/formgrader/api/grade/{grade['id']}", method="PUT", data=body)
        levels = dict.fromkeys(("concrete", "measurable", "risk", "data"), 2)
        mark = NewMark(SLUG, "hq-101", numbers[0], CELL, "g", Round.FIRST, levels, 8.0, "좋습니다", None)
        with world.portal.store.write() as db:
            add_mark(db, mark, None, world.portal.now())
        wait_until(lambda: [score_of(world, number) for number in numbers] == [(38.0, False), (39.0, False)])
        grades = formgrader.json(f"/formgrader/api/grades?submission_id={notebook}")
        assert next(one for one in grades if one["name"] == CELL)["manual_score"] == 9.0
    with world.portal.store.read() as db:
        first = find_marks(db, numbers[0], CELL).first
        scores = dict(db.execute(select(answers.c.submission, answers.c.manual_score)).all())
    assert first is not None
    assert first.delivery is Delivery.WRITTEN
    assert [scores[number] for number in numbers] == [8.0, 9.0]


def test_grading_survives_a_killed_worker(world: World, worker: Worker) -> None:
    """After kill -9 another worker takes up what was left; nobody has to do anything."""
    killed = worker.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    number = write(world, world.enrol("대구 003"), "판독 순서를 정합니다.")
    wait_until(lambda: score_of(world, number) is not None)
    assert score_of(world, number) == (30.0, True)
    assert worker.pid not in (None, killed)
    with world.portal.store.read() as db:
        assert find_heartbeat(db) is not None


def test_worker_goes_when_its_server_is_killed(world: World) -> None:
    """The server has no time to say anything; the worker ends all the same."""
    program = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from types import SimpleNamespace as Box\n"
        "from grader.portal.worker import Worker\n"
        "from grader.store.retention import RetentionPolicy\n"
        "settings = Box(data=Path(sys.argv[1]), database_url=None, keep=RetentionPolicy())\n"
        "with Worker(Box(settings=settings, workspace=Box(root=Path(sys.argv[2])))) as worker:\n"
        "    print(worker.pid, flush=True)\n"
        "    threading.Event().wait()\n"
    )
    argv = [sys.executable, "-c", program, str(world.portal.settings.data), str(ROOT)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        assert is_running(pid)
        server.kill()
        wait_until(lambda: not is_running(pid))
