"""Learner and checker: two rooms for one job, and who is to blame when one of them ends."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable

import pytest

from grader.model.work import CellResult, CodeCell, Outcome, Verdict

Run = Callable[..., Outcome]
Printed = Callable[..., str]
P, F, N, T = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_RUN, Verdict.TIMED_OUT
DIED, MEMORY, UNCHECKED = Verdict.KERNEL_DIED, Verdict.OUT_OF_MEMORY, Verdict.COULD_NOT_CHECK
BMI = "def bmi(cm, kg):\n    print('계산')\n    return round(kg / (cm / 100) ** 2, 1)"
ENDLESS = "def f():\n while True:\n  try:\n   while True: sum(range(9))\n  except BaseException: pass"


def check(name: str, source: str) -> CodeCell:
    """Return a test cell."""
    return CodeCell(id=name, source=source, graded=True, points=1)


def verdicts(cells: tuple[CellResult, ...]) -> list[Verdict]:
    """Return what was said about each cell."""
    return [cell.verdict for cell in cells]


def test_a_test_asks_the_learners_process(run: Run, printed: Printed) -> None:
    """It passes or fails on the answers, shows what the learner's code printed, says which line failed."""
    outcome = run(
        BMI,
        check("right", "assert bmi(171, 68) == 23.3, 'bmi-value'"),
        check("wrong", "assert bmi(160, 55) == 0, 'bmi-value: 값 · value'"),
        check("raises", "bmi(0, 55)"),
        check("missing", "assert bmi_class(20)"),
    )
    assert verdicts(outcome.cells) == [P, P, F, F, F]
    assert printed(outcome, 2) == "계산\n"
    assert outcome.cells[2].error_message == "bmi-value: 값 · value"
    shown = outcome.cells[3].outputs[-1]["traceback"]
    assert shown[:3] == [
        "  Cell raises, line 1",
        "  Cell c1, line 3, in bmi",
        "    return round(kg / (cm / 100) ** 2, 1)",
    ]
    assert outcome.cells[4].error_name == "NameError"


def test_tests_never_reach_the_learners_process(run: Run, printed: Printed) -> None:
    """Nothing of a test is in any object, frame or line cache of the learner's process, then or later."""
    look = (
        "import gc, linecache, sys\ndef seen():\n word = 'geheim' + str(1234)\n"
        " texts = [o for o in gc.get_objects() if isinstance(o, (dict, list, tuple))]\n"
        " return any(word in repr(t) for t in texts if len(t) < 50) or word in "
        "str(linecache.cache)\ndef f():\n return seen()"
    )
    outcome = run(look, check("t", "secret = 'geheim1234'\nassert f() is False"), "print(seen())")
    assert verdicts(outcome.cells) == [P, P, P]
    assert printed(outcome, 3) == "False\n"


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(
            "import builtins, sys\nbuiltins.__dict__['AssertionError'] = None\nsys.excepthook = None",
            id="builtins",
        ),
        pytest.param("get_ipython().input_transformers_cleanup.append(lambda lines: [])", id="transformer"),
        pytest.param(
            "import ast\nclass Strip(ast.NodeTransformer):\n def visit_Assert(self, n): return ast.Pass()\n"
            "get_ipython().ast_transformers.append(Strip())",
            id="assert-stripper",
        ),
        pytest.param(
            "import grader.sandbox.inside.runner as r\nr.Kernel._run_cell = lambda self, request: "
            "{'kind': 'cell', 'token': request['token'], 'outputs': [], 'error_name': '',"
            " 'error_message': '', 'ended': 'ok', 'passed': True, 'fault': '', 'refused': ''}",
            id="runner",
        ),
        pytest.param(
            "class Same:\n def __eq__(self, other): return True\n def __bool__(self): return True\n"
            "def answer(): return Same()",
            id="always-equal",
        ),
    ],
)
def test_free_marks_are_not_to_be_had(run: Run, cell: str) -> None:
    """What is changed in the learner's process changes nothing where verdicts come from."""
    outcome = run("def answer(): return 1", cell, check("t", "assert answer() == 42, 'answer-value'"))
    assert verdicts(outcome.cells) == [P, P, F]
    assert outcome.cells[2].error_name == "AssertionError"
    assert outcome.cells[2].error_message == "answer-value"


@pytest.mark.parametrize(
    ("answer", "verdict", "after"),
    [
        pytest.param("def f():\n while True: sum(range(9))", T, P, id="loop"),
        pytest.param(ENDLESS, T, N, id="loop-that-swallows-interrupts"),
        pytest.param("import os\ndef f(): os._exit(3)", DIED, N, id="exit"),
        pytest.param("import ctypes\ndef f(): ctypes.string_at(0)", DIED, N, id="segfault"),
        pytest.param("import os, signal\ndef f(): os.kill(os.getpid(), 19)", T, N, id="stop-itself"),
        pytest.param(
            "def f():\n a = []\n while True: a.append(bytearray(10**6))", MEMORY, P, id="memory-hog"
        ),
        pytest.param(
            "import os, time\ndef f():\n for _ in range(4):\n  if os.fork() == 0:\n"
            "   x = b'x' * 250_000_000; time.sleep(60)\n time.sleep(60)",
            MEMORY,
            N,
            id="memory-hog-of-many-processes",
        ),
        pytest.param(
            "import os, time\ndef f():\n while True:\n  if os.fork() == 0: time.sleep(60)",
            F,
            P,
            id="fork-bomb",
        ),
        pytest.param("def f(): return f()", F, P, id="recursion"),
        pytest.param(
            "import os\ndef f():\n for fd in range(3, 300):\n  try: os.write(fd, b'\\0\\0\\0\\2{}')\n"
            "  except OSError: pass\n return 1",
            DIED,
            N,
            id="forged-frames",
        ),
    ],
)
def test_what_happens_in_a_check_is_told_of_that_cell(
    run: Run, answer: str, verdict: Verdict, after: Verdict
) -> None:
    """Earlier verdicts stay, the cell gets its own, and the next test runs when the learner's process can."""
    limits = {"cell_timeout_s": 1.5} if verdict is T else {}
    ask = check("t", "f()\nassert False")
    outcome = run(
        answer, check("before", "assert 1"), ask, check("after", "assert callable(f)"), limits=limits
    )
    assert verdicts(outcome.cells) == [P, P, verdict, after]


