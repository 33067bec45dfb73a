"""What the audit's code words mean. Knows wording only; a word it does not know is shown as it is."""

from __future__ import annotations

from grader.portal.disputes import DisputeAction
from grader.portal.release import TeachAction
from grader.portal.upkeep import UpkeepAction
from grader.portal.words.common import say
from grader.store.audit import STRANGER, SYSTEM, Action
from grader.store.feedback import FeedbackAction
from grader.text import Language, LocalText

ACTIONS: dict[str, LocalText] = {
    Action.SIGNED_IN: say("로그인", "Signed in"),
    Action.SIGN_IN_FAILED: say("로그인 실패", "Sign-in failed"),
    Action.ACCOUNT_LOCKED: say("여러 번 틀려 로그인 잠시 중지", "Sign-in paused after wrong tries"),
    Action.SECOND_FACTOR_PASSED: say("2단계 인증", "Second step passed"),
    Action.SECOND_FACTOR_FAILED: say("2단계 인증 실패", "Second step failed"),
    Action.SECOND_FACTOR_ENROLLED: say("2단계 인증 등록", "Second step set up"),
    Action.SECOND_FACTOR_RESET: say("2단계 인증 초기화", "Second step reset"),
    Action.RECOVERY_CODE_USED: say("복구 코드 사용", "Recovery code used"),
    Action.RECOVERY_CODES_RENEWED: say("복구 코드 새로 만들기", "Recovery codes renewed"),
    Action.SIGNED_OUT: say("로그아웃", "Signed out"),
    Action.SESSIONS_CLOSED: say("다른 기기 로그아웃", "Other devices signed out"),
    Action.JOINED: say("초대 코드로 시작", "Started with an invitation"),
    Action.JOIN_FAILED: say("초대 코드 오류", "Invitation code did not work"),
    Action.INVITED: say("초대장 만들기", "Invitation made"),
    Action.PASSWORD_CHANGED: say("비밀번호 변경", "Password changed"),
    Action.TOKEN_CREATED: say("연결 키 만들기", "Key for JupyterLab made"),
    Action.TOKEN_REVOKED: say("연결 키 삭제", "Key for JupyterLab removed"),
    Action.PEOPLE_IMPORTED: say("명단 반영", "Roster applied"),
    Action.PERSON_ADDED: say("사용자 추가", "Person added"),
    Action.PERSON_CHANGED: say("사용자 정보 변경", "Person changed"),
    Action.PERSON_DEACTIVATED: say("사용 중지", "Person deactivated"),
    Action.PERSON_REACTIVATED: say("다시 사용", "Person active again"),
    Action.DATA_EXPORTED: say("내 자료 내려받기", "Own data downloaded"),
    Action.PERSON_DELETED: say("계정과 자료 삭제", "Account and data deleted"),
    TeachAction.RELEASED: say("과제 배포", "Assignment released"),
    TeachAction.RULES_CHANGED: say("마감과 규칙 변경", "Deadline and rules changed"),
    TeachAction.WITHDRAWN: say("과제 배포 중지", "Assignment withdrawn"),
    TeachAction.EXTENSION_GRANTED: say("마감 연장", "Extension given"),
    TeachAction.EXTENSION_WITHDRAWN: say("마감 연장 취소", "Extension removed"),
    TeachAction.ANNOUNCED: say("공지", "Announcement published"),
    TeachAction.ANNOUNCEMENT_WITHDRAWN: say("공지 내리기", "Announcement withdrawn"),
    TeachAction.PROGRESS_EXPORTED: say("진행 현황 CSV 내려받기", "Progress downloaded as CSV"),
    UpkeepAction.SIGNING_KEY_ROTATED: say("새 서명 키 만들기", "New signing key made"),
    UpkeepAction.SECRET_KEY_ROTATED: say("2단계 인증 암호화 키 변경", "Second steps encrypted anew"),
    UpkeepAction.RETENTION_APPLIED: say("보존 기간이 지난 자료 정리", "Old data removed"),
    UpkeepAction.BACKED_UP: say("백업", "Backed up"),
    UpkeepAction.RESTORED: say("백업으로 되돌리기", "Restored from a backup"),
    FeedbackAction.PAGES_RELEASED: say("피드백 넣기", "Feedback pages put in"),
    "feedback-released": say("결과 공개", "Results released"),
    "feedback-hidden": say("결과 감추기", "Results hidden"),
    "grading-started": say("채점 시작", "Grading started"),
    "second-marking-set": say("이중 채점 비율 변경", "Share of second marking changed"),
    "mark-agreed": say("합의한 채점 저장", "Agreed mark saved"),
    "regrade-answered": say("재채점 요청에 답변", "Regrade request answered"),
    "work-unblinded": say("누구의 제출물인지 확인", "Looked whose work it is"),
    DisputeAction.REFUSAL_OPENED: say("받지 않은 파일 열기", "Refused file opened"),
    DisputeAction.REFUSAL_ACCEPTED: say("받지 않은 제출물 받아들이기", "Refused work accepted"),
    DisputeAction.RECEIPT_HONOURED: say(
        "기록에 없는 접수증의 제출물 받아들이기", "Work of a lost receipt taken"
    ),
    "work-brought-in": say("제출물 가져오기", "Work brought in"),
    "scores-returned": say("점수 돌려주기", "Scores returned"),
}

_ACTORS: dict[str, LocalText] = {
    SYSTEM: say("서버(명령 또는 자동)", "The server (command or automatic)"),
    STRANGER: say("로그인하지 않은 사람", "Somebody not signed in"),
}

_KINDS: dict[str, LocalText] = {
    "person": say("사용자", "Person"),
    "assignment": say("과제", "Assignment"),
    "submission": say("제출물", "Hand-in"),
    "announcement": say("공지", "Announcement"),
}


def write_action(action: str, language: Language) -> str:
    """Return what was done, e.g. `로그인`."""
    return ACTIONS[action][language] if action in ACTIONS else action


def write_actor(actor: str, language: Language) -> str:
    """Return who did it: an ID, or in words who has none."""
    return _ACTORS[actor][language] if actor in _ACTORS else actor


def write_object(about: str, language: Language) -> str:
    """Return what it was done to, e.g. `과제 e0-first-notebook`."""
    kind, colon, name = about.partition(":")
    return f"{_KINDS[kind][language]} {name}" if colon and kind in _KINDS else about
