"""`medai grade` on courses that were made with nbgrader alone."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from made_notebooks import MADE
from record_nbgrader import call, open_course, read_scores

from grader.cli.main import main
from grader.errors import UsageError
from grader.grading.foreign import grade_foreign
from grader.grading.foreign_batch import Options
from grader.grading.foreign_report import ForeignReport
from grader.grading.grade_report import GradeStatus
from grader.sandbox.run import run_jobs

pytestmark = pytest.mark.filterwarnings("default")  # nbgrader's and nbconvert's own


def write(path: Path, content: Mapping[str, Any] | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def make_course(root: Path, config: str = "", **handed_in: str) -> Path:
    """A course with the assignment ps1, and learner → name of a made notebook as submissions."""
    write(
        root / "nbgrader_config.py",
        f"c = get_config()\nc.CourseDirectory.course_id = 'differential'\n{config}",
    )
    write(root / "source" / "ps1" / "p1.ipynb", MADE["source"])
    for learner, name in handed_in.items():
        write(root / "submitted" / learner / "ps1" / "p1.ipynb", MADE[name])
    return root


def grade(root: Path, **options: Any) -> ForeignReport:
    return grade_foreign(root, "ps1", run_jobs, Options(**options))


def earned(root: Path, learner: str) -> dict[str, Any]:
    return {cell.partition("/")[2]: mark["auto"] for cell, mark in read_scores(root, learner).items()}


ALL = {"hidden": 2.0, "number": 4.0, "partial": 3.0, "visible": 1.0}


def digest(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_nbgrader_goes_on_with_what_we_wrote(tmp_path: Path) -> None:
    """Feedback and autograding by nbgrader itself work on a course that ours has graded."""
    root = make_course(tmp_path, right="right", wrong="wrong")
    report = grade(root)
    assert [(item.learner, item.status, item.score) for item in report.items] == [
        ("right", GradeStatus.GRADED, 10.0),
        ("wrong", GradeStatus.GRADED, 3.0),
    ]
    nbgrader = open_course(root)
    assert nbgrader.generate_feedback("ps1", "right")["success"]
    page = (root / "feedback" / "right" / "ps1" / "p1.html").read_text(encoding="utf-8")
    assert "10.0" in page
    assert json.loads(call("--autograde", "wrong", root))
    assert earned(root, "wrong") == {"hidden": 0.0, "number": 1.0, "partial": 1.0, "visible": 1.0}


def test_a_second_run_changes_nothing_and_keeps_what_people_gave(tmp_path: Path) -> None:
    """Nothing is run twice; manual marks stay."""
    from nbgrader.api import Gradebook

    root = make_course(tmp_path, right="right")
    grade(root)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "differential") as book:
        row = book.find_grade("partial", "p1", "ps1", "right")
        row.manual_score, row.needs_manual_grade = 2.5, False
        book.db.commit()
    ran: list[str] = []

    def run_noted(jobs: Any) -> Any:
        for job in jobs:
            ran.append(job.digest)
            yield from run_jobs([job])

    report = grade_foreign(root, "ps1", run_noted, Options())
    assert ran == []
    assert [(item.status, item.score) for item in report.items] == [(GradeStatus.UNCHANGED, 9.5)]
    assert not report.items[0].needs_person


def test_hidden_arguments_reach_no_graded_notebook(tmp_path: Path) -> None:
    """What ran after a hidden test shows what was handed in: nbgrader's feedback is made from it."""
    root = make_course(tmp_path, spy="right")
    spy = copy.deepcopy(MADE["right"])
    cells = spy["cells"]
    cells[0]["source"] = "seen = []\n\ndef double(x):\n    seen.append(x)\n    return x + x"
    told = {"output_type": "stream", "name": "stdout", "text": "as handed in\n"}
    cells.append({**cells[0], "id": "told", "metadata": {}, "source": "print(seen)", "outputs": [told]})
    write(root / "submitted" / "spy" / "ps1" / "p1.ipynb", spy)
    assert [item.score for item in grade(root).items] == [10.0]
    graded = json.loads((root / "autograded" / "spy" / "ps1" / "p1.ipynb").read_text(encoding="utf-8"))
    (last,) = (cell for cell in graded["cells"] if cell["source"] == "print(seen)")
    assert last["outputs"] == [told]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """Neither gradebook nor folders appear."""
    root = make_course(tmp_path, right="right")
    before = digest(root)
    report = grade(root, dry_run=True)
    assert [item.status for item in report.items] == [GradeStatus.PLANNED]
    assert digest(root) == before


