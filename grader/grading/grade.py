"""Grading an assignment: every collected submission to an outcome, its marks and its graded notebook.

Knows the steps and their order; each step is in a module of its own. Runs nothing itself: `run_jobs`
is passed in. One bad submission never stops the others, what is finished is kept, and what did not
change is not graded again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.authoring.build import build_source
from grader.grading.autograded import build_autograded
from grader.grading.blueprint import Blueprint, KeyKind, same_text
from grader.grading.cache import load_outcome, store_outcome
from grader.grading.collect import quarantine, read_stamp, write_stamp
from grader.grading.door import Opened, open_notebook
from grader.grading.grade_report import GradeItem, GradeReport, GradeStatus, item_from_record
from grader.grading.gradebook import Gradebook, open_gradebook
from grader.grading.inbox import TIMESTAMP, Refused
from grader.grading.layout import (
    CourseDirectory,
    only_writer,
    read_json,
    set_aside,
    write_notebook,
    write_whole,
)
from grader.grading.marks import SubmissionMarks
from grader.grading.prepare import prepare_job
from grader.grading.reasons import Reason, Refusal, Repair, RepairKind
from grader.grading.record import GradedRecord, read_record, write_record
from grader.grading.release import load_blueprint, not_released
from grader.grading.repair import Repaired, repair
from grader.grading.scoring import CellScore, score_cells
from grader.grading.tasks import answers_by_test, tasks_by_cell
from grader.grading.verdict_words import explain_score
from grader.model.content import AssignmentContent
from grader.model.work import GradingJob, Limits, Outcome, Trainee, Verdict
from grader.ports import OnDone, RunJobs
from grader.text import Language, LocalText

BLANK = LocalText(ko="답이 비어 있습니다.", en="No answer was written.")


@dataclass(frozen=True)
class _Prepared:
    """A submission ready to run."""

    trainee: Trainee
    opened: Opened
    received_at: datetime
    file: str
    repaired: Repaired
    job: GradingJob
    state: str


@dataclass(frozen=True)
class _Batch:
    """What all submissions of one call share."""

    course: CourseDirectory
    content: AssignmentContent
    blueprint: Blueprint
    limits: Limits
    grader_version: str
    source_digest: str

    @property
    def name(self) -> str:
        """The assignment's id."""
        return self.content.assignment.id


def grade(
    course_dir: Path,
    content: AssignmentContent,
    run_jobs: RunJobs,
    roster: Sequence[Trainee],
    *,
    limits: Limits | None = None,
    students: Collection[str] | None = None,
    grader_version: str = "",
    force: bool = False,
    dry_run: bool = False,
    on_done: OnDone | None = None,
) -> GradeReport:
    """Grade what was collected; return one item per trainee, in roster order.

    `students` limits it to some; `force` grades again what did not change; `grader_version` stands for
    everything an outcome depends on beside the job, such as library versions. Raises UsageError if the
    assignment was not released; errors of `run_jobs` pass through after finished work was saved.
    """
    batch = _open_batch(CourseDirectory(course_dir), content, limits or Limits(), grader_version)
    chosen = [trainee for trainee in roster if students is None or trainee.id in students]
    items: dict[str, GradeItem] = {}

    def done(item: GradeItem) -> None:
        items[item.trainee] = item
        if on_done:
            on_done(item.trainee, item.status)

    lock = nullcontext() if dry_run else only_writer(batch.course)
    with lock, open_gradebook(batch.course.gradebook) as book:
        if not book.has_assignment(batch.name):
            raise not_released(batch.name)
        waiting: list[_Prepared] = []
        for found in _sort_out(batch, book, chosen, force):
            if isinstance(found, GradeItem):
                done(found)
            elif dry_run:
                done(GradeItem(found.trainee.id, GradeStatus.PLANNED, repairs=found.repaired.repairs))
            else:
                waiting.append(found)
        if not dry_run:
            book.enrol(roster)
            _note_refusals(batch, items.values())
            for prepared, outcome in _run(batch, waiting, run_jobs, force):
                done(_finish(batch, book, prepared, outcome))
    is_stale = _is_stale(batch)
    return GradeReport(batch.name, tuple(items[trainee.id] for trainee in chosen), is_stale, dry_run)


def _sort_out(
    batch: _Batch, book: Gradebook, trainees: Sequence[Trainee], force: bool
) -> Iterator[_Prepared | GradeItem]:
    """Yield submissions ready to run, and items for all that need no run."""
    marks = book.read_marks(batch.name)
    for trainee in trainees:
        found = _prepare(batch, trainee)
        if isinstance(found, _Prepared) and not force and _is_unchanged(batch, found, marks.get(trainee.id)):
            yield item_from_record(trainee.id, GradeStatus.UNCHANGED, _record(batch, found))
        else:
            yield found


