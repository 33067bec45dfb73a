"""Grades the class of attackers, as `medai grade` and `medai feedback` do, in a process of its own.

Knows the grader's functions; this is the one place that changes when grading is called differently. Whoever
started it looks at it from outside.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from corpus import load_content

from grader.cli.grade import print_report
from grader.grading.grade import grade
from grader.grading.handback import write_feedback
from grader.grading.roster import read_roster
from grader.model.work import GradingJob, Limits, Outcome
from grader.sandbox.run import run_jobs

ZONE = ZoneInfo("Asia/Seoul")
LIMITS = Limits(
    cell_timeout_s=4,
    run_timeout_s=25,
    memory_bytes=700_000_000,
    processes=32,
    cell_output_bytes=50_000,
    run_output_bytes=200_000,
    disk_bytes=8_000_000,
)
"""Hostile code gets little: a wall that fails must not take the machine down."""
SLACK_S = 15.0
"""Starting and ending a sandbox on a busy machine."""


class Clock:
    """When each job was taken and when it was done."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self.done: dict[str, float] = {}

    def run(self, jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        """Run jobs behind walls and note the times."""
        for outcome in run_jobs(self._take(jobs)):
            self.done[outcome.job_digest] = time.monotonic()
            yield outcome

    def _take(self, jobs: Iterable[GradingJob]) -> Iterator[GradingJob]:
        for job in jobs:
            self.taken[job.digest] = time.monotonic()
            yield job

    def too_long(self, limit_s: float) -> dict[str, float]:
        """Return jobs that took longer for certain: those taken well after them were done long before."""
        order = list(self.taken)
        late = {}
        for place, digest in enumerate(order):
            after = [self.done[other] for other in order[place + 16 :] if other in self.done]
            if digest in self.done and after and self.done[digest] - min(after) > limit_s:
                late[digest] = self.done[digest] - min(after)
        return late


def main(course_dir: Path) -> None:
    """Grade and write feedback; leave a report beside the course directory."""
    roster = read_roster(course_dir / "roster.csv")
    clock = Clock()
    started = time.monotonic()
    report = grade(course_dir, load_content(), clock.run, roster, limits=LIMITS)
    graded = time.monotonic()
    feedback = write_feedback(course_dir, load_content(), roster, zone=ZONE)
    finished = time.monotonic()
    print_report(report, False)
    print_report(feedback, False)
    value = {
        "items": [item.as_dict() for item in report.items],
        "pages": [item.as_dict() for item in feedback.items],
        "grade_s": graded - started,
        "feedback_s": finished - graded,
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "too_long": clock.too_long(LIMITS.run_timeout_s + SLACK_S),
    }
    (course_dir.parent / "report.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
