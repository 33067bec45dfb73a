"""Moodle's submissions and grading worksheet come in and go back."""

# ruff: noqa: E501  (a line of a worksheet is one line)

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.archives.limits import BadArchive, Fault
from grader.errors import UsageError
from grader.lms.moodle import Worksheet, fill_worksheet, open_submissions, read_worksheet
from grader.lms.returning import ReturnStatus, Score
from grader.lms.who import Doubt, DoubtKind, Evidence, match_people
from grader.model.work import Trainee

SEOUL = ZoneInfo("Asia/Seoul")
Pack = Callable[[Mapping[str, bytes]], io.BytesIO]
KOREAN = (
    "\ufeff식별번호,성명,이메일 주소,상태,성적,최고 성적,성적 변경 가능,최종 수정 (제출),온라인 텍스트,최종 수정 (성적),피드백 댓글\r\n"
    '"참가자 11","민수 김",minsu@example.org,"채점을 위해 제출됨",,100.00,예,"2026년 11월 20일 금요일, 오후 5:30",,-,\r\n'
    '"참가자 12","이서연",seoyeon@example.org,"채점을 위해 제출됨 - 채점됨",90.00,100.00,예,"2026년 11월 20일 금요일, 오전 9:05","a, ""b""\r\nc","2026년 11월 21일 토요일, 오전 10:00","잘 했습니다."\r\n'
    '"참가자 13","박지훈",jihoon4@example.org,제출하지 않음,,100.00,아니오,-,,-,\r\n'
    '"참가자 14","최은지",eunji@example.org,제출하지 않음,,100.00,예,-,,-,\r\n'
)
ENGLISH = (
    '\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 11","Minsu Kim",H1001,other@example.org,"Submitted for grading",12.5,50.00,Yes,"Friday, 20 November 2026, 5:30 PM",-,"medai · score 10/40"\n'
    '"Participant 12","Seoyeon Lee",H1002,,"Submitted for grading",,50.00,Vielleicht,"Friday, 20 November 2026, 5:30 PM",-,\n'
)


def sheet(text: str) -> Worksheet:
    """Read a worksheet."""
    return read_worksheet(text.encode(), "grades.csv")


def fill(text: str, roster: tuple[Trainee, ...], **scores: Score) -> tuple[str, dict[str, tuple[str, str]]]:
    """Fill a worksheet and return it with status and detail by participant."""
    worksheet = sheet(text)
    content, items = fill_worksheet(worksheet, match_people(worksheet.people.values(), roster, {}), scores)
    return content.decode(), {item.match.stranger.key: (item.status.value, item.detail) for item in items}


@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
def test_without_grades_the_worksheet_is_the_same_file(text: str, roster: tuple[Trainee, ...]) -> None:
    """Round trip: not a byte changes."""
    assert fill(text, roster)[0] == text


def test_grades_and_comments_go_into_their_cells_only(roster: tuple[Trainee, ...]) -> None:
    """Scores are scaled to Moodle's maximum; locked lines, doubts and a person's own comment stay."""
    score = Score(38, 40, "medai · 점수 38/40 · <통과>")
    content, items = fill(KOREAN, roster, H1001=score, H1002=score, H1004=score)
    assert items == {
        "11": ("written", "95.00"),
        "12": ("written", "90.00 → 95.00"),
        "13": ("locked", "아니오"),
        "14": ("doubt", ""),
    }
    lines = KOREAN.split("\r\n")
    lines[1] = lines[1].replace(",,100.00", ",95.00,100.00") + "medai · 점수 38/40 · &lt;통과&gt;"
    lines[2] = lines[2].replace("90.00", "95.00")
    assert content == "\r\n".join(lines)


def test_english_worksheets_with_ids_work_alike(roster: tuple[Trainee, ...]) -> None:
    """The id column identifies; our own comment is replaced; a word we do not know is no permission."""
    content, items = fill(
        ENGLISH, roster, H1001=Score(10, 40, "medai · score 10/40 · passed"), H1002=Score(1, 2)
    )
    assert items == {"11": ("written", "12.5 → 12.50"), "12": ("maybe-locked", "vielleicht")}
    assert content == ENGLISH.replace('"medai · score 10/40"', '"medai · score 10/40 · passed"')


@given(st.integers(0, len(KOREAN) - 1), st.integers(0, 9), st.text('",\n0-예@', max_size=4))
def test_a_spoilt_worksheet_is_explained_or_read(place: int, cut: int, put: str) -> None:
    """Whatever an editor did to the file: an explanation, or a worksheet that can be written back unchanged."""
    text = KOREAN[:place] + put + KOREAN[place + cut :]
    try:
        worksheet = sheet(text)
    except UsageError:
        return
    content, items = fill_worksheet(worksheet, match_people(worksheet.people.values(), (), {}), {})
    assert content == text.encode()
    assert len(items) == len(worksheet.people)


