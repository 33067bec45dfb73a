"""Run everything that the course runs, track by track, and say how long each part takes.

The practice notebooks in both languages, the trials of every assignment, and the mutants of its reference
answers. A practice notebook that ran before comes from build/cache, as when the site is built. With --fresh
all of them run, and the times go into build/track.json; with --within it is an error when a track takes more
seconds than that.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import click
from tracks import tracks_of

from grader.authoring.mutant_trials import MutantReport
from grader.cli.content import keep_reports, print_mutants, run_mutants, try_assignment
from grader.errors import Problem
from grader.model.content import Course
from grader.model.work import GradingJob, Outcome, Verdict
from grader.ports import RunJobs
from grader.site.practice import read_lab, run_practice
from grader.site.render import Practised
from grader.text import Language
from grader.wire import Workspace, job_runner, open_course, write_file, write_lab

ROOT = Path(__file__).parents[1]


class Stopwatch:
    """Counts the runs of each part and notes the seconds that the part takes."""

    def __init__(self, run_jobs: RunJobs) -> None:
        self._run_jobs = run_jobs
        self._done: list[str] = []
        self.parts: dict[str, dict[str, float]] = {}

    def time(self, name: str, work: Callable[[RunJobs], None]) -> None:
        """Do the work, which runs its jobs with what it is given."""
        self._done.clear()
        start = time.monotonic()
        work(self._count)
        seconds = round(time.monotonic() - start, 1)
        self.parts[name] = {"runs": len(self._done), "seconds": seconds}
        click.echo(f"{name:<10}{len(self._done):>7,} runs{seconds:>8.1f} s", err=True)

    def _count(self, jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for outcome in self._run_jobs(jobs):
            self._done.append(outcome.job_digest)  # lists may grow from several threads
            yield outcome

    @property
    def seconds(self) -> float:
        """What all parts took."""
        return sum(part["seconds"] for part in self.parts.values())


def run_track(workspace: Workspace, course: Course, cache: Path) -> tuple[Stopwatch, list[Problem]]:
    """Run all parts, keep and print the figures of mutants; return the times and what does not hold."""
    watch, problems = Stopwatch(job_runner(workspace, course)), list[Problem]()
    reports: list[MutantReport] = []

    def practise(run_jobs: RunJobs) -> None:
        problems.extend(_practise(workspace, course, cache, run_jobs))

    def try_all(run_jobs: RunJobs) -> None:
        for content in course.assignments.values():
            problems.extend(try_assignment(content, run_jobs))

    def try_mutants(run_jobs: RunJobs) -> None:
        for content in course.assignments.values():
            report, found = run_mutants(content, run_jobs)
            reports.extend([report] if report else [])
            problems.extend(found)

    watch.time("practice", practise)
    watch.time("trials", try_all)
    watch.time("mutants", try_mutants)
    keep_reports(workspace, list(course.assignments), reports)
    print_mutants(reports, problems, as_json=False)
    return watch, problems


def _practise(workspace: Workspace, course: Course, cache: Path, run_jobs: RunJobs) -> list[Problem]:
    """Run the practice notebooks, one language beside the other; return the cells that do not run."""
    lab = read_lab(write_lab(workspace, course))

    def run_one(job: GradingJob) -> Outcome:
        (outcome,) = run_jobs([job])
        return outcome

    def run_language(language: Language) -> list[Problem]:
        practised = run_practice(course, [language], lab, cache, run_one)[language]
        return [
            problem
            for module, one in practised.items()
            for problem in _find_failures(course.modules[module].path, language, one)
        ]

    with ThreadPoolExecutor(len(Language)) as pool:
        return [problem for found in pool.map(run_language, Language) for problem in found]


def _find_failures(folder: str, language: Language, practised: Practised) -> Iterator[Problem]:
    for cell in practised.outcome.cells:
        if cell.verdict is not Verdict.PASSED:
            why = f"{cell.error_name}: {cell.error_message}".strip(": ")
            yield Problem(
                f"{folder}/practice.md", 0, "practice-fails",
                f"cell `{cell.id}` ({language}) gave {cell.verdict} {why}".rstrip(),
                "correct the cell, or mark it with `raises: true` if it is meant to fail",
            )  # fmt: skip


def split_tracks(course: Course) -> dict[str, Course]:
    """Return, by its letter, each track as a course of its own."""
    found = {}
    for letter, contents in tracks_of(course).items():
        modules = {content.module.id: content for content in contents}
        wanted = {content.module.assignment for content in contents}
        assignments = {name: one for name, one in course.assignments.items() if name in wanted}
        found[letter] = replace(course, modules=modules, assignments=assignments)
    return found


def main() -> int:
    """Run the tracks of this checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="run every practice notebook; keep the times")
    parser.add_argument("--within", type=float, metavar="SECONDS", help="fail if a track takes longer")
    options = parser.parse_args()
    workspace, course = open_course(ROOT)
    times, failed = {}, False
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) if options.fresh else workspace.build / "cache" / "practice"
        for letter, track in split_tracks(course).items():
            watch, problems = run_track(workspace, track, cache)
            times[letter] = watch.parts
            click.echo(f"the whole track {letter}: {watch.seconds:.1f} s", err=True)
            late = options.within is not None and watch.seconds > options.within
            if late:
                click.echo(f"that is more than {options.within:g} s", err=True)
            failed = failed or late or bool(problems)
    if options.fresh:
        write_file(workspace.build / "track.json", (json.dumps(times, indent=1) + "\n").encode())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
