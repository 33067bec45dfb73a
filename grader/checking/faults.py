"""What can go wrong between the two processes, by whose fault.

Knows names only. A fault of the learner is a `BaseException`: a test that catches `Exception` around a
call must not turn a broken conversation into an expected error.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a conversation ended."""

    BROKEN = "broken"
    """A message that the protocol does not know, at a time when none was due, or about nothing known."""
    CLOSED = "closed"
    """The other side is gone."""
    SILENT = "silent"
    """The other side did not answer in time."""
    TOO_MUCH = "too-much"
    """More bytes, items, callbacks or references than are allowed."""
    STOPPED = "stopped"
    """This side was interrupted while it waited, so the conversation is out of step."""


class BrokenMessage(Exception):
    """Bytes that are not a message; the only thing that decoding raises."""


class TooLarge(Exception):
    """A value beyond the limits of a message; it can travel by reference only."""


class CannotCheck(Exception):
    """The test or the checker itself is wrong, which says nothing about the learner."""


class NotPortable(CannotCheck, TypeError):
    """A test tried to send the learner something that cannot travel; the author's fault."""


class ChannelFault(Exception):
    """The channel gave out; `reason` says how."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class LearnerMisbehaved(BaseException):
    """The learner process broke the rules, died or fell silent: a verdict, not an accident."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class NotPlain(TypeError):
    """A test would have let the learner's own object decide about the answer."""
