"""Marks by hand: from levels to points, into the gradebook, and never over somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from grader.errors import UsageError
from grader.grading.gradebook_read import read_marks
from grader.grading.layout import CourseBusy, only_writer
from grader.grading.marking import (
    HandMark,
    WrittenTask,
    gradebook_stamp,
    list_written_tasks,
    render_answer,
    write_marks,
)
from grader.grading.marks import score_levels
from grader.grading.submissions_in import Incoming, store_submission, stored_submission
from grader.model.assignment import Criterion, Rubric, RubricLevel
from grader.text import LocalText


def rubric(*weights: int) -> Rubric:
    """Return a rubric with criteria a, b, c … of these weights."""
    text = LocalText(ko="글", en="text")
    levels = tuple(RubricLevel(level=level, text=text) for level in range(4))
    criteria = tuple(
        Criterion(id="abcdefg"[number], title=text, weight=weight, levels=levels)
        for number, weight in enumerate(weights)
    )
    return Rubric(cell="cell", criteria=criteria)


@pytest.mark.parametrize(
    ("weights", "points", "levels", "score"),
    [
        ((1, 1, 1, 1), 12, (2, 2, 2, 2), 8.0),
        ((1, 1, 1, 1), 12, (3, 3, 3, 3), 12.0),
        ((1, 1, 1, 1), 12, (3, 3, 3, 1), 7.0),  # the sum would be 10, which meets
        ((1, 1, 1, 1, 1), 15, (3, 3, 3, 3, 1), 9.0),  # “enter at most 9”
        ((1, 1, 2, 2, 2, 1, 1), 30, (2, 2, 2, 2, 2, 2, 2), 20.0),
        ((1, 1, 2, 2, 2, 1, 1), 30, (3, 3, 1, 3, 3, 3, 3), 19.0),  # “no more than 19”
        ((1, 1, 2, 2, 2, 1, 1), 30, (0, 0, 3, 0, 0, 0, 0), 6.0),
        ((1,), 4, (2,), 2.67),
        ((1,), 4, (1,), 1.33),
        ((1,), 1, (0,), 0.0),
        ((1, 1), 1, (3, 1), 0.0),
    ],
)
def test_levels_make_points(
    weights: tuple[int, ...], points: float, levels: tuple[int, ...], score: float
) -> None:
    """Weighted levels over the most; one criterion below “meets” keeps the sum below what meets."""
    given = dict(zip("abcdefg", levels, strict=False))
    assert score_levels(rubric(*weights), points, given) == score


@pytest.fixture
def graded(course: Any, full: dict[str, Any]) -> Any:
    """A course with one graded submission."""
    course.hand_in("hq-001", full)
    course.collect()
    course.grade()
    return course


def mark(score: float, *known: float, comment: str = "좋습니다", trainee: str = "hq-001") -> HandMark:
    return HandMark(trainee, "sample", "desk", score, comment, frozenset(known))


def test_mark_is_written_as_formgrader_does(graded: Any) -> None:
    """Score, comment and “needs nobody” stand where nbgrader has them, and grading again keeps them."""
    before = gradebook_stamp(graded.paths.root)
    assert write_marks(graded.paths.root, [mark(3.0)]) == (True,)
    assert gradebook_stamp(graded.paths.root) != before
    graded.grade(force=True)
    found = read_marks(graded.paths.gradebook, "sample")["hq-001"]
    desk = found.grades["desk"]
    assert (desk.manual_score, desk.score, desk.needs_person) == (3.0, 3.0, False)
    assert found.comments == {"desk": "좋습니다"}
    assert write_marks(graded.paths.root, [mark(2.0, 3.0, comment="")]) == (True,)
    found = read_marks(graded.paths.gradebook, "sample")["hq-001"]
    assert (found.grades["desk"].score, found.comments) == (2.0, {})


def test_other_mark_is_kept(graded: Any) -> None:
    """What the marker did not know of is not replaced, unless it is the same."""
    write_marks(graded.paths.root, [mark(3.0)])
    assert write_marks(graded.paths.root, [mark(1.0), mark(1.0, 2.0)]) == (False, False)
    assert read_marks(graded.paths.gradebook, "sample")["hq-001"].grades["desk"].score == 3.0
    assert write_marks(graded.paths.root, [mark(3.0), mark(1.0, 2.0, 3.0)]) == (True, True)


def test_unmarkable_answers(graded: Any) -> None:
    """Ungraded work, another cell or a busy course directory are said in words."""
    with pytest.raises(UsageError, match="no graded cell"):
        write_marks(graded.paths.root, [mark(1.0, trainee="gn-003")])
    with only_writer(graded.paths), pytest.raises(CourseBusy):
        write_marks(graded.paths.root, [mark(1.0)])


def test_answer_is_rendered_harmless(course: Any, full: dict[str, Any], cell_of: Any) -> None:
    """An answer is read from the graded notebook; nothing in it runs or loads."""
    cell_of(full, "desk")["source"] = "**굵게** <img src=x onerror=alert(1)> <iframe></iframe>"
    course.hand_in("hq-001", full)
    course.collect()
    course.grade()
    html = render_answer(course.paths.root, "hq-001", "sample", "desk")
    assert html is not None
    assert "<strong>굵게</strong>" in html
    assert "onerror" not in html
    assert "iframe" not in html
    assert render_answer(course.paths.root, "hq-001", "sample", "nothing") is None
    assert render_answer(course.paths.root, "nobody", "sample", "desk") is None


def test_written_tasks(course: Any) -> None:
    """The cells that a person marks, with their points."""
    assert list_written_tasks(course.paths.root, "sample") == (WrittenTask("desk", 4.0),)
    with pytest.raises(UsageError):
        list_written_tasks(course.paths.root, "other")


def test_stored_submission_knows_its_hand_in(course: Any, full: dict[str, Any], as_bytes: Any) -> None:
    """What was stored by id is found by id; what came from an inbox has none."""
    course.hand_in("hq-001", full)
    course.collect()
    assert stored_submission(course.paths, "sample", "hq-001") == ""
    at = datetime(2026, 4, 21, tzinfo=UTC)
    incoming = Incoming("hq-001", "내 과제.ipynb", as_bytes(full), "0" * 64, at, submission="id-2")
    store_submission(course.paths, "sample", incoming)
    assert stored_submission(course.paths, "sample", "hq-001") == "id-2"
    assert stored_submission(course.paths, "sample", "gn-003") == ""
    assert (course.paths.attempts("sample", "hq-001") / "1" / "sample.ipynb").is_file()
