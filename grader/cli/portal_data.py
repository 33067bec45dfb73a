"""The data of a portal, opened for a command. Knows folders and options; not what a command does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import EnvironmentProblem
from grader.wire import open_workspace

if TYPE_CHECKING:
    from grader.store.engine import Store


@contextmanager
def open_portal_data(
    data: Path | None, database_url: str | None, root: Path | None, is_new: bool = False
) -> Iterator[Store]:
    """Open the store of a portal that is there; `is_new` may make one."""
    from grader.store.engine import open_store
    from grader.store.migrate import migrate

    folder = (data or open_workspace(root).portal_data).resolve()
    if not is_new and not folder.is_dir():
        raise EnvironmentProblem(f"there is no portal in {folder}", "name its folder with --data")
    store = open_store(folder, database_url)
    try:
        migrate(store)
        yield store
    finally:
        store.close()
