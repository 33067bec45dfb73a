"""One test cell: the checker runs it, the learner answers, and only the checker is believed.

Knows the two rooms of a job. Must not know jobs' other cells.
"""

from __future__ import annotations

import secrets
from typing import Any

from grader.checking.author import pack_author
from grader.model.work import CellResult, CodeCell, GradingJob, Limits
from grader.sandbox.judge import CHECKER_ENDED, could_not_check, judge_check, measure_reply, not_run
from grader.sandbox.replies import Answered, CheckReply, read_reply
from grader.sandbox.room import Room, Silence

GRACE_S = 1.0
"""How long a cell may take to stop after an interrupt."""
QUOTA_SLACK_BYTES = 10_000
"""Notes about cut output may exceed the quota by this much; an honest kernel never sends more."""
LARGEST_ANSWERED_BYTES = 10_000


def ask_cell(cell: CodeCell, number: int, token: str, quota: int) -> dict[str, Any]:
    """Return the request to run a cell."""
    return {
        "kind": "cell",
        "number": number,
        "token": token,
        "id": cell.id,
        "source": cell.source,
        "graded": cell.graded,
        "output_bytes": quota,
    }


def largest_reply(limits: Limits) -> int:
    """Return how large the reply about a cell may be."""
    return 6 * limits.cell_output_bytes + 1_000_000


class Check:
    """The two rooms of a job, for its test cells."""

    def __init__(self, job: GradingJob, learner: Room, checker: Room) -> None:
        self._learner = learner
        self._checker = checker
        self._limits = job.limits
        self._texts: dict[str, str] | None = {cell.id: cell.source for cell in job.cells if not cell.graded}
        self._author: dict[str, Any] | None = pack_author(
            tuple((cell.id, cell.source, cell.locked) for cell in job.author_cells)
        )
        self._checker_is_there = True
        self.learner_is_there = True
        """False when no more cells can run."""

    def skip(self, cell: CodeCell) -> CellResult:
        """Return the result of a test cell that cannot run any more."""
        if self._checker_is_there:
            return not_run(cell)
        return could_not_check(cell, "CheckerEnded", CHECKER_ENDED)

    def run(self, cell: CodeCell, number: int, quota: int, deadline: float) -> tuple[CellResult, int]:
        """Return the test cell's result and how much output it used."""
        if not self._checker_is_there:
            return self.skip(cell), 0
        token = secrets.token_hex(8)
        request = ask_cell(cell, number, token, quota) | {
            "texts": self._texts or {},
            "author": self._author or {},
        }
        body, late, silence = self._converse(request, token, quota, deadline)
        reply = read_reply(CheckReply, body, token) if isinstance(body, bytes) else None
        used = measure_reply(reply) if reply is not None else 0
        if reply is None or used > quota + QUOTA_SLACK_BYTES:
            self._checker_is_there = False
            self._checker.end()
            self._part(token)
            return self.skip(cell), 0
        self._texts = self._author = None  # it has them now
        silence = silence or self._part(token)
        end = self._learner.describe_end() if silence is Silence.DEAD else ""
        return judge_check(cell, reply, late, silence, end), used

    def _converse(
        self, request: dict[str, Any], token: str, quota: int, deadline: float
    ) -> tuple[bytes | Silence, bool, Silence | None]:
        """Return the checker's reply, whether it had to be interrupted, and how the learner ended, if so."""
        answer = {"kind": "answer", "token": token, "output_bytes": quota}
        silence: Silence | None = None
        if not self._learner.quiet:
            silence = Silence.GARBAGE
        elif not self._learner.send(answer, deadline):
            silence = Silence.DEAD
        if silence is not None:
            self._lose_learner()
        if not self._checker.quiet or not self._checker.send(request, deadline):
            return Silence.DEAD, False, silence
        largest = largest_reply(self._limits)
        body = self._checker.receive(deadline, largest, beside=self._learner)
        if body is Silence.BESIDE:
            silence = self._learner.excess
            self._lose_learner()
            body = self._checker.receive(deadline + GRACE_S, largest)
        late = body is Silence.LATE
        if late:
            self._checker.interrupt()
            body = self._checker.receive(self._checker.now() + GRACE_S, largest)
        return body, late, silence

    def _part(self, token: str) -> Silence | None:
        """Wait until the learner is done too; returns how it ended when it is not there any more."""
        if not self.learner_is_there:
            return None
        body = self._learner.receive(self._learner.now() + GRACE_S, LARGEST_ANSWERED_BYTES)
        if body is Silence.LATE:
            self._learner.interrupt()
            body = self._learner.receive(self._learner.now() + GRACE_S, LARGEST_ANSWERED_BYTES)
        if isinstance(body, bytes):
            if read_reply(Answered, body, token) is not None:
                return None
            body = Silence.GARBAGE
        self._lose_learner()
        return body

    def _lose_learner(self) -> None:
        self.learner_is_there = False
        self._learner.end()
