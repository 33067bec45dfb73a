"""What a verdict and a failed test mean, in plain words of both languages.

Knows verdicts, exception names and an assignment's messages. Texts name what happened, whether it
costs points and what to do; never a test's source, a hidden value or what an exception said.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from collections.abc import Mapping

from grader.grading.scoring import CellScore
from grader.model.work import Verdict
from grader.text import LocalText


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


VERDICTS: dict[Verdict, tuple[LocalText, LocalText]] = {
    Verdict.PASSED: (
        _say("통과", "Passed"),
        _say("이 확인을 통과했습니다.", "This check passed."),
    ),
    Verdict.FAILED: (
        _say("통과하지 못함", "Not passed"),
        _say("이 확인의 점수를 받지 못했습니다.", "This check earned no points."),
    ),
    Verdict.NOT_RUN: (
        _say("실행되지 않음", "Not run"),
        _say(
            "앞에서 실행이 멈추어 이 확인까지 오지 못했고, 점수를 받지 못했습니다. 멈춘 셀부터 고치십시오.",
            "The run stopped before it came to this check, so it earned no points. Correct the cell that stopped it first.",
        ),
    ),
    Verdict.TIMED_OUT: (
        _say("시간 초과", "Took too long"),
        _say(
            "정해진 시간 안에 끝나지 않아 점수를 받지 못했습니다. 끝나지 않는 반복(while 조건)이나 너무 많은 계산이 있는지 확인하십시오.",
            "It did not end within the time allowed, so it earned no points. Look for a loop that never ends (the condition of a while) or far too much work.",
        ),
    ),
    Verdict.OUT_OF_MEMORY: (
        _say("메모리 부족", "Out of memory"),
        _say(
            "메모리를 너무 많이 써서 멈추었고, 점수를 받지 못했습니다. 아주 큰 목록이나 표를 만들지 않는지 확인하십시오.",
            "It was stopped for using too much memory and earned no points. Check that it makes no very large list or table.",
        ),
    ),
    Verdict.KERNEL_DIED: (
        _say("실행 중단", "Run broke off"),
        _say(
            "코드가 Python 자체를 끝내 버려 점수를 받지 못했습니다. exit()나 os._exit() 같은 명령을 지우십시오. 그 앞의 확인에서 받은 점수는 그대로 남습니다.",
            "The code ended Python itself, so it earned no points. Remove commands such as exit() or os._exit(). Checks that came before it keep their points.",
        ),
    ),
    Verdict.OUTPUT_LIMIT: (
        _say("출력이 너무 많음", "Too much output"),
        _say(
            "화면에 내보낸 내용이 너무 많아 멈추었고, 점수를 받지 못했습니다. 반복 안의 print()를 지우거나 줄이십시오.",
            "It was stopped for printing far too much and earned no points. Remove or reduce print() inside loops.",
        ),
    ),
    Verdict.COULD_NOT_CHECK: (
        _say("확인하지 못함", "Could not be checked"),
        _say(
            "저희 쪽 문제로 확인하지 못했습니다. 깎이는 점수는 없으며 사람이 직접 확인합니다. 다시 제출하지 않으셔도 됩니다.",
            "We could not check this, through no fault of yours. It costs no points and a person will look at it. You need not hand it in again.",
        ),
    ),
}

_CELLS: dict[Verdict, LocalText] = {
    Verdict.NOT_RUN: _say(
        "앞에서 실행이 멈추어 이 셀까지 오지 못했습니다. 멈춘 셀부터 고치십시오.",
        "The run stopped before it came to this cell. Correct the cell that stopped it first.",
    ),
    Verdict.TIMED_OUT: _say(
        "이 셀은 정해진 시간 안에 끝나지 않아 여기에서 멈추었습니다. 끝나지 않는 반복(while 조건)이나 너무 많은 계산이 있는지 확인하십시오.",
        "This cell did not end within the time allowed and was stopped. Look for a loop that never ends (the condition of a while) or far too much work.",
    ),
    Verdict.OUT_OF_MEMORY: _say(
        "이 셀은 메모리를 너무 많이 써서 여기에서 멈추었습니다. 아주 큰 목록이나 표를 만들지 않는지 확인하십시오.",
        "This cell was stopped for using too much memory. Check that it makes no very large list or table.",
    ),
    Verdict.KERNEL_DIED: _say(
        "이 셀의 코드가 Python 자체를 끝내 버렸습니다. exit()나 os._exit() 같은 명령을 지우십시오.",
        "The code of this cell ended Python itself. Remove commands such as exit() or os._exit().",
    ),
    Verdict.OUTPUT_LIMIT: _say(
        "이 셀은 화면에 내보낸 내용이 너무 많아 여기에서 멈추었습니다. 반복 안의 print()를 지우거나 줄이십시오.",
        "This cell was stopped for printing far too much. Remove or reduce print() inside loops.",
    ),
}
"""What stopped a cell that is no check: it has no points of its own, and those of its task may be there."""

TAMPERED = "Tampered"
"""Error name of a test in the learner's process whose canaries were spoilt."""
UNSTEADY = "Unsteady"
"""Error name of such a test that gave different results when it was run twice."""

