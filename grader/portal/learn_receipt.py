"""One attempt as its trainee sees it: the receipt, what the door noted, the result, requests about it.

Knows receipts, a person's work and wording; must not know the database, requests or templates.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.grading.reasons import Reason, explain
from grader.portal.door import Note
from grader.portal.learn_rules import word, write_moment, write_timeliness
from grader.portal.learn_shape import FileView, Reader, ReceiptView, StepState, SubmissionView
from grader.portal.learn_view import judge_result, write_score
from grader.portal.pages import write_number
from grader.portal.words.door import NoteKind
from grader.receipts.receipt import read_receipt
from grader.store.learning import Result, Work
from grader.store.regrade_requests import RegradeRequest, RequestState
from grader.store.submissions import Origin, Submission
from grader.text import Language

_UNITS = ((1_000_000, "MB"), (1_000, "kB"))


@dataclass(frozen=True)
class Handed:
    """What is known of one attempt."""

    work: Work
    attempt: Submission
    receipt: str | None
    """The signed text; None would be a fault of ours, and is told as one."""
    before: int | None
    """Jobs that are graded before this one; None: it is not in the queue."""
    has_feedback: bool
    """Pages that its owner may see."""
    requests: Sequence[RegradeRequest]

    @property
    def result(self) -> Result | None:
        """What grading said about this attempt, as far as it is the one that was graded last."""
        found = self.work.result
        return found if found is not None and found.submission == self.attempt.uuid else None

    def find_open_request(self) -> RegradeRequest | None:
        """Return the request that waits for an answer."""
        return next((one for one in self.requests if one.state is RequestState.OPEN), None)


def build_submission(title: str, handed: Handed, reader: Reader) -> SubmissionView:
    """Return the page of an attempt."""
    work, attempt, language = handed.work, handed.attempt, reader.language
    state = judge_result(work, handed.result) if handed.result else StepState.HANDED_IN
    is_newest = attempt == work.newest
    is_shown = work.release.shows_feedback() and handed.result is not None
    return SubmissionView(
        title=title,
        attempt=attempt.attempt,
        received_at=attempt.received_at,
        lead=word("learn_receipt_lead", language, when=write_moment(attempt.received_at, reader)),
        timeliness=write_timeliness(attempt.late_s, language) if attempt.due_at else "",
        file_name=attempt.file_name,
        receipt=_receipt(handed.receipt, language) if handed.receipt else None,
        notes=(*_write_origin(attempt, reader), *(read_note(one, language) for one in attempt.notes)),
        state=state,
        score=write_score(work, attempt.uuid, language),
        result_lines=tuple(_result_lines(handed, state, is_newest, language)),
        is_waiting=is_newest and handed.before is not None,
        has_feedback=handed.has_feedback,
        requests=tuple(handed.requests),
        may_ask=is_shown and handed.find_open_request() is None,
    )


def _write_origin(attempt: Submission, reader: Reader) -> list[str]:
    """Return what there is to say about the way by which work came."""
    if attempt.origin is not Origin.ACCEPTED:
        return []
    return [word("learn_accepted", reader.language, when=write_moment(attempt.handed_in_at, reader))]


def write_size(size_bytes: int) -> str:
    """Return a size as file managers write it."""
    for unit, name in _UNITS:
        if size_bytes >= unit:
            return f"{write_number(size_bytes / unit)} {name}"
    return f"{size_bytes} B"


def read_note(stored: Mapping[str, str], language: Language) -> str:
    """Return what the door noted, in the reader's language."""
    return Note(NoteKind(stored["kind"]), stored.get("about", "")).text[language]


def _receipt(text: str, language: Language) -> ReceiptView:
    signed = read_receipt(text)
    receipt = signed.receipt
    return ReceiptView(
        code=signed.code,
        number=receipt.number,
        pseudonym=receipt.pseudonym,
        files=tuple(FileView(file.path, write_size(file.size_bytes), file.sha256) for file in receipt.files),
        file_name=receipt_name(receipt.assignment, receipt.attempt),
    )


def receipt_name(assignment: str, attempt: int) -> str:
    """Return the name under which a receipt is saved."""
    return f"receipt-{assignment}-{attempt}.json"


def quote_name(file_name: str) -> str:
    """Return a file's name as it is typed in a command."""
    return shlex.quote(file_name)


def _result_lines(handed: Handed, state: StepState, is_newest: bool, language: Language) -> list[str]:
    """Return what is said below the state, most telling first."""
    result = handed.result
    if handed.before is not None and is_newest:
        key = "learn_queue_waiting" if handed.before else "learn_queue_next"
        return [word(key, language, n=handed.before)]
    if state is StepState.BROKEN and result is not None:
        return [_explain_quarantine(result.reason, language)]
    lines = []
    if not is_newest:
        lines.append(word("learn_result_older", language))
    elif not (handed.work.release.shows_feedback() or handed.has_feedback):
        lines.append(word("learn_result_later", language))
    if result is not None and result.penalty and handed.work.release.shows_feedback():
        lines.append(word("learn_penalty", language, penalty=write_number(result.penalty)))
    return lines


def _explain_quarantine(reason: str, language: Language) -> str:
    known = Reason(reason) if reason in set(Reason) else Reason.OUR_FAULT
    return explain(known)[0][language]
