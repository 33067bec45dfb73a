"""Words, facts, identifiers and pictures: what may not stand in a text, and what must."""

from __future__ import annotations

from datetime import date

import pytest

KO = "course/modules/e0-start/lesson.ko.md"
EN = "course/modules/e0-start/lesson.en.md"
QUIZ = "course/modules/e0-start/quiz.yml"
FACTS = "course/facts.yml"
PRACTICE = "course/modules/e0-start/practice.md"
MESSAGES = "assignments/e0-start/assignment.yml"


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (KO, "수검자가 5명", "헤모글로빈 값이 있는 수검자가 5명", 3),
        (EN, "5 examinees", "5 patients with a Patient's card", 6),
        (EN, "5 examinees", "5 examinees (Hgb)", 6),
        ("docs/ko/index.md", "수검자 자료", "헤모글로빈 자료", 3),
        (QUIZ, "en: That is for weight.", "en: That is for hemoglobin.", 7),
        (MESSAGES, "짝수를 확인", "헤모글로빈을 확인", 8),
        (PRACTICE, "of 3 examinees", "of 3 examinees with hemoglobin", 22),
    ],
)
def test_words_to_avoid(course, path: str, old: str, new: str, line: int) -> None:
    """A word that the glossary avoids is found in pages, cells, quizzes and messages."""
    course.edit(path, old, new)
    (problem,) = course.problems()
    assert (problem.path, problem.line, problem.code) == (path, line, "glossary-word")
    assert "Say `" in problem.hint


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (EN, "5 examinees", "5 inpatients"),
        (EN, "5 examinees", "5 `patient` rows"),
        (EN, "5 examinees", "5 hgb cells"),
        (EN, "5 examinees", "5 hemoglobins"),
        (KO, "새 법", "새 법 「헤모글로빈 고시」"),
        (EN, "print(126)", "print(126)  # patient"),
    ],
)
def test_words_that_may_stand(course, path: str, old: str, new: str) -> None:
    """Other words that contain one, code, titles of laws and abbreviations in other case are fine."""
    course.edit(path, old, new)
    assert course.found() == []


def test_a_good_word_that_contains_a_bad_one(course) -> None:
    """The word to use is never reported, though it may contain the word to avoid."""
    course.write(
        "course/glossary.csv",
        course.read("course/glossary.csv") + "공복혈당,fasting glucose,혈당,glucose,,\n",
    )
    assert course.found() == []
    course.edit(KO, "시행일은", "혈당과 시행일은")
    assert course.found() == [(KO, 4, "glossary-word")]


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (KO, "[@glucose-cutoff]", "[@glucose-cutof]", 3),
        (KO, "[@glucose-cutoff]", "[@glucose-cutoff; @gone]", 3),
        (KO, "[@glucose-cutoff]", "[@Glucose cutoff]", 3),
        (QUIZ, "ko: 맞습니다.", "ko: '맞습니다. [@gone]'", 6),
        (PRACTICE, "값을 봅니다.", "값을 봅니다 [@gone].", 16),
        (PRACTICE, 'fact("glucose-cutoff")', "fact('glucose')", 31),
        (FACTS, "en: A new law takes effect.", 'en: "A new law [@gone]."', 13),
    ],
)
def test_dangling_facts(course, path: str, old: str, new: str, line: int) -> None:
    """Every citation names a fact, in prose, YAML texts and code."""
    course.edit(path, old, new)
    assert (path, line, "dangling-fact") in course.found()
    assert {item[2] for item in course.found()} == {"dangling-fact"}


def test_citations_are_not_judged_without_facts(course) -> None:
    """When the facts file is broken, only that is said."""
    course.write(FACTS, "facts: [\n")
    assert course.found() == [(FACTS, 1, "broken-yaml")]


def test_overdue_facts_and_modules(course) -> None:
    """What is past its review fails from the next day on, on the line of the date."""
    assert course.found(date(2027, 1, 31)) == []
    assert course.found(date(2027, 2, 1)) == [
        (FACTS, course.line(FACTS, "id: new-law") - 1, "fact-overdue"),
        (FACTS, len(course.read(FACTS).rstrip().split("\n")), "fact-overdue"),
        ("course/modules/e0-start/module.yml", 17, "module-overdue"),
        ("course/modules/e1-next/module.yml", 17, "module-overdue"),
    ]


