"""Releases and sources: what trainees, nbgrader and the other language get."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from grader.authoring.build import build_release, build_source, list_source_cells, reference_answers
from grader.authoring.fill import fill_release
from grader.model.content import AssignmentContent
from grader.text import Language

Notebook = dict


@pytest.fixture(scope="module")
def releases(sample: AssignmentContent) -> dict[Language, Notebook]:
    return {language: build_release(sample.sheet, sample.assignment, language) for language in Language}


def kept_by_nbgrader(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]


def test_both_releases_have_the_same_graded_cells(releases: dict[Language, Notebook]) -> None:
    """Grades do not depend on the language; every code cell is the same too."""
    korean, english = releases[Language.KO], releases[Language.EN]
    assert kept_by_nbgrader(korean) == kept_by_nbgrader(english)
    assert [c for c in korean["cells"] if c["cell_type"] == "code"] == [
        c for c in english["cells"] if c["cell_type"] == "code"
    ]
    assert len(korean["cells"]) == len(english["cells"])


def test_a_release_speaks_one_language(releases: dict[Language, Notebook]) -> None:
    """Prose of the other language is left out, and the notebook says what it is."""
    for language, notebook in releases.items():
        ids = [cell["id"] for cell in notebook["cells"]]
        assert f"intro_{language}" in ids
        assert f"intro_{language.other}" not in ids
        assert notebook["metadata"]["medai"] == {"assignment": "sample", "revision": 3, "language": language}


def test_the_source_holds_everything(sample: AssignmentContent) -> None:
    """Both languages, reference answers and hidden tests; no starter lines and no checksums yet."""
    source = build_source(sample.sheet, sample.assignment)
    texts = "\n".join(cell["source"] for cell in source["cells"])
    assert len(source["cells"]) == len(sample.sheet.cells)
    assert "limit = 25" in texts
    assert "(182, 79, 23.8)" in texts
    assert "#|" not in texts
    assert source["metadata"]["medai"] == {"assignment": "sample", "revision": 3}


def test_notebooks_are_valid(sample: AssignmentContent, releases: dict[Language, Notebook]) -> None:
    """nbformat and nbgrader accept what is built."""
    for notebook in (build_source(sample.sheet, sample.assignment), *releases.values()):
        node = nbformat.from_dict(notebook)
        nbformat.validate(node)
        MetadataValidator().validate_nb(node)


def test_cell_ids_are_stable_and_unique(
    sample: AssignmentContent, releases: dict[Language, Notebook]
) -> None:
    """Building twice gives the same; a cell has one id in the source and in every release."""
    assert build_release(sample.sheet, sample.assignment, Language.KO) == releases[Language.KO]
    source_ids = [cell["id"] for cell in build_source(sample.sheet, sample.assignment)["cells"]]
    assert len(set(source_ids)) == len(source_ids)
    for notebook in releases.values():
        assert {cell["id"] for cell in notebook["cells"]} <= set(source_ids)


def test_anchors_do_not_show_in_notebooks(releases: dict[Language, Notebook]) -> None:
    """`{#anchor}` is for pages; within code it is the author's text."""
    intro = releases[Language.KO]["cells"][0]["source"]
    assert intro.startswith("## 체질량지수\n")
    assert "그대로 둡니다 {#not-an-anchor}" in intro


def test_the_gradebook_gets_hidden_tests_but_no_solutions(sample: AssignmentContent) -> None:
    """What nbgrader restores before grading: tests whole, answers as released."""
    cells = {cell.name: cell for cell in list_source_cells(sample.sheet, sample.assignment)}
    assert list(cells) == [
        "people", "limit", "limit-test", "bmi", "bmi-value-test", "bmi-missing-test", "letter",
    ]  # fmt: skip
    assert "BEGIN HIDDEN TESTS" in cells["bmi-value-test"].source
    assert "raise NotImplementedError()" in cells["bmi"].source
    assert [name for name, cell in cells.items() if cell.locked] == [
        "people", "limit-test", "bmi-value-test", "bmi-missing-test",
    ]  # fmt: skip
    assert {name: cell.points for name, cell in cells.items() if cell.grade} == {
        "limit-test": 1.0, "bmi-value-test": 2.0, "bmi-missing-test": 1.0, "letter": 6.0,
    }  # fmt: skip


def test_reference_answers_are_plain_code(sample: AssignmentContent) -> None:
    """Answer cell id to code, as a trainee with the right answer would hand it in."""
    answers = reference_answers(sample.sheet)
    assert answers["limit"] == "limit = 25"
    assert answers["bmi"].endswith("    return round(kg / (cm / 100) ** 2, 1)")
    assert list(answers) == ["limit", "bmi"]


def test_a_filled_release_differs_in_the_filled_cells_only(releases: dict[Language, Notebook]) -> None:
    """The release itself stays as it was."""
    release = releases[Language.EN]
    before = nbformat.from_dict(release).copy()
    filled = fill_release(release, {"limit": "limit = 3"}, {"letter": "Dear examinee"})
    changed = [
        new["id"] for old, new in zip(release["cells"], filled["cells"], strict=True) if old != new
    ]  # fmt: skip
    assert changed == ["limit", "letter"]
    assert nbformat.from_dict(release) == before


@pytest.mark.parametrize(
    ("answers", "written"), [({"letter": "x"}, {}), ({}, {"bmi": "x"}), ({"look": "x"}, {})]
)
def test_filling_a_cell_that_is_not_there_is_an_error(
    answers: dict[str, str], written: dict[str, str], releases: dict[Language, Notebook]
) -> None:
    """Code goes into answer cells, text into manual ones."""
    with pytest.raises(KeyError):
        fill_release(releases[Language.KO], answers, written)


def test_a_cell_that_may_fail_is_tagged(one_cell: Callable, sample: AssignmentContent) -> None:
    """Notebook tools let tagged cells end in an error."""
    sheet = one_cell("1 / 0", role="code", raises=True)
    (cell,) = build_release(sheet, sample.assignment, Language.KO)["cells"]
    assert cell["metadata"] == {"tags": ["raises-exception"]}
