"""Who is who: people as another platform calls them, and the roster.

Knows names, addresses and ids; must not know any platform's files. Nothing is guessed: who is not certain
stays a doubt until a person settles it.
"""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import InvalidContent, Problem
from grader.export import harmless
from grader.lms.csvtext import CsvText
from grader.model.work import Trainee
from grader.text import LocalText

NOBODY = "-"
"""In a list of who is who: this one is on no roster, leave them out."""
COLUMNS = ("key", "name", "email", "candidates", "id")


@dataclass(frozen=True)
class Stranger:
    """Someone as another platform calls them."""

    key: str
    """Unique there: participant number, user id, name of a folder."""
    name: str = ""
    email: str = ""
    ids: tuple[str, ...] = ()
    """Further fields that may hold the id on our roster."""


class Evidence(StrEnum):
    """What tells who someone is, strongest first."""

    SETTLED = "settled"
    """A person said so."""
    ID = "id"
    EMAIL = "email"
    NAME = "name"


class DoubtKind(StrEnum):
    """Why it is not certain who someone is."""

    NOBODY = "nobody"
    SEVERAL = "several"
    """More than one person on the roster has this name or address."""
    CONTRADICTION = "contradiction"
    """Id, address and name are not one person's: numbers of another system may look like ours."""
    SHARED = "shared"
    """Several people there would be the same person here."""
    LEFT_OUT = "left-out"
    """A person said that this one is on no roster."""


DOUBTS: dict[DoubtKind, LocalText] = {
    DoubtKind.NOBODY: LocalText(
        ko="명단에서 찾지 못했습니다", en="nobody on the roster has this id, address or name"
    ),
    DoubtKind.SEVERAL: LocalText(
        ko="명단에 같은 이름이나 주소가 둘 이상 있습니다",
        en="several people on the roster have this name or address",
    ),
    DoubtKind.CONTRADICTION: LocalText(
        ko="번호, 이메일, 이름이 서로 다른 사람을 가리킵니다",
        en="id, address and name belong to different people",
    ),
    DoubtKind.SHARED: LocalText(
        ko="플랫폼의 여러 사람이 명단의 같은 사람과 맞습니다",
        en="several people there match the same person on the roster",
    ),
    DoubtKind.LEFT_OUT: LocalText(ko="명단에 없다고 표시하셨습니다", en="you marked them as on no roster"),
}


@dataclass(frozen=True)
class Doubt:
    """Someone whom nobody can be certain about."""

    kind: DoubtKind
    candidates: tuple[str, ...] = ()
    """Ids on the roster that it could be."""


@dataclass(frozen=True)
class Match:
    """What is known about one stranger."""

    stranger: Stranger
    who: str | Doubt
    """Id on the roster, or the doubt."""
    evidence: Evidence | None = None


def match_people(
    strangers: Iterable[Stranger], roster: Sequence[Trainee], settled: Mapping[str, str]
) -> dict[str, Match]:
    """Return who each stranger is, by key.

    `settled` maps keys to ids or to `NOBODY`. Give everyone whom the platform knows, not only those who
    handed something in: two people of one name can only be seen if both are there.
    """
    index = _Index(roster)
    matches = {
        one.key: index.find(one, settled.get(_spell(one.key)) or settled.get(_spell(harmless(one.key))))
        for one in strangers
    }
    claimed = Counter(match.who for match in matches.values() if isinstance(match.who, str))
    for key, match in matches.items():
        if isinstance(match.who, str) and claimed[match.who] > 1 and match.evidence is not Evidence.SETTLED:
            matches[key] = Match(match.stranger, Doubt(DoubtKind.SHARED, (match.who,)))
    return matches


