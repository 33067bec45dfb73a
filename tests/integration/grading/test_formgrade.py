"""nbgrader's formgrader on our gradebook: shows scores, takes marks, runs work in the sandbox only."""

from __future__ import annotations

import json
import re
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from formgrader_server import TOKEN, Formgrader, serve_formgrader
from playwright.sync_api import Browser, Page, expect

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.errors import UsageError
from grader.grading.formgrade import formgrade_command, formgrade_config
from grader.grading.formgrade_guard import markdown_to_safe_html
from grader.grading.gradebook import open_gradebook
from grader.grading.release import release_assignment
from grader.text import Language


@pytest.fixture(scope="module")
def formgrader(course: Any) -> Iterator[Formgrader]:
    """Formgrader on the graded class."""
    with serve_formgrader(course.paths.root) as server:
        yield server


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
    expect(page.locator("#bmi-comment")).to_have_attribute("placeholder", re.compile("See whether weight"))
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
    ("action", "instead"),
    [
        ("submission/sample/wrong/autograde", "medai grade"),
        ("assignment/sample/assign", "medai release"),
        ("assignment/sample/generate_feedback", "medai feedback"),
    ],
)
def test_buttons_that_would_do_harm_refuse(
    formgrader: Formgrader, course: Any, action: str, instead: str
) -> None:
    """Autograde of what medai has graded, generate and feedback say what to use and change no file."""
    files = {path: path.stat().st_mtime_ns for path in course.paths.root.rglob("*.ipynb")}
    reply = json.loads(formgrader.get(f"/formgrader/api/{action}", "POST", b""))
    assert not reply["success"]
    assert instead in reply["error"]
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


def hand_in(root: Path, content: Any, trainee: str, answer: str) -> Path:
    """Put a finished notebook, its answer replaced, where nbgrader looks for submissions."""
    release = build_release(content.sheet, content.assignment, Language.KO)
    notebook = fill_release(release, reference_answers(content.sheet), {"desk": "text"})
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "bmi" and answer:
            cell["source"] = answer
    folder = root / "submitted" / trainee / "sample"
    folder.mkdir(parents=True)
    (folder / "sample.ipynb").write_text(json.dumps(notebook))
    return folder


SNOOPING = """
import json, os, socket
from IPython.display import HTML, display
got = []
for path in @paths@:
    try:
        got.append(open(path).read())
    except OSError:
        pass
try:
    socket.create_connection(('127.0.0.1', @port@), 2)
    got.append('network')
except OSError:
    pass
got += [value for value in os.environ.values() if 'only-for-this-test' in value]
try:
    open('@root@/taken', 'w')
    got.append('written')
except OSError:
    pass
print('got', json.dumps(got), os.listdir('.'))
display(HTML('<script>document.title = "taken over"</script>'))
def bmi(cm, kg):
    return kg / (cm / 100) ** 2
"""


@pytest.fixture(scope="module")
def fresh_course(tmp_path_factory: pytest.TempPathFactory, content: Any) -> Path:
    """A course with submissions that `medai grade` has not seen."""
    root = tmp_path_factory.mktemp("fresh")
    release_assignment(root / "course", root / "handout", content, due=None, roster=())
    return root / "course"


@pytest.fixture(scope="module")
def fresh_server(fresh_course: Path) -> Iterator[Formgrader]:
    """Formgrader on that course."""
    with serve_formgrader(fresh_course) as server:
        yield server


def autograde(server: Formgrader, trainee: str) -> Any:
    """Press the button."""
    return json.loads(server.get(f"/formgrader/api/submission/sample/{trainee}/autograde", "POST", b""))


def test_autograde_runs_new_work_in_the_sandbox(
    fresh_course: Path, fresh_server: Formgrader, content: Any
) -> None:
    """The button gives nbgrader's scores; hostile work reaches nothing, and its script does not come back."""
    root, server = fresh_course, fresh_server
    notebook = Path("sample") / "sample.ipynb"
    paths = [root / "gradebook.db", root / "submitted" / "honest" / notebook, root / "source" / notebook]
    source = SNOOPING.replace("@paths@", repr([*map(str, paths), "sample.ipynb"]))
    source = source.replace("@root@", str(root))
    hand_in(root, content, "honest", "")
    hand_in(root, content, "wrong", "def bmi(cm, kg):\n    return 1")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        hand_in(root, content, "snoop", source.replace("@port@", str(listener.getsockname()[1])))
        for trainee in ("honest", "wrong", "snoop"):
            reply = autograde(server, trainee)
            assert reply["success"], reply
        found = {one["student"]: one["score"] for one in server.json("/formgrader/api/submissions/sample")}
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert found == {"honest": 6.0, "wrong": 1.0, "snoop": 4.0}
    graded = json.loads((root / "autograded" / "snoop" / notebook).read_text())
    shown = json.dumps([cell.get("outputs", []) for cell in graded["cells"]], ensure_ascii=False)
    assert "got [] " in shown
    assert "'rows.csv'" in shown
    assert "<script>" not in shown
    assert "forged" in shown
    assert not (root / "taken").exists()


def test_autograde_refuses_links(fresh_course: Path, fresh_server: Formgrader, content: Any) -> None:
    """nbgrader would copy the gradebook to where the work is run."""
    folder = hand_in(fresh_course, content, "linked", "")
    (folder / "data.csv").symlink_to(fresh_course / "gradebook.db")
    reply = autograde(fresh_server, "linked")
    assert not reply["success"]
    assert "link" in reply["error"]
    assert not (fresh_course / "autograded" / "linked").exists()


def test_autograde_refuses_where_a_kernel_could_run_outside(
    fresh_course: Path, fresh_server: Formgrader, content: Any
) -> None:
    """A kernel spec that names another provisioner, or another default, is a way around the sandbox."""
    hand_in(fresh_course, content, "early", "")
    spec = {"argv": ["x"], "display_name": "x", "language": "python"}
    spec["metadata"] = {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}
    folder = fresh_course / ".medai" / "formgrade" / "share" / "kernels" / "outside"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec))
    reply = autograde(fresh_server, "early")
    assert not reply["success"]
    assert "outside the sandbox here: by local-provisioner" in reply["error"]
    shutil.rmtree(folder)


def test_every_kernel_of_the_server_is_sandboxed(fresh_course: Path) -> None:
    """The setting is there twice: for kernels of the server and for those of nbgrader."""
    command = formgrade_command(fresh_course, port=0, token=TOKEN)
    assert command.env["JUPYTER_DEFAULT_PROVISIONER_NAME"] == "medai-sandbox"
    config = formgrade_config(fresh_course)
    assert config["KernelProvisionerFactory"] == {"default_provisioner_name": "medai-sandbox"}


@pytest.mark.parametrize(
    ("attachments", "shown"),
    [
        ({}, "![x](attachment:x.png)"),
        ({"x.png": {"image/png": "aGk="}}, '<img src="data:image/png;base64,aGk="'),
        ({"x.png": {"image/svg+xml": "aGk="}}, "<img"),
        ({"x.png": {}}, "![x](attachment:x.png)"),
        ({"x.png": 3}, "![x](attachment:x.png)"),
    ],
)
def test_an_answer_with_a_pasted_picture_can_be_read(attachments: dict[str, Any], shown: str) -> None:
    """Pictures show when they are pictures; whatever is wrong with one, the text is there."""
    html = markdown_to_safe_html("![x](attachment:x.png) answer", attachments)
    assert shown in html
    assert "answer" in html
    assert "svg" not in html
