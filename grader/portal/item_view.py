"""What an assignment's tests say about themselves, as values for a page: from nameless scores and formulas.

Knows the assignment, scores and `grader.statistics`; must not know people, the database or templates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.grading.verdict_words import VERDICTS
from grader.model.assignment import CellRole
from grader.model.content import AssignmentContent
from grader.model.work import Verdict
from grader.statistics import FEW_PEOPLE, SMALLEST_GROUP, ItemStatistics, describe_items, mean_share
from grader.store.grading_copy import FailedTest
from grader.store.statistics_rows import ScoredWork
from grader.text import LocalText

SHOWN_MESSAGES = 3
_ALL_CELLS = LocalText(ko="채점한 셀 전체", en="All graded cells")
WEAK = 0.2
"""Below this an item hardly tells people apart: Ebel and Frisbie (1991), Essentials of Educational
Measurement."""


@dataclass(frozen=True)
class ItemRow:
    """One test cell."""

    cell: str
    points: float
    statistics: ItemStatistics

    @property
    def is_odd(self) -> bool:
        """Whether those who are good at the rest fail here: the test or its wording may be wrong."""
        return self.statistics.item_total is not None and self.statistics.item_total < 0

    @property
    def is_weak(self) -> bool:
        """Whether the item hardly tells people apart, and not because nearly everybody solves it."""
        found = self.statistics
        hardly = found.item_total is not None and 0 <= found.item_total < WEAK
        return hardly and found.difficulty is not None and found.difficulty < 0.9


@dataclass(frozen=True)
class TaskItems:
    """The test cells of one task."""

    title: LocalText
    share: float | None
    """Mean share of the task's points."""
    items: tuple[ItemRow, ...]


@dataclass(frozen=True)
class TextCount:
    """How many people were told the same."""

    text: LocalText
    people: int


@dataclass(frozen=True)
class FailingTest:
    """A test cell that somebody did not pass."""

    cell: str
    task: LocalText
    people: int
    share: float
    """Of everybody's newest work."""
    verdicts: tuple[TextCount, ...]
    messages: tuple[TextCount, ...]
    """What it told most often; tests without messages of their own, and runs that broke off, tell nothing."""
    sites: Mapping[str, float]
    """Share of a site's people, of sites with enough of them."""


@dataclass(frozen=True)
class GroupShare:
    """Mean share of points of a site; None when it has too few people to be shown."""

    site: str
    people: int
    share: float | None


@dataclass(frozen=True)
class ItemReport:
    """The whole page."""

    people: int
    left_out: int
    """People whose work was graded by another revision's tests."""
    tasks: tuple[TaskItems, ...]
    failing: tuple[FailingTest, ...]
    """Those that most people fail first."""
    sites: tuple[GroupShare, ...]

    @property
    def is_small(self) -> bool:
        """Whether one person more or less would change the numbers visibly."""
        return self.people < FEW_PEOPLE


def build_item_report(content: AssignmentContent | None, works: Sequence[ScoredWork]) -> ItemReport:
    """Return the statistics of an assignment's test cells; written answers are left out.

    `works` holds the newest graded work of each person. Without `content`, which only the course's own
    assignments have, every cell with points counts, as one task.
    """
    tests = _tests_of(content) if content else _cells_of(works)
    whole = [work for work in works if tests.keys() <= work.cells.keys()]
    scores = {cell: [work.cells[cell][0] for work in whole] for cell in tests}
    maxima = {cell: maximum for cell, (maximum, _) in tests.items()}
    by_task: dict[str, list[ItemRow]] = defaultdict(list)
    for cell, statistics in describe_items(scores, maxima).items():
        by_task[tests[cell][1]].append(ItemRow(cell, maxima[cell], statistics))
    titles = {task.id: task.title for task in content.assignment.tasks} if content else {"": _ALL_CELLS}
    return ItemReport(
        people=len(whole),
        left_out=len(works) - len(whole),
        tasks=tuple(
            TaskItems(title, _share(scores, by_task[task]), tuple(by_task[task]))
            for task, title in titles.items()
            if task in by_task
        ),
        failing=_find_failing({cell: titles[task] for cell, (_, task) in tests.items()}, content, whole),
        sites=_share_by_site(whole, scores, sum(maxima.values())),
    )


def _tests_of(content: AssignmentContent) -> dict[str, tuple[float, str]]:
    """Return test cell → its points and its task."""
    return {
        cell.id: (float(cell.points), cell.task or "")
        for cell in content.sheet.cells
        if cell.role is CellRole.TEST and cell.points
    }


def _cells_of(works: Sequence[ScoredWork]) -> dict[str, tuple[float, str]]:
    """Return the cells that somebody could get points for, all of one task without a name."""
    return {cell: (maximum, "") for work in works for cell, (_, maximum) in work.cells.items() if maximum}


def _share(scores: Mapping[str, Sequence[float]], rows: Sequence[ItemRow]) -> float | None:
    points = [sum(column) for column in zip(*(scores[row.cell] for row in rows), strict=True)]
    return mean_share(points, sum(row.points for row in rows))


def _find_failing(
    tests: Mapping[str, LocalText], content: AssignmentContent | None, works: Sequence[ScoredWork]
) -> tuple[FailingTest, ...]:
    """Return the tests, given with their tasks' titles, that somebody failed."""
    texts = {message.id: message.text for message in content.assignment.messages} if content else {}
    sizes = Counter(work.site for work in works)
    failed: dict[str, list[tuple[FailedTest, str]]] = defaultdict(list)
    for work in works:
        for test in work.failed:
            failed[test.cell].append((test, work.site))
    found = []
    for cell in (cell for cell in tests if cell in failed):
        here, places = [test for test, _ in failed[cell]], Counter(site for _, site in failed[cell])
        verdicts = Counter(Verdict(test.verdict) for test in here)
        messages = Counter(test.message for test in here if test.message in texts)
        found.append(
            FailingTest(
                cell=cell,
                task=tests[cell],
                people=len(here),
                share=len(here) / len(works),
                verdicts=tuple(TextCount(VERDICTS[one][0], n) for one, n in verdicts.most_common()),
                messages=tuple(TextCount(texts[one], n) for one, n in messages.most_common(SHOWN_MESSAGES)),
                sites={site: places[site] / n for site, n in sorted(sizes.items()) if n >= SMALLEST_GROUP},
            )
        )
    return tuple(sorted(found, key=lambda one: -one.people))


def _share_by_site(
    works: Sequence[ScoredWork], scores: Mapping[str, Sequence[float]], maximum: float
) -> tuple[GroupShare, ...]:
    points: dict[str, list[float]] = defaultdict(list)
    for work, column in zip(works, zip(*scores.values(), strict=True), strict=False):
        points[work.site].append(sum(column))
    return tuple(
        GroupShare(site, len(got), mean_share(got, maximum) if len(got) >= SMALLEST_GROUP else None)
        for site, got in sorted(points.items())
    )
