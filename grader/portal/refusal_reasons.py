"""What is told about a refusal when it is looked at later, by the trainee and by staff.

Knows every reason and its words; must not know the store's rows, pages or who asks.
"""

from __future__ import annotations

from grader.grading.reasons import Reason, explain
from grader.portal.words.disputes import LATER, UNKNOWN
from grader.portal.words.door import FAULTS, REASONS
from grader.text import LocalText

_WORDS: dict[str, LocalText] = {
    **{reason.value: explain(reason)[0] for reason in Reason},
    **{reason.value: text for reason, text in REASONS.items()},  # the door says more of what it shares
    **{f"archive-{fault}": text for fault, text in FAULTS.items()},
    **LATER,
}


def explain_refusal(reason: str, detail: str = "") -> LocalText:
    """Return why work was turned away. `detail` names what the reason is about, such as an assignment."""
    text = _WORDS.get(reason, UNKNOWN)
    return LocalText(ko=text.ko.replace("{about}", detail), en=text.en.replace("{about}", detail))
