"""`medai collect --from` and `medai return`: what staff type, see and get."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grader.cli.main import cli
from grader.export import GradeRow, RowStatus, Standing
from grader.grading.roster import write_roster
from grader.lms.moodle import open_submissions, read_worksheet
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
        sites = roles = ()
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


def write_page(tmp_path: Path, trainee: str, text: str) -> None:
    """Put a feedback page where `medai feedback` does."""
    folder = Workspace(tmp_path).course_dir / "feedback" / trainee / SLUG
    folder.mkdir(parents=True)
    (folder / f"{SLUG}.html").write_text(text)


def test_everybody_gets_a_folder(
    medai: Callable[..., Result],
    tmp_path: Path,
    roster: tuple[Trainee, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Page, score and a table beside; a score that was taken back does not stay from the last time."""
    title = LocalText(ko="=가", en="=a")
    graded = GradeRow(roster[0], SLUG, title, RowStatus.GRADED, 30, 40, standing=Standing.PASSED)
    waits = GradeRow(roster[0], SLUG, title, RowStatus.NEEDS_PERSON, 10, 40)
    rows = [graded, GradeRow(roster[1], SLUG, title, RowStatus.MISSING)]
    monkeypatch.setattr("grader.grading.grades.read_grades", lambda *_: rows)
    write_page(tmp_path, "H1001", "<p>1</p>")
    out = tmp_path / "out"
    words = ("return", SLUG, "--to", "folders", out, "--json")
    assert medai(*words, "--dry-run").exit_code == 0
    assert not out.exists()
    done = medai(*words)
    assert done.exit_code == 0, done.output
    told = {item["trainee"]: (item["status"], item["detail"]) for item in json.loads(done.stdout)}
    assert (told["H1001"], told["H1002"]) == (("written", "30/40"), ("no-grade", ""))
    here = out / "H1001" / SLUG
    assert (here / "feedback.html").read_text() == "<p>1</p>"
    assert (here / "score.txt").read_text("utf-8") == "점수 30/40 · 통과\n"
    assert sorted(path.name for path in out.iterdir()) == ["H1001", f"grades-{SLUG}.csv"]
    table = list(csv.reader(io.StringIO((out / f"grades-{SLUG}.csv").read_text("utf-8-sig"))))
    assert (table[1][0], table[1][5], table[1][7:9]) == ("H1001", "'=a", ["30", "40"])
    rows[0] = waits
    assert medai(*words).exit_code == 0
    assert [path.name for path in here.iterdir()] == ["feedback.html"]
    (tmp_path / "file").touch()
    assert medai("return", SLUG, "--to", "folders", tmp_path / "file").exit_code != 0


@pytest.mark.parametrize("linked", ["H1001", f"H1001/{SLUG}"])
def test_results_are_not_written_through_links(
    medai: Callable[..., Result],
    tmp_path: Path,
    roster: tuple[Trainee, ...],
    monkeypatch: pytest.MonkeyPatch,
    linked: str,
) -> None:
    """Who may write in a shared folder could otherwise have results written, and files deleted, anywhere."""
    title = LocalText(ko="가", en="a")
    rows = [GradeRow(one, SLUG, title, RowStatus.MISSING) for one in roster]
    monkeypatch.setattr("grader.grading.grades.read_grades", lambda *_: rows)
    write_page(tmp_path, roster[0].id, "<p>1</p>")
    victim = tmp_path / "victim"
    (victim / SLUG).mkdir(parents=True)
    for place in (victim, victim / SLUG):
        (place / "score.txt").write_text("precious")
    link = tmp_path / "out" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    done = medai("return", SLUG, "--to", "folders", tmp_path / "out")
    assert done.exit_code != 0
    assert "is a link" in str(done.exception)
    assert sorted(path.name for path in victim.rglob("*.*")) == ["score.txt", "score.txt"]


def test_moodle_gets_feedback_pages_under_names_it_reads(
    medai: Callable[..., Result],
    tmp_path: Path,
    roster: tuple[Trainee, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Round trip: our own reader finds the same people in the archive; doubtful ones get nothing."""
    monkeypatch.setattr("grader.grading.grades.read_grades", lambda *_: ())
    write_page(tmp_path, "H1001", "<p>1</p>")
    write_page(tmp_path, "H1003", "<p>3</p>")
    worksheet, archive = tmp_path / "grades.csv", tmp_path / "feedback.zip"
    worksheet.write_text(WORKSHEET.replace("Minsu Kim", "Kim_Min/su 3"), encoding="utf-8", newline="")
    done = medai("return", SLUG, "--to", "moodle", worksheet, "--feedback", archive)
    assert "feedback.zip: 1" in done.stderr
    with zipfile.ZipFile(archive) as packed:
        assert packed.namelist() == [f"Kim Min su 3_1_assignsubmission_file_{SLUG}.html"]
    with archive.open("rb") as stream:
        sheet = read_worksheet(worksheet.read_bytes(), "grades.csv")
        (only,) = open_submissions(stream, sheet, roster, {}, UTC).files
    assert (only.match.who, only.path, only.content) == ("H1001", f"{SLUG}.html", b"<p>1</p>")


@pytest.mark.parametrize(
    "words",
    [
        ("collect", SLUG),
        ("collect", SLUG, "--from", "folders", ".", "--worksheet", __file__),
        ("collect", SLUG, "--from", "moodle", "."),
        ("return", SLUG, "--to", "canvas", __file__),
        ("return", SLUG, "--to", "canvas", "no such file"),
        ("return", SLUG, "--to", "folders", ".", "--feedback", "x.zip"),
        ("return", SLUG, "--to", "folders", ".", "--output", "x.csv"),
        ("return", SLUG, "--to", "moodle", __file__, "--column", "1"),
    ],
)
def test_wrong_usage_is_told(medai: Callable[..., Result], words: tuple[str, ...]) -> None:
    """Nothing is written and the message says what to do."""
    done = medai(*words)
    assert done.exit_code in (1, 2)
    assert done.stdout == ""
