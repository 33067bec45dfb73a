"""Which cells belong to one task of an assignment.

Knows sheets and blueprints; must not know scores. The sheet says it; for cells that it does not place,
the answer before a test is what the test is about.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.grading.blueprint import Blueprint, KeyKind
from grader.model.content import AssignmentContent


def tasks_by_cell(content: AssignmentContent) -> dict[str, str]:
    """Return cell id → task id for the cells that name a task."""
    return {cell.id: cell.task for cell in content.sheet.cells if cell.task}


def answers_by_test(blueprint: Blueprint, tasks: Mapping[str, str]) -> dict[str, str]:
    """Return test cell → the answer cell that its messages belong beside."""
    found: dict[str, str] = {}
    answers = [key for key in blueprint.keys if key.kind is KeyKind.ANSWER]
    for test in blueprint.keys:
        if test.kind is not KeyKind.TEST:
            continue
        task = tasks.get(test.grade_id)
        same = [key for key in answers if task and tasks.get(key.grade_id) == task] or answers
        before = [key for key in same if key.position < test.position]
        if before or same:
            found[test.grade_id] = (before[-1] if before else same[0]).grade_id
    return found
