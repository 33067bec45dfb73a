"""Feedback pages: say what is needed in the trainee's language, leak nothing, run nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from grader.errors import UsageError
from grader.grading.feedback_words import WORDS, write_duration, write_points, write_time
from grader.grading.handback import FeedbackItem, FeedbackStatus, write_feedback
from grader.model.work import CellResult, GradingJob, Outcome, Verdict
from grader.text import Language

ID = "대구 003"
EN = "gn-003"
SECRETS = ("secret_height_column", "47.5", "77.125", "BEGIN HIDDEN", "END SOLUTION", "Traceback")


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.headings: list[int] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text += data


def hand_back(course: Any, **options: Any) -> dict[str, FeedbackItem]:
    report = write_feedback(
        course.paths.root, course.content, course.roster, zone=options.pop("zone", None) or seoul(), **options
    )
    return {item.trainee: item for item in report.items}


def seoul() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Seoul")


def read_page(course: Any, trainee: str) -> str:
    return str(course.paths.feedback(trainee, "sample").read_text("utf-8"))


def grade_and_hand_back(course: Any, **options: Any) -> dict[str, FeedbackItem]:
    course.collect()
    course.grade(**options)
    return hand_back(course)


def assert_harmless(html: str) -> Page:
    """No script, no event, no address, no foreign form; the policy fits the one style sheet."""
    page = Page(html)
    assert not set(page.tags) & {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "svg",
        "link",
    }
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in {"style", "srcset", "action", "formaction", "srcdoc"}, (tag, name)
        assert "javascript:" not in value.lower(), (tag, name)
        if name == "href":
            assert value.startswith("#")
        if name == "src":
            assert value.startswith("data:image/png;base64,")
    policy = next(
        value for tag, name, value in page.attributes if name == "content" and "default-src" in value
    )
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return page


def test_everyone_gets_their_page(course: Any, full: Any, release: Any) -> None:
    """Graded work has a page in the trainee's language, refused work one that says why, no work none."""
    course.hand_in(ID, full)
    course.hand_in(EN, b"{")
    items = grade_and_hand_back(course)
    assert {trainee: item.status for trainee, item in items.items()} == {
        ID: FeedbackStatus.WRITTEN,
        EN: FeedbackStatus.QUARANTINED,
        "hq-001": FeedbackStatus.MISSING,
    }
    assert items[ID].path == "feedback/대구 003/sample/sample.html"
    assert '<html lang="ko">' in read_page(course, ID)
    assert '<html lang="en">' in read_page(course, EN)
    assert "cannot be read" in read_page(course, EN)
    assert "no points were taken off" in read_page(course, EN)
    assert items[ID].size_bytes == len(read_page(course, ID).encode()) < 20_000
    assert_harmless(read_page(course, EN))


def test_writing_again_changes_nothing(course: Any, full: Any) -> None:
    """Equal pages are not written again, and a dry run says what would be."""
    course.hand_in(ID, full)
    course.collect()
    course.grade()
    assert hand_back(course, dry_run=True)[ID].status is FeedbackStatus.WRITTEN
    assert not course.paths.feedback(ID, "sample").exists()
    assert hand_back(course)[ID].status is FeedbackStatus.WRITTEN
    assert hand_back(course)[ID].status is FeedbackStatus.UNCHANGED


def test_failed_tests_say_their_message_and_nothing_hidden(course: Any, full: Any, cell_of: Any) -> None:
    """Both languages get the author's message; no source, value or traceback of a test is there."""
    cell_of(full, "bmi")["source"] = "def bmi(cm, kg):\n    raise ValueError((cm, kg))"
    cell_of(full, "label")["source"] = 'label_of_26 = "low"'
    course.hand_in(ID, full)
    course.hand_in(EN, full)
    grade_and_hand_back(course)
    korean, english = read_page(course, ID), read_page(course, EN)
    assert "구분 이름을 다시 보십시오." in korean
    assert "Look at the label again." in english
    assert "Look at the label again." not in korean
    assert "다룰 수 없는 값" in korean
    assert "could not handle" in english
    for page in (korean, english):
        assert_harmless(page)
        assert not [secret for secret in SECRETS if secret in page]
        assert "assert" not in Page(page).text


