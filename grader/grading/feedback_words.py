"""Every word that a feedback page itself says, in both languages.

Knows wording only; verdicts, messages and reasons have words of their own.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from datetime import datetime
from math import ceil

from grader.export import Standing
from grader.model.assignment import Tier
from grader.text import Language, LocalText


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


WORDS: dict[str, LocalText] = {
    "title": _say("과제 결과와 설명", "Assignment feedback"),
    "result": _say("결과", "Result"),
    "total": _say("총점", "Total"),
    "automatic": _say("자동 채점", "Automatically graded"),
    "written": _say("서술형", "Written"),
    "standing": _say("통과 여부", "Pass"),
    "handed_in": _say("제출", "Handed in"),
    "due": _say("마감", "Due"),
    "points": _say("점", "points"),
    "point": _say("점", "point"),
    "so_far": _say("지금까지", "so far"),
    "pass_rule": _say(
        "자동 채점 점수의 {percent} % 이상이고, 서술형이 있으면 모두 ‘충족’ 수준이어야 통과합니다.",
        "To pass you need at least {percent} % of the automatically graded points, and every written task at the level “meets”.",
    ),
    "gate_rule": _say(
        "안전 관문은 점수와 관계없이 모두 통과해야 합니다. 작성 과제의 관문은 그 과제를 했을 때에만 봅니다.",
        "Safety gates all have to be passed, whatever the score; those of write tasks count only if you did the task.",
    ),
    "gates_failed": _say(
        "통과하지 못한 안전 관문이 {n}개 있습니다. 점수가 높아도 이것을 고쳐야 통과합니다.",
        "Safety gates not passed: {n}. They have to be put right, however high the score.",
    ),
    "waiting": _say("사람이 채점할 예정입니다.", "A person will grade this."),
    "tasks": _say("문항별 점수", "Score by task"),
    "tasks_caption": _say("문항마다 받은 점수와 상태", "Points and state of each task"),
    "task": _say("문항", "Task"),
    "score": _say("점수", "Score"),
    "state": _say("상태", "State"),
    "state_full": _say("모두 맞음", "All correct"),
    "state_part": _say("일부 맞음", "Partly correct"),
    "state_none": _say("다시 볼 것", "Look again"),
    "state_blank": _say("답이 비어 있음", "No answer"),
    "state_waiting": _say("사람이 채점할 예정", "A person will grade it"),
    "state_graded": _say("사람이 채점함", "Graded by a person"),
    "details": _say("문항별 설명", "Each task in detail"),
    "check": _say("확인 {number}", "Check {number}"),
    "adjusted": _say("사람이 이 점수를 조정했습니다.", "A person adjusted this score."),
    "your_answer": _say("내 답", "Your answer"),
    "your_output": _say("내 코드의 출력", "Output of your code"),
    "your_picture": _say("내 코드가 그린 그림", "A picture drawn by your code"),
    "your_error": _say("이 셀은 오류로 멈추었습니다.", "This cell stopped with an error."),
    "trace": _say("오류 내용 보기", "Show the error"),
    "withheld": _say(
        "(숨은 확인 뒤에 실행된 셀입니다. 채점할 때의 출력이 제출하신 것과 달라, 제출하신 출력을 보여 드립니다.)",
        "(This cell ran after hidden checks. Its output while grading differed from the one you handed in, so yours is shown.)",
    ),
    "table": _say("내 코드가 출력한 표", "A table printed by your code"),
    "blank_answer": _say("답이 비어 있습니다.", "No answer was written."),
    "blank_task": _say("답이 비어 있어 점수가 없습니다.", "No answer was written, so there are no points."),
    "blank_write_task": _say(
        "하지 않은 작성 과제입니다. 작성 과제는 더 해 보고 싶은 분을 위한 것입니다.",
        "This Write task was not done. Write tasks are for those who want to go further.",
    ),
    "answer_stopped": _say(
        "답 셀이 오류로 멈추어 확인하지 못했습니다. 아래의 오류 설명부터 보십시오.",
        "The answer cell stopped with an error, so this could not be checked. Start with the error explained below.",
    ),
    "blank_written": _say(
        "답이 비어 있어 0점입니다. 다시 제출할 수 있는지 담당자에게 물어보십시오.",
        "No answer was written, so this has 0 points. Ask the course staff whether you may hand it in again.",
    ),
    "comment": _say("채점자의 의견", "The grader's comment"),
    "rubric": _say("채점 기준 보기", "Show the rubric"),
    "level_0": _say("0 없음", "0 Missing"),
    "level_1": _say("1 일부", "1 Partial"),
    "level_2": _say("2 충족", "2 Meets"),
    "level_3": _say("3 우수", "3 Exemplary"),
    "repairs": _say("바로잡은 것", "What we put right"),
    "repairs_intro": _say(
        "제출하신 노트북을 채점하려고 다음을 바로잡았습니다. 제출하신 원본은 그대로 보관합니다.",
        "To grade your notebook we put the following right. What you handed in is kept as it was.",
    ),
    "file": _say("파일", "File"),
    "cells": _say("셀", "Cells"),
    "others": _say("과제에 더하거나 바꾼 셀", "Cells you added or changed"),
    "others_intro": _say(
        "채점하지 않는 셀입니다. 실행한 결과를 참고로 보여 드립니다.",
        "These cells are not graded; what they gave is shown for your information.",
    ),
    "late": _say(
        "마감보다 {duration} 늦게 제출했습니다.",
        "You handed it in {duration} after the due date.",
    ),
    "late_free": _say(
        "늦었다고 점수를 깎지는 않지만 기록에는 남습니다.", "This alone takes off no points; it is noted."
    ),
    "late_costs": _say(
        "늦은 제출이라 {points}점을 깎았고, 위의 총점은 깎은 뒤의 점수입니다. 통과 여부는 깎기 전의 점수로 정합니다.",
        "Points taken off for lateness: {points}. The total above is what is left. Whether you pass goes by the score before that.",
    ),
    "newer_refused": _say(
        "나중에 제출한 파일을 채점하지 못했습니다", "A file you handed in later was not graded"
    ),
    "newer_refused_intro": _say(
        "아래 점수는 그 전에 제출한 노트북의 것입니다.",
        "The score below is for the notebook you handed in before that.",
    ),
    "not_graded": _say("아직 채점하지 못했습니다", "Not graded yet"),
    "shortened": _say("길어서 뒷부분을 줄였습니다.", "Shortened, as it is long."),
    "pictures_left_out": _say(
        "그림이 너무 커서 싣지 않았습니다.", "Pictures were left out, as they are too big."
    ),
    "footer": _say(
        "자동 채점 결과는 학습을 돕기 위한 것입니다. 이해되지 않거나 잘못되었다고 생각되는 점이 있으면 담당자에게 알려 주십시오. 사람이 다시 확인합니다.",
        "Automatic grading is there to help you learn. If something is unclear or seems wrong, tell the course staff: a person will check it again.",
    ),
    "other_task": _say("그 밖의 셀", "Other cells"),
}

TIERS: dict[Tier, LocalText] = {
    Tier.RUN: _say("실행", "Run"),
    Tier.FILL: _say("채우기", "Fill in"),
    Tier.WRITE: _say("작성", "Write"),
}

STANDINGS: dict[Standing, tuple[LocalText, LocalText]] = {
    Standing.PASSED: (
        _say("통과", "Passed"),
        _say("통과하셨습니다. 수고하셨습니다.", "You have passed. Well done."),
    ),
    Standing.NOT_PASSED: (
        _say("아직 통과하지 못함", "Not passed yet"),
        _say(
            "아직 통과 기준에 이르지 못했습니다. 아래 설명을 보고 고친 뒤 다시 제출하십시오.",
            "This does not reach the pass mark yet. Read what is said below, correct it and hand it in again.",
        ),
    ),
    Standing.PENDING: (
        _say("채점 중", "Being graded"),
        _say(
            "사람이 확인할 것이 남아 있습니다. 확인이 끝나면 결과를 다시 알려 드립니다.",
            "A person still has to look at something. You will get the result again when that is done.",
        ),
    ),
}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def write_time(at: datetime, language: Language) -> str:
    """Return a local time for people, e.g. `2026년 4월 20일 17:55`."""
    if language is Language.KO:
        return f"{at.year}년 {at.month}월 {at.day}일 {at:%H:%M}"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M}"


def write_duration(seconds: float, language: Language) -> str:
    """Return a duration in at most two units, e.g. `2일 3시간`; minutes are rounded up and never 0."""
    minutes = max(1, ceil(seconds / 60))
    parts = [
        (minutes // 1440, "일", "day"),
        (minutes // 60 % 24, "시간", "hour"),
        (minutes % 60, "분", "minute"),
    ]
    first = next(number for number, part in enumerate(parts) if part[0])
    shown = [part for part in parts[first : first + 2] if part[0]]
    if language is Language.KO:
        return " ".join(f"{count}{ko}" for count, ko, _ in shown)
    return " ".join(f"{count} {en}{'' if count == 1 else 's'}" for count, _, en in shown)


def write_points(points: float) -> str:
    """Return points without needless decimals."""
    return f"{round(points, 2):g}"
