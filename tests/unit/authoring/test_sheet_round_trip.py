"""Sheets survive being written, read, opened and saved: for any sheet, not only the ones we have."""

from __future__ import annotations

import json
from pathlib import Path

import jupytext
import nbformat
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

from grader.authoring.sheet import format_sheet, parse_sheet, without_lines
from grader.errors import InvalidContent
from grader.model.assignment import Cell, CellRole, Sheet
from grader.text import Language

CHARACTERS = st.characters(exclude_categories=("C",), exclude_characters="\u2028\u2029") | st.sampled_from(
    "`+-~:<>#\t \"'가힣"
)
LINES = (
    st.sampled_from(
        [
            "+++ b/file", "> +++", "```", "````", "```python", "    ```", "~~~", "---", "-----", "...",
            ":a: b",
            "- item", "  - nested", "> quote", "    indented", "\tx\ty  ", "trailing  ", "| a | b |",
            "|---|---|", "<div>", "</div>", "<!-- note -->", "% comment", "%matplotlib inline",
            "%%bash", "!ls", "x?",
            "(target)=", "한글 문장입니다.", "", "", "[ref]: x", "===", '"""', "'''", "#| limit = ...",
            "## 제목 {#anchor}", "# %%", "# + [markdown]", "# -", "<!-- #region -->", "&amp; \\u2028 \\n",
            "**",
            "### BEGIN SOLUTION", "### END SOLUTION", "### BEGIN HIDDEN TESTS", "\\", "medai:", "  id: x",
        ]
    )
    | st.text(CHARACTERS, max_size=12)
)  # fmt: skip
FENCED = st.lists(LINES.filter(lambda line: "```" not in line), max_size=3).map(
    lambda lines: "\n".join(["```text", "+++", *lines, "```"])
)
SOURCES = st.lists(LINES | FENCED, min_size=1, max_size=6).map("\n".join)
SLUGS = st.from_regex(r"\A[a-z0-9]{1,5}(-[a-z0-9]{1,3})?\Z")
TEXTS = st.text(CHARACTERS, min_size=1).filter(str.strip)
HASHES = st.text("0123456789abcdef", min_size=12, max_size=12)


@st.composite
def cells(draw: st.DrawFn, name: str) -> list[Cell]:
    """The cell, or pair of cells, with the id `name`."""
    role = draw(st.sampled_from(CellRole))
    fields = {"id": name, "role": role, "line": 0, "task": draw(st.none() | SLUGS), "source": draw(SOURCES)}
    if role is CellRole.PROSE:
        return [
            Cell(**fields, language=Language.KO),
            Cell(
                **fields | {"source": draw(SOURCES)},
                language=Language.EN,
                source_hash=draw(st.none() | HASHES),
            ),
        ]
    if role in (CellRole.TEST, CellRole.MANUAL):
        fields["points"] = draw(st.integers(0, 100))
    if role is CellRole.TEST:
        fields["isolated"] = draw(st.booleans())
    if role in (CellRole.CODE, CellRole.FIXED):
        fields["alt"] = draw(st.none() | st.fixed_dictionaries({"ko": TEXTS, "en": TEXTS}))
    if role is CellRole.CODE:
        fields["raises"] = draw(st.booleans())
    return [Cell(**fields)]


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Any sheet, whether the format can carry it or not."""
    names = draw(st.lists(SLUGS, unique=True, min_size=1, max_size=3))
    return Sheet(cells=tuple(cell for name in names for cell in draw(cells(name))))


def body_of(text: str) -> str:
    return text.split("---\n", 2)[2]


thorough = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@thorough
@given(sheets())
def test_a_sheet_is_written_without_loss_or_refused(sheet: Sheet) -> None:
    """What `format_sheet` writes reads back the same; what the format cannot carry is refused."""
    try:
        text = format_sheet(sheet)
    except InvalidContent as refusal:
        causes = {problem.code for problem in refusal.problems}
        event("refused")
        if "not-carried" in causes:
            pytest.fail("a rule must name the cause")
        return
    again, problems = parse_sheet(text, "sheet.md")
    assert problems == []
    assert without_lines(again) == without_lines(sheet)
    assert format_sheet(again) == text


@thorough
@given(sheets())
def test_jupyterlab_opens_and_saves_a_sheet_without_loss(sheet: Sheet) -> None:
    """Through Jupytext, and through a real notebook file in between, comes the very same sheet."""
    try:
        text = format_sheet(sheet)
    except InvalidContent:
        return
    notebook = jupytext.reads(text, fmt="md:myst")
    on_disk = nbformat.reads(nbformat.writes(notebook), as_version=4)
    for opened in (notebook, on_disk):
        saved = jupytext.writes(opened, fmt="md:myst")
        again, problems = parse_sheet(saved, "sheet.md")
        assert problems == []
        assert without_lines(again) == without_lines(sheet)
    # A notebook file on disk has its keys sorted, so only the direct way keeps every byte.
    assert body_of(jupytext.writes(notebook, fmt="md:myst")) == body_of(text)


HEADS = ["+++{HEAD}", "+++ {HEAD}", " +++\t{HEAD}", "++++ {HEAD}"]
FENCES = ["```", "````", "~~~"]


@st.composite
def handwritten(draw: st.DrawFn) -> str:
    """A sheet in any of the notations that people use."""
    text = "---\njupytext: {text_representation: {format_name: myst}}\n---\n"
    for name in draw(st.lists(SLUGS, unique=True, min_size=1, max_size=3)):
        source = draw(SOURCES)
        blank = "\n" * draw(st.integers(0, 2))
        if draw(st.booleans()):
            head = f'{{"tags": ["x"], "medai":{{"id":"{name}","points":2,"role":"manual"}}}}'
            text += draw(st.sampled_from(HEADS)).replace("{HEAD}", head) + f"\n{blank}{source}\n\n"
            continue
        fence = draw(st.sampled_from(FENCES))
        options = draw(
            st.sampled_from(
                [
                    f"---\nmedai:\n    id: {name}\n    role: test\n    points: 1\ntags: [a, b]\n---\n",
                    f"---\n  tags: [a, b]\n  medai: {{id: {name}, role: test, points: 1}}\n---\n",
                    f':medai: {{"id": {name}, "role": "test", points: 1}}\n:tags: [a, b]\n\n',
                ]
            )
        )
        text += f"{fence}{{code-cell}} ipython3\n{options}{blank}{source}\n{fence}\n\n"
    return text


@thorough
@given(handwritten())
def test_whatever_an_author_writes_survives_jupyterlab_or_is_reported(text: str) -> None:
    """If a sheet is free of problems, JupyterLab's saving changes nothing that counts."""
    sheet, problems = parse_sheet(text, "sheet.md")
    if problems:
        return
    opened = nbformat.reads(nbformat.writes(jupytext.reads(text, fmt="md:myst")), as_version=4)
    again, problems = parse_sheet(jupytext.writes(opened, fmt="md:myst"), "sheet.md")
    assert problems == []
    assert without_lines(again) == without_lines(sheet)