def test_bad_submissions_never_stop_the_class(tmp_path: Path) -> None:
    """Whatever one learner hands in, the others get their scores, and nothing becomes a silent zero."""
    root = make_course(tmp_path, right="right")
    handed_in = root / "submitted"
    write(handed_in / "cut-off" / "ps1" / "p1.ipynb", '{"cells": [')
    (handed_in / "folder" / "ps1" / "p1.ipynb").mkdir(parents=True)
    (handed_in / "link" / "ps1").mkdir(parents=True)
    (handed_in / "link" / "ps1" / "p1.ipynb").symlink_to(handed_in / "right" / "ps1" / "p1.ipynb")
    (handed_in / "empty" / "ps1").mkdir(parents=True)
    write(handed_in / "renamed" / "ps1" / "p1 (2).ipynb", MADE["right"])
    bare = [{**cell, "metadata": {}} for cell in MADE["right"]["cells"]]
    write(handed_in / "stripped" / "ps1" / "p1.ipynb", {**MADE["right"], "cells": bare})
    new = json.loads(json.dumps(MADE["right"]).replace('"schema_version": 3', '"schema_version": 9'))
    write(handed_in / "too-new" / "ps1" / "p1.ipynb", new)
    write(handed_in / "김 민수" / "ps1" / "p1.ipynb", MADE["right"])
    write(handed_in / "deep" / "ps1" / "p1.ipynb", MADE["right"])
    for number in range(11):  # few files, but more folders than the sandbox's disk should hold
        write(handed_in / "deep" / "ps1" / f"{number:x}" / ("d/" * 95) / "f", "")
    found = {item.learner: item for item in grade(root).items}
    refused = {name: item.refusals[0][1].reason.value for name, item in found.items() if item.refusals}
    assert refused == {
        "cut-off": "not-json",
        "deep": "too-big",
        "folder": "folder",
        "link": "link",
        "too-new": "too-new",
    }
    for name in refused:
        assert found[name].as_dict()["needs_person"]
        assert all(mark["person"] for mark in read_scores(root, name).values())
    assert found["empty"].missing == ("p1",)
    assert earned(root, "empty") == dict.fromkeys(ALL, 0.0)
    for name in ("right", "renamed", "stripped", "김 민수"):
        assert earned(root, name) == ALL, name
    assert any("another name" in note for note in found["renamed"].notes)


def test_the_configuration_of_the_course_is_followed(tmp_path: Path) -> None:
    """Other folder names and structure, another gradebook, excluded learners, late penalties."""
    root = tmp_path / "course"
    config = f"""
c.CourseDirectory.source_directory = 'master'
c.CourseDirectory.submitted_directory = 'in'
c.CourseDirectory.autograded_directory = 'out'
c.CourseDirectory.directory_structure = '{{nbgrader_step}}/{{assignment_id}}/{{student_id}}'
c.CourseDirectory.db_url = 'sqlite:///{tmp_path / "elsewhere.db"}'
c.CourseDirectory.student_id_exclude = 'guest'
from nbgrader.plugins import LateSubmissionPlugin
class OnePoint(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1
c.AssignLatePenalties.plugin_class = OnePoint
"""
    make_course(root, config)
    shutil.move(root / "source" / "ps1", root / "master" / "ps1" / ".")
    for learner in ("early", "late", "guest"):
        write(root / "in" / "ps1" / learner / "p1.ipynb", MADE["right"])
    write(root / "in" / "ps1" / "early" / "timestamp.txt", "2026-03-01 09:00:00 UTC")
    write(root / "in" / "ps1" / "late" / "timestamp.txt", "2026-03-03 09:00:00 UTC")
    grade(root)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'elsewhere.db'}", "differential") as book:
        book.update_or_create_assignment("ps1", duedate="2026-03-02 09:00:00 UTC")
    report = grade(root)
    assert [(item.learner, item.score) for item in report.items] == [("early", 10.0), ("late", 9.0)]
    assert (root / "out" / "ps1" / "late" / "p1.ipynb").is_file()
    assert not (root / "gradebook.db").exists()


def test_files_lie_beside_the_notebook_as_in_nbgrader(tmp_path: Path) -> None:
    """The author's files are there and win over the learner's; the learner's own are there, too."""
    root = make_course(tmp_path)
    answer, *tests = MADE["right"]["cells"]
    code = "from own import n\n\ndef double(x):\n    return x * n * int(open('data/one.txt').read())"
    cells = [{**answer, "source": code}, *tests]
    write(root / "source" / "ps1" / "data" / "one.txt", "1")
    folder = root / "submitted" / "files" / "ps1"
    write(folder / "p1.ipynb", {**MADE["right"], "cells": cells})
    write(folder / "own.py", "n = 2")
    write(folder / "data" / "one.txt", "7")
    clash = root / "submitted" / "clash" / "ps1"
    write(clash / "p1.ipynb", MADE["right"])
    write(clash / "data", "a file where the author has a folder")
    secret = write(tmp_path / "secret.txt", "2")
    (folder / "link.txt").symlink_to(secret)
    grade(root)
    assert earned(root, "files") == ALL
    assert earned(root, "clash") == ALL
    graded = root / "autograded" / "files" / "ps1"
    assert (graded / "data" / "one.txt").read_text(encoding="utf-8") == "1"
    assert not (graded / "link.txt").exists()


