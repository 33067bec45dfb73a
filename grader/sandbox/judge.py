"""Verdicts: from what happened in the room to what is said about a cell.

Pure. Knows cells, replies and silences; must not know processes or clocks.
"""

from __future__ import annotations

from grader.model.work import CellResult, CodeCell, Verdict
from grader.sandbox.replies import CellReply, CheckReply
from grader.sandbox.room import Silence

NO_ERROR = (
    "이 셀은 오류로 끝나야 하는데 오류 없이 끝났습니다. · This cell should end in an error but did not."
)
TEST_HANGS = "테스트가 제한 시간 안에 끝나지 않았습니다. · The test itself did not end within the time limit."
CHECKER_ENDED = "테스트를 실행하는 쪽이 중단되었습니다. · What runs the tests ended."
_VERDICTS = {
    "ok": Verdict.PASSED,
    "error": Verdict.FAILED,
    "interrupted": Verdict.FAILED,
    "out-of-memory": Verdict.OUT_OF_MEMORY,
    "output-limit": Verdict.OUTPUT_LIMIT,
}
_SILENCES = {
    Silence.LATE: Verdict.TIMED_OUT,
    Silence.DEAD: Verdict.KERNEL_DIED,
    Silence.GARBAGE: Verdict.KERNEL_DIED,
    Silence.MEMORY: Verdict.OUT_OF_MEMORY,
    Silence.PROCESSES: Verdict.KERNEL_DIED,
}
_REASONS = {
    Silence.GARBAGE: "a broken message",
    Silence.PROCESSES: "too many processes",
}


def judge_reply(cell: CodeCell, reply: CellReply, late: bool) -> CellResult:
    """Return the result of a cell that ended; `late` when it had to be interrupted.

    A cell passes when it ran to its end, or, when it is meant to raise, when it raised. What it printed,
    on standard error too, does not matter.
    """
    verdict = _VERDICTS[reply.ended]
    name, message = reply.error_name, reply.error_message
    if cell.raises and reply.ended == "error":
        verdict = Verdict.PASSED
    elif cell.raises and reply.ended == "ok":
        verdict, name, message = Verdict.FAILED, "NoError", NO_ERROR
    return CellResult(
        id=cell.id,
        verdict=Verdict.TIMED_OUT if late else verdict,
        outputs=tuple(output.model_dump() for output in reply.outputs),
        error_name=name,
        error_message=message,
    )


def judge_silence(cell: CodeCell, silence: Silence, late: bool, end: str) -> CellResult:
    """Return the result of a cell that did not end; `end` says how the kernel did, where it is known."""
    if late and silence is Silence.DEAD:
        silence = Silence.LATE
    verdict = _SILENCES[silence]
    return CellResult(
        id=cell.id,
        verdict=verdict,
        error_name="KernelDied" if verdict is Verdict.KERNEL_DIED else "",
        error_message=_REASONS.get(silence, end) if verdict is Verdict.KERNEL_DIED else "",
    )


def judge_check(
    cell: CodeCell, reply: CheckReply, late: bool, learner: Silence | None, end: str
) -> CellResult:
    """Return the result of a test cell; `learner` says what became of the learner's process, if it is gone.

    A test passes only when its checker says so, and when the learner's process has not tried to speak for
    it. What the test or the checker got wrong is never the learner's loss.
    """
    judged = judge_reply(cell, reply, late=False)
    if learner in (Silence.MEMORY, Silence.PROCESSES, Silence.GARBAGE):
        return judge_silence(cell, learner, late, end)
    if late:
        if reply.fault in ("", "author"):
            return could_not_check(cell, "TestHangs", TEST_HANGS)
        return judged.model_copy(update={"verdict": Verdict.TIMED_OUT})
    if reply.fault == "author" or reply.own_memory:
        return could_not_check(cell, judged.error_name, judged.error_message)
    if reply.fault:
        silence = Silence.DEAD if reply.fault == "closed" else Silence.GARBAGE
        return judge_silence(cell, silence, late, end)
    if judged.verdict is Verdict.PASSED and not reply.passed:
        return judged.model_copy(
            update={"verdict": Verdict.FAILED, "error_name": "NotPlain", "error_message": reply.refused}
        )
    return judged


def could_not_check(cell: CodeCell, name: str, message: str) -> CellResult:
    """Return the result of a test cell that says nothing about the learner."""
    return CellResult(id=cell.id, verdict=Verdict.COULD_NOT_CHECK, error_name=name, error_message=message)


def not_run(cell: CodeCell) -> CellResult:
    """Return the result of a cell whose turn never came."""
    return CellResult(id=cell.id, verdict=Verdict.NOT_RUN)


def measure_reply(reply: CellReply) -> int:
    """Return how many bytes of the output quota a reply used; errors are free."""
    size = 0
    for output in reply.outputs:
        if output.output_type == "stream":
            size += len(output.text.encode())
        elif output.output_type != "error":
            size += sum(len(value.encode()) for value in output.data.values())
    return size
