"""Mirrors: for each of the learner's classes a class here, so that `type`, `isinstance` and `except` work.

Knows proxies and Python's class machinery. A mirror holds no code of the learner: its methods ask. Exceptions
are mirrored as real exception classes, so that `pytest.raises(ValueError)` and `except MyError` work.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import TYPE_CHECKING, Any

from .faults import BrokenMessage
from .methods import METHODS
from .narrow import narrow_exception
from .plainnames import READABLE_DUNDERS
from .remote import Handle, Remote, handle_of, read_attribute
from .story import class_length, walk_by_number, walk_class

if TYPE_CHECKING:
    from .session import Session

CLAIMABLE = frozenset({"sklearn", "matplotlib", "types", "enum", "pathlib"})
"""Libraries whose classes a learner's object may claim to be of. Not those of plain values: numpy, pandas."""
_LONGEST_NAME = 200


class RemoteMeta(type):
    """The class of mirrors."""

    _medai_session: Session
    _medai_class_id: int
    _medai_core: str
    _medai_line: tuple[tuple[str, str], ...]

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        made = cls._medai_session.ask("call", (cls, *args), keywords)
        if type(made) is cls and isinstance(made, Remote):
            handle_of(made).made = True
        return made

    def __getattr__(cls, name: str) -> Any:
        if name == "__signature__":
            return cls._medai_session.signature(cls)
        if name.startswith("__") and name.endswith("__") and name not in READABLE_DUNDERS:
            raise AttributeError(name)
        session = cls._medai_session
        return session.screen(cls, name, session.ask("getattr", (cls, name), {}))

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("__"):
            type.__setattr__(cls, name, value)  # ABCs keep their caches there
            return
        cls._medai_session.ask("setattr", (cls, name, value), {})

    def __iter__(cls) -> Any:
        return walk_class(cls)

    def __len__(cls) -> int:
        return class_length(cls)

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        return cls._medai_session.ask("getitem", (cls, key), {})

    def __contains__(cls, item: Any) -> bool:
        if not isinstance(item, Remote) and not cls._medai_session.is_tested(cls):
            raise cls._medai_session.refuse(f"`in` needs a plain value, not the class {cls.__name__}")
        return bool(cls._medai_session.ask_exactly(bool, "contains", (cls, item)))

    def __repr__(cls) -> str:
        return f"<class '{cls.__qualname__}'>"


def build_mirror(session: Session, class_id: int, told: Any) -> type:
    """Return the mirror of the class that the learner described; raises `BrokenMessage`."""
    _check_description(told)
    name, module, qualname, doc, bases, line, specials, core = told
    known = getattr(builtins, qualname, None) if module == "builtins" else None
    if isinstance(known, type) and issubclass(known, BaseException):
        return narrow_exception(known)
    parents = _parents(session, bases)
    body: dict[str, Any] = {"__doc__": _Doc(doc), "__module__": module, "__qualname__": qualname}
    if any(issubclass(one, BaseException) for one in parents):
        body |= {"__getattr__": _read_exception, "__str__": _tell_exception}
        parents = tuple(one for one in parents if one is not Remote)
    else:
        body |= {"__slots__": (), "__class__": property(_claimed)}
        body |= {special: METHODS[special] for special in specials if special in METHODS}
        if "__getitem__" in body and "__iter__" not in body:
            body["__iter__"] = walk_by_number
    try:
        mirror = type.__new__(RemoteMeta, name, parents, body)
    except TypeError:  # bases that Python cannot join; the nearest one will do
        mirror = type.__new__(RemoteMeta, name, parents[:1], body)
    for attribute, value in (("session", session), ("class_id", class_id), ("core", core), ("line", line)):
        type.__setattr__(mirror, f"_medai_{attribute}", value)
    return mirror


class _Doc:
    """The docstring: of the class when the class is asked, of the object when the object is."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def __get__(self, value: Any, _owner: type) -> Any:
        return read_attribute(value, "__doc__") if isinstance(value, Remote) else self._text


def _check_description(told: Any) -> None:
    good = type(told) is tuple and len(told) == 8 and all(type(told[at]) is str for at in (0, 1, 2, 7))
    good = good and all(0 < len(told[at]) <= _LONGEST_NAME and "\0" not in told[at] for at in (0, 1, 2))
    good = good and (told[3] is None or type(told[3]) is str)
    good = good and all(type(told[at]) is tuple for at in (4, 5, 6))
    good = good and all(map(_is_base, told[4])) and all(map(_is_path, told[5])) and len(told[5]) <= 100
    if not good or not all(type(special) is str for special in told[6]):
        raise BrokenMessage("a class that is none")


def _is_path(pair: Any) -> bool:
    return type(pair) is tuple and len(pair) == 2 and type(pair[0]) is str and type(pair[1]) is str


def _is_base(base: Any) -> bool:
    return type(base) is tuple and len(base) == 3 and type(base[0]) is int and _is_path(base[1:])


def _parents(session: Session, bases: tuple[tuple[int, str, str], ...]) -> tuple[type, ...]:
    parents: list[type] = []
    for class_id, module, qualname in bases:
        found = getattr(builtins, qualname, None) if module == "builtins" else None
        if isinstance(found, type) and issubclass(found, BaseException):
            parents.append(found)
        elif module != "builtins":
            parents.append(session.mirror(class_id))
    parents = [one for one in dict.fromkeys(parents) if one is not object]
    return tuple(parents) if parents else (Remote,)


def _claimed(remote: Any) -> Any:
    """Return what `isinstance` sees: the real library class that the object says it is of."""
    return claimed_class(type(remote)) or type(remote)


def claimed_class(mirror: type) -> type | None:
    """Return the nearest real class in a mirror's line that a test could name; None for none."""
    line: tuple[tuple[str, str], ...] = getattr(mirror, "_medai_line", ())
    for module, qualname in line:
        if module == "builtins":
            found = _BUILTIN_CLAIMS.get(qualname)
        else:
            found = sys.modules.get(module) if module.partition(".")[0] in CLAIMABLE else None
            for name in qualname.split("."):
                found = getattr(found, name, None)
        if isinstance(found, type):
            return found
    return None


_BUILTIN_CLAIMS: dict[str, Any] = {
    str(kind.__name__): kind
    for kind in (
        bool, int, float, complex, str, bytes, tuple, list, dict, set, frozenset, property, types.ModuleType,
        types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.GeneratorType, types.CodeType,
        types.MappingProxyType,
    )
}  # fmt: skip


def _read_exception(error: Any, name: str) -> Any:
    holder = vars(error).get("_medai_holder")
    if holder is None or name.startswith("__"):
        raise AttributeError(name)
    return read_attribute(holder, name)


def _tell_exception(error: Any) -> str:
    return str(vars(error).get("_medai_text", ""))


def make_proxy(session: Session, number: int, mirror: type) -> Remote:
    """Return a proxy of an object."""
    proxy: Remote = object.__new__(mirror)
    object.__setattr__(proxy, "_medai_handle", Handle(session, number))
    return proxy
