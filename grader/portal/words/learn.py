"""Words of the learn pages. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

_OVERVIEW: dict[str, LocalText] = {
    "learn_title": say("내 학습", "My learning"),
    "learn_hello": say("{name} 님의 학습 현황입니다.", "How far {name} has come."),
    "learn_next": say("다음 할 일", "What is next"),
    "learn_next_hand_in": say("과제 제출하기", "Hand in the assignment"),
    "learn_next_late": say("마감이 지난 과제 제출하기", "Hand in the overdue assignment"),
    "learn_next_again": say("고쳐서 다시 제출하기", "Correct it and hand it in again"),
    "learn_next_broken": say("채점하지 못한 과제 다시 제출하기", "Hand in again what could not be graded"),
    "learn_next_wait": say(
        "지금 제출할 과제가 없습니다. 새 과제가 열리면 여기에 나옵니다.",
        "There is nothing to hand in now. New assignments appear here.",
    ),
    "learn_next_done": say(
        "과제를 모두 통과했습니다. 수고하셨습니다!", "You have passed every assignment. Well done!"
    ),
    "learn_announcements": say("공지", "Announcements"),
    "learn_no_work": say("과제가 없는 모듈입니다.", "This module has no assignment."),
    "learn_opens": say("{day}에 열립니다.", "Opens on {day}."),
    "learn_opens_delayed": say(
        "{day}에 열릴 예정이었지만 아직 배포되지 않았습니다. 강사가 배포하면 제출할 수 있습니다.",
        "It was planned for {day} but is not released yet. You can hand in once your instructor releases it.",
    ),
    "learn_no_tracks": say(
        "아직 과정에 등록되지 않았습니다. 강사에게 알려 주십시오.",
        "You are not on a course yet. Please tell your instructor.",
    ),
    "learn_other": say("그 밖의 과제", "Other assignments"),
    "learn_progress": say(
        "과제 {total}개 가운데 {passed}개를 통과했습니다.", "{passed} of {total} assignments passed."
    ),
    "learn_preview": say(
        "교육생에게 보이는 화면을 미리 보고 있습니다. 여기서는 아무것도 저장되지 않습니다.",
        "This is a preview of what trainees see. Nothing is saved here.",
    ),
    "learn_day_left": say("{n}일 남음", "{n} days left"),
    "learn_tomorrow": say("내일까지", "due tomorrow"),
    "learn_today": say("오늘까지", "due today"),
    "learn_over_today": say("오늘 지남", "due earlier today"),
    "learn_over_yesterday": say("어제 지남", "due yesterday"),
    "learn_days_over": say("{n}일 지남", "{n} days overdue"),
}

_STATES: dict[str, LocalText] = {
    "learn_state_planned": say("열려 있지 않음", "Not open"),
    "learn_state_open": say("제출 전", "Not handed in"),
    "learn_state_overdue": say("마감 지남", "Overdue"),
    "learn_state_closed": say("접수 끝남, 제출하지 않음", "Closed, nothing handed in"),
    "learn_state_handed-in": say("제출함, 채점 전", "Handed in, not graded yet"),
    "learn_state_marking": say("서술형 채점 중", "Written answers being marked"),
    "learn_state_broken": say("채점하지 못함", "Could not be graded"),
    "learn_state_graded": say("채점됨", "Graded"),
    "learn_state_passed": say("통과", "Passed"),
    "learn_state_not-passed": say("통과하지 못함", "Not passed"),
}

_ASSIGNMENT: dict[str, LocalText] = {
    "learn_back": say("내 학습으로", "Back to my learning"),
    "learn_back_work": say("과제로 돌아가기", "Back to the assignment"),
    "learn_open_work": say("과제 열기", "Open the assignment"),
    "learn_lesson": say("학습 페이지 열기", "Open the lesson"),
    "learn_details": say("과제 설명과 채점 기준 보기", "See the description and the rubric"),
    "learn_time": say("걸리는 시간", "Time needed"),
    "learn_points": say("배점", "Points"),
    "learn_points_of": say("{n}점", "{n} points"),
    "learn_pass": say("통과 기준", "To pass"),
    "learn_pass_percent": say(
        "자동 채점 점수의 {n}% 이상", "At least {n}% of the automatically graded points"
    ),
    "learn_pass_written": say(
        "서술형은 모두 ‘충족’ 수준 이상", "every written answer at the level “meets” or better"
    ),
    "learn_pass_gates": say("안전 관문은 모두 통과", "every safety gate passed"),
    "learn_attempts": say("제출 횟수", "Attempts"),
    "learn_attempts_any": say(
        "여러 번 제출할 수 있고, 마지막 것을 채점합니다.",
        "You may hand in as often as you like; the last one counts.",
    ),
    "learn_attempts_left": say(
        "{max}번까지 제출할 수 있습니다. {left}번 남았습니다. 마지막 것을 채점합니다.",
        "You may hand in up to {max} times; {left} left. The last one counts.",
    ),
    "learn_cool_down": say(
        "한 번 제출하면 {span} 뒤에 다시 제출할 수 있습니다.",
        "After handing in you can hand in again {span} later.",
    ),
    "learn_extended": say("마감이 {when}까지 연장되었습니다.", "Your deadline was extended to {when}."),
    "learn_grace": say(
        "마감 뒤 {span}까지는 늦은 것으로 보지 않습니다.",
        "Up to {span} after the deadline is not counted as late.",
    ),
    "learn_late_free": say(
        "늦게 내면 늦었다는 기록이 남지만 점수는 깎지 않습니다.",
        "Late work is noted as late but loses no points.",
    ),
    "learn_late_at_once": say("늦게 내면 {percent}%를 깎습니다.", "Late work loses {percent}%."),
    "learn_late_after": say(
        "{span} 넘게 늦으면 {percent}%를 깎습니다.", "More than {span} late loses {percent}%."
    ),
    "learn_closes": say(
        "{when}에 접수를 끝냅니다. 그 뒤에는 제출할 수 없습니다.",
        "It closes on {when}. Nothing is accepted after that.",
    ),
    "learn_tasks": say("문항", "Tasks"),
    "learn_task": say("문항", "Task"),
    "learn_kind": say("종류", "Kind"),
    "learn_get": say("1. 과제 받기", "1. Get the assignment"),
    "learn_get_hint": say(
        "압축 파일에는 노트북과 필요한 자료가 모두 들어 있습니다. 자료가 이미 있으면 노트북만 받아도 됩니다.",
        "The zip file holds the notebook and everything it needs. If you already have the data, the notebook alone will do.",
    ),
    "learn_get_package": say("과제 묶음 받기 (.zip)", "Get the package (.zip)"),
    "learn_get_notebook": say("노트북만 받기 (.ipynb)", "Get the notebook only (.ipynb)"),
    "learn_get_other": say("영어 노트북으로 풀기:", "Work in Korean instead:"),
    "learn_hand_in": say("2. 제출하기", "2. Hand in"),
    "learn_hand_in_hint": say(
        "다 푼 노트북을 저장한 뒤 그 파일(.ipynb)을 고릅니다. 자료 파일도 고쳤다면 함께 압축한 .zip 파일을 고릅니다. 최대 {size}입니다.",
        "Save the finished notebook, then choose that file (.ipynb). If you changed data files too, choose a .zip file with all of them. At most {size}.",
    ),
    "learn_privacy": say(
        "실제 사람의 이름, 등록번호, 검사 결과가 들어 있지 않은지 확인해 주십시오.",
        "Make sure that no real person's name, registration number or test result is in it.",
    ),
    "learn_file": say("제출할 파일", "File to hand in"),
    "learn_drop": say("여기에 파일을 끌어다 놓아도 됩니다.", "You can also drop the file here."),
    "learn_chosen": say("고른 파일:", "Chosen file:"),
    "learn_too_big": say(
        "이 파일은 너무 커서 받을 수 없습니다. JupyterLab에서 Edit → Clear Outputs of All Cells로 출력을 지우고 저장한 뒤 다시 골라 주십시오.",
        "This file is too big. In JupyterLab choose Edit → Clear Outputs of All Cells, save it and choose it again.",
    ),
    "learn_sending": say("보내고 있습니다. 창을 닫지 마십시오.", "Sending. Please keep this window open."),
    "learn_send": say("제출하기", "Hand in"),
    "learn_send_note": say(
        "접수증이 나와야 제출된 것입니다. 화면이 멈추면 이 페이지를 다시 열어 제출 내역에 있는지 확인해 주십시오.",
        "It is handed in only when you see the receipt. If the page stops, open it again and look whether the attempt is listed below.",
    ),
    "learn_shut_opens": say("이 과제는 {when}에 열립니다.", "This assignment opens on {when}."),
    "learn_shut_closed": say(
        "제출 기간이 {when}에 끝났습니다. 사정이 있으면 강사에게 마감 연장을 요청해 주십시오.",
        "Handing in ended on {when}. If you have a reason, ask your instructor for an extension.",
    ),
    "learn_shut_attempts": say(
        "제출할 수 있는 횟수 {max}번을 모두 썼습니다. 더 필요하면 강사에게 알려 주십시오.",
        "You have used all {max} attempts. If you need more, tell your instructor.",
    ),
    "learn_shut_cool_down": say(
        "조금 전에 제출했습니다. {when}부터 다시 제출할 수 있습니다.",
        "You handed in a moment ago. You can hand in again from {when}.",
    ),
    "learn_shut_withdrawn": say(
        "강사가 이 과제의 배포를 중지해 지금은 제출할 수 없습니다.",
        "Your instructor has withdrawn this assignment; nothing is accepted now.",
    ),
    "learn_history": say("제출 내역", "What you handed in"),
    "learn_history_none": say("아직 제출한 것이 없습니다.", "You have not handed in anything yet."),
    "learn_attempt": say("{n}번째 제출", "Attempt {n}"),
    "learn_attempt_head": say("제출", "Attempt"),
    "learn_received": say("받은 시각", "Received"),
    "learn_file_head": say("파일", "File"),
    "learn_late": say("{span} 늦음", "{span} late"),
    "learn_in_time": say("기한 안에 제출함", "in time"),
    "learn_counts": say("채점 대상", "This one counts"),
    "learn_no_file": say(
        "파일을 고르지 않았습니다. 파일을 고른 뒤 제출해 주십시오.",
        "No file was chosen. Choose a file, then hand it in.",
    ),
    "learn_stale": say(
        "이 화면에서는 이미 제출했습니다. 과제 페이지를 다시 열어 주십시오.",
        "This page was already used to hand in. Open the assignment's page again.",
    ),
}

_RECEIPT: dict[str, LocalText] = {
    "learn_receipt": say("접수증", "Receipt"),
    "learn_receipt_lead": say(
        "제출되었습니다. 서버가 {when}에 파일을 받아 보관했습니다.",
        "It is handed in. The server received and stored your file on {when}.",
    ),
    "learn_receipt_code": say("확인 코드", "Code"),
    "learn_receipt_number": say("접수 번호", "Receipt number"),
    "learn_receipt_person": say("접수증에 적힌 나의 가명", "You appear in it as"),
    "learn_receipt_late": say("마감 기준", "Against the deadline"),
    "learn_receipt_files": say("받은 파일", "Files received"),
    "learn_receipt_digest": say("파일 지문(SHA-256)", "Fingerprint (SHA-256)"),
    "learn_receipt_notes": say("받으면서 확인한 점", "What we noticed on receiving it"),
    "learn_receipt_save": say("접수증 저장 (.json)", "Save the receipt (.json)"),
    "learn_receipt_print": say(
        "종이로 남기려면 브라우저에서 인쇄(Ctrl+P)하십시오.", "To keep it on paper, print this page (Ctrl+P)."
    ),
    "learn_get_back": say("제출한 파일 받기", "Download what I handed in"),
    "learn_check": say("접수증이 진짜인지 확인하려면", "How to check the receipt"),
    "learn_check_why": say(
        "접수증에는 서버의 전자서명이 들어 있습니다. 제출한 것을 두고 이야기가 엇갈리면 저장해 둔 접수증으로 무엇을 언제 냈는지 보일 수 있습니다. 서버가 없어도 확인됩니다.",
        "The receipt carries the server's signature. Should there ever be a doubt about what you handed in, the saved receipt shows what it was and when. It can be checked without the server.",
    ),
    "learn_check_how": say(
        "접수증 파일, 제출한 파일, 공개 키 파일(receipt-keys.json)을 한 폴더에 두고 아래 명령을 실행합니다. 공개 키 파일은 과제 묶음에도 들어 있습니다. 명령이 낯설면 이 파일들을 전산 담당자나 강사에게 보내면 됩니다.",
        "Put the receipt, the file you handed in and the public key file (receipt-keys.json) into one folder and run the command below. The key file is in the assignment's package, too. If commands are new to you, send these files to your IT staff or instructor.",
    ),
    "learn_check_keys": say("공개 키 파일 받기", "Get the public key file"),
    "learn_missing": say(
        "제출 기록은 있지만 접수증이 없습니다. 운영자에게 알려 주십시오.",
        "This attempt was found but has no receipt. Please tell the operator.",
    ),
    "learn_result": say("채점 결과", "Result"),
    "learn_result_later": say(
        "결과는 강사가 공개하면 여기에 나옵니다.", "The result appears here when your instructor releases it."
    ),
    "learn_result_older": say(
        "더 나중에 낸 것을 채점합니다. 이 제출은 기록으로만 남습니다.",
        "A later attempt counts. This one is kept as a record.",
    ),
    "learn_queue_waiting": say(
        "채점을 기다리고 있습니다. 앞에 {n}건이 있습니다.", "Waiting to be graded; {n} ahead of you."
    ),
    "learn_queue_next": say(
        "지금 채점하고 있거나 바로 다음 차례입니다.", "It is being graded now, or is next."
    ),
    "learn_refresh": say("새로 고침", "Reload"),
    "learn_refresh_note": say(
        "이 페이지를 닫아도 채점은 계속됩니다.", "Grading goes on even if you close this page."
    ),
    "learn_score_of": say("{max}점 만점에 {score}점", "{score} of {max} points"),
    "learn_score_so_far": say("지금까지 {max}점 만점에 {score}점", "{score} of {max} points so far"),
    "learn_penalty": say(
        "늦게 내서 {penalty}점을 깎은 점수입니다.", "{penalty} points were taken off for lateness."
    ),
    "learn_feedback": say("자세한 결과 보기", "See the detailed feedback"),
    "learn_feedback_back": say("← 접수증과 결과로 돌아가기", "← Back to receipt and result"),
    "learn_regrade": say("재채점 요청", "Ask for a regrade"),
    "learn_regrade_hint": say(
        "채점이 잘못되었다고 생각하면 어느 문항이 왜 그런지 적어 주십시오. 사람이 읽고 답합니다. 요청했다고 점수가 깎이지는 않습니다.",
        "If you think the grade is wrong, write which task and why. A person reads it and answers. Asking costs no points.",
    ),
    "learn_regrade_text": say(
        "어느 문항이 왜 잘못 채점되었습니까?", "Which task was graded wrongly, and why?"
    ),
    "learn_regrade_send": say("요청 보내기", "Send the request"),
    "learn_regrade_empty": say("내용을 적은 뒤 보내 주십시오.", "Write something before you send it."),
    "learn_regrade_not_sent": say(
        "요청을 보내지 못했습니다. 앞서 보낸 요청의 답을 아직 기다리고 있거나, 결과가 공개되어 있지 않습니다. 쓰신 글은 아래에 있으니 필요하면 복사해 두십시오.",
        "The request was not sent: an earlier one still waits for its answer, or no result is released. What you wrote stands below; copy it if you need it.",
    ),
    "learn_regrade_open": say("답을 기다리고 있습니다.", "Waiting for an answer."),
    "learn_regrade_granted": say("요청을 받아들였습니다.", "The request was granted."),
    "learn_regrade_declined": say("점수를 그대로 두기로 했습니다.", "The grade stays as it is."),
    "learn_regrade_asked": say("{when}에 요청했습니다.", "Asked on {when}."),
    "learn_regrade_answered": say("{when}에 답했습니다.", "Answered on {when}."),
    "done_regrade": say("재채점 요청을 보냈습니다.", "The request was sent."),
    "learn_refused": say("제출되지 않았습니다", "Not handed in"),
    "learn_refused_number": say(
        "이 판단이 잘못되었다고 생각하면 이 번호를 강사에게 알려 주십시오: {uuid}",
        "If you think this is wrong, tell your instructor this number: {uuid}",
    ),
    "learn_refused_again": say("다시 제출하기", "Try again"),
}

_SPANS: dict[str, LocalText] = {}

WORDS: dict[str, LocalText] = {**_OVERVIEW, **_STATES, **_ASSIGNMENT, **_RECEIPT, **_SPANS}
