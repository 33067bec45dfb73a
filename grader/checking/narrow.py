"""Exception classes that the learner hands over: none may catch what a test itself raises.

Knows Python's exception classes only. `except EmptyStack` must not catch the test's own failed assertion
because the learner bound `EmptyStack = AssertionError`.
"""

from __future__ import annotations


class NotTheLearners(Exception):
    """Stands where the learner gave a class too wide to be caught; nobody raises it."""


_TOO_WIDE = frozenset({AssertionError, Exception, BaseException})


def narrow_exception(kind: type) -> type:
    """Return the class, or one that catches nothing where a test's own failure would be an instance of it."""
    return NotTheLearners if kind in _TOO_WIDE else kind


def narrow_value(value: object, is_class: bool) -> object:
    """Return what the learner bound to a name as a test may have it in `except`.

    `is_class`: the author's own answer defines a class there. A built-in exception, or several, in its place
    is no class that the learner made, and catches nothing.
    """
    if isinstance(value, type) and issubclass(value, BaseException):
        made = value.__module__ != "builtins"
        return value if made else NotTheLearners if is_class else narrow_exception(value)
    if type(value) is tuple and any(isinstance(one, type) for one in value):
        return NotTheLearners if is_class else tuple(narrow_value(one, is_class) for one in value)
    return value
