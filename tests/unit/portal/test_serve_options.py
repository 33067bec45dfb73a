"""What an operator chooses when starting reaches the server, the pages and the worker."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from grader import wire
from grader.cli.serve import serve_command
from grader.errors import UsageError
from grader.model.people import Access
from grader.portal import serve
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.pages import WORDS
from grader.portal.settings import PortalSettings
from grader.portal.worker import Worker
from grader.store.retention import RetentionPolicy

CHOSEN = RetentionPolicy(refusals_days=7, invitations_days=8, audit_days=99)


def test_sizes_and_times_are_chosen_at_the_start(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every option arrives in the settings; without any, the documented values count."""
    seen: list[PortalSettings] = []

    @contextmanager
    def note(_: object, __: object, settings: PortalSettings) -> Iterator[Portal]:
        seen.append(settings)
        raise UsageError("seen", "enough")
        yield

    monkeypatch.setattr(serve, "open_portal", note)
    monkeypatch.setattr(wire, "open_course", lambda _: (portal.workspace, portal.course))
    common = ["--no-build", "--data", str(tmp_path)]
    sizes = ["--max-upload-mb", "5", "--max-download-mb", "60"]
    days = ["--keep-refusals-days", "7", "--keep-invitations-days", "8", "--keep-audit-days", "99"]
    for more in ([], [*sizes, *days]):
        done = CliRunner().invoke(serve_command, [*common, *more], standalone_mode=False)
        assert isinstance(done.exception, UsageError), done.output
    usual, chosen = seen
    assert (usual.max_upload_bytes, usual.max_download_bytes) == (20_000_000, 500_000_000)
    assert usual.keep == RetentionPolicy()
    assert (chosen.max_upload_bytes, chosen.max_download_bytes) == (5_000_000, 60_000_000)
    assert chosen.keep == CHOSEN


def test_the_upkeep_page_shows_what_was_chosen(portal: Portal, sign_in) -> None:
    """Also that the audit goes, which by default it does not."""
    operator = sign_in(Access.OPERATOR)
    assert "감사 기록은 지우지 않습니다" in operator.get("/operate/upkeep").text
    other = replace(portal, settings=replace(portal.settings, keep=CHOSEN))
    browser = TestClient(create_app(other), cookies=dict(operator.browser.cookies))
    text = browser.get("/operate/upkeep").text
    assert WORDS["operate_retention_note"].ko.format(refusals=7, invitations=8) in text
    assert "감사 기록은 99일" in text


def test_the_worker_that_removes_is_told(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a process of its own, with nothing but its arguments to go by."""
    started: list[list[str]] = []

    def start(argv: list[str], **_: object) -> None:
        started.append(argv)
        raise OSError("not really")

    monkeypatch.setattr(subprocess, "Popen", start)
    other = replace(portal, settings=replace(portal.settings, keep=CHOSEN))
    with pytest.raises(OSError, match="not really"), Worker(other):
        pass
    [argv] = started
    assert RetentionPolicy(**json.loads(argv[argv.index("--keep") + 1])) == CHOSEN
