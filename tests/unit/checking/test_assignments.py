"""The course's own test cells, in two processes: reference answers and every wrong answer."""

from __future__ import annotations

import base64
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.authoring.build import build_source
from grader.authoring.jobs import job_from_notebook
from grader.authoring.lab import lab_files
from grader.authoring.messages import read_message_id
from grader.authoring.trials import Trial, TrialKind, plan_trials
from grader.checking.author import AuthorNames, read_author_names
from grader.checking.channel import SocketChannel
from grader.checking.checker import CellRun, run_test_cell
from grader.checking.session import Session
from grader.manifest.read import load_course
from grader.model.content import Course
from grader.wire import read_lab_package

from .conftest import PATIENCE_S, fork_learner, run_learner

ASSIGNMENTS = ("e0-first-notebook", "e3-judgements")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The course, with its `medai_lab` on the path of this process and its forks."""
    read = load_course(ROOT)
    lab = tmp_path_factory.mktemp("lab")
    for name, content in lab_files(read_lab_package(ROOT), read.facts).items():
        (lab / name).parent.mkdir(parents=True, exist_ok=True)
        (lab / name).write_bytes(content)
    sys.path.insert(0, str(lab))
    known = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "medai_lab"}
    for name in known:
        del sys.modules[name]
    yield read
    sys.path.remove(str(lab))
    for name in [name for name in sys.modules if name.partition(".")[0] == "medai_lab"]:
        del sys.modules[name]
    sys.modules.update(known)


def grade_in_two(trial: Trial, author: AuthorNames, folder: Path) -> dict[str, CellRun]:
    """Run a trial's cells: the learner's there, the tests here."""
    for path, content in trial.job.files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(base64.b64decode(content))
    steps = [None if cell.graded else cell.source for cell in trial.job.cells]

    def work(end: socket.socket) -> None:
        os.chdir(folder)
        run_learner(end, steps)

    pid, connection = fork_learner(work)
    channel = SocketChannel(connection, PATIENCE_S)
    runs = {}
    for cell in trial.job.cells:
        if cell.graded:
            runs[cell.id] = run_test_cell(Session(channel, author), cell.source)
    connection.close()
    os.waitpid(pid, 0)
    return runs


def grade_in_one(trial: Trial) -> dict[str, BaseException | None]:
    """Run a trial's cells the way a notebook does."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results: dict[str, BaseException | None] = {}
    for cell in trial.job.cells:
        error: BaseException | None = None
        try:
            exec(compile(cell.source, f"<cell {cell.id}>", "exec"), namespace)
        except Exception as raised:
            error = raised
        if cell.graded:
            results[cell.id] = error
    return results


def author_of(course: Course, name: str) -> AuthorNames:
    """Return what the author's cells bind."""
    content = course.assignments[name]
    notebook = build_source(content.sheet, content.assignment)
    job = job_from_notebook(notebook, name, content.assignment.revision, content.data)
    return read_author_names(cell.source for cell in job.cells if not cell.graded)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_both_ways_of_running_agree(name: str, course: Course, tmp_path: Path) -> None:
    """Reference, untouched release and wrong answers get the same verdicts and messages as in one process."""
    author = author_of(course, name)
    seen = 0
    for trial in plan_trials(course.assignments[name], hash_seeds=(0,)):
        runs = grade_in_two(trial, author, tmp_path)
        for cell, error in grade_in_one(trial).items():
            run = runs[cell]
            where = (trial.name, cell, run)
            assert run.fault is None, where
            assert not run.refusals, where
            assert run.passed is (error is None), where
            assert type(run.error) is type(error), where
            assert str(run.error) == str(error), where
            seen += 1
        if trial.kind is TrialKind.REFERENCE:
            assert all(run.passed for run in runs.values()), trial.name
        if trial.kind is TrialKind.WRONG:
            given = {read_message_id(str(run.error)) for run in runs.values() if not run.passed}
            assert given == trial.messages, trial.name
    assert seen > 0
