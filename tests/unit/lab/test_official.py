"""The reader of the official file: the portal's spellings pass, anything else is told in both languages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from medai_lab import OfficialFileError, make_cohort, read_official, write_official
from medai_lab.columns import HEADERS, OFFICIAL_COLUMNS

HEAD_2016 = (
    "기준년도,가입자일련번호,성별코드,연령대코드(5세단위),시도코드,신장(5Cm단위),체중(5Kg 단위),허리둘레,"
    "시력(좌),시력(우),청력(좌),청력(우),수축기혈압,이완기혈압,식전혈당(공복혈당),총콜레스테롤,"
    "트리글리세라이드,HDL콜레스테롤,LDL콜레스테롤,혈색소,요단백,혈청크레아티닌,(혈청지오티)AST,"
    "(혈청지오티)ALT,감마지티피,흡연상태,음주여부,구강검진 수검여부,치아우식증유무,결손치유무,"
    "치아마모증유무,제3대구치(사랑니)이상,치석,데이터공개일자"
)
ROW_2016 = (
    "2016,1,1,8,41,170,70,74.0,0.7,0.7,1,1,118,70,85,194,97,54,120,14.6,2,1.1,31,36,96,3,Y,1,,,,,2,20171219"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "official.csv"


def write(path: Path, header: str = HEAD_2016, row: str = ROW_2016, encoding: str = "cp949") -> Path:
    path.write_bytes(f"{header}\r\n{row}\r\n".encode(encoding))
    return path


def fault(path: Path, **options: object) -> str:
    """Return the message, after checking that it has a Korean and an English half."""
    with pytest.raises(OfficialFileError) as caught:
        read_official(path, **options)  # type: ignore[arg-type]
    korean, _, english = str(caught.value).partition(" · ")
    assert any("가" <= letter <= "힣" for letter in korean)
    assert english
    return str(caught.value)


def test_round_trip(path: Path) -> None:
    """A cohort written as the portal writes comes back column by column, mistakes included."""
    official = make_cohort(300, seed=2).official
    write_official(official, path)
    assert path.read_bytes().startswith("기준년도,".encode("cp949"))
    pd.testing.assert_frame_equal(read_official(path), official, check_dtype=True)


def test_first_rows_only(path: Path) -> None:
    """A million rows are too many for a first look."""
    official = make_cohort(50, seed=2).official
    write_official(official, path)
    pd.testing.assert_frame_equal(read_official(path, rows=7), official.head(7))


def test_older_spellings(path: Path) -> None:
    """The files of 2014 to 2017 spell and order columns differently; the publication date is left out."""
    frame = read_official(write(path))
    assert tuple(frame.columns) == OFFICIAL_COLUMNS
    row = frame.iloc[0]
    assert row[HEADERS["province"]] == 41
    assert row[HEADERS["age_code"]] == 8
    assert (row[HEADERS["ast"]], row[HEADERS["alt"]]) == (31, 36)
    assert row[HEADERS["drinking"]] == 1
    assert row[HEADERS["dental_calculus"]] == 2
    assert pd.isna(row[HEADERS["missing_teeth"]])


def test_years_without_dental_columns(path: Path) -> None:
    """Columns that some years lack are there and empty."""
    header, row = HEAD_2016.rsplit(",", 7)[0], ROW_2016.rsplit(",", 7)[0]
    frame = read_official(write(path, header, row))
    assert tuple(frame.columns) == OFFICIAL_COLUMNS
    assert frame[HEADERS["dental_exam"]].isna().all()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_resaved_in_another_encoding(path: Path, encoding: str) -> None:
    """Says which encoding it is and how to read it; following the advice works."""
    write(path, encoding=encoding)
    named = "utf-16" if encoding == "utf-16" else "utf-8-sig"
    assert f'encoding="{named}"' in fault(path)
    assert len(read_official(path, encoding=named)) == 1


def test_cp949_read_as_something_else(path: Path) -> None:
    """The advice goes both ways."""
    assert 'encoding="cp949"' in fault(write(path), encoding="utf-8-sig")


def test_not_a_csv(path: Path) -> None:
    """Zip archives, workbooks, empty and broken files are told apart."""
    path.write_bytes(b"PK\x03\x04rest")
    assert "엑셀" in fault(path)
    path.write_bytes(b"  \r\n")
    assert "빈 파일" in fault(path)
    path.write_bytes(b"\xff\xff\xff\xff\r\n\xff")
    assert "cp949로 읽을 수 없는" in fault(path)


def test_broken_in_the_middle(path: Path) -> None:
    """A fault beyond the first lines is still told in both languages."""
    write_official(make_cohort(900, seed=1).official, path)
    path.write_bytes(path.read_bytes() + b"2025,\xff\xff,1\r\n")
    assert "파일 중간" in fault(path)


def test_no_such_file(tmp_path: Path) -> None:
    """Says where the file can be had."""
    with pytest.raises(FileNotFoundError, match=r"data\.go\.kr/data/15007122.* · There is no file"):
        read_official(tmp_path / "none.csv")


def test_missing_and_renamed_columns(path: Path) -> None:
    """All missing columns at once, each with the nearest name in the file."""
    header = HEAD_2016.replace("식전혈당(공복혈당)", "공복혈당(식전)").replace("감마지티피", "GGT")
    message = fault(write(path, header))
    assert "식전혈당(공복혈당) (혹시 '공복혈당(식전)'?)" in message
    assert "perhaps '공복혈당(식전)'?" in message
    assert "감마지티피" in message
    assert "허리둘레" not in message


def test_a_column_twice(path: Path) -> None:
    """Which of the two is meant cannot be guessed."""
    assert "두 번" in fault(write(path, HEAD_2016.replace("데이터공개일자", "허리 둘레")))


def test_text_among_numbers(path: Path) -> None:
    """Every column at fault, with the first line and what stands there; blank codes count as fault."""
    row = ROW_2016.replace(",118,", ",118mmHg,").replace("2016,1,1,", "2016,1,,")
    message = fault(write(path, row=row))
    assert "수축기혈압 2번째 줄 '118mmHg'" in message
    assert "성별코드 2번째 줄 빈칸" in message


def test_values_are_not_repaired(path: Path) -> None:
    """999 and 9.9 come as they stand: cleaning is the lesson."""
    row = ROW_2016.replace(",74.0,0.7,", ",999,9.9,")
    frame = read_official(write(path, row=row))
    assert frame.loc[0, HEADERS["waist_cm"]] == 999
    assert frame.loc[0, HEADERS["sight_left"]] == 9.9


def test_writing_needs_all_columns(path: Path) -> None:
    """A file that `read_official` would refuse is not written."""
    with pytest.raises(OfficialFileError, match="시도코드"):
        write_official(make_cohort(3).official.drop(columns="시도코드"), path)
    assert not path.exists()
