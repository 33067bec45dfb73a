"""What the portal is, whose access this is, and the description of the API itself.

Knows the course and public keys; must not know anybody's work.
"""

from __future__ import annotations

from fastapi import APIRouter, Request

from grader.portal.api.shapes import PREFIX, CourseShape, KeysShape, MeShape, PublicKeyShape, errors
from grader.portal.context import portal_of
from grader.portal.viewer import Anyone, SignedIn
from grader.store.keys import list_keys

router = APIRouter(prefix=PREFIX, tags=["about"])


@router.get("/course", operation_id="readCourse", responses=errors())
def read_course(request: Request, viewer: Anyone) -> CourseShape:
    """The course that this portal holds; everybody may ask."""
    portal = portal_of(request)
    programme = portal.course.programme
    return CourseShape(
        id=programme.id,
        title=programme.title,
        timezone=programme.timezone,
        max_upload_bytes=portal.settings.max_upload_bytes,
    )


@router.get("/keys", operation_id="readKeys", responses=errors())
def read_keys(request: Request, viewer: Anyone) -> KeysShape:
    """The public keys that receipts are verified with, retired ones too; everybody may ask."""
    with portal_of(request).store.read() as db:
        known = list_keys(db)
    return KeysShape(portal=known.portal, keys=[PublicKeyShape(**key.model_dump()) for key in known.keys])


@router.get("/me", operation_id="readMe", responses=errors(401, 403))
def read_me(request: Request, viewer: SignedIn) -> MeShape:
    """Whose access this is, and for which course."""
    portal, me = portal_of(request), viewer.known
    return MeShape(
        id=me.id,
        name=me.name,
        language=me.language,
        access=me.access,
        course=portal.course.programme.id,
        max_upload_bytes=portal.settings.max_upload_bytes,
    )
