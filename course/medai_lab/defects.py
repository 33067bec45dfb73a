"""Planted mistakes of the kinds that real screening files hold, with the key that takes them out again.

Knows the official headers and how people mistype; must not know how people are drawn. Every planted mistake
is in the key, so that cleaning can be marked, and no row holds mistakes of two kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from medai_lab.columns import EXAMINED, HEADERS, REGISTRATION
from medai_lab.draws import Draws
from medai_lab.labels import t

KEY_COLUMNS = ("row", "registration", "kind", "column", "shown", "clean", "action")
RESTORE, DROP, KEEP = "restore", "drop", "keep"
SIGHT_CODE, WAIST_CODE = 9.9, 999.0
LATE_REGISTRATION = 5_000_000
"""Second registrations of the same person are numbered from here, so that no number is given twice."""


@dataclass(frozen=True)
class Kind:
    """One kind of mistake: the share of rows that get it, and what it is."""

    id: str
    share: float
    ko: str
    en: str


KINDS: tuple[Kind, ...] = (
    Kind("duplicate_row", 0.004, "같은 행이 두 번 들어 있습니다.", "The same row stands twice."),
    Kind(
        *("duplicate_person", 0.004),
        "같은 사람이 며칠 뒤 새 등록번호로 한 번 더 들어 있습니다.",
        "The same person stands again under a new registration number, a few days later.",
    ),
    Kind("height_weight_swapped", 0.004, "키와 몸무게가 바뀌었습니다.", "Height and weight are swapped."),
    Kind(
        "pressure_swapped",
        0.003,
        "수축기와 이완기 혈압이 바뀌었습니다.",
        "The two blood pressures are swapped.",
    ),
    Kind(
        "waist_999",
        0.005,
        "999는 값이 아니라 '재지 않음'입니다.",
        "999 is not a value but means not measured.",
    ),
    Kind("impossible_date", 0.004, "달력에 없거나 있을 수 없는 날짜입니다.", "A date that cannot be."),
    Kind("decimal_point", 0.004, "혈색소의 소수점이 빠졌습니다.", "Haemoglobin lost its decimal point."),
    Kind(
        *("digits_run_together", 0.002),
        "HDL 콜레스테롤 값에 다른 숫자가 붙었습니다.",
        "Other digits stuck to an HDL cholesterol value.",
    ),
    Kind("negative", 0.002, "감마지티피가 음수입니다.", "A negative gamma-GTP."),
    Kind(
        *("other_unit", 0.005),
        "한 사람의 총콜레스테롤만 mmol/L로 적혔습니다.",
        "One person's total cholesterol is in mmol/L.",
    ),
    Kind(
        *("not_at_random", 0.0),
        "지금 담배를 피우는 사람이 흡연상태를 더 자주 비워 둡니다.",
        "People who smoke now leave smoking blank more often.",
    ),
    Kind(
        *("sight_code", 0.0),
        "9.9는 시력이 아니라 실명을 뜻하는 코드입니다. 맞는 기록이지만 평균에 넣으면 안 됩니다.",
        "9.9 is not eyesight but the code for a blind eye: right, but not to be averaged.",
    ),
)
BLANK_IF_SMOKER, BLANK_OTHERWISE = 0.15, 0.02
MG_PER_MMOL_CHOLESTEROL = 38.67
_ROWS, _PLACES, _DATES, _BLANKS = range(31, 35)
_WRONG_DATES = ("{y}-02-30", "{y}-13-{d}", "{y}-{m}-32", "{y}-00-{d}", "{future}-{m}-{d}", "19{yy}-{m}-{d}")


def describe_defects() -> pd.DataFrame:
    """Return one row per kind of planted mistake with its explanation in the language of the run."""
    rows = [(kind.id, t(ko=kind.ko, en=kind.en)) for kind in KINDS]
    return pd.DataFrame(rows, columns=["kind", "explanation"])


def plant_defects(frame: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame with mistakes and the key, whose `row` counts rows of the new frame.

    `frame` must be as the centres wrote it down, with rows numbered from 0. From 60 rows on, every kind
    stands at least once.
    """
    out = frame.copy()
    entries: list[dict[str, Any]] = []
    rows = _choose_rows(frame, seed)
    dates = Draws(seed, _DATES)
    for kind, spoil in _SPOILERS.items():
        for row in rows[kind]:
            for column, shown in spoil(frame.loc[row], dates.uniform(1)[0]).items():
                _note(entries, frame, row, kind, column, shown, RESTORE)
                out.loc[row, column] = shown
    taken = {int(row) for some in rows.values() for row in some}
    _blank_smoking(out, entries, frame, taken, Draws(seed, _BLANKS))
    _note_sight(entries, frame)
    out, entries = _duplicate(out, entries, rows, Draws(seed, _PLACES))
    key = pd.DataFrame(entries, columns=list(KEY_COLUMNS)).astype({"shown": "object", "clean": "object"})
    return out, key.sort_values(["row", "column"], kind="stable").reset_index(drop=True)


