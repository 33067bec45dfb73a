"""Pages of instructors: releasing, rules, extensions, announcements, preview; what is typed wrong is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from grader.model.people import Access
from grader.portal.release import plan_dates
from grader.store.announcements import list_announcements
from grader.store.audit import list_audit
from grader.store.releases import (
    LateStep,
    ReleaseRules,
    Scope,
    find_release,
    list_extensions,
    release_assignment,
)
from grader.store.schema import announcements, audit, extensions, releases, submissions

SLUG = "e0-first-notebook"
PAGE = f"/teach/assignments/{SLUG}"
RULES = {
    "opens_at": "2026-04-06T00:00",
    "due_at": "2026-04-24T18:00",
    "closes_at": "2026-04-30T18:00",
    "grace_min": "15",
    "late_hours_0": "0",
    "late_percent_0": "10",
    "late_hours_1": "24",
    "late_percent_1": "30",
    "max_attempts": "5",
    "cool_down_min": "10",
    "second_marking_percent": "20",
    "grade_on_hand_in": "1",
}


@pytest.fixture
def teacher(sign_in):
    """An instructor's browser."""
    return sign_in(Access.INSTRUCTOR)


@pytest.fixture
def released(teacher, portal):
    """E0, released by the form."""
    answer = teacher.post(f"{PAGE}/release", RULES)
    assert answer.status_code == 303, answer.text
    with portal.store.read() as db:
        return find_release(db, SLUG)


@pytest.fixture
def out(teacher, portal):
    """E0 as released, without the files and the gradebook that take time."""
    rules = ReleaseRules(opens_at=portal.now() - timedelta(days=14), max_attempts=5)
    with portal.store.write() as db:
        return release_assignment(db, SLUG, 2, rules, {}, by=teacher.person.id, now=portal.now())


def rows(portal, table) -> int:
    """How many rows a table has."""
    with portal.store.read() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def test_the_overview_lists_every_assignment_with_its_planned_date(teacher, course) -> None:
    text = teacher.get("/teach").text
    for content in course.assignments.values():
        assert content.assignment.title.ko in text
    assert "2026년 4월 24일(금) 18:00" in text
    assert text.count("배포 전") == len(course.assignments)


def test_release_writes_files_gradebook_and_rules(released, teacher, portal, portal_clock, sign_in) -> None:
    assert released.revision == portal.course.assignments[SLUG].assignment.revision
    assert released.rules.due_at.isoformat() == "2026-04-24T09:00:00+00:00"
    assert released.rules.late_rule == (LateStep(0, 10), LateStep(24 * 3600, 30))
    assert (released.rules.grace_s, released.rules.cool_down_s) == (900, 600)
    assert (released.rules.max_attempts, released.rules.second_marking_percent) == (5, 20)
    assert released.rules.grade_on_hand_in
    assert not released.rules.strip_outputs
    assert len(released.grade_ids[SLUG]) > 10
    assert (portal.settings.course_dir / "gradebook.db").is_file()
    for language in ("ko", "en"):
        folder = portal.settings.handout_dir / language / SLUG
        assert (folder / f"{SLUG}.ipynb").is_file()
        assert (folder / "medai_lab" / "facts.json").is_file()
    with portal.store.read() as db:
        line = list_audit(db)[0]
    assert (line.action, line.object, line.actor) == (
        "assignment-released",
        f"assignment:{SLUG}",
        "instructor-1",
    )
    shown = teacher.get(PAGE).text
    assert 'value="2026-04-24T18:00"' in shown
    assert 'value="24"' in shown
    portal_clock.forward(days=30)
    assert "접수 끝남" in sign_in(Access.INSTRUCTOR).get("/teach").text


