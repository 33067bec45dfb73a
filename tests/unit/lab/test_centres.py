"""Every centre differs as it says, and in nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from medai_lab import CENTRES, describe_centres, make_cohort
from medai_lab.centres import MG_PER_MMOL_GLUCOSE, UMOL_PER_MG_CREATININE
from medai_lab.columns import CENTRE, HEADERS

N, SEED = 8000, 2


@pytest.fixture(scope="module")
def pairs() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """Centre → its rows as written down, and the same people in standard units."""
    written = make_cohort(N, seed=SEED, defects=False).frame
    true = make_cohort(N, seed=SEED, centres=(), defects=False).frame
    return {c.id: (written[written[CENTRE] == c.id], true[written[CENTRE] == c.id]) for c in CENTRES}


def test_eight_centres_share_the_people(pairs: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """Each has about its share, a 시도코드 of its own, and a name in both languages."""
    assert len(CENTRES) == 8
    assert sum(c.share for c in CENTRES) == pytest.approx(1)
    for centre in CENTRES:
        rows = pairs[centre.id][0]
        assert len(rows) / N == pytest.approx(centre.share, abs=0.03)
        assert set(rows[HEADERS["province"]]) == {centre.province}
        assert centre.ko.endswith("센터")
        assert centre.en.endswith("Centre")


def test_a_centre_differs_only_where_it_says(pairs: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """Columns without a stated difference hold what everybody else would have written."""
    for centre in CENTRES:
        written, true = pairs[centre.id]
        stated = {HEADERS[name] for d in centre.differences for name in d.columns}
        stated |= {CENTRE, HEADERS["province"]}
        rest = [name for name in written if name not in stated]
        pd.testing.assert_frame_equal(written[rest], true[rest])
        for name in stated - {CENTRE, HEADERS["province"]}:
            assert not written[name].equals(true[name])
    assert len(describe_centres()) == sum(len(c.differences) for c in CENTRES) == 8


def test_units_and_devices(pairs: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """A unit multiplies, a device shifts."""

    def columns(centre: str, name: str) -> tuple[pd.Series, pd.Series]:
        written, true = pairs[centre]
        return written[HEADERS[name]], true[HEADERS[name]]

    written, true = columns("saebom", "fasting_glucose")
    assert np.allclose(written * MG_PER_MMOL_GLUCOSE, true, atol=0.05 * MG_PER_MMOL_GLUCOSE + 1e-6)
    assert written.max() < 40
    written, true = columns("oreum", "creatinine")
    assert np.allclose(written / UMOL_PER_MG_CREATININE, true, atol=0.01)
    written, true = columns("haneul", "creatinine")
    assert np.allclose(written - true, 0.2)
    written, true = columns("dasom", "hemoglobin")
    assert np.allclose(written - true, -0.4)
    written, true = columns("naru", "sbp")
    assert (written % 10 == 0).mean() > 0.6
    assert (written - true).abs().max() <= 5


def test_blanks_have_their_reasons(pairs: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """Waists are missing by chance, LDL by triglyceride, lipids by the screening interval."""
    waist = pairs["dasom"][0][HEADERS["waist_cm"]]
    assert waist.isna().mean() == pytest.approx(0.15, abs=0.04)
    written, true = pairs["bada"]
    high = true[HEADERS["triglyceride"]] >= 400
    assert high.any()
    assert written[HEADERS["ldl"]].isna().equals(high)
    written, true = pairs["deulkkot"]
    lipids = written[[HEADERS[name] for name in ("total_cholesterol", "hdl", "triglyceride", "ldl")]]
    blank = lipids.isna()
    assert blank.eq(blank.iloc[:, 0], axis=0).all().all()
    young_women = (true[HEADERS["sex"]] == 2) & (true[HEADERS["age_code"]] < 9)
    assert blank.iloc[:, 0][young_women].all()
    assert blank.iloc[:, 0][~young_women].mean() == pytest.approx(0.75, abs=0.08)


def test_some_centres_see_older_people(pairs: dict[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    """So that centres can only be compared within age bands."""
    age = {name: rows[0][HEADERS["age_code"]].mean() for name, rows in pairs.items()}
    assert age["oreum"] > age["gaon"] > age["naru"]


def test_centres_can_be_replaced() -> None:
    """An institute can name its own fictional centres."""
    assert set(make_cohort(100, centres=CENTRES[:2], defects=False).frame[CENTRE]) == {"gaon", "naru"}


def test_names_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table holds ids; names and explanations are in the language of the run."""
    monkeypatch.setenv("MEDAI_LANG", "en")
    assert CENTRES[0].name == "Gaon Centre"
    assert "mmol/L" in describe_centres().set_index("centre").loc["saebom", "explanation"]
    monkeypatch.setenv("MEDAI_LANG", "ko")
    assert CENTRES[0].name == "가온센터"
