"""Whatever comes through the wall is a valid reply or nothing, never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.replies import read_cell_reply, read_setup_reply

GOOD: dict[str, Any] = {
    "kind": "cell",
    "token": "t",
    "ended": "ok",
    "outputs": [
        {"output_type": "stream", "name": "stdout", "text": "가"},
        {"output_type": "display_data", "data": {"image/png": "aGk="}, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["E"]},
    ],
    "error_name": "",
    "error_message": "",
}


def test_a_good_reply_is_read() -> None:
    """All four kinds of nbformat outputs pass unchanged."""
    reply = read_cell_reply(json.dumps(GOOD).encode(), "t")
    assert reply is not None
    assert [output.model_dump() for output in reply.outputs] == GOOD["outputs"]


@pytest.mark.parametrize(
    "change",
    [
        {"token": "other"},
        {"ended": "passed"},
        {"kind": "ready"},
        {"points": 100},
        {"error_name": None},
        {"error_message": "x" * 5000},
        {"outputs": [{"output_type": "stream", "name": "stdin", "text": ""}]},
        {"outputs": [{"output_type": "stream", "name": "stdout", "text": 1}]},
        {"outputs": [{"output_type": "display_data", "data": {"text/javascript": "x"}, "metadata": {}}]},
        {"outputs": [{"output_type": "display_data", "data": {}, "metadata": {"a": 1}}]},
        {
            "outputs": [
                {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 10**30}
            ]
        },
        {"outputs": [{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["x"] * 1000}]},
        {"outputs": {"output_type": "stream"}},
    ],
    ids=str,
)
def test_anything_else_is_nothing(change: dict[str, Any]) -> None:
    """A wrong token, a wrong type, an unknown key or kind: there is no reply."""
    assert read_cell_reply(json.dumps(GOOD | change).encode(), "t") is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 100_000, b'"\\ud800"', b"NaN"]
)
def test_broken_json_is_nothing(body: bytes) -> None:
    """Cut, nested without end, not UTF-8: there is no reply and no exception."""
    assert read_cell_reply(body, "t") is None
    assert read_setup_reply(body) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_nothing(body: bytes) -> None:
    """No bytes make the reader fail."""
    assert read_cell_reply(body, "t") is None


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(GOOD)), inner, max_size=6)
        ),
        max_leaves=20,
    )
)
def test_random_json_is_nothing(value: object) -> None:
    """No JSON value makes the reader fail; the odd valid one would need the token."""
    assert read_cell_reply(json.dumps(value).encode(), "another token") is None
    assert read_setup_reply(json.dumps(value).encode()) is None


def test_the_kernel_says_ready_or_why_not() -> None:
    """The set-up has two good answers."""
    assert read_setup_reply(b'{"kind": "ready"}') is not None
    refused = read_setup_reply('{"kind": "refused", "message": "꽉 찼음"}'.encode())
    assert refused is not None
    assert refused.kind == "refused"
