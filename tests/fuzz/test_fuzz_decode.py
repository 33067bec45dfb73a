"""A short, fixed run of the fuzz target: every seed, and some thousands of damaged ones."""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
from importlib.util import find_spec
from pathlib import Path

import pytest

from grader.checking.conversation import LIGHT
from grader.checking.decode import decode
from grader.checking.light import read_light

from .fuzz_decode import resolve, try_bytes
from .seeds import BOUNDS, seeds

ROUNDS = 4_000
RUNS = 4_000
MOST_BYTES = 30_000_000


def damaged(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return a message with some of its bytes changed, cut, doubled or swapped for another's."""
    data = bytearray(seed)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0 if at < len(data):
                data[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
            case 1:
                del data[at : at + chance.randint(1, 6)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 12)]
            case _:
                start = chance.randrange(len(other))
                data[at : at + chance.randint(0, 8)] = other[start : start + chance.randint(1, 16)]
    return bytes(data)


@pytest.mark.parametrize("number", range(len(seeds())))
def test_seeds_are_read(number: int) -> None:
    """Every seed is a message: fuzzing starts from something that gets far."""
    seed = seeds()[number]
    value = read_light(seed) if seed[:1] == LIGHT else decode(seed, resolve, BOUNDS)[0]
    assert value is not NotImplemented


@pytest.mark.parametrize("start", range(4))
def test_damage_never_does_more_than_break(start: int) -> None:
    """No exception but `BrokenMessage`, and no more memory than a few times the largest message."""
    chance = random.Random(20261122 + start)
    corpus = seeds()
    tracemalloc.start()
    for _ in range(ROUNDS // 4):
        try_bytes(damaged(chance.choice(corpus), chance.choice(corpus), chance))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < MOST_BYTES


def test_coverage_guided_run_finds_nothing(tmp_path: Path) -> None:
    """A bounded run with atheris, from the seeds: no exception, no slow input, no great memory."""
    assert find_spec("atheris") is not None, "pip install atheris (it is in the lock file)"
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.fuzz_decode",
        f"-runs={RUNS}",
        "-seed=1",
        "-max_len=2000",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr
