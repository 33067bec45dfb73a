"""Every page of the portal in a real browser: axe-core finds nothing, and no phone has to scroll sideways.

A template that is a page of its own must be in the table below; what has no address is pressed for.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from accessibility import COLOURS, LAYOUT, find_violations
from jinja2 import Environment, meta
from playwright.sync_api import BrowserContext, FilePayload, Page
from town import E0, E1, E3, E4, NOW, PASSWORD, SAMPLE, Town

import grader.portal
from grader.model.people import Access
from grader.portal.rate_limits import TooMany, Tried

TEMPLATES = Path(grader.portal.__file__).parent / "templates"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
STRANGER, NEWCOMER, HALF_IN, HALF_ENROLLED = "stranger", "newcomer", "half in", "half in, enrolled"
NewContext = Callable[..., BrowserContext]
Press = Callable[[Page, Town], None]


@dataclass(frozen=True)
class View:
    """A page: which template makes it, for whom, where, and what is to be pressed there."""

    template: str
    who: Access | str
    address: str
    press: Press | None = None
    status: int = 200
    """What the browser may report as failed: the page says so."""


def _file(name: str, content: str | bytes) -> FilePayload:
    given = content.encode() if isinstance(content, str) else content
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=given)


def _click(selector: str) -> Press:
    return lambda page, town: page.click(selector)


def _send(form: str, **fields: str) -> Press:
    """Fill a form in and send it as its first button does, without what the browser would check."""

    def press(page: Page, town: Town) -> None:
        for name, value in fields.items():
            page.fill(f"{form} [name={name}]", value)
        page.locator(form).evaluate("form => { form.noValidate = true }")
        page.locator(f"{form} button").first.click()

    return press


def _enrol(page: Page, town: Town) -> None:
    key = page.locator("main code").first.inner_text().replace(" ", "")
    _send("main form", code=pyotp.TOTP(key).at(NOW))(page, town)


def _delete(page: Page, town: Town) -> None:
    _send("main form", password=PASSWORD)(page, town)


def _refuse_a_file(page: Page, town: Town) -> None:
    page.set_input_files("input[type=file]", _file("답안.ipynb", "{"))
    page.click("[data-hand-in] button")


def _try_too_often(page: Page, town: Town) -> None:
    with suppress(TooMany):
        while True:
            town.world.portal.rates.count(Tried.SIGN_IN_AS, "127.0.0.1 tired")
    _send("main form", id="tired", password="x")(page, town)


def _import(roster: str) -> Press:
    def press(page: Page, town: Town) -> None:
        page.set_input_files("[name=roster]", _file("roster.csv", roster))
        page.click("main form button")

    return press


def _bring_in(page: Page, town: Town) -> None:
    page.set_input_files("[name=download]", _file("work.zip", b"PK\x05\x06" + bytes(18)))
    page.click("main form button")
    page.wait_for_selector("[role=alert], #report h2")


def _take_a_class(page: Page, town: Town) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{town.newcomer().id}/{E3}.ipynb", town.world.notebook(E3))
        archive.writestr(f"nobody/{E3}.ipynb", town.world.notebook(E3))
    page.select_option("[name=platform]", "folders")
    page.set_input_files("[name=download]", _file("work.zip", content.getvalue()))
    page.click("main form button")
    page.get_by_role("heading", name=re.compile("다음 단계|Next step")).wait_for()
    page.click("#steps button >> nth=0")


ROSTER = "id,name,site,role,cohort\nnew-ä,이가상,jeju,clinician,essentials-2026\n"
WRONG_ROSTER = (
    "id,name,site,role\n,이가상,nowhere,doctor\nkim,김가상,jeju,clinician\nkim,김가상,jeju,clinician\n"
)
MARK = f"/mark/assignments/{SAMPLE}"
INSTRUCTOR, GRADER, OPERATOR, TRAINEE = Access.INSTRUCTOR, Access.GRADER, Access.OPERATOR, Access.TRAINEE
VIEWS = {
    "sign-in": View("sign_in.html", STRANGER, "/sign-in"),
    "sign-in refused": View(
        "sign_in.html", STRANGER, "/sign-in", _send("main form", id="x", password="y"), 400
    ),
    "second step": View(
        "sign_in_second.html", HALF_ENROLLED, "/sign-in/second", _send("main form", code="1"), 400
    ),
    "enrolment": View("sign_in_enrol.html", HALF_IN, "/sign-in/enrol", _send("main form", code="1"), 400),
    "recovery codes": View("sign_in_recovery.html", HALF_IN, "/sign-in/enrol", _enrol),
    "join": View("join.html", STRANGER, "/join", _send("main form", code="0"), 400),
    "join password": View(
        "join_password.html", STRANGER, "/join/{code}", _send("main form", new="1", again="2"), 400
    ),
    "forbidden": View("error.html", TRAINEE, "/operate", status=403),
    "not there": View("error.html", TRAINEE, "/learn/nothing", status=404),
    "too often": View("error.html", STRANGER, "/sign-in", _try_too_often, 429),
    "my learning": View("learn.html", TRAINEE, "/learn"),
    "assignment": View("learn_assignment.html", TRAINEE, f"/learn/{E3}"),
    "history": View("learn_assignment.html", TRAINEE, f"/learn/{E0}"),
    "hand-in refused": View("learn_refusal.html", NEWCOMER, f"/learn/{E3}", _refuse_a_file, 422),
    "graded": View("learn_submission.html", TRAINEE, f"/learn/{E0}/submissions/{{graded}}"),
    "waiting": View("learn_submission.html", TRAINEE, f"/learn/{E1}/submissions/{{waiting}}"),
    "account": View("account.html", TRAINEE, "/account"),
    "account refused": View(
        "account.html", OPERATOR, "/account", _send("form[action$=password]", current="x"), 400
    ),
    "key": View(
        "account_token.html",
        NEWCOMER,
        "/account",
        _send("form[action$=tokens]", label="집", password=PASSWORD),
    ),
    "delete": View("account_delete.html", TRAINEE, "/account/delete"),
    "delete, of staff": View("account_delete.html", OPERATOR, "/account/delete"),
    "deleted": View("account_deleted.html", NEWCOMER, "/account/delete", _delete),
    "teaching": View("teach.html", INSTRUCTOR, "/teach"),
    "release": View("teach_assignment.html", INSTRUCTOR, f"/teach/assignments/{SAMPLE}"),
    "announcements": View("teach_announcements.html", INSTRUCTOR, "/teach/announcements"),
    "progress": View("teach_progress.html", INSTRUCTOR, f"/teach/progress/{SAMPLE}"),
    "progress of all": View("teach_progress_all.html", INSTRUCTOR, "/teach/progress"),
    "statistics": View("teach_statistics.html", INSTRUCTOR, f"/teach/statistics/{SAMPLE}"),
    "preview home": View("learn.html", INSTRUCTOR, "/teach/preview"),
    "preview": View("learn_assignment.html", INSTRUCTOR, f"/teach/preview/{E3}"),
    "queue": View("mark.html", GRADER, f"/mark?assignment={SAMPLE}"),
    "held back": View("mark.html", GRADER, f"/mark?assignment={SAMPLE}&state=quarantined"),
    "marking": View("mark_assignment.html", GRADER, MARK),
    "answer": View("mark_answer.html", GRADER, f"{MARK}/answers/{{cell}}/{{open}}"),
    "answer refused": View(
        "mark_answer.html",
        GRADER,
        f"{MARK}/answers/{{cell}}/{{second}}",
        _send("#mark-form", comment="더"),
        400,
    ),
    "agreement": View("mark_agreement.html", GRADER, f"{MARK}/agreement/{{cell}}"),
    "agreeing": View("mark_agree.html", GRADER, f"{MARK}/agree/{{cell}}/{{agree}}", _send("#mark-form"), 400),
    "job": View("mark_job.html", GRADER, "/mark/jobs/{job}"),
    "refusals": View("mark_refusals.html", INSTRUCTOR, "/mark/refusals", _click("details summary")),
    "receipt": View("mark_receipt.html", INSTRUCTOR, "/mark/receipt?typed={receipt}"),
    "refused history": View("learn_assignment.html", TRAINEE, f"/learn/{E4}"),
    "regrades": View("mark_regrades.html", GRADER, "/mark/regrades"),
    "submission": View("mark_submission.html", GRADER, "/mark/submissions/{open}"),
    "submission held back": View("mark_submission.html", GRADER, "/mark/submissions/{held}"),
    "who": View("mark_who.html", GRADER, "/mark/submissions/{held}", _click("form[action$=who] button")),
    "bringing in": View("mark_elsewhere.html", INSTRUCTOR, "/mark/elsewhere", _bring_in, 400),
    "brought in": View(
        "mark_elsewhere_taken.html", INSTRUCTOR, f"/mark/elsewhere?assignment={E3}", _take_a_class
    ),
    "returning": View("mark_elsewhere_return.html", INSTRUCTOR, "/mark/elsewhere/return"),
    "operation": View("operate.html", OPERATOR, "/operate"),
    "audit": View("operate_audit.html", OPERATOR, "/operate/audit"),
    "upkeep": View("operate_upkeep.html", OPERATOR, "/operate/upkeep", _click("[name=action]")),
    "people": View("people.html", OPERATOR, "/operate/people"),
    "person": View("people_person.html", OPERATOR, "/operate/people/by-id/grader-1"),
    "invitations": View("people_invite.html", OPERATOR, "/operate/people/invitations"),
    "sheet": View(
        "people_sheet.html", OPERATOR, "/operate/people/by-id/class-00", _click("form[action$=invite] button")
    ),
    "import": View("people_import.html", OPERATOR, "/operate/people/import", _import(ROSTER)),
    "import refused": View(
        "people_import.html", OPERATOR, "/operate/people/import", _import(WRONG_ROSTER), 400
    ),
}


def test_every_page_is_in_the_table() -> None:
    """A template that no other one takes in is a page."""
    environment, parts = Environment(autoescape=True), set()
    names = {path.name for path in TEMPLATES.glob("*.html")}
    for name in names:
        parsed = environment.parse((TEMPLATES / name).read_text("utf-8"))
        parts |= set(meta.find_referenced_templates(parsed))
    assert names - parts == {view.template for view in VIEWS.values()}


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that the portal makes pages of."""
    from grader.portal.pages import _environment

    names: list[str] = []
    get = _environment().get_template

    def note(name: str, parent: str | None = None, *rest: object) -> object:
        if parent is None:  # else it is a part of another
            names.append(name)
        return get(name, parent, *rest)

    monkeypatch.setattr(_environment(), "get_template", note)
    return names


