"""Every verdict explained to both sides: does it cost points, what does the trainee do, what does the grader.

Knows words only. Reports, formgrader's notes and the table in the docs are made from here, so that they
cannot say different things.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.grading.scoring import BROKEN_TEST, CellScore
from grader.grading.verdict_words import TAMPERED, UNSTEADY, VERDICTS
from grader.model.work import Verdict
from grader.text import LocalText


@dataclass(frozen=True)
class VerdictRow:
    """One verdict of a test cell."""

    verdict: Verdict
    name: LocalText
    costs_points: bool
    trainee: LocalText
    """What the feedback page says: what happened and what to do."""
    grader: LocalText
    """What a grader does."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "verdict": self.verdict.value,
            "name": self.name.model_dump(),
            "costs_points": self.costs_points,
            "trainee": self.trainee.model_dump(),
            "grader": self.grader.model_dump(),
        }


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


_GRADER: dict[Verdict, LocalText] = {
    Verdict.PASSED: _say("할 일이 없습니다.", "Nothing to do."),
    Verdict.FAILED: _say(
        "할 일이 없습니다. 교육생이 점수에 이의를 말하면 노트북과 채점 셀을 함께 보십시오.",
        "Nothing to do. If the trainee questions the score, look at the notebook and the test together.",
    ),
    Verdict.NOT_RUN: _say(
        "이 채점 셀에 이르기 전에 실행이 멈추었습니다. 앞에서 멈춘 셀을 보십시오. 할 일은 없습니다.",
        "The run stopped before this test. See the cell that stopped it; nothing to do.",
    ),
    Verdict.TIMED_OUT: _say(
        "시간 제한을 넘었습니다. 여러 사람에게 같은 일이 생기면 과제의 계산이 너무 무겁지 않은지 확인하십시오.",
        "It went over the time limit. If it happens to several trainees, see whether the assignment asks for too much work.",
    ),
    Verdict.OUT_OF_MEMORY: _say(
        "메모리 제한을 넘었습니다. 여러 사람에게 같은 일이 생기면 과제의 자료가 너무 크지 않은지 확인하십시오.",
        "It went over the memory limit. If it happens to several trainees, see whether the assignment's data are too big.",
    ),
    Verdict.KERNEL_DIED: _say(
        "교육생의 코드가 Python을 끝냈습니다. 앞의 셀에서 받은 점수는 남아 있습니다. 할 일은 없습니다.",
        "The trainee's code ended Python. Points of earlier cells are kept; nothing to do.",
    ),
    Verdict.OUTPUT_LIMIT: _say(
        "출력 제한을 넘었습니다. 할 일은 없습니다.",
        "It went over the output limit; nothing to do.",
    ),
    Verdict.COULD_NOT_CHECK: _say(
        "채점 환경이나 채점 셀의 문제로 확인하지 못했습니다. 점수를 깎지 않았고 사람의 채점을 기다립니다. `medai try`로 채점 셀을 확인하고 고친 뒤 `medai regrade`를 하거나 formgrader에서 직접 점수를 주십시오.",
        "The grading environment or the test itself failed. No points were taken off, and a person must grade it. Check the test with `medai try`, correct it and use `medai regrade`, or give the points in formgrader.",
    ),
}

_COSTS = frozenset(Verdict) - {Verdict.PASSED, Verdict.COULD_NOT_CHECK}

_NOT_ISOLATED = _say(
    "이 채점 셀은 교육생의 코드와 같은 프로세스에서 실행되어, 작정하면 결과를 꾸밀 수 있습니다.",
    "This test ran in the same process as the trainee's code, where a determined trainee can forge its result.",
)
_TAMPERED = _say(
    "반드시 실패해야 하는 확인 셀이 실패하지 않았습니다. 노트북의 코드가 셀의 실행 방식을 바꾸었다는 뜻이므로 점수를 주지 않았습니다. 제출된 코드를 직접 보십시오.",
    "A canary cell that must fail did not. Code in the notebook changed how cells are run, so no points were given. Look at the submitted code yourself.",
)
_UNSTEADY = _say(
    "이 채점 셀은 두 번 실행하여 결과가 서로 달랐습니다. 교육생의 코드가 실행마다 다르게 움직이는지 보고 점수를 정하십시오.",
    "This test was run twice and gave different results. See whether the trainee's code behaves differently from run to run, and decide.",
)
_BROKEN = _say(
    "과제의 모범 답안도 이 채점 셀을 통과하지 못합니다. 채점 셀이 잘못된 것이므로 누구의 점수도 깎지 않았습니다. 채점 셀을 고친 뒤 `medai regrade`를 하십시오.",
    "The assignment's own reference answer fails this test, so the test is at fault and nobody lost points. Correct the test, then use `medai regrade`.",
)


def verdict_table() -> tuple[VerdictRow, ...]:
    """Return all verdicts in their order."""
    return tuple(
        VerdictRow(verdict, VERDICTS[verdict][0], verdict in _COSTS, VERDICTS[verdict][1], _GRADER[verdict])
        for verdict in Verdict
    )


def note_to_grader(score: CellScore) -> tuple[LocalText, ...]:
    """Return what formgrader shows under a test cell: nothing where its own output says all."""
    notes: list[LocalText] = []
    if score.verdict not in (None, Verdict.PASSED, Verdict.FAILED):
        name = VERDICTS[score.verdict][0]
        told = _GRADER[score.verdict]
        notes.append(_say(f"{name.ko}: {told.ko}", f"{name.en}: {told.en}"))
    if score.error_name == TAMPERED:
        notes.append(_TAMPERED)
    if score.error_name == UNSTEADY:
        notes.append(_UNSTEADY)
    if score.error_name == BROKEN_TEST:
        notes.append(_BROKEN)
    if not score.isolated:
        notes.append(_NOT_ISOLATED)
    return tuple(notes)


def tell_grader(
    unchecked: Sequence[str], not_isolated: Sequence[str], tampered: Sequence[str], diff_path: str
) -> tuple[LocalText, ...]:
    """Return what a report says of one submission beside its score and repairs."""
    tells: list[LocalText] = []
    if unchecked:
        cells = ", ".join(unchecked)
        tells.append(
            _say(
                f"확인하지 못한 채점 셀, 점수를 깎지 않음: {cells}",
                f"could not be checked, costs no points: {cells}",
            )
        )
    if tampered:
        cells = ", ".join(tampered)
        tells.append(
            _say(f"실행 방식을 바꾼 흔적이 있어 점수 없음: {cells}", f"tampering found, no points: {cells}")
        )
    if not_isolated:
        count = len(not_isolated)
        tests = "1 test" if count == 1 else f"{count} tests"
        tells.append(
            _say(f"채점 셀 {count}개가 교육생의 프로세스에서 실행됨", f"{tests} ran in the learner's process")
        )
    if diff_path:
        tells.append(_say(f"바로잡은 내용: {diff_path}", f"what was put right: {diff_path}"))
    return tuple(tells)
