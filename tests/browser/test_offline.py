"""No host but our own is ever asked; the folder opens from disk; the first load is light; paper works."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

MODULE = "modules/e3-judgements/index.html"
QUIZ = "modules/e0-first-notebook/quiz.html"
FIRST_LOAD_LIMIT_BYTES = 600_000
ADDRESS = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//([^"'\s)>]+)""", re.IGNORECASE)
SCRIPT_FETCH = re.compile(r"""(?:fetch|import|importScripts|XMLHttpRequest)\s*\(\s*["']https?://""")


def test_no_file_loads_from_elsewhere(site_dir: Path) -> None:
    """No page, style sheet or script of the site names another host as something to load."""
    found = []
    for path in site_dir.rglob("*"):
        text = path.read_text("utf-8") if path.suffix in (".html", ".css", ".js") else ""
        for tag in re.findall(r"<(?:script|link|img|iframe|source|video|audio|object)\b[^>]*>", text):
            found += [(path.name, address) for address in ADDRESS.findall(tag)]
        if path.suffix == ".css":
            found += [(path.name, address) for address in ADDRESS.findall(text)]
        if "medai" in path.parts and path.suffix == ".js":
            found += [(path.name, address) for address in SCRIPT_FETCH.findall(text)]
    assert found == []


@pytest.mark.parametrize("path", ["index.html", MODULE, f"en/{MODULE}", QUIZ])
def test_page_opens_from_disk(new_context: Callable[..., BrowserContext], site_dir: Path, path: str) -> None:
    """Opened as a file: no failed request, no error, letters and pictures there."""
    page = new_context().new_page()
    page.goto((site_dir / path).as_uri(), wait_until="load")
    page.evaluate("() => [...document.images].forEach(image => { image.loading = 'eager' })")
    page.evaluate("() => Promise.all([...document.images].map(image => image.decode()))")
    assert page.evaluate(
        "() => document.fonts.ready.then(() => document.fonts.check('16px \"Medai Sans\"', '가A'))"
    )


def test_language_switch_keeps_the_page_on_disk(
    new_context: Callable[..., BrowserContext], site_dir: Path
) -> None:
    """The switch works without a server too."""
    page = new_context().new_page()
    page.goto((site_dir / MODULE).as_uri())
    page.click(".language-switch")
    assert page.url == (site_dir / "en" / MODULE).as_uri()


def test_quiz_remembers_on_disk(new_context: Callable[..., BrowserContext], site_dir: Path) -> None:
    """Answers given in a folder opened from disk are there after a reload."""
    page = new_context().new_page()
    page.goto((site_dir / QUIZ).as_uri())
    question = page.locator("[data-quiz]").first
    question.locator("input").first.check()
    question.locator("[data-quiz-check]").click()
    page.reload()
    assert page.locator("[data-quiz]").first.get_attribute("data-verdict") in ("right", "wrong")


@pytest.mark.parametrize("path", [MODULE, f"en/{MODULE}", "modules/e3-judgements/practice.html",
                                  "modules/e0-first-notebook/index.html", "index.html"])  # fmt: skip
def test_first_load_is_light(new_context: Callable[..., BrowserContext], server: Any, path: str) -> None:
    """An empty cache and a server without compression: all that a page loads is under 600 kB."""
    before = server.sent_bytes.copy()
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{server.url}/{path}", wait_until="networkidle")
    page.evaluate("() => document.fonts.ready")
    sent = server.sent_bytes - before
    assert sent.total() < FIRST_LOAD_LIMIT_BYTES, sent.most_common()


def test_paper_shows_the_text_and_nothing_to_click(page: Page, server: Any, language: str) -> None:
    """Printed: content without header, navigation, footer or buttons; web addresses are spelt out."""
    prefix = "" if language == "ko" else "en/"
    page.emulate_media(media="print")
    page.goto(f"{server.url}/{prefix}{MODULE}")
    for hidden in (".md-header", ".md-tabs", ".md-sidebar", ".md-footer", ".headerlink", ".md-search"):
        assert page.locator(f"{hidden}:visible").count() == 0, hidden
    assert page.locator(".md-content h1").is_visible()
    outside = page.locator(".md-content a[href^=http]").first
    address = outside.evaluate("link => getComputedStyle(link, '::after').content")
    assert "http" in address
    assert page.pdf(format="A4").startswith(b"%PDF-")


def test_paper_is_white_also_from_a_dark_screen(
    new_context: Callable[..., BrowserContext], server: Any
) -> None:
    """Printing drops backgrounds: light letters would vanish."""
    page = new_context(color_scheme="dark").new_page()
    page.goto(f"{server.url}/{MODULE}")
    assert page.evaluate("() => document.body.dataset.mdColorScheme") == "slate"
    page.emulate_media(media="print")
    colours = page.locator(".md-content :is(h1, p, td)").evaluate_all(
        "elements => elements.map(element => getComputedStyle(element).color)"
    )
    brightest = max(int(part) for colour in colours for part in re.findall(r"\d+", colour)[:3])
    assert brightest < 128


def test_paper_keeps_unopened_quiz_answers_back(page: Page, server: Any) -> None:
    """A printed quiz asks; it shows explanations only where the reader had asked for them."""
    page.goto(f"{server.url}/{QUIZ}")
    first = page.locator("[data-quiz]").first
    first.locator("input").first.check()
    first.locator("[data-quiz-check]").click()
    page.emulate_media(media="print")
    assert first.locator(".quiz-choice__why:visible").count() > 1
    assert page.locator("[data-quiz]").nth(1).locator(".quiz-choice__why:visible").count() == 0
    assert page.locator("button:visible").count() == 0
