"""migration.py WORDS: write the next migration from what `grader.store.schema` says and the last one made.

`--renew` writes the newest migration anew instead: only while nobody has a database made by it. The result
is a draft: read it, and say in it what happens to rows that are there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import types

sys.path.insert(0, str(Path(__file__).parents[1]))

from grader.store.engine import open_store
from grader.store.migrate import MIGRATIONS, alembic_config
from grader.store.moments import UtcTime

FIRST = "0001"


def write_migration(words: str, renew: bool) -> Path:
    """Write one migration and return where it lies."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    newest = scripts.get_revision("head") if scripts.get_current_head() else None
    if renew and newest is not None:
        Path(newest.path).unlink()
        scripts = ScriptDirectory(str(MIGRATIONS))
    number = f"{len(list(scripts.walk_revisions())) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder))
        with store.write() as db:
            config = alembic_config(db)
            if scripts.get_current_head():
                command.upgrade(config, "head")
            config.attributes["writing"] = {
                "render_item": render_type,
                "render_as_batch": number != FIRST,  # SQLite cannot alter most columns: Alembic copies tables
            }
            script: Any = command.revision(config, words, autogenerate=True, rev_id=number)
        store.close()
    path = MIGRATIONS / "versions" / f"v{number}_{words.replace(' ', '_')}.py"
    Path(script.path).rename(path)
    for job in (["format"], ["check", "--fix"]):
        subprocess.run([sys.executable, "-m", "ruff", *job, "-q", str(path)], check=True)
    return path


def render_type(kind: str, thing: Any, _context: Any) -> str | bool:
    """Write our own types as what they are in the database: a migration must not change with the code."""
    if kind == "type" and isinstance(thing, UtcTime):
        return f"sa.{types.DateTime(timezone=True)!r}"
    return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", help="what changes, in a few words")
    parser.add_argument("--renew", action="store_true")
    arguments = parser.parse_args()
    sys.stdout.write(f"{write_migration(arguments.words, arguments.renew)}\n")
