"""The cells of one job, one after another: who runs each, how long it may take, what came of it.

Knows jobs and rooms. Must not know zygotes or how rooms are made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from grader.errors import GraderError
from grader.model.work import CellResult, CodeCell, GradingJob, Limits
from grader.sandbox.check import GRACE_S, QUOTA_SLACK_BYTES, Check, ask_cell, largest_reply
from grader.sandbox.judge import judge_reply, judge_silence, measure_reply, not_run
from grader.sandbox.plan import make_rlimits
from grader.sandbox.replies import Ready, Refused, read_cell_reply, read_setup_reply
from grader.sandbox.room import START_TIMEOUT_S, Room, Silence, no_room


def _set_up(room: Room, job: GradingJob) -> None:
    deadline = room.now() + START_TIMEOUT_S
    files = [list(pair) for pair in job.files]
    sent = room.send({"kind": "setup", "files": files, "rlimits": make_rlimits(job.limits)}, deadline)
    body = room.receive(deadline, 10_000) if sent else Silence.DEAD
    reply = read_setup_reply(body) if isinstance(body, bytes) else None
    if isinstance(reply, Refused):
        raise GraderError(
            f"the sandbox could not be prepared for {job.assignment}: {reply.message}",
            "check the data files and the limits of the assignment",
        )
    if not isinstance(reply, Ready):
        raise no_room(room)


def run_cells(job: GradingJob, room: Room, checker: Room | None = None) -> Iterator[CellResult]:
    """Run the cells of `job` and yield what came of each; test cells run in `checker`.

    Raises EnvironmentProblem and GraderError when the rooms cannot be prepared.
    """
    _set_up(room, job)
    check = None
    if checker is not None:
        _set_up(checker, job)
        check = Check(job, room, checker)
    run_deadline = room.now() + job.limits.run_timeout_s
    output_left = job.limits.run_output_bytes
    alive = True
    for number, cell in enumerate(job.cells, start=1):
        alive = alive and room.now() < run_deadline
        if not alive:
            yield check.skip(cell) if check is not None and cell.graded and cell.isolated else not_run(cell)
            continue
        quota = min(job.limits.cell_output_bytes, output_left)
        deadline = min(room.now() + job.limits.cell_timeout_s, run_deadline)
        if check is not None and cell.graded and cell.isolated:
            result, used = check.run(cell, number, quota, deadline)
            alive = check.learner_is_there
        else:
            result, used, alive = _run_cell(room, cell, number, job.limits, quota, deadline)
        output_left = max(0, output_left - used)
        yield result


def _run_cell(
    room: Room, cell: CodeCell, number: int, limits: Limits, quota: int, deadline: float
) -> tuple[CellResult, int, bool]:
    """Return the cell's result, how much output it used, and whether the kernel is still there."""
    token = secrets.token_hex(8)
    request = ask_cell(cell, number, token, quota)
    largest = largest_reply(limits)
    body: bytes | Silence = Silence.GARBAGE
    if room.quiet:
        body = room.receive(deadline, largest) if room.send(request, deadline) else Silence.DEAD
    late = body is Silence.LATE
    if late:
        room.interrupt()
        body = room.receive(room.now() + GRACE_S, largest)
    if isinstance(body, bytes):
        reply = read_cell_reply(body, token)
        used = measure_reply(reply) if reply is not None else 0
        if reply is not None and used <= quota + QUOTA_SLACK_BYTES:
            return judge_reply(cell, reply, late), used, True
        body = Silence.GARBAGE
    end = room.describe_end() if body is Silence.DEAD else ""
    return judge_silence(cell, body, late, end), 0, False
