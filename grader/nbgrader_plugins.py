"""The names that nbgrader's configuration points to.

Knows which class is for which trait; must not do anything else.
"""

from __future__ import annotations

from typing import Any

from grader.exchange.collect import ExchangeCollect
from grader.exchange.fetch_assignment import ExchangeFetchAssignment
from grader.exchange.fetch_feedback import ExchangeFetchFeedback
from grader.exchange.listing import ExchangeList
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.release_assignment import ExchangeReleaseAssignment
from grader.exchange.release_feedback import ExchangeReleaseFeedback
from grader.exchange.submit import ExchangeSubmit

EXCHANGE = {
    "exchange": PortalExchange,
    "fetch_assignment": ExchangeFetchAssignment,
    "fetch_feedback": ExchangeFetchFeedback,
    "release_assignment": ExchangeReleaseAssignment,
    "release_feedback": ExchangeReleaseFeedback,
    "list": ExchangeList,
    "submit": ExchangeSubmit,
    "collect": ExchangeCollect,
}
"""Trait of nbgrader's `ExchangeFactory` → class."""


def use_portal(config: Any, address: str = "") -> None:
    """Make nbgrader speak with the portal at `address`; for `nbgrader_config.py`.

    Without `address` the environment's MEDAI_PORTAL counts.
    """
    for trait, made in EXCHANGE.items():
        setattr(config.ExchangeFactory, trait, made)
    if address:
        config.Exchange.portal_url = address
    config.Exchange.timezone = "Asia/Seoul"
