"""How many times faster our grading runs submissions than `nbgrader autograde`, side by side.

    python benchmarks/throughput.py [--submissions 20] [--workers 2] [--only plain]

The same submissions are graded by nbgrader's own command (one process, serial, as it ships; it writes its
gradebook) and run by ours (sandboxed, test cells in a process of their own, on all workers; every cell's
verdict and outputs, gradebook not written). `plain` is a notebook that imports numpy, pandas, scikit-learn
and matplotlib, with a function that has visible and hidden tests, a logistic regression with a test, a
histogram and an essay; the others are the course's own assignments. The fork floor is what the same cells
cost in a copy of a warm process without any wall, in turn, on one core.

Prints wall clock and CPU per submission and the ratios; exits with 1 when the throughput once warm is below
20 times nbgrader's. The start, two to three seconds once per command, is printed as a line of its own.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from grader.authoring.build import build_source
from grader.authoring.isolation import read_isolation
from grader.authoring.jobs import job_from_notebook
from grader.authoring.lab import lab_files
from grader.model.work import GradingJob, Verdict
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import close_zygotes, require_walls, run_jobs
from grader.wire import open_course, read_lab_package, write_lab

REPOSITORY = Path(__file__).parents[1]
LIMIT = 20.0
FLOOR_LIMIT = 2.0


@dataclass(frozen=True)
class Task:
    """One assignment: its source notebook, and the files beside it."""

    name: str
    source: dict[str, Any]
    files: dict[str, bytes]


@dataclass(frozen=True)
class Cost:
    """Seconds per submission."""

    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:7.3f} s wall  {self.cpu_s:7.3f} s CPU"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="name of one notebook")
    options = parser.parse_args()
    workspace, course = open_course(REPOSITORY)
    lab = write_lab(workspace, course)
    beside = lab_files(read_lab_package(workspace.root), course.facts)
    tasks = [Task("plain", plain_notebook(), {})]
    for name, content in course.assignments.items():
        source = build_source(content.sheet, content.assignment)
        tasks.append(Task(name, source, {**content.data, **beside}))
    require_walls()
    good = True
    for task in tasks:
        if options.only in (None, task.name):
            good &= compare(task, lab, options.submissions, options.workers)
    return 0 if good else 1


def compare(task: Task, lab: Path, count: int, workers: int) -> bool:
    """Measure one assignment; True when the ratio is good."""
    with tempfile.TemporaryDirectory(prefix="throughput-") as folder:
        submission = make_course(Path(folder), task, count)
        theirs = time_nbgrader(Path(folder), task.name, count)
        jobs = [make_job(task, submission, number) for number in range(count)]
        close_zygotes()
        ours = time_ours(jobs, lab, workers)
        warm = time_ours(jobs, lab, workers)
        alone = time_ours(jobs, lab, 1)
        floor = time_floor(jobs, lab)
    ratio, floors = theirs.wall_s / warm.wall_s, warm.cpu_s / floor.cpu_s
    print(f"{task.name}: {count} submissions")
    print(f"  nbgrader autograde    {theirs}")
    cold = theirs.wall_s / ours.wall_s
    print(f"  ours, from cold       {ours}   {cold:.1f} times faster; {workers} workers, the start included")
    print(f"  ours, warm            {warm}   {ratio:.1f} times faster")
    print(f"  ours, warm, 1 worker  {alone}   {theirs.wall_s / alone.wall_s:.1f} times faster")
    print(f"  fork floor            {floor}   warm, ours uses {floors:.2f} times its CPU", flush=True)
    return ratio >= LIMIT


def make_course(course: Path, task: Task, count: int) -> dict[str, Any]:
    """Lay out an nbgrader course with `count` good submissions; return the submitted notebook."""
    source = course / "source" / task.name
    write_folder(source, task.name, task.source, task.files)
    run_nbgrader(course, "generate_assignment", task.name)
    release = json.loads((course / "release" / task.name / f"{task.name}.ipynb").read_text())
    submission = answer(task.source, release)
    for number in range(count):
        write_folder(course / "submitted" / f"s{number:04}" / task.name, task.name, submission, task.files)
    return submission


def write_folder(folder: Path, name: str, notebook: dict[str, Any], files: dict[str, bytes]) -> None:
    """Write a notebook and what lies beside it."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook))


def answer(source: dict[str, Any], release: dict[str, Any]) -> dict[str, Any]:
    """Return the release with the reference answers in it."""
    solved = {grade_id(cell): cell for cell in source["cells"] if is_role(cell, "solution")}
    submission = copy.deepcopy(release)
    for cell in submission["cells"]:
        if is_role(cell, "solution") and cell["cell_type"] == "code":
            lines = text_of(solved[grade_id(cell)]).splitlines()
            cell["source"] = "\n".join(line for line in lines if "### " not in line and "#| " not in line)
    return submission


def make_job(task: Task, submission: dict[str, Any], number: int) -> GradingJob:
    """Return the job for a submission: the learner's cells, the source's tests."""
    tests = {grade_id(cell): text_of(cell) for cell in task.source["cells"] if is_role(cell, "grade")}
    notebook = copy.deepcopy(submission)
    for cell in notebook["cells"]:
        if is_role(cell, "grade") and cell["cell_type"] == "code":
            cell["source"] = tests[grade_id(cell)]
        cell["source"] = text_of(cell)
    files = {path: data for path, data in task.files.items() if not path.startswith("medai_lab")}
    return job_from_notebook(notebook, task.name, number, files, isolation=read_isolation(task.source))


def time_nbgrader(course: Path, name: str, count: int) -> Cost:
    """Grade with nbgrader's own command."""
    started, before = time.monotonic(), os.times()
    run_nbgrader(course, "autograde", name)
    wall, after = time.monotonic() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall / count, cpu / count)


