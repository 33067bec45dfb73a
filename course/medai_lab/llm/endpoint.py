"""Where a model is served: address, model name and key, as values.

Knows addresses; must not open them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Endpoint:
    """Where a model is served. `base_url` ends in `/v1` as with the `openai` client."""

    base_url: str
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 120.0

    @property
    def is_loopback(self) -> bool:
        """Whether text sent there stays on this computer."""
        return is_loopback(self.base_url)


def is_loopback(address: str) -> bool:
    """Whether an address is on this computer."""
    try:
        return urlsplit(address).hostname in LOOPBACK
    except ValueError:
        return False
