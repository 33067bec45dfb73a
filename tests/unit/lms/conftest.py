"""A roster and a way to pack files, for tests of other platforms' formats."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import pytest

from grader.model.work import Trainee

Pack = Callable[[Mapping[str, bytes]], io.BytesIO]


@pytest.fixture
def roster() -> tuple[Trainee, ...]:
    """Four people, two of one name."""
    people = [
        ("H1001", "김민수", "minsu@example.org"),
        ("H1002", "이서연", "seoyeon@example.org"),
        ("H1003", "박지훈", ""),
        ("H1004", "박지훈", "jihoon4@example.org"),
    ]
    return tuple(
        Trainee(id=one, name=name, site="seoul", role="clinician", email=email) for one, name, email in people
    )


@pytest.fixture
def pack() -> Pack:
    """Return a function that packs files into a ZIP stream."""

    def make(files: Mapping[str, bytes]) -> io.BytesIO:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                info = zipfile.ZipInfo(name, (2026, 11, 21, 18, 0, 0))
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return stream

    return make
