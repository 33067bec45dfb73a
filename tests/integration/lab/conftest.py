"""Make the learner-facing package importable as in a notebook; a stand-in for an institution's model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_server import FakeModel, run_model  # in tests/

LAB_PARENT = str(Path(__file__).parents[3] / "course")
if LAB_PARENT not in sys.path:
    sys.path.insert(0, LAB_PARENT)


@pytest.fixture
def own_model() -> Iterator[FakeModel]:
    """A server that answers with what it was asked."""
    with run_model() as server:
        yield server
