"""Pages of graders: one written answer at a time, nameless, with its rubric; and the bank of comments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection

from grader.grading.marking import render_answer
from grader.model.assignment import Rubric
from grader.model.people import Permission
from grader.portal.context import Portal, portal_of
from grader.portal.form_fields import Fields, Number, clean_lines
from grader.portal.mark_view import (
    MarkForm,
    Turn,
    build_mark,
    join_comments,
    judge_turn,
    read_mark,
    read_seen,
)
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.routes.lookups import find_content, find_second_due
from grader.portal.viewer import Grader, Viewer
from grader.store.comment_bank import keep_comment, list_comments, withdraw_comment
from grader.store.grading_copy import note_marked
from grader.store.mark_queue import (
    Answer,
    SecondDue,
    count_answers,
    find_answer,
    find_neighbours,
    needs_second_mark,
    next_answer,
)
from grader.store.marks import MarkTaken, Round, add_mark, find_marks
from grader.store.people import find_account

router = APIRouter()


@dataclass(frozen=True)
class Place:
    """A written answer that somebody is at."""

    assignment: str
    cell: str
    uuid: str

    @property
    def list_path(self) -> str:
        """Where the next answer is looked for."""
        return f"/mark/assignments/{self.assignment}/answers/{self.cell}"

    @property
    def path(self) -> str:
        """The answer's own page."""
        return f"{self.list_path}/{self.uuid}"


def rubric_of(portal: Portal, assignment: str, cell: str) -> Rubric:
    """Return the rubric of a written answer; 404 if the course has none."""
    for rubric in find_content(portal, assignment).assignment.rubrics:
        if rubric.cell == cell:
            return rubric
    raise HTTPException(404)


def answer_of(portal: Portal, place: Place) -> Answer:
    """Return a graded answer; 404 if there is none at this place."""
    with portal.store.read() as db:
        answer = find_answer(db, place.uuid, place.cell)
    if answer is None or answer.assignment != place.assignment:
        raise HTTPException(404)
    return answer


@router.get("/mark/assignments/{assignment}/answers/{cell}")
def lead_to_next(request: Request, viewer: Grader, assignment: str, cell: str, after: str = "") -> Response:
    """Lead to the next answer that this grader has to mark."""
    portal = portal_of(request)
    rubric_of(portal, assignment, cell)
    with portal.store.read() as db:
        due = find_second_due(db, viewer, assignment)
        found = next_answer(db, assignment, cell, due, after[:64])
    if found is None:
        return go_to(f"/mark/assignments/{assignment}", "done_mark_all")
    return go_to(Place(assignment, cell, found.submission).path)


@router.get("/mark/assignments/{assignment}/answers/{cell}/{uuid}")
def show_answer(request: Request, viewer: Grader, assignment: str, cell: str, uuid: str) -> Response:
    """Show one answer with its rubric."""
    return _show(request, viewer, Place(assignment, cell, uuid))


