"""nbgrader's own commands and its JupyterLab extension against a real server: the servers start once."""

from __future__ import annotations

import json
import os
import re
import select
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PureWindowsPath
from threading import Thread
from uuid import uuid4

import nbformat
import pytest
import uvicorn
from click.testing import CliRunner
from formgrader_server import wait_for_address
from nbgrader.tests import create_grade_cell, create_solution_cell, run_nbgrader
from sqlalchemy import update

from grader.archives.limits import ArchiveLimits, judge_path
from grader.authoring.build import build_release
from grader.authoring.notebook import notebook_bytes
from grader.cli.spool import spool_command
from grader.exchange.client import content_digest
from grader.manifest.read import load_course
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.hand_in import take_hand_in
from grader.portal.settings import PortalSettings
from grader.receipts.receipt import read_receipt
from grader.store.engine import open_store
from grader.store.feedback import keep_feedback
from grader.store.hand_in import HandedIn
from grader.store.people import add_people, find_person
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, release_assignment
from grader.store.schema import submissions
from grader.store.submissions import list_any_files, list_submissions
from grader.store.tokens import create_token
from grader.text import Language
from grader.wire import Workspace

ROOT = Path(__file__).parents[3]
COURSE = "medical-ai-2026"
NAME = "e0-first-notebook"
CONFIG = """
from grader.nbgrader_plugins import use_portal
c = get_config()
use_portal(c, {address!r})
c.CourseDirectory.course_id = "medical-ai-2026"
c.Exchange.attempts = 1
"""
# What nbgrader does with its own database is for nbgrader to mend.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.xdist_group("exchange"),
]


@dataclass
class RunningPortal:
    """A portal that listens on a real port, with a clock and a switch."""

    portal: Portal
    url: str
    tokens: dict[str, str]
    port: int

    def attempts(self, person: str, assignment: str = NAME) -> list[str]:
        with self.portal.store.read() as db:
            return [one.uuid for one in reversed(list_submissions(db, person, assignment))]


@dataclass
class Machine:
    """Somebody's computer: a home folder and a working folder with nbgrader's configuration."""

    home: Path
    work: Path
    environment: dict[str, str]

    def run(self, monkeypatch: pytest.MonkeyPatch, *command: str, retcode: int = 0) -> str:
        """Run a command of nbgrader's in this process and return its log."""
        with monkeypatch.context() as patch:
            patch.chdir(self.work)
            # nbgrader leaves a plain copy in the place of the environment: later tests would set variables
            # that no program they start can see.
            patch.setattr(os, "environ", os.environ)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return run_nbgrader(list(command), retcode=retcode)

    @property
    def notebook(self) -> Path:
        return self.work / NAME / f"{NAME}.ipynb"


