"""Ids name something, once, and agree with their directories."""

from __future__ import annotations

import pytest

COURSE = "course/course.yml"
MODULE = "course/modules/e0-start/module.yml"
NEXT = "course/modules/e1-next/module.yml"
QUIZ = "course/modules/e0-start/quiz.yml"
ASSIGNMENT = "assignments/e0-start/assignment.yml"


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "code"),
    [
        (COURSE, ", e1-next]", ", e1-next, e9]", 14, "dangling-id"),
        (
            COURSE,
            "modules: [e0-start, e1-next]",
            "modules: [e0-start, e1-next, e0-start]",
            14,
            "duplicate-id",
        ),
        (COURSE, "track: basics", "track: basic", 18, "dangling-id"),
        (COURSE, "sites: [north]", "sites: [north, south]", 19, "dangling-id"),
        (COURSE, "sites: [north]", "sites: [north, north]", 19, "duplicate-id"),
        (COURSE, "{module: e0-start,", "{module: e9,", 23, "dangling-id"),
        (COURSE, "ends: 2026-06-30", "ends: 2026-04-20", 23, "schedule-outside-cohort"),
        (COURSE, "starts: 2026-04-01", "starts: 2026-04-10", 23, "schedule-outside-cohort"),
        (MODULE, "roles: [clinician]", "roles: [clinician, nurse]", 7, "dangling-id"),
        (NEXT, "prerequisites: [e0-start]", "prerequisites: [e0-strat]", 9, "dangling-id"),
        (NEXT, "code: E1", "code: E0", 2, "duplicate-id"),
        (NEXT, "id: e1-next", "id: e1-nxt", 1, "id-mismatch"),
        (NEXT, "assignment: null", "assignment: e1-next", 16, "dangling-id"),
        (NEXT, "assignment: null", "assignment: e0-start", 16, "id-mismatch"),
        (MODULE, "assignment: e0-start", "assignment: null", 4, "id-mismatch"),
        (ASSIGNMENT, "module: e0-start", "module: e9", 4, "dangling-id"),
        (ASSIGNMENT, "id: e0-start", "id: e0-begin", 1, "id-mismatch"),
        (QUIZ, "{id: kg, text", "{id: mg, text", 7, "duplicate-id"),
    ],
)
def test_one_wrong_id(course, path: str, old: str, new: str, line: int, code: str) -> None:
    """An id that names nothing, or stands twice, is found where it is written."""
    course.edit(path, old, new)
    expected = ASSIGNMENT if path == MODULE and new == "assignment: null" else path
    assert (expected, line, code) in course.found()
    assert {problem.code for problem in course.problems()} <= {code, "dangling-id", "id-mismatch"}


def test_prerequisites_in_a_circle(course) -> None:
    """Modules that need each other are reported once, with the circle."""
    course.edit(MODULE, "prerequisites: []", "prerequisites: [e1-next]")
    (problem,) = course.problems()
    assert (problem.path, problem.line, problem.code) == (MODULE, 9, "prerequisite-cycle")
    assert "e0-start → e1-next → e0-start" in problem.message


def test_a_module_that_needs_itself(course) -> None:
    """The shortest circle is found too."""
    course.edit(MODULE, "prerequisites: []", "prerequisites: [e0-start]")
    assert course.found() == [(MODULE, 9, "prerequisite-cycle")]


def test_question_ids_are_unique(course) -> None:
    """Progress on devices is kept by question id, so it cannot stand twice."""
    text = course.read(QUIZ)
    course.write(QUIZ, text + text.removeprefix("questions:\n"))
    assert course.found() == [(QUIZ, 8, "duplicate-id")]


def test_fact_ids_are_unique(course) -> None:
    """A fact id stands once; the second one is reported."""
    course.edit("course/facts.yml", "id: new-law", "id: glucose-cutoff")
    assert ("course/facts.yml", 11, "duplicate-id") in course.found()


def test_a_broken_module_is_no_dangling_id(course) -> None:
    """What refers to a module with a broken file is not blamed for it."""
    course.write(NEXT, "id: [\n")
    assert [problem.code for problem in course.problems()] == ["broken-yaml"]
