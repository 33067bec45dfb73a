"""Feedback pages as HTML: one file, no script, nothing fetched, readable by everyone.

Knows views and the page's template; must not know marks or files beside its own template. A strict
content policy in the page forbids whatever should slip through the sanitiser.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from grader.grading.feedback_shape import PageView
from grader.grading.feedback_view import local_words
from grader.grading.reasons import Refusal, explain
from grader.model.assignment import Assignment
from grader.model.work import Trainee

_TEMPLATES = ("layout.html", "feedback.html", "refusal.html")


@cache
def _environment() -> Environment:
    folder = files("grader.grading") / "templates"
    sources = {name: (folder / name).read_text("utf-8") for name in _TEMPLATES}
    return Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> tuple[str, str]:
    """Return the style sheet and the policy that allows it and pictures in the page, nothing else."""
    css = "\n" + (files("grader.grading") / "templates" / "feedback.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return css, policy


def _render(template: str, **values: Any) -> str:
    css, policy = _style()
    page = _environment().get_template(template)
    return page.render(css=Markup(css), policy=policy, **values) + "\n"  # noqa: S704  our own style sheet


def render_feedback(view: PageView) -> str:
    """Return the page of a graded submission."""
    return _render("feedback.html", view=view, words=view.words, lang=view.language.value)


def render_refusal(assignment: Assignment, trainee: Trainee, refusal: Refusal, file: str) -> str:
    """Return the page of a submission that could not be graded: why, what it costs, what to do."""
    language = trainee.language
    return _render(
        "refusal.html",
        words=local_words(language),
        lang=language.value,
        title=assignment.title[language],
        trainee=f"{trainee.name} ({trainee.id})",
        reason=explain(refusal.reason)[0][language],
        file=file,
    )
