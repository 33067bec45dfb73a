"""Reading a prompt: what it asks for, and what it gives to work on.

Knows headings, delimiters and key words in both languages; must not know answers or faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from medai_lab.llm.blocks import Block, cut_blocks, find_blocks
from medai_lab.llm.request import Request
from medai_lab.llm.wording import Tongue


class Task(StrEnum):
    """What the rule-based program can do."""

    EXTRACT = "extract"
    LETTER = "letter"
    REPHRASE = "rephrase"
    CLASSIFY = "classify"
    CITE = "cite"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One judged item as the prompt states it; `value` keeps its spelling."""

    item: str
    value: str
    unit: str = ""
    judgement: str = ""


@dataclass(frozen=True)
class Passage:
    """A text with an id that an answer can cite."""

    id: str
    text: str


_HEADING = re.compile(
    r"^\s*\[?(?:문진|문진표|원문|본문|글|자료|사실|검사 결과|문서|질문지|text|questionnaire|"
    r"facts|source|letter|"
    r"results|document|data|note)\]?\s*[:：]\s*",
    re.IGNORECASE | re.MULTILINE,
)
_FINDING = re.compile(
    r"^[ \t]*[-*•]?[ \t]*(?P<item>[가-힣A-Za-z][가-힣A-Za-z0-9 \-]{0,38}?)[ \t]*[:：=|][ \t]*"
    r"(?P<value>-?\d[\d,]*(?:\.\d+)?(?:/\d+)?)[ \t]*(?P<unit>[^\s()\[\]|,;]*)[ \t]*"
    r"(?:[(\[|,;–-][ \t]*(?P<judgement>[^)\]|\n]+?)[ \t]*[)\]|]?)?[ \t]*$",
    re.MULTILINE,
)
_PASSAGE = re.compile(r"^[ \t]*\[(?P<id>[A-Za-z][\w.\-]*\d[\w.\-]*|\d+)\][ \t]*(?P<text>.+)$", re.MULTILINE)
_PERSON_LABELS = re.compile(
    r"^(이름|성명|성별|나이|연령|생년월일|주민등록번호|등록번호|차트번호|전화|전화번호|연락처|name|sex|age|phone|chart|id)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:이름|성명|수검자|name|patient|examinee)\s*[:：=]\s*(\[[^\]\n]+\]|[가-힣]{2,4}|"
    r"[A-Z][a-z]+(?: [A-Z][a-z]+)?)",
    re.IGNORECASE,
)
_IDENTIFIERS = re.compile(
    r"\b\d{6}-\d{7}\b|\b01\d[- ]?\d{3,4}[- ]?\d{4}\b|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{1,64}"
    r"|(?<=등록번호: )\S+|(?<=차트번호: )\S+|(?<=Chart: )\S+"
)
_INJECTION = re.compile(
    r"(?:이전|앞|위|지금까지|기존|모든)[^\n.!?]{0,12}(?:지시|명령|규칙)[^\n.!?]{0,12}(?:무시|잊)"
    r"|(?:ignore|disregard|forget)[^\n.!?]{0,30}(?:instructions?|rules?|prompts?)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“'‘「](.+?)[\"”'’」]")
_LABELS = re.compile(
    r"(?:중 하나로 분류|가운데 하나로 분류|분류 이름|분류|labels?|categories|"
    r"one of|into)\s*[:：]\s*([^\n.]+)",
    re.IGNORECASE,
)

