"""The API attacked by its own description, as every role and as nobody: no fault, and nothing undescribed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS

from grader.exchange.client import content_digest
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


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, course) -> Iterator[dict[str, str]]:
    """A token for each role of an application with a released assignment and a hand-in."""
    now = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
    data = tmp_path_factory.mktemp("attacked")
    store = open_store(data)
    prepare_store(store, now)
    settings = PortalSettings(data=data, public_url="http://testserver", rate_limits=False)
    portal = Portal(settings, Workspace(data), course, store, lambda: now)
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
    schema.app.app = create_app(portal)
    yield tokens
    store.close()


class Attacked:
    """Passes requests on to the application of the day: tests are made before there is one."""

    app: Any = None

    async def __call__(self, *request: Any) -> None:
        await self.app(*request)


schema = schemathesis.openapi.from_dict(describe())
schema.app = Attacked()


@schema.given(role=st.sampled_from(ROLES), known=st.booleans(), fitting=st.booleans())
@schema.parametrize()
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_fault_and_nothing_undescribed(case, attacked, role: str, known: bool, fitting: bool) -> None:
    """Half the time with names that exist and bytes that fit their digest, so that attacks get far."""
    if known:
        for name in KNOWN.keys() & case.path_parameters.keys():
            case.path_parameters[name] = KNOWN[name]
    if fitting and case.method == "PUT":
        case.body = NOTEBOOK
        case.headers["Content-Digest"] = content_digest(NOTEBOOK)
    token = attacked[role]
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]
    response = case.call(headers={"Authorization": token} if token else {})
    if known or fitting:
        checks = [check for check in checks if check.__name__ != "negative_data_rejection"]
    case.validate_response(response, checks=checks)