def _note_refusals(batch: _Batch, items: Iterable[GradeItem]) -> None:
    for item in items:
        if item.refusal:
            _quarantine(batch, item.trainee, item.refusal)


def _open_batch(
    course: CourseDirectory, content: AssignmentContent, limits: Limits, grader_version: str
) -> _Batch:
    name = content.assignment.id
    blueprint = load_blueprint(course, name)
    digest = hashlib.sha256(course.source(name).read_bytes() + course.release(name).read_bytes()).hexdigest()
    return _Batch(course, content, blueprint, limits, grader_version, digest)


def _is_stale(batch: _Batch) -> bool:
    source = build_source(batch.content.sheet, batch.content.assignment)
    return source != read_json(batch.course.source(batch.name))


def _prepare(batch: _Batch, trainee: Trainee) -> _Prepared | GradeItem:
    """Return the submission ready to run, or the item that says why it is not."""
    path = batch.course.submitted(trainee.id, batch.name)
    if not path.is_symlink() and not path.exists():
        waits = (batch.course.quarantine(batch.name, trainee.id) / "reason.json").is_file()
        return GradeItem(trainee.id, GradeStatus.QUARANTINED if waits else GradeStatus.MISSING)
    opened = open_notebook(path)
    if isinstance(opened, Refusal):
        return GradeItem(trainee.id, GradeStatus.QUARANTINED, refusal=opened)
    try:
        repaired = repair(opened.notebook, batch.blueprint)
        if isinstance(repaired, Refusal):
            return GradeItem(trainee.id, GradeStatus.QUARANTINED, refusal=repaired)
        return _prepared(batch, trainee, opened, repaired)
    except Exception as error:  # the promise: whatever one notebook does to us, the others are graded
        fault = Refusal(Reason.OUR_FAULT, f"{type(error).__name__}: {error}"[:500])
        return GradeItem(trainee.id, GradeStatus.QUARANTINED, refusal=fault)


def _prepared(batch: _Batch, trainee: Trainee, opened: Opened, repaired: Repaired) -> _Prepared:
    path = batch.course.submitted(trainee.id, batch.name)
    receipt = read_json(batch.course.receipt(batch.name, trainee.id)) or {}
    stamp = read_stamp(path.with_name(TIMESTAMP)) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    file = str(receipt.get("file") or path.name)
    extra = [Repair(RepairKind.RENAMED, (file,))] if file != path.name else []
    extra += [Repair(RepairKind.UPGRADED)] if opened.upgraded else []
    repaired = Repaired(repaired.notebook, (*extra, *repaired.repairs), repaired.untouched, repaired.missing)
    job = prepare_job(
        repaired,
        batch.blueprint,
        batch.content.data,
        language=trainee.language,
        limits=batch.limits,
        grader_version=batch.grader_version,
    )
    parts = (job.digest, opened.sha256, stamp.isoformat(), file, batch.source_digest)
    texts = batch.content.assignment.model_dump_json()
    state = hashlib.sha256("\n".join((*parts, texts)).encode()).hexdigest()
    return _Prepared(trainee, opened, stamp, file, repaired, job, state)


def _record(batch: _Batch, prepared: _Prepared) -> GradedRecord | None:
    return read_record(batch.course.record(batch.name, prepared.trainee.id))


def _is_unchanged(batch: _Batch, prepared: _Prepared, marks: SubmissionMarks | None) -> bool:
    """Return whether everything about a submission stands as it would after grading."""
    record = _record(batch, prepared)
    return (
        record is not None
        and record.state == prepared.state
        and marks is not None
        and marks.timestamp == prepared.received_at
        and all(score.grade_id in marks.grades for score in record.scores)
        and not any(score.verdict is Verdict.COULD_NOT_CHECK for score in record.scores)
        and batch.course.autograded(prepared.trainee.id, batch.name).is_file()
    )


def _run(
    batch: _Batch, waiting: Sequence[_Prepared], run_jobs: RunJobs, force: bool
) -> Iterator[tuple[_Prepared, Outcome | None]]:
    """Yield submissions with their outcomes as they come, None if none came; equal jobs run once."""
    by_digest: dict[str, list[_Prepared]] = {}
    for prepared in waiting:
        by_digest.setdefault(prepared.job.digest, []).append(prepared)
    jobs: list[GradingJob] = []
    for digest, group in by_digest.items():
        outcome = None if force else load_outcome(batch.course.outcomes, digest)
        if outcome is None:
            jobs.append(group[0].job)
            continue
        for prepared in group:
            yield prepared, outcome
    waiting_for = {job.digest: by_digest[job.digest] for job in jobs}
    for outcome in run_jobs(jobs) if jobs else ():
        store_outcome(batch.course.outcomes, outcome)
        for prepared in waiting_for.pop(outcome.job_digest, []):
            yield prepared, outcome
    for group in waiting_for.values():
        for prepared in group:
            yield prepared, None


