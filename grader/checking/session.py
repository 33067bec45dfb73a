"""The checker's side: asks the learner, keeps the books, and never believes more than it must.

Knows a channel, proxies and what the author says about names. Must not run anything of the learner's. Every
fault of the learner ends the session: `fault` says which, and stays, whatever a test does with the exception.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Mapping
from typing import Any

from .author import AuthorNames
from .books import Books
from .channel import Channel
from .encode import Bounds
from .faults import (
    BrokenMessage,
    ChannelFault,
    LearnerMisbehaved,
    NotPlain,
    NotPortable,
    Reason,
    TooLarge,
)  # fmt: skip
from .handout import Handouts
from .mirrors import RemoteMeta, build_mirror, claimed_class, make_proxy
from .operations import CHANGING, build_signature, describe_known
from .plainnames import plain_names
from .protocol import CHECKER_DOES, Trouble
from .remote import Remote, handle_of
from .troubles import ExceptionHolder, build_exception, builtin_exception, describe_own

FAREWELL_TIMEOUT_S = 0.2
MOST_STEPS = 1_000_000
MOST_CALLBACKS = 200_000
_MOST_CLASSES = 2_000
_LONGEST_LINE = 30
"""Of classes derived from one another."""


class Session(Books):
    """What one test cell has to do with the learner."""

    understood = CHECKER_DOES

    def __init__(
        self, channel: Channel, author: AuthorNames | None = None, bounds: Bounds | None = None
    ) -> None:
        super().__init__(channel, bounds, author)
        self._told: BaseException | None = None
        """The exception that the learner's code raised last."""
        self._steps = 0
        self._callbacks = 0
        self._handouts = Handouts()
        self._mirrors: dict[int, type] = {}
        self._in_making: set[int] = set()
        self._proxies: weakref.WeakValueDictionary[int, Remote] = weakref.WeakValueDictionary()
        self._released: list[int] = []
        self._origins: dict[int, BaseException] = {}
        self._pending: BaseException | None = None
        self._closed = self._kept = False

    def ask(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Have the learner's process do something; raises what it raised, or `LearnerMisbehaved`."""
        if self.fault is not None:
            raise self.fault
        if self._closed:
            raise NotPlain("an object of the learner was used after its test cell had ended")
        self.calls += 1
        self.deeds += op in CHANGING
        open_before = self.waiting
        try:
            return self.converse(op, args, keywords)
        except Exception as error:
            if error is self._told and not isinstance(error, StopIteration | StopAsyncIteration):
                raise
            raise self._what_it_means(error, op) from None  # never kept in a variable: it would keep itself
        finally:
            if self.waiting != open_before and self.fault is None:
                self.blame(Reason.STOPPED, "interrupted while waiting for an answer")

    def _what_it_means(self, error: Exception, op: str) -> BaseException:
        """Return what to raise for what came out of a conversation."""
        match error:
            case BrokenMessage():
                return self.blame(Reason.BROKEN, str(error))
            case ChannelFault():
                return self.blame(error.reason, str(error))
            case TooLarge():
                return self.excuse_by(NotPortable(f"too large for the learner's code: {error}"))
            case StopIteration() | StopAsyncIteration():
                return self._end_no_loop(error, op)
            case RecursionError() | MemoryError():
                return error
        return self.excuse_by(error)

    def _end_no_loop(self, stop: Exception, op: str) -> Exception:
        """Return what to raise for StopIteration: only the end of an iteration ends a loop of the test."""
        if op == "next" or self.expects("StopIteration", "StopAsyncIteration"):
            return stop
        error = RuntimeError(f"the learner's code raised {type(stop).__name__}")
        vars(error).update(vars(stop))
        self._told = error
        return error

    def mark_told(self, error: BaseException) -> BaseException:
        """Take note that this exception is the learner's, and return it."""
        self._told = error
        return error

    def ask_exactly(self, kind: type, op: str, args: tuple[Any, ...]) -> Any:
        """Ask for what must be exactly of this type."""
        value = self.ask(op, args, {})
        if type(value) is not kind:
            raise self.blame(Reason.BROKEN, f"`{op}` gave no {kind.__name__}")
        return value

    def begin(self) -> None:
        """Get ready for the next test cell, with the objects of the learner that earlier ones still hold."""
        self.refusals, self.excuse, self.calls = [], None, 0
        self._steps = self._callbacks = 0
        self._closed = False

    def forget_told(self) -> None:
        """Let go of the learner's last exception, and of the objects that its traceback holds."""
        self._told = None

    @property
    def lends_objects(self) -> bool:
        """Tell whether anything here still stands for an object of the learner."""
        return bool(self._proxies)

    @property
    def goes_on(self) -> bool:
        """Tell whether the last test cell left it open for the next."""
        return self._kept and self.fault is None

    def close(self, keep: bool = False) -> None:
        """Tell the learner that the cell is over; `keep`: that the session goes on with the next one.

        After a fault the conversation is out of step; this ends it for the learner too, if it still listens.
        """
        if self._closed:
            return
        self._closed = True
        try:
            if self.fault is not None:
                self._channel.limit_wait(FAREWELL_TIMEOUT_S)
            self._kept = keep and self.fault is None
            self.finish(self._kept)
        except ChannelFault as fault:
            self.blame(fault.reason, str(fault))

    def count_step(self) -> None:
        """Count one step of an iteration."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise self.blame(Reason.TOO_MUCH, "an iteration without end")

    # classes ------------------------------------------------------------------------------------------

    def mirror(self, class_id: int) -> type:
        """Return the mirror of a class of the learner."""
        known = self._mirrors.get(class_id)
        if known is None:
            if len(self._mirrors) >= _MOST_CLASSES or len(self._in_making) >= _LONGEST_LINE:
                raise BrokenMessage("too many classes")
            if class_id in self._in_making:
                raise BrokenMessage("a class that is derived from itself")
            self._in_making.add(class_id)
            try:
                known = build_mirror(self, class_id, self._describe(class_id))
            finally:
                self._in_making.remove(class_id)
            self._mirrors[class_id] = known
        return known

    def _describe(self, class_id: int) -> Any:
        told = self.ask("describe", (class_id,), {}) if class_id > 0 else describe_known(class_id)
        if told is None:
            raise BrokenMessage("an object of no class")
        return told

    def screen(self, mirror: type, name: str, value: Any) -> Any:
        """Return an attribute's value; raises `NotPlain` for a method that was meant for a plain value.

        `answer.equals(expected)` asks a table; an object with such a method could say yes to everything.
        """
        if callable(value) and name in plain_names() and not self._may_have(mirror, name):
            raise self.refuse(f"`.{name}` needs a plain value, and the answer is of type {mirror.__name__}")
        return value

    def _may_have(self, mirror: type, name: str) -> bool:
        if self.is_tested(mirror):
            return name in self.author.members
        claimed = claimed_class(mirror)
        root = claimed.__module__.partition(".")[0] if claimed is not None else ""
        return root in ("sklearn", "matplotlib") and hasattr(claimed, name)

    def signature(self, value: Any) -> inspect.Signature:
        """Return the signature that the learner's process tells."""
        told = self.ask_exactly(tuple, "signature", (value,))
        try:
            return build_signature(told)
        except (TypeError, ValueError, LookupError):
            raise self.blame(Reason.BROKEN, "a signature that is none") from None

    # references ---------------------------------------------------------------------------------------

    def release(self, number: int) -> None:
        """Note that a reference is needed no more."""
        self._released.append(number)

    def take_released(self) -> tuple[int, ...]:
        """Return the references this side needs no more."""
        if not self._released:
            return ()
        gone, self._released = self._released, []
        return tuple(number for number in gone if number not in self._proxies)

    def refer(self, value: object) -> tuple[Any, ...]:
        """Return what stands for a proxy, a mirror or something of the test."""
        if isinstance(type(value), RemoteMeta):
            if isinstance(value, BaseException):
                holder = vars(value).get("_medai_holder")
                if holder is None:
                    raise NotPortable("an exception that did not come from the learner")
                value = holder
            handle = handle_of(value)
            if handle.session is not self:
                raise NotPortable("an object of the learner from another test cell")
            return ("L", handle.number)
        if isinstance(value, RemoteMeta):
            return ("C", value._medai_class_id)
        return self._handouts.refer(value)

    def name_target(self, value: object) -> int | None:
        """Return the number of a proxy, or that of a mirror below zero."""
        if isinstance(type(value), RemoteMeta):
            if isinstance(value, BaseException):
                return None
            handle = handle_of(value)
            return handle.number if handle.session is self else None
        return -value._medai_class_id if isinstance(value, RemoteMeta) and value._medai_class_id > 0 else None

    def find_target(self, ref: int) -> object:
        """Return an object of the test."""
        return self._handouts.resolve(ref - 1)

    def name_answer(self, value: object) -> tuple[int, int] | None:
        """Say nothing: what a test hands out is told at length."""
        return None

    def find_answer(self, ref: int, class_id: int) -> object:
        """Return the proxy that the learner means."""
        return self.resolve(("L", ref, class_id))

    def resolve(self, parts: tuple[Any, ...]) -> object:
        """Return the proxy, the mirror or the test's own object that the learner means."""
        if not all(type(part) in (int, str) for part in parts):
            raise BrokenMessage("a reference that is none")
        match parts:
            case ("S", int(number)):
                return self._handouts.resolve(number)
            case ("C", int(number)) if number > 0:
                return self.mirror(number)
            case ("L", int(number), int(class_id)) if number > 0:
                return self._proxy(number, class_id)
        raise BrokenMessage("an unknown reference")

    def _proxy(self, number: int, class_id: int) -> object:
        known = self._proxies.get(number)
        if known is None:
            mirror = self.mirror(class_id)
            if issubclass(mirror, BaseException):
                return self._exception_value(number, mirror)
            if not isinstance(mirror, RemoteMeta):
                raise BrokenMessage("an object of no class")
            known = self._proxies[number] = make_proxy(self, number, mirror)
        else:
            handle_of(known).made = False  # the learner hands it back: now it is an answer
        return known

    def _exception_value(self, number: int, mirror: type) -> BaseException:
        holder = self._proxies.get(number) or self._exception_holder(number)
        try:
            args = self.ask("getattr", (holder, "args"), {})
            text = self.ask_exactly(str, "str", (holder,))
        except Exception:
            args, text = (), ""
        return build_exception(mirror, args if type(args) is tuple else (), text, holder)

    def _exception_holder(self, number: int) -> Remote:
        holder = make_proxy(self, number, ExceptionHolder)
        self._proxies[number] = holder
        return holder

    # what the learner asks back -----------------------------------------------------------------------

    def perform(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> object:
        """Carry out a callback."""
        self._callbacks += 1
        if self._callbacks > MOST_CALLBACKS:
            raise self.blame(Reason.TOO_MUCH, "callbacks without end")
        return self._handouts.perform(op, args, keywords)

    def must_pass(self, error: BaseException) -> None:
        """Let faults and interrupts through; the learner does not hear of them."""
        if isinstance(error, LearnerMisbehaved | BrokenMessage | ChannelFault | KeyboardInterrupt):
            raise error
        failed = isinstance(error, AssertionError) and not hasattr(error, "learner_trace")
        if not isinstance(error, Exception) or (failed and not self.expects_failure):
            self._pending = error  # a test's way to stop at once: it comes out whatever the learner does

    def interject(self) -> None:
        """Raise what a callback raised to stop the test at once."""
        pending = self._pending
        if pending is not None:
            self._pending = None
            raise self.mark_told(pending)

    def describe_trouble(self, error: BaseException) -> Trouble:
        """Return how an exception of a callback travels."""
        number = len(self._origins) + 1
        self._origins[number] = error
        return describe_own(error, number)

    def rebuild_trouble(self, trouble: Trouble) -> BaseException:
        """Return the exception that the learner's code raised, as near as it can be had here."""
        if trouble.origin in self._origins:
            return self._origins[trouble.origin]
        kind: type = builtin_exception(trouble.builtin)
        holder: Any = None
        mirror = kind
        if trouble.class_id and trouble.ref:
            mirror = self._exception_class(trouble.class_id) or kind
            holder = self._proxies.get(trouble.ref) or self._exception_holder(trouble.ref)
        error = build_exception(mirror, trouble.args, trouble.text, holder)
        vars(error)["learner_trace"] = trouble.trace
        return error

    def _exception_class(self, class_id: int) -> type | None:
        try:
            mirror = self.mirror(class_id)
        except Exception:  # a class that cannot be described
            return None
        return mirror if issubclass(mirror, Exception) else None

    def show_printed(self, printed: tuple[tuple[str, str], ...]) -> None:
        """Show what the learner's code printed where the test's own output goes."""
        for name, text in printed:
            (sys.stdout if name == "stdout" else sys.stderr).write(text)
