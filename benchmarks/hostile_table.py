"""What the attack corpus of tests/hostile does to `nbgrader autograde`, beside what it does to ours.

    python benchmarks/hostile_table.py run [NAME ...] [--workers 2]    runs what is new or named in nbgrader
    python benchmarks/hostile_table.py ours                            grades the whole corpus with ours
    python benchmarks/hostile_table.py write                           writes the tables of the docs

nbgrader has no walls, so each of its runs gets a container of its own: no network, a read-only machine, a
throw-away course in memory, limits, an end. Submissions that would take the machine down all the same (bombs)
are not run. Results are kept as data in tests/hostile, so that nobody needs nbgrader to see the table.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

REPOSITORY = Path(__file__).parents[1]
HOSTILE = REPOSITORY / "tests" / "hostile"
sys.path.insert(0, str(HOSTILE))

from corpus import (  # noqa: E402
    Attack,
    Harm,
    digest_attack,
    honest_submission,
    load_attacks,
    load_content,
    make_submission,
    test_points,
)
from host import (  # noqa: E402
    Host,
    digest_tree,
    find_files,
    laid_out,
    list_processes,
    reap,
    snapshot,
)
from pages import LARGEST_PAGE_BYTES, find_controls, find_hidden, find_live  # noqa: E402
from table import OURS_RESULTS, THEIR_RESULTS, read_results, write_pages, write_results  # noqa: E402

from grader.text import Language  # noqa: E402

NAME = "hostile"
HONEST = "zz-honest"
"""Graded last: it has no grade when something stopped the class."""
AUTOGRADE_LIMIT_S = 150.0
CELL_TIMEOUT_S = 8
CLASS_SIZE = 10
ALONE = ("kills-everything", "stops-itself-and-others", "siblings-killed-in-an-answer", "gradebook")
"""They reach beyond their own notebook for certain."""
FILE_LIMIT_BYTES = 200_000_000
MEMORY_LIMIT_BYTES = 6_000_000_000
TEMPORARY_BYTES = 600_000_000


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("names", nargs="*")
    run.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    commands.add_parser("ours")
    commands.add_parser("write")
    inside = commands.add_parser("inside")
    inside.add_argument("names", nargs="+")
    options = parser.parse_args()
    if options.command == "run":
        run_theirs(options.names, options.workers)
    elif options.command == "ours":
        run_ours()
    elif options.command == "inside":
        look_inside(options.names)
    else:
        write_pages(REPOSITORY / "docs", datetime.now(ZoneInfo("Asia/Seoul")).date())
    return 0


def run_theirs(names: Sequence[str], workers: int) -> None:
    """Run what is named, or what has no result yet, and keep the results."""
    known = read_results(THEIR_RESULTS)
    wanted = [attack for attack in load_attacks() if attack.nbgrader and is_wanted(attack, names, known)]
    with tempfile.TemporaryDirectory(prefix="nbgrader-") as folder, ThreadPoolExecutor(workers) as pool:
        template = make_course(Path(folder) / "course")
        running = {pool.submit(run_class, template, group): group for group in make_classes(wanted)}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                group, results = running.pop(future), future.result()
                for attack in group:
                    if len(group) > 1 and not is_clean(results[attack.id]):
                        running[pool.submit(run_class, template, (attack,))] = (attack,)
                    else:
                        known[attack.id] = {"digest": digest_attack(attack), **results[attack.id]}
                ordered = {attack.id: known[attack.id] for attack in load_attacks() if attack.id in known}
                write_results(THEIR_RESULTS, ordered)
                print(f"{len(ordered)} done, {len(running)} runs to come", flush=True)


def is_wanted(attack: Attack, names: Sequence[str], known: dict[str, Any]) -> bool:
    """Tell whether the attack is to be run: it is named, or its result is old."""
    if names:
        return any(name in attack.id for name in names)
    return known.get(attack.id, {}).get("digest") != digest_attack(attack)


def make_classes(attacks: Sequence[Attack]) -> list[tuple[Attack, ...]]:
    """Put some together, since nbgrader is slow to start; whoever may kill all processes stands alone."""
    alone = [attack for attack in attacks if attack.name in ALONE]
    together = [attack for attack in attacks if attack.name not in ALONE]
    groups = [tuple(together[at : at + CLASS_SIZE]) for at in range(0, len(together), CLASS_SIZE)]
    return [*groups, *((attack,) for attack in alone)]


def is_clean(result: dict[str, Any]) -> bool:
    """Tell whether a result certainly belongs to this submission and not to another of its class."""
    return not {Harm.CLASS_STOPPED, Harm.OTHERS_CHANGED} & set(result["harms"])


def make_course(course: Path) -> Path:
    """Lay out the course and let nbgrader make its release."""
    from grader.authoring.build import build_source

    content = load_content()
    source = course / "source" / NAME
    source.mkdir(parents=True)
    notebook = build_source(content.sheet, content.assignment)
    (source / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (course / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.ExecutePreprocessor.timeout = {CELL_TIMEOUT_S}\n"
    )
    done = run_nbgrader(course, dict(os.environ), 300, "generate_assignment", NAME)
    if not (course / "release" / NAME / f"{NAME}.ipynb").is_file():
        raise SystemExit(f"nbgrader generate_assignment failed:\n{done[-3000:]}")
    return course


def run_nbgrader(course: Path, environment: dict[str, str], limit_s: float, *words: str) -> str:
    """Run an nbgrader command; return what it said."""
    bin_folder = Path(sys.executable).parent
    environment = environment | {"PATH": f"{bin_folder}:{environment.get('PATH', '/usr/bin')}"}
    command = [str(bin_folder / "nbgrader"), *words, "--course-dir", str(course)]
    try:
        done = subprocess.run(
            command,
            cwd=course,
            env=environment,
            capture_output=True,
            timeout=limit_s,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as late:
        return f"no end in {limit_s:g} s\n" + (late.stderr or b"").decode("utf-8", "replace")
    return done.stderr.decode("utf-8", "replace")


def run_class(template: Path, group: Sequence[Attack]) -> dict[str, dict[str, Any]]:
    """Run one class in a container; a container that says nothing was stopped by what ran in it."""
    with tempfile.TemporaryDirectory(prefix="nbgrader-out-") as out:
        command = [
            *(
                "bwrap",
                "--unshare-all",
                "--die-with-parent",
                "--new-session",
                "--uid",
                "1000",
                "--gid",
                "1000",
            ),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--hostname", "container"),
            *("--size", str(TEMPORARY_BYTES), "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--tmpfs", "/run"),
            *("--tmpfs", "/dev/shm"),
            *("--ro-bind", str(template), "/tmp/template", "--bind", out, "/tmp/out"),
            *("--chdir", "/tmp", "--setenv", "HOME", "/tmp", "--setenv", "TMPDIR", "/tmp"),
            *("--", sys.executable, __file__, "inside", *(attack.id for attack in group)),
        ]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=set_limits,
        )
        try:
            said = process.communicate(timeout=limit_s(len(group)) + AUTOGRADE_LIMIT_S)[1].decode(
                "utf-8", "replace"
            )
        except subprocess.TimeoutExpired:
            process.kill()
            said = process.communicate()[1].decode("utf-8", "replace") + "\nno end"
        report = Path(out, "report.json")
        if report.is_file():
            found: dict[str, dict[str, Any]] = json.loads(report.read_text("utf-8"))
            return found
        stopped = {
            "score": None,
            "harms": {Harm.CLASS_STOPPED: said.strip()[-200:] or "everything was ended"},
        }
        return {attack.id: dict(stopped) for attack in group}


def limit_s(count: int) -> float:
    """Return how long nbgrader may take for a class."""
    return AUTOGRADE_LIMIT_S + 40.0 * count


def set_limits() -> None:
    """Bound what a container may use of this machine."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def look_inside(names: Sequence[str]) -> None:
    """Lay out the class in the container, run nbgrader, look at what is different."""
    group = [attack for attack in load_attacks() if attack.id in names]
    folder = Path("/tmp/class")
    folder.mkdir()
    course = folder / "course"
    shutil.copytree("/tmp/template", course)
    with laid_out(folder, course) as host:
        files = {attack.id: make_submission(attack, host.bait) for attack in group}
        for name, content in {**files, HONEST: honest_submission(1, Language.KO)}.items():
            place = course / "submitted" / name / NAME
            place.mkdir(parents=True)
            (place / f"{NAME}.ipynb").write_bytes(content)
        kept = digest_tree(course / name for name in ("source", "release", "submitted"))
        before = snapshot(host, folder)
        started = time.monotonic()
        said = run_nbgrader(course, host.environment, limit_s(len(group)), "autograde", NAME)
        seconds = time.monotonic() - started
        left = list_processes(host.bait.run)
        if any(attack.family == "content" for attack in group):
            run_nbgrader(course, host.environment, 100.0, "generate_feedback", NAME)
        results = {attack.id: look_at(attack, course, host, said) for attack in group}
        changes = look_at_host(host, folder, before, kept, left)
        for attack in group:
            marked = [c for c in changes if host.bait.mark(attack) in c[1]]
            for harm, detail in marked or (changes if len(group) == 1 else ()):
                results[attack.id]["harms"].setdefault(harm, detail[:200])
            results[attack.id]["seconds"] = round(seconds, 1)
    Path("/tmp/out/report.json").write_text(json.dumps(results), encoding="utf-8")