@contextmanager
def serve(portal: Portal) -> Iterator[int]:
    """Serve on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        server = uvicorn.Server(uvicorn.Config(create_app(portal), log_level="error", ws="none"))
        thread = Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            yield opened.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortal]:
    """A portal with three trainees, an instructor and one released assignment."""
    data = tmp_path_factory.mktemp("portal")
    now = datetime.now(UTC)
    course = load_course(ROOT)
    store = open_store(data)
    prepare_store(store, now)
    portal = Portal(PortalSettings(data=data, rate_limits=False), Workspace(ROOT), course, store)
    given = {"name": "가상 교육생", "site": "jeju", "role": "clinician", "cohort": "essentials-2026"}
    access = dict.fromkeys(("t-1", "김교육", "late-1"), Access.TRAINEE) | {"teacher": Access.INSTRUCTOR}
    tokens = {}
    with store.write() as db:
        people = [Person.model_validate({"id": id, "access": one, **given}) for id, one in access.items()]
        add_people(db, people, now)
        for id in access:
            tokens[id], _ = create_token(db, id, "test", now, timedelta(days=1))
        rules = ReleaseRules(opens_at=now - timedelta(days=1), due_at=now + timedelta(days=1))
        release_assignment(db, NAME, 1, rules, {NAME: grade_ids(course)}, by="teacher", now=now)
    write_handout(portal)
    with serve(portal) as port:
        yield RunningPortal(portal, f"http://127.0.0.1:{port}", tokens, port)
    store.close()


def release_of(course, language: Language) -> dict:
    content = course.assignments[NAME]
    return build_release(content.sheet, content.assignment, language)


def grade_ids(course) -> list[str]:
    labels = [cell["metadata"].get("nbgrader", {}) for cell in release_of(course, Language.KO)["cells"]]
    return [label["grade_id"] for label in labels if label.get("grade") or label.get("solution")]


def write_handout(portal: Portal) -> None:
    for language in Language:
        folder = portal.settings.handout_dir / language / NAME
        (folder / "medai_lab").mkdir(parents=True)
        (folder / "medai_lab" / "__init__.py").write_text("")
        (folder / f"{NAME}.ipynb").write_bytes(notebook_bytes(release_of(portal.course, language)))


@pytest.fixture
def machine(running: RunningPortal, tmp_path: Path):
    """Return a function that sets somebody's computer up."""

    def set_up(person: str, address: str = "") -> Machine:
        home, work = tmp_path / f"home of {person}", tmp_path / f"work of {person}"
        for folder in (home, work):
            folder.mkdir(exist_ok=True)
        (work / "nbgrader_config.py").write_text(CONFIG.format(address=address or running.url))
        (home / "token").touch(mode=0o600)
        (home / "token").write_text(running.tokens[person] + "\n")
        environment = {
            "MEDAI_HOME": str(home),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),  # for alembic
            "HOME": str(home),
            "JUPYTER_DATA_DIR": str(home / "jupyter"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        }
        return Machine(home, work, environment)

    return set_up


def answer_in(notebook: Path, text: str) -> None:
    value = json.loads(notebook.read_bytes())
    value["cells"].append({"cell_type": "markdown", "id": f"own-{text}", "metadata": {}, "source": text})
    notebook.write_text(json.dumps(value, ensure_ascii=False))


def all_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_trainee_with_nbgraders_own_commands(running, machine, monkeypatch) -> None:
    mine = machine("t-1")
    assert f"{COURSE} {NAME}\n" in mine.run(monkeypatch, "list")
    mine.run(monkeypatch, "fetch_assignment", NAME)
    assert all_files(mine.work / NAME) == [f"{NAME}.ipynb", "medai_lab/__init__.py"]
    assert "(already downloaded)" in mine.run(monkeypatch, "list")
    log = mine.run(monkeypatch, "fetch_assignment", NAME, retcode=1)
    assert "You already have a copy" in log

    answer_in(mine.notebook, "one")
    (mine.work / NAME / "연습 Copy.ipynb").write_text("{}")
    log = mine.run(monkeypatch, "submit", NAME)
    assert f"Submitted as: {COURSE} {NAME}" in log
    assert "연습 Copy.ipynb" in log, "it says what it left out"
    [uuid] = running.attempts("t-1")
    kept = mine.home / "jupyter" / "nbgrader_cache" / COURSE / NAME / uuid
    receipt = read_receipt((kept / "receipt.json").read_text("utf-8"))
    assert receipt.receipt.submission == uuid
    assert receipt.code in log
    assert (kept / f"{NAME}.ipynb").read_bytes() == mine.notebook.read_bytes()
    assert list((mine.home / "spool").iterdir()) == []

    mine.run(monkeypatch, "submit", NAME)
    assert len(running.attempts("t-1")) == 2, "asked for twice, handed in twice"
    log = mine.run(monkeypatch, "list", "--cached")
    assert log.count("(no feedback available)") == 2

    pages = {f"{NAME}.html": "<p>잘했습니다</p>".encode()}
    keep_feedback(running.portal.store, uuid, pages, by="teacher", now=datetime.now(UTC))
    assert "(feedback ready to be fetched)" in mine.run(monkeypatch, "list", "--cached")
    mine.run(monkeypatch, "fetch_feedback", NAME)
    page = mine.work / NAME / "feedback" / "attempt-1" / f"{NAME}.html"
    assert page.read_text("utf-8") == "<p>잘했습니다</p>"
    assert "(feedback already fetched)" in mine.run(monkeypatch, "list", "--cached")
    mine.notebook.unlink()
    mine.run(monkeypatch, "fetch_assignment", NAME, "--replace")
    assert mine.notebook.is_file()
    for path in [*all_files(mine.home), *all_files(mine.work)]:
        assert judge_path(path, ArchiveLimits(depth=20)) is None, path
        assert not PureWindowsPath(path).is_reserved()