@pytest.mark.parametrize("name", VIEWS)
def test_page_is_accessible_and_narrow(
    new_context: NewContext, town: Town, rendered: list[str], name: str
) -> None:
    """In Korean on a phone all rules of axe-core and the dark colours; in English on a desk what may differ.

    Both languages have the same elements, so what depends on nothing but those is examined once.
    """
    view = VIEWS[name]
    for language, viewport in (("ko", PHONE), ("en", DESK)):
        context = new_context(viewport=viewport, expected_status=view.status)
        page = _open(context, town, view, language)
        assert rendered[-1] == view.template
        assert find_violations(page, () if language == "ko" else LAYOUT) == []
        if language == "ko":
            page.emulate_media(color_scheme="dark")
            assert find_violations(page, COLOURS) == []
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def _open(context: BrowserContext, town: Town, view: View, language: str) -> Page:
    """Come to a page as whoever it is for."""
    context.add_cookies([{"name": "medai-language", "value": language, "url": town.url}])
    if view.who != STRANGER:
        is_half = view.who in {HALF_IN, HALF_ENROLLED}
        person = town.staff.get(view.who) or town.newcomer(GRADER if is_half else TRAINEE)  # type: ignore[arg-type]
        if view.who == HALF_ENROLLED:
            person = town.staff[OPERATOR]
        elif view.who == NEWCOMER:
            town.set_password(person)
        town.sign_in(context, person, is_half=is_half)
    page = context.new_page()
    page.goto(f"{town.url}{view.address.format(**town.places)}")
    if view.press is not None:
        view.press(page, town)
        page.wait_for_load_state()
    return page
