"""Self-check quizzes: by keyboard, by screen reader, remembered, without a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from grader.manifest.read import load_course
from grader.model.course import Question, QuestionKind

ROOT = Path(__file__).parents[2]
MODULE = "e0-first-notebook"
KO, EN = f"modules/{MODULE}/quiz.html", f"en/modules/{MODULE}/quiz.html"
SHOWN = ".quiz-choice__why:visible"


@pytest.fixture(scope="module")
def questions() -> dict[QuestionKind, Question]:
    """The first question of each kind."""
    quiz = load_course(ROOT).modules[MODULE].quiz
    return {question.kind: question for question in reversed(quiz.questions)}


def _element(page: Page, question: Question) -> Locator:
    return page.locator(f"[data-quiz='{MODULE}/{question.id}']")


def _stored(page: Page) -> Any:
    return json.loads(page.evaluate("() => localStorage.getItem('medai.quiz')") or "{}")


def _choose(element: Locator, question: Question, *, right: bool) -> None:
    for choice in question.choices:
        wanted = choice.correct is right
        if question.kind is QuestionKind.SINGLE:
            if wanted:
                element.locator(f"[data-choice={choice.id}] input").check()
                return
        else:
            element.locator(f"[data-choice={choice.id}] input").set_checked(wanted)


def test_keyboard_alone_answers_a_question(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """Arrow keys only choose; the button answers; the verdict is announced and focus stays put."""
    page.goto(f"{server.url}/{KO}")
    question = questions[QuestionKind.SINGLE]
    element = _element(page, question)
    element.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert element.locator("input").nth(1).is_checked()
    assert element.locator(SHOWN).count() == 0
    assert element.locator("[role=status]").inner_text() == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert element.locator("[data-quiz-check]").evaluate("button => button === document.activeElement")
    expected = "맞았습니다" if question.choices[1].correct else "다시 생각해"
    assert expected in element.locator("[role=status]").inner_text()
    assert element.locator(SHOWN).count() == len(question.choices)


def test_every_choice_is_explained_in_words(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """Each choice gets its mark as a word, its explanation, and the tie between them and the control."""
    page.goto(f"{server.url}/{EN}")
    question = questions[QuestionKind.SINGLE]
    element = _element(page, question)
    _choose(element, question, right=False)
    element.locator("[data-quiz-check]").click()
    for choice in question.choices:
        box = element.locator(f"[data-choice={choice.id}]")
        why = box.locator(SHOWN)
        mark = why.locator(".quiz-choice__mark").inner_text()
        assert mark.strip()
        assert len(why.inner_text()) > len(mark) + 5
        assert box.locator("input").get_attribute("aria-describedby") == why.get_attribute("id")
    marks = element.locator(".quiz-choice__mark").all_inner_texts()
    assert len(set(marks)) == 2


def test_some_right_choices_are_partly_right(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """A multiple-choice question distinguishes right, partly right and wrong."""
    page.goto(f"{server.url}/{KO}")
    question = questions[QuestionKind.MULTIPLE]
    element = _element(page, question)
    verdicts = []
    for chosen in (
        [choice for choice in question.choices if choice.correct],
        list(question.choices),
        [choice for choice in question.choices if not choice.correct],
    ):
        for choice in question.choices:
            element.locator(f"[data-choice={choice.id}] input").set_checked(choice in chosen)
        element.locator("[data-quiz-check]").click()
        verdicts.append(element.get_attribute("data-verdict"))
    assert verdicts == ["right", "partly", "wrong"]


def test_no_choice_asks_for_one(page: Page, server: Any, questions: dict[QuestionKind, Question]) -> None:
    """Checking an empty question says what to do and moves to the choices; nothing is recorded."""
    page.goto(f"{server.url}/{KO}")
    element = _element(page, questions[QuestionKind.SINGLE])
    element.locator("[data-quiz-check]").click()
    assert element.locator("[role=status]").inner_text() != ""
    assert element.locator("input").first.evaluate("input => input === document.activeElement")
    assert _stored(page) == {}


def test_answers_are_remembered_across_reload_and_language(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """Kept on the device by stable ids: the English page knows what was answered on the Korean one."""
    page.goto(f"{server.url}/{KO}")
    for question in questions.values():
        _choose(_element(page, question), question, right=True)
        _element(page, question).locator("[data-quiz-check]").click()
    assert set(_stored(page)["answers"]) == {f"{MODULE}/{question.id}" for question in questions.values()}
    page.reload()
    for question in questions.values():
        expect(_element(page, question)).to_have_attribute("data-verdict", "right")
    page.click(".language-switch")
    page.wait_for_url("**/en/**")
    for question in questions.values():
        element = _element(page, question)
        expect(element).to_have_attribute("data-verdict", "right")
        assert element.locator("[role=status]").inner_text().isascii()
    total = page.locator("[data-quiz]").count()
    line = page.locator("[data-quiz-progress]").inner_text()
    assert str(total) in line
    assert line.count("2") >= 2


def test_module_page_tells_how_the_quiz_went(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """The module page shows nothing before the quiz and the count of right answers after it."""
    page.goto(f"{server.url}/modules/{MODULE}/index.html")
    assert page.locator("[data-quiz-summary]:visible").count() == 0
    page.goto(f"{server.url}/{KO}")
    question = questions[QuestionKind.SINGLE]
    _choose(_element(page, question), question, right=True)
    _element(page, question).locator("[data-quiz-check]").click()
    page.goto(f"{server.url}/modules/{MODULE}/index.html")
    summary = page.locator("[data-quiz-summary]:visible").first
    assert "1" in summary.inner_text()


def test_changing_an_answer_takes_the_verdict_back(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """A changed choice is unanswered until the button is pressed again, here and after a reload."""
    page.goto(f"{server.url}/{KO}")
    question = questions[QuestionKind.SINGLE]
    element = _element(page, question)
    _choose(element, question, right=False)
    element.locator("[data-quiz-check]").click()
    _choose(element, question, right=True)
    assert element.get_attribute("data-verdict") is None
    assert element.locator(SHOWN).count() == 0
    assert _stored(page)["answers"] == {}


def test_starting_over_forgets_this_quiz_only(
    page: Page, server: Any, questions: dict[QuestionKind, Question]
) -> None:
    """Reset clears this module's answers, says so, and leaves other modules' answers alone."""
    page.goto(f"{server.url}/{KO}")
    other = {"e9-elsewhere/question": {"chosen": ["a"], "right": True}}
    page.evaluate(
        "answers => localStorage.setItem('medai.quiz', JSON.stringify({v: 1, answers}))",
        {**other, f"{MODULE}/retired-question": {"chosen": ["b"], "right": False}},
    )
    page.reload()
    question = questions[QuestionKind.SINGLE]
    _choose(_element(page, question), question, right=True)
    _element(page, question).locator("[data-quiz-check]").click()
    page.locator("[data-quiz-reset]").click()
    assert page.locator(".quiz__announcer").inner_text() != ""
    assert page.locator("[data-verdict]").count() == 0
    assert page.locator("[data-quiz] input:checked").count() == 0
    assert _stored(page)["answers"].items() >= other.items()
    assert f"{MODULE}/{question.id}" not in _stored(page)["answers"]


@pytest.mark.parametrize("stored", ["", "{", "null", "[]", '{"v": 2}', '{"v": 1, "answers": []}',
                                    '{"v":1,"answers":{"e0-first-notebook/cells":"x"}}'])  # fmt: skip
def test_foreign_memory_is_survived(page: Page, server: Any, stored: str) -> None:
    """Whatever stands in the browser's storage, the quiz starts and can be used."""
    page.goto(f"{server.url}/{KO}")
    page.evaluate("text => localStorage.setItem('medai.quiz', text)", stored)
    page.reload()
    assert page.locator("[data-verdict]").count() == 0
    assert page.locator("[data-quiz-check]:visible").count() == page.locator("[data-quiz]").count()


def test_forbidden_storage_is_survived(page: Page, server: Any) -> None:
    """Where the browser forbids storage, answers live as long as the page."""
    page.add_init_script(
        """for (const method of ['getItem', 'setItem']) {
             const original = Storage.prototype[method]
             Storage.prototype[method] = function (key, ...rest) {
               if (key === 'medai.quiz') throw new DOMException('no', 'SecurityError')
               return original.call(this, key, ...rest)
             }
           }"""
    )
    page.goto(f"{server.url}/{KO}")
    element = page.locator("[data-quiz]").first
    element.locator("input").first.check()
    element.locator("[data-quiz-check]").click()
    assert element.locator(SHOWN).count() > 1


def test_without_a_script_the_answers_can_be_opened(
    new_context: Callable[..., BrowserContext], server: Any
) -> None:
    """No JavaScript: no dead buttons, and every explanation behind a disclosure."""
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server.url}/{KO}")
    element = page.locator("[data-quiz]").first
    assert page.locator("[data-quiz-check]:visible").count() == 0
    assert page.locator("[data-quiz-bar]:visible").count() == 0
    assert element.locator(".quiz-why:visible").count() == 0
    element.locator("summary").click()
    assert element.locator(".quiz-why:visible").count() > 1
