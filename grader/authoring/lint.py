"""Lint: what is wrong with an assignment or a practice sheet before anything is run.

Knows the rules that need more than one cell or file; must not run code or read files. Rules within
one sheet's format (ids, pairs, metadata) are in `sheet`; whether tests test is in `trials`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.authoring.build import build_release
from grader.authoring.leaks import find_leaks, list_secrets
from grader.authoring.lint_cells import lint_cell
from grader.authoring.lint_isolation import lint_isolation
from grader.authoring.lint_tests import lint_tests
from grader.authoring.syntax import find_syntax_fault
from grader.errors import Problem
from grader.model.assignment import Assignment, Cell, CellRole, Sheet, Tier, WrongAnswer
from grader.model.content import AssignmentContent
from grader.text import Language

LEAST_WRONG_ANSWERS = 3
_GRADED = frozenset({CellRole.TEST, CellRole.MANUAL})
_OF_A_TASK = _GRADED | {CellRole.ANSWER}


@dataclass(frozen=True)
class Paths:
    """Where an assignment's files lie, relative to the course root."""

    folder: str

    @property
    def sheet(self) -> str:
        """The sheet."""
        return f"{self.folder}/sheet.md"

    @property
    def assignment(self) -> str:
        """Tasks, messages and rubrics."""
        return f"{self.folder}/assignment.yml"

    def wrong(self, name: str) -> str:
        """A catalogued wrong answer."""
        return f"{self.folder}/wrong/{name}.yml"


def lint_assignment(content: AssignmentContent) -> list[Problem]:
    """Return everything wrong with an assignment, releases that show an answer included.

    `content.path` is the assignment's folder relative to the course root. The sheet must have been
    read without problems.
    """
    paths = Paths(content.path)
    sheet, assignment = content.sheet, content.assignment
    problems = [problem for cell in sheet.cells for problem in lint_cell(cell, paths.sheet)]
    problems += lint_tests(sheet, assignment, paths.sheet, paths.assignment)
    problems += lint_isolation(sheet, assignment, paths.sheet)
    problems += _lint_tasks(sheet, assignment, paths)
    problems += _lint_points(sheet, paths)
    problems += _lint_gates(sheet, assignment, paths)
    problems += _lint_rubrics(sheet, assignment, paths)
    problems += _lint_wrong_answers(content, paths)
    secrets = list_secrets(sheet)
    for language in Language:
        problems += find_leaks(sheet, build_release(sheet, assignment, language), paths.sheet, secrets)
    return sorted(set(problems))


def lint_practice(sheet: Sheet, path: str) -> list[Problem]:
    """Return everything wrong with a practice sheet: it has prose and code, and its code parses."""
    problems = [
        Problem(path, cell.line, "practice-role", f"a practice sheet has no {cell.role} cells: `{cell.id}`",
                "make it `code`, or move it to an assignment")
        for cell in sheet.cells
        if cell.role not in (CellRole.PROSE, CellRole.CODE)
    ]  # fmt: skip
    problems += [problem for cell in sheet.cells for problem in lint_cell(cell, path, practice=True)]
    return sorted(set(problems))


def _lint_gates(sheet: Sheet, assignment: Assignment, paths: Paths) -> Iterator[Problem]:
    """A gate stops people from passing, so it must be there, and be asked only of those who did the task."""
    tests = {cell.id: cell for cell in sheet.cells if cell.role is CellRole.TEST}
    tiers = {task.id: task.tier for task in assignment.tasks}
    for gate in assignment.gates:
        for name in (gate.cell, *gate.when):
            if name not in tests:
                yield Problem(paths.assignment, 0, "gate-unknown", f"no test cell is called `{name}`",
                              "name a test cell of the sheet, or remove it from `gates`")  # fmt: skip
        task = tests[gate.cell].task if gate.cell in tests else None
        if task is not None and tiers.get(task) is Tier.WRITE and not gate.when:
            yield Problem(paths.assignment, 0, "gate-in-write-task",
                          f"`{gate.cell}` belongs to the write task `{task}`, which nobody has to do",
                          "list in `when` the test cells whose points say that it was done")  # fmt: skip


def _lint_tasks(sheet: Sheet, assignment: Assignment, paths: Paths) -> Iterator[Problem]:
    declared = {task.id for task in assignment.tasks}
    used = {cell.task for cell in sheet.cells}
    for task in sorted(declared - used):
        yield Problem(paths.assignment, 0, "task-unused", f"no cell belongs to task `{task}`",
                      "name it in a cell's `task`, or remove it")  # fmt: skip
    for cell in sheet.cells:
        if cell.task is not None and cell.task not in declared:
            yield Problem(paths.sheet, cell.line, "task-unknown", f"task `{cell.task}` is not declared",
                          "add it to assignment.yml or correct the name")  # fmt: skip
        if cell.task is None and cell.role in _OF_A_TASK:
            yield Problem(paths.sheet, cell.line, "task-missing", f"`{cell.id}` belongs to no task",
                          "add `task`: feedback lists scores by task")  # fmt: skip
    yield from _lint_answers_have_tests(sheet, paths)
    for twice in _twice([task.id for task in assignment.tasks]):
        yield Problem(paths.assignment, 0, "task-twice", f"task `{twice}` is declared twice", "remove one")


