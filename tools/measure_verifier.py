"""Measure the reference answers of two assignments: the redactor of G3 and the verifier of G4.

Knows the documents with their planted faults and the practice program's faults; must not know how an answer
works inside. Writes `course/medai_lab/data/verification.json` and two tables of
docs/*/reference/deidentification.md. Usage: measure_verifier.py [--check] [--assignments FOLDER]
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from answers import ASSIGNMENTS, load_answers, read_values
from deidentification_page import keep_record, make_parser
from measure_redactors import (
    COLUMNS,
    SOURCES,
    Document,
    make_rows,
    measure,
    read_documents,
    share_of,
)
from redactors import Found, align_tokens

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "course" / "medai_lab" / "data" / "verification.json"
CHECKS = ("numbers_match", "missing_findings", "forbidden_claims")
LETTERS = 300  # of the practice program, per fault and without one
SEED = 20261122
PROGRAM_FAULTS = ("F1", "F2", "F3", "F4", "F7", "F10")
TYPES_OF_TOKENS: Mapping[str, str] = {
    "이메일": "email",
    "주민번호": "rrn",
    "전화": "phone",
    "등록번호": "chart-number",
    "이름": "name",
}
# A centre that uses the verifier has words for every item that it reports.
MORE_WORDS: Mapping[str, tuple[str, ...]] = {
    "bmi": ("체질량지수", "body mass index"),
    "waist_cm": ("허리둘레", "waist"),
    "hdl": ("hdl 콜레스테롤", "hdl cholesterol"),
    "ast": ("ast", "간수치"),
    "alt": ("alt", "간수치"),
    "egfr": ("사구체여과율", "e-gfr"),
}


# --- the redactor of G3 ------------------------------------------------------------------------------------


def make_gateway(folder: Path) -> Callable[[str], list[Found]]:
    """Return what the reference answer of G3 hides."""
    redact = load_answers("g3-safe-gateway", "redact-answer", folder=folder)["redact"]

    def find(text: str) -> list[Found]:
        redacted, tokens = redact(text)
        types = {
            token.strip("[]"): kind
            for token in tokens
            for word, kind in TYPES_OF_TOKENS.items()
            if token.startswith(f"[{word}")
        }
        return align_tokens(text, redacted, types) if types else []

    return find


# --- the verifier of G4 ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Letter:
    """A letter with the facts behind it, and the places of its faults (none: clean)."""

    text: str
    facts: Mapping[str, Any]
    faults: tuple[tuple[str, int, int], ...]
    altered: frozenset[str]
    """Items whose recorded value the letter alters, omits or states only as a class."""


class Verifier:
    """The three checks of the reference answer of G4, with words for every item of the table."""

    def __init__(self, folder: Path) -> None:
        cells = [f"{name}-answer" for name in ("numbers", "missing", "claims")]
        self._names = load_answers("g4-honest-letters", *cells, folder=folder)
        self._names["WORDS"] = {**MORE_WORDS, **self._names["WORDS"]}
        self.items = set(self._names["WORDS"])

    def judge(self, item: str, value: float, sex: str) -> str:
        return self._names["judge"](item, value, sex)

    def complaints(self, facts: Mapping[str, Any], text: str) -> Counter[tuple[str, str]]:
        """Return what the checks object to: which check, and what it names."""
        found: Counter[tuple[str, str]] = Counter()
        for check in CHECKS:
            arguments = (text,) if check == "forbidden_claims" else (facts, text)
            found.update((check, named) for named in self._names[check](*arguments))
        return found


def read_letters(split: str, verifier: Verifier) -> Iterator[Letter]:
    """Return the result letters of one side with their recorded facts."""
    for document in read_documents(split):
        if document["kind"] == "result-letter":
            yield _as_letter(document, verifier)


def _as_letter(document: Document, verifier: Verifier) -> Letter:
    recorded = {fact["name"]: fact for fact in document["facts"]}
    sex = recorded["sex"]["value"] if "sex" in recorded else "F"
    findings = [
        {"item": name, "value": fact["value"], "unit": fact["unit"]}
        | {"result": verifier.judge(name, _in_table_unit(name, fact), sex)}
        for name, fact in recorded.items()
        if name in verifier.items
    ]
    faults = tuple((f["fault"], f["start"], f["end"]) for f in document["planted"])
    own = [s for s in document["spans"] if not any(start <= s["start"] < end for _, start, end in faults)]
    names = [span["text"] for span in own if span.get("role") == "examinee"]
    facts = {
        "name": names[0] if names else "",
        "findings": findings,
        "missing": [],
        # Telephones, numbers and dates that the centre has in fields of its own may stand in a letter.
        "allowed": [span["text"] for span in own if span["type"] != "name"],
    }
    altered = frozenset(name for name, fact in recorded.items() if not fact["in_text"])
    return Letter(document["text"], facts, faults, altered)


def _in_table_unit(name: str, fact: Mapping[str, Any]) -> float:
    factors = read_conversion()
    if (name, fact["unit"]) == ("fasting_glucose", "mmol/L"):
        return round(fact["value"] * factors["mg_per_dl_in_one_mmol_per_l"]["glucose"])
    if (name, fact["unit"]) == ("creatinine", "µmol/L"):
        return round(fact["value"] / factors["umol_per_l_in_one_mg_per_dl"]["creatinine"], 1)
    return fact["value"]


@cache
def read_conversion() -> dict[str, Any]:
    """Return the factors between units."""
    return read_values("unit-conversion-factors")


def is_caught(verifier: Verifier, letter: Letter, fault: tuple[str, int, int]) -> bool:
    """Tell whether a fault brings a complaint that the letter would not get without these words."""
    code, start, end = fault
    with_it = verifier.complaints(letter.facts, letter.text)
    without = verifier.complaints(letter.facts, letter.text[:start] + letter.text[end:])
    if with_it - without:
        return True
    about = {named for check, named in with_it if check == "missing_findings"}
    return code in ("F1", "F2", "F4") and bool(about & letter.altered)


def write_letters(fault: str | None, seed: int) -> Iterator[Letter]:
    """Return letters of the practice program, half of them English, with one fault each or with none."""
    rng = random.Random(seed)  # noqa: S311 — reproducible, no secret
    written = 0
    while written < LETTERS:
        letter = _write_letter(rng, ("ko", "en")[written % 2], fault)
        if letter is not None:
            written += 1
            yield letter


_ITEMS: Mapping[str, tuple[str, str, tuple[tuple[int, int], ...], int]] = {
    "sbp": ("수축기혈압", "mmHg", ((95, 119), (120, 139), (140, 188)), 1),
    "dbp": ("이완기혈압", "mmHg", ((60, 79), (80, 89), (90, 112)), 1),
    "hemoglobin": ("혈색소", "g/dL", ((131, 154), (121, 129), (76, 119)), 10),
    "fasting_glucose": ("공복혈당", "mg/dL", ((76, 99), (100, 125), (126, 240)), 1),
    "total_cholesterol": ("총콜레스테롤", "mg/dL", ((140, 199), (200, 239), (240, 330)), 1),
    "triglyceride": ("중성지방", "mg/dL", ((52, 149), (150, 199), (200, 1490)), 1),
    "ldl": ("LDL 콜레스테롤", "mg/dL", ((60, 129), (130, 159), (160, 230)), 1),
}
_RESULTS: Mapping[str, tuple[str, ...]] = {
    "ko": ("정상A", "정상B", "질환의심"),
    "en": ("normal A", "normal B", "disease suspected"),
}
_ASKED: Mapping[str, str] = {
    "ko": "다음 사실만으로 검진 결과 안내문을 한국어로 써 주십시오. 진단하지 마십시오.",
    "en": "Write a result letter in English from these facts only. Do not diagnose.",
}
_PEOPLE: Mapping[str, tuple[str, ...]] = {
    "ko": ("홍가상", "김허구", "박모의", "최예시"),
    "en": ("Hong Gasang", "Kim Heogu", "Park Moui", "Choi Yesi"),
}


def _write_letter(rng: random.Random, language: str, fault: str | None) -> Letter | None:
    from medai_lab.llm.faults import Fault
    from medai_lab.llm.request import normalise
    from medai_lab.llm.scripted import Script, respond

    name, findings, lines = rng.choice(_PEOPLE[language]), [], []
    for item in sorted(rng.sample(sorted(_ITEMS), rng.randint(3, len(_ITEMS)))):
        word, unit, ranges, scale = _ITEMS[item]
        level = rng.randrange(3)
        value = rng.randint(*ranges[level])
        shown = value / scale if scale > 1 else value
        findings.append({"item": item, "value": shown, "unit": unit, "result": "ABS"[level]})
        lines.append(f"- {word}: {shown:,} {unit} ({_RESULTS[language][level]})")
    label = "이름" if language == "ko" else "Name"
    prompt = "\n".join((_ASKED[language], '"""', f"{label}: {name}", *lines, '"""'))
    faults = (Fault(fault),) if fault else tuple(Fault)
    script = Script(rng.randrange(10**9), 1.0 if fault else 0.0, faults)
    answer = respond(normalise([{"role": "user", "content": prompt}], {}), script)
    if fault is not None and answer.planted is None:
        return None  # this fault could not be planted here
    facts = {"name": name, "findings": findings, "missing": [], "allowed": []}
    return Letter(answer.reply.text, facts, ((fault, 0, 0),) if fault else (), frozenset())


# --- the record --------------------------------------------------------------------------------------------


def make_record(folder: Path) -> dict[str, Any]:
    """Return everything that is kept."""
    find, verifier = make_gateway(folder), Verifier(folder)
    record: dict[str, Any] = {"columns": list(COLUMNS), "gateway": [], "faults": [], "letters": []}
    for split in SOURCES:
        result = measure(find, read_documents(split), plausible=True)
        record["gateway"] += make_rows("gateway", split, "plausible", result)
        _add_documents(record, split, verifier)
    for number, fault in enumerate((*PROGRAM_FAULTS, None)):
        letters = list(write_letters(fault, SEED + number))
        stopped = sum(bool(verifier.complaints(letter.facts, letter.text)) for letter in letters)
        if fault is None:
            record["letters"].append(_letters_row("program", "clean", len(letters), stopped))
        else:
            record["faults"].append(_faults_row("program", fault, len(letters), stopped))
    return record


def _add_documents(record: dict[str, Any], split: str, verifier: Verifier) -> None:
    planted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    letters: dict[str, list[bool]] = defaultdict(list)
    for letter in read_letters(split, verifier):
        letters["faulty" if letter.faults else "clean"].append(
            bool(verifier.complaints(letter.facts, letter.text))
        )
        for fault in letter.faults:
            planted[fault[0]] += 1
            caught[fault[0]] += is_caught(verifier, letter, fault)
    for code in sorted(planted, key=lambda name: int(name[1:])):
        record["faults"].append(_faults_row(split, code, planted[code], caught[code]))
    for kind in ("clean", "faulty"):
        record["letters"].append(_letters_row(split, kind, len(letters[kind]), sum(letters[kind])))


def _faults_row(source: str, fault: str, planted: int, caught: int) -> dict[str, Any]:
    recall, low, high = share_of(caught, planted)
    return {"source": source, "fault": fault, "planted": planted, "caught": caught} | {
        "recall": recall,
        "low": low,
        "high": high,
    }


def _letters_row(source: str, kind: str, letters: int, stopped: int) -> dict[str, Any]:
    share, low, high = share_of(stopped, letters)
    return {"source": source, "kind": kind, "letters": letters, "stopped": stopped} | {
        "share": share,
        "low": low,
        "high": high,
    }


def main() -> int:
    """Write the record and the tables, or with --check only compare them."""
    parser = make_parser(__doc__)
    parser.add_argument("--assignments", type=Path, default=ASSIGNMENTS, help="folder of the assignments")
    options = parser.parse_args()
    return keep_record(RECORD, make_record(options.assignments), options)


if __name__ == "__main__":
    sys.exit(main())
