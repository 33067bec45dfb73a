"""What a session sees and keeps: sources, output, recursion, and nothing beyond its cell."""

# ruff: noqa: E501

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from grader.checking.channel import SocketChannel
from grader.checking.checker import find_definition
from grader.checking.faults import ChannelFault, Reason

from .conftest import Judge

TEXTS = {
    "first": "def f(x):\n    return x\n",
    "broken": "def (",
    "second": "def f(x):\n    return [i for i in range(x)]\n",
}


def test_source_is_the_submitted_text(passes: Callable[..., None]) -> None:
    """`inspect.getsource` and `learner_source` answer from the submission, the last definition counts."""
    lie = "def f(x): return x\nf.__code__ = (lambda x: x).__code__\nf.__name__ = 'g'"
    test = """
import inspect
assert "for i in range" in inspect.getsource(f) and learner_source("first").startswith("def f")
assert "def getsource" in inspect.getsource(inspect.getsource) or True
"""
    passes(lie, test, texts=TEXTS)


def test_source_of_what_was_not_submitted_is_not_found(judge: Judge) -> None:
    """What the learner's process says about its code is not asked for."""
    run = judge("def f(x): return x", "import inspect\ninspect.getsource(f)", texts={})
    assert isinstance(run.error, OSError)
    assert find_definition(TEXTS, "nothing") is None


def test_long_output_is_cut(passes: Callable[..., None]) -> None:
    """A call that prints without measure costs neither the call nor the session."""
    test = """
import contextlib, io
out = io.StringIO()
with contextlib.redirect_stdout(out):
    assert f(2) == 4
assert 10_000 < len(out.getvalue()) <= 100_000
"""
    passes("def f(x):\n    print('x' * 10_000_000)\n    return x * x", test)


def test_calls_back_and_forth_end(judge: Judge) -> None:
    """Calls nested too deeply raise RecursionError where they are made; shallow ones work."""
    code = "def f(call, n): return call(n)"
    test = "def down(n):\n    return 0 if n == 0 else 1 + f(down, n - 1)\nassert down({n}) == {n}"
    assert judge(code, test.replace("{n}", "15")).passed
    assert isinstance(judge(code, test.replace("{n}", "100")).error, RecursionError)


def test_learner_can_catch_what_a_callback_raises(passes: Callable[..., None]) -> None:
    """An exception of the test's function is one in the learner's code too."""
    code = (
        "def f(call):\n    try:\n        call()\n    except ValueError as error:\n        return str(error)"
    )
    passes(code, "def bad():\n    raise ValueError('no')\nassert f(bad) == 'no'")


def test_a_test_that_stops_at_once_does_stop(judge: Judge) -> None:
    """What is no Exception comes out of a callback, whatever the learner's code swallows."""
    code = "def f(call):\n    try:\n        call()\n    except BaseException:\n        return 1"
    run = judge(code, "import pytest\ndef stop():\n    pytest.fail('stop')\nassert f(stop) == 1")
    assert not run.passed
    assert "stop" in str(run.error)
    assert run.fault is None


def test_large_answers_can_be_walked(passes: Callable[..., None]) -> None:
    """What is too large to travel stays with the learner; the test can look at parts of it."""
    code = "big = list(range(3_000_000))\ndef f(): return big"
    passes(
        code,
        "answer = f()\nassert len(answer) == 3_000_000 and answer[-1] == 2_999_999 and isinstance(answer, list)",
    )


def test_what_cannot_travel_is_the_authors_error(judge: Judge) -> None:
    """A test that hands over a module of its own or a frame learns so; the learner is not blamed."""
    run = judge("def f(x): return x", "import sys\nf(sys._getframe())")
    assert type(run.error).__name__ == "NotPortable"
    assert run.fault is None
    assert not run.passed


@pytest.mark.parametrize("size", [0, 1, 50_000])
def test_frames_arrive_whole(size: int) -> None:
    """A frame comes out as it went in, also several in one read."""
    left, right = socket.socketpair()
    sender, receiver = SocketChannel(left, 5.0), SocketChannel(right, 5.0)
    sender.send(b"x" * size)
    sender.send(b"end")
    assert (receiver.receive(), receiver.receive()) == (b"x" * size, b"end")
    left.close()
    with pytest.raises(ChannelFault) as caught:
        receiver.receive()
    assert caught.value.reason is Reason.CLOSED
    right.close()


def test_frames_have_limits() -> None:
    """A length beyond the limit is refused before the bytes are there; silence ends."""
    left, right = socket.socketpair()
    receiver = SocketChannel(right, 0.05, largest_bytes=10)
    with pytest.raises(ChannelFault) as caught:
        receiver.receive()
    assert caught.value.reason is Reason.SILENT
    left.sendall(b"\0\0\0\x0b")
    with pytest.raises(ChannelFault) as caught:
        receiver.receive()
    assert caught.value.reason is Reason.TOO_MUCH
    with pytest.raises(ChannelFault):
        receiver.send(b"x" * 11)
    left.close()
    right.close()


def test_import_loads_the_standard_library_only() -> None:
    """The library can be loaded where nothing is installed, and costs nothing where something is."""
    names = ["checker", "learner", "session", "support", "author", "channel"]
    code = f"import sys; [__import__('grader.checking.' + n) for n in {names!r}]; print(sorted(m for m in "
    code += "{m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names) - {'grader'} if m[0] != '_'))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
