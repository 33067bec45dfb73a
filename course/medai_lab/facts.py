"""Cut-offs and formulas from the course's fact sheet, so that no number is typed twice.

Knows `facts.json`, a JSON object {fact id: values} that stands beside this file once the course is
built; must not know what the values mean.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

FACTS_FILE = Path(__file__).with_name("facts.json")


class FactsMissingError(RuntimeError):
    """`facts.json` is absent or unreadable: the package was not built by the course."""


class UnknownFactError(LookupError):
    """No fact has this id."""


def fact(fact_id: str) -> dict[str, Any]:
    """Return the numbers of one fact, e.g. `fact("bmi-screening-cutoff")`.

    사실 자료에서 기준값을 꺼냅니다. 돌려받은 값을 바꾸어도 원래 자료는 그대로입니다.

    Raises:
        UnknownFactError: no fact has this id; the message names the nearest ids.
        FactsMissingError: the fact file is absent or broken.
    """
    sheet = _read_facts()
    if fact_id not in sheet:
        near = get_close_matches(str(fact_id), sheet, n=3) or sorted(sheet)[:3]
        raise UnknownFactError(
            f"'{fact_id}'라는 사실이 없습니다. 비슷한 이름: {', '.join(near)} · "
            f"There is no fact '{fact_id}'. Similar ids: {', '.join(near)}"
        )
    return sheet[fact_id]


def _read_facts() -> dict[str, dict[str, Any]]:
    # Read each time: the file is small, and callers may change what they get.
    try:
        sheet = json.loads(FACTS_FILE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FactsMissingError(
            "facts.json이 없습니다. 과정 담당자에게 알려 주십시오(`medai build`를 실행하면 생깁니다). · "
            "facts.json is missing. Tell the course team (`medai build` makes it)."
        ) from None
    except ValueError as error:
        raise FactsMissingError(
            f"facts.json을 읽을 수 없습니다. 과정 담당자에게 알려 주십시오({error}). · "
            f"facts.json cannot be read. Tell the course team ({error})."
        ) from None
    if not isinstance(sheet, dict):
        raise FactsMissingError(
            "facts.json의 모양이 다릅니다. 과정 담당자에게 알려 주십시오. · "
            "facts.json has the wrong shape. Tell the course team."
        )
    return sheet
