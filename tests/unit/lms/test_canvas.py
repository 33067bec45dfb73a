"""Canvas's submissions and gradebook come in and go back."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import pytest

from grader.errors import UsageError
from grader.lms.canvas import (
    LATE_NOTE,
    Gradebook,
    fill_gradebook,
    find_column,
    open_submissions,
    read_gradebook,
)
from grader.lms.returning import Score
from grader.lms.who import Doubt, DoubtKind, match_people
from grader.model.work import Trainee

SEOUL = ZoneInfo("Asia/Seoul")
Pack = Callable[[Mapping[str, bytes]], io.BytesIO]
TEXT = (
    "Student,ID,SIS User ID,SIS Login ID,Section,우리 병원 첫 걸음 (501),Quiz (502),Current Score\n"
    ",,,,,Manual Posting,,\n"
    "    Points Possible,,,,,20.0,10.0,(read only)\n"
    '"김, 민수",71,,minsu@example.org,1반,,9.0,90\n'
    '"박, 지훈",72,H1003,,1반,18.5,,85\n'
    '"박, 지훈",73,,nobody,2반,7,,70\n'
    '"Student, Test",74,,,1반,,,\n'
)


def book(text: str = TEXT) -> Gradebook:
    """Read a gradebook."""
    return read_gradebook(text.encode(), "grades.csv")


def fill(
    roster: tuple[Trainee, ...], text: str = TEXT, **scores: Score
) -> tuple[str, dict[str, tuple[str, str]]]:
    """Fill the first assignment's column; return the file with status and detail by user."""
    gradebook = book(text)
    matches = match_people(gradebook.people.values(), roster, {})
    content, items = fill_gradebook(gradebook, find_column(gradebook, ["501"]), matches, scores)
    return content.decode(), {item.match.stranger.key: (item.status.value, item.detail) for item in items}


def test_scores_go_into_one_column_and_nothing_else_changes(roster: tuple[Trainee, ...]) -> None:
    """Scaled to the points possible; the title keeps its number; lines in doubt stay."""
    content, items = fill(roster, H1001=Score(38, 40), H1003=Score(37, 40))
    assert items == {
        "71": ("written", "19.00"),
        "72": ("unchanged", "18.50"),
        "73": ("doubt", ""),
        "74": ("doubt", ""),
    }
    assert content == TEXT.replace("1반,,9.0", "1반,19.00,9.0")
    assert fill(roster)[0] == TEXT


@pytest.mark.parametrize("titles", [["501"], ["우리  병원 첫 걸음"], ["없는 것", "우리 병원 첫 걸음 (501)"]])
def test_the_column_is_found_by_number_or_title(titles: list[str]) -> None:
    """White space and case do not matter."""
    assert find_column(book(), titles) == 5


@pytest.mark.parametrize("titles", [["첫 걸음"], ["501", "502"], ["Current Score"]])
def test_a_column_that_is_not_certain_is_asked_for(titles: list[str]) -> None:
    """The message lists what there is."""
    with pytest.raises(UsageError) as caught:
        find_column(book(), titles)
    assert "Quiz (502)" in caught.value.hint


def test_gradebooks_without_points_or_of_other_kinds_are_refused(roster: tuple[Trainee, ...]) -> None:
    """Nobody guesses a scale."""
    with pytest.raises(UsageError, match="no points possible"):
        fill(roster, TEXT.replace("20.0", ""), H1001=Score(1, 2))
    with pytest.raises(UsageError, match="no Canvas gradebook"):
        book("Name,Grade\n")
    with pytest.raises(UsageError, match="row 5 has another number"):
        book(TEXT.replace('"박, 지훈",72', "박, 지훈,72"))
    with pytest.raises(UsageError, match="stands twice"):
        book(TEXT.replace(",72,", ",71,"))


def test_names_are_taken_apart_from_the_gradebook(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Numbers between underscores in names of people and files do not lead astray."""
    files = {
        "김민수_71_9001_hw.ipynb": b"1",
        "박지훈_LATE_72_9002_hw_7_8.ipynb": b"2",
        "a_3_4_73_9003_hw.ipynb": b"3",
        "이서연_75_9004_hw-1.ipynb": b"4",
        "anon_x9Yz2_LATE_9005_hw_1.ipynb": b"5",
        "김민수_71_text.html": b"6",
        "readme.txt": b"",
    }
    download = open_submissions(pack(files), book(), roster, {}, SEOUL)
    found = [(one.match.stranger.key, one.match.who, one.path, one.notes) for one in download.files]
    late = (LATE_NOTE,)
    assert found == [
        ("71", "H1001", "hw.ipynb", ()),
        ("71", "H1001", "text.html", ()),
        ("72", "H1003", "hw_7_8.ipynb", late),
        ("73", Doubt(DoubtKind.SEVERAL, ("H1003", "H1004")), "hw.ipynb", ()),
        ("75", "H1002", "hw-1.ipynb", ()),
        ("anon_x9Yz2", Doubt(DoubtKind.NOBODY), "hw_1.ipynb", late),
    ]


def test_without_the_gradebook_names_alone_decide(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Canvas writes sortable names without spaces."""
    stream = pack({"김민수_1_2_hw_3_4.ipynb": b"", "박지훈_LATE_5_6_a.ipynb": b""})
    matches = open_submissions(stream, None, roster, {}, SEOUL).matches
    assert matches["1"].who == "H1001"
    assert matches["5"].who == Doubt(DoubtKind.SEVERAL, ("H1003", "H1004"))


def test_nobody_becomes_somebody_else_by_their_name(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Several users fit: the one of that name; else a doubt. File names may hold numbers too."""
    gradebook = book(TEXT.replace('"박, 지훈",73', '"김민수_71",73'))
    files = {
        "김민수_71_9001_72_5_답.ipynb": b"1",
        "박지훈_LATE_72_9002_71_6_.ipynb": b"2",
        "김민수_71_73_9003_x.ipynb": b"3",
        "._김민수_71_9001_a.ipynb": b"4",
        "김민수_71_9004_.DS_Store": b"5",
        "받은 것/박지훈_72_9005_y.ipynb": b"6",
    }
    download = open_submissions(pack(files), gradebook, roster, {}, SEOUL)
    found = {one.content: one for one in download.files}
    assert sorted(found) == [b"1", b"2", b"3", b"6"]
    assert (found[b"1"].match.who, found[b"1"].path) == ("H1001", "72_5_답.ipynb")
    assert (found[b"2"].match.who, found[b"2"].notes) == ("H1003", (LATE_NOTE,))
    assert found[b"3"].match.who == Doubt(DoubtKind.NOBODY)
    assert found[b"6"].match.who == "H1003"
