"""What pydantic finds is said in plain words, on the line of the key it is about."""

from __future__ import annotations

import pytest

from grader.manifest.wording import validate
from grader.manifest.yamltext import parse_yaml
from grader.model.content import Spreadsheet

MODULE = "course/modules/e0-start/module.yml"
QUIZ = "course/modules/e0-start/quiz.yml"


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "message", "hint"),
    [
        ("revision: 1", "revison: 1", 3, "unknown-key", "`revison` is not known", "Did you mean `revision`?"),
        ("revision: 1\n", "", 1, "missing-key", "`revision` is missing", "Add `revision: …` here."),
        ("revision: 1", "revision: 0", 3, "invalid-value", "revision must be at least 1", ""),
        ("revision: 1", "revision: one", 3, "wrong-type", "must be a whole number, but is `one`", ""),
        ("revision: 1", "revision:", 3, "missing-value", "revision is empty", "Write a whole number there."),
        ("code: E0", "code: E00", 2, "invalid-value", "code is `E00`", ""),
        ("id: e0-start", "id: E0_start", 1, "invalid-value", "cannot be an id", "lower-case letters"),
        ("roles: [clinician]", "roles: clinician", 7, "wrong-type", "must be a list", "Write a list"),
        ("read: 10", "read: 0", 8, "invalid-value", "minutes › read must be more than 0", ""),
        ("practice: 10", "practise: 10", 8, "unknown-key", "is not known in minutes", "`practice`"),
        ("ko: 값을 읽습니다., en", "en", 11, "missing-language", "objectives 1 has no Korean text", ""),
        (", en: Correct a value.", "", 12, "missing-language", "objectives 2 has no English", ""),
        ("en: Correct a value.", 'en: ""', 12, "missing-language", "objectives 2 has no English", ""),
        ("en: Correct a value.", "en: ", 12, "missing-language", "objectives 2 has no English", ""),
        ("en: Correct a value.", "en: no", 12, "wrong-type", "but is `false`", "Put it in quotes"),
        ("en: Correct a value.", "en: 5", 12, "wrong-type", "but is `5`", 'Put it in quotes: "5".'),
        ("en: Correct a value.", "en: A, b c", 12, "unknown-key", "`b c` is not known", "in quotes"),
        ("review_by: 2027-01-31", "review_by: 2027-13-31", 17, "wrong-type", "must be a date", "2026-05-15"),
        ("  - {ko: 값을 고칩니다., en: Correct a value.}\n", "", 10, "invalid-value", "too few", ""),
    ],
)
def test_module_faults(course, old: str, new: str, line: int, code: str, message: str, hint: str) -> None:
    """Each fault of a module file has its line, a stable code and words anyone understands."""
    course.write(MODULE, course.read(MODULE).replace(old, new))
    problems = [problem for problem in course.problems() if problem.path == MODULE and problem.code == code]
    assert [problem.line for problem in problems] == [line]
    assert message in problems[0].message
    assert hint in problems[0].hint


RIGHT = "why: {ko: 맞습니다., en: Right.}"


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "message"),
    [
        ("level: recall", "level: recal", 3, "invalid-value", "must be 'recall', 'understand', 'apply' or"),
        ("correct: true, ", "", 2, "invalid-value", "needs exactly one correct choice, has 0"),
        ("correct: true", "correct: maybe", 6, "wrong-type", "must be true or false"),
        (f", {RIGHT}", "", 6, "missing-key", "`why` is missing in questions 1 › choices 1"),
        (RIGHT, "why: Right.", 6, "wrong-type", "must be a text in both languages"),
        (RIGHT, "why: {ko: 맞습니다., en: }", 6, "missing-language", "why has no English text"),
    ],
)
def test_quiz_faults(course, old: str, new: str, line: int, code: str, message: str) -> None:
    """A quiz's faults point into the question; every choice must explain itself."""
    course.write(QUIZ, course.read(QUIZ).replace(old, new))
    problems = [problem for problem in course.problems() if problem.path == QUIZ]
    assert [(problem.line, problem.code) for problem in problems] == [(line, code)]
    assert message in problems[0].message


def test_all_faults_of_a_file_come_at_once() -> None:
    """One reading of a file tells everything; nothing is said twice."""
    text = (
        "title: {ko: a, en: b}\nnote: {ko: a, en: b}\ncolumns: []\nrows:\n"
        "  - [1, {ko: a}, [1], {ko: a, en: b, xx: c}, 2020-01-01]\n  - 5\n"
    )
    document, _ = parse_yaml(text, "s.yml")
    assert document is not None
    value, problems = validate(Spreadsheet, document)
    assert value is None
    assert [(problem.line, problem.code) for problem in problems] == [
        (3, "invalid-value"),
        (5, "missing-language"),
        (5, "unknown-key"),
        (5, "wrong-type"),
        (5, "wrong-type"),
        (6, "wrong-type"),
    ]


def test_a_verify_fact_needs_a_caution(course) -> None:
    """What is unsettled about a fact must be said beside it."""
    course.edit(
        "course/facts.yml",
        "    caution: {ko: 시행일은 확인해야 합니다., en: Its date is to be verified.}\n",
        "",
    )
    line = course.line("course/facts.yml", "id: new-law")
    assert ("course/facts.yml", line, "invalid-value") in course.found()


def test_spans_end_with_their_text() -> None:
    """A finding in a long text points at the line of the word, not at the key above it."""
    document, problems = parse_yaml("a:\n  ko: >-\n    one\n    two\n    three\nb: two\n", "x.yml")
    assert not problems
    assert document is not None
    assert document.line_of("two", ("a", "ko")) == 4
    assert document.line_of("gone", ("a", "ko")) == 2
    assert document.line("a", "missing", 3) == 1
