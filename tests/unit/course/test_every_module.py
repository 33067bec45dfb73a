"""What every module of the course promises its readers: enough to read, try, answer and be graded by.

The limits are the programme's own: a lesson that can be read in an hour, a quiz over all levels, wrong
answers that are caught, and sample answers by which two graders can agree.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from grader.manifest.read import load_course
from grader.model.assignment import CellRole, Tier
from grader.model.course import QuestionLevel
from grader.text import Language

ROOT = Path(__file__).parents[3]
COURSE = load_course(ROOT)
MODULES = list(COURSE.modules)
LESSON_WORDS = range(2000, 4001)
QUIZ_ITEMS = range(8, 13)

module_of = pytest.mark.parametrize("name", MODULES)


@module_of
def test_lesson_is_long_enough_and_not_too_long(name: str) -> None:
    """A Korean lesson has 2,000 to 4,000 words."""
    assert len(COURSE.modules[name].lesson[Language.KO].body.split()) in LESSON_WORDS


@module_of
def test_every_section_has_a_key_sentence(name: str) -> None:
    """Slides are made from bold sentences: no section of a lesson is without one, or without a list."""
    for language, page in COURSE.modules[name].lesson.items():
        sections = ("\n" + page.body).split("\n## ")[1:]
        bare = [
            one.split("\n")[0] for one in sections if not any(sign in one for sign in ("**", "\n- ", "\n1. "))
        ]
        assert not bare, (language, bare)


@module_of
def test_quiz_covers_all_levels(name: str) -> None:
    """A quiz has 8 to 12 questions, from recall to judgement."""
    questions = COURSE.modules[name].quiz.questions
    assert len(questions) in QUIZ_ITEMS
    assert {question.level for question in questions} == set(QuestionLevel)


@module_of
def test_right_answers_do_not_stand_out(name: str) -> None:
    """Who always picks the longest or the first choice gets at most half of a quiz right."""
    singles = [one for one in COURSE.modules[name].quiz.questions if sum(c.correct for c in one.choices) == 1]
    for language in Language:
        longest = sum(max(one.choices, key=lambda c: len(c.text[language])).correct for one in singles)
        assert longest <= len(singles) / 2, (language, longest, len(singles))
    assert sum(one.choices[0].correct for one in singles) <= len(singles) / 2


@module_of
def test_practice_and_figures_are_there(name: str) -> None:
    """Every module has a practice notebook that draws, figures, and a plot of its own in the lesson."""
    content = COURSE.modules[name]
    assert content.practice is not None
    assert any(cell.alt for cell in content.practice.cells)
    for language, page in content.lesson.items():
        missing = [link for link in ("](figures/", "](practice:") if link not in page.body]
        assert not missing, (language, missing)


@module_of
def test_instructors_get_what_they_need(name: str) -> None:
    """Timing, wrong turns, roles, discussion, grading and a checklist stand on every instructor page."""
    for page in COURSE.modules[name].instructor.values():
        for anchor in ("timing", "wrong-turns", "roles", "discussion", "grading", "checklist"):
            assert f"{{#{anchor}}}" in page.body, (page.path, anchor)


@module_of
def test_assignment_has_three_tiers(name: str) -> None:
    """Run and fill tasks alone reach the pass line; write tasks are there for the badge."""
    content = COURSE.assignments[name]
    tiers = {task.id: task.tier for task in content.assignment.tasks}
    assert set(tiers.values()) == set(Tier)
    points: Counter[Tier] = Counter()
    for cell in content.sheet.cells:
        if cell.role is CellRole.TEST and cell.task is not None:
            points[tiers[cell.task]] += cell.points
    assert points[Tier.RUN] + points[Tier.FILL] >= content.assignment.pass_percent / 100 * points.total()


@module_of
def test_wrong_answers_and_samples_are_catalogued(name: str) -> None:
    """At least five wrong answers, and two graded sample answers for each of the four levels."""
    content = COURSE.assignments[name]
    assert len(content.wrong) >= 5
    for rubric in content.assignment.rubrics:
        assert min(Counter(sample.level for sample in rubric.samples)[level] for level in range(4)) >= 2


def test_glossary_is_large_enough() -> None:
    """At least 150 terms, each explained in both languages."""
    assert len(COURSE.glossary) >= 150
    assert [term.ko for term in COURSE.glossary if not (term.note_ko and term.note_en)] == []
