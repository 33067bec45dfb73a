"""Pages of operators, put together; those about people are in `people`."""

from __future__ import annotations

from fastapi import APIRouter

from grader.portal.routes import operate_health, operate_upkeep

router = APIRouter(include_in_schema=False)
for _area in (operate_health, operate_upkeep):
    router.include_router(_area.router)
