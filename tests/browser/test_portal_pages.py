"""The portal in a real browser: pages of every role, and handing in with and without script, mouse and width.

One server with fictional people and work; every test that changes something enrols a person of its own.
"""

from __future__ import annotations

import shutil
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page
from portal_world import World

from grader.manifest.read import load_course
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.settings import PasswordCost, PortalSettings
from grader.store.announcements import add_announcement
from grader.store.engine import open_store
from grader.store.jobs import enqueue_grading
from grader.store.regrade_requests import ask_for_regrade
from grader.text import LocalText
from grader.wire import Workspace

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "grading"
NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)
PHONE = {"width": 360, "height": 740}
E0, E1, E3 = "e0-first-notebook", "e1-screening-journey", "e3-judgements"
NewContext = Callable[..., BrowserContext]


@dataclass
class Town:
    """The served portal with people in it."""

    url: str
    world: World
    places: dict[str, str]
    """Names that addresses below stand on, e.g. the uuid of a submission."""
    staff: dict[Access, Person]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def newcomer(self) -> Person:
        """Return a trainee whom no other test knows."""
        return self.world.enrol(f"new-{next(self.numbers)}", name="박가상")

    def open_page(self, context: BrowserContext, person: Person) -> Page:
        """Return a page of a browser in which this person is signed in."""
        cookie = {"name": "medai", "value": self.world.open_session(person), "url": self.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context.new_page()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    """Serve a portal on a free port until the tests of this module are done."""
    data = tmp_path_factory.mktemp("portal")
    shutil.copy(sqlite_template, data / "portal.db")
    with socket.create_server(("127.0.0.1", 0)) as opened:
        url = f"http://127.0.0.1:{opened.getsockname()[1]}"
        settings = PortalSettings(
            data=data,
            public_url=url,
            password_cost=PasswordCost(time_cost=1, memory_kib=8, parallelism=1),
            rate_limits=False,
        )
        store = open_store(data)
        workspace = Workspace(tmp_path_factory.mktemp("root"))
        portal = Portal(settings, workspace, load_course(ROOT), store, lambda: NOW)
        made = _settle(url, World(portal).prepare())
        server = uvicorn.Server(uvicorn.Config(create_app(portal), log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        yield made
        server.should_exit = True
        thread.join()
        store.close()


def _settle(url: str, world: World) -> Town:
    """Enrol people and let one of them work."""
    kim = world.enrol("kim", name="김가상")
    staff = {
        access: world.enrol(f"{access}-1", access, name="이가상") for access in Access if access.is_staff
    }
    for name in (E0, E1, E3):
        world.release(name, feedback_at_once=True, grace_s=600, max_attempts=5)
    graded, waiting = world.hand_in(kim, E0), world.hand_in(kim, E1)
    world.grade(graded)
    world.write_feedback(kim, E0, (GOLDEN / "mixed.ko.html").read_text("utf-8"))
    text = LocalText(ko="모임 안내\n\n노트북을 가져오세요.", en="We meet.\n\nBring your laptop.")
    with world.portal.store.write() as db:
        enqueue_grading(db, E1, "kim", requested_by="kim", now=NOW)
        ask_for_regrade(db, "kim", graded.submission.uuid, "2번 문항을 다시 봐 주세요.", now=NOW)
        add_announcement(db, text, text, by="instructor-1", now=NOW)
    places = {"graded": graded.submission.uuid, "waiting": waiting.submission.uuid}
    return Town(url, world, places, {Access.TRAINEE: kim, **staff})


PAGES = {
    "my-learning": (Access.TRAINEE, "/learn"),
    "assignment": (Access.TRAINEE, f"/learn/{E3}"),
    "history": (Access.TRAINEE, f"/learn/{E0}"),
    "graded": (Access.TRAINEE, f"/learn/{E0}/submissions/{{graded}}"),
    "waiting": (Access.TRAINEE, f"/learn/{E1}/submissions/{{waiting}}"),
    "account": (Access.TRAINEE, "/account"),
    "teaching": (Access.INSTRUCTOR, "/teach"),
    "release": (Access.INSTRUCTOR, f"/teach/assignments/{E0}"),
    "announcements": (Access.INSTRUCTOR, "/teach/announcements"),
    "progress": (Access.INSTRUCTOR, f"/teach/progress/{E0}"),
    "statistics": (Access.INSTRUCTOR, f"/teach/statistics/{E0}"),
    "preview": (Access.INSTRUCTOR, f"/teach/preview/{E3}"),
    "marking": (Access.GRADER, "/mark"),
    "marking-one": (Access.GRADER, f"/mark/assignments/{E0}"),
    "regrades": (Access.GRADER, "/mark/regrades"),
    "bringing-in": (Access.INSTRUCTOR, "/mark/elsewhere"),
    "returning": (Access.INSTRUCTOR, "/mark/elsewhere/return"),
    "submission": (Access.GRADER, "/mark/submissions/{graded}"),
    "operation": (Access.OPERATOR, "/operate"),
    "audit": (Access.OPERATOR, "/operate/audit"),
    "upkeep": (Access.OPERATOR, "/operate/upkeep"),
    "people": (Access.OPERATOR, "/operate/people"),
    "import": (Access.OPERATOR, "/operate/people/import"),
}
"""Main pages: who looks at them and where."""


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def _violations(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_narrow(new_context: NewContext, town: Town, name: str) -> None:
    """All rules of axe-core; in English the dark colours, and no sideways scroll on a phone.

    Both languages have the same elements, so those are examined once.
    """
    access, address = PAGES[name]
    page = town.open_page(new_context(), town.staff[access])
    page.goto(f"{town.url}{address.format(**town.places)}?lang=ko")
    assert _violations(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.emulate_media(color_scheme="dark")
    page.goto(f"{town.url}{address.format(**town.places)}?lang=en")
    assert _violations(page, COLOURS) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_nurse_hands_in_on_a_phone_without_script(
    new_context: NewContext, town: Town, tmp_path: Path
) -> None:
    """From the overview to a saved receipt; the attempt then stands in the history."""
    notebook = tmp_path / "답안.ipynb"
    notebook.write_bytes(town.world.notebook(E3))
    page = town.open_page(new_context(java_script_enabled=False, viewport=PHONE), town.newcomer())
    page.goto(f"{town.url}/learn")
    page.get_by_role("region", name="다음 할 일").get_by_role("link").click()
    page.goto(f"{town.url}/learn/{E3}")
    page.get_by_label("제출할 파일").set_input_files(notebook)
    page.get_by_role("button", name="제출하기").click()
    page.get_by_text("제출되었습니다").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="접수증 저장").click()
    assert download.value.suggested_filename == f"receipt-{E3}-1.json"
    page.get_by_role("link", name="과제로 돌아가기").click()
    assert page.get_by_role("link", name="1번째 제출").is_visible()


def test_handing_in_needs_no_mouse(new_context: NewContext, town: Town, tmp_path: Path) -> None:
    """Tab to the chooser, choose, Tab to the button, Enter."""
    notebook = tmp_path / "answer.ipynb"
    notebook.write_bytes(town.world.notebook(E3))
    page = town.open_page(new_context(), town.newcomer())
    page.on("filechooser", lambda _: None)  # now, or a quick key could open the chooser of the system
    page.goto(f"{town.url}/learn/{E3}")
    _tab_to(page, "input[type=file]")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(notebook)
    assert page.get_by_text("고른 파일: answer.ipynb").is_visible()
    _tab_to(page, "[data-hand-in] button")
    page.keyboard.press("Enter")
    page.get_by_text("제출되었습니다").wait_for()


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(":focus").evaluate("(element, wanted) => element.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def _drop(page: Page, name: str, content: str, kind: str = "application/json") -> None:
    """Let a file fall on the dashed area."""
    page.evaluate(
        """([name, content, kind]) => {
          const dataTransfer = new DataTransfer()
          dataTransfer.items.add(new File([content], name, {type: kind}))
          const area = document.querySelector('[data-drop]')
          for (const event of ['dragenter', 'dragover', 'drop']) {
            area.dispatchEvent(new DragEvent(event, {dataTransfer, bubbles: true, cancelable: true}))
          }
        }""",
        [name, content, kind],
    )


def test_a_file_can_be_dropped(new_context: NewContext, town: Town) -> None:
    """It is the chosen file then; two presses hand in once."""
    person = town.newcomer()
    page = town.open_page(new_context(), person)
    page.goto(f"{town.url}/learn/{E3}")
    _drop(page, "끌어온 답안.ipynb", town.world.notebook(E3).decode())
    assert page.get_by_text("고른 파일: 끌어온 답안.ipynb").is_visible()
    page.get_by_role("button", name="제출하기").dblclick()
    page.get_by_text("제출되었습니다").wait_for()
    page.goto(f"{town.url}/learn/{E3}")
    assert page.get_by_role("link", name="번째 제출").count() == 1


def test_a_file_that_is_too_big_is_not_even_sent(new_context: NewContext, town: Town) -> None:
    """The page says so at once and stays where it is."""
    page = town.open_page(new_context(), town.newcomer())
    page.goto(f"{town.url}/learn/{E3}")
    page.evaluate("() => { document.querySelector('[data-hand-in]').dataset.maxBytes = '10' }")
    _drop(page, "큰 파일.ipynb", "x" * 11)
    assert page.get_by_text("이 파일은 너무 커서").is_visible()
    page.get_by_role("button", name="제출하기").click()
    assert page.url == f"{town.url}/learn/{E3}"


def test_the_result_appears_by_itself(new_context: NewContext, town: Town) -> None:
    """Who waits on the page sees the score without pressing anything."""
    world, person = town.world, town.newcomer()
    done = world.hand_in(person, E3)
    with world.portal.store.write() as db:
        enqueue_grading(db, E3, person.id, requested_by=person.id, now=NOW)
    page = town.open_page(new_context(), person)
    page.clock.install()
    page.goto(f"{town.url}/learn/{E3}/submissions/{done.submission.uuid}")
    assert page.get_by_role("link", name="새로 고침").is_visible()
    world.grade(done)
    _empty_queue(world)
    page.clock.fast_forward(3_000)
    page.get_by_text("20점 만점에 18점").wait_for()
    assert page.get_by_role("link", name="새로 고침").count() == 0


def _empty_queue(world: World) -> None:
    from grader.store.jobs import claim_jobs, finish_job

    with world.portal.store.write() as db:
        while taken := claim_jobs(db, NOW):
            for job in taken:
                finish_job(db, job.id, NOW)
        enqueue_grading(db, E1, "kim", requested_by="kim", now=NOW)


def test_feedback_leads_back_and_leaves_nobody_signed_out(new_context: NewContext, town: Town) -> None:
    """The page is shut in a sandbox; its one link of ours still works."""
    page = town.open_page(new_context(), town.staff[Access.TRAINEE])
    page.goto(f"{town.url}/learn/{E0}/submissions/{town.places['graded']}")
    page.get_by_role("link", name="자세한 결과 보기").click()
    assert page.get_by_role("heading", level=1).is_visible()
    page.get_by_role("link", name="접수증과 결과로 돌아가기").click()
    assert page.get_by_role("heading", name="접수증").is_visible()


def test_a_receipt_prints_on_one_page_without_menus(new_context: NewContext, town: Town) -> None:
    """Code, number, time and fingerprint; nothing to press."""
    page = town.open_page(new_context(), town.staff[Access.TRAINEE])
    page.goto(f"{town.url}/learn/{E0}/submissions/{town.places['graded']}")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").is_visible()
    assert not page.get_by_role("link", name="접수증 저장").is_visible()
    assert page.get_by_text("확인 코드").is_visible()
    pdf: bytes = page.pdf(format="A4")
    assert pdf.count(b"/Type /Page\n") == 1


def test_a_preview_keeps_the_chosen_files(new_context: NewContext, town: Town, tmp_path: Path) -> None:
    """A class's work is chosen once: looked at, with a list of who is who to save, then handed in."""
    person, path = town.newcomer(), tmp_path / "work.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in (person.id, "nobody"):
            archive.writestr(f"{folder}/{E3}.ipynb", town.world.notebook(E3))
    page = town.open_page(new_context(viewport=PHONE), town.staff[Access.INSTRUCTOR])
    page.goto(f"{town.url}/mark/elsewhere?assignment={E3}&lang=ko")
    page.get_by_label("어디에서 받았습니까?").select_option("folders")
    page.get_by_label("제출물 ZIP 파일").set_input_files(path)
    page.get_by_role("button", name="미리 보기").click()
    page.get_by_role("heading", name="다음 단계").wait_for()
    assert _violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_download() as download:
        page.get_by_role("link", name="사람 확인표(who.csv) 내려받기").click()
    assert download.value.path().read_text("utf-8-sig").splitlines()[1] == '"nobody","nobody","","",""'
    page.get_by_role("button", name="제출로 받기").click()
    page.get_by_role("heading", name="가져온 결과").wait_for()
    assert page.get_by_role("cell", name="제출됨").count() == 1
    assert page.get_by_role("cell", name="확인 필요").count() == 1


def test_pages_fetch_nothing_from_elsewhere_and_run_only_our_script(
    new_context: NewContext, town: Town
) -> None:
    """The context's watch fails on any other host; inline script would be a console error."""
    asked: list[Any] = []
    context = new_context()
    context.on("request", lambda request: asked.append(request))
    page = town.open_page(context, town.staff[Access.TRAINEE])
    page.goto(f"{town.url}/learn/{E3}")
    kinds = {request.resource_type for request in asked}
    assert kinds <= {"document", "stylesheet", "script", "image"}
    assert [r.url.partition("?")[0] for r in asked if r.resource_type == "script"] == [
        f"{town.url}/portal/learn.js"
    ]
