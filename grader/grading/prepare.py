"""A repaired notebook as a grading job.

Knows nouns and `authoring`'s rule for what runs; must not know files or how jobs run.
"""

from __future__ import annotations

from collections.abc import Mapping

from grader.authoring.jobs import job_from_notebook
from grader.grading.blueprint import Blueprint
from grader.grading.repair import Repaired
from grader.model.work import GradingJob, Limits
from grader.text import Language


def prepare_job(
    repaired: Repaired,
    blueprint: Blueprint,
    files: Mapping[str, bytes],
    *,
    language: Language,
    limits: Limits,
    grader_version: str = "",
) -> GradingJob:
    """Return the job that grades a repaired notebook with the assignment's own data files."""
    return job_from_notebook(
        repaired.notebook,
        blueprint.assignment,
        blueprint.revision,
        files,
        limits=limits,
        language=language,
        grader_version=grader_version,
        isolation=blueprint.isolation,
    )
