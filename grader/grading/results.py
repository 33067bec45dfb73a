"""What a graded submission leaves behind: scores, graded notebook, comments, record; saved so that a
crash at any point means grading it again and never a half result.

Knows where results go and in which order; must not know how jobs run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.errors import GraderError
from grader.grading.autograded import build_autograded
from grader.grading.batch import Batch
from grader.grading.blueprint import Blueprint, KeyKind, same_text
from grader.grading.collect import quarantine
from grader.grading.fresh_outputs import withhold_outputs
from grader.grading.grade_report import GradeItem, GradeStatus, item_from_record
from grader.grading.gradebook import Gradebook
from grader.grading.inbox import TIMESTAMP, Refused
from grader.grading.layout import read_json, set_aside, write_notebook, write_whole
from grader.grading.reasons import Refusal, our_fault
from grader.grading.record import GradedRecord, read_record, write_record
from grader.grading.repair import Repaired
from grader.grading.repair_diff import shorten_diff
from grader.grading.scoring import CellScore, score_cells
from grader.grading.submission import Prepared, diff_prepared
from grader.grading.submissions_in import read_stamp, write_stamp
from grader.grading.verdict_words import explain_score
from grader.model.work import Outcome
from grader.text import Language, LocalText

SHOWN_DIFF_CHARACTERS = 4_000
"""Of a diff in reports; thousands of them must fit into memory."""
BLANK = LocalText(ko="답이 비어 있습니다.", en="No answer was written.")


@dataclass(frozen=True)
class Results:
    """What is saved of a graded submission."""

    notebook: dict[str, Any]
    record: GradedRecord
    comments: Mapping[str, str]
    changed: frozenset[str]
    """Written answers that differ from those graded before."""
    diff: str


def save_outcome(
    batch: Batch,
    book: Gradebook,
    prepared: Prepared,
    outcome: Outcome | None,
    broken: frozenset[str] = frozenset(),
) -> GradeItem:
    """Save everything about one submission and return its item; `broken` as in `score_cells`.

    The record comes last: until it is there, the next run grades the submission again.
    """
    course, trainee = batch.course, prepared.trainee.id
    if outcome is None:
        return GradeItem(trainee, GradeStatus.UNFINISHED)
    try:
        results = make_results(batch, prepared, outcome, broken)
        graded = course.autograded(trainee, batch.name)
        write_notebook(graded, results.notebook)
        write_whole(graded.with_name(TIMESTAMP), write_stamp(prepared.received_at))
    except GraderError:
        raise  # a full disk is nobody's submission
    except Exception as error:  # as when preparing: one submission's trouble stays its own
        fault = our_fault(error)
        note_refusal(batch, trainee, fault)
        return GradeItem(trainee, GradeStatus.QUARANTINED, refusal=fault)
    _save_diff(batch, trainee, results.diff)
    scores = results.record.scores
    book.write_submission(
        trainee, batch.name, prepared.received_at, scores, results.comments, results.changed
    )
    write_record(course.record(batch.name, trainee), results.record)
    _release_from_quarantine(batch, trainee)
    return item_of(batch, trainee, GradeStatus.GRADED, results.record)


def item_of(batch: Batch, trainee: str, status: GradeStatus, record: GradedRecord | None) -> GradeItem:
    """Return the item of a graded submission, with its diff and where that lies."""
    path = batch.course.diff(batch.name, trainee)
    if record is None or not record.repairs or not path.is_file():
        return item_from_record(trainee, status, record)
    diff = shorten_diff(path.read_text("utf-8", "replace"), SHOWN_DIFF_CHARACTERS)
    return item_from_record(trainee, status, record, diff, path.relative_to(batch.course.root).as_posix())


def make_results(
    batch: Batch, prepared: Prepared, outcome: Outcome, broken: frozenset[str] = frozenset()
) -> Results:
    """Return what a submission's outcome means."""
    repaired = prepared.repaired
    scores = score_cells(batch.blueprint, repaired, outcome, batch.messages, broken)
    old = read_record(batch.course.record(batch.name, prepared.trainee.id))
    written = _written(batch.blueprint, repaired)
    record = GradedRecord(
        state=prepared.state,
        submission_sha256=prepared.sha256,
        job_digest=prepared.digest,
        file=prepared.file,
        repairs=repaired.repairs,
        untouched=repaired.untouched,
        scores=scores,
        verdicts={result.id: result.verdict.value for result in outcome.cells},
        written=written,
    )
    notebook = build_autograded(repaired, outcome, scores)
    withhold_outputs(notebook, repaired.origins, prepared.cells, batch.blueprint)
    return Results(
        notebook=notebook,
        record=record,
        comments=_comments(batch, repaired, scores, prepared.trainee.language),
        changed=frozenset(k for k, text in written.items() if old is None or old.written.get(k) != text),
        diff=diff_prepared(batch, prepared),
    )


def _written(blueprint: Blueprint, repaired: Repaired) -> dict[str, str]:
    manual = {key.grade_id for key in blueprint.keys if key.kind is KeyKind.MANUAL}
    return {
        cell["id"]: hashlib.sha256(same_text(cell["source"]).encode()).hexdigest()[:16]
        for cell in repaired.notebook["cells"]
        if cell["id"] in manual
    }


def _comments(
    batch: Batch, repaired: Repaired, scores: Sequence[CellScore], language: Language
) -> dict[str, str]:
    """Return answer cell → what its failed tests say, as formgrader shows it beside the answer."""
    lines: dict[str, list[str]] = {grade_id: [BLANK[language]] for grade_id in sorted(repaired.untouched)}
    for score in scores:
        text = explain_score(score, batch.messages)
        place = batch.answer_places.get(score.grade_id)
        if text is None or place is None or place in repaired.untouched:
            continue
        line = f"• {text[language]}"
        if line not in lines.setdefault(place, []):
            lines[place].append(line)
    return {place: "\n".join(parts) for place, parts in lines.items()}


def _save_diff(batch: Batch, trainee: str, diff: str) -> None:
    path = batch.course.diff(batch.name, trainee)
    if diff:
        write_whole(path, diff.encode())
    else:
        path.unlink(missing_ok=True)


def note_refusal(batch: Batch, trainee: str, refusal: Refusal) -> None:
    """Note why a collected submission is not graded; the file stays in `submitted/`."""
    path = batch.course.submitted(trainee, batch.name)
    at = read_stamp(path.with_name(TIMESTAMP)) or datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    quarantine(batch.course, batch.name, trainee, Refused(path.name, refusal, None, at), stage="grade")


def _release_from_quarantine(batch: Batch, trainee: str) -> None:
    """Take back what an earlier `grade` noted; what `collect` refused stays for the trainee to see."""
    folder = batch.course.quarantine(batch.name, trainee)
    if (read_json(folder / "reason.json") or {}).get("stage") == "grade":
        set_aside(folder, batch.course.attempts(batch.name, trainee))
