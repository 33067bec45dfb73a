"""Pages of instructors: what trainees see, shown for somebody who does not exist. Nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from grader.model.people import Person
from grader.portal.attachments import attach
from grader.portal.context import Portal, portal_of
from grader.portal.handout import pack_handout, read_notebook
from grader.portal.learn_pages import reader_of, show_assignment, show_learning
from grader.portal.learn_view import build_assignment, build_learning
from grader.portal.release import cohorts_taking
from grader.portal.routes.lookups import find_released
from grader.portal.viewer import Teacher
from grader.store.announcements import list_announcements_for
from grader.store.learning import find_work, list_works
from grader.text import Language

router = APIRouter(include_in_schema=False)
HOME = "/teach/preview"
Chosen = Annotated[str, Query(max_length=60)]


@router.get(HOME)
def preview_learning(request: Request, viewer: Teacher, cohort: Chosen = "", site: Chosen = "") -> Response:
    """Show the overview of a trainee of a cohort and site; by default the first of each."""
    portal = portal_of(request)
    nobody = _make_nobody(portal, cohort, site)
    with portal.store.read() as db:
        works = list_works(db, nobody)
        announcements = list_announcements_for(db, nobody.site, nobody.cohort)
    reader = reader_of(request, viewer)
    view = build_learning(portal.course, nobody, works, announcements, reader, home=HOME)
    return show_learning(request, viewer, view, preview=True)


@router.get("/teach/preview/{assignment}")
def preview_assignment(request: Request, viewer: Teacher, assignment: str) -> Response:
    """Show a released assignment as trainees see it; one that opens later as it will be then."""
    portal = portal_of(request)
    takers = cohorts_taking(portal.course, assignment)
    nobody = _make_nobody(portal, takers[0].id if takers else "")
    with portal.store.read() as db:
        work = find_work(db, nobody, assignment)
    if work is None:
        raise HTTPException(404)
    reader = reader_of(request, viewer)
    then = replace(reader, now=max(reader.now, work.release.rules.opens_at))
    view = build_assignment(portal.course, assignment, work, then)
    return show_assignment(request, viewer, assignment, view, home=HOME, preview=True)


@router.get("/teach/preview/{assignment}/handout/{language}/package")
def preview_package(request: Request, viewer: Teacher, assignment: str, language: Language) -> Response:
    """Give the zip file that trainees get."""
    portal = portal_of(request)
    content = pack_handout(portal, find_released(portal, assignment), language)
    return attach(content, f"{assignment}.{language}.zip")


@router.get("/teach/preview/{assignment}/handout/{language}/notebook")
def preview_notebook(request: Request, viewer: Teacher, assignment: str, language: Language) -> Response:
    """Give the notebook that trainees get."""
    portal = portal_of(request)
    content = read_notebook(portal, find_released(portal, assignment), language)
    if content is None:
        raise HTTPException(404)
    return attach(content, f"{assignment}.ipynb")


def _make_nobody(portal: Portal, cohort: str, site: str = "") -> Person:
    """Return a trainee without an id: no row of the store can be theirs."""
    programme = portal.course.programme
    cohorts, sites = [one.id for one in programme.cohorts], [one.id for one in programme.sites]
    return Person.model_construct(
        id="",
        name="",
        site=site if site in sites else sites[0],
        role=programme.roles[0].id,
        cohort=cohort if cohort in cohorts else next(iter(cohorts), None),
    )
