"""What the API takes and gives, as it stands in its description.

Knows values and what they mean; must not know tables or requests.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from grader.model.people import Access
from grader.portal.api.errors import ApiFault
from grader.text import Language, LocalText

PREFIX = "/api/v1"
"""Where this version of the API lies."""
_SHA256 = "SHA-256, lower-case hexadecimal."


class CourseShape(BaseModel):
    """The course that this portal holds."""

    id: str = Field(description="nbgrader's `course_id`.")
    title: LocalText
    timezone: str = Field(description="Where the programme's clocks stand; the API speaks UTC.")
    max_upload_bytes: int


class PublicKeyShape(BaseModel):
    """The public half of a key that signs, or signed, receipts."""

    id: str
    public_key: str = Field(description="Ed25519, 32 bytes in base64.")
    created_at: datetime
    retired_at: datetime | None = Field(description="Since then it signs no more.")


class KeysShape(BaseModel):
    """What receipts of this portal are verified with; `medai receipt verify --key` reads it as it is."""

    portal: str
    keys: list[PublicKeyShape]


class MeShape(BaseModel):
    """Whose access this is."""

    id: str
    name: str
    language: Language
    access: Access
    course: str
    max_upload_bytes: int


class WorkState(StrEnum):
    """Whether an assignment can be handed in now."""

    NOT_OPEN = "not-open"
    OPEN = "open"
    CLOSED = "closed"


class LateStepShape(BaseModel):
    """From so late on, so much is taken off; the last step that was reached counts."""

    after_s: int
    percent: int


class AssignmentShape(BaseModel):
    """A released assignment as it stands for the person who asks."""

    id: str
    title: LocalText
    revision: int
    state: WorkState
    released_at: datetime
    opens_at: datetime
    due_at: datetime | None = Field(description="For this person: an extension is in it.")
    grace_s: int
    closes_at: datetime | None = Field(description="After this nothing is accepted.")
    late_rule: list[LateStepShape]
    max_attempts: int | None
    attempts: int = Field(description="Handed in by this person so far.")


class ReleasedFile(BaseModel):
    """A file of a release."""

    path: str
    sha256: str = Field(description=_SHA256)
    size_bytes: int


class AssignmentDetail(AssignmentShape):
    """An assignment with what is handed out for it."""

    notebooks: list[str] = Field(description="Names that handed-in notebooks should have.")
    files: list[ReleasedFile] = Field(description="Of every language's release; one path may stand twice.")


class AssignmentList(BaseModel):
    """What is out, by due date."""

    items: list[AssignmentShape]


class FeedbackShape(BaseModel):
    """A feedback page that its owner may fetch."""

    name: str
    sha256: str = Field(description=_SHA256)


class SubmissionShape(BaseModel):
    """A hand-in that has a receipt."""

    uuid: UUID
    assignment: str
    attempt: int
    file_name: str
    digest: str = Field(description=f"Of the bytes as they arrived: {_SHA256}")
    size_bytes: int
    received_at: datetime
    client_at: datetime | None
    due_at: datetime | None = Field(description="As it counted at that moment.")
    late_s: float = Field(description="Seconds after the due date; 0 within the grace period.")
    origin: str
    notes: list[LocalText] = Field(description="What the portal noticed; nothing in it needs an answer.")
    feedback: list[FeedbackShape] = []


class HandedInShape(SubmissionShape):
    """A hand-in with the proof of it."""

    code: str = Field(description="The receipt's short code, to read out.", examples=["7K2M-9QXA-00RT-5VWD"])
    receipt: str = Field(description="The signed receipt, byte for byte. Keep it: it proves the hand-in.")


class SubmissionPage(BaseModel):
    """A list of hand-ins, newest first."""

    items: list[SubmissionShape]
    next: str | None = Field(description="Give it as `after` to get the following page.")


class StaffSubmissionShape(SubmissionShape):
    """Somebody's hand-in."""

    person: str = Field(description="Id as on the roster.")


class StaffSubmissionPage(BaseModel):
    """A list of everybody's hand-ins, newest first."""

    items: list[StaffSubmissionShape]
    next: str | None = Field(description="Give it as `after` to get the following page.")


class WhichAttempts(StrEnum):
    """Which hand-ins of a person are listed."""

    LATEST = "latest"
    ALL = "all"


class ReleasedShape(BaseModel):
    """What a release through nbgrader's exchange became."""

    assignment: str
    revision: int
    files: list[ReleasedFile]
    grade_ids: dict[str, list[str]] = Field(description="Notebook → ids of its graded cells.")


class FeedbackReleased(BaseModel):
    """Feedback pages that their owner can fetch now."""

    uuid: UUID
    pages: list[FeedbackShape]


Responses = dict[int | str, dict[str, object]]
_MEANING = {
    400: "The request is not right.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "The role does not allow it, or a form's proof is missing.",
    404: "There is no such thing, or it is somebody else's.",
    408: "The upload was too slow.",
    409: "It contradicts what is there.",
    413: "More bytes than one request may carry.",
    422: "It was looked at and not taken; the reason says why. What trainees send is kept for disputes.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    500: "A fault of the portal's.",
    503: "Nothing can be saved just now; trying again is safe.",
}


def errors(*statuses: int) -> Responses:
    """Return the description of errors: those that every route has, and `statuses`."""
    known = sorted({400, 429, 500, 503, *statuses})
    return {status: {"model": ApiFault, "description": _MEANING[status]} for status in known}


def archive(meaning: str) -> dict[str, object]:
    """Return the description of a zip file as an answer."""
    return {
        "description": meaning,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"Content-Digest": {"schema": {"type": "string"}, "description": "RFC 9530, sha-256."}},
    }