class _Index:
    """The roster by id, address and name."""

    def __init__(self, roster: Sequence[Trainee]) -> None:
        self.ids = {fold(trainee.id): trainee.id for trainee in roster}
        self.emails: dict[str, list[str]] = defaultdict(list)
        self.names: dict[str, list[str]] = defaultdict(list)
        for trainee in roster:
            if trainee.email:
                self.emails[fold(trainee.email)].append(trainee.id)
            for name in name_keys(trainee.name):
                self.names[name].append(trainee.id)

    def find(self, one: Stranger, settled: str | None) -> Match:
        """Return who this is; the strongest evidence counts."""
        if settled == NOBODY:
            return Match(one, Doubt(DoubtKind.LEFT_OUT))
        if settled:
            return Match(one, self.ids[fold(settled)], Evidence.SETTLED)
        words = re.findall(r"[^\s()\[\],;/]+", one.name)
        parts = (part for word in words for part in (word, *word.split("_")))
        by_id = {self.ids[fold(text)] for text in (*one.ids, *parts) if fold(text) in self.ids}
        by_email = {who for text in (one.email, *one.ids) for who in self.emails.get(fold(text), ())}
        by_name = {who for name in name_keys(one.name) for who in self.names.get(name, ())}
        evidence = ((by_id, Evidence.ID), (by_email, Evidence.EMAIL), (by_name, Evidence.NAME))
        told = [(found, kind) for found, kind in evidence if found]
        if not told:
            return Match(one, Doubt(DoubtKind.NOBODY))
        strongest, kind = told[0]
        if any(not strongest & found for found, _ in told[1:]):
            everybody = {who for found, _ in told for who in found}
            return Match(one, Doubt(DoubtKind.CONTRADICTION, tuple(sorted(everybody))))
        if len(strongest) > 1:
            return Match(one, Doubt(DoubtKind.SEVERAL, tuple(sorted(strongest))))
        return Match(one, next(iter(strongest)), kind)


def fold(text: str) -> str:
    """Return an id or address as it is compared."""
    return _spell(text).casefold()


def _spell(text: str) -> str:
    """Return a key as it is compared: macOS and spreadsheets spell Korean letters each in their own way."""
    return unicodedata.normalize("NFC", text).strip()


def _as_utf8(content: bytes) -> bytes:
    """Return a list that people fill in, in whatever encoding their spreadsheet saved it."""
    for encoding in ("utf-16",) if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else ("utf-8", "cp949"):
        try:
            return content.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    return content


def name_keys(name: str) -> set[str]:
    """Return the forms under which a name is found: parts in any turn, without spaces and signs.

    Platforms write 김민수 as 민수 김, and Kim, Minsu as kimminsu.
    """
    parts = re.findall(r"\w+", fold(name))
    return {"".join(parts[at:] + parts[:at]) for at in range(len(parts))}


def read_who(content: bytes, file_name: str, roster: Sequence[Trainee]) -> dict[str, str]:
    """Return what a person settled: key → id or `NOBODY`; raise InvalidContent with every problem."""
    rows = CsvText(_as_utf8(content), file_name).rows
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if "key" not in header or "id" not in header:
        hint = f"the first line must be {','.join(COLUMNS)}"
        raise InvalidContent([Problem(file_name, 1, "who-header", "column key or id is missing", hint)])
    key_at, id_at = header.index("key"), header.index("id")
    ids = {fold(trainee.id): trainee.id for trainee in roster}
    settled: dict[str, str] = {}
    problems: list[Problem] = []
    for line, row in enumerate(rows[1:], start=2):
        key, who = (_spell(row[at]) if at < len(row) else "" for at in (key_at, id_at))
        if not key or not who:
            continue
        if who != NOBODY and fold(who) not in ids:
            hint = f"write an id of the roster, or {NOBODY} to leave this one out"
            problems.append(Problem(file_name, line, "who-id", f"{who!r} is on no roster", hint))
        elif settled.setdefault(key, who) != who:
            hint = "keep one line for each key"
            problems.append(Problem(file_name, line, "who-twice", f"{key!r} stands twice", hint))
    if problems:
        raise InvalidContent(problems)
    return {key: who if who == NOBODY else ids[fold(who)] for key, who in settled.items()}


def write_who(matches: Iterable[Match]) -> bytes:
    """Return the list to fill in: everyone in doubt with an empty id, and what was settled before."""
    lines = [",".join(COLUMNS)]
    for match in matches:
        one = match.stranger
        if isinstance(match.who, Doubt):
            candidates = " ".join(match.who.candidates)
            who = NOBODY if match.who.kind is DoubtKind.LEFT_OUT else ""
        elif match.evidence is Evidence.SETTLED:
            candidates, who = "", match.who
        else:
            continue
        values = map(harmless, (one.key, one.name, one.email, candidates))
        quoted = ('"' + value.replace('"', '""') + '"' for value in (*values, who))
        lines.append(",".join(quoted))
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-8", "replace")