def test_what_fails_is_an_exit_code_and_words(running, machine, monkeypatch) -> None:
    mine = machine("t-1")
    log = mine.run(monkeypatch, "fetch_assignment", "e0-first-notebok", retcode=1)
    assert f"Did you mean '{NAME}'?" in log
    assert "찾을 수 없습니다" in log
    log = mine.run(monkeypatch, "submit", NAME, retcode=1)
    assert "과제 폴더가 없습니다" in log
    log = mine.run(monkeypatch, "fetch_assignment", "../../etc", retcode=1)
    assert "Not the name of an assignment" in log
    log = mine.run(monkeypatch, "list", "--inbound", retcode=1)
    assert "This role may not do that" in log
    log = mine.run(monkeypatch, "fetch_assignment", NAME, "--course", "other", retcode=1)
    assert COURSE in log
    (mine.work / NAME).mkdir()
    assert "no notebook" in mine.run(monkeypatch, "submit", NAME, retcode=1)
    assert "cannot act for" in mine.run(monkeypatch, "submit", NAME, "--student=somebody", retcode=1)
    (mine.home / "token").write_text("x.y")
    assert "the token is not valid" in mine.run(monkeypatch, "list", retcode=1)
    (mine.home / "token").chmod(0o644)
    assert "chmod 600" in mine.run(monkeypatch, "list", retcode=1)


def test_too_much_is_told_before_it_is_sent(running, machine, monkeypatch) -> None:
    """A server that closes the door in mid-upload looks like a broken network: so the client asks first."""
    mine = machine("t-1")
    mine.run(monkeypatch, "fetch_assignment", NAME)
    (mine.work / NAME / "noise.bin").write_bytes(os.urandom(running.portal.settings.max_upload_bytes + 1))
    before = running.attempts("t-1")
    log = mine.run(monkeypatch, "submit", NAME, retcode=1)
    assert "20,000,000" in log
    assert not (mine.home / "spool").exists()
    assert running.attempts("t-1") == before


def test_a_refusal_is_a_failure(running, machine, monkeypatch) -> None:
    mine = machine("김교육")
    mine.run(monkeypatch, "fetch_assignment", NAME)
    mine.notebook.write_text('{"cells": [')
    log = mine.run(monkeypatch, "submit", NAME, retcode=1)
    assert "노트북 파일이 손상되어" in log
    assert "Submitted as" not in log
    assert running.attempts("김교육") == []
    status = spool(mine, "status", "--json")
    assert [one["assignment"] for one in json.loads(status.output)["refused"]] == [NAME]
    assert "손상되어" in spool(mine, "status").output
    log = mine.run(monkeypatch, "submit", NAME, "--strict", retcode=1)


def spool(mine: Machine, *command: str):
    return CliRunner().invoke(spool_command, list(command), env=mine.environment)


