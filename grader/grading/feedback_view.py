"""What a feedback page shows, decided before any HTML: plain values in the trainee's language.

Knows marks, records, graded notebooks and words; must not know HTML or files. Of test cells only the
verdict, the points and the author's message get here: never source, output or what an exception said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.export import take_off
from grader.grading.blueprint import Blueprint, KeyCell, KeyKind
from grader.grading.feedback_shape import (
    CheckView,
    CodeView,
    OutputView,
    PageView,
    RubricView,
    TaskView,
    WrittenView,
)
from grader.grading.feedback_words import (
    STANDINGS,
    TIERS,
    WORDS,
    write_duration,
    write_points,
    write_time,
)
from grader.grading.fresh_outputs import cells_after_hidden_tests, shown_outputs
from grader.grading.marks import (
    GradeMark,
    Marks,
    SubmissionMarks,
    current_marks,
    failed_gates,
    judge_pass,
    percent,
)
from grader.grading.outputs import clean_outputs, plain_text
from grader.grading.reasons import Reason, RepairKind, explain
from grader.grading.record import GradedRecord
from grader.grading.repair import OWN
from grader.grading.scoring import CellScore
from grader.grading.verdict_words import VERDICTS, explain_cell, explain_error, explain_score
from grader.model.assignment import Assignment, Rubric, Task, Tier
from grader.model.work import Trainee, Verdict
from grader.text import Language

MAX_SOURCE_CHARACTERS = 8_000
MAX_OUTPUT_CHARACTERS = 4_000
PICTURE_BUDGET = 400_000
"""Characters of base64 on one page."""


@dataclass(frozen=True)
class FeedbackInput:
    """Everything one page is made from."""

    assignment: Assignment
    blueprint: Blueprint
    tasks: Mapping[str, str]
    """Cell id → task id."""
    trainee: Trainee
    marks: SubmissionMarks
    record: GradedRecord
    notebook: Mapping[str, Any]
    """The graded notebook with cleaned outputs."""
    handed_in_at: datetime
    """In the time zone of the course."""
    newer_refused: Reason | None = None
    """A file handed in later could not be taken."""


def local_words(language: Language) -> dict[str, str]:
    """Return the page's own words in one language."""
    return {name: text[language] for name, text in WORDS.items()}