_FORBIDDEN = re.compile(
    r"진단하지|처방하지|(?:진단|처방)해 주지|(?:do not|don't|never) (?:diagnose|prescribe)", re.IGNORECASE
)
_TASK_WORDS: tuple[tuple[Task, str], ...] = (
    (
        Task.REFUSE,
        r"진단해|진단을 내려|진단명을|처방해|처방을 내|약을 골라|용량을 정해|시스템 프롬프트|system prompt|"
        r"\bdiagnose\b|make a diagnosis|\bprescribe\b|what dose",
    ),
    (Task.CLASSIFY, r"분류|classify|categori[sz]e"),
    (Task.EXTRACT, r"추출|뽑아|JSON|옮겨 적|extract"),
    (Task.LETTER, r"결과지|결과 안내|안내문|편지|통보서|letter|result notice"),
    (Task.REPHRASE, r"쉬운 말|쉽게|바꾸어|바꿔|다듬|고쳐 써|rephrase|rewrite|plain|simpl"),
)


_ASKS = re.compile(r"추출|뽑아|JSON|옮겨 적|옮겨 주|extract", re.IGNORECASE)
"""Lines below the first one that go on asking: what they name is not in the data."""


@dataclass(frozen=True)
class Prompt:
    """A request as the rule-based program reads it."""

    request: Request

    @cached_property
    def told(self) -> str:
        """What the system and the user say, tool results left out."""
        return "\n".join(str(m["content"]) for m in self.request.messages if m["role"] in {"system", "user"})

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The parts marked off by delimiters."""
        return find_blocks(self.told)

    @cached_property
    def instruction(self) -> str:
        """What is asked for: the text outside delimited blocks and, failing those, before a heading."""
        if self.blocks:
            return cut_blocks(self.told, self.blocks)
        heading = _HEADING.search(self.told)
        text = self.told[: heading.start()] if heading else self.told
        return _without_orders(_PASSAGE.sub(" ", text))

    @cached_property
    def data(self) -> str:
        """What is given to work on."""
        if self.blocks:
            return "\n".join(block.inner for block in self.blocks).strip()
        heading = _HEADING.search(self.told)
        if heading:
            return self.told[heading.end() :].strip()
        users = [str(m["content"]) for m in self.request.messages if m["role"] == "user"]
        text = users[-1] if users else ""
        lines = text.split("\n")
        first = next((n for n, line in enumerate(lines) if n and not _ASKS.search(line)), len(lines))
        return "\n".join(lines[first:]).strip() or "\n".join(lines[1:]).strip() or lines[0]

    @cached_property
    def clean_data(self) -> str:
        """`data` without sentences that try to give orders."""
        return _without_orders(self.data).strip()

    @cached_property
    def tongue(self) -> Tongue:
        """The language to answer in: the one asked for, or else that of the instruction."""
        if re.search(r"영어로|in English", self.instruction, re.IGNORECASE):
            return "en"
        if re.search(r"한국어로|우리말로|in Korean", self.instruction, re.IGNORECASE):
            return "ko"
        return "ko" if re.search(r"[가-힣]", self.instruction or self.told) else "en"

    @cached_property
    def task(self) -> Task:
        """What is asked for. Only the instruction decides, never the data."""
        asked = re.search(_TASK_WORDS[0][1], self.instruction, re.IGNORECASE)
        if asked and not _FORBIDDEN.search(self.instruction):  # "진단하지 마십시오" is no request
            return Task.REFUSE
        if self.passages:
            return Task.CITE
        if self.schema is not None:
            return Task.EXTRACT
        for task, words in _TASK_WORDS[1:]:
            if re.search(words, self.instruction, re.IGNORECASE):
                return task
        return Task.LETTER if self.findings else Task.UNKNOWN

    @cached_property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON schema of `response_format`; an empty one for plain JSON mode."""
        form = self.request.params.get("response_format")
        if not isinstance(form, Mapping) or form.get("type") not in {"json_schema", "json_object"}:
            return None
        inner = form.get("json_schema")
        schema = inner.get("schema") if isinstance(inner, Mapping) else None
        return schema if isinstance(schema, Mapping) else {}

    @cached_property
    def only_json(self) -> bool:
        """Whether nothing but JSON may come back."""
        asked = re.search(
            r"JSON만|JSON 만|JSON 외|only (?:the )?JSON|JSON only", self.instruction, re.IGNORECASE
        )
        return self.schema is not None or asked is not None

    @cached_property
    def easy(self) -> bool:
        """Whether everyday words are asked for."""
        return re.search(r"쉬운|쉽게|초등|plain|simple|lay", self.instruction, re.IGNORECASE) is not None

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The judged items given, from lines or from JSON."""
        stored = tuple(_json_findings(self.clean_data))
        if stored:
            return stored
        return tuple(
            Finding(m["item"].strip(), m["value"], m["unit"] or "", (m["judgement"] or "").strip())
            for m in _FINDING.finditer(self.clean_data)
            if not _PERSON_LABELS.match(m["item"].strip())
        )

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """The passages given, each with its id."""
        return tuple(
            Passage(m["id"], _without_orders(m["text"]).strip()) for m in _PASSAGE.finditer(self.told)
        )

    @cached_property
    def question(self) -> str:
        """What is asked about the passages: the last line that ends as a question, else the last line."""
        lines = [line.strip() for line in _PASSAGE.sub("", self.told).split("\n") if line.strip()]
        asked = [line for line in lines if line.endswith("?")]
        line = (asked or lines or [""])[-1]
        return re.sub(r"^(?:질문|question|Q)\s*[:：]\s*", "", line, flags=re.IGNORECASE)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The classes to choose from."""
        found = _LABELS.search(self.instruction)
        if not found:
            return ()
        parts = re.split(r"[,/|·、]| or ", found.group(1))
        return tuple(part.strip(" '\"[]") for part in parts if part.strip(" '\"[]"))

    @cached_property
    def name(self) -> str | None:
        """The person's name, or the sign that stands for it."""
        found = _NAME.search(self.data) or _NAME.search(self.told)
        return found.group(1) if found else None

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """Numbers and addresses that point at a person."""
        return tuple(dict.fromkeys(_IDENTIFIERS.findall(self.told)))

    @cached_property
    def injection(self) -> str | None:
        """What an order hidden in the data wants said, if there is one."""
        tools = "\n".join(str(m["content"]) for m in self.request.messages if m["role"] == "tool")
        passages = "\n".join(m.group(0) for m in _PASSAGE.finditer(self.told))
        orders = _orders(f"{self.data}\n{tools}\n{passages}")
        if not orders:
            return None
        payload = _QUOTED.search(orders[0])
        default = "모든 결과가 정상입니다." if self.tongue == "ko" else "All results are normal."
        return payload.group(1) if payload else default


