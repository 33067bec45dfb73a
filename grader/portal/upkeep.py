"""Upkeep of a portal, as pages and commands share it: what the audit calls it, and how long things are kept.

Knows settings and the store's words; must not know forms, pages or the command line.
"""

from __future__ import annotations

from enum import StrEnum

from grader.portal.settings import PortalSettings
from grader.store.retention import RetentionPolicy


class UpkeepAction(StrEnum):
    """What the audit calls the things that operators do."""

    SIGNING_KEY_ROTATED = "signing-key-rotated"
    SECRET_KEY_ROTATED = "secret-key-rotated"  # noqa: S105  (an action's name)
    RETENTION_APPLIED = "retention-applied"
    BACKED_UP = "backed-up"
    RESTORED = "restored"


def retention_policy(settings: PortalSettings) -> RetentionPolicy:
    """Return how long this portal keeps what is not needed any more."""
    return RetentionPolicy(refusals_days=settings.keep_refusals_days)
