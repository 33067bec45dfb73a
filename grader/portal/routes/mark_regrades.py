"""Pages of graders: requests to look at a grade again, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from grader.portal.context import portal_of
from grader.portal.form_fields import MOST, Number
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Grader
from grader.store.audit import record
from grader.store.regrade_requests import (
    MAX_TEXT,
    RequestState,
    answer_regrade_request,
    find_regrade_request,
    list_regrade_requests,
)

router = APIRouter()
PAGE = 50


@router.get("/mark/regrades")
def show_requests(
    request: Request,
    viewer: Grader,
    state: Annotated[str, Query(max_length=10)] = RequestState.OPEN,
    after: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:
    """Show requests, those asked first first; whose they are is not shown."""
    portal = portal_of(request)
    wanted = RequestState(state) if state in set(RequestState) else None
    with portal.store.read() as db:
        found = list_regrade_requests(db, state=wanted, after=after, limit=PAGE + 1)
    return render(
        request,
        viewer,
        "mark_regrades.html",
        names=read_names(portal.course, viewer.language),
        states=list(RequestState),
        wanted=wanted,
        requests=found[:PAGE],
        after=found[PAGE - 1].id if len(found) > PAGE else None,
        too_short=False,
    )


@router.post("/mark/regrades/{number}")
def answer_request(
    request: Request,
    viewer: Grader,
    number: Number,
    decision: Annotated[RequestState, Form()],
    answer: Annotated[str, Form(max_length=MAX_TEXT)] = "",
) -> Response:
    """Answer a request; a decline needs its reason."""
    portal, now, me = portal_of(request), portal_of(request).now(), viewer.known.id
    if decision is RequestState.OPEN:
        raise HTTPException(400)
    if decision is RequestState.DECLINED and not answer.strip():
        return go_to("/mark/regrades", "done_mark_reason_needed")
    with portal.store.write() as db:
        asked = find_regrade_request(db, number)
        if asked is None:
            raise HTTPException(404)
        if not answer_regrade_request(db, number, decision, answer.strip(), by=me, now=now):
            return go_to("/mark/regrades", "done_mark_answered_before")
        record(db, now, me, "regrade-answered", f"submission:{asked.submission}", decision=decision.value)
    if decision is RequestState.GRANTED:
        return go_to(f"/mark/submissions/{asked.submission}", "done_mark_granted")
    return go_to("/mark/regrades", "saved")