def test_one_broken_fact_does_not_hide_overdue_ones(course) -> None:
    """Dates are looked at even when another fact is not sound."""
    course.edit(FACTS, "kind: cutoff", "kind: cutof")
    codes = [item[2] for item in course.found(date(2027, 2, 1)) if item[0] == FACTS]
    assert codes == ["invalid-value", "fact-overdue", "fact-overdue"]


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        (KO, "시행일은 확인이 필요합니다", "시행일은 7월입니다", 4),
        (KO, "시행일은 확인이 필요합니다", "판정 초안 – 의사 확인 필요", 4),
        (EN, "Its date is to be verified", "It holds", 7),
        (QUIZ, "ko: 맞습니다., en: Right.", 'ko: "맞습니다 [@new-law].", en: Right.', 6),
        (PRACTICE, "값을 봅니다.", "값을 봅니다 [@new-law].", 16),
    ],
)
def test_unsettled_facts_told_as_settled(course, path: str, old: str, new: str, line: int) -> None:
    """Where a fact to be verified is cited first, the text says that it is unsettled."""
    course.edit(path, old, new)
    assert (path, line, "unsettled-as-settled") in course.found()


def test_once_told_is_enough_on_a_page(course) -> None:
    """A later section may cite the fact again; a section before the telling one may not."""
    for path in (KO, EN):
        course.write(path, course.read(path) + "\n## Z {#z}\n\n[@new-law]\n")
    course.refresh()
    assert course.found() == []
    course.edit(KO, "## 왜 필요한가 {#why}", "## Y {#y}\n\n[@new-law]\n\n## 왜 필요한가 {#why}")
    assert (KO, 3, "unsettled-as-settled") in course.found()


def test_a_question_may_tell_it_in_any_of_its_texts(course) -> None:
    """A question is read as a whole: one hedge serves its prompt, choices and explanations."""
    course.edit(QUIZ, "ko: 맞습니다., en: Right.", 'ko: "[@new-law]", en: "[@new-law]"')
    course.edit(
        QUIZ, "ko: 몸무게의 단위입니다., en: That", "ko: 확인이 필요합니다., en: To be verified; that"
    )
    assert course.found() == []


PLANTED = [
    ("900101-1234567", "resident-number"),
    ("주민번호 900101-1234567입니다", "resident-number"),
    ("010203-4000000", "resident-number"),
    ("900101–5234567", "resident-number"),
    ("9001011234568", "resident-number"),
    ("010-2345-6789", "phone-number"),
    ("01023456789", "phone-number"),
    ("010 2345 6789", "phone-number"),
    ("+82 10-2345-6789", "phone-number"),
    ("+82-2-345-6789", "phone-number"),
    ("016-234-5678", "phone-number"),
    ("02-345-6789", "phone-number"),
    ("(02) 345-6789", "phone-number"),
    ("031.234.5678", "phone-number"),
    ("070-2345-6789", "phone-number"),
    ("someone@hospital.co.kr", "mail-address"),
    ("a.b+c@notexample.com", "mail-address"),
]
HARMLESS = [
    "991332-1000000",
    "991301-3000000",
    "300101-3234567",
    "900101-1******",
    "9001011234567",
    "1234567890123",
    "1700000000000",
    "900101-12345678",
    "010-0000-1234",
    "02-000-1234",
    "010-0123-4567",
    "+82 10-0000-1234",
    "0.01023456789",
    "2026-11-22",
    "1588-1234",
    "02-2026-05",
    "a@example.com",
    "a@sub.example.co.kr",
    "a@clinic.test",
    "git@github.com:x/y.git",
    "https://user@host.org/x",
    "pkg@1.2.3",
    "x = y@z.T",
]


