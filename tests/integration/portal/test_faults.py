"""Faults between the first byte and the receipt: killed, disk full, database gone, the same work twice.

After each of them, and a new start: no receipt without bytes, no bytes without an explanation, and handing
in again gives exactly one receipt.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import NOON, Office, make_hand_in, open_office
from postgres_server import PostgresServer
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError
from steps import Way, make_refused, make_work, send, watch_steps

from grader.errors import EnvironmentProblem
from grader.store import engine
from grader.store.blobs import incoming_folder, is_intact
from grader.store.check import StoreTrouble, check_store
from grader.store.engine import Store, open_store
from grader.store.keys import KeyRing
from grader.store.prepare import prepare_store
from grader.store.refusals import list_refusals
from grader.store.submissions import find_submission, list_submissions

HERE = Path(__file__).parent


def restart(store: Store) -> Office:
    """Start anew, hours later by the clock of the files."""
    return Office(store, prepare_store(store, datetime.now(UTC) + timedelta(hours=3)))


def assert_all_is_explained(office: Office) -> None:
    """Rows, receipts and bytes agree; nothing half-written. Parts of what was refused wait for retention."""
    with office.store.read() as db:
        is_refused = list_refusals(db, make_work().person) != []
    left = [problem.trouble for problem in check_store(office.store).problems]
    assert left == [StoreTrouble.UNCLAIMED] * len(left)
    assert not left or is_refused
    assert list(incoming_folder(office.store.folder).glob("*")) == []
    assert list(office.store.folder.rglob("*.part")) == []


def assert_one_receipt_comes_of_it(office: Office, way: Way = Way.WHOLE) -> None:
    """Handing in again gives one receipt, however far it had come."""
    work = make_work(way)
    with office.store.read() as db:
        before = find_submission(db, work.person, work.uuid)
    done = office.hand_in(work, NOON + timedelta(hours=1))
    assert done.is_new == (before is None)
    receipts, findings = office.check_chain()
    assert [one.hash for one in receipts] == [done.signed.hash]
    assert findings == []
    assert_all_is_explained(office)


def list_steps(make: Callable[[Path], Store], folder: Path, way: Way = Way.WHOLE) -> list[str]:
    """Return the names of the steps of sending work that nothing disturbs."""
    office, steps = open_office(make(folder)), []
    with watch_steps(lambda name, _: steps.append(name)):
        send(office, way)
    return steps


def kill_at(places: list[tuple[Path, str | None, int]], way: Way = Way.WHOLE) -> None:
    """Send work at each place, and be killed before its step."""
    given = json.dumps([(str(folder), url, step, way) for folder, url, step in places])
    command = [sys.executable, HERE / "steps.py"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["killed"] * len(places)


def kill_everywhere(
    make_sqlite_store: Callable[[Path], Store], tmp_path: Path, way: Way, every: int = 1
) -> Iterator[tuple[Office, list[str]]]:
    """Give an office for each step that its process was killed at, started anew, and why it refused work."""
    steps = list_steps(make_sqlite_store, tmp_path / "undisturbed", way)
    assert {"open", "write", "fsync", "replace", "mkdir", "commit", "unlink"} == set(steps)
    furnished = make_sqlite_store(tmp_path / "furnished")
    open_office(furnished)
    furnished.close()
    places = [(tmp_path / str(step), None, step) for step in range(1, len(steps) + 1, every)]
    for folder, _, _ in places:
        shutil.copytree(furnished.folder, folder)
    kill_at(places, way)
    for folder, _, _ in places:
        store = open_store(folder)
        office = restart(store)
        assert_all_is_explained(office)
        with store.read() as db:
            yield office, [one.reason for one in list_refusals(db, make_work().person)]
        store.close()


@pytest.mark.parametrize(("way", "every"), [(Way.WHOLE, 1), (Way.BARE, 2)])
def test_killed_at_every_step_sqlite(
    make_sqlite_store: Callable[[Path], Store], tmp_path: Path, way: Way, every: int
) -> None:
    """SIGKILL before each write, sync, rename, commit and removal."""
    reasons = []
    for office, refused in kill_everywhere(make_sqlite_store, tmp_path, way, every):
        reasons.append(refused)
        assert_one_receipt_comes_of_it(office, way)
    assert 1 < reasons.count(["interrupted"]) < len(reasons) - 1


def test_a_refusal_killed_at_every_step(make_sqlite_store: Callable[[Path], Store], tmp_path: Path) -> None:
    """What is said to be kept is kept, whole; what is kept is said; sent again, it is refused once."""
    reasons = []
    for office, refused in kill_everywhere(make_sqlite_store, tmp_path, Way.REFUSED):
        reasons.append(refused)
        assert check_store(office.store).problems == ()
        send(office, Way.REFUSED)
        with office.store.read() as db:
            rows = list_refusals(db, make_work().person)
        assert [one.reason for one in rows].count(make_refused().reason) == 1
        assert {one.reason for one in rows} == {*refused, make_refused().reason}
        assert all(is_intact(office.store.folder, one.digest or "") for one in rows)
        assert_all_is_explained(office)
    assert [] in reasons
    assert ["interrupted"] in reasons
    assert [make_refused().reason] in reasons


def test_killed_around_the_commit_postgres(
    make_sqlite_store: Callable[[Path], Store],
    make_postgres_store: Callable[[Path], Store],
    tmp_path: Path,
) -> None:
    """With a database that lives in another process: what was not committed is undone."""
    steps = list_steps(make_sqlite_store, tmp_path / "undisturbed")
    places, offices = [], []
    for step in range(steps.index("commit"), len(steps) + 1):
        office = open_office(make_postgres_store(tmp_path / str(step)))
        url = office.store.engine.url.render_as_string(hide_password=False)
        places.append((office.store.folder, url, step))
        offices.append(office)
    kill_at(places)
    received = 0
    for office in offices:
        after = restart(office.store)
        assert_all_is_explained(after)
        received += len(after.check_chain()[0])
        assert_one_receipt_comes_of_it(after)
    assert 0 < received < len(offices)


def test_disk_fails_at_every_step(make_sqlite_store: Callable[[Path], Store], tmp_path: Path) -> None:
    """A full or broken disk: said in words, nothing half kept; a receipt as soon as there is room."""
    steps = list_steps(make_sqlite_store, tmp_path / "undisturbed")
    messages = set()
    for number in range(1, len(steps) + 1):
        if steps[number - 1] == "commit":
            continue
        office = open_office(make_sqlite_store(tmp_path / str(number)))
        seen: list[str] = []
        code = (errno.ENOSPC, errno.EIO)[number % 2]

        def fail(
            name: str, _: tuple[Any, ...], seen: list[str] = seen, number: int = number, code: int = code
        ) -> None:
            seen.append(name)
            if len(seen) == number:
                raise OSError(code, os.strerror(code))

        with watch_steps(fail):
            try:
                office.hand_in(make_work())
            except EnvironmentProblem as problem:
                messages.add(problem.message)
        # After the commit only a note could not be removed: that is no fault of the hand-in.
        assert len(office.check_chain()[0]) == ("commit" in seen)
        office = restart(office.store)
        assert_all_is_explained(office)
        assert_one_receipt_comes_of_it(office)
        office.store.close()
    causes = ("the disk is full", os.strerror(errno.EIO))
    assert messages == {f"the data folder cannot be written: {cause}" for cause in causes}


def fill_up(office: Office) -> int:
    """Hand in until there is no room; return the number of what was not taken."""
    for number in range(1, 1000):
        try:
            office.hand_in(make_hand_in(number, b"%d" % number))
        except EnvironmentProblem as problem:
            assert "full" in problem.message  # noqa: PT017
            return number
    pytest.fail("there is always room")


def test_database_full(sqlite_store: Store) -> None:
    """SQLite itself finds no room: no receipt, and one as soon as there is room."""
    office = open_office(sqlite_store)
    with office.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    office.store.engine.dispose()
    event.listen(office.store.engine, "connect", limit)
    number = fill_up(office)
    office.store.engine.dispose()
    event.remove(office.store.engine, "connect", limit)
    assert len(office.check_chain()[0]) == number - 1
    assert office.hand_in(make_hand_in(number, b"%d" % number)).is_new
    assert office.check_chain()[1] == []


def test_database_gone_and_back_postgres(postgres_store: Store, postgres: PostgresServer) -> None:
    """While PostgreSQL is away nobody gets a receipt; afterwards the same hand-in goes through."""
    office = open_office(postgres_store)
    office.hand_in(make_hand_in(2, b"before"))
    postgres.stop()
    try:
        for given in (make_work(), make_work()):
            with pytest.raises(EnvironmentProblem, match="database cannot be used"):
                office.hand_in(given)
    finally:
        postgres.start()
    assert office.hand_in(make_work()).is_new
    assert [one.receipt.number for one in office.check_chain()[0]] == [1, 2]
    assert_all_is_explained(restart(office.store))


def test_database_gone_and_back_sqlite(sqlite_store: Store) -> None:
    """The file is away, and a folder stands in its place: nothing is lost when it comes back."""
    office = open_office(sqlite_store)
    office.store.close()
    place = office.store.folder / "portal.db"
    place.rename(office.store.folder / "away")
    place.mkdir()
    with pytest.raises(EnvironmentProblem, match="database cannot be used"):
        office.hand_in(make_work())
    place.rmdir()
    (office.store.folder / "away").rename(place)
    assert office.hand_in(make_work()).is_new
    assert_all_is_explained(restart(office.store))


def test_database_locked_by_another(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the file for too long: said in words, and nothing is recorded."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.02)
    office = open_office(sqlite_store)
    impatient = open_store(office.store.folder)
    with office.store.write(), pytest.raises(EnvironmentProblem, match="locked"):
        Office(impatient, KeyRing(impatient.folder)).hand_in(make_work())
    assert Office(impatient, KeyRing(impatient.folder)).hand_in(make_work()).is_new
    impatient.close()


def test_an_answer_that_got_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is on disk but nobody hears of it: the second try gives the receipt of the first."""
    office = open_office(store)
    real = DefaultDialect.do_commit

    def commit_and_break(dialect: DefaultDialect, connection: Any) -> None:
        real(dialect, connection)
        raise OperationalError("COMMIT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(DefaultDialect, "do_commit", commit_and_break)
        with pytest.raises(EnvironmentProblem, match="server closed"):
            office.hand_in(make_work())
    done = office.hand_in(make_work())
    assert not done.is_new
    assert_all_is_explained(restart(office.store))


def test_two_processes_send_the_same_at_once(store: Store) -> None:
    """Two portals on one database, or a double click that met two: one submission, one receipt."""
    office = open_office(store)
    url = None if store.is_sqlite else store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, HERE / "rush.py", store.folder, url or ""]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = [process.communicate(timeout=120)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outcomes[0] == outcomes[1]
    receipts, findings = office.check_chain()
    assert findings == []
    assert [one.receipt.number for one in receipts] == list(range(1, len(outcomes[0]) + 1))
    assert sorted(one.hash for one in receipts) == sorted(outcomes[0])
    with store.read() as db:
        assert len(list_submissions(db, make_work().person)) == len(outcomes[0])
    assert_all_is_explained(restart(store))
