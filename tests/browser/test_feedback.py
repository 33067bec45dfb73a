"""Feedback pages in a real browser: accessible in every language and scheme, inert, narrow, printable.

The pages are the golden files of the grading tests, which compare them with what is rendered today.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from accessibility import find_violations
from playwright.sync_api import BrowserContext, Page

GOLDEN = Path(__file__).parents[1] / "golden" / "grading"
PAGES = sorted(GOLDEN.glob("*.html"))


def _name(path: Path) -> str:
    return path.stem


def test_there_are_pages_in_both_languages() -> None:
    """Graded and refused submissions, Korean and English."""
    assert {path.stem.split(".")[1] for path in PAGES} == {"ko", "en"}
    assert {path.stem.split(".")[0] for path in PAGES} >= {"mixed", "refused"}


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_feedback_has_no_violation(new_context: Callable[..., BrowserContext], path: Path) -> None:
    """All rules of axe-core, light and dark."""
    found = []
    for scheme in ("light", "dark"):
        page = new_context(color_scheme=scheme).new_page()
        page.goto(path.as_uri())
        found += [f"{scheme}: {fault}" for fault in find_violations(page)]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_feedback_says_its_language(page: Page, path: Path) -> None:
    """The page's `lang` is the trainee's."""
    page.goto(path.as_uri())
    assert page.locator("html").get_attribute("lang") == path.stem.split(".")[1]


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_feedback_asks_for_nothing_and_runs_nothing(
    new_context: Callable[..., BrowserContext], path: Path
) -> None:
    """One file: no further request, no script, and its own policy would stop one."""
    context = new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(path.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.locator("script, iframe, object, embed").count() == 0
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") or ""
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_feedback_fits_320_pixels_and_paper(new_context: Callable[..., BrowserContext], path: Path) -> None:
    """No sideways scrolling on a phone; a trainee can print the page."""
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto(path.as_uri())
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF-")
