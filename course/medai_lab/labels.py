"""Labels in the language of the run.

Knows the environment variable MEDAI_LANG and the file `language.txt` that a downloaded package carries;
must not know plots, facts or people.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def _packaged_language() -> str:
    """Return the language that this copy of the package was made for; empty when it was made for none."""
    try:
        return (Path(__file__).parent / "language.txt").read_text(encoding="utf-8").strip().lower()
    except OSError:
        return ""


def t(ko: str, en: str) -> str:
    """Return `en` when the notebook runs in English, otherwise `ko`.

    MEDAI_LANG decides; without it, the language of the download. 노트북의 언어에 맞는 글자를 돌려줍니다.
    그래프의 축 이름을 붙일 때 씁니다.
    """
    language = os.environ.get("MEDAI_LANG", "").strip().lower() or _packaged_language()
    return en if language == "en" else ko
