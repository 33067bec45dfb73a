"""Slides and checklists: shown one at a time, read one after another, and printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

SLIDES = "modules/e3-judgements/slides.html"
COUNT = "[data-slides-count]"
PAGES = re.compile(rb"/Type\s*/Page[^s]")
SMALL_SCRIPT_BYTES = 6_000

# What leaves its slide: it would be cut off on a wall and overlap the next page on paper.
TOO_MUCH = """() => [...document.querySelectorAll('.slide__face')].filter(face => {
  const last = [...face.children].filter(child => !child.matches('.slide__foot')).pop()
  const box = face.getBoundingClientRect()
  return box.height > 0
    && (face.scrollHeight > face.clientHeight + 1 || last.getBoundingClientRect().bottom > box.bottom)
}).map(face => face.parentElement.id)"""


# Steps through all slides and returns those that do not fit or have small letters.
UNFIT = f"""() => {{
  const unfit = []
  for (const slide of document.querySelectorAll('.presenter .slide')) {{
    const texts = [...slide.querySelectorAll('.slide__face > :is(ul, ol, p:not(.slide__foot))')]
    const small = texts.some(text => parseFloat(getComputedStyle(text).fontSize) < innerHeight / 40)
    if (small || ({TOO_MUCH})().length) unfit.push(slide.id)
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: 'ArrowRight', bubbles: true}}))
  }}
  return unfit
}}"""


@pytest.fixture
def slides(page: Page, server: Any, language: str) -> Page:
    """The slides of a module as they open."""
    page.goto(f"{server.url}/{'' if language == 'ko' else 'en/'}{SLIDES}")
    return page


@pytest.fixture
def shown(slides: Page) -> Page:
    """The slides, presented from the first one."""
    slides.click("[data-slides-start]")
    slides.wait_for_selector(".presenter[open]")
    return slides


def number(page: Page) -> int:
    """Which slide is shown; it must be the only one, and said in the address and in the count."""
    visible = page.locator(".slide:visible")
    assert visible.count() == 1
    found = int((visible.get_attribute("id") or "").removeprefix("slide-"))
    assert page.url.endswith(f"#slide-{found}")
    assert page.locator(COUNT).inner_text().startswith(f"{found} / {page.locator('.slide').count()}")
    return found


def pages_of(site_dir: Path, name: str) -> list[str]:
    found = [path.relative_to(site_dir).as_posix() for path in sorted(site_dir.rglob(f"{name}.html"))]
    assert found
    return found


def paper_pages(page: Page) -> int:
    return len(PAGES.findall(page.pdf(prefer_css_page_size=True)))


def test_keys_turn_the_slides(shown: Page) -> None:
    """Arrows, Space and the page keys step; Home and End go to the ends and nothing goes beyond them."""
    last = shown.locator(".slide").count()
    steps = [
        ("ArrowRight", 2), ("PageDown", 3), ("ArrowDown", 4), ("Space", 5), ("ArrowLeft", 4),
        ("PageUp", 3), ("ArrowUp", 2), ("End", last), ("ArrowRight", last), ("Home", 1), ("ArrowLeft", 1),
    ]  # fmt: skip
    for key, expected in steps:
        shown.keyboard.press(key)
        assert number(shown) == expected, key


def test_space_presses_the_button_that_has_the_focus(shown: Page) -> None:
    """Whoever tabs to a button can press it; the focus is visible on it."""
    shown.keyboard.press("End")
    last = number(shown)
    shown.keyboard.press("Shift+Tab")
    focus = shown.locator(":focus")
    assert focus.get_attribute("data-slides") == "previous"
    assert focus.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
    shown.keyboard.press("Space")
    assert number(shown) == last - 1


def test_slide_is_told_to_screen_readers(shown: Page) -> None:
    """The number and the heading of each new slide are announced."""
    assert shown.locator(COUNT).get_attribute("role") == "status"
    shown.keyboard.press("ArrowRight")
    heading = shown.locator(".slide:visible h2").inner_text()
    assert heading in (shown.locator(COUNT).text_content() or "")


def test_n_shows_all_notes(shown: Page) -> None:
    """N opens the notes of every slide and closes them again."""
    button = shown.locator("[data-slides=notes]")
    assert shown.locator(".slide__notes[open]").count() == 0
    shown.keyboard.press("n")
    assert shown.locator(".slide:visible .slide__notes").is_visible()
    assert shown.locator(".slide__notes:not([open])").count() == 0
    assert button.get_attribute("aria-pressed") == "true"
    shown.keyboard.press("N")
    assert shown.locator(".slide__notes[open]").count() == 0
    assert button.get_attribute("aria-pressed") == "false"


def test_f_fills_the_screen_and_escape_ends(shown: Page) -> None:
    """Starting fills the screen; F comes back to the window; Esc ends and keeps the place."""
    shown.wait_for_function("() => !!document.fullscreenElement")
    shown.keyboard.press("ArrowRight")
    shown.keyboard.press("f")
    shown.wait_for_function("() => !document.fullscreenElement")
    assert number(shown) == 2
    shown.keyboard.press("Escape")
    shown.wait_for_selector(".presenter[open]", state="detached")
    shown.wait_for_selector(".slide")  # they come back with the close event, a moment after the closing
    assert shown.locator(".slide:visible").count() == shown.locator(".slide").count()
    assert shown.locator(":focus").get_attribute("data-slides-start") is not None
    assert shown.evaluate(
        "() => document.querySelector('#slide-2').getBoundingClientRect().top < innerHeight"
    )


def test_leaving_the_full_screen_ends(shown: Page) -> None:
    """One Esc is enough: the browser leaves the full screen, and the presentation ends with it."""
    shown.wait_for_function("() => !!document.fullscreenElement")
    shown.evaluate("() => document.exitFullscreen()")
    shown.wait_for_selector(".presenter[open]", state="detached")


def test_address_leads_to_its_slide(page: Page, server: Any) -> None:
    """An address with a slide's number starts there, and following one while presenting goes there."""
    page.goto(f"{server.url}/{SLIDES}#slide-5")
    page.click("[data-slides-start]")
    assert number(page) == 5
    page.evaluate("() => { location.hash = '#slide-3' }")
    page.wait_for_selector("#slide-3", state="visible")
    assert number(page) == 3


