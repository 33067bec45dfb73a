"""Clean answers by rules: what the rule-based program says when no fault is planted.

Knows how each task is answered in both languages; must not know faults, and never judges a value itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from medai_lab.llm.chance import Chance
from medai_lab.llm.extraction import FIELDS, extract, read_field, wanted_fields
from medai_lab.llm.prompt import Finding, Prompt, Task
from medai_lab.llm.schema import UnansweredError, fill
from medai_lab.llm.wording import (
    ITEMS,
    SIGN_OFF,
    explain_item,
    is_abnormal,
    topic,
    translate_item,
    translate_judgement,
)


@dataclass(frozen=True)
class Line:
    """One line of an answer; `finding` is the judged item it tells."""

    text: str
    finding: Finding | None = None


@dataclass(frozen=True)
class Draft:
    """An answer before it becomes text: lines, or a JSON object when `data` is not None."""

    task: Task
    tongue: str
    lines: tuple[Line, ...] = ()
    data: Mapping[str, Any] | None = field(default=None)
    only_json: bool = True
    refusal: str | None = None

    @property
    def text(self) -> str:
        """The answer as text."""
        if self.data is None:
            return "\n".join(line.text for line in self.lines)
        written = json.dumps(self.data, ensure_ascii=False, indent=1)
        if self.only_json:
            return written
        lead = "요청하신 내용을 정리했습니다." if self.tongue == "ko" else "Here is what you asked for."
        return f"{lead}\n\n```json\n{written}\n```"


def draft(prompt: Prompt, chance: Chance) -> Draft:
    """Return the clean answer to a prompt; `chance` varies the wording only."""
    makers = {
        Task.EXTRACT: _extract,
        Task.LETTER: _letter,
        Task.REPHRASE: _rephrase,
        Task.CLASSIFY: _classify,
        Task.CITE: _cite,
        Task.REFUSE: _refuse,
        Task.UNKNOWN: _unknown,
    }
    return makers[prompt.task](prompt, chance)


def _say(prompt: Prompt, task: Task, ko: str, en: str) -> Draft:
    text = ko if prompt.tongue == "ko" else en
    return Draft(task, prompt.tongue, tuple(Line(line) for line in text.split("\n")))


def _extract(prompt: Prompt, _: Chance) -> Draft:
    text = prompt.clean_data
    if prompt.schema and prompt.schema.get("properties"):
        try:
            data = fill(prompt.schema, lambda name, inner: read_value(text, name, inner))
        except UnansweredError as missing:
            refusal = (
                f"글에 {missing.field} 값이 없고 null도 허용되지 않아 답하지 않습니다. "
                "스키마에서 null을 허용하십시오."
                if prompt.tongue == "ko"
                else f"The text has no {missing.field} and the schema allows no null, so I do not answer. "
                "Allow null in the schema."
            )
            return Draft(Task.EXTRACT, prompt.tongue, refusal=refusal)
        return Draft(Task.EXTRACT, prompt.tongue, data=data)
    fields = wanted_fields(prompt.instruction)
    found = extract(text, fields or tuple(FIELDS))
    if not fields:
        found = {name: value for name, value in found.items() if value is not None}
    return Draft(Task.EXTRACT, prompt.tongue, data=found, only_json=prompt.only_json)


def read_value(text: str, name: str, schema: Mapping[str, Any]) -> Any:
    """Return a field's value by its name, or by what its schema allows; None when the text does not say."""
    value = read_field(text, name)
    if value is not None:
        return value
    choices = [choice for choice in schema.get("enum", ()) if isinstance(choice, str)]
    said = [choice for choice in choices if choice.casefold() in text.casefold()]
    if len(said) == 1:
        return said[0]
    kinds = schema.get("type", ())
    if not choices and name not in FIELDS and ("number" in kinds or "integer" in kinds):
        numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", text)
        return numbers[0] if len(numbers) == 1 else None
    if not choices and re.fullmatch(r"item|analyte|test|항목", name):
        return next((word for row in ITEMS for word in row[:2] if word.casefold() in text.casefold()), None)
    return None


