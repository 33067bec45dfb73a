"""Why work was refused or repaired, told to the trainee and to the grader.

Knows texts only. Every text to a trainee says what happened, whether it costs points and what to do.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.text import LocalText


class Reason(StrEnum):
    """Why a file is in quarantine."""

    LINK = "link"
    FOLDER = "folder"
    NOT_A_FILE = "not-a-file"
    UNREADABLE = "unreadable"
    NO_NOTEBOOK = "no-notebook"
    EMPTY = "empty"
    TOO_BIG = "too-big"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    TOO_DEEP = "too-deep"
    NOT_A_NOTEBOOK = "not-a-notebook"
    TOO_NEW = "too-new"
    TOO_MANY_CELLS = "too-many-cells"
    UNKNOWN_TRAINEE = "unknown-trainee"
    LOOSE_FILE = "loose-file"
    OTHER_ASSIGNMENT = "other-assignment"
    AMBIGUOUS = "ambiguous"
    OUR_FAULT = "our-fault"


@dataclass(frozen=True)
class Refusal:
    """A file that we do not grade as it is."""

    reason: Reason
    detail: str = ""
    """Evidence for the grader, in English: a size, a line, cell ids."""

    def as_dict(self) -> dict[str, Any]:
        """Return the shape of `reason.json`: both audiences, both languages."""
        trainee, grader = explain(self.reason)
        return {
            "reason": self.reason.value,
            "detail": self.detail,
            "trainee": trainee.model_dump(),
            "grader": grader.model_dump(),
        }


def our_fault(error: Exception) -> Refusal:
    """Return the refusal for an error of ours with one submission."""
    return Refusal(Reason.OUR_FAULT, f"{type(error).__name__}: {error}"[:500])


_AGAIN_KO = "아직 채점되지 않았으며 깎인 점수는 없습니다. "
_AGAIN_EN = "It has not been graded yet and no points were taken off. "

_REASONS: dict[Reason, tuple[str, str, str, str]] = {
    Reason.LINK: (
        "제출된 것이 파일이 아니라 다른 곳을 가리키는 바로 가기(링크)입니다. "
        + _AGAIN_KO
        + "노트북 파일 자체를 다시 제출하십시오.",
        "What you handed in is a link to another place, not a file. "
        + _AGAIN_EN
        + "Hand in the notebook file itself.",
        "심볼릭 링크이므로 열지 않았고 따라가지도 않았습니다. 교육생에게 파일 자체를 다시 받으십시오.",
        "It is a symbolic link: it was neither opened nor followed. Ask the trainee for the file itself.",
    ),
    Reason.FOLDER: (
        "제출된 것이 노트북 파일이 아니라 폴더입니다. "
        + _AGAIN_KO
        + "폴더 안의 노트북 파일(.ipynb)을 제출하십시오.",
        "What you handed in is a folder, not a notebook file. "
        + _AGAIN_EN
        + "Hand in the notebook file (.ipynb) inside it.",
        "노트북이 있어야 할 자리에 폴더가 있습니다. 제출함의 폴더는 그대로 두었습니다.",
        "There is a folder where the notebook should be. It was left in the inbox as it is.",
    ),
    Reason.NOT_A_FILE: (
        "제출된 것을 파일로 읽을 수 없습니다. " + _AGAIN_KO + "노트북을 저장한 뒤 다시 제출하십시오.",
        "What you handed in cannot be read as a file. "
        + _AGAIN_EN
        + "Save the notebook and hand it in again.",
        "일반 파일이 아닙니다(장치, 파이프 등). 열지 않았습니다.",
        "It is not a regular file (a device or a pipe); it was not opened.",
    ),
    Reason.UNREADABLE: (
        "제출된 파일을 열지 못했습니다. " + _AGAIN_KO + "담당자가 확인하고 있으니 기다려 주십시오.",
        "We could not open your file. " + _AGAIN_EN + "Please wait: the course staff will look into it.",
        "파일을 열지 못했습니다. 파일 권한과 디스크를 확인한 뒤 다시 수거하십시오.",
        "The file could not be opened. Check its permissions and the disk, then collect again.",
    ),
    Reason.NO_NOTEBOOK: (
        "제출 폴더에 노트북 파일(.ipynb)이 없습니다. " + _AGAIN_KO + "노트북 파일을 제출하십시오.",
        "There is no notebook file (.ipynb) in what you handed in. "
        + _AGAIN_EN
        + "Hand in the notebook file.",
        "폴더에 노트북으로 볼 파일이 없습니다.",
        "The folder holds no file that could be the notebook.",
    ),
    Reason.EMPTY: (
        "제출된 파일이 비어 있습니다. "
        + _AGAIN_KO
        + "노트북을 저장한 뒤 파일 크기를 확인하고 다시 제출하십시오.",
        "Your file is empty. "
        + _AGAIN_EN
        + "Save the notebook, check that the file has a size, and hand it in again.",
        "파일 크기가 0바이트이거나 공백뿐입니다. 저장이나 전송이 중간에 끊겼을 수 있습니다.",
        "The file has no bytes, or only white space. Saving or sending it may have been cut off.",
    ),
    Reason.TOO_BIG: (
        "제출된 파일이 너무 큽니다. "
        + _AGAIN_KO
        + "JupyterLab에서 [Kernel → Restart Kernel and Clear Outputs…]를 고르고 저장한 뒤 다시 제출하십시오.",
        "Your file is too big. "
        + _AGAIN_EN
        + "In JupyterLab choose [Kernel → Restart Kernel and Clear Outputs…], save, and hand it in again.",
        "크기 제한을 넘어 읽지 않았고 복사하지도 않았습니다. 원본은 제출함에 있습니다.",
        "It is over the size limit and was neither read nor copied. The original is still in the inbox.",
    ),
    Reason.NOT_UTF8: (
        "제출된 파일의 문자 형식이 UTF-8이 아닙니다. "
        + _AGAIN_KO
        + "메모장 같은 다른 프로그램으로 저장하지 말고, JupyterLab에서 저장한 파일을 다시 제출하십시오.",
        "Your file is not in UTF-8. "
        + _AGAIN_EN
        + "Hand in the file as JupyterLab saved it, without saving it in another program such as Notepad.",
        "UTF-8로 읽을 수 없습니다. 다른 프로그램이 CP949나 UTF-16으로 다시 저장했을 수 있습니다.",
        "It is not UTF-8. Another program may have saved it again as CP949 or UTF-16.",
    ),
    Reason.NOT_JSON: (
        "노트북 파일이 손상되어 읽을 수 없습니다. "
        + _AGAIN_KO
        + "JupyterLab에서 노트북을 열어 다시 저장하고, 내려받기가 끝난 것을 확인한 뒤 다시 제출하십시오.",
        "Your notebook file is damaged and cannot be read. "
        + _AGAIN_EN
        + "Open it in JupyterLab, save it, wait until the download has finished, and hand it in again.",
        "올바른 JSON이 아닙니다. 전송 중에 잘렸거나 다른 프로그램이 고쳤을 수 있습니다.",
        "It is not valid JSON. It may have been cut off on the way or changed by another program.",
    ),
    Reason.TOO_DEEP: (
        "노트북 파일의 구조가 비정상적입니다. "
        + _AGAIN_KO
        + "과제를 다시 내려받아 답을 옮겨 적고 제출하십시오.",
        "The structure of your notebook file is not normal. "
        + _AGAIN_EN
        + "Download the assignment again, copy your answers into it and hand it in.",
        "JSON이 지나치게 깊이 중첩되어 있습니다. 정상적인 노트북에서는 생기지 않습니다.",
        "The JSON is nested far too deeply. No notebook program writes this.",
    ),
    Reason.NOT_A_NOTEBOOK: (
        "제출된 파일이 Jupyter 노트북이 아닙니다. "
        + _AGAIN_KO
        + "과제 노트북 파일(.ipynb)을 다시 제출하십시오.",
        "Your file is not a Jupyter notebook. "
        + _AGAIN_EN
        + "Hand in the assignment's notebook file (.ipynb).",
        "JSON이지만 노트북 형식이 아닙니다.",
        "It is JSON, but not a notebook.",
    ),
    Reason.TOO_NEW: (
        "노트북이 우리가 읽을 수 있는 것보다 새로운 형식으로 저장되었습니다. "
        + _AGAIN_KO
        + "과정에서 안내한 JupyterLab이나 브라우저 실습 환경에서 저장한 뒤 다시 제출하십시오.",
        "Your notebook was saved in a newer format than we can read. "
        + _AGAIN_EN
        + "Save it in the course's JupyterLab or browser workspace and hand it in again.",
        "노트북 형식 버전이 4보다 높습니다.",
        "The notebook format is newer than version 4.",
    ),
    Reason.TOO_MANY_CELLS: (
        "노트북에 셀이 너무 많거나 한 셀이 너무 깁니다. "
        + _AGAIN_KO
        + "과제와 관계없는 셀을 지우고 다시 제출하십시오.",
        "Your notebook has too many cells, or one that is too long. "
        + _AGAIN_EN
        + "Delete cells that do not belong to the assignment and hand it in again.",
        "셀 수나 셀 길이의 제한을 넘었습니다.",
        "It is over the limit for the number or the length of cells.",
    ),
    Reason.UNKNOWN_TRAINEE: (
        "교육생 명단에서 제출자를 찾지 못했습니다. " + _AGAIN_KO + "담당자에게 교육생 번호를 확인하십시오.",
        "We could not find you on the roster. "
        + _AGAIN_EN
        + "Ask the course staff to check your trainee id.",
        "폴더 이름이 명단의 어떤 번호와도 맞지 않습니다. 명단을 고치거나 폴더 이름을 고친 뒤 다시 수거하십시오.",
        "The folder's name is no id on the roster. Correct the roster or the folder's name and collect again.",
    ),
    Reason.LOOSE_FILE: (
        "누가 제출했는지 알 수 없는 파일입니다. " + _AGAIN_KO + "담당자에게 알리십시오.",
        "We cannot tell who handed in this file. " + _AGAIN_EN + "Please tell the course staff.",
        "교육생 폴더 밖에 파일이 있습니다. 알맞은 교육생 폴더로 옮긴 뒤 다시 수거하십시오.",
        "The file lies outside any trainee's folder. Move it into the right one and collect again.",
    ),
    Reason.OTHER_ASSIGNMENT: (
        "이 과제의 노트북이 아닌 것 같습니다. "
        + _AGAIN_KO
        + "과제 이름을 확인하고 맞는 노트북을 제출하십시오.",
        "This does not seem to be the notebook of this assignment. "
        + _AGAIN_EN
        + "Check the assignment's name and hand in the right notebook.",
        "이 과제의 셀을 하나도 찾지 못했습니다. 다른 과제를 잘못 제출했을 수 있습니다.",
        "None of this assignment's cells was found. The trainee may have handed in another assignment.",
    ),
    Reason.AMBIGUOUS: (
        "어느 셀이 답인지 한 가지로 정할 수 없습니다. "
        + _AGAIN_KO
        + "과제마다 답을 하나만 남겨 다시 제출하거나, 담당자의 확인을 기다리십시오.",
        "We cannot tell for certain which cell is your answer. "
        + _AGAIN_EN
        + "Keep one answer per task and hand it in again, or wait for the course staff to look at it.",
        "답으로 볼 수 있는 셀이 둘 이상입니다. 제출된 노트북에서 하나만 남기고 다시 채점하십시오.",
        "More than one cell could be the answer. Keep one of them in the submitted notebook and grade again.",
    ),
    Reason.OUR_FAULT: (
        "채점 프로그램의 문제로 채점하지 못했습니다. "
        + _AGAIN_KO
        + "다시 제출하지 않으셔도 됩니다. 담당자가 확인하고 있습니다.",
        "Our grading program failed on your work. "
        + _AGAIN_EN
        + "You need not hand it in again: the course staff will look into it.",
        "채점 프로그램의 오류입니다. 제출된 노트북과 아래 내용을 개발자에게 알린 뒤 다시 채점하십시오.",
        "This is an error of the grading program. Report the notebook and the detail below, then grade again.",
    ),
}


def explain(reason: Reason) -> tuple[LocalText, LocalText]:
    """Return what the trainee and what the grader read."""
    to_trainee_ko, to_trainee_en, to_grader_ko, to_grader_en = _REASONS[reason]
    return LocalText(ko=to_trainee_ko, en=to_trainee_en), LocalText(ko=to_grader_ko, en=to_grader_en)


def refusal_as_dict(refusal: Refusal | None) -> dict[str, Any]:
    """Return a report's keys about a refusal: its id, evidence, and what the grader reads."""
    if refusal is None:
        return {"reason": None, "detail": "", "explanation": None}
    grader = explain(refusal.reason)[1].model_dump()
    return {"reason": refusal.reason.value, "detail": refusal.detail, "explanation": grader}


