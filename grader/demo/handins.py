"""What each behaviour of the demo cohort hands in, as the bytes that a browser sends.

Knows releases, reference answers and wrong answers; must not know where files lie. The hostile code
here is ours, small, and only ever runs inside the sandbox.
"""

from __future__ import annotations

import copy
import io
import json
import stat
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.demo.cohort import Behaviour, Participant
from grader.model.assignment import CellRole
from grader.model.content import AssignmentContent
from grader.text import Language

HOSTILE: dict[Behaviour, str] = {
    Behaviour.ENDLESS: "while True:\n    pass\n",
    Behaviour.EXIT: "import os\nos._exit(0)\n",
    Behaviour.SNOOP: (
        "import os, pathlib, socket\n"
        "found = [p for p in ('/etc/shadow', '/root', '/home') if os.access(p, os.R_OK)]\n"
        "found += [k for k in os.environ if 'KEY' in k or 'TOKEN' in k or 'SECRET' in k]\n"
        "try:\n    socket.create_connection(('127.0.0.1', 8000), timeout=1)\n    found.append('network')\n"
        "except OSError:\n    pass\n"
        "print('found:', found)\n"
    ),
    Behaviour.SCRIPT: (
        "from IPython.display import HTML, display\n"
        "display(HTML('<script>document.title = \"taken over\"</script><img src=x onerror=alert(1)>'))\n"
        "print('<script>alert(1)</script>')\n"
    ),
    Behaviour.BOMB: (
        "import os\n"
        "started = 0\n"
        "for _ in range(5000):\n    try:\n        child = os.fork()\n    except OSError:\n        break\n"
        "    if child == 0:\n        import time\n        time.sleep(600)\n    started += 1\n"
        "print('processes started:', started)\n"
    ),
}
SAMPLE_LEVEL: dict[Behaviour, int] = {
    Behaviour.PARTIAL: 1,
    Behaviour.WRONG: 1,
    Behaviour.EXIT: 0,
    Behaviour.FULL: 3,
}


@dataclass(frozen=True)
class HandedIn:
    """A file on its way."""

    name: str
    content: bytes
    handed_in_at: datetime


def hand_in(
    participant: Participant, behaviour: Behaviour, content: AssignmentContent, due: datetime
) -> HandedIn | None:
    """Return what the participant hands in for this assignment, or None when absent."""
    if behaviour is Behaviour.ABSENT:
        return None
    at = (
        due + timedelta(days=2)
        if behaviour is Behaviour.LATE
        else due - timedelta(days=3, minutes=len(behaviour))
    )
    name = f"{content.assignment.id}.ipynb"
    if behaviour is Behaviour.RENAMED:
        name = "내 과제 최종(2).ipynb"
    if behaviour is Behaviour.LINK:
        return HandedIn("my-work.zip", _link_in_an_archive(name, "/etc/hostname"), at)
    if behaviour is Behaviour.TOO_BIG:
        return HandedIn(name, b'{"cells": "' + b" " * 25_000_000 + b'"}', at)
    notebook = _notebook(behaviour, content, participant.trainee.language)
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    if behaviour is Behaviour.TRUNCATED:
        text = text[: len(text) // 2]
    encoding = "cp949" if behaviour is Behaviour.NOT_UTF8 else "utf-8"
    return HandedIn(name, text.encode(encoding, errors="replace"), at)


def _link_in_an_archive(name: str, target: str) -> bytes:
    """Return a zip whose notebook is a symbolic link."""
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, target)
    return packed.getvalue()


def _notebook(behaviour: Behaviour, content: AssignmentContent, language: Language) -> dict[str, Any]:
    """Return the notebook that the behaviour leads to."""
    release = build_release(content.sheet, content.assignment, language)
    if behaviour is Behaviour.EMPTY:
        return release
    filled = fill_release(release, _answers(behaviour, content), _written(behaviour, content, language))
    if behaviour is Behaviour.STRIPPED:
        return _stripped(filled)
    if behaviour is Behaviour.DUPLICATED:
        return _duplicated(filled)
    return filled


def _answers(behaviour: Behaviour, content: AssignmentContent) -> dict[str, str]:
    """Return answer cell id → source."""
    answers = reference_answers(content.sheet)
    wrong = list(content.wrong.values())
    if behaviour is Behaviour.PARTIAL:
        answers |= wrong[0].answers
    elif behaviour is Behaviour.WRONG:
        for misconception in wrong:
            answers |= misconception.answers
    elif behaviour in HOSTILE:
        places = [cell.id for cell in content.sheet.cells if cell.role is CellRole.ANSWER]
        # what is printed after a hidden test would be withheld; what ends the run leaves the cells before it
        target = places[0 if behaviour is Behaviour.SNOOP else -1]
        answers[target] = HOSTILE[behaviour] + "\n" + answers[target]
    return answers


def _written(behaviour: Behaviour, content: AssignmentContent, language: Language) -> dict[str, str]:
    """Return manual cell id → written answer, a graded sample of a fitting level."""
    written: dict[str, str] = {}
    for rubric in content.assignment.rubrics:
        level = SAMPLE_LEVEL.get(behaviour, 2)
        fitting = [sample for sample in rubric.samples if sample.level == level] or list(rubric.samples)
        if fitting:
            written[rubric.cell] = fitting[0].text[language]
            if behaviour is Behaviour.SCRIPT:
                written[rubric.cell] += "\n\n<script>alert(1)</script> <a href='javascript:alert(1)'>x</a>"
    return written


def _stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook as a tool leaves it that knows no metadata."""
    bare = copy.deepcopy(notebook)
    bare["metadata"] = {}
    for number, cell in enumerate(bare["cells"]):
        cell["metadata"] = {}
        cell["id"] = f"cell-{number}"
    return bare


def _duplicated(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with its first graded test cell copied, metadata included."""
    twice = copy.deepcopy(notebook)
    cells = twice["cells"]
    position = next(
        n
        for n, cell in enumerate(cells)
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    )
    again = copy.deepcopy(cells[position])
    again["id"] = "copied-cell"
    cells.insert(position + 1, again)
    return twice
