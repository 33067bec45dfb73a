"""The MyST reader against Jupytext's own, and what it says about broken texts."""

from __future__ import annotations

import json

import jupytext
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.authoring.myst import MystText, fence_for, has_fence_trap, is_closed_markdown, read_myst

FRONT = "---\njupytext:\n  text_representation:\n    format_name: myst\n---\n"

LINES = st.sampled_from(
    [
        "+++", '+++ {"medai": {"id": "a"}}', '  +++ {"a": 1}', '+++{"b": []}', "++ + +", "+", "> +++",
        "```{code-cell} ipython3", "```{code-cell}", "````{code-cell} ipython3", "~~~{code-cell}",
        "```{raw-cell}",
        "```", "````", "  ```", "~~~", "   ~~~", "---", "-----", "...", ":a: b", ":tags: [x, y]", "medai:",
        "  id: b", "a: 1", "- [", "- item", "  - nested", "1. one", "> quote", "    indented", "\tx\ty  ",
        "   ",
        "", "", "", "<!--", "-->", "<div>", "</div>", "<script>", "</script>", "<?php", "% comment",
        "(target)=",
        "[ref]: x", "===", "| a | b |", "|---|---|", "#| x", "# h {#x}", '"""', "**", "\\", "한글 문장",
        "\ufeff", "a\rb", "\x0c", "\u2028",
    ]
)  # fmt: skip
MARKUP = st.text(alphabet="`+-~:{}<>#\"' \tab가%|[]()=!", max_size=8)
TEXTS = st.lists(LINES | MARKUP, max_size=14).map("\n".join)

HARMLESS = {
    "cell-empty", "cell-indented", "cell-swallowed", "markdown-unclosed", "fence-unclosed", "fence-in-code",
}  # fmt: skip
"""Problems of texts that Jupytext still reads as we do."""


@settings(max_examples=200, deadline=None, database=None)
@given(TEXTS)
def test_blocks_are_the_cells_that_jupytext_reads(text: str) -> None:
    """Any text gives the same cells as Jupytext's reader, or a problem; never an exception."""
    text = FRONT + text
    read = read_myst(text, "sheet.md")
    if {problem.code for problem in read.problems} - HARMLESS:
        return
    cells = jupytext.reads(text, fmt="md:myst").cells
    theirs = [(cell.cell_type, cell.source.strip(), json.loads(json.dumps(cell.metadata))) for cell in cells]
    assert [(b.kind.value, b.source.strip(), dict(b.metadata)) for b in read.blocks] == theirs


@settings(max_examples=200, deadline=None, database=None)
@given(TEXTS)
def test_source_lines_point_at_the_source(text: str) -> None:
    """A block's source line is where its text stands in the file."""
    text = FRONT + text
    read = read_myst(text, "sheet.md")
    if {problem.code for problem in read.problems} & {"control-character", "byte-order-mark"}:
        return
    lines = text.replace("\r\n", "\n").split("\n")
    for block in read.blocks:
        if block.source:
            assert lines[block.source_line - 1].strip() == block.source.split("\n")[0].strip()


