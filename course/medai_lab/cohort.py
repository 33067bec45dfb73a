"""A fictional Korean screening cohort in the shape of the official file, with a key to its planted mistakes.

Knows how people, centres and mistakes are put together; must not know how any of them is drawn. Good for
practice with realistic shapes; nothing about Korea may be concluded from it. No person in it exists:
registration numbers say so themselves, and serial numbers lie above those of the official file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from medai_lab.centres import CENTRES, PLAIN, Centre, apply_differences, assign_centres
from medai_lab.columns import (
    CENTRE,
    EXAMINED,
    FIRST_AGE_CODE,
    HEADERS,
    LAST_AGE_CODE,
    OFFICIAL,
    OFFICIAL_COLUMNS,
    REGISTRATION,
)
from medai_lab.defects import KEY_COLUMNS, plant_defects
from medai_lab.draws import Draws
from medai_lab.population import draw_people

YEAR = 2025
SUNDAY = 6
FIRST_SERIAL = 90_000_001
"""The official file numbers its million people from 1."""
_CENTRES, _DAYS, _HABITS = range(21, 24)
# Assumed: screening crowds towards the end of the year.
_MONTHS = (6, 6, 7, 7, 8, 8, 8, 8, 9, 10, 11, 12)


@dataclass(frozen=True)
class Cohort:
    """`frame`: the table to work with. `key`: every planted mistake, one row each.

    Columns of `key`: row (number of the row in `frame`), registration, kind, column, shown, clean, action.
    Actions: restore (`clean` is what it should say), drop (a copy of row `clean`), keep (right, but a code).
    """

    frame: pd.DataFrame
    key: pd.DataFrame

    @property
    def official(self) -> pd.DataFrame:
        """The columns of the official file only, in its order."""
        return self.frame[[column for column in self.frame.columns if column in OFFICIAL_COLUMNS]]


def make_cohort(
    n: int = 2000,
    seed: int = 0,
    *,
    centres: Sequence[Centre] = CENTRES,
    defects: bool = True,
    bands: bool = True,
) -> Cohort:
    """Return a cohort of `n` fictional people; the same arguments give the same cohort again.

    가상의 수검자 `n`명으로 된 표와 정답표입니다. `defects=False`이면 심어 둔 오류가 없고, `centres=()`이면
    센터마다 다른 단위·장비·빈칸도 없습니다. 두 경우 모두 사람은 그대로입니다.

    Columns: centre, registration number and day of examination, then the columns of the official file with
    its codes. Heights and weights are lower ends of 5 cm and 5 kg bands and age is a 5-year code, as there;
    with `bands=False` the columns 나이 (years), 신장 (cm) and 체중 (kg) stand in their place. Random numbers
    come from numpy's PCG64 bit generator alone, whose stream numpy promises not to change.

    Raises:
        ValueError: `n` or `seed` is not a whole number from zero up.
    """
    for name, value in (("n", n), ("seed", seed)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise ValueError(
                f"{name}에는 0 이상의 정수를 넣으십시오. · {name} must be a whole number, zero or more."
            )
    n, seed = int(n), int(seed)
    centres = tuple(centres) or (PLAIN,)
    people = draw_people(n, seed)
    people["examined"] = _days(n, seed)
    people = people.sort_values("examined", kind="stable", ignore_index=True)
    age = people["age"].to_numpy()
    centre = assign_centres(age, centres, Draws(seed, _CENTRES).uniform(n))
    frame = _as_official(people, centre, centres)
    frame = apply_differences(frame, age, centre, centres, Draws(seed, _HABITS))
    if not bands:
        frame = _without_bands(frame, people)
    if not defects or n == 0:
        return Cohort(frame, pd.DataFrame(columns=list(KEY_COLUMNS)))
    return Cohort(*plant_defects(frame, seed))


def _days(n: int, seed: int) -> np.ndarray:
    """Return days of examination as text, Mondays to Saturdays."""
    start = date(YEAR, 1, 2)
    year = [start + timedelta(days=i) for i in range(364)]
    open_days = [day for day in year if day.weekday() != SUNDAY]
    texts = np.array([day.isoformat() for day in open_days], dtype="object")
    weights = np.array([_MONTHS[day.month - 1] for day in open_days])
    return texts[Draws(seed, _DAYS).choose(weights, n)]


def _as_official(people: pd.DataFrame, centre: np.ndarray, centres: Sequence[Centre]) -> pd.DataFrame:
    n = len(people)
    number = np.arange(n)
    known = {
        "year": np.full(n, YEAR),
        "serial": FIRST_SERIAL + number,
        "province": np.array([c.province for c in centres])[centre],
        "sex": np.where(people["sex"] == "M", 1, 2),
        "age_code": np.clip(people["age"] // 5 + 1, FIRST_AGE_CODE, LAST_AGE_CODE),
    }
    frame = pd.DataFrame(
        {
            CENTRE: np.array([c.id for c in centres], dtype="object")[centre],
            REGISTRATION: [f"가상-{i + 1:07d}" for i in number],
            EXAMINED: people["examined"],
        }
    )
    for column in OFFICIAL:
        values = known.get(column.short)
        if values is not None:
            frame[column.header] = values.astype("int64")
            continue
        values = people[column.short].to_numpy(dtype="float64")
        frame[column.header] = np.floor(values / column.band) * column.band if column.band else values
    return frame


def _without_bands(frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    exact = {
        HEADERS["age_code"]: ("나이", people["age"]),
        HEADERS["height_cm"]: ("신장", people["height_cm"]),
        HEADERS["weight_kg"]: ("체중", people["weight_kg"]),
    }
    out = frame.copy()
    for header, (_, values) in exact.items():
        out[header] = values
    return out.rename(columns={header: name for header, (name, _) in exact.items()})
