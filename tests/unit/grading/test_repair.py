"""Repair: the assignment with the trainee's answers in it, every change visible, doubt to a person."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.grading.blueprint import Blueprint, KeyKind, defined_names
from grader.grading.door import Opened, parse_notebook
from grader.grading.reasons import Reason, Refusal, RepairKind
from grader.grading.repair import GIVEN, OWN, Repaired, repair
from grader.model.content import AssignmentContent
from grader.text import Language

ORDER = ["setup", "bmi", "bmi-value", "bmi-missing", "label", "label-check", "desk"]


def put_right(notebook: dict[str, Any], blueprint: Blueprint) -> Repaired | Refusal:
    opened = parse_notebook(json.dumps(notebook).encode())
    assert isinstance(opened, Opened)
    return repair(opened.notebook, blueprint)


def repaired(notebook: dict[str, Any], blueprint: Blueprint) -> Repaired:
    done = put_right(notebook, blueprint)
    assert isinstance(done, Repaired), done
    return done


def kinds(done: Repaired) -> dict[RepairKind, tuple[str, ...]]:
    return {one.kind: one.cells for one in done.repairs}


def keys(done: Repaired) -> list[str]:
    return [cell["id"] for cell in done.notebook["cells"] if "nbgrader" in cell["metadata"]]


def source(done: Repaired, cell_id: str) -> str:
    return next(str(cell["source"]) for cell in done.notebook["cells"] if cell["id"] == cell_id)


def index_of(notebook: dict[str, Any], grade_id: str) -> int:
    return next(
        n
        for n, cell in enumerate(notebook["cells"])
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def test_good_work_needs_no_repair(full: dict[str, Any], blueprint: Blueprint) -> None:
    """A normal submission keeps its order; tests come from the instructor, answers from the trainee."""
    done = repaired(full, blueprint)
    assert done.repairs == ()
    assert keys(done) == ORDER
    assert "secret_height_column" in source(done, "bmi-value")
    assert source(done, "bmi").startswith("def bmi(cm, kg):")
    assert done.untouched == frozenset()
    assert [cell["id"] for cell in done.notebook["cells"] if cell["id"].startswith(OWN)] == []


def test_an_untouched_release_is_seen_as_such(release: dict[str, Any], blueprint: Blueprint) -> None:
    """What was handed in as released is known to hold no answers."""
    done = repaired(release, blueprint)
    assert done.untouched == {"bmi", "label", "desk"}
    assert done.repairs == ()


def test_the_english_release_is_the_same_assignment(content: AssignmentContent, blueprint: Blueprint) -> None:
    """The blueprint is made with the Korean release and fits the English one."""
    done = repaired(build_release(content.sheet, content.assignment, Language.EN), blueprint)
    assert done.repairs == ()
    assert [cell["id"] for cell in done.notebook["cells"] if cell["id"].startswith(OWN)] == []


def test_stripped_metadata_is_found_by_content(
    full: dict[str, Any], blueprint: Blueprint, stripped: Callable[..., dict[str, Any]]
) -> None:
    """Without labels and cell ids every cell is found again, the written answer by its place."""
    done = repaired(stripped(full), blueprint)
    assert keys(done) == ORDER
    assert kinds(done) == {RepairKind.METADATA: tuple(ORDER)}
    assert source(done, "desk") == "날마다 접수 명단을 정리합니다."
    assert source(done, "bmi") == repaired(full, blueprint).notebook["cells"][3]["source"]


def test_stripped_metadata_with_cell_ids_left(full: dict[str, Any], blueprint: Blueprint) -> None:
    """A tool that keeps cell ids leaves even rewritten answers findable."""
    bare = copy.deepcopy(full)
    for cell in bare["cells"]:
        cell["metadata"] = {}
    bare["cells"][index_of(full, "label")]["source"] = "print('something else altogether')"
    done = repaired(bare, blueprint)
    assert keys(done) == ORDER
    assert source(done, "label") == "print('something else altogether')"


def test_stripped_metadata_with_an_answer_that_names_nothing(
    full: dict[str, Any], blueprint: Blueprint, stripped: Callable[..., dict[str, Any]]
) -> None:
    """The only unknown code cell between two known ones is the answer."""
    bare = stripped(full)
    bare["cells"][index_of(full, "label")]["source"] = "'high'"
    assert source(repaired(bare, blueprint), "label") == "'high'"


def test_stripped_metadata_with_a_changed_test(
    full: dict[str, Any], blueprint: Blueprint, stripped: Callable[..., dict[str, Any]]
) -> None:
    """A test cell that was changed a little is recognised and restored."""
    bare = stripped(full)
    number = index_of(full, "bmi-value")
    bare["cells"][number]["source"] += "\nprint('ok')"
    done = repaired(bare, blueprint)
    assert keys(done) == ORDER
    assert kinds(done)[RepairKind.TEST_RESTORED] == ("bmi-value",)


def test_stripped_metadata_in_doubt_goes_to_a_person(
    full: dict[str, Any], blueprint: Blueprint, stripped: Callable[..., dict[str, Any]]
) -> None:
    """Two unknown code cells where one answer should be are not guessed at."""
    bare = stripped(full)
    number = index_of(full, "label")
    bare["cells"][number : number + 1] = [
        {"cell_type": "code", "id": "x", "metadata": {}, "source": "'high'"},
        {"cell_type": "code", "id": "y", "metadata": {}, "source": "'low'"},
    ]
    refusal = put_right(bare, blueprint)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.AMBIGUOUS
    assert "label" in refusal.detail


def test_a_copied_test_cell_counts_once(full: dict[str, Any], blueprint: Blueprint) -> None:
    """JupyterLab copies labels with cells; the copy adds nothing and the class goes on."""
    number = index_of(full, "bmi-value")
    full["cells"].insert(number + 1, {**copy.deepcopy(full["cells"][number]), "id": "copy"})
    done = repaired(full, blueprint)
    assert keys(done) == ORDER
    assert kinds(done) == {RepairKind.DUPLICATE: ("bmi-value",)}


def test_a_copied_test_cell_used_for_notes_stays_as_a_note(
    full: dict[str, Any], blueprint: Blueprint
) -> None:
    """A copy with other code in it runs, but as the trainee's own cell without points."""
    number = index_of(full, "bmi-value")
    full["cells"].insert(
        number + 1, {**copy.deepcopy(full["cells"][number]), "id": "copy", "source": "bmi(1, 2)"}
    )
    done = repaired(full, blueprint)
    own = [cell for cell in done.notebook["cells"] if cell["id"].startswith(OWN)]
    assert [(cell["source"], cell["metadata"]) for cell in own] == [("bmi(1, 2)", {})]


