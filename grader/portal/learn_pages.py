"""The learn pages from their views; trainees and the preview for instructors get the same ones.

Knows templates and their values; must not read the store or decide what is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from fastapi import Request, Response

from grader.portal.context import portal_of
from grader.portal.disputes import RefusalView
from grader.portal.learn_receipt import write_size
from grader.portal.learn_shape import AssignmentView, LearningView, Reader
from grader.portal.pages import render
from grader.portal.viewer import Viewer

HOME = "/learn"


def reader_of(request: Request, viewer: Viewer) -> Reader:
    """Return whom the texts are for, and when."""
    portal = portal_of(request)
    return Reader(viewer.language, portal.now(), portal.zone)


def show_learning(request: Request, viewer: Viewer, view: LearningView, preview: bool = False) -> Response:
    """Return the overview."""
    return render(request, viewer, "learn.html", view=view, preview=preview)


def show_assignment(
    request: Request,
    viewer: Viewer,
    assignment: str,
    view: AssignmentView,
    *,
    home: str = HOME,
    preview: bool = False,
    refused: Sequence[RefusalView] = (),
    problem: str = "",
    status: int = 200,
) -> Response:
    """Return an assignment's page with a form that carries a new number for the hand-in.

    `problem` names a word that says what was wrong with the form before.
    """
    limit = portal_of(request).settings.max_upload_bytes
    return render(
        request,
        viewer,
        "learn_assignment.html",
        status,
        view=view,
        home=home,
        base=f"{home}/{assignment}",
        preview=preview,
        refused=refused,
        problem=problem,
        uuid=uuid4(),
        max_bytes=limit,
        max_size=write_size(limit),
    )