def test_code_that_finds_the_hidden_tests_cannot_show_them(course: Any, full: Any) -> None:
    """Even if a learner's cell prints the hidden tests, the page withholds that output."""
    course.hand_in(ID, full)

    def leaky(jobs: Any) -> Any:
        for job in jobs:
            source = next(cell.source for cell in job.cells if cell.id == "bmi-value")
            leak = {"output_type": "stream", "name": "stdout", "text": source}
            cells = [
                CellResult(id=cell.id, verdict=Verdict.PASSED, outputs=(leak,) if cell.id == "bmi" else ())
                for cell in job.cells
            ]
            yield Outcome(job_digest=job.digest, cells=tuple(cells))

    grade_and_hand_back(course, run_jobs=leaky)
    page = read_page(course, ID)
    assert "숨은 채점 내용이 있어" in page
    assert "secret_height_column" not in page


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "</code></pre><img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "[x](javascript:alert(1)) <a href='javascript:alert(1)'>x</a>",
        "{{ 7 * 7 }} {% raw %}",
        "</style><script>alert(1)</script>",
        "<!--",
    ],
)
def test_nothing_of_the_learners_is_alive(course: Any, full: Any, cell_of: Any, attack: str) -> None:
    """Code, output, error, Markdown, file name, comment and trainee's name are text and nothing else."""
    cell_of(full, "bmi")["source"] += f"\nprint({attack!r})\nraise ValueError({attack!r})"
    cell_of(full, "desk")["source"] = attack
    full["cells"].insert(
        0, {"cell_type": "markdown", "id": "a", "metadata": {attack: attack}, "source": attack}
    )
    full["cells"].insert(0, {"cell_type": "raw", "id": "b", "metadata": {}, "source": attack})
    full["metadata"][attack] = attack
    safe_name = attack.replace("/", "|")
    course.hand_in(ID, full, name=f"{safe_name}.ipynb")
    course.roster = tuple(one.model_copy(update={"name": attack}) for one in course.roster)
    course.collect()
    course.grade()
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        book.find_comment("desk", "sample", "sample", ID).manual_comment = attack
        book.db.commit()
    hand_back(course)
    page = assert_harmless(read_page(course, ID))
    assert page.text.count(attack) >= 5
    assert "49" not in page.text


def test_html_output_keeps_its_table_only(course: Any, full: Any) -> None:
    """A data frame's table is shown; script, style, link and picture in it are not."""
    course.hand_in(ID, full)
    html = (
        "<style>body{display:none}</style><table class='x' onclick='a()'><tr><td>42.5</td></tr></table>"
        "<script>alert(1)</script><img src=https://example.org/x><a href=https://example.org>link</a>"
    )
    data = {"text/html": html, "text/plain": "plain", "image/svg+xml": "<svg onload=alert(1)/>"}
    display = {"output_type": "display_data", "data": data, "metadata": {}}

    def shows(jobs: Any) -> Any:
        for job in jobs:
            cells = [CellResult(id=c.id, verdict=Verdict.PASSED, outputs=(display,)) for c in job.cells]
            yield Outcome(job_digest=job.digest, cells=tuple(cells))

    grade_and_hand_back(course, run_jobs=shows)
    page = assert_harmless(read_page(course, ID))
    assert "42.5" in page.text
    assert "example.org" not in read_page(course, ID)


def test_pages_stay_small(course: Any, full: Any, cell_of: Any) -> None:
    """Endless output and many pictures do not make an endless page."""
    cell_of(full, "bmi")["source"] += "\n" + "# long\n" * 20_000 + "print('x' * 150_000)"
    course.hand_in(ID, full)
    assert grade_and_hand_back(course)[ID].size_bytes < 60_000
    assert "길어서 뒷부분을 줄였습니다." in read_page(course, ID)


