"""Labels follow the language of the run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import medai_lab
import pytest
from medai_lab import t


@pytest.mark.parametrize(
    ("language", "expected"),
    [(None, "나이"), ("ko", "나이"), ("en", "age"), (" EN ", "age"), ("fr", "나이"), ("", "나이")],
)
def test_label_follows_medai_lang(
    monkeypatch: pytest.MonkeyPatch, language: str | None, expected: str
) -> None:
    """English only when MEDAI_LANG says en; Korean in every other case."""
    monkeypatch.delenv("MEDAI_LANG", raising=False)
    if language is not None:
        monkeypatch.setenv("MEDAI_LANG", language)
    assert t(ko="나이", en="age") == expected


@pytest.mark.parametrize(
    ("packaged", "environment", "expected"),
    [
        ("en\n", None, "age"),
        ("ko\n", None, "나이"),
        ("en\n", "ko", "나이"),
        ("ko\n", "en", "age"),
        (None, None, "나이"),
    ],
)
def test_downloaded_package_speaks_its_language(
    tmp_path: Path, packaged: str | None, environment: str | None, expected: str
) -> None:
    """A copy made for a download follows its language.txt unless MEDAI_LANG says otherwise."""
    shutil.copytree(Path(medai_lab.__file__).parent, tmp_path / "medai_lab")
    if packaged is not None:
        (tmp_path / "medai_lab" / "language.txt").write_text(packaged, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from medai_lab import t; print(t(ko='나이', en='age'))"],
        cwd=tmp_path,
        env={"PYTHONIOENCODING": "utf-8"} | ({"MEDAI_LANG": environment} if environment else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == expected
