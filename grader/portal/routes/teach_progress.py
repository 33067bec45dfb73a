"""Pages of instructors: progress by site, job and person, and item statistics. Thin: reads, renders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from grader.portal.attachments import attach
from grader.portal.context import Portal, portal_of
from grader.portal.item_view import build_item_report
from grader.portal.pages import render
from grader.portal.programme_names import read_names
from grader.portal.progress_table import progress_csv, rows_by_job, rows_by_site
from grader.portal.release import TeachAction, cohorts_taking
from grader.portal.routes.lookups import find_known
from grader.portal.routes.teach_overview import count_people
from grader.portal.viewer import Teacher
from grader.store.audit import about_assignment, record
from grader.store.progress import (
    PAGE,
    ProgressFilter,
    StateCount,
    WorkState,
    count_states,
    list_progress,
)
from grader.store.releases import list_releases
from grader.store.statistics_rows import fingerprint_scored_work, read_scored_work

router = APIRouter(include_in_schema=False)
Chosen = Annotated[str, Query(max_length=60)]


def read_filter(site: Chosen = "", job: Chosen = "", state: Chosen = "") -> ProgressFilter:
    """Return which people a list shows, for `Depends`; a state that nobody knows is no condition."""
    known = WorkState(state) if state in set(WorkState) else None
    return ProgressFilter(site=site or None, job=job or None, state=known)


Wanted = Annotated[ProgressFilter, Depends(read_filter)]


@router.get("/teach/progress")
def show_all_progress(request: Request, viewer: Teacher) -> Response:
    """Show how many handed in, by assignment and site."""
    portal = portal_of(request)
    names = read_names(portal.course, viewer.language)
    with portal.store.read() as db:
        handed_in, trainees = count_people(portal, db)
        releases = list_releases(db)
    slugs = list(dict.fromkeys([*portal.course.assignments, *(one.assignment for one in releases)]))
    expected: dict[tuple[str, str], int] = {}
    for slug in slugs:
        cohorts = {cohort.id for cohort in cohorts_taking(portal.course, slug)}
        for (cohort, site), number in trainees.items():
            if cohort in cohorts:
                expected[slug, site] = expected.get((slug, site), 0) + number
    sites = [site for site in names.sites if any(site == there for _, there in expected | handed_in)]
    return render(
        request,
        viewer,
        "teach_progress_all.html",
        names=names,
        sites=sites,
        slugs=slugs,
        handed_in=handed_in,
        expected=expected,
    )


@router.get("/teach/progress/{assignment}")
def show_progress(
    request: Request,
    viewer: Teacher,
    assignment: str,
    wanted: Wanted,
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show an assignment's progress by site and job, and the people behind a number."""
    portal = portal_of(request)
    cohorts = _cohorts(portal, assignment)
    names = read_names(portal.course, viewer.language)
    with portal.store.read() as db:
        counts = count_states(db, assignment, cohorts)
        people = list_progress(db, assignment, cohorts, wanted, after, limit=PAGE + 1)
    return render(
        request,
        viewer,
        "teach_progress.html",
        slug=assignment,
        names=names,
        states=list(WorkState),
        by_site=rows_by_site(counts, names),
        by_job=rows_by_job(counts, names),
        people=people[:PAGE],
        next_after=people[PAGE - 1].folded if len(people) > PAGE else "",
        found=_count(counts, wanted),
        wanted=wanted,
        after=after,
    )


@router.get("/teach/progress/{assignment}/progress.csv")
def download_progress(request: Request, viewer: Teacher, assignment: str, wanted: Wanted) -> Response:
    """Send the people of the list, all pages of it, as a spreadsheet; who did is written down."""
    portal = portal_of(request)
    cohorts = _cohorts(portal, assignment)
    names = read_names(portal.course, viewer.language)
    with portal.store.read() as db:
        people = list_progress(db, assignment, cohorts, wanted, limit=None)
    with portal.store.write() as db:
        about = about_assignment(assignment)
        record(db, portal.now(), viewer.known.id, TeachAction.PROGRESS_EXPORTED, about, people=len(people))
    text = progress_csv(people, names, viewer.language, portal.zone)
    return attach(text, f"{assignment}-progress.csv")


@router.get("/teach/statistics/{assignment}")
def show_statistics(request: Request, viewer: Teacher, assignment: str) -> Response:
    """Show how hard each test is and whether it tells people apart; computed anew after grading only."""
    portal = portal_of(request)
    find_known(portal, assignment)
    content = portal.course.assignments.get(assignment)
    with portal.store.read() as db:
        report = portal.kept.get(
            ("items", assignment),
            fingerprint_scored_work(db, assignment),
            lambda: build_item_report(content, read_scored_work(db, assignment)),
        )
    return render(
        request,
        viewer,
        "teach_statistics.html",
        slug=assignment,
        names=read_names(portal.course, viewer.language),
        report=report,
    )


def _cohorts(portal: Portal, assignment: str) -> list[str]:
    find_known(portal, assignment)
    return [cohort.id for cohort in cohorts_taking(portal.course, assignment)]


def _count(counts: list[StateCount], wanted: ProgressFilter) -> int:
    """Return how many people the list has on all its pages."""
    return sum(
        count.people
        for count in counts
        if wanted.site in {None, count.site}
        and wanted.job in {None, count.job}
        and wanted.state in {None, count.state}
    )
