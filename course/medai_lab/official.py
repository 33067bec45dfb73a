"""Reader of the official screening file, as an institution downloads it from the public data portal.

Knows the file 국민건강보험공단_건강검진정보 (CSV in cp949, Korean headers) and its spellings since 2014; must
not repair values: cleaning is the learner's work. The rows are samples that the insurer published
de-identified; an institution's own records must never be read with it.
"""

from __future__ import annotations

import codecs
import csv
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from medai_lab.columns import HEADERS, OFFICIAL, OFFICIAL_COLUMNS

PORTAL = "https://www.data.go.kr/data/15007122/fileData.do"
CITATION = "국민건강보험공단, 건강검진정보, 공공데이터포털 (data.go.kr/data/15007122)"
_HEAD_BYTES = 65_536
_WHOLE = ("year", "serial", "province", "sex", "age_code")
_LANDMARK = "성별"
_YES_NO = {"Y": "1", "N": "0"}


class OfficialFileError(ValueError):
    """The file is not the official screening file, or not in the shape that the portal gives."""


def read_official(path: str | Path, *, rows: int | None = None, encoding: str = "cp949") -> pd.DataFrame:
    """Return the official file with the headers of the 2024 file, in its order; values are not changed.

    공단이 공개한 건강검진정보 파일을 읽습니다. 해마다 조금씩 다른 열 이름은 2024년 파일의 이름으로 맞춥니다.
    `rows`를 적으면 앞에서부터 그만큼만 읽습니다. 전체는 100만 행이므로 처음에는 10000쯤이 알맞습니다.

    The same columns as `Cohort.official`. Codes and measures are numbers, blanks are NaN; dental columns that
    a year's file lacks are NaN; columns that no year defines are left out.

    Raises:
        FileNotFoundError: there is no such file.
        OfficialFileError: a wrong encoding or format, a missing or misspelt column, text in a number column.
    """
    path = Path(path)
    head = _read_head(path)
    _require_encoding(path, head, encoding)
    with path.open(encoding=encoding, newline="") as lines:
        header = next(csv.reader(lines), [])
    names = _match_columns(header)
    try:
        raw = pd.read_csv(
            path, encoding=encoding, usecols=list(names), nrows=rows, dtype=str, skipinitialspace=True
        )
    except (UnicodeError, pd.errors.ParserError) as error:
        raise OfficialFileError(
            f"{path.name}: 파일 중간에 읽을 수 없는 곳이 있습니다({error}). 포털에서 다시 내려받으십시오. · "
            f"part of the file cannot be read ({error}). Download it from the portal again."
        ) from error
    return _numbers(raw.rename(columns=names), path.name)


def write_official(frame: pd.DataFrame, path: str | Path) -> None:
    """Write the official columns of a table as the portal does (CSV, cp949), e.g. to try `read_official`."""
    missing = [name for name in OFFICIAL_COLUMNS if name not in frame]
    if missing:
        raise OfficialFileError(
            f"없는 열: {', '.join(missing)} · these columns are missing: {', '.join(missing)}"
        )
    frame[list(OFFICIAL_COLUMNS)].to_csv(path, index=False, encoding="cp949", lineterminator="\r\n")


def _read_head(path: Path) -> bytes:
    if not path.is_file():
        raise FileNotFoundError(
            f"'{path}' 파일이 없습니다. {PORTAL}에서 CSV 파일을 내려받아 노트북 옆에 두십시오. · "
            f"There is no file '{path}'. Download the CSV from {PORTAL} and put it beside the notebook."
        )
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _require_encoding(path: Path, head: bytes, encoding: str) -> None:
    if not head.strip():
        raise OfficialFileError(
            f"{path.name}: 빈 파일입니다. 다시 내려받으십시오. · the file is empty. Download it again."
        )
    if head.startswith(b"PK"):
        raise OfficialFileError(
            f"{path.name}: CSV가 아니라 압축 파일이나 엑셀 파일입니다. 압축을 풀거나 CSV로 저장하십시오. · "
            "this is a ZIP or Excel file, not a CSV. Unzip it or save it as CSV."
        )
    read = _decode(head, encoding)
    if read is not None and _LANDMARK in read:
        return
    for other in ("utf-8-sig", "cp949", "utf-16"):
        if _LANDMARK in (_decode(head, other) or ""):
            raise OfficialFileError(
                f"{path.name}: 글자가 {encoding}이 아니라 {other}로 저장되어 있습니다. "
                f'read_official(..., encoding="{other}")로 읽으십시오. · '
                f'the text is stored in {other}, not in {encoding}. Read it with encoding="{other}".'
            )
    if read is None:
        raise OfficialFileError(
            f"{path.name}: {encoding}로 읽을 수 없는 글자가 있습니다. 포털에서 받은 파일을 고치지 말고 "
            f"그대로 쓰십시오. · there are characters that {encoding} cannot read. "
            "Use the portal's file unchanged."
        )


