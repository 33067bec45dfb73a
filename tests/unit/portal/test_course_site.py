"""The course site behind the portal: it shows the way to the portal, and files are sent for what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from grader.portal.course_site import asset_address, make_assets, make_course_site
from grader.site.assets import asset_files
from grader.site.serve import SITE_POLICY

STYLE = "assets/medai/portal.css"


@pytest.fixture
def site(tmp_path: Path) -> TestClient:
    """A site of one page with the site's own files."""
    (tmp_path / "index.html").write_text("<h1>과정</h1>", encoding="utf-8")
    (tmp_path / "404.html").write_text("<h1>없음</h1>", encoding="utf-8")
    for name, path in asset_files().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(path.read_bytes())
    return TestClient(make_course_site(tmp_path))


def test_only_the_portal_shows_the_way_to_itself(site: TestClient) -> None:
    """The site hides the link; the portal sends another style sheet under the same name."""
    assert ".portal-link { display: none; }" in asset_files()[STYLE].read_text("utf-8")
    assert ".portal-link { display: block; }" in site.get(f"/{STYLE}").text
    assert site.get(f"/{STYLE}").headers["content-type"].startswith("text/css")


def test_pages_keep_the_sites_policy_and_are_asked_for_again(site: TestClient) -> None:
    """A new build shows at once; the site's own 404 page answers for what is not there."""
    answer = site.get("/")
    assert answer.headers["content-security-policy"] == SITE_POLICY
    assert answer.headers["cache-control"] == "no-cache"
    missing = site.get("/nowhere.html")
    assert (missing.status_code, "없음" in missing.text) == (404, True)


def test_files_of_the_portal_are_kept_under_an_address_that_changes_with_them() -> None:
    """Browsers may keep them for a year, but only under the full address."""
    assets = TestClient(make_assets())
    path = asset_address("portal.css").removeprefix("/portal")
    assert "immutable" in assets.get(path).headers["cache-control"]
    assert "cache-control" not in assets.get("/portal.css").headers
