"""What a learner handed in to an nbgrader course: which file is which notebook, and each put right.

Knows files, blueprints and repairs; must not know scores, the gradebook or how cells run. One notebook that
cannot be graded never stops the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.grading.blueprint import Blueprint, KeyKind
from grader.grading.door import Opened, open_notebook
from grader.grading.foreign_source import SCHEMA, ForeignNotebook, newest_schema
from grader.grading.reasons import Reason, Refusal, Repair, RepairKind, our_fault
from grader.grading.repair import Repaired, repair


@dataclass(frozen=True)
class Handed:
    """One notebook of an assignment as a learner handed it in."""

    notebook: ForeignNotebook
    repaired: Repaired
    repairs: tuple[Repair, ...]
    cells: Sequence[Mapping[str, Any]] = ()
    """As handed in; their outputs are not cleaned."""


@dataclass(frozen=True)
class Sorted:
    """A learner's folder, notebook by notebook."""

    ready: tuple[Handed, ...] = ()
    refused: tuple[tuple[str, Refusal], ...] = ()
    missing: tuple[str, ...] = ()


@dataclass
class _Folder:
    """Notebook files of a folder, those that belong to nothing yet in `loose`."""

    paths: dict[str, Path]
    loose: list[str] = field(default_factory=list)


def sort_folder(folder: Path, notebooks: Sequence[ForeignNotebook]) -> Sorted:
    """Return what is in a learner's folder; a renamed notebook is found by what it contains."""
    files = _list(folder, {notebook.name for notebook in notebooks})
    ready: list[Handed] = []
    refused: list[tuple[str, Refusal]] = []
    missing: list[str] = []
    for notebook in notebooks:
        found = _find(notebook, files)
        if found is None:
            missing.append(notebook.name)
        elif isinstance(found, Refusal):
            refused.append((notebook.name, found))
        else:
            ready.append(found)
    return Sorted(tuple(ready), tuple(refused), tuple(missing))


def _list(folder: Path, wanted: set[str]) -> _Folder:
    names = sorted(path.name.removesuffix(".ipynb") for path in folder.iterdir() if path.suffix == ".ipynb")
    paths = {name: folder / f"{name}.ipynb" for name in names}
    return _Folder(paths, [name for name in names if name not in wanted])


def _find(notebook: ForeignNotebook, files: _Folder) -> Handed | Refusal | None:
    path = files.paths.get(notebook.name)
    if path is not None:
        return _put_right(notebook, open_notebook(path), ())
    for name in list(files.loose):
        # Another name is a repair; a stray notebook that has none of the cells is none.
        found = _put_right(notebook, open_notebook(files.paths[name]), (f"{name}.ipynb",))
        if isinstance(found, Handed) and _is_this(found, notebook.blueprint):
            files.loose.remove(name)
            return found
    return None


def _is_this(found: Handed, blueprint: Blueprint) -> bool:
    lost = {cell for one in found.repairs if one.kind is RepairKind.CELL_MISSING for cell in one.cells}
    return bool(blueprint.keys) and len(lost | found.repaired.missing) <= len(blueprint.keys) // 2


def _put_right(
    notebook: ForeignNotebook, opened: Opened | Refusal, renamed: tuple[str, ...]
) -> Handed | Refusal:
    if isinstance(opened, Refusal):
        return opened
    if newest_schema(opened.notebook) > SCHEMA:
        return Refusal(Reason.TOO_NEW, f"nbgrader's cell metadata are newer than schema {SCHEMA}")
    try:
        repaired = _repair(opened.notebook, notebook.blueprint)
    except Exception as error:  # the promise: whatever one notebook does to us, the others are graded
        return our_fault(error)
    if isinstance(repaired, Refusal):
        return repaired
    repairs = [Repair(RepairKind.RENAMED, renamed)] if renamed else []
    repairs += [Repair(RepairKind.UPGRADED)] if opened.upgraded else []
    return Handed(notebook, repaired, (*repairs, *repaired.repairs), opened.notebook["cells"])


def _repair(submission: Mapping[str, Any], blueprint: Blueprint) -> Repaired | Refusal:
    bare = {**submission, "metadata": {}}  # what another of our courses wrote there means nothing here
    repaired = repair(bare, blueprint)
    if isinstance(repaired, Refusal) and repaired.reason is Reason.AMBIGUOUS:
        # nbgrader's own rule, where ours asks a person: the last copy is the cell, the others just run.
        return repair({**bare, "cells": _last_copies(bare["cells"], blueprint)}, blueprint)
    return repaired


def _last_copies(cells: Sequence[Mapping[str, Any]], blueprint: Blueprint) -> list[Mapping[str, Any]]:
    answers = {key.grade_id for key in blueprint.keys if key.kind is KeyKind.ANSWER}
    seen: set[str] = set()
    kept: list[Mapping[str, Any]] = []
    for cell in reversed(cells):
        name = str(cell["metadata"].get("nbgrader", {}).get("grade_id"))
        copied = name in answers and name in seen
        kept.append({**cell, "metadata": {}, "id": ""} if copied else cell)
        seen.add(name)
    return kept[::-1]
