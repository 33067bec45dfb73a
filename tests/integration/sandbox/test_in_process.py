"""Tests that have to run in the learner's process: honest work keeps its score, cheats are seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.trials import Trial, judge_trial, plan_trials
from grader.errors import Problem
from grader.model.work import CodeCell, Outcome, Verdict
from grader.sandbox.run import run_job
from grader.wire import open_course, write_lab

Run = Callable[..., Outcome]
Printed = Callable[..., str]
P, F, T = Verdict.PASSED, Verdict.FAILED, Verdict.TIMED_OUT


def check(source: str, name: str = "t", **changes: bool) -> CodeCell:
    """Return a test cell that runs in the learner's process."""
    return CodeCell(id=name, source=source, graded=True, points=1, isolated=False, **changes)


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("assert f(2) == 4, 'square'", id="comparison"),
        pytest.param("f(2)", id="no-comparison"),
        pytest.param("", id="empty"),
        pytest.param("# nothing", id="comment"),
        pytest.param("%matplotlib inline\nassert f(2) == 4", id="magic"),
        pytest.param("%%time\nassert f(2) == 4", id="cell-magic"),
        pytest.param("%%capture kept\nassert f(2) == 4", id="capture"),
        pytest.param("names = !echo x\nassert names == ['x'] and f(2) == 4", id="command"),
        pytest.param("%%bash\ntest -d /work", id="another-language"),
        pytest.param("try:\n f('x')\nexcept TypeError: pass\nelse: raise AssertionError", id="error-wanted"),
        pytest.param("f = lambda n: 4\nassert f(2) == 4\nassert f(3) == 4", id="redefines-the-answer"),
        pytest.param("assert len(calls) == 1\ncalls.append(2)\nassert calls == [1, 2]", id="changes-a-list"),
        pytest.param("assert next(numbers) == 0 and next(numbers) == 1", id="uses-up-a-generator"),
        pytest.param("import os\nos.mkdir('made')\nassert os.listdir('made') == []", id="makes-a-directory"),
        pytest.param("assert open('note.txt').read() == 'x'\nimport os\nos.remove('note.txt')", id="file"),
        pytest.param("import random\nassert random.random() == first", id="random-numbers"),
        pytest.param("assert abs(f(2) - 4) < 1", id="near"),
        pytest.param("await answer()\nassert f(2) == 4", id="waits"),
        pytest.param("import numpy as np\nassert (np.array([f(2)]) == [4]).all()", id="array"),
        pytest.param("import pandas as pd\nassert list(pd.DataFrame({'a': [4]}).a) == [f(2)]", id="frame"),
        pytest.param("assert box == Box(3) and box != Box(4)", id="own-equality"),
        pytest.param("assert len(In) == len(In) and 'def f' in In[1]", id="history"),
    ],
)
def test_an_honest_learner_keeps_the_mark(run: Run, test: str) -> None:
    """Whatever tests look like and whatever they change, canaries are neither passed nor noticed."""
    solution = (
        "import random\nrandom.seed(4)\nfirst = random.random()\nrandom.seed(4)\ncalls = [1]\n"
        "numbers = iter(range(9))\nopen('note.txt', 'w').write('x')\nasync def answer(): return 4\n"
        "class Box:\n def __init__(self, n): self.n = n\n def __eq__(self, other): return self.n == other.n"
    )
    outcome = run("def f(n): return n * n", f"{solution}\nbox = Box(3)", check(test))
    assert outcome.cells[2].verdict is P, outcome.cells[2]
    assert outcome.cells[2].isolated is False


def test_what_a_test_does_is_done_once(run: Run, printed: Printed) -> None:
    """Names, lists and files are as after one run; what it shows is shown once, its last value too."""
    outcome = run(
        "done = []",
        check(
            "done.append(1)\nopen('log.txt', 'a').write('x')\nprint('said')\nassert done == [1]\nlen(done)"
        ),
        "import os\nprint(done, open('log.txt').read(), sorted(os.listdir('/tmp')), os.listdir('.'))",
    )
    assert [cell.verdict for cell in outcome.cells] == [P, P, P]
    assert printed(outcome, 2) == "said\n"
    assert outcome.cells[1].outputs[-1]["data"]["text/plain"] == "1"
    assert printed(outcome, 3) == "[1] x [] ['log.txt']\n"


def test_a_failed_test_says_why(run: Run) -> None:
    """Verdict, message and line are those of the test."""
    outcome = run("def f(n): return n", check("x = 1\nassert f(2) == 4, 'square'"))
    assert (outcome.cells[1].verdict, outcome.cells[1].error_name) == (F, "AssertionError")
    assert outcome.cells[1].error_message == "square"
    assert outcome.cells[1].outputs[-1]["traceback"][0] == "  Cell t, line 2"


def test_threads_of_the_learner_do_no_harm(run: Run) -> None:
    """A copy has only the thread that was copied."""
    outcome = run(
        "import threading\ngo = threading.Event()\nthreading.Thread(target=go.wait, daemon=True).start()\n"
        "def f(n): return n * n",
        check("assert f(2) == 4\ngo.set()"),
    )
    assert outcome.cells[1].verdict is P


