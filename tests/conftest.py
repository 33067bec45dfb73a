"""What a test process has one of: a browser, a PostgreSQL, and the portal's tables ready to be copied.

Playwright's synchronous API cannot be started twice in one process. Databases are copies of templates that
the real migrations made: quick, and nothing is left of one test in another.
"""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from postgres_server import PostgresServer, run_postgres  # beside this file

if TYPE_CHECKING:
    from grader.store.engine import Store

CHROMIUM = "/usr/bin/chromium"
NO_OTHER_HOST = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium that can reach this machine only."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[NO_OTHER_HOST])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that has the portal's tables; give it to `postgres.make_database`."""
    name = postgres.make_database()
    migrate_new(tmp_path_factory.mktemp("template"), postgres.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that has the portal's tables."""
    folder = tmp_path_factory.mktemp("template")
    migrate_new(folder)
    return folder / "portal.db"


@pytest.fixture
def make_sqlite_store(sqlite_template: Path) -> Iterator[Callable[[Path], Store]]:
    """Return a function that opens a fresh store with an SQLite database in a folder."""
    from grader.store.engine import open_store

    opened: list[Store] = []

    def make(folder: Path) -> Store:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(sqlite_template, folder / "portal.db")
        opened.append(open_store(folder))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def make_postgres_store(
    postgres: PostgresServer, postgres_template: str
) -> Iterator[Callable[[Path], Store]]:
    """Return a function that opens a fresh store with a PostgreSQL database; blobs and keys in a folder."""
    from grader.store.engine import open_store

    opened: list[tuple[str, Store]] = []

    def make(folder: Path) -> Store:
        name = postgres.make_database(postgres_template)
        opened.append((name, open_store(folder, postgres.url(name))))
        return opened[-1][1]

    yield make
    for name, store in opened:
        store.close()
        postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A fresh store, once on each database."""
    make: Callable[[Path], Store] = request.getfixturevalue(f"make_{request.param}_store")
    return make(tmp_path / "data")


@pytest.fixture
def sqlite_store(make_sqlite_store: Callable[[Path], Store], tmp_path: Path) -> Store:
    """A fresh store on SQLite."""
    return make_sqlite_store(tmp_path / "data")


@pytest.fixture
def postgres_store(make_postgres_store: Callable[[Path], Store], tmp_path: Path) -> Store:
    """A fresh store on PostgreSQL."""
    return make_postgres_store(tmp_path / "data")


def migrate_new(folder: Path, url: str | None = None) -> None:
    """Make the portal's tables in a new database."""
    from grader.store.engine import open_store
    from grader.store.migrate import migrate

    store = open_store(folder, url)
    migrate(store)
    store.close()  # SQLite: the last to leave folds the log into the file


def pytest_configure() -> None:
    """Let programs that tests start hear Ctrl-C, even where the tests themselves run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
