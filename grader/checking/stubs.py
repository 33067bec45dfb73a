"""Stubs: what the learner's code sees of a function or object that a test handed to it.

Knows what Python looks up on an object and on its class. Must not know messages: a stub asks whoever made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

from .faults import BrokenMessage


class Asker(Protocol):
    """Asks the other side."""

    def converse(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Return the answer or raise what it says."""


class Stub:
    """What the learner's code sees of a function or object that a test handed to it."""

    __slots__ = ("__weakref__", "_medai_names", "_medai_number", "_medai_side")

    def __init__(self, side: Asker, number: int, names: frozenset[str]) -> None:
        self._medai_side = side
        self._medai_number = number
        self._medai_names = names

    def __repr__(self) -> str:
        return "<object of the test>"


class FunctionStub(Stub):
    """A stub that can be called, and nothing else."""

    __slots__ = ()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._medai_side.converse("call", (self, *args), keywords)


class IteratorStub(Stub):
    """A stub that can be walked."""

    __slots__ = ()

    def __iter__(self) -> IteratorStub:
        return self

    def __next__(self) -> Any:
        return self._medai_side.converse("next", (self,), {})


class ObjectStub(FunctionStub):
    """A stub with the public names that the test's object has."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name not in self._medai_names:
            raise AttributeError(name)
        return self._medai_side.converse("getattr", (self, name), {})

    def __len__(self) -> int:
        return int(self._medai_side.converse("len", (self,), {}))

    def __iter__(self) -> Any:
        return iter(self._medai_side.converse("iter", (self,), {}))

    def __getitem__(self, key: Any) -> Any:
        return self._medai_side.converse("getitem", (self, key), {})

    def __contains__(self, item: Any) -> bool:
        return bool(self._medai_side.converse("contains", (self, item), {}))

    def __bool__(self) -> bool:
        return True


def make_stub(side: Asker, number: int, kind: str, names: frozenset[str]) -> Stub:
    """Return a stub of this kind; raises `BrokenMessage`. `names` are those that its object has."""
    specials = frozenset(name for name in names if name.startswith("__"))
    if kind == "object":
        return _with_specials(specials)(side, number, names - specials)
    if kind not in ("function", "iterator"):
        raise BrokenMessage("a stub of no kind")
    return (FunctionStub if kind == "function" else IteratorStub)(side, number, names)


@cache
def _with_specials(specials: frozenset[str]) -> type[ObjectStub]:
    """Return a class of stubs with these special methods, which Python looks for on the class alone."""
    body: dict[str, Any] = {name: _ask_special(name) for name in sorted(specials)}
    if "__eq__" in body and "__hash__" not in body:
        body["__hash__"] = None
    return type("ObjectStub", (ObjectStub,), {"__slots__": (), **body})


def _ask_special(name: str) -> Callable[..., Any]:
    def method(self: Stub, *args: Any) -> Any:
        return self._medai_side.converse("special", (self, name, *args), {})

    return method
