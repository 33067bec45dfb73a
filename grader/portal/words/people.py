"""Words of the operator's pages about people. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

WORDS: dict[str, LocalText] = {
    "people_title": say("사용자", "People"),
    "people_count": say("{n}명", "{n} people"),
    "people_import": say("명단 올리기", "Import a roster"),
    "people_invite_many": say("초대장 인쇄", "Print invitations"),
    "people_none": say("조건에 맞는 사람이 없습니다.", "Nobody fits."),
    "people_text": say("아이디나 이름", "ID or name"),
    "person_id": say("아이디", "ID"),
    "person_name": say("이름", "Name"),
    "person_email": say("이메일", "E-mail"),
    "person_language": say("언어", "Language"),
    "access": say("권한", "Access"),
    "access_trainee": say("교육생", "Trainee"),
    "access_instructor": say("강사", "Instructor"),
    "access_grader": say("채점자", "Grader"),
    "access_operator": say("운영자", "Operator"),
    "account_state_active": say("사용 중", "Active"),
    "account_state_invited": say("초대됨", "Invited"),
    "account_state_new": say("초대 전", "Not invited"),
    "account_state_closed": say("사용 중지", "Deactivated"),
    "person_second_factor": say("2단계 인증", "Second step"),
    "person_locked": say("잠김", "Locked"),
    "person_edit": say("정보와 권한", "Details and access"),
    "person_actions": say("계정 관리", "Account"),
    "person_invite": say("새 초대장 만들기", "Make a new invitation"),
    "person_invite_note": say(
        "비밀번호를 잊은 사람도 새 초대장으로 비밀번호를 다시 정합니다. 전에 만든 초대장은 쓸 수 없게 됩니다.",
        "People who forgot their password choose a new one with it. Earlier invitations stop working.",
    ),
    "person_deactivate": say("사용 중지", "Deactivate"),
    "person_reactivate": say("다시 사용", "Reactivate"),
    "person_close_sessions": say("모든 기기에서 로그아웃", "Sign out everywhere"),
    "person_close_note": say(
        "JupyterLab 연결 키도 쓸 수 없게 됩니다. 본인이 다시 로그인해서 새 키를 만들어야 합니다.",
        "Keys for JupyterLab end too: the person signs in again and makes a new one.",
    ),
    "person_reset_second": say("2단계 인증 초기화", "Reset the second step"),
    "person_reset_note": say(
        "본인인지 전화나 대면으로 확인한 뒤에 하십시오. 모든 기기에서 로그아웃되고 JupyterLab 연결 키도 쓸 수 없게 됩니다. 기록이 남습니다.",
        "Make sure in person or by phone that it is them. They are signed out everywhere and their keys for JupyterLab end. It is recorded.",
    ),
    "person_bad_value": say(
        "저장하지 못했습니다. 아래를 고쳐 주십시오.", "Nothing was saved. Please mend this:"
    ),
    "person_last_operator": say(
        "사용 중인 운영자 계정이 하나는 있어야 합니다. 아무것도 바꾸지 않았습니다.",
        "There must be one active operator. Nothing was changed.",
    ),
    "invite_waiting": say("아직 시작하지 않은 사람 {n}명", "{n} who have not started yet"),
    "invite_note": say(
        "이미 시작한 사람은 빠집니다. 한 번에 400명까지 만들 수 있으며, 인원이 많으면 몇십 초가 걸립니다.",
        "People who have started already are left out. Up to 400 at a time; many people may take half a minute or more.",
    ),
    "invite_again": say(
        "이미 초대장을 만든 사람에게도 새로 만들기 (전에 인쇄한 것은 쓸 수 없게 됩니다)",
        "Make new ones for those already invited too; what was printed before stops working",
    ),
    "import_title": say("명단 올리기", "Import a roster"),
    "import_file": say("명단 파일(CSV)", "Roster file (CSV)"),
    "import_hint": say(
        "열: id, name, site, role, 그리고 필요하면 language, email, cohort, access. site, role, cohort에는 course.yml의 id(예: daegu, technician)를 적습니다. 엑셀에서는 “CSV UTF-8”로 저장하십시오. 올려도 확인하기 전에는 아무것도 바뀌지 않습니다.",
        "Columns: id, name, site, role and, if you like, language, email, cohort, access. site, role and cohort take the ids of course.yml (e.g. daegu, technician). In Excel save as “CSV UTF-8”. Nothing changes before you confirm.",
    ),
    "import_look": say("미리 보기", "Preview"),
    "import_problems": say(
        "고칠 곳이 {n}군데 있습니다. 아무것도 바꾸지 않았습니다.", "{n} things to mend. Nothing was changed."
    ),
    "import_line": say("줄", "Line"),
    "import_problem": say("문제", "Problem"),
    "import_fix": say("고치는 법", "What to do"),
    "import_added": say("새로 추가 {n}명", "{n} added"),
    "import_changed": say("바뀜 {n}명", "{n} changed"),
    "import_unchanged": say("그대로 {n}명", "{n} unchanged"),
    "import_returning": say("다시 사용 {n}명", "{n} active again"),
    "import_missing": say("명단에 없는 교육생 {n}명", "{n} trainees not on this roster"),
    "import_deactivate": say(
        "명단에 없는 교육생의 사용을 중지합니다. 제출한 것은 지우지 않습니다.",
        "Deactivate trainees who are not on this roster. Nothing they handed in is removed.",
    ),
    "import_confirm": say("이대로 반영", "Apply"),
    "import_stale": say(
        "미리 본 뒤에 사용자가 바뀌었습니다. 아래 내용을 다시 확인해 주십시오.",
        "People changed since the preview. Please look at this again.",
    ),
    "import_more": say("그리고 {n}명 더", "and {n} more"),
    "done_person": say("저장했습니다.", "Saved."),
    "done_import": say("명단을 반영했습니다.", "The roster is applied."),
    "done_deactivated": say("사용을 중지하고 로그아웃했습니다.", "Deactivated and signed out."),
    "done_second_reset": say(
        "2단계 인증을 초기화했습니다. 모든 기기에서 로그아웃되었고 지금까지의 연결 키는 쓸 수 없습니다.",
        "The second step is reset; all devices are signed out and connection keys have ended.",
    ),
}
