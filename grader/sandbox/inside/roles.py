"""What a copy of the zygote can be, with everything prepared that all copies share.

Knows the shell and what seeds itself at import. Must not know namespaces.
"""

from __future__ import annotations

import contextlib
import importlib
import random
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

from grader.checking.rehearsal import rehearse_pair

from . import probe
from .ends import TestDesk, learner_end
from .outputs import Capture
from .runner import Kernel, ShellDesk
from .shell import CellShell

CAPTURE_DIRECTORY = "/capture"
REHEARSED_CELLS = (
    "import math\nx = 1",
    "def f(n):\n    'Return a square.'\n    return n * n",
    "print('x', f(2))\nf(2)",
    "class A:\n    pass\n[A() for _ in range(2)], {'a': 1.5}, 'x'",
    "f('x')",
    "raise ValueError('x')",
)
REHEARSED_WITH = {
    "pandas": "import pandas as pd\npd.DataFrame({'a': [1.5, 2.5], 'b': ['x', 'y']})",
    "matplotlib.pyplot": "import matplotlib.pyplot as plt\nplt.hist([1, 2, 2])\nplt.show()",
}
"""Cells that are run once where a module has been imported."""
Start = Callable[[int, int, int, int, dict[str, Any]], None]
"""Called with the descriptors of requests, replies and the joint (-1: none), the address space that is
reserved but not in use, and the request for the room."""


def prepare_roles(modules: list[str]) -> dict[str, Start]:
    """Import what rooms need, build a shell, and return what a room can start with."""
    capture = Capture()
    shell = CellShell(capture)
    import_all(modules)
    rehearse()
    shell.rehearse(
        [*REHEARSED_CELLS, *(REHEARSED_WITH[name] for name in REHEARSED_WITH if name in sys.modules)]
    )

    def run_cells(requests: int, replies: int, joint: int, reserve: int, room: dict[str, Any]) -> None:
        seed_all(room["seed"])
        capture.open(CAPTURE_DIRECTORY)
        kernel = Kernel(requests, replies, ShellDesk(shell), capture, reserve)
        if joint >= 0:
            kernel.serve_checker(learner_end(joint, shell))
        kernel.serve()

    def check_cells(requests: int, replies: int, joint: int, reserve: int, room: dict[str, Any]) -> None:
        seed_all(room["seed"])
        capture.open(CAPTURE_DIRECTORY)
        Kernel(requests, replies, TestDesk(joint, capture), capture, reserve).serve()

    def try_walls(requests: int, replies: int, _joint: int, _reserve: int, _room: dict[str, Any]) -> None:
        probe.answer(requests, replies)

    def run_kernel(requests: int, replies: int, _joint: int, reserve: int, room: dict[str, Any]) -> None:
        from .kernel import serve_kernel  # only Jupyter's users need ipykernel

        seed_all(room["seed"])
        serve_kernel(requests, replies, reserve)

    return {"cells": run_cells, "checks": check_cells, "probe": try_walls, "kernel": run_kernel}


def import_all(names: list[str]) -> None:
    """Import modules; what is not installed fails in the learner's cell, where its message belongs."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def rehearse() -> None:
    """Do once what most cells do first: libraries load things on first use (fonts, formats, solvers).

    Leaves no figure, no name and no random number used behind: rooms are seeded.
    """
    if (figures := sys.modules.get("matplotlib.figure")) is not None:
        figure: Any = figures.Figure()
        axes = figure.subplots()
        axes.hist([1, 2, 2], label="x")
        axes.set(title="x", xlabel="x", ylabel="x")
        axes.legend()
        figure.savefig(BytesIO(), format="png", bbox_inches="tight")
    if (pandas := sys.modules.get("pandas")) is not None:
        frame: Any = pandas.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]})
        repr(frame.describe())
        frame.groupby("b").mean()._repr_html_()
    if (models := sys.modules.get("sklearn.linear_model")) is not None:
        models.LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]).score([[1.0]], [0])
    rehearse_pair()


def seed_all(seed: int) -> None:
    """Give the global random generators the state that depends on the job alone."""
    random.seed(seed)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(seed)
