"""Public data sets: found where they may lie, read as described, never without their source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import medai_lab
import numpy as np
import pytest
from medai_lab import (
    DataMissingError,
    public,
    read_chest_images,
    read_codebook,
    read_nhanes,
    read_turnaround,
    source,
)

DATA = Path(__file__).parents[3] / "course" / "data"
NAMES = (
    *("aci_bench", "chest", "documents", "guideline", "nhanes"),
    *("primock", "questions", "screening", "turnaround", "vectors"),
)


def test_nhanes() -> None:
    """Adults once each, short names, mean blood pressures; a pressure of 0 means that none was heard."""
    frame = read_nhanes(DATA / "us_nhanes_2017_2018_adults.csv")
    assert frame.shape == (5265, 51)
    assert frame["seqn"].is_unique
    assert set(frame["sex"]) == {"M", "F"}
    assert frame["age"].between(20, 80).all()
    assert frame["sbp"].dropna().between(70, 250).all()
    assert (frame["dbp"].dropna() > 0).all()
    assert frame["hba1c"].dropna().between(3, 20).all()


def test_turnaround() -> None:
    """The log comes with its own defects and without names."""
    frame = read_turnaround(DATA / "lab_covid_tat_15k.csv")
    assert frame.shape == (15524, 15)
    assert (frame["rec_ver_tat"] < 0).sum() == 1
    assert (frame["col_rec_tat"] > 1000).sum() == 3
    assert not [name for name in frame if "name" in name and name != "clinic_name"]


def test_chest_images() -> None:
    """Three parts of 28×28 pixels with labels 0 and 1; 3 images are in two parts, none of them in test."""
    images = read_chest_images(DATA / "pneumoniamnist_balanced_28px.npz")
    parts = {
        "train": (images.train, images.train_labels, 2428),
        "validation": (images.validation, images.validation_labels, 270),
        "test": (images.test, images.test_labels, 468),
    }
    own: dict[str, set[bytes]] = {}
    for part, (pixels, labels, n) in parts.items():
        assert pixels.shape == (n, 28, 28)
        assert pixels.dtype == np.uint8
        assert labels.shape == (n,)
        assert labels.mean() == pytest.approx(0.5, abs=0.005)
        own[part] = {image.tobytes() for image in pixels}
    assert not own["test"] & (own["train"] | own["validation"])
    assert len(own["train"] & own["validation"]) == 3  # said in the caution of `source("chest")`


def test_found_beside_the_notebook_and_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package first, then beside the notebook, then its folder `data`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(public, "PACKAGE_DATA", tmp_path / "package")
    name = "lab_covid_tat_15k.csv"
    with pytest.raises(DataMissingError, match=r"다시 내려받거나.* · .*Download the notebook"):
        read_turnaround()
    for place in (tmp_path / "data" / name, tmp_path / name, tmp_path / "package" / name):
        place.parent.mkdir(exist_ok=True)
        shutil.copy(DATA / name, place)
        assert len(read_turnaround()) == 15524
        place.unlink()
    with pytest.raises(DataMissingError, match=r"other\.csv"):
        read_turnaround(tmp_path / "other.csv")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_source_is_complete(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Title, citation, licence, changes and caution, in the language of the run."""
    monkeypatch.setenv("MEDAI_LANG", language)
    found = source(name)
    assert all([found.title, found.cite, found.licence, found.changed, found.caution])
    korean = any("가" <= letter <= "힣" for letter in found.caution)
    assert korean is (language == "ko")


def test_sources_name_files_that_exist() -> None:
    """And the list of sources is the list of data sets; an unknown name gets the list."""
    entries = json.loads(public.SOURCES_FILE.read_text(encoding="utf-8"))
    assert tuple(sorted(entries)) == NAMES
    for name, entry in entries.items():
        folder = public.PACKAGE_DATA if name == "screening" else DATA
        assert (folder / entry["file"]).is_file()
        assert entry["file"] in (DATA / "README.md").read_text(encoding="utf-8") or name == "screening"
    with pytest.raises(LookupError, match=r"aci_bench, chest.* · There is no 'x'"):
        source("x")


def test_what_every_trainee_downloads_stays_small() -> None:
    """The package that travels with every notebook is below 1.5 MB, its font included."""
    package = public.PACKAGE_DATA.parent
    size = sum(f.stat().st_size for f in package.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    assert size < 1_500_000


def test_codebooks_explain_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column of the log, most of the survey; other data sets have no such table."""
    monkeypatch.setattr(public, "PACKAGE_DATA", DATA)
    assert set(read_codebook("turnaround")["variable"]) == set(read_turnaround().columns)
    codes = read_codebook("nhanes")
    assert len(codes) > 40
    assert {"Variable", "EnglishText"} <= set(codes.columns)
    with pytest.raises(LookupError, match="nhanes, turnaround"):
        read_codebook("chest")


def test_every_reader_of_a_data_set_exists() -> None:
    """The names by which downloads are filled are functions of the package."""
    entries = json.loads(public.SOURCES_FILE.read_text(encoding="utf-8"))
    readers = {entry["reader"] for entry in entries.values() if "reader" in entry}
    assert {"read_nhanes", "read_documents", "read_vectors"} <= readers
    assert [reader for reader in readers if not callable(getattr(medai_lab, reader, None))] == []
