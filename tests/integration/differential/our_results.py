"""What our grader gives for a course of `nbgrader_courses`, in the shape of nbgrader_results.json.

Knows how to call our grader; must not know what nbgrader gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader_courses import ASSIGNMENT, COURSES, Course, lay_out_source, lay_out_submissions
from record_nbgrader import call, read_scores, release_course

from grader.errors import UsageError
from grader.grading.foreign import grade_foreign
from grader.grading.foreign_batch import Options
from grader.grading.foreign_report import ForeignReport
from grader.grading.gradebook import open_gradebook
from grader.sandbox.run import run_jobs


def release(name: str, root: Path) -> Path | None:
    """Let nbgrader release a course in `root`; return the folder of the release, None if it refuses."""
    if needs_nbgrader_first(COURSES[name]):
        call("--release", name, root)
    else:
        with open_gradebook(root / "gradebook.db"):
            pass  # nbgrader would call the `alembic` program to make it, which takes its time
        release_course(COURSES[name], root)
    released = root / "release" / ASSIGNMENT
    return released if released.is_dir() and any(released.glob("*.ipynb")) else None


def needs_nbgrader_first(course: Course) -> bool:
    """Return whether only nbgrader can make the tests: those of AUTOTEST lines."""
    return any("autotests.yml" in name for name in course.files)


def grade_course(name: str, folder: Path) -> tuple[dict[str, Any], ForeignReport | None]:
    """Return our result for a course, and our report."""
    course = COURSES[name]
    root = folder / "course"
    if needs_nbgrader_first(course):
        released = release(name, root)
    else:
        released = release(name, folder / "nbgrader")
        lay_out_source(course, root)  # ours starts from the source alone
    if released is not None:
        lay_out_submissions(course, root, released)
    try:
        report = grade_foreign(root, ASSIGNMENT, run_jobs, Options())
    except UsageError as error:
        return {"refused": str(error), "submissions": {}}, None
    submissions = {
        item.learner: {
            "refused": "; ".join(f"{name}: {refusal.reason}" for name, refusal in item.refusals) or None,
            "cells": read_scores(root, item.learner),
        }
        for item in report.items
    }
    return {"refused": None, "submissions": submissions}, report
