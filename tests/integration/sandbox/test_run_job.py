"""What honest notebooks get: outputs, verdicts, and the same again every time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from grader.errors import GraderError
from grader.model.work import CodeCell, GradingJob, Limits, Outcome, Verdict
from grader.sandbox.run import run_job, run_jobs

Run = Callable[..., Outcome]
Printed = Callable[..., str]

PLOT = "import matplotlib.pyplot as plt\nplt.hist([1, 2, 2, 3]);"
TABLE = 'import pandas as pd\npd.DataFrame({"혈색소": [12.1, 13.4]})'


def test_tables_and_plots_come_out_as_nbformat_outputs(run: Run) -> None:
    """A table has text and HTML, a plot is a PNG, and the notebook with them is valid."""
    outcome = run(TABLE, PLOT, "print('안녕하세요 🙂')")
    assert [cell.verdict for cell in outcome.cells] == [Verdict.PASSED] * 3
    assert outcome.cells[0].outputs[0]["execution_count"] == 1
    table, plot, words = (cell.outputs for cell in outcome.cells)
    assert "혈색소" in table[0]["data"]["text/plain"]
    assert "<table" in table[0]["data"]["text/html"]
    assert [output["output_type"] for output in plot] == ["display_data"]  # and no word of fontconfig's
    assert base64.b64decode(plot[-1]["data"]["image/png"]).startswith(b"\x89PNG")
    assert words == ({"output_type": "stream", "name": "stdout", "text": "안녕하세요 🙂\n"},)
    cells = [
        nbformat.v4.new_code_cell(
            "", id=cell.id, execution_count=number, outputs=[dict(o) for o in cell.outputs]
        )
        for number, cell in enumerate(outcome.cells, start=1)
    ]
    nbformat.validate(nbformat.from_dict(nbformat.v4.new_notebook(cells=cells)))


def test_output_is_in_order_whoever_wrote_it(run: Run, printed: Printed) -> None:
    """Prints, child processes and C code appear in the order in which they happened."""
    outcome = run(
        "import os, sys, ctypes\n"
        "print('1')\nos.system('echo 2')\nprint('3')\n!echo 4\nos.write(1, b'5\\n')\n"
        "sys.stdout.buffer.write(b'6\\n')\nprint('7', file=sys.stderr)\nctypes.CDLL(None).puts(b'8');"
    )
    assert printed(outcome) == "1\n2\n3\n4\n5\n6\n8\n"
    assert printed(outcome, name="stderr") == "7\n"


def test_an_error_does_not_stop_the_cells_after_it(run: Run) -> None:
    """Each cell is judged on its own, as nbgrader does."""
    outcome = run("x = 1 / 0", "x = =", "print(1)")
    assert [(c.verdict, c.error_name) for c in outcome.cells] == [
        (Verdict.FAILED, "ZeroDivisionError"),
        (Verdict.FAILED, "SyntaxError"),
        (Verdict.PASSED, ""),
    ]
    shown = outcome.cells[0].outputs[0]
    assert shown["traceback"] == ["  Cell c1, line 1", "    x = 1 / 0", "ZeroDivisionError: division by zero"]


def test_test_cells_say_why_they_failed_without_their_source(run: Run) -> None:
    """The message of the failed assert comes back; the hidden value does not. stderr costs nothing."""
    outcome = run(
        "def bmi(cm, kg):\n    return 1",
        CodeCell(
            id="t1", source="assert bmi(171, 68) == 23.3, 'bmi-value: 값 · value'", graded=True, points=1
        ),
        CodeCell(id="t2", source="assert bmi('171', 68) + secret_7 > 3", graded=True, points=1),
        CodeCell(id="t3", source="import sys\nprint('경고', file=sys.stderr)", graded=True, points=1),
    )
    failed, broken, warned = outcome.cells[1:]
    assert (failed.verdict, failed.error_name) == (Verdict.FAILED, "AssertionError")
    assert failed.error_message == "bmi-value: 값 · value"
    assert (broken.verdict, broken.error_name) == (Verdict.FAILED, "NameError")
    assert warned.verdict is Verdict.PASSED
    assert "23.3" not in json.dumps(outcome.model_dump(mode="json"))


def test_a_cell_meant_to_raise_passes_by_raising(run: Run) -> None:
    """A demonstration of an error is no failure; if it does not raise, it is."""
    outcome = run(
        CodeCell(id="demo", source="int('다섯')", raises=True), CodeCell(id="calm", source="1", raises=True)
    )
    assert [c.verdict for c in outcome.cells] == [Verdict.PASSED, Verdict.FAILED]
    assert outcome.cells[0].outputs[0]["ename"] == "ValueError"


def test_notebook_habits_work(run: Run, printed: Printed) -> None:
    """Magics, shell lines, top-level await, last values, displays and clear_output are there."""
    outcome = run(
        "%matplotlib inline\nimport asyncio\nawait asyncio.sleep(0)\n!echo shell",
        "display('a')\n'b'",
        "from IPython.display import clear_output\nprint('old')\nclear_output()\nprint('new')",
        "_ = 3;\nexit()",
    )
    assert [c.verdict for c in outcome.cells] == [Verdict.PASSED] * 4
    assert printed(outcome, 1) == "shell\n"
    assert [o["output_type"] for o in outcome.cells[1].outputs] == ["display_data", "execute_result"]
    assert printed(outcome, 3) == "new\n"


def test_input_is_refused_with_advice(run: Run) -> None:
    """A cell that asks for input ends at once and says what to do, in both languages."""
    outcome = run("age = input('나이? ')")
    assert outcome.cells[0].verdict is Verdict.FAILED
    assert "코드에 직접" in outcome.cells[0].error_message
    assert "into the code" in outcome.cells[0].error_message


def test_a_figure_that_cannot_be_drawn_is_said(run: Run, printed: Printed) -> None:
    """The error of drawing comes after the cell; it is shown and the next cell is not disturbed."""
    outcome = run("import matplotlib.pyplot as plt\nplt.title(r'$\\frac$');", "print(1)")
    assert "ValueError" in printed(outcome, 1, "stderr")
    assert printed(outcome, 2) == "1\n"


def test_data_files_lie_beside_the_notebook(run: Run, printed: Printed) -> None:
    """Files and folders with Korean names are there and may be changed."""
    content = base64.b64encode("이름,나이\n가,41\n".encode()).decode()
    outcome = run(
        "print(open('자료/수검자.csv', encoding='utf-8').read())\nopen('자료/수검자.csv', 'a').write('x')",
        files=(("자료/수검자.csv", content),),
    )
    assert outcome.cells[0].verdict is Verdict.PASSED
    assert "가,41" in printed(outcome)


@pytest.mark.parametrize(
    "files", [(("a", "!!!"),), (("a", "eA=="), ("a", "eA==")), (("a", "eA=="), ("a/b", "eA=="))]
)
def test_impossible_data_files_are_the_authors_error(run: Run, files: tuple[tuple[str, str], ...]) -> None:
    """Content that is not base64 or a name used twice is an error, not a verdict."""
    with pytest.raises(GraderError, match="could not be prepared"):
        run("1", files=files)


def test_the_lab_is_importable_and_read_only(
    run: Run, job: Callable[..., GradingJob], tmp_path: Path
) -> None:
    """`medai_lab` comes from the directory that is passed, and learners cannot change it."""
    (tmp_path / "medai_lab").mkdir()
    (tmp_path / "medai_lab" / "__init__.py").write_text("WORD = '검진'\n", encoding="utf-8")
    tmp_path.chmod(0o755)
    cell = "import medai_lab\nprint(medai_lab.WORD)\nopen(medai_lab.__file__, 'a')"
    outcome = run_job(job(cell), tmp_path)
    assert outcome.cells[0].outputs[0]["text"] == "검진\n"
    assert outcome.cells[0].error_name in {"OSError", "PermissionError"}


def test_the_same_job_gives_the_same_outcome(job: Callable[..., GradingJob]) -> None:
    """Serially, in parallel and in another order: byte for byte the same."""
    jobs = [
        job(PLOT, TABLE, "print({'가', '나', '다'}, hash('검진'), object())", "1/0", revision=number)
        for number in range(2)
    ]
    serial = {job.digest: run_job(job) for job in jobs}
    seen: list[str] = []
    parallel = {
        o.job_digest: o
        for o in run_jobs(reversed(jobs), workers=2, on_done=lambda o: seen.append(o.job_digest))
    }
    assert serial == parallel
    assert sorted(seen) == sorted(serial)


def test_a_busy_machine_does_not_time_cells_out(job: Callable[..., GradingJob]) -> None:
    """Waiting for a core is not counted: four cells side by side pass."""
    work = "import time\nwhile time.process_time() < 1.5: pass"
    limits = Limits(cell_timeout_s=2.5, processes=8)
    jobs = [job(work, limits=limits, hash_seed=number) for number in range(4)]
    assert [o.cells[0].verdict for o in run_jobs(jobs, workers=4)] == [Verdict.PASSED] * 4


def test_hash_seed_time_zone_and_language_are_the_jobs(run: Run, printed: Printed) -> None:
    """Nothing of the machine shows: not its zone, not its locale, not its number of cores."""
    cell = (
        "import os, time, locale, sys\nprint(hash('검진'))\n"
        "print(time.strftime('%Z%z'), os.environ['MEDAI_LANG'], locale.getpreferredencoding(), os.getcwd())"
    )
    first = printed(run(cell, language="en"))
    assert first.splitlines()[1] == "KST+0900 en UTF-8 /work"
    assert printed(run(cell, language="en")) == first
    assert printed(run(cell, language="en", hash_seed=1)).splitlines()[0] != first.splitlines()[0]


def test_a_learners_own_python_process_finds_the_packages(run: Run, printed: Printed) -> None:
    """A subprocess and scikit-learn's workers work inside the limits."""
    outcome = run(
        "import subprocess, sys\n"
        "print(subprocess.check_output([sys.executable, '-c', 'import numpy; print(7)']))"
    )
    assert printed(outcome) == "b'7\\n'\n"


def test_unicode_everywhere(run: Run, printed: Printed) -> None:
    """Cell names, variables, exceptions and broken characters cross the wall."""
    outcome = run(
        CodeCell(
            id="셀 '1' <b>\n",
            source="class 판정오류(Exception): pass\n정상 = True\nraise 판정오류('값 없음 🙂\\ud800')",
        ),
        "print(정상, '\\ud800')",
    )
    assert (outcome.cells[0].error_name, outcome.cells[0].error_message) == ("판정오류", "값 없음 🙂?")
    assert printed(outcome, 2) == "True ?\n"
