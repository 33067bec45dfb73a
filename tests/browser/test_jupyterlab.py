"""JupyterLab's own page with nbgrader's Assignment List, whose exchange is the portal.

The requests behind these buttons are tried in tests/integration/portal/test_exchange.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread

from formgrader_server import wait_for_address
from playwright.sync_api import BrowserContext, Locator
from town import E1, NOW, Town

from grader.store.feedback import keep_feedback
from grader.store.submissions import list_submissions
from grader.store.tokens import create_token
from grader.wire import write_handouts

COURSE = "medical-ai-2026"
CONFIG = """
from grader.nbgrader_plugins import use_portal
c = get_config()
use_portal(c, {address!r})
c.CourseDirectory.course_id = "medical-ai-2026"
c.Exchange.attempts = 1
"""
NOWHERE = "http://127.0.0.1:9"


@contextmanager
def start_lab(home: Path, work: Path) -> Iterator[str]:
    """Start JupyterLab as on a trainee's own computer; give its address."""
    extension = "nbgrader.server_extensions.assignment_list"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=0", "--ip=127.0.0.1"),
        *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={work}"),
        f"--ServerApp.jpserver_extensions={{'{extension}': True}}",
    ]
    places = {"JUPYTER_DATA_DIR": "data", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_RUNTIME_DIR": "runtime"}
    environment = {
        **os.environ,
        "HOME": str(home),
        "MEDAI_HOME": str(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        **{name: str(home / folder) for name, folder in places.items()},
    }
    process = subprocess.Popen(command, cwd=work, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    drain = Thread(target=process.stderr.read, daemon=True)
    try:
        address = wait_for_address(process)
        drain.start()
        yield address
    finally:
        process.terminate()
        process.wait()
        if drain.is_alive():
            drain.join()
        process.stderr.close()


def _set_up(town: Town, folder: Path) -> tuple[str, Path, Path]:
    """Give somebody new a computer with the way to the portal on it; return their id and its folders."""
    portal, person = town.world.portal, town.newcomer()
    write_handouts(
        portal.workspace, portal.course, portal.course.assignments[E1], portal.settings.handout_dir
    )
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    with portal.store.write() as db:
        token, _ = create_token(db, person.id, "lab", NOW, timedelta(days=1))
    (home / "token").touch(mode=0o600)
    (home / "token").write_text(f"{token}\n")
    (work / "nbgrader_config.py").write_text(CONFIG.format(address=town.url))
    return person.id, home, work


def test_fetch_submit_and_feedback(
    new_context: Callable[..., BrowserContext], town: Town, tmp_path: Path
) -> None:
    """By its buttons: an assignment comes, goes to the portal, its result comes, and a failure is told."""
    person, home, work = _set_up(town, tmp_path)
    store = town.world.portal.store
    with start_lab(home, work) as address:
        page = new_context().new_page()

        def row(part: str) -> Locator:
            return page.locator(f"#{part}_assignments_list > .list_item", has_text=E1)

        page.goto(f"{address}/lab?token=secret")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Assignment List").click()
        row("released").get_by_role("button", name="Fetch").click()
        row("fetched").get_by_role("button", name="Submit").click()
        row("submitted").wait_for()
        assert (work / E1 / f"{E1}.ipynb").is_file()
        with store.read() as db:
            (handed_in,) = list_submissions(db, person, E1)

        result = b"<!doctype html><title>x</title><h1>42 / 42</h1>"
        keep_feedback(store, handed_in.uuid, {f"{E1}.html": result}, by="teacher", now=NOW)
        page.click("#refresh_assignments_list")
        page.get_by_text("(feedback available to fetch)").wait_for()
        row("submitted").get_by_role("button", name="Fetch Feedback").click()
        page.get_by_text("(view feedback)").click()
        page.locator(".jp-DirListing-item", has_text=f"{E1}.html").wait_for()

        (work / "nbgrader_config.py").write_text(CONFIG.format(address=NOWHERE))
        me = home / "me.json"
        me.write_text(me.read_text().replace(town.url, NOWHERE))
        row("fetched").get_by_role("button", name="Submit").click()
        page.get_by_role("dialog").get_by_text("아직 제출되지 않았습니다").first.wait_for()
        assert len(list((home / "spool").glob("*.handin"))) == 1
        page.close()
