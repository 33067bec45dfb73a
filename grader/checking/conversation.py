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
from .protocol import Answer, Ask, Done, Message, Raised, Trouble, pack, unpack

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

    def send(self, message: Message, given: Mapping[int, int] | None = None) -> list[Any]:
        """Send a message; return the mutable values in it."""
        data, mutables = encode(pack(message), self.refer, self._bounds, given)
        self._channel.send(data)
        return mutables

    def receive(self, given: list[Any]) -> tuple[Message, list[Any]]:
        """Return the next message and the mutable values in it."""
        packed, mutables = decode(self._channel.receive(), self.resolve, self._bounds, given)
        return unpack(packed, self.understood), mutables

    def converse(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Ask, answer what is asked back, and return the answer or raise what it says."""
        if self.depth >= DEEPEST:
            raise RecursionError("calls between test and answer are nested too deeply")
        self._number += 1
        number = self._number
        self.depth += 1
        try:
            mine = self.send(Ask(number, op, args, keywords, self.take_released(), self.take_printed()))
            self.waiting += 1
            while True:
                message, theirs = self.receive(mine)
                match message:
                    case Ask():
                        self.answer(message, theirs)
                    case Answer() | Raised() if message.number == number:
                        return self._conclude(message, mine)
                    case _:
                        raise BrokenMessage("an answer to another question")
        finally:
            self.depth -= 1

    def _conclude(self, message: Answer | Raised, mine: list[Any]) -> Any:
        self.show_printed(message.printed)
        if message.changes:
            changing.apply_changes(mine, message.changes)
        self.waiting -= 1
        if isinstance(message, Raised):
            raise self.rebuild_trouble(message.trouble)
        return message.value

    def answer(self, ask: Ask, mutables: list[Any]) -> None:
        """Carry out one request of the other side and send what came out."""
        self.show_printed(ask.printed)
        self.drop_released(ask.released)
        before = changing.remember(mutables, self._freeze)
        try:
            value = self.perform(ask.op, ask.args, ask.keywords)
        except BaseException as error:
            self.must_pass(error)
            self._reply(ask, mutables, before, error)
        else:
            self._reply(ask, mutables, before, None, value)

    def must_pass(self, error: BaseException) -> None:
        """Raise exceptions that end the conversation instead of travelling."""
        return

    def _reply(
        self,
        ask: Ask,
        mutables: list[Any],
        before: list[Any],
        error: BaseException | None,
        value: object = None,
    ) -> None:
        given = {id(one): number for number, one in enumerate(mutables) if one is not None}
        changes = changing.find_changes(mutables, before, self._freeze) if mutables else ()
        printed = self.take_printed()
        reply: Message
        if error is None:
            reply = Answer(ask.number, value, changes, printed)
        else:
            reply = Raised(ask.number, self.describe_trouble(error), changes, printed)
        try:
            self.send(reply, given)
        except (TooLarge, RecursionError) as limit:
            self.send(self.lighten(reply, limit))
        except Exception as refused:  # a value that cannot travel; the other side has heard nothing yet
            self.must_pass(refused)
            self.send(Raised(ask.number, self.describe_trouble(refused), (), printed))

    def lighten(self, reply: Answer | Raised, limit: Exception) -> Message:
        """Return a smaller reply instead of one that does not fit."""
        return Raised(reply.number, self.describe_trouble(ValueError(f"too large to travel: {limit}")))

    def finish(self) -> None:
        """Say that there are no more questions."""
        self.send(Done())

    def _freeze(self, value: object) -> object:
        try:
            return encode(value, self._freeze_reference, self._bounds)[0]
        except TooLarge:
            return None

    def _freeze_reference(self, value: object) -> tuple[Any, ...]:
        return (id(value),)
