"""How the course speaks: each pattern is found where it is meant, and nowhere else."""

from __future__ import annotations

import pytest

from grader.manifest.rules.style import PATTERNS
from grader.text import Language

KO = "course/modules/e0-start/lesson.ko.md"
EN = "course/modules/e0-start/lesson.en.md"

STIFF = [
    (KO, "의사에 의해 확인됩니다."),
    (KO, "이 값은 중요한 의미를 가집니다."),
    (KO, "값이 정해지어진 것처럼 되어집니다."),
    (KO, "결과가 보여집니다."),
    (KO, "이제 알아보도록 하겠습니다."),
    (KO, "판정에 대해 알아봅니다."),
    (KO, "이것이 핵심이라고 할 수 있습니다."),
    (KO, "판정을 함에 있어 조심합니다."),
    (KO, "현장에서의 확인이 필요합니다."),
    (KO, "당신은 값을 봅니다."),
    (KO, "가장 중요한 것 중 하나입니다."),
    (KO, "그럼에도 불구하고 확인합니다."),
    (KO, "확인을 필요로 합니다."),
    (KO, "고치는 것이 가능합니다."),
    (KO, "확인하지 않으면 안 됩니다."),
    (KO, "아무리 강조해도 지나치지 않습니다."),
    (KO, "확인에 다름 아닙니다."),
    (EN, "We delve into values."),
    (EN, "It is important to note that values differ."),
    (EN, "In today's rapidly changing world, values differ."),
    (EN, "Checking plays a crucial role."),
    (EN, "Staff utilise the table."),
    (EN, "A seamless process."),
    (EN, "The medical staffs check."),
    (EN, "Needless to say, check."),
    (EN, "The program does a diagnosis."),
]
FINE = [
    (KO, "주의해서 보고, 의사가 정의한 대로 합니다."),
    (KO, "결과지를 가지고 갑니다."),
    (KO, "담당자가 있어서 물어볼 수 있습니다."),
    (KO, "「의사에 의해 되어진 판정」을 봅니다."),
    (KO, '"당신은 비만입니다"라고 적지 않습니다.'),
    (KO, "해당 당신경과를 봅니다."),
    (KO, "다음 두 가지 중 하나입니다."),
    (EN, "She said: “utilise it”."),
    (EN, "Code such as `leveraged` stays."),
]


def insert(course, path: str, text: str) -> list:
    """Put `text` at the end of a page and return what the check says of style."""
    page = course.read(path)
    course.write(path, page.rstrip("\n") + f"\n\n{text}\n")
    return [one for one in course.problems() if one.code in {"translationese", "politeness", "long-sentence"}]


@pytest.mark.parametrize(("path", "text"), STIFF)
def test_stiff_words_are_found(course, path: str, text: str) -> None:
    """Each kind of translationese is named on its line, with what to write instead."""
    problems = insert(course, path, text)
    assert [one.code for one in problems] == ["translationese"] * len(problems)
    assert problems
    assert course.read(path).split("\n")[problems[0].line - 1] == text
    assert problems[0].hint


@pytest.mark.parametrize(("path", "text"), FINE)
def test_natural_words_pass(course, path: str, text: str) -> None:
    """Words that only look alike, quotations, titles and code are left alone."""
    assert insert(course, path, text) == []


def test_every_pattern_has_an_example() -> None:
    """No pattern stands in the list without a sentence that it finds."""
    for style in PATTERNS:
        path = KO if style.language is Language.KO else EN
        assert any(style.pattern.search(text) for where, text in STIFF if where == path), (
            style.pattern.pattern
        )


@pytest.mark.parametrize(
    "text", ["값을 봐요.", "값을 확인해요.", "값이 맞지요?", "값을 봅니다. 값이 맞다.", "판정이 **없다.**"]
)
def test_other_levels_of_politeness_are_found(course, text: str) -> None:
    """Korean prose stays in 합니다체."""
    assert [one.code for one in insert(course, KO, text)] == ["politeness"]


@pytest.mark.parametrize(
    "text",
    [
        "함께 해 봅시다.",
        "믿어도 될까요?",
        "확인 필요.",
        '간호사가 "괜찮아요?" 하고 묻습니다.',
        "값이 맞습니까?",
    ],
)
def test_polite_sentences_pass(course, text: str) -> None:
    """Invitations and quoted speech are fine."""
    assert insert(course, KO, text) == []


@pytest.mark.parametrize(("path", "limit", "word"), [(KO, 30, "값이"), (EN, 50, "word")])
def test_long_sentences_are_found(course, path: str, limit: int, word: str) -> None:
    """One word more than the limit is reported; the limit itself is not."""
    assert insert(course, path, " ".join([word] * (limit - 1) + ["끝."])) == []
    (problem,) = insert(course, path, " ".join([word] * limit + ["끝."]))
    assert (problem.code, str(limit + 1) in problem.message) == ("long-sentence", True)