def codes(read: MystText) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in read.problems]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('+++ {"medai": {"id": \n\ntext', (6, "metadata-broken")),
        ("+++ not json\n\ntext", (6, "metadata-broken")),
        ("+++ [1]\n\ntext", (6, "metadata-broken")),
        ('+++ {"a": 1, "a": 2}\n\ntext', (6, "metadata-broken")),
        ("```{code-cell}\n---\nmedai: {id: [\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\nmedai: 1\nmedai: 2\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\n- a\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\n1: a\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\na: !!python/object:os.system x\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\na: &x [*x, *y]\n---\n1\n```", (7, "metadata-broken")),
        ("```{code-cell}\n---\nmedai\t: 1\n---\n1\n```", (7, "metadata-broken")),
        ("+++ {}\n", (6, "cell-empty")),
        ("+++\n\n+++\n\ntext", (6, "cell-empty")),
        ("```{code-cell}\n1", (6, "fence-unclosed")),
        ("+++ {}\n\n```\nopen", (8, "markdown-unclosed")),
        ("+++ {}\n\n<!-- open", (8, "markdown-unclosed")),
        ("+++ {}\n\n<script>\nopen", (8, "markdown-unclosed")),
        ("+++ {}\n\n    indented", (8, "cell-indented")),
        ("```{code-cell}\n  indented = 1\n```", (7, "cell-indented")),
        ("```{code-cell}\nx = '''\n  ```\n'''\n```", (9, "markdown-unclosed")),
        ("````{code-cell}\nx = '''\n  ```\n'''\n````", (7, "fence-in-code")),
        ("a\u2028b", (6, "control-character")),
        ("a\x80b", (6, "control-character")),
        ("a\rb", (6, "control-character")),
    ],
)
def test_broken_bodies_give_a_problem_with_its_line(body: str, expected: tuple[int, str]) -> None:
    """Whatever is wrong with a cell is said with the line it starts at."""
    assert expected in codes(read_myst(FRONT + body, "sheet.md"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "front-matter-missing"),
        ("text", "front-matter-missing"),
        ("---\njupytext:\n", "front-matter-missing"),
        ("---\na: [\n---\ntext", "front-matter-broken"),
        ("---\na: 1\na: 2\n---\ntext", "front-matter-broken"),
        ("---\n- a\n---\ntext", "front-matter-broken"),
        ("---\njupytext: 3\n---\ntext", "front-matter-format"),
        ("---\njupytext:\n  text_representation:\n    format_name: percent\n---\n", "front-matter-format"),
        (FRONT.replace("jupytext:\n", "jupytext:\n  cell_metadata_filter: -all\n"), "front-matter-filter"),
        ("\ufeff" + FRONT, "byte-order-mark"),
    ],
)
def test_broken_front_matter_gives_a_problem(text: str, code: str) -> None:
    """Front matter that Jupytext would take for something else is reported at line 1."""
    assert (1, code) in codes(read_myst(text, "sheet.md"))


def test_a_cell_swallowed_by_an_open_fence_is_reported() -> None:
    """An open fence above a code cell is closed by that cell's fence; the cell must not vanish."""
    body = "+++ {}\n\n```python\nopen\n\n```{code-cell} ipython3\n---\nmedai: {id: gone}\n---\n1\n```\n"
    read = read_myst(FRONT + body, "sheet.md")
    assert len(read.blocks) == 1
    assert codes(read) == [(11, "cell-swallowed")]


def test_windows_line_ends_read_like_unix_ones() -> None:
    """A file saved on Windows is the same sheet."""
    text = FRONT + '+++ {"a": 1}\n\ntext\n\n```{code-cell}\nx = 1\ny = 2\n```\n'
    assert read_myst(text.replace("\n", "\r\n"), "sheet.md") == read_myst(text, "sheet.md")


def test_every_problem_is_found_at_once() -> None:
    """One broken cell does not hide the next, and readable cells are kept."""
    body = '+++ nonsense\n\ntext\n\n```{code-cell}\n---\na: [\n---\n1\n```\n\n+++ {"ok": 1}\n\nfine\n'
    read = read_myst(FRONT + body, "sheet.md")
    assert [code for _, code in codes(read)] == ["metadata-broken", "metadata-broken"]
    assert [(block.source, block.sound) for block in read.blocks] == [
        ("text", False),
        ("1", False),
        ("fine", True),
    ]


@pytest.mark.parametrize(
    ("source", "fence"),
    [("x = 1", "```"), ("```\n", "````"), ("`````\n```", "``````"), ("``\n  ````", "```")],
)
def test_fences_are_longer_than_the_backticks_within(source: str, fence: str) -> None:
    """A fence is as long as Jupytext's."""
    assert fence_for(source) == fence


def test_an_indented_fence_in_code_is_a_trap() -> None:
    """Up to three spaces do not stop backticks from closing a cell; four do."""
    assert has_fence_trap("s = '''\n   ```\n'''")
    assert not has_fence_trap("s = '''\n    ```\n'''")
    assert not has_fence_trap("s = '''\n```\n  ```\n'''"), "the longer fence takes it"


@pytest.mark.parametrize(
    "source", ["text", "```\n+++\n```", "> +++", "- a\n\n  ```\n  +++\n  ```", "<div>\n+++\n</div>"]
)
def test_markdown_that_ends_where_it_ends(source: str) -> None:
    """Block breaks within code and quotes are text."""
    assert is_closed_markdown(source)


def test_sheets_read_without_jupytext() -> None:
    """Reading a sheet loads none of the slow packages."""
    import subprocess
    import sys

    script = (
        "import sys, grader.authoring.sheet, grader.authoring.lint, grader.authoring.practice\n"
        "slow = {'jupytext', 'nbformat', 'nbgrader', 'IPython', 'sqlalchemy', 'jupyter_client'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
