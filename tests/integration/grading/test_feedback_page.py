"""Feedback pages in real Chromium: accessible, readable on a phone, silent."""

from __future__ import annotations

from typing import Any

import pytest
from accessibility import find_violations
from playwright.sync_api import Browser

PEOPLE = ("wrong", "plotting", "scripted", "endless", "broken")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("trainee", PEOPLE)
def test_no_accessibility_violations(browser: Browser, course: Any, trainee: str, scheme: Any) -> None:
    """axe-core finds nothing on any kind of page, in light and dark, with everything unfolded."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(course.paths.feedback(trainee, "sample").as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    assert find_violations(page) == []
    page.close()


@pytest.mark.parametrize("trainee", PEOPLE)
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, course: Any, trainee: str) -> None:
    """At 320 px the page fits its width."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(course.paths.feedback(trainee, "sample").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


@pytest.mark.parametrize("trainee", PEOPLE)
def test_a_page_runs_and_fetches_nothing(browser: Browser, course: Any, trainee: str) -> None:
    """Its style is applied under its own policy, no script runs and nothing is asked for."""
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    address = course.paths.feedback(trainee, "sample").as_uri()
    page.goto(address)
    assert [url for url in asked if url != address and not url.startswith("data:image/png")] == []
    assert said == []
    assert page.title() != "taken over"
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderTopStyle") == "solid"
    page.close()
