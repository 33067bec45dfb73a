"""HTML building: nothing plain goes out unescaped."""

from __future__ import annotations

import pytest

from grader.site.markup import Html, element, escape, inline, join, table, void


def test_children_are_escaped_once() -> None:
    """Plain text is escaped, finished markup is not, None vanishes."""
    assert element("p", "1 < 2", None, Html("<b>x</b>")) == "<p>1 &lt; 2<b>x</b></p>"
    assert escape(escape("&")) == "&amp;"


def test_attributes() -> None:
    """Underscores become hyphens, quotes are escaped, True is bare, False and None vanish."""
    made = void("input", class_="a", data_quiz='x"y', hidden=True, disabled=False, id=None, tabindex=0)
    assert made == '<input class="a" data-quiz="x&quot;y" hidden tabindex="0">'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("혈압 120/80, 50% – 경계", "혈압 120/80, 50% – 경계"),
        ("`a < b`", "<code>a &lt; b</code>"),
        ("**굵게**", "<strong>굵게</strong>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("1. 첫째\n2. 둘째", "<ol>\n<li>첫째</li>\n<li>둘째</li>\n</ol>"),
        ("3. `x` mmol", "3. <code>x</code> mmol"),
        ("- `20`", "- <code>20</code>"),
        ("# `1`", "# <code>1</code>"),
        ("하나\n\n둘", "<p>하나</p>\n<p>둘</p>"),
        ("나이 - 20", "나이 - 20"),
        ('"큰" 값', '"큰" 값'),
    ],
)
def test_inline_markdown(text: str, expected: str) -> None:
    """Short Markdown has no paragraph around a single paragraph, and stays itself where nothing is marked."""
    assert inline(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<form>과 </form>", "&lt;form&gt;과 &lt;/form&gt;"),
        ("`<form>`과 <form>", "<code>&lt;form&gt;</code>과 &lt;form&gt;"),
        ("``a ` <b>`` <b>", "<code>a ` &lt;b&gt;</code> &lt;b&gt;"),
        ("<!-- 주석 --> 뒤", "&lt;!-- 주석 --&gt; 뒤"),
        ("eGFR < 60, **5 < 6**", "eGFR &lt; 60, <strong>5 &lt; 6</strong>"),
        ("짝 없는 ` 뒤의 <b>", "짝 없는 ` 뒤의 &lt;b&gt;"),
        ("&lt;b> 그대로", "&lt;b&gt; 그대로"),
    ],
)
def test_tags_are_shown(text: str, expected: str) -> None:
    """Where an author names a tag, the reader sees it; in code Markdown has escaped it already."""
    assert inline(text) == expected


def test_marks_of_sources_are_tags() -> None:
    """What numbers the sources puts in is markup; it sees the text as it will be shown."""
    marked = inline("<b> [@a]", lambda text: text.replace("[@a]", "<sup>1</sup>"))
    assert marked == "&lt;b&gt; <sup>1</sup>"


def test_table_has_header_scope() -> None:
    """Column heads and the first cell of each row name their column and row."""
    made = table("표", ["이름", "값"], [["가람", "<"]])
    assert made.count('scope="col"') == 2
    assert '<th scope="row">가람</th><td>&lt;</td>' in made
    assert "<caption>표</caption>" in made


def test_join_escapes() -> None:
    """Joined plain parts are escaped too."""
    assert join("<", Html("<b>"), None, by="|") == "&lt;|<b>"
