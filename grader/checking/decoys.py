"""Values that look like an expected one and are not: who says yes to all of them says nothing.

Knows plain values. Must not know who is asked.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from random import SystemRandom

COUNT = 5
"""A comparison that only guesses is right once in this many and one."""
CHANCE = SystemRandom()
"""Not the generator that tests seed, and none that a learner could foresee."""


def make_decoys(value: object) -> Iterator[object]:
    """Give values of the same type that differ from this one; a text where nothing can be made up.

    They lie along a walk on which the real value has any place, so that it is not the one in the middle.
    """
    place, walks = CHANCE.randint(0, COUNT), _is_plain(value)
    for steps in (place, COUNT - place):
        last = value
        for _ in range(steps):
            made = _other(last if walks else value, 3)
            made = _other(value, 3) if walks and made == value else made
            made = value if walks and made == value else made  # infinite
            last = made if made is not value else f"{CHANCE.getrandbits(64):x}"
            yield last


def hide(value: object, decoys: Iterable[object]) -> list[object]:
    """Return a value among its decoys in an order that nobody can foresee, one of them twice."""
    hidden = [value, *decoys]
    hidden.append(CHANCE.choice(hidden))
    CHANCE.shuffle(hidden)
    return hidden


def _is_plain(value: object) -> bool:
    """Tell whether two values of this kind can be compared without asking anybody."""
    if type(value) is dict:
        return all(map(_is_plain, value.values()))
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    return type(value) in (bool, int, float, str, type(None))


def _other(value: object, depth: int) -> object:
    """Return another value of this kind, or the same one when there is none."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + CHANCE.choice((-1, 1)) * CHANCE.randint(1, max(9, abs(value) % 10**9))
    if isinstance(value, float):
        return value + CHANCE.choice((-1.0, 1.0)) * (
            abs(value) * CHANCE.uniform(0.1, 0.9) + CHANCE.random() + 0.5
        )
    if isinstance(value, str):
        return _other_text(value)
    if type(value) in (list, tuple, set, frozenset) and depth:
        return _other_run(value, depth)
    if type(value) is dict and depth:
        return {key: _other(one, depth - 1) for key, one in value.items()} if value else {"a": 1}
    return value


def _other_text(text: str) -> str:
    letters = [one for one in text if not one.isspace()] or list(string.ascii_lowercase)
    near = [chr(ord(one) ^ 1) for one in letters if ord(one) > 1]
    alphabet = sorted({*letters, *(one for one in near if one.isalnum())})
    made = "".join(one if one.isspace() else CHANCE.choice(alphabet) for one in text)
    return made if made != text else text + CHANCE.choice(alphabet)


def _other_run(values: object, depth: int) -> object:
    kind = type(values)
    items = list(values)  # type: ignore[call-overload]
    if not items:
        return kind([CHANCE.randint(1, 99)])  # type: ignore[call-arg]
    at = CHANCE.randrange(len(items))
    changed = _other(items[at], depth - 1)
    if changed is items[at]:
        return kind(items[:at] + items[at + 1 :])  # type: ignore[call-arg]
    return kind([*items[:at], changed, *items[at + 1 :]])  # type: ignore[call-arg]
