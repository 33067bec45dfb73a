"""Words that all pages share. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.text import LocalText


def say(ko: str, en: str) -> LocalText:
    """Return one text in both languages."""
    return LocalText(ko=ko, en=en)


WORDS: dict[str, LocalText] = {
    "nav_learn": say("내 학습", "My learning"),
    "nav_teach": say("강의 운영", "Teaching"),
    "nav_mark": say("채점", "Marking"),
    "nav_operate": say("시스템 운영", "Operation"),
    "nav_account": say("내 계정", "My account"),
    "nav_site": say("교육 자료", "Course site"),
    "nav_label": say("주 메뉴", "Main menu"),
    "skip": say("본문으로 바로 가기", "Skip to content"),
    "sign_in": say("로그인", "Sign in"),
    "sign_out": say("로그아웃", "Sign out"),
    "switch_language": say("English", "한국어"),
    "zone_note": say("모든 시각은 한국 시간({zone})입니다.", "All times are Korean time ({zone})."),
    "back": say("뒤로", "Back"),
    "save": say("저장", "Save"),
    "cancel": say("취소", "Cancel"),
    "search": say("찾기", "Search"),
    "filter": say("조회", "Filter"),
    "all": say("전체", "All"),
    "yes": say("예", "Yes"),
    "no": say("아니요", "No"),
    "none": say("없음", "None"),
    "next_page": say("다음 쪽", "Next page"),
    "previous_page": say("이전 쪽", "Previous page"),
    "assignment": say("과제", "Assignment"),
    "person": say("이름", "Name"),
    "site": say("센터", "Site"),
    "job": say("직무", "Role"),
    "cohort": say("과정", "Cohort"),
    "state": say("상태", "State"),
    "due": say("마감", "Due"),
    "score": say("점수", "Score"),
    "saved": say("저장했습니다.", "Saved."),
    "error_403_title": say("볼 수 없는 화면입니다", "This page is not for your role"),
    "error_403": say(
        "이 화면은 다른 역할의 사용자에게만 열려 있습니다. 필요하면 운영자에게 권한을 요청해 주십시오.",
        "This page is open to another role only. If you need it, ask the operator.",
    ),
    "error_404_title": say("찾을 수 없습니다", "Not found"),
    "error_404": say(
        "주소가 바뀌었거나 없는 화면입니다. 메뉴에서 다시 찾아 주십시오.",
        "The address has changed or there is no such page. Please look for it from the menu.",
    ),
    "error_408_title": say("파일이 다 도착하지 않았습니다", "The file did not arrive in time"),
    "error_408": say(
        "정해진 시간 안에 다 받지 못해 연결을 끊었습니다. 아무것도 제출되거나 저장되지 않았습니다. 노트북의 출력을 지워 파일을 줄이거나, 더 빠른 네트워크에서 다시 해 주십시오.",
        "It did not arrive in the time allowed, so the connection was ended. Nothing was handed in or saved. Clear the notebook's outputs to make the file smaller, or try again on a faster network.",
    ),
    "error_413_title": say("보낸 내용이 너무 큽니다", "Too much was sent"),
    "error_413": say(
        "받을 수 있는 크기를 넘어 받지 않았습니다. 아무것도 제출되거나 저장되지 않았습니다. 노트북의 출력을 지우거나(JupyterLab의 Edit → Clear Outputs of All Cells) 파일을 나누어 다시 해 주십시오.",
        "It is larger than what can be taken, so it was not taken. Nothing was handed in or saved. Clear the notebook's outputs (Edit → Clear Outputs of All Cells in JupyterLab) or send less, and try again.",
    ),
    "error_429_title": say("잠시 뒤에 다시 해 주십시오", "Please try again in a moment"),
    "error_429": say(
        "짧은 시간에 요청이 너무 많았습니다. {seconds}초 뒤에 다시 해 주십시오.",
        "There were too many requests in a short time. Try again in {seconds} seconds.",
    ),
    "error_503_title": say("지금은 저장할 수 없습니다", "Nothing can be saved just now"),
    "error_503": say(
        "서버에 문제가 있어 아무것도 저장하지 않았습니다. 파일은 그대로 두고 몇 분 뒤에 다시 해 주십시오. 접수증을 받지 못했다면 제출되지 않은 것입니다.",
        "The server has a problem and saved nothing. Keep your file and try again in a few minutes. Without a receipt nothing was handed in.",
    ),
    "error_400_title": say("요청을 처리할 수 없습니다", "The request could not be handled"),
    "error_400": say(
        "화면을 새로 고친 뒤 다시 해 주십시오.",
        "Please reload the page and try again.",
    ),
    "error_gone_title": say("파일이 없습니다", "The files are gone"),
    "error_gone": say(
        "이 파일은 보존 기간이 지나 지워졌거나 손상되었습니다. 접수증은 그대로 유효합니다. 파일이 필요하면 운영자에게 문의해 주십시오.",
        "These files were removed after their time, or are damaged. The receipt stays valid. If you need them, ask the operator.",
    ),
    "error_busy_title": say("채점 중입니다", "Grading is under way"),
    "error_busy": say(
        "지금 자동 채점이 진행되고 있어 처리하지 못했습니다. 아무것도 바뀌지 않았습니다. 채점이 끝나면 다시 해 주십시오.",
        "Grading is under way, so this could not be done. Nothing was changed. Try again when it has ended.",
    ),
    "error_csrf": say(
        "보안을 위해 이 화면은 다시 열어야 합니다. 화면을 새로 고친 뒤 다시 해 주십시오. 아무것도 바뀌지 않았습니다.",
        "For safety this page has to be opened again. Reload it and try again. Nothing was changed.",
    ),
    "error_500_title": say("서버에서 문제가 생겼습니다", "Something went wrong on the server"),
    "error_500": say(
        "서버 쪽 문제이며 잘못하신 것은 없습니다. 같은 일이 다시 생기면 운영자에게 이 번호를 알려 주십시오: {number}",
        "This is our fault, not yours. If it happens again, tell the operator this number: {number}",
    ),
}