def test_a_test_that_must_raise(run: Run) -> None:
    """It passes when it raises."""
    outcome = run("def f(n): raise ValueError", check("f(1)", "a", raises=True), check("1", "b", raises=True))
    assert [cell.verdict for cell in outcome.cells] == [P, P, F]


STRIP = "import ast\nclass Strip(ast.NodeTransformer):\n def visit_Assert(self, n): return ast.Pass()\n"


@pytest.mark.parametrize(
    "cheat",
    [
        pytest.param("get_ipython().input_transformers_cleanup.append(lambda lines: [])", id="blank"),
        pytest.param(
            "get_ipython().input_transformers_post.append(lambda lines: ['pass'])", id="blank-later"
        ),
        pytest.param(f"{STRIP}get_ipython().ast_transformers.append(Strip())", id="strip-asserts"),
        pytest.param(
            "def strip(lines): return [l for l in lines if not l.startswith('assert')]\n"
            "get_ipython().input_transformers_cleanup.append(strip)",
            id="strip-lines",
        ),
        pytest.param(
            "ip = get_ipython(); real = ip.run_cell\nip.run_cell = lambda s, *a, **k: real('pass', *a, **k)",
            id="run-cell",
        ),
        pytest.param(
            "ip = get_ipython(); real = ip.run_cell\ndef fine(*a, **k):\n r = real(*a, **k)\n"
            " r.error_in_exec = None\n return r\nip.run_cell = fine",
            id="result-without-error",
        ),
        pytest.param(
            "import grader.sandbox.inside.runner as r\nr._how_it_ended = lambda *a: 'ok'", id="how-it-ended"
        ),
        pytest.param(
            "import grader.sandbox.inside.runner as r\nreal = r.write_frame\n"
            "def lie(fd, reply): real(fd, {**reply, 'ended': 'ok', 'error_name': '', 'error_message': ''})\n"
            "r.write_frame = lie",
            id="reply",
        ),
        pytest.param(
            "import sys\ndef trace(frame, event, arg): return None\n"
            "get_ipython().compile.ast_parse = lambda *a, **k: __import__('ast').parse('')",
            id="compiler",
        ),
        pytest.param(
            "class Same:\n def __eq__(self, other): return True\ndef f(n): return Same()", id="equal-to-all"
        ),
        pytest.param(
            "class Int(int):\n def __eq__(self, other): return True\n __hash__ = int.__hash__\n"
            "def f(n): return Int(0)",
            id="equal-number",
        ),
    ],
)
def test_what_cheats_do_in_notebooks_is_seen(run: Run, cheat: str) -> None:
    """No mark, and the reason is named; a canary saw it, not the test."""
    outcome = run("def f(n): return 0", cheat, check("assert f(2) == 4, 'square'"))
    assert outcome.cells[2].verdict is not P
    assert outcome.cells[2].isolated is False
    assert outcome.cells[2].error_name in {"Tampered", "KernelDied"}, outcome.cells[2]


def test_shadowed_functions_of_a_test_library_are_seen(run: Run) -> None:
    """A learner's `assert_equal` that accepts everything accepts what cannot be."""
    outcome = run("def f(n): return 0\ndef assert_equal(*a): pass", check("assert_equal(f(2), 4)"))
    assert outcome.cells[1].error_name == "Tampered"


def test_an_endless_test_and_a_dead_process_are_told_as_such(run: Run) -> None:
    """The copy that hangs takes none of the run's time; what ends the process ends it."""
    outcome = run(
        "import os\ndef f(n):\n while n: sum(range(9))\n return os._exit(3)",
        check("f(1)", "hangs"),
        check("assert 1", "fine"),
        check("f(0)", "dies"),
        check("assert 1", "later"),
        limits={"cell_timeout_s": 1.5, "run_timeout_s": 6.0},
    )
    assert [cell.verdict for cell in outcome.cells[1:]] == [T, P, Verdict.KERNEL_DIED, Verdict.NOT_RUN]
    assert outcome.cells[3].error_message == "exit status 3"
    assert not any(cell.isolated for cell in outcome.cells[1:])


def run_some_inside(trial: Trial, inside: set[str], lab: Path) -> list[Problem]:
    """Run a trial with these tests in the learner's process; return what is not as the trial expects."""
    cells = (cell.model_copy(update={"isolated": cell.id not in inside}) for cell in trial.job.cells)
    job = trial.job.model_copy(update={"cells": tuple(cells)})
    return judge_trial(replace(trial, job=job), run_job(job, lab))


def test_the_courses_own_answers_score_the_same_in_process() -> None:
    """Reference answers pass every test, wrong ones fail the tests that they must, with the same messages.

    Every test of the course runs in the learner's process once: every other one behind the reference, the
    rest behind a wrong answer; each takes several copies of the process.
    """
    workspace, course = open_course(Path(__file__).parents[3])
    lab = write_lab(workspace, course)
    compared = 0
    for content in course.assignments.values():
        trials = plan_trials(content)
        tests = [cell.id for cell in trials[0].job.cells if cell.graded]
        assert run_some_inside(trials[0], set(tests[::2]), lab) == []
        assert run_some_inside(trials[-1], set(tests[1::2]), lab) == []
        compared += len(tests)
    assert compared >= 300