_BY_NAME: dict[str, LocalText] = {
    "NotImplementedError": _say(
        "답이 아직 채워지지 않았습니다. 답 셀의 raise NotImplementedError() 줄을 지우고 코드를 쓰십시오.",
        "The answer has not been filled in yet. In the answer cell, replace the line raise NotImplementedError() by your code.",
    ),
    "NameError": _say(
        "함수나 변수의 이름을 찾지 못했습니다. 답이 글자라면 따옴표로 감쌌는지, 과제에서 정한 이름을 그대로 썼는지, 그 이름을 만드는 셀이 먼저 오류 없이 실행되는지 확인하십시오.",
        "The name of a function or variable was not found. If the answer is text, put it in quotation marks. See that you kept the name the assignment gives, and that the cell which makes it runs first and without an error.",
    ),
    "SyntaxError": _say(
        'Python 문법에 맞지 않는 줄이 있습니다. 괄호, 따옴표, 쌍점(:)이 빠지지 않았는지, 둥근 따옴표(“ ”) 대신 곧은 따옴표(" ")를 썼는지, 비교 기호를 >=, <= 순서로 적었는지, 숫자에 8번, 5%처럼 단위를 붙이지 않았는지 확인하십시오.',
        'A line is not valid Python. Look for a missing bracket, quotation mark or colon (:), for curly quotation marks (“ ”) where straight ones (" ") belong, for comparison signs that are not >= or <=, and for numbers with a unit such as 8th or 5%.',
    ),
    "IndentationError": _say(
        "들여쓰기가 맞지 않습니다. 한 묶음의 줄은 같은 칸 수만큼 들여 쓰십시오.",
        "The indentation does not fit. Indent the lines that belong together by the same number of spaces.",
    ),
    "TypeError": _say(
        "값의 종류가 맞지 않습니다. 글자와 숫자를 섞어 계산하지 않는지, 빈 값(None)을 다루는지, 함수에 넣는 값의 개수가 맞는지 확인하십시오.",
        "A value has the wrong type. See whether text and numbers are mixed, whether an empty value (None) is handled, and whether the function takes the right number of values.",
    ),
    "ValueError": _say(
        "다룰 수 없는 값이 들어왔을 때 코드가 멈추었습니다. 비어 있거나 이상한 값도 다루는지 확인하십시오.",
        "The code stopped at a value it could not handle. See that empty or unusual values are dealt with.",
    ),
    "KeyError": _say(
        "표나 사전에 없는 이름을 찾았습니다. 항목 이름의 철자와, 항목이 없을 때의 처리를 확인하십시오.",
        "A name was looked up that the table or dictionary does not have. Check its spelling and what happens when an item is missing.",
    ),
    "IndexError": _say(
        "목록에 없는 자리를 읽었습니다. 첫 자리는 0이며, 빈 목록일 때도 확인하십시오.",
        "A place was read that the list does not have. The first place is 0; think of the empty list, too.",
    ),
    "AttributeError": _say(
        "값에 없는 기능을 불렀습니다. 값의 종류가 생각한 것과 같은지, 철자가 맞는지 확인하십시오.",
        "Something was asked of a value that it does not have. Check that the value is of the kind you expect, and the spelling.",
    ),
    "ZeroDivisionError": _say(
        "0으로 나누었습니다. 나누기 전에 0이거나 비어 있는 값을 먼저 다루십시오.",
        "There was a division by zero. Deal with zero or empty values before dividing.",
    ),
    "ModuleNotFoundError": _say(
        "채점 환경에 없는 라이브러리를 불렀습니다. 과제에서 준 라이브러리만 사용하십시오.",
        "A library was imported that the grading environment does not have. Use only those the assignment gives you.",
    ),
    "FileNotFoundError": _say(
        "없는 파일을 열려고 했습니다. 과제와 함께 받은 파일만, 받은 이름 그대로 여십시오.",
        "A file was opened that is not there. Open only the files that came with the assignment, by the names they came with.",
    ),
    "OSError": _say(
        "파일이나 네트워크를 쓰려다 막혔습니다. 채점 환경에서는 과제 파일만 읽을 수 있고 네트워크를 쓸 수 없습니다.",
        "A file or the network was used and refused. While grading, only the assignment's files can be read and there is no network.",
    ),
    "RecursionError": _say(
        "함수가 자기 자신을 끝없이 불렀습니다. 멈추는 조건을 확인하십시오.",
        "A function kept calling itself without end. Check the condition that stops it.",
    ),
    "KeyboardInterrupt": _say(
        "정해진 시간이 지나 채점 프로그램이 멈추었습니다.",
        "The grading program stopped it when the time allowed was over.",
    ),
    "NotPlain": _say(
        "답은 숫자, 글자, 목록, 표 같은 보통 값이어야 합니다. 직접 만든 클래스의 객체는 값으로 볼 수 없어 점수를 받지 못했습니다. 함수가 보통 값을 돌려주도록 고치십시오.",
        "Your answer must be a plain value such as a number, text, list or table, not an object of your own class, so it earned no points. Let the function return a plain value.",
    ),
    TAMPERED: _say(
        "이 확인을 실행하는 동안 노트북의 코드가 셀의 실행 방식을 바꾸어 결과를 인정할 수 없었고, 점수를 받지 못했습니다. IPython 설정, 내장 함수, 테스트 도구를 바꾸는 코드를 지우고 다시 제출하십시오. 그런 코드를 쓰지 않았다면 담당자에게 알려 주십시오.",
        "Code in the notebook changed how cells are run, so the result of this check could not be accepted and earned no points. Remove code that changes IPython, built-in functions or test tools, and hand it in again. If there is no such code, tell the course staff.",
    ),
    "AssertionError": _say(
        "결과가 과제에서 정한 것과 다릅니다. 과제 설명과 보기를 다시 읽고 경계에 있는 값도 확인하십시오.",
        "The result is not what the assignment asks for. Read the task and its examples again, and try values at the edges, too.",
    ),
}
_SAME_AS = {
    "UnboundLocalError": "NameError",
    "TabError": "IndentationError",
    "ImportError": "ModuleNotFoundError",
    "PermissionError": "OSError",
    "ConnectionError": "OSError",
    "ConnectionRefusedError": "OSError",
    "UnicodeDecodeError": "ValueError",
    "OverflowError": "ValueError",
}
_OTHER = _say(
    "코드가 오류로 멈추었습니다. 노트북을 처음부터 끝까지 다시 실행하여(Kernel → Restart Kernel and Run All Cells…) 어느 셀에서 멈추는지 확인하십시오.",
    "The code stopped with an error. Run the notebook from start to end (Kernel → Restart Kernel and Run All Cells…) and see which cell stops.",
)


def explain_error(error_name: str) -> LocalText:
    """Return what an exception means, by its name; what it said is never repeated."""
    return _BY_NAME.get(_SAME_AS.get(error_name, error_name), _OTHER)


def explain_cell(verdict: Verdict) -> LocalText:
    """Return why a cell that is no check did not run to its end; says nothing of points."""
    return _CELLS.get(verdict, VERDICTS[verdict][1])


def explain_score(score: CellScore, messages: Mapping[str, LocalText]) -> LocalText | None:
    """Return what a trainee should know about a test cell; None if it passed or is a written answer."""
    if score.verdict in (None, Verdict.PASSED):
        return None
    if score.message_id in messages:
        return messages[score.message_id]
    if score.verdict is Verdict.FAILED:
        return explain_error(score.error_name)
    return VERDICTS[score.verdict][1]