def test_what_a_person_decided_is_shown(course: Any, full: Any, cell_of: Any) -> None:
    """Score, comment and adjusted points of a person are on the page, with pass or no pass."""
    cell_of(full, "label")["source"] = 'label_of_26 = "low"'
    course.hand_in(ID, full)
    grade_and_hand_back(course)
    assert "사람이 채점할 예정입니다." in Page(read_page(course, ID)).text
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        for name, score in (("desk", 3.0), ("label-check", 1.0)):
            grade = book.find_grade(name, "sample", "sample", ID)
            grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment("desk", "sample", "sample", ID).manual_comment = "업무가 분명합니다!"
        book.db.commit()
    hand_back(course)
    text = Page(read_page(course, ID)).text
    assert "통과하셨습니다." in text
    assert "업무가 분명합니다!" in text
    assert "사람이 이 점수를 조정했습니다." in text
    assert "3 / 4" in text


def test_late_and_repaired_work_is_told(course: Any, full: Any, stripped: Callable[..., Any]) -> None:
    """Lateness and every repair are on the page, with what they cost."""
    course.hand_in(ID, stripped(full), name="최종 (3).ipynb", at="2026-04-26T19:30:00")
    grade_and_hand_back(course)
    text = Page(read_page(course, ID)).text
    assert "마감보다 2일 1시간 늦게 제출했습니다." in text
    assert "최종 (3).ipynb" in text
    assert "표시(메타데이터)가 지워져" in text


def test_a_refused_later_file_is_told_beside_the_score(course: Any, full: Any) -> None:
    """Who hands in a broken file after a good one keeps the score and learns of the broken file."""
    course.hand_in(ID, full, at="2026-04-20T10:00:00")
    grade_and_hand_back(course)
    course.hand_in(ID, b"", at="2026-04-21T10:00:00")
    course.collect()
    hand_back(course)
    text = Page(read_page(course, ID)).text
    assert "나중에 제출한 파일을 채점하지 못했습니다" in text
    assert "비어 있습니다" in text
    assert "6 / 6" in text


def test_new_work_waits_for_its_grade(course: Any, full: Any, release: Any) -> None:
    """A page never shows the score of older work as that of newer work."""
    course.hand_in(ID, release, at="2026-04-20T10:00:00")
    grade_and_hand_back(course)
    course.hand_in(ID, full, at="2026-04-21T10:00:00")
    course.collect()
    assert hand_back(course)[ID].status is FeedbackStatus.NOT_GRADED


def test_a_page_is_well_formed_for_everyone(course: Any, full: Any, cell_of: Any) -> None:
    """One main heading, no skipped level, landmarks, named regions, alternative texts, unique ids."""
    cell_of(full, "bmi")["source"] += "\nprint(1)"
    course.hand_in(ID, full)
    grade_and_hand_back(course)
    page = Page(read_page(course, ID))
    assert page.headings.count(1) == 1
    assert all(later <= before + 1 for before, later in zip(page.headings, page.headings[1:], strict=False))
    assert {"header", "main", "footer", "caption"} <= set(page.tags)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value.removeprefix("#") for _, name, value in page.attributes if name == "href"}
    assert targets <= set(ids)
    labels = {value for _, name, value in page.attributes if name == "aria-labelledby"}
    assert labels <= set(ids)


def test_some_students_and_no_release(course: Any, full: Any) -> None:
    """`students` limits the pages; without a release the error names the command."""
    course.hand_in(ID, full)
    course.collect()
    course.grade()
    assert list(hand_back(course, students={ID})) == [ID]
    course.paths.release("sample").unlink()
    with pytest.raises(UsageError, match="was not released"):
        hand_back(course)


def test_reports_are_json(course: Any, full: Any) -> None:
    """Every report of the path can be printed as JSON."""
    course.hand_in(ID, full, name="x.ipynb")
    course.hand_in(EN, b"")
    reports = [course.collect(), course.grade()]
    reports.append(write_feedback(course.paths.root, course.content, course.roster, zone=seoul()))
    for report in reports:
        assert json.loads(json.dumps(report.as_dict()))["items"]


