"""Slide pages: a lesson as slides to show in a room, with its text as the presenter's notes.

Knows the course model, slides and HTML; must not know MkDocs. Without JavaScript the slides stand below one
another; `assets/slides.js` shows them one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from grader.manifest.markdown import scan
from grader.model.content import Course, ModuleContent
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element, inline, inline_page_text, join
from grader.site.module_page import back_link, lesson_text, slides_path
from grader.site.page import SitePage
from grader.site.plots import Drawn
from grader.site.slides import Item, Look, Slide, list_slides, make_slides
from grader.text import Language

_KEY_POINTS = re.compile(r"key-?points")
_MONDAY = "monday"
_OWN_ANCHOR = re.compile(r"(?<=\]\()#")
Numbered = Callable[[str], str]


def render_slides(
    course: Course, content: ModuleContent, language: Language, drawn: Drawn
) -> SitePage | None:
    """Return a module's slides, or None when its lesson does not exist in this language."""
    page = content.lesson.get(language)
    if page is None:
        return None
    module = content.module
    body = lesson_text(page, drawn)
    sources = SourceNumbers(course.facts, language, f"medai:modules/{module.id}/index.md")
    for text in (module.question, module.summary, *module.objectives):
        sources.number(text[language])
    sources.number(body)  # in the order of the lesson, so that numbers mean the same there and here
    slides = [
        *list_slides(words.OBJECTIVES[language], (text[language] for text in module.objectives)),
        *_with_key_points(content, _leading_to_lesson(body), language),
    ]
    parts: list[str] = [
        back_link(module, language),
        _bar(language),
        Html('<div class="deck" data-deck>'),
        _opening(content, sources.number, language),
    ]
    for number, slide in enumerate(slides, 2):
        parts += _slide(slide, number, module.code, sources.number, language)
    return SitePage(
        path=slides_path(module.id),
        title=f"{words.SLIDES[language]}: {module.title[language]}",
        nav_title=words.SLIDES[language],
        description=module.question[language],
        parts=(*parts, Html("</div>"), _controls(language)),
        hide=("navigation", "toc"),
        searched=False,
    )


def _leading_to_lesson(body: str) -> str:
    """Let links to places of the lesson lead there; the slides have no such places."""
    uncoded = scan(body).uncoded
    cuts = [match.start() for match in _OWN_ANCHOR.finditer(uncoded)]
    starts, ends = [0, *cuts], [*cuts, len(body)]
    return "index.md".join(body[start:end] for start, end in zip(starts, ends, strict=True))


def _with_key_points(content: ModuleContent, body: str, language: Language) -> list[Slide]:
    """Return the lesson's slides; the module's key points stand before Monday where the lesson has none."""
    headings = scan(body).headings
    if any(heading.anchor and _KEY_POINTS.fullmatch(heading.anchor) for heading in headings):
        return make_slides(body)
    cut = next((heading.offset for heading in headings if heading.anchor == _MONDAY), len(body))
    points = list_slides(words.KEY_POINTS[language], (text[language] for text in content.module.keypoints))
    return [*make_slides(body[:cut]), *points, *make_slides(body[cut:])]


# ---------------------------------------------------------------- one slide


def _opening(content: ModuleContent, number: Numbered, language: Language) -> Html:
    module = content.module
    face = element(
        "div",
        element("p", module.code, class_="slide__code"),
        element("h2", inline(module.title[language]), id="slide-1-title"),
        element("p", inline(module.question[language], number), class_="slide__question"),
        class_="slide__face slide__face--opening",
    )
    notes = element(
        "details",
        element("summary", words.SLIDE_NOTES[language]),
        element("p", inline(module.summary[language], number)),
        class_="slide__notes",
    )
    return element("section", face, notes, class_="slide", id="slide-1", aria_labelledby="slide-1-title")


def _slide(slide: Slide, number: int, code: str, numbered: Numbered, language: Language) -> Iterator[str]:
    title = f"slide-{number}-title"
    look = "slide__face slide__face--sparse" if slide.is_sparse else "slide__face"
    part, count = slide.part
    of = element("span", f" {part}/{count}", class_="slide__part") if count > 1 else None
    yield Html(f'<section class="slide" id="slide-{number}" aria-labelledby="{title}"><div class="{look}">')
    yield element("h2", inline_page_text(numbered(slide.heading)), of, id=title)
    yield from _face(slide.items, numbered)
    yield join(element("p", f"{code} · {number}", class_="slide__foot"), Html("</div>"), by="")
    if slide.notes:
        yield join(
            Html('<details class="slide__notes">'), element("summary", words.SLIDE_NOTES[language]), by=""
        )
        yield from map(numbered, slide.notes)
        yield Html("</details>")
    yield Html("</section>")


def _face(items: list[Item], numbered: Numbered) -> Iterator[str]:
    """Join neighbouring bullets and steps to lists."""
    run: list[Item] = []
    for item in items:
        if run and item.look is not run[-1].look:
            yield _list(run, numbered)
            run = []
        if item.look in (Look.BULLET, Look.STEP):
            run.append(item)
        elif item.look is Look.BOX:
            name = f"slide__box slide__box--{item.mark}"
            yield element("p", inline_page_text(numbered(item.text)), class_=name)
        else:
            yield numbered(item.text)
    if run:
        yield _list(run, numbered)


def _list(items: list[Item], numbered: Numbered) -> Html:
    entries = [element("li", inline_page_text(numbered(item.text))) for item in items]
    if items[0].look is Look.BULLET:
        return element("ul", *entries, class_="slide__list")
    start = int(items[0].mark)
    return element("ol", *entries, class_="slide__list", start=start if start > 1 else None)


# ---------------------------------------------------------------- around the slides


def _bar(language: Language) -> Html:
    """What to press; the buttons appear when the script is there."""
    start = element(
        "button",
        words.SLIDES_START[language],
        type="button",
        class_="md-button md-button--primary",
        data_slides_start=True,
    )
    notes = element(
        "button",
        words.SLIDES_NOTES[language],
        type="button",
        class_="md-button",
        data_slides_notes=True,
        aria_pressed="false",
    )
    buttons = element("p", start, Html(" "), notes, hidden=True, data_slides_buttons=True)
    return element("div", element("p", words.SLIDES_INTRO[language]), buttons, class_="slides-bar no-print")


def _controls(language: Language) -> Html:
    """The buttons under a slide that is shown alone; the script puts them there."""
    buttons = [
        element(
            "button",
            element("span", sign, aria_hidden="true"),
            type="button",
            data_slides=name,
            aria_label=text[language],
            title=text[language],
            aria_pressed="false" if name == "notes" else None,
        )
        for name, sign, text in (
            ("previous", "←", words.SLIDES_PREVIOUS),
            ("next", "→", words.SLIDES_NEXT),
            ("notes", "N", words.SLIDES_NOTES_KEY),
            ("full", "F", words.SLIDES_FULL),
            ("close", "✕", words.SLIDES_CLOSE),
        )
    ]
    count = element("p", role="status", class_="presenter__count", data_slides_count=True)
    return element(
        "div",
        buttons[0],
        count,
        *buttons[1:],
        class_="presenter__controls",
        data_slides_controls=True,
        data_label=words.SLIDES[language],
        hidden=True,
    )
