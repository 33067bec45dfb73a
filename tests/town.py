"""The portal of a small town, served for a browser: staff, a class with graded work, and work that waits.

Everything is fictional. What tests change belongs to people that they enrol themselves.
"""

from __future__ import annotations

import dataclasses
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pyotp
import uvicorn
from marking_world import CELL, MarkingWorld, release_sample, sample_course  # beside this file
from playwright.sync_api import BrowserContext, Page

from grader.manifest.read import load_course
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.entry import cipher_of, invite_people, passwords_of
from grader.portal.hand_in import take_hand_in
from grader.portal.mark_view import MarkForm, build_mark
from grader.portal.settings import PasswordCost, PortalSettings
from grader.portal.viewer import session_limits
from grader.store.announcements import add_announcement
from grader.store.engine import open_store
from grader.store.grading_copy import note_marked
from grader.store.jobs import enqueue_grading
from grader.store.mark_queue import find_answer
from grader.store.marks import Round, add_mark
from grader.store.people import set_password_hash
from grader.store.regrade_requests import ask_for_regrade
from grader.store.second_factor import accept_code, begin_enrolment
from grader.store.sessions import open_session
from grader.store.tokens import create_token
from grader.text import LocalText
from grader.wire import Workspace

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "grading"
NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)
E0, E1, E3, E4 = "e0-first-notebook", "e1-screening-journey", "e3-judgements", "e4-is-it-any-good"
SAMPLE = "sample"
PASSWORD = "검진-센터-시험용-2026"
CLASS = 12
TEXT = "접수 명단을 정리하고 판독 순서를 정합니다."