@pytest.mark.parametrize(
    ("seconds", "ko", "en"),
    [
        (0.2, "1분", "1 minute"),
        (5_400, "1시간 30분", "1 hour 30 minutes"),
        (61, "2분", "2 minutes"),
        (3_600, "1시간", "1 hour"),
        (7_320, "2시간 2분", "2 hours 2 minutes"),
        (86_400 * 2 + 60, "2일", "2 days"),
        (86_400 + 7_200, "1일 2시간", "1 day 2 hours"),
    ],
)
def test_durations_for_people(seconds: float, ko: str, en: str) -> None:
    """At most two units, never zero."""
    assert write_duration(seconds, Language.KO) == ko
    assert write_duration(seconds, Language.EN) == en


def test_times_and_points_for_people() -> None:
    """Dates are written as people write them, points without needless decimals."""
    at = datetime(2026, 4, 5, 9, 7)  # noqa: DTZ001  already local
    assert write_time(at, Language.KO) == "2026년 4월 5일 09:07"
    assert write_time(at, Language.EN) == "5 April 2026, 09:07"
    assert [write_points(points) for points in (3.0, 2.5, 0.1 + 0.2)] == ["3", "2.5", "0.3"]


def test_every_word_is_used() -> None:
    """The page's words have no leftovers."""
    from importlib.resources import files

    folder = files("grader.grading")
    used = "".join(
        (folder / "templates" / name).read_text("utf-8") for name in ("layout.html", "feedback.html")
    )
    used += (folder / "templates" / "refusal.html").read_text("utf-8")
    used += (folder / "feedback_view.py").read_text("utf-8")
    assert [word for word in WORDS if word not in used and not word.startswith("level_")] == []


def test_untouched_tasks_take_one_calm_line(course: Any, release: Any) -> None:
    """Nobody who left a task is told so once per check, nor shown our own stub as their answer."""
    course.hand_in(ID, release)
    grade_and_hand_back(course)
    text = Page(read_page(course, ID)).text
    assert text.count("하지 않은 작성 과제입니다.") == 1
    assert text.count("답이 비어 있어 점수가 없습니다.") == 1
    assert text.count("답이 비어 있음") == 6
    assert "확인 1" not in text
    assert "NotImplementedError" not in text


def test_points_that_a_person_gave_are_never_hidden(course: Any, release: Any) -> None:
    """An untouched task that a person gave points shows its checks and the adjustment."""
    course.hand_in(ID, release)
    grade_and_hand_back(course)
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        book.find_grade("label-check", "sample", "sample", ID).manual_score = 1.0
        book.db.commit()
    hand_back(course)
    text = Page(read_page(course, ID)).text
    assert "확인 1" in text
    assert "사람이 이 점수를 조정했습니다." in text
    assert "답이 비어 있어 점수가 없습니다." not in text


def test_a_stopped_answer_is_the_cause_of_missing_names(course: Any, full: Any, cell_of: Any) -> None:
    """Beside a check that only misses what a broken cell would have made, the cell is named as the cause."""
    cell_of(full, "bmi")["source"] = "def bmi(cm, kg)\n    return 1"
    cell_of(full, "label")["source"] = 'label_of_26 = "low"\nprint(no_such_name)'
    course.hand_in(ID, full)
    grade_and_hand_back(course)
    text = Page(read_page(course, ID)).text
    assert text.count("답 셀이 오류로 멈추어 확인하지 못했습니다.") == 2
    assert "구분 이름을 다시 보십시오." in text
    assert "둥근 따옴표(“ ”)" in text


def test_a_loop_after_the_right_answer_costs_nothing(course: Any, full: Any) -> None:
    """The cell is named as the one that was stopped; that it earned no points is said nowhere."""

    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for outcome in course.run(jobs):
            late = {"verdict": Verdict.TIMED_OUT}
            cells = [cell.model_copy(update=late) if cell.id == "bmi" else cell for cell in outcome.cells]
            yield outcome.model_copy(update={"cells": tuple(cells)})

    course.hand_in(ID, full)
    grade_and_hand_back(course, run_jobs=run)
    text = Page(read_page(course, ID)).text
    assert "이 셀은 정해진 시간 안에 끝나지 않아 여기에서 멈추었습니다." in text
    assert "점수를 받지 못했습니다" not in text
