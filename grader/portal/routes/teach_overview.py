"""Pages of instructors: what is out and how far it has come. Thin: reads, renders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from grader.model.content import AssignmentContent
from grader.portal.context import Portal, portal_of
from grader.portal.pages import render
from grader.portal.programme_names import read_names
from grader.portal.release import cohorts_taking, plan_dates
from grader.portal.viewer import Teacher
from grader.store.progress import count_handed_in, count_trainees, find_last_receipt
from grader.store.releases import Release, list_releases

router = APIRouter(include_in_schema=False)
PeopleCounts = dict[tuple[str, str], int]


class ReleaseState(StrEnum):
    """Where a release stands; each has its word `teach_state_…`."""

    UNRELEASED = "unreleased"
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class AssignmentRow:
    """One assignment on the overview."""

    slug: str
    state: ReleaseState
    opens_at: datetime | None
    due_at: datetime | None
    """As released, else as planned."""
    has_newer: bool
    """The course has a newer revision than the one that is out."""
    handed_in: int
    expected: int


def judge_release(release: Release | None, now: datetime) -> ReleaseState:
    """Return where a release stands now."""
    if release is None:
        return ReleaseState.UNRELEASED
    if release.withdrawn_at is not None:
        return ReleaseState.WITHDRAWN
    if now < release.rules.opens_at:
        return ReleaseState.PLANNED
    closes_at = release.rules.closes_at
    return ReleaseState.CLOSED if closes_at is not None and now > closes_at else ReleaseState.OPEN


def count_people(portal: Portal, db: Connection) -> tuple[PeopleCounts, PeopleCounts]:
    """Return (assignment, site) → who handed in, and (cohort, site) → active trainees.

    The first goes over every hand-in there is, so it is kept until another receipt is given or the numbers of
    trainees change. Two people who change places between sites at the same moment show at the next hand-in.
    """
    trainees = count_trainees(db)
    fingerprint = (find_last_receipt(db), tuple(sorted(trainees.items())))
    return portal.kept.get("handed-in", fingerprint, lambda: count_handed_in(db)), trainees


@router.get("/teach")
def show_overview(request: Request, viewer: Teacher) -> Response:
    """List all assignments with what is next for the instructor; those from elsewhere come last."""
    portal = portal_of(request)
    with portal.store.read() as db:
        releases = {release.assignment: release for release in list_releases(db)}
        handed_in, trainees = count_people(portal, db)
    rows = [
        _row(portal, slug, releases.get(slug), handed_in, trainees)
        for slug in dict.fromkeys([*portal.course.assignments, *releases])
    ]
    return render(request, viewer, "teach.html", rows=rows, names=read_names(portal.course, viewer.language))


def _row(
    portal: Portal,
    slug: str,
    release: Release | None,
    handed_in: dict[tuple[str, str], int],
    trainees: dict[tuple[str, str], int],
) -> AssignmentRow:
    content = portal.course.assignments.get(slug)
    cohorts = {cohort.id for cohort in cohorts_taking(portal.course, slug)}
    planned = plan_dates(portal.course, content, portal.zone) if content else None
    return AssignmentRow(
        slug=slug,
        state=judge_release(release, portal.now()),
        opens_at=release.rules.opens_at if release else planned.opens_at if planned else None,
        due_at=release.rules.due_at if release else planned.due_at if planned else None,
        has_newer=is_outdated(content, release),
        handed_in=sum(number for (assignment, _), number in handed_in.items() if assignment == slug),
        expected=sum(number for (cohort, _), number in trainees.items() if cohort in cohorts),
    )


def is_outdated(content: AssignmentContent | None, release: Release | None) -> bool:
    """Whether the course has a newer revision than the one that is out."""
    return content is not None and release is not None and content.assignment.revision > release.revision
