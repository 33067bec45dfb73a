"""The benchmark of pages measures every page there is, or says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType

from portal_routes import ANYONE, EXPECTED, HALF

from grader.model.people import GRANTS, Access

COURSE_SITE = {"/", "/modules/e0-first-notebook/"}


def find_route(method: str, address: str) -> str:
    """Return the route that an address of the benchmark asks for."""
    path = address.partition("?")[0]
    for route in EXPECTED:
        taken, _, pattern = route.partition(" ")
        if taken == method and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", pattern), path):
            return route
    return ""


def test_every_page_is_measured_or_left_out_for_a_reason(load_script: Callable[[str], ModuleType]) -> None:
    """By somebody who may see it; nothing is measured that is gone."""
    measured = load_script("benchmarks/portal_pages.py")
    asked = [("GET", role, address) for role, lines in measured.PAGES.items() for address in lines.split()]
    sent = [("POST", role, address) for role, _, address, _ in measured.FORMS]
    seen = set(measured.NOT_MEASURED)
    for method, role, address in asked + sent:
        route = find_route(method, address)
        if not route and address in COURSE_SITE:
            continue
        assert route, f"{address} is gone"
        who = EXPECTED[route]
        assert who in {ANYONE, HALF} or who in GRANTS[Access(role)], f"{role} may not ask for {address}"
        seen.add(route)
    pages = {route for route in EXPECTED if "GET" in route.partition(" ")[0]}
    assert pages - seen == set(), "add these to PAGES, or to NOT_MEASURED with a reason"
    assert measured.NOT_MEASURED.keys() - pages == set(), "these are gone"
