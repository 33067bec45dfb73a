"""What two processes write at once, and that only one serves: where PostgreSQL lets many in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from office import DURI, HANA, NOON, Office, make_hand_in, open_office
from sqlalchemy import text

from grader.errors import EnvironmentProblem
from grader.grading.layout import CourseDirectory
from grader.portal.forgetting import forget_people
from grader.store.engine import Store, open_store
from grader.store.occupancy import occupy_database
from grader.store.personal_data import TO_FORGET, delete_person
from grader.store.prepare import prepare_store
from grader.store.settings import ADDRESS, read_setting, write_setting
from grader.store.submissions import SubmissionFilter, page_submissions


@pytest.fixture
def shared(make_postgres_store: Callable[[Path], Store], tmp_path: Path) -> Office:
    """A store on PostgreSQL."""
    return open_office(make_postgres_store(tmp_path / "data"))


def wait_for_lock(store: Store, other: Future[object]) -> None:
    """Return once the other waits for a lock, or is done."""
    is_waiting = "datname = current_database() AND wait_event_type = 'Lock'"
    query = text(f"SELECT count(*) FROM pg_stat_activity WHERE {is_waiting}")
    while not other.done():
        with store.read() as db:
            if db.execute(query).scalar_one():
                return


def test_two_who_are_deleted_at_once_are_both_forgotten(shared: Office) -> None:
    """Neither is left out of the list of folders to remove, and neither sees a fault."""
    store = shared.store

    def delete_other() -> None:
        with store.write() as db:
            delete_person(db, DURI.id, NOON)

    with ThreadPoolExecutor() as threads:
        with store.write() as db:
            delete_person(db, HANA.id, NOON)
            other = threads.submit(delete_other)
            wait_for_lock(store, other)
        other.result()
    with store.read() as db:
        assert read_setting(db, TO_FORGET) == [HANA.id, DURI.id]


def test_who_is_deleted_while_others_are_forgotten_waits_for_the_next_time(shared: Office) -> None:
    """Upkeep takes off the list only whom it has seen to."""
    store = shared.store
    with store.write() as db:
        delete_person(db, HANA.id, NOON)
    with ThreadPoolExecutor() as threads:
        with store.write() as db:
            delete_person(db, DURI.id, NOON)
            upkeep = threads.submit(forget_people, store, CourseDirectory(store.folder / "course"))
            wait_for_lock(store, upkeep)
        assert upkeep.result() == 1
    with store.read() as db:
        assert read_setting(db, TO_FORGET) == [DURI.id]


def test_a_setting_may_be_written_by_two_at_once(shared: Office) -> None:
    """The later one stays."""
    store = shared.store

    def write_other() -> None:
        with store.write() as db:
            write_setting(db, ADDRESS, "b")

    with ThreadPoolExecutor() as threads:
        with store.write() as db:
            write_setting(db, ADDRESS, "a")
            other = threads.submit(write_other)
            wait_for_lock(store, other)
        other.result()
    with store.read() as db:
        assert read_setting(db, ADDRESS) == "b"


def test_deleting_somebody_who_is_gone_changes_nothing(office: Office) -> None:
    """Two clicks are one."""
    with office.store.write() as db:
        assert delete_person(db, HANA.id, NOON) is not None
        assert delete_person(db, HANA.id, NOON) is None
        assert read_setting(db, TO_FORGET) == [HANA.id]


def test_work_of_deleted_people_is_not_listed(office: Office) -> None:
    """Staff and nbgrader's collecting meet no ghosts; others' work stays."""
    office.hand_in(make_hand_in(1))
    office.hand_in(make_hand_in(2, person=DURI.id))
    with office.store.write() as db:
        delete_person(db, HANA.id, NOON)
    with office.store.read() as db:
        assert [one.person for one in page_submissions(db, SubmissionFilter())] == [DURI.id]


def test_one_portal_serves_from_a_database(shared: Office, tmp_path: Path) -> None:
    """One with a copy of the folder is stopped, one with another folder is told of --data first."""
    store = shared.store
    url = store.engine.url.render_as_string(hide_password=False)
    copy = open_store(tmp_path / "copy", url)
    with occupy_database(store):
        with pytest.raises(EnvironmentProblem, match="another portal"), occupy_database(copy):
            pass
        with pytest.raises(EnvironmentProblem) as told:
            prepare_store(copy, NOON)
    assert told.value.hint.startswith("name the portal's own data folder with --data")
    with occupy_database(copy):
        pass
    copy.close()


def test_sqlite_is_held_by_its_folder(sqlite_store: Store) -> None:
    """There is no second lock to take."""
    with occupy_database(sqlite_store), occupy_database(sqlite_store):
        pass
