"""Staff at the portal without a mouse, and without any script: every piece of work can be done to its end."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from playwright.sync_api import BrowserContext, FilePayload, Locator, Page
from town import CELL, E3, SAMPLE, Town

from grader.model.people import Access
from grader.store.marks import Mark, find_marks
from grader.store.people import find_person
from grader.store.releases import find_release, list_extensions

PHONE = {"width": 360, "height": 740}
E2 = "e2-trustworthy-data"
NewContext = Callable[..., BrowserContext]
# What the focus is on must not lie under anything else, nor outside the window (WCAG 2.4.11), and be marked.
SEEN = """element => {
  const box = element.getBoundingClientRect()
  const [x, y] = [box.x + box.width / 2, Math.min(box.y + box.height / 2, innerHeight - 1)]
  const top = document.elementFromPoint(x, y)
  const style = getComputedStyle(element)
  return (element.contains(top) || top?.contains(element)) && style.outlineStyle !== 'none'
}"""


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there; every stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        assert focus.evaluate(SEEN), focus.evaluate("element => element.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def _mark_of(town: Town, place: str) -> Mark | None:
    with town.world.portal.store.read() as db:
        return find_marks(db, town.places[place], CELL).first


def test_an_answer_is_marked_without_a_mouse(new_context: NewContext, town: Town) -> None:
    """On a narrow screen: to the answer, a level and a comment, and on to the next answer."""
    page = town.open_page(new_context(viewport=PHONE), town.staff[Access.GRADER])
    page.goto(f"{town.url}/mark/assignments/{SAMPLE}/answers/{CELL}/{town.places['keyboard']}")
    _tab_to(page, page.get_by_role("link", name="본문으로 바로 가기"))
    page.keyboard.press("Enter")
    _tab_to(page, page.locator(".answer"))
    _tab_to(page, page.locator("[type=radio]").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    _tab_to(page, page.get_by_label("교육생에게 주는 의견"))
    page.keyboard.type("업무가 분명합니다.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: town.places["keyboard"] not in url)
    mark = _mark_of(town, "keyboard")
    assert mark is not None
    assert (mark.levels, mark.comment) == ({"concrete": 2}, "업무가 분명합니다.")


def test_an_answer_is_marked_without_script(new_context: NewContext, town: Town) -> None:
    """The level's points are kept and the next answer opens."""
    page = _open_plain(new_context, town, Access.GRADER)
    page.goto(f"{town.url}/mark/assignments/{SAMPLE}/answers/{CELL}/{town.places['plain']}")
    page.get_by_label("그대로 따라 할 수 있습니다").check()
    page.get_by_label("교육생에게 주는 의견").fill("좋습니다.")
    page.get_by_role("button", name="저장하고 다음").click()
    page.wait_for_url(lambda url: f"/answers/{CELL}/" in url and town.places["plain"] not in url)
    mark = _mark_of(town, "plain")
    assert mark is not None
    assert (mark.levels, mark.score, mark.comment) == ({"concrete": 3}, 4.0, "좋습니다.")


def test_an_assignment_is_released_and_extended_without_script(new_context: NewContext, town: Town) -> None:
    """Release with its dates, then a later deadline for one site."""
    page = _open_plain(new_context, town, Access.INSTRUCTOR)
    page.goto(f"{town.url}/teach/assignments/{E2}")
    page.get_by_label("마감 일시", exact=True).fill("2026-06-01T18:00")
    page.get_by_role("button", name="배포하기").click()
    page.get_by_role("radio", name="센터").check()
    page.locator("[name=site]").select_option("busan")
    page.get_by_label("새 마감 일시").fill("2026-06-08T18:00")
    page.get_by_role("button", name="연장하기").click()
    page.get_by_role("rowheader", name="부산센터").wait_for()
    with town.world.portal.store.read() as db:
        release = find_release(db, E2)
        (extension,) = list_extensions(db, E2)
    assert release is not None
    assert release.rules.due_at is not None
    assert release.rules.due_at.isoformat() == "2026-06-01T09:00:00+00:00"
    assert (extension.target, extension.due_at.isoformat()) == ("busan", "2026-06-08T09:00:00+00:00")


def test_a_roster_is_imported_without_script(new_context: NewContext, town: Town) -> None:
    """Look first, then confirm."""
    page = _open_plain(new_context, town, Access.OPERATOR)
    page.goto(f"{town.url}/operate/people/import")
    roster = "id,name,site,role,cohort\nplain-1,오가상,jeju,technician,essentials-2026\n"
    page.get_by_label("명단 파일").set_input_files(_file("roster.csv", roster.encode()))
    page.get_by_role("button", name="미리 보기").click()
    page.locator("form[action$=confirm] button").click()
    page.wait_for_url("**/operate/people?done=done_import")
    with town.world.portal.store.read() as db:
        found = find_person(db, "plain-1")
    assert found is not None
    assert (found.name, found.site) == ("오가상", "jeju")


def test_work_from_elsewhere_comes_in_without_script(new_context: NewContext, town: Town) -> None:
    """Look, choose the file once more, take; the hand-in then has its receipt."""
    person, work = town.newcomer(), io.BytesIO()
    with zipfile.ZipFile(work, "w") as archive:
        archive.writestr(f"{person.id}/{E3}.ipynb", town.world.notebook(E3))
    page = _open_plain(new_context, town, Access.INSTRUCTOR)
    page.goto(f"{town.url}/mark/elsewhere?assignment={E3}")
    for step in ("미리 보기", "제출로 받기"):
        page.get_by_label("어디에서 받았습니까?").select_option("folders")
        page.get_by_label("제출물 ZIP 파일").set_input_files(_file("work.zip", work.getvalue()))
        page.get_by_role("button", name=step).click()
    page.get_by_role("cell", name="제출됨").wait_for()
    theirs = town.open_page(new_context(), person)
    theirs.goto(f"{town.url}/learn/{E3}")
    theirs.get_by_role("link", name="1번째 제출").wait_for()


def _open_plain(new_context: NewContext, town: Town, access: Access) -> Page:
    return town.open_page(new_context(java_script_enabled=False, viewport=PHONE), town.staff[access])


def _file(name: str, content: bytes) -> FilePayload:
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=content)
