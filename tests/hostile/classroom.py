"""A class of attackers among honest trainees: handed in, graded in a process of its own, seen from outside.

Knows the corpus, this machine and where grading leaves its results. Must not run hostile code itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from corpus import Attack, Harm, honest_submission, load_content, make_submission, test_points
from host import Host, digest_tree, find_files, laid_out, list_processes, reap, snapshot
from pages import LARGEST_PAGE_BYTES, find_controls, find_hidden, find_live

from grader.grading.collect import collect
from grader.grading.formgrade_guard import markdown_to_safe_html
from grader.grading.gradebook import open_gradebook
from grader.grading.layout import CourseDirectory
from grader.grading.marks import SubmissionMarks
from grader.grading.release import release_assignment
from grader.grading.roster import write_roster
from grader.model.work import Trainee
from grader.text import Language

HERE = Path(__file__).parent
SEOUL = ZoneInfo("Asia/Seoul")
NAME = "hostile"
HONEST = ("honest-first", "honest-middle", "honest-last")
TOP = float(sum(test_points().values()))
LARGEST_GRADER_BYTES = 1_000_000_000
WHOLE_RUN_S = 1800.0
KEPT_FOLDERS = ("source", "release", "submitted")


@dataclass
class Finding:
    """What became of one attack."""

    attack: Attack
    status: str = "no result"
    score: float | None = None
    passed: frozenset[str] = frozenset()
    harms: dict[Harm, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def note(self, harm: Harm, detail: str) -> None:
        """Record a harm; the first detail is enough."""
        self.harms.setdefault(harm, detail[:300])

    def describe(self) -> str:
        """Return the harms in words."""
        return "; ".join(f"{harm}: {detail}" for harm, detail in self.harms.items())


@dataclass
class ClassRun:
    """The whole class."""

    findings: dict[str, Finding]
    honest: dict[str, str]
    """Honest trainee → what is wrong with their result; empty for nothing."""
    host: list[str]
    """What is different on this machine."""
    printed: list[str]
    """Control characters in what grading printed."""
    times: dict[str, float]


class Classroom:
    """Lays out a course with attackers in it, has it graded and looks at the result."""

    def __init__(self, folder: Path, attacks: Sequence[Attack], host: Host) -> None:
        self.folder, self.attacks, self.host = folder, attacks, host
        self.course = CourseDirectory(folder / "course")
        half = len(attacks) // 2
        names = [
            HONEST[0],
            *(a.id for a in attacks[:half]),
            HONEST[1],
            *(a.id for a in attacks[half:]),
            HONEST[2],
        ]
        self.roster = tuple(
            Trainee(
                id=name,
                name=name,
                site="daegu",
                role="it",
                language=Language.EN if name == HONEST[1] else Language.KO,
            )
            for name in names
        )
        self.findings = {attack.id: Finding(attack) for attack in attacks}

    def run(self) -> ClassRun:
        """Play the class."""
        self._hand_in()
        kept = digest_tree(self.course.root / name for name in KEPT_FOLDERS)
        before = snapshot(self.host, self.folder)
        report, peak_bytes, said = self._grade()
        times = {name: report.get(name, 0.0) for name in ("grade_s", "feedback_s")}
        host = self._look_at_host(before, kept)
        if peak_bytes > LARGEST_GRADER_BYTES:
            host.append(f"the grader took {peak_bytes / 1e6:.0f} MB")
        if report.get("open_files", 0) > 40:
            host.append(f"the grader holds {report['open_files']} open files")
        if not report:
            host.append(f"grading ended without a report: {said[-500:]}")
        self._look_at_results(report)
        self._look_at_pages()
        for change in host:
            self._blame(change)
        printed = find_controls(said)
        for finding in self.findings.values():
            if printed and Harm.CONTROL_CHARACTERS in finding.attack.must_not:
                finding.note(Harm.CONTROL_CHARACTERS, f"printed: {', '.join(printed)}")
        return ClassRun(self.findings, self._look_at_honest(), host, printed, times)

    def _hand_in(self) -> None:
        self.course.root.mkdir(parents=True)
        write_roster(self.course.roster, self.roster)
        due = datetime(2026, 4, 24, 18, tzinfo=SEOUL)
        release_assignment(
            self.course.root, self.folder / "handout", load_content(), due=due, roster=self.roster
        )
        files = {
            name: honest_submission(number, self.roster[0].language) for number, name in enumerate(HONEST)
        }
        files |= {attack.id: make_submission(attack, self.host.bait) for attack in self.attacks}
        for name, content in files.items():
            place = self.folder / "inbox" / NAME / name
            place.mkdir(parents=True)
            finding = self.findings.get(name)
            hand_in(place, content, finding.attack if finding else None, self.host)
            (place / "timestamp.txt").write_text("2026-04-20T10:00:00")
        collected = collect(self.folder / "inbox", self.course.root, NAME, self.roster, zone=SEOUL)
        for item in collected.items:
            if item.refusal and item.trainee in self.findings:
                self.findings[item.trainee].status = f"quarantined: {item.refusal.reason}"

    def _grade(self) -> tuple[dict[str, Any], int, str]:
        command = [sys.executable, str(HERE / "grade_class.py"), str(self.course.root)]
        log = self.folder.parent / f"{self.folder.name}.log"
        with log.open("w+b") as said:
            process = subprocess.Popen(
                command, env=self.host.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            peak_bytes, started = 0, time.monotonic()
            while process.poll() is None and time.monotonic() - started < WHOLE_RUN_S:
                peak_bytes = max(peak_bytes, _peak_bytes(process.pid))
                try:
                    process.wait(1)
                except subprocess.TimeoutExpired:
                    continue
            process.kill()
            process.wait()
            said.seek(0)
            words = said.read().decode("utf-8", "replace")
        report = self.folder / "report.json"
        value = json.loads(report.read_text("utf-8")) if report.is_file() else {}
        report.unlink(missing_ok=True)
        return value, peak_bytes, words

    def _look_at_host(self, before: dict[str, object], kept: dict[str, str]) -> list[str]:
        reap()
        bait = self.host.bait
        changes = [f"process left: {pid} {line}" for pid, line in list_processes(bait.run).items()]
        after = snapshot(self.host, self.folder)
        changes += [f"changed: {name}" for name, value in before.items() if after[name] != value]
        now = digest_tree(self.course.root / name for name in KEPT_FOLDERS)
        changes += [
            f"changed: {path}" for path in kept.keys() | now.keys() if kept.get(path) != now.get(path)
        ]
        changes += [f"reached: {words}" for words in self.host.listeners.heard]
        own = {*self.host.canaries.values()}
        changes += [f"file left: {path}" for path in find_files(bait.run) if path not in own]
        changes += [f"file left: {path}" for path in find_files(bait.run, (self.folder,), depth=8)]
        return changes

    def _blame(self, change: str) -> None:
        """Note a change of this machine with the attack whose mark it bears, else with all it could be."""
        kinds = {
            "process left": Harm.PROCESS_LEFT,
            "changed": Harm.HOST_CHANGED,
            "reached": Harm.LISTENER_REACHED,
            "file left": Harm.FILE_LEFT,
        }
        harm = kinds.get(change.partition(":")[0], Harm.GRADER_HARMED)
        marked = [one for one in self.findings.values() if self.host.bait.mark(one.attack) in change]
        for finding in marked or [one for one in self.findings.values() if harm in one.attack.must_not]:
            finding.note(harm, change)

    def _look_at_results(self, report: dict[str, Any]) -> None:
        items = {item["trainee"]: item for item in report.get("items", ())}
        with open_gradebook(self.course.gradebook) as book:
            marks = book.read_marks(NAME)
        for name, finding in self.findings.items():
            item = items.get(name, {})
            if item.get("reason") or item.get("status") == "quarantined":
                finding.status = f"quarantined: {item['reason'] or finding.status.partition(': ')[2]}"
            elif item.get("status"):
                finding.status = item["status"]
            if name in marks and finding.status == "graded":
                self._look_at_marks(finding, marks[name])
            refused = finding.status.startswith("quarantined")
            if refused and not finding.attack.may_be_refused:
                finding.note(Harm.POINTS_LOST, finding.status)
            if finding.status not in ("graded",) and not refused:
                finding.note(Harm.CLASS_STOPPED, finding.status)
            if finding.status == "quarantined: our-fault":
                finding.note(Harm.CLASS_STOPPED, item.get("detail", finding.status))
            finding.verdicts = item.get("verdicts", {})
        late = report.get("too_long", {})
        for name, finding in self.findings.items():
            record = self.course.record(NAME, name)
            digest = json.loads(record.read_bytes())["job_digest"] if record.is_file() else ""
            if digest in late:
                finding.note(Harm.RUNS_TOO_LONG, f"{late[digest]:.0f} s")

    def _look_at_marks(self, finding: Finding, marks: SubmissionMarks) -> None:
        grades = {cell: marks.grades[cell] for cell in test_points() if cell in marks.grades}
        finding.score = sum(mark.score for mark in grades.values())
        finding.passed = frozenset(cell for cell, mark in grades.items() if mark.score > 0)
        extra = set(marks.grades) - set(test_points()) - {"letter"}
        above = sorted(finding.passed - finding.attack.honest_cells) + sorted(extra)
        by_hand = [cell for cell, mark in marks.grades.items() if mark.manual_score is not None]
        if above or by_hand or finding.score > finding.attack.honest_points:
            words = f"{finding.score:g} of {TOP:g} points, {finding.attack.honest_points} honest"
            finding.note(Harm.SCORE_ABOVE_HONEST, f"{words}; {', '.join([*above, *by_hand])}")
        lost = sorted(finding.attack.kept_cells - finding.passed)
        if lost:
            finding.note(Harm.POINTS_LOST, ", ".join(lost))

    def _look_at_pages(self) -> None:
        with open_gradebook(self.course.gradebook) as book:
            marks = book.read_marks(NAME)
        for name, finding in self.findings.items():
            page = self.course.feedback(name, NAME)
            html = page.read_text("utf-8") if page.is_file() else ""
            if not html:
                finding.note(Harm.CLASS_STOPPED, "no feedback page")
            graded = self.course.autograded(name, NAME)
            notebook = json.loads(graded.read_bytes()) if graded.is_file() else {"cells": []}
            comments = list(marks[name].comments.values()) if name in marks else []
            self._look_at_page(finding, html, notebook, comments)

    def _look_at_page(
        self, finding: Finding, html: str, notebook: dict[str, Any], comments: list[str]
    ) -> None:
        own, tests = _outputs(notebook)
        shown = [html, *comments, *own]
        if hidden := find_hidden(shown):
            finding.note(Harm.HIDDEN_TEST_SHOWN, ", ".join(hidden[:4]))
        everything = "\n".join([*shown, *tests])
        for secret, place in self.host.canaries.items():
            if any(secret in text for text in (everything, everything[::-1])):
                finding.note(Harm.SECRET_SHOWN, place)
        won = self.host.bait.won(finding.attack)
        if won in everything:
            finding.note(Harm.WALL_OPEN, everything.partition(won)[2].partition("\n")[0])
        if live := find_live(html, own_page=True) + _find_live_cells(notebook):
            finding.note(Harm.SCRIPT_ALIVE, ", ".join(live[:4]))
        if controls := find_controls("\n".join([html, *comments, *own, *tests])):
            finding.note(Harm.CONTROL_CHARACTERS, ", ".join(controls))
        if len(html.encode()) > LARGEST_PAGE_BYTES:
            finding.note(Harm.PAGE_TOO_LARGE, f"{len(html.encode()):,} bytes")

    def _look_at_honest(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        with open_gradebook(self.course.gradebook) as book:
            marks = book.read_marks(NAME)
        for name in HONEST:
            grades = marks[name].grades if name in marks else {}
            passed = {cell for cell, mark in grades.items() if mark.score > 0}
            page = self.course.feedback(name, NAME)
            lost = set(test_points()) - passed
            graded = self.course.autograded(name, NAME)
            outputs = "".join(_outputs(json.loads(graded.read_bytes()))[0]) if graded.is_file() else ""
            foreign = self.host.bait.run in outputs or "WON-" in outputs
            wrong[name] = f"lost {sorted(lost)}" if lost else "" if page.is_file() else "no page"
            wrong[name] += " sees traces of others" if foreign else ""
        for finding in self.findings.values():
            if Harm.OTHERS_CHANGED in finding.attack.must_not and any(wrong.values()):
                finding.note(Harm.OTHERS_CHANGED, str({k: v for k, v in wrong.items() if v}))
        return wrong


def hand_in(place: Path, content: bytes, attack: Attack | None, host: Host) -> None:
    """Put a submission into the inbox, in the shape that the attack asks for."""
    file = place / f"{NAME}.ipynb"
    shape = attack.handed_in if attack is not None else "file"
    if shape == "link":
        file.symlink_to(host.bait.secret_files[0])
    elif shape == "pipe":
        os.mkfifo(file)
    elif shape == "folder":
        file.mkdir()
        (file / f"{NAME}.ipynb").write_bytes(content)
    elif shape == "sparse":
        with file.open("wb") as hole:
            hole.write(content)
            hole.truncate(5_000_000_000)
    elif shape == "odd-name":
        (place / f"{NAME}\x1b[31m\u202e<img src=x onerror=alert(1)>.ipynb").write_bytes(content)
    else:
        file.write_bytes(content)
    for name, text in (attack.beside if attack is not None else {}).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(host.bait.fill(text, attack) if attack else text, encoding="utf-8")


def _outputs(notebook: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the texts of outputs: of the trainee's cells, of test cells."""
    own: list[str] = []
    tests: list[str] = []
    for cell in notebook["cells"]:
        place = tests if cell.get("metadata", {}).get("nbgrader", {}).get("grade") else own
        for output in cell.get("outputs", []):
            values = [output.get("text", ""), output.get("ename", ""), output.get("evalue", "")]
            values += output.get("traceback", []) + list(output.get("data", {}).values())
            place.append("\n".join("".join(value) for value in values))
    return own, tests


def _find_live_cells(notebook: dict[str, Any]) -> list[str]:
    """Return what would be live on formgrader's page of the graded notebook."""
    live: list[str] = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            live += find_live("".join(output.get("data", {}).get("text/html", "")))
            live += ["SVG in an output"] if "image/svg+xml" in output.get("data", {}) else []
        if cell["cell_type"] == "markdown":
            live += find_live(_formgrader_html("".join(cell["source"])))
        if cell["cell_type"] == "raw":
            live += ["raw cell"]
    return live


def _formgrader_html(text: str) -> str:
    """Return what formgrader shows of a Markdown cell; a page that fails cannot be graded by anyone."""
    try:
        return markdown_to_safe_html(text)
    except Exception as error:
        return f"<iframe>formgrader's page fails: {error}</iframe>"


def _peak_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def run_class(folder: Path, attacks: Sequence[Attack]) -> ClassRun:
    """Grade a class of these attackers below `folder`."""
    outside = folder / "class"
    outside.mkdir()
    with laid_out(outside, outside / "course") as host:
        return Classroom(outside, attacks, host).run()
