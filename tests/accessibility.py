"""What axe-core finds on a page: all its rules, and the one of WCAG 2.2 that it brings switched off."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

COLOURS = frozenset({"color-contrast", "link-in-text-block"})
"""Rules that depend on the colour scheme."""
LAYOUT = COLOURS | {"target-size", "scrollable-region-focusable"}
"""Rules that depend on the width, too."""
_AXE = Axe().axe_script


def find_violations(page: Page, rules: Collection[str] = ()) -> list[str]:
    """Return what breaks one of `rules`, or of all: WCAG 2.5.8 (targets of 24 px) and best practices, too."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE)
    # What fades in has its colours when it is there.
    page.evaluate("() => Promise.allSettled(document.getAnimations().map(animation => animation.finished))")
    options: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    if rules:
        options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": sorted(rules)}}
    found = page.evaluate("options => axe.run(options).then(result => result.violations)", options)
    return [
        f"{rule['id']}: {node['html'][:160]} — {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