def test_a_form_with_mistakes_saves_nothing_and_keeps_what_was_typed(teacher, portal) -> None:
    wrong = RULES | {
        "due_at": "2026-04-01T18:00",
        "grace_min": "-1",
        "late_hours_1": "0",
        "max_attempts": "٣",
    }
    answer = teacher.post(f"{PAGE}/release", wrong)
    assert answer.status_code == 400
    for words in ("마감 일시가 시작 일시보다 빠릅니다", "쓸 수 없는 숫자입니다", "차례로 커져야 합니다"):
        assert words in answer.text
    assert 'value="2026-04-01T18:00"' in answer.text
    assert rows(portal, releases) == 0
    assert not portal.settings.course_dir.exists()


@pytest.mark.parametrize("moment", ["x", "2026-13-40T00:00", "99999-01-01T00:00", "2026-04-24T18:00+99:00"])
def test_moments_that_are_none(teacher, portal, moment: str) -> None:
    answer = teacher.post(f"{PAGE}/release", RULES | {"due_at": moment})
    assert answer.status_code == 400
    assert "날짜와 시각을 확인하십시오" in answer.text
    assert rows(portal, releases) == 0


def test_rules_change_and_withdrawal_leave_the_rest(released, teacher, portal) -> None:
    assert teacher.post(f"{PAGE}/rules", RULES | {"due_at": "", "closes_at": ""}).status_code == 303
    with portal.store.read() as db:
        assert find_release(db, SLUG).rules.due_at is None
    assert teacher.post(f"{PAGE}/withdraw").headers["location"].endswith("done=done_teach_withdrawn")
    assert "배포 중지" in teacher.get(PAGE).text
    assert teacher.post(f"{PAGE}/release").status_code == 303
    with portal.store.read() as db:
        again = find_release(db, SLUG)
    assert again.withdrawn_at is None
    assert again.rules.max_attempts == 5


def test_cohorts_with_a_later_date_get_their_extension(portal, course, teacher) -> None:
    """The base date is the earliest; a cohort that the schedule gives more time gets it by itself."""
    content = course.assignments[SLUG]
    first = course.programme.cohorts[0]
    entry = first.schedule[0]
    later = first.model_copy(
        update={
            "id": "essentials-later",
            "schedule": (entry.model_copy(update={"due": entry.due + timedelta(days=7)}),),
        }
    )
    programme = course.programme.model_copy(update={"cohorts": (*course.programme.cohorts, later)})
    object.__setattr__(portal, "course", type(course)(**{**vars(course), "programme": programme}))
    planned = plan_dates(portal.course, content, portal.zone)
    assert planned.due_at == entry.due
    assert planned.later == {"essentials-later": entry.due + timedelta(days=7)}
    assert teacher.post(f"{PAGE}/release", RULES).status_code == 303
    with portal.store.read() as db:
        (made,) = list_extensions(db, SLUG)
    assert (made.scope, made.target, made.due_at) == (
        Scope.COHORT,
        "essentials-later",
        entry.due + timedelta(days=7),
    )


def test_extensions_for_person_site_and_cohort(out, teacher, portal, sign_in) -> None:
    sign_in(Access.TRAINEE, "Jeju-001")
    wanted = (("person", "JEJU-001"), ("site", "busan"), ("cohort", "essentials-2026"))
    for scope, target in wanted:
        given = {"scope": scope, scope: target, "new_due_at": "2026-05-01T18:00", "note": "<b>출장</b>"}
        assert teacher.post(f"{PAGE}/extensions", given).status_code == 303
    with portal.store.read() as db:
        kept = list_extensions(db, SLUG)
    assert [(one.scope, one.target) for one in kept] == [
        ("cohort", "essentials-2026"),
        ("site", "busan"),
        ("person", "Jeju-001"),
    ]
    text = teacher.get(PAGE).text
    assert "&lt;b&gt;출장&lt;/b&gt;" in text
    assert "부산센터" in text
    for one in kept:
        assert teacher.post(f"{PAGE}/extensions/{one.id}/remove").status_code == 303
    assert rows(portal, extensions) == 0
    assert teacher.post(f"{PAGE}/extensions/{kept[0].id}/remove").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"scope": "person", "person": "nobody"},
        {"scope": "site", "site": "pyongyang"},
        {"scope": "cohort"},
        {"scope": "person", "person": ""},
        {"scope": "site", "site": "busan", "new_due_at": ""},
        {"scope": "site", "site": "busan", "new_closes_at": "2026-04-30T00:00"},
    ],
)
def test_extensions_for_nobody_are_refused(out, teacher, portal, given: dict[str, str]) -> None:
    answer = teacher.post(f"{PAGE}/extensions", {"new_due_at": "2026-05-01T18:00", **given})
    assert answer.status_code == 400
    assert "저장하지 않았습니다" in answer.text
    assert rows(portal, extensions) == 0


