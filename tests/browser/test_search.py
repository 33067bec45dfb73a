"""The search box, typed into as people do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page

TABLE = yaml.safe_load(Path(__file__).with_name("search_queries.yml").read_text("utf-8"))
CASES = [pytest.param(language, case["query"], case["page"], id=f"{language}-{case['query']}")
         for language, cases in TABLE.items() for case in cases]  # fmt: skip
HOME = {"ko": "index.html", "en": "en/index.html"}
BOX = "[data-md-component=search-query]"
ANSWERED = r"/\d|없습니다|No matching/.test(document.querySelector('.md-search-result__meta').textContent)"


@pytest.fixture(scope="module")
def search_pages(browser: Browser, server: Any) -> Iterator[dict[str, Page]]:
    """The home page of each language with its search box open."""
    context = browser.new_context()
    pages = {}
    for language, address in HOME.items():
        pages[language] = context.new_page()
        pages[language].goto(f"{server.url}/{address}")
        pages[language].click(BOX)
    yield pages
    context.close()


def _clear(page: Page) -> None:
    page.fill(BOX, "")
    page.wait_for_function(f"() => !{ANSWERED} && !document.querySelector('.md-search-result__item')")


def _found_pages(page: Page, query: str) -> list[str]:
    """Put `query` into the search box; return the addresses of the pages found, best first.

    The text arrives in one piece, so there is one answer to wait for.
    """
    _clear(page)
    page.keyboard.insert_text(query)
    page.wait_for_function(f"() => {ANSWERED}")
    links = page.locator(".md-search-result__item > a:first-child")
    return links.evaluate_all("links => links.map(link => link.href)")


def test_the_table_is_large_enough() -> None:
    """At least 30 queries, among them both languages."""
    assert len(CASES) >= 30
    assert set(TABLE) == {"ko", "en"}


@pytest.mark.parametrize(("language", "query", "expected"), CASES)
def test_the_expected_page_is_among_the_first_three(
    search_pages: dict[str, Page], server: Any, language: str, query: str, expected: str
) -> None:
    """Particles, endings, spacing and inflection do not hide a page."""
    found = _found_pages(search_pages[language], query)
    shortened = [address.removeprefix(f"{server.url}/") for address in found]
    assert expected in shortened[:3], shortened


def test_a_word_that_stands_nowhere_finds_nothing(search_pages: dict[str, Page]) -> None:
    """An honest "nothing found" instead of noise."""
    assert _found_pages(search_pages["ko"], "펭귄") == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_results_stay_in_the_readers_language(
    search_pages: dict[str, Page], server: Any, language: str
) -> None:
    """A Korean page is never offered to an English reader, nor the reverse."""
    found = _found_pages(search_pages[language], "AI")
    assert found
    assert all(address.startswith(f"{server.url}/en/") == (language == "en") for address in found)


def test_hits_are_marked_and_markup_is_inert(search_pages: dict[str, Page]) -> None:
    """The snippet shows where the word stands; code in a page is shown as text."""
    page = search_pages["ko"]
    _found_pages(page, "혈압을")
    assert page.locator(".md-search-result mark", has_text="혈압").count() > 0
    assert page.locator(".md-search-result :is(script, img, iframe)").count() == 0


def test_letters_typed_one_by_one_find_the_page(search_pages: dict[str, Page], server: Any) -> None:
    """Key by key, the last answer is the one that stays."""
    page = search_pages["ko"]
    _clear(page)
    page.keyboard.type("공복 혈당")
    address = f"{server.url}/modules/e3-judgements/index.html"
    page.wait_for_selector(f".md-search-result__item:nth-child(-n + 3) > a[href^='{address}']")


def test_pasted_text_is_searched(search_pages: dict[str, Page]) -> None:
    """Pasting and some input methods send no key events; the search starts all the same."""
    page = search_pages["ko"]
    _clear(page)
    page.evaluate(
        """box => { const field = document.querySelector(box); field.value = '공복 혈당';
                    field.dispatchEvent(new InputEvent('input', {bubbles: true})) }""",
        BOX,
    )
    page.wait_for_selector(".md-search-result__item")


@pytest.mark.parametrize(("language", "query"), [("ko", "공복 혈당을"), ("en", "judgements")])
def test_search_works_from_disk(
    new_context: Callable[..., BrowserContext], site_dir: Path, language: str, query: str
) -> None:
    """Opened as a file, without any server, the same query finds the same page."""
    page = new_context().new_page()
    page.goto((site_dir / HOME[language]).as_uri())
    page.click(BOX)
    found = _found_pages(page, query)
    prefix = "en/" if language == "en" else ""
    assert (site_dir / f"{prefix}modules/e3-judgements/index.html").as_uri() in found[:3]


def test_the_index_is_loaded_only_when_someone_searches(page: Page, server: Any) -> None:
    """Readers who do not search do not pay for the index."""
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/index.html", wait_until="networkidle")
    before = [url for url in asked if url.endswith("/search/ko/index.js")]
    page.click(BOX)
    _found_pages(page, "혈압")
    assert before == []
    assert server.sent_bytes["/assets/medai/search/ko/index.js"] > 0
