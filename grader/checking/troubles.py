"""Exceptions that cross over: the learner's as they can be had here, the test's as the learner hears of them.

Knows proxies and mirrors. Must not know conversations: who asks and keeps the books is `session`.
"""

from __future__ import annotations

import builtins
from typing import Any

from .faults import BrokenMessage
from .mirrors import RemoteMeta
from .protocol import LONGEST_TEXT, Trouble
from .remote import Remote, handle_of

_SIMPLE = (str, int, float, bool, type(None))


class ExceptionHolder(Remote, metaclass=RemoteMeta):
    """Holds the learner's exception object for the exception that stands for it."""

    __slots__ = ()


for _name, _value in (("class_id", 0), ("core", ""), ("line", ())):
    type.__setattr__(ExceptionHolder, f"_medai_{_name}", _value)


def builtin_exception(name: str) -> type[BaseException]:
    """Return the built-in class to raise for the one that the learner names; raises `BrokenMessage`."""
    kind = getattr(builtins, name, None)
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        raise BrokenMessage("an exception of no kind")
    if not issubclass(kind, Exception) and kind is not SystemExit:
        return RuntimeError  # an interrupt is ours to make
    return kind


def build_exception(mirror: type, args: tuple[Any, ...], text: str, holder: Any) -> BaseException:
    """Return an exception of this class, or of a plainer one when the class takes other arguments."""
    try:
        error: BaseException = type.__call__(mirror, *args)
    except Exception:
        error = type.__call__(mirror.__mro__[-3] if mirror is not Exception else Exception, text)
    if isinstance(mirror, RemoteMeta):
        vars(error).update(_medai_holder=holder, _medai_text=text)
    return error


def describe_own(error: BaseException, number: int) -> Trouble:
    """Return how an exception of a callback travels; by its number it is known when it comes home."""
    holder = vars(error).get("_medai_holder") if isinstance(type(error), RemoteMeta) else None
    kind = next(one for one in type(error).__mro__ if one.__module__ == "builtins")
    if not issubclass(kind, Exception):
        kind = RuntimeError
    args = error.args if all(type(one) in _SIMPLE for one in error.args) else ()
    ref = 0 if holder is None else handle_of(holder).number
    return Trouble(kind.__name__, 0, args, str(error)[:LONGEST_TEXT], ref, number, ())
