"""The site as `medai serve` and the demo show it: compressed, and under their content policies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from grader.site.serve import make_server

GOLDEN = Path(__file__).parents[1] / "golden" / "grading"
MODULE = "modules/e3-judgements/index.html"


@pytest.fixture(scope="module")
def demo_url(site_dir: Path) -> Iterator[str]:
    """Address of the demo's own server, with feedback beside the site."""
    with make_server({"": site_dir, "feedback": GOLDEN}, port=0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_policy_lets_everything_of_ours_work(page: Page, demo_url: str) -> None:
    """Letters, search worker and quiz run under the site's policy without one complaint."""
    page.goto(f"{demo_url}/{MODULE}")
    assert page.evaluate(
        "() => document.fonts.ready.then(() => document.fonts.check('16px \"Medai Sans\"', '가'))"
    )
    page.click("[data-md-component=search-query]")
    page.keyboard.insert_text("공복 혈당을")
    page.wait_for_selector(".md-search-result__item")
    page.goto(f"{demo_url}/modules/e0-first-notebook/quiz.html")
    question = page.locator("[data-quiz]").first
    question.locator("input").first.check()
    question.locator("[data-quiz-check]").click()
    assert question.locator(".quiz-choice__why:visible").count() > 1


def test_first_load_is_light_when_compressed(
    new_context: Callable[..., BrowserContext], demo_url: str
) -> None:
    """What travels for a first module page from an empty cache: under 300 kB."""
    context = new_context(viewport={"width": 1280, "height": 900})
    finished: list[Request] = []
    context.on("requestfinished", lambda request: finished.append(request))
    page = context.new_page()
    page.goto(f"{demo_url}/{MODULE}", wait_until="networkidle")
    sizes = [request.sizes() for request in finished]
    assert len(sizes) > 10
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 300_000


def test_feedback_shows_under_the_strict_policy(page: Page, demo_url: str) -> None:
    """Its own style sheet applies; no rule of the policy is broken."""
    page.goto(f"{demo_url}/feedback/mixed.ko.html")
    assert page.locator("h1").is_visible()
    assert page.evaluate("() => document.styleSheets.length") == 1


def test_a_wrong_address_leads_back(browser_page: Page, demo_url: str) -> None:
    """A mistyped address deep in the site shows a styled page in both languages with a way home."""
    response = browser_page.goto(f"{demo_url}/modules/nowhere/deep.html")
    assert response is not None
    assert response.status == 404
    assert browser_page.evaluate(
        "() => getComputedStyle(document.querySelector('h1')).fontFamily"
    ).startswith('"Medai Sans"')
    browser_page.locator(".md-content a[href$='index.html']").first.click()
    assert browser_page.url == f"{demo_url}/index.html"


@pytest.fixture
def browser_page(shared_context: BrowserContext) -> Iterator[Page]:
    """An unwatched page: the answer 404 is what its test is about."""
    page = shared_context.new_page()
    yield page
    page.close()
