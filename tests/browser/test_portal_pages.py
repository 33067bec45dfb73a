"""Trainees at the portal in a real browser: handing in with and without script or mouse, results."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accessibility import find_violations
from playwright.sync_api import BrowserContext, Page
from portal_world import World
from town import E0, E1, E3, NOW, Town

from grader.model.people import Access
from grader.store.jobs import claim_jobs, enqueue_grading, finish_job

PHONE = {"width": 360, "height": 740}
NewContext = Callable[..., BrowserContext]


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
    assert find_violations(page) == []
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
