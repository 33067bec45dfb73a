"""Public data sets that some notebooks bring along, each with its source and terms of use.

Knows the files of `course/data` and finds them in the package, beside the notebook or at a given path; must
not download anything. Only notebooks that name a data set have it, so that other downloads stay small.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from medai_lab.labels import t

PACKAGE_DATA = Path(__file__).with_name("data")
SOURCES_FILE = PACKAGE_DATA / "sources.json"


class DataMissingError(FileNotFoundError):
    """This notebook was not given the data set."""


@dataclass(frozen=True)
class Source:
    """Where a data set comes from: title, how to cite it, licence, what was changed, what it is not for."""

    file: str
    title: str
    cite: str
    licence: str
    changed: str
    caution: str


@dataclass(frozen=True)
class ChestImages:
    """Greyscale chest X-rays of children, 28 by 28 pixels (0 to 255), and labels: 1 pneumonia, 0 normal."""

    train: np.ndarray
    train_labels: np.ndarray
    validation: np.ndarray
    validation_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def source(name: str) -> Source:
    """Return the source of "nhanes", "turnaround", "chest" or "screening", in the language of the run.

    자료의 출처, 이용 조건, 고친 점, 주의할 점을 돌려줍니다. 보고서에 자료를 쓸 때 함께 적습니다.
    """
    sources = json.loads(SOURCES_FILE.read_text(encoding="utf-8"))
    if name not in sources:
        names = ", ".join(sorted(sources))
        raise LookupError(
            f"'{name}' 자료가 없습니다. 있는 자료: {names} · There is no '{name}'. There are: {names}"
        )
    entry = sources[name]
    texts = {part: t(**entry[part]) for part in ("title", "licence", "changed", "caution")}
    return Source(file=entry["file"], cite=entry["cite"], **texts)


_NHANES_NAMES = {
    "SEQN": "seqn",
    "Gender": "sex",
    "AgeInYearsAtScreening": "age",
    "RacehispanicOriginWNhAsian": "race",
    "WeightKg": "weight_kg",
    "StandingHeightCm": "height_cm",
    "BodyMassIndexKgm2": "bmi",
    "WaistCircumferenceCm": "waist_cm",
    "60SecPulse30SecPulse2": "pulse",
    "TotalCholesterolMgdl": "total_cholesterol",
    "DirectHdlcholesterolMgdl": "hdl",
    "Glycohemoglobin": "hba1c",
    "DoctorToldYouHaveDiabetes": "told_diabetes",
    "SmokedAtLeast100CigarettesInLife": "smoked_100",
    "DoYouNowSmokeCigarettes": "smokes_now",
}
_PRESSURES = {"sbp": "SystolicBloodPres{}RdgMmHg", "dbp": "DiastolicBloodPres{}RdgMmHg"}
_READINGS = ("1St", "2Nd", "3Rd")


def read_nhanes(path: str | Path | None = None) -> pd.DataFrame:
    """Return adults of the US survey NHANES 2017–2018, one row per person; common columns have short names.

    미국 건강영양조사의 20세 이상 성인입니다. 표본 가중치가 없으므로 미국 전체를 추정할 수 없습니다.
    sex is "M" or "F"; sbp and dbp (mmHg) are means of the readings that a person has. Other columns keep
    their names; their meaning stands in the codebook beside the data.
    """
    frame = pd.read_csv(find_data("nhanes", path)).rename(columns=_NHANES_NAMES)
    frame["sex"] = frame["sex"].map({"Male": "M", "Female": "F"})
    for name, pattern in _PRESSURES.items():
        readings = frame[[pattern.format(number) for number in _READINGS]]
        frame[name] = readings.where(readings > 0).mean(axis=1).round(0)  # 0 means: not heard
    return frame


def read_turnaround(path: str | Path | None = None) -> pd.DataFrame:
    """Return a hospital laboratory's log of 2020: one row per test, with hours between its steps.

    검사실 소요 시간 기록입니다. col_rec_tat는 채취에서 접수까지, rec_ver_tat는 접수에서 확인까지 걸린
    시간(시간 단위)입니다. 음수 하나와 1,000시간이 넘는 값 셋은 원래 자료에 있던 것입니다.
    """
    return pd.read_csv(find_data("turnaround", path))


def read_chest_images(path: str | Path | None = None) -> ChestImages:
    """Return the small set of chest X-rays, already divided into training, validation and test images.

    소아 흉부 X선 영상을 아주 작게 줄인 자료입니다. 진료에 쓰려고 만든 자료가 아닙니다.
    """
    with np.load(find_data("chest", path), allow_pickle=False) as arrays:
        parts = [
            arrays[f"{part}_{kind}"] for part in ("train", "val", "test") for kind in ("images", "labels")
        ]
    return ChestImages(*parts)


def read_codebook(name: str) -> pd.DataFrame:
    """Return what the columns of "nhanes" or "turnaround" mean (in English, as published).

    자료의 열이 무엇을 뜻하는지 적은 표입니다.
    """
    return pd.read_csv(find_data(name, None, part="codebook"))


def find_data(name: str, path: str | Path | None, part: str = "file") -> Path:
    """Return where a data set of `sources.json` stands: at `path`, in the package or beside the notebook."""
    entries = json.loads(SOURCES_FILE.read_text(encoding="utf-8"))
    if part not in entries.get(name, {}):
        known = ", ".join(sorted(key for key, entry in entries.items() if part in entry))
        raise LookupError(f"이 표가 있는 자료: {known} · Data sets that have this table: {known}")
    file = entries[name][part]
    places = [Path(path)] if path else [PACKAGE_DATA / file, Path(file), Path("data") / file]
    for place in places:
        if place.is_file():
            return place
    raise DataMissingError(
        f"{places[0].name} 파일이 없습니다. 이 자료를 쓰는 노트북을 과정 사이트에서 다시 내려받거나, 파일을 "
        f"노트북 옆에 두십시오. · {places[0].name} is not here. Download the notebook that uses it from the "
        "course site again, or put the file beside the notebook."
    )
