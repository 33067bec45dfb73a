"""Secrets that people choose or type: how they are hashed, compared and judged.

Knows argon2id and what makes a password easy to guess; must not know tables or pages. Random tokens of 256
bits are no matter of this module: see `grader.store.sessions`.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from grader.model.people import Person, fold_id
from grader.portal.settings import PasswordCost

MIN_LENGTH = 10
MAX_LENGTH = 200
_MIN_DIFFERENT = 5
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each hash takes tens of megabytes: a crowd at the door must not take all of them at once."""
_COMMON = frozenset(
    """
    1q2w3e4r5t 1q2w3e4r5t6y qwer1234qwer qwertyuiop qwerty12345 qwerty123456 asdfghjkl1
    asdf1234asdf zxcvbnm123 password12 password123 password1234 passw0rd123 p@ssw0rd123
    iloveyou12 iloveyou123 administrator administrator1 admin12345 admin123456 welcome123
    welcome1234 letmein1234 changeme123 a123456789 abc1234567 abcd123456 abcd1234567 abcde12345
    abcdefghij abcdefgh12 test123456 test12345678 hospital123 hospital1234 medical123
    medical1234 clinic1234 nurse12345 doctor12345 samsung1234 korea12345 seoul12345 tkfkdgo123
    tkfkdgody1 dkssudgktpdy dkssudgktpdy1 qlalfqjsgh qlalfqjsgh1 rhdwkdtlrvna sarang1234
    sarang12345 비밀번호1234 비밀번호12345 안녕하세요12 안녕하세요123 사랑해요12345
    """.split()  # noqa: SIM905  (a list of sixty quoted words hides what it says)
)
"""Of at least ten letters, among them Korean words as they come out on an English keyboard."""


class Passwords:
    """Hashes and compares secrets at one cost."""

    def __init__(self, cost: PasswordCost) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.parallelism
        )
        self._nobodys = self.hash("nobody has this one")

    def hash(self, secret: str) -> str:
        """Return the argon2id hash of a secret, with its salt and cost."""
        with _AT_ONCE:
            return self._hasher.hash(normal_form(secret))

    def matches(self, kept: str | None, secret: str) -> bool:
        """Whether a secret is the one kept. Without one the same work is done, so time tells nothing."""
        try:
            with _AT_ONCE:
                found = self._hasher.verify(kept or self._nobodys, normal_form(secret[:MAX_LENGTH]))
        except (VerificationError, InvalidHashError):
            return False
        return found and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


@cache
def passwords_at(cost: PasswordCost) -> Passwords:
    """Return the one `Passwords` of a cost: making it takes as long as one hash."""
    return Passwords(cost)


def normal_form(secret: str) -> str:
    """Return a secret as it is hashed: systems compose Hangul in different ways when people type it."""
    return unicodedata.normalize("NFKC", secret)


def find_fault(password: str, person: Person) -> str | None:
    """Return the name of the word that says why a password is too easy, or None if it will do."""
    plain = normal_form(password)
    folded = plain.casefold()
    if len(plain) < MIN_LENGTH:
        return "password_short"
    if len(password) > MAX_LENGTH or not plain.isprintable():
        return "password_long"
    own = {fold_id(person.id), fold_id(person.name), fold_id(person.email.partition("@")[0])}
    if any(len(part) >= 2 and part in folded for part in own):
        return "password_own"
    if plain.isdecimal() or len(set(folded)) < _MIN_DIFFERENT or folded in _COMMON:
        return "password_common"
    return None
