"""What a corrected test changes: scores before and after, and why, per trainee and in sum.

Knows shapes, their JSON and their words; must not know how the scores came about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.export import Standing
from grader.text import LocalText


class Cause(StrEnum):
    """Why a cell's score or verdict is another."""

    NEW = "new-test"
    REMOVED = "removed"
    POINTS = "points-changed"
    SOURCE = "test-changed"
    VERDICT = "verdict-changed"
    """The test is the same; the run gave something else."""


CAUSES: dict[Cause, LocalText] = {
    Cause.NEW: LocalText(ko="새 채점 셀", en="new test"),
    Cause.REMOVED: LocalText(ko="없어진 채점 셀", en="test removed"),
    Cause.POINTS: LocalText(ko="배점이 바뀜", en="points changed"),
    Cause.SOURCE: LocalText(ko="채점 셀이 바뀜", en="test changed"),
    Cause.VERDICT: LocalText(ko="결과가 바뀜", en="result changed"),
}


@dataclass(frozen=True)
class CellState:
    """What one graded cell gives."""

    score: float | None
    """As it counts, a person's mark included; None while a person has to look at it."""
    max_score: float
    verdict: str | None = None
    """None for written answers."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {"score": self.score, "max_score": self.max_score, "verdict": self.verdict}

    def __str__(self) -> str:
        score = "–" if self.score is None else f"{self.score:g}"
        return f"{score}/{self.max_score:g}" + (f" {self.verdict}" if self.verdict else "")


@dataclass(frozen=True)
class CellChange:
    """One graded cell that gives something else than before."""

    cell: str
    before: CellState | None
    after: CellState | None
    causes: tuple[Cause, ...]
    is_manual: bool = False
    """A person's mark stands and is kept."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "cell": self.cell,
            "before": self.before.as_dict() if self.before else None,
            "after": self.after.as_dict() if self.after else None,
            "causes": [cause.value for cause in self.causes],
            "is_manual": self.is_manual,
        }

    def tell(self) -> LocalText:
        """Return the change in one line."""
        change = f"{self.cell}: {self.before or '–'} → {self.after or '–'}"
        ko = ", ".join(CAUSES[cause].ko for cause in self.causes)
        en = ", ".join(CAUSES[cause].en for cause in self.causes)
        return LocalText(ko=f"{change} ({ko})", en=f"{change} ({en})")


@dataclass(frozen=True)
class Total:
    """A trainee's whole result."""

    score: float
    max_score: float
    standing: Standing

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {"score": self.score, "max_score": self.max_score, "standing": self.standing.value}


class Turn(StrEnum):
    """What becomes of a trainee's result."""

    RISES = "rises"
    FALLS = "falls"
    UNCHANGED = "unchanged"
    NEW = "new"
    """Was not graded before."""
    NOT_GRADED = "not-graded"
    """Nothing handed in, refused, or the run ended before its turn."""


@dataclass(frozen=True)
class RegradeItem:
    """One trainee before and after."""

    trainee: str
    turn: Turn
    before: Total | None = None
    after: Total | None = None
    cells: tuple[CellChange, ...] = ()
    status: str = ""
    """Of work that was not graded: why."""

    @property
    def decision_changes(self) -> bool:
        """Whether passed becomes not passed, or the other way round, or either becomes open."""
        return bool(self.before and self.after and self.before.standing is not self.after.standing)

    @property
    def is_worse(self) -> bool:
        """Whether the trainee loses points or a pass."""
        lost = self.before is not None and self.before.standing is Standing.PASSED and self.decision_changes
        return self.turn is Turn.FALLS or lost

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "trainee": self.trainee,
            "turn": self.turn.value,
            "before": self.before.as_dict() if self.before else None,
            "after": self.after.as_dict() if self.after else None,
            "decision_changes": self.decision_changes,
            "cells": [change.as_dict() for change in self.cells],
            "status": self.status,
        }


@dataclass(frozen=True)
class RegradeReport:
    """What a regrade did, or would do."""

    assignment: str
    from_version: int
    to_version: int
    """The number the corrected assignment has or will have; equal to `from_version` if nothing changed."""
    items: tuple[RegradeItem, ...]
    dry_run: bool
    lost_marks: Mapping[str, int]
    """Removed cells → marks and comments of people in them; while there are any, nothing is done."""
    is_stopped: bool = False
    """Nothing was written: somebody would lose points, a pass or a person's mark."""

    @property
    def worse(self) -> tuple[str, ...]:
        """Trainees who lose points or a pass."""
        return tuple(item.trainee for item in self.items if item.is_worse)

    def count(self, turn: Turn) -> int:
        """Return how many results take this turn."""
        return sum(item.turn is turn for item in self.items)

    @property
    def summary(self) -> LocalText:
        """The sum in one line."""
        rise, fall = self.count(Turn.RISES), self.count(Turn.FALLS)
        same, new = self.count(Turn.UNCHANGED), self.count(Turn.NEW)
        decisions = sum(item.decision_changes for item in self.items)
        ko = f"오르는 점수 {rise}, 내리는 점수 {fall}, 그대로 {same}, 통과 여부가 바뀌는 사람 {decisions}"
        rises = "1 score rises" if rise == 1 else f"{rise} scores rise"
        falls = "1 falls" if fall == 1 else f"{fall} fall"
        decided = (
            "1 pass/fail decision changes" if decisions == 1 else f"{decisions} pass/fail decisions change"
        )
        en = f"{rises}, {falls}, {same} unchanged, {decided}"
        if new:
            ko, en = f"{ko}, 처음 채점 {new}", f"{en}, {new} graded for the first time"
        return LocalText(ko=ko, en=en)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "assignment": self.assignment,
            "dry_run": self.dry_run,
            "is_stopped": self.is_stopped,
            "from_version": self.from_version,
            "to_version": self.to_version,
            "counts": {turn.value: self.count(turn) for turn in Turn},
            "decisions_changed": sum(item.decision_changes for item in self.items),
            "worse": list(self.worse),
            "lost_marks": dict(self.lost_marks),
            "summary": self.summary.model_dump(),
            "items": [item.as_dict() for item in self.items],
        }
