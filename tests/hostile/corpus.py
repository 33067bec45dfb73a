"""The attack corpus as values: what each submission tries, and the notebook that tries it.

Knows the attack files, the assignment they are written for and notebooks. Must not run anything: what is
made here runs in the sandbox only.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.sheet import parse_sheet
from grader.model.assignment import Assignment, CellRole, WrongAnswer
from grader.model.content import AssignmentContent
from grader.text import Language

HERE = Path(__file__).parent
FAMILIES = ("cheat", "break", "escape", "leak", "content")
WRITTEN = "체질량지수가 조금 높습니다. 다음 검진 때 다시 재겠습니다."
PLACEHOLDER = re.compile(r"@([A-Z]+)@")


class Harm(StrEnum):
    """What no submission may do. All are looked for after every attack; a file names those it aims at."""

    SCORE_ABOVE_HONEST = "score-above-honest"
    POINTS_LOST = "points-lost"
    """A cell that must still score did not."""
    HIDDEN_TEST_SHOWN = "hidden-test-shown"
    """In an output of the trainee's own cells, in a comment or on the feedback page; encoded, too."""
    SECRET_SHOWN = "secret-shown"
    WALL_OPEN = "wall-open"
    """The attack itself says that it got something it must not have."""
    LISTENER_REACHED = "listener-reached"
    HOST_CHANGED = "host-changed"
    FILE_LEFT = "file-left"
    PROCESS_LEFT = "process-left"
    OTHERS_CHANGED = "others-changed"
    CLASS_STOPPED = "class-stopped"
    RUNS_TOO_LONG = "runs-too-long"
    GRADER_HARMED = "grader-harmed"
    """Its memory, its open files, its mounts."""
    SCRIPT_ALIVE = "script-alive"
    CONTROL_CHARACTERS = "control-characters"
    PAGE_TOO_LARGE = "page-too-large"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(_File):
    """One change to the notebook as handed in; exactly one of the first seven says which."""

    set: str | None = None
    """Cell whose part `at` becomes `to`; without `to` the part goes."""
    notebook: tuple[str | int, ...] | None = None
    """Part of the notebook itself that becomes `to`."""
    copy_of: str | None = None
    """Cell that stands a second time, directly behind itself; `source` replaces its text."""
    remove: str | None = None
    move: str | None = None
    add: Literal["code", "markdown", "raw"] | None = None
    text: str | None = None
    """Piece of the file's text, replaced by `to`; for files that are no JSON."""
    at: tuple[str | int, ...] = ()
    to: Any = None
    source: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    behind: str | None = None
    """Cell behind which a cell is put; the end by default."""
    times: int = 1


class AllBut(_File):
    """All test cells but some."""

    all_but: tuple[str, ...]


Cells = Literal["all", "none"] | tuple[str, ...] | AllBut


class Attack(_File):
    """One file under `attacks/`."""

    name: str
    family: str
    title: str
    tries: str
    """What it does and what it would gain."""
    must_not: tuple[Harm, ...] = Field(min_length=1)
    elsewhere: Literal["wrong", "reference"] = "wrong"
    """What stands in the answer cells that are not named."""
    cells: dict[str, str] = Field(default_factory=dict)
    """Answer cell → code; `@REFERENCE@` and `@WRONG@` stand for the cell's own right and wrong answer."""
    written: str = WRITTEN
    edits: tuple[Edit, ...] = ()
    handed_in: Literal["file", "link", "pipe", "folder", "sparse", "odd-name"] = "file"
    """What lies in the inbox in place of an ordinary file."""
    beside: dict[str, str] = Field(default_factory=dict)
    """Other files in the trainee's folder of the inbox."""
    honest: Cells = "none"
    """Test cells that the submission would pass if the trick gained nothing."""
    keeps: Cells = "none"
    """Test cells that must score all the same."""
    may_be_refused: bool = False
    """Quarantine with a reason is as good as a grade."""
    nbgrader: bool = False
    """Safe to run in nbgrader, which has no walls: stays in its own process and folder."""

    @model_validator(mode="after")
    def _known_cells(self) -> Attack:
        named = {*_named(self.honest), *_named(self.keeps)}
        unknown = named - set(test_points())
        unknown |= set(self.cells) - set(reference_answers(load_content().sheet))
        if unknown:
            raise ValueError(f"no such cells: {sorted(unknown)}")
        if not self.kept_cells <= self.honest_cells:
            raise ValueError("cells that must score are honest")
        return self

    @property
    def id(self) -> str:
        """Trainee id and test id."""
        return f"{self.family}-{self.name}"

    @property
    def honest_cells(self) -> frozenset[str]:
        return _cells(self.honest)

    @property
    def kept_cells(self) -> frozenset[str]:
        return _cells(self.keeps)

    @property
    def honest_points(self) -> int:
        """The highest honest score; written answers are not counted."""
        return sum(test_points()[cell] for cell in self.honest_cells)


def _named(cells: Cells) -> tuple[str, ...]:
    if isinstance(cells, str):
        return ()
    return cells.all_but if isinstance(cells, AllBut) else cells


def _cells(cells: Cells) -> frozenset[str]:
    if cells == "all" or isinstance(cells, AllBut):
        return frozenset(test_points()) - set(_named(cells))
    return frozenset(_named(cells))