def run_nbgrader(course: Path, *words: str) -> None:
    """Run an nbgrader command; it needs the programs beside Python on PATH."""
    bin_folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
    command = [str(bin_folder / "nbgrader"), *words, "--course-dir", str(course)]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nbgrader {words[0]} failed:\n{done.stderr[-3000:]}")


def time_ours(jobs: list[GradingJob], lab: Path, workers: int) -> Cost:
    """Run the jobs; the start of a zygote counts when there is none yet."""
    started, before, rooms = time.monotonic(), os.times(), read_zygotes_s()
    for outcome in run_jobs(jobs, lab, workers):
        bad = [cell for cell in outcome.cells if cell.verdict is not Verdict.PASSED]
        if bad:
            raise SystemExit(f"a good answer does not pass: {bad}")
    wall, after = time.monotonic() - started, os.times()
    own = after.user + after.system - before.user - before.system
    return Cost(wall / len(jobs), (own + read_zygotes_s() - rooms) / len(jobs))


def read_zygotes_s() -> float:
    """Return the CPU time of all zygotes and of the rooms that they have collected."""
    total = 0.0
    for pid in NURSERY.list_processes():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return total


FLOOR = """
import json, os, sys, time
jobs, lab = json.load(sys.stdin), sys.argv[1]
sys.path.append(lab)
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
import IPython, numpy, pandas, matplotlib.pyplot
from IPython.core.interactiveshell import InteractiveShell
if any("sklearn" in source for cells in jobs for source in cells):
    import sklearn.linear_model, sklearn.metrics, sklearn.model_selection
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
from IPython.core.displaypub import DisplayPublisher
DisplayPublisher.publish = lambda *a, **k: None
shell = InteractiveShell.instance(config=config)
import gc; gc.collect(); gc.freeze()
out = os.open("/dev/null", os.O_WRONLY)
started, before = time.monotonic(), os.times()
for cells in jobs:
    pid = os.fork()
    if pid == 0:
        os.dup2(out, 1)
        failed = sum(not shell.run_cell(source, store_history=True).success for source in cells)
        os._exit(min(failed, 100))
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit("a good answer does not pass")
wall, after = time.monotonic() - started, os.times()
print(json.dumps([wall / len(jobs), sum(b - a for a, b in zip(before[:4], after[:4])) / len(jobs)]))
"""


def time_floor(jobs: list[GradingJob], lab: Path) -> Cost:
    """Run the same cells in copies of one warm process, with no wall and in one process."""
    cells = json.dumps([[cell.source for cell in job.cells] for job in jobs])
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    with tempfile.TemporaryDirectory() as folder:
        for path, content in jobs[0].files:
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_bytes(b64decode(content))
        done = subprocess.run(
            [sys.executable, "-c", FLOOR, str(lab)],
            input=cells,
            cwd=folder,
            env=os.environ | single,
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        raise SystemExit(f"the fork floor failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def is_role(cell: dict[str, Any], role: str) -> bool:
    """Tell whether nbgrader knows the cell in that role."""
    return bool(cell.get("metadata", {}).get("nbgrader", {}).get(role))


def grade_id(cell: dict[str, Any]) -> str:
    """Return the cell's name for nbgrader."""
    return str(cell["metadata"]["nbgrader"]["grade_id"])


def text_of(cell: dict[str, Any]) -> str:
    """Return the cell's source as one text."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def plain_notebook() -> dict[str, Any]:
    """Return the source of a small assignment such as many courses have."""
    cells = [
        code("imports", "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\n"
             "from sklearn.linear_model import LogisticRegression", locked=True),
        code("bmi", "def bmi(cm, kg):\n    ### BEGIN SOLUTION\n    return round(kg / (cm / 100) ** 2, 1)\n"
             "    ### END SOLUTION", solution=True),
        code("bmi-test", "assert bmi(171, 68) == 23.3\n### BEGIN HIDDEN TESTS\n"
             "assert bmi(160, 55) == 21.5\nassert bmi(180, 90) == 27.8\n### END HIDDEN TESTS", points=2),
        code("data", "rng = np.random.default_rng(3)\nX = rng.normal(size=(200, 3))\n"
             "y = (X @ [1.0, -2.0, 0.5] + rng.normal(size=200) > 0).astype(int)\n"
             "people = pd.DataFrame(X, columns=list('abc')).assign(y=y)\npeople.describe()", locked=True),
        code("model", "### BEGIN SOLUTION\nmodel = LogisticRegression().fit(X, y)\n### END SOLUTION",
             solution=True),
        code("model-test", "assert model.score(X, y) > 0.75", points=2),
        code("histogram", "plt.hist(people['a'], bins=12)\nplt.xlabel('a')\nplt.show()", locked=True),
    ]  # fmt: skip
    essay = nbformat.v4.new_markdown_cell("Write three sentences.", id="essay")
    essay["metadata"]["nbgrader"] = role("essay", grade=True, solution=True, points=3)
    notebook = nbformat.v4.new_notebook(cells=[*cells, essay])
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.loads(nbformat.writes(notebook))


def code(name: str, source: str, points: int = 0, solution: bool = False, locked: bool = False) -> Any:
    """Return a code cell in one of nbgrader's roles."""
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell["metadata"]["nbgrader"] = role(
        name, grade=points > 0, solution=solution, points=points, locked=locked
    )
    return cell


def role(name: str, grade: bool, solution: bool, points: int, locked: bool = False) -> dict[str, Any]:
    """Return nbgrader's metadata."""
    known = {"grade": grade, "grade_id": name, "solution": solution, "locked": locked or not solution}
    return known | {"schema_version": 3, "task": False} | ({"points": points} if grade else {})


if __name__ == "__main__":
    sys.exit(main())
