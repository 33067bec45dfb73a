"""The attack corpus through the real path, in one class, with honest trainees among the attackers.

    python tests/hostile/test_hostile.py [NAME ...]     prints what each attack achieved

Submissions are collected, graded and handed back as always, by a process of its own; then this machine, the
gradebook, the pages and what was printed are looked at from outside.
"""

from __future__ import annotations

import fcntl
import pickle
import sys
import tempfile
from pathlib import Path

import pytest
from classroom import HONEST, ClassRun, run_class
from corpus import Attack, load_attacks

pytestmark = pytest.mark.xdist_group("hostile")


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> ClassRun:
    """The whole corpus, graded once however many processes test."""
    if worker_id == "master":
        return run_class(tmp_path_factory.mktemp("hostile"), load_attacks())
    shared = tmp_path_factory.getbasetemp().parent
    kept = shared / "hostile-class.pickle"
    with (shared / "hostile-class.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_file():
            kept.write_bytes(pickle.dumps(run_class(tmp_path_factory.mktemp("hostile"), load_attacks())))
        graded: ClassRun = pickle.loads(kept.read_bytes())
    return graded


@pytest.mark.parametrize("attack", load_attacks(), ids=lambda attack: attack.id)
def test_the_attack_gains_nothing(graded_class: ClassRun, attack: Attack) -> None:
    """No more points than honest work, none lost that were earned, and nothing outside is touched."""
    finding = graded_class.findings[attack.id]
    assert not finding.harms, finding.describe()


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_among_attackers_gets_full_marks(graded_class: ClassRun, name: str) -> None:
    """Neighbours change neither score nor page."""
    assert graded_class.honest[name] == ""


def test_this_machine_is_as_it_was(graded_class: ClassRun) -> None:
    """No process, file, socket, mount or changed file is left; the grader kept its size and its files."""
    assert graded_class.host == []


def test_what_is_printed_is_fit_for_a_terminal(graded_class: ClassRun) -> None:
    """Not one control character of a submission reaches the terminal of whoever grades."""
    assert graded_class.printed == []


def test_the_class_is_done_in_time(graded_class: ClassRun) -> None:
    """Hostile submissions cost their own limits and no more; feedback is quick all the same."""
    assert graded_class.times["grade_s"] < 900
    assert graded_class.times["feedback_s"] < 60


def main(names: list[str]) -> int:
    """Print a table of what each attack achieved."""
    attacks = [a for a in load_attacks() if not names or any(name in a.id for name in names)]
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        done = run_class(Path(folder), attacks)
    for finding in done.findings.values():
        attack = finding.attack
        score = "–" if finding.score is None else f"{finding.score:g}"
        state = "OPEN" if finding.harms else "held"
        said = finding.status if finding.status != "graded" else ""
        print(f"{state:5}{attack.id:45}{attack.honest_points:>3} {score:>4}  {said} {finding.describe()}")
        if names:
            print("      ", ", ".join(f"{cell} {verdict}" for cell, verdict in finding.verdicts.items()))
    for name, wrong in done.honest.items():
        print(f"{name}: {wrong or 'full marks'}")
    print("\n".join(done.host + done.printed) or "this machine is as it was")
    times = ", ".join(f"{name} {value:.1f}" for name, value in done.times.items())
    count = sum(bool(finding.harms) for finding in done.findings.values())
    print(f"{len(attacks)} attacks, {count} open; {times}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
