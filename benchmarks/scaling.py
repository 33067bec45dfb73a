"""What a submission costs when few or many are graded, and how much memory and disk that takes.

    python benchmarks/scaling.py [--submissions 1 20 200 2000] [--workers 2] [--repeats 3]

Every size is graded in a process of its own, from cold, by the real `grade`: collected notebooks are opened,
matched with the release, run behind walls, and their marks written to nbgrader's gradebook. The notebook is
`plain` of throughput.py; no two submissions are equal, so none is answered from the cache.

The run of one submission (the median of several) is mostly start-up: imports, the gradebook, walls, the
warm process. What each further submission costs is (the run − the run of one) / (count − 1); from 20
submissions on this must be flat. Memory is sampled from outside: the grader's resident memory, and the
proportional share (pages that several processes share count once) of all its sandbox processes together.

Prints a table; exits with 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from throughput import grade_id, is_role, plain_notebook, read_zygotes_s, text_of

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.grading.collect import write_stamp
from grader.grading.grade import grade
from grader.grading.grade_report import GradeStatus
from grader.grading.inbox import TIMESTAMP
from grader.grading.layout import CourseDirectory, write_notebook, write_whole
from grader.grading.release import release_assignment
from grader.model.assignment import Assignment, Cell, CellRole, Sheet, Task, Tier
from grader.model.content import AssignmentContent
from grader.model.work import Trainee
from grader.sandbox.run import require_walls, run_jobs
from grader.text import Language, LocalText

NAME = "plain"
FLAT_FROM = 20
FLAT_LIMIT = 1.15
MEMORY_LIMIT = 1.25
"""Peak of the largest run over the peak of the smallest from `FLAT_FROM` on."""
SAMPLE_EVERY_S = 0.25


@dataclass(frozen=True)
class Run:
    """What grading `count` submissions took."""

    count: int
    wall_s: float
    cpu_s: float
    gradebook_bytes: int
    """By which the gradebook grew."""
    grader_bytes: int = 0
    """Peak resident memory of the grading process."""
    sandbox_bytes: int = 0
    """Peak memory of all its sandbox processes together."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--submissions", type=int, nargs="+", default=[1, 20, 200, 2000])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=3, help="runs of one submission")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(asdict(measure(options.child, options.workers))))
        return 0
    counts = sorted({1, *options.submissions})
    runs = [run_child(1, options.workers) for _ in range(options.repeats)]
    first = statistics.median(run.wall_s for run in runs), statistics.median(run.cpu_s for run in runs)
    one = Run(1, *first, *(max(getattr(run, name) for run in runs) for name in list(Run.__annotations__)[3:]))
    return report(
        [one, *(run_child(count, options.workers) for count in counts if count > 1)], options.workers
    )


