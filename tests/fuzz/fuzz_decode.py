"""Coverage-guided fuzzing of what the checker reads from the learner.

    python -m tests.fuzz.fuzz_decode -max_total_time=600 [corpus folder]

The tests run it for a few seconds (`test_fuzz_decode`). What it finds goes to build/fuzz or the folder given.

Stops at the first input that raises anything but `BrokenMessage`, takes seconds or much memory.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

from grader.checking.conversation import LIGHT
from grader.checking.decode import decode
from grader.checking.faults import BrokenMessage
from grader.checking.light import find_mutables, light_answer, light_ask, read_light
from grader.checking.protocol import CHECKER_DOES, LEARNER_DOES, unpack

from .seeds import BOUNDS, seeds


def resolve(parts: tuple[object, ...]) -> object:
    """Stand in for the sessions: numbers are objects, all else is broken."""
    if len(parts) == 3 and all(type(part) is int for part in parts[1:]) and parts[0] == "L":
        return "a reference"
    raise BrokenMessage("unknown reference")


def try_bytes(data: bytes) -> None:
    """Read bytes as the checker and the learner do; anything but a value or `BrokenMessage` is a find."""
    if data[:1] == LIGHT:
        _try_light(data)
        return
    try:
        value, _ = decode(data, resolve, BOUNDS, given=[[1], {"a": 1}])
    except BrokenMessage:
        return
    for ops in (CHECKER_DOES, LEARNER_DOES):
        try:
            unpack(value, ops)
        except BrokenMessage:
            continue


def _try_light(data: bytes) -> None:
    try:
        parts = read_light(data)
    except BrokenMessage:
        return
    mutables = find_mutables(parts[2:])
    light = light_answer(parts[0], parts[1], {})
    again = light_ask(parts[0], "call", 1, (), tuple(parts[2:]))
    if light is not None and repr(read_light(light)[1]) != repr(parts[1]):
        raise AssertionError(f"{parts[1]!r} does not arrive")
    if again is not None and repr(again[1]) != repr(mutables):
        raise AssertionError(f"{mutables!r} are not the values in it")


def main() -> None:
    """Fuzz with atheris."""
    import atheris

    warnings.simplefilter("ignore")
    for name in [name for name in sys.modules if name.startswith(("grader.checking", "tests.fuzz"))]:
        del sys.modules[name]
    with atheris.instrument_imports(include=["grader.checking"]):
        target = importlib.import_module("tests.fuzz.fuzz_decode")
    folder = Path(next((one for one in sys.argv[1:] if not one.startswith("-")), "build/fuzz"))
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"seed-{number}").write_bytes(seed)
    arguments = [one for one in sys.argv[1:] if one.startswith("-")]
    atheris.Setup(
        [sys.argv[0], "-rss_limit_mb=2000", "-timeout=5", *arguments, str(folder)], target.try_bytes
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
