"""The `medai_lab` package as notebooks get it: the course's files plus the facts.

Knows names and bytes; must not read or write files.
"""

from __future__ import annotations

import json
import re
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


def data_files(sources: bytes) -> dict[str, tuple[str, ...]]:
    """Return, per function that reads a public data set, the files of `course/data` that it needs.

    `sources` is the package's `data/sources.json`.
    """
    entries = json.loads(sources).values()
    return {
        entry["reader"]: (entry["file"], *([entry["codebook"]] if "codebook" in entry else []))
        for entry in entries
        if "reader" in entry
    }


def for_notebook(lab: Mapping[str, bytes], notebook: bytes, language: Language) -> dict[str, bytes]:
    """Return the package as it travels with a notebook: in its language, with the data that its code reads.

    The grader has all data sets and sets the language of each run itself; in a download nothing else says
    which language it is, and data sets that the notebook does not read would only weigh it down. They stand
    in the package because a browser on a plain-HTTP intranet gives notebooks no files beside them.
    """
    sources = lab.get(f"{PACKAGE}/data/sources.json", b"{}")
    unread = {
        f"{PACKAGE}/data/{name}"
        for reader, names in data_files(sources).items()
        if not re.search(rf"\b{reader}\b".encode(), notebook)
        for name in names
    }
    travelling = {path: content for path, content in lab.items() if path not in unread}
    return {**travelling, f"{PACKAGE}/language.txt": f"{language}\n".encode()}


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a fact cannot hold a {type(value).__name__}")