def test_a_test_that_hangs_costs_nothing(run: Run) -> None:
    """The author's endless loop is named as such, and the next test runs."""
    hang, after = check("hang", "while True: sum(range(9))"), check("after", "assert f() == 1")
    outcome = run("def f(): return 1", hang, after, limits={"cell_timeout_s": 1.5})
    assert verdicts(outcome.cells) == [P, UNCHECKED, P]
    assert outcome.cells[1].error_name == "TestHangs"


@pytest.mark.parametrize(
    ("crash", "verdict", "name", "after"),
    [
        pytest.param("import os\nos._exit(1)", UNCHECKED, "CheckerEnded", UNCHECKED, id="exit"),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), 9)", UNCHECKED, "CheckerEnded", UNCHECKED, id="killed"
        ),
        pytest.param("x = b'x' * 10**9", UNCHECKED, "MemoryError", P, id="memory"),
    ],
)
def test_a_checker_that_ends_costs_nothing(
    run: Run, printed: Printed, crash: str, verdict: Verdict, name: str, after: Verdict
) -> None:
    """Neither that test nor, where the checker is gone, the ones after it count; other cells run."""
    cells = (check("first", "assert f() == 1"), check("crash", crash), "print('on')")
    outcome = run("def f(): return 1", *cells, check("after", "assert f() == 1"))
    assert verdicts(outcome.cells) == [P, P, verdict, P, after]
    assert outcome.cells[2].error_name == name
    assert printed(outcome, 4) == "on\n"


def test_a_checker_that_runs_wild_is_stopped_at_its_own_limit(run: Run) -> None:
    """A bomb in a test bursts in the checker's room; the learner's process and later tests do not notice."""
    bomb = check("bomb", "import os, time\nwhile True:\n if os.fork() == 0: time.sleep(60)")
    outcome = run("def f(): return 1", bomb, "print('on')", check("after", "assert f() == 1"))
    assert verdicts(outcome.cells) == [P, F, P, P]
    assert outcome.cells[1].error_name == "BlockingIOError"


TAMPER = "import grader.checking.checker as c\nc._execute = lambda *a, **k: (None, None)\nraises = None\n"


@pytest.mark.parametrize("name", ["pytest.py", "pytest/__init__.py", "mine.py", "unittest/mock.py"])
def test_files_of_the_learner_are_in_their_own_room_alone(run: Run, printed: Printed, name: str) -> None:
    """No module, no data file of theirs is there for a test; where they are wanted they are."""
    files = {"mine.py": "word = 'author'", "data.txt": "1", "kit/part.py": "word = 'kit'"}
    own = {name: TAMPER, "data.txt": "2", "own.txt": "3", "own.py": TAMPER, "bottleneck.py": TAMPER}
    outcome = run(
        "import own\nprint(open('data.txt').read(), open('own.txt').read())\ndef f(): return 1",
        check("packages", "import pytest\nimport unittest.mock\nassert pytest.raises"),
        check("own", "try:\n import own\nexcept ImportError: pass\nelse: raise ValueError"),
        check("mine", "import mine, kit.part\nassert mine.word + kit.part.word == 'authorkit'"),
        check(
            "data", "import os\nassert open('data.txt').read() == '1'\nassert not os.path.exists('own.txt')"
        ),
        check("path", "import sys\nassert not {'', '.', os.getcwd()} & set(sys.path)"),
        check("wrong", "assert f() == 2"),
        files=packed(files),
        own_files=packed(own),
    )
    assert verdicts(outcome.cells) == [P, P, P, P, P, P, F]
    assert printed(outcome) == "2 3\n"


def packed(files: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return files as jobs hold them."""
    return tuple((path, b64encode(text.encode()).decode()) for path, text in files.items())


def test_the_two_rooms_share_nothing_but_the_conversation(run: Run, token: str) -> None:
    """No file, process, shared memory or abstract socket of one is there for the other."""
    answer = (
        "import os, socket\n"
        f"open('/work/{token}', 'w').close(); open('/dev/shm/{token}', 'w').close()\n"
        f"listener = socket.socket(socket.AF_UNIX); listener.bind('\\0{token}'); listener.listen()\n"
        "def alive():\n return [pid for pid in range(3, 200) if not dead(pid)]\n"
        "def dead(pid):\n try: os.kill(pid, 0)\n except OSError: return True"
    )
    look = (
        "import os, socket\n"
        f"assert not os.path.exists('/work/{token}') and not os.path.exists('/dev/shm/{token}')\n"
        "assert os.getpid() == 2 and alive() == []\n"
        f"try:\n socket.socket(socket.AF_UNIX).connect('\\0{token}')\nexcept ConnectionRefusedError: pass\n"
        "else: assert False"
    )
    outcome = run(answer, check("t", look))
    assert verdicts(outcome.cells) == [P, P], json.dumps(outcome.model_dump(mode="json"))