@cache
def load_content() -> AssignmentContent:
    """Return the assignment that the attacks are written for."""
    folder = HERE / "assignment"
    sheet, problems = parse_sheet((folder / "sheet.md").read_text("utf-8"), "sheet.md")
    assert not problems, problems
    assignment = Assignment.model_validate(yaml.safe_load((folder / "assignment.yml").read_text("utf-8")))
    wrong = {
        path.stem: WrongAnswer.model_validate(yaml.safe_load(path.read_text("utf-8")))
        for path in sorted((folder / "wrong").glob("*.yml"))
    }
    return AssignmentContent(assignment, "tests/hostile/assignment", sheet, wrong, {})


@cache
def test_points() -> dict[str, int]:
    """Return test cell → points, in order."""
    cells = load_content().sheet.cells
    return {cell.id: cell.points for cell in cells if cell.role is CellRole.TEST}


@cache
def load_attacks() -> tuple[Attack, ...]:
    """Return the corpus: breaking first, so that what runs long is followed by something."""
    order = ("break", "escape", "cheat", "leak", "content")
    return tuple(
        Attack(
            name=path.stem,
            family=path.parent.name,
            **yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader),
        )
        for family in order
        for path in sorted((HERE / "attacks" / family).glob("*.yml"))
    )


@dataclass(frozen=True)
class Bait:
    """What attacks are told about this machine, so that none fails for not knowing where to look."""

    run: str
    """A word that exists nowhere else; part of everything that attacks leave."""
    course: str
    home: str
    secret_files: tuple[str, ...]
    port: int
    abstract: str
    unix: str

    def mark(self, attack: Attack) -> str:
        """Return the word that names what this attack leaves."""
        return f"{self.run}-{attack.id}"

    def won(self, attack: Attack) -> str:
        """Return what an attack prints when it got through; its source holds it reversed."""
        return f"WON-{self.run}-{attack.id}"

    def fill(self, text: str, attack: Attack) -> str:
        """Return code with its placeholders filled."""
        values = {
            "RUN": self.run,
            "MARK": self.mark(attack),
            "WON": f"{self.won(attack)[::-1]!r}[::-1]",
            "COURSE": self.course,
            "HOME": self.home,
            "SECRETS": repr(list(self.secret_files)),
            "PORT": str(self.port),
            "ABSTRACT": self.abstract,
            "UNIX": self.unix,
        }
        return PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group()), text)


def make_submission(attack: Attack, bait: Bait, language: Language = Language.KO) -> bytes:
    """Return the file that the attack hands in."""
    content = load_content()
    right = reference_answers(content.sheet)
    wrong = dict(content.wrong["everything"].answers)
    answers = dict(right if attack.elsewhere == "reference" else wrong)
    for cell, code in attack.cells.items():
        code = code.replace("@REFERENCE@", right[cell]).replace("@WRONG@", wrong[cell])
        answers[cell] = bait.fill(code, attack)
    release = build_release(content.sheet, content.assignment, language)
    notebook = fill_release(release, answers, {"letter": bait.fill(attack.written, attack)})
    for edit in attack.edits:
        _edit(notebook, edit, attack, bait)
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    for edit in attack.edits:
        if edit.text is not None:
            assert edit.text in text, f"{attack.id}: {edit.text!r} is not in the file"
            text = text.replace(edit.text, edit.to * edit.times)
    return text.encode("utf-8", "surrogatepass")


def honest_submission(number: int, language: Language) -> bytes:
    """Return right work; the number makes it a job of its own."""
    content = load_content()
    answers = reference_answers(content.sheet)
    answers["limit"] += f"  # {number}"
    release = build_release(content.sheet, content.assignment, language)
    return json.dumps(fill_release(release, answers, {"letter": WRITTEN})).encode()


def _edit(notebook: dict[str, Any], edit: Edit, attack: Attack, bait: Bait) -> None:
    cells = notebook["cells"]

    def find(name: str) -> int:
        return next(n for n, cell in enumerate(cells) if cell["id"] == name)

    source = bait.fill(edit.source, attack) if edit.source is not None else None
    if edit.set is not None:
        _put(cells[find(edit.set)], edit.at, edit.to)
    elif edit.notebook is not None:
        _put(notebook, edit.notebook, edit.to)
    elif edit.copy_of is not None:
        place = find(edit.copy_of)
        again = copy.deepcopy(cells[place]) | ({"source": source} if source is not None else {})
        again["metadata"] |= edit.metadata
        cells.insert(place + 1, again)
    elif edit.remove is not None:
        del cells[find(edit.remove)]
    elif edit.move is not None:
        moved = cells.pop(find(edit.move))
        cells.insert(find(edit.behind) + 1 if edit.behind else 0, moved)
    elif edit.add is not None:
        place = find(edit.behind) + 1 if edit.behind else len(cells)
        for number in range(edit.times):
            made = {"cell_type": edit.add, "id": f"own{place}-{number}", "metadata": dict(edit.metadata)}
            made |= {"source": source} | (
                {"outputs": [], "execution_count": None} if edit.add == "code" else {}
            )
            cells.insert(place, made)


def _put(value: Any, path: tuple[str | int, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value.setdefault(key, {}) if isinstance(value, dict) else value[key]
    if new is None:
        value.pop(path[-1], None)
    else:
        value[path[-1]] = new


def digest_attack(attack: Attack) -> str:
    """Return a digest of what the attack hands in and of the assignment: results are kept under it."""
    sheet = (HERE / "assignment" / "sheet.md").read_bytes()
    file = (HERE / "attacks" / attack.family / f"{attack.name}.yml").read_bytes()
    return hashlib.sha256(sheet + file).hexdigest()[:12]
