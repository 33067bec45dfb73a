"""How like Korean general screening the fictional cohort is: `python benchmarks/cohort_realism.py --help`.

Compares the cohort, without centres and defects, with the published summaries in `course/data`, and measures
what a classifier can still tell apart. The summaries come from rows that are not here; whoever has the
official file can pass it with `--official`. Must not know how the cohort is drawn.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small trees lose more time waiting than counting

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "course" / "data"
sys.path.insert(0, str(ROOT / "course"))

from medai_lab.cohort import make_cohort  # noqa: E402  (found only through the line above)
from medai_lab.columns import HEADERS, age_of_code, in_short_names  # noqa: E402
from medai_lab.draws import normal_quantile  # noqa: E402
from medai_lab.official import read_official  # noqa: E402
from medai_lab.public import read_nhanes  # noqa: E402

LIMIT, ASKED = 0.1, 0.95
MOST_ROWS = 5000
"""Per table for the classifier; more changes the third digit only."""
NAMES = {
    "height": "height_cm", "weight": "weight_kg", "bmi": "bmi", "waistline": "waist_cm", "SBP": "sbp",
    "DBP": "dbp", "BLDS": "fasting_glucose", "tot_chole": "total_cholesterol", "HDL_chole": "hdl",
    "LDL_chole": "ldl", "triglyceride": "triglyceride", "hemoglobin": "hemoglobin",
    "serum_creatinine": "creatinine", "SGOT_AST": "ast", "SGOT_ALT": "alt", "gamma_GTP": "ggt",
}  # fmt: skip
KOREAN = {
    "mean": "평균", "SD": "표준편차", "median": "중앙값", "log mean": "로그 평균", "log SD": "로그 표준편차",
    "share": "비율", "rank correlation": "순위 상관", "all": "전체", "M": "남", "F": "여",
    "high_bp": "혈압 130/85 이상", "high_glucose": "혈당 100 이상", "abd_obesity": "복부비만",
    "high_tg": "중성지방 150 이상", "low_hdl": "낮은 HDL", "mets": "대사증후군", "smoke_never": "비흡연",
    "smoke_former": "과거 흡연", "smoke_current": "현재 흡연", "drinks": "음주", "hear_abnormal": "청력 이상",
    "urine_protein_ge2": "요단백 ± 이상", "bmi": "BMI", "age": "나이",
}  # fmt: skip
BODY = ["height_cm", "weight_kg", "waist_cm", "sbp", "dbp", "total_cholesterol", "hdl"]
BANDS = (20, 30, 40, 50, 60, 70)


# ---- agreement with the summaries


def prepare(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the official columns in short names, with age (5-year band), band (10-year) and bmi."""
    table = in_short_names(frame)
    table["age"] = table["age_code"].map(age_of_code)
    table["band"] = np.minimum(table["age"] // 10 * 10, 70)
    table["bmi"] = (table["weight_kg"] / (table["height_cm"] / 100) ** 2).round(1)
    return table


def compare_moments(table: pd.DataFrame, summaries: pd.DataFrame) -> pd.DataFrame:
    """Return one row per sex, age band, measure and statistic, with its standardised difference.

    Means, medians and log means differ in published standard deviations, standard deviations relative to
    the published one, shares in units of sqrt(p (1 - p)).
    """
    rows = []
    for _, target in summaries.iterrows():
        sex, band = target["sex"][0], int(target["age_band"][:2])
        mine = table[(table["sex"] == sex) & (table["band"] == band)]
        for source, name in NAMES.items():
            rows += [(sex, band, name, *part) for part in _moments(mine[name], target, source)]
        rows += [(sex, band, *part) for part in _shares(mine, target, male=sex == "M")]
    names = ["sex", "band", "measure", "statistic", "published", "cohort", "difference"]
    return pd.DataFrame(rows, columns=names)


def _moments(values: pd.Series, target: pd.Series, source: str) -> list[tuple[str, float, float, float]]:
    mean, sd, median = (float(target[f"{source}_{part}"]) for part in ("mean", "sd", "p50"))
    out = [
        ("mean", mean, values.mean(), (values.mean() - mean) / sd),
        ("SD", sd, values.std(), values.std() / sd - 1),
        ("median", median, values.median(), (values.median() - median) / sd),
    ]
    if f"{source}_logsd" in target:
        logs, mean, sd = (np.log(values), target[f"{source}_logmean"], target[f"{source}_logsd"])
        out.append(("log mean", mean, logs.mean(), (logs.mean() - mean) / sd))
        out.append(("log SD", sd, logs.std(), logs.std() / sd - 1))
    return out


def _shares(mine: pd.DataFrame, target: pd.Series, male: bool) -> list[tuple[str, str, float, float, float]]:
    parts = {
        "high_bp": (mine["sbp"] >= 130) | (mine["dbp"] >= 85),
        "high_glucose": mine["fasting_glucose"] >= 100,
        "abd_obesity": mine["waist_cm"] >= (90 if male else 85),
        "high_tg": mine["triglyceride"] >= 150,
        "low_hdl": mine["hdl"] < (40 if male else 50),
    }
    shares = parts | {
        "mets": sum(part.astype(int) for part in parts.values()) >= 3,
        "smoke_never": mine["smoking"] == 1,
        "smoke_former": mine["smoking"] == 2,
        "smoke_current": mine["smoking"] == 3,
        "drinks": mine["drinking"] == 1,
        "urine_protein_ge2": mine["urine_protein"] >= 2,
        "hear_abnormal": (mine["hearing_left"] == 2) | (mine["hearing_right"] == 2),
    }
    out = []
    for name, part in shares.items():
        p = float(target[name])
        out.append((name, "share", p, part.mean(), (part.mean() - p) / np.sqrt(p * (1 - p))))
    return out


def compare_ranks(table: pd.DataFrame, published: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per sex and pair of measures: Spearman's correlations and their difference."""
    rows = []
    for sex, matrix in published.items():
        names = [NAMES.get(name, name) for name in matrix.index]
        mine = table.loc[table["sex"] == sex, names].rank().corr().to_numpy()
        for i, first in enumerate(names):
            for j in range(i):
                theirs = float(matrix.iloc[i, j])
                pair = f"{names[j]} – {first}"
                rows.append((sex, 0, pair, "rank correlation", theirs, mine[i, j], mine[i, j] - theirs))
    return pd.DataFrame(
        rows, columns=["sex", "band", "measure", "statistic", "published", "cohort", "difference"]
    )


def agreement(cells: pd.DataFrame) -> pd.DataFrame:
    """Return per statistic: how many cells, the share below LIMIT, the median and the largest difference."""
    size = cells["difference"].abs()
    groups = size.groupby(cells["statistic"], sort=False)
    table = pd.DataFrame(
        {
            "cells": groups.size(),
            "below": groups.apply(lambda part: float((part < LIMIT).mean())),
            "middle": groups.median(),
            "largest": groups.max(),
        }
    )
    table.loc["all"] = [len(size), float((size < LIMIT).mean()), size.median(), size.max()]
    return table.astype({"cells": "int64"})


def was_fitted(cells: pd.DataFrame) -> pd.Series:
    """Return whether each cell's published figure was used to calibrate; the others agree on their own."""
    pair = cells["statistic"] == "rank correlation"
    derived = cells["measure"].str.contains("bmi|age|ldl", regex=True)
    own_ldl = (cells["measure"] == "ldl") & cells["statistic"].isin(["mean", "SD"])
    joint = cells["measure"].isin(["high_bp", "mets"])
    return ~(derived & ~own_ldl | joint) | (pair & ~derived)


# ---- what a classifier can still tell apart


@dataclass(frozen=True)
class Contest:
    """Two tables that a classifier was asked to tell apart, and the area under its ROC curve."""

    name: str
    ko: str
    en: str
    auc: float


def tell_apart(first: pd.DataFrame, second: pd.DataFrame, seed: int = 0) -> float:
    """Return the cross-validated AUC of boosted trees: 0.5 cannot tell the tables apart, 1 always can."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_score

    n = min(len(first), len(second), MOST_ROWS)
    both = pd.concat([first.sample(n, random_state=seed), second.sample(n, random_state=seed)])
    label = np.repeat([0, 1], n)
    model = HistGradientBoostingClassifier(max_iter=60, learning_rate=0.1, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(cross_val_score(model, both.to_numpy(), label, cv=3, scoring="roc_auc").mean())


def shuffle_within_cells(table: pd.DataFrame, columns: list[str], seed: int = 0) -> pd.DataFrame:
    """Return the table with each column shuffled by itself within sex and age band: no tie is left."""
    rng = np.random.default_rng(seed)
    out = table.copy()
    for places in table.groupby(["sex", "band"]).indices.values():
        for name in columns:
            out.iloc[places, out.columns.get_loc(name)] = table[name].to_numpy()[rng.permutation(places)]
    return out


def ranks_within_cells(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return each value's place (0 to 1) among people of the same sex and age band: levels are gone."""
    # Ties are broken by chance, or rounding alone would tell the tables apart.
    rng = np.random.default_rng(0)
    jitter = pd.DataFrame(rng.uniform(-1e-6, 1e-6, (len(table), len(columns))), table.index, columns)
    groups = (table[columns] + jitter).groupby([table["sex"], table["band"]])
    return (groups.rank() - 0.5) / groups.transform("size").to_numpy()[:, None]


def copy_by_method(table: pd.DataFrame, columns: list[str], seed: int = 0) -> pd.DataFrame:
    """Return as many made-up rows by the cohort's method: distributions per sex and band, a copula per sex.

    Where real rows are at hand, this shows what the method itself loses.
    """
    rng = np.random.default_rng(seed)
    scores = pd.DataFrame(
        normal_quantile(ranks_within_cells(table, columns).to_numpy()), table.index, columns
    )
    out = table.copy()
    for _, people in table.groupby("sex"):
        drawn = rng.multivariate_normal(np.zeros(len(columns)), scores.loc[people.index].corr(), len(people))
        for places in people.groupby("band").indices.values():
            index = people.index[places]
            for i, name in enumerate(columns):
                order = np.argsort(np.argsort(drawn[places, i]))
                out.loc[index, name] = np.sort(people.loc[index, name].to_numpy())[order]
    return out


def _nhanes() -> pd.DataFrame:
    table = read_nhanes(DATA / "us_nhanes_2017_2018_adults.csv")
    table = table.dropna(subset=[*BODY, "age", "sex"])
    table["band"] = np.minimum(table["age"] // 10 * 10, 70).astype(int)
    table["height_cm"] = table["height_cm"] // 5 * 5
    table["weight_kg"] = table["weight_kg"] // 5 * 5
    return table.reset_index(drop=True)


def run_contests(table: pd.DataFrame, official: pd.DataFrame | None = None) -> list[Contest]:
    """Measure how well a classifier tells the cohort from other tables, and how well it can at all."""
    lab = [*BODY, "fasting_glucose", "triglyceride", "ldl", "hemoglobin", "creatinine", "ast", "alt", "ggt"]
    other = prepare(make_cohort(len(table), seed=90, centres=(), defects=False).frame)
    american = _nhanes()
    asian = american["race"] == "Non-Hispanic Asian"
    table = table.sample(min(len(table), 12000), random_state=1)
    places = ranks_within_cells(american, BODY)
    out = [
        Contest("self", "같은 생성기, 다른 시드", "same generator, another seed",
                tell_apart(table[lab], other[lab])),
        Contest("shuffled", "성별·연령대 안에서 항목마다 따로 섞은 표",
                "each column shuffled by itself within sex and age band",
                tell_apart(table[lab], shuffle_within_cells(table, lab)[lab])),
        Contest("method", "NHANES의 실제 행과, 같은 방법으로 흉내 낸 NHANES",
                "real rows of NHANES against NHANES imitated by the same method",
                tell_apart(american[BODY], copy_by_method(american, BODY)[BODY])),
        Contest("nhanes", "미국 NHANES 2017–2018, 값 그대로", "US NHANES 2017–2018, values as they are",
                tell_apart(table[BODY], american[BODY])),
        Contest("nhanes-ranks", "미국 NHANES, 성별·연령대 안의 순위만",
                "US NHANES, only places within sex and age band",
                tell_apart(ranks_within_cells(table, BODY), places)),
        Contest("nhanes-itself", "NHANES 안에서 아시아계와 그 밖의 사람, 순위만",
                "within NHANES: Asian against other people, only places",
                tell_apart(ranks_within_cells(american[asian], BODY),
                           ranks_within_cells(american[~asian], BODY))),
    ]  # fmt: skip
    if official is not None:
        real = official[lab].dropna()
        out.append(
            Contest("official", "공단 공개 파일의 실제 행", "real rows of the official file",
                    tell_apart(table[lab], real))
        )  # fmt: skip
    return out


# ---- the report


def measure(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the cohort in short names and all cells of the comparison."""
    table = prepare(make_cohort(n, seed=seed, centres=(), defects=False).frame)
    summaries = pd.read_csv(DATA / "kr_nhis_marginals_sex_age.csv")
    published = {
        sex: pd.read_csv(DATA / f"kr_nhis_spearman_{name}.csv", index_col=0)
        for sex, name in (("M", "male"), ("F", "female"))
    }
    cells = [compare_moments(table, summaries), compare_ranks(table, published)]
    return table, pd.concat(cells, ignore_index=True)


def render(cells: pd.DataFrame, contests: list[Contest], n: int, korean: bool) -> str:
    """Return the report in Markdown."""
    lines = [
        f"가상 수검자 {n:,}명을 발표된 요약값과 견준 결과입니다."
        if korean
        else f"{n:,} fictional examinees against the published summaries.",
        "",
        *_agreement_lines(cells, korean),
        "",
        *_worst_lines(cells, korean),
        "",
        *_contest_lines(contests, korean),
    ]
    if all(contest.name != "official" for contest in contests):
        lines += ["", NOT_MEASURED[0 if korean else 1]]
    return "\n".join(lines) + "\n"


def _word(text: str, korean: bool) -> str:
    words = KOREAN | HEADERS if korean else {}
    return " – ".join(words.get(part, part) for part in text.split(" – "))


def _agreement_lines(cells: pd.DataFrame, korean: bool) -> list[str]:
    alone = agreement(cells[~was_fitted(cells)]).loc["all"]
    head = (
        "| 통계량 | 칸 | 표준화 차이 0.1 미만 | 중앙값 | 가장 큰 차이 |"
        if korean
        else "| Statistic | Cells | Difference below 0.1 | Median | Largest |"
    )
    rows = [
        f"| {_word(str(name), korean)} | {row.cells:.0f} | {row.below:.1%} "
        f"| {row.middle:.3f} | {row.largest:.3f} |"
        for name, row in agreement(cells).iterrows()
    ]
    note = (
        "맞출 때 쓰지 않은 칸(BMI, LDL의 얽힘, 나이와의 상관, 고혈압과 대사증후군 비율)만 보면 "
        f"{alone.cells:.0f}칸의 {alone.below:.1%}가 0.1 미만입니다."
        if korean
        else f"Of the {alone.cells:.0f} cells that were not used to calibrate (BMI, ties with LDL and age, "
        f"shares of high blood pressure and metabolic syndrome), {alone.below:.1%} are below 0.1."
    )
    return [head, "|---|---:|---:|---:|---:|", *rows, "", note]


def _worst_lines(cells: pd.DataFrame, korean: bool) -> list[str]:
    worst = cells.loc[cells["difference"].abs().sort_values(ascending=False).index].head(12)
    head = (
        ["가장 많이 어긋난 칸", "", "| 성별 | 연령대 | 항목 | 통계량 | 발표 | 가상 | 차이 |"]
        if korean
        else [
            "The cells that differ most",
            "",
            "| Sex | Band | Measure | Statistic | Published | Cohort | Difference |",
        ]
    )
    rows = []
    for row in worst.itertuples():
        names = [_word(row.sex, korean), str(row.band or "–")]
        names += [_word(row.measure, korean), _word(row.statistic, korean)]
        figures = [f"{row.published:.3f}", f"{row.cohort:.3f}", f"{row.difference:+.3f}"]
        rows.append(f"| {' | '.join([*names, *figures])} |")
    return [*head, "|---|---:|---|---|---:|---:|---:|", *rows]


def _contest_lines(contests: list[Contest], korean: bool) -> list[str]:
    head = (
        ["분류기가 구별하는 정도 (AUC, 0.5는 구별하지 못함)", "", "| 견준 표 | AUC |"]
        if korean
        else ["What a classifier tells apart (AUC, 0.5 is nothing)", "", "| Compared with | AUC |"]
    )
    rows = [f"| {contest.ko if korean else contest.en} | {contest.auc:.3f} |" for contest in contests]
    return [*head, "|---|---:|", *rows]


NOT_MEASURED = (
    "공단 파일의 실제 행은 이 저장소에 없으므로, 실제 행과 얼마나 구별되는지는 재지 않았습니다. 파일을 받은 "
    "기관에서는 `--official`로 잴 수 있습니다. 요약값이 맞는다는 것은 평균, 퍼짐, 순위 상관이 맞는다는 "
    "뜻입니다. 끝자리 버릇, 셋 이상 항목의 얽힘, 해마다의 변화까지 같다는 뜻은 아닙니다.",
    "Real rows of the official file are not in this repository, so how well the cohort can be told from them "
    "is not measured; an institution that has the file can measure it with `--official`. Agreeing summaries "
    "mean agreeing means, spreads and rank correlations. They do not mean equal digit habits, equal ties "
    "between three or more measures, or change over the years.",
)


def main() -> None:
    """Print the report; end with 1 when fewer cells agree than asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lang", choices=["ko", "en"], default="en")
    parser.add_argument("--official", type=Path, help="official file, as downloaded from data.go.kr")
    options = parser.parse_args()
    table, cells = measure(options.people, options.seed)
    official = prepare(read_official(options.official)) if options.official else None
    contests = run_contests(table, official)
    sys.stdout.write(render(cells, contests, options.people, options.lang == "ko"))
    if float((cells["difference"].abs() < LIMIT).mean()) < ASKED:
        sys.exit(1)


if __name__ == "__main__":
    main()
