"""What a test in the learner's own process is worth, from what its canaries said."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest

from grader.model.work import CodeCell, Verdict
from grader.sandbox.canaries import Probe
from grader.sandbox.in_process import Ran, run_in_process
from grader.sandbox.judge import judge_reply, not_run
from grader.sandbox.replies import CellReply

CELL = CodeCell(id="t", source="assert f() == 1", graded=True, points=1, isolated=False)
Answer = Callable[[Probe, bool], tuple[str, str, str]]
"""From a cell and whether it is run in a copy to: how it ended, what it said, what it marked."""


def honest(probe: Probe, copied: bool) -> tuple[str, str, str]:
    """Answer as a process does in which the test passes."""
    if probe.word:
        return "error", probe.word, ""
    lines = probe.source.split("\n")
    same = lines[0] == "assert f() == 1" and len(lines) == 2
    return ("ok", "", probe.token) if same else ("error", "", "")


def judge(answer: Answer, cell: CodeCell = CELL) -> tuple[Verdict, str]:
    """Return the verdict and the name of its error."""

    def ask(probe: Probe, copied: bool) -> Ran:
        ended, said, reached = answer(probe, copied)
        if ended == "dead":
            return Ran(not_run(cell), None)
        reply = CellReply.model_validate(
            {
                "kind": "cell",
                "token": "",
                "ended": ended,
                "outputs": (),
                "error_name": "AssertionError" if ended == "error" else "",
                "error_message": said,
                "reached": reached,
            }
        )
        return Ran(judge_reply(cell, reply, ended == "interrupted"), reply)

    result = run_in_process(cell, ask, random.Random(1))
    return result.verdict, result.error_name


def test_an_honest_process_keeps_its_result() -> None:
    """The test passed, its copy too, and every canary failed."""
    assert judge(honest) == (Verdict.PASSED, "")


def test_a_failed_test_is_just_that() -> None:
    """Nobody is called a cheat for a wrong answer."""
    assert judge(lambda probe, _: ("error", probe.word, "")) == (Verdict.FAILED, "AssertionError")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda probe, copied: ("ok", "", ""), id="blanked"),
        pytest.param(lambda probe, copied: ("ok", "", probe.token), id="stripped"),
        pytest.param(lambda probe, copied: ("error", "", ""), id="another-error"),
        pytest.param(lambda probe, copied: ("ok", probe.word, probe.token), id="error-that-is-fine"),
        pytest.param(
            lambda probe, copied: ("error", probe.word, "") if probe.word else ("ok", "", probe.token),
            id="equal-to-everything",
        ),
        pytest.param(
            lambda probe, copied: ("ok", "", "") if not probe.word and not copied else honest(probe, copied),
            id="blanked-but-for-canaries",
        ),
        pytest.param(
            lambda probe, copied: (*honest(probe, copied)[:2], "0" * 16), id="mark-that-is-not-the-one"
        ),
    ],
)
def test_a_canary_that_lives_ends_it(answer: Answer) -> None:
    """Whatever the test itself said."""
    assert judge(answer) == (Verdict.FAILED, "Tampered")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({1}, (Verdict.PASSED, "")),
        (range(-99, 99), (Verdict.FAILED, "Tampered")),
        ({2}, (Verdict.FAILED, "")),
    ],
)
def test_what_is_near_must_not_pass_where_the_test_does(
    answers: Iterable[int], expected: tuple[Verdict, str]
) -> None:
    """Equal to everything small is no answer; a wrong answer is no cheat, whatever a canary expects."""

    def answer(probe: Probe, copied: bool) -> tuple[str, str, str]:
        line = probe.source.split("\n")[0]
        is_near = line.startswith("assert f() == ") and len(line) < 20
        if probe.word or not is_near or int(line.rpartition(" ")[2]) not in answers:
            return "error", probe.word, ""
        return "ok", "", probe.token

    verdict, error = judge(answer)
    assert (verdict, error if error == "Tampered" else "") == expected


def test_tampering_by_the_test_cell_itself_is_seen_afterwards() -> None:
    """The canaries after the test are as good as the ones before."""
    seen: list[bool] = []

    def answer(probe: Probe, copied: bool) -> tuple[str, str, str]:
        result = ("ok", "", "") if True in seen else honest(probe, copied)
        seen.append(not copied and not probe.word)
        return result

    assert judge(answer) == (Verdict.FAILED, "Tampered")


def test_two_runs_that_differ_reach_a_person() -> None:
    """The test passed in the process and not in its copy: nothing is lost and nothing is won."""

    def answer(probe: Probe, copied: bool) -> tuple[str, str, str]:
        return ("error", "", "") if copied else honest(probe, copied)

    assert judge(answer) == (Verdict.COULD_NOT_CHECK, "Unsteady")


def test_a_copy_that_hangs_is_waited_for_once() -> None:
    """A test that does not end costs one more wait, not one for each canary."""
    copies: list[Probe] = []

    def answer(probe: Probe, copied: bool) -> tuple[str, str, str]:
        if probe.word:
            return honest(probe, copied)
        if copied:
            copies.append(probe)
        return "interrupted", "", ""

    assert judge(answer) == (Verdict.TIMED_OUT, "")
    assert len(copies) == 1


def test_a_process_that_is_gone_has_no_result() -> None:
    """Its end is the verdict."""
    assert judge(lambda probe, _: ("dead", "", "")) == (Verdict.NOT_RUN, "")


def test_a_cell_that_must_raise_is_not_marked() -> None:
    """It never comes to its end; that cells are run at all is what the first canary shows."""
    cell = CELL.model_copy(update={"raises": True, "source": "f(None)"})
    assert judge(lambda probe, _: ("error", probe.word, ""), cell)[0] is Verdict.PASSED
    assert judge(lambda probe, _: ("ok", "", ""), cell) == (Verdict.FAILED, "Tampered")
