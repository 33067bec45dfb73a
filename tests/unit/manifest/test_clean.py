"""A course without faults has no problems."""

from __future__ import annotations

from pathlib import Path

from grader.manifest.read import load_course


def test_clean_course_has_no_problems(course) -> None:
    """A sound course passes every rule."""
    assert course.problems() == []


def test_clean_course_loads(course) -> None:
    """The reader gives every part of a sound course, modules in teaching order."""
    loaded = load_course(course.root)
    assert list(loaded.modules) == ["e0-start", "e1-next"]
    assert list(loaded.assignments) == ["e0-start"]
    assert set(loaded.facts) == {"glucose-cutoff", "new-law"}
    assert loaded.glossary[0].avoid_en == ("hemoglobin", "Hgb")
    start = loaded.modules["e0-start"]
    assert start.figures == {
        "bars.en.svg": "course/modules/e0-start/figures/bars.en.svg",
        "bars.ko.svg": "course/modules/e0-start/figures/bars.ko.svg",
    }
    assert {page.path for page in start.lesson.values()} == {
        "course/modules/e0-start/lesson.en.md",
        "course/modules/e0-start/lesson.ko.md",
    }
    assert start.practice is not None


def test_reading_writes_nothing(course) -> None:
    """A check leaves every file as it was and adds none."""

    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}

    before = contents()
    course.problems()
    assert contents() == before
