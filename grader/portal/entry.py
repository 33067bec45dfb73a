"""Coming in: password, second factor, recovery code, invitation; what is counted, locked and written down.

Knows the rules of entry and the store; must not know forms or pages. A refusal never tells whether an id
exists: the same work is done and the same nothing is returned.

Wrong passwords and codes of one account lock it for a minute, later for five, again and again: guessing is
hopeless. So that nobody can keep a colleague out before a deadline, the lock counts neither in browsers that
the account's owner has used (`known_browser`) nor for an invitation. Who is signed in already stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from grader.model.people import Access, Person
from grader.portal.context import Portal
from grader.portal.passwords import Passwords, passwords_at
from grader.portal.viewer import session_limits
from grader.store.audit import STRANGER, Action, about_person, record
from grader.store.invitations import (
    Invitation,
    NewInvitation,
    add_invitation,
    count_wrong_secret,
    draw_invitation,
    find_invitation,
    read_code,
    taken_ids,
    use_invitation,
)
from grader.store.keys import open_cipher
from grader.store.people import (
    Account,
    count_failure,
    find_account,
    find_account_as_typed,
    find_password_hash,
    forget_failures,
    lock_account,
    set_password_hash,
)
from grader.store.second_factor import (
    Cipher,
    accept_code,
    list_recovery_hashes,
    replace_recovery_codes,
    use_recovery_code,
)
from grader.store.sessions import Session, SessionLimits, close_session, close_sessions, open_session
from grader.store.tokens import revoke_tokens

FREE_FAILURES = 5
SHORT_LOCK = timedelta(minutes=1)
LONG_LOCK = timedelta(minutes=5)
HALF_SIGNED_IN = SessionLimits(idle_s=600, absolute_s=600)
"""A session of staff between password and second factor."""
INVITATION_DAYS = 14
RECOVERY_CODES = 10


@dataclass(frozen=True)
class Entered:
    """Somebody came in: the cookie's token and the session behind it."""

    token: str
    session: Session


def passwords_of(portal: Portal) -> Passwords:
    """Return what hashes at this portal's cost."""
    return passwords_at(portal.settings.password_cost)


def cipher_of(portal: Portal) -> Cipher:
    """Return what encrypts second factors, with the key in the data folder."""
    return open_cipher(portal.store.folder)


def enter_by_password(
    portal: Portal, typed: str, password: str, old: Session | None, despite_lock: bool = False
) -> Entered | None:
    """Return a session if id and password are right; for staff it lacks the second factor still.

    A session that this browser had before ends: what was opened for one person is never handed to the next.
    """
    now, passwords = portal.now(), passwords_of(portal)
    with portal.store.read() as db:
        account = find_account_as_typed(db, typed)
        kept = find_password_hash(db, account.person.id) if account else None
    is_right = passwords.matches(kept, password)
    with portal.store.write() as db:
        is_locked = account is not None and _is_locked(account, now) and not despite_lock
        if account is None or not is_right or not account.is_active or is_locked:
            _note_failure(db, account, now, Action.SIGN_IN_FAILED)
            return None
        person = account.person
        if kept is not None and passwords.is_outdated(kept):
            set_password_hash(db, person.id, passwords.hash(password), None)
        needs_more = person.access.is_staff and portal.settings.require_second_factor
        if not needs_more:
            forget_failures(db, person.id)
        record(db, now, person.id, Action.SIGNED_IN)
        return _change_session(db, portal, person, now, old, second_factor=False)


def is_own_password(portal: Portal, person: Person, password: str) -> bool:
    """Whether somebody who is signed in knows their password, asked again before something grave."""
    with portal.store.read() as db:
        kept = find_password_hash(db, person.id)
    return passwords_of(portal).matches(kept, password)


def enter_by_code(portal: Portal, session: Session, code: str, despite_lock: bool = False) -> Entered | None:
    """Return a whole session for half a one and a right second factor: an app's code or a recovery code."""
    now, person = portal.now(), session.person
    with portal.store.write() as db:
        account = find_account(db, person.id)
        if account is None or (_is_locked(account, now) and not despite_lock):
            return None
        if accept_code(db, cipher_of(portal), person.id, code, now):
            return _let_in(db, portal, session, now, Action.SECOND_FACTOR_PASSED)
        hashes = list_recovery_hashes(db, person.id) if account.has_second_factor else []
    # Comparing takes long: nobody else should have to wait for the database meanwhile.
    number = _matching_recovery_code(portal, hashes, code)
    with portal.store.write() as db:
        if number is not None and use_recovery_code(db, person.id, number, now):
            return _let_in(db, portal, session, now, Action.RECOVERY_CODE_USED)
        _note_failure(db, account, now, Action.SECOND_FACTOR_FAILED)
        return None


