"""One built site, one web server, one Chromium for all browser tests.

Chromium can resolve no host name but 127.0.0.1, so a page that needs another host fails its test. Every
page that a test opens is watched: console errors, failed requests and requests elsewhere fail the test.
"""

from __future__ import annotations

import fcntl
import functools
import http.server
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from town import Town, open_town

ROOT = Path(__file__).parents[2]
ABORTED = "net::ERR_ABORTED"


PAGE_TYPES = {
    "home": ("index.html", "index.html"),
    "track": ("tracks/*.html", "tracks/essentials.html"),
    "role": ("roles/*.html", "roles/office.html"),
    "module": ("modules/*/index.html", "modules/e3-judgements/index.html"),
    "practice": ("modules/*/practice.html", "modules/e0-first-notebook/practice.html"),
    "quiz": ("modules/*/quiz.html", "modules/e0-first-notebook/quiz.html"),
    "assignment": ("modules/*/assignment.html", "modules/e3-judgements/assignment.html"),
    "instructor": ("modules/*/instructor.html", "modules/e3-judgements/instructor.html"),
    "checklist": ("modules/*/checklist.html", "modules/e3-judgements/checklist.html"),
    "slides": ("modules/*/slides.html", "modules/e3-judgements/slides.html"),
    "schedule": ("schedule.html", "schedule.html"),
    "glossary": ("glossary.html", "glossary.html"),
    "facts": ("facts.html", "facts.html"),
    "guide": ("guide/*.html", "guide/trainee.html"),
    "reference": ("reference/*.html", "reference/assignments.html"),
    "not-found": ("404.html", "404.html"),
}
"""Type → pattern of its addresses, and the page that is examined."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests that ask for a page type or a language with all of them."""
    for name, values in {"page_type": list(PAGE_TYPES), "language": ["ko", "en"]}.items():
        given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
        if name in metafunc.fixturenames and not any(name in names for names in given):
            metafunc.parametrize(name, values)


@pytest.fixture
def address(server: Server, page_type: str, language: str) -> str:
    """Where the examined page of this type and language is served."""
    return server.url + "/" + localised(PAGE_TYPES[page_type][1], language)


def localised(path: str, language: str) -> str:
    """Return the path of a page in a language; the not-found page is one for both."""
    return path if language == "ko" or path == "404.html" else f"en/{path}"


@pytest.fixture(scope="session")
def page_patterns() -> tuple[str, ...]:
    """Patterns of the Korean addresses of all page types."""
    return tuple(pattern for pattern, _ in PAGE_TYPES.values())


@dataclass
class Server:
    """The built site over plain HTTP, without compression; counts what it sends."""

    url: str
    sent_bytes: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="session")
def site_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real site, built once even when several test processes ask for it."""
    given = os.environ.get("MEDAI_SITE")
    if given:
        return Path(given)
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    target, done = shared / "site", shared / "site.done"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            built = subprocess.run(
                [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)],
                cwd=ROOT,
                env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
                capture_output=True,
                text=True,
            )
            assert built.returncode == 0, built.stdout + built.stderr
            done.touch()
    return target


@pytest.fixture(scope="session")
def server(site_dir: Path) -> Iterator[Server]:
    """Serve the site as the plainest web server would."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent: pytest shows what matters."""

        def end_headers(self) -> None:
            served.sent_bytes[self.path] += sum(map(len, self._headers_buffer))
            super().end_headers()

        def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
            body = source.read()
            served.sent_bytes[self.path] += len(body)
            outputfile.write(body)

    handler = functools.partial(Handler, directory=str(site_dir))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        served = Server(f"http://127.0.0.1:{httpd.server_port}")
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield served
        httpd.shutdown()
        thread.join()


@dataclass
class Watch:
    """What went wrong in the pages of one context."""

    faults: list[str] = field(default_factory=list)
    expected_status: int = 200
    """A page that says no is no fault of the page."""

    def page(self, page: Page) -> None:
        """Note every console error, exception, failed request and request to another host of `page`."""
        page.on("console", lambda m: self._note(m.type in ("error", "warning"), f"console: {m.text}"))
        page.on("pageerror", lambda error: self._note(True, f"exception: {error}"))
        # A request is aborted when its page is left before it is answered: no fault.
        page.on("requestfailed", lambda r: self._note(r.failure != ABORTED, f"failed: {r.url} ({r.failure})"))
        page.on("response", lambda r: self._note(r.status >= 400, f"status {r.status}: {r.url}"))
        page.on("request", lambda r: self._note(not _is_local(r.url), f"elsewhere: {r.url}"))

    def _note(self, wrong: bool, what: str) -> None:
        expected = (f"status {self.expected_status}:", f"status of {self.expected_status} ")
        if wrong and not any(status in what for status in expected):
            self.faults.append(what)


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "file:///", "data:", "blob:", "about:"))


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Open watched browser contexts (like private windows); the test fails if anything in them went wrong."""
    watch = Watch()
    contexts: list[BrowserContext] = []

    def open_context(expected_status: int = 200, **options: object) -> BrowserContext:
        watch.expected_status = expected_status
        context = browser.new_context(**{"locale": "ko-KR", **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("page", watch.page)
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert watch.faults == []


@pytest.fixture(scope="session")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    """One context for tests that neither remember anything nor need special settings."""
    context = browser.new_context(locale="ko-KR")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def quick_page(shared_context: BrowserContext) -> Iterator[Page]:
    """A watched page in the shared context: opening it costs little."""
    watch = Watch()
    page = shared_context.new_page()
    watch.page(page)
    yield page
    page.close()
    assert watch.faults == []


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A watched page in a fresh context: nothing remembered."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    """A served portal with people in it."""
    with open_town(tmp_path_factory.mktemp("town"), sqlite_template) as made:
        yield made
