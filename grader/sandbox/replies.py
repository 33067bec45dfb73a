"""What may come back through the wall, validated field by field.

Knows the shape of replies and nbformat-4 outputs. Whatever does not validate is treated as the death of
the kernel, never as an error of the grader.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

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


class Ready(_Strict):
    """The kernel has placed the files and lowered its limits."""

    kind: Literal["ready"]


class Refused(_Strict):
    """The kernel could not prepare the run; says why."""

    kind: Literal["refused"]
    message: ShortText


def read_cell_reply(body: bytes, token: str) -> CellReply | None:
    """Return the reply to the request that carried `token`, or None when this is not one."""
    try:
        reply = CellReply.model_validate_json(body)
    except (ValidationError, RecursionError):
        return None
    return reply if reply.token == token else None


def read_setup_reply(body: bytes) -> Ready | Refused | None:
    """Return what the kernel said to the set-up request, or None when it makes no sense."""
    for model in (Ready, Refused):
        try:
            return model.model_validate_json(body)
        except (ValidationError, RecursionError):
            continue
    return None
