"""A portal in a temporary folder with the real course, a clock that tests move, and people to sign in as."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from marking_world import MarkingWorld, release_sample, sample_course
from portal_world import World
from starlette.testclient import TestClient

from grader.manifest.read import load_course
from grader.model.content import Course
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.settings import PasswordCost, PortalSettings
from grader.portal.viewer import session_cookie
from grader.store.engine import open_store
from grader.store.prepare import prepare_store
from grader.wire import Workspace

ROOT = Path(__file__).parents[3]
START = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
CHEAP = PasswordCost(time_cost=1, memory_kib=8, parallelism=1)


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class SignedIn:
    """A browser of one person; posts carry the session's CSRF value by themselves."""

    person: Person
    browser: TestClient
    csrf: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **rest: object):
        return self.browser.get(path, **rest)

    def post(self, path: str, data: dict[str, object] | None = None, **rest: object):
        return self.browser.post(path, data={"csrf": self.csrf, **(data or {})}, **rest)


@pytest.fixture(scope="session")
def course() -> Course:
    """The repository's own course."""
    return load_course(ROOT)


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data folder to copy: preparing one for every test would take most of its time."""
    folder = tmp_path_factory.mktemp("empty")
    store = open_store(folder)
    prepare_store(store, START)
    store.close()
    return folder


@pytest.fixture
def portal_clock() -> Clock:
    """The portal's clock."""
    return Clock()


@pytest.fixture
def portal(tmp_path: Path, empty_data: Path, course: Course, portal_clock: Clock) -> Iterator[Portal]:
    """An open portal with nobody in it; its workspace has no built site."""
    data = tmp_path / "data"
    shutil.copytree(empty_data, data)
    settings = PortalSettings(
        data=data, public_url="http://testserver", password_cost=CHEAP, rate_limits=False
    )
    store = open_store(data)
    yield Portal(settings, Workspace(ROOT), course, store, portal_clock)
    store.close()


@pytest.fixture
def client(portal: Portal) -> TestClient:
    """A stranger's browser."""
    return TestClient(create_app(portal), follow_redirects=False)


SignIn = Callable[..., SignedIn]


@pytest.fixture
def sign_in(portal: Portal) -> SignIn:
    """Return a function that makes a person, if need be, and signs them in."""
    app = create_app(portal)

    def enter(access: Access = Access.TRAINEE, id: str = "", **values: object) -> SignedIn:
        world = World(portal)
        person = world.find_or_enrol(id or f"{access}-1", access, **{"name": "가상 교육생", **values})
        token = world.open_session(person)
        browser = TestClient(app, follow_redirects=False, cookies={session_cookie(portal): token})
        return SignedIn(person, browser, world.find_csrf(token))

    return enter


@pytest.fixture(scope="session")
def released_sample(tmp_path_factory: pytest.TempPathFactory, course: Course) -> Path:
    """A course directory with the sample assignment released."""
    folder = tmp_path_factory.mktemp("released") / "course"
    release_sample(folder, sample_course(course))
    return folder


@pytest.fixture
def world(portal: Portal, released_sample: Path) -> MarkingWorld:
    """An open portal with the sample assignment."""
    return MarkingWorld(replace(portal, course=sample_course(portal.course))).begin(released_sample)