@dataclass
class Town:
    """The served portal with people in it."""

    url: str
    world: MarkingWorld
    staff: dict[Access, Person] = field(default_factory=dict)
    """One person of each role, the trainee included."""
    places: dict[str, str] = field(default_factory=dict)
    """Names that addresses stand on, e.g. the uuid of a submission."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def newcomer(self, access: Access = Access.TRAINEE) -> Person:
        """Return somebody whom no other test knows."""
        return self.world.enrol(f"new-{next(self.numbers)}", access, name="박가상")

    def sign_in(self, context: BrowserContext, person: Person, *, is_half: bool = False) -> None:
        """Give a browser a session; half of one belongs to staff who have yet to show the second factor."""
        token = self.world.open_session(person)
        if is_half:
            limits = session_limits(self.world.portal, person.access)
            with self.world.portal.store.write() as db:
                token, _ = open_session(db, person, NOW, limits, second_factor=False)
        context.add_cookies([{"name": "medai", "value": token, "url": self.url}])

    def open_page(self, context: BrowserContext, person: Person) -> Page:
        """Return a page of a browser in which this person is signed in."""
        self.sign_in(context, person)
        return context.new_page()

    def set_password(self, person: Person) -> None:
        """Give a person the password of everybody here."""
        with self.world.portal.store.write() as db:
            set_password_hash(db, person.id, passwords_of(self.world.portal).hash(PASSWORD), NOW)

    def invite(self, person: Person) -> str:
        """Return the code of an invitation."""
        return invite_people(self.world.portal, [person], "operator-1")[person.id]


@contextmanager
def open_town(folder: Path, template: Path) -> Iterator[Town]:
    """Serve the portal on a free port. `template` is an empty database."""
    data = folder / "data"
    data.mkdir()
    shutil.copy(template, data / "portal.db")
    course = load_course(ROOT)
    sample = sample_course(course)
    release_sample(data / "course", sample)
    course = dataclasses.replace(course, assignments={**course.assignments, **sample.assignments})
    with socket.create_server(("127.0.0.1", 0)) as opened:
        url = f"http://127.0.0.1:{opened.getsockname()[1]}"
        cost = PasswordCost(time_cost=1, memory_kib=8, parallelism=1)
        settings = PortalSettings(data=data, public_url=url, password_cost=cost)
        store = open_store(data)
        portal = Portal(settings, Workspace(folder / "root"), course, store, lambda: NOW)
        town = Town(url, MarkingWorld(portal))
        _settle(town)
        server = uvicorn.Server(uvicorn.Config(create_app(portal), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        yield town
        server.should_exit = True
        thread.join()
        store.close()


def _settle(town: Town) -> None:
    """Enrol people and let them work."""
    world = town.world
    world.prepare()
    kim = world.enrol("kim", name="김가상")
    staff = {
        access: world.enrol(f"{access}-1", access, name="이가상") for access in Access if access.is_staff
    }
    town.staff = {Access.TRAINEE: kim, **staff}
    for slug in (E0, E1, E3):
        world.release(slug, feedback_at_once=True, grace_s=600, max_attempts=5)
    world.release(E4, due_at=NOW - timedelta(hours=2), closes_at=NOW - timedelta(hours=1))
    world.release(SAMPLE, grade_on_hand_in=True, second_marking_percent=100)
    _hold_a_class(town)
    graded, waiting = world.hand_in(kim, E0), world.hand_in(kim, E1)
    world.grade(graded)
    for content in (b"{", world.notebook(E4)):
        turned_away = take_hand_in(world.portal, kim, E4, str(uuid4()), "답안.ipynb", content)
        assert isinstance(turned_away, TurnedAway)
    world.write_feedback(kim, E0, (GOLDEN / "mixed.ko.html").read_text("utf-8"))
    text = LocalText(ko="모임 안내\n\n노트북을 가져오세요.", en="We meet.\n\nBring your laptop.")
    with world.portal.store.write() as db:
        job = enqueue_grading(db, E1, "kim", requested_by="kim", now=NOW)
        ask_for_regrade(db, "kim", graded.submission.uuid, "2번 문항을 다시 봐 주세요.", now=NOW)
        add_announcement(db, text, text, by="instructor-1", now=NOW)
        create_token(db, "kim", "집 컴퓨터", NOW, timedelta(days=90))
        limits = session_limits(world.portal, kim.access)
        open_session(db, kim, NOW - timedelta(days=60), limits)  # over: there is something to remove
        open_session(db, kim, NOW, limits)
    town.set_password(kim)
    _set_up_second_factor(town, staff[Access.OPERATOR])
    town.places |= {
        "graded": graded.submission.uuid,
        "waiting": waiting.submission.uuid,
        "job": str(job),
        "receipt": graded.signed.code,
        "code": town.invite(world.enrol("invited", name="최가상")),
    }


def _hold_a_class(town: Town) -> None:
    """Let twelve people hand the sample in: some wrong, one held back, two marked by two graders."""
    world = town.world
    uuids = []
    for number in range(CLASS):
        person = world.enrol(f"class-{number:02}", name="정가상", site=("jeju", "busan")[number % 2])
        uuids.append(world.write(person, f"{TEXT} {number}", wrong=number % 3 == 0))
    world.work()
    world.paths.submitted("class-11", SAMPLE).write_bytes(b"not a notebook")
    world.grade_class()
    for uuid, one, two in [(uuids[0], 3, 1), (uuids[1], 2, 3)]:
        _mark(town, uuid, one, "grader-1", Round.FIRST)
        _mark(town, uuid, two, "instructor-1", Round.SECOND)
    _mark(town, uuids[2], 2, "instructor-1", Round.FIRST)
    world.work()
    town.places |= {"open": uuids[4], "second": uuids[2], "agree": uuids[0], "held": uuids[11], "cell": CELL}
    town.places |= {"keyboard": uuids[5], "plain": uuids[7]}


def _mark(town: Town, uuid: str, level: int, marker: str, turn: Round) -> None:
    """Mark an answer."""
    with town.world.portal.store.write() as db:
        answer = find_answer(db, uuid, CELL)
        assert answer is not None
        (rubric,) = town.world.portal.course.assignments[SAMPLE].assignment.rubrics
        given = MarkForm({criterion.id: level for criterion in rubric.criteria}, "근거를 더 적어 주세요.")
        mark = build_mark(rubric, answer, given, marker, turn)
        add_mark(db, mark, None, NOW)
        if turn is Round.FIRST:
            note_marked(db, uuid, CELL, mark.score, mark.comment)


def _set_up_second_factor(town: Town, person: Person) -> None:
    cipher = cipher_of(town.world.portal)
    with town.world.portal.store.write() as db:
        secret = begin_enrolment(db, cipher, person.id)
        assert secret is not None
        assert accept_code(db, cipher, person.id, pyotp.TOTP(secret).at(NOW), NOW)
