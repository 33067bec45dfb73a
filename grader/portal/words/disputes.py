"""Words about work that was turned away, and about receipts that somebody shows. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.store.arrivals import INTERRUPTED
from grader.store.hand_in import HandInConflict, NotAccepted
from grader.text import LocalText

LATER: dict[str, LocalText] = {
    NotAccepted.NOT_RELEASED: say(
        "배포되지 않았거나 배포가 중지된 과제에 보낸 파일입니다.",
        "It was sent for an assignment that was not released, or withdrawn.",
    ),
    NotAccepted.NOT_OPEN: say(
        "제출 기간이 시작되기 전에 보낸 파일입니다.", "It was sent before the assignment opened."
    ),
    NotAccepted.CLOSED: say(
        "제출이 마감된 뒤에 보낸 파일입니다.", "It was sent after the assignment had closed."
    ),
    NotAccepted.NO_ATTEMPT_LEFT: say(
        "제출 횟수를 모두 쓴 뒤에 보낸 파일입니다.", "It was sent after all attempts were used."
    ),
    NotAccepted.TOO_SOON: say(
        "앞서 제출하고 나서 기다려야 하는 시간이 지나기 전에 보낸 파일입니다.",
        "It was sent before the waiting time after the last attempt was over.",
    ),
    HandInConflict.reason: say(
        "이미 다른 제출에 쓴 번호로 보낸 파일입니다.",
        "It was sent under a number that stands for other work.",
    ),
    INTERRUPTED: say(
        "파일을 받는 도중에 서버가 멈추어 접수증을 발급하지 못했습니다. 다시 제출해 주십시오.",
        "The server stopped while it took the file, so no receipt was given out. Please hand it in again.",
    ),
}
"""What is told later of refusals that had a moment in their text, or nobody to tell."""
UNKNOWN = say(
    "받을 수 없는 파일이었습니다. 이유는 강사에게 문의해 주십시오.",
    "It could not be accepted. Ask the instructor why.",
)
NEWER = say(
    "교육생이 그 뒤에 다시 제출했으므로 받아들이지 않았습니다. 받아들이면 나중에 제출한 것 대신 이 파일을 채점하게 됩니다. 이 파일을 채점해야 한다면 교육생에게 이 파일을 다시 제출하게 하십시오.",
    "The person has handed in again since, so this was left alone: accepting it would make it the one that is graded. If it should be, ask them to hand it in again.",
)

WORDS: dict[str, LocalText] = {
    "dispute_refusals": say("받지 않은 제출물", "Work that was turned away"),
    "dispute_lead": say(
        "포털이 받지 않은 파일과 그 이유입니다. 교육생이 알려 준 번호나 교육생 아이디로 찾습니다. 제출 기간이나 횟수 때문에 받지 않은 것은 파일이 도착한 시각에 제출한 것으로 받아들일 수 있습니다.",
        "Files that the portal did not accept, and why. Find one by the number the trainee was told, or by their ID. What came at the wrong time, or once too often, can be accepted with the time at which it came.",
    ),
    "dispute_text": say("번호 또는 아이디", "Number or ID"),
    "dispute_none": say("해당하는 파일이 없습니다.", "There is nothing of the kind."),
    "dispute_number": say("번호", "Number"),
    "dispute_who": say("보낸 사람", "Sent by"),
    "dispute_gone_person": say("삭제된 계정", "A deleted account"),
    "dispute_file": say("파일", "File"),
    "dispute_why": say("받지 않은 이유", "Why it was turned away"),
    "dispute_download": say("파일 내려받기", "Download the file"),
    "dispute_download_hint": say(
        "내려받는 것은 다른 사람이 쓴 코드입니다. 내 컴퓨터에서 실행하지 마십시오. 누가 내려받았는지 감사 기록에 남습니다.",
        "What you download is somebody else's code. Do not run it on your computer. The audit tells who downloaded it.",
    ),
    "dispute_not_kept": say(
        "이 파일은 보관하지 않았습니다. 실행 결과를 지우고 받는 과제이거나, 끝까지 도착하지 않은 파일입니다.",
        "This file was not kept: the assignment is taken without outputs, or the file never fully came.",
    ),
    "dispute_gone": say(
        "보존 기간이 지났거나 계정이 삭제되어 파일이 없습니다.",
        "The file is gone: its time was over, or the account was deleted.",
    ),
    "dispute_since": say(
        "같은 파일이 {n}번째 제출로 들어와 있습니다.", "The same file is on record as attempt {n}."
    ),
    "dispute_since_late": say(
        "같은 파일이 {n}번째 제출로 들어와 있지만 늦은 제출로 기록되어 있습니다. 받아들이면 이 파일이 도착한 시각으로 판단합니다.",
        "The same file is on record as attempt {n}, but late. If you accept this one, the time at which it came counts.",
    ),
    "dispute_accept": say("받아들이기", "Accept it after all"),
    "dispute_accept_hint": say(
        "교육생이 제출한 것으로 인정하고 접수증을 발급합니다. 늦었는지는 파일이 도착한 시각으로 판단하며, 이 파일이 마지막 제출이 됩니다. 되돌릴 수 없고 감사 기록에 남습니다.",
        "It counts as handed in and gets a receipt. Lateness is judged by the time at which it came, and it becomes the newest attempt. This cannot be undone, and the audit tells it.",
    ),
    "done_dispute_accepted": say(
        "받아들였습니다. 교육생의 제출 내역에 접수증이 있습니다.",
        "Accepted. The receipt is among what the trainee handed in.",
    ),
    "dispute_receipts": say("접수증 확인", "Check a receipt"),
    "dispute_receipts_lead": say(
        "교육생이 가져온 접수증이 이 포털의 것인지, 그 제출물이 기록에 있는지 확인합니다.",
        "Tells whether a receipt that somebody brings is this portal's, and whether the work is on record.",
    ),
    "dispute_typed": say("확인 코드, 접수 번호 또는 제출 번호", "Code, receipt number or hand-in number"),
    "dispute_typed_hint": say(
        "확인 코드는 접수증에 XXXX-XXXX-XXXX-XXXX 모양으로 적혀 있습니다.",
        "The code stands on the receipt as XXXX-XXXX-XXXX-XXXX.",
    ),
    "dispute_find": say("찾기", "Find"),
    "dispute_upload": say("접수증 파일로 확인하기", "Check a receipt file"),
    "dispute_receipt_file": say("접수증 파일(.json)", "Receipt file (.json)"),
    "dispute_work_file": say("그때 제출한 파일(있으면)", "The file that was handed in (if you have it)"),
    "dispute_work_file_hint": say(
        "접수증이 기록에 없으면, 그때 제출한 파일을 접수증의 시각으로 받아들일 수 있습니다.",
        "If the receipt is not on record, its file can be taken with the time on the receipt.",
    ),
    "dispute_check": say("확인하기", "Check"),
    "dispute_take": say(
        "확인하고, 기록에 없으면 받아들이기", "Check, and take the file if it is not on record"
    ),
    "dispute_no_receipt": say("접수증 파일을 골라 주십시오.", "Choose the receipt file."),
    "dispute_not_found": say(
        "그런 접수증이 없습니다. 입력한 글자를 다시 보거나 접수증 파일로 확인해 주십시오. 백업으로 되돌린 뒤라면 접수증 파일로만 확인할 수 있습니다.",
        "There is no such receipt. Check what you typed, or use the receipt file. After a restore only the file can tell.",
    ),
    "dispute_standing_known": say(
        "이 포털의 접수증이고, 제출물이 기록에 있습니다.",
        "It is this portal's receipt, and the work is on record.",
    ),
    "dispute_standing_renewed": say(
        "이 포털의 접수증입니다. 백업으로 되돌리면서 이 접수증은 기록에서 빠졌지만, 같은 제출물을 다시 받아 새 접수증을 발급했습니다.",
        "It is this portal's receipt. It is not on record since a restore, but the same work was taken again and has a new receipt.",
    ),
    "dispute_standing_lost": say(
        "이 포털의 접수증이지만 기록에 없습니다. 백업으로 되돌리기 전에 발급했으며, 교육생은 그때 제출한 것이 맞습니다. 그때 제출한 파일을 교육생에게 받아 아래에서 접수증과 함께 올리면 접수증의 시각으로 받아들입니다.",
        "It is this portal's receipt, but not on record: it was given out before a restore. The trainee did hand in. Get the file from them and upload it below with the receipt: it is taken with the time of then.",
    ),
    "dispute_standing_not-ours": say(
        "이 포털의 접수증이 아니거나, 내용이 바뀌었거나, 접수증 파일이 아닙니다.",
        "It is not this portal's receipt, or was altered, or is no receipt file.",
    ),
    "dispute_other_file": say(
        "올린 파일은 이 접수증의 파일이 아니어서 받아들이지 않았습니다. 파일을 열어 저장하면 내용이 바뀝니다. 그때 제출한 파일을 그대로 올려 주십시오.",
        "The file is not the one on this receipt, so it was not taken. Opening and saving changes a file: it must be the very one that was handed in.",
    ),
    "dispute_no_person": say(
        "접수증에 적힌 가명의 계정이 없어 받아들일 수 없습니다. 백업한 뒤에 만든 계정이라면 먼저 운영자에게 계정을 다시 만들어 달라고 하십시오. 그다음 마감을 연장해 주고 교육생이 직접 제출하게 하십시오.",
        "There is no account with the pseudonym on the receipt. If the account was made after the backup, ask the operator to make it again. Then give an extension and have the trainee hand in.",
    ),
    "dispute_taken": say(
        "접수증의 시각으로 받아들였습니다. 새 접수증은 {number}번입니다.",
        "Taken with the time on the receipt. The new receipt has number {number}.",
    ),
    "dispute_open": say("제출물 보기", "Open the hand-in"),
    "dispute_back": say("채점 목록으로", "Back to the queue"),
    "learn_refused_files": say("제출되지 않은 파일", "Files that were not handed in"),
    "learn_refused_files_note": say(
        "제출 횟수에 들어가지 않고 점수도 깎이지 않습니다. 받았어야 할 파일이라고 생각하면 강사에게 번호를 알려 주십시오.",
        "They are no attempts and cost nothing. If one should have been accepted, tell your instructor its number.",
    ),
    "learn_refused_get": say("보낸 파일 받기", "Download what I sent"),
    "learn_refused_since": say(
        "같은 파일이 {n}번째 제출로 들어와 있습니다.", "The same file is on record as attempt {n}."
    ),
    "learn_accepted": say(
        "{when}에 보낸 파일을 강사가 나중에 받아들인 제출입니다. 늦었는지는 보낸 시각으로 판단했습니다.",
        "Your instructor accepted this later. You had sent it on {when}, and lateness was judged by that time.",
    ),
}
