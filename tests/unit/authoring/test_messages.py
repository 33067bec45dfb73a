"""Message ids in asserts become texts, and nothing else in a cell changes."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.authoring.messages import expand_messages, find_asserts, read_message_id, write_message
from grader.text import LocalText

MESSAGES = {
    "a-b": LocalText(ko="값을 확인하십시오.", en="Check the value."),
    "quoted": LocalText(ko='"따옴표"와 \\ 기호', en="line\nbreak 'and' {braces} %s"),
}
A_B = '"a-b: 값을 확인하십시오. · Check the value."'


TEXTS = st.text(min_size=1).filter(str.strip)


@pytest.mark.parametrize(
    ("source", "expanded"),
    [
        ('assert x, "a-b"', f"assert x, {A_B}"),
        ("assert x, 'a-b'", f"assert x, {A_B}"),
        ('assert x, ("a-b")', f"assert x, ({A_B})"),
        ('assert x, ("a-"\n  "b")  # 끝', f"assert x, ({A_B})  # 끝"),
        ('assert x, """a-b"""', f"assert x, {A_B}"),
        ('assert x == "값", "a-b"; y = "a-b"', f'assert x == "값", {A_B}; y = "a-b"'),
        ('for x in "a-b":\n    assert x, "a-b"', f'for x in "a-b":\n    assert x, {A_B}'),
        ('assert x, "a-b"\nassert y, "a-b"', f"assert x, {A_B}\nassert y, {A_B}"),
        ('# assert x, "a-b"\n"assert x, \'a-b\'"', '# assert x, "a-b"\n"assert x, \'a-b\'"'),
        ('assert f("a-b"), "a-b"', f'assert f("a-b"), {A_B}'),
        ('assert x, "unknown"', 'assert x, "unknown"'),
        ('assert x, f"a-b"', 'assert x, f"a-b"'),
        ("assert x, a_b", "assert x, a_b"),
        ("assert x", "assert x"),
        ('assert x, "a-b', 'assert x, "a-b'),
        ("", ""),
    ],
)
def test_only_the_messages_of_asserts_are_written_out(source: str, expanded: str) -> None:
    """The syntax tree says which string is a message; look-alikes stay."""
    assert expand_messages(source, MESSAGES) == expanded


def test_awkward_texts_stay_one_plain_string_on_one_line() -> None:
    """Quotes, backslashes, braces and line breaks of a message cannot break the code."""
    source = expand_messages('assert False, "quoted"', MESSAGES)
    assert "\n" not in source
    (note,) = find_asserts(source)
    assert note.message_id == "quoted: \"따옴표\"와 \\ 기호 · line break 'and' {braces} %s"


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.text(min_size=1).filter(str.strip),
    st.text(min_size=1).filter(str.strip),
    st.text("가a\"' ", max_size=9),
)
def test_any_message_reads_back_as_its_id(ko: str, en: str, before: str) -> None:
    """Whatever the text and whatever stands before it on the line, the id is found again."""
    text = LocalText(ko=ko, en=en)
    source = expand_messages(f'x = {before!r}; assert x, "a-b"  # {before}', {"a-b": text})
    (note,) = find_asserts(source)
    assert note.message_id == write_message("a-b", text)
    assert read_message_id(note.message_id or "") == "a-b"
    assert source.endswith(f"  # {before}")


def test_asserts_know_where_they_stand() -> None:
    """Lines, conditions and kinds of message, nested asserts included."""
    source = "assert a(\n  1), 'm'\nif b:\n    assert b\n    assert c, d + 'x'"
    notes = find_asserts(source)
    assert [(n.line, n.last_line, n.condition, n.message_id, n.has_message) for n in notes] == [
        (0, 1, "a(\n  1)", "m", True),
        (3, 3, "b", None, False),
        (4, 4, "c", None, True),
    ]


def test_expanding_keeps_the_program() -> None:
    """Apart from messages the syntax tree is the same."""
    source = 'def f(x):\n    """a-b"""\n    assert x != "a-b", "a-b"\n    return "a-b"'
    expanded = ast.dump(ast.parse(expand_messages(source, MESSAGES)))
    message = ast.dump(ast.parse(A_B, mode="eval").body)
    assert expanded.count(message) == 1
    assert expanded.replace(message, "Constant(value='a-b')") == ast.dump(ast.parse(source))


@pytest.mark.parametrize(
    ("message", "name"), [("a-b: text: more", "a-b"), ("a-b", "a-b"), ("", ""), (" a-b : x", "a-b")]
)
def test_the_id_stands_before_the_first_colon(message: str, name: str) -> None:
    """Feedback finds the id in what the exception says."""
    assert read_message_id(message) == name
