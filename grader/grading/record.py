"""What grading remembers of a submission beside the gradebook: verdicts, repairs, what was graded.

Knows the record's JSON; must not know how it came about. Feedback is made from record, graded notebook
and gradebook alone; a damaged record means grading again, never a wrong page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.grading.layout import read_json, write_json
from grader.grading.reasons import Repair, repair_from_dict
from grader.grading.scoring import CellScore, cell_score_from_dict


@dataclass(frozen=True)
class GradedRecord:
    """One graded submission."""

    state: str
    """Digest of everything the grading depended on."""
    submission_sha256: str
    job_digest: str
    file: str
    """Name under which the notebook was handed in."""
    repairs: tuple[Repair, ...]
    untouched: frozenset[str]
    scores: tuple[CellScore, ...]
    verdicts: Mapping[str, str]
    """Verdict of every code cell, tests or not, by cell id."""
    written: Mapping[str, str]
    """Digest of every written answer, to see whether it changed since a person graded it."""


def read_record(path: Path) -> GradedRecord | None:
    """Return a record, or None if there is none that can be used."""
    value = read_json(path)
    if value is None:
        return None
    try:
        return GradedRecord(
            state=value["state"],
            submission_sha256=value["submission_sha256"],
            job_digest=value["job_digest"],
            file=value["file"],
            repairs=tuple(repair_from_dict(item) for item in value["repairs"]),
            untouched=frozenset(value["untouched"]),
            scores=tuple(cell_score_from_dict(item) for item in value["scores"]),
            verdicts=dict(value["verdicts"]),
            written=dict(value["written"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def write_record(path: Path, record: GradedRecord) -> None:
    """Write a record."""
    value: dict[str, Any] = {
        "state": record.state,
        "submission_sha256": record.submission_sha256,
        "job_digest": record.job_digest,
        "file": record.file,
        "repairs": [repair.as_dict() for repair in record.repairs],
        "untouched": sorted(record.untouched),
        "scores": [score.as_dict() for score in record.scores],
        "verdicts": dict(record.verdicts),
        "written": dict(record.written),
    }
    write_json(path, value)
