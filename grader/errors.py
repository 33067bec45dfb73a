"""Errors and problems: what went wrong, where, and what to do next.

Knows nothing about the rest of the package; every room may import it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What a `medai` command tells the shell."""

    FINE = 0
    PROBLEMS = 1
    USAGE = 2
    ENVIRONMENT = 3


class GraderError(Exception):
    """Something a person must fix; `hint` says how."""

    exit_code = ExitCode.PROBLEMS

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class UsageError(GraderError):
    """The command was called in a way that cannot work."""

    exit_code = ExitCode.USAGE


class EnvironmentProblem(GraderError):
    """This machine lacks something that the command needs."""

    exit_code = ExitCode.ENVIRONMENT


@dataclass(frozen=True, order=True)
class Problem:
    """One finding of a check. Checks return all of them and never raise."""

    path: str
    """Relative to the course root, with forward slashes."""
    line: int
    """1-based; 0 when the whole file is meant."""
    code: str
    """Stable kebab-case name of the rule, e.g. `dangling-link`."""
    message: str
    hint: str
    """What to do next, in one sentence."""

    def as_dict(self) -> dict[str, str | int]:
        """Return the JSON shape of `medai check --json`."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.message}\n    → {self.hint}"


class InvalidContent(GraderError):
    """Course content cannot be used as it is; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        shown = "\n".join(str(p) for p in self.problems)
        super().__init__(f"{len(problems)} problem(s) in the content:\n{shown}", "correct them and try again")
