"""Releasing an assignment of the course through the portal: files for trainees, gradebook, rules, dates.

Knows where each of them goes, and in which order; must not know forms or pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from enum import StrEnum

from grader.grading.layout import CourseDirectory
from grader.grading.release import load_blueprint
from grader.grading.release import release_assignment as release_for_grading
from grader.model.content import AssignmentContent, Course
from grader.model.course import Cohort
from grader.portal.context import Portal
from grader.store.audit import about_assignment, record
from grader.store.releases import (
    Extension,
    Release,
    ReleaseRules,
    Scope,
    find_release,
    grant_extension,
    release_assignment,
)
from grader.wire import write_handouts


class TeachAction(StrEnum):
    """What the audit calls the things that instructors do."""

    RELEASED = "assignment-released"
    RULES_CHANGED = "release-rules-changed"
    WITHDRAWN = "assignment-withdrawn"
    EXTENSION_GRANTED = "extension-granted"
    EXTENSION_WITHDRAWN = "extension-withdrawn"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_WITHDRAWN = "announcement-withdrawn"
    PROGRESS_EXPORTED = "progress-exported"


@dataclass(frozen=True)
class PlannedDates:
    """When the programme means an assignment to be worked on."""

    opens_at: datetime | None
    due_at: datetime | None
    """The earliest of all cohorts."""
    later: Mapping[str, datetime]
    """Cohort → due date, where it is a later one."""


def cohorts_taking(course: Course, assignment: str) -> list[Cohort]:
    """Return the cohorts whose track has the assignment's module.

    One that is not the course's own, released through nbgrader's exchange, is for everybody.
    """
    content = course.assignments.get(assignment)
    tracks = {
        track.id
        for track in course.programme.tracks
        if content is None or content.assignment.module in track.modules
    }
    return [cohort for cohort in course.programme.cohorts if cohort.track in tracks]


def plan_dates(course: Course, content: AssignmentContent, zone: tzinfo) -> PlannedDates:
    """Return what the cohorts' schedules say of an assignment's module."""
    entries = {
        cohort.id: entry
        for cohort in course.programme.cohorts
        for entry in cohort.schedule
        if entry.module == content.assignment.module
    }
    if not entries:
        return PlannedDates(None, None, {})
    due_at = min(entry.due for entry in entries.values())
    opens = min(entry.opens for entry in entries.values())
    later = {cohort: entry.due for cohort, entry in entries.items() if entry.due > due_at}
    return PlannedDates(datetime.combine(opens, time(), zone), due_at, later)


def first_rules(portal: Portal, content: AssignmentContent) -> ReleaseRules:
    """Return the rules that a first release begins with: the schedule's dates, nothing else.

    An assignment that nobody planned, or planned for earlier, opens now.
    """
    planned = plan_dates(portal.course, content, portal.zone)
    now = portal.now()
    due_at = planned.due_at if planned.due_at is None or planned.due_at > now else None
    return ReleaseRules(opens_at=planned.opens_at or now, due_at=due_at)


def release(
    portal: Portal, content: AssignmentContent, by: str, rules: ReleaseRules | None = None
) -> Release:
    """Release an assignment, or bring its newest revision out; return the release.

    The rules are the given ones, else those it had, else the schedule's. Files and gradebook come first:
    until the row is there, nobody can fetch or hand in. Doing it again after a failure is harmless. Raises
    UsageError while grading holds the gradebook, or if a written answer would lose its marks.
    """
    slug = content.assignment.id
    with portal.store.read() as db:
        before = find_release(db, slug)
    chosen = rules or (before.rules if before else first_rules(portal, content))
    course_dir = portal.settings.course_dir
    # Later the worker moves the due date: it knows what that means for work that is here.
    release_for_grading(course_dir, None, content, due=None if before else chosen.due_at)
    write_handouts(portal.workspace, portal.course, content, portal.settings.handout_dir)
    keys = load_blueprint(CourseDirectory(course_dir), slug).keys
    now = portal.now()
    with portal.store.write() as db:
        made = release_assignment(
            db,
            slug,
            content.assignment.revision,
            chosen,
            {slug: [key.grade_id for key in keys]},
            by=by,
            now=now,
        )
        if before is None:
            for extension in _planned_extensions(portal, content, chosen, by):
                grant_extension(db, extension)
        record(db, now, by, TeachAction.RELEASED, about_assignment(slug), revision=made.revision)
    return made


def _planned_extensions(
    portal: Portal, content: AssignmentContent, rules: ReleaseRules, by: str
) -> list[Extension]:
    """Return extensions for cohorts that the schedule gives more time than the release does."""
    planned = plan_dates(portal.course, content, portal.zone)
    if rules.due_at is None:
        return []
    return [
        Extension(content.assignment.id, Scope.COHORT, cohort, due, None, "", portal.now(), by)
        for cohort, due in planned.later.items()
        if due > rules.due_at
    ]
