"""Vectors of texts by hashing their character n-grams.

Knows letters only, no meaning: it finds shared spelling, not synonyms and not translations. Must not know
servers or documents.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata

DIMENSIONS = 512
_LONGEST = 3


def embed(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """Return a vector of length 1 (all zeros for a text without letters or digits).

    글자 조각을 세어 만든 벡터입니다. 뜻이 아니라 글자의 닮음을 잽니다.
    """
    vector = [0.0] * dimensions
    for word in unicodedata.normalize("NFKC", text).casefold().split():
        kept = "".join(character for character in word if character.isalnum())
        if not kept:
            continue
        padded = f" {kept} "
        for n in range(1, _LONGEST + 1):
            for start in range(len(padded) - n + 1):
                gram = padded[start : start + n]
                if gram.strip():
                    digest = int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=8).digest(), "big")
                    vector[(digest >> 1) % dimensions] += 1.0 if digest & 1 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector
