"""People, sessions, invitations and tokens in the store; what must hold on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from grader.errors import UsageError
from grader.model.people import Access, Person
from grader.store import schema
from grader.store.engine import Store
from grader.store.invitations import (
    ALPHABET,
    Invitation,
    add_invitation,
    draw_invitation,
    find_invitation,
    read_code,
    use_invitation,
)
from grader.store.keys import open_cipher
from grader.store.people import (
    PeopleFilter,
    add_people,
    change_person,
    count_failure,
    count_people,
    find_account,
    find_account_as_typed,
    find_person,
    list_people,
    set_active,
)
from grader.store.second_factor import accept_code, begin_enrolment, reset_second_factor
from grader.store.sessions import (
    SessionLimits,
    close_sessions,
    find_session,
    is_touch_due,
    list_sessions,
    open_session,
    touch_session,
)
from grader.store.tokens import create_token, find_bearer, revoke_token

NOW = datetime(2026, 4, 20, 9, tzinfo=UTC)
LIMITS = SessionLimits(idle_s=3600, absolute_s=10_000)


def person(id: str = "대구 003", **values: object) -> Person:
    return Person.model_validate({"id": id, "name": "강한별", "site": "daegu", "role": "it", **values})


def test_people_are_found_as_they_were_added(store: Store) -> None:
    """Every value survives; the pseudonym is random; a second person of that id is refused."""
    given = person(email="a@example.org", cohort="essentials-2026", access=Access.GRADER)
    with store.write() as db:
        add_people(db, [given, person("b")], NOW)
    with store.read() as db:
        assert find_person(db, "대구 003") == given
        assert find_person(db, "대구 ００３") is None
        found = find_account_as_typed(db, "\u1103\u1162\u1100\u116e ００３ ")
        other = find_account(db, "b")
    assert found is not None
    assert other is not None
    assert found.pseudonym != other.pseudonym
    assert not found.has_password
    with pytest.raises(UsageError, match="taken"), store.write() as db:
        add_people(db, [person("c"), person("B")], NOW)
    with store.read() as db:
        assert find_person(db, "c") is None


def test_lists_filter_and_go_on_where_they_stopped(store: Store) -> None:
    """Keyset paging sees everybody once; a per cent sign is a letter, not a pattern."""
    with store.write() as db:
        add_people(db, [person(f"t {n:02}", site="jeju" if n % 2 else "busan") for n in range(25)], NOW)
        add_people(db, [person("50% 직원", name="Lee")], NOW)
        set_active(db, ["t 01"], False)
    with store.read() as db:
        seen, after = [], ""
        while page := list_people(db, PeopleFilter(site="jeju", is_active=True), after, 5):
            seen += [account.person.id for account in page]
            after = seen[-1]
        assert seen == [f"t {n:02}" for n in range(3, 25, 2)]
        assert [a.person.id for a in list_people(db, PeopleFilter(text="0%"))] == ["50% 직원"]
        assert [a.person.id for a in list_people(db, PeopleFilter(text="lee"))] == ["50% 직원"]
        assert count_people(db, PeopleFilter(has_joined=False)) == 26


def test_sessions_end_when_idle_and_when_old(store: Store) -> None:
    """Each request puts the end off, never beyond the absolute one; the token is nowhere in the table."""
    with store.write() as db:
        add_people(db, [person()], NOW)
        token, session = open_session(db, person(), NOW, LIMITS)
        kept = " ".join(map(str, db.execute(select(schema.sessions)).one()))
    assert token not in kept
    later = NOW + timedelta(seconds=3500)
    with store.write() as db:
        assert is_touch_due(session, later)
        touch_session(db, session, later, LIMITS)
    with store.read() as db:
        assert find_session(db, token, NOW + timedelta(seconds=7000)) is not None
        assert find_session(db, token, NOW + timedelta(seconds=7101)) is None
        assert find_session(db, f"{token}x", NOW) is None
    with store.write() as db:
        touch_session(db, session, NOW + timedelta(seconds=9990), LIMITS)
    with store.read() as db:
        assert find_session(db, token, NOW + timedelta(seconds=10_001)) is None


def test_a_deactivated_person_has_no_session_and_no_token(store: Store) -> None:
    """Even those that were opened before."""
    with store.write() as db:
        add_people(db, [person()], NOW)
        token, _ = open_session(db, person(), NOW, LIMITS)
        bearer, _ = create_token(db, "대구 003", "lab", NOW, timedelta(days=1))
    with store.write() as db:
        assert find_bearer(db, bearer, NOW) is not None
        set_active(db, ["대구 003"], False)
    with store.read() as db:
        assert find_session(db, token, NOW) is None
        assert find_bearer(db, bearer, NOW) is None
    with store.write() as db:
        set_active(db, ["대구 003"], True)
        assert find_bearer(db, bearer, NOW + timedelta(days=2)) is None
        assert not revoke_token(db, "b", bearer.split(".")[0], NOW)
        assert revoke_token(db, "대구 003", bearer.split(".")[0], NOW)
        assert find_bearer(db, bearer, NOW) is None
        assert len(list_sessions(db, "대구 003", NOW)) == 1
        assert close_sessions(db, "대구 003") == 1


def test_a_session_shows_the_role_of_today(store: Store) -> None:
    """A role is read with each request, never kept in a session."""
    with store.write() as db:
        add_people(db, [person(access=Access.GRADER)], NOW)
        token, _ = open_session(db, person(access=Access.GRADER), NOW, LIMITS)
        change_person(db, person(access=Access.TRAINEE))
        session = find_session(db, token, NOW)
    assert session is not None
    assert session.person.access is Access.TRAINEE


def test_of_two_who_use_one_invitation_at_once_one_gets_in(store: Store) -> None:
    """The row is taken in one statement."""
    with store.write() as db:
        add_people(db, [person()], NOW)
        add_invitation(db, Invitation("ABCD", "대구 003", "hash", NOW + timedelta(days=1)), NOW, "boss")
        assert find_invitation(db, "ABCD", NOW) is not None

    def use(_: int) -> bool:
        with store.write() as db:
            return use_invitation(db, "ABCD", NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]
    with store.read() as db:
        assert find_invitation(db, "ABCD", NOW) is None


def test_of_two_with_one_code_one_gets_in(store: Store) -> None:
    """A replayed TOTP is refused even at the same instant; so is an older one."""
    cipher = open_cipher(store.folder)
    with store.write() as db:
        add_people(db, [person(access=Access.GRADER)], NOW)
        secret = begin_enrolment(db, cipher, "대구 003")
        assert secret is not None
        assert begin_enrolment(db, cipher, "대구 003") == secret, "reloading the page keeps the secret"
        stored = db.execute(select(schema.people.c.totp_secret)).scalar_one()
    assert secret.encode() not in stored
    app = pyotp.TOTP(secret)

    def enter(_: int) -> bool:
        with store.write() as db:
            return accept_code(db, cipher, "대구 003", app.at(NOW), NOW)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, range(4))) == [False, False, False, True]
    with store.write() as db:
        assert not accept_code(db, cipher, "대구 003", app.at(NOW, counter_offset=-1), NOW)
        assert begin_enrolment(db, cipher, "대구 003") is None
        assert not accept_code(db, cipher, "대구 003", "", NOW)
        assert not accept_code(db, cipher, "대구 003", "１２３", NOW)
        reset_second_factor(db, "대구 003")
        assert not accept_code(db, cipher, "대구 003", app.at(NOW), NOW + timedelta(hours=1))


def test_failures_are_counted_in_the_row(store: Store) -> None:
    """Parallel tries are all counted."""
    with store.write() as db:
        add_people(db, [person()], NOW)

    def fail(_: int) -> None:
        with store.write() as db:
            count_failure(db, "대구 003")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fail, range(8)))
    with store.write() as db:
        assert count_failure(db, "대구 003") == 9


def test_codes_survive_paper_and_keyboards() -> None:
    """Sixteen letters, sixty of whose bits are secret; what looks alike is read alike."""
    new = draw_invitation()
    assert len(new.id) == 4
    assert len(new.secret) * (len(ALPHABET).bit_length() - 1) == 60
    assert read_code(new.code) == new
    assert read_code(f"  {new.code.lower().replace('-', ' – ')}\t") == new
    swapped = new.code.replace("0", "o").replace("1", "I")
    assert read_code(swapped) == new
    for typed in ("", "ABCD", new.code + "X", "ABCD-EFGH-JKMN-PQRU", "가" * 16, "A" * 10_000):
        assert read_code(typed) is None
