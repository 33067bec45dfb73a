"""Everybody's deadlines at once, and how late work counts after a deadline has changed."""

from __future__ import annotations

from datetime import timedelta

from office import DURI, HANA, NOON, TEACHER, WEEK, Office, make_hand_in

from grader.store.deadlines import (
    Deadline,
    Lateness,
    effective_deadline,
    fingerprint_deadlines,
    list_everybodys_deadlines,
)
from grader.store.grading_copy import list_newest
from grader.store.people import change_person
from grader.store.releases import Extension, LateStep, Scope, find_release, grant_extension
from grader.store.submissions import Origin

DUE = NOON + WEEK
HOUR = timedelta(hours=1)


def extend(office: Office, scope: Scope, target: str, later: timedelta) -> None:
    with office.store.write() as db:
        grant_extension(db, Extension("a1", scope, target, DUE + later, None, "", NOON, "teacher"))


def fingerprint(office: Office) -> tuple[object, ...]:
    with office.store.read() as db:
        return fingerprint_deadlines(db)


def test_deadlines_of_all_are_those_of_each(office: Office) -> None:
    """The narrowest extension counts; one for no cohort at all reaches nobody by accident."""
    people = (HANA, DURI, TEACHER)
    for scope, target, later in (
        (Scope.COHORT, "first", 1),
        (Scope.SITE, "seoul", 2),
        (Scope.PERSON, HANA.id, 3),
    ):
        extend(office, scope, target, later * HOUR)
    with office.store.read() as db:
        release = find_release(db, "a1")
        assert release is not None
        together = list_everybodys_deadlines(db, release, people)
        assert together == {one.id: effective_deadline(db, release, one) for one in people}
    assert [together[one.id].scope for one in people] == [Scope.PERSON, None, Scope.SITE]


def test_what_is_decided_later_can_only_help() -> None:
    """Of the receipt's lateness and that of today the smaller counts, with its own due date."""
    today = Deadline(DUE, 600, None)
    late = Lateness(DUE - HOUR, 7200.0)
    assert today.judge_again(DUE + HOUR, late) == Lateness(DUE, 3600.0)
    assert today.judge_again(DUE + timedelta(seconds=600), late) == Lateness(DUE, 0.0)
    in_time = Lateness(DUE + 3 * HOUR, 0.0)
    assert today.judge_again(DUE + HOUR, in_time) == in_time
    assert today.judge_again(DUE, Lateness(None, 0.0)) == Lateness(DUE, 0.0)
    assert Deadline(None, 0, None).judge_again(DUE + HOUR, late) == Lateness(None, 0.0)


def test_the_time_that_counts_is_the_one_that_the_receipt_went_by(office: Office) -> None:
    """Elsewhere for work that staff brought; the clock, where the receipt's moment could not go back."""
    there = DUE - HOUR
    office.hand_in(
        make_hand_in(1, b"{1}", origin=Origin.MOODLE, client_at=there), DUE + 3 * timedelta(days=1)
    )
    with office.store.read() as db:
        (newest,) = list_newest(db, "a1")
    assert newest.counts_from == there
    assert [time.lateness for time in newest.times] == [Lateness(DUE, 0.0)]
    office.hand_in(make_hand_in(2, b"{2}", client_at=there), DUE + HOUR)  # the clock went back by days
    with office.store.read() as db:
        (newest,) = list_newest(db, "a1")
    assert newest.received_at == DUE + 3 * timedelta(days=1)
    assert newest.counts_from == DUE + HOUR
    assert [time.lateness for time in newest.times] == [Lateness(DUE, 3600.0)]


def test_the_fingerprint_tells_every_change_of_what_lateness_costs(office: Office) -> None:
    """Rules, extensions, and who belongs to which group."""
    seen = [fingerprint(office)]
    assert fingerprint(office) == seen[0]
    office.change_rules(late_rule=(LateStep(0, 10),))
    seen.append(fingerprint(office))
    office.change_rules(grace_s=60)
    seen.append(fingerprint(office))
    extend(office, Scope.SITE, "busan", HOUR)
    seen.append(fingerprint(office))
    extend(office, Scope.SITE, "busan", 2 * HOUR)
    seen.append(fingerprint(office))
    with office.store.write() as db:
        change_person(db, DURI.model_copy(update={"cohort": "first"}))
    seen.append(fingerprint(office))
    assert len(set(seen)) == len(seen)
