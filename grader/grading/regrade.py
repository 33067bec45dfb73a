"""Correcting a test after grading: see what it changes, decide, then regrade and leave a trace.

Knows versions, scores before and after and the order of steps; must not know how jobs run. A person's
marks and comments are never touched, and nobody's score falls without somebody saying that it may.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.authoring.build import build_release, build_source
from grader.authoring.notebook import notebook_bytes
from grader.grading.batch import Batch, make_batch, open_batch
from grader.grading.blueprint import Blueprint, read_blueprint, with_history
from grader.grading.grade import grade_collected
from grader.grading.grade_report import GradeItem, GradeStatus
from grader.grading.gradebook import Gradebook, open_gradebook
from grader.grading.gradebook_read import read_marks
from grader.grading.layout import CourseDirectory, only_writer
from grader.grading.marks import SubmissionMarks
from grader.grading.pool import Pool
from grader.grading.record import GradedRecord, read_record
from grader.grading.reference import Reference
from grader.grading.regrade_compare import compare
from grader.grading.regrade_log import note_end, note_plan
from grader.grading.regrade_report import RegradeItem, RegradeReport, Turn
from grader.grading.release import read_version, released_notebooks, write_release
from grader.grading.scoring import CellScore, score_cells
from grader.grading.submission import Prepared
from grader.grading.versions import keep_version, read_versions, version_digest
from grader.model.assignment import Assignment
from grader.model.content import AssignmentContent
from grader.model.work import Limits, Outcome, Trainee
from grader.ports import OnDone, RunJobs
from grader.text import Language


@dataclass(frozen=True)
class _Correction:
    """The assignment as it was released and as it stands now."""

    old: Blueprint
    old_assignment: Assignment
    batch: Batch
    """Of the corrected assignment."""
    from_version: int
    to_version: int


def regrade(
    course_dir: Path,
    content: AssignmentContent,
    run_jobs: RunJobs,
    roster: Sequence[Trainee],
    *,
    limits: Limits | None = None,
    grader_version: str = "",
    reason: str = "",
    allow_lower: bool = False,
    dry_run: bool = False,
    on_done: OnDone | None = None,
) -> RegradeReport:
    """Grade everything that was collected by the assignment as it stands now.

    A dry run, and a run that would take points or a pass from somebody without `allow_lower`, writes
    nothing but the cache of outcomes. Raises UsageError if the assignment was never released.
    """
    course = CourseDirectory(course_dir)
    correction = _correct(course, content, limits, grader_version)
    if dry_run:
        marks = read_marks(course.gradebook, content.assignment.id)
        return _preview(correction, marks, run_jobs, roster, on_done)
    with only_writer(course), open_gradebook(course.gradebook) as book:
        book.require_writable()
        marks = book.read_marks(content.assignment.id)
        report = replace(_preview(correction, marks, run_jobs, roster, on_done), dry_run=False)
        if report.lost_marks or (report.worse and not allow_lower):
            return replace(report, is_stopped=True)
        _apply(course, book, correction.batch, report, run_jobs, roster, reason, allow_lower)
    return report


def _correct(
    course: CourseDirectory, content: AssignmentContent, limits: Limits | None, grader_version: str
) -> _Correction:
    name = content.assignment.id
    old_source, old_release = released_notebooks(course, name)
    old = read_blueprint(old_source, old_release)
    source = _as_file(build_source(content.sheet, content.assignment))
    release = _as_file(build_release(content.sheet, content.assignment, Language.KO))
    versions = read_versions(course, name)
    last = versions[-1].number if versions else 1
    old_digest = (
        versions[-1].digest if versions else version_digest(old_source, old_release, content.assignment)
    )
    is_same = old_digest == version_digest(source, release, content.assignment)
    earlier = [read_version(version) for version in (versions[:-1] if is_same else versions)] or [old]
    blueprint = with_history(read_blueprint(source, release), earlier)
    return _Correction(
        old=old,
        old_assignment=(versions[-1] if versions else content).assignment,
        batch=make_batch(course, content, blueprint, (source, release), limits, grader_version),
        from_version=last,
        to_version=last if is_same else last + 1,
    )


def _as_file(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook as it will be read back, so that jobs and their digests are the same later."""
    read: dict[str, Any] = json.loads(notebook_bytes(notebook))
    return read


