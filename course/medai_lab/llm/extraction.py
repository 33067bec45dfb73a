"""Taking fields out of a questionnaire's free text, by rules.

Knows the questions of a screening questionnaire in both languages; a field that the text does not answer is
None, never a guess. Must not know prompts, faults or how the result is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FIELDS: Mapping[str, tuple[str, str]] = {
    "smoking": ("yes_no", r"흡연|담배|smok\w*|cigarette"),
    "drinking": ("yes_no", r"음주|술|소주|맥주|alcohol|drink\w*"),
    "exercise": ("yes_no", r"운동|걷기|exercis\w*|walk\w*"),
    "medication": ("yes_no", r"복용|복약|먹는 약|medication|medicine|tablets?"),
    "hypertension": ("yes_no", r"고혈압|hypertension|high blood pressure"),
    "diabetes": ("yes_no", r"당뇨\w*|diabet\w*"),
    "allergy": ("yes_no", r"알레르기|알러지|allerg\w*"),
    "chest_pain": ("yes_no", r"가슴 ?통증|흉통|가슴이 아|chest pain"),
    "pregnancy": ("yes_no", r"임신|pregnan\w*"),
    "family_history": ("yes_no", r"가족력|아버지|어머니|형제|family history|father|mother|brother|sister"),
    "age": ("whole", r"(\d{1,3})\s*(?:세|살)|(?:age[: ]+)(\d{1,3})|(\d{1,3})[- ]years?[- ]old"),
    "height_cm": ("number", r"(?:키|신장|height)\D{0,6}([12]\d{2}(?:\.\d+)?)(?![\d.]|\s*kg)"),
    "weight_kg": ("number", r"(?:몸무게|체중|weigh\w*)\D{0,6}([1-9]\d{1,2}(?:\.\d+)?)(?![\d.]|\s*cm)"),
    "fasting_hours": (
        "whole",
        r"(\d{1,2})\s*시간[^.\n]{0,6}(?:공복|금식)|(?:공복|금식)\D{0,6}(\d{1,2})\s*시간|fast\w*\D{0,12}(\d{1,2})",
    ),
}
"""Field → kind, and the pattern that finds its clause (yes_no) or its number."""

NAMES: Mapping[str, str] = {
    "흡연": "smoking",
    "음주": "drinking",
    "운동": "exercise",
    "복약": "medication",
    "복용약": "medication",
    "고혈압": "hypertension",
    "당뇨": "diabetes",
    "알레르기": "allergy",
    "흉통": "chest_pain",
    "임신": "pregnancy",
    "가족력": "family_history",
    "나이": "age",
    "키": "height_cm",
    "체중": "weight_kg",
    "공복시간": "fasting_hours",
}
"""Korean field names that a prompt may ask for."""

_SENTENCE = re.compile(r"[.!?](?!\d)|[\n;,]")
_CLAUSE = re.compile(r"(?<=[고만며])\s|\bbut\b|\band\b")
_FAMILY = re.compile(
    FIELDS["family_history"][1] + r"|아빠|엄마|부모|누나|오빠|언니|남동생|여동생|할머니|할아버지",
    re.IGNORECASE,
)
_SELF = re.compile(r"저는|제가|저도|나는|본인|\bI\b|\bmyself\b")
_NO = re.compile(r"없|안 |않|아니|끊|\bno\b|\bnot\b|n't|never|den(?:y|ies)|quit|stopped", re.IGNORECASE)


def wanted_fields(instruction: str) -> tuple[str, ...]:
    """Return the fields that an instruction names, spelled as it spells them."""
    spelled = [*FIELDS, *NAMES]
    found = [(place, name) for name in spelled if (place := _find_name(instruction, name)) >= 0]
    return tuple(name for _, name in sorted(found))


def extract(text: str, fields: Sequence[str]) -> dict[str, Any]:
    """Return field → True, False, a number, the text after "field:", or None when it is not there."""
    return {field: read_field(text, field) for field in fields}


def read_field(text: str, field: str) -> Any:
    """Return one field's value, or None."""
    known = NAMES.get(field, field)
    if known in FIELDS:
        kind, pattern = FIELDS[known]
        return _yes_no(text, known, pattern) if kind == "yes_no" else _number(text, kind, pattern)
    labelled = re.search(
        rf"{re.escape(field).replace('_', '[ _]')}\s*[:：=]\s*([^\n,;]+)", text, re.IGNORECASE
    )
    return labelled.group(1).strip() if labelled else None


def read_ages(text: str) -> list[int]:
    """Return every age that a text states, whosever it is."""
    found = re.finditer(FIELDS["age"][1], text, re.IGNORECASE)
    return [int(next(group for group in match.groups() if group)) for match in found]


def is_relatives(text: str, field: str) -> bool:
    """Whether only a relative's clause speaks of the field: what F10 mistakes for the person's own."""
    known = NAMES.get(field, field)
    if known == "family_history" or FIELDS.get(known, ("",))[0] != "yes_no":
        return False
    told = [family for clause, family in _clauses(text) if re.search(FIELDS[known][1], clause, re.IGNORECASE)]
    return bool(told) and all(told)


def _clauses(text: str) -> Iterator[tuple[str, bool]]:
    """Yield clauses and whether they speak of a relative, who stays the subject until another is named."""
    for sentence in _SENTENCE.split(text):
        family = False
        for clause in _CLAUSE.split(sentence):
            family = bool(_FAMILY.search(clause)) or (family and not _SELF.search(clause))
            yield clause, family


def _yes_no(text: str, known: str, pattern: str) -> bool | None:
    for clause, family in _clauses(text):
        if re.search(pattern, clause, re.IGNORECASE) and (known == "family_history" or not family):
            return _NO.search(clause) is None
    return None


def _number(text: str, kind: str, pattern: str) -> float | int | None:
    own = "\n".join(clause for clause, family in _clauses(text) if not family)
    found = re.search(pattern, own, re.IGNORECASE)
    if not found:
        return None
    digits = next(group for group in found.groups() if group)
    return int(digits) if kind == "whole" or "." not in digits else float(digits)


def _find_name(instruction: str, name: str) -> int:
    if name.isascii():
        found = re.search(rf"(?<![A-Za-z_]){name}(?![A-Za-z_])", instruction)
    else:
        found = re.search(rf"(?<![가-힣]){name}(?=[^가-힣]|여부|유무|을|를|과|와|$)", instruction)
    return found.start() if found else -1
