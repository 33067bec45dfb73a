"""Zero axe-core violations on every type of page, in both languages and both colour schemes."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from accessibility import COLOURS, find_violations
from playwright.sync_api import BrowserContext, Page

PREFIX = {"ko": "", "en": "en/"}


def _violations_in_both_schemes(page: Page) -> list[str]:
    """Examine the page as it is, switch its colour scheme by its own button, examine its colours again.

    Nothing but colours differs between the schemes.
    """
    found, schemes = [], set()
    for rules in ((), COLOURS):
        schemes.add(page.evaluate("() => document.body.dataset.mdColorScheme"))
        found += find_violations(page, rules)
        page.click("label[for^=__palette]:visible")
    assert schemes == {"default", "slate"}
    return found


def test_every_page_belongs_to_a_type_that_is_examined(
    site_dir: Path, page_patterns: tuple[str, ...]
) -> None:
    """A new kind of page cannot slip past these tests."""
    paths = {path.relative_to(site_dir).as_posix().removeprefix("en/") for path in site_dir.rglob("*.html")}
    assert {path for path in paths if not any(fnmatch(path, pattern) for pattern in page_patterns)} == set()


def test_page_has_no_violation(quick_page: Page, address: str) -> None:
    """Every type of page, as it opens."""
    quick_page.goto(address)
    assert _violations_in_both_schemes(quick_page) == []


def test_answered_quiz_has_no_violation(page: Page, server: Any, language: str) -> None:
    """Verdicts, marks and explanations are held to the same rules as the questions."""
    page.goto(f"{server.url}/{PREFIX[language]}modules/e0-first-notebook/quiz.html")
    for question in page.locator("[data-quiz]").all():
        question.locator("input").last.check()
        question.locator("[data-quiz-check]").click()
    assert page.locator(".quiz-choice__why:visible").count() > 0
    assert _violations_in_both_schemes(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_search_has_no_violation(
    new_context: Callable[..., BrowserContext], server: Any, scheme: str
) -> None:
    """The search dialog with results in it."""
    page = new_context(color_scheme=scheme).new_page()
    page.goto(f"{server.url}/index.html")
    page.click("[data-md-component=search-query]")
    page.keyboard.insert_text("혈압")
    page.wait_for_selector(".md-search-result__item")
    assert find_violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_drawer_has_no_violation(
    new_context: Callable[..., BrowserContext], server: Any, language: str, scheme: str
) -> None:
    """The navigation of narrow screens, opened."""
    page = new_context(color_scheme=scheme, viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{server.url}/{PREFIX[language]}modules/e3-judgements/index.html")
    page.click(".drawer-button")
    page.wait_for_selector(".md-sidebar--primary", state="visible")
    assert find_violations(page) == []


def test_targets_that_are_too_small_are_found(quick_page: Page) -> None:
    """The rule of WCAG 2.2 that axe-core brings switched off is on."""
    link = '<li><a href="#" style="font-size: 8px">가</a></li>'
    quick_page.set_content(f"<html lang=ko><title>x</title><main><h1>x</h1><ul>{link * 3}</ul></main>")
    assert {fault.partition(":")[0] for fault in find_violations(quick_page)} == {"target-size"}
