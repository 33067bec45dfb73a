"""Every difference between nbgrader's results and ours, with its reason, and the tables in the docs.

Knows results as nbgrader_results.json has them; must not know how they come about.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader_courses import COURSES, MADE_HERE

RESULTS = Path(__file__).with_name("nbgrader_results.json")


@dataclass(frozen=True)
class Reason:
    """Why the two differ, in both languages."""

    ko: str
    en: str


@dataclass(frozen=True)
class Standing:
    """What a submission came to."""

    earned: float
    open: float
    """Points of cells that a person must grade."""


REASONS: dict[str, Reason] = {
    "old-metadata": Reason(
        "nbgrader는 옛 형식의 노트북을 거절하고 `nbgrader update`를 요구합니다. 이 프로그램은 채점할 때 새 형식으로 바꿉니다.",
        "nbgrader refuses a notebook in its older format until `nbgrader update` was run. Ours converts it while grading.",
    ),
    "cell-type": Reason(
        "셀의 종류가 바뀌면 nbgrader는 제출물 전체의 채점을 그만둡니다. 이 프로그램은 종류를 되돌려 채점합니다.",
        "Where the type of a cell was changed, nbgrader gives up on the whole submission. Ours changes it back and grades.",
    ),
    "author": Reason(
        "출제자의 답도 통과하지 못하는 채점 셀입니다. nbgrader는 0점을 주고, 이 프로그램은 사람에게 넘깁니다.",
        "The author's own answer fails this test. nbgrader gives 0 points, ours leaves it to a person.",
    ),
    "free-number": Reason(
        "채점 셀이 배점에 맞지 않는 수(음수, `nan`)를 보이면 nbgrader는 만점을 줍니다. 이 프로그램은 사람에게 넘깁니다.",
        "Where a test shows a number that is no part of its points (negative, `nan`), nbgrader gives full marks. Ours leaves it to a person.",
    ),
    "numpy": Reason(
        "채점 셀이 수 대신 NumPy의 수나 배열을 보이면 nbgrader는 만점을 줍니다. 이 프로그램은 NumPy의 수를 점수로 읽고, 배열은 사람에게 넘깁니다.",
        "Where a test shows a number of NumPy's, or an array instead of a number, nbgrader gives full marks. Ours reads the number as the score and leaves the array to a person.",
    ),
    "forged": Reason(
        "틀린 답이 채점 셀을 속였습니다. nbgrader는 만점을 주고, 이 프로그램은 점수를 주지 않거나 사람에게 넘깁니다.",
        "A wrong answer deceived the tests. nbgrader gives full marks; ours gives none or leaves it to a person.",
    ),
    "warning": Reason(
        "채점하는 동안 경고가 출력되었습니다. nbgrader는 0점을 주고, 이 프로그램은 출력으로 점수를 깎지 않습니다.",
        "Something was printed as a warning during the tests. nbgrader gives 0 points; ours takes none off for what is printed.",
    ),
    "deleted": Reason(
        "지워진 채점 셀입니다. nbgrader는 점수 없이 남겨 두고, 이 프로그램은 되살려 채점합니다.",
        "A test cell was deleted. nbgrader leaves it without a score, ours puts it back and grades it.",
    ),
    "copied": Reason(
        "복사된 셀이 있습니다. nbgrader는 제출물 전체의 채점을 그만둡니다. 이 프로그램은 마지막 셀을 답으로 봅니다.",
        "A cell stands twice. nbgrader gives up on the whole submission; ours takes the last one for the answer.",
    ),
    "died": Reason(
        "도중에 커널이 죽었습니다. nbgrader는 제출물 전체의 채점을 그만둡니다. 이 프로그램은 그 앞의 점수를 남깁니다.",
        "The kernel died on the way. nbgrader gives up on the whole submission; ours keeps the points earned before.",
    ),
}

DIFFERENCES: dict[str, tuple[str, Standing]] = {
    "test-v0/reference": ("old-metadata", Standing(3, 3)),
    "test-v1/reference": ("old-metadata", Standing(3, 3)),
    "test-v2/reference": ("old-metadata", Standing(3, 3)),
    "ui-old-schema/reference": ("old-metadata", Standing(0, 0)),
    "preprocessors-submitted/answer-cell-type-changed": ("cell-type", Standing(1, 0)),
    "preprocessors-submitted/grade-cell-type-changed": ("cell-type", Standing(1, 0)),
    "ui-submitted/answer-cell-type-changed": ("cell-type", Standing(1, 0)),
    "ui-submitted/grade-cell-type-changed": ("cell-type", Standing(1, 0)),
    "test-hidden-tests/reference": ("author", Standing(1.5, 1.5)),
    "timeout/reference": ("author", Standing(0, 1)),
    "parts-test/reference": ("author", Standing(0, 6)),
    "parts-test-taskcell/reference": ("author", Standing(0, 8)),
    "made-here/negative-number": ("free-number", Standing(0, 4)),
    "made-here/not-a-number": ("free-number", Standing(0, 4)),
    "made-here/number-of-numpy": ("numpy", Standing(7, 0)),
    "made-here/array": ("numpy", Standing(0, 3)),
    "made-here/equal-to-all": ("forged", Standing(0, 4)),
    "made-here/blanks-tests": ("forged", Standing(0, 0)),
    "made-here/warns": ("warning", Standing(10, 0)),
    "made-here/test-deleted": ("deleted", Standing(10, 0)),
    "made-here/answer-copied": ("copied", Standing(10, 0)),
    "made-here/kernel-dies": ("died", Standing(1, 0)),
}
"""Course and learner → reason, and what our grader gives."""

BOTH_REFUSE: dict[str, Reason] = {
    "bad-markdown-cell-1": Reason("글 셀이 자동 채점 셀로 표시됨", "a text cell marked as a test"),
    "bad-markdown-cell-2": Reason("배점 없는 글 답안 셀", "a text answer without points"),
    "blank-grade-id": Reason("이름 없는 채점 셀", "a test without a name"),
    "blank-points": Reason("배점 없는 채점 셀", "a test without points"),
    "duplicate-grade-ids": Reason("같은 이름의 채점 셀", "two tests of the same name"),
    "cell-type-changed": Reason("올바르지 않은 노트북 파일", "not a valid notebook file"),
    "test-v0-invalid": Reason("이름 없는 채점 셀", "a test without a name"),
    "test-no-metadata": Reason("답안 표시가 답안 셀 밖에 있음", "solution marks outside an answer cell"),
    "test-no-metadata-autotest": Reason(
        "답안 표시가 답안 셀 밖에 있음", "solution marks outside an answer cell"
    ),
    "too-new": Reason("더 새로운 nbgrader의 형식", "the format of a newer nbgrader"),
}
"""Courses whose source neither grader takes."""

_WORDS = {
    "ko": {
        "head": ("제출물", "nbgrader", "이 프로그램", "이유"),
        "all": ("노트북", "쓰임", "결과"),
        "refused": "거절",
        "open": "사람 {0:g}",
        "same": "같음",
        "none": "같음(점수 없음)",
        "both": "둘 다 거절: {0}",
        "differs": "다름",
        "source": "출제",
        "handed": "제출",
        "released": "(손대지 않음)",
        "reference": "(출제자의 답)",
        "made": "시험용으로 만든 제출물",
    },
    "en": {
        "head": ("submission", "nbgrader", "ours", "reason"),
        "all": ("notebook", "used as", "result"),
        "refused": "refused",
        "open": "person {0:g}",
        "same": "same",
        "none": "same (no points)",
        "both": "both refuse: {0}",
        "differs": "differs",
        "source": "source",
        "handed": "submission",
        "released": "(left as it was)",
        "reference": "(the author's answers)",
        "made": "made for this comparison",
    },
}


def read_results() -> dict[str, Any]:
    """Return what nbgrader gave, by course."""
    courses: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))["courses"]
    return courses


def sum_up(submission: Mapping[str, Any]) -> Standing:
    """Return what a submission came to."""
    cells = list(submission["cells"].values())
    return Standing(
        sum(cell["auto"] or 0.0 for cell in cells), sum(cell["max"] for cell in cells if cell["person"])
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _text(standing: Standing, most: float, words: Mapping[str, Any]) -> str:
    left = ", " + words["open"].format(standing.open) if standing.open else ""
    return f"{standing.earned:g}/{most:g}{left}"


def _name(key: str, words: Mapping[str, Any]) -> str:
    course, learner = key.split("/")
    files = [path for path in COURSES[course].submissions[learner].values() if not path.startswith("@")]
    if files and not files[0].startswith(MADE_HERE):
        note = f" {words['reference']}" if learner == "reference" else ""
        return f"`{files[0].removeprefix('tests/')}`{note}"
    return f"`{learner}` ({words['made']})"


def differences_table(language: str) -> str:
    """Return the table of differences as Markdown."""
    words: Mapping[str, Any] = _WORDS[language]
    results = read_results()
    lines = [_row(*words["head"]), _row("---", "---", "---", "---")]
    for key, (reason, ours) in DIFFERENCES.items():
        course, learner = key.split("/")
        theirs = results[course]["submissions"][learner]
        most = sum(cell["max"] for cell in theirs["cells"].values())
        given = words["refused"] if theirs["refused"] else _text(sum_up(theirs), most, words)
        why = getattr(REASONS[reason], language)
        lines.append(_row(_name(key, words), given, _text(ours, most, words), why))
    return "\n".join(lines)


def notebooks_table(language: str) -> str:
    """Return the table of all notebooks of nbgrader's tests as Markdown."""
    words: Mapping[str, Any] = _WORDS[language]
    results = read_results()
    rows: dict[str, str] = {}
    for name, course in COURSES.items():
        for path in course.source.values():
            if path.startswith("tests/"):
                keys = [f"{name}/{learner}" for learner in ("released", "reference")]
                rows[path] = _row(
                    f"`{path.removeprefix('tests/')}`",
                    words["source"],
                    _outcome(name, keys, words, results, language),
                )
        for learner, files in course.submissions.items():
            for path in files.values():
                if path.startswith("tests/") and path not in course.source.values():
                    rows[path] = _row(
                        f"`{path.removeprefix('tests/')}`",
                        words["handed"],
                        _outcome(name, [f"{name}/{learner}"], words, results, language),
                    )
    lines = [_row(*words["all"]), _row("---", "---", "---")]
    return "\n".join([*lines, *(rows[path] for path in sorted(rows))])


def _outcome(
    name: str, keys: list[str], words: Mapping[str, Any], results: Mapping[str, Any], language: str
) -> str:
    if name in BOTH_REFUSE:
        return str(words["both"]).format(getattr(BOTH_REFUSE[name], language))
    if any(key in DIFFERENCES for key in keys):
        return str(words["differs"])
    cells = [cell for one in results[name]["submissions"].values() for cell in one["cells"]]
    return str(words["same"] if cells else words["none"])
