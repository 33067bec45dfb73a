"""Writes nbgrader_results.json: what nbgrader itself gives for every course of `nbgrader_courses`.

Run it after an upgrade of nbgrader: `python tests/integration/differential/record_nbgrader.py [course …]`.
It takes some minutes. It runs the notebooks outside any sandbox, as nbgrader does; all of them come with
nbgrader.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbgrader_courses import ASSIGNMENT, COURSES, TIMEOUT_S, Course, lay_out_source, lay_out_submissions

RESULTS = Path(__file__).with_name("nbgrader_results.json")


def open_course(root: Path) -> Any:
    """Return nbgrader's interface to the course in `root`."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.course_id = "differential"
    config.Execute.timeout = TIMEOUT_S
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def _why(done: dict[str, Any]) -> str:
    """Return the exception that ended a step of nbgrader."""
    logged = [line for line in str(done.get("log", "")).splitlines() if "Error: " in line or "rror:" in line]
    raised = [line for line in str(done.get("error", "")).splitlines() if line.strip()]
    return (logged or raised or ["failed"])[-1].strip()[:200]


def update_sources(folder: Path) -> None:
    """Do what `nbgrader update` does to the notebooks of a folder."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    for path in folder.glob("*.ipynb"):
        notebook = MetadataValidator().upgrade_notebook_metadata(nbformat.read(path, as_version=4))
        nbformat.write(notebook, path)


def read_scores(root: Path, learner: str) -> dict[str, dict[str, Any]]:
    """Return what the gradebook has of a learner, cell by cell."""
    from nbgrader.api import Gradebook

    scores = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "differential") as book:
        for notebook in book.find_submission(ASSIGNMENT, learner).notebooks:
            for grade in notebook.grades:
                scores[f"{notebook.name}/{grade.name}"] = {
                    "auto": grade.auto_score,
                    "max": grade.max_score,
                    "person": grade.needs_manual_grade,
                }
    return dict(sorted(scores.items()))


def record_course(course: Course, root: Path) -> dict[str, Any]:
    """Return what nbgrader gives: why it refuses the source, or each submission's cells."""
    lay_out_source(course, root)
    if course.update:
        update_sources(root / "source" / ASSIGNMENT)
    api = open_course(root)
    done = api.generate_assignment(ASSIGNMENT)
    if not done["success"]:
        return {"refused": _why(done), "submissions": {}}
    lay_out_submissions(course, root, root / "release" / ASSIGNMENT)
    submissions: dict[str, Any] = {}
    for learner in course.submissions:
        done = api.autograde(ASSIGNMENT, learner)
        submissions[learner] = {
            "refused": None if done["success"] else _why(done),
            "cells": read_scores(root, learner),
        }
    return {"refused": None, "submissions": submissions}


def release_course(course: Course, root: Path) -> None:
    """Lay the course out in `root` and release it; nothing appears under release/ if nbgrader refuses it."""
    lay_out_source(course, root)
    if course.update:
        update_sources(root / "source" / ASSIGNMENT)
    open_course(root).generate_assignment(ASSIGNMENT)


def call(step: str, name: str, folder: Path) -> str:
    """Do a step in a process of its own, for nbgrader leaves sockets open; return what it says."""
    command = [sys.executable, "-W", "ignore", __file__, step, name, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def record(names: list[str]) -> None:
    """Write the results of the named courses, or of all."""
    old = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    results = dict(old.get("courses", {})) if names else {}
    for name in names or COURSES:
        with tempfile.TemporaryDirectory() as folder:
            results[name] = record_course(COURSES[name], Path(folder))
        print(name, file=sys.stderr)
        value = {
            "nbgrader": version("nbgrader"),
            "timeout_s": TIMEOUT_S,
            "courses": dict(sorted(results.items())),
        }
        RESULTS.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def main(words: list[str]) -> None:
    """Record courses, or do one step of one course for `call`."""
    # nbgrader makes a gradebook with the `alembic` program.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    warnings.simplefilter("ignore")
    match words:
        case ["--release", name, folder]:
            release_course(COURSES[name], Path(folder))
        case ["--course", name, folder]:
            print(json.dumps(record_course(COURSES[name], Path(folder))))
        case ["--autograde", learner, folder]:
            print(json.dumps(open_course(Path(folder)).autograde(ASSIGNMENT, learner)["success"]))
        case _:
            record(words)


if __name__ == "__main__":
    main(sys.argv[1:])
