"""Words of the teach pages. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

_OVERVIEW: dict[str, LocalText] = {
    "teach_title": say("강의 운영", "Teaching"),
    "teach_menu": say("강의 운영 메뉴", "Teaching menu"),
    "teach_nav_overview": say("과제", "Assignments"),
    "teach_nav_progress": say("진행 현황", "Progress"),
    "teach_nav_announcements": say("공지", "Announcements"),
    "teach_nav_preview": say("교육생 화면 미리보기", "Preview as trainee"),
    "teach_assignments": say("과제 전체", "All assignments"),
    "teach_assignments_caption": say(
        "과제를 누르면 배포하거나 마감을 바꿀 수 있습니다.",
        "Choose an assignment to release it or to change its dates.",
    ),
    "teach_opens": say("시작", "Opens"),
    "teach_handed_in": say("제출", "Handed in"),
    "teach_of": say("{n}명 / {total}명", "{n} of {total}"),
    "teach_look": say("보기", "Look at"),
    "teach_progress": say("진행 현황", "Progress"),
    "teach_statistics": say("문항 분석", "Item statistics"),
    "teach_preview": say("미리보기", "Preview"),
    "teach_newer": say("새 개정판이 있습니다", "A newer revision is there"),
    "teach_state_unreleased": say("배포 전", "Not released"),
    "teach_state_planned": say("열릴 예정", "Opens later"),
    "teach_state_open": say("열림", "Open"),
    "teach_state_closed": say("접수 끝남", "Closed"),
    "teach_state_withdrawn": say("배포 중지", "Withdrawn"),
}

_RELEASE: dict[str, LocalText] = {
    "teach_back": say("과제 전체", "All assignments"),
    "teach_revision": say("개정판", "Revision"),
    "teach_released_at": say("배포 일시", "Released"),
    "teach_withdrawn_at": say("배포 중지 일시", "Withdrawn"),
    "teach_feedback_at": say("결과 공개", "Feedback released"),
    "teach_feedback_not": say("아직 공개하지 않음", "Not yet"),
    "teach_release_first": say(
        "아직 배포하지 않은 과제입니다. 아래 내용을 확인하고 배포하십시오. 시작 일시 전에는 교육생에게 보이지 않습니다.",
        "This assignment is not released. Check what follows, then release it. Trainees do not see it before it opens.",
    ),
    "teach_release": say("배포하기", "Release"),
    "teach_release_newer": say("새 개정판 배포하기", "Release the newer revision"),
    "teach_release_newer_note": say(
        "과정에는 {new}판이 있고 지금 배포된 것은 {old}판입니다. 새 판을 배포해도 제출물과 접수증, 사람이 준 점수는 그대로 남습니다.",
        "The course has revision {new}; revision {old} is out. Hand-ins, receipts and marks that people gave stay when you release the newer one.",
    ),
    "teach_release_again": say("다시 배포하기", "Release again"),
    "teach_withdraw": say("배포 중지", "Withdraw"),
    "teach_withdraw_note": say(
        "배포를 중지하면 교육생이 과제를 받거나 제출할 수 없습니다. 이미 제출한 것과 접수증은 남습니다. 나중에 다시 배포할 수 있습니다.",
        "Once withdrawn, trainees can neither get nor hand in the assignment. Hand-ins and receipts stay. You can release it again.",
    ),
    "teach_withdraw_sure": say("배포를 중지하는 방법", "How to withdraw it"),
    "done_teach_released": say("배포했습니다.", "Released."),
    "done_teach_withdrawn": say("과제의 배포를 중지했습니다.", "Withdrawn."),
    "teach_rules": say("마감과 규칙", "Deadline and rules"),
    "teach_rules_note": say(
        "모든 시각은 한국 시간입니다. 마감을 바꾸면, 이미 받은 제출물에는 교육생에게 유리할 때만 새 마감을 적용합니다. 감점 비율을 바꾸면 이미 채점한 제출물에도 새 비율을 적용합니다.",
        "All times are Korean time. For work that is here already, another deadline counts only where it helps the trainee; other percentages count for graded work too.",
    ),
    "teach_opens_at": say("시작 일시", "Opens"),
    "teach_due_at": say("마감 일시", "Due"),
    "teach_due_hint": say("비워 두면 마감이 없습니다.", "Leave it empty for no deadline."),
    "teach_closes_at": say("접수 종료 일시", "Nothing is accepted after"),
    "teach_closes_hint": say(
        "비워 두면 마감 뒤에도 늦은 제출을 계속 받습니다.", "Leave it empty to keep accepting late work."
    ),
    "teach_grace": say("유예 시간(분)", "Grace period (minutes)"),
    "teach_grace_hint": say(
        "마감 뒤 이 시간 안에 제출하면 제때 제출한 것으로 봅니다.",
        "Work handed in within this time after the deadline counts as in time.",
    ),
    "teach_late": say("늦은 제출의 감점", "Late penalty"),
    "teach_late_hint": say(
        "마감에서 몇 시간이 지나면 점수의 몇 퍼센트를 뺄지 적습니다. 해당하는 줄이 여럿이면 가장 아래 줄 하나만 적용합니다. 모두 비우면 감점이 없습니다.",
        "How many percent are taken off once so many hours have passed since the deadline. Only the last row that applies counts. Leave all empty for no penalty.",
    ),
    "teach_late_hours": say("{n}번째 줄: 지난 시간(시간)", "Row {n}: hours late"),
    "teach_late_percent": say("{n}번째 줄: 감점(%)", "Row {n}: percent off"),
    "teach_max_attempts": say("제출 횟수 제한", "Attempts allowed"),
    "teach_max_attempts_hint": say("비워 두면 제한이 없습니다.", "Leave it empty for no limit."),
    "teach_cool_down": say("다시 제출하기까지 기다리는 시간(분)", "Wait between attempts (minutes)"),
    "teach_second": say("이중 채점할 서술형 답의 비율(%)", "Written answers that two people mark (%)"),
    "teach_own_nbgrader": say(
        "강사의 nbgrader로 채점하는 과제입니다.", "Graded by the instructor's own nbgrader."
    ),
    "teach_grade_on_hand_in": say("제출하면 바로 자동으로 채점", "Grade automatically when handed in"),
    "teach_strip_outputs": say(
        "제출할 때 노트북의 실행 결과를 지움(환자 자료가 섞이는 것을 막음). 함께 제출한 그림, PDF, 데이터 파일은 그대로 보관하고 HTML 파일은 보관하지 않음",
        "Remove notebooks' outputs at hand-in (so that no patient data slip in). Pictures, PDFs and data files beside them are kept as they are; HTML files are not kept",
    ),
    "teach_feedback_at_once": say("채점이 끝나는 대로 결과 공개", "Show feedback as soon as work is graded"),
    "teach_options": say("처리 방법", "Handling"),
    "teach_wrong": say(
        "저장하지 않았습니다. 아래에서 고칠 곳을 확인하십시오.",
        "Nothing was saved. See below what to correct.",
    ),
    "teach_bad_moment": say("날짜와 시각을 확인하십시오.", "Check date and time."),
    "teach_bad_number": say("쓸 수 없는 숫자입니다.", "This number cannot be used."),
    "teach_needed": say("빠짐없이 적으십시오.", "This is needed."),
    "teach_too_long": say("너무 깁니다.", "This is too long."),
    "teach_choose": say("목록에서 고르십시오.", "Choose from the list."),
    "teach_due_before_open": say("마감 일시가 시작 일시보다 빠릅니다.", "It is due before it opens."),
    "teach_closes_before_due": say("접수 종료 일시가 마감 일시보다 빠릅니다.", "It closes before it is due."),
    "teach_late_needs_percent": say("감점할 퍼센트를 적으십시오.", "Say how many percent."),
    "teach_late_rises": say("지난 시간은 윗줄부터 차례로 커져야 합니다.", "Hours must rise from row to row."),
}

_EXTENSIONS: dict[str, LocalText] = {
    "teach_extensions": say("마감 연장", "Extensions"),
    "teach_extensions_note": say(
        "여러 연장이 겹치면 교육생, 센터, 과정의 순서로 먼저 해당하는 것을 적용합니다. 같은 대상을 다시 연장하면 새 날짜로 바뀝니다.",
        "One for a person goes before one for a site, that before one for a cohort. A new one for the same target replaces the old.",
    ),
    "teach_extensions_none": say("연장이 없습니다.", "There are no extensions."),
    "teach_scope": say("대상", "For"),
    "teach_scope_person": say("교육생", "Person"),
    "teach_scope_site": say("센터", "Site"),
    "teach_scope_cohort": say("과정", "Cohort"),
    "teach_scope_choose": say("누구에게 연장합니까?", "Who gets more time?"),
    "teach_person_id": say("교육생 아이디", "Trainee ID"),
    "teach_new_due": say("새 마감 일시", "New deadline"),
    "teach_new_closes": say("접수 종료 일시", "Nothing is accepted after"),
    "teach_new_closes_hint": say(
        "비워 두면 새 마감까지는 반드시 받습니다.",
        "Left empty, work is accepted until the new deadline at least.",
    ),
    "teach_note": say("메모(강사만 봄)", "Note (for instructors only)"),
    "teach_extend": say("연장하기", "Extend"),
    "teach_remove": say("연장 취소", "Remove"),
    "teach_by": say("정한 사람", "Decided by"),
    "teach_no_such_person": say(
        "이 아이디의 교육생이 없습니다. 진행 현황의 목록에서 아이디를 확인하십시오.",
        "No trainee has this ID. Look it up in the progress list.",
    ),
}

_PROGRESS: dict[str, LocalText] = {
    "teach_progress_all": say("센터별 제출 현황", "Hand-ins by site"),
    "teach_progress_all_caption": say(
        "제출한 사람 / 과제를 해야 하는 사람. 과제를 누르면 자세히 볼 수 있습니다.",
        "People who handed in / people who take it. Choose an assignment for more.",
    ),
    "teach_by_site": say("센터별", "By site"),
    "teach_by_job": say("직무별", "By role"),
    "teach_total": say("인원", "People"),
    "teach_work_missing": say("제출 전", "Not handed in"),
    "teach_work_waiting": say("채점 대기", "Waiting for grading"),
    "teach_work_quarantined": say("보류(확인 필요)", "Held back"),
    "teach_work_needs-person": say("사람의 채점 필요", "Needs a person"),
    "teach_work_not-passed": say("미통과", "Not passed"),
    "teach_work_passed": say("통과", "Passed"),
    "teach_people": say("교육생 목록", "People"),
    "teach_people_found": say("{n}명", "{n} people"),
    "teach_people_none": say("조건에 맞는 교육생이 없습니다.", "Nobody fits."),
    "teach_first_page": say("처음부터", "From the start"),
    "teach_attempts": say("제출 횟수", "Attempts"),
    "teach_handed_in_at": say("제출 시각", "Handed in"),
    "teach_client_at": say("보낸 컴퓨터의 시각", "Time by the sender's clock"),
    "teach_client_lag_s": say("서버가 받기까지(초)", "Seconds until the server had it"),
    "teach_late_min": say("늦은 시간(분)", "Minutes late"),
    "teach_is_late": say("늦음", "late"),
    "teach_max_score": say("만점", "Max score"),
    "teach_penalty": say("감점", "Penalty"),
    "teach_penalty_off": say("감점 {n}점을 뺀 점수", "after {n} off for lateness"),
    "teach_csv": say("이 목록을 CSV로 받기", "Download this list as CSV"),
    "teach_csv_note": say(
        "파일에는 이름이 들어 있습니다. 누가 내려받았는지 감사 기록에 남습니다.",
        "The file holds names. The audit notes who downloads it.",
    ),
}

_STATISTICS: dict[str, LocalText] = {
    "teach_statistics_lead": say(
        "자동으로 채점한 {n}명의 가장 새 제출물로 계산했습니다. 서술형 답은 넣지 않았습니다.",
        "From the newest graded work of {n} people. Written answers are not included.",
    ),
    "teach_statistics_none": say("아직 채점한 제출물이 없습니다.", "Nothing is graded yet."),
    "teach_statistics_left_out": say(
        "다른 개정판의 문항으로 채점한 {n}명은 뺐습니다.",
        "{n} people were graded by another revision's tests and are left out.",
    ),
    "teach_statistics_small": say(
        "주의: 인원이 10명보다 적습니다. 한 사람만 바뀌어도 숫자가 크게 달라지므로 참고로만 보십시오.",
        "Caution: fewer than 10 people. One person more or less changes these numbers visibly; take them as a hint only.",
    ),
    "teach_cell": say("채점 셀", "Test cell"),
    "teach_points": say("배점", "Points"),
    "teach_difficulty": say("득점률", "Share of points"),
    "teach_item_total": say("변별도(상관)", "Discrimination (correlation)"),
    "teach_upper_lower": say("변별도(상하위)", "Discrimination (upper–lower)"),
    "teach_hints": say("살펴볼 점", "To look at"),
    "teach_odd": say(
        "거꾸로 변별함: 문항이나 설명을 확인", "Discriminates the wrong way: check test and wording"
    ),
    "teach_weak": say("변별이 약함", "Hardly tells people apart"),
    "teach_task_share": say("이 문항의 득점률 {share}%", "{share}% of the task's points"),
    "teach_explain": say("숫자 읽는 법", "How to read the numbers"),
    "teach_explain_difficulty": say(
        "득점률: 받은 점수를 배점으로 나눈 값의 평균입니다. 높을수록 쉽습니다.",
        "Share of points: the mean of points got over points possible. The higher, the easier.",
    ),
    "teach_explain_item_total": say(
        "변별도(상관): 이 채점 셀의 점수와 나머지 채점 셀 점수의 상관입니다. 0.2보다 작으면 잘하는 사람과 그렇지 않은 사람을 가르지 못하고, 0보다 작으면 문제나 채점 코드가 잘못되었을 수 있습니다.",
        "Discrimination (correlation): how this item goes with the score in all others. Below 0.2 it hardly tells people apart; below 0 the item itself may be wrong.",
    ),
    "teach_explain_upper_lower": say(
        "변별도(상하위): 점수가 높은 27%와 낮은 27%의 득점률 차이입니다.",
        "Discrimination (upper–lower): share of points of the best 27% minus that of the lowest 27%.",
    ),
    "teach_explain_none": say(
        "–는 모두 같은 점수여서 계산할 수 없다는 뜻입니다.",
        "– means that it is not defined: everybody has the same score.",
    ),
    "teach_failing": say("통과하지 못한 사람이 많은 채점 셀", "Commonest failing tests"),
    "teach_failing_none": say("모든 사람이 모든 채점 셀을 통과했습니다.", "Everybody passed every test."),
    "teach_failing_people": say("통과하지 못한 사람", "Did not pass"),
    "teach_failing_share": say("{n}명 ({share}%)", "{n} ({share}%)"),
    "teach_failing_verdicts": say("채점 결과(명)", "What happened (people)"),
    "teach_failing_sites": say(
        "센터별로 통과하지 못한 비율(5명 이상인 센터)",
        "Share that did not pass, by site (of sites with 5 people or more)",
    ),
    "teach_message": say("교육생이 받은 안내(명)", "What trainees were told (people)"),
    "teach_sites_share": say("센터별 득점률", "Share of points by site"),
    "teach_too_few": say("5명보다 적어 표시하지 않음", "fewer than 5: not shown"),
}

_ANNOUNCEMENTS: dict[str, LocalText] = {
    "teach_announcements": say("공지", "Announcements"),
    "teach_announce_new": say("새 공지", "New announcement"),
    "teach_title_ko": say("제목(한국어)", "Title (Korean)"),
    "teach_title_en": say("제목(영어)", "Title (English)"),
    "teach_body_ko": say("내용(한국어)", "Text (Korean)"),
    "teach_body_en": say("내용(영어)", "Text (English)"),
    "teach_body_hint": say("빈 줄을 넣으면 문단이 나뉩니다.", "An empty line begins a paragraph."),
    "teach_to_site": say("받는 센터", "Site"),
    "teach_to_cohort": say("받는 과정", "Cohort"),
    "teach_everyone": say("모두", "Everyone"),
    "teach_announce_preview": say("미리보기", "Preview"),
    "teach_announce": say("공지하기", "Publish"),
    "teach_announce_preview_note": say(
        "아직 공지하지 않았습니다. 이렇게 보입니다.", "Not published yet. This is what it will look like."
    ),
    "teach_announced_list": say("지난 공지", "Announcements so far"),
    "teach_announced_none": say("공지가 없습니다.", "There are no announcements."),
    "teach_announcement_withdraw": say("공지 내리기", "Withdraw"),
    "teach_announcement_withdrawn": say("내린 공지", "Withdrawn"),
    "done_teach_announced": say("공지했습니다.", "Published."),
}

WORDS: dict[str, LocalText] = {
    **_OVERVIEW,
    **_RELEASE,
    **_EXTENSIONS,
    **_PROGRESS,
    **_STATISTICS,
    **_ANNOUNCEMENTS,
}
