"""What can go wrong between a trainee's machine and the portal, said in Korean and English.

Knows wording; must not know how requests are made.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.errors import GraderError
from grader.text import LocalText


def say(ko: str, en: str) -> LocalText:
    """Return one text in both languages."""
    return LocalText(ko=ko, en=en)


class PortalTrouble(GraderError):
    """Something between here and the portal did not work; Korean first, then English."""

    def __init__(self, text: LocalText, hint: LocalText) -> None:
        super().__init__(f"{text.ko}\n{text.en}", f"{hint.ko}\n    {hint.en}")
        self.text = text
        self.advice = hint


class NotSetUp(PortalTrouble):
    """The portal's address or the access token is missing or unusable."""


class Unreachable(PortalTrouble):
    """No answer, or one that says `later`; the same request may succeed another time."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            say(
                f"포털({address})에 연결할 수 없습니다: {reason}",
                f"The portal ({address}) cannot be reached: {reason}",
            ),
            say(
                "네트워크를 확인한 뒤 다시 시도해 주십시오. 계속되면 운영자에게 알려 주십시오.",
                "Check the network and try again. If it stays, tell the operator.",
            ),
        )


class Refused(PortalTrouble):
    """The portal answered no, and why."""

    def __init__(self, status: int, code: str, text: LocalText, hint: LocalText) -> None:
        super().__init__(text, hint)
        self.status = status
        self.code = code

    @property
    def is_final(self) -> bool:
        """Whether sending the same again can only be refused again."""
        return self.status in {404, 409, 410, 413, 415, 422}


class BrokenAnswer(PortalTrouble):
    """The portal's answer is not what was asked for: nothing in it can be relied on."""

    def __init__(self, what: str) -> None:
        super().__init__(
            say(f"포털의 응답이 올바르지 않습니다: {what}", f"The portal's answer is not right: {what}"),
            say(
                "다시 시도해 주십시오. 주소가 포털의 주소가 맞는지도 확인해 주십시오.",
                "Try again, and check that the address is the portal's.",
            ),
        )


class NotHandedInYet(PortalTrouble):
    """The work is kept on this machine and was not handed in."""

    def __init__(self, assignment: str, folder: str, cause: PortalTrouble) -> None:
        super().__init__(
            say(
                f"아직 제출되지 않았습니다(과제 {assignment}). 제출물은 이 컴퓨터에 보관해 두었습니다({folder}). 원인: {cause.text.ko}",
                f"{assignment} is NOT handed in yet. It is kept on this computer ({folder}). Cause: {cause.text.en}",
            ),
            say(
                f"{cause.advice.ko} 연결된 뒤 다시 제출하거나 `medai spool send`를 실행하면 보관된 것이 그대로 전송됩니다. 마감은 서버가 받은 시각으로 판단합니다.",
                f"{cause.advice.en} Once connected, submit again or run `medai spool send`: what was kept is sent as it is. The deadline counts when the server receives it.",
            ),
        )
        self.cause = cause


class SpoolTrouble(PortalTrouble):
    """The spool cannot be written or read, so nothing was promised."""

    def __init__(self, folder: str, reason: str) -> None:
        super().__init__(
            say(
                f"제출물을 이 컴퓨터에 보관할 수 없습니다({folder}): {reason}. 제출되지 않았습니다.",
                f"The hand-in cannot be kept on this computer ({folder}): {reason}. It was not handed in.",
            ),
            say(
                "디스크 공간과 폴더 권한을 확인하거나, 브라우저로 포털에서 제출해 주십시오.",
                "Check disk space and the folder's permissions, or hand in on the portal with a browser.",
            ),
        )