def _decode(head: bytes, encoding: str) -> str | None:
    """Return the text, or None; the head may end inside a character."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except (UnicodeError, LookupError):
        return None


def _match_columns(header: list[str]) -> dict[str, str]:
    """Return header in the file → official header; raise with everything that is missing or doubtful."""
    spellings = {_plain(name): c.header for c in OFFICIAL for name in (c.header, *c.aliases)}
    found: dict[str, str] = {}
    for name in header:
        official = spellings.get(_plain(name))
        if official and official in found.values():
            raise OfficialFileError(
                f"'{official}' 열이 두 번 나옵니다. · The column '{official}' stands twice."
            )
        if official:
            found[name] = official
    missing = [c.header for c in OFFICIAL if not c.optional and c.header not in found.values()]
    if missing:
        unknown = [name for name in header if name not in found]
        raise OfficialFileError(_missing_message(missing, unknown))
    return found


def _plain(name: str) -> str:
    return "".join(name.replace("\ufeff", "").split()).lower()


def _missing_message(missing: list[str], unknown: list[str]) -> str:
    listed = []
    for name in missing:
        near = get_close_matches(name, unknown, n=1, cutoff=0.4)
        listed.append(
            (f"{name} (혹시 '{near[0]}'?)", f"{name} (perhaps '{near[0]}'?)") if near else (name, name)
        )
    ko = ", ".join(pair[0] for pair in listed)
    en = ", ".join(pair[1] for pair in listed)
    return (
        f"공단 건강검진정보 파일의 열을 찾지 못했습니다: {ko}. 파일의 열 이름을 바꾸었다면 되돌리십시오. · "
        f"Columns of the official file were not found: {en}. If columns were renamed, undo that."
    )


def _numbers(raw: pd.DataFrame, file: str) -> pd.DataFrame:
    table: dict[str, pd.Series] = {}
    faults = []
    for column in OFFICIAL:
        if column.header not in raw:
            table[column.header] = pd.Series(np.nan, index=raw.index)
            continue
        text = raw[column.header].str.strip().replace("", np.nan)
        if column.short == "drinking":
            text = text.replace(_YES_NO)
        values = pd.to_numeric(text, errors="coerce").astype("float64")
        wrong = values.isna() & (text.notna() | (column.short in _WHOLE))
        if wrong.any():
            faults.append(_fault(column.header, int(np.flatnonzero(wrong)[0]), text, int(wrong.sum())))
        table[column.header] = values
    if faults:
        raise OfficialFileError(
            f"{file}: 숫자가 와야 할 곳에 다른 것이 있습니다: {'; '.join(ko for ko, _ in faults)} · "
            f"something else stands where numbers belong: {'; '.join(en for _, en in faults)}"
        )
    frame = pd.DataFrame(table)
    return frame.astype({HEADERS[name]: "int64" for name in _WHOLE})


def _fault(header: str, row: int, text: pd.Series, count: int) -> tuple[str, str]:
    shown = "빈칸·blank" if pd.isna(text.iloc[row]) else repr(text.iloc[row])
    return (
        f"{header} {row + 2}번째 줄 {shown}, 모두 {count}곳",
        f"{header} line {row + 2} {shown}, {count} in all",
    )
