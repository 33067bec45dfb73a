"""The names of test cells: where each comes from, and which outlive a cell.

What test cells bind comes first and stays for later test cells, until a cell of the author's between them
binds the name again. What they do not bind comes from Python's built-ins, from the author's imports (the real
libraries), from what the author's locked cells define for good, from what the notebook itself offers
(`display`), and last from the learner. Knows sessions. Must not run cells.
"""

from __future__ import annotations

import builtins
import importlib
import types
from collections.abc import Mapping
from typing import Any

from .mirrors import RemoteMeta
from .narrow import NotTheLearners, narrow_value
from .remote import Remote, handle_of, mirror_core
from .session import Session

_KEPT = (types.FunctionType, type, types.BuiltinFunctionType)
_ALWAYS = frozenset({"__name__", "__builtins__"})


def _print_text(*values: object) -> None:
    for value in values:
        print(repr(value))  # noqa: T201  what IPython does without a screen


class _Scratch(dict[str, Any]):
    """What one statement binds; it reads other names where test cells do."""

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, name: str) -> Any:
        return self._names[name]


class CheckerNamespace(dict[str, Any]):
    """The globals of the test cells of one submission."""

    def __init__(self, session: Session, offered: Mapping[str, Any] | None = None) -> None:
        super().__init__({"__name__": "__main__", "__builtins__": builtins})
        self.session = session
        self.missing: set[str] = set()
        """Names that nobody had."""
        self._offered = {"display": _print_text, **(offered or {})}
        self._borrowed: dict[str, Any] = {}
        """What is here only until the cell ends, so that looking it up again is cheap."""
        self._places: dict[str, int] = {}
        """Name that a test cell bound → the place of that cell among the author's."""
        self._place = -1

    def offer(self, name: str, value: Any) -> None:
        """Let tests have a name that nobody else binds."""
        self._offered[name] = value

    def begin(self, session: Session, cell_id: str) -> None:
        """Get ready for a test cell: forget what the author's own cells have bound again since."""
        self.session = session
        self.missing.clear()
        for name in [name for name, value in self.items() if is_dead(value, session)]:
            del self[name]
        cells = list(session.author.cells.items())
        place = next((at for at, (cell, _) in enumerate(cells) if cell == cell_id), self._place)
        for name, bound_at in list(self._places.items()):
            if any(name in bound for _, bound in cells[bound_at + 1 : place]):
                self.pop(name, None)
                del self._places[name]
        self._place = place

    def end(self, bound: set[str]) -> None:
        """Keep what the cell has bound and forget what it has only looked up."""
        self.session.forget_told()
        for name, value in self._borrowed.items():
            if self.get(name) is value:
                del self[name]
        self._borrowed.clear()
        for name in self.keys() - _ALWAYS:
            if name in bound or name not in self._places:
                self._places[name] = self._place

    @property
    def keeps_objects(self) -> bool:
        """Tell whether later cells may still use objects of the learner that this session holds."""
        return self.session.lends_objects or any(isinstance(value, RemoteMeta) for value in self.values())

    def __missing__(self, name: str) -> Any:
        author = self.session.author
        if name.startswith("__"):
            raise KeyError(name)
        if name not in author.bound and hasattr(builtins, name):
            return self._borrow(name, getattr(builtins, name))
        found = author.imports.get(name)
        if found is not None:
            try:
                value: Any = importlib.import_module(found.module)
                value = getattr(value, found.attribute) if found.attribute else value
            except (ImportError, AttributeError):
                pass  # only the learner has it
            else:
                return self._borrow(name, value)
        source = self._given_source(name)
        if source is not None:
            own = _Scratch(self)
            exec(compile(source, "<given>", "exec", dont_inherit=True), self, own)  # noqa: S102  the author's own
            return self._borrow(name, own[name])
        if name in self._offered and name not in author.bound:
            return self._borrow(name, self._offered[name])
        return self._from_learner(name)

    def _given_source(self, name: str) -> str | None:
        """Return the author's statement that binds a name for this test cell, if a locked cell does."""
        author = self.session.author
        found = author.given.get(name, ())
        if self._place < 0:  # nobody has said where the test stands
            return found[-1][1] if found else None
        before = list(author.cells)[: self._place]
        return next((source for cell, source in reversed(found) if cell in before), None)

    def _borrow(self, name: str, value: Any) -> Any:
        self[name] = value
        self._borrowed[name] = value
        return value

    def _from_learner(self, name: str) -> Any:
        try:
            value = self.session.ask("name", (name,), {})
        except NameError:
            self.missing.add(name)
            raise KeyError(name) from None
        is_class = name in self.session.author.classes
        if is_class and isinstance(value, RemoteMeta):
            self.session.test_class(value, name)
        elif is_class and isinstance(value, Remote) and mirror_core(value):
            return NotTheLearners  # a tuple of exceptions, of a kind of its own
        value = narrow_value(value, is_class)
        if isinstance(value, RemoteMeta) or (isinstance(value, Remote) and isinstance(value, _KEPT)):
            return self._borrow(name, value)  # plain values may change between two looks, functions stay
        return value

    def name_of(self, value: object) -> str | None:
        """Return the name under which the test got a function or class of the learner."""
        return next((name for name, known in self._borrowed.items() if known is value), None)


def is_dead(value: object, session: Session) -> bool:
    """Tell whether a value is an object of the learner from a session that is over."""
    if isinstance(value, RemoteMeta):
        return value._medai_session is not session
    return isinstance(value, Remote) and handle_of(value).session is not session
