"""Planted mistakes and their key: complete, exact, and out again without a trace."""

from __future__ import annotations

import pandas as pd
import pytest
from medai_lab import Cohort, describe_defects, make_cohort, undo_defects
from medai_lab.columns import EXAMINED, HEADERS, REGISTRATION
from medai_lab.defects import DROP, KEEP, KEY_COLUMNS, KINDS, RESTORE


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    """A cohort in which rare mistakes stand often enough."""
    return make_cohort(2000, seed=4)


@pytest.mark.parametrize(
    ("n", "seed", "bands"), [(2000, 4, True), (61, 0, True), (500, 9, False), (3, 1, True)]
)
def test_undoing_the_key_gives_the_clean_cohort(n: int, seed: int, bands: bool) -> None:
    """The key holds everything that was planted, and its clean values are right; the dirty table stays."""
    dirty = make_cohort(n, seed=seed, bands=bands)
    before = dirty.frame.copy()
    clean = make_cohort(n, seed=seed, bands=bands, defects=False).frame
    pd.testing.assert_frame_equal(undo_defects(dirty.frame, dirty.key), clean)
    pd.testing.assert_frame_equal(dirty.frame, before)


def test_the_key_lists_every_changed_cell_and_no_other(cohort: Cohort) -> None:
    """Cell by cell: what differs from the clean table is in the key with both values, and nothing else is."""
    clean = make_cohort(2000, seed=4, defects=False).frame
    dropped = set(cohort.key.loc[cohort.key["action"] == DROP, "row"])
    kept = cohort.frame.drop(index=list(dropped))
    old_row = dict(zip(kept.index, range(len(kept)), strict=True))
    listed = {(e.row, e.column): e for e in cohort.key.itertuples() if e.action == RESTORE}
    found = set()
    for column in clean.columns:
        shown, true = kept[column].reset_index(drop=True), clean[column]
        for place in (shown != true)[~(shown.isna() & true.isna())].pipe(lambda part: part[part]).index:
            row = kept.index[place]
            found.add((row, column))
            entry = listed[(row, column)]
            assert entry.clean == true[old_row[row]]
            assert entry.shown == shown[place] or (pd.isna(entry.shown) and pd.isna(shown[place]))
    assert found == set(listed)


def test_every_kind_is_planted_once_at_least() -> None:
    """Even a small table shows every kind, and each is explained."""
    kinds = set(make_cohort(61, seed=0).key["kind"])
    every = {kind.id for kind in KINDS}
    assert every - {"sight_code"} <= kinds  # nobody need be blind among 61 people
    assert set(describe_defects()["kind"]) == every
    assert describe_defects()["explanation"].str.len().min() > 5


def test_a_row_holds_one_kind(cohort: Cohort) -> None:
    """So that the right repair is never in doubt; a code that is right may stand beside anything."""
    kinds = cohort.key[cohort.key["action"] != KEEP].groupby("row")["kind"].nunique()
    assert (kinds == 1).all()
    assert tuple(cohort.key.columns) == KEY_COLUMNS
    shown = cohort.frame.loc[cohort.key["row"], REGISTRATION].reset_index(drop=True)
    assert shown.tolist() == cohort.key["registration"].tolist()


def entries(cohort: Cohort, kind: str) -> pd.DataFrame:
    part = cohort.key[cohort.key["kind"] == kind]
    assert len(part) > 0, kind
    return part


def test_duplicates_are_copies_further_down(cohort: Cohort) -> None:
    """A second row equals its original; a second registration differs in number and day alone."""
    for entry in entries(cohort, "duplicate_row").itertuples():
        assert entry.row > entry.clean
        assert cohort.frame.loc[entry.row].equals(cohort.frame.loc[entry.clean])
    for entry in entries(cohort, "duplicate_person").itertuples():
        first, second = cohort.frame.loc[entry.clean], cohort.frame.loc[entry.row]
        differ = [name for name in cohort.frame if first[name] != second[name] and pd.notna(first[name])]
        assert differ == [REGISTRATION, EXAMINED]
    numbers = cohort.frame[REGISTRATION].duplicated().sum()
    assert numbers == len(entries(cohort, "duplicate_row"))


def test_mistakes_are_of_their_kind(cohort: Cohort) -> None:
    """Each mistake can be seen for what it is."""
    frame = cohort.frame

    def shown(kind: str, column: str) -> pd.Series:
        part = entries(cohort, kind)
        rows = part.loc[part["column"] == HEADERS.get(column, column), "row"]
        return frame.loc[rows, HEADERS.get(column, column)]

    assert (shown("height_weight_swapped", "height_cm") < 130).all()
    assert (shown("height_weight_swapped", "weight_kg") > 130).all()
    assert (shown("waist_999", "waist_cm") == 999).all()
    assert (shown("decimal_point", "hemoglobin") > 40).all()
    assert (shown("digits_run_together", "hdl") > 1000).all()
    assert (shown("negative", "ggt") < 0).all()
    assert shown("other_unit", "total_cholesterol").between(1.5, 13).all()
    assert (shown("pressure_swapped", "sbp") < shown("pressure_swapped", "dbp")).all()
    days = shown("impossible_date", EXAMINED)
    parsed = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")
    assert (parsed.isna() | (parsed.dt.year != 2025)).all()
    assert (shown("sight_code", "sight_left") == 9.9).all()


def test_blanks_are_not_at_random() -> None:
    """Smokers leave smoking blank several times as often, which only the key can tell."""
    cohort = make_cohort(6000, seed=1)
    truth = entries(cohort, "not_at_random")["clean"].astype(int).value_counts()
    clean = make_cohort(6000, seed=1, defects=False).frame[HEADERS["smoking"]].value_counts()
    assert truth[3] / clean[3] > 4 * truth[1] / clean[1]


def test_without_mistakes_the_key_is_empty() -> None:
    """No mistakes, no entries, the same columns."""
    key = make_cohort(200, seed=4, defects=False).key
    assert len(key) == 0
    assert tuple(key.columns) == KEY_COLUMNS
