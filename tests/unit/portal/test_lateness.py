"""What being late costs: one number wherever somebody looks, and nothing decided later makes it worse."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from marking_world import MarkingWorld
from nbgrader.api import Gradebook as NbgraderGradebook
from nbgrader.plugins.export import CsvExportPlugin
from sqlalchemy import update

from grader.cli.elsewhere import _settled_scores
from grader.export import GradeRow, grades_csv
from grader.grading.gradebook_read import read_marks
from grader.grading.grades import read_grades
from grader.model.people import Person
from grader.portal.elsewhere import read_scores
from grader.portal.learn_view import write_score
from grader.portal.programme_names import read_names
from grader.portal.progress_table import progress_csv
from grader.store.learning import find_work
from grader.store.people import change_person
from grader.store.progress import list_progress
from grader.store.releases import (
    Extension,
    LateStep,
    Scope,
    change_rules,
    find_release,
    grant_extension,
    list_extensions,
    withdraw_extension,
)
from grader.store.schema import results
from grader.store.submissions import Origin, find_any_submission
from grader.text import Language

SEOUL = ZoneInfo("Asia/Seoul")
FREE = "늦었다고 점수를 깎지는 않지만"


@dataclass
class Late:
    """A world where being late costs a tenth and results are shown at once. Due 72 hours after its start."""

    world: MarkingWorld
    clock: Any
    person: Person
    uuid: str = ""

    @property
    def due_at(self) -> datetime:
        """When it is due for everybody."""
        with self.world.portal.store.read() as db:
            release = find_release(db, "sample")
        assert release is not None
        assert release.rules.due_at is not None
        return release.rules.due_at

    def change(self, **rules: Any) -> None:
        """Change the rules."""
        with self.world.portal.store.write() as db:
            release = find_release(db, "sample")
            assert release is not None
            change_rules(db, "sample", replace(release.rules, **rules))

    def extend(self, scope: Scope = Scope.PERSON, target: str = "hq-001", **more: float) -> None:
        """Grant an extension: so much after everybody's due date."""
        now, due_at = self.world.portal.now(), self.due_at + timedelta(**more)
        with self.world.portal.store.write() as db:
            grant_extension(db, Extension("sample", scope, target, due_at, None, "", now, "teacher-1"))

    def take_back(self) -> None:
        """Withdraw all extensions."""
        with self.world.portal.store.write() as db:
            for one in list_extensions(db, "sample"):
                withdraw_extension(db, "sample", one.id)

    def hand_in(self, hours: float, **given: Any) -> None:
        """Hand in so many hours after the start; 4 points are given by hand, which makes 10 of 10."""
        self.clock.at += timedelta(hours=hours)
        self.uuid = self.world.write(self.person, "답", **given)
        self.world.work()
        self.world.mark_in_formgrader(self.person.id, 4.0)
        self.world.work()

    @property
    def row(self) -> GradeRow:
        """What the commands read."""
        content = self.world.portal.course.assignments["sample"]
        (row,) = read_grades(self.world.paths.root, [content], [self.person])
        return row

    @property
    def page(self) -> str:
        """The feedback page."""
        return self.world.paths.feedback(self.person.id, "sample").read_text("utf-8")

    def fact(self, title: str) -> str:
        """What the feedback page says of something."""
        return re.findall(rf"<dt>{title}</dt><dd>([^<]*)</dd>", self.page)[0]

    def numbers(self) -> dict[str, float]:
        """Return the score as everybody reads it."""
        portal, row = self.world.portal, self.row
        with portal.store.read() as db:
            work = find_work(db, self.person, "sample")
            progress = list_progress(db, "sample", (), limit=None)
            portals = read_scores(db, "sample", [self.person], comments=True).settled[self.person.id]
        assert work is not None
        names = read_names(portal.course, Language.EN)
        commands = _settled_scores([row], comments=True)[self.person.id]
        comments = {re.findall(r"([\d.]+)/", one.comment)[0] for one in (portals, commands)}
        assert len(comments) == 1
        return {
            "feedback": float(self.fact("총점").split(" / ")[0]),
            "page": float(re.findall(r"[\d.]+", write_score(work, self.uuid, Language.EN))[0]),
            "progress": float(read_csv(progress_csv(progress, names, Language.EN, SEOUL))["Score"]),
            "moodle, portal": portals.score,
            "moodle, command": commands.score,
            "comment": float(comments.pop()),
            "export": float(read_csv(grades_csv([row], Language.EN, SEOUL))["Score"]),
            "nbgrader": float(self.nbgraders()["score"]),
        }

    def nbgraders(self) -> dict[str, str]:
        """Return the line that `nbgrader export` writes."""
        to = self.world.paths.root / "grades.csv"
        with NbgraderGradebook(f"sqlite:///{self.world.paths.gradebook}") as book:
            plugin = CsvExportPlugin()
            plugin.to = str(to)
            plugin.export(book)
        return read_csv(to.read_text("utf-8"))


