"""Pages of graders: the queue, the marking of an assignment, grading under way. Reads, renders, redirects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from grader.model.people import Permission
from grader.portal.context import portal_of
from grader.portal.form_fields import Number, read_place, write_place
from grader.portal.mark_view import hide_score, name_reason
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.routes import (
    mark_agreement,
    mark_answers,
    mark_elsewhere,
    mark_receipts,
    mark_refusals,
    mark_regrades,
    mark_return,
    mark_submissions,
)
from grader.portal.routes.lookups import find_content, find_second_due
from grader.portal.viewer import Grader, Viewer
from grader.store.audit import about_assignment, record
from grader.store.jobs import JobKind, enqueue_grading, find_job, find_newest_job
from grader.store.mark_queue import (
    PAGE,
    QueueFilter,
    QueueLine,
    QueueState,
    WorkCounts,
    count_answers,
    count_held_reasons,
    count_queue_states,
    count_ungraded,
    count_work,
    fingerprint_ungraded,
    list_queue,
    list_second_due,
)
from grader.store.marks import list_conflicts
from grader.store.releases import change_rules, find_release, list_releases, release_feedback

router = APIRouter(include_in_schema=False)
for part in (
    mark_submissions,
    mark_answers,
    mark_agreement,
    mark_regrades,
    mark_elsewhere,
    mark_return,
    mark_refusals,
    mark_receipts,
):
    router.include_router(part.router)
SECOND_DUE = "second-due"
"""Not where a hand-in stands, but what this grader is to do: beside the states in the list's filter."""
Text = Annotated[str, Query(max_length=120)]


@router.get("/mark")
def show_queue(
    request: Request,
    viewer: Grader,
    assignment: Text = "",
    site: Text = "",
    cohort: Text = "",
    state: Text = "",
    after: Text = "",
) -> Response:
    """Show what was handed in, nameless, and how much of it waits for whom."""
    portal = portal_of(request)
    chosen = QueueState(state) if state in set(QueueState) else None
    with portal.store.read() as db:
        releases = {release.assignment: release for release in list_releases(db)}
        released = [slug for slug in releases if slug in portal.course.assignments]
        waiting = portal.kept.get("ungraded", fingerprint_ungraded(db), lambda: count_ungraded(db))
        work = count_work(db, waiting)
        here = assignment if assignment in released else _first_with_work(released, work)
        due = find_second_due(db, viewer, here)
        second = due if state == SECOND_DUE else None
        wanted = QueueFilter(here, site or None, cohort or None, chosen, second)
        lines = list_queue(db, wanted, read_place(after), PAGE + 1)
        blind = {uuid for uuid, _ in list_second_due(db, due, [line.uuid for line in lines])}
        reasons = count_held_reasons(db, wanted) if chosen is QueueState.QUARANTINED else {}
    return render(
        request,
        viewer,
        "mark.html",
        names=read_names(portal.course, viewer.language),
        states=[*QueueState, SECOND_DUE],
        state=SECOND_DUE if second else chosen,
        wanted=wanted,
        work=work,
        no_work=WorkCounts(),
        released=released,
        elsewhere=[slug for slug in releases if slug not in portal.course.assignments],
        lines=[hide_score(line) if line.uuid in blind else line for line in lines[:PAGE]],
        reasons=reasons,
        name_reason=name_reason,
        more=_address_of_more(lines, {"assignment": here, "site": site, "cohort": cohort, "state": state}),
        may_teach=viewer.may(Permission.TEACH),
    )


def _address_of_more(lines: list[QueueLine], asked: Mapping[str, str]) -> str:
    """Return where the list goes on, empty if it ends on this page."""
    if len(lines) <= PAGE:
        return ""
    last = lines[PAGE - 1]
    return f"/mark?{urlencode({**asked, 'after': write_place(last.received_at, last.uuid)})}"


def _first_with_work(released: list[str], work: Mapping[str, WorkCounts]) -> str:
    """Return the assignment to begin with: one that waits for a person, else one that waits, else any."""
    idle = WorkCounts()
    needs = {slug: work.get(slug, idle) for slug in released}
    return max(released, key=lambda slug: (needs[slug].needs_person, needs[slug] != idle), default="")


@router.get("/mark/assignments/{assignment}")
def show_assignment(request: Request, viewer: Grader, assignment: str) -> Response:
    """Show how far grading and marking of one assignment have come, and what can be done."""
    return _show_assignment(request, viewer, assignment)


