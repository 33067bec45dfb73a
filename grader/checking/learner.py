"""The learner's side: answers questions about the names and objects that the learner's cells made.

Knows a namespace and a channel. Runs in the learner's process, so nobody believes what it says; it is honest
so that honest answers count. Must not know any test.
"""

from __future__ import annotations

import builtins
import importlib
import io
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .channel import Channel
from .conversation import Conversation
from .encode import Bounds, is_plain
from .faults import BrokenMessage, ChannelFault
from .operations import KNOWN_CLASSES, OPERATIONS, describe_class
from .protocol import LEARNER_DOES, LONGEST_PRINT, LONGEST_TEXT, Answer, Done, Message, Raised, Trouble
from .stubs import Stub, make_stub

MOST_REFERENCES = 20_000
CUT_NOTE = "\n[…]\n"
_BUILTINS = frozenset(id(kind) for kind in vars(builtins).values() if isinstance(kind, type))
TraceLines = Callable[[BaseException], list[str]]


class ByReference:
    """Something that must not travel by copy, although it could."""

    def __init__(self, value: object) -> None:
        self.value = value


class Recorder(io.TextIOBase):
    """Stands in for a stream while the learner's code answers, and keeps what it prints."""

    encoding = "utf-8"

    def __init__(self, name: str, pieces: list[tuple[str, str]]) -> None:
        self._name = name
        self._pieces = pieces
        self.renew()

    def write(self, text: str) -> int:
        """Keep text, as far as there is room."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._room > 0:
            kept = str.__add__(text[: self._room], "")
            self._pieces.append((self._name, kept if len(text) <= self._room else kept + CUT_NOTE))
            self._room -= len(text)
        return len(text)

    def renew(self) -> None:
        """Start with all the room again."""
        self._room = LONGEST_PRINT // 2 - len(CUT_NOTE)

    def writable(self) -> bool:
        """Say yes."""
        return True


class LearnerSide(Conversation):
    """Serves one checker at a time, test cell after test cell."""

    understood = LEARNER_DOES

    def __init__(
        self,
        channel: Channel,
        namespace: dict[str, Any],
        bounds: Bounds | None = None,
        trace_lines: TraceLines | None = None,
    ) -> None:
        super().__init__(channel, bounds or Bounds())
        self._namespace = namespace
        self._trace_lines = trace_lines
        self._pieces: list[tuple[str, str]] = []
        self._recorders = [Recorder("stdout", self._pieces), Recorder("stderr", self._pieces)]
        self._forget()

    def _forget(self) -> None:
        self._objects: dict[int, object] = {}
        self._references: dict[int, int] = {}
        self._classes: list[type] = []
        self._class_ids: dict[int, int] = {}
        self._next = 0
        self._origins: dict[int, tuple[BaseException, int]] = {}

    def serve(self) -> bool:
        """Answer until the checker is done with a test cell; False when it is gone."""
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self._recorders
        done: Done | None = None
        try:
            while done is None:
                done = self.serve_frame(self._channel.receive())
        except ChannelFault:
            return False
        finally:
            sys.stdout, sys.stderr = streams
            self._pieces.clear()
            if done is None or not done.keep:
                self._forget()
        return True

    def take_printed(self) -> tuple[tuple[str, str], ...]:
        """Return what this side printed since the last message."""
        if not self._pieces:
            return ()
        joined: list[tuple[str, str]] = []
        for name, text in self._pieces:
            if joined and joined[-1][0] == name:
                joined[-1] = (name, joined[-1][1] + text)
            else:
                joined.append((name, text))
        self._pieces.clear()
        for recorder in self._recorders:
            recorder.renew()
        return tuple(joined)

    def drop_released(self, released: tuple[int, ...]) -> None:
        """Forget references that the checker needs no more."""
        for number in released:
            value = self._objects.pop(number, None)
            self._references.pop(id(value), None)

    def refer(self, value: object) -> tuple[Any, ...]:
        """Return the number of an object, of a class, or of what the test handed in."""
        if isinstance(value, ByReference):
            value = value.value
        if isinstance(value, Stub):
            return ("S", value._medai_number)
        if isinstance(value, type):
            return ("C", self._class_id(value))
        return ("L", self._reference(value), self._kind_id(value))

    def _kind_id(self, value: object) -> int:
        kind = type(value)
        return KNOWN_CLASSES.get(kind) or self._class_id(kind)

    def name_target(self, value: object) -> int | None:
        """Return the number of something that the test handed in."""
        return value._medai_number + 1 if isinstance(value, Stub) else None

    def find_target(self, ref: int) -> object:
        """Return the learner's own object or class."""
        found = self._objects.get(ref, self) if ref > 0 else self._classes[-ref - 1]
        if found is self:
            raise BrokenMessage("an unknown reference")
        return found

    def name_answer(self, value: object) -> tuple[int, int] | None:
        """Return the numbers of an object that is not plain."""
        if type(value) is ByReference:
            value = value.value
        elif is_plain(value):
            return None
        if isinstance(value, Stub | type):
            return None
        return self._reference(value), self._kind_id(value)

    def find_answer(self, ref: int, class_id: int) -> object:
        """Refuse: the checker's objects are not told this way."""
        raise BrokenMessage("an object that is none")

    def _reference(self, value: object) -> int:
        number = self._references.get(id(value))
        if number is None:
            if len(self._objects) >= MOST_REFERENCES:
                raise MemoryError(f"more than {MOST_REFERENCES} objects in use by the test")
            self._next += 1
            number = self._references[id(value)] = self._next
            self._objects[number] = value
        return number

    def _class_id(self, kind: type) -> int:
        known = self._class_ids.get(id(kind))
        if known is None:
            self._classes.append(kind)
            known = self._class_ids[id(kind)] = len(self._classes)
        return known

    def resolve(self, parts: tuple[Any, ...]) -> object:
        """Return the learner's own object, or what stands for something of the test."""
        match parts:
            case ("L", int(number)) if number in self._objects:
                return self._objects[number]
            case ("C", int(number)) if 0 < number <= len(self._classes):
                return self._classes[number - 1]
            case ("C", int(number)) if number < 0:
                return next(kind for kind, known in KNOWN_CLASSES.items() if known == number)
            case ("S", int(number), str(kind), tuple(names)):
                return make_stub(self, number, kind, frozenset(names))
            case ("M", str(module), str(path)):
                return _import_path(module, path)
            case ("E", str(module), str(path), dict(settings)):
                return _import_path(module, path)(**settings)
            case ("X", str(name), tuple(args)):
                return _import_path("builtins", name)(*args)
        raise BrokenMessage("an unknown reference")

    def perform(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> object:
        """Carry out what the checker asks for."""
        if op == "name":
            if args[0] not in self._namespace:
                raise NameError(f"name {args[0]!r} is not defined")
            return self._namespace[args[0]]
        if op == "describe":
            return describe_class(self._classes[args[0] - 1], self._class_id)
        value = OPERATIONS[op](*args, **keywords)
        return ByReference(value) if op == "iter" else value

    def describe_trouble(self, error: BaseException) -> Trouble:
        """Return how the learner's exception travels."""
        kind = type(error)
        builtin = next(one for one in type.mro(kind) if id(one) in _BUILTINS)
        plain = kind is builtin
        try:
            args = BaseException.args.__get__(error)[:100]  # type: ignore[attr-defined]
            class_id = 0 if plain else self._class_id(kind)
            ref = 0 if plain else self._reference(error)
            return Trouble(
                builtin=builtin.__name__,
                class_id=class_id,
                args=args,
                text=_text(error),
                ref=ref,
                origin=self._origins.get(id(error), (None, 0))[1],
                trace=self._trace(error),
            )
        except Exception:  # it defends itself against being described
            return Trouble(builtin.__name__, 0, (), "", 0, 0, ())

    def _trace(self, error: BaseException) -> tuple[str, ...]:
        if self._trace_lines is None:
            return ()
        return tuple(str(line)[:LONGEST_TEXT] for line in self._trace_lines(error)[:100])

    def rebuild_trouble(self, trouble: Trouble) -> BaseException:
        """Return an exception that a callback into the test raised."""
        if trouble.ref in self._objects and isinstance(known := self._objects[trouble.ref], BaseException):
            return known
        kind = _import_path("builtins", trouble.builtin)
        error: BaseException
        try:
            error = kind(*trouble.args)
        except Exception:
            error = RuntimeError(trouble.text)
        self._origins[id(error)] = (error, trouble.origin)
        return error

    def lighten(self, reply: Answer | Raised, limit: Exception) -> Message:
        """Keep a value that is too large here; the test can walk it."""
        if isinstance(reply, Answer):
            return Answer(reply.number, ByReference(reply.value))
        return super().lighten(reply, limit)


def _text(error: BaseException) -> str:
    try:
        return str.__add__(str(error)[:LONGEST_TEXT], "")
    except BaseException:
        return ""


def _import_path(module: str, path: str) -> Any:
    found: Any = importlib.import_module(module)
    for name in path.split(".") if path else ():
        found = getattr(found, name)
    return found