def read_csv(text: str) -> dict[str, str]:
    """Return the line of the person whom these tests are about."""
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    return next(line for line in lines if "hq-001" in line.values())


@pytest.fixture
def late(world: MarkingWorld, portal_clock: object) -> Late:
    made = Late(world, portal_clock, world.enrol("hq-001"))
    made.change(late_rule=(LateStep(0, 10), LateStep(24 * 3600, 25)), feedback_at_once=True)
    return made


def test_one_number_everywhere(late: Late) -> None:
    """Pages, spreadsheets, what goes back to another platform, and nbgrader itself."""
    late.hand_in(72 + 2)
    assert set(late.numbers().values()) == {9.0}, late.numbers()
    assert (late.row.score, late.row.penalty, late.row.late_s) == (10.0, 1.0, 7200.0)
    assert "마감보다 2시간 늦게 제출했습니다. 늦은 제출이라 1점을 깎았고" in late.page
    assert FREE not in late.page
    assert late.fact("마감") == "2026년 4월 23일 18:00"
    line = late.nbgraders()
    assert (line["raw_score"], line["late_submission_penalty"]) == ("10.0", "1.0")


def test_late_without_a_rule_costs_nothing_and_is_told(late: Late) -> None:
    """The page says so, and only then."""
    late.change(late_rule=())
    late.hand_in(72 + 2)
    assert set(late.numbers().values()) == {10.0}
    assert f"마감보다 2시간 늦게 제출했습니다. {FREE}" in late.page
    assert (late.row.penalty, late.row.late_s) == (0.0, 7200.0)


def test_work_in_the_grace_period_is_not_late(late: Late) -> None:
    """Neither on its page nor in any list; the due date shown is the due date."""
    late.change(grace_s=3600)
    late.hand_in(72.5)
    assert set(late.numbers().values()) == {10.0}
    assert "늦" not in late.page
    assert late.fact("마감") == "2026년 4월 23일 18:00"
    assert late.row.late_s == 0.0


def test_an_extension_before_grading_counts(late: Late) -> None:
    """The page shows the person's own due date."""
    late.extend(days=2)
    late.hand_in(72 + 24)
    assert set(late.numbers().values()) == {10.0}
    assert late.fact("마감") == "2026년 4월 25일 18:00"
    assert "늦" not in late.page


def test_an_extension_after_grading_lifts_the_penalty_and_may_go_again(late: Late) -> None:
    """Wherever it is read, without anybody grading or marking again."""
    late.hand_in(72 + 26)
    assert set(late.numbers().values()) == {7.5}
    late.extend(hours=25)
    late.world.work()
    assert set(late.numbers().values()) == {9.0}
    assert "마감보다 1시간 늦게" in late.page
    late.extend(Scope.PERSON, days=3)
    late.world.work()
    assert set(late.numbers().values()) == {10.0}
    assert "늦" not in late.page
    late.take_back()
    late.world.work()
    assert set(late.numbers().values()) == {7.5}
    assert late.fact("마감") == "2026년 4월 23일 18:00"


def test_a_deadline_that_moves_ahead_takes_nothing(late: Late) -> None:
    """What came in time by its receipt stays in time, and its page keeps the date that it goes by."""
    late.hand_in(48)
    late.change(due_at=late.due_at - timedelta(days=2))
    late.world.work()
    assert set(late.numbers().values()) == {10.0}
    assert late.fact("마감") == "2026년 4월 23일 18:00"
    assert "늦" not in late.page
    other = late.world.enrol("hq-002")
    late.world.write(other, "다른 답")
    late.world.work()
    page = late.world.paths.feedback("hq-002", "sample").read_text("utf-8")
    assert "<dd>2026년 4월 21일 18:00</dd>" in page
    assert "늦게 제출했습니다" in page


def test_the_rule_in_force_counts(late: Late) -> None:
    """Changed after grading, it changes numbers and pages."""
    late.hand_in(72 + 2)
    late.change(late_rule=(LateStep(3600, 50),))
    late.world.work()
    assert set(late.numbers().values()) == {5.0}
    assert "5점을 깎았고" in late.page
    late.change(late_rule=())
    late.world.work()
    assert set(late.numbers().values()) == {10.0}
    assert FREE in late.page