def test_files_of_the_learner_decide_nothing(tmp_path: Path) -> None:
    """Neither modules that tests import nor data that tests read can be handed in."""
    root = make_course(tmp_path)
    source = json.loads(json.dumps(MADE["source"]))
    tests = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in source["cells"]}
    tests["visible"]["source"] = "import pytest\nfrom own import f\nassert double(2) == pytest.approx(f())"
    tests["hidden"]["source"] = "assert str(double(2)) in open('solutions.csv').read()"
    write(root / "source" / "ps1" / "p1.ipynb", source)
    write(root / "source" / "ps1" / "own.py", "def f(): return 4")
    write(root / "source" / "ps1" / "solutions.csv", "4")
    tamper = (
        "import grader.checking.checker as c\nc._execute = lambda *a, **k: (None, None)\napprox = f = None"
    )
    wrong = copy.deepcopy(MADE["right"])
    wrong["cells"][0]["source"] = "def double(x):\n    return 0"
    config = root / "nbgrader_config.py"
    kept = "c.Autograde.exclude_overwriting = {'ps1': ['own.py', 'solutions.csv']}"
    config.write_text(f"{config.read_text()}\n{kept}\n")
    for learner, notebook in (("wrong", wrong), ("right", MADE["right"])):
        folder = root / "submitted" / learner / "ps1"
        write(folder / "p1.ipynb", notebook)
        for name in ("pytest.py", "own.py", "_pytest/__init__.py"):
            write(folder / name, tamper)
        write(folder / "solutions.csv", "0 1 2 3")
    report = grade(root)
    assert not any(item.as_dict()["not_isolated"] for item in report.items)
    assert earned(root, "wrong") == {"hidden": 0.0, "number": None, "partial": 0.0, "visible": 0.0}
    assert earned(root, "right") == ALL
    assert (root / "autograded" / "wrong" / "ps1" / "solutions.csv").read_text() == "0 1 2 3"


@pytest.mark.parametrize(
    ("answer", "partial"),
    [
        ("return np.float64(2 * x if x == 1 else -1)", 1.0),
        ("return np.array([-1])", None),
        ("return pd.NA", None),
    ],
)
def test_partial_credit_is_a_number_or_a_persons(tmp_path: Path, answer: str, partial: float | None) -> None:
    """nbgrader gives all points where the number is NumPy's, or none at all."""
    root = make_course(tmp_path)
    spoilt = copy.deepcopy(MADE["right"])
    spoilt["cells"][0]["source"] = f"import numpy as np\nimport pandas as pd\ndef double(x):\n    {answer}"
    write(root / "submitted" / "kim" / "ps1" / "p1.ipynb", spoilt)
    grade(root)
    assert earned(root, "kim")["partial"] == partial
    assert [
        mark["person"] for cell, mark in read_scores(root, "kim").items() if cell.endswith("partial")
    ] == [partial is None]


def test_a_test_in_the_learners_process_is_marked(tmp_path: Path) -> None:
    """What cannot run apart is counted, named, and marked in the graded notebook."""
    root = make_course(tmp_path)
    source = json.loads(json.dumps(MADE["source"]))
    test = next(c for c in source["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "visible")
    test["source"] = "assert get_ipython().user_ns['double'](2) == 4"
    write(root / "source" / "ps1" / "p1.ipynb", source)
    write(root / "submitted" / "right" / "ps1" / "p1.ipynb", MADE["right"])
    report = grade(root)
    item = report.items[0]
    assert item.score == 10
    assert item.as_dict()["not_isolated"] == ["p1/visible"]
    assert "1 of 4 tests ran in the learner's process" in item.notes
    graded = json.loads((root / "autograded" / "right" / "ps1" / "p1.ipynb").read_text(encoding="utf-8"))
    marked = [c["id"] for c in graded["cells"] if c["metadata"].get("medai") == {"isolated": False}]
    assert marked == ["visible"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda root: (root / "nbgrader_config.py").write_text("c = ("), "nbgrader_config.py"),
        (lambda root: (root / "source" / "ps1" / "p1.ipynb").write_text("{"), "cannot be read"),
        (lambda root: (root / "source" / "ps1" / "p1.ipynb").unlink(), "no notebook"),
    ],
)
def test_a_course_that_cannot_be_graded_says_why(tmp_path: Path, spoil: Any, said: str) -> None:
    """A broken configuration or source is named, and nothing is graded."""
    root = make_course(tmp_path, right="right")
    spoil(root)
    with pytest.raises(UsageError, match=said):
        grade(root)
    assert not (root / "autograded").exists()


def test_the_command_line_finds_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a course's folder `medai grade ASSIGNMENT` is enough; --json tells every cell's score."""
    root = make_course(tmp_path, right="right", wrong="wrong")
    monkeypatch.chdir(root)
    with pytest.raises(SystemExit) as ended:
        main(["grade", "ps1", "--student", "right", "--json", "--timeout", "20", "--memory", "900"])
    assert ended.value.code == 0
    report = json.loads(capsys.readouterr().out)
    assert [(item["trainee"], item["score"]) for item in report["items"]] == [("right", 10.0)]
    assert {cell["cell"]: cell["auto_score"] for cell in report["items"][0]["cells"]}["p1/partial"] == 3
