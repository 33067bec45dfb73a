"""The roster: read as spreadsheets write it, refused with every problem at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import InvalidContent, UsageError
from grader.grading.roster import parse_roster, read_roster, write_roster
from grader.grading.roster_words import _WORDS, RosterTrouble, explain_fault
from grader.model.work import Trainee
from grader.text import Language, LocalText

HEADER = "id,name,site,role,language,email\n"


def codes(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.code) for fault in parse_roster(text.encode())[1]]


def test_what_is_written_is_read_again(tmp_path: Path, roster: tuple[Trainee, ...]) -> None:
    """Names with commas, quotes and Korean letters survive; the file opens with a BOM for spreadsheets."""
    people = (*roster, Trainee(id="x", name='"A", B', site="daegu", role="it", email="a@example.org"))
    write_roster(tmp_path / "roster.csv", people)
    assert (tmp_path / "roster.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_roster(tmp_path / "roster.csv") == people


def test_columns_in_any_order_and_language_left_out() -> None:
    """Spreadsheet users move columns; Korean is the default language; empty lines are skipped."""
    trainees, faults = parse_roster("Name,id,role,site\n 강한별 ,hq-001,it,headquarters\n,,,\n".encode())
    assert faults == ()
    assert trainees == (
        Trainee(id="hq-001", name="강한별", site="headquarters", role="it", language=Language.KO),
    )


def test_decomposed_ids_are_composed() -> None:
    """An id typed on another system equals the one typed here."""
    trainees, _ = parse_roster((HEADER + "\u1103\u1162\u1100\u116e 003,A,daegu,it,,\n").encode())
    assert trainees[0].id == "대구 003"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "roster-header")] * 4),
        ("id,name,site\n", [(1, "roster-header")]),
        ("id,name,site,role,phone\n", [(1, "roster-header")]),
        ("id,name,site,role,id\n", [(1, "roster-header")]),
        (HEADER, [(0, "roster-empty")]),
        (HEADER + "a,A,x,it,,\na,B,x,it,,\nA,C,x,it,,\n", [(3, "roster-duplicate"), (4, "roster-duplicate")]),
        (HEADER + "../a,A,x,it,,\n", [(2, "roster-id")]),
        (HEADER + ".a,A,x,it,,\n", [(2, "roster-id")]),
        (HEADER + ",A,x,it,,\n", [(2, "roster-id")]),
        (HEADER + "가" * 70 + ",A,x,it,,\n", [(2, "roster-id")]),
        (HEADER + "a*,A,x,it,,\n", [(2, "roster-id")]),
        (HEADER + "a,A,x,it,fr,\n", [(2, "roster-value")]),
        (HEADER + "a,A,No Site,it,,\nb,B,x,,,\n", [(2, "roster-value"), (3, "roster-value")]),
        (HEADER + "a,A,x,it,ko,e,extra\n", [(2, "roster-row")]),
    ],
)
def test_every_problem_has_its_line(text: str, expected: list[tuple[int, str]]) -> None:
    """All problems of a roster are found at once, each with the line it is in."""
    assert codes(text) == expected


def test_a_roster_in_another_encoding_is_named() -> None:
    """Plain CSV from a Korean spreadsheet is CP949; the hint says how to save it."""
    trainees, faults = parse_roster((HEADER + "a,강한별,x,it,,\n").encode("cp949"))
    assert trainees == ()
    assert [fault.code for fault in faults] == ["roster-encoding"]
    assert "CSV UTF-8" in faults[0].hint.ko
    assert "CSV UTF-8" in faults[0].hint.en


def test_reading_raises_with_everything(tmp_path: Path) -> None:
    """A bad roster stops the command with all problems, a missing one with what to write."""
    (tmp_path / "roster.csv").write_text(HEADER + "a,A,x,it,fr,\nb,B,X Y,it,,\n")
    with pytest.raises(InvalidContent) as error:
        read_roster(tmp_path / "roster.csv")
    assert len(error.value.problems) == 2
    assert "roster.csv:2: roster-value: language: 'fr' is no value" in str(error.value)
    with pytest.raises(UsageError, match="no roster"):
        read_roster(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_roster(tmp_path)


def test_every_fault_is_told_in_both_languages() -> None:
    """Nothing is left to fill in, and the Korean is Korean."""
    why = LocalText(ko="이유", en="why")
    values = {"name": "x", "id": "x", "why": why, "first": 2, "value": "x", "longest": 9, "names": "a, b"}
    assert set(_WORDS) == set(RosterTrouble)
    for trouble in RosterTrouble:
        fault = explain_fault(trouble, 1, "site", **values)
        for text in (fault.message, fault.hint):
            assert "{" not in text.ko + text.en
            assert any("가" <= letter <= "힣" for letter in text.ko)
            assert not any("가" <= letter <= "힣" for letter in text.en)