@router.post("/mark/assignments/{assignment}/answers/{cell}/{uuid}")
def save_mark(
    request: Request,
    viewer: Grader,
    assignment: str,
    cell: str,
    uuid: str,
    fields: Fields,
    use: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keep a mark and lead to the next answer; if somebody marked meanwhile, show theirs and keep nothing."""
    portal, place = portal_of(request), Place(assignment, cell, uuid)
    rubric, answer = rubric_of(portal, assignment, cell), answer_of(portal, place)
    comment = join_comments(clean_lines(fields.get("comment", "")), _chosen(portal, place, use or ()))
    given, problem = read_mark(rubric, fields, comment)
    if problem:
        return _show(request, viewer, place, given, problem, 400)
    try:
        _keep(portal, viewer, rubric, answer, fields, given)
    except MarkTaken:
        return _show(request, viewer, place, given, "mark_problem_taken", 409)
    if fields.get("stay"):
        return go_to(place.path, "done_mark_saved")
    return go_to(f"{place.list_path}?after={answer.place}")


def _chosen(portal: Portal, place: Place, ticked: Collection[str]) -> list[str]:
    """Return the kept comments that were ticked."""
    with portal.store.read() as db:
        bank = list_comments(db, place.assignment, place.cell)
    return [one.text for one in bank if str(one.id) in ticked]


def _keep(
    portal: Portal,
    viewer: Viewer,
    rubric: Rubric,
    answer: Answer,
    fields: Mapping[str, str],
    given: MarkForm,
) -> None:
    """Keep a mark in one transaction with the checks that nobody marked meanwhile."""
    me, now = viewer.known.id, portal.now()
    with portal.store.write() as db:
        fresh = find_answer(db, answer.submission, answer.cell)
        turn = _judge_turn(db, viewer, answer, find_second_due(db, viewer, answer.assignment))
        is_stale = fresh is None or _tell_score(fresh, turn) != fields.get("score_seen", "")
        if fresh is None or is_stale or turn.is_closed or turn.round.value != fields.get("round"):
            raise MarkTaken(turn.current)
        mark = build_mark(rubric, fresh, given, me, turn.round)
        add_mark(db, mark, read_seen(fields), now)
        if turn.round is not Round.SECOND:
            note_marked(db, fresh.submission, fresh.cell, mark.score, given.comment)
        if fields.get("keep"):
            keep_comment(db, fresh.assignment, fresh.cell, given.comment, viewer.language, by=me, now=now)


def _tell_score(answer: Answer, turn: Turn) -> str:
    """Return the score by hand as forms carry it, empty for none.

    To who marks second the form tells nothing, not even in disguise: they must not learn the first mark, and
    theirs goes nowhere where somebody else's could be overwritten.
    """
    is_hidden = answer.manual_score is None or turn.round is Round.SECOND
    return "" if is_hidden else repr(answer.manual_score)


def _judge_turn(db: Connection, viewer: Viewer, answer: Answer, due: SecondDue) -> Turn:
    is_second_due = needs_second_mark(db, answer, due)
    given = find_marks(db, answer.submission, answer.cell)
    return judge_turn(given, viewer.known.id, is_second_due, viewer.may(Permission.TEACH))


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
    values: dict[str, Any] = {}
    with portal.store.read() as db:
        due = find_second_due(db, viewer, place.assignment)
        turn = _judge_turn(db, viewer, answer, due)
        account = find_account(db, answer.person)
        values["before"], values["following"] = find_neighbours(db, answer)
        values["counts"] = count_answers(db, place.assignment, due).get(place.cell)
        values["bank"] = list_comments(db, place.assignment, place.cell)
    html = render_answer(portal.settings.course_dir, answer.person, place.assignment, place.cell)
    current, is_blind = turn.current, turn.round is Round.SECOND
    if given is None:
        shown = "" if is_blind else answer.comment
        given = MarkForm(current.levels, current.comment) if current else MarkForm({}, shown)
    return render(
        request,
        viewer,
        "mark_answer.html",
        status=status,
        place=place,
        rubric=rubric,
        answer=answer,
        turn=turn,
        given=given,
        problem="mark_problem_second" if is_blind and problem == "mark_problem_taken" else problem,
        pseudonym=account.pseudonym if account else "",
        html=None if html is None else Markup(html),  # noqa: S704  (sanitised where it was rendered)
        score_seen=_tell_score(answer, turn),
        marked_by_other=current is not None and current.marker != viewer.known.id,
        in_formgrader=current is None and turn.round is Round.FIRST and answer.manual_score is not None,
        names=read_names(portal.course, viewer.language),
        **values,
    )


@router.post("/mark/assignments/{assignment}/answers/{cell}/comments/{number}/withdraw")
def drop_comment(
    request: Request,
    viewer: Grader,
    assignment: str,
    cell: str,
    number: Number,
    back: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Take a comment out of the bank."""
    portal = portal_of(request)
    rubric_of(portal, assignment, cell)
    with portal.store.write() as db:
        if not withdraw_comment(db, assignment, number, portal.now()):
            raise HTTPException(404)
    is_id = back.replace("-", "").isalnum()
    place = Place(assignment, cell, back)
    return go_to(place.path if is_id else place.list_path, "saved")
