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
from .channel import Channel
from .conversation import Conversation
from .encode import Bounds
from .faults import BrokenMessage, ChannelFault, LearnerMisbehaved, NotPlain, NotPortable, Reason, TooLarge
from .handout import Handouts
from .mirrors import RemoteMeta, build_mirror, claimed_class, make_proxy
from .plainnames import plain_names
from .protocol import CHECKER_DOES, LONGEST_TEXT, Answer, Raised, Trouble
from .remote import Remote, handle_of

MOST_STEPS = 1_000_000
MOST_CALLBACKS = 200_000
_MOST_CLASSES = 2_000
_LONGEST_LINE = 30
"""Of classes derived from one another."""


class Session(Conversation):
    """What one test cell has to do with the learner."""

    understood = CHECKER_DOES

    def __init__(
        self, channel: Channel, author: AuthorNames | None = None, bounds: Bounds | None = None
    ) -> None:
        super().__init__(channel, bounds or Bounds())
        self.author = author or AuthorNames()
        self.fault: LearnerMisbehaved | None = None
        self.refusals: list[str] = []
        """What a test wanted to do with an object that is not plain; a cell with one has not passed."""
        self.calls = 0
        self._steps = 0
        self._callbacks = 0
        self._handouts = Handouts()
        self._mirrors: dict[int, type] = {}
        self._in_making: set[int] = set()
        self._tested: set[type] = set()
        self._proxies: weakref.WeakValueDictionary[int, Remote] = weakref.WeakValueDictionary()
        self._released: list[int] = []
        self._origins: dict[int, BaseException] = {}
        self._pending: BaseException | None = None
        self._closed = False

    def ask(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Have the learner's process do something; raises what it raised, or `LearnerMisbehaved`."""
        if self.fault is not None:
            raise self.fault
        if self._closed:
            raise NotPlain("an object of the learner was used after its test cell had ended")
        self.calls += 1
        open_before = self.waiting
        try:
            return self.converse(op, args, keywords)
        except BrokenMessage as broken:
            raise self.blame(Reason.BROKEN, str(broken)) from None
        except ChannelFault as fault:
            raise self.blame(fault.reason, str(fault)) from None
        except TooLarge as large:
            raise NotPortable(f"too large for the learner's code: {large}") from None
        finally:
            if self.waiting != open_before and self.fault is None:
                self.blame(Reason.STOPPED, "interrupted while waiting for an answer")

    def ask_exactly(self, kind: type, op: str, args: tuple[Any, ...]) -> Any:
        """Ask for what must be exactly of this type."""
        value = self.ask(op, args, {})
        if type(value) is not kind:
            raise self.blame(Reason.BROKEN, f"`{op}` gave no {kind.__name__}")
        return value

    def blame(self, reason: Reason, text: str) -> LearnerMisbehaved:
        """Note the learner's first fault and return it."""
        if self.fault is None:
            self.fault = LearnerMisbehaved(reason, text)
        return self.fault

    def refuse(self, text: str) -> NotPlain:
        """Note that a test wanted an object to decide, and return what to raise."""
        self.refusals.append(text)
        return NotPlain(text)

    def close(self) -> None:
        """Tell the learner that the cell is over."""
        if self.fault is None and not self._closed:
            try:
                self.finish()
            except ChannelFault as fault:
                self.blame(fault.reason, str(fault))
        self._closed = True

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
            known = build_mirror(self, class_id, self.ask("describe", (class_id,), {}))
            self._in_making.remove(class_id)
            self._mirrors[class_id] = known
        return known

    def test_class(self, mirror: type) -> None:
        """Take note that the test cell is about this class."""
        self._tested.add(mirror)

    def is_tested(self, mirror: type) -> bool:
        """Tell whether the test cell is about this class or one that it is derived from."""
        return bool(self._tested) and any(one in self._tested for one in mirror.__mro__)

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
        parameter, kinds = inspect.Parameter, list(inspect._ParameterKind)
        try:
            return inspect.Signature(
                [parameter(n, kinds[k], default=d if has else parameter.empty) for n, k, has, d in told]
            )
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

    def resolve(self, parts: tuple[Any, ...]) -> object:
        """Return the proxy, the mirror or the test's own object that the learner means."""
        if not all(type(part) in (int, str) for part in parts):
            raise BrokenMessage("a reference that is none")
        match parts:
            case ("S", int(number)):
                return self._handouts.resolve(number)
            case ("C", int(number)) if number > 0:
                return self.mirror(number)
            case ("L", int(number), int(class_id)) if number > 0 and class_id > 0:
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
        return known

    def _exception_value(self, number: int, mirror: type) -> BaseException:
        holder = self._proxies.get(number) or self._exception_holder(number)
        args = self.ask("getattr", (holder, "args"), {})
        text = self.ask_exactly(str, "str", (holder,))
        return self._build_exception(mirror, args if type(args) is tuple else (), text, holder)

    def _exception_holder(self, number: int) -> Remote:
        holder = make_proxy(self, number, _ExceptionHolder)
        self._proxies[number] = holder
        return holder

    def _build_exception(self, mirror: type, args: tuple[Any, ...], text: str, holder: Any) -> BaseException:
        try:
            error: BaseException = type.__call__(mirror, *args)
        except Exception:
            error = type.__call__(mirror.__mro__[-3] if mirror is not Exception else Exception, text)
        if isinstance(mirror, RemoteMeta):
            vars(error).update(_medai_holder=holder, _medai_text=text)
        return error

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
        if not isinstance(error, Exception):
            self._pending = error  # a test's way to stop at once: it comes out whatever the learner does

    def _conclude(self, message: Answer | Raised, mine: list[Any]) -> Any:
        pending = self._pending
        if pending is not None:
            self._pending = None
            self.waiting -= 1
            raise pending
        return super()._conclude(message, mine)

    def describe_trouble(self, error: BaseException) -> Trouble:
        """Return how an exception of a callback travels."""
        holder = vars(error).get("_medai_holder") if isinstance(type(error), RemoteMeta) else None
        kind = next(one for one in type(error).__mro__ if one.__module__ == "builtins")
        if not issubclass(kind, Exception):
            kind = RuntimeError
        number = len(self._origins) + 1
        self._origins[number] = error
        simple = all(type(one) in (str, int, float, bool, type(None)) for one in error.args)
        args = error.args if simple else ()
        ref = 0 if holder is None else handle_of(holder).number
        return Trouble(kind.__name__, 0, args, str(error)[:LONGEST_TEXT], ref, number, ())

    def rebuild_trouble(self, trouble: Trouble) -> BaseException:
        """Return the exception that the learner's code raised, as near as it can be had here."""
        if trouble.origin in self._origins:
            return self._origins[trouble.origin]
        kind = getattr(sys.modules["builtins"], trouble.builtin, None)
        if not isinstance(kind, type) or not issubclass(kind, BaseException):
            raise BrokenMessage("an exception of no kind")
        if not issubclass(kind, Exception) and kind is not SystemExit:
            kind = RuntimeError  # an interrupt is ours to make
        holder: Any = None
        mirror: type = kind
        if trouble.class_id and trouble.ref:
            claimed = self.mirror(trouble.class_id)
            mirror = claimed if issubclass(claimed, Exception) else kind
            holder = self._proxies.get(trouble.ref) or self._exception_holder(trouble.ref)
        error = self._build_exception(mirror, trouble.args, trouble.text, holder)
        vars(error)["learner_trace"] = trouble.trace
        return error

    def show_printed(self, printed: tuple[tuple[str, str], ...]) -> None:
        """Show what the learner's code printed where the test's own output goes."""
        for name, text in printed:
            (sys.stdout if name == "stdout" else sys.stderr).write(text)


class _ExceptionHolder(Remote, metaclass=RemoteMeta):
    """Holds the learner's exception object for the exception that stands for it."""

    __slots__ = ()


for _name, _value in (("class_id", 0), ("core", ""), ("line", ())):
    type.__setattr__(_ExceptionHolder, f"_medai_{_name}", _value)