class _Page:
    """Collects one page's views."""

    def __init__(self, given: FeedbackInput) -> None:
        self.given = given
        self.language = given.trainee.language
        self.words = local_words(self.language)
        self.hidden = given.blueprint.hidden_lines
        self.messages = {message.id: message.text for message in given.assignment.messages}
        self.scores = {score.grade_id: score for score in given.record.scores}
        self.cells = {cell["id"]: cell for cell in given.notebook["cells"]}
        self.pictures_left = PICTURE_BUDGET
        numbers = cells_after_hidden_tests(given.notebook, given.blueprint)
        self.after_hidden = {given.notebook["cells"][number]["id"] for number in numbers}

    def build(self) -> PageView:
        given, language = self.given, self.language
        marks = current_marks(given.blueprint, given.marks.grades, given.assignment.gates)
        standing = judge_pass(marks, given.assignment.pass_percent)
        return PageView(
            language=language,
            title=given.assignment.title[language],
            trainee=f"{given.trainee.name} ({given.trainee.id})",
            handed_in=write_time(given.handed_in_at, language),
            due=write_time(given.marks.due.astimezone(given.handed_in_at.tzinfo), language)
            if given.marks.due
            else "",
            late=self._late(),
            newer_refused=explain(given.newer_refused)[0][language] if given.newer_refused else "",
            standing=STANDINGS[standing][0][language],
            standing_text=STANDINGS[standing][1][language],
            standing_kind=standing.value,
            total=self._points(marks, given.marks.penalty or 0.0) + self._so_far(marks),
            automatic=self._share([mark for mark in marks if not mark.is_manual]),
            written=self._written_total([mark for mark in marks if mark.is_manual]),
            pass_rule=self._pass_rule(),
            gates_failed=self._gates_failed(marks),
            tasks=tuple(self._tasks()),
            repairs=tuple(self._repairs()),
            others=tuple(self._others()),
            words=self.words,
        )

    def _pass_rule(self) -> str:
        rule = self.words["pass_rule"].format(percent=self.given.assignment.pass_percent)
        return f"{rule} {self.words['gate_rule']}" if self.given.assignment.gates else rule

    def _gates_failed(self, marks: Sequence[Marks]) -> str:
        failed = failed_gates(marks)
        return self.words["gates_failed"].format(n=failed) if failed else ""

    def _late(self) -> str:
        """Return how late it is, and what that costs."""
        late_s, penalty = self.given.marks.late_s, self.given.marks.penalty
        told = []
        if late_s:
            told.append(self.words["late"].format(duration=write_duration(late_s, self.language)))
        if penalty:
            told.append(self.words["late_costs"].format(points=write_points(penalty)))
        elif late_s:
            told.append(self.words["late_free"])
        return " ".join(told)

    def _points(self, marks: Sequence[Marks], penalty: float = 0.0) -> str:
        score, top = sum(mark.score for mark in marks), sum(mark.max_score for mark in marks)
        return self._with_unit(write_points(take_off(score, penalty)), top)

    def _with_unit(self, score: str, top: float) -> str:
        return f"{score} / {write_points(top)} {self.words['point' if top == 1 else 'points']}"

    def _so_far(self, marks: Sequence[Marks]) -> str:
        return "" if all(mark.is_settled for mark in marks) else f" ({self.words['so_far']})"

    def _share(self, marks: Sequence[Marks]) -> str:
        score, top = sum(mark.score for mark in marks), sum(mark.max_score for mark in marks)
        return f"{self._points(marks)} ({percent(score, top):.0f} %)" if marks else ""

    def _written_total(self, marks: Sequence[Marks]) -> str:
        if marks and not all(mark.is_settled for mark in marks):
            return self.words["waiting"]
        return self._points(marks) if marks else ""

    # Tasks

    def _tasks(self) -> list[TaskView]:
        given = self.given
        by_task: dict[str, list[KeyCell]] = {task.id: [] for task in given.assignment.tasks}
        for key in given.blueprint.keys:
            if key.kind is not KeyKind.FIXED:
                by_task.setdefault(given.tasks.get(key.grade_id, ""), []).append(key)
        known = {task.id: task for task in given.assignment.tasks}
        return [self._task(known.get(task), keys) for task, keys in by_task.items() if keys]

    def _task(self, task: Task | None, keys: Sequence[KeyCell]) -> TaskView:
        marks = self.given.marks
        graded = [key for key in keys if key.grade_id in marks.grades]
        tests = [key for key in graded if key.kind is KeyKind.TEST]
        answers = [key for key in keys if key.kind is KeyKind.ANSWER]
        top = sum(key.points for key in graded)
        score = sum(marks.grades[key.grade_id].score for key in graded)
        open_only = all(marks.grades[key.grade_id].needs_person for key in graded)
        shown = "–" if open_only and not score else write_points(score)
        blank = self._is_blank(answers, tests)
        stopped = any(self._has_stopped(key.grade_id) for key in answers)
        return TaskView(
            id=task.id if task else "other",
            title=task.title[self.language] if task else self.words["other_task"],
            tier=self._tier(task, keys),
            score=f"{shown} / {write_points(top)}",
            points=self._with_unit(shown, top),
            state=self.words["state_blank"] if blank else self._state(graded, score, top),
            blank=self._blank_words(task) if blank else "",
            answers=()
            if blank
            else tuple(
                self._code(self.cells[key.grade_id], key) for key in answers if key.grade_id in self.cells
            ),
            checks=()
            if blank
            else tuple(self._check(number, key, stopped) for number, key in enumerate(tests, start=1)),
            written=tuple(self._written(key) for key in graded if key.kind is KeyKind.MANUAL),
            comments=tuple(marks.comments[key.grade_id] for key in answers if key.grade_id in marks.comments),
        )

    def _tier(self, task: Task | None, keys: Sequence[KeyCell]) -> str:
        """A memo is neither run nor filled in: a task of written answers alone is called so."""
        if all(key.kind is KeyKind.MANUAL for key in keys):
            return self.words["written"]
        return TIERS[task.tier][self.language] if task else ""

    def _is_blank(self, answers: Sequence[KeyCell], tests: Sequence[KeyCell]) -> bool:
        """Whether nobody touched the answers and nobody, program or person, gave or may give points."""
        marks = [self.given.marks.grades[key.grade_id] for key in tests]
        return (
            bool(answers and marks)
            and all(key.grade_id in self.given.record.untouched for key in answers)
            and not any(mark.score or mark.needs_person or mark.manual_score is not None for mark in marks)
        )

    def _blank_words(self, task: Task | None) -> str:
        return self.words["blank_write_task" if task and task.tier is Tier.WRITE else "blank_task"]

    def _has_stopped(self, cell_id: str) -> bool:
        return self._verdict(cell_id) is Verdict.FAILED and cell_id not in self.given.record.untouched

    def _verdict(self, cell_id: str) -> Verdict:
        return Verdict(self.given.record.verdicts.get(cell_id, Verdict.PASSED))

    def _state(self, graded: Sequence[KeyCell], score: float, top: float) -> str:
        marks = [self.given.marks.grades[key.grade_id] for key in graded]
        if any(mark.needs_person for mark in marks):
            return self.words["state_waiting"]
        if graded and all(key.kind is KeyKind.MANUAL for key in graded):
            judged = any(mark.manual_score is not None for mark in marks)
            return self.words["state_graded" if judged else "state_blank"]
        return self.words["state_full" if score >= top else "state_part" if score > 0 else "state_none"]

    def _check(self, number: int, key: KeyCell, answer_stopped: bool) -> CheckView:
        score, mark = self.scores.get(key.grade_id), self.given.marks.grades[key.grade_id]
        verdict = (score.verdict if score else None) or Verdict.COULD_NOT_CHECK
        text = explain_score(score, self.messages) if score else VERDICTS[verdict][1]
        told = text[self.language] if text else ""
        if answer_stopped and score and score.error_name == "NameError" and not score.message_id:
            # What the test met is the consequence; the cause is explained beside the answer.
            told = self.words["answer_stopped"]
        points = "–" if mark.needs_person else write_points(mark.score)
        return CheckView(
            title=self.words["check"].format(number=number),
            verdict=VERDICTS[verdict][0][self.language],
            kind="open" if mark.needs_person else "right" if verdict is Verdict.PASSED else "wrong",
            points=self._with_unit(points, key.points),
            text=told,
            note=self._note(mark, score),
        )

    def _note(self, mark: GradeMark, score: CellScore | None) -> str:
        automatic = score.auto_score if score else None
        return (
            self.words["adjusted"] if mark.manual_score is not None and mark.manual_score != automatic else ""
        )

    def _written(self, key: KeyCell) -> WrittenView:
        mark = self.given.marks.grades[key.grade_id]
        source = str(self.cells.get(key.grade_id, {}).get("source", ""))
        blank = key.grade_id in self.given.record.untouched
        state = self.words["state_graded"]
        if mark.needs_person:
            state = self.words["waiting"]
        elif mark.manual_score is None:
            state = self.words["blank_written"]
        return WrittenView(
            points="" if mark.needs_person else self._with_unit(write_points(mark.score), key.points),
            state=state,
            text="" if blank else plain_text(source, MAX_SOURCE_CHARACTERS),
            is_shortened=len(source) > MAX_SOURCE_CHARACTERS,
            comment=self.given.marks.comments.get(key.grade_id, ""),
            rubric=tuple(self._rubric(key.grade_id)),
        )

    def _rubric(self, grade_id: str) -> list[RubricView]:
        rubrics: list[Rubric] = [
            rubric for rubric in self.given.assignment.rubrics if rubric.cell == grade_id
        ]
        return [
            RubricView(
                criterion.title[self.language],
                tuple(level.text[self.language] for level in criterion.levels),
            )
            for rubric in rubrics
            for criterion in rubric.criteria
        ]

    # Repairs and the trainee's own cells

    def _repairs(self) -> list[tuple[str, str]]:
        rows = []
        for repair in self.given.record.repairs:
            label = self.words["file" if repair.kind is RepairKind.RENAMED else "cells"]
            about = f"{label}: {', '.join(repair.cells)}" if repair.cells else ""
            rows.append((repair.text[self.language], plain_text(about, 500)))
        return rows

    def _others(self) -> list[CodeView]:
        return [
            self._code(cell, None)
            for cell in self.given.notebook["cells"]
            if str(cell["id"]).startswith(OWN) and cell["cell_type"] != "raw" and cell["source"].strip()
        ]

    def _code(self, cell: Mapping[str, Any], key: KeyCell | None) -> CodeView:
        source = str(cell["source"])
        verdict = self._verdict(cell["id"])
        is_blank = key is not None and key.grade_id in self.given.record.untouched
        note = self.words["blank_answer"] if is_blank else ""
        if verdict not in (Verdict.PASSED, Verdict.FAILED):
            note = explain_cell(verdict)[self.language]
        outputs = () if is_blank else tuple(self._shown(cell))
        return CodeView(
            source=plain_text(source, MAX_SOURCE_CHARACTERS),
            is_shortened=len(source) > MAX_SOURCE_CHARACTERS,
            note=note,
            outputs=outputs,
            is_prose=cell["cell_type"] == "markdown",
        )

    def _shown(self, cell: Mapping[str, Any]) -> list[OutputView]:
        outputs, withheld = shown_outputs(cell, cell["id"] in self.after_hidden)
        return self._outputs(outputs) + ([OutputView(text=self.words["withheld"])] if withheld else [])

    def _outputs(self, outputs: Sequence[Mapping[str, Any]]) -> list[OutputView]:
        views: list[OutputView] = []
        for output in clean_outputs(outputs, self.hidden):
            if output["output_type"] == "stream":
                views.append(OutputView(text=plain_text(output["text"], MAX_OUTPUT_CHARACTERS)))
            elif output["output_type"] == "error":
                views.append(self._error(output))
            else:
                views.append(self._display(output["data"]))
        return [view for view in views if view != OutputView()]

    def _error(self, output: Mapping[str, Any]) -> OutputView:
        if output["ename"] == "Stopped":
            return OutputView()
        head = f"{output['ename']}: {output['evalue']}" if output["evalue"] else str(output["ename"])
        trace = plain_text("\n".join(output["traceback"]), MAX_OUTPUT_CHARACTERS).strip()
        means = explain_error(str(output["ename"]))[self.language]
        return OutputView(error=head[:500], error_means=means, trace=trace)

    def _display(self, data: Mapping[str, str]) -> OutputView:
        picture = data.get("image/png", "")
        if picture:
            if len(picture) > self.pictures_left:
                return OutputView(text=self.words["pictures_left_out"])
            self.pictures_left -= len(picture)
            return OutputView(picture=picture)
        if data.get("text/html"):
            return OutputView(html=data["text/html"])
        return OutputView(text=plain_text(data.get("text/plain", ""), MAX_OUTPUT_CHARACTERS))


def build_page(given: FeedbackInput) -> PageView:
    """Return what a trainee's page shows."""
    return _Page(given).build()
