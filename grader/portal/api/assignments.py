"""Assignments: what is out, its files, and own feedback on it.

Knows releases and what may be seen of them; must not know how work is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from grader.model.people import Permission
from grader.portal.api.errors import not_found
from grader.portal.api.shapes import PREFIX, AssignmentDetail, AssignmentList, ReleasedFile, archive, errors
from grader.portal.api.views import digest, give_archive, view_assignment
from grader.portal.context import Portal, portal_of
from grader.portal.feedback_pages import read_feedback_pages
from grader.portal.handout import read_handout
from grader.portal.viewer import Learner, SignedIn, Viewer
from grader.site.downloads import zip_files
from grader.store.learning import Work, find_work, list_works
from grader.store.releases import Release
from grader.text import Language

router = APIRouter(prefix=f"{PREFIX}/assignments", tags=["assignments"])


@dataclass(frozen=True)
class _Wanted:
    """A release in one language; the same until it is released again."""

    portal: Portal = field(compare=False)
    release: Release = field(compare=False)
    key: tuple[Any, ...]
    language: Language


@lru_cache(maxsize=40)
def _pack(wanted: _Wanted) -> tuple[bytes, tuple[ReleasedFile, ...]]:
    """Return a release as a zip and what is in it; a class asks for the same one within minutes."""
    files = read_handout(wanted.portal, wanted.release, wanted.language)
    listed = (
        ReleasedFile(path=path, sha256=digest(content), size_bytes=len(content))
        for path, content in files.items()
    )
    return zip_files(files), tuple(listed)


def pack_release(
    portal: Portal, release: Release, language: Language
) -> tuple[bytes, tuple[ReleasedFile, ...]]:
    """Return the files of a release as a zip, and their names and digests."""
    key = (portal.settings.data, release.assignment, release.released_at, release.files_digest)
    return _pack(_Wanted(portal, release, key, language))


@router.get("", operation_id="listAssignments", responses=errors(401, 403))
def list_assignments(request: Request, viewer: SignedIn) -> AssignmentList:
    """What is out. Instructors also see what has not opened yet."""
    portal = portal_of(request)
    with portal.store.read() as db:
        works = list_works(db, viewer.known)
    now = portal.now()
    seen = (one for one in works.values() if _may_see(portal, viewer, one))
    return AssignmentList(items=[view_assignment(portal.course, one, now) for one in seen])


@router.get("/{assignment}", operation_id="readAssignment", responses=errors(401, 403, 404))
def read_assignment(request: Request, viewer: SignedIn, assignment: str) -> AssignmentDetail:
    """One assignment with names and digests of the files that are handed out."""
    portal = portal_of(request)
    work = _find(portal, viewer, assignment)
    files = {
        (one.path, one.sha256): one
        for language in Language
        for one in pack_release(portal, work.release, language)[1]
    }
    notebooks = {path for path, _ in files if path.endswith(".ipynb") and "/" not in path}
    return AssignmentDetail(
        **view_assignment(portal.course, work, portal.now()).model_dump(),
        notebooks=sorted(notebooks),
        files=sorted(files.values(), key=lambda one: (one.path, one.sha256)),
    )


@router.get(
    "/{assignment}/release",
    operation_id="fetchRelease",
    response_class=Response,
    responses={200: archive("The files."), 304: {"description": "Not changed."}, **errors(401, 403, 404)},
)
def fetch_release(
    request: Request,
    viewer: SignedIn,
    assignment: str,
    language: Annotated[Language, Query(description="Language of the notebook.")] = Language.KO,
) -> Response:
    """The files of a release as a zip. `ETag` changes with the files; `If-None-Match` saves the download."""
    portal = portal_of(request)
    content, _ = pack_release(portal, _find(portal, viewer, assignment).release, language)
    tag = f'"{digest(content)[:32]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    response = give_archive(content, f"{assignment}-{language}.zip")
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@router.get(
    "/{assignment}/feedback",
    operation_id="fetchFeedback",
    response_class=Response,
    responses={
        200: archive("`attempt-<n>/<page>.html`; empty if none is released."),
        **errors(401, 403, 404),
    },
)
def fetch_feedback(request: Request, viewer: Learner, assignment: str) -> Response:
    """All released feedback on own work, as a zip."""
    portal = portal_of(request)
    with portal.store.read() as db:
        work = find_work(db, viewer.known, assignment)
        if work is None or not (work.attempts or _may_see(portal, viewer, work)):
            raise not_found()
        pages = {
            f"attempt-{one.attempt}/{name}": content
            for one in work.attempts
            for name, content in read_feedback_pages(portal, db, work, one).items()
        }
    return give_archive(zip_files(pages), f"{assignment}-feedback.zip")


def _find(portal: Portal, viewer: Viewer, assignment: str) -> Work:
    with portal.store.read() as db:
        work = find_work(db, viewer.known, assignment)
    if work is None or not _may_see(portal, viewer, work):
        raise not_found()
    return work


def _may_see(portal: Portal, viewer: Viewer, work: Work) -> bool:
    """Whether somebody may see an assignment: everybody once it is out, instructors before it opens."""
    release = work.release
    return release.is_out(portal.now()) or (viewer.may(Permission.TEACH) and release.withdrawn_at is None)