def look_at_host(
    host: Host, folder: Path, before: dict[str, object], kept: dict[str, str], left: dict[int, str]
) -> list[tuple[Harm, str]]:
    """Return what is different in the container."""
    reap()
    changes = [(Harm.PROCESS_LEFT, line) for line in left.values()]
    after = snapshot(host, folder)
    changes += [(Harm.HOST_CHANGED, name) for name, value in before.items() if after[name] != value]
    now = digest_tree(folder / "course" / name for name in ("source", "release", "submitted"))
    changes += [
        (Harm.HOST_CHANGED, path) for path in kept.keys() | now.keys() if kept.get(path) != now.get(path)
    ]
    changes += [(Harm.LISTENER_REACHED, words) for words in host.listeners.heard]
    own = {*host.canaries.values()}
    word = host.bait.run
    places = [*find_files(word), *find_files(word, (folder,), depth=8)]
    changes += [(Harm.FILE_LEFT, path) for path in places if path not in own]
    return changes


def look_at(attack: Attack, course: Path, host: Host, said: str) -> dict[str, Any]:
    """Return what became of one submission in nbgrader."""
    scores = read_scores(course)
    harms: dict[str, str] = {}
    grades = scores.get(attack.id)
    score = None
    if grades is None:
        harms[Harm.POINTS_LOST] = last_error(said)
    else:
        score = float(sum(grades.get(cell, 0.0) for cell in test_points()))
        passed = {cell for cell, value in grades.items() if value > 0}
        above = sorted(passed - attack.honest_cells - {"letter"}) + [
            one for one in ("letter",) if one in passed
        ]
        if above or score > attack.honest_points:
            harms[Harm.SCORE_ABOVE_HONEST] = f"{score:g}; {', '.join(above)}"
        lost = sorted(attack.kept_cells - passed)
        if lost:
            harms[Harm.POINTS_LOST] = ", ".join(lost)
    honest = scores.get(HONEST)
    if honest is None:
        harms[Harm.CLASS_STOPPED] = last_error(said)
    elif sum(honest.get(cell, 0.0) for cell in test_points()) < sum(test_points().values()):
        harms[Harm.OTHERS_CHANGED] = str(honest)
    graded = course / "autograded" / attack.id / NAME / f"{NAME}.ipynb"
    outputs = read_outputs(graded)
    harms |= look_at_texts(attack, course, host, outputs)
    return {"score": score, "harms": {str(harm): detail[:200] for harm, detail in harms.items()}}


