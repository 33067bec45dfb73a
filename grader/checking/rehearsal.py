"""A conversation with oneself: loads what is loaded late, and lets Python learn what will be run often.

Knows both sides. For a process that will be copied: what was done once there need not be done in each copy.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

from . import arrays as arrays  # loaded late otherwise, in every copy
from . import tables as tables
from .author import read_author_cells
from .channel import Channel, SocketChannel
from .checker import run_test_cell
from .learner import LearnerSide
from .namespace import CheckerNamespace
from .plainnames import plain_names
from .session import Session

ROUNDS = 40
"""Enough for CPython to specialise what runs in every question."""

_LEARNER = """
class Thing:
    def __init__(self, value):
        self.value = value
def same(*values):
    return values[0] if values else None
def fail():
    raise ValueError("no")
names = ["a"]
"""
_TEST = """
for _number in range({rounds}):
    assert same("text", 1, 2.5) == "text" and same({{"a": 1, "b": None}})["a"] == 1
    assert same([1.5, 2.5]) == [1.5, 2.5] and (table is None or same(table).shape == (2, 2))
    assert names == ["a"] and same((1, True)) == (1, True) and same({{1}}) == {{1}}
_thing = Thing(3)
assert _thing.value == 3 and isinstance(_thing, Thing)
try:
    fail()
except ValueError as error:
    assert str(error) == "no"
else:
    raise AssertionError
_number
"""


class _OneProcess:
    """A channel to a learner's side that answers when its answer is waited for."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.answers: list[bytes] = []
        self.side: LearnerSide | None = None

    def send(self, frame: bytes) -> None:
        self.frames.append(frame)

    def receive(self) -> bytes:
        while not self.answers and self.side is not None:
            self.side.serve_frame(self.frames.pop(0))
        return self.answers.pop(0)

    def limit_wait(self, timeout_s: float | None) -> None:
        """Do nothing: nobody waits."""


class _Back:
    """The other end of it."""

    def __init__(self, front: _OneProcess) -> None:
        self._front = front

    def send(self, frame: bytes) -> None:
        self._front.answers.append(frame)

    def receive(self) -> bytes:
        return self._front.frames.pop(0)

    def limit_wait(self, timeout_s: float | None) -> None:
        """Do nothing: nobody waits."""


def rehearse_pair() -> None:
    """Play one test cell with both sides in this process; leaves nothing behind."""
    plain_names()
    pandas: Any = sys.modules.get("pandas")
    table = pandas.DataFrame({"a": [1.5, 2.5], "b": ["x", None]}) if pandas is not None else None
    names: dict[str, Any] = {"__name__": "__main__", "table": table}
    exec(_LEARNER, names)  # noqa: S102  our own
    front = _OneProcess()
    back: Channel = _Back(front)
    front.side = LearnerSide(back, names)
    session = Session(front, read_author_cells([("answer", _LEARNER)]))
    run = run_test_cell(session, _TEST.format(rounds=ROUNDS), namespace=CheckerNamespace(session))
    if not run.passed:
        raise RuntimeError(f"the rehearsal failed: {run.error or run.fault or run.refusals}")
    ends = socket.socketpair()
    left, right = map(SocketChannel, ends)
    for _ in range(ROUNDS):
        left.send(b"rehearsal")
        right.receive()
    for end in ends:
        end.close()