def _lint_answers_have_tests(sheet: Sheet, paths: Paths) -> Iterator[Problem]:
    for number, cell in enumerate(sheet.cells):
        later = [other for other in sheet.cells[number + 1 :] if other.role is CellRole.TEST]
        if cell.role is CellRole.ANSWER and not any(test.task == cell.task for test in later):
            yield Problem(paths.sheet, cell.line, "answer-untested",
                          f"no later test cell of the same task checks `{cell.id}`",
                          "add a test cell behind it, or correct its `task`")  # fmt: skip


def _lint_points(sheet: Sheet, paths: Paths) -> Iterator[Problem]:
    graded = [cell for cell in sheet.cells if cell.role in _GRADED]
    for cell in graded:
        if cell.points == 0:
            yield Problem(paths.sheet, cell.line, "points-missing", f"`{cell.id}` gives no points",
                          "add `points`, at least 1")  # fmt: skip
    if not any(cell.points for cell in graded):
        yield Problem(paths.sheet, 0, "points-none", "the assignment gives no points at all",
                      "add a test or manual cell with points")  # fmt: skip


def _lint_rubrics(sheet: Sheet, assignment: Assignment, paths: Paths) -> Iterator[Problem]:
    manual = {cell.id: cell for cell in sheet.cells if cell.role is CellRole.MANUAL}
    rubrics = [rubric.cell for rubric in assignment.rubrics]
    for name in sorted(manual.keys() - set(rubrics)):
        yield Problem(paths.sheet, manual[name].line, "rubric-missing", f"`{name}` has no rubric",
                      "add one to `rubrics` in assignment.yml")  # fmt: skip
    for name in rubrics:
        if name not in manual:
            yield Problem(paths.assignment, 0, "rubric-unknown-cell",
                          f"a rubric names `{name}`, which is no manual cell",
                          "correct its `cell`")  # fmt: skip
    for twice in _twice(rubrics):
        yield Problem(paths.assignment, 0, "rubric-twice", f"`{twice}` has two rubrics", "remove one")
    for rubric in assignment.rubrics:
        if not rubric.samples:
            yield Problem(paths.assignment, 0, "rubric-without-samples",
                          f"the rubric of `{rubric.cell}` has no sample answers",
                          "add `samples` with their level and why they have it")  # fmt: skip


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _lint_wrong_answers(content: AssignmentContent, paths: Paths) -> Iterator[Problem]:
    has_answers = any(cell.role is CellRole.ANSWER for cell in content.sheet.cells)
    if has_answers and len(content.wrong) < LEAST_WRONG_ANSWERS:
        yield Problem(paths.assignment, 0, "wrong-too-few",
                      f"wrong/ holds {len(content.wrong)} wrong answers, fewer than {LEAST_WRONG_ANSWERS}",
                      "write down what people really get wrong, one file each")  # fmt: skip
    cells = {cell.id: cell for cell in content.sheet.cells}
    messages = {message.id for message in content.assignment.messages}
    for name, wrong in sorted(content.wrong.items()):
        yield from _lint_wrong_answer(wrong, cells, messages, paths.wrong(name))


def _lint_wrong_answer(
    wrong: WrongAnswer, cells: dict[str, Cell], messages: set[str], path: str
) -> Iterator[Problem]:
    def names(role: CellRole) -> set[str]:
        return {cell.id for cell in cells.values() if cell.role is role}

    for kind, given, known in (
        ("answer cell", set(wrong.answers), names(CellRole.ANSWER)),
        ("test cell", set(wrong.caught_by), names(CellRole.TEST)),
        ("message", set(wrong.messages), messages),
    ):
        for name in sorted(given - known):
            yield Problem(path, 0, "wrong-unknown-name", f"there is no {kind} `{name}`",
                          f"choose one of: {', '.join(sorted(known)) or 'none yet'}")  # fmt: skip
    for name, code in sorted(wrong.answers.items()):
        fault = find_syntax_fault(code)
        if fault is not None:
            yield Problem(path, 0, "wrong-syntax",
                          f"the code for `{name}` is not Python (its line {fault.line + 1}): {fault.reason}",
                          "a misconception is code that runs and gives wrong results")  # fmt: skip
