"""Removing deleted people from the nbgrader course directory: folders, notes, gradebook.

Knows where their id may stand in a file's or folder's name, and nbgrader's gradebook; must not know why they
were deleted. The store has put a pseudonym in their place at once; this follows when nothing is being graded.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.grading.layout import CourseDirectory, normal_id, only_writer
from grader.store.engine import Store
from grader.store.personal_data import TO_FORGET
from grader.store.settings import lock_settings, read_setting, write_setting

_BY_PERSON = ("submitted", "autograded", "feedback")
_BY_ASSIGNMENT = ("quarantine", ".medai/attempts", ".medai/received", ".medai/graded")


def forget_people(store: Store, course: CourseDirectory) -> int:
    """Remove what the course directory holds of deleted people; return how many were forgotten.

    Raises CourseBusy while somebody is grading: the ids wait for the next time, as they do after a crash.
    """
    with store.read() as db:
        ids: list[str] = read_setting(db, TO_FORGET) or []
    if not ids:
        return 0
    if course.root.is_dir():
        with only_writer(course):
            for person_id in ids:
                for path in _places(course, person_id):
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            _forget_grades(course.gradebook, ids)
    with store.write() as db:
        lock_settings(db)
        waiting = read_setting(db, TO_FORGET) or []
        write_setting(db, TO_FORGET, [each for each in waiting if each not in ids])
    return len(ids)


def _places(course: CourseDirectory, person_id: str) -> list[Path]:
    """Return every file and folder that is named by a person."""
    places = [course.root / folder / person_id for folder in _BY_PERSON]
    for folder in _BY_ASSIGNMENT:
        for assignment in sorted((course.root / folder).glob("*")):
            places += [path for path in assignment.glob("*") if _names(path, person_id)]
    return [path for path in places if path.exists() or path.is_symlink()]


def _names(path: Path, person_id: str) -> bool:
    return normal_id(path.name) == person_id or normal_id(path.stem) == person_id


def _forget_grades(gradebook: Path, ids: list[str]) -> None:
    """Take people out of the gradebook, with all their submissions."""
    if not gradebook.is_file():
        return
    from nbgrader.api import Gradebook, MissingEntry

    with Gradebook(f"sqlite:///{gradebook}") as book:
        for person_id in ids:
            try:
                book.remove_student(person_id)
            except MissingEntry:
                continue  # was never graded
