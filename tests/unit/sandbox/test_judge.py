"""From what happened to a verdict."""

from __future__ import annotations

import pytest

from grader.model.work import CodeCell, Verdict
from grader.sandbox.judge import judge_reply, judge_silence, measure_reply, not_run
from grader.sandbox.replies import CellReply, Display, ErrorOutput, Stream
from grader.sandbox.room import Silence

CELL = CodeCell(id="c", source="", graded=True, points=1)


def make_reply(ended: str, outputs: tuple[object, ...] = ()) -> CellReply:
    """Return a reply that ended in the given way."""
    return CellReply.model_validate(
        {
            "kind": "cell",
            "token": "t",
            "ended": ended,
            "outputs": outputs,
            "error_name": "E",
            "error_message": "m",
        }
    )


@pytest.mark.parametrize(
    ("ended", "verdict"),
    [
        ("ok", Verdict.PASSED),
        ("error", Verdict.FAILED),
        ("interrupted", Verdict.FAILED),
        ("out-of-memory", Verdict.OUT_OF_MEMORY),
        ("output-limit", Verdict.OUTPUT_LIMIT),
    ],
)
def test_each_ending_has_its_verdict(ended: str, verdict: Verdict) -> None:
    """A cell passes only when it ran to its end; late, whatever it says, it timed out."""
    assert judge_reply(CELL, make_reply(ended), late=False).verdict is verdict
    assert judge_reply(CELL, make_reply(ended), late=True).verdict is Verdict.TIMED_OUT


def test_standard_error_costs_nothing() -> None:
    """Warnings on stderr are shown and do not change the verdict."""
    warned = make_reply("ok", ({"output_type": "stream", "name": "stderr", "text": "FutureWarning"},))
    result = judge_reply(CELL, warned, late=False)
    assert result.verdict is Verdict.PASSED
    assert result.outputs[0]["text"] == "FutureWarning"


def test_a_cell_meant_to_raise_passes_by_raising() -> None:
    """`raises` turns the two ordinary endings round and no other."""
    cell = CELL.model_copy(update={"raises": True})
    assert judge_reply(cell, make_reply("error"), late=False).verdict is Verdict.PASSED
    calm = judge_reply(cell, make_reply("ok"), late=False)
    assert (calm.verdict, calm.error_name) == (Verdict.FAILED, "NoError")
    assert judge_reply(cell, make_reply("out-of-memory"), late=False).verdict is Verdict.OUT_OF_MEMORY


@pytest.mark.parametrize(
    ("silence", "late", "verdict", "reason"),
    [
        (Silence.DEAD, False, Verdict.KERNEL_DIED, "signal 11 (SIGSEGV)"),
        (Silence.DEAD, True, Verdict.TIMED_OUT, ""),
        (Silence.LATE, True, Verdict.TIMED_OUT, ""),
        (Silence.MEMORY, False, Verdict.OUT_OF_MEMORY, ""),
        (Silence.MEMORY, True, Verdict.OUT_OF_MEMORY, ""),
        (Silence.GARBAGE, False, Verdict.KERNEL_DIED, "a broken message"),
        (Silence.PROCESSES, False, Verdict.KERNEL_DIED, "too many processes"),
    ],
)
def test_each_silence_has_its_verdict(silence: Silence, late: bool, verdict: Verdict, reason: str) -> None:
    """A kernel that never answered is described as observed."""
    result = judge_silence(CELL, silence, late, "signal 11 (SIGSEGV)")
    assert (result.verdict, result.error_message) == (verdict, reason)


def test_a_cell_whose_turn_never_came_is_not_run() -> None:
    """It has no output and no error."""
    assert not_run(CELL).verdict is Verdict.NOT_RUN


def test_output_is_measured_in_utf8_bytes_and_errors_are_free() -> None:
    """The quota means the same on both sides of the wall."""
    outputs = (
        Stream(output_type="stream", name="stdout", text="가나"),
        Display(output_type="display_data", data={"text/plain": "abc"}, metadata={}),
        ErrorOutput(output_type="error", ename="E", evalue="x" * 100, traceback=[]),
    )
    assert measure_reply(make_reply("ok").model_copy(update={"outputs": outputs})) == 9
