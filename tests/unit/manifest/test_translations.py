"""The mark of a translation is refreshed without touching anything else."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from grader.errors import GraderError, InvalidContent
from grader.manifest.translations import (
    korean_counterpart,
    mark_sheet_translated,
    mark_translated,
    refresh_file,
)
from grader.text import source_hash

KOREAN = "## 가 {#a}\n\n하나\n"
MARK = source_hash(KOREAN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## A {#a}\n", f"---\nsource_hash: {MARK}\n---\n## A {{#a}}\n"),
        ("---\nsource_hash: 000000000000\n---\n## A\n", f"---\nsource_hash: {MARK}\n---\n## A\n"),
        ("---\ntitle: x\nsource_hash: 'a'\n---\n\nA\n", f"---\ntitle: x\nsource_hash: {MARK}\n---\n\nA\n"),
        ("---\ntitle: x\n---\nA\n", f"---\nsource_hash: {MARK}\ntitle: x\n---\nA\n"),
        (f"---\nsource_hash: {MARK}\n---\nA\n", f"---\nsource_hash: {MARK}\n---\nA\n"),
    ],
)
def test_mark_translated(before: str, after: str) -> None:
    """The hash is put in or replaced; other front matter and the body stay."""
    assert mark_translated(before, KOREAN) == after


def test_mark_sheet_translated(course) -> None:
    """Only the `+++` lines of English cells change, and Jupytext still reads the same notebook."""
    path = "assignments/e0-start/sheet.md"
    stale = course.read(path).replace("2줄", "2줄로 짧게")
    fresh = mark_sheet_translated(stale, path)
    changed = [
        (old, new) for old, new in zip(stale.split("\n"), fresh.split("\n"), strict=True) if old != new
    ]
    assert len(changed) == 1
    assert changed[0][1].startswith('+++ {"medai": {"id": "intro", "lang": "en", "source_hash": "')
    old, new = (jupytext.reads(text, fmt="md:myst") for text in (stale, fresh))
    assert [cell.source for cell in old.cells] == [cell.source for cell in new.cells]


def test_only_some_cells_can_be_marked(course) -> None:
    """Whoever brought one cell up to date does not vouch for the others."""
    stale = course.read("assignments/e0-start/sheet.md").replace("2줄", "2줄로 짧게")
    assert mark_sheet_translated(stale, "sheet.md", cells=["other"]) == stale
    assert mark_sheet_translated(stale, "sheet.md", cells=["intro"]) != stale


def test_other_metadata_of_a_cell_stay(course) -> None:
    """Tags of other tools in a cell's line survive."""
    text = course.read("assignments/e0-start/sheet.md").replace("2줄", "2줄로 짧게")
    tagged = text.replace('+++ {"medai"', '+++ {"tags": ["x"], "medai"')
    marked = mark_sheet_translated(tagged, "sheet.md")
    assert marked.count('"tags": ["x"]') == 2
    assert marked != tagged


def test_a_broken_sheet_is_not_marked() -> None:
    """A sheet that cannot be read is refused with its problems."""
    with pytest.raises(InvalidContent):
        mark_sheet_translated("no front matter\n", "sheet.md")


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("course/modules/e0-start/lesson.ko.md", "course/modules/e0-start/lesson.en.md"),
        ("course/modules/e0-start/instructor.ko.md", "course/modules/e0-start/instructor.en.md"),
        ("docs/ko/index.md", "docs/en/index.md"),
    ],
)
def test_refresh_file(course, korean: str, english: str) -> None:
    """A stale page is refreshed once; after that there is nothing to do and the check is content."""
    course.write(korean, course.read(korean) + "\n한 문장 더.\n")
    assert [item[2] for item in course.found()] == ["translation-stale"]
    assert refresh_file(course.root / english) is True
    assert refresh_file(course.root / english) is False
    assert course.found() == []


def test_refresh_sheet(course) -> None:
    """Sheets and practice notebooks carry both languages in one file."""
    path = course.root / "course/modules/e0-start/practice.md"
    path.write_text(path.read_text().replace("값을 봅니다", "값을 다시 봅니다"))
    assert [item[2] for item in course.found()] == ["translation-stale"]
    assert refresh_file(path) is True
    assert course.found() == []


@pytest.mark.parametrize("name", ["README.md", "course/modules/e0-start/lesson.ko.md", "docs/ko/index.md"])
def test_what_is_no_translation(course, name: str) -> None:
    """Naming another file says which files are meant."""
    with pytest.raises(GraderError, match=r"lesson\.en\.md"):
        korean_counterpart(course.root / name)


def test_the_innermost_docs_folder_counts(course) -> None:
    """A checkout that itself lies under docs/en is no trouble."""
    folder = course.root / "docs" / "en" / "copy"
    (folder / "docs" / "en").mkdir(parents=True)
    (folder / "docs" / "ko").mkdir()
    (folder / "docs" / "ko" / "x.md").write_text("# X\n")
    assert korean_counterpart(folder / "docs" / "en" / "x.md") == folder / "docs" / "ko" / "x.md"


def test_missing_counterpart_and_missing_file(course) -> None:
    """Without a Korean page there is nothing to have translated from."""
    course.write("docs/en/alone.md", "# Alone\n")
    with pytest.raises(GraderError, match="Korean page first"):
        refresh_file(course.root / "docs/en/alone.md")
    with pytest.raises(GraderError, match="Check the file name"):
        refresh_file(Path(course.root / "docs/en/gone.md"))


def test_nothing_is_left_behind(course) -> None:
    """Files are replaced in one step."""
    course.write("docs/ko/index.md", course.read("docs/ko/index.md") + "\n끝.\n")
    refresh_file(course.root / "docs/en/index.md")
    assert [path.name for path in (course.root / "docs/en").iterdir()] == ["index.md"]
