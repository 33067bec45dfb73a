"""Which outputs a trainee may see: what ran after a hidden test can know what the test asked.

Knows notebooks, blueprints and cleaned outputs; must not know pages or files. A learner's function hears
the arguments of hidden tests, and a later cell could show them in any disguise. So the output of such a
cell is shown only where the trainee had it already: as it was handed in.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.grading.blueprint import Blueprint, KeyKind
from grader.grading.outputs import clean_outputs

_NOT_DEFINED = re.compile(r"name '(\w{1,60})' is not defined")
MAX_OUTPUTS = 50
"""Of one cell as handed in."""


def cells_after_hidden_tests(notebook: Mapping[str, Any], blueprint: Blueprint) -> frozenset[int]:
    """Return the numbers of a graded notebook's cells that ran after a hidden test and are no test."""
    tests = {key.grade_id: key for key in blueprint.keys if key.kind is KeyKind.TEST}
    hidden = {name for name, key in tests.items() if key.source != key.visible}
    cells = notebook["cells"]
    first = next((number for number, cell in enumerate(cells) if cell["id"] in hidden), len(cells))
    return frozenset(number for number in range(first + 1, len(cells)) if cells[number]["id"] not in tests)


def withhold_outputs(
    notebook: dict[str, Any],
    origins: Sequence[int | None],
    handed_in: Sequence[Mapping[str, Any]],
    blueprint: Blueprint,
) -> None:
    """Put in a graded notebook what was handed in, for the cells whose new output may tell too much.

    nbgrader's own feedback is made from this notebook, too. A grader who needs the new outputs finds them
    under the record's job digest among the outcomes.
    """
    for number in cells_after_hidden_tests(notebook, blueprint):
        cell, origin = notebook["cells"][number], origins[number]
        if cell["cell_type"] != "code":
            continue
        raw = handed_in[origin].get("outputs", ()) if origin is not None else ()
        old = clean_outputs([one for one in raw[:MAX_OUTPUTS] if isinstance(one, Mapping)], frozenset())
        stopped = [one for one in cell["outputs"] if one.get("ename") == "Stopped"]
        fresh = [one for one in cell["outputs"] if one not in stopped]
        withheld = False
        if _gist(old) != _gist(fresh):
            cell["outputs"], withheld = _old_with_error(old, fresh, str(cell["source"]))
            cell["outputs"] += stopped
        cell["metadata"] = {**cell["metadata"], "medai": {"withheld": withheld}}


def shown_outputs(cell: Mapping[str, Any], is_after_hidden_test: bool) -> tuple[list[dict[str, Any]], bool]:
    """Return the outputs of a graded cell that its trainee may see, and whether some are withheld."""
    outputs = list(cell.get("outputs", ()))
    noted = cell["metadata"].get("medai", {}).get("withheld")
    if is_after_hidden_test and noted is None:
        return [], bool(outputs)  # graded before outputs were withheld
    return outputs, bool(noted)


def _old_with_error(
    old: list[dict[str, Any]], fresh: Sequence[Mapping[str, Any]], source: str
) -> tuple[list[dict[str, Any]], bool]:
    """Return the outputs as handed in, that the cell stopped, and whether more is withheld."""
    errors = [one for one in fresh if one["output_type"] == "error"]
    if errors and not any(one["output_type"] == "error" for one in old):
        old.append(_bare_error(errors[0], source))
    # An error that is told without its details needs no note.
    return old, len(fresh) > len(errors)


def _bare_error(error: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return an error of which only the kind is told: that a cell stopped must be said, words could leak."""
    name, said = str(error["ename"]), str(error["evalue"])
    kind = getattr(builtins, name, None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    missing = _NOT_DEFINED.fullmatch(said) if name == "NameError" else None
    about = said if missing and re.search(rf"\b{missing.group(1)}\b", source) else ""
    return {"output_type": "error", "ename": name if known else "Error", "evalue": about, "traceback": []}


def _gist(outputs: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return what counts when outputs are compared: streams joined, errors without their trace."""
    gist: list[Any] = []
    for output in outputs:
        if output["output_type"] == "stream":
            if gist and gist[-1][0] == output["name"]:
                gist[-1] = (output["name"], gist[-1][1] + output["text"])
            else:
                gist.append((output["name"], output["text"]))
        elif output["output_type"] == "error":
            gist.append(("error", output["ename"], output["evalue"]))
        else:
            gist.append(("data", dict(output["data"])))
    return gist
