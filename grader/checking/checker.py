"""Running a test cell in the checker, and what came of it: by whose fault it ended, and what it showed.

Knows sessions and namespaces. What goes wrong on this side of the conversation (a test that does not parse,
that needs a name, module or file which nobody but its author could have given it, a bug of ours) is never
taken for a wrong answer of the learner's. What can be told apart is told apart; everything else that a test
raises counts as what the test meant to say.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import clear_frames
from typing import Any

from .author import AuthorNames
from .emptiness import empty_is_not_full
from .encode import WRITERS
from .faults import CannotCheck, LearnerMisbehaved
from .mirrors import RemoteMeta
from .namespace import CheckerNamespace
from .remote import Remote
from .session import Session
from .testcell import parse_test, split_result, text_constants
from .testnames import statement_names


@dataclass(frozen=True)
class CellRun:
    """What came of a test cell."""

    passed: bool
    error: BaseException | None = None
    fault: LearnerMisbehaved | None = None
    refusals: tuple[str, ...] = ()
    calls: int = 0
    """Questions that the learner was asked."""
    value: object = None
    """The cell's last expression, when it is plain; None shows nothing."""

    @property
    def excused(self) -> bool:
        """True when the test or the checker is wrong, and nothing is said about the learner."""
        return self.fault is None and isinstance(self.error, CannotCheck)


def run_test_cell(
    session: Session,
    source: str,
    file_name: str = "<test>",
    texts: Mapping[str, str] | None = None,
    namespace: CheckerNamespace | None = None,
    cell_id: str = "",
) -> CellRun:
    """Run a test cell; it passes when it comes to its end, with no fault and nothing refused on the way.

    `texts` are the submitted cells by id, in order: `inspect.getsource` and `learner_source` read them.
    `namespace` holds what earlier test cells have bound. The session is closed whatever happens; only an
    interrupt comes out.
    """
    names = namespace if namespace is not None else CheckerNamespace(session)
    error: BaseException | None = None
    value: object = None
    try:
        names.begin(session, cell_id)
        error, value = _execute(names, source, file_name, texts or {})
    finally:
        session.close(keep=names.keeps_objects)
    fault = session.fault
    if fault is None:
        error = session.excuse or error
    passed = error is None and fault is None and not session.refusals
    return CellRun(passed, error, fault, tuple(session.refusals), session.calls, value if passed else None)


def _execute(
    names: CheckerNamespace, source: str, file_name: str, texts: Mapping[str, str]
) -> tuple[BaseException | None, object]:
    """Return what the cell raised, and the value of its last expression."""
    try:
        tree = parse_test(source)
        bound = {name for statement in tree.body for name in statement_names(statement)}
        names.session.read_test(tree)
        last = split_result(tree, source)
        body = compile(tree, file_name, "exec", dont_inherit=True)
        result = compile(last, file_name, "eval", dont_inherit=True) if last is not None else None
    except Exception as wrong:
        return CannotCheck(f"the test is not Python: {type(wrong).__name__}: {wrong}"), None
    value: object = None
    try:
        with _source_from_texts(names, texts), empty_is_not_full(source):
            exec(body, names)  # noqa: S102  the author's own test
            if result is not None:
                value = eval(result, names)  # noqa: S307  its last line
    except KeyboardInterrupt:
        raise
    except BaseException as raised:
        clear_frames(raised.__traceback__)  # they hold objects of the learner, and memory
        return _whose(raised, names, source), None
    finally:
        names.end(bound)
    return None, value if is_showable(value) else None


def is_showable(value: object) -> bool:
    """Tell whether a value is plain, so that its text is Python's own and not the learner's."""
    kind = type(value)
    return kind in WRITERS or kind.__module__.partition(".")[0] in ("numpy", "pandas")


def _whose(error: BaseException, names: CheckerNamespace, source: str) -> BaseException:
    """Return the exception, or a `CannotCheck` when only the author can be the cause of it."""
    if hasattr(error, "learner_trace") or isinstance(error, LearnerMisbehaved):
        return error
    author = names.session.author
    kind = type(error)
    if kind is NameError and _is_nobodys(getattr(error, "name", None), names, author):
        return CannotCheck(f"the test uses a name that nobody defines: {error}")
    if kind in (ImportError, ModuleNotFoundError) and error.name is not None:  # type: ignore[attr-defined]
        return CannotCheck(f"the test imports what is not there: {error}")
    if kind is FileNotFoundError and error.filename in text_constants(parse_test(source)):  # type: ignore[attr-defined]
        return CannotCheck(f"the test reads a file that the checker has not got: {error}")
    return error


def _is_nobodys(name: str | None, names: CheckerNamespace, author: AuthorNames) -> bool:
    """Tell whether the author's own cells, reference answers too, do not define a name either."""
    return bool(author.bound) and name in names.missing and name not in author.bound | author.imports.keys()


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def find_definition(texts: Mapping[str, str], name: str) -> str | None:
    """Return the source of the last function or class of this name at top level of the submitted cells.

    None when there is none, and also when the name is bound in another way as well (under an `if`, by an
    assignment, by `global`): then no text says what runs.
    """
    found = None
    for text in texts.values():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for statement in tree.body:
            if isinstance(statement, _DEFINITIONS) and statement.name == name:
                found = ast.get_source_segment(text, statement)
            elif name in statement_names(statement):
                return None
            if any(isinstance(node, ast.Global) and name in node.names for node in ast.walk(statement)):
                return None
    return found


@contextmanager
def _source_from_texts(namespace: CheckerNamespace, texts: Mapping[str, str]) -> Iterator[None]:
    """Let source-level checks see the submitted text and not what the learner's process says about it."""
    original = inspect.getsource

    def getsource(value: Any) -> str:
        if not isinstance(value, Remote | RemoteMeta):
            return original(value)
        name = namespace.name_of(value)
        text = find_definition(texts, name) if name is not None else None
        if text is None:
            raise OSError("could not find the source in the submitted cells")
        return text + "\n"

    def learner_source(cell_id: str) -> str:
        if cell_id not in texts:
            raise KeyError(f"no submitted cell {cell_id!r}")
        return texts[cell_id]

    namespace.offer("learner_source", learner_source)
    inspect.getsource = getsource  # type: ignore[assignment]  # its parameter is called `object`
    try:
        yield
    finally:
        inspect.getsource = original
