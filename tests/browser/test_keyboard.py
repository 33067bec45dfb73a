"""The site without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

MODULE = "modules/e3-judgements/index.html"


@pytest.mark.parametrize("key", ["s", "f", "/", "n", "p", ",", ".", "S", "N"])
def test_single_keys_do_nothing(quick_page: Page, server: Any, key: str) -> None:
    """No single character acts on its own (WCAG 2.1.4): no search, no page turning."""
    quick_page.goto(f"{server.url}/{MODULE}")
    quick_page.keyboard.press(key)
    # A page turn would start a navigation that ends before this one's answer arrives.
    quick_page.evaluate("() => new Promise(done => setTimeout(done))")
    assert quick_page.url == f"{server.url}/{MODULE}"
    assert not quick_page.is_checked("#__search")
    assert quick_page.evaluate("() => document.activeElement === document.body")


def test_those_keys_still_write(quick_page: Page, server: Any) -> None:
    """The same characters can be typed into the search box."""
    quick_page.goto(f"{server.url}/{MODULE}")
    quick_page.click("[data-md-component=search-query]")
    quick_page.keyboard.type("sfnp,./")
    assert quick_page.input_value("[data-md-component=search-query]") == "sfnp,./"


def test_first_stop_skips_to_the_content(quick_page: Page, server: Any, language: str) -> None:
    """The first Tab offers to skip the navigation, and Enter does it."""
    prefix = "" if language == "ko" else "en/"
    quick_page.goto(f"{server.url}/{prefix}{MODULE}")
    quick_page.keyboard.press("Tab")
    link = quick_page.locator(":focus")
    assert "md-skip" in (link.get_attribute("class") or "")
    quick_page.keyboard.press("Enter")
    assert "#" in quick_page.url


def test_every_stop_is_on_screen_and_shown(
    new_context: Callable[..., BrowserContext], server: Any, language: str
) -> None:
    """On a narrow screen, no Tab lands on something hidden, and each stop is outlined."""
    page = new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce").new_page()
    page.goto(f"{server.url}/{'' if language == 'ko' else 'en/'}{MODULE}")
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """async () => {
              const element = document.activeElement
              const marked = element.matches('input.md-option') ? element.nextElementSibling : element
              const shown = () => marked.checkVisibility({opacityProperty: true, visibilityProperty: true})
              // Some stops, such as the search box, open when they are reached.
              for (let frame = 0; frame < 60 && !shown(); frame++) await new Promise(requestAnimationFrame)
              const style = getComputedStyle(marked), box = marked.getBoundingClientRect()
              return {html: element.outerHTML.slice(0, 150), visible: shown(),
                      onScreen: box.right > 0 && box.left < innerWidth && box.width > 0,
                      outlined: style.outlineStyle !== 'none' || element.matches('.md-search__input')}
            }"""
        )
        if not (stop["visible"] and stop["onScreen"] and stop["outlined"]):
            hidden.append(stop)
    assert hidden == []


def test_phone_navigation_opens_and_closes_by_keyboard(
    new_context: Callable[..., BrowserContext], server: Any
) -> None:
    """The button says its state; Enter opens and moves into the drawer, Escape closes and comes back."""
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{server.url}/{MODULE}")
    button = page.locator(".drawer-button")
    assert button.get_attribute("aria-expanded") == "false"
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    assert page.evaluate("() => !!document.activeElement.closest('.md-sidebar--primary')")
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("language", ["ko"])
def test_language_switch_keeps_the_page(quick_page: Page, server: Any, address: str, page_type: str) -> None:
    """The switch leads to the same page in English, and from there back to where we were."""
    quick_page.goto(address)
    if page_type == "not-found":
        # One page tells both languages' readers; it needs no counterpart.
        assert quick_page.locator("[lang=en]").count() > 0
        return
    quick_page.click(".language-switch")
    assert quick_page.url == address.replace(server.url, f"{server.url}/en")
    quick_page.click(".language-switch")
    assert quick_page.url == address
