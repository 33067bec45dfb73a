"""What an address names, found for a route or answered with 404.

Knows the course and the store; must not know pages.
"""

from __future__ import annotations

from fastapi import HTTPException
from sqlalchemy import Connection

from grader.model.content import AssignmentContent
from grader.portal.context import Portal
from grader.portal.viewer import Viewer
from grader.store.mark_queue import SecondDue
from grader.store.releases import Release, find_release


def find_content(portal: Portal, assignment: str) -> AssignmentContent:
    """Return an assignment of the course; 404 for any other."""
    try:
        return portal.course.assignments[assignment]
    except KeyError:
        raise HTTPException(404) from None


def find_released(portal: Portal, assignment: str) -> Release:
    """Return the release of an assignment, which need not be the course's own; 404 if there is none."""
    with portal.store.read() as db:
        release = find_release(db, assignment)
    if release is None:
        raise HTTPException(404)
    return release


def find_known(portal: Portal, assignment: str) -> Release | None:
    """Return an assignment's release, None if it has none yet; answer 404 if nobody knows the assignment."""
    with portal.store.read() as db:
        release = find_release(db, assignment)
    if release is None:
        find_content(portal, assignment)
    return release


def find_second_due(db: Connection, viewer: Viewer, assignment: str) -> SecondDue:
    """Return which answers of an assignment a grader is to mark a second time, without seeing the first."""
    release = find_release(db, assignment)
    return SecondDue(viewer.known.id, release.rules.second_marking_percent if release else 0)
