"""Outputs of cells: sanitised, accessible, pictures as files."""

from __future__ import annotations

from typing import Any

import pytest

from grader.site.outputs import MissingAltError, Picture, render_outputs
from grader.text import Language

PICTURE = Picture("modules/x/practice-cell", "그림")


def shown(*outputs: dict[str, Any]) -> str:
    markup, _ = render_outputs(outputs, PICTURE, Language.KO)
    return str(markup)


def html(markup: str) -> str:
    return shown({"output_type": "display_data", "data": {"text/html": markup}})


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "<iframe src='https://example.org'></iframe>",
        "<table><tr><td style='position:fixed' onclick='x()'>1</td></tr></table>",
        "<svg onload=alert(1)></svg>",
        "<form action='/x'><input name=a></form>",
    ],
)
def test_markup_of_outputs_is_sanitised(attack: str) -> None:
    """No script, style, picture, form, handler or foreign address of an output survives."""
    text = html(attack)
    for forbidden in (
        "script",
        "onerror",
        "onclick",
        "onload",
        "javascript:",
        "style=",
        "iframe",
        "<img",
        "<form",
    ):
        assert forbidden not in text


def test_table_heads_get_scope() -> None:
    """pandas writes bare <th>; empty ones name nothing and become plain cells."""
    text = html(
        "<table><thead><tr><th></th><th colspan='2'>값</th></tr></thead>"
        "<tbody><tr><th>가 &amp; 나</th><td>&lt;1</td></tr></tbody></table>"
    )
    assert '<tr><td></td><th colspan="2" scope="colgroup">값</th></tr>' in text
    assert '<tr><th scope="row">가 &amp; 나</th><td>&lt;1</td></tr>' in text
    assert 'tabindex="0" role="group" aria-label="결과 표"' in text


def test_streams_are_joined_and_escaped() -> None:
    """`print` cut in two is one text; colours of a terminal vanish."""
    text = shown(
        {"output_type": "stream", "name": "stdout", "text": "<a> \x1b[31mred"},
        {"output_type": "stream", "name": "stdout", "text": ["\x1b[0m", "!\n"]},
    )
    assert text.count("<pre") == 1
    assert "&lt;a&gt; red!</code>" in text


def test_picture_without_alternative_text_is_refused() -> None:
    """The author must say what a plot shows."""
    with pytest.raises(MissingAltError):
        render_outputs(
            [{"output_type": "display_data", "data": {"image/png": "eA=="}}], Picture("x", ""), Language.KO
        )


def test_nothing_printed_gives_nothing() -> None:
    """A cell without output leaves no empty box."""
    assert render_outputs([], PICTURE, Language.KO) == (None, [])
