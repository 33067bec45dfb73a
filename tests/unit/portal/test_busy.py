"""While grading holds the gradebook: who releases or cleans up is told so, and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from portal_world import World  # beside this file's folder

from grader.grading.layout import CourseBusy, CourseDirectory, only_writer
from grader.model.people import Access
from grader.portal.api import staff
from grader.portal.context import Portal
from grader.store.personal_data import TO_FORGET
from grader.store.releases import find_release
from grader.store.settings import write_setting

SLUG = "e0-first-notebook"
PAGE = f"/teach/assignments/{SLUG}"
TYPED = {"opens_at": "2026-04-06T09:30", "due_at": "2026-04-24T18:15", "max_attempts": "7"}


@pytest.fixture
def busy(portal: Portal) -> Iterator[None]:
    """Somebody is grading."""
    with only_writer(CourseDirectory(portal.settings.course_dir)):
        yield


def find_ticked(page: str) -> set[str]:
    """Return the names of the boxes that are ticked."""
    return set(re.findall(r'type="checkbox" name="(\w+)" value="1" checked>', page))


@pytest.mark.usefixtures("busy")
def test_a_release_has_to_wait_and_keeps_what_was_typed(portal: Portal, sign_in) -> None:
    """The instructor presses the button again; no path of the server is shown."""
    answer = sign_in(Access.INSTRUCTOR).post(f"{PAGE}/release", TYPED)
    assert answer.status_code == 503
    assert "아무것도 바뀌지 않았습니다" in answer.text
    assert str(portal.settings.data) not in answer.text
    for value in TYPED.values():
        assert f'value="{value}"' in answer.text
    assert find_ticked(answer.text) == set(), "a box that was left empty stays empty"
    with portal.store.read() as db:
        assert find_release(db, SLUG) is None


@pytest.mark.usefixtures("busy")
def test_removing_what_is_over_has_to_wait(portal: Portal, sign_in) -> None:
    """Somebody's work is to be forgotten: a page with words of its own, and when to come again."""
    with portal.store.write() as db:
        write_setting(db, TO_FORGET, ["kim"])
    answer = sign_in(Access.OPERATOR).post("/operate/retention", {"action": "remove"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "채점 중입니다" in answer.text
    assert str(portal.settings.data) not in answer.text


def test_programs_are_told_to_come_again(sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the API the same is a code."""

    def refuse(*_: object) -> None:
        raise CourseBusy("another medai command is writing to /secret/path", "wait")

    monkeypatch.setattr(staff, "find_release", refuse)
    answer = sign_in(Access.INSTRUCTOR).get(f"/api/v1/assignments/{SLUG}/submissions")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.headers["retry-after"] == "30"
    assert "/secret/path" not in answer.text


def test_boxes_that_were_emptied_stay_empty_beside_a_wrong_date(portal: Portal, sign_in) -> None:
    """Browsers do not send them; the form must not tick them again unseen."""
    world, teacher = World(portal).prepare(), sign_in(Access.INSTRUCTOR)
    world.release(SLUG, grade_on_hand_in=True, strip_outputs=True)
    assert find_ticked(teacher.get(PAGE).text) == {"grade_on_hand_in", "strip_outputs"}
    wrong = {**TYPED, "due_at": "2026-04-01T00:00", "feedback_at_once": "1"}
    answer = teacher.post(f"{PAGE}/rules", wrong)
    assert answer.status_code == 400
    assert find_ticked(answer.text) == {"feedback_at_once"}
