"""What people are told when good work cannot be handed in now. Knows wording only."""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

from grader.portal.words.common import say
from grader.store.hand_in import NotAccepted
from grader.text import LocalText

NOT_ACCEPTED: dict[NotAccepted, LocalText] = {
    NotAccepted.NOT_RELEASED: say(
        "지금은 이 과제를 제출할 수 없습니다. 배포되지 않았거나 강사가 배포를 중지했습니다. 파일은 보관해 두었으니 강사에게 문의해 주십시오.",
        "This assignment cannot be handed in: it is not released, or was withdrawn. Your file was kept; please ask the instructor.",
    ),
    NotAccepted.NOT_OPEN: say(
        "아직 제출 기간이 아닙니다. {until}부터 제출할 수 있습니다. 그때 다시 제출해 주십시오.",
        "It is too early to hand this in. It opens on {until}; please hand in again then.",
    ),
    NotAccepted.CLOSED: say(
        "제출이 마감되었습니다({until}). 제출되지 않았지만 파일은 받은 시각과 함께 보관해 두었습니다. 사정이 있으면 강사에게 마감 연장을 요청해 주십시오.",
        "Handing in closed on {until}. It was not handed in, but your file was kept with the time it came. If you have a reason, ask the instructor for an extension.",
    ),
    NotAccepted.NO_ATTEMPT_LEFT: say(
        "제출 횟수를 모두 썼습니다. 앞서 제출한 것은 그대로이며, 이번 파일은 제출되지 않았지만 보관해 두었습니다. 다시 내야 한다면 강사에게 문의해 주십시오.",
        "You have used all attempts. What you handed in before stands; this file was not handed in but kept. If you must hand in again, ask the instructor.",
    ),
    NotAccepted.TOO_SOON: say(
        "앞선 제출 뒤 기다려야 하는 시간이 아직 지나지 않았습니다. {until}부터 다시 제출할 수 있습니다. 앞서 제출한 것은 그대로입니다.",
        "The waiting time after your last attempt is not over. You can hand in again from {until}; what you handed in before stands.",
    ),
}
CONFLICT = say(
    "이 제출 번호는 이미 다른 제출에 쓰였습니다. 이번 파일은 제출되지 않았습니다. 과제 화면을 새로 열어 다시 제출해 주십시오.",
    "This hand-in number stands for other work already. The file was not handed in; open the assignment's page again and hand in from there.",
)