def _preview(
    correction: _Correction,
    marks: dict[str, SubmissionMarks],
    run_jobs: RunJobs,
    roster: Sequence[Trainee],
    on_done: OnDone | None,
) -> RegradeReport:
    batch = correction.batch
    reference = Reference(batch, run_jobs)
    items: dict[str, RegradeItem] = {}

    def done(item: RegradeItem) -> None:
        items[item.trainee] = item
        if on_done:
            on_done(item.trainee, item.turn)

    def wanted(found: Prepared | GradeItem) -> bool:
        if isinstance(found, GradeItem):
            why = found.refusal.reason.value if found.refusal else ""
            status = f"{found.status.value}: {why}" if why else found.status.value
            done(RegradeItem(found.trainee, Turn.NOT_GRADED, status=status))
        return not isinstance(found, GradeItem)

    def finish(prepared: Prepared, outcome: Outcome | None) -> None:
        trainee = prepared.trainee.id
        if outcome is None:
            done(RegradeItem(trainee, Turn.NOT_GRADED, status=GradeStatus.UNFINISHED.value))
            return
        broken = reference.broken_tests(outcome)
        scores = score_cells(batch.blueprint, prepared.repaired, outcome, batch.messages, broken)
        record = read_record(batch.course.record(batch.name, trainee))
        if record and record.submission_sha256 != prepared.sha256:
            record = None  # newer work that was not graded yet: no score of it changes
        done(_compared(correction, trainee, record, marks.get(trainee), scores))

    Pool(batch, run_jobs, wanted, finish).run(roster)
    ordered = tuple(items[trainee.id] for trainee in roster)
    lost = _lost_marks(correction, marks)
    numbers = correction.from_version, correction.to_version
    return RegradeReport(batch.name, *numbers, ordered, dry_run=True, lost_marks=lost)


def _compared(
    correction: _Correction,
    trainee: str,
    record: GradedRecord | None,
    marks: SubmissionMarks | None,
    scores: Sequence[CellScore],
) -> RegradeItem:
    rules = correction.old_assignment, correction.batch.content.assignment
    return compare(trainee, correction.old, correction.batch.blueprint, record, marks, scores, rules)


def _lost_marks(correction: _Correction, marks: dict[str, SubmissionMarks]) -> dict[str, int]:
    """Return removed cells that people gave marks or comments to."""
    kept = {key.grade_id for key in correction.batch.blueprint.keys}
    lost: dict[str, int] = {}
    for one in marks.values():
        judged = {name for name, mark in one.grades.items() if mark.manual_score is not None}
        for name in (judged | set(one.comments)) - kept:
            lost[name] = lost.get(name, 0) + 1
    return lost


def _apply(
    course: CourseDirectory,
    book: Gradebook,
    corrected: Batch,
    report: RegradeReport,
    run_jobs: RunJobs,
    roster: Sequence[Trainee],
    reason: str,
    allow_lower: bool,
) -> None:
    """Release the corrected assignment to grading, grade by it, and note both in the log."""
    content = corrected.content
    if not read_versions(course, corrected.name):
        # Released before versions were kept: what lies there is the first.
        keep_version(course, content.assignment, *released_notebooks(course, corrected.name))
    entry = note_plan(course, report, reason, allow_lower)
    write_release(course, book, content)
    batch = open_batch(course, content, corrected.limits, corrected.grader_version)
    graded: dict[str, GradeItem] = {}
    grade_collected(batch, book, roster, run_jobs, lambda item: graded.update({item.trainee: item}))
    now = book.read_marks(batch.name)
    differing = {
        item.trainee: now[item.trainee].score
        for item in report.items
        if item.after and item.trainee in now and not _is_as_planned(item, now[item.trainee])
    }
    count = sum(item.status is GradeStatus.GRADED for item in graded.values())
    note_end(course, batch.name, entry, count, dict(differing))


def _is_as_planned(item: RegradeItem, marks: SubmissionMarks) -> bool:
    planned = item.after.score if item.after else 0.0
    return abs(marks.score - planned) < 1e-9