def _letter(prompt: Prompt, chance: Chance) -> Draft:
    korean = prompt.tongue == "ko"
    if not prompt.findings:
        return _say(
            prompt,
            Task.LETTER,
            "결과 안내문을 쓰려면 항목, 값, 단위, 판정이 있어야 합니다. 없는 값은 지어내지 않습니다.",
            "A result letter needs items, values, units and judgements. I make up no values.",
        )
    name = prompt.name or ("수검자" if korean else "examinee")
    openers = (f"{name} 님께", f"{name} 님, 안녕하십니까.") if korean else (f"Dear {name},", f"To {name},")
    introductions = (
        ("건강검진 결과를 알려 드립니다.", "이번 건강검진 결과는 다음과 같습니다.")
        if korean
        else ("Here are the results of your health check.", "Your health check gave these results.")
    )
    lines = [Line(chance.pick(openers)), Line(chance.pick(introductions))]
    lines += [Line(_finding_line(finding, prompt), finding) for finding in prompt.findings]
    if any(is_abnormal(finding.judgement) for finding in prompt.findings):
        advice = (
            "결과와 앞으로 할 일은 의사와 상담하십시오."
            if korean
            else "Please discuss these findings with a doctor."
        )
    else:
        advice = "다음 검진도 제때 받으십시오." if korean else "Please come for your next check in time."
    return Draft(Task.LETTER, prompt.tongue, (*lines, Line(advice), Line(f"[{SIGN_OFF[prompt.tongue]}]")))


def _finding_line(finding: Finding, prompt: Prompt) -> str:
    item = translate_item(finding.item, prompt.tongue)
    plain = explain_item(finding.item, prompt.tongue) if prompt.easy else ""
    value = f"{finding.value} {finding.unit}".strip()
    judgement = translate_judgement(finding.judgement, prompt.tongue)
    if prompt.tongue == "en":
        shown = item[:1].upper() + item[1:] + (f" ({plain})" if plain else "")
        return f"- {shown}: {value}" + (f", judged “{judgement}”." if judgement else ".")
    subject = f"{item}({plain})" if plain else item
    told = f"- {subject}{topic(item)[len(item) :]} {value}"
    return f"{told}이며, 판정은 ‘{judgement}’입니다." if judgement else f"{told}입니다."


def _rephrase(prompt: Prompt, _: Chance) -> Draft:
    lines = []
    known = {(finding.item, finding.value): finding for finding in prompt.findings}
    for raw in prompt.clean_data.split("\n"):
        text = raw.strip()
        if not text:
            continue
        finding = next((f for (item, value), f in known.items() if item in text and value in text), None)
        for ko, en, plain_ko, plain_en in ITEMS:
            word, plain = (ko, plain_ko) if prompt.tongue == "ko" else (en, plain_en)
            if prompt.easy and word.casefold() in text.casefold():
                text = re.sub(re.escape(word), f"{word}({plain})", text, count=1, flags=re.IGNORECASE)
                break
        lines.append(Line(text, finding))
    if not lines:
        return _say(prompt, Task.REPHRASE, "고쳐 쓸 글을 주십시오.", "Please give the text to rewrite.")
    return Draft(Task.REPHRASE, prompt.tongue, tuple(lines))


_CLUES: Mapping[str, str] = {
    "예약": r"예약|일정|날짜|변경|취소",
    "결과": r"결과|수치|판정|검사지",
    "불만": r"불만|항의|늦|불친절|기다",
    "비용": r"비용|요금|영수증|환불|결제",
    "booking": r"book|appointment|reschedul|cancel",
    "result": r"result|value|report",
    "complaint": r"complain|rude|late|wait",
    "payment": r"pay|bill|receipt|refund|cost",
}


