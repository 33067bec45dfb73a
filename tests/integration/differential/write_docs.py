"""Writes the tables of docs/{ko,en}/reference/nbgrader.md anew.

Run `python tests/integration/differential/write_docs.py` after a change of `differences.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

from differences import differences_table, notebooks_table

DOCS = Path(__file__).parents[3] / "docs"


def page_path(language: str) -> Path:
    """Return the page of a language."""
    return DOCS / language / "reference" / "nbgrader.md"


def with_tables(text: str, language: str) -> str:
    """Return a page with its tables made from the data."""
    text = _with_table(text, "differences", differences_table(language))
    return _with_table(text, "notebooks", notebooks_table(language))


def _with_table(text: str, name: str, table: str) -> str:
    begin = f"<!-- table:{name} -->\n"
    pattern = re.compile(re.escape(begin) + r".*?<!-- /table -->", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{table}\n\n<!-- /table -->", text)


if __name__ == "__main__":
    for chosen in ("ko", "en"):
        path = page_path(chosen)
        path.write_text(with_tables(path.read_text(encoding="utf-8"), chosen), encoding="utf-8")
