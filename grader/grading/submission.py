"""A collected submission, made ready to run.

Knows where submissions lie and the steps from a file to a job; must not know outcomes, scores or the
gradebook. Whatever a notebook does to us ends here, as an item with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from grader.errors import GraderError
from grader.grading.batch import Batch
from grader.grading.door import Opened, open_notebook
from grader.grading.grade_report import GradeItem, GradeStatus
from grader.grading.inbox import TIMESTAMP
from grader.grading.layout import read_json
from grader.grading.prepare import prepare_job
from grader.grading.reasons import Refusal, Repair, RepairKind, our_fault
from grader.grading.repair import Repaired, repair
from grader.grading.repair_diff import diff_repair
from grader.grading.submissions_in import read_stamp
from grader.model.work import GradingJob, Trainee


@dataclass(frozen=True)
class Prepared:
    """A submission ready to run."""

    trainee: Trainee
    cells: Sequence[dict[str, Any]]
    """As handed in."""
    sha256: str
    """Digest of the file."""
    received_at: datetime
    file: str
    repaired: Repaired
    job: GradingJob
    digest: str
    """The job's; computed once, for it covers all its text."""
    state: str
    """Digest of everything the grading depends on."""


def prepare_submission(batch: Batch, trainee: Trainee) -> Prepared | GradeItem:
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
        return _prepare(batch, trainee, opened, repaired)
    except GraderError:
        raise
    except Exception as error:  # the promise: whatever one notebook does to us, the others are graded
        return GradeItem(trainee.id, GradeStatus.QUARANTINED, refusal=our_fault(error))


def diff_prepared(batch: Batch, prepared: Prepared) -> str:
    """Return what was put right, as a diff; empty if nothing was."""
    if not prepared.repaired.repairs:
        return ""
    handed_in = prepared.file, prepared.cells
    return diff_repair(handed_in, prepared.repaired, batch.blueprint)


def _prepare(batch: Batch, trainee: Trainee, opened: Opened, repaired: Repaired) -> Prepared:
    path = batch.course.submitted(trainee.id, batch.name)
    receipt = read_json(batch.course.receipt(batch.name, trainee.id)) or {}
    stamp = read_stamp(path.with_name(TIMESTAMP)) or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    file = str(receipt.get("file") or path.name)
    extra = [Repair(RepairKind.RENAMED, (file,))] if file != path.name else []
    extra += [Repair(RepairKind.UPGRADED)] if opened.upgraded else []
    repaired = replace(repaired, repairs=(*extra, *repaired.repairs))
    job = prepare_job(
        repaired,
        batch.blueprint,
        batch.content.data,
        language=trainee.language,
        limits=batch.limits,
        grader_version=batch.grader_version,
    )
    digest = job.digest
    parts = (digest, opened.sha256, stamp.isoformat(), file, batch.source_digest, batch.texts_digest)
    state = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    cells = opened.notebook["cells"]
    return Prepared(trainee, cells, opened.sha256, stamp, file, repaired, job, digest, state)
