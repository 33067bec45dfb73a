"""The fictional cohort: 24 people over nine sites and what each of them hands in.

Knows only invented people. Must not know files: `handins` turns a behaviour into bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.model.work import Trainee
from grader.text import Language


class Behaviour(StrEnum):
    """What a trainee hands in for one assignment."""

    FULL = "full"
    """All answers right."""
    PARTIAL = "partial"
    """One misconception from the catalogue."""
    WRONG = "wrong"
    """Every misconception that fits together."""
    EMPTY = "empty"
    """The release as it was."""
    LATE = "late"
    """All right, two days after the due date."""
    ABSENT = "absent"
    """Nothing handed in."""
    RENAMED = "renamed"
    """All right, in a file with another name."""
    STRIPPED = "stripped"
    """All right, but a tool removed the cells' metadata."""
    DUPLICATED = "duplicated"
    """All right, with a graded cell copied."""
    TRUNCATED = "truncated"
    """A file cut off in the middle."""
    NOT_UTF8 = "not-utf8"
    """A file in the cp949 encoding."""
    TOO_BIG = "too-big"
    """A file far over the size limit."""
    LINK = "link"
    """An archive with a symbolic link to a file of the machine."""
    ENDLESS = "endless"
    """An answer that never ends."""
    EXIT = "exit"
    """An answer that ends the process."""
    SNOOP = "snoop"
    """An answer that looks for files, secrets and a network."""
    SCRIPT = "script"
    """Right answers, with scripts planted in outputs and written text."""
    BOMB = "bomb"
    """An answer that starts processes without end."""


@dataclass(frozen=True)
class Participant:
    """A trainee and their behaviour in the first and the second assignment."""

    trainee: Trainee
    behaviours: tuple[Behaviour, Behaviour]


_B = Behaviour
_PEOPLE: tuple[tuple[str, str, str, str, str, Behaviour, Behaviour], ...] = (
    ("hq-001", "강한별", "headquarters", "it", "ko", _B.FULL, _B.FULL),
    ("hq-002", "노을찬", "headquarters", "office", "ko", _B.FULL, _B.PARTIAL),
    ("hq-003", "Mina Alder", "headquarters", "clinician", "en", _B.FULL, _B.FULL),
    ("gh-001", "도담솔", "gwanghwamun", "clinician", "ko", _B.LATE, _B.FULL),
    ("gh-002", "류이든", "gwanghwamun", "technician", "ko", _B.FULL, _B.DUPLICATED),
    ("yd-001", "마루한", "yeouido", "technician", "ko", _B.PARTIAL, _B.WRONG),
    ("yd-002", "Jonas Birke", "yeouido", "it", "en", _B.FULL, _B.SNOOP),
    ("gn-001", "배나래", "gangnam", "clinician", "ko", _B.STRIPPED, _B.FULL),
    ("gn-002", "서리안", "gangnam", "office", "ko", _B.EMPTY, _B.ABSENT),
    ("gn-003", "Tara Fennick", "gangnam", "technician", "en", _B.WRONG, _B.PARTIAL),
    ("sw-001", "송아라", "suwon", "technician", "ko", _B.FULL, _B.LATE),
    ("sw-002", "안가온", "suwon", "office", "ko", _B.RENAMED, _B.EMPTY),
    ("dg-001", "양해찬", "daegu", "technician", "ko", _B.FULL, _B.FULL),
    ("dg-002", "여름솔", "daegu", "clinician", "ko", _B.PARTIAL, _B.FULL),
    ("대구 003", "오 달님", "daegu", "office", "ko", _B.FULL, _B.PARTIAL),
    ("bs-001", "우도연", "busan", "clinician", "ko", _B.FULL, _B.FULL),
    ("bs-002", "윤슬아", "busan", "technician", "ko", _B.TRUNCATED, _B.PARTIAL),
    ("bs-003", "Rolf Tamm", "busan", "it", "en", _B.SCRIPT, _B.EXIT),
    ("gj-001", "이든솔", "gwangju", "clinician", "ko", _B.FULL, _B.WRONG),
    ("gj-002", "임다온", "gwangju", "office", "ko", _B.NOT_UTF8, _B.PARTIAL),
    ("gj-003", "장새벽", "gwangju", "it", "ko", _B.TOO_BIG, _B.ENDLESS),
    ("jj-001", "차미르", "jeju", "clinician", "ko", _B.FULL, _B.STRIPPED),
    ("jj-002", "하늘빛", "jeju", "technician", "ko", _B.LINK, _B.FULL),
    ("jj-003", "Vera Holm", "jeju", "office", "en", _B.FULL, _B.BOMB),
)


def demo_cohort() -> tuple[Participant, ...]:
    """Return the 24 fictional participants in roster order."""
    return tuple(
        Participant(
            Trainee(
                id=id_,
                name=name,
                site=site,
                role=role,
                language=Language(language),
                email=f"{'trainee' if ' ' in id_ else id_}@example.org",
            ),
            (first, second),
        )
        for id_, name, site, role, language, first, second in _PEOPLE
    )
