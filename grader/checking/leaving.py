"""Leaving a `with` by an exception: which ones the learner's `__exit__` may end.

Knows Python's syntax trees and tracebacks. Must not know proxies. Who could end any exception could raise one
in the first line of the block, and no assertion after it would run. So an exception may end in a `with` only
where it is the test's own deed, or of a kind that the `with` names.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Iterator
from types import TracebackType

from .testcell import used_names

_RAISE = dis.opmap["RAISE_VARARGS"]


def may_end(error: BaseException, trace: TracebackType | None, tree: ast.Module) -> bool:
    """Tell whether a `with` of the test may end this exception; `tree` is the test's."""
    if trace is None:
        return False
    deed = _last_of_test(trace)
    own = not hasattr(error, "learner_trace")
    if own and deed.tb_next is None and deed.tb_frame.f_code.co_code[deed.tb_lasti] == _RAISE:
        return True
    kinds = {kind.__name__ for kind in type(error).__mro__ if kind is not object}
    if any(not kinds.isdisjoint(names) for names in _named_by_with(tree, trace.tb_lineno)):
        return True
    return own and _is_of_constants(tree, deed.tb_lineno)


def _last_of_test(trace: TracebackType) -> TracebackType:
    """Return the place in the test's own code from which the exception came."""
    names, found, at = trace.tb_frame.f_globals, trace, trace.tb_next
    while at is not None:
        found = at if at.tb_frame.f_globals is names else found
        at = at.tb_next
    return found


def _named_by_with(tree: ast.Module, line: int) -> Iterator[set[str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.AsyncWith) and node.lineno <= line <= (node.end_lineno or 0):
            yield {name for item in node.items for name in used_names(item.context_expr)}


def _is_of_constants(tree: ast.Module, line: int) -> bool:
    """Tell whether the statement in this line has only constants and built-ins, so no answer is in it."""
    there = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr | ast.Assign) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return bool(there) and all(_uses_no_answer(node.value) for node in there)


def _uses_no_answer(value: ast.expr) -> bool:
    return all(hasattr(builtins, node.id) for node in ast.walk(value) if isinstance(node, ast.Name))
