"""From values to a page: templates, words and times in the reader's language.

Knows Jinja and what all pages share; must not know what a page is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.model.people import Permission
from grader.portal.context import portal_of
from grader.portal.course_site import asset_address
from grader.portal.viewer import Viewer
from grader.portal.words import account, common, disputes, elsewhere, learn, mark, operate, people, teach
from grader.text import Language, LocalText

WORDS: dict[str, LocalText] = {
    name: text
    for room in (common, account, people, learn, teach, mark, disputes, elsewhere, operate)
    for name, text in room.WORDS.items()
}
"""Every word of the portal by name; a name stands in one module only, which a test checks."""
_DONE = frozenset(name for name in WORDS if name == "saved" or name.startswith("done_"))
"""What `go_to` may say: an address cannot make a page say anything else."""
_WEEKDAYS = {Language.KO: "월화수목금토일", Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_NAVIGATION = (
    (Permission.LEARN, "/learn", "nav_learn"),
    (Permission.TEACH, "/teach", "nav_teach"),
    (Permission.MARK, "/mark", "nav_mark"),
    (Permission.OPERATE, "/operate", "nav_operate"),
    (Permission.ACCOUNT, "/account", "nav_account"),
)


@dataclass(frozen=True)
class Words:
    """Words in one language, as templates ask for them: `w.hand_in`, or `w('attempt', n=2)` to fill in."""

    language: Language

    def __getattr__(self, name: str) -> str:
        try:
            return WORDS[name][self.language]
        except KeyError:
            raise AttributeError(f"the portal has no word {name!r}") from None

    def __call__(self, name: str, /, **values: object) -> str:
        return WORDS[name][self.language].format(**values)


@cache
def _environment() -> Environment:
    folder = Path(__file__).parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = write_number
    made.globals["asset"] = asset_address  # sheets that no request asked for need the style as well
    return made


def write_time(at: datetime, zone: tzinfo, language: Language) -> str:
    """Return a moment as people at the sites say it, e.g. `4월 24일(금) 18:00`."""
    local = at.astimezone(zone)
    day = _WEEKDAYS[language][local.weekday()]
    clock = f"{local:%H:%M}"
    if language is Language.KO:
        return f"{local.year}년 {local.month}월 {local.day}일({day}) {clock}"
    return f"{day} {local.day} {local:%B} {local.year}, {clock}"


def write_number(value: float | None, digits: int = 1) -> str:
    """Return a number without useless zeros; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def time_tag(at: datetime | None, zone: tzinfo, language: Language) -> Markup | str:
    """Return a `<time>` element that machines and people can read; a dash for none."""
    if at is None:
        return "–"
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), write_time(at, zone, language)
    )


def render(request: Request, viewer: Viewer, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page. Templates see `values` and what `_shared` lists."""
    text = _environment().get_template(template).render(**_shared(request, viewer), **values)
    return HTMLResponse(text, status_code=status)


def render_text(template: str, **values: Any) -> str:
    """Return a page that no request asked for, such as a sheet of invitations; it sees `values` only."""
    return _environment().get_template(template).render(**values)


def _shared(request: Request, viewer: Viewer) -> Mapping[str, Any]:
    portal = portal_of(request)
    language = viewer.language
    path = request.url.path
    query = request.url.remove_query_params(["lang", "done"]).query
    programme = portal.course.programme
    return {
        "w": Words(language),
        "language": language.value,
        "other_language": language.other.value,
        "viewer": viewer,
        "path": path,
        "same_page": f"{path}?{query}" if query else path,
        "programme": programme.title[language],
        "navigation": [
            (href, WORDS[word][language], path == href or path.startswith(f"{href}/"))
            for permission, href, word in _NAVIGATION
            if viewer.may(permission)
        ],
        "csrf_field": csrf_field(viewer),
        "when": lambda at: time_tag(at, portal.zone, language),
        "say": lambda text: text[language],
        "flash": request.query_params.get("done", ""),
        "w_has": lambda name: name in _DONE,
        "zone_name": programme.timezone,
    }


def csrf_field(viewer: Viewer) -> Markup:
    """Return the hidden field that proves a form came from a page of ours."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(escape(viewer.csrf))


def go_to(path: str, done: str = "") -> Response:
    """Answer a form with the next page; `done` names a word that says what happened."""
    joint = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{joint}done={done}" if done else path, status_code=303)
