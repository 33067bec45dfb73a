"""Every word that the site itself says, in both languages.

Knows wording only. Course texts come from the course; words on buttons and tables come from here.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from grader.model.assignment import Tier
from grader.model.course import FactKind, FactStatus, ModuleStatus, QuestionKind, QuestionLevel, Region
from grader.text import Language, LocalText


def say(ko: str, en: str) -> LocalText:
    """Return one text in both languages."""
    return LocalText(ko=ko, en=en)


HOME = say("홈", "Home")
COURSE = say("과정", "Course")
OVERVIEW = say("과정 소개", "About this track")
ROLES = say("직무별 안내", "By role")
OTHER_MODULES = say("그 밖의 모듈", "Other modules")
SCHEDULE = say("일정", "Schedule")
REFERENCE = say("자료", "Reference")
GLOSSARY = say("용어집", "Glossary")
FACTS = say("근거 자료", "Facts and sources")
GUIDES = say("안내서", "Guides")
FOR_INSTRUCTORS = say("강사용", "For instructors")
INSTRUCTOR_NOTES = say("강사 노트", "Instructor notes")
PRACTICE = say("실습", "Practice")
QUIZ = say("퀴즈", "Quiz")
ASSIGNMENT = say("과제", "Assignment")
MODULES = say("모듈", "Modules")
MODULE = say("모듈", "Module")

QUESTION_FROM_WORK = say("현장에서 나온 질문", "A question from work")
OBJECTIVES = say("이 모듈을 마치면", "After this module you can")
KEY_POINTS = say("핵심 정리", "Key points")
NEXT_STEPS = say("이어서 할 일", "What to do next")
WORKING_TIME = say("걸리는 시간", "Time needed")
FOR_WHOM = say("대상", "For")
EVERYONE = say("모든 직무", "All roles")
PREREQUISITES = say("먼저 들을 모듈", "Take first")
NO_PREREQUISITES = say("없음 – 바로 시작할 수 있습니다", "None – you can start right away")
NO_LESSON = say("이 모듈의 본문은 아직 준비 중입니다.", "The lesson of this module is still being written.")
NO_TRANSLATION = say(
    "이 페이지는 아직 한국어로 옮기지 않아 영어 원문을 보여 드립니다.",
    "This page has not been translated into English yet, so the Korean original is shown.",
)
BACK_TO_LESSON = say("학습 페이지로 돌아가기", "Back to the lesson")
DOWNLOADS = say("내려받기", "Downloads")
MINUTES_OF = {
    "read": say("읽기", "Reading"),
    "practice": say("실습", "Practice"),
    "quiz": say("퀴즈", "Quiz"),
    "assignment": say("과제", "Assignment"),
}

STATUS: dict[ModuleStatus, LocalText] = {
    ModuleStatus.DRAFT: say("초안", "Draft"),
    ModuleStatus.BETA: say("시범 운영", "Beta"),
    ModuleStatus.STABLE: say("정식", "Stable"),
}
STATUS_NOTE: dict[ModuleStatus, LocalText] = {
    ModuleStatus.BETA: say(
        "시범 운영: 써 보면서 내용을 다듬고 있습니다.",
        "Beta: the text is still being improved while it is in use.",
    ),
}
TIER: dict[Tier, LocalText] = {
    Tier.RUN: say("실행", "Run"),
    Tier.FILL: say("채우기", "Fill in"),
    Tier.WRITE: say("작성", "Write"),
}
TIER_MEANING: dict[Tier, LocalText] = {
    Tier.RUN: say("셀을 실행하고 질문에 답합니다.", "Run the cells and answer a question."),
    Tier.FILL: say("식 하나나 표 하나를 채웁니다.", "Fill in one expression or one table."),
    Tier.WRITE: say("함수를 직접 작성합니다.", "Write the function yourself."),
}
WRITTEN = say("서술형", "Written")
WRITTEN_MEANING = say(
    "글로 쓰고, 사람이 채점 기준에 따라 읽습니다.", "Write a text; a person reads it by the rubric."
)
LEVEL: dict[QuestionLevel, LocalText] = {
    QuestionLevel.RECALL: say("기억", "Recall"),
    QuestionLevel.UNDERSTAND: say("이해", "Understand"),
    QuestionLevel.APPLY: say("적용", "Apply"),
    QuestionLevel.JUDGE: say("판단", "Judge"),
}
CHOOSE: dict[QuestionKind, LocalText] = {
    QuestionKind.SINGLE: say("하나를 고르십시오.", "Choose one."),
    QuestionKind.MULTIPLE: say("맞는 것을 모두 고르십시오.", "Choose all that apply."),
}
FACT_KIND: dict[FactKind, LocalText] = {
    FactKind.LAW: say("법령", "Law"),
    FactKind.CUTOFF: say("판정 기준값", "Cut-offs"),
    FactKind.FORMULA: say("계산식", "Formulas"),
    FactKind.STUDY: say("연구", "Studies"),
    FactKind.SURVEY: say("조사", "Surveys"),
    FactKind.GUIDELINE: say("지침", "Guidelines"),
}
FACT_STATUS: dict[FactStatus, LocalText] = {
    FactStatus.PRIMARY: say("원문 확인", "Read at the source"),
    FactStatus.SECONDARY: say("2차 자료 확인", "Read in a secondary source"),
    FactStatus.VERIFY: say("확인 필요", "To be verified"),
}
REGION: dict[Region, LocalText] = {
    Region.CAPITAL: say("수도권", "Capital region"),
    Region.OUTSIDE: say("비수도권", "Outside the capital region"),
}

OPENS = say("시작", "Opens")
DUE = say("마감", "Due")
PERIOD = say("기간", "Dates")
COHORT = say("기수", "Cohort")
SITES = say("참여 기관", "Sites")
TRACK = say("과정", "Track")
SEOUL_TIME = say("모든 시각은 한국 표준시(KST)입니다.", "All times are Korean Standard Time (KST).")
NO_SCHEDULE = say("아직 정해진 일정이 없습니다.", "No dates have been set yet.")
TERM_KO = say("한국어", "Korean")
TERM_EN = say("영어", "English")
NOTE = say("설명", "Note")
AVOID = say("쓰지 않는 말", "Do not use")
GLOSSARY_INTRO = say(
    "이 과정에서 쓰는 용어입니다. 모든 페이지가 같은 말을 씁니다.",
    "The terms of this course. Every page uses the same words.",
)
FACTS_INTRO = say(
    "이 과정이 근거로 삼는 법령, 기준값, 계산식과 연구 결과입니다. 출처와 확인한 날짜를 함께 적었습니다. "
    "‘확인 필요’로 표시한 내용은 아직 확정된 사실이 아니므로 업무에 쓰기 전에 원문을 확인하십시오.",
    "The laws, cut-offs, formulas and study results that this course relies on, with their sources and the "
    "day we read them. "
    "Anything marked “To be verified” is not settled: check the source before you rely on it.",
)
SOURCE = say("출처", "Source")
SOURCES = say("출처", "Sources")
STATUS_OF_FACT = say("확인 정도", "How it was read")
PUBLISHED = say("발행", "published")
READ_ON = say("확인한 날", "read on")
REVIEW_BY = say("다시 확인할 날", "Review by")
CAUTION = say("유의할 점", "Caution")
FACT_DETAILS = say("근거 자료에서 보기", "See the fact sheet")
BACK_TO_TEXT = say("본문으로 돌아가기", "Back to the text")
SOURCE_NUMBER = say("출처 {n}", "Source {n}")
UNKNOWN_FACT = say("출처를 찾을 수 없음: {id}", "Source not found: {id}")

QUIZ_INTRO = say(
    "답을 고른 뒤 ‘답 확인’을 누르십시오. 맞은 답과 틀린 답을 모두 설명합니다. "
    "점수에 들어가지 않으며 여러 번 풀어도 됩니다. 고른 답은 이 기기에만 저장됩니다.",
    "Choose an answer, then press “Check answer”. Every choice is explained, right or wrong. "
    "Nothing here counts towards a grade, and you may try as often as you like. "
    "Your answers stay on this device.",
)
QUESTION = say("문제 {n}", "Question {n}")
CHECK_ANSWER = say("답 확인", "Check answer")
SHOW_ANSWERS = say("답과 해설 보기", "Show answers and explanations")
START_OVER = say("처음부터 다시 풀기", "Start over")
RIGHT_CHOICE = say("정답", "Right")
WRONG_CHOICE = say("오답", "Wrong")
QUIZ_DATA: dict[str, LocalText] = {
    "right": say("맞았습니다.", "That is right."),
    "wrong": say(
        "다시 생각해 보십시오. 아래 해설을 읽어 보십시오.", "Not quite. Read the explanations below."
    ),
    "partly": say(
        "일부만 맞았습니다. 아래 해설을 읽어 보십시오.", "Partly right. Read the explanations below."
    ),
    "choose": say("먼저 답을 고르십시오.", "Choose an answer first."),
    "mark_right": RIGHT_CHOICE,
    "mark_wrong": WRONG_CHOICE,
    "progress": say(
        "{total}문제 가운데 {done}문제를 풀었고 {right}문제를 맞혔습니다.",
        "{done} of {total} questions answered, {right} right.",
    ),
    "reset_done": say("답을 모두 지웠습니다.", "All answers have been cleared."),
    "restored": say("이 기기에 저장된 답을 불러왔습니다.", "Your saved answers have been loaded."),
}
QUIZ_SUMMARY = say("{total}문제 가운데 {right}문제를 맞혔습니다.", "{right} of {total} right.")

CHECKLIST = say("점검표", "Checklist")
CHECKLIST_DATE = say("날짜", "Date")
CHECKLIST_CENTRE = say("센터·부서", "Centre, department")
CHECKLIST_NAME = say("확인한 사람", "Checked by")
CHECKLIST_ONE_PAGE = say("점검표 (한 장 인쇄용)", "Checklist (one page to print)")

SLIDES = say("슬라이드", "Slides")
SLIDES_INTRO = say(
    "학습 페이지의 제목, 굵은 문장, 목록, 표, 그림을 옮긴 슬라이드입니다. "
    "나머지 본문은 슬라이드마다 ‘발표자 노트’에 들어 있습니다. "
    "발표할 때는 ←와 → 또는 Space로 넘기고, Home과 End로 처음과 끝으로 갑니다. "
    "N은 노트, F는 전체 화면, Esc는 끝내기입니다. "
    "인쇄하면 한 쪽에 한 장씩 나옵니다. 노트를 모두 펼치고 인쇄하면 노트도 함께 나옵니다.",
    "These slides carry the headings, bold sentences, lists, tables and figures of the lesson. "
    "The rest of its text is in the presenter notes below each slide. "
    "When presenting, ← and → or Space turn the slides, and Home and End lead to the first and the last. "
    "N shows the notes, F fills the screen, and Esc ends. "
    "Printing gives one slide per page; show all notes first to have them printed too.",
)
SLIDES_OF_LESSON = say("이 모듈의 슬라이드", "Slides of this module")
SLIDES_START = say("발표 시작", "Start presenting")
SLIDES_NOTES = say("노트 모두 펼치기", "Show all notes")
SLIDES_NOTES_KEY = say("노트 모두 펼치기 (N)", "Show all notes (N)")
SLIDES_PREVIOUS = say("이전 슬라이드 (←)", "Previous slide (←)")
SLIDES_NEXT = say("다음 슬라이드 (→)", "Next slide (→)")
SLIDES_FULL = say("전체 화면 (F)", "Full screen (F)")
SLIDES_CLOSE = say("발표 끝내기 (Esc)", "End the presentation (Esc)")
SLIDE_NOTES = say("발표자 노트", "Presenter notes")

PRACTICE_INTRO = say(
    "아래에는 미리 실행한 결과가 함께 있습니다. 프로그램을 설치하지 않아도 끝까지 읽을 수 있습니다. "
    "직접 실행해 보려면 실습 묶음을 내려받아 압축을 푼 뒤 JupyterLab에서 여십시오.",
    "The results are already shown below, so you can read to the end without installing anything. "
    "To run it yourself, download the practice package, unpack it and open the notebook in JupyterLab.",
)
OUTPUT = say("실행 결과", "Output")
OUTPUT_TABLE = say("결과 표", "Result table")
MEANT_ERROR = say("이 셀은 일부러 오류를 냅니다.", "This cell is meant to end in an error.")
PRACTICE_FILE = say("실습 묶음 (.zip)", "Practice package (.zip)")
SPREADSHEET_FILE = say("스프레드시트 (.xlsx): {title}", "Spreadsheet (.xlsx): {title}")
SPREADSHEET_HEADING = say("스프레드시트로 해 보기", "The same in a spreadsheet")

PASS_PERCENT_AND_WRITTEN = say(
    "자동 채점 점수의 {n}% 이상, 서술형은 모두 ‘충족’ 수준 이상",
    "{n}% of the automatically graded points, and every written task at “meets” or better",
)
TASKS = say("할 일", "Tasks")
TASK = say("문항", "Task")
TASK_KIND = say("방식", "Kind")
POINTS = say("배점", "Points")
POINTS_OF = say("{n}점", "{n} points")
PASS_LINE = say("통과 기준", "To pass")
PASS_GATES = say(
    "안전 관문은 모두 통과(작성 과제는 했을 때만)",
    "every safety gate passed (those of write tasks if you did them)",
)
PASS_PERCENT = say("자동 채점 점수의 {n}% 이상", "{n}% of the automatically graded points")
RUBRIC = say("서술형 채점 기준", "Rubric for written answers")
CRITERION = say("기준", "Criterion")
LEVEL_NAMES = (
    say("0 없음", "0 Missing"),
    say("1 일부", "1 Partial"),
    say("2 충족", "2 Meets"),
    say("3 우수", "3 Exemplary"),
)
DUE_DATES = say("마감 일정", "Due dates")
RELEASE_FILE = say("과제 묶음 (.zip)", "Assignment package (.zip)")
RELEASE_CONTENTS = say(
    "압축을 풀면 과제 노트북과 필요한 파일이 모두 들어 있습니다.",
    "Unpack it: it holds the assignment notebook and everything it needs.",
)
SAMPLES = say("채점 예시", "Graded samples")
SAMPLE_LEVEL = say("수준", "Level")
SAMPLE_ANSWER = say("답안", "Answer")
SAMPLE_REASON = say("그렇게 채점한 까닭", "Why")
MODULES_AND_TIME = say("모듈 {n}개 · {time}", "{n} modules · {time}")
ONE_MODULE_AND_TIME = say("모듈 1개 · {time}", "1 module · {time}")
ROLE_PATH = say("이 순서로 학습합니다", "Take them in this order")
PERMALINK = say("이 항목의 주소", "Link to this section")
EXTRA_NOTICE = say("등장하는 사람은 모두 가상의 인물입니다.", "Every person in this course is fictional.")

_WEEKDAYS_KO = "월화수목금토일"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def duration(minutes: int, language: Language) -> str:
    """Return working time as people say it: `1시간 30분`, `1 h 30 min`."""
    hours, rest = divmod(minutes, 60)
    if language is Language.KO:
        parts = [f"{hours}시간" if hours else "", f"{rest}분" if rest or not hours else ""]
    else:
        parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def day(value: date, language: Language) -> str:
    """Return a day with its weekday: `2026년 4월 24일(금)`, `Fri 24 April 2026`."""
    if language is Language.KO:
        return f"{value.year}년 {value.month}월 {value.day}일({_WEEKDAYS_KO[value.weekday()]})"
    return f"{_WEEKDAYS_EN[value.weekday()]} {value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def moment(value: datetime, timezone: str, language: Language) -> str:
    """Return day and time in `timezone`: `2026년 4월 24일(금) 18:00`."""
    local = value.astimezone(ZoneInfo(timezone))
    comma = "" if language is Language.KO else ","
    return f"{day(local.date(), language)}{comma} {local:%H:%M}"
