"""Words of the operate pages. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.text import LocalText

_HEALTH: dict[str, LocalText] = {
    "operate_title": say("시스템 운영", "Operation"),
    "operate_menu": say("시스템 운영 메뉴", "Operation menu"),
    "operate_nav_health": say("상태", "Health"),
    "operate_nav_people": say("사용자", "People"),
    "operate_nav_audit": say("감사 기록", "Audit"),
    "operate_nav_upkeep": say("키와 보존", "Keys and retention"),
    "operate_health": say("상태", "Health"),
    "operate_all_good": say("모두 정상입니다.", "Everything is fine."),
    "operate_some_bad": say("조치가 필요한 곳이 있습니다.", "Something needs action."),
    "operate_some_watch": say("살펴볼 곳이 있습니다.", "Something is worth a look."),
    "operate_verdict_good": say("정상", "Good"),
    "operate_verdict_wait": say("살펴보기", "Watch"),
    "operate_verdict_bad": say("조치 필요", "Act"),
    "operate_part_database": say("데이터베이스", "Database"),
    "operate_fact_database": say(
        "{kind}, 응답 {latency}ms, 크기 {size}", "{kind}, answers in {latency} ms, {size}"
    ),
    "operate_todo_database": say(
        "응답이 느립니다. 서버에서 다른 프로그램이 디스크를 많이 쓰는지 확인하십시오.",
        "It answers slowly. See whether another program keeps the disk busy.",
    ),
    "operate_part_disk": say("디스크", "Disk"),
    "operate_fact_disk": say("{free} 남음(전체 {total})", "{free} free of {total}"),
    "operate_todo_disk": say(
        "공간이 모자라면 제출을 받을 수 없습니다. 오래된 백업을 다른 곳으로 옮기십시오.",
        "Without room nothing can be handed in. Move old backups elsewhere.",
    ),
    "operate_part_worker": say("자동 채점기", "Grading worker"),
    "operate_fact_worker": say("마지막 신호", "Last sign of life"),
    "operate_todo_worker": say(
        "자동 채점이 멈췄습니다. 서버를 다시 시작하고, 또 멈추면 서버 로그를 확인하십시오.",
        "Grading has stopped. Start the server again; if it stops again, read the server's log.",
    ),
    "operate_part_queue": say("채점 대기열", "Grading queue"),
    "operate_fact_queue": say(
        "대기 {waiting}건, 진행 {running}건, 실패 {failed}건",
        "{waiting} waiting, {running} running, {failed} failed",
    ),
    "operate_todo_queue": say(
        "가장 오래 기다린 작업이 30분을 넘었습니다. 자동 채점기를 확인하십시오.",
        "The oldest job has waited for over 30 minutes. Look at the grading worker.",
    ),
    "operate_part_backup": say("백업", "Backup"),
    "operate_fact_backup": say("마지막 백업", "Last backup"),
    "operate_todo_backup": say(
        "하루에 한 번 medai portal backup 명령으로 백업하고, 그 파일을 다른 컴퓨터에 보관하십시오.",
        "Back up once a day with the command medai portal backup and keep the file on another machine.",
    ),
    "operate_part_key": say("접수증 서명 키", "Receipt signing key"),
    "operate_fact_key": say("만든 일시", "Made"),
    "operate_todo_key": say(
        "만든 지 오래되었습니다. 1년에 한 번쯤 ‘키와 보존’에서 새로 만드십시오. 이전 접수증도 그대로 확인할 수 있습니다.",
        "It is old. Make a new one about once a year under “Keys and retention”. Old receipts still verify.",
    ),
    "operate_part_clock": say("시계", "Clock"),
    "operate_fact_clock": say("마지막 접수증", "Last receipt"),
    "operate_todo_clock": say(
        "서버 시계가 마지막 접수증보다 느립니다. 시계를 맞출 때까지 접수증에는 마지막 접수증의 시각이 그대로 적힙니다.",
        "The server's clock is behind the last receipt. Until it is set right, receipts carry that one moment.",
    ),
    "operate_part_upkeep": say("정리", "Upkeep"),
    "operate_fact_upkeep": say("마지막 정리", "Last done"),
    "operate_todo_upkeep": say(
        "하루 한 번 하는 정리가 되지 않았습니다. [키와 보존] 화면에서 직접 해 보고, 서버 기록을 확인하십시오. 채점은 계속됩니다.",
        "The daily upkeep did not work. Try it yourself under keys and retention, and read the server's log. Grading goes on.",
    ),
    "operate_part_line": say("연결", "Connection"),
    "operate_todo_line": say(
        "비밀번호와 과제가 암호화되지 않고 오갑니다. TLS 인증서나 https 프록시를 쓰십시오.",
        "Passwords and work travel unprotected. Use a TLS certificate or a proxy with https.",
    ),
    "operate_counts": say("지금까지", "So far"),
    "operate_people": say("로그인할 수 있는 사람", "People who may sign in"),
    "operate_sessions": say("열려 있는 로그인", "Sessions"),
    "operate_receipts": say("접수증", "Receipts"),
    "operate_refusals": say("받지 않은 제출", "Refused hand-ins"),
    "operate_never": say("없음", "Never"),
    "operate_check": say("저장 내용 검사", "Check of what is stored"),
    "operate_check_note": say(
        "접수증의 서명과 순서, 기록, 파일이 서로 맞는지 봅니다. 파일 내용까지 모두 읽어 검사하려면 medai portal check 명령을 쓰십시오.",
        "Compares receipts' signatures and order, rows and files. The command medai portal check also reads every byte.",
    ),
    "operate_check_now": say("지금 검사하기", "Check now"),
    "operate_check_sound": say(
        "이상이 없습니다. 접수증 {receipts}장, 파일 {blobs}개를 비교했습니다.",
        "Sound: {receipts} receipts and {blobs} files agree.",
    ),
    "operate_check_found": say("확인할 것이 {n}건 있습니다.", "{n} findings."),
    "operate_check_more": say("처음 {n}건만 표시합니다.", "Only the first {n} are shown."),
}

_AUDIT: dict[str, LocalText] = {
    "operate_audit": say("감사 기록", "Audit"),
    "operate_audit_note": say(
        "누가 언제 무엇을 했는지 남깁니다. 제출물의 내용과 비밀번호는 남기지 않습니다.",
        "Who did what and when. Neither work nor passwords are kept here.",
    ),
    "operate_at": say("일시", "When"),
    "operate_actor": say("누가", "By"),
    "operate_action": say("한 일", "Action"),
    "operate_object": say("대상", "About"),
    "operate_detail": say("자세히", "Detail"),
    "operate_action_all": say("모든 일", "Every action"),
    "operate_person": say("아이디", "Person's ID"),
    "operate_audit_none": say("조건에 맞는 기록이 없습니다.", "No record fits."),
    "operate_older": say("더 오래된 기록", "Older records"),
    "operate_newest": say("최근 기록부터", "From the newest"),
}

_UPKEEP: dict[str, LocalText] = {
    "operate_upkeep": say("키와 보존", "Keys and retention"),
    "operate_keys": say("접수증 서명 키", "Receipt signing keys"),
    "operate_keys_note": say(
        "새 키를 만들면 앞으로의 접수증은 새 키로 서명합니다. 이전 키는 이미 발급한 접수증을 확인하는 데만 씁니다. 교육생에게 공개 키 파일을 다시 받으라고 알려 주십시오.",
        "A new key signs receipts from now on; older ones only verify what they signed. Tell trainees to get the public key file again.",
    ),
    "operate_key": say("키", "Key"),
    "operate_key_made": say("만든 일시", "Made"),
    "operate_key_retired": say("사용을 마친 일시", "Retired"),
    "operate_key_signs": say("지금 사용 중", "signs now"),
    "operate_rotate": say("새 서명 키 만들기", "Make a new signing key"),
    "operate_rotate_secrets": say(
        "2단계 인증 정보를 새 키로 다시 암호화", "Encrypt second factors with a new key"
    ),
    "operate_rotate_secrets_note": say(
        "직원의 2단계 인증 설정은 그대로이고, 저장할 때 쓰는 암호화 키만 바뀝니다.",
        "Second factors of staff stay as they are; only the key that protects them on disk changes.",
    ),
    "operate_rotate_how": say("키를 바꾸는 방법", "How to rotate keys"),
    "operate_retention": say("보존 기간", "Retention"),
    "operate_retention_note": say(
        "받지 않은 제출물은 {refusals}일, 사용했거나 기한이 지난 초대와 연결 키는 {invitations}일 뒤에 지울 수 있습니다. 접수증은 지우지 않습니다.",
        "Refused hand-ins may go after {refusals} days, used or expired invitations and keys for JupyterLab after {invitations}. Receipts are never removed.",
    ),
    "operate_audit_kept": say("감사 기록은 지우지 않습니다.", "The audit is kept for ever."),
    "operate_audit_over": say(
        "감사 기록은 {days}일 뒤에 지웁니다.", "Lines of the audit go after {days} days."
    ),
    "operate_look": say("지울 수 있는 것 보기", "Show what may be removed"),
    "operate_removable": say("지금 지울 수 있는 것", "What may be removed now"),
    "operate_removable_none": say("지울 것이 없습니다.", "There is nothing to remove."),
    "operate_removed_refusals": say("받지 않은 제출물", "Refused hand-ins"),
    "operate_removed_sessions": say("기한이 지난 로그인", "Expired sessions"),
    "operate_removed_invitations": say("사용했거나 기한이 지난 초대", "Old invitations"),
    "operate_removed_tokens": say("기한이 지난 연결 키", "Old keys for JupyterLab"),
    "operate_removed_audit": say("오래된 감사 기록", "Old audit records"),
    "operate_removed_blobs": say("어느 기록에도 쓰이지 않는 파일", "Files that no record uses"),
    "operate_remove": say("위의 것 모두 지우기", "Remove all of these"),
    "done_operate_rotated": say("새 키를 만들었습니다.", "The new key is in use."),
    "done_operate_removed": say("지웠습니다.", "Removed."),
}

WORDS: dict[str, LocalText] = {**_HEALTH, **_AUDIT, **_UPKEEP}