class RepairKind(StrEnum):
    """What we put right in a submission, visibly."""

    RENAMED = "renamed"
    UPGRADED = "upgraded"
    METADATA = "metadata"
    DUPLICATE = "duplicate"
    TEST_RESTORED = "test-restored"
    CELL_MISSING = "cell-missing"
    ANSWER_MISSING = "answer-missing"
    RELABELLED = "relabelled"
    TYPE_CHANGED = "type-changed"
    ORDER = "order"
    MERGED = "merged"
    NEWER = "newer"


_REPAIRS: dict[RepairKind, tuple[str, str]] = {
    RepairKind.RENAMED: (
        "파일 이름이 달랐지만 그대로 채점했습니다. 점수에는 영향이 없습니다.",
        "Your file had another name; it was graded all the same. This costs no points.",
    ),
    RepairKind.UPGRADED: (
        "옛 형식의 노트북을 새 형식으로 바꾸어 채점했습니다. 점수에는 영향이 없습니다.",
        "Your notebook was in an old format; it was converted and graded. This costs no points.",
    ),
    RepairKind.METADATA: (
        "셀의 표시(메타데이터)가 지워져 있어 내용을 보고 다시 찾았습니다. 점수에는 영향이 없습니다.",
        "Labels of cells were lost; we found the cells again by what they contain. This costs no points.",
    ),
    RepairKind.DUPLICATE: (
        "복사된 셀이 있어 하나만 채점했습니다. 점수에는 영향이 없습니다.",
        "A cell had been copied; it was graded once. This costs no points.",
    ),
    RepairKind.TEST_RESTORED: (
        "채점 셀이 바뀌어 있어 원래 내용으로 되돌려 채점했습니다. 이 일로 깎이는 점수는 없습니다.",
        "A test cell had been changed; the original was used. This in itself costs no points.",
    ),
    RepairKind.CELL_MISSING: (
        "지워진 채점 셀을 되살려 채점했습니다. 이 일로 깎이는 점수는 없습니다.",
        "A test cell had been deleted; it was put back. This in itself costs no points.",
    ),
    RepairKind.ANSWER_MISSING: (
        "답을 쓰는 셀이 없어 빈 셀로 되살렸습니다. 답을 쓰셨다면 담당자에게 알리고 다시 제출하십시오.",
        "An answer cell was missing; it was put back empty. If you did answer, tell the course staff and"
        " hand it in again.",
    ),
    RepairKind.RELABELLED: (
        "배점이나 채점 표시가 과제와 다르게 적힌 셀이 있어 과제에서 정한 것으로 채점했습니다. 이 일로 깎이는 점수는 없습니다.",
        "Points or grading labels of a cell were not those of the assignment; the assignment's were used. This in itself costs no points.",
    ),
    RepairKind.TYPE_CHANGED: (
        "코드 셀과 글 셀이 서로 바뀌어 있어 되돌렸습니다. 점수에는 영향이 없습니다.",
        "A code cell had become a text cell, or the other way round; it was turned back. This costs no points.",
    ),
    RepairKind.ORDER: (
        "셀의 순서가 바뀌어 있어 과제의 순서로 되돌렸습니다. 점수에는 영향이 없습니다.",
        "Cells stood in another order; the assignment's order was restored. This costs no points.",
    ),
    RepairKind.MERGED: (
        "서술형 답이 여러 셀에 있어 하나로 이어 붙였습니다. 점수에는 영향이 없습니다.",
        "Your written answer stood in several cells; they were joined. This costs no points.",
    ),
    RepairKind.NEWER: (
        "과제가 나간 뒤에 바뀐 셀이 있어 새로운 내용으로 채점했습니다. 교육생이 할 일은 없습니다.",
        "Cells of the assignment changed after it was handed out; their new version was used. You need not do anything.",
    ),
}


@dataclass(frozen=True)
class Repair:
    """One thing that was put right."""

    kind: RepairKind
    cells: tuple[str, ...] = ()
    """Grade ids; for a renamed file, its name."""

    @property
    def text(self) -> LocalText:
        """What trainee and grader read."""
        ko, en = _REPAIRS[self.kind]
        return LocalText(ko=ko, en=en)

    def as_dict(self) -> dict[str, Any]:
        """Return the shape stored in records and printed as JSON."""
        return {"kind": self.kind.value, "cells": list(self.cells)}


def repair_from_dict(value: dict[str, Any]) -> Repair:
    """Return the repair that `as_dict` wrote."""
    return Repair(RepairKind(value["kind"]), tuple(value["cells"]))
