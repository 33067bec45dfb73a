"""Who is who is found by evidence, never guessed."""

from __future__ import annotations

import unicodedata

import pytest

from grader.errors import InvalidContent
from grader.lms.who import (
    Doubt,
    DoubtKind,
    Evidence,
    Match,
    Stranger,
    match_people,
    name_keys,
    read_who,
    write_who,
)
from grader.model.work import Trainee

Roster = tuple[Trainee, ...]


def find(roster: Roster, *strangers: Stranger, **settled: str) -> list[Match]:
    """Match strangers and return the matches in order."""
    return list(match_people(strangers, roster, settled).values())


@pytest.mark.parametrize(
    ("stranger", "who", "evidence"),
    [
        (Stranger("1", "Somebody", "MINSU@example.org"), "H1001", Evidence.EMAIL),
        (Stranger("1", "민수 김"), "H1001", Evidence.NAME),
        (Stranger("1", unicodedata.normalize("NFD", "김 민수")), "H1001", Evidence.NAME),
        (Stranger("1", "김, 민수"), "H1001", Evidence.NAME),
        (Stranger("1", "박지훈 (h1003)"), "H1003", Evidence.ID),
        (Stranger("1", "박지훈", ids=("H1004",)), "H1004", Evidence.ID),
        (Stranger("1", "박지훈", ids=("jihoon4@example.org",)), "H1004", Evidence.EMAIL),
        (Stranger("1", "김민수", "minsu@example.org", ids=("12345",)), "H1001", Evidence.EMAIL),
        (Stranger("1", "H1003_박지훈"), "H1003", Evidence.ID),
    ],
)
def test_evidence_tells_who_it_is(roster: Roster, stranger: Stranger, who: str, evidence: Evidence) -> None:
    """Id, address and name are used in this order, however they are written."""
    assert find(roster, stranger) == [Match(stranger, who, evidence)]


@pytest.mark.parametrize(
    ("stranger", "doubt"),
    [
        (Stranger("1", "최은지"), Doubt(DoubtKind.NOBODY)),
        (Stranger("H1001", ""), Doubt(DoubtKind.NOBODY)),
        (Stranger("1", "지훈 박"), Doubt(DoubtKind.SEVERAL, ("H1003", "H1004"))),
        (Stranger("1", "H1001 H1002"), Doubt(DoubtKind.SEVERAL, ("H1001", "H1002"))),
        (
            Stranger("1", "김민수", "seoyeon@example.org", ("H1001",)),
            Doubt(DoubtKind.CONTRADICTION, ("H1001", "H1002")),
        ),
        (Stranger("1", "이서연", "minsu@example.org"), Doubt(DoubtKind.CONTRADICTION, ("H1001", "H1002"))),
        # The numbers of another system look like ours, or somebody calls themselves by another's.
        (
            Stranger("1", "박지훈", ids=("H1001",)),
            Doubt(DoubtKind.CONTRADICTION, ("H1001", "H1003", "H1004")),
        ),
        (Stranger("1", "H1001", "seoyeon@example.org"), Doubt(DoubtKind.CONTRADICTION, ("H1001", "H1002"))),
    ],
)
def test_what_is_not_certain_stays_a_doubt(roster: Roster, stranger: Stranger, doubt: Doubt) -> None:
    """A number that the platform gave is no id of ours, and two people of one name are not told apart."""
    assert find(roster, stranger) == [Match(stranger, doubt)]


def test_two_strangers_are_never_one_person(roster: Roster) -> None:
    """Two accounts of one name are both in doubt, until a person settles one of them."""
    twins = Stranger("1", "김민수"), Stranger("2", "민수 김")
    assert [match.who for match in find(roster, *twins)] == [Doubt(DoubtKind.SHARED, ("H1001",))] * 2
    settled = match_people(twins, roster, {"1": "h1001", "2": "-"})
    assert settled["1"] == Match(twins[0], "H1001", Evidence.SETTLED)
    assert settled["2"].who == Doubt(DoubtKind.LEFT_OUT)


def test_names_are_found_in_any_turn() -> None:
    """Family name first or last, with commas or without spaces."""
    assert name_keys("Kim, Min-su") & name_keys("Minsu Kim")
    assert name_keys("Kim, Minsu") & name_keys("kimminsu")
    assert name_keys("김민수") & name_keys("민수 김")
    assert not name_keys("") | name_keys(" - ")


def test_a_list_to_fill_in_goes_out_and_comes_back(roster: Roster) -> None:
    """Doubts are listed with their candidates; what a person fills in counts; formulas stay harmless."""
    strangers = Stranger("7", "박지훈"), Stranger("8", '=cmd|"x"'), Stranger("9", "김민수")
    matches = find(roster, *strangers)
    text = write_who(matches).decode("utf-8-sig")
    assert text.splitlines() == [
        "key,name,email,candidates,id",
        '"7","박지훈","","H1003 H1004",""',
        '"8","\'=cmd|""x""","","",""',
    ]
    assert read_who(text.encode(), "who.csv", roster) == {}
    header, seven, eight = text.splitlines()
    filled = "\n".join([header, seven.removesuffix('""') + "h1004", eight.removesuffix('""') + "-"])
    settled = read_who(filled.encode(), "who.csv", roster)
    assert settled == {"7": "H1004", "8": "-"}
    again = match_people(strangers, roster, settled)
    assert [match.who for match in again.values()] == ["H1004", Doubt(DoubtKind.LEFT_OUT), "H1001"]
    assert read_who(write_who(again.values()), "who.csv", roster) == settled


def test_every_mistake_in_the_list_is_told(roster: Roster) -> None:
    """Unknown ids and keys that stand twice come back together, with their lines."""
    with pytest.raises(InvalidContent) as caught:
        read_who(b"key,id\n1,H9\n2,H1001\n2,H1002\n3,\n", "who.csv", roster)
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [
        (2, "who-id"),
        (4, "who-twice"),
    ]
    with pytest.raises(InvalidContent, match="who-header"):
        read_who(b"name\n", "who.csv", roster)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_list_may_be_saved_by_any_spreadsheet(roster: Roster, encoding: str, delimiter: str) -> None:
    """Staff are asked to fill it in, and Korean spreadsheets save it in their own encoding."""
    text = "\r\n".join(
        delimiter.join(row) for row in (("key", "id", ""), ("김 박사", "h1001", ""), ("", "", ""))
    )
    settled = read_who(text.encode(encoding), "who.csv", roster)
    assert settled == {"김 박사": "H1001"}
    key = unicodedata.normalize("NFD", "김 박사")
    assert match_people([Stranger(key)], roster, settled)[key].evidence is Evidence.SETTLED
