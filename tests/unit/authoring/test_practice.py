"""Practice notebooks and what makes a cell of a notebook."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest

from grader.authoring.notebook import notebook_id, strip_anchors
from grader.authoring.practice import practice_notebook
from grader.authoring.sheet import parse_sheet
from grader.text import Language

BODY = """+++ {"medai": {"id": "intro", "lang": "ko"}}

### 그림 {#plot}

+++ {"medai": {"id": "intro", "lang": "en"}}

### Plot {#plot}

```{code-cell} ipython3
---
medai:
  id: draw
  alt: {ko: 막대, en: bars}
---
from medai_lab import t
t(ko="나이", en="age")
```

```{code-cell} ipython3
---
medai: {id: fails, raises: true}
---
1 / 0
```
"""


@pytest.mark.parametrize(("language", "title"), [(Language.KO, "### 그림"), (Language.EN, "### Plot")])
def test_a_practice_notebook_has_the_prose_of_one_language(
    language: Language, title: str, with_front: Callable[[str], str]
) -> None:
    """Code stands once and is the same; ids lead back to the sheet; nothing has run."""
    sheet, problems = parse_sheet(with_front(BODY), "practice.md")
    assert problems == []
    notebook = practice_notebook(sheet, language)
    nbformat.validate(nbformat.from_dict(notebook))
    prose, draw, fails = notebook["cells"]
    assert prose["source"] == title
    assert [cell["id"] for cell in notebook["cells"]] == [f"intro_{language}", "draw", "fails"]
    assert [notebook_id(c) for c in sheet.cells if c.language in (None, language)] == [
        cell["id"] for cell in notebook["cells"]
    ]
    assert draw["outputs"] == []
    assert fails["metadata"] == {"tags": ["raises-exception"]}
    assert notebook["metadata"]["medai"] == {"language": language}


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("## 제목 {#a-b}", "## 제목"),
        ("###### 제목   {#a}  ", "###### 제목"),
        ("   # 제목 {#a}\n\n글 {#b}", "   # 제목\n\n글 {#b}"),
        ("    # code {#a}", "    # code {#a}"),
        ("```\n# code {#a}\n```\n# 제목 {#b}", "```\n# code {#a}\n```\n# 제목"),
        ("````\n```\n# code {#a}\n````\n# x {#b}", "````\n```\n# code {#a}\n````\n# x"),
        ("~~~\n```\n# code {#a}\n~~~\n# x {#b}", "~~~\n```\n# code {#a}\n~~~\n# x"),
        ("```python\n# code {#a}", "```python\n# code {#a}"),
        ("#tag {#a}", "#tag {#a}"),
        ("# a {#x} b", "# a {#x} b"),
        ("# `{#code}` {#x}", "# `{#code}`"),
        ("", ""),
    ],
)
def test_anchors_of_headings_are_stripped_and_nothing_else(markdown: str, shown: str) -> None:
    """Only an anchor at a heading's end goes; code and text stay."""
    assert strip_anchors(markdown) == shown
