"""What grading an nbgrader course reports: one item per learner.

Knows statuses and their JSON; must not know how grading works. Its shape is that of our own `grade`, with
notes instead of texts in two languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.grading.grade_report import GradeStatus
from grader.grading.reasons import Refusal, Repair, explain
from grader.model.work import Verdict


@dataclass(frozen=True)
class TestMark:
    """What one graded cell came to."""

    __test__ = False

    cell: str
    """Notebook and grade id: `problem1/squares`."""
    auto_score: float | None
    max_score: float
    needs_person: bool
    verdict: Verdict | None
    isolated: bool
    error_name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "cell": self.cell,
            "auto_score": self.auto_score,
            "max_score": self.max_score,
            "needs_person": self.needs_person,
            "verdict": self.verdict.value if self.verdict else None,
            "isolated": self.isolated,
            "error_name": self.error_name,
        }


@dataclass(frozen=True)
class ForeignItem:
    """One line of the report."""

    learner: str
    status: GradeStatus
    score: float | None = None
    """As the gradebook has it now, people's marks included."""
    max_score: float | None = None
    needs_person: bool = False
    marks: tuple[TestMark, ...] = ()
    repairs: tuple[tuple[str, Repair], ...] = ()
    """Notebook and what was put right in it."""
    refusals: tuple[tuple[str, Refusal], ...] = ()
    """Notebook and why it was not graded."""
    missing: tuple[str, ...] = ()
    """Notebooks that were not handed in."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a grader wants to know, in English."""
        tests = [mark for mark in self.marks if mark.verdict is not None]
        shared = sum(not mark.isolated for mark in tests)
        notes = [f"{shared} of {len(tests)} tests ran in the learner's process"] if shared else []
        forged = ", ".join(mark.cell for mark in tests if mark.error_name == "Tampered")
        notes += [f"something changes how cells run or compare; no points for {forged}"] if forged else []
        unsure = [mark.cell for mark in tests if mark.needs_person]
        notes += [f"a person must look at {', '.join(unsure)}"] if unsure else []
        notes += [f"{name}: not handed in" for name in self.missing]
        notes += [f"{name}: {repair.text.en}" for name, repair in self.repairs]
        for name, refusal in self.refusals:
            notes.append(f"{name}: {explain(refusal.reason)[1].en} {refusal.detail}".rstrip())
        return tuple(notes)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "trainee": self.learner,
            "status": self.status.value,
            "score": self.score,
            "max_score": self.max_score,
            "needs_person": self.needs_person or bool(self.refusals),
            "cells": [mark.as_dict() for mark in self.marks],
            "not_isolated": [m.cell for m in self.marks if m.verdict is not None and not m.isolated],
            "refusals": {name: refusal.reason.value for name, refusal in self.refusals},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class ForeignReport:
    """What grading an assignment of an nbgrader course did, or would do."""

    assignment: str
    items: tuple[ForeignItem, ...]
    notes: tuple[str, ...]
    """About the assignment itself: tests that are broken or not isolated."""
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        items = [item.as_dict() for item in self.items]
        head = {"assignment": self.assignment, "dry_run": self.dry_run}
        return {**head, "notes": list(self.notes), "items": items}