def _show_assignment(
    request: Request, viewer: Viewer, assignment: str, problem: str = "", status: int = 200
) -> Response:
    portal = portal_of(request)
    content = find_content(portal, assignment)
    with portal.store.read() as db:
        due = find_second_due(db, viewer, assignment)
        values: dict[str, Any] = {
            "release": find_release(db, assignment),
            "counts": count_queue_states(db, assignment),
            "answers": count_answers(db, assignment, due),
            "grading": find_newest_job(db, assignment, (JobKind.GRADE, JobKind.GRADE_AGAIN)),
            "feedback": find_newest_job(db, assignment, (JobKind.FEEDBACK,)),
            "conflicts": list_conflicts(db, assignment),
        }
    rubrics = {rubric.cell: rubric for rubric in content.assignment.rubrics}
    tasks = {cell.id: cell.task for cell in content.sheet.cells}
    titles = {task.id: task.title[viewer.language] for task in content.assignment.tasks}
    cells = [(cell, titles.get(tasks.get(cell) or "", cell)) for cell in rubrics]
    return render(
        request,
        viewer,
        "mark_assignment.html",
        status,
        problem=problem,
        assignment=assignment,
        names=read_names(portal.course, viewer.language),
        states=list(QueueState),
        cells=cells,
        **values,
    )


@router.post("/mark/assignments/{assignment}/grade")
def start_grading(
    request: Request, viewer: Grader, assignment: str, again: Annotated[str, Form(max_length=3)] = ""
) -> Response:
    """Put a whole class into the queue and lead to its progress."""
    portal = portal_of(request)
    find_content(portal, assignment)
    kind, now = JobKind.GRADE_AGAIN if again else JobKind.GRADE, portal.now()
    with portal.store.write() as db:
        if find_release(db, assignment) is None:
            raise HTTPException(404)
        number = enqueue_grading(db, assignment, None, requested_by=viewer.known.id, now=now, kind=kind)
        record(db, now, viewer.known.id, "grading-started", about_assignment(assignment), kind=kind)
    return go_to(f"/mark/jobs/{number}")


@router.post("/mark/assignments/{assignment}/feedback")
def start_feedback(request: Request, viewer: Grader, assignment: str) -> Response:
    """Write everybody's pages; when they are all there, trainees may see them."""
    portal = portal_of(request)
    find_content(portal, assignment)
    with portal.store.write() as db:
        if find_release(db, assignment) is None:
            raise HTTPException(404)
        number = enqueue_grading(
            db, assignment, None, requested_by=viewer.known.id, now=portal.now(), kind=JobKind.FEEDBACK
        )
    return go_to(f"/mark/jobs/{number}")


@router.post("/mark/assignments/{assignment}/feedback/hide")
def hide_feedback(request: Request, viewer: Grader, assignment: str) -> Response:
    """Hide results and pages from trainees again."""
    portal = portal_of(request)
    now = portal.now()
    with portal.store.write() as db:
        release = find_release(db, assignment)
        if release is None:
            raise HTTPException(404)
        stays_shown = release.rules.feedback_at_once
        if not stays_shown:
            release_feedback(db, assignment, None)
            record(db, now, viewer.known.id, "feedback-hidden", about_assignment(assignment))
    if stays_shown:
        return _show_assignment(request, viewer, assignment, "mark_problem_at_once", 409)
    return go_to(f"/mark/assignments/{assignment}", "done_mark_hidden")


@router.post("/mark/assignments/{assignment}/second")
def set_second_share(
    request: Request, viewer: Grader, assignment: str, percent: Annotated[int, Form(ge=0, le=100)]
) -> Response:
    """Set which share of written answers somebody else marks a second time."""
    portal = portal_of(request)
    with portal.store.write() as db:
        release = find_release(db, assignment)
        if release is None:
            raise HTTPException(404)
        change_rules(db, assignment, replace(release.rules, second_marking_percent=percent))
        about = about_assignment(assignment)
        record(db, portal.now(), viewer.known.id, "second-marking-set", about, percent=percent)
    return go_to(f"/mark/assignments/{assignment}", "saved")


@router.get("/mark/jobs/{number}")
def show_job(request: Request, viewer: Grader, number: Number) -> Response:
    """Show how far a job has come."""
    portal = portal_of(request)
    with portal.store.read() as db:
        job = find_job(db, number)
    if job is None:
        raise HTTPException(404)
    names = read_names(portal.course, viewer.language)
    return render(request, viewer, "mark_job.html", job=job, names=names)


@router.get("/mark/jobs/{number}/state")
def tell_job_state(request: Request, viewer: Grader, number: Number) -> dict[str, str | int | bool]:
    """Return how far a job has come, for the page's script."""
    with portal_of(request).store.read() as db:
        job = find_job(db, number)
    if job is None:
        raise HTTPException(404)
    return {"state": job.state.value, "done": job.done, "total": job.total, "is_over": job.is_over}
