"""An assignment that an instructor's own nbgrader releases and grades: no page and no worker fails on it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from marking_world import MarkingWorld
from portal_world import FEEDBACK
from starlette.testclient import TestClient

from grader.model.people import Access
from grader.portal.app import create_app
from grader.portal.foreign_release import release_files
from grader.portal.hand_in import take_hand_in
from grader.portal.pages import WORDS
from grader.portal.viewer import session_cookie
from grader.site.downloads import zip_files
from grader.store.catch_up import list_forgotten
from grader.store.feedback import keep_feedback
from grader.store.hand_in import HandedIn
from grader.store.jobs import JobState, enqueue_grading, find_job, has_work
from grader.store.releases import find_release

NAME = "ps1"


@pytest.fixture
def foreign(world: MarkingWorld) -> HandedIn:
    """A release through nbgrader's exchange, and a trainee's hand-in."""
    notebook = json.loads(world.notebook("sample"))
    notebook["metadata"].pop("medai", None)
    packed = zip_files({"problem.ipynb": json.dumps(notebook).encode()})
    world.enrol("teacher-1", Access.INSTRUCTOR)
    release_files(world.portal, NAME, packed, by="teacher-1", may_replace=False)
    person = world.enrol("hq-001")
    content = json.dumps(notebook).encode()
    done = take_hand_in(world.portal, person, NAME, str(uuid4()), "problem.ipynb", content)
    assert isinstance(done, HandedIn), done
    return done


def browse(world: MarkingWorld, person_id: str, access: Access = Access.TRAINEE) -> tuple[TestClient, str]:
    """Return somebody's browser and the value that their forms carry."""
    token = world.open_session(world.find_or_enrol(person_id, access))
    cookies = {session_cookie(world.portal): token}
    app = create_app(world.portal)
    return TestClient(app, follow_redirects=False, cookies=cookies), world.find_csrf(token)


def test_graders_see_whose_it_is_to_grade(world: MarkingWorld, foreign: HandedIn) -> None:
    """It is named as graded elsewhere; nothing of it can be opened or started here."""
    grader, csrf = browse(world, "grader-1", Access.GRADER)
    page = grader.get("/mark").text
    assert WORDS["mark_own_nbgrader"].ko in page
    assert f"<li>{NAME}</li>" in page
    assert f"/mark/assignments/{NAME}" not in page
    assert grader.get(f"/mark?assignment={NAME}").status_code == 200
    for path in (f"/mark/assignments/{NAME}", f"/mark/submissions/{foreign.submission.uuid}"):
        assert grader.get(path).status_code == 404
    assert grader.post(f"/mark/assignments/{NAME}/grade", data={"csrf": csrf}).status_code == 404
    for path in ("/mark/regrades",):
        assert grader.get(path).status_code == 200


def test_grading_on_hand_in_cannot_be_switched_on(world: MarkingWorld, foreign: HandedIn) -> None:
    """Instructors set dates, but nothing here grades the work; every page of theirs opens."""
    teacher, csrf = browse(world, "teacher-1")
    here = f"/teach/assignments/{NAME}"
    for path in ("/teach", here, "/teach/progress", f"/teach/progress/{NAME}", f"/teach/statistics/{NAME}"):
        answer = teacher.get(path)
        assert answer.status_code == 200, path
    assert WORDS["teach_own_nbgrader"].ko in teacher.get("/teach").text
    page = teacher.get(here).text
    assert 'name="grade_on_hand_in"' not in page
    assert 'name="feedback_at_once"' in page
    fields = {"csrf": csrf, "opens_at": "2026-04-01T09:00", "grade_on_hand_in": "1"}
    assert teacher.post(f"{here}/rules", data=fields).status_code == 303
    with world.portal.store.read() as db:
        release = find_release(db, NAME)
        assert release is not None
        assert release.rules.grade_on_hand_in is False
        assert (has_work(db), list_forgotten(db)) == (False, [])


def test_the_worker_goes_on(world: MarkingWorld, foreign: HandedIn) -> None:
    """A job that somehow came into the queue fails in words; the next one runs."""
    with world.portal.store.write() as db:
        now = world.portal.now()
        for person in ("hq-001", None):
            enqueue_grading(db, NAME, person, requested_by="g", now=now)
    world.work()
    with world.portal.store.read() as db:
        jobs = [find_job(db, number) for number in (1, 2)]
    assert [job.state for job in jobs if job] == [JobState.FAILED] * 2
    assert all(NAME in job.message for job in jobs if job)


def test_trainees_see_the_instructors_feedback(world: MarkingWorld, foreign: HandedIn) -> None:
    """It is there as soon as the instructor releases it, on the page and in its sandbox; for nobody else."""
    me, _ = browse(world, "hq-001")
    here = f"/learn/{NAME}/submissions/{foreign.submission.uuid}"
    feedback = f"/learn/{NAME}/feedback/{foreign.submission.uuid}"
    for path in ("/learn", f"/learn/{NAME}"):
        assert me.get(path).status_code == 200, path
    assert feedback not in me.get(here).text
    assert me.get(feedback).status_code == 404
    pages = {"problem.html": FEEDBACK.encode()}
    assert keep_feedback(
        world.portal.store, foreign.submission.uuid, pages, by="teacher-1", now=world.portal.now()
    )
    page = me.get(here).text
    assert feedback in page
    assert WORDS["learn_result_later"].ko not in page
    shown = me.get(feedback)
    assert "결과 페이지" in shown.text
    assert "sandbox" in shown.headers["content-security-policy"]
    other, _ = browse(world, "hq-002")
    assert other.get(feedback).status_code == 404
