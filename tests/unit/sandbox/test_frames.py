"""Frames survive any cutting of the pipe and refuse what is too long."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.sandbox.inside.frames import BrokenFrameError, FrameBuffer, encode_frame, read_frame, write_frame


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), max_size=4),
    st.integers(1, 50),
)
def test_frames_come_out_whole_however_the_pipe_cuts_them(values: list[dict[str, object]], step: int) -> None:
    """The order and the content of frames do not depend on how bytes arrive."""
    data = b"".join(encode_frame(value) for value in values)
    buffer = FrameBuffer()
    bodies = []
    for start in range(0, len(data), step):
        buffer.add(data[start : start + step])
        while (body := buffer.next_body(1_000_000)) is not None:
            bodies.append(body)
    assert [encode_frame(value)[4:] for value in values] == bodies
    assert buffer.empty


def test_a_frame_that_announces_too_much_is_broken_at_once() -> None:
    """The size is checked before the content is waited for."""
    buffer = FrameBuffer()
    buffer.add(b"\xff\xff\xff\xff")
    with pytest.raises(BrokenFrameError):
        buffer.next_body(1000)


def test_a_frame_travels_through_a_pipe() -> None:
    """What is written on one end is read on the other, Korean and unpaired surrogates included."""
    read_end, write_end = os.pipe()
    writer = threading.Thread(target=write_frame, args=(write_end, {"가": "x" * 200_000 + "\ud800"}))
    writer.start()
    assert read_frame(read_end) == {"가": "x" * 200_000 + "?"}
    writer.join()
    os.close(write_end)
    assert read_frame(read_end) is None
    os.close(read_end)


def test_what_is_not_an_object_is_broken() -> None:
    """Only JSON objects are frames."""
    read_end, write_end = os.pipe()
    os.write(write_end, b"\0\0\0\x02[]")
    with pytest.raises(BrokenFrameError):
        read_frame(read_end)
    os.close(read_end)
    os.close(write_end)
