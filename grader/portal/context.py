"""What every route works with: settings, store, course and clock, opened once.

Knows how to open them; must not know routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from fastapi import Request

from grader.model.content import Course
from grader.portal.kept import Kept
from grader.portal.rate_limits import RateLimits
from grader.portal.settings import PortalSettings
from grader.store.engine import Store
from grader.store.keys import KeyRing
from grader.wire import Workspace


def read_clock() -> datetime:
    """Return the time of this machine in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Portal:
    """An open portal."""

    settings: PortalSettings
    workspace: Workspace
    course: Course
    store: Store
    now: Callable[[], datetime] = field(default=read_clock)
    """The clock; tests pass their own."""
    keys: KeyRing = field(init=False)
    """What signs receipts."""
    kept: Kept = field(init=False)
    """Counts and statistics that pages show again and again."""
    rates: RateLimits = field(init=False)
    """How often who tried what lately."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", KeyRing(self.store.folder))
        object.__setattr__(self, "kept", Kept())
        object.__setattr__(self, "rates", RateLimits(self.settings.rate_limits))

    @property
    def zone(self) -> tzinfo:
        """Where the programme's clocks stand."""
        return ZoneInfo(self.course.programme.timezone)


def portal_of(request: Request) -> Portal:
    """Return the portal that a request came to; for `Depends`."""
    return cast(Portal, request.app.state.portal)