def test_the_network_is_down_and_comes_back(running, machine, monkeypatch) -> None:
    """Kept, said so, shown as waiting, never as submitted; then sent once, as it was."""
    mine = machine("김교육")
    mine.run(monkeypatch, "fetch_assignment", NAME)
    answer_in(mine.notebook, "offline")
    nowhere = f"http://127.0.0.1:{free_port()}"
    config, me = mine.work / "nbgrader_config.py", mine.home / "me.json"
    config.write_text(CONFIG.format(address=nowhere))
    me.write_text(me.read_text().replace(running.url, nowhere))
    for _ in range(2):
        log = mine.run(monkeypatch, "submit", NAME, retcode=1)
        assert "아직 제출되지 않았습니다" in log
        assert "NOT handed in yet" in log
        assert "Submitted as" not in log
    assert len(list((mine.home / "spool").iterdir())) == 1, "the same work waits once"
    before = running.attempts("김교육")

    # The network is back: the same portal under the address that the entry names.
    [entry] = (mine.home / "spool").iterdir()
    entry.write_bytes(entry.read_bytes().replace(nowhere.encode(), running.url.encode(), 1))
    config.write_text(CONFIG.format(address=running.url))
    log = mine.run(monkeypatch, "list")
    assert "NOT handed in yet" in log
    assert "NOT handed in yet" not in mine.run(monkeypatch, "list", "--cached")
    status = spool(mine, "status")
    assert (status.exit_code, "NOT handed in yet" in status.output) == (1, True)
    sent = spool(mine, "send", "--portal", running.url)
    assert sent.exit_code == 0, sent.output
    assert "handed in, receipt" in sent.output
    assert running.attempts("김교육") == [*before, entry.name.split(".")[0]]
    assert spool(mine, "status").exit_code == 0
    assert spool(mine, "send", "--portal", running.url).output == ""
    assert "NOT handed in yet" not in mine.run(monkeypatch, "list")


def test_connect_keeps_address_and_token_for_oneself(running, machine) -> None:
    mine = machine("t-1")
    (mine.home / "token").chmod(0o644)
    refused = spool(mine, "connect", running.url, "--token", "x.y")
    assert refused.exit_code != 0
    done = spool(mine, "connect", running.url, "--token", running.tokens["t-1"])
    assert "t-1" in done.output, done.output
    assert (mine.home / "token").stat().st_mode & 0o777 == 0o600
    assert spool(mine, "send").exit_code == 0


