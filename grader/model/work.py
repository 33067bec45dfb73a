"""Work: who hands in what, how it is graded, and what came out.

Knows values only. Notebooks travel as nbformat-4 dictionaries in canonical JSON text, so that
equal jobs have equal digests.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from grader.model.noun import Noun, Slug, SourceText
from grader.text import Language


class Trainee(Noun):
    """A person on the roster. `id` may be any printable text: Korean letters and spaces included."""

    id: str = Field(min_length=1, max_length=120)
    name: str
    site: Slug
    role: Slug
    language: Language = Language.KO
    email: str = ""


class Limits(Noun):
    """Walls around one run."""

    cell_timeout_s: float = Field(default=10.0, gt=0)
    run_timeout_s: float = Field(default=60.0, gt=0)
    memory_bytes: int = Field(default=1_500_000_000, gt=0)
    processes: int = Field(default=64, gt=0)
    cell_output_bytes: int = Field(default=200_000, gt=0)
    run_output_bytes: int = Field(default=2_000_000, gt=0)
    disk_bytes: int = Field(default=64_000_000, gt=0)


class CodeCell(Noun):
    """One code cell to run."""

    id: str
    """Notebook-unique; the grade id where the cell has one."""
    source: SourceText
    graded: bool = False
    points: float = Field(default=0, ge=0)
    raises: bool = False
    isolated: bool = True
    """Test cells: run in the checker's process. False: in the learner's own, because it must be."""


class AuthorCell(Noun):
    """A code cell as its author wrote it: says whom a name in a test belongs to."""

    id: str
    source: SourceText = ""
    """With the reference answer; empty for test cells, whose place alone matters."""
    locked: bool = False
    """Not a test, and restored before grading: no learner can have written in it."""


class GradingJob(Noun):
    """Everything a run depends on: same job, same outcome, on any machine."""

    assignment: Slug
    revision: int
    cells: tuple[CodeCell, ...]
    author_cells: tuple[AuthorCell, ...] = ()
    """The assignment's own code cells in order; only the checker sees them."""
    files: tuple[tuple[str, str], ...] = ()
    """The author's files beside the notebook: relative path and base64 content."""
    own_files: tuple[tuple[str, str], ...] = ()
    """Files that the learner handed in beside the notebook: only the learner's room has them, where they take
    the place of the author's. Nothing of them may reach the room that decides."""
    limits: Limits = Limits()
    hash_seed: int = 0
    language: Language = Language.KO
    """Language of labels that `medai_lab.t` draws."""
    grader_version: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the job; key of the outcome cache."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Verdict(StrEnum):
    """What happened to a cell."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not-run"
    TIMED_OUT = "timed-out"
    OUT_OF_MEMORY = "out-of-memory"
    KERNEL_DIED = "kernel-died"
    OUTPUT_LIMIT = "output-limit"
    COULD_NOT_CHECK = "could-not-check"
    """Ours or the author's fault: never costs points, always reaches a human."""


class CellResult(Noun):
    """What running one cell gave."""

    id: str
    verdict: Verdict
    outputs: tuple[dict[str, Any], ...] = ()
    """nbformat-4 outputs."""
    error_name: str = ""
    error_message: str = ""
    """First line of the exception; test cells carry the message id here."""
    isolated: bool = True
    """False: this test ran in the learner's process, where a determined learner can forge it."""


class Outcome(Noun):
    """What a run gave, cell by cell, in order."""

    job_digest: str
    cells: tuple[CellResult, ...]


class Submission(Noun):
    """A notebook that a trainee handed in, as found."""

    trainee: str
    assignment: Slug
    received_at: datetime | None = None
    path: str
    """Relative to the course directory."""
