"""How well programs find identifiers: what was measured on the course's fictional documents.

Knows the record that `tools/measure_redactors.py` writes and gives it as tables; must not find or hide
anything itself. No held-back text is in it, only how often something was found or missed there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

RECORD_FILE = Path(__file__).with_name("data") / "deidentification.json"


def read_detections(path: str | Path | None = None) -> pd.DataFrame:
    """Return, for each redactor, set of documents and type of identifier, how many were found.

    지우개마다 식별자를 몇 개 찾았는지 잰 표입니다.
    redactor: "rules", "presidio", "presidio+kiwi", "presidio+kiwi+hospital"; split: "practice", "held-back";
    numbers: "plausible" (made valid while measuring) or "as written" (numbers that cannot exist);
    type: "all", one of the ten types, or "name/examinee" and the like. gold, found, partly: marked places,
    hidden wholly, hidden in part. recall is found / gold; precision is the share of detections that touch a
    marked place; low and high are the ends of Wilson's 95 % interval. NaN: there was nothing to count.
    """
    record = _read(path)
    return pd.DataFrame(record["rows"], columns=record["columns"])


def read_misses(path: str | Path | None = None) -> pd.DataFrame:
    """Return what each redactor missed in the practice documents.

    redactor, document, type, text, how, form, role.
    연습 문서에서 놓친 것입니다. how는 "missed"(못 찾음)나 "partly"(일부만), form은 적힌 모양입니다.
    """
    return pd.DataFrame(_read(path)["misses"])


def read_missed_forms(path: str | Path | None = None) -> pd.DataFrame:
    """Return how often each redactor missed what form of identifier: redactor, split, type, form, missed.

    어떤 모양의 식별자를 몇 번 놓쳤는지 잰 표입니다. 채점용 문서의 글은 없고 횟수만 있습니다.
    """
    return pd.DataFrame(_read(path)["missed_forms"])


def read_document_counts(path: str | Path | None = None) -> pd.DataFrame:
    """Return, for each redactor and set, how many documents were left without any identifier.

    문서 단위로 센 표입니다. complete는 식별자가 하나도 남지 않은 문서의 수, values_hidden은 잘못 가린 검사
    값의 수입니다. right_characters / characters: what share of the hidden letters and digits was identifiers.
    """
    return pd.DataFrame(_read(path)["texts"])


def _read(path: str | Path | None) -> dict[str, Any]:
    return json.loads(Path(path or RECORD_FILE).read_text(encoding="utf-8"))