def test_the_command_itself_ends_with_code_1(machine) -> None:
    """As people and scripts start it, not through this process."""
    mine = machine("t-1", address="http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "list"],
        cwd=mine.work,
        env={**os.environ, **mine.environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


def make_source(folder: Path) -> None:
    """An assignment as an instructor writes it for nbgrader."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            create_solution_cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", "code", "answer"),
            create_grade_cell("assert x == 1", "code", "test", 2),
        ]
    )
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "problem.ipynb")


def test_an_instructor_with_an_nbgrader_of_their_own(running, machine, monkeypatch) -> None:
    """generate → release → fetch → submit → collect → autograde → feedback → release → fetch."""
    theirs, mine = machine("teacher"), machine("t-1")
    make_source(theirs.work / "source" / "ps1")
    log = theirs.run(monkeypatch, "release_assignment", "ps1", retcode=1)
    assert "generate_assignment" in log
    theirs.run(monkeypatch, "generate_assignment", "ps1")
    theirs.run(monkeypatch, "release_assignment", "ps1")
    assert "--force" in theirs.run(monkeypatch, "release_assignment", "ps1", retcode=1)
    theirs.run(monkeypatch, "release_assignment", "ps1", "--force")
    log = theirs.run(monkeypatch, "release_assignment", NAME, retcode=1)
    assert "not found" in log

    mine.run(monkeypatch, "fetch_assignment", "ps1")
    problem = mine.work / "ps1" / "problem.ipynb"
    problem.write_text(problem.read_text().replace("raise NotImplementedError", "x = 1 #"))
    problem.rename(mine.work / "ps1" / "내 답.ipynb")
    log = mine.run(monkeypatch, "submit", "ps1")
    assert "Possible missing notebooks: problem.ipynb" in log
    assert "missing notebooks" in mine.run(monkeypatch, "submit", "ps1", "--strict", retcode=1)
    assert "t-1 ps1" in theirs.run(monkeypatch, "list", "--inbound", "--assignment", "ps1")

    theirs.run(monkeypatch, "collect", "ps1")
    submitted = theirs.work / "submitted" / "t-1" / "ps1"
    [uuid] = running.attempts("t-1", "ps1")
    assert all_files(submitted) == ["medai_submission.txt", "problem.ipynb", "timestamp.txt"]
    assert (submitted / "medai_submission.txt").read_text() == uuid
    assert re.fullmatch(r"[-0-9]{10} [:0-9]{8}\.\d{6} UTC", (submitted / "timestamp.txt").read_text())
    assert "use --update" in theirs.run(monkeypatch, "collect", "ps1")
    mine.run(monkeypatch, "submit", "ps1")
    theirs.run(monkeypatch, "collect", "ps1", "--update")
    newest = running.attempts("t-1", "ps1")[1]
    assert (submitted / "medai_submission.txt").read_text() == newest
    assert "use --update" in theirs.run(monkeypatch, "collect", "ps1")

    theirs.run(monkeypatch, "autograde", "ps1")
    theirs.run(monkeypatch, "generate_feedback", "ps1")
    theirs.run(monkeypatch, "release_feedback", "ps1")
    mine.run(monkeypatch, "fetch_feedback", "ps1")
    page = mine.work / "ps1" / "feedback" / "attempt-2" / "problem.html"
    assert "2.0 / 2.0" in page.read_text("utf-8")
    (theirs.work / "feedback" / "t-1" / "ps1" / "medai_submission.txt").unlink()
    assert "collect from the portal" in theirs.run(monkeypatch, "release_feedback", "ps1", retcode=1)

    assert "cannot be removed" in theirs.run(monkeypatch, "list", "--inbound", "--remove", retcode=1)
    theirs.run(monkeypatch, "list", "--remove", "--assignment", "ps1")
    assert "ps1" not in theirs.run(monkeypatch, "list")
    assert "찾을 수 없습니다" in machine("김교육").run(monkeypatch, "fetch_assignment", "ps1", retcode=1)


def hand_in(running: RunningPortal, person_id: str, mark: str, late_s: float = 0.0) -> str:
    """Hand in as any client would, so and so late; return the hand-in's id."""
    notebook = release_of(running.portal.course, Language.KO)
    notebook["metadata"]["mark"] = mark
    with running.portal.store.read() as db:
        person = find_person(db, person_id)
    done = take_hand_in(running.portal, person, NAME, str(uuid4()), f"{NAME}.ipynb", notebook_bytes(notebook))
    assert isinstance(done, HandedIn)
    with running.portal.store.write() as db:
        mine = submissions.c.uuid == done.submission.uuid
        db.execute(update(submissions).where(mine).values(late_s=late_s))
    return done.submission.uuid


def test_collect_takes_whom_and_what_it_is_asked_for(running, machine, monkeypatch) -> None:
    """One student or a pattern of them; the last in time, or else the last; what is there stays."""
    in_time, late = hand_in(running, "t-1", "in time"), hand_in(running, "t-1", "late", 60.0)
    only_late = [hand_in(running, "late-1", f"late {n}", 60.0) for n in range(2)]

    def collected(theirs: Machine) -> dict[str, str]:
        found = (theirs.work / "submitted").glob(f"*/{NAME}/medai_submission.txt")
        return {path.parts[-3]: path.read_text() for path in found}

    theirs = machine("teacher")
    theirs.run(monkeypatch, "collect", NAME, "--student=late-1")
    assert collected(theirs) == {"late-1": only_late[1]}
    theirs.run(monkeypatch, "collect", NAME, "--student=t-*")
    assert collected(theirs) == {"late-1": only_late[1], "t-1": late}
    stamp = theirs.work / "submitted" / "t-1" / NAME / "timestamp.txt"
    before = stamp.read_text()
    assert "No submissions" in theirs.run(monkeypatch, "collect", NAME, "--student=nobody")

    theirs.run(monkeypatch, "collect", NAME, "--before-duedate")
    assert {"late-1": only_late[1], "t-1": in_time}.items() <= collected(theirs).items()
    assert stamp.read_text() < before
    assert "use --update" in theirs.run(monkeypatch, "collect", NAME, "--student=t-1")
    assert collected(theirs)["t-1"] == in_time
    theirs.run(monkeypatch, "collect", NAME, "--student=t-1", "--update")
    assert collected(theirs)["t-1"] == late


def test_folders_of_courses_and_what_never_travels(running, machine, monkeypatch) -> None:
    """`path_includes_course` and `coursedir.ignore` hold for fetching, listing, handing in and feedback."""
    mine = machine("late-1")
    with (mine.work / "nbgrader_config.py").open("a") as config:
        config.write("c.Exchange.path_includes_course = True\n")
        config.write("c.CourseDirectory.ignore = ['*.secret', 'medai_lab']\n")
    mine.run(monkeypatch, "fetch_assignment", NAME)
    folder = mine.work / COURSE / NAME
    assert all_files(mine.work / COURSE) == [f"{NAME}/{NAME}.ipynb"]
    assert "(already downloaded)" in mine.run(monkeypatch, "list")
    answer_in(folder / f"{NAME}.ipynb", "course")
    (folder / "환자.secret").write_text("never leaves")
    (folder / "note.txt").write_text("goes along")
    mine.run(monkeypatch, "submit", NAME)
    uuid = running.attempts("late-1")[-1]
    with running.portal.store.read() as db:
        sent = sorted(file.path for file in list_any_files(db, uuid))
    assert sent == [f"{NAME}.ipynb", "note.txt"]
    pages = {f"{NAME}.html": b"<p>1</p>"}
    keep_feedback(running.portal.store, uuid, pages, by="teacher", now=datetime.now(UTC))
    mine.run(monkeypatch, "fetch_feedback", NAME)
    (page,) = (folder / "feedback").rglob("*.html")
    assert page.read_bytes() == b"<p>1</p>"
    assert not (mine.work / NAME).exists()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def start_jupyter(mine: Machine) -> Iterator[str]:
    """Start Jupyter's server with nbgrader's extension as JupyterLab would use it; give its address."""
    extension = "nbgrader.server_extensions.assignment_list"
    command = [
        *(
            sys.executable,
            "-m",
            "jupyter_server",
            f"--port={free_port()}",
            "--no-browser",
            "--allow-root",
        ),
        *("--IdentityProvider.token=secret", f"--ServerApp.jpserver_extensions={{'{extension}': True}}"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={mine.work}"),
    ]
    environment = {**os.environ, **mine.environment}
    process = subprocess.Popen(command, cwd=mine.work, env=environment, stderr=subprocess.PIPE, text=True)
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


def test_the_jupyterlab_extension(running, machine) -> None:
    """The requests that the extension's own pages send, in their order."""
    mine = machine("김교육")
    before = len(running.attempts("김교육"))

    with start_jupyter(mine) as address:

        def ask(path: str, body: dict | None = None):
            request = urllib.request.Request(
                f"{address}/{path}",
                data=json.dumps(body).encode() if body is not None else None,
                headers={"Authorization": "token secret", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)

        def act(action: str):
            return ask(f"assignments/{action}", {"course_id": COURSE, "assignment_id": NAME})

        def entry(listed: dict, *states: str) -> dict:
            assert listed["success"] is True, listed["value"]
            [one] = [x for x in listed["value"] if x["assignment_id"] == NAME and x["status"] in states]
            return one

        assert ask("courses") == {"success": True, "value": [COURSE]}
        assert entry(ask(f"assignments?course_id={COURSE}"), "released")["notebooks"] == []
        fetched = entry(act("fetch"), "fetched")
        assert fetched["path"] == NAME
        assert fetched["notebooks"] == [{"notebook_id": NAME, "path": f"{NAME}/{NAME}.ipynb"}]

        # The extension throws away how a fetch ended: the list says it, once.
        failed = act("fetch")
        assert failed["success"] is False
        assert "이미 받은 과제입니다" in failed["value"]
        assert entry(ask(f"assignments?course_id={COURSE}"), "fetched")

        answer_in(mine.notebook, "lab")
        submitted = entry(act("submit"), "submitted")
        assert len(submitted["submissions"]) == before + 1 == len(running.attempts("김교육"))
        newest = submitted["submissions"][-1]
        assert (newest["has_exchange_feedback"], newest["has_local_feedback"]) == (False, False)
        assert "KST" in newest["timestamp"]

        now = datetime.now(UTC)
        uuid = running.attempts("김교육")[-1]
        keep_feedback(running.portal.store, uuid, {f"{NAME}.html": b"<p>1</p>"}, by="teacher", now=now)
        told = entry(ask(f"assignments?course_id={COURSE}"), "submitted")["submissions"][-1]
        assert (told["has_exchange_feedback"], told["has_local_feedback"]) == (True, False)
        told = entry(act("fetch_feedback"), "submitted")["submissions"][-1]
        assert (told["has_local_feedback"], told["feedback_updated"]) == (True, False)
        assert (mine.work / told["local_feedback_path"] / f"{NAME}.html").read_bytes() == b"<p>1</p>"
        keep_feedback(running.portal.store, uuid, {f"{NAME}.html": b"<p>2</p>"}, by="teacher", now=now)
        told = entry(ask(f"assignments?course_id={COURSE}"), "submitted")["submissions"][-1]
        assert told["feedback_updated"] is True

        # The network goes: submitting fails aloud and keeps the work; nothing is listed as submitted.
        answer_in(mine.notebook, "later")
        config = mine.work / "nbgrader_config.py"
        nowhere = "http://127.0.0.1:9"
        config.write_text(CONFIG.format(address=nowhere))
        me = mine.home / "me.json"
        me.write_text(me.read_text().replace(running.url, nowhere))
        failed = act("submit")
        assert failed["success"] is False
        assert "아직 제출되지 않았습니다" in failed["value"]
        failed = ask(f"assignments?course_id={COURSE}")
        assert failed["success"] is False
        assert "연결할 수 없습니다" in failed["value"]
        assert "exchange directory" not in failed["value"]

        config.write_text(CONFIG.format(address=running.url))
        [waiting] = (mine.home / "spool").glob("*.handin")
        waiting.write_bytes(waiting.read_bytes().replace(nowhere.encode(), running.url.encode(), 1))
        listed = ask(f"assignments?course_id={COURSE}")
        assert "NOT handed in yet" in entry(listed, "fetched")["notebooks"][0]["notebook_id"]
        assert len(entry(listed, "submitted")["submissions"]) == before + 1
        assert len(entry(act("submit"), "submitted")["submissions"]) == before + 2
        assert running.attempts("김교육")[-1] == waiting.name.split(".")[0]


@pytest.mark.parametrize("drips", [True, False], ids=["drips", "falls silent"])
def test_a_slow_upload_is_cut_off_and_told(running, drips: bool) -> None:
    """However lively the bytes drip in, the whole file has a time; the answer says so and nothing is kept."""
    quick = replace(running.portal.settings, upload_timeout_s=0.4)
    with (
        serve(replace(running.portal, settings=quick)) as port,
        socket.create_connection(("127.0.0.1", port)) as line,
    ):
        line.sendall(
            f"PUT /api/v1/submissions/0b6f2a52-55a1-4f3c-9d6a-6c1f4b7a9e11?assignment={NAME} HTTP/1.1\r\n"
            f"Host: x\r\nAuthorization: Bearer {running.tokens['t-1']}\r\nContent-Length: 5000\r\n"
            f"Content-Digest: {content_digest(b'')}\r\n\r\n".encode()
        )
        while drips and not select.select([line], [], [], 0.02)[0]:
            line.sendall(b"x")
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    fault = json.loads(body)
    assert fault["code"] == "too-slow"
    assert "제출되지 않았습니다" in fault["message"]["ko"]
    assert running.attempts("t-1").count("0b6f2a52-55a1-4f3c-9d6a-6c1f4b7a9e11") == 0
