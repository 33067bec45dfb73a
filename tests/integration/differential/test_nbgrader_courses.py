"""nbgrader's results and ours, side by side, for every notebook in nbgrader's own tests."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from differences import BOTH_REFUSE, DIFFERENCES, REASONS, RESULTS, differences_table, read_results, sum_up
from nbgrader_courses import COURSES, TIMEOUT_S, nbgrader_folder
from our_results import grade_course
from record_nbgrader import call
from write_docs import page_path, with_tables

pytestmark = pytest.mark.filterwarnings("default")  # nbgrader's and nbconvert's own


def test_every_notebook_of_nbgrader_takes_part() -> None:
    """All notebooks in the installed nbgrader's tests are graded, and the results are of this version."""
    root = nbgrader_folder()
    there = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("*.ipynb")}
    used = {
        path
        for course in COURSES.values()
        for files in (course.source, *course.submissions.values())
        for path in files.values()
        if path.startswith("tests/")
    }
    assert len(there) == 67
    assert used == there
    recorded = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert recorded["nbgrader"] == version("nbgrader")
    assert recorded["timeout_s"] == TIMEOUT_S
    assert recorded["courses"].keys() == COURSES.keys()


def test_the_list_of_differences_names_what_there_is() -> None:
    """Every entry belongs to a submission, and every reason is used."""
    keys = {f"{name}/{learner}" for name, course in COURSES.items() for learner in course.submissions}
    assert DIFFERENCES.keys() <= keys
    assert {reason for reason, _ in DIFFERENCES.values()} == REASONS.keys()
    assert set(BOTH_REFUSE) == {name for name, result in read_results().items() if result["refused"]}


@pytest.mark.parametrize("name", COURSES)
def test_ours_gives_what_nbgrader_gives(name: str, tmp_path: Path) -> None:
    """Cell by cell the score is nbgrader's, or the difference is listed; an entry that is none fails, too."""
    theirs = read_results()[name]
    ours, _ = grade_course(name, tmp_path)
    assert bool(ours["refused"]) == bool(theirs["refused"])
    assert ours["submissions"].keys() == theirs["submissions"].keys()
    for learner, theirs_here in theirs["submissions"].items():
        ours_here = ours["submissions"][learner]
        assert ours_here["cells"].keys() == theirs_here["cells"].keys()
        listed = DIFFERENCES.get(f"{name}/{learner}")
        assert (ours_here != theirs_here) == (listed is not None), (learner, theirs_here, ours_here)
        if listed is not None:
            assert sum_up(ours_here) == listed[1]


@pytest.mark.parametrize("name", ["apps-submitted", "test"])
def test_the_recorded_results_are_nbgraders(name: str, tmp_path: Path) -> None:
    """nbgrader, run here, gives what was recorded."""
    assert json.loads(call("--course", name, tmp_path)) == read_results()[name]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_tables_in_the_docs_are_current(language: str) -> None:
    """The page shows what `write_docs.py` writes."""
    text = page_path(language).read_text(encoding="utf-8")
    assert differences_table(language) in text
    assert with_tables(text, language) == text