@pytest.mark.parametrize(("text", "code"), PLANTED)
def test_identifiers_that_look_real(course, text: str, code: str) -> None:
    """Numbers and addresses that could be somebody's are found in any text file."""
    path = "course/modules/e0-start/instructor.ko.md"
    course.write("assignments/e0-start/data/rows.csv", f"a,b\n1,{text}\n")
    assert course.found() == [("assignments/e0-start/data/rows.csv", 2, code)]
    course.remove("assignments/e0-start/data/rows.csv")
    course.write("course/medai_lab/data.py", f"ROWS = '''\n\n{text}'''\n")
    assert course.found() == [("course/medai_lab/data.py", 3, code)]
    assert course.read(path)


@pytest.mark.parametrize("text", HARMLESS)
def test_identifiers_that_belong_to_nobody(course, text: str) -> None:
    """Invented identifiers, dates, decimals and service numbers are fine."""
    course.write("assignments/e0-start/data/rows.csv", f"a,b\n1,{text}\n")
    assert course.found() == []


def test_identifiers_are_found_everywhere(course) -> None:
    """Notebooks, YAML, pages, READMEs and files in other encodings are all looked at."""
    course.write("assignments/e0-start/data/x.ipynb", '{"cells": [{"source": "call 010-2345-6789"}]}')
    course.write("assignments/e0-start/data/old.csv", "이름,전화\n가상,010-2345-6789\n".encode("cp949"))
    course.write("assignments/e0-start/data/picture.png", b"\x89PNG 010-2345-6789")
    course.write("README.md", course.read("README.md") + "010-2345-6789\n")
    course.edit(QUIZ, "ko: 맞습니다., en: Right.", "ko: 010-2345-6789, en: 010-2345-6789")
    course.write("docs/en/notes.txt", "010-2345-6789\n")
    found = [(path, line) for path, line, code in course.found() if code == "phone-number"]
    assert found == [
        ("README.md", 4),
        ("assignments/e0-start/data/old.csv", 2),
        ("assignments/e0-start/data/x.ipynb", 1),
        (QUIZ, 6),
        ("docs/en/notes.txt", 1),
    ]


@pytest.mark.parametrize(
    "image",
    [
        "![](figures/bars.ko.svg)",
        "![  ](figures/bars.ko.svg)",
        "![bars.ko.svg](figures/bars.ko.svg)",
        "![그림](figures/bars.ko.svg)",
        '<img src="figures/bars.ko.svg">',
        '<img src="figures/bars.ko.svg" alt="">',
    ],
)
def test_pictures_without_words(course, image: str) -> None:
    """A picture says what it shows; its file name says nothing."""
    course.edit(KO, "![공복혈당 막대 그림](figures/bars.ko.svg)", image)
    assert course.found() == [(KO, 6, "missing-alt")]


@pytest.mark.parametrize(
    "image",
    [
        '<img src="figures/bars.ko.svg" alt="막대 셋">',
        '<img src="figures/bars.ko.svg" alt="" role="presentation">',
        "`![](x.svg)`",
        "```\n![](x.svg)\n```",
    ],
)
def test_pictures_with_words(course, image: str) -> None:
    """A described picture, a decoration marked as one, and a picture in code are fine."""
    course.edit(KO, "![공복혈당 막대 그림](figures/bars.ko.svg)", image)
    assert [item for item in course.found() if item[2] != "code-mismatch"] == []


def test_pictures_in_other_places(course) -> None:
    """READMEs, sheets and YAML texts are looked at; so is a drawing's own title."""
    course.write("README.md", "# Small\n\n![](course/modules/e0-start/figures/bars.ko.svg)\n")
    course.edit(PRACTICE, "값을 봅니다.", "값을 봅니다. ![](figures/bars.ko.svg)")
    course.edit("course/modules/e0-start/figures/bars.ko.svg", "<title>막대</title>", "<title> </title>")
    assert course.found() == [
        ("README.md", 3, "missing-alt"),
        ("course/modules/e0-start/figures/bars.ko.svg", 1, "missing-alt"),
        (PRACTICE, 16, "missing-alt"),
    ]