def test_another_score_changes_the_penalty(late: Late) -> None:
    """It is a share of the score, formgrader's included."""
    late.hand_in(72 + 2)
    late.world.mark_in_formgrader("hq-001", 2.0)
    late.world.work()
    assert set(late.numbers().values()) == {7.2}


def test_who_moves_to_another_cohort_gets_its_deadline(late: Late) -> None:
    """Groups count as they are now."""
    late.extend(Scope.COHORT, "impact-2026", days=3)
    late.hand_in(72 + 2)
    assert set(late.numbers().values()) == {9.0}
    late.person = late.person.model_copy(update={"cohort": "impact-2026"})
    with late.world.portal.store.write() as db:
        change_person(db, late.person)
    late.world.work()
    assert set(late.numbers().values()) == {10.0}


def test_work_from_elsewhere_counts_from_when_it_was_handed_in_there(late: Late) -> None:
    """Staff may bring it in days later: that is nobody's fault, and the page shows the real time."""
    there = late.due_at - timedelta(hours=1)
    late.hand_in(72 + 72, client_at=there, origin=Origin.MOODLE)
    assert set(late.numbers().values()) == {10.0}
    assert late.fact("제출") == "2026년 4월 23일 17:00"
    assert "늦" not in late.page


def test_a_clients_own_clock_excuses_nobody(late: Late) -> None:
    """Only where staff brought the work."""
    late.hand_in(72 + 2, client_at=late.due_at - timedelta(hours=1), origin=Origin.EXCHANGE)
    assert set(late.numbers().values()) == {9.0}


def test_a_clock_that_was_set_back_makes_nobody_late(late: Late) -> None:
    """The receipt's moment never goes back; its lateness goes by the clock, and so do marks."""
    late.clock.at += timedelta(hours=80)
    late.world.write(late.world.enrol("hq-002"), "먼저")
    late.clock.at -= timedelta(hours=80)
    late.hand_in(71)
    with late.world.portal.store.read() as db:
        kept = find_any_submission(db, late.uuid)
    assert kept is not None
    assert kept.received_at > late.due_at
    assert set(late.numbers().values()) == {10.0}
    assert "늦" not in late.page


def test_the_same_notebook_again_counts_from_its_first_time(late: Late) -> None:
    """Also where an extension covers only the first time."""
    late.hand_in(72 + 2)
    late.extend(hours=3)
    late.hand_in(4)
    assert set(late.numbers().values()) == {10.0}


def test_a_due_date_may_come_and_go(late: Late) -> None:
    """Also where the release had none; nbgrader can always read what the gradebook says."""
    late.change(due_at=None)
    late.hand_in(72 + 2)
    assert "<dt>마감</dt>" not in late.page
    late.change(due_at=late.world.portal.now() + timedelta(hours=1))
    late.world.work()
    assert late.fact("마감") == "2026년 4월 23일 21:00"
    late.change(due_at=None)
    late.world.work()
    assert "<dt>마감</dt>" not in late.page
    with NbgraderGradebook(f"sqlite:///{late.world.paths.gradebook}") as book:
        submission = book.find_submission("sample", "hq-001")
        assert (submission.duedate, submission.total_seconds_late) == (None, 0)
    assert set(late.numbers().values()) == {10.0}


def test_a_penalty_that_got_lost_comes_back(late: Late) -> None:
    """As after `nbgrader autograde`, or when the worker ended before it had copied what it wrote."""
    late.hand_in(72 + 2)
    with closing(sqlite3.connect(late.world.paths.gradebook)) as gradebook, gradebook:
        gradebook.execute("UPDATE submitted_notebook SET late_submission_penalty = NULL")
    late.world.work()
    assert set(late.numbers().values()) == {9.0}
    with late.world.portal.store.write() as db:
        db.execute(update(results).values(penalty=0.0))
    late.world.work()
    assert set(late.numbers().values()) == {9.0}


def test_looking_again_writes_nothing(late: Late) -> None:
    """A worker that starts anew finds everything as it should be."""
    late.extend(hours=1)
    late.hand_in(72 + 2)
    before = late.world.paths.gradebook.stat().st_mtime_ns, read_marks(late.world.paths.gradebook, "sample")
    late.world.work()
    after = late.world.paths.gradebook.stat().st_mtime_ns, read_marks(late.world.paths.gradebook, "sample")
    assert before == after