def test_a_copy_of_the_stub_does_not_undo_the_answer(
    full: dict[str, Any], release: dict[str, Any], blueprint: Blueprint
) -> None:
    """A leftover stub below the answer would define the function anew; it is left out."""
    number = index_of(full, "bmi")
    full["cells"].insert(number + 1, {**copy.deepcopy(release["cells"][number]), "id": "copy"})
    done = repaired(full, blueprint)
    assert kinds(done) == {RepairKind.DUPLICATE: ("bmi",)}
    assert "NotImplementedError" not in json.dumps(done.notebook)


def test_a_copied_answer_cell_used_to_try_things_is_no_second_answer(
    full: dict[str, Any], blueprint: Blueprint
) -> None:
    """Of two copies only the one that defines what is asked for is the answer."""
    number = index_of(full, "bmi")
    full["cells"].insert(
        number + 1, {**copy.deepcopy(full["cells"][number]), "id": "copy", "source": "bmi(170, 65)"}
    )
    done = repaired(full, blueprint)
    assert source(done, "bmi").startswith("def bmi")
    assert [cell["source"] for cell in done.notebook["cells"] if cell["id"].startswith(OWN)] == [
        "bmi(170, 65)"
    ]


def test_two_different_answers_go_to_a_person(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Nobody guesses which of two complete answers the trainee meant."""
    number = index_of(full, "bmi")
    other = "def bmi(cm, kg):\n    return 22.5"
    full["cells"].insert(number + 1, {**copy.deepcopy(full["cells"][number]), "id": "copy", "source": other})
    refusal = put_right(full, blueprint)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.AMBIGUOUS


def test_written_answers_in_two_cells_are_joined(full: dict[str, Any], blueprint: Blueprint) -> None:
    """A person reads written answers anyway, so both parts are put together, visibly."""
    number = index_of(full, "desk")
    full["cells"].append(
        {**copy.deepcopy(full["cells"][number]), "id": "copy", "source": "그리고 문자를 보냅니다."}
    )
    done = repaired(full, blueprint)
    assert kinds(done) == {RepairKind.MERGED: ("desk",)}
    assert source(done, "desk") == "날마다 접수 명단을 정리합니다.\n\n그리고 문자를 보냅니다."


def test_changed_tests_are_restored(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Softened tests, raised points and removed flags have no effect, and the change is shown."""
    for cell in full["cells"]:
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade_id") == "bmi-value":
            cell["source"] = "pass"
            meta |= {"points": 100, "grade": False, "solution": True, "locked": False}
    done = repaired(full, blueprint)
    made = next(cell for cell in done.notebook["cells"] if cell["id"] == "bmi-value")
    assert kinds(done) == {
        RepairKind.TEST_RESTORED: ("bmi-value",),
        RepairKind.RELABELLED: ("bmi-value",),
    }
    assert made["metadata"]["nbgrader"]["points"] == 3
    assert made["metadata"]["nbgrader"]["grade"] is True
    assert "secret_height_column" in made["source"]


def test_deleted_cells_come_back_in_place(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Deleted test and fixed cells are put back where they belong; deleted answers come back empty."""
    full["cells"] = [
        cell
        for cell in full["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") not in ("setup", "bmi-value", "label", "desk")
    ]
    done = repaired(full, blueprint)
    assert keys(done) == ORDER
    assert kinds(done) == {
        RepairKind.CELL_MISSING: ("setup", "bmi-value"),
        RepairKind.ANSWER_MISSING: ("label", "desk"),
    }
    assert done.missing == {"label", "desk"}
    given_cells = [cell["id"] for cell in done.notebook["cells"] if cell["id"].startswith(GIVEN)]
    assert len(given_cells) == 4


def test_an_answer_moved_to_a_new_cell_is_found(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Who deletes the answer cell and writes the function in a cell of their own has answered."""
    number = index_of(full, "bmi")
    full["cells"][number] = {
        "cell_type": "code",
        "id": "mine",
        "metadata": {},
        "source": "def bmi(cm, kg):\n    return 1",
    }
    done = repaired(full, blueprint)
    assert source(done, "bmi") == "def bmi(cm, kg):\n    return 1"
    assert kinds(done) == {RepairKind.METADATA: ("bmi",)}


def test_a_restored_test_runs_after_what_was_written_below_the_answer(
    full: dict[str, Any], blueprint: Blueprint
) -> None:
    """A deleted test is put back as late as possible, so that the trainee's own cells ran before."""
    number = index_of(full, "bmi-value")
    full["cells"][number] = {"cell_type": "code", "id": "mine", "metadata": {}, "source": "extra = 1"}
    done = repaired(full, blueprint)
    ids = [cell["id"] for cell in done.notebook["cells"]]
    own = next(n for n, cell in enumerate(done.notebook["cells"]) if cell["source"] == "extra = 1")
    assert ids.index("bmi") < own < ids.index("bmi-value") < ids.index("bmi-missing")


def test_cell_types_are_turned_back(full: dict[str, Any], blueprint: Blueprint) -> None:
    """An answer that became Markdown by a slip of a key is code again."""
    cell = full["cells"][index_of(full, "bmi")]
    cell["cell_type"] = "markdown"
    done = repaired(full, blueprint)
    made = next(cell for cell in done.notebook["cells"] if cell["id"] == "bmi")
    assert made["cell_type"] == "code"
    assert made["outputs"] == []
    assert kinds(done) == {RepairKind.TYPE_CHANGED: ("bmi",)}


def test_moved_cells_return_to_the_assignments_order(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Cells in another order are graded in the assignment's order, with what followed them."""
    full["cells"] = full["cells"][::-1]
    done = repaired(full, blueprint)
    assert keys(done) == ORDER
    assert RepairKind.ORDER in kinds(done)


def test_another_assignment_is_recognised(
    full: dict[str, Any], blueprint: Blueprint, stripped: Callable[..., dict[str, Any]]
) -> None:
    """By what the notebook says of itself, or because none of our cells is in it."""
    labelled = copy.deepcopy(full)
    labelled["metadata"]["medai"]["assignment"] = "e3-judgements"
    foreign = stripped(full)
    foreign["cells"] = [{"cell_type": "code", "id": "a", "metadata": {}, "source": "print(1)"}]
    empty = {**stripped(full), "cells": []}
    for notebook in (labelled, foreign, empty):
        refusal = put_right(notebook, blueprint)
        assert isinstance(refusal, Refusal)
        assert refusal.reason is Reason.OTHER_ASSIGNMENT


def test_hostile_labels_and_ids_do_no_harm(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Ids and labels of all shapes, even those of graded cells, never reach a cell of the trainee's."""
    extra = [
        {"cell_type": "code", "id": "bmi-value", "metadata": {}, "source": "a = 1"},
        {
            "cell_type": "code",
            "id": "own-1",
            "metadata": {"nbgrader": {"grade_id": ["x"]}},
            "source": "b = 1",
        },
        {
            "cell_type": "code",
            "id": "",
            "metadata": {"nbgrader": {"grade": True, "grade_id": "new"}},
            "source": "c",
        },
        {"cell_type": "raw", "id": "r", "metadata": {"nbgrader": []}, "source": "<script>"},
    ]
    full["cells"] += extra
    done = repaired(full, blueprint)
    ids = [cell["id"] for cell in done.notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert keys(done) == ORDER
    assert all(not cell["metadata"] for cell in done.notebook["cells"] if cell["id"] not in ORDER)


def test_the_blueprint_knows_what_is_hidden(blueprint: Blueprint) -> None:
    """Hidden lines are those that the release does not show; stubs and marks are none."""
    assert blueprint.hidden_lines == {
        "secret_height_column = [(163.0, 47.5)]",
        "assert all(abs(bmi(c, k) - k / (c / 100) ** 2) < 0.01 for c, k in secret_height_column), "
        '"formula: 몸무게를 키의 제곱으로 나누었는지 보십시오. · '
        'See whether weight is divided by the square of height."',
        'assert bmi(None, 77.125) is None, "missing-value: 값이 없으면 None을 돌려주십시오. · '
        'Return None when a value is missing."',
        'assert label_of_26 == "high", "label-wrong: 구분 이름을 다시 보십시오. · Look at the label again."',
    }


def test_defined_names_of_broken_code() -> None:
    """Names are found in code that does not parse, and only at the top level."""
    code = "def one(:\n    inner = 1\nclass Two\nthree = (\nfour: int = 4\nfive == 5\nasync def six(): pass"
    assert defined_names(code) == {"one", "Two", "three", "four", "six"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_handed_in_is_graded_or_refused(
    data: st.DataObject, content: AssignmentContent, blueprint: Blueprint
) -> None:
    """Any shuffling, copying, deleting and stripping gives a sound notebook or a reason, never an error."""
    release = build_release(content.sheet, content.assignment, Language.KO)
    notebook = fill_release(release, reference_answers(content.sheet), {"desk": "글"})
    numbers = st.integers(0, len(notebook["cells"]) - 1)
    chosen = data.draw(st.lists(numbers, max_size=25))
    cells = [copy.deepcopy(notebook["cells"][number]) for number in chosen]
    for cell in cells:
        if data.draw(st.booleans()):
            cell["metadata"] = {}
        if data.draw(st.booleans()):
            cell["id"] = data.draw(st.sampled_from(["", "x", "own-1", "bmi"]))
        if data.draw(st.booleans()):
            cell["source"] += data.draw(st.sampled_from(["\n1", "\ndef bmi(): pass", "글", "\x00"]))
        if data.draw(st.booleans()):
            cell["cell_type"] = data.draw(st.sampled_from(["code", "markdown", "raw"]))
    done = put_right({**notebook, "cells": cells}, blueprint)
    if isinstance(done, Refusal):
        assert done.reason in (Reason.AMBIGUOUS, Reason.OTHER_ASSIGNMENT)
        return
    assert keys(done) == ORDER
    ids = [cell["id"] for cell in done.notebook["cells"]]
    assert len(ids) == len(set(ids))
    for key in blueprint.keys:
        made = next(cell for cell in done.notebook["cells"] if cell["id"] == key.grade_id)
        assert made["cell_type"] == key.cell_type
        assert made["metadata"]["nbgrader"] == dict(key.metadata)
        if key.kind in (KeyKind.TEST, KeyKind.FIXED):
            assert made["source"] == key.source
