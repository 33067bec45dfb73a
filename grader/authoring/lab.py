"""The `medai_lab` package as notebooks get it: the course's files plus the facts.

Knows names and bytes; must not read or write files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from grader.model.course import Fact
from grader.text import Language

PACKAGE = "medai_lab"


def lab_files(package: Mapping[str, bytes], facts: Mapping[str, Fact]) -> dict[str, bytes]:
    """Return the files to write, by path relative to the folder that goes on `sys.path`.

    `package` holds the files of `course/medai_lab` by path within it. `facts.json` is added, in it
    every fact's `values` by fact id; dates become ISO text.
    """
    values = {name: dict(facts[name].values) for name in sorted(facts)}
    text = json.dumps(values, ensure_ascii=False, indent=1, default=_plain) + "\n"
    files = {
        f"{PACKAGE}/{path}": content
        for path, content in sorted(package.items())
        if "__pycache__" not in path.split("/")
    }
    return files | {f"{PACKAGE}/facts.json": text.encode()}


def speaking(lab: Mapping[str, bytes], language: Language) -> dict[str, bytes]:
    """Return the package as trainees get it: outside the grader nothing else says which language.

    The grader sets the language of each run itself, so that its one copy has no such file.
    """
    return {**lab, f"{PACKAGE}/language.txt": f"{language}\n".encode()}


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a fact cannot hold a {type(value).__name__}")