def measure(count: int, workers: int) -> Run:
    """Lay out a course, grade it and say what the grading took; called in a process of its own."""
    require_walls()
    content, roster = make_content(), make_roster(count)
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        course = make_course(Path(folder), content, roster)
        empty = course.gradebook.stat().st_size
        started, before = time.monotonic(), os.times()
        run = partial(run_jobs, workers=workers)
        graded = grade(course.root, content, run, roster)
        wall, after = time.monotonic() - started, os.times()
        cpu = after.user + after.system - before.user - before.system + read_zygotes_s()
        bad = [item.trainee for item in graded.items if item.status is not GradeStatus.GRADED]
        if bad:
            raise SystemExit(f"not graded: {bad[:5]}")
        grown = course.gradebook.stat().st_size - empty
    return Run(count, wall, cpu, grown, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def make_content() -> AssignmentContent:
    """Return the plain notebook as an assignment of ours."""
    cells = []
    for number, cell in enumerate(plain_notebook()["cells"]):
        if cell["cell_type"] == "markdown":
            role = CellRole.MANUAL
        elif is_role(cell, "grade"):
            role = CellRole.TEST
        else:
            role = CellRole.ANSWER if is_role(cell, "solution") else CellRole.FIXED
        points = cell["metadata"]["nbgrader"].get("points", 0)
        cells.append(
            Cell(id=grade_id(cell), role=role, source=text_of(cell), line=number, task=NAME, points=points)
        )
    title = LocalText(ko="보통 과제", en="A plain assignment")
    assignment = Assignment(
        id=NAME,
        revision=1,
        title=title,
        module="e0-first-notebook",
        tasks=(Task(id=NAME, tier=Tier.WRITE, title=title),),
    )
    return AssignmentContent(assignment, f"assignments/{NAME}", Sheet(cells=tuple(cells)), {}, {})


def make_roster(count: int) -> tuple[Trainee, ...]:
    """Return that many people."""
    languages = tuple(Language)
    return tuple(
        Trainee(id=f"s{n:04}", name=f"s{n:04}", site="a", role="b", language=languages[n % 2])
        for n in range(count)
    )


def make_course(root: Path, content: AssignmentContent, roster: Sequence[Trainee]) -> CourseDirectory:
    """Release the assignment and lay out a submission for each person; every third is partly wrong."""
    course = CourseDirectory(root / "course")
    release_assignment(course.root, root / "handout", content, due=None, roster=roster)
    release = build_release(content.sheet, content.assignment, Language.KO)
    for number, trainee in enumerate(roster):
        answers = {name: f"{text}\n# {trainee.id}" for name, text in reference_answers(content.sheet).items()}
        if number % 3 == 2:
            answers["bmi"] = answers["bmi"].replace("** 2", "")
        notebook = fill_release(release, answers, {"essay": f"Three sentences. By {trainee.id}. The end."})
        path = course.submitted(trainee.id, NAME)
        write_notebook(path, notebook)
        write_whole(path.with_name(TIMESTAMP), write_stamp(datetime(2026, 4, 20, 9, tzinfo=UTC)))
    return course


def run_child(count: int, workers: int) -> Run:
    """Grade in a fresh process and watch its memory from here."""
    command = [sys.executable, __file__, "--child", str(count), "--workers", str(workers)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peaks = [0]
    ended = threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(child.pid, ended, peaks))
    watcher.start()
    try:
        out, _ = child.communicate()
    finally:
        ended.set()
        watcher.join()
        child.kill()
        child.wait()
    if child.returncode:
        raise SystemExit(f"grading {count} submissions failed")
    return Run(**json.loads(out.splitlines()[-1]) | {"sandbox_bytes": peaks[0]})


def watch_memory(pid: int, ended: threading.Event, peaks: list[int]) -> None:
    """Keep the most that all descendants of a process have taken together."""
    while not ended.wait(SAMPLE_EVERY_S):
        peaks[0] = max(peaks[0], sum(read_memory(one) for one in list_descendants(pid)))


def list_descendants(pid: int) -> set[int]:
    """Return the processes below a process, at this moment."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found: set[int] = set()
    pending = [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found.update(below)
        pending += below
    return found


def read_memory(pid: int) -> int:
    """Return a process's share of memory; all of its resident memory where the share is not told."""
    for name, pick in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                if line.startswith(pick):
                    return int(line.split()[1]) * 1024
        except OSError:
            continue
    return 0


def report(runs: list[Run], workers: int) -> int:
    """Print the table and what missed a limit."""
    one, rest = runs[0], runs[1:]
    print(f"notebook `{NAME}`, {workers} workers; start-up and the first submission:")
    print(f"  {one.wall_s:.2f} s wall, {one.cpu_s:.2f} s CPU")
    print("submissions   each further one      grader   sandboxes   gradebook grows by")
    print("               wall s    CPU s          MB          MB   bytes per submission")
    for before, run in zip([one, *runs], runs, strict=False):
        further, grown = "        –        –", f"{'–':>23}"
        if run is not one:
            further = f"{further_s(one, run, 'wall_s'):9.3f}{further_s(one, run, 'cpu_s'):9.3f}"
            grown = f"{grown_bytes(before, run):23,.0f}"
        memory = f"{run.grader_bytes / 1e6:12.0f}{run.sandbox_bytes / 1e6:12.0f}"
        print(f"{run.count:11,} {further}{memory}{grown}")
    judged = [run for run in rest if run.count >= FLAT_FROM]
    if len(judged) < 2:
        print(f"nothing to compare: flatness needs two sizes from {FLAT_FROM} on")
        return 0
    last, least = judged[-1], judged[0]
    spreads = {
        "wall clock": (spread([further_s(one, run, "wall_s") for run in judged]), FLAT_LIMIT),
        "CPU": (spread([further_s(one, run, "cpu_s") for run in judged]), FLAT_LIMIT),
        # a database grows in pages and begins with free ones, so steps are compared, not averages
        "gradebook": (spread([grown_bytes(*step) for step in pairwise(judged)]), FLAT_LIMIT),
        "memory": (total_bytes(last) / total_bytes(least), MEMORY_LIMIT),
    }
    for name, (value, limit) in spreads.items():
        verdict = "" if value <= limit else "   MISSED"
        print(f"{name}: {value:.2f} from {least.count:,} to {last.count:,}, limit {limit}{verdict}")
    return int(any(value > limit for value, limit in spreads.values()))


def further_s(one: Run, run: Run, name: str) -> float:
    """Return what each submission after the first took."""
    return float((getattr(run, name) - getattr(one, name)) / (run.count - 1))


def grown_bytes(before: Run, run: Run) -> float:
    """Return by how much the gradebook grew for each submission that the larger run has more."""
    return (run.gradebook_bytes - before.gradebook_bytes) / (run.count - before.count)


def spread(values: list[float]) -> float:
    """Return the largest over the smallest."""
    return max(values) / min(values)


def total_bytes(run: Run) -> int:
    """Return the memory of everything together."""
    return run.grader_bytes + run.sandbox_bytes


if __name__ == "__main__":
    sys.exit(main())