def undo_defects(frame: pd.DataFrame, key: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every planted mistake of `key` taken out: what the centres wrote down.

    정답표대로 고친 표를 돌려줍니다. 센터마다 다른 단위와 장비는 그대로 남습니다.
    """
    out = frame.copy()
    for column, part in key[key["action"] == RESTORE].groupby("column"):
        clean = part["clean"].to_numpy()
        out.loc[part["row"].to_numpy(), column] = (
            clean.astype(out[column].dtype) if column != EXAMINED else clean
        )
    dropped = key.loc[key["action"] == DROP, "row"]
    return out.drop(index=dropped).reset_index(drop=True)


def _choose_rows(frame: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """Deal rows to the kinds, no row twice; rows with a blind eye or a blank stay as they are."""
    fine = frame[[HEADERS[name] for name in ("waist_cm", "hemoglobin", "hdl", "ggt", "total_cholesterol")]]
    sight = frame[[HEADERS["sight_left"], HEADERS["sight_right"]]]
    free = np.flatnonzero(fine.notna().all(axis=1) & (sight != SIGHT_CODE).all(axis=1))
    free = free[Draws(seed, _ROWS).order(len(free))]
    dealt, start = {}, 0
    for kind in KINDS:
        wanted = max(1, round(kind.share * len(frame))) if kind.share else 0
        dealt[kind.id] = np.sort(free[start : start + wanted])
        start += wanted
    return dealt


def _swap(first: str, second: str) -> Callable[[pd.Series, float], dict[str, Any]]:
    return lambda row, u: {first: row[second], second: row[first]}


def _swap_body(row: pd.Series, u: float) -> dict[str, Any]:
    height = HEADERS["height_cm"] if HEADERS["height_cm"] in row else "신장"
    weight = HEADERS["weight_kg"] if HEADERS["weight_kg"] in row else "체중"
    return {height: row[weight], weight: row[height]}


def _run_together(row: pd.Series, u: float) -> dict[str, Any]:
    return {HEADERS["hdl"]: float(row[HEADERS["hdl"]] * 100 + int(u * 90) + 10)}


def _wrong_date(row: pd.Series, u: float) -> dict[str, Any]:
    year, month, day = row[EXAMINED].split("-")
    pattern = _WRONG_DATES[int(u * len(_WRONG_DATES))]
    parts = {"y": year, "m": month, "d": day, "yy": year[2:], "future": f"{int(year) + 30}"}
    return {EXAMINED: pattern.format(**parts)}


_SPOILERS: dict[str, Callable[[pd.Series, float], dict[str, Any]]] = {
    "height_weight_swapped": _swap_body,
    "pressure_swapped": _swap(HEADERS["sbp"], HEADERS["dbp"]),
    "waist_999": lambda row, u: {HEADERS["waist_cm"]: WAIST_CODE},
    "impossible_date": _wrong_date,
    "decimal_point": lambda row, u: {HEADERS["hemoglobin"]: float(round(row[HEADERS["hemoglobin"]] * 10))},
    "digits_run_together": _run_together,
    "negative": lambda row, u: {HEADERS["ggt"]: -row[HEADERS["ggt"]]},
    "other_unit": lambda row, u: {
        HEADERS["total_cholesterol"]: round(row[HEADERS["total_cholesterol"]] / MG_PER_MMOL_CHOLESTEROL, 1)
    },
}


def _blank_smoking(
    out: pd.DataFrame, entries: list[dict[str, Any]], frame: pd.DataFrame, taken: set[int], draws: Draws
) -> None:
    column = HEADERS["smoking"]
    chance = np.where(frame[column] == 3, BLANK_IF_SMOKER, BLANK_OTHERWISE)
    rows = [int(r) for r in np.flatnonzero(draws.uniform(len(frame)) < chance) if int(r) not in taken]
    if not rows and len(smokers := [int(r) for r in frame.index[frame[column] == 3] if int(r) not in taken]):
        rows = smokers[:1]
    for row in rows:
        _note(entries, frame, row, "not_at_random", column, np.nan, RESTORE)
    out.loc[rows, column] = np.nan


def _note_sight(entries: list[dict[str, Any]], frame: pd.DataFrame) -> None:
    for name in ("sight_left", "sight_right"):
        for row in frame.index[frame[HEADERS[name]] == SIGHT_CODE]:
            _note(entries, frame, row, "sight_code", HEADERS[name], SIGHT_CODE, KEEP)


def _note(
    entries: list[dict[str, Any]],
    frame: pd.DataFrame,
    row: int,
    kind: str,
    column: str,
    shown: Any,
    action: str,
) -> None:
    clean, number = frame.at[row, column], frame.at[row, REGISTRATION]
    entries.append(
        dict(zip(KEY_COLUMNS, (int(row), number, kind, column, shown, clean, action), strict=True))
    )


def _duplicate(
    out: pd.DataFrame, entries: list[dict[str, Any]], rows: dict[str, np.ndarray], draws: Draws
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Put copies of some rows somewhere below them, and count the rows anew."""
    originals = [(kind, int(row)) for kind in ("duplicate_row", "duplicate_person") for row in rows[kind]]
    u = draws.uniform(max(len(originals), 1), 2)
    copies = out.loc[[row for _, row in originals]].copy()
    copies.index = pd.Index(
        [row + 0.5 + np.floor(a * (len(out) - row)) for (_, row), a in zip(originals, u[:, 0], strict=False)]
    )
    for place, (kind, row) in enumerate(originals):
        if kind == "duplicate_person":
            copies.iloc[place, copies.columns.get_loc(REGISTRATION)] = f"가상-{LATE_REGISTRATION + place:07d}"
            day = date.fromisoformat(out.at[row, EXAMINED])
            later = day + timedelta(days=1 + int(3 * u[place, 1]))
            again = later if later.year == day.year else day - timedelta(days=1)
            copies.iloc[place, copies.columns.get_loc(EXAMINED)] = again.isoformat()
    marks = pd.Series([-1] * len(out) + list(range(len(originals))))
    places = pd.Series([*map(float, out.index), *copies.index])
    order = places.sort_values(kind="stable").index
    marks = marks.loc[order].reset_index(drop=True)
    new_row = pd.Series(np.flatnonzero(marks < 0))  # old row number → new one
    for entry in entries:
        entry["row"] = int(new_row[entry["row"]])
    joined = pd.concat([out, copies]).iloc[order].reset_index(drop=True)
    for row in np.flatnonzero(marks >= 0):
        kind, original = originals[marks[row]]
        shown, clean = int(row), int(new_row[original])
        number = joined.at[row, REGISTRATION]
        entries.append(dict(zip(KEY_COLUMNS, (int(row), number, kind, "", shown, clean, DROP), strict=True)))
    return joined, entries