def test_keys_do_nothing_before_the_start(slides: Page) -> None:
    """While slides are read, no single key acts (WCAG 2.1.4): no notes, no full screen, no search."""
    before = slides.url
    for key in ("n", "f", "ArrowRight", "s"):
        slides.keyboard.press(key)
    assert slides.url == before
    assert slides.locator(".presenter[open], .slide__notes[open]").count() == 0
    assert not slides.is_checked("#__search")


def test_swipe_turns_the_slides(new_context: Callable[..., BrowserContext], server: Any) -> None:
    """A finger moved sideways steps; moved down it scrolls and does not step."""
    page = new_context(has_touch=True, viewport={"width": 390, "height": 740}).new_page()
    page.goto(f"{server.url}/{SLIDES}")
    page.tap("[data-slides-start]")
    page.wait_for_selector(".presenter[open]")
    devtools = page.context.new_cdp_session(page)

    def swipe(start: tuple[int, int], end: tuple[int, int]) -> None:
        for kind, points in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
            touches = [{"x": x, "y": y} for x, y in points]
            devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    swipe((300, 300), (100, 310))
    page.wait_for_selector("#slide-2", state="visible")
    swipe((100, 300), (300, 310))
    page.wait_for_selector("#slide-1", state="visible")
    swipe((200, 500), (110, 200))
    assert number(page) == 1


