"""One conversation: asking, answering, and answering while waiting for an answer.

Knows messages and a channel. Must not know what operations do or what stands for an object: the two sides
(`session`, `learner`) say that. Takes turns strictly, so a message is either the one that is due or a fault.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from . import changes as changing
from .channel import Channel
from .decode import decode
from .encode import Bounds, encode
from .faults import BrokenMessage, TooLarge
from .light import MARK, find_mutables, light_answer, light_ask, light_reference, read_light
from .protocol import Answer, Ask, Done, Message, Raised, Trouble, pack, unpack

LIGHT = bytes([MARK])
DEEPEST = 40
"""Calls into each other that may be open at once; further ones raise RecursionError where they are made."""


class Conversation(ABC):
    """What both sides have in common."""

    understood: frozenset[str]
    """Operations that this side carries out."""

    def __init__(self, channel: Channel, bounds: Bounds) -> None:
        self._channel = channel
        self._bounds = bounds
        self._number = 0
        self.depth = 0
        self.waiting = 0
        """Questions of this side that have no answer yet."""

    @abstractmethod
    def refer(self, value: object) -> tuple[Any, ...]:
        """Return the tuple that stands for a value that is not plain."""

    @abstractmethod
    def resolve(self, parts: tuple[Any, ...]) -> object:
        """Return what the other side's tuple stands for; raises `BrokenMessage`."""

    @abstractmethod
    def name_target(self, value: object) -> int | None:
        """Return the number under which the other side knows the object that is asked; None for others."""

    @abstractmethod
    def find_target(self, ref: int) -> object:
        """Return the object that the other side means by such a number; raises `BrokenMessage`."""

    @abstractmethod
    def name_answer(self, value: object) -> tuple[int, int] | None:
        """Return the numbers of an object of this side and of its class; None for plain values and others."""

    @abstractmethod
    def find_answer(self, ref: int, class_id: int) -> object:
        """Return what stands for the other side's object; raises `BrokenMessage`."""

    @abstractmethod
    def perform(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> object:
        """Carry out what the other side asks for."""

    @abstractmethod
    def describe_trouble(self, error: BaseException) -> Trouble:
        """Return how an exception travels."""

    @abstractmethod
    def rebuild_trouble(self, trouble: Trouble) -> BaseException:
        """Return the exception that travelled."""

    def take_printed(self) -> tuple[tuple[str, str], ...]:
        """Return what this side printed since the last message."""
        return ()

    def show_printed(self, printed: tuple[tuple[str, str], ...]) -> None:
        """Show what the other side printed."""
        return

    def take_released(self) -> tuple[int, ...]:
        """Return the references this side needs no more."""
        return ()

    def drop_released(self, released: tuple[int, ...]) -> None:
        """Forget references that the other side needs no more."""
        return

    def mark_told(self, error: BaseException) -> BaseException:
        """Take note that this exception is the other side's, and return it."""
        return error

    def interject(self) -> None:
        """Raise what must come out instead of the answer that has just arrived."""
        return

    def send(self, message: Message, given: Mapping[int, int] | None = None) -> list[Any]:
        """Send a message; return the mutable values in it."""
        data, mutables = encode(pack(message), self.refer, self._bounds, given)
        self._channel.send(data)
        return mutables

    def receive(self, frame: bytes, given: list[Any]) -> tuple[Message, list[Any]]:
        """Return the message in a frame and the mutable values in it."""
        packed, mutables = decode(frame, self.resolve, self._bounds, given)
        return unpack(packed, self.understood), mutables

    def converse(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Ask, answer what is asked back, and return the answer or raise what it says."""
        if self.depth >= DEEPEST:
            raise RecursionError("calls between test and answer are nested too deeply")
        self._number += 1
        number = self._number
        self.depth += 1
        try:
            mine = self._ask(number, op, args, keywords)
            self.waiting += 1
            while True:
                frame = self._channel.receive()
                if frame[:1] == LIGHT:
                    parts = read_light(frame)
                    if len(parts) > 2 and type(parts[1]) is str:
                        self._answer_lightly(parts)
                        continue
                    return self._conclude_lightly(number, parts)
                message, theirs = self.receive(frame, mine)
                if isinstance(message, Ask):
                    self.answer(message, theirs)
                elif isinstance(message, Done) or message.number != number:
                    raise BrokenMessage("an answer to another question")
                else:
                    return self._conclude(message, mine)
        finally:
            self.depth -= 1

    def _ask(self, number: int, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> list[Any]:
        """Send a question; return the mutable values in it."""
        released, printed = self.take_released(), self.take_printed()
        if not keywords and not printed:
            target = self.name_target(args[0]) if args else None
            light = light_ask(number, op, target or 0, released, args if target is None else args[1:])
            if light is not None:
                self._channel.send(light[0])
                return light[1]
        return self.send(Ask(number, op, args, keywords, released, printed))

    def _conclude_lightly(self, number: int, parts: list[Any]) -> Any:
        if parts[0] != number:
            raise BrokenMessage("an answer to another question")
        if len(parts) == 2:
            value = parts[1]
        elif len(parts) == 4 and all(type(part) is int for part in parts):
            value = self.find_answer(parts[2], parts[3])
        else:
            raise BrokenMessage("not a message")
        self.waiting -= 1
        self.interject()
        return value

    def _conclude(self, message: Answer | Raised, mine: list[Any]) -> Any:
        self.waiting -= 1
        self.interject()
        self.show_printed(message.printed)
        if message.changes:
            changing.apply_changes(mine, message.changes)
        if isinstance(message, Raised):
            raise self.mark_told(self.rebuild_trouble(message.trouble))
        return message.value

    def serve_frame(self, frame: bytes) -> Done | None:
        """Answer the question in a frame, or return what says that there are no more."""
        if frame[:1] == LIGHT:
            self._answer_lightly(read_light(frame))
            return None
        message, mutables = self.receive(frame, [])
        if isinstance(message, Done):
            return message
        if not isinstance(message, Ask):
            raise BrokenMessage("a question was due")
        self.answer(message, mutables)
        return None

    def _answer_lightly(self, parts: list[Any]) -> None:
        """Carry out a question that came as a light frame."""
        if len(parts) < 4:
            raise BrokenMessage("not a question")
        number, op, ref, released, *rest = parts
        if op not in self.understood or type(ref) is not int or type(released) is not list:
            raise BrokenMessage("not a question")
        if released:
            self.drop_released(tuple(released))
        args = (self.find_target(ref), *rest) if ref else (*rest,)
        mutables = find_mutables(rest)
        before = changing.remember(mutables, self._freeze) if mutables else []
        try:
            value = self.perform(op, args, {})
        except BaseException as error:
            self.must_pass(error)
            self._reply(number, mutables, before, error)
        else:
            self._reply(number, mutables, before, None, value)

    def answer(self, ask: Ask, mutables: list[Any]) -> None:
        """Carry out one request of the other side and send what came out."""
        self.show_printed(ask.printed)
        self.drop_released(ask.released)
        before = changing.remember(mutables, self._freeze)
        try:
            value = self.perform(ask.op, ask.args, ask.keywords)
        except BaseException as error:
            self.must_pass(error)
            self._reply(ask.number, mutables, before, error)
        else:
            self._reply(ask.number, mutables, before, None, value)

    def must_pass(self, error: BaseException) -> None:
        """Raise exceptions that end the conversation instead of travelling."""
        return

    def _reply(
        self,
        number: int,
        mutables: list[Any],
        before: list[Any],
        error: BaseException | None,
        value: object = None,
    ) -> None:
        given: dict[int, int] = {}
        changes: tuple[tuple[int, Any], ...] = ()
        if mutables:
            given = {id(one): number for number, one in enumerate(mutables) if one is not None}
            changes = changing.find_changes(mutables, before, self._freeze)
        printed = self.take_printed()
        reply: Message
        if error is None:
            reply = Answer(number, value, changes, printed)
            light = not changes and not printed
        else:
            reply, light = Raised(number, self.describe_trouble(error), changes, printed), False
        self._send_reply(reply, given, light)

    def _send_reply(self, reply: Answer | Raised, given: dict[int, int], light: bool) -> None:
        try:
            if not (light and isinstance(reply, Answer) and self._send_lightly(reply, given)):
                self.send(reply, given)
        except (TooLarge, RecursionError) as limit:
            self.send(self.lighten(reply, limit))
        except Exception as refused:  # a value that cannot travel; the other side has heard nothing yet
            self.must_pass(refused)
            self.send(Raised(reply.number, self.describe_trouble(refused), (), reply.printed))

    def _send_lightly(self, reply: Answer, given: dict[int, int]) -> bool:
        frame = light_answer(reply.number, reply.value, given)
        if frame is None:
            named = self.name_answer(reply.value)
            if named is None:
                return False
            frame = light_reference(reply.number, *named)
        self._channel.send(frame)
        return True

    def lighten(self, reply: Answer | Raised, limit: Exception) -> Message:
        """Return a smaller reply instead of one that does not fit."""
        return Raised(reply.number, self.describe_trouble(ValueError(f"too large to travel: {limit}")))

    def finish(self, keep: bool = False) -> None:
        """Say that there are no more questions; `keep`: that there will be more about the same objects."""
        self.send(Done(keep))

    def _freeze(self, value: object) -> object:
        try:
            return encode(value, self._freeze_reference, self._bounds)[0]
        except TooLarge:
            return None

    def _freeze_reference(self, value: object) -> tuple[Any, ...]:
        return (id(value),)