@pytest.mark.parametrize(
    "path", ["", "/rules", "/withdraw", "/extensions", "/release", "/extensions/1/remove"]
)
def test_unknown_assignments_are_not_found(teacher, path: str) -> None:
    address = f"/teach/assignments/e9-nothing{path}"
    answer = teacher.post(address, RULES) if path else teacher.get(address)
    assert answer.status_code == 404


NEWS = {
    "title_ko": "점검 안내",
    "title_en": "Maintenance",
    "body_ko": "토요일에\r\n점검합니다.\r\n\r\n<script>alert(1)</script>",
    "body_en": "On Saturday.",
    "site": "jeju",
    "cohort": "",
}


def test_announcements_are_previewed_published_and_withdrawn(teacher, portal, sign_in) -> None:
    shown = teacher.post("/teach/announcements", NEWS | {"action": "preview"})
    assert shown.status_code == 200
    assert "아직 공지하지 않았습니다" in shown.text
    assert rows(portal, announcements) == 0
    assert teacher.post("/teach/announcements", NEWS | {"action": "publish"}).status_code == 303
    with portal.store.read() as db:
        (made,) = list_announcements(db)
    assert made.body.ko.startswith("토요일에\n점검합니다.\n\n")
    text = teacher.get("/teach/announcements").text
    assert "<script>alert" not in text
    assert "점검 안내" in text
    assert "점검 안내" in teacher.get("/teach/preview?site=jeju").text
    assert "점검 안내" not in teacher.get("/teach/preview?site=busan").text
    assert teacher.post(f"/teach/announcements/{made.id}/withdraw").status_code == 303
    assert teacher.post(f"/teach/announcements/{made.id}/withdraw").status_code == 404
    assert "점검 안내" not in teacher.get("/teach/preview?site=jeju").text


@pytest.mark.parametrize("missing", ["title_ko", "title_en", "body_ko", "body_en"])
def test_both_languages_are_needed(teacher, portal, missing: str) -> None:
    answer = teacher.post("/teach/announcements", NEWS | {missing: "  ", "action": "publish"})
    assert answer.status_code == 400
    assert f'id="{missing}-problem"' in answer.text
    assert "점검합니다" in answer.text or missing == "body_ko"
    assert rows(portal, announcements) == 0


def test_preview_shows_a_trainees_pages_and_writes_nothing(released, teacher, portal) -> None:
    before = [rows(portal, table) for table in (submissions, audit)]
    overview = teacher.get("/teach/preview")
    assert f"/teach/preview/{SLUG}" in overview.text
    page = teacher.get(f"/teach/preview/{SLUG}")
    assert page.status_code == 200
    assert "미리 보고 있습니다" in page.text
    package = teacher.get(f"/teach/preview/{SLUG}/handout/ko/package")
    assert package.content.startswith(b"PK")
    assert teacher.get(f"/teach/preview/{SLUG}/handout/en/notebook").status_code == 200
    assert teacher.get("/teach/preview/e1-screening-journey").status_code == 404
    assert [rows(portal, table) for table in (submissions, audit)] == before


def test_a_preview_in_english_for_an_assignment_that_opens_later(out, teacher, portal) -> None:
    teacher.post(f"{PAGE}/rules", RULES | {"opens_at": "2026-04-23T09:00"})
    page = teacher.get(f"/teach/preview/{SLUG}?lang=en")
    assert "Opens" not in page.text or "handout" in page.text
    assert "This is a preview" in page.text
