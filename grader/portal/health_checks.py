"""What an operator has to look at: each part of the portal judged good, to be watched, or bad.

Knows thresholds and what to do about each; must not know the database's tables, requests or templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from grader.store.health import QueueCounts, StoreCounts, StoreSpace

SLOW_S = 0.1
LITTLE_BYTES = 5_000_000_000
NO_ROOM_BYTES = 500_000_000
"""Below this the portal says that it is not ready: a database without room can damage a morning."""
WORKER_SILENT = timedelta(minutes=2)
LONG_WAIT = timedelta(minutes=30)
BACKUP_EVERY = timedelta(hours=26)
UPKEEP_LATE = timedelta(days=3)
KEY_AGE = timedelta(days=400)
CLOCK_SLACK = timedelta(seconds=5)


class Verdict(StrEnum):
    """How a part is doing; also the colour of its card."""

    GOOD = "good"
    WATCH = "wait"
    BAD = "bad"


class Part(StrEnum):
    """What is looked at; each has the words `operate_part_…` and `operate_todo_…`."""

    DATABASE = "database"
    DISK = "disk"
    WORKER = "worker"
    QUEUE = "queue"
    BACKUP = "backup"
    KEY = "key"
    CLOCK = "clock"
    UPKEEP = "upkeep"
    LINE = "line"


@dataclass(frozen=True)
class Check:
    """One part, judged."""

    part: Part
    verdict: Verdict


@dataclass(frozen=True)
class HealthFacts:
    """What was measured."""

    now: datetime
    counts: StoreCounts
    queue: QueueCounts
    space: StoreSpace
    worker_seen_at: datetime | None
    backed_up_at: datetime | None
    key_made_at: datetime | None
    """Of the key that signs receipts now."""
    is_https: bool
    is_local: bool
    """The public address is this machine only."""
    kept_up_at: datetime | None = None
    """When the worker, or somebody, last removed what was over."""
    has_upkeep_failed: bool = False
    """Since then."""


def judge_health(facts: HealthFacts) -> list[Check]:
    """Return all parts, judged."""
    verdicts = {
        Part.DATABASE: Verdict.GOOD if facts.space.latency_s < SLOW_S else Verdict.WATCH,
        Part.DISK: _judge_disk(facts.space),
        Part.WORKER: _judge_worker(facts),
        Part.QUEUE: _judge_queue(facts),
        Part.BACKUP: _judge_backup(facts),
        Part.KEY: _judge_key(facts),
        Part.CLOCK: _judge_clock(facts),
        Part.UPKEEP: _judge_upkeep(facts),
        Part.LINE: Verdict.GOOD if facts.is_https or facts.is_local else Verdict.BAD,
    }
    return [Check(part, verdict) for part, verdict in verdicts.items()]


def _judge_disk(space: StoreSpace) -> Verdict:
    if space.free_bytes < NO_ROOM_BYTES:
        return Verdict.BAD
    return Verdict.WATCH if space.free_bytes < LITTLE_BYTES else Verdict.GOOD


def _judge_worker(facts: HealthFacts) -> Verdict:
    seen = facts.worker_seen_at
    return Verdict.GOOD if seen is not None and facts.now - seen < WORKER_SILENT else Verdict.BAD


def _judge_queue(facts: HealthFacts) -> Verdict:
    oldest = facts.queue.oldest_waiting_at
    return Verdict.WATCH if oldest is not None and facts.now - oldest > LONG_WAIT else Verdict.GOOD


def _judge_backup(facts: HealthFacts) -> Verdict:
    if facts.backed_up_at is None:
        return Verdict.BAD if facts.counts.receipts else Verdict.WATCH
    return Verdict.GOOD if facts.now - facts.backed_up_at < BACKUP_EVERY else Verdict.WATCH


def _judge_key(facts: HealthFacts) -> Verdict:
    if facts.key_made_at is None:
        return Verdict.BAD
    return Verdict.WATCH if facts.now - facts.key_made_at > KEY_AGE else Verdict.GOOD


def _judge_clock(facts: HealthFacts) -> Verdict:
    """A last receipt from the future: the clock was set back, and receipts all carry that one moment."""
    last = facts.counts.last_receipt_at
    return Verdict.BAD if last is not None and last > facts.now + CLOCK_SLACK else Verdict.GOOD


def _judge_upkeep(facts: HealthFacts) -> Verdict:
    """Upkeep waits while work does; for days it does not."""
    is_late = facts.kept_up_at is not None and facts.now - facts.kept_up_at > UPKEEP_LATE
    return Verdict.WATCH if is_late or facts.has_upkeep_failed else Verdict.GOOD
