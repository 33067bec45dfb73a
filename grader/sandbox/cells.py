"""The cells of one job, one after another: who runs each, how long it may take, what came of it.

Knows jobs and rooms. Must not know zygotes or how rooms are made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from grader.errors import GraderError
from grader.model.work import CellResult, CodeCell, GradingJob, Limits
from grader.sandbox.canaries import Probe
from grader.sandbox.check import GRACE_S, QUOTA_SLACK_BYTES, Check, ask_cell, largest_reply
from grader.sandbox.in_process import Ran, run_in_process
from grader.sandbox.judge import judge_reply, judge_silence, measure_reply, not_run
from grader.sandbox.plan import make_rlimits
from grader.sandbox.replies import Ready, Refused, read_cell_reply, read_setup_reply
from grader.sandbox.room import START_TIMEOUT_S, Room, Silence, no_room


def _set_up(room: Room, job: GradingJob, files: tuple[tuple[str, str], ...]) -> None:
    deadline = room.now() + START_TIMEOUT_S
    placed = [list(pair) for pair in files]
    sent = room.send({"kind": "setup", "files": placed, "rlimits": make_rlimits(job.limits)}, deadline)
    body = room.receive(deadline, 10_000) if sent else Silence.DEAD
    reply = read_setup_reply(body) if isinstance(body, bytes) else None
    if isinstance(reply, Refused):
        raise GraderError(
            f"the sandbox could not be prepared for {job.assignment}: {reply.message}",
            "check the data files and the limits of the assignment",
        )
    if not isinstance(reply, Ready):
        raise no_room(room)


def _learners_files(job: GradingJob) -> tuple[tuple[str, str], ...]:
    own = dict(job.own_files)
    return (*(pair for pair in job.files if pair[0] not in own), *job.own_files)


def run_cells(job: GradingJob, room: Room, checker: Room | None = None) -> Iterator[CellResult]:
    """Run the cells of `job` and yield what came of each; test cells run in `checker`.

    Raises EnvironmentProblem and GraderError when the rooms cannot be prepared.
    """
    _set_up(room, job, _learners_files(job))
    check = None
    if checker is not None:
        _set_up(checker, job, job.files)  # nothing of the learner's
        check = Check(job, room, checker)
    learner = _Learner(room, job.limits)
    output_left = job.limits.run_output_bytes
    for number, cell in enumerate(job.cells, start=1):
        apart = check if cell.graded and cell.isolated else None
        quota = min(job.limits.cell_output_bytes, output_left)
        used = 0
        if not learner.is_there:
            result = apart.skip(cell) if apart is not None else not_run(cell)
        elif apart is not None:
            result, used = apart.run(cell, number, quota, learner.next_deadline())
            learner.is_there = apart.learner_is_there
        elif cell.graded:
            result, used = learner.test(cell, number, quota)
        else:
            ran, used = learner.run(cell, number, quota)
            result = ran.result
        output_left = max(0, output_left - used)
        yield result.model_copy(update={"isolated": False}) if cell.graded and not cell.isolated else result


class _Learner:
    """The room of the learner's cells, and the time they have."""

    def __init__(self, room: Room, limits: Limits) -> None:
        self._room = room
        self._limits = limits
        self._run_deadline = room.now() + limits.run_timeout_s
        self._alive = True

    @property
    def is_there(self) -> bool:
        """False when no more cells can run."""
        return self._alive and not self._room.is_past(self._run_deadline)

    @is_there.setter
    def is_there(self, alive: bool) -> None:
        self._alive = alive

    def next_deadline(self) -> float:
        """Return until when a cell may run that begins now."""
        return min(self._room.now() + self._limits.cell_timeout_s, self._run_deadline)

    def test(self, cell: CodeCell, number: int, quota: int) -> tuple[CellResult, int]:
        """Run a test in the learner's process; canaries take nothing of the learner's time and output."""
        used = 0

        def ask(probe: Probe, copied: bool) -> Ran:
            nonlocal used
            if not self._alive:
                return Ran(not_run(cell), None)
            began = self._room.now()
            more = {"source": probe.source, "mark": [probe.name, probe.token], "copied": copied}
            if copied or probe.word:
                self._run_deadline += self._limits.cell_timeout_s  # given back below
                ran, _ = self.run(cell, number, self._limits.cell_output_bytes, more)
                self._run_deadline += self._room.now() - began - self._limits.cell_timeout_s
            else:
                ran, used = self.run(cell, number, quota, more)
            return ran

        return run_in_process(cell, ask), used

    def run(
        self, cell: CodeCell, number: int, quota: int, more: dict[str, object] | None = None
    ) -> tuple[Ran, int]:
        """Return what came of a cell and how much output it used."""
        token = secrets.token_hex(8)
        request = ask_cell(cell, number, token, quota) | (more or {})
        largest, deadline = largest_reply(self._limits), self.next_deadline()
        body: bytes | Silence = Silence.GARBAGE
        if self._room.quiet:
            sent = self._room.send(request, deadline)
            body = self._room.receive(deadline, largest) if sent else Silence.DEAD
        late = body is Silence.LATE
        if late:
            self._room.interrupt()
            body = self._room.receive(self._room.now() + GRACE_S, largest)
        if isinstance(body, bytes):
            reply = read_cell_reply(body, token)
            used = measure_reply(reply) if reply is not None else 0
            if reply is not None and used <= quota + QUOTA_SLACK_BYTES:
                return Ran(judge_reply(cell, reply, late), reply), used
            body = Silence.GARBAGE
        self._alive = False
        end = self._room.describe_end() if body is Silence.DEAD else ""
        return Ran(judge_silence(cell, body, late, end), None), 0
