"""The sample course, and golden files that tests compare with.

To rewrite the golden files after a wanted change: MEDAI_UPDATE_GOLDENS=1 pytest tests/unit/site
"""

from __future__ import annotations

import base64
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.manifest.read import load_course
from grader.model.content import Course
from grader.model.work import CellResult, Outcome, Verdict
from grader.text import Language

GOLDEN = Path(__file__).parents[2] / "golden" / "site"


@pytest.fixture(scope="session")
def sample_root() -> Path:
    """Folder of the sample course."""
    return GOLDEN / "sample"


@pytest.fixture(scope="session")
def course(sample_root: Path) -> Course:
    """The sample course."""
    return load_course(sample_root)


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn."""
    return Language(request.param)


def tiny_png() -> str:
    """One grey pixel, as a kernel sends it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    body = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    return base64.b64encode(body).decode()


@pytest.fixture
def outcome() -> Outcome:
    """What running the sample's practice sheet gives, without running it."""
    table = (
        "<style scoped>td {color: red}</style><table border='1'><thead><tr><th></th><th>bmi</th></tr></thead>"
        "<tbody><tr><th>가람</th><td onclick='x()'>21.5</td></tr></tbody></table><script>alert(1)</script>"
    )
    outputs = {
        "number": ({"output_type": "stream", "name": "stdout", "text": "나이 25 <kg>\n"},),
        "frame": ({"output_type": "execute_result", "data": {"text/html": table, "text/plain": "bmi"}},),
        "plot": ({"output_type": "display_data", "data": {"image/png": tiny_png()}},),
        "oops": (
            {
                "output_type": "error",
                "ename": "ValueError",
                "evalue": "스물",
                "traceback": ["\x1b[31mValueError\x1b[0m: 스물"],
            },
        ),
    }
    cells = tuple(
        CellResult(id=name, verdict=Verdict.PASSED, outputs=shown) for name, shown in outputs.items()
    )
    return Outcome(job_digest="0", cells=cells)


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a text with tests/golden/site/<name>; report the difference as pytest shows it."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("MEDAI_UPDATE_GOLDENS"):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text

    return compare
