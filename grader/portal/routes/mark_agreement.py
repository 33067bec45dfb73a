"""Pages of graders: how far two of them agree, and the mark on which they agree in the end."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup

from grader.grading.marking import render_answer
from grader.model.people import Permission
from grader.portal.context import portal_of
from grader.portal.form_fields import Fields, clean_lines
from grader.portal.mark_view import (
    MarkForm,
    build_mark,
    list_differences,
    may_agree,
    measure_agreement,
    measure_overall,
    read_mark,
    read_seen,
)
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.routes.mark_answers import Place, answer_of, rubric_of
from grader.portal.viewer import Grader, Viewer
from grader.store.audit import about_submission, record
from grader.store.grading_copy import note_marked
from grader.store.marks import MarkTaken, Round, add_mark, find_marks, list_double_marks

router = APIRouter()


@router.get("/mark/assignments/{assignment}/agreement/{cell}")
def show_agreement(request: Request, viewer: Grader, assignment: str, cell: str) -> Response:
    """Show kappa, percent agreement and the answers on which two graders differ."""
    portal = portal_of(request)
    rubric = rubric_of(portal, assignment, cell)
    points = next(one.points for one in portal.course.assignments[assignment].sheet.cells if one.id == cell)
    with portal.store.read() as db:
        double = list_double_marks(db, assignment, cell)
    return render(
        request,
        viewer,
        "mark_agreement.html",
        names=read_names(portal.course, viewer.language),
        assignment=assignment,
        cell=cell,
        rubric=rubric,
        rows=measure_agreement(rubric, double),
        overall=measure_overall(rubric, double),
        differences=list_differences(rubric, double, points),
    )


@router.get("/mark/assignments/{assignment}/agree/{cell}/{uuid}")
def show_both(request: Request, viewer: Grader, assignment: str, cell: str, uuid: str) -> Response:
    """Show both marks of an answer and ask for the one that counts."""
    return _show(request, viewer, Place(assignment, cell, uuid))


@router.post("/mark/assignments/{assignment}/agree/{cell}/{uuid}")
def save_agreed(
    request: Request, viewer: Grader, assignment: str, cell: str, uuid: str, fields: Fields
) -> Response:
    """Keep the mark that counts."""
    portal, place = portal_of(request), Place(assignment, cell, uuid)
    rubric, answer = rubric_of(portal, assignment, cell), answer_of(portal, place)
    given, problem = read_mark(rubric, fields, clean_lines(fields.get("comment", "")))
    with portal.store.read() as db:
        is_ours = may_agree(find_marks(db, uuid, cell), viewer.known.id, viewer.may(Permission.TEACH))
    if not is_ours:
        return _show(request, viewer, place, given, "mark_problem_not_yours", 403)
    if problem:
        return _show(request, viewer, place, given, problem, 400)
    now, me = portal.now(), viewer.known.id
    mark = build_mark(rubric, answer, given, me, Round.AGREED)
    try:
        with portal.store.write() as db:
            marks = find_marks(db, uuid, cell)
            if marks.first is None or marks.second is None:
                raise HTTPException(404)
            add_mark(db, mark, read_seen(fields), now)
            note_marked(db, uuid, cell, mark.score, given.comment)
            record(db, now, me, "mark-agreed", about_submission(uuid), cell=cell)
    except MarkTaken:
        return _show(request, viewer, place, given, "mark_problem_taken", 409)
    return go_to(f"/mark/assignments/{assignment}/agreement/{cell}", "done_mark_agreed")


def _show(
    request: Request,
    viewer: Viewer,
    place: Place,
    given: MarkForm | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    portal = portal_of(request)
    rubric, answer = rubric_of(portal, place.assignment, place.cell), answer_of(portal, place)
    with portal.store.read() as db:
        marks = find_marks(db, place.uuid, place.cell)
    if marks.first is None or marks.second is None:
        raise HTTPException(404)
    html = render_answer(portal.settings.course_dir, answer.person, place.assignment, place.cell)
    if given is None:
        final = marks.agreed
        given = MarkForm(final.levels, final.comment) if final else MarkForm({}, marks.first.comment)
    return render(
        request,
        viewer,
        "mark_agree.html",
        status=status,
        place=place,
        rubric=rubric,
        answer=answer,
        marks=marks,
        is_ours=may_agree(marks, viewer.known.id, viewer.may(Permission.TEACH)),
        given=given,
        problem=problem,
        html=None if html is None else Markup(html),  # noqa: S704  (sanitised where it was rendered)
        names=read_names(portal.course, viewer.language),
    )