def look_at_texts(attack: Attack, course: Path, host: Host, outputs: list[str]) -> dict[str, str]:
    """Return what outputs and the feedback page show that they must not."""
    harms: dict[str, str] = {}
    everything = "\n".join(outputs)
    page = course / "feedback" / attack.id / NAME / f"{NAME}.html"
    html = page.read_text("utf-8", "replace") if page.is_file() else ""
    if hidden := find_hidden(outputs):
        harms[Harm.HIDDEN_TEST_SHOWN] = ", ".join(hidden[:3])
    for secret, place in host.canaries.items():
        if any(secret in text for text in (everything, everything[::-1], html)):
            harms[Harm.SECRET_SHOWN] = place
    if host.bait.won(attack) in everything:
        harms[Harm.WALL_OPEN] = everything.partition(host.bait.won(attack))[2].partition("\n")[0]
    base = course / "feedback" / HONEST / NAME / f"{NAME}.html"
    if base.is_file() and html:
        plain = base.read_text("utf-8", "replace")
        if live := Counter(find_live(html)) - Counter(find_live(plain)):
            harms[Harm.SCRIPT_ALIVE] = ", ".join(list(live)[:3])
        if controls := sorted({*find_controls(html)} - {*find_controls(plain)}):
            harms[Harm.CONTROL_CHARACTERS] = ", ".join(controls[:5])
        if len(html) - len(plain) > LARGEST_PAGE_BYTES:
            harms[Harm.PAGE_TOO_LARGE] = f"{len(html):,} characters"
    return harms


