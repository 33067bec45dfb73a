"""Ways into the course: role cards, track cards, role pages, track pages.

Knows the course model; must not know MkDocs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.model.content import Course
from grader.model.course import Module, Role, Track
from grader.site import words
from grader.site.markup import Html, element, inline, join
from grader.site.module_page import role_names
from grader.site.page import SitePage
from grader.text import Language


def modules_in_order(course: Course) -> list[Module]:
    """Return every module once: in the order of the tracks, then what no track has."""
    ordered = [module_id for track in course.programme.tracks for module_id in track.modules]
    known = dict.fromkeys([*ordered, *course.modules])
    return [course.modules[module_id].module for module_id in known if module_id in course.modules]


def home_pieces(course: Course, language: Language) -> Mapping[str, Html]:
    """Return what `<!-- medai:NAME -->` stands for on hand-written pages."""
    return {
        "roles": role_cards(course, language),
        "tracks": track_cards(course, language),
        "modules": module_cards(course, modules_in_order(course), language),
    }


def role_cards(course: Course, language: Language) -> Html:
    """Return one card per role: what the course does for it and where to begin."""
    cards = []
    for role in course.programme.roles:
        modules = [module for module in modules_in_order(course) if role.id in module.roles]
        link = element("a", role.title[language], href=f"medai:roles/{role.id}.md")
        cards.append(
            _card(link, role.summary[language], _amount(modules, language), extra=f"card--{role.id}")
        )
    return element("ul", *cards, class_="cards cards--roles")


def track_cards(course: Course, language: Language) -> Html:
    """Return one card per track."""
    cards = []
    for track in course.programme.tracks:
        link = element("a", track.title[language], href=f"medai:tracks/{track.id}.md")
        cards.append(_card(link, track.summary[language], _amount(_modules_of(course, track), language)))
    return element("ul", *cards, class_="cards cards--tracks")


def module_cards(course: Course, modules: Iterable[Module], language: Language) -> Html:
    """Return one card per module: its question, time and roles."""
    cards = []
    for module in modules:
        link = element(
            "a", f"{module.code} {module.title[language]}", href=f"medai:modules/{module.id}/index.md"
        )
        meta = f"{words.duration(module.minutes.total, language)} · {role_names(course, module, language)}"
        chip = element(
            "span", words.STATUS[module.status][language], class_=f"chip chip--{module.status.value}"
        )
        cards.append(_card(link, module.question[language], join(meta, chip, by=" ")))
    return element("ol", *cards, class_="cards cards--modules")


def _card(link: Html, text: str, meta: str, extra: str = "") -> Html:
    return element(
        "li",
        element("p", link, class_="card__title"),
        element("p", inline(text), class_="card__text"),
        element("p", meta, class_="card__meta"),
        class_=f"card {extra}".strip(),
    )


def _amount(modules: list[Module], language: Language) -> str:
    time = words.duration(sum(module.minutes.total for module in modules), language)
    wording = words.ONE_MODULE_AND_TIME if len(modules) == 1 else words.MODULES_AND_TIME
    return wording[language].format(n=len(modules), time=time)


def _modules_of(course: Course, track: Track) -> list[Module]:
    return [course.modules[module_id].module for module_id in track.modules if module_id in course.modules]


def _status_notes(modules: Iterable[Module], language: Language) -> tuple[Html, ...]:
    """Say what the marks on the cards above mean, where that is not plain."""
    used = {module.status for module in modules}
    return tuple(
        element("p", note[language], class_="note")
        for status, note in words.STATUS_NOTE.items()
        if status in used
    )


def render_track(course: Course, track: Track, language: Language) -> SitePage:
    """Return a track's page with its modules in teaching order."""
    modules = _modules_of(course, track)
    return SitePage(
        path=f"tracks/{track.id}.md",
        title=track.title[language],
        description=track.summary[language],
        parts=(
            track.summary[language],
            element("p", _amount(modules, language), class_="card__meta"),
            f"## {words.MODULES[language]} {{#modules}}",
            module_cards(course, modules, language),
            *_status_notes(modules, language),
        ),
        hide=("toc",),
    )


def render_role(course: Course, role: Role, language: Language) -> SitePage:
    """Return a role's page: its modules in the order to take them."""
    modules = [module for module in modules_in_order(course) if role.id in module.roles]
    return SitePage(
        path=f"roles/{role.id}.md",
        title=role.title[language],
        description=role.summary[language],
        parts=(
            role.summary[language],
            element("p", _amount(modules, language), class_="card__meta"),
            f"## {words.ROLE_PATH[language]} {{#path}}",
            module_cards(course, modules, language),
            *_status_notes(modules, language),
        ),
        hide=("toc",),
    )
