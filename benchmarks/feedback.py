"""Feedback pages for a class: how long they take and how large they are, beside nbgrader's own.

    python benchmarks/feedback.py [--submissions 200]

A class is graded once (the `plain` notebook, no two alike, every third partly wrong). Then both commands
write a page for everyone from the same gradebook and the same graded notebooks, start-up included:
`nbgrader generate_feedback`, and `medai feedback` in a copy of this course that has the assignment.

Prints a table; exits with 1 when ours takes more than a tenth of the time or a fifth of the bytes.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml
from scaling import NAME, make_content, make_course, make_roster
from throughput import REPOSITORY, run_nbgrader

from grader.authoring.sheet import format_sheet
from grader.grading.grade import grade
from grader.sandbox.run import close_zygotes, require_walls, run_jobs

TIME_LIMIT = 0.1
BYTES_LIMIT = 0.2


@dataclass(frozen=True)
class Pages:
    """What writing the pages took, and what came of it."""

    count: int
    wall_s: float
    cpu_s: float
    size_bytes: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--submissions", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedback-") as folder:
        course = make_graded_course(Path(folder), options.submissions)
        theirs = shutil.copytree(course, Path(folder) / "theirs")
        root = make_workspace(Path(folder) / "workspace")
        medai = [str(Path(sys.executable).with_name("medai")), "feedback", NAME]
        command = [*medai, "--root", str(root), "--course-dir", str(course)]
        their_pages = time_pages(theirs, partial(run_nbgrader, theirs, "generate_feedback", NAME))
        our_pages = time_pages(course, partial(subprocess.run, command, check=True, capture_output=True))
    return report(their_pages, our_pages, options.submissions)


def make_graded_course(folder: Path, count: int) -> Path:
    """Grade a class; both gradebook and graded notebooks are such as nbgrader itself reads."""
    require_walls()
    content, roster = make_content(), make_roster(count)
    course = make_course(folder, content, roster)
    grade(course.root, content, partial(run_jobs, workers=os.cpu_count()), roster)
    close_zygotes()
    lines = [f"{one.id},{one.name},daegu,it,{one.language},\n" for one in roster]
    course.roster.write_text(f"id,name,site,role,language,email\n{''.join(lines)}", encoding="utf-8")
    return course.root


def make_workspace(root: Path) -> Path:
    """Copy this course and add the assignment to it, as an author would write it."""
    content = make_content()
    for name in ("course", "assignments", "docs"):
        shutil.copytree(REPOSITORY / name, root / name)
    folder = root / content.path
    folder.mkdir(parents=True)
    (folder / "sheet.md").write_text(format_sheet(content.sheet), encoding="utf-8")
    assignment = content.assignment.model_dump(mode="json")
    (folder / "assignment.yml").write_text(yaml.safe_dump(assignment, allow_unicode=True), encoding="utf-8")
    return root


def time_pages(course: Path, write: Callable[[], object]) -> Pages:
    """Run a command that writes pages into the course's `feedback` folder."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    write()
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    files = [path for path in (course / "feedback").rglob("*") if path.is_file()]
    pages = sum(path.suffix == ".html" for path in files)
    return Pages(pages, wall, cpu, sum(path.stat().st_size for path in files))


def report(theirs: Pages, ours: Pages, count: int) -> int:
    """Print the table and what missed a limit."""
    print(f"feedback for {count} submissions    wall s     CPU s   MB in all   kB per page")
    for name, pages in (("nbgrader generate_feedback", theirs), ("medai feedback", ours)):
        if pages.count != count:
            raise SystemExit(f"{name} wrote {pages.count} pages")
        sizes = f"{pages.size_bytes / 1e6:12.2f}{pages.size_bytes / pages.count / 1e3:14.1f}"
        print(f"{name:30}{pages.wall_s:10.2f}{pages.cpu_s:10.2f}{sizes}")
    ratios = {
        "wall clock": (ours.wall_s / theirs.wall_s, TIME_LIMIT),
        "CPU": (ours.cpu_s / theirs.cpu_s, TIME_LIMIT),
        "bytes": (ours.size_bytes / theirs.size_bytes, BYTES_LIMIT),
    }
    for name, (value, limit) in ratios.items():
        print(
            f"{name}: ours takes {value:.3f} of theirs, limit {limit}{'' if value <= limit else '   MISSED'}"
        )
    return int(any(value > limit for value, limit in ratios.values()))


if __name__ == "__main__":
    sys.exit(main())
