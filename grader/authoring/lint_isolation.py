"""Lint of isolation: which test cells a learner could forge, and whether the author knows it.

Knows a sheet and `checking`'s rules; must not run anything. A test that cannot run in the checker's process
runs in the learner's own; that is a problem until its author accepts it with `isolated: false`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from grader.authoring.build import build_source
from grader.authoring.isolation import read_isolation
from grader.authoring.syntax import find_syntax_fault
from grader.checking.support import Obstacle
from grader.errors import Problem
from grader.model.assignment import Assignment, Cell, CellRole, Sheet

ACCEPT = "or accept with `isolated: false` that a learner can forge this test"

REWRITES = {
    "await": "call the learner's function, and have it run its own loop",
    "binds-for-learner": "bind the name in a cell of the notebook that is no test, or choose another name",
    "changes-globals": "have the learner write a function, and give it the value to change",
    "current-figure": "have the learner return the figure or bind it to a name, and test that",
    "files": "have the learner return the content instead of writing a file, and test that",
    "foreign-operators": "compare plain values: attributes, `list(x)`, `float(x)`",
    "frames": "test what the learner's code returns, not how the process looks",
    "ipython": "have the learner return or bind what the test looks at",
    "judged-by-learner": "define the checking function in the test cell itself",
    "kept-arguments": "test what the later call returns",
    "magics": "write it as plain Python",
    "main": "name what the test needs; the learner's names are there already",
    "namespace": "name what the test needs, one name at a time",
    "patch": "give the learner's function what it should use as an argument",
    "pickle": "compare attributes, or text that the learner's code writes",
    "plain-methods": "compare plain values, or define the class in the reference answer",
    "subclass": "derive the class in a cell of the notebook that is no test",
}
"""Id of a construct in `checking.support` → what to write in its place."""


def lint_isolation(sheet: Sheet, assignment: Assignment, path: str) -> list[Problem]:
    """Return tests that cannot run apart although nobody accepted it, and acceptance without need."""
    # Messages are left as ids: written out they would move nothing but cost a second parse of every test.
    source = build_source(sheet, assignment.model_copy(update={"messages": ()}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in `syntax`: what only warns is no reason to refuse a cell
        obstacles = read_isolation(source).obstacles
    return [
        problem
        for cell in sheet.cells
        if cell.role is CellRole.TEST and find_syntax_fault(cell.source) is None
        for problem in _lint_cell(cell, obstacles.get(cell.id, ()), path)
    ]


def _lint_cell(cell: Cell, obstacles: tuple[Obstacle, ...], path: str) -> Iterator[Problem]:
    if not cell.isolated and not obstacles:
        yield Problem(path, cell.line, "needless-not-isolated", f"`{cell.id}` can run apart from the learner",
                      "remove `isolated: false`; the test cannot be forged then")  # fmt: skip
    if cell.isolated:
        for obstacle in obstacles:
            rewrite = REWRITES.get(obstacle.construct, "write it another way")
            yield Problem(path, cell.line + obstacle.line - 1, "not-isolated",
                          f"`{cell.id}` cannot run apart from the learner: `{obstacle.detail}` "
                          f"({obstacle.construct}): {obstacle.why}",
                          f"{rewrite}; {ACCEPT}")  # fmt: skip