def read_scores(course: Path) -> dict[str, dict[str, float]]:
    """Return trainee → cell → score, as nbgrader's gradebook has them."""
    from nbgrader.api import Gradebook

    scores: dict[str, dict[str, float]] = {}
    try:
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
            for submission in book.assignment_submissions(NAME):
                for notebook in submission.notebooks:
                    scores[submission.student.id] = {
                        grade.name: float(grade.score or 0.0) for grade in notebook.grades
                    }
    except Exception as error:  # a submission may have destroyed it
        print(f"the gradebook cannot be read: {error}", file=sys.stderr)
    return {
        name: grades
        for name, grades in scores.items()
        if (course / "autograded" / name / NAME / f"{NAME}.ipynb").is_file()
    }


def read_outputs(notebook: Path) -> list[str]:
    """Return the outputs of the trainee's own cells and of test cells."""
    if not notebook.is_file():
        return []
    found: list[str] = []
    for cell in json.loads(notebook.read_bytes())["cells"]:
        for output in cell.get("outputs", []):
            if cell.get("metadata", {}).get("nbgrader", {}).get("grade") and output["output_type"] == "error":
                continue  # the traceback of a failed test: shown for every submission
            values = [output.get("text", ""), output.get("ename", ""), output.get("evalue", "")]
            values += output.get("traceback", []) + list(output.get("data", {}).values())
            found.append(
                "\n".join("".join(value) if isinstance(value, list) else str(value) for value in values)
            )
    return found


def last_error(said: str) -> str:
    """Return the last line of nbgrader's log that says what went wrong."""
    lines = [line for line in said.splitlines() if "ERROR" in line or "Error" in line or "no end" in line]
    return (lines or [""])[-1].strip()[-200:]


def run_ours() -> None:
    """Grade the corpus as tests/hostile/test_hostile.py does and keep what came of it."""
    from classroom import run_class as run_our_class

    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        done = run_our_class(Path(folder), load_attacks())
    results = {
        name: {
            "digest": digest_attack(finding.attack),
            "score": finding.score,
            "refused": finding.status.startswith("quarantined"),
            "harms": {str(harm): "" for harm in finding.harms},
        }
        for name, finding in done.findings.items()
    }
    write_results(OURS_RESULTS, results)
    harmed = [finding.describe() for finding in done.findings.values() if finding.harms]
    print("\n".join(harmed) or "held")


if __name__ == "__main__":
    sys.exit(main())
