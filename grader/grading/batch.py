"""What all submissions of one run share.

Knows the released assignment and the limits of a run; must not know any submission.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from grader.authoring.build import build_source
from grader.authoring.notebook import notebook_bytes
from grader.grading.blueprint import Blueprint
from grader.grading.layout import CourseDirectory
from grader.grading.release import blueprint_of, released_notebooks
from grader.grading.tasks import answers_by_test, tasks_by_cell
from grader.model.content import AssignmentContent
from grader.model.work import Limits
from grader.text import LocalText


@dataclass(frozen=True)
class Batch:
    """One assignment about to be graded."""

    course: CourseDirectory
    content: AssignmentContent
    blueprint: Blueprint
    source: Mapping[str, Any]
    """The instructor's notebook, reference answers in."""
    limits: Limits = field(default_factory=Limits)
    grader_version: str = ""
    source_digest: str = ""
    """Digest of the instructor's notebook and its release: a new release grades everyone again."""

    @property
    def name(self) -> str:
        """The assignment's id."""
        return self.content.assignment.id

    @cached_property
    def messages(self) -> dict[str, LocalText]:
        """Message id → what a trainee reads."""
        return {message.id: message.text for message in self.content.assignment.messages}

    @cached_property
    def texts_digest(self) -> str:
        """Digest of what the assignment says beside its notebook."""
        return hashlib.sha256(self.content.assignment.model_dump_json().encode()).hexdigest()

    @cached_property
    def answer_places(self) -> dict[str, str]:
        """Test cell → the answer cell that its messages belong beside."""
        return answers_by_test(self.blueprint, tasks_by_cell(self.content))


def open_batch(
    course: CourseDirectory,
    content: AssignmentContent,
    limits: Limits | None = None,
    grader_version: str = "",
) -> Batch:
    """Return the batch of an assignment as it was released; raise UsageError if it was not."""
    notebooks = released_notebooks(course, content.assignment.id)
    blueprint = blueprint_of(course, content.assignment.id, notebooks)
    return make_batch(course, content, blueprint, notebooks, limits, grader_version)


def make_batch(
    course: CourseDirectory,
    content: AssignmentContent,
    blueprint: Blueprint,
    notebooks: tuple[dict[str, Any], dict[str, Any]],
    limits: Limits | None = None,
    grader_version: str = "",
) -> Batch:
    """Return the batch of an assignment with these notebooks: the instructor's and its release."""
    digest = hashlib.sha256(b"".join(map(notebook_bytes, notebooks))).hexdigest()
    return Batch(course, content, blueprint, notebooks[0], limits or Limits(), grader_version, digest)


def is_stale(batch: Batch) -> bool:
    """Return whether the sheet no longer gives the notebook that was released."""
    source = build_source(batch.content.sheet, batch.content.assignment)
    return notebook_bytes(source) != notebook_bytes(released_notebooks(batch.course, batch.name)[0])
