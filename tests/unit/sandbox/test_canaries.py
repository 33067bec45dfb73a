"""Canaries: cells that look like a test and that no honest process gets through."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from grader.manifest.read import load_course
from grader.model.assignment import CellRole
from grader.sandbox.canaries import Probe, make_canaries, make_first_canary, make_near_canaries, mark_test

TESTS = [
    pytest.param("assert f(2) == 4, 'square: 제곱'", id="assert"),
    pytest.param("assert 4 == f(2)", id="expected-on-the-left"),
    pytest.param("x = f(2)\nassert x == 4 and f(3) == 9\nx", id="shows-its-last-value"),
    pytest.param("x = f(2); assert x == 4; x", id="on-one-line"),
    pytest.param("'''doc'''\nfrom __future__ import annotations\nassert f(1) == 1", id="future"),
    pytest.param("assert [f(n) for n in (1, 2)] == [\n    1,\n    4,\n]", id="many-lines"),
    pytest.param("assert '가나' == '가' + '나'; assert f(2) == 4", id="letters-of-several-bytes"),
    pytest.param("for n in range(3):\n    assert f(n) == n * n", id="loop"),
    pytest.param("@dec\ndef g(): return f(2)\nassert g() == 4", id="decorated"),
    pytest.param(
        "try:\n    f(None)\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError", id="raises"
    ),
    pytest.param("assert f(2) != 5\nassert not f(2) == 5", id="unequal"),
    pytest.param("f = 3\nassert f == 3", id="redefines"),
    pytest.param("f(2)", id="no-comparison"),
    pytest.param("assert_equal(f(2), 4)", id="function-of-a-test-library"),
    pytest.param("assert {1: f(2)} == {1: 4}\nassert f(2) == 4.0\nassert str(f(2)) == '4'", id="kinds"),
]


def run(probe: Probe) -> tuple[str, bool]:
    """Run a cell as a process does in which the answer is right: what it raised and what was marked."""
    reached: list[str] = []
    names: dict[str, Any] = {"f": lambda n: n * n, "dec": lambda f: f, probe.name or "_": reached.append}
    names["assert_equal"] = _assert_equal
    try:
        exec(compile(probe.source, "test", "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}", probe.token in reached
    return "", probe.token in reached


def _assert_equal(a: object, b: object) -> None:
    assert a == b


@pytest.mark.parametrize("source", TESTS)
def test_the_marked_test_is_the_test(source: str) -> None:
    """It passes where the test does and comes to its mark; nothing of its text is lost."""
    probe = mark_test(source)
    assert run(probe) == ("", True)
    assert probe.source.replace(f"{probe.name}('{probe.token}')", "").replace("; ", "").strip() in {
        source.replace("; ", "").strip(),
    }


@pytest.mark.parametrize("source", TESTS)
@pytest.mark.parametrize("seed", range(8))
def test_no_canary_survives_in_an_honest_process(source: str, seed: int) -> None:
    """Wherever the failure is put and whichever equality is chosen, it ends in an error."""
    canaries = make_canaries(source, random.Random(seed))
    assert canaries
    for canary in canaries:
        assert run(canary)[0].startswith("AssertionError"), canary.source


@pytest.mark.parametrize("source", TESTS)
@pytest.mark.parametrize("seed", range(8))
def test_near_canaries_fail_where_the_test_passes(source: str, seed: int) -> None:
    """They differ from the test in one number or text, which is near to the one that is right."""
    for canary in make_near_canaries(source, random.Random(seed)):
        assert run(canary)[0].startswith("AssertionError"), canary.source


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("assert f(2) == 4\nassert 'x' == f(1) and f(3) == 2.5", 3),
        ("for n in range(9): assert f(n) == 1", 0),
        ("assert f(2) == g(2)\nassert f(2) == True", 0),
        ("assert approx(f(2), abs=9) == 4\nassert_allclose(f(2), 4)", 0),
        ("assert f() == 1e999", 0),
        ("assert f() == ''\nassert f() == 0\nassert f() == -10**400\nassert f() == 1e300", 3),
        ("assert (", 0),
    ],
)
def test_near_canaries_stand_for_exact_equalities_alone(source: str, count: int) -> None:
    """What is near must be wrong: nothing with a tolerance, nothing that is worked out."""
    assert len(make_near_canaries(source, random.Random(1))) == count


def test_no_canary_survives_where_the_answer_is_wrong_either() -> None:
    """The honest learner who has not solved the task is no cheat."""
    for canary in make_canaries("assert f(2) == 5\nassert f(3) == 6", random.Random(1)):
        assert run(canary)[0].startswith("AssertionError")


@pytest.mark.parametrize("source", TESTS[:4])
def test_a_canary_survives_where_everything_is_equal(source: str) -> None:
    """An object that equals everything gets through the canary that asks for what cannot be."""

    class Same:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    canary = make_canaries(source, random.Random(2))[1]
    reached: list[str] = []
    exec(canary.source, {"f": lambda n: Same(), canary.name: reached.append})
    assert reached == [canary.token]


def test_the_first_canary_needs_and_leaves_nothing() -> None:
    """It says its word and defines no name."""
    canary = make_first_canary()
    names: dict[str, object] = {}
    with pytest.raises(AssertionError, match=f"^{canary.word}$"):
        exec(canary.source, names)
    assert set(names) == {"__builtins__"}


@pytest.mark.parametrize(
    ("source", "first_line"),
    [
        ("%matplotlib inline\nassert f(2) == 4", "%matplotlib inline"),
        ("%%time\nassert f(2) == 4", "%%time"),
        ("!ls\nassert f(2) == 4", "!ls"),
    ],
)
def test_magics_stay_what_they_are(source: str, first_line: str) -> None:
    """The mark stands after them; a magic of the whole cell stays the first line."""
    assert mark_test(source).source.startswith(f"{first_line}\n")
    for canary in make_canaries(source, random.Random(3)):
        lines = canary.source.split("\n")
        assert first_line in lines[:2]
        assert not first_line.startswith("%%") or lines[0] == first_line


@pytest.mark.parametrize("source", ["", "# nothing", "%%bash\nls", "x = !ls\nassert x", "assert ("])
def test_what_is_not_python_is_left_alone(source: str) -> None:
    """Without a syntax tree there is nothing to mark; the first canary remains."""
    assert mark_test(source) == Probe(source)
    assert make_canaries(source, random.Random(0)) == []


def test_nothing_in_a_canary_can_be_guessed() -> None:
    """Names, tokens and values are new every time."""
    made = [make_canaries("assert f(2) == 4", random.SystemRandom()) for _ in range(20)]
    sources = [canary.source for canaries in made for canary in canaries]
    assert len(set(sources)) == len(sources)
    assert len({make_first_canary().word for _ in range(20)}) == 20


def test_canaries_of_our_own_tests_are_python() -> None:
    """Every test cell of the course's assignments can be marked, and has canaries."""
    found = 0
    for content in load_course(Path(__file__).parents[3]).assignments.values():
        for cell in content.sheet.cells:
            if cell.role is CellRole.TEST:
                found += 1
                compile(mark_test(cell.source).source, "test", "exec")
                for canary in make_canaries(cell.source, random.Random(found)):
                    compile(canary.source, "canary", "exec")
    assert found > 20
