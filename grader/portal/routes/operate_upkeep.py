"""Pages of operators: audit, keys and retention. Thin: reads, renders, redirects."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from grader.portal.context import Portal, portal_of
from grader.portal.form_fields import MOST, Fields
from grader.portal.pages import go_to, render
from grader.portal.upkeep import UpkeepAction, keep_up
from grader.portal.viewer import Operator, Viewer
from grader.portal.words.audit import write_action, write_actor, write_object
from grader.store.audit import PAGE, list_actions, list_audit, record
from grader.store.keys import list_keys, rotate_secret_key, rotate_signing_key
from grader.store.retention import Removed, apply_retention

router = APIRouter(include_in_schema=False)


@router.get("/operate/audit")
def show_audit(
    request: Request,
    viewer: Operator,
    action: Annotated[str, Query(max_length=60)] = "",
    person: Annotated[str, Query(max_length=120)] = "",
    before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> Response:
    """List who did what, newest first, filtered by action and person."""
    portal = portal_of(request)
    person = person.strip()
    with portal.store.read() as db:
        lines = list_audit(db, action, person, before, PAGE + 1)
        actions = list_actions(db)
    return render(
        request,
        viewer,
        "operate_audit.html",
        lines=lines[:PAGE],
        name_action=partial(write_action, language=viewer.language),
        name_actor=partial(write_actor, language=viewer.language),
        name_object=partial(write_object, language=viewer.language),
        next_before=lines[PAGE - 1].id if len(lines) > PAGE else None,
        actions=actions,
        action=action,
        person=person,
        before=before,
    )


@router.get("/operate/upkeep")
def show_upkeep(request: Request, viewer: Operator) -> Response:
    """Show the keys and how long things are kept."""
    return _show(request, viewer)


@router.post("/operate/keys/rotate")
def rotate_key(request: Request, viewer: Operator) -> Response:
    """Make a key that signs receipts from now on."""
    portal = portal_of(request)
    key = rotate_signing_key(portal.store, portal.now())
    _note(portal, viewer.known.id, UpkeepAction.SIGNING_KEY_ROTATED, key=key)
    return go_to("/operate/upkeep", "done_operate_rotated")


@router.post("/operate/keys/rotate-secrets")
def rotate_secrets(request: Request, viewer: Operator) -> Response:
    """Encrypt the second factors of staff with a new key."""
    portal = portal_of(request)
    changed = rotate_secret_key(portal.store)
    _note(portal, viewer.known.id, UpkeepAction.SECRET_KEY_ROTATED, secrets=changed)
    return go_to("/operate/upkeep", "done_operate_rotated")


@router.post("/operate/retention")
def remove_what_is_over(request: Request, viewer: Operator, fields: Fields) -> Response:
    """Show what may be removed because its time is over, or remove it: all blobs are looked at."""
    portal = portal_of(request)
    policy = portal.settings.keep
    if fields.get("action") != "remove":
        return _show(request, viewer, apply_retention(portal.store, policy, portal.now(), is_dry_run=True))
    keep_up(portal.store, policy, portal.now(), by=viewer.known.id)
    return go_to("/operate/upkeep", "done_operate_removed")


def _show(request: Request, viewer: Viewer, removable: Removed | None = None) -> Response:
    portal = portal_of(request)
    with portal.store.read() as db:
        keys = list_keys(db).keys
    return render(
        request,
        viewer,
        "operate_upkeep.html",
        keys=keys[::-1],
        policy=portal.settings.keep,
        removable=removable,
    )


def _note(portal: Portal, actor: str, action: UpkeepAction, **detail: object) -> None:
    with portal.store.write() as db:
        record(db, portal.now(), actor, action, "", **detail)
