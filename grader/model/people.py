"""People of the portal and what they may do. Knows roles and permissions; must not know routes or tables."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from grader.model.noun import Slug
from grader.model.work import Trainee


class Access(StrEnum):
    """A person's role in the portal. What they work as is `Trainee.role`."""

    TRAINEE = "trainee"
    INSTRUCTOR = "instructor"
    GRADER = "grader"
    OPERATOR = "operator"

    @property
    def is_staff(self) -> bool:
        """Whether a second factor is needed to sign in."""
        return self is not Access.TRAINEE


class Permission(StrEnum):
    """What a route asks for."""

    READ = "read"
    """Who one is and what is released: for all who are signed in."""
    LEARN = "learn"
    """Own assignments, hand-ins, receipts, feedback."""
    ACCOUNT = "account"
    """Own password, second factor, tokens, data."""
    TEACH = "teach"
    """Releases, deadlines, announcements, progress, item statistics."""
    MARK = "mark"
    """Queue, grading, quarantine, written answers, feedback."""
    OPERATE = "operate"
    """People, invitations, health, metrics, keys, retention."""


GRANTS: dict[Access, frozenset[Permission]] = {
    Access.TRAINEE: frozenset({Permission.READ, Permission.LEARN, Permission.ACCOUNT}),
    Access.INSTRUCTOR: frozenset({Permission.READ, Permission.TEACH, Permission.MARK, Permission.ACCOUNT}),
    Access.GRADER: frozenset({Permission.READ, Permission.MARK, Permission.ACCOUNT}),
    Access.OPERATOR: frozenset({Permission.READ, Permission.OPERATE, Permission.ACCOUNT}),
}
"""Least privilege: an operator sees no work, a grader changes no deadline."""


class Person(Trainee):
    """Someone who can sign in: a line of the roster with its cohort and access."""

    cohort: Slug | None = None
    access: Access = Access.TRAINEE


def fold_id(text: str) -> str:
    """Return what two spellings of one id have in common.

    Case, macOS's decomposed Hangul and the full-width letters of Korean input methods make no difference;
    so somebody can sign in however their keyboard writes the id.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
