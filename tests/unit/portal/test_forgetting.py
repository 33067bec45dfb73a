"""Deleted people leave the course directory too, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from grader.grading.gradebook import open_gradebook
from grader.grading.layout import CourseBusy, CourseDirectory, only_writer
from grader.model.people import Access, Person
from grader.portal.context import Portal
from grader.portal.forgetting import forget_people
from grader.store import schema
from grader.store.people import add_people
from grader.store.personal_data import delete_person
from grader.store.releases import ReleaseRules, release_assignment


def keep(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def test_deleted_people_leave_the_course_directory(portal: Portal) -> None:
    """Folders, notes and gradebook; somebody whose id begins alike keeps everything. Busy: it waits."""
    course = CourseDirectory(portal.settings.course_dir)
    gone, stays = (
        Person(id="kim", name="a", site="jeju", role="it"),
        Person(id="kim 2", name="b", site="jeju", role="it"),
    )
    with portal.store.write() as db:
        add_people(db, [gone, stays], portal.now())
        delete_person(db, "kim", portal.now())
    for person in (gone, stays):
        keep(
            course.root,
            f"submitted/{person.id}/e1/e1.ipynb",
            f"feedback/{person.id}/e1/e1.html",
            f"quarantine/e1/{person.id}/reason.json",
            f".medai/graded/e1/{person.id}.json",
            f".medai/attempts/e1/{person.id}/1/e1.ipynb",
        )
    with open_gradebook(course.gradebook) as book:
        book.enrol([gone, stays])
    with only_writer(course), pytest.raises(CourseBusy):
        forget_people(portal.store, course)
    assert forget_people(portal.store, course) == 1
    assert forget_people(portal.store, course) == 0
    left = [str(path.relative_to(course.root)) for path in course.root.rglob("*")]
    assert not [path for path in left if path.split("/")[-1].split(".")[0] == "kim"]
    assert len([path for path in left if path.split("/")[-1].split(".")[0] == "kim 2"]) == 5
    with open_gradebook(course.gradebook) as book:
        students = [student.id for student in book._book.students]
    assert students == ["kim 2"]


def test_files_of_deleted_people_are_not_found(portal: Portal, sign_in) -> None:
    """nbgrader's collecting is told so; it met a fault of the server before."""
    submission = {"assignment": "e1", "attempt": 1, "file_name": "a.ipynb", "digest": "0" * 64}
    submission |= {"is_original_kept": True, "notebook_digest": "0" * 64, "size_bytes": 1, "late_s": 0}
    instructor = sign_in(Access.INSTRUCTOR)
    with portal.store.write() as db:
        now, uuid = portal.now(), "00000000-0000-4000-8000-000000000001"
        add_people(db, [Person(id="kim", name="a", site="jeju", role="it")], now)
        release_assignment(db, "e1", 1, ReleaseRules(opens_at=now), {"e1": ["q1"]}, by="system", now=now)
        row = {**submission, "uuid": uuid, "person": "kim", "received_at": now, "origin": "page", "notes": []}
        db.execute(insert(schema.submissions).values(row))
        delete_person(db, "kim", now)
    assert instructor.get(f"/api/v1/staff/submissions/{uuid}/files").status_code == 404
    assert instructor.get("/api/v1/assignments/e1/submissions").json()["items"] == []
