"""Abbreviations: explained on the page or in the glossary, or reported once."""

from __future__ import annotations

import pytest

KO = "course/modules/e0-start/lesson.ko.md"
EN = "course/modules/e0-start/lesson.en.md"
GLOSSARY = "course/glossary.csv"


def add(course, path: str, text: str) -> list:
    """Put `text` at the end of a file and return what the check says of abbreviations."""
    course.write(path, course.read(path).rstrip("\n") + f"\n\n{text}\n")
    return [one for one in course.problems() if one.code == "unexplained-term"]


@pytest.mark.parametrize(
    ("path", "text"),
    [(KO, "PPV가 낮습니다. PPV를 봅니다."), (EN, "The PPV is low. PPVs differ."), (EN, "See CKD-EPI.")],
)
def test_unexplained_abbreviations_are_reported_once(course, path: str, text: str) -> None:
    """The first place is named, and no other."""
    (problem,) = add(course, path, text)
    assert problem.path == path
    assert course.read(path).split("\n")[problem.line - 1] == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (KO, "양성예측도(PPV)가 낮습니다. PPV를 봅니다."),
        (KO, "PPV(양성예측도)가 낮습니다."),
        (EN, "PPV (positive predictive value) is low."),
        (EN, "`PPV` in code, 5 mmHg, https://example.org/PPV and AI on a PC."),
    ],
)
def test_explained_abbreviations_pass(course, path: str, text: str) -> None:
    """Parentheses explain; code, units, addresses and household words need no explanation."""
    assert add(course, path, text) == []


def test_the_glossary_explains(course) -> None:
    """A term or a note of the glossary that names the abbreviation is enough."""
    course.write(
        GLOSSARY, course.read(GLOSSARY) + "양성예측도,positive predictive value,,,PPV라고도 합니다.,\n"
    )
    assert add(course, KO, "PPV가 낮습니다.") == []
