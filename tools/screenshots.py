"""Retake the README's screenshots from build/site and build/demo (`make demo ONCE=1` first).

Needs Chromium and, for Korean feedback pages, a Korean font on the machine (Debian: fonts-nanum).
"""

from __future__ import annotations

import io
import queue
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from grader.demo.play import PASSWORD, demo_settings
from grader.portal.serve import Listening, open_portal, serve_portal
from grader.wire import open_course

ROOT = Path(__file__).parents[1]
FEEDBACK = ROOT / "build" / "demo" / "course" / "feedback"
SHOTS = {
    "site-ko.png": ROOT / "build" / "site" / "modules" / "e3-judgements" / "index.html",
    "feedback-ko.png": FEEDBACK / "yd-001" / "e0-first-notebook" / "e0-first-notebook.html",
    "feedback-en.png": FEEDBACK / "gn-003" / "e0-first-notebook" / "e0-first-notebook.html",
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


PORTAL = {"portal-ko.png": ("hq-001", "/learn/e0-first-notebook")}
"""File → who is signed in to the demo's portal, and the page."""
PORT = 8799


def main() -> None:
    """Write docs/images/*.png, quantised so that they stay small in git."""
    target = ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    address = _serve_demo()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for name, page_path in SHOTS.items():
            page = _open(browser)
            page.goto(page_path.as_uri())
            _keep(page, target / name)
        for name, (person, path) in PORTAL.items():
            page = _open(browser)
            page.goto(f"{address}/sign-in?next={path}")
            page.fill("main form input:not([type=hidden]):not([type=password])", person)
            page.fill("input[type=password]", PASSWORD)
            page.click("main form button")
            _keep(page, target / name)
        browser.close()


def _open(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": 1180, "height": 860}, locale="ko")


def _keep(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
    image.save(path, optimize=True)
    page.close()


def _serve_demo() -> str:
    """Serve the demo's portal until this program ends; return its address."""
    ready: queue.Queue[str] = queue.Queue()

    def run() -> None:
        workspace, course = open_course(ROOT)
        listening = Listening(port=PORT)
        with open_portal(workspace, course, demo_settings(workspace, listening.address)) as portal:
            serve_portal(portal, listening, on_open=ready.put)

    threading.Thread(target=run, daemon=True).start()
    return ready.get(timeout=60)


if __name__ == "__main__":
    main()
