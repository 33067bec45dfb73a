"""`medai collect --from` and `medai return`: what staff type, see and get."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli.main import cli
from grader.export import GradeRow, RowStatus, Standing
from grader.grading.roster import write_roster
from grader.model.work import Trainee
from grader.text import LocalText
from grader.wire import Workspace

Pack = Callable[[Mapping[str, bytes]], io.BytesIO]
SLUG = "e0-first-notebook"
NOTEBOOK = b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 1,Minsu Kim,minsu@example.org,Sent,,50.00,Yes,"Friday, 20 November 2026, 5:30 PM",-,\r\n'
    'Participant 2,박지훈,,Sent,,50.00,Yes,"Friday, 20 November 2026, 5:30 PM",-,\r\n'
)


@pytest.fixture
def medai(
    tmp_path: Path, roster: tuple[Trainee, ...], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Return a function that runs `medai` on a course of one assignment, with a roster."""
    title = LocalText(ko="첫 노트북", en="First notebook")

    class Only:
        """What the commands read of course and assignment."""

        id = SLUG
        timezone = "Asia/Seoul"
        assignments: Mapping[str, object]
        title: LocalText

        @property
        def programme(self) -> Only:
            return self

        @property
        def assignment(self) -> Only:
            return self

    only = Only()
    only.title, only.assignments = title, {SLUG: only}
    monkeypatch.setattr("grader.cli.elsewhere.open_course", lambda root: (Workspace(tmp_path), only))
    write_roster(Workspace(tmp_path).course_dir / "roster.csv", roster)
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


def test_doubts_become_a_list_and_the_list_settles_them(
    medai: Callable[..., Result], tmp_path: Path, pack: Pack
) -> None:
    """First run: one is collected, one is in doubt. After filling in the list both are collected."""
    download, worksheet, who = tmp_path / "all.zip", tmp_path / "grades.csv", tmp_path / "who.csv"
    names = ("Minsu Kim_1", "박지훈_2")
    download.write_bytes(
        pack({f"{name}_assignsubmission_file/hw.ipynb": NOTEBOOK for name in names}).getvalue()
    )
    worksheet.write_text(WORKSHEET, encoding="utf-8", newline="")
    words = ("collect", SLUG, "--from", "moodle", download, "--worksheet", worksheet, "--who", who, "--json")
    dry = medai(*words, "--dry-run")
    assert (dry.exit_code, who.exists()) == (1, False)
    first = medai(*words)
    assert first.exit_code == 1
    assert "H1003, H1004" in first.stderr
    statuses = {item["trainee"]: item["status"] for item in json.loads(first.stdout)["items"]}
    assert (statuses["H1001"], statuses["H1003"]) == ("collected", "missing")
    filled = who.read_text("utf-8-sig").replace('"H1003 H1004",""', '"H1003 H1004",H1003')
    who.write_text(filled, encoding="utf-8")
    second = medai(*words)
    assert second.exit_code == 0
    items = {item["trainee"]: item for item in json.loads(second.stdout)["items"]}
    assert items["H1003"]["status"] == "collected"
    assert items["H1003"]["received_at"] == "2026-11-20T08:30:00+00:00"


def test_settled_grades_go_back_to_moodle(
    medai: Callable[..., Result],
    tmp_path: Path,
    roster: tuple[Trainee, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a person has yet to mark stays here; the file that Moodle gave is left as it was."""
    title = LocalText(ko="가", en="a")
    at = datetime(2026, 11, 20, tzinfo=UTC)
    rows = (
        GradeRow(roster[0], SLUG, title, RowStatus.GRADED, 30, 40, standing=Standing.PASSED, handed_in_at=at),
        GradeRow(roster[2], SLUG, title, RowStatus.NEEDS_PERSON, 10, 40),
    )
    monkeypatch.setattr("grader.grading.grades.read_grades", lambda *_: rows)
    worksheet = tmp_path / "grades.csv"
    worksheet.write_text(WORKSHEET.replace("박지훈", "박지훈 H1003"), encoding="utf-8", newline="")
    before = worksheet.read_bytes()
    done = medai("return", SLUG, "--to", "moodle", worksheet, "--json")
    assert done.exit_code == 0, done.output
    assert [(item["trainee"], item["status"]) for item in json.loads(done.stdout)] == [
        *(("H1001", "written"), ("H1003", "no-grade")),
    ]
    assert worksheet.read_bytes() == before
    after = (tmp_path / "grades-graded.csv").read_text(encoding="utf-8")
    assert ",37.50,50.00,Yes," in after
    assert "medai · 점수 30/40 · 통과" in after


@pytest.mark.parametrize(
    "words",
    [
        ("collect", SLUG),
        ("collect", SLUG, "--from", "folders", ".", "--worksheet", __file__),
        ("collect", SLUG, "--from", "moodle", "."),
        ("return", SLUG, "--to", "canvas", __file__),
    ],
)
def test_wrong_usage_is_told(medai: Callable[..., Result], words: tuple[str, ...]) -> None:
    """Nothing is written and the message says what to do."""
    done = medai(*words)
    assert done.exit_code in (1, 2)
    assert done.stdout == ""
