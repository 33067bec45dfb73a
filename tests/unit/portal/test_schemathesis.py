"""The API attacked by its own description, as every role and as nobody: no fault, and nothing undescribed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from postgres_server import PostgresServer
from schemathesis.checks import CHECKS

from grader.exchange.client import content_digest
from grader.model.content import Course
from grader.model.people import Access, Person
from grader.portal.api.v1 import describe
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.hand_in import take_hand_in
from grader.portal.settings import PortalSettings
from grader.store.engine import open_store
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, release_assignment
from grader.store.tokens import create_token
from grader.wire import Workspace

NOTEBOOK = (
    b'{"cells": [{"cell_type": "code", "id": "a", "metadata": {"nbgrader": {"grade_id": "a", "grade": true, '
    b'"solution": true}}, "source": "", "outputs": [], "execution_count": null}], "metadata": {}, '
    b'"nbformat": 4, "nbformat_minor": 5}'
)
KNOWN = {"assignment": "ps1", "uuid": "0b6f2a52-55a1-4f3c-9d6a-6c1f4b7a9e11"}
ROLES = ("nobody", *Access)
# A digest fits its body, which no description can say; tokens are checked by `test_api` and the matrix.
LEFT_OUT = {"positive_data_acceptance", "missing_required_header", "ignored_auth", "use_after_free"}


@dataclass(frozen=True)
class Target:
    """An application with a released assignment and a hand-in, and a token for each role."""

    app: FastAPI
    tokens: dict[str, str]


@contextmanager
def set_up(data: Path, url: str | None, course: Course) -> Iterator[Target]:
    """Give something to attack."""
    now = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
    store = open_store(data, url)
    prepare_store(store, now)
    chosen = PortalSettings(data, url, public_url="http://testserver", rate_limits=False)
    portal = Portal(chosen, Workspace(data), course, store, lambda: now)
    tokens = {"nobody": ""}
    with store.write() as db:
        for access in Access:
            given = {"id": access, "access": access, "name": "가상", "site": "jeju", "role": "clinician"}
            add_people(db, [Person.model_validate(given)], now)
            tokens[access] = "Bearer " + create_token(db, access, "test", now, timedelta(days=1))[0]
        rules = ReleaseRules(opens_at=now)
        release_assignment(db, "ps1", 1, rules, {"ps1": ["a"]}, by="instructor", now=now)
    trainee = Person.model_validate({**given, "id": "trainee", "access": Access.TRAINEE})
    take_hand_in(portal, trainee, "ps1", KNOWN["uuid"], "a.ipynb", NOTEBOOK)
    yield Target(create_app(portal), tokens)
    store.close()


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, course: Course) -> Iterator[Target]:
    """An application with SQLite."""
    with set_up(tmp_path_factory.mktemp("attacked"), None, course) as target:
        yield target


@pytest.fixture(scope="module")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory, course: Course, postgres: PostgresServer, postgres_template: str
) -> Iterator[Target]:
    """An application with PostgreSQL, which takes fewer texts and larger numbers amiss."""
    database = postgres.make_database(postgres_template)
    with set_up(tmp_path_factory.mktemp("attacked"), postgres.url(database), course) as target:
        yield target
    postgres.drop_database(database)


class Attacked:
    """Passes requests on to the application of the day: tests are made before there is one."""

    app: Any = None

    async def __call__(self, *request: Any) -> None:
        await self.app(*request)


schema = schemathesis.openapi.from_dict(describe())
schema.app = Attacked()


Attack = Callable[..., None]


def as_anyone(examples: int) -> Callable[[Attack], Attack]:
    """Let a test be called with so many requests for each operation, by every role.

    Half the time with names that exist and bytes that fit their digest, so that attacks get far.
    """
    limits = settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    roles = schema.given(role=st.sampled_from(ROLES), known=st.booleans(), fitting=st.booleans())
    return lambda test: roles(schema.parametrize()(limits(test)))


@as_anyone(examples=40)
def test_no_fault_and_nothing_undescribed(case, on_sqlite, role: str, known: bool, fitting: bool) -> None:
    attack(case, on_sqlite, role, known, fitting)


@as_anyone(examples=8)
def test_nor_on_postgres(case, on_postgres, role: str, known: bool, fitting: bool) -> None:
    attack(case, on_postgres, role, known, fitting)


def attack(case: Any, target: Target, role: str, known: bool, fitting: bool) -> None:
    """Send a request and check that the answer is as the description says."""
    schema.app.app = target.app
    if known:
        for name in KNOWN.keys() & case.path_parameters.keys():
            case.path_parameters[name] = KNOWN[name]
    if fitting and case.method == "PUT":
        case.body = NOTEBOOK
        case.headers["Content-Digest"] = content_digest(NOTEBOOK)
    token = target.tokens[role]
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]
    response = case.call(headers={"Authorization": token} if token else {})
    if known or fitting:
        checks = [check for check in checks if check.__name__ != "negative_data_rejection"]
    case.validate_response(response, checks=checks)
