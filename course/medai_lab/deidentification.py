"""How well programs find identifiers: what was measured on the course's fictional documents.

Knows the records that `tools/measure_redactors.py` and `tools/measure_verifier.py` write and gives them as
tables; must not find, hide or verify anything itself. No held-back text is in them, only how often something
was found or missed there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

RECORD_FILE = Path(__file__).with_name("data") / "deidentification.json"
ANSWERS_FILE = Path(__file__).with_name("data") / "verification.json"


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
    record = _read(path)
    return pd.DataFrame(record["misses"], columns=record["miss_columns"])


def read_missed_forms(path: str | Path | None = None) -> pd.DataFrame:
    """Return how often each redactor missed what form of identifier: redactor, split, type, form, missed.

    어떤 모양의 식별자를 몇 번 놓쳤는지 잰 표입니다. 채점용 문서의 글은 없고 횟수만 있습니다.
    """
    return pd.DataFrame(_read(path)["missed_forms"])


def read_document_counts(path: str | Path | None = None) -> pd.DataFrame:
    """Return, for each redactor and set, how many documents were left without any identifier.

    문서 단위로 센 표입니다. complete는 식별자가 하나도 남지 않은 문서의 수, values_hidden은 잘못 가린 검사
    값의 수입니다. recall_by_document is a 95 % interval of recall from drawing whole documents anew;
    right_characters / characters: what share of the hidden letters and digits was identifiers.
    """
    return pd.DataFrame(_read(path)["texts"])


def read_gateway(path: str | Path | None = None) -> pd.DataFrame:
    """Return how many identifiers the reference redactor of G3 finds, with the columns of `read_detections`.

    G3 과제의 기준 답안이 식별자를 몇 개 찾았는지 잰 표입니다.
    """
    record = _read(path or ANSWERS_FILE)
    return pd.DataFrame(record["gateway"], columns=record["columns"])


def read_faults_caught(path: str | Path | None = None) -> pd.DataFrame:
    """Return how many planted faults the reference verifier of G4 catches: source, fault, planted, caught …

    G4 과제의 기준 답안이 심은 잘못을 몇 개 잡았는지 잰 표입니다. source는 "program"(연습용 프로그램의
    안내문), "practice", "held-back"입니다.
    """
    return pd.DataFrame(_read(path or ANSWERS_FILE)["faults"])


def read_letters_stopped(path: str | Path | None = None) -> pd.DataFrame:
    """Return how many letters, clean and faulty, the reference verifier of G4 stops.

    G4 과제의 기준 답안이 안내문을 몇 통 멈추었는지 잰 표입니다. 잘못이 없는데 멈춘 것은 오경보입니다.
    """
    return pd.DataFrame(_read(path or ANSWERS_FILE)["letters"])


def _read(path: str | Path | None) -> dict[str, Any]:
    return json.loads(Path(path or RECORD_FILE).read_text(encoding="utf-8"))
