"""What must hold on every type of page and what axe-core cannot see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

# Elements that are wider than their box and can neither be reached nor contain something that can.
OUT_OF_REACH = """() => [...document.querySelectorAll('.md-content *')].filter(element => {
  const style = getComputedStyle(element)
  return /auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1
    && element.tabIndex < 0 && !element.querySelector('a, button, input, [tabindex]')
}).map(element => element.outerHTML.slice(0, 120))"""

# Text in Hangul whose nearest lang attribute says something else; code may be bilingual.
HANGUL_IN_ENGLISH = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const wrong = []
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    if (/[가-힣]/.test(walker.currentNode.data) && !element.closest('script, style, template, pre, code')
        && element.closest('[lang]').lang !== 'ko') wrong.push(walker.currentNode.data.trim().slice(0, 80))
  }
  return wrong
}"""


def test_page_says_its_language(quick_page: Page, address: str, language: str, page_type: str) -> None:
    """Screen readers pronounce by `lang`: the page's own, and that of Korean words on English pages."""
    quick_page.goto(address)
    if page_type == "not-found":
        language = "ko"
    assert quick_page.locator("html").get_attribute("lang") == language
    if language == "en":
        assert quick_page.evaluate(HANGUL_IN_ENGLISH) == []


def test_images_load_and_have_alternative_text(quick_page: Page, server: Any, language: str) -> None:
    """Every picture of the pages that have pictures arrives and is described."""
    prefix = "" if language == "ko" else "en/"
    for path in ("modules/e3-judgements/index.html", "modules/e3-judgements/practice.html"):
        quick_page.goto(f"{server.url}/{prefix}{path}")
        quick_page.evaluate("() => [...document.images].forEach(image => { image.loading = 'eager' })")
        quick_page.evaluate("() => Promise.all([...document.images].map(image => image.decode()))")
        content = quick_page.locator(".md-content img")
        assert content.count() > 0
        texts = content.evaluate_all("images => images.map(image => image.alt.trim())")
        assert all(texts)


def test_page_fits_320_pixels(
    new_context: Callable[..., BrowserContext], server: Any, site_dir: Path, language: str
) -> None:
    """No page scrolls sideways at 320 px (WCAG 1.4.10); wide tables scroll inside boxes one can focus."""
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    wide, out_of_reach = [], []
    for path in sorted(site_dir.rglob("*.html")):
        name = path.relative_to(site_dir).as_posix()
        if name.startswith("en/") != (language == "en"):
            continue
        page.goto(f"{server.url}/{name}")
        width = page.evaluate("() => document.documentElement.scrollWidth")
        wide += [(name, width)] if width > 320 else []
        out_of_reach += [(name, element) for element in page.evaluate(OUT_OF_REACH)]
    assert wide == []
    assert out_of_reach == []


def test_heading_links_are_large_enough(quick_page: Page, server: Any) -> None:
    """A heading's permanent link is a target of at least 24 by 24 pixels (WCAG 2.5.8)."""
    quick_page.goto(f"{server.url}/modules/e3-judgements/index.html")
    sizes = quick_page.locator(".headerlink").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    assert sizes
    assert all(width >= 24 and height >= 24 for width, height in sizes)


def test_colour_scheme_follows_the_device_and_can_be_switched(
    new_context: Callable[..., BrowserContext], server: Any
) -> None:
    """A dark device opens dark pages; the button switches and the choice is remembered."""
    page = new_context(color_scheme="dark").new_page()
    scheme = "() => document.body.dataset.mdColorScheme"
    page.goto(f"{server.url}/index.html")
    assert page.evaluate(scheme) == "slate"
    page.click("label[for^=__palette]:visible")
    page.wait_for_function("() => document.body.dataset.mdColorScheme === 'default'")
    page.goto(f"{server.url}/en/schedule.html")
    assert page.evaluate(scheme) == "default"


def test_motion_stops_when_asked(new_context: Callable[..., BrowserContext], server: Any) -> None:
    """`prefers-reduced-motion` is obeyed by everything that moves."""
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(f"{server.url}/modules/e3-judgements/index.html")
    longest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll('*')].map(element =>
             Math.max(...getComputedStyle(element).transitionDuration.split(',').map(parseFloat))))"""
    )
    assert longest < 0.001


def test_letters_come_from_this_site(quick_page: Page, server: Any, language: str) -> None:
    """Headings and text are set in the site's own font, Korean and Latin alike."""
    prefix = "" if language == "ko" else "en/"
    quick_page.goto(f"{server.url}/{prefix}modules/e3-judgements/index.html")
    quick_page.evaluate("() => document.fonts.ready")
    devtools = quick_page.context.new_cdp_session(quick_page)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    devtools.send("CSS.enable")
    used = set()
    for selector in (".md-content h1", ".md-content h2", ".md-content p", ".md-header__topic"):
        node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        used |= {(font["familyName"], font["isCustomFont"]) for font in fonts}
    assert used == {("Medai Sans", True)}
