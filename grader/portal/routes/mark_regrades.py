"""Pages of graders: requests to look at a grade again, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from grader.portal.context import portal_of
from grader.portal.form_fields import MOST, Number, clean_lines
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Grader, Viewer
from grader.store.audit import about_submission, record
from grader.store.regrade_requests import (
    MAX_TEXT,
    RequestState,
    answer_regrade_request,
    find_regrade_request,
    list_regrade_requests,
)

router = APIRouter()
PAGE = 50
ANSWERED_BEFORE = "mark_problem_answered"


@dataclass(frozen=True)
class Unsent:
    """An answer that was typed and not kept."""

    number: int
    text: str
    problem: str
    """Name of the word that says why."""


@router.get("/mark/regrades")
def show_requests(
    request: Request,
    viewer: Grader,
    state: Annotated[str, Query(max_length=10)] = RequestState.OPEN,
    after: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:
    """Show requests, those asked first first; whose they are is not shown."""
    wanted = RequestState(state) if state in set(RequestState) else None
    return _show(request, viewer, wanted, after)


@router.post("/mark/regrades/{number}")
def answer_request(
    request: Request,
    viewer: Grader,
    number: Number,
    decision: Annotated[RequestState, Form()],
    answer: Annotated[str, Form()] = "",
) -> Response:
    """Answer a request; a decline needs its reason. What cannot be kept comes back with what was typed."""
    portal, now, me, text = portal_of(request), portal_of(request).now(), viewer.known.id, clean_lines(answer)
    if decision is RequestState.OPEN:
        raise HTTPException(400)
    problem = _find_problem(decision, text)
    with portal.store.write() as db:
        asked = find_regrade_request(db, number)
        if asked is None:
            raise HTTPException(404)
        if not problem and not answer_regrade_request(db, number, decision, text, by=me, now=now):
            problem = ANSWERED_BEFORE
        if not problem:
            about = about_submission(asked.submission)
            record(db, now, me, "regrade-answered", about, decision=decision.value)
    if problem:
        status = 409 if problem == ANSWERED_BEFORE else 400
        return _show(request, viewer, None, number - 1, Unsent(number, text, problem), status)
    if decision is RequestState.GRANTED:
        return go_to(f"/mark/submissions/{asked.submission}", "done_mark_granted")
    return go_to("/mark/regrades", "saved")


def _find_problem(decision: RequestState, text: str) -> str:
    """Return the name of the word for what is wrong with an answer, empty if nothing is."""
    if len(text) > MAX_TEXT:
        return "mark_problem_long"
    return "mark_problem_reason" if decision is RequestState.DECLINED and not text else ""


def _show(
    request: Request,
    viewer: Viewer,
    wanted: RequestState | None,
    after: int,
    unsent: Unsent | None = None,
    status: int = 200,
) -> Response:
    portal = portal_of(request)
    with portal.store.read() as db:
        found = list_regrade_requests(db, state=wanted, after=after, limit=PAGE + 1)
    return render(
        request,
        viewer,
        "mark_regrades.html",
        status,
        names=read_names(portal.course, viewer.language),
        states=list(RequestState),
        wanted=wanted,
        requests=found[:PAGE],
        after=found[PAGE - 1].id if len(found) > PAGE else None,
        unsent=unsent,
    )