@dataclass(frozen=True)
class _Results:
    """What a graded submission leaves behind."""

    notebook: dict[str, Any]
    record: GradedRecord
    comments: dict[str, str]
    changed: frozenset[str]
    """Written answers that differ from those graded before."""


def _finish(batch: _Batch, book: Gradebook, prepared: _Prepared, outcome: Outcome | None) -> GradeItem:
    """Save everything about one graded submission; the record last, so that a crash means again."""
    course, trainee = batch.course, prepared.trainee.id
    if outcome is None:
        return GradeItem(trainee, GradeStatus.UNFINISHED)
    try:
        results = _results(batch, prepared, outcome)
        graded = course.autograded(trainee, batch.name)
        write_notebook(graded, results.notebook)
        write_whole(graded.with_name(TIMESTAMP), write_stamp(prepared.received_at))
    except Exception as error:  # as above: one submission's trouble stays its own
        fault = Refusal(Reason.OUR_FAULT, f"{type(error).__name__}: {error}"[:500])
        _quarantine(batch, trainee, fault)
        return GradeItem(trainee, GradeStatus.QUARANTINED, refusal=fault)
    scores = results.record.scores
    book.write_submission(
        trainee, batch.name, prepared.received_at, scores, results.comments, results.changed
    )
    write_record(course.record(batch.name, trainee), results.record)
    _release_from_quarantine(batch, trainee)
    return item_from_record(trainee, GradeStatus.GRADED, results.record)


def _results(batch: _Batch, prepared: _Prepared, outcome: Outcome) -> _Results:
    messages = {message.id: message.text for message in batch.content.assignment.messages}
    repaired = prepared.repaired
    scores = score_cells(batch.blueprint, repaired, outcome, messages)
    old = _record(batch, prepared)
    written = _written(batch.blueprint, repaired)
    record = GradedRecord(
        state=prepared.state,
        submission_sha256=prepared.opened.sha256,
        job_digest=prepared.job.digest,
        file=prepared.file,
        repairs=repaired.repairs,
        untouched=repaired.untouched,
        scores=scores,
        verdicts={result.id: result.verdict.value for result in outcome.cells},
        written=written,
    )
    return _Results(
        notebook=build_autograded(repaired, outcome),
        record=record,
        comments=_comments(batch, repaired, scores, prepared.trainee.language),
        changed=frozenset(k for k, text in written.items() if old is None or old.written.get(k) != text),
    )


def _written(blueprint: Blueprint, repaired: Repaired) -> dict[str, str]:
    manual = {key.grade_id for key in blueprint.keys if key.kind is KeyKind.MANUAL}
    return {
        cell["id"]: hashlib.sha256(same_text(cell["source"]).encode()).hexdigest()[:16]
        for cell in repaired.notebook["cells"]
        if cell["id"] in manual
    }


def _comments(
    batch: _Batch, repaired: Repaired, scores: Sequence[CellScore], language: Language
) -> dict[str, str]:
    """Return answer cell → what its failed tests say, as formgrader shows it beside the answer."""
    messages = {message.id: message.text for message in batch.content.assignment.messages}
    places = answers_by_test(batch.blueprint, tasks_by_cell(batch.content))
    lines: dict[str, list[str]] = {grade_id: [BLANK[language]] for grade_id in sorted(repaired.untouched)}
    for score in scores:
        text = explain_score(score, messages)
        place = places.get(score.grade_id)
        if text is None or place is None or place in repaired.untouched:
            continue
        line = f"• {text[language]}"
        if line not in lines.setdefault(place, []):
            lines[place].append(line)
    return {place: "\n".join(parts) for place, parts in lines.items()}


def _quarantine(batch: _Batch, trainee: str, refusal: Refusal) -> None:
    """Note why a collected submission is not graded; the file stays in `submitted/`."""
    path = batch.course.submitted(trainee, batch.name)
    at = read_stamp(path.with_name(TIMESTAMP)) or datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    quarantine(batch.course, batch.name, trainee, Refused(path.name, refusal, None, at), stage="grade")


def _release_from_quarantine(batch: _Batch, trainee: str) -> None:
    """Take back what an earlier `grade` noted; what `collect` refused stays for the trainee to see."""
    folder = batch.course.quarantine(batch.name, trainee)
    if (read_json(folder / "reason.json") or {}).get("stage") == "grade":
        set_aside(folder, batch.course.attempts(batch.name, trainee))
