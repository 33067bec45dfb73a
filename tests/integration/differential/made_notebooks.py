"""Notebooks made for what nbgrader's own do not show: partial credit, warnings, cheating, a kernel that dies.

Knows the notebook format; must not know graders. What these cells do is harmless outside a sandbox.
"""

from __future__ import annotations

from typing import Any

ANSWER = """def double(x):
    \"\"\"Return twice x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""
TESTS: dict[str, tuple[float, str]] = {
    "visible": (1, "assert double(2) == 4"),
    "hidden": (
        2,
        "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS",
    ),
    "partial": (3, "earned = sum(double(n) == 2 * n for n in (1, 2, 30))\nearned"),
    "number": (4, "shown = 4 - abs(double(3) - 6)\nfloat(shown)"),
}


def _cell(cell_type: str, source: str, **nbgrader: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": cell_type, "metadata": {}, "source": source}
    if nbgrader:
        flags = {"grade": False, "solution": False, "locked": False, "task": False}
        made["metadata"]["nbgrader"] = {"schema_version": 3, **flags, **nbgrader}
    if cell_type == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def _answer(source: str) -> dict[str, Any]:
    return _cell("code", source, grade_id="answer", solution=True)


def _test(name: str) -> dict[str, Any]:
    points, source = TESTS[name]
    return _cell("code", source, grade_id=name, grade=True, locked=True, points=points)


def _notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": numbered, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _handed_in(answer: str, *more: str) -> dict[str, Any]:
    """Return a submission: the answer, further cells of the learner's, the tests."""
    extra = [_cell("code", text) for text in more]
    return _notebook(_answer(answer), *extra, *(_test(name) for name in TESTS))


_RIGHT = "def double(x):\n    return x + x"
_EQUAL_TO_ALL = """class Anything(int):
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__


def double(x):
    return Anything(0)"""

MADE: dict[str, dict[str, Any]] = {
    "source": _handed_in(ANSWER),
    "right": _handed_in(_RIGHT),
    "wrong": _handed_in("def double(x):\n    return x * x"),
    "half-right": _handed_in("def double(x):\n    return 2 * x if x < 10 else 0"),
    "warns": _handed_in("import sys\n\ndef double(x):\n    print('hm', file=sys.stderr)\n    return 2 * x"),
    "negative-number": _handed_in("def double(x):\n    return 1000"),
    "not-a-number": _handed_in("def double(x):\n    return float('nan')"),
    "number-of-numpy": _handed_in(
        "import numpy as np\n\ndef double(x):\n    return np.float64(2 * x if x < 10 else 0)"
    ),
    "array": _handed_in("import numpy as np\n\ndef double(x):\n    return np.array([-x])"),
    "equal-to-all": _handed_in(_EQUAL_TO_ALL),
    "test-deleted": _notebook(_answer(_RIGHT), *(_test(name) for name in TESTS if name != "hidden")),
    "answer-copied": _notebook(
        _answer("def double(x):\n    return 0"), _answer(_RIGHT), *(_test(name) for name in TESTS)
    ),
    "kernel-dies": _notebook(
        _answer(_RIGHT),
        _test("visible"),
        _cell("code", "import os\nos._exit(3)"),
        *(_test(name) for name in TESTS if name != "visible"),
    ),
    "blanks-tests": _handed_in(
        "raise NotImplementedError()",
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    ),
}
"""Name → notebook; `source` is the instructor's."""
