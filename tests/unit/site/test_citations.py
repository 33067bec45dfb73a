"""Citations become numbered marks."""

from __future__ import annotations

import re

import pytest

from grader.model.content import Course
from grader.site.citations import SourceNumbers, number_page, source_line
from grader.text import Language, LocalText


def marks(text: str) -> list[str]:
    return re.findall(r'href="#source-(\d+)"', text)


def test_numbers_follow_first_mention(course: Course) -> None:
    """The same source keeps its number; only its first mark is the way back."""
    sources = SourceNumbers(course.facts, Language.KO)
    text = sources.number("가 [@unsettled-survey]. 나 [@bmi-limit; @unsettled-survey].")
    assert marks(text) == ["1", "2", "1"]
    assert text.count('id="cite-1"') == 1


@pytest.mark.parametrize(
    "text",
    [
        "`[@bmi-limit]`",
        "``a ` [@bmi-limit]``",
        "```python\n[@bmi-limit]\n```",
        "~~~\n[@bmi-limit]\n```\n[@bmi-limit]\n~~~",
        "[링크](x.md) [각주] [^1]",
    ],
)
def test_code_and_links_are_left_alone(course: Course, text: str) -> None:
    """Brackets in code are code; other brackets are Markdown."""
    sources = SourceNumbers(course.facts, Language.KO)
    assert sources.number(text) == text
    assert sources.listing() == ()


def test_text_after_a_fence_is_numbered(course: Course) -> None:
    """A closed fence ends the code."""
    text = SourceNumbers(course.facts, Language.KO).number("```\nx\n```\n[@bmi-limit]")
    assert marks(text) == ["1"]


def test_unsettled_fact_says_so_in_words(course: Course, language: Language) -> None:
    """The mark is visible text, not only a colour."""
    text = SourceNumbers(course.facts, language).number("x [@unsettled-survey]")
    wanted = {"ko": ">1 확인 필요</a>", "en": ">1 To be verified</a>"}
    assert wanted[language] in text


def test_hand_written_page_gets_a_source_list(course: Course) -> None:
    """The list stands at the end; a page without citations stays as it is."""
    text, listing, warnings = number_page("# 제목\n\n값 [@bmi-limit].", course.facts, Language.KO)
    assert text.endswith("## 출처 {#sources}\n\n<!-- medai:sources -->\n")
    assert 'id="source-1"' in listing
    assert warnings == []
    assert number_page("# 제목", course.facts, Language.KO) == ("# 제목", "", [])


def test_source_titles_carry_their_language(course: Course) -> None:
    """A Korean title on an English page is pronounced as Korean, and the other way round."""
    notice, review = (course.facts[name].sources[0] for name in ("bmi-limit", "unsettled-survey"))
    assert '<cite lang="ko">' in source_line(notice, Language.EN)
    assert '<cite lang="en">' in source_line(review, Language.KO)
    assert "<cite>" in source_line(notice, Language.KO)
    both = notice.model_copy(update={"title": LocalText(ko="고시", en="Notice")})
    assert "<cite>고시</cite>" in source_line(both, Language.KO)
    assert "<cite>Notice</cite>" in source_line(both, Language.EN)