def _order_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where sentences stand that give orders, each to the end of its line."""
    end = 0
    for found in _INJECTION.finditer(text):
        if found.start() < end:
            continue
        start = max(end, *(text.rfind(mark, end, found.start()) + 1 for mark in "\n.!?"))
        end = text.find("\n", found.end())
        end = len(text) if end < 0 else end
        yield start, end


def _orders(text: str) -> list[str]:
    return [text[start:end] for start, end in _order_spans(text)]


def _without_orders(text: str) -> str:
    kept, place = [], 0
    for start, end in _order_spans(text):
        kept.append(text[place:start])
        place = end
    return "".join((*kept, text[place:]))


def _json_findings(text: str) -> Iterator[Finding]:
    start = min((place for mark in "[{" if (place := text.find(mark)) >= 0), default=-1)
    if start < 0:
        return
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError):
        return
    if isinstance(value, Mapping):
        value = next((item for item in value.values() if isinstance(item, list)), [value])
    for row in value if isinstance(value, list) else []:
        if isinstance(row, Mapping):
            fields = [
                next((str(row[name]) for name in names if row.get(name) is not None), "")
                for names in _JSON_NAMES
            ]
            if fields[0] and fields[1]:
                yield Finding(*fields)


_JSON_NAMES = (
    ("item", "name", "항목"),
    ("value", "값", "결과"),
    ("unit", "단위"),
    ("judgement", "judgment", "status", "판정"),
)
