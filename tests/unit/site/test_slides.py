"""Slides made from a lesson: what is shown, what goes to the notes, and that nothing is lost."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model.content import Course, Page
from grader.site.blocks import Kind, cells_of, sentences, split_blocks, split_parts
from grader.site.slides import Slide, list_slides, make_slides
from grader.site.slides_page import render_slides
from grader.text import Language

Golden = Callable[[str, str], None]


@pytest.fixture
def lesson(sample_root: Path) -> str:
    """A text with everything that a lesson may hold."""
    return (sample_root.parent / "slides" / "lesson.md").read_text(encoding="utf-8")


def shown(slide: Slide) -> str:
    part, count = slide.part
    lines = [f"=== {slide.heading}" + (f" {part}/{count}" if count > 1 else "")]
    lines += [f"{item.look.value} {item.mark}".strip() + f": {item.text}" for item in slide.items]
    lines += [f"--- notes\n{note}" for note in slide.notes]
    return "\n".join(lines)


def test_slides_of_a_lesson(lesson: str, golden: Golden) -> None:
    """Headings, sentences with bold text, lists, tables, pictures, code and boxes are shown, all is noted."""
    golden("slides/slides.txt", "\n\n".join(map(shown, make_slides(lesson))) + "\n")


def test_every_word_of_the_lesson_is_on_a_slide_or_in_a_note(lesson: str) -> None:
    """A presenter who reads slides and notes reads the whole lesson."""

    def words_of(text: str) -> set[str]:
        return set(re.findall(r"[\w가-힣]+", text))

    body = lesson.partition("## ")[2].replace("## 제목만 있는 절 {#empty}", "")
    told = "\n".join(map(shown, make_slides(lesson)))
    anchors = set(re.findall(r"\{#(\w+)\}", lesson))
    assert words_of(body) - anchors - words_of(told) == set()


def test_no_slide_holds_more_than_fits(lesson: str) -> None:
    """A slide that is not one large thing has room left."""
    for slide in make_slides(lesson):
        assert len(slide.items) == 1 or slide.room >= 0, slide.heading


def test_a_long_list_goes_on() -> None:
    """What does not fit goes to a further slide of the same heading."""
    slides = list_slides("목록", [f"항목 {number}" for number in range(15)])
    assert [slide.part for slide in slides] == [(1, 3), (2, 3), (3, 3)]
    assert [len(slide.items) for slide in slides] == [7, 4, 4]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("글\n둘째 줄\n\n글", [Kind.TEXT, Kind.TEXT]),
        ("- a\n- b\n\n    더\n\n- c\n\n글", [Kind.LIST, Kind.TEXT]),
        ("1. a\n   이어짐\n2. b\n```\n코드\n```", [Kind.LIST, Kind.CODE]),
        ("````\n```\n````\n글", [Kind.CODE, Kind.TEXT]),
        ("```\n닫히지 않음", [Kind.CODE]),
        ('!!! note\n    글\n\n    - a\n글\n\n??? tip "제목"\n    글', [Kind.BOX, Kind.TEXT, Kind.BOX]),
        ("a | b\n--- | ---\n1 | 2", [Kind.TABLE]),
        ("a | b\n글", [Kind.TEXT]),
        ("![a](b.svg)\n![c](d.svg){.wide}", [Kind.PICTURE]),
        ("![a](b.svg) 글", [Kind.TEXT]),
        ("<p>글</p>\n\n[^1]: 각주\n\n용어\n:   뜻", [Kind.OTHER] * 3),
        ("", []),
    ],
)
def test_blocks(text: str, kinds: list[Kind]) -> None:
    """Neighbouring lines are cut where Markdown cuts them, and nothing is lost."""
    blocks = split_blocks(text)
    assert [block.kind for block in blocks] == kinds
    assert "\n".join(block.text for block in blocks).split() == text.split()


def test_code_has_no_headings() -> None:
    """A comment in code does not begin a part."""
    (part,) = split_parts("## 하나 {#one}\n\n```python\n# 주석\n```\n")
    assert (part.heading, part.anchor, len(part.blocks)) == ("하나", "one", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("첫째입니다. 둘째입니까? 셋째!", ["첫째입니다.", "둘째입니까?", "셋째!"]),
        ("값은 24.9와 1.36입니다. 끝.", ["값은 24.9와 1.36입니다.", "끝."]),
        ('"괜찮습니까? 네." 하고 물었습니다. 끝.', ['"괜찮습니까? 네." 하고 물었습니다.', "끝."]),
        ("**굵은 하나. 굵은 둘.** 셋.", ["**굵은 하나. 굵은 둘.**", "셋."]),
        ("출처입니다 [@a. b]. 끝.", ["출처입니다 [@a. b].", "끝."]),
        ("Use e.g. blood, i.e. serum. Dr. Han says so.", ["Use e.g. blood, i.e. serum.", "Dr. Han says so."]),
        ("`a. b` 코드. 끝", ["`a. b` 코드.", "끝"]),
        ("한 줄\n두 줄. 끝.", ["한 줄 두 줄.", "끝."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    """A full stop ends a sentence, except inside numbers, quotations, bold text, code and abbreviations."""
    assert list(sentences(text)) == expected


def test_cells_of_a_row() -> None:
    """A stroke in code or behind a backslash separates nothing."""
    assert cells_of(r"| a | `b|c` | d\|e |") == ["a", "`b|c`", r"d\|e"]
    assert cells_of("a | b") == ["a", "b"]


def with_lesson(course: Course, body: str) -> Course:
    content = course.modules["e0-sample"]
    pages = {language: Page("lesson.md", body, 1) for language in Language}
    changed = dataclasses.replace(content, lesson=pages)
    return dataclasses.replace(course, modules={**course.modules, "e0-sample": changed})


def text_of(course: Course, body: str) -> str:
    course = with_lesson(course, body)
    page = render_slides(course, course.modules["e0-sample"], Language.KO, {})
    assert page is not None
    return page.fill(page.markdown)


def test_key_points_stand_before_monday(course: Course) -> None:
    """A lesson without key points of its own gets those of the module, before what to do on Monday."""
    text = text_of(course, "## 하나 {#one}\n\n**글.**\n\n## 월요일 {#monday}\n\n1. 확인합니다.\n")
    places = [text.index(heading) for heading in (">하나<", ">핵심 정리<", ">월요일<")]
    assert places == sorted(places)


def test_own_key_points_are_enough(course: Course) -> None:
    """Key points that the lesson has are not shown twice."""
    text = text_of(course, "## 기억할 것 {#key-points}\n\n- 25는 경계입니다.\n")
    assert "핵심 정리" not in text
    assert text.count("25는 경계입니다") == 1


def test_links_lead_to_the_lesson(course: Course) -> None:
    """Places and sources of the lesson are not on the slides; code is left alone."""
    text = text_of(course, "## 하나 {#one}\n\n[위](#one)를 **봅니다** [@bmi-limit]. `[a](#b)`\n")
    assert "[위](index.md#one)" in text
    assert 'href="medai:modules/e0-sample/index.md#source-1"' in text
    assert "`[a](#b)`" in text
    assert 'id="cite-' not in text


def test_module_without_a_lesson_has_no_slides(course: Course) -> None:
    """Where there is nothing to show, there is no page."""
    content = dataclasses.replace(course.modules["e0-sample"], lesson={})
    assert render_slides(course, content, Language.KO, {}) is None