def _classify(prompt: Prompt, _: Chance) -> Draft:
    if not prompt.labels:
        return _say(
            prompt,
            Task.CLASSIFY,
            "어떤 이름으로 나눌지 적어 주십시오. 예: ‘다음 중 하나로 분류: 예약, 결과, 기타’.",
            "Please name the classes, such as “classify into: booking, result, other”.",
        )
    text = prompt.clean_data.casefold()
    scores = [_score(label, text) for label in prompt.labels]
    best = max(scores)
    rest = [
        label for label in prompt.labels if re.search(r"기타|모름|other|unsure|unknown", label, re.IGNORECASE)
    ]
    if best == 0 or scores.count(best) > 1:  # nothing speaks for one class alone
        label = rest[0] if rest else ("판단할 수 없음" if prompt.tongue == "ko" else "cannot tell")
    else:
        label = prompt.labels[scores.index(best)]
    if prompt.only_json:
        return Draft(Task.CLASSIFY, prompt.tongue, data={"label": label})
    return Draft(Task.CLASSIFY, prompt.tongue, (Line(label),))


def _score(label: str, text: str) -> int:
    own = 2 * text.count(label.casefold())
    clues = (pattern for word, pattern in _CLUES.items() if word in label.casefold())
    return own + sum(len(re.findall(pattern, text)) for pattern in clues)


_PARTICLES = re.compile(r"(?:부터|까지|에서|인가요|나요|은|는|이|가|을|를|의|에|로|과|와|도|요)$")
_COMMON = frozenset(
    [
        "어떻게",
        "무엇",
        "언제",
        "어디",
        "누구",
        "얼마",
        "왜",
        "하",
        "되",
        "있",
        "해야",
        "하",
        "the",
        "and",
        "what",
        "when",
        "how",
        "do",
        "does",
        "can",
        "i",
        "my",
        "for",
        "are",
        "is",
        "of",
        "to",
        "in",
    ]
)
_ENOUGH = {"ko": 0.2, "en": 0.5}
"""Share of a question's letter pairs that a passage must have: Korean has many more pairs, so fewer recur."""


def _cite(prompt: Prompt, _: Chance) -> Draft:
    wanted = _pieces(prompt.question)
    scored = sorted(
        ((len(wanted & _pieces(p.text)) / max(len(wanted), 1), -n, p) for n, p in enumerate(prompt.passages)),
        key=lambda row: row[:2],
        reverse=True,
    )
    enough = _ENOUGH["ko" if re.search(r"[가-힣]", prompt.question) else "en"]
    good = [p for share, _, p in scored if share >= enough and share >= scored[0][0] * 0.8][:2]
    if not good:
        return _say(
            prompt,
            Task.CITE,
            "주어진 글에는 답이 없습니다. 담당자에게 확인하십시오.",
            "The given passages do not answer this. Please ask the person in charge.",
        )
    return Draft(Task.CITE, prompt.tongue, tuple(Line(f"{p.text.rstrip()} [{p.id}]") for p in good))


def _pieces(text: str) -> set[str]:
    """Return the pairs of neighbouring letters within the words of a text that say something."""
    words = (_PARTICLES.sub("", word) for word in re.findall(r"[가-힣]+|[a-z]+|\d+", text.casefold()))
    return {w[i : i + 2] for w in words if w not in _COMMON for i in range(max(len(w) - 1, 1))}


def _refuse(prompt: Prompt, _: Chance) -> Draft:
    return _say(
        prompt,
        Task.REFUSE,
        "진단과 처방은 하지 않습니다. 제가 받은 지시문도 보여 드리지 않습니다. 진단과 처방은 의사가 합니다.",
        "I do not diagnose, prescribe or show my instructions. A doctor diagnoses and prescribes.",
    )


def _unknown(prompt: Prompt, _: Chance) -> Draft:
    return _say(
        prompt,
        Task.UNKNOWN,
        "정해 둔 규칙대로 답하는 연습용 프로그램이라 이 요청에는 답하지 못합니다. 문진에서 항목 뽑기(JSON), "
        "결과 안내문 쓰기, 쉬운 말로 바꾸기, 분류하기, 주어진 글에서 출처를 달아 답하기를 할 수 있습니다.",
        "I am a practice program that answers by rules and cannot do this. I can extract fields from a "
        "questionnaire (JSON), draft result letters, rewrite plainly, classify, and answer from given "
        "passages with citations.",
    )
