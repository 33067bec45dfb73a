"""What may come back through the wall, validated field by field.

Knows the shape of replies and nbformat-4 outputs. Whatever does not validate is treated as the death of
the kernel, never as an error of the grader.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

ShortText = Annotated[str, Field(max_length=4000)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Stream(_Strict):
    """Printed text."""

    output_type: Literal["stream"]
    name: Literal["stdout", "stderr"]
    text: str


class Display(_Strict):
    """Something shown with `display()` or a figure."""

    output_type: Literal["display_data"]
    data: dict[Literal["text/plain", "text/html", "image/png", "image/svg+xml"], str]
    metadata: dict[str, Any] = Field(max_length=0)


class Result(Display):
    """The value of a cell's last expression."""

    output_type: Literal["execute_result"]  # type: ignore[assignment]
    execution_count: int = Field(ge=0, le=1_000_000)


class ErrorOutput(_Strict):
    """An exception with its traceback."""

    output_type: Literal["error"]
    ename: ShortText
    evalue: ShortText
    traceback: list[ShortText] = Field(max_length=100)


class CellReply(_Strict):
    """How one cell ended and what it showed."""

    kind: Literal["cell"]
    token: str
    ended: Literal["ok", "error", "interrupted", "out-of-memory", "output-limit"]
    outputs: tuple[
        Annotated[Stream | Display | Result | ErrorOutput, Field(discriminator="output_type")], ...
    ]
    error_name: ShortText
    error_message: ShortText
    reached: ShortText = ""
    """What the mark at the end of a test in the learner's process was called with."""


class CheckReply(CellReply):
    """What a checker says about a test cell; only checkers may."""

    passed: bool
    fault: Literal["", "broken", "closed", "silent", "too-much", "stopped", "author"]
    """Who broke off the conversation and how; `stopped`: interrupted while the learner was to answer."""
    refused: ShortText
    own_memory: bool = False
    """It was the checker that ran out of memory."""


class Answered(_Strict):
    """A learner has answered all questions of one test cell."""

    kind: Literal["answered"]
    token: str


class Ready(_Strict):
    """The kernel has placed the files and lowered its limits."""

    kind: Literal["ready"]


class Refused(_Strict):
    """The kernel could not prepare the run; says why."""

    kind: Literal["refused"]
    message: ShortText


_Reply = TypeVar("_Reply", CellReply, CheckReply, Answered)


def read_reply(model: type[_Reply], body: bytes, token: str) -> _Reply | None:
    """Return the reply to the request that carried `token`, or None when this is not one."""
    try:
        reply = model.model_validate_json(body)
    except (ValidationError, RecursionError):
        return None
    return reply if reply.token == token else None


def read_cell_reply(body: bytes, token: str) -> CellReply | None:
    """Return what a kernel says about a cell, or None when this is not it."""
    return read_reply(CellReply, body, token)


def read_setup_reply(body: bytes) -> Ready | Refused | None:
    """Return what the kernel said to the set-up request, or None when it makes no sense."""
    for model in (Ready, Refused):
        try:
            return model.model_validate_json(body)
        except (ValidationError, RecursionError):
            continue
    return None
