"""Mutants of a sheet's reference answers: which there are, and where."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.authoring.build import reference_answers
from grader.authoring.marks import Mark, drop_marks, drop_starters, marked_lines
from grader.authoring.mutants import MOST_MUTANTS, Mutant, draw_mutants, make_mutants
from grader.manifest.read import load_course
from grader.model.assignment import Sheet
from grader.model.content import AssignmentContent

ROOT = Path(__file__).parents[3]
OneCell = Callable[..., Sheet]
SHEETS = {name: content.sheet for name, content in load_course(ROOT).assignments.items()}

FUNCTION = '''def judge(value, limit=25):
    """Judges; 3 words."""
    given = value - 1
    ### BEGIN SOLUTION
    if value >= limit:  # 18 or more
        return "high"
    ### END SOLUTION
    #| return ...  # fill in 5
    return "low"'''


def test_only_the_solution_is_changed(one_cell: OneCell) -> None:
    """What the release gives away is not the learner's to get wrong: signature, docstring, lines around."""
    mutants = make_mutants(one_cell(FUNCTION, role="answer"))
    assert [(m.operator, m.before, m.after) for m in mutants] == [
        ("comparison", "if value >= limit: # 18 or more", "if value > limit: # 18 or more"),
        ("comparison", "if value >= limit: # 18 or more", "if value < limit: # 18 or more"),
        ("statement", 'return "high"', "pass"),
        ("return", 'return "high"', "return None"),
        ("string", 'return "high"', "return 'XXhighXX'"),
    ]
    assert [m.line for m in mutants] == [14, 14, 15, 15, 15]  # the cell begins at line 10
    assert len({m.id for m in mutants}) == 5
    assert mutants[1].id == "only:5:comparison-2"
    assert all("#|" not in m.source for m in mutants)


def test_without_marks_the_whole_cell_is_the_solution(one_cell: OneCell) -> None:
    """A release replaces such a cell entirely."""
    assert [m.after for m in make_mutants(one_cell("a = 3", role="answer"))] == ["pass", "a = 4", "a = 2"]


@pytest.mark.parametrize("role", ["code", "fixed", "test"])
def test_only_answers_have_mutants(one_cell: OneCell, role: str) -> None:
    """Tests and given code are not what tests are for."""
    assert make_mutants(one_cell("assert a == 3", role=role)) == []


def test_a_cell_that_does_not_parse_has_none(one_cell: OneCell) -> None:
    """Lint tells the author; nothing stumbles here."""
    assert make_mutants(one_cell("a = = 3", role="answer")) == []


def test_a_mistake_that_changes_nothing_is_left_out(one_cell: OneCell) -> None:
    """`return None` cannot become `return None`, and two ways to the same code are one mutant."""
    mutants = make_mutants(one_cell("def f(a):\n    if a:\n        return None\n    b(a)", role="answer"))
    assert [m.after for m in mutants] == ["if not (a):", "pass", "return False", "pass"]
    trees = [ast.dump(ast.parse(m.source)) for m in mutants]
    assert len(set(trees)) == len(trees)


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_mutants_of_the_course(name: str) -> None:
    """Each parses, differs from the reference and from the others, and changes a line of a solution."""
    sheet = SHEETS[name]
    cells, answers = {cell.id: cell for cell in sheet.cells}, reference_answers(sheet)
    mutants = make_mutants(sheet)
    assert len(mutants) >= 20
    assert {m.cell for m in mutants} == set(answers)
    seen = {(cell, ast.dump(ast.parse(source))) for cell, source in answers.items()}
    for mutant in mutants:
        made = mutant.cell, ast.dump(ast.parse(drop_marks(mutant.source)))
        assert made not in seen, mutant.id
        seen.add(made)
        cell = cells[mutant.cell]
        line = mutant.line - cell.line
        assert line in dict(marked_lines(cell.source, Mark.SOLUTION)), mutant.id
        assert mutant.before != mutant.after
    assert mutants == make_mutants(sheet)


def test_docstrings_of_the_course_stay() -> None:
    """In no mutant of any assignment has a docstring changed."""
    for sheet in SHEETS.values():
        answers = reference_answers(sheet)
        for mutant in make_mutants(sheet):
            assert docstrings(mutant.source) == docstrings(answers[mutant.cell]), mutant.id


def docstrings(source: str) -> list[str | None]:
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return [ast.get_docstring(node) for node in nodes]


names = st.sampled_from(["a", "나이", "b1"])
constants = st.sampled_from(['"여"', "2.5", "None", "True", "[]"])
atoms = st.one_of(names, constants, st.integers(-3, 300).map(str))
symbols = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", ">=", "==", "and", "or", "in", "is"])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, symbols, inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"(not {one})"),
        inner.map(lambda one: f"min({one}, -{one})"),
        st.tuples(inner, inner).map(lambda parts: f"{{'가': {parts[0]}, 'b': [{parts[1]}]}}"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"a[{parts[0]}:{parts[1]}]"),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(expressions, expressions)
def test_mutants_of_any_code_parse_and_differ(one: str, other: str) -> None:
    """Whatever the reference looks like, a mutant is Python, and not the reference."""
    body = [f"if {one}:", f"    return {other}", f"a = {one}", "return a"]
    source = "\n    ".join(["def f(a):", '"""Text with 3."""', *body])
    sheet = Sheet.model_validate({"cells": [{"id": "only", "role": "answer", "source": source, "line": 1}]})
    trees = [ast.dump(ast.parse(source))]
    for mutant in make_mutants(sheet):
        trees.append(ast.dump(ast.parse(mutant.source)))
        assert ast.get_docstring(ast.parse(mutant.source).body[0]) == "Text with 3."
    assert len(trees) > 4
    assert len(set(trees)) == len(trees)


def test_drawing_keeps_order_and_does_not_depend_on_chance() -> None:
    """Of too many mutants the same ones are drawn every time, spread over the sheet."""
    mutants = [Mutant(f"cell:{n}:number", "cell", n, "number", "a", "b", "a = 1") for n in range(1000)]
    drawn = draw_mutants(mutants)
    assert len(drawn) == MOST_MUTANTS
    assert drawn == draw_mutants(mutants)
    assert [m.line for m in drawn] == sorted(m.line for m in drawn)
    assert 120 < sum(m.line < 500 for m in drawn) < 280
    assert draw_mutants(mutants[:30]) == mutants[:30]
    # One mutant more elsewhere in the sheet pushes out at most one other.
    more = draw_mutants([*mutants, Mutant("new:1:number", "new", 1, "number", "a", "b", "a = 1")])
    assert len({m.id for m in drawn} - {m.id for m in more}) <= 1


def test_the_sample_keeps_its_starter_out(sample: AssignmentContent) -> None:
    """A mutant is handed in without the author's starting code."""
    mutants = make_mutants(sample.sheet)
    assert mutants
    cells = {cell.id: cell for cell in sample.sheet.cells}
    for mutant in mutants:
        lines = drop_starters(cells[mutant.cell].source).split("\n")
        assert len(set(lines) ^ set(mutant.source.split("\n"))) == 2
