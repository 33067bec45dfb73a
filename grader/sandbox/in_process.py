"""A test that has to run in the learner's own process, with canaries before and after it.

Knows the order of what is run and what it says together. Must not know rooms: it is given something that
runs a cell. See `canaries` for what a canary is.

1. A canary that touches nothing, in the process itself: it must end in exactly the error that it asks for.
2. In copies of the process, in any order: the test as it is, and canaries that look like it. Where the test
   gets to its end, those that expect something near to what it expects must not.
3. The test itself: it must run to its end, and its copy must have said the same.
4. Canaries again, as in 1 and 2.

A copy is a fork that nobody sees again: it has its own directory, and what the test or a canary changes in it
does not touch the learner's process. What a canary takes is not the learner's time or output.

What this catches is what cheats do in notebooks: blanked cells, stripped asserts, replaced hooks of IPython,
objects that equal everything. It does **not** make the learner's process trustworthy: whoever reads this file
can write a program that tells tests from canaries (by their contents, by time, by what runs after them) or
that answers in the runner's place. That is why every such result is marked as not isolated.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from grader.model.work import CellResult, CodeCell, Verdict
from grader.sandbox.canaries import Probe, make_canaries, make_first_canary, make_near_canaries, mark_test
from grader.sandbox.replies import CellReply

TAMPERED = (
    "셀의 실행이나 비교를 바꾸는 코드가 있어 이 테스트를 인정하지 않았습니다. 그 코드를 지우십시오. · "
    "Something changes how cells run or compare, so this test does not count. Remove that code."
)
UNSTEADY = (
    "테스트를 두 번 실행했는데 결과가 서로 달랐습니다. 사람이 확인합니다. · "
    "The test was run twice with different results. A person will look at it."
)


@dataclass(frozen=True)
class Ran:
    """What came of one run: its result as if it counted, and what was said, if anything was."""

    result: CellResult
    reply: CellReply | None

    def passed(self, probe: Probe) -> bool:
        """Tell whether the cell was run to its end and without an error."""
        reply = self.reply
        if reply is None or reply.ended != "ok" or reply.error_name:
            return False
        return not probe.name or reply.reached == probe.token

    def is_suspicious(self, canary: Probe) -> bool:
        """Tell whether a canary lives that should be dead."""
        if self.reply is None or self.reply.ended not in ("ok", "error"):
            return False
        if canary.word and self.reply.ended == "error":
            return (self.reply.error_name, self.reply.error_message) != ("AssertionError", canary.word)
        return self.reply.ended == "ok"


Ask = Callable[[Probe, bool], Ran]
"""Runs a cell; in a copy of the process when the second argument is true."""


def run_in_process(cell: CodeCell, ask: Ask, chooser: random.Random | None = None) -> CellResult:
    """Return the result of a test cell; `ask` runs its parts in the learner's process."""
    chooser = chooser or random.SystemRandom()
    if (problem := _run_first_canary(cell, ask)) is not None:
        return problem
    test = Probe(cell.source) if cell.raises else mark_test(cell.source)
    copied = _run_copies(cell, ask, chooser, test)
    if isinstance(copied, CellResult):
        return copied
    ran = ask(test, False)
    if cell.raises or ran.result.verdict is not Verdict.PASSED:
        return ran.result
    if not ran.passed(test):
        return _tampered(cell)
    if (problem := _run_first_canary(cell, ask)) is not None:
        return problem
    again = _run_copies(cell, ask, chooser, None)
    if isinstance(again, CellResult):
        return again
    if again is not None or (copied is not None and not copied.passed(test)):
        unsteady = {"error_name": "Unsteady", "error_message": UNSTEADY}
        return ran.result.model_copy(update={"verdict": Verdict.COULD_NOT_CHECK, **unsteady})
    return ran.result


def _run_first_canary(cell: CodeCell, ask: Ask) -> CellResult | None:
    """Return what there is to say already: the process is tampered with, or can run nothing any more."""
    canary = make_first_canary()
    ran = ask(canary, False)
    if ran.is_suspicious(canary):
        return _tampered(cell)
    return None if ran.reply is not None and ran.reply.ended == "error" else ran.result


def _run_copies(
    cell: CodeCell, ask: Ask, chooser: random.Random, test: Probe | None
) -> Ran | CellResult | None:
    """Return what came of the test's copy, or of a copy that hung; a result when that says it all."""
    if cell.raises:
        return None
    probes = make_canaries(cell.source, chooser)
    near: list[Probe] = []
    if test is not None:  # afterwards the state is another one, and what was near may be right
        near = make_near_canaries(cell.source, chooser)
        probes += [test, *near]
    chooser.shuffle(probes)
    copy: Ran | None = None
    too_much = False
    for probe in probes:
        ran = ask(probe, True)
        if ran.reply is None:  # the process itself is gone, or does not answer
            return ran.result
        if probe in near:
            too_much |= ran.is_suspicious(probe)
        elif probe is not test and ran.is_suspicious(probe):
            return _tampered(cell)
        if ran.reply.ended == "interrupted":
            return ran  # the test itself is likely to hang as well: no need to wait for every copy
        if probe is test:
            copy = ran
    if too_much and test is not None and copy is not None and copy.passed(test):
        return _tampered(cell)
    return copy


def _tampered(cell: CodeCell) -> CellResult:
    return CellResult(
        id=cell.id, verdict=Verdict.FAILED, error_name="Tampered", error_message=TAMPERED, isolated=False
    )
