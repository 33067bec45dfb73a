"""What tests of the store share: a store at work, once on each database."""

from __future__ import annotations

import pytest
from office import Office, open_office

from grader.store.engine import Store


@pytest.fixture
def office(store: Store) -> Office:
    """A store with keys, people and a release."""
    return open_office(store)
