"""What sites, jobs, cohorts and assignments are called in the reader's language.

Knows the course; must not know pages. An id that the course no longer has stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.model.content import AssignmentContent, Course
from grader.text import Language


@dataclass(frozen=True)
class ProgrammeNames:
    """Id → name, in one language and in the programme's order."""

    sites: Mapping[str, str]
    jobs: Mapping[str, str]
    cohorts: Mapping[str, str]
    assignments: Mapping[str, str]

    def site(self, site_id: str) -> str:
        """Return a site's name."""
        return self.sites.get(site_id, site_id)

    def job(self, job_id: str) -> str:
        """Return what people with this job are called."""
        return self.jobs.get(job_id, job_id)

    def cohort(self, cohort_id: str) -> str:
        """Return a cohort's name."""
        return self.cohorts.get(cohort_id, cohort_id)

    def assignment(self, slug: str) -> str:
        """Return an assignment's code and title, e.g. `E0 안전한 첫 노트북`."""
        return self.assignments.get(slug, slug)


def read_names(course: Course, language: Language) -> ProgrammeNames:
    """Return the names in a language."""
    programme = course.programme
    return ProgrammeNames(
        sites={site.id: site.title[language] for site in programme.sites},
        jobs={role.id: role.title[language] for role in programme.roles},
        cohorts={cohort.id: cohort.title[language] for cohort in programme.cohorts},
        assignments={slug: _title(course, content, language) for slug, content in course.assignments.items()},
    )


def _title(course: Course, content: AssignmentContent, language: Language) -> str:
    code = course.modules[content.assignment.module].module.code
    return f"{code} {content.assignment.title[language]}"
