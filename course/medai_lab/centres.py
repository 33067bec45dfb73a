"""Eight fictional screening centres, and how each one's habits change what it writes down.

Knows the official headers, units and devices of the centres; must not know how people are drawn or which
single values are wrong. No centre here is a real one or a site of the programme: each has a region only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from medai_lab.columns import HEADERS
from medai_lab.draws import Draws
from medai_lab.labels import t

MG_PER_MMOL_GLUCOSE = 18.016
"""mg/dL of glucose in one mmol/L (molar mass 180.16 g/mol)."""
UMOL_PER_MG_CREATININE = 88.42
"""µmol/L of creatinine in one mg/dL (molar mass 113.12 g/mol)."""
FRIEDEWALD_LIMIT = 400
"""mg/dL of triglyceride from which LDL is not calculated from the other lipids."""


@dataclass(frozen=True)
class Difference:
    """One habit of a centre: `kind` is unit, device, missing or rounding; `columns` are short names.

    `change` takes true values, all columns of the same rows and a number between 0 and 1 per row, and returns
    what the centre writes down.
    """

    kind: str
    columns: tuple[str, ...]
    ko: str
    en: str
    change: Callable[[pd.Series, pd.DataFrame, np.ndarray], pd.Series]


@dataclass(frozen=True)
class Centre:
    """A fictional centre: its region's 시도코드, its share of all examinees, and how it differs.

    `older` above 0 draws older people than elsewhere, below 0 younger ones.
    """

    id: str
    ko: str
    en: str
    province: int
    share: float
    older: float = 0.0
    differences: tuple[Difference, ...] = ()

    @property
    def name(self) -> str:
        """The centre's name in the language of the run."""
        return t(ko=self.ko, en=self.en)


