"""Retake the README's screenshots from build/site and build/demo (`make demo ONCE=1` first).

Needs Chromium and, for Korean feedback pages, a Korean font on the machine (Debian: fonts-nanum).
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
FEEDBACK = ROOT / "build" / "demo" / "nbgrader" / "feedback"
SHOTS = {
    "site-ko.png": ROOT / "build" / "site" / "modules" / "e3-judgements" / "index.html",
    "feedback-ko.png": FEEDBACK / "yd-001" / "e0-first-notebook" / "e0-first-notebook.html",
    "feedback-en.png": FEEDBACK / "gn-003" / "e0-first-notebook" / "e0-first-notebook.html",
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main() -> None:
    """Write docs/images/*.png, quantised so that they stay small in git."""
    target = ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        for name, page_path in SHOTS.items():
            page = browser.new_page(viewport={"width": 1180, "height": 860})
            page.goto(page_path.as_uri())
            page.wait_for_load_state("networkidle")
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(64)
            image.save(target / name, optimize=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