def test_slides_without_javascript(
    new_context: Callable[..., BrowserContext], server: Any, language: str
) -> None:
    """All slides stand below one another, with notes that open, and no button that does nothing."""
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/{'' if language == 'ko' else 'en/'}{SLIDES}")
    faces = page.locator(".slide__face")
    assert faces.count() > 10
    tops = [box["y"] for face in faces.all() if (box := face.bounding_box())]
    assert tops == sorted(tops)
    assert len(set(tops)) == faces.count()
    assert page.locator(".md-content button:visible").count() == 0
    notes = page.locator(".slide__notes").first
    notes.locator("summary").click()
    assert notes.locator("p").first.is_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (1920, 1080)])
def test_every_slide_fits_its_screen(
    new_context: Callable[..., BrowserContext], server: Any, site_dir: Path, width: int, height: int
) -> None:
    """Nothing is cut off on a wall, and letters stay at least a fortieth of its height."""
    page = new_context(viewport={"width": width, "height": height}).new_page()
    wrong = []
    for path in pages_of(site_dir, "slides"):
        page.goto(f"{server.url}/{path}")
        page.click("[data-slides-start]")
        page.wait_for_selector(".presenter[open]")
        assert number(page) == 1
        wrong += [(path, slide) for slide in page.evaluate(UNFIT)]
        assert number(page) == page.locator(".slide").count()
    assert wrong == []


def test_paper_has_one_slide_on_each_page(page: Page, server: Any, site_dir: Path) -> None:
    """Printed: a page for every slide, with and without notes, and nothing that leaves its slide."""
    wrong = []
    for path in pages_of(site_dir, "slides"):
        page.goto(f"{server.url}/{path}")
        page.evaluate("() => [...document.images].forEach(image => { image.loading = 'eager' })")
        page.evaluate("() => Promise.all([...document.images].map(image => image.decode()))")
        # Without a picture that a script asked for, too, Chromium waits two seconds before it prints.
        page.evaluate("() => fetch(document.images[0].src).then(() => null)")
        slides = page.locator(".slide").count()
        for notes in (False, True):
            if notes:
                page.click("[data-slides-notes]")
            pages = paper_pages(page)
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 1062, "height": 733})  # A4 on its side without margins
            assert (page.locator(".slide__notes p:visible").count() > 0) == notes
            too_much = page.evaluate(TOO_MUCH)
            page.emulate_media(media="null")
            page.set_viewport_size({"width": 1280, "height": 720})
            if pages != slides or too_much:
                wrong.append((path, f"notes: {notes}", f"{pages} pages for {slides} slides", too_much))
    assert wrong == []


def test_checklist_prints_on_one_page(page: Page, server: Any, site_dir: Path) -> None:
    """Every checklist is one sheet of A4, with lines to fill in and boxes to tick."""
    counts = {}
    for path in pages_of(site_dir, "checklist"):
        page.goto(f"{server.url}/{path}")
        assert page.locator(".checklist li").count() >= 5, path
        assert page.locator(".checklist__lines div").count() == 3, path
        counts[path] = len(PAGES.findall(page.pdf(format="A4")))
    assert set(counts.values()) == {1}, counts


def test_slides_and_checklists_are_not_found_twice(site_dir: Path) -> None:
    """The search finds the lesson and the notes, whose words these pages repeat."""
    for language in ("ko", "en"):
        index = (site_dir / "assets/medai/search" / language / "index.js").read_text("utf-8")
        assert "slides.html" not in index
        assert "checklist.html" not in index
        assert "instructor.html" in index


def test_script_is_small(site_dir: Path) -> None:
    """What every page carries for the slides weighs little."""
    assert (site_dir / "assets/medai/slides.js").stat().st_size < SMALL_SCRIPT_BYTES


def test_slides_and_checklist_are_one_click_away(quick_page: Page, server: Any, language: str) -> None:
    """Lesson and instructor notes lead to both."""
    folder = f"{server.url}/{'' if language == 'ko' else 'en/'}modules/e3-judgements"
    for start in ("index", "instructor"):
        for target in ("slides", "checklist"):
            quick_page.goto(f"{folder}/{start}.html")
            quick_page.click(f".materials a[href='{target}.html']")
            quick_page.wait_for_url(f"{folder}/{target}.html")
