"""The scanner finds what rules ask for, and every mask keeps lengths and lines."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.manifest.markdown import github_slug, scan, split_front_matter

PIECES = st.sampled_from(
    [
        *("\n", "\n\n", "```\n", "~~~\n", "`", "``", "# ", "## x {#a}\n", "===\n", "|---|\n", "    "),
        *("[", "](", ")", "![", "[@a]", "[^1]", "<a href='", "'>", "<!--", "-->", "{#b}", "{: .c }"),
        *("https://e.x/1 ", "5 kg", "가"),
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_masks_keep_every_offset(text: str) -> None:
    """Whatever the text, masked texts have its length and its line ends at the same places."""
    found = scan(text)
    for masked in (found.uncoded, found.prose):
        assert len(masked) == len(text)
        assert [at for at, char in enumerate(masked) if char == "\n"] == [
            at for at, char in enumerate(text) if char == "\n"
        ]
    sections = found.sections
    assert sections[0].start == 0
    assert sections[-1].end == len(text)
    assert all(one.end == other.start for one, other in pairwise(sections))


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("a `b 1` c", "a  c"),
        ("[text 2](x.md#y1) {: .z3 }", "text 2"),
        ("![alt 2](a1.svg){ width=300 }", "alt 2"),
        ("a [@b-1; @c-2] <span id='x1'>d</span> <!-- 5 -->", "a   d"),
        ("<https://e.x/1> https://e.x/2 5 < 6 > 4", "5 < 6 > 4"),
        ("x[^1] y\n\n[^1]: z", "x y\n\n z"),
        ("````md\n```\n1\n```\n````\nend", "end"),
        ("    ```\n    1\n    ```\nend", "end"),
        ("[r]: x1.md", ""),
    ],
)
def test_prose_is_what_people_read(text: str, prose: str) -> None:
    """Code, addresses, attributes and marks are blank; words stay."""
    assert scan(text).prose.split() == prose.split()


def test_headings() -> None:
    """Levels, texts and anchors of headings, underlined ones included; tables and rules are none."""
    text = "# A\n\n## B `c` ## {#b}\n\nUnder\n===\n\n| a |\n| --- |\n\n---\n\n> ---\n\n####### no\n"
    assert [(item.level, item.text, item.anchor) for item in scan(text).headings] == [
        (1, "A", None),
        (2, "B `c`", "b"),
        (1, "Under", None),
    ]


def test_citations_and_fences() -> None:
    """Citations are split; in code they are text."""
    found = scan("[@a; @b-c] `[@d]`\n\n```\n[@e]\n```\n\n~~~\n~~~\n")
    assert [citation.fact for citation in found.citations] == ["a", "b-c"]
    assert found.fences == 2


@pytest.mark.parametrize(
    ("text", "front", "body"),
    [
        ("a\n", "", "a\n"),
        ("---\na: 1\n---\nb\n", "a: 1\n", "b\n"),
        ("---\n---\nb\n", "", "b\n"),
        ("---\na: 1\n---", "a: 1\n", ""),
        ("---\nnever closed\n", "", "---\nnever closed\n"),
    ],
)
def test_front_matter(text: str, front: str, body: str) -> None:
    """Front matter stands between two lines of hyphens at the very top."""
    assert split_front_matter(text) == (front, body)


def test_github_slug() -> None:
    """README anchors are those of the code host, Korean included."""
    assert github_slug("What `medai check` does: all, at once!") == "what-medai-check-does-all-at-once"
    assert github_slug("빠른 시작") == "빠른-시작"