def draw_recovery_codes(portal: Portal, person: Person) -> list[str]:
    """Make new recovery codes, which replace the old ones, and return them: nobody can read them again."""
    codes = [draw_invitation().code for _ in range(RECOVERY_CODES)]
    hashes = [passwords_of(portal).hash(code) for code in codes]
    with portal.store.write() as db:
        replace_recovery_codes(db, person.id, hashes)
        record(db, portal.now(), person.id, Action.RECOVERY_CODES_RENEWED)
    return codes


def find_invited(portal: Portal, typed: str) -> tuple[Invitation, Person] | None:
    """Return the invitation of a code, and whose it is; None without telling why."""
    now, code = portal.now(), read_code(typed)
    with portal.store.read() as db:
        found = find_invitation(db, code.id, now) if code else None
    is_right = passwords_of(portal).matches(found.secret_hash if found else None, code.secret if code else "")
    with portal.store.write() as db:
        account = find_account(db, found.person_id) if found else None
        if found is not None and account is not None and is_right:
            return found, account.person
        if found is not None:
            count_wrong_secret(db, found.id)
        record(db, now, STRANGER, Action.JOIN_FAILED, about_person(found.person_id) if found else "")
        return None


def enter_by_invitation(
    portal: Portal, invitation: Invitation, person: Person, password: str, old: Session | None
) -> Entered | None:
    """Set the password and return a session; None if the invitation was used meanwhile."""
    now, password_hash = portal.now(), passwords_of(portal).hash(password)
    with portal.store.write() as db:
        if not use_invitation(db, invitation.id, now):
            return None
        set_password_hash(db, person.id, password_hash, now)
        # Whoever had the old password is out, also with a token that they made.
        close_sessions(db, person.id)
        revoke_tokens(db, person.id, now)
        record(db, now, person.id, Action.JOINED)
        return _change_session(db, portal, person, now, old, second_factor=False)


def invite_people(
    portal: Portal, people: list[Person], by: str, days: int = INVITATION_DAYS
) -> dict[str, str]:
    """Give each an invitation, which voids earlier ones; return the codes by person, readable only now."""
    now = portal.now()
    drawn: dict[str, NewInvitation] = {}
    with portal.store.read() as db:
        for _ in people:
            new = draw_invitation()
            while new.id in drawn or taken_ids(db, [new.id]):
                new = draw_invitation()
            drawn[new.id] = new
    hashes = {new.id: passwords_of(portal).hash(new.secret) for new in drawn.values()}
    until = now + timedelta(days=days)
    with portal.store.write() as db:
        for person, new in zip(people, drawn.values(), strict=True):
            add_invitation(db, Invitation(new.id, person.id, hashes[new.id], until), now, by)
            record(db, now, by, Action.INVITED, about_person(person.id))
    return {person.id: new.code for person, new in zip(people, drawn.values(), strict=True)}


def home_of(access: Access) -> str:
    """Return the page that a role begins with."""
    return {
        Access.TRAINEE: "/learn",
        Access.INSTRUCTOR: "/teach",
        Access.GRADER: "/mark",
        Access.OPERATOR: "/operate",
    }[access]


def _is_locked(account: Account, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def _note_failure(db: Connection, account: Account | None, now: datetime, action: Action) -> None:
    if account is None:
        record(db, now, STRANGER, action)  # what was typed is not kept: it may be a password
        return
    about = about_person(account.person.id)
    record(db, now, STRANGER, action, about)
    if _is_locked(account, now):
        return
    failures = count_failure(db, account.person.id)
    if failures >= FREE_FAILURES:
        lock_account(
            db, account.person.id, now + (LONG_LOCK if failures >= 2 * FREE_FAILURES else SHORT_LOCK)
        )
        record(db, now, STRANGER, Action.ACCOUNT_LOCKED, about, failures=failures)


def _let_in(db: Connection, portal: Portal, half: Session, now: datetime, action: Action) -> Entered:
    forget_failures(db, half.person.id)
    record(db, now, half.person.id, action)
    return _change_session(db, portal, half.person, now, half, second_factor=True)


def _change_session(
    db: Connection, portal: Portal, person: Person, now: datetime, old: Session | None, second_factor: bool
) -> Entered:
    """End the browser's old session and open one with a new token: a planted token is worth nothing."""
    if old is not None:
        close_session(db, old.person.id, old.digest)
    is_half = person.access.is_staff and portal.settings.require_second_factor and not second_factor
    limits = HALF_SIGNED_IN if is_half else session_limits(portal, person.access)
    return Entered(*open_session(db, person, now, limits, second_factor))


def _matching_recovery_code(portal: Portal, hashes: list[tuple[int, str]], typed: str) -> int | None:
    code = read_code(typed)
    if code is None:
        return None
    passwords = passwords_of(portal)
    return next((number for number, kept in hashes if passwords.matches(kept, code.code)), None)
