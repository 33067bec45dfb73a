"""Quiz pages: questions as fieldsets that work by keyboard, by screen reader and without JavaScript.

Knows the quiz and the HTML contract with `assets/quiz.js`: stable ids in data attributes, no UI text in
the script. Must not know MkDocs.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.model.content import ModuleContent
from grader.model.course import Choice, Question, QuestionKind
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element, inline, join, void
from grader.site.page import SitePage
from grader.text import Language, LocalText


def render_quiz(content: ModuleContent, sources: SourceNumbers, language: Language) -> SitePage:
    """Return the self-check page of a module."""
    module = content.module
    title = f"{words.QUIZ[language]}: {module.title[language]}"
    return SitePage(
        path=f"modules/{module.id}/quiz.md",
        title=title,
        nav_title=words.QUIZ[language],
        description=module.question[language],
        parts=(
            words.QUIZ_INTRO[language],
            _quiz(content, sources, language),
            *sources.listing(),
        ),
        hide=("toc",),
        warnings=tuple(sources.warnings),
    )


def _quiz(content: ModuleContent, sources: SourceNumbers, language: Language) -> Html:
    def text(value: LocalText) -> Html:
        return inline(value[language], sources.number)

    module_id = content.module.id
    questions = [
        _question(question, number, module_id, language, text)
        for number, question in enumerate(content.quiz.questions, 1)
    ]
    bar = element(
        "div",
        element("p", data_quiz_progress=True, class_="quiz__progress"),
        element(
            "button", words.START_OVER[language], type="button", class_="md-button", data_quiz_reset=True
        ),
        class_="quiz__bar",
        data_quiz_bar=True,
        hidden=True,
    )
    data = {f"data_text_{name}": wording[language] for name, wording in words.QUIZ_DATA.items()}
    return element(
        "div",
        Html("\n"),
        bar,
        Html("\n"),
        join(*questions),
        class_="quiz",
        data_quiz_module=module_id,
        **data,
    )


def _question(
    question: Question, number: int, module_id: str, language: Language, text: Callable[[LocalText], Html]
) -> Html:
    key = f"{module_id}/{question.id}"
    anchor = f"q-{question.id}"
    legend = element(
        "legend",
        element("span", words.QUESTION[language].format(n=number), class_="quiz-question__number"),
        Html(" "),
        element("span", words.LEVEL[question.level][language], class_="quiz-question__level"),
        Html(" "),
        element("span", text(question.prompt), class_="quiz-question__prompt"),
    )
    fieldset = element(
        "fieldset",
        legend,
        element(
            "p", words.CHOOSE[question.kind][language], class_="quiz-question__hint", id=f"{anchor}-hint"
        ),
        *(_choice(choice, question.kind, key, anchor, text) for choice in question.choices),
    )
    return element(
        "div",
        Html("\n"),
        fieldset,
        Html("\n"),
        element(
            "button",
            words.CHECK_ANSWER[language],
            type="button",
            class_="md-button md-button--primary quiz-question__check",
            data_quiz_check=True,
            hidden=True,
            aria_describedby=f"{anchor}-hint",
        ),
        element("p", data_quiz_result=True, class_="quiz-question__result", role="status"),
        _answers(question, language, text),
        Html("\n"),
        class_="quiz-question",
        id=anchor,
        data_quiz=key,
        data_kind=question.kind.value,
    )


def _choice(
    choice: Choice, kind: QuestionKind, key: str, anchor: str, text: Callable[[LocalText], Html]
) -> Html:
    control = f"{anchor}-{choice.id}"
    return element(
        "div",
        void(
            "input",
            type="radio" if kind is QuestionKind.SINGLE else "checkbox",
            name=key,
            id=control,
            value=choice.id,
        ),
        Html(" "),
        element("label", text(choice.text), for_=control),
        class_="quiz-choice",
        data_choice=choice.id,
    )


def _answers(question: Question, language: Language, text: Callable[[LocalText], Html]) -> Html:
    """Explanations of every choice: read by the script, and opened by hand where no script runs."""
    items = []
    for choice in question.choices:
        mark = (words.RIGHT_CHOICE if choice.correct else words.WRONG_CHOICE)[language]
        items.append(
            element(
                "li",
                element(
                    "span", element("strong", mark), Html(" – "), text(choice.text), class_="quiz-why__choice"
                ),
                Html(" "),
                element("span", text(choice.why), class_="quiz-why__text"),
                class_="quiz-why",
                data_for=choice.id,
                data_correct="true" if choice.correct else "false",
            )
        )
    return element(
        "details",
        element("summary", words.SHOW_ANSWERS[language]),
        element("ul", join(*items)),
        class_="quiz-question__answers",
        data_quiz_answers=True,
        data_search_exclude=True,
    )
