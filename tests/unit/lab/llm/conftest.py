"""A fake OpenAI-compatible server on loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import FakeModel, run_model  # in tests/

LAB_PARENT = str(Path(__file__).parents[4] / "course")
if LAB_PARENT not in sys.path:
    sys.path.insert(0, LAB_PARENT)


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    """A server that always answers the same."""
    with run_model("가짜 서버의 답") as server:
        yield server
