"""How often an address or an account may try something.

Knows counters in this process's memory and which address a request came from; must not know what is tried.
Counters that must outlive a restart, such as wrong passwords of one account, are in the store.
"""

from __future__ import annotations

import asyncio
import math
import time
from enum import Enum, auto
from ipaddress import ip_address

from fastapi import HTTPException, Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Tried(Enum):
    """What is counted."""

    SIGN_IN_AS = auto()
    """One id, whether it exists or not, from one address: nobody uses up the tries of people elsewhere."""
    SIGN_IN_ON = auto()
    """One id in a browser that knows its owner."""
    SIGN_IN_FROM = auto()
    JOIN_FROM = auto()
    SECOND_FACTOR_OF = auto()
    PASSWORD_OF = auto()
    """Asking for the password again of who is signed in."""
    EXPORT_OF = auto()
    UPLOAD_OF = auto()
    MEGABYTES_OF = auto()
    """Of uploads."""
    API_OF = auto()
    API_FROM = auto()


_FINE = {
    Tried.SIGN_IN_AS: parse("10 per 5 minutes"),
    Tried.SIGN_IN_ON: parse("10 per hour"),
    Tried.SIGN_IN_FROM: parse("300 per 5 minutes"),  # a whole site shares one address in the morning
    Tried.JOIN_FROM: parse("600 per 15 minutes"),  # a class joins together; a code has 60 secret bits
    Tried.SECOND_FACTOR_OF: parse("10 per 5 minutes"),
    Tried.PASSWORD_OF: parse("10 per 15 minutes"),
    Tried.EXPORT_OF: parse("5 per hour"),
    Tried.UPLOAD_OF: parse("60 per 10 minutes"),
    Tried.MEGABYTES_OF: parse("300 per 10 minutes"),
    Tried.API_OF: parse("600 per minute"),
    Tried.API_FROM: parse("3000 per minute"),
}
"""How much of it is fine."""


HASHED_AT_ONCE = 4
"""Requests that may be at a slow hash; each has a thread of the server's, which other requests need too."""
TAKEN_AT_ONCE = 12
"""Hand-ins that may be taken; each has a thread as well, and mostly waits for the disk."""


class TooMany(HTTPException):
    """Too many requests; the page says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(429, "too many requests", {"Retry-After": str(seconds)})


class RateLimits:
    """Counters of one portal; an operator may switch them off for a load test."""

    def __init__(self, is_on: bool = True) -> None:
        self._is_on = is_on
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self.hashing = asyncio.Semaphore(HASHED_AT_ONCE)
        """Taken by `security.wait_to_hash`."""
        self.taking = asyncio.Semaphore(TAKEN_AT_ONCE)
        """Taken by `security.wait_to_take` and the API once a hand-in's bytes have arrived."""

    def allows(self, tried: Tried, key: str, cost: int = 1) -> bool:
        """Count one try; whether it is fine. What costs more than is fine at all counts as just that."""
        fine = _FINE[tried]
        return not self._is_on or self._limiter.hit(fine, tried.name, key, cost=min(cost, fine.amount))

    def forget(self, tried: Tried, key: str) -> None:
        """Begin counting anew."""
        self._limiter.clear(_FINE[tried], tried.name, key)

    def count(self, tried: Tried, key: str, cost: int = 1) -> None:
        """Count one try, or raise TooMany."""
        if self.allows(tried, key, cost):
            return
        reset = self._limiter.get_window_stats(_FINE[tried], tried.name, key).reset_time
        raise TooMany(max(1, math.ceil(reset - time.time())))


def address_of(request: Request, trusted_proxies: frozenset[str]) -> str:
    """Return the address to count for: the peer's, or what a proxy named by the operator says it is.

    Of `X-Forwarded-For` the rightmost address that is no trusted proxy counts: everything to the left of it
    was written by a stranger. Addresses of IPv6 are counted by network, of which each household has one.
    """
    address = request.client.host if request.client else "unknown"
    if address in trusted_proxies:
        chain = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed([hop.strip() for hop in chain if hop.strip()]):
            address = hop
            if hop not in trusted_proxies:
                break
    return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return f"{parsed.exploded[:19]}::/64" if parsed.ipv4_mapped is None else str(parsed.ipv4_mapped)
    return str(parsed)
