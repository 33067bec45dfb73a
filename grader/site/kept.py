"""Results that cost time to make, kept by what they were made from.

Knows a cache folder; must not know what is kept. Throwing the folder away costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path


def keep(folder: Path, made_from: str, make: Callable[[], bytes], sound: Callable[[bytes], bool]) -> bytes:
    """Return what `make` gives; read it from `folder` when it was made from the same thing before.

    `sound` says whether kept bytes can be used: a file cut short is made again.
    """
    path = folder / hashlib.sha256(made_from.encode()).hexdigest()[:32]
    if path.is_file():
        kept = path.read_bytes()
        if sound(kept):
            return kept
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(made)
    temporary.replace(path)
    return made
