"""What the door tells people about what they handed in. Knows wording only.

A refusal says what is wrong and what to do next; nothing refused is lost and nothing refused costs points.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from enum import StrEnum

from grader.archives.limits import Fault
from grader.portal.words.common import say
from grader.text import LocalText


class DoorReason(StrEnum):
    """Why the door turns something away, besides an archive's faults and `grading.reasons`."""

    OTHER_KIND = "other-kind"
    """Neither a notebook nor a ZIP file by its name."""
    NAME_DISAGREES = "name-disagrees"
    """The first bytes are of another kind of file than the name says."""
    OTHER_PACKER = "other-packer"
    """An archive, but not a ZIP file."""
    SEVERAL_NOTEBOOKS = "several-notebooks"
    OTHER_ASSIGNMENT = "other-assignment"
    NO_KNOWN_CELLS = "no-known-cells"


class NoteKind(StrEnum):
    """What is said about something that was taken."""

    OUTPUTS_REMOVED = "outputs-removed"
    FILE_RENAMED = "file-renamed"
    FOUND_IN_ZIP = "found-in-zip"
    FILES_LEFT_OUT = "files-left-out"
    UNREADABLE_LEFT_OUT = "unreadable-left-out"
    OTHER_NOTEBOOKS = "other-notebooks"
    CELLS_MISSING = "cells-missing"
    CELLS_UNKNOWN = "cells-unknown"
    CELLS_TWICE = "cells-twice"
    LABELS_LOST = "labels-lost"
    NOT_STRICTLY_VALID = "not-strictly-valid"


_AGAIN_KO = "제출되지 않았으며 깎인 점수는 없습니다. "
_AGAIN_EN = "It was not handed in, and no points were taken off. "
_PACK_KO = "과제 폴더에서 노트북(.ipynb) 파일만 골라 제출하거나, 폴더를 마우스 오른쪽 단추로 눌러 [압축(ZIP) 폴더]로 다시 묶어 제출해 주십시오."
_PACK_EN = "Hand in the notebook (.ipynb) alone, or right-click the folder, choose [Compress to ZIP file] and hand that in."


def _archive(ko: str, en: str) -> LocalText:
    return say(f"{ko} {_AGAIN_KO}{_PACK_KO}", f"{en} {_AGAIN_EN}{_PACK_EN}")


_DAMAGED = _archive(
    "ZIP 파일이 손상되었거나 내용이 서로 맞지 않아 풀 수 없습니다.",
    "The ZIP file is damaged or contradicts itself and cannot be unpacked.",
)

FAULTS: dict[Fault, LocalText] = {
    Fault.NOT_ZIP: _archive(
        "이름은 .zip이지만 ZIP 파일이 아닙니다.", "The name ends in .zip, but it is not a ZIP file."
    ),
    Fault.TRUNCATED: _archive(
        "ZIP 파일이 중간에 끊겼습니다. 복사나 내려받기가 끝나기 전에 제출되었을 수 있습니다.",
        "The ZIP file breaks off. It may have been handed in before it was fully copied or downloaded.",
    ),
    Fault.EXTRA_BYTES: _DAMAGED,
    Fault.DISAGREES: _DAMAGED,
    Fault.CORRUPT: _DAMAGED,
    Fault.TOO_MANY: _archive(
        "ZIP 파일 안에 파일이 너무 많습니다.", "There are too many files in the ZIP file."
    ),
    Fault.TOO_BIG: _archive("ZIP 파일을 풀면 너무 커집니다.", "Unpacked, the ZIP file would be too big."),
    Fault.BOMB: _archive(
        "ZIP 파일 안의 파일이 풀면 비정상적으로 커집니다.",
        "A file in the ZIP file would grow abnormally when unpacked.",
    ),
    Fault.ENCRYPTED: _archive(
        "ZIP 파일에 암호가 걸려 있습니다. 암호 없이 다시 묶어야 합니다.",
        "The ZIP file is protected by a password. Pack it again without one.",
    ),
    Fault.METHOD: _archive(
        "이 프로그램이 읽을 수 없는 방식으로 압축된 ZIP 파일입니다.",
        "The ZIP file was compressed in a way that we cannot read.",
    ),
    Fault.NESTED: _archive(
        "ZIP 파일 안에 또 다른 압축 파일이 들어 있습니다. 압축 파일은 빼야 합니다.",
        "There is another packed file inside the ZIP file. Leave packed files out.",
    ),
    Fault.OUTSIDE: _archive(
        "ZIP 파일 안에 폴더 밖을 가리키는 파일 이름이 있습니다.",
        "A file name in the ZIP file points outside its folder.",
    ),
    Fault.BAD_NAME: _archive(
        'ZIP 파일 안에 쓸 수 없는 파일 이름이 있습니다. 이름에 \\ : * ? " < > | 나 보이지 않는 글자가 없어야 합니다.',
        'A file name in the ZIP file cannot be used. Names must not contain \\ : * ? " < > | or invisible characters.',
    ),
    Fault.TOO_DEEP: _archive(
        "ZIP 파일 안의 폴더가 너무 여러 겹입니다.", "The folders in the ZIP file are nested too deeply."
    ),
    Fault.LINK: _archive(
        "ZIP 파일 안에 바로 가기(링크)가 있습니다. 파일 자체를 넣어야 합니다.",
        "There is a link in the ZIP file. Put the file itself in.",
    ),
    Fault.DUPLICATE: _archive(
        "ZIP 파일 안에 같은 이름의 파일이 둘 이상 있습니다. 대문자와 소문자만 다른 이름도 같은 이름입니다.",
        "Two files in the ZIP file have the same name. Upper and lower case count as equal.",
    ),
}

REASONS: dict[DoorReason, LocalText] = {
    DoorReason.OTHER_KIND: say(
        f"노트북(.ipynb)이나 ZIP 파일만 제출할 수 있습니다. {_AGAIN_KO}JupyterLab에서 저장한 .ipynb 파일을 골라 주십시오.",
        f"Only a notebook (.ipynb) or a ZIP file can be handed in. {_AGAIN_EN}Choose the .ipynb file that JupyterLab saved.",
    ),
    DoorReason.NAME_DISAGREES: say(
        f"파일 이름과 내용이 다릅니다. 다른 종류의 파일은 이름만 바꾸어도 노트북이 되지 않습니다. {_AGAIN_KO}JupyterLab에서 저장한 .ipynb 파일을 골라 주십시오.",
        f"The file is not what its name says. Another kind of file does not become a notebook by renaming it. {_AGAIN_EN}Choose the .ipynb file that JupyterLab saved.",
    ),
    DoorReason.OTHER_PACKER: _archive(
        "ZIP이 아닌 압축 파일(예: 알집 .alz, .egg, 7z, rar)입니다.",
        "This is a packed file, but not a ZIP file (for example .alz, .egg, 7z or rar).",
    ),
    DoorReason.SEVERAL_NOTEBOOKS: say(
        f"ZIP 파일 안에 노트북이 둘 이상 있어 어느 것이 이 과제인지 알 수 없습니다. {_AGAIN_KO}이 과제의 노트북 하나만 제출해 주십시오.",
        f"There are several notebooks in the ZIP file, and we cannot tell which one is this assignment. {_AGAIN_EN}Hand in this assignment's notebook alone.",
    ),
    DoorReason.OTHER_ASSIGNMENT: say(
        f"다른 과제({{about}})의 노트북입니다. {_AGAIN_KO}이 과제의 노트북을 제출하거나, 그 과제의 제출 화면에서 제출해 주십시오.",
        f"This is the notebook of another assignment ({{about}}). {_AGAIN_EN}Hand in this assignment's notebook, or hand this one in on that assignment's page.",
    ),
    DoorReason.NO_KNOWN_CELLS: say(
        f"이 과제의 노트북이 아닌 것 같습니다. 이 과제의 셀을 하나도 찾지 못했습니다. {_AGAIN_KO}과제를 다시 내려받아 답을 옮겨 적은 뒤 제출해 주십시오.",
        f"This does not seem to be the notebook of this assignment: none of its cells was found. {_AGAIN_EN}Download the assignment again, copy your answers into it and hand it in.",
    ),
}

NOTES: dict[NoteKind, LocalText] = {
    NoteKind.OUTPUTS_REMOVED: say(
        "실행 결과에 환자 정보가 들어 있을 수 있어, 이 과제는 실행 결과를 지운 노트북만 보관합니다. 채점할 때 코드를 다시 실행하므로 점수에는 영향이 없습니다. 접수증에는 보내신 파일과 보관하는 파일의 지문이 모두 적혀 있습니다.",
        "Outputs may hold patient data, so for this assignment only the notebook without its outputs is kept. Your code is run again for grading, so this costs no points. The receipt names both the file you sent and the one that is kept.",
    ),
    NoteKind.FILE_RENAMED: say(
        "파일 이름의 끝이 .ipynb가 아니었지만 노트북이어서 그대로 받았습니다.",
        "The file's name did not end in .ipynb, but it is a notebook and was taken.",
    ),
    NoteKind.FOUND_IN_ZIP: say(
        "ZIP 파일에 든 이 노트북을 채점합니다: {about}", "Of the ZIP file this notebook is graded: {about}"
    ),
    NoteKind.FILES_LEFT_OUT: say(
        "자동으로 만들어진 파일은 받지 않았습니다: {about}",
        "Files that programs made on their own were left out: {about}",
    ),
    NoteKind.UNREADABLE_LEFT_OUT: say(
        "실행 결과를 지울 수 없는 파일(열 수 없는 노트북, HTML로 내보낸 파일)은 보관하지 않았습니다: {about}",
        "Outputs cannot be removed from these files (notebooks that cannot be opened, HTML exports), so they were not kept: {about}",
    ),
    NoteKind.OTHER_NOTEBOOKS: say(
        "다른 노트북은 채점하지 않습니다: {about}", "These other notebooks are not graded: {about}"
    ),
    NoteKind.CELLS_MISSING: say(
        "과제의 셀이 빠져 있습니다. 답을 지우셨다면 다시 적어 마감 전에 다시 제출해 주십시오: {about}",
        "Cells of the assignment are missing. If you deleted an answer, put it back and hand in again before the deadline: {about}",
    ),
    NoteKind.CELLS_UNKNOWN: say(
        "이 과제에 없는 채점 셀이 있어 채점하지 않습니다: {about}",
        "These labelled cells are not part of the assignment and are not graded: {about}",
    ),
    NoteKind.CELLS_TWICE: say(
        "같은 셀이 두 번 있습니다. 답을 하나만 남기고 다시 제출하시는 것이 안전합니다: {about}",
        "These cells stand twice. It is safer to keep one answer each and hand in again: {about}",
    ),
    NoteKind.LABELS_LOST: say(
        "다른 프로그램이 셀의 표시를 지웠습니다. 채점할 때 내용을 보고 셀을 다시 찾습니다.",
        "Another program removed the cells' labels. Grading will find the cells again by what they contain.",
    ),
    NoteKind.NOT_STRICTLY_VALID: say(
        "노트북 형식에 작은 오류가 있지만 읽을 수 있어 받았습니다. 점수에는 영향이 없습니다.",
        "The notebook's format has small faults, but it can be read and was taken. This costs no points.",
    ),
}
