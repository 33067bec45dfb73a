"""What test cells can import; the import system of this process is put back."""

from __future__ import annotations

import importlib
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.inside.modules import restrict_imports


@pytest.fixture(autouse=True)
def own_import_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def restrict(sources: dict[str, str]) -> None:
    restrict_imports([[path, b64encode(text.encode()).decode()] for path, text in sources.items()])


def test_the_current_folder_is_not_searched(tmp_path: Path) -> None:
    """What lies there takes no package's place, and is not found under a name of its own either."""
    for name in ("this", "planted"):
        (tmp_path / f"{name}.py").write_text("word = 'planted'", encoding="utf-8")
    restrict({})
    assert "" not in sys.path
    assert str(tmp_path) not in sys.path
    assert not hasattr(importlib.import_module("this"), "word")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("planted")


def test_the_authors_modules_are_those_of_the_job(tmp_path: Path) -> None:
    """Whatever lies on the disk by now: beside them, in their place or in their packages."""
    kit = {"kit/__init__.py": "from . import part", "kit/part.py": "word = 'part'"}
    restrict({"mine.py": "word = 'mine'", "plain/part.py": "word = 'plain'", "this.py": "word = 1", **kit})
    for name in ("mine", "kit/part", "kit/more", "plain/more"):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("word = 'planted'", encoding="utf-8")
    mine = importlib.import_module("mine")
    assert (mine.word, mine.__file__) == ("mine", str(tmp_path / "mine.py"))
    assert importlib.import_module("kit").part.word == "part"
    assert importlib.import_module("plain.part").word == "plain"
    assert not hasattr(importlib.import_module("this"), "word")
    for name in ("kit.more", "plain.more", "json.mine", "mine.part"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)
