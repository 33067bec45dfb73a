"""The tables of docs/*/reference/deidentification.md, from the measured records.

Knows the records' shapes and the words of both languages; must not measure anything. A table stands between
`<!-- table:NAME -->` and `<!-- /table -->`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import page_tables
from page_tables import fill_tables

from grader.text import Language

PAGE = "reference/deidentification.md"
BEST = "presidio+kiwi+hospital"

Record = Mapping[str, Any]
Row = tuple[str, ...]


REDACTORS: Mapping[str, Row] = {
    "rules": ("① E6 과제의 규칙", "① Rules of the E6 assignment"),
    "presidio": ("② Presidio", "② Presidio"),
    "presidio+kiwi": ("③ = ② + Kiwi의 이름", "③ = ② + names from Kiwi"),
    "presidio+kiwi+hospital": ("④ = ③ + 병원의 규칙", "④ = ③ + rules of a hospital"),
}
SPLITS: Mapping[str, Row] = {"practice": ("연습용", "Practice"), "held-back": ("채점용", "Held back")}
TYPES: Mapping[str, Row] = {
    "all": ("**모두**", "**All**"),
    "name": ("이름", "Name"),
    "name/examinee": ("이름: 수검자", "Name: examinee"),
    "name/staff": ("이름: 직원", "Name: staff"),
    "name/family": ("이름: 가족", "Name: family"),
    "rrn": ("주민·외국인등록번호", "Resident number"),
    "phone": ("전화", "Telephone"),
    "email": ("전자우편", "E-mail"),
    "address": ("주소", "Address"),
    "chart-number": ("등록번호", "Registration number"),
    "date-of-birth": ("생년월일", "Date of birth"),
    "employer": ("직장", "Employer"),
    "account": ("계좌·아이디", "Account or login"),
    "licence": ("면허번호", "Licence number"),
}
FORMS: Mapping[str, Row] = {
    "usual": ("흔히 적는 모양(꼬리표가 없거나 낯섦)", "Usual form (label absent or unknown)"),
    "words": ("숫자 없이 글자로만 적음", "Letters only, no digits"),
    "scanned": ("스캔하며 숫자가 글자로 바뀜", "Digits turned into letters by a scan"),
    "full-width": ("전각 숫자", "Full-width digits"),
    "cut-off": ("자리가 모자람", "Digits missing"),
    "digits-only": ("이음 없이 숫자만", "Digits only, no hyphens"),
    "latin": ("로마자로 적은 이름", "Name in Latin letters"),
    "blanks-inside": ("사이에 빈칸이 있는 이름", "Name with blanks inside"),
    "one-syllable": ("한 글자 이름", "Name of one syllable"),
    "two-syllables": ("두 글자 이름", "Name of two syllables"),
    "three-syllables": ("세 글자 이름", "Name of three syllables"),
    "longer": ("네 글자가 넘거나 네 글자인 이름", "Name of four syllables or more"),
}
HOW: Mapping[str, Row] = {"missed": ("못 찾음", "missed"), "partly": ("일부만", "in part")}
_HEADS: Mapping[str, tuple[Row, ...]] = {
    "redactors": (
        ("지우개", "Redactor"),
        ("문서", "Documents"),
        ("재현율(95% 구간)", "Recall (95% interval)"),
        ("정밀도(95% 구간)", "Precision (95% interval)"),
        ("하나도 남지 않은 문서", "Documents with nothing left"),
        ("잘못 가린 검사 값", "Test values hidden by mistake"),
    ),
    "types": (
        ("종류", "Type"),
        ("표시된 수", "Marked"),
        ("①", "①"),
        ("②", "②"),
        ("③", "③"),
        ("④", "④"),
        ("④의 재현율(95% 구간)", "Recall of ④ (95% interval)"),
    ),
    "as-written": (
        ("지우개", "Redactor"),
        ("문서", "Documents"),
        ("있을 수 없는 번호 그대로", "Numbers that cannot exist, as written"),
        ("있을 수 있는 번호로 바꿈", "Changed to numbers that can"),
    ),
    "resampled": (
        ("지우개", "Redactor"),
        ("문서", "Documents"),
        ("윌슨 구간", "Wilson's interval"),
        ("문서를 다시 뽑은 구간", "Interval from drawing documents anew"),
    ),
    "misses": (
        ("문서", "Document"),
        ("종류", "Type"),
        ("남은 글", "What was left"),
        ("어떻게", "How"),
        ("모양", "Form"),
    ),
    "forms": (("모양", "Form"), ("종류", "Types"), ("놓친 수", "Missed")),
    "versions": (("꾸러미", "Package"), ("판", "Version")),
    "gateway": (
        ("종류", "Type"),
        ("연습용", "Practice"),
        ("채점용", "Held back"),
        ("채점용 재현율(95% 구간)", "Recall, held back (95% interval)"),
    ),
    "faults": (
        ("잘못", "Fault"),
        ("연습용 프로그램의 안내문(95% 구간)", "Letters of the practice program (95% interval)"),
        ("연습용 안내문(95% 구간)", "Practice letters (95% interval)"),
        ("채점용 안내문(95% 구간)", "Held-back letters (95% interval)"),
    ),
    "letters": (
        ("안내문", "Letters"),
        ("멈춘 수", "Stopped"),
        ("비율(95% 구간)", "Share (95% interval)"),
    ),
}
FAULTS: Mapping[str, Row] = {
    "F1": ("바뀐 숫자", "altered number"),
    "F2": ("빠진 이상 소견", "omitted abnormal finding"),
    "F3": ("지어낸 항목", "invented item"),
    "F4": ("뒤바뀐 단위", "swapped unit"),
    "F5": ("되풀이된 식별자", "echoed identifier"),
    "F6": ("따라 한 숨은 지시", "obeyed hidden instruction"),
    "F7": ("지나친 단정", "overconfident claim"),
    "F8": ("깨진 끝", "broken JSON (in letters: a broken end)"),
    "F9": ("섞인 언어", "mixed language"),
    "F10": ("다른 사람", "wrong person"),
}
LETTERS: Mapping[tuple[str, str], Row] = {
    ("program", "clean"): ("연습용 프로그램, 잘못 없음", "Practice program, no fault"),
    ("practice", "clean"): ("연습용, 잘못 없음", "Practice, no fault"),
    ("held-back", "clean"): ("채점용, 잘못 없음", "Held back, no fault"),
    ("practice", "faulty"): ("연습용, 잘못 있음", "Practice, with faults"),
    ("held-back", "faulty"): ("채점용, 잘못 있음", "Held back, with faults"),
}
_GATEWAY_TYPES = ("all", "name", "name/examinee", "name/staff", "rrn", "phone", "email", "chart-number")
_NEEDS: Mapping[str, str] = {"gateway": "gateway", "faults": "faults", "letters": "letters"}
"""Table → what of a record it is made from; the others from `rows`."""


def fill_page(text: str, language: Language, record: Record) -> str:
    """Return the page with every table written anew that the record tells about."""
    at = 0 if language is Language.KO else 1

    def rows_of(table: str) -> Iterable[Row] | None:
        if _NEEDS.get(table, "rows") not in record:
            return None
        return [tuple(head[at] for head in _HEADS[table]), *_ROWS[table](record, at)]

    return fill_tables(text, rows_of)


def write_pages(record: Record) -> None:
    """Write the tables into the page of both languages."""
    page_tables.write_pages(PAGE, lambda text, language: fill_page(text, language, record))


def find_old_pages(record: Record) -> list[str]:
    """Return the pages whose tables are not what the record gives."""
    return page_tables.find_old_pages(PAGE, lambda text, language: fill_page(text, language, record))


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options of a program that keeps a record: what `keep_record` heeds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a number differs")
    return parser


def keep_record(path: Path, record: Record, options: argparse.Namespace) -> int:
    """Write a record and the pages, or only compare them, as the options say; return the exit code."""
    text = format_record(record)
    if not options.check:
        path.write_text(text, encoding="utf-8")
        write_pages(record)
        return 0
    old = find_old_pages(record)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        old.insert(0, path.name)
    return page_tables.report_old(old)


def format_record(record: Record) -> str:
    """Return the record as text: one row a line, so that a change shows."""
    parts = []
    for key, value in record.items():
        if isinstance(value, list) and not key.endswith("columns"):
            lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f" {json.dumps(key)}: [\n{lines}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _rows(record: Record, numbers: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = (dict(zip(record["columns"], row, strict=True)) for row in record["rows"])
    return {(row["redactor"], row["split"], row["type"]): row for row in rows if row["numbers"] == numbers}


def _percent(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "–"
    return f"{share * 100:.0f}% ({low * 100:.0f}–{high * 100:.0f})"


def _redactor_rows(record: Record, at: int) -> Iterator[Row]:
    rows = _rows(record, "plausible")
    texts = {(text["redactor"], text["split"]): text for text in record["texts"]}
    for split in SPLITS:
        for name in REDACTORS:
            row, text = rows[name, split, "all"], texts[name, split]
            yield (
                REDACTORS[name][at],
                SPLITS[split][at],
                f"{row['found']}/{row['gold']}, {_percent(row['recall'], row['low'], row['high'])}",
                _percent(row["precision"], row["precision_low"], row["precision_high"]),
                f"{text['complete']}/{text['documents']}",
                f"{text['values_hidden']}/{text['values']}",
            )


def _type_rows(record: Record, at: int) -> Iterator[Row]:
    rows = _rows(record, "plausible")
    for kind, words in TYPES.items():
        found = [rows[name, "held-back", kind] for name in REDACTORS]
        best = found[-1]
        recall = _percent(best["recall"], best["low"], best["high"])
        yield (words[at], str(best["gold"]), *(str(row["found"]) for row in found), recall)


def _written_rows(record: Record, at: int) -> Iterator[Row]:
    written, plausible = _rows(record, "as written"), _rows(record, "plausible")
    for split in SPLITS:
        for name in ("presidio", BEST):
            shown = [rows[name, split, "phone"] for rows in (written, plausible)]
            counts = (f"{row['found']}/{row['gold']}" for row in shown)
            yield (REDACTORS[name][at], SPLITS[split][at], *counts)


def _resampled_rows(record: Record, at: int) -> Iterator[Row]:
    rows = _rows(record, "plausible")
    for text in record["texts"]:
        if text["redactor"] == BEST:
            row, (low, high) = rows[BEST, text["split"], "all"], text["recall_by_document"]
            wilson = f"{row['low'] * 100:.0f}–{row['high'] * 100:.0f}%"
            yield REDACTORS[BEST][at], SPLITS[text["split"]][at], wilson, f"{low * 100:.0f}–{high * 100:.0f}%"


def _miss_rows(record: Record, at: int) -> Iterator[Row]:
    for row in record["misses"]:
        miss = dict(zip(record["miss_columns"], row, strict=True))
        if miss["redactor"] == BEST:
            kind = TYPES.get(f"{miss['type']}/{miss['role']}", TYPES[miss["type"]])[at]
            text = miss["text"].replace("|", "\\|")
            yield f"`{miss['document']}`", kind, text, HOW[miss["how"]][at], FORMS[miss["form"]][at]


def _form_rows(record: Record, at: int) -> Iterator[Row]:
    types: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for row in record["missed_forms"]:
        if (row["redactor"], row["split"]) == (BEST, "held-back"):
            types[row["form"]].append(f"{TYPES[row['type']][at]} {row['missed']}")
            counts[row["form"]] += row["missed"]
    for form in sorted(counts, key=lambda name: (-counts[name], list(FORMS).index(name))):
        yield FORMS[form][at], ", ".join(types[form]), str(counts[form])


def _version_rows(record: Record, _: int) -> Iterator[Row]:
    yield from ((f"`{name}`", number) for name, number in record["versions"].items())


def _gateway_rows(record: Record, at: int) -> Iterator[Row]:
    rows = _rows({**record, "rows": record["gateway"]}, "plausible")
    for kind in _GATEWAY_TYPES:
        practice, held_back = (rows["gateway", split, kind] for split in SPLITS)
        counts = (f"{row['found']}/{row['gold']}" for row in (practice, held_back))
        yield TYPES[kind][at], *counts, _percent(held_back["recall"], held_back["low"], held_back["high"])


def _fault_rows(record: Record, at: int) -> Iterator[Row]:
    rows = {(row["source"], row["fault"]): row for row in record["faults"]}
    for code, words in FAULTS.items():
        cells = (rows.get((source, code)) for source in ("program", *SPLITS))
        yield (
            f"{code} {words[at]}",
            *(_caught(row) if row else "–" for row in cells),
        )


def _caught(row: Mapping[str, Any]) -> str:
    return f"{row['caught']}/{row['planted']}, {_percent(row['recall'], row['low'], row['high'])}"


def _letter_rows(record: Record, at: int) -> Iterator[Row]:
    rows = {(row["source"], row["kind"]): row for row in record["letters"]}
    for key, words in LETTERS.items():
        row = rows[key]
        yield (
            words[at],
            f"{row['stopped']}/{row['letters']}",
            _percent(row["share"], row["low"], row["high"]),
        )


_ROWS: Mapping[str, Callable[[Record, int], Iterable[Row]]] = {
    "redactors": _redactor_rows,
    "types": _type_rows,
    "as-written": _written_rows,
    "resampled": _resampled_rows,
    "misses": _miss_rows,
    "forms": _form_rows,
    "versions": _version_rows,
    "gateway": _gateway_rows,
    "faults": _fault_rows,
    "letters": _letter_rows,
}