def _in_mmol(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return (values / MG_PER_MMOL_GLUCOSE).round(1)


def _in_umol(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return (values * UMOL_PER_MG_CREATININE).round(0)


def _reads_higher(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return (values + 0.2).round(1)


def _reads_lower(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return (values - 0.4).round(1)


def _to_tens(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return values.where(u >= 0.6, (values / 10).round(0) * 10)


def _not_measured(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return values.mask(u < 0.15)


def _not_calculated(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    return values.mask(rows[HEADERS["triglyceride"]] >= FRIEDEWALD_LIMIT)


def _every_four_years(values: pd.Series, rows: pd.DataFrame, u: np.ndarray) -> pd.Series:
    """National screening pays for lipids every four years, in men from 24 and women from 40."""
    youngest = np.where(rows[HEADERS["sex"]] == 1, 24, 40)
    # The same number decides for all four lipids: they are measured together or not at all.
    return values.where((rows["_age"] >= youngest) & (u < 0.25))


CENTRES: tuple[Centre, ...] = (
    Centre("gaon", "가온센터", "Gaon Centre", 11, 0.18),
    Centre(
        *("naru", "나루센터", "Naru Centre", 11, 0.14, -0.10),
        differences=(
            Difference(
                *("rounding", ("sbp", "dbp")),
                "혈압을 10단위로 적는 사람이 많습니다.",
                "Many blood pressures are written down to the nearest 10.",
                _to_tens,
            ),
        ),
    ),
    Centre(
        *("dasom", "다솜센터", "Dasom Centre", 11, 0.14, -0.05),
        differences=(
            Difference(
                *("device", ("hemoglobin",)),
                "혈색소가 다른 곳보다 0.4 g/dL 낮게 나오는 장비를 씁니다.",
                "The analyser reads haemoglobin 0.4 g/dL lower than elsewhere.",
                _reads_lower,
            ),
            Difference(
                *("missing", ("waist_cm",)),
                "허리둘레를 재지 않은 사람이 15%쯤 됩니다. 누구인지와는 관계가 없습니다.",
                "About 15% have no waist measured, whoever they are.",
                _not_measured,
            ),
        ),
    ),
    Centre(
        *("saebom", "새봄센터", "Saebom Centre", 41, 0.16),
        differences=(
            Difference(
                *("unit", ("fasting_glucose",)),
                "공복혈당을 mmol/L로 적습니다.",
                "Fasting glucose is written down in mmol/L.",
                _in_mmol,
            ),
        ),
    ),
    Centre(
        *("haneul", "하늘센터", "Haneul Centre", 27, 0.11, 0.05),
        differences=(
            Difference(
                *("device", ("creatinine",)),
                "크레아티닌이 다른 곳보다 0.2 mg/dL 높게 나오는 장비를 씁니다.",
                "The analyser reads creatinine 0.2 mg/dL higher than elsewhere.",
                _reads_higher,
            ),
        ),
    ),
    Centre(
        *("bada", "바다센터", "Bada Centre", 26, 0.11, 0.05),
        differences=(
            Difference(
                *("missing", ("ldl",)),
                "LDL 콜레스테롤을 계산으로 구하므로, 중성지방이 400 mg/dL 이상이면 비워 둡니다.",
                "LDL cholesterol is calculated, so it is blank when triglyceride is 400 mg/dL or more.",
                _not_calculated,
            ),
        ),
    ),
    Centre(
        *("deulkkot", "들꽃센터", "Deulkkot Centre", 29, 0.09, 0.10),
        differences=(
            Difference(
                *("missing", ("total_cholesterol", "hdl", "triglyceride", "ldl")),
                "지질 검사는 국가검진 주기가 돌아온 사람만 합니다. 남성 24세, 여성 40세부터 4년마다입니다.",
                "Lipids only when national screening pays: every 4 years, men from 24 and women from 40.",
                _every_four_years,
            ),
        ),
    ),
    Centre(
        *("oreum", "오름센터", "Oreum Centre", 49, 0.07, 0.15),
        differences=(
            Difference(
                *("unit", ("creatinine",)),
                "크레아티닌을 µmol/L로 적습니다.",
                "Creatinine is written down in µmol/L.",
                _in_umol,
            ),
        ),
    ),
)
PLAIN = Centre("plain", "가상센터", "Fictional Centre", 11, 1.0)
"""Used when no centres are asked for: everything in standard units, nothing missing."""


def assign_centres(age: np.ndarray, centres: Sequence[Centre], u: np.ndarray) -> np.ndarray:
    """Return each person's position in `centres`; who is older goes more often to the `older` centres."""
    decades = (np.minimum(age, 79) - 50) / 10
    weights = np.array([c.share for c in centres]) * np.exp(np.outer(decades, [c.older for c in centres]))
    edges = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    return np.minimum((u[:, None] >= edges).sum(axis=1), len(centres) - 1)


def apply_differences(
    frame: pd.DataFrame, age: np.ndarray, centre: np.ndarray, centres: Sequence[Centre], draws: Draws
) -> pd.DataFrame:
    """Return the frame as the centres write it down; `centre` holds each row's position in `centres`."""
    out = frame.copy()
    rows = frame.assign(_age=age)
    for number, one in enumerate(centres):
        mine = centre == number
        for difference in one.differences:
            u = draws.uniform(len(frame))[mine]
            for name in difference.columns:
                header = HEADERS[name]
                out.loc[mine, header] = difference.change(frame.loc[mine, header], rows[mine], u)
    return out


def describe_centres(centres: Sequence[Centre] = CENTRES) -> pd.DataFrame:
    """Return one row per centre and difference: centre, kind, columns and an explanation.

    센터마다 무엇이 다른지 보여 주는 표입니다. 답이 들어 있으니 과제를 먼저 풀고 봅니다.
    """
    rows = [
        (one.id, one.name, d.kind, ", ".join(HEADERS[name] for name in d.columns), t(ko=d.ko, en=d.en))
        for one in centres
        for d in one.differences
    ]
    return pd.DataFrame(rows, columns=["centre", "name", "kind", "columns", "explanation"])
