"""Small changes to code: what every operator makes of it, and what no operator touches."""

from __future__ import annotations

import ast

import pytest

from grader.authoring.mutation import ARITHMETIC, COMPARISONS, OPERATORS, TABLE_VALUES, find_changes


def changed(source: str, operator: str | None = None) -> list[str]:
    """Return what the operator, or all of them, make of a source."""
    found = sorted(find_changes(source), key=lambda change: (change.start, change.end))
    return [
        source[: one.start] + one.text + source[one.end :]
        for one in found
        if operator is None or one.operator == operator
    ]


EXAMPLES = [
    ("comparison", "x = a < b", ["x = a <= b", "x = a >= b"]),
    ("comparison", "x = a <= b", ["x = a < b", "x = a > b"]),
    ("comparison", "x = a > b", ["x = a >= b", "x = a <= b"]),
    ("comparison", "x = a >= b", ["x = a > b", "x = a < b"]),
    ("comparison", "x = a == b", ["x = a != b"]),
    ("comparison", "x = a != b", ["x = a == b"]),
    ("comparison", "x = a is b", ["x = a is not b"]),
    ("comparison", "x = a is not b", ["x = a is b"]),
    ("comparison", "x = a in b", ["x = a not in b"]),
    ("comparison", "x = a not  in b", ["x = a in b"]),
    ("comparison", "x = a < b < c",
     ["x = a <= b < c", "x = a >= b < c", "x = a < b <= c", "x = a < b >= c"]),
    ("comparison", "x = (a) < (b)", ["x = (a) <= (b)", "x = (a) >= (b)"]),
    ("arithmetic", "x = a + b", ["x = a - b"]),
    ("arithmetic", "x = a - -b", ["x = a + -b"]),
    ("arithmetic", "x = a * b", ["x = a / b"]),
    ("arithmetic", "x = a / b", ["x = a * b"]),
    ("arithmetic", "x = a // b", ["x = a / b"]),
    ("arithmetic", "x = a % b", ["x = a / b"]),
    ("arithmetic", "x = a ** b", ["x = a * b"]),
    ("arithmetic", "x = a & b | c", ["x = a | b | c", "x = a & b & c"]),
    ("arithmetic", "a += b", ["a -= b"]),
    ("sign", "x = f(-a)", ["x = f(+a)"]),
    ("sign", "x = f(~a)", ["x = f(a)"]),
    ("logic", "x = a and b or c", ["x = a or b or c", "x = a and b and c"]),
    ("logic", "x = a and b and c", ["x = a or b and c", "x = a and b or c"]),
    ("not", "x = f(not a)", ["x = f(a)"]),
    ("condition", "if a and b: f()", ["if not (a and b): f()"]),
    ("condition", "while f(a): g()", ["while not (f(a)): g()"]),
    ("condition", "x = a if f(b) else c", ["x = a if not (f(b)) else c"]),
    ("condition", "x = [a for a in b if c(a)]", ["x = [a for a in b if not (c(a))]"]),
    ("number", "a = 5", ["a = 6", "a = 4"]),
    ("number", "a = 2.0", ["a = 2.2", "a = 1.8"]),
    ("number", "a = 0.0", ["a = 1.0", "a = -1.0"]),
    ("number", "a = b - 0", ["a = b - 1", "a = b - (-1)"]),
    ("boolean", "a = True", ["a = False"]),
    ("boolean", "a = False", ["a = True"]),
    ("none", "def f():\n    return None, a", ["def f():\n    return False, a"]),
    ("string", 'a = "여"', ["a = 'XX여XX'"]),
    ("string", 'a = ""', ["a = 'XXXX'"]),
    ("string", "a = b'x'", ["a = b'XXxXX'"]),
    ("string", 'a = f"{b}%"', ['a = ("XX" + f"{b}%")']),
    ("slice", "a = b[c:d]", ["a = b[(c) + 1:d]", "a = b[c:(d) + 1]"]),
    ("call", "a = min(b, c)", ["a = max(b, c)"]),
    ("call", "a = b.max()", ["a = b.min()"]),
    ("call", "a = any(b)", ["a = all(b)"]),
    ("call", "a = b.mean()", ["a = b.median()"]),
    ("return", "def f():\n    return a", ["def f():\n    return None"]),
    ("statement", "a = b\nc = d", ["pass\nc = d", "a = b\npass"]),
    ("statement", "a += b", ["pass"]),
    ("statement", "raise a", ["pass"]),
    ("statement", "a.append(b)\nc = d", ["pass\nc = d", "a.append(b)\npass"]),
    ("loop", "for a in b: c(a)", ["for a in []: c(a)"]),
    ("loop", "for a in b: break", ["for a in []: break", "for a in b: continue"]),
    ("loop", "while a: continue", ["while a: break"]),
    ("exception", "try: a()\nexcept ValueError: b()", ["try: a()\nexcept NotImplementedError: b()"]),
    (
        "exception",
        "try: a()\nexcept (A, B): b()",
        ["try: a()\nexcept (NotImplementedError, B): b()", "try: a()\nexcept (A, NotImplementedError): b()"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "source", "expected"), EXAMPLES)
def test_what_an_operator_makes(operator: str, source: str, expected: list[str]) -> None:
    """Every operator makes the mistakes it is for, and no others."""
    assert changed(source, operator) == expected
    for text in expected:
        ast.parse(text)


def test_every_operator_has_an_example() -> None:
    """No kind of change goes untested, and none has an unknown name."""
    assert {operator for operator, _, _ in EXAMPLES} == set(OPERATORS)


def test_every_symbol_of_python_is_known() -> None:
    """No comparison or calculation that Python can write makes the search stumble."""
    assert set(ast.cmpop.__subclasses__()) == set(COMPARISONS)
    assert set(ast.operator.__subclasses__()) == set(ARITHMETIC)


@pytest.mark.parametrize(
    "source",
    [
        '"""What this is about: 18 or more."""',
        'def f():\n    """Returns True."""',
        'class A:\n    """One of 2."""',
        "import a.b as c",
        "from a import b",
        "a: list[3]",
        'print("text", 3)',
        'display("text")',
        "table.head(3)",  # shown below the cell
        "def f(a: Literal[3]) -> Literal[4]: ...",
        "@cache(3)\ndef f(): ...",
        "def f():\n    return",
    ],
)
def test_what_only_readers_see_stays(source: str) -> None:
    """Docstrings, annotations, decorators, imports and what is shown are no part of an answer."""
    assert changed(source) == []


def test_words_of_an_exception_stay() -> None:
    """That it is raised is tested; how it is worded is the author's own affair."""
    assert changed('raise ValueError("between 18 and 95")') == ["pass"]
    assert changed('a = t(ko="나이", en="age")') == ["pass"]


def test_a_condition_is_negated_once() -> None:
    """`not (a < b)` is `a >= b`, and `not (not a)` is `a`: two names for one mistake would count it twice."""
    assert changed("if a < b: f()", "condition") == []
    assert changed("if not a: f()", "condition") == []


def test_the_last_return_is_not_removed() -> None:
    """A function that ends returns None, which another operator makes of it already."""
    ends = "def f(a):\n    if a:\n        return b\n    else:\n        return c"
    assert changed(ends, "statement") == []
    goes_on = "def f(a):\n    if a:\n        return b\n    return c"
    assert changed(goes_on, "statement") == ["def f(a):\n    if a:\n        pass\n    return c"]
    in_a_loop = "def f(a):\n    for b in a:\n        return b"
    assert changed(in_a_loop, "statement") == ["def f(a):\n    for b in a:\n        pass"]


def test_none_stays_where_it_is_not_a_value() -> None:
    """What is compared with None, or passed on as None, says nothing about unknown and no."""
    assert changed("def f(a=None):\n    return a is None or g(None)", "none") == []


def test_each_value_of_a_table_changes_once() -> None:
    """A long literal would drown everything else; one change per value shows whether tests look at it."""
    assert changed("a = {1: 2, 3: 4}", "number") == [
        "a = {2: 2, 3: 4}", "a = {1: 3, 3: 4}", "a = {1: 2, 4: 4}", "a = {1: 2, 3: 5}",
    ]  # fmt: skip
    assert len(changed("a = [1, [-2, 3], 4]", "number")) == TABLE_VALUES
    assert len(changed("a = [1, 2, 3]", "number")) == 6  # too short for a table
    assert len(changed("a = [1, 2, 3, b]", "number")) == 6  # holds more than constants


def test_places_are_right_behind_korean_text() -> None:
    """Python's syntax tree counts bytes; a change after Korean text still stands where it should."""
    assert changed('가 = "나이" if 나 < 다 else 라', "comparison") == [
        '가 = "나이" if 나 <= 다 else 라',
        '가 = "나이" if 나 >= 다 else 라',
    ]


def test_comments_and_layout_stay() -> None:
    """Only the mistake differs, so that a survivor's line looks as in the sheet."""
    source = "a = (\n    b  # < first\n    # and then\n    < c\n)"
    assert changed(source, "comparison") == [source.replace("< c", "<= c"), source.replace("< c", ">= c")]
