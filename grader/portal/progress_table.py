"""How far people have come, as tables and as CSV text: from counts and rows of the store.

Knows states, names and spreadsheets' dangers; must not know the database or requests.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from grader.export import BOM, harmless
from grader.portal.pages import WORDS
from grader.portal.programme_names import ProgrammeNames
from grader.store.progress import PersonProgress, StateCount, WorkState
from grader.text import Language

_HEADER = (
    "teach_person_id",
    "person",
    "site",
    "job",
    "cohort",
    "state",
    "teach_attempts",
    "teach_handed_in_at",
    "teach_client_at",
    "teach_client_lag_s",
    "teach_late_min",
    "score",
    "teach_max_score",
    "teach_penalty",
)


@dataclass(frozen=True)
class ProgressRow:
    """One line of a table: a site or a job, and how many people stand where."""

    id: str
    name: str
    counts: Mapping[WorkState, int]

    @property
    def total(self) -> int:
        """People on this line."""
        return sum(self.counts.values())

    @property
    def handed_in(self) -> int:
        """Those who handed in, whatever became of it."""
        return self.total - self.counts.get(WorkState.MISSING, 0)


def rows_by_site(counts: Iterable[StateCount], names: ProgrammeNames) -> list[ProgressRow]:
    """Return one line per site, in the programme's order."""
    return _rows(counts, lambda count: count.site, names.sites)


def rows_by_job(counts: Iterable[StateCount], names: ProgrammeNames) -> list[ProgressRow]:
    """Return one line per job, in the programme's order."""
    return _rows(counts, lambda count: count.job, names.jobs)


def progress_csv(
    people: Iterable[PersonProgress], names: ProgrammeNames, language: Language, zone: tzinfo
) -> str:
    """Return the CSV text, BOM first; nothing that people typed becomes a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([WORDS[name][language] for name in _HEADER])
    for one in people:
        typed = (one.person_id, one.name, names.site(one.site), names.job(one.job), names.cohort(one.cohort))
        numbers: Sequence[float | None] = (one.total, one.max_score, one.penalty or None)
        writer.writerow(
            [
                *(harmless(value) for value in typed),
                WORDS[f"teach_work_{one.state}"][language],
                one.attempts,
                one.handed_in_at.astimezone(zone).isoformat(" ")[:16] if one.handed_in_at else "",
                *_clock_of_theirs(one, zone),
                -(-int(one.late_s) // 60) or "",
                *("" if number is None else f"{round(number, 2):g}" for number in numbers),
            ]
        )
    return BOM + text.getvalue()


def _clock_of_theirs(one: PersonProgress, zone: tzinfo) -> tuple[str, str]:
    """Return the moment by their clock and how many seconds later ours received it: evidence for appeals."""
    if one.client_at is None or one.handed_in_at is None:
        return "", ""
    lag_s = (one.handed_in_at - one.client_at).total_seconds()
    return one.client_at.astimezone(zone).isoformat(" ")[:19], f"{lag_s:.0f}"


def _rows(
    counts: Iterable[StateCount], key: Callable[[StateCount], str], names: Mapping[str, str]
) -> list[ProgressRow]:
    groups: dict[str, Counter[WorkState]] = {}
    for count in counts:
        groups.setdefault(key(count), Counter())[count.state] += count.people
    order = [*names, *sorted(groups.keys() - names.keys())]
    return [ProgressRow(one, names.get(one, one), groups[one]) for one in order if one in groups]
