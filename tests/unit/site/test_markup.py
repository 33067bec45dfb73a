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


def test_table_has_header_scope() -> None:
    """Column heads and the first cell of each row name their column and row."""
    made = table("표", ["이름", "값"], [["가람", "<"]])
    assert made.count('scope="col"') == 2
    assert '<th scope="row">가람</th><td>&lt;</td>' in made
    assert "<caption>표</caption>" in made


def test_join_escapes() -> None:
    """Joined plain parts are escaped too."""
    assert join("<", Html("<b>"), None, by="|") == "&lt;|<b>"
