"""Pages of instructors: what a receipt that somebody brings is to this portal. Thin.

Shows no name: whoever knows a hand-in's number only must not learn whose it is, or marking is not blind.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from grader.portal.context import Portal, portal_of
from grader.portal.disputes import DisputeAction, Evidence, accept_after_all, proves_file
from grader.portal.door import TurnedAway
from grader.portal.pages import render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Teacher, Viewer
from grader.receipts.receipt import MAX_CHARS, Receipt, SignedReceipt, read_receipt
from grader.store.audit import about_submission, record
from grader.store.chain import Standing, find_judged_moment, find_named_receipt, recognise_receipt
from grader.store.hand_in import HandedIn
from grader.store.keys import list_keys
from grader.store.people import find_account_by_pseudonym
from grader.text import LocalText

router = APIRouter()
HERE = "/mark/receipt"
File_ = Annotated[UploadFile | None, File()]


@router.get(HERE)
def show_receipt(
    request: Request, viewer: Teacher, typed: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Ask for a receipt; show the one that somebody names by what can be typed."""
    portal = portal_of(request)
    if not typed.strip():
        return _show(request, viewer)
    with portal.store.read() as db:
        found = find_named_receipt(db, typed)
    if found is None:
        return _show(request, viewer, 404, typed=typed, problem="dispute_not_found")
    return _show(request, viewer, typed=typed, standing=Standing.KNOWN, signed=read_receipt(found))


@router.post(HERE)
def check_receipt(
    request: Request,
    viewer: Teacher,
    receipt: File_ = None,
    work: File_ = None,
    step: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Say what a receipt file is; take the work of one that a restore has lost."""
    portal = portal_of(request)
    if receipt is None or not receipt.filename:
        return _show(request, viewer, 400, problem="dispute_no_receipt")
    text = receipt.file.read(4 * MAX_CHARS).decode("utf-8", "replace")
    with portal.store.read() as db:
        standing = recognise_receipt(db, text, list_keys(db))
    if standing is Standing.NOT_OURS:
        return _show(request, viewer, standing=standing)
    signed = read_receipt(text)
    given: dict[str, Any] = {"standing": standing, "signed": signed}
    if standing is not Standing.LOST or step != "take" or work is None or not work.filename:
        return _show(request, viewer, **given)
    content = work.file.read()
    if not proves_file(signed.receipt, content):
        return _show(request, viewer, 400, problem="dispute_other_file", **given)
    done = _take(portal, signed.receipt, PurePath(work.filename).name, content)
    if done is None:
        return _show(request, viewer, 400, problem="dispute_no_person", **given)
    if isinstance(done, TurnedAway):
        return _show(request, viewer, 409, told=done.text, **given)
    if done.is_new:
        _note(portal, viewer, done, signed.receipt)
    return _show(request, viewer, standing=Standing.RENEWED, signed=signed, taken=done)


def _take(portal: Portal, receipt: Receipt, file_name: str, content: bytes) -> HandedIn | TurnedAway | None:
    """Hand in what a lost receipt was given for; None if nobody has its pseudonym."""
    with portal.store.read() as db:
        account = find_account_by_pseudonym(db, receipt.pseudonym)
    if account is None or account.deleted_at is not None:
        return None
    came_at = find_judged_moment(receipt)
    evidence = Evidence(account.person, receipt.assignment, receipt.submission, file_name, content, came_at)
    return accept_after_all(portal, evidence)


def _note(portal: Portal, viewer: Viewer, done: HandedIn, lost: Receipt) -> None:
    about = about_submission(done.submission.uuid)
    with portal.store.write() as db:
        record(db, portal.now(), viewer.known.id, DisputeAction.RECEIPT_HONOURED, about, lost=lost.number)


def _show(
    request: Request,
    viewer: Viewer,
    status: int = 200,
    *,
    typed: str = "",
    problem: str = "",
    told: LocalText | None = None,
    standing: Standing | None = None,
    signed: SignedReceipt | None = None,
    taken: HandedIn | None = None,
) -> Response:
    return render(
        request,
        viewer,
        "mark_receipt.html",
        status,
        names=read_names(portal_of(request).course, viewer.language),
        typed=typed,
        problem=problem,
        told=told,
        standing=standing,
        signed=signed,
        taken=taken,
    )