def test_jupyterlab_keeps_metadata_that_is_not_ours(sample_text: str) -> None:
    """Tags, slide settings and hidden inputs stay on their cells."""
    foreign = {"tags": ["keep"], "slideshow": {"slide_type": "slide"}, "jupyter": {"source_hidden": True}}
    notebook = jupytext.reads(sample_text, fmt="md:myst")
    for cell in notebook.cells:
        cell.metadata.update(foreign)
    saved = jupytext.writes(nbformat.reads(nbformat.writes(notebook), as_version=4), fmt="md:myst")
    again = jupytext.reads(saved, fmt="md:myst")
    assert len(again.cells) == len(notebook.cells)
    for cell in again.cells:
        assert {key: cell.metadata[key] for key in foreign} == foreign
    sheet, problems = parse_sheet(saved, "sheet.md")
    assert problems == []
    assert without_lines(sheet) == without_lines(parse_sheet(sample_text, "sheet.md")[0])


def test_the_sample_is_in_normal_form(sample_text: str) -> None:
    """Writing a sheet in normal form changes nothing."""
    assert format_sheet(parse_sheet(sample_text, "sheet.md")[0]) == sample_text


def test_jupyterlab_adds_nothing_but_its_versions(sample_text: str) -> None:
    """Saving in JupyterLab leaves the body alone and adds two version lines to the front matter."""
    saved = jupytext.writes(jupytext.reads(sample_text, fmt="md:myst"), fmt="md:myst")
    added = set(saved.split("\n")) - set(sample_text.split("\n"))
    assert {line.split(":")[0].strip() for line in added} == {"format_version", "jupytext_version"}
    assert body_of(saved) == body_of(sample_text)


def test_saving_again_and_again_changes_nothing(sample_text: str, tmp_path: Path) -> None:
    """Files written and read by Jupytext itself, as JupyterLab does, settle at once."""
    path = tmp_path / "sheet.md"
    path.write_text(sample_text, encoding="utf-8")
    texts = []
    for _ in range(3):
        jupytext.write(jupytext.read(path), path, fmt="md:myst")
        texts.append(path.read_text("utf-8"))
    assert len(set(texts)) == 1


def test_a_sheet_survives_the_server_behind_jupyterlab(sample_text: str, tmp_path: Path) -> None:
    """Opened, run and saved by Jupytext's contents manager: outputs and kernel details stay out."""
    path = tmp_path / "sheet.md"
    path.write_text(sample_text, encoding="utf-8")
    manager = build_sync_jupytext_contents_manager_class(LargeFileManager)()
    manager.root_dir = str(tmp_path)
    notebook = json.loads(json.dumps(manager.get("sheet.md", type="notebook")["content"]))
    notebook["metadata"]["language_info"] = {
        "name": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11",
    }
    for cell in notebook["cells"]:
        cell["metadata"]["trusted"] = True
        if cell["cell_type"] == "code":
            cell |= {
                "execution_count": 7,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
            }
    manager.save({"type": "notebook", "format": "json", "content": notebook}, path="sheet.md")
    assert body_of(path.read_text("utf-8")) == body_of(sample_text)


@pytest.mark.parametrize(
    ("source", "role", "code"),
    [
        ("one\n\n+++\n\ntwo", "manual", "cell-without-id"),
        ("one\n\n+++", "manual", "cell-empty"),
        ("", "manual", "cell-empty"),
        ("```\nnever closed", "manual", "cell-swallowed"),
        ("<!-- never closed", "manual", "markdown-unclosed"),
        ("```{code-cell}\n1\n```", "manual", "cell-without-id"),
        ("a\u2028b", "manual", "control-character"),
        ("x = '''\n  ```\n'''", "test", "cell-swallowed"),
        ("x = '\u2028'", "test", "control-character"),
        ("x = '\x0c'", "test", "control-character"),
    ],
)
def test_what_the_format_cannot_carry_is_refused(source: str, role: str, code: str) -> None:
    """Nothing is lost silently: the writer says what it cannot write."""
    first = Cell(id="a", role=role, source=source, line=0)
    last = Cell(id="z", role=CellRole.CODE, source="1", line=0)
    with pytest.raises(InvalidContent) as refusal:
        format_sheet(Sheet(cells=(first, last)))
    assert code in {problem.code for problem in refusal.value.problems}
