"""nbgrader's formgrader on our gradebook: shows scores and comments, takes marks, runs nothing."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from grader.errors import UsageError
from grader.grading.formgrade import formgrade_command, formgrade_config
from grader.grading.gradebook import open_gradebook

TOKEN = "only-for-this-test"


class Formgrader:
    """A running server."""

    def __init__(self, address: str) -> None:
        self.address = address

    def get(self, path: str, method: str = "GET", data: bytes | None = None) -> str:
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.address + path, headers=headers, method=method, data=data)
        with urllib.request.urlopen(request, timeout=60) as reply:
            return str(reply.read().decode())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def notebook(self, trainee: str) -> str:
        """Return formgrader's id of a trainee's notebook."""
        found = self.json("/formgrader/api/submitted_notebooks/sample/sample")
        return next(str(one["id"]) for one in found if one["student"] == trainee)


def wait_for_address(process: subprocess.Popen[str]) -> str:
    """Return the server's address once it answers; it prints the address a little before that."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        match = re.search(r"http://(127\.0\.0\.1):(\d+)/", line)
        while match and process.poll() is None:
            try:
                socket.create_connection((match.group(1), int(match.group(2)))).close()
            except ConnectionRefusedError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
            else:
                return match.group().rstrip("/")
    pytest.fail("formgrader did not start:\n" + "".join(said))


@pytest.fixture(scope="module")
def formgrader(course: Any) -> Iterator[Formgrader]:
    """Formgrader on the graded class, as `medai formgrade` starts it."""
    command = formgrade_command(course.paths.root, port=0, token=TOKEN)
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield Formgrader(wait_for_address(process))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_pages_open(formgrader: Formgrader) -> None:
    """The lists of assignments, submissions and students are there, ids with Korean letters included."""
    for page in ("gradebook", "manage_assignments", "manage_submissions/sample", "manage_students"):
        assert "formgrader" in formgrader.get(f"/formgrader/{page}")
    person = quote("대구 003")
    assert "대구 003" in formgrader.get(f"/formgrader/manage_students/{person}")
    assert formgrader.json(f"/formgrader/api/student_submissions/{person}")[0]["score"] == 6.0


def test_submissions_count_as_graded(formgrader: Formgrader) -> None:
    """Formgrader sees our graded notebooks with their times, and offers the unusable ones to nobody."""
    found = {one["student"]: one for one in formgrader.json("/formgrader/api/submissions/sample")}
    assert len(found) == 9
    assert all(one["autograded"] for one in found.values())
    assert found["대구 003"]["display_timestamp"] == "2026-04-20 10:00:00 KST"
    assert (found["wrong"]["score"], found["wrong"]["max_score"]) == (1.0, 10.0)


def test_comments_of_failed_tests_are_there(formgrader: Formgrader) -> None:
    """The answer's comment holds the messages in the trainee's language."""
    comments = formgrader.json(f"/formgrader/api/comments?submission_id={formgrader.notebook('wrong')}")
    auto = {one["name"]: one["auto_comment"] for one in comments}
    assert auto["bmi"].startswith("• See whether weight is divided")


def open_notebook(page: Page, formgrader: Formgrader, trainee: str) -> None:
    """Log in, open a trainee's notebook and wait until formgrader has filled in its scores."""
    page.goto(f"{formgrader.address}/formgrader/gradebook?token={TOKEN}")
    page.goto(f"{formgrader.address}/formgrader/submissions/{formgrader.notebook(trainee)}/")
    page.wait_for_selector("input.score#bmi-value[placeholder]")


def test_a_grader_sees_and_marks_in_a_browser(browser: Browser, formgrader: Formgrader, course: Any) -> None:
    """Scores, comment and hidden tests show in Chromium; a mark typed there is in our gradebook."""
    page = browser.new_page()
    open_notebook(page, formgrader, "wrong")
    assert page.locator("input.score#bmi-value").get_attribute("placeholder") == "0"
    assert "See whether weight" in (page.locator("#bmi-comment").get_attribute("placeholder") or "")
    assert "secret_height_column" in page.locator("body").inner_text()
    with page.expect_response(lambda reply: "/api/grade/" in reply.url and reply.request.method == "PUT"):
        page.fill("input.score#desk", "3")
        page.keyboard.press("Tab")
    page.close()
    with open_gradebook(course.paths.gradebook) as book:
        mark = book.read_marks("sample")["wrong"].grades["desk"]
    assert (mark.manual_score, mark.needs_person) == (3.0, False)


def test_a_learners_script_does_not_run_in_the_graders_browser(
    browser: Browser, formgrader: Formgrader
) -> None:
    """Script in outputs, Markdown, raw cells and links is dead in formgrader, and nothing leaves the host."""
    elsewhere: list[str] = []
    page = browser.new_page()
    page.on(
        "request",
        lambda request: elsewhere.append(request.url) if "127.0.0.1" not in request.url else None,
    )
    open_notebook(page, formgrader, "scripted")
    assert page.title() == "sample"
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("#notebook [onerror]").count() == 0
    assert page.locator("#notebook script").count() == 0
    page.close()
    assert [url for url in elsewhere if not url.startswith("data:")] == []


@pytest.mark.parametrize(
    "action",
    ["submission/sample/wrong/autograde", "assignment/sample/assign", "assignment/sample/generate_feedback"],
)
def test_buttons_that_would_run_code_refuse(formgrader: Formgrader, course: Any, action: str) -> None:
    """Autograde, generate and feedback say what to use instead and change no file."""
    files = {path: path.stat().st_mtime_ns for path in course.paths.root.rglob("*.ipynb")}
    reply = json.loads(formgrader.get(f"/formgrader/api/{action}", "POST", b""))
    assert not reply["success"]
    assert "medai grade" in reply["error"]
    assert {path: path.stat().st_mtime_ns for path in course.paths.root.rglob("*.ipynb")} == files


def test_nobody_without_the_token(formgrader: Formgrader) -> None:
    """Without the token no grade is shown."""
    with urllib.request.urlopen(
        f"{formgrader.address}/formgrader/api/submissions/sample", timeout=60
    ) as reply:
        assert "/login" in reply.url
        assert b"score" not in reply.read()


def test_the_settings_stay_on_this_machine(tmp_path: Path) -> None:
    """The server listens to this machine only, and without a gradebook there is a clear error."""
    assert formgrade_config(tmp_path)["ServerApp"]["ip"] == "127.0.0.1"
    with pytest.raises(UsageError, match="no gradebook"):
        formgrade_command(tmp_path)
