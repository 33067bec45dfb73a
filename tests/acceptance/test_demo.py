"""The whole loop, played by the fictional cohort: what each of them must get."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from typing import Any

import pytest

from grader.receipts.verify import verify_chain

SURVIVING = ("renamed", "stripped", "duplicated", "late", "snoop", "script")


def test_cohort_covers_the_programme(demo: Any) -> None:
    """24 trainees over nine sites, more than 30 % outside the capital region, in both languages."""
    people = {line["trainee"]: line for line in demo.lines}
    assert len(people) == 24
    assert len({line["site"] for line in people.values()}) == 9
    outside = Counter(line["site"] in {"daegu", "busan", "gwangju", "jeju"} for line in people.values())
    assert outside[True] / 24 > 0.3
    assert {line["language"] for line in people.values()} == {"ko", "en"}


def test_every_trainee_is_accounted_for(demo: Any) -> None:
    """Nobody is lost: each handed-in file has a receipt and a page, or was turned away with a reason."""
    refused = {(person, assignment) for person, assignment, _, _ in demo.refusals()}
    for line in demo.lines:
        key = (line["trainee"], line["assignment"])
        if line["behaviour"] == "absent":
            assert line["handed_in"] == line["graded"] == "missing"
        elif line["handed_in"] == "accepted":
            assert line["graded"] in {"graded", "needs-person", "quarantined"}
            assert line["feedback"], line
            assert key not in refused
        else:
            assert (line["graded"], line["feedback"]) == ("missing", "")
            assert key in refused


def test_receipts_make_one_unbroken_chain(demo: Any) -> None:
    """Every accepted file has a signed receipt, and each receipt names the one before."""
    texts, keys = demo.receipts()
    signed, findings = verify_chain(texts, keys)
    assert findings == []
    assert len(signed) == sum(line["handed_in"] == "accepted" for line in demo.lines)


@pytest.mark.parametrize("behaviour", ["full", *SURVIVING])
def test_right_answers_get_full_automatic_marks(demo: Any, behaviour: str) -> None:
    """Right answers earn every automatic point, also late, renamed, stripped or with a copied cell."""
    row = _row(demo, demo.line(behaviour))
    assert row["자동 채점 점수"] == row["자동 채점 만점"] != "0", row


def test_misconceptions_cost_some_points(demo: Any) -> None:
    """A misconception costs points but not all of them."""
    row = _row(demo, demo.line("partial"))
    assert 0 < float(row["자동 채점 점수"]) < float(row["자동 채점 만점"])


@pytest.mark.parametrize("behaviour", ["empty"])
def test_untouched_release_gets_nothing(demo: Any, behaviour: str) -> None:
    """The release as handed out scores zero."""
    assert float(_row(demo, demo.line(behaviour))["자동 채점 점수"]) == 0


@pytest.mark.parametrize("behaviour", ["truncated", "not-utf8", "too-big", "link"])
def test_unreadable_files_are_turned_away_with_a_reason(demo: Any, behaviour: str) -> None:
    """What cannot be opened is turned away at the door; its bytes are kept for dispute."""
    line = demo.line(behaviour)
    assert line["handed_in"] not in {"accepted", "missing"}
    found = [row for row in demo.refusals() if row[:2] == (line["trainee"], line["assignment"])]
    ((_, _, reason, digest),) = found
    assert reason == line["handed_in"]
    kept = (demo.folder / "blobs" / digest[:2] / digest).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == digest


@pytest.mark.parametrize("behaviour", ["endless", "exit", "bomb"])
def test_destructive_answers_cost_only_their_own_tasks(demo: Any, behaviour: str) -> None:
    """A loop, an exit or a bomb is graded like any wrong answer."""
    line = demo.line(behaviour)
    assert line["graded"] in {"graded", "needs-person"}
    row = _row(demo, line)
    assert 0 <= float(row["자동 채점 점수"]) <= float(row["자동 채점 만점"])


def test_snooping_finds_nothing(demo: Any) -> None:
    """Code that looks for host files, secrets and a network reports an empty list."""
    assert "found: []" in demo.page(demo.line("snoop"))


def test_planted_scripts_are_dead(demo: Any) -> None:
    """No script element, event attribute or script URL survives in the page."""
    page = demo.page(demo.line("script")).lower()
    assert "<script" not in page
    assert "onerror=" not in page.replace("onerror=alert(1)&gt;", "")
    assert 'href="javascript:' not in page


def test_feedback_speaks_the_trainees_language(demo: Any) -> None:
    """Pages carry the language of the trainee."""
    for line in demo.lines:
        if line["feedback"]:
            assert f'<html lang="{line["language"]}"' in demo.page(line)


def test_grades_open_in_a_spreadsheet(demo: Any) -> None:
    """The CSV begins with a BOM and has a row per trainee and assignment."""
    raw = (demo.folder / "grades.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert len(_rows(demo)) == 48


def test_long_work_shows_progress(demo: Any) -> None:
    """Grading shows a bar that names the assignment."""
    assert "e0-first-notebook: grade" in demo.stderr


def _rows(demo: Any) -> list[dict[str, str]]:
    text = (demo.folder / "grades.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def _row(demo: Any, line: dict[str, Any]) -> dict[str, str]:
    return next(
        row for row in _rows(demo) if line["trainee"] in row.values() and line["assignment"] in row.values()
    )