@pytest.mark.parametrize(
    ("score", "grade"),
    [(Score(50, 40), "100.00"), (Score(-1, 40), "0.00"), (Score(1, 3), "33.33"), (Score(1, 0), "0.00")],
)
def test_grades_stay_within_the_platforms_maximum(
    score: Score, grade: str, roster: tuple[Trainee, ...]
) -> None:
    """Moodle skips what is out of range, so nothing is."""
    assert fill(KOREAN, roster, H1001=score)[1]["11"] == (ReturnStatus.WRITTEN, grade)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no grading worksheet"),
        ("a,b\n1,2\n", "no grading worksheet"),
        (KOREAN.replace(",", ";"), "no grading worksheet"),
        (KOREAN.replace("참가자 11", "누구"), "participant numbers"),
        (KOREAN.replace("참가자 12", "참가자 11"), "stands twice"),
        (KOREAN.replace("100.00", "탁월"), "maximum grades"),
    ],
)
def test_files_that_are_no_worksheet_are_explained(text: str, said: str) -> None:
    """The hint says which file Moodle wants."""
    with pytest.raises(UsageError, match=said) as caught:
        sheet(text)
    assert "Download grading worksheet" in caught.value.hint


def test_submissions_join_the_worksheet_by_number(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Folders of Moodle 3 and 4 and flat names give people, paths and times."""
    stream = pack(
        {
            "민수 김_11_assignsubmission_file/hw.ipynb": b"{1}",
            "민수 김_11_assignsubmission_file/자료/a.csv": b"1",
            "이서연_12_assignsubmission_file_/hw_9_assignsubmission_file_x.ipynb": b"{2}",
            "박지훈_13_assignsubmission_file_flat.ipynb": b"{3}",
            "박지훈_13_assignsubmission_onlinetext/onlinetext.html": b"<p>",
            "Somebody_99_assignsubmission_file/x.ipynb": b"{4}",
            "__MACOSX/민수 김_11_assignsubmission_file/._hw.ipynb": b"",
            "README.txt": b"",
        }
    )
    download = open_submissions(stream, sheet(KOREAN), roster, {}, SEOUL)
    found = {(one.match.stranger.key, one.path): one for one in download.files}
    assert {place: (one.match.who, one.content) for place, one in found.items()} == {
        ("11", "hw.ipynb"): ("H1001", b"{1}"),
        ("11", "자료/a.csv"): ("H1001", b"1"),
        ("12", "hw_9_assignsubmission_file_x.ipynb"): ("H1002", b"{2}"),
        ("13", "flat.ipynb"): ("H1004", b"{3}"),
        ("13", "onlinetext.html"): ("H1004", b"<p>"),
        ("99", "x.ipynb"): (Doubt(DoubtKind.NOBODY), b"{4}"),
    }
    at = found["11", "hw.ipynb"].handed_in_at
    assert at is not None
    assert at.isoformat() == "2026-11-20T08:30:00+00:00"
    assert found["13", "flat.ipynb"].handed_in_at is None
    assert found["13", "flat.ipynb"].changed_at is not None
    assert download.matches["11"].evidence is Evidence.EMAIL


def test_without_the_worksheet_names_alone_decide(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Two people of one name stay in doubt; a list settles them."""
    files = {
        f"{name}_{number}_assignsubmission_file/a.ipynb": b""
        for name, number in (("김민수", 1), ("박지훈", 2), ("Participant", 3))
    }
    matches = open_submissions(pack(files), None, roster, {"3": "H1002"}, SEOUL).matches
    assert matches["1"].who == "H1001"
    assert matches["2"].who == Doubt(DoubtKind.SEVERAL, ("H1003", "H1004"))
    assert matches["3"].who == "H1002"


def test_what_one_person_sends_harms_nobody_else(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """ZIP files of trainees are unpacked within limits; bombs stay packed; bad names are marked."""
    bomb = pack({"a.ipynb": b"\0" * 5_000_000}).getvalue()
    good = pack({"d/hw.ipynb": b"{}", "__MACOSX/x": b""}).getvalue()
    prefix = "_assignsubmission_file/"
    stream = pack({f"a_1{prefix}hw.zip": good, f"b_2{prefix}hw.zip": bomb, f"c_3{prefix}con.ipynb": b"{}"})
    found = {one.match.stranger.key: one for one in open_submissions(stream, None, roster, {}, SEOUL).files}
    assert (found["1"].path, found["1"].content) == ("d/hw.ipynb", b"{}")
    assert (found["2"].path, found["2"].content) == ("hw.zip", bomb)
    assert "(풀면 비정상적으로 커짐)" in found["2"].notes[0].ko
    fault = found["3"].content
    assert isinstance(fault, BadArchive)
    assert fault.fault is Fault.BAD_NAME


def test_another_zip_file_is_explained(pack: Pack, roster: tuple[Trainee, ...]) -> None:
    """Naming the wrong file is told at once."""
    with pytest.raises(UsageError, match="no submission"):
        open_submissions(pack({"a.txt": b""}), None, roster, {}, SEOUL)


@pytest.mark.parametrize("place", ["", "내려받은 것/"])
def test_names_of_people_and_files_lead_nobody_astray(
    pack: Pack, roster: tuple[Trainee, ...], place: str
) -> None:
    """Underscores and numbers in names, decomposed letters, a folder around all, what macOS adds, online text."""
    spelt = unicodedata.normalize("NFD", "민수 김")
    files = {
        f"{place}{spelt}_11_assignsubmission_file/a_12_assignsubmission_file_b.ipynb": b"1",
        f"{place}Lee_9_Seo_yeon_12_assignsubmission_file__x.ipynb": b"2",
        f"{place}{spelt}_11_assignsubmission_onlinetext/onlinetext.html": b"3",
        f"{place}9조-박지훈_13_assignsubmission_file_/a.ipynb": b"4",
        f"__MACOSX/{place}._{spelt}_11_assignsubmission_file/._a.ipynb": b"5",
    }
    stream = pack(files)
    for worksheet in (sheet(KOREAN), None):
        download = open_submissions(stream, worksheet, roster, {}, SEOUL)
        found = {(one.match.stranger.key, one.path): one.content for one in download.files}
        assert found == {
            ("11", "a_12_assignsubmission_file_b.ipynb"): b"1",
            ("11", "onlinetext.html"): b"3",
            ("12", "_x.ipynb"): b"2",
            ("13", "a.ipynb"): b"4",
        }
        assert download.matches["11"].who == "H1001"
    assert download.matches["13"].stranger.name == "9조-박지훈"
    assert isinstance(download.matches["13"].who, Doubt), "a group's work is nobody's until somebody says so"


def test_archives_that_were_written_as_a_stream_are_read(roster: tuple[Trainee, ...]) -> None:
    """macOS and web servers write sizes behind the data."""

    class Pipe(io.RawIOBase):
        """A stream that cannot go back."""

        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.written += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("민수 김_11_assignsubmission_file/a.ipynb", b"1" * 100)
    (one,) = open_submissions(io.BytesIO(pipe.written), None, roster, {}, SEOUL).files
    assert (one.match.who, one.content) == ("H1001", b"1" * 100)


@pytest.mark.parametrize("encoding", ["cp949", "utf-16"])
def test_a_worksheet_that_a_spreadsheet_saved_is_told(encoding: str) -> None:
    """It is Moodle's file and goes back there, so it is not read in another encoding."""
    with pytest.raises(UsageError, match="not UTF-8") as caught:
        read_worksheet(KOREAN.encode(encoding, "ignore"), "grades.csv")
    assert "spreadsheet" in caught.value.hint


def test_a_worksheet_with_blank_lines_is_read_and_kept(roster: tuple[Trainee, ...]) -> None:
    """They say nothing and stay where they are."""
    text = KOREAN.replace('"참가자 13"', '\r\n\r\n"참가자 13"') + "\r\n"
    content, items = fill(text, roster, H1001=Score(1, 2))
    assert items["11"] == ("written", "50.00")
    assert content == text.replace(",,100.00", ",50.00,100.00", 1)


def test_a_comment_that_is_a_number_is_no_grade(roster: tuple[Trainee, ...]) -> None:
    """All comments alike and no time beside them: the grade is found all the same."""
    text = "\r\n".join(KOREAN.split("\r\n")[:2]) + "10\r\n"
    content, items = fill(text, roster, H1001=Score(1, 2))
    assert items == {"11": ("written", "50.00")}
    assert content == text.replace(",,100.00", ",50.00,100.00")


@pytest.mark.parametrize(
    "text",
    [
        KOREAN.replace(",", ";"),
        KOREAN.replace('"참가자 12"', '"참가자 11"'),
        KOREAN.replace("참가자 12", "이서연"),
        KOREAN.split("\r\n", 1)[0],
    ],
    ids=["semicolons", "twice", "no number", "nobody"],
)
def test_a_worksheet_that_is_not_moodles_any_more_is_told(text: str) -> None:
    """With what to do, never with a guess."""
    with pytest.raises(UsageError) as caught:
        read_worksheet(text.encode(), "grades.csv")
    assert "Download grading worksheet" in caught.value.hint
