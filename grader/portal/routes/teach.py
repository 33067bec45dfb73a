"""Pages of instructors, put together."""

from __future__ import annotations

from fastapi import APIRouter

from grader.portal.routes import (
    teach_announcements,
    teach_overview,
    teach_preview,
    teach_progress,
    teach_release,
)

router = APIRouter(include_in_schema=False)
for _area in (teach_overview, teach_release, teach_progress, teach_announcements, teach_preview):
    router.include_router(_area.router)
