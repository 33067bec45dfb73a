"""Outcomes kept by the digest of their job: the same work is never run twice.

Knows digests and JSON; must not know submissions. An outcome in which something could not be checked
is not kept, so that the next run tries again.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from grader.grading.layout import write_whole
from grader.model.work import Outcome, Verdict


def load_outcome(folder: Path, digest: str) -> Outcome | None:
    """Return the outcome of a job, or None if it is not there or damaged."""
    try:
        outcome = Outcome.model_validate_json(_path(folder, digest).read_bytes())
    except (OSError, ValidationError):
        return None
    return outcome if outcome.job_digest == digest else None


def store_outcome(folder: Path, outcome: Outcome) -> None:
    """Keep an outcome that is final."""
    if all(cell.verdict is not Verdict.COULD_NOT_CHECK for cell in outcome.cells):
        write_whole(_path(folder, outcome.job_digest), outcome.model_dump_json().encode())


def _path(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / f"{digest}.json"
