"""What a check of receipts can find, in both languages. Knows words only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.text import LocalText


class Trouble(StrEnum):
    """What a check can find. The last three are remarks; the others mean that something is wrong."""

    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown-key"
    FORGED = "forged"
    RETIRED_KEY = "retired-key"
    OTHER_PORTAL = "other-portal"
    DROPPED = "dropped"
    REPEATED = "repeated"
    REORDERED = "reordered"
    BROKEN_LINK = "broken-link"
    TIME_BACKWARDS = "time-backwards"
    FILE_ALTERED = "file-altered"
    FILE_FOREIGN = "file-foreign"
    NOT_IN_CHAIN = "not-in-chain"
    FILE_NOT_COMPARED = "file-not-compared"
    RESTORED = "restored"
    CLOCK_SET_BACK = "clock-set-back"

    @property
    def is_remark(self) -> bool:
        """Whether it calls for nothing but to be known."""
        return self in {Trouble.FILE_NOT_COMPARED, Trouble.RESTORED, Trouble.CLOCK_SET_BACK}


@dataclass(frozen=True)
class Finding:
    """One result of a check."""

    trouble: Trouble
    place: str
    """The receipt's number, a line or a file's name."""

    @property
    def message(self) -> LocalText:
        """What it means, for the person who checks."""
        words = WORDS[self.trouble]
        return LocalText(ko=words.ko.format(place=self.place), en=words.en.format(place=self.place))


WORDS: dict[Trouble, LocalText] = {
    Trouble.UNREADABLE: LocalText(
        ko="{place}번째 줄은 접수증이 아니거나 손상되었습니다. 포털에서 접수증을 다시 내려받으십시오.",
        en="Line {place} is no receipt, or damaged. Download the receipt from the portal again.",
    ),
    Trouble.UNKNOWN_KEY: LocalText(
        ko="접수증 {place}번: 서명한 키가 공개 키 목록에 없습니다. 최신 목록을 받아 다시 확인하십시오.",
        en="Receipt {place}: its signing key is not in the list. Fetch the newest list and check again.",
    ),
    Trouble.FORGED: LocalText(
        ko="접수증 {place}번: 서명이 맞지 않습니다. 내용이 바뀌었거나 이 포털이 발급하지 않았습니다.",
        en="Receipt {place}: the signature is wrong. It was altered, or this portal never gave it out.",
    ),
    Trouble.RETIRED_KEY: LocalText(
        ko="접수증 {place}번: 이미 사용을 마친 키로 서명되었습니다. 운영자에게 알리십시오.",
        en="Receipt {place}: signed with a key after its retirement. Tell the operator.",
    ),
    Trouble.OTHER_PORTAL: LocalText(
        ko="접수증 {place}번: 다른 포털의 접수증입니다. 그 포털의 공개 키 목록으로 확인하십시오.",
        en="Receipt {place}: from another portal. Check it with that portal's list of keys.",
    ),
    Trouble.DROPPED: LocalText(
        ko="접수증 {place}번이 목록에 없습니다. 누군가 지웠거나 목록이 온전하지 않습니다.",
        en="Receipt {place} is missing. Somebody removed it, or the list is not whole.",
    ),
    Trouble.REPEATED: LocalText(
        ko="접수증 {place}번이 두 번 나옵니다.",
        en="Receipt {place} stands twice.",
    ),
    Trouble.REORDERED: LocalText(
        ko="접수증 {place}번이 순서에 맞지 않는 자리에 있습니다.",
        en="Receipt {place} is out of order.",
    ),
    Trouble.BROKEN_LINK: LocalText(
        ko="접수증 {place}번이 가리키는 앞 접수증이 목록의 것과 다릅니다.",
        en="Receipt {place} names another receipt before it than the list does.",
    ),
    Trouble.TIME_BACKWARDS: LocalText(
        ko="접수증 {place}번의 접수 시각이 앞 접수증보다 이릅니다.",
        en="Receipt {place} is earlier than the one before it.",
    ),
    Trouble.FILE_ALTERED: LocalText(
        ko="{place}: 제출한 파일과 내용이 다릅니다.",
        en="{place}: not the same as the file that was handed in.",
    ),
    Trouble.FILE_FOREIGN: LocalText(
        ko="{place}: 이 접수증에 없는 파일입니다.",
        en="{place}: not a file of this receipt.",
    ),
    Trouble.NOT_IN_CHAIN: LocalText(
        ko="접수증 {place}번은 이 포털이 서명했지만 목록에 없습니다. 포털을 백업으로 되돌렸다면 그 뒤에 "
        "발급된 접수증일 수 있습니다. 이 접수증과 파일을 강사에게 보내십시오.",
        en="Receipt {place} is signed by this portal, but is not in the list. If the portal went back to a "
        "backup, it was given out after that backup. Send this receipt and the files to the instructor.",
    ),
    Trouble.FILE_NOT_COMPARED: LocalText(
        ko="{place}: 비교하지 않았습니다. 이 파일도 함께 지정하면 확인합니다.",
        en="{place}: not compared. Name this file too to check it.",
    ),
    Trouble.RESTORED: LocalText(
        ko="접수증 {place}번 앞에서 포털을 백업으로 되돌렸습니다.",
        en="The portal went back to a backup before receipt {place}.",
    ),
    Trouble.CLOCK_SET_BACK: LocalText(
        ko="접수증 {place}번: 서버 시계가 뒤로 맞춰진 뒤 발급되었습니다. 늦은 시간은 그 시계로 계산합니다.",
        en="Receipt {place}: given out after the server's clock was set back. Lateness counts by that clock.",
    ),
}
