"""Navigation and links between pages."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.content import Course
from grader.site.markup import Html
from grader.site.navigation import build_navigation, written_titles
from grader.site.page import SitePage, name_columns, replace_marks, resolve_links, wrap_untranslated
from grader.site.render import Prepared, render_site
from grader.text import Language


def test_navigation_of_the_sample(course: Course) -> None:
    """Home, course with every module once, schedule, reference, guides, instructors."""
    written = {"index.md": "표본", "guide/trainee.md": "교육생 안내", "about.md": "소개"}
    assert build_navigation(
        course, render_site(course, Prepared(), Language.KO).pages, written, Language.KO
    ) == [
        {"홈": "index.md"},
        {
            "과정": [
                {
                    "기초 과정": [
                        {"과정 소개": "tracks/basics.md"},
                        {
                            "E0 표본 모듈": [
                                "modules/e0-sample/index.md",
                                {"실습": "modules/e0-sample/practice.md"},
                                {"퀴즈": "modules/e0-sample/quiz.md"},
                                {"과제": "modules/e0-sample/assignment.md"},
                                {"점검표": "modules/e0-sample/checklist.md"},
                            ]
                        },
                    ]
                },
                {
                    "그 밖의 모듈": [
                        {"E1 짧은 모듈": ["modules/e1-bare/index.md", {"퀴즈": "modules/e1-bare/quiz.md"}]}
                    ]
                },
                {"직무별 안내": [{"의료진": "roles/clinician.md"}, {"행정 담당자": "roles/office.md"}]},
            ]
        },
        {"일정": "schedule.md"},
        {"자료": [{"용어집": "glossary.md"}, {"근거 자료": "facts.md"}, {"소개": "about.md"}]},
        {"안내서": [{"교육생 안내": "guide/trainee.md"}]},
        {
            "강사용": [
                {"E0 표본 모듈": "modules/e0-sample/instructor.md"},
                {"E1 짧은 모듈": "modules/e1-bare/instructor.md"},
            ]
        },
    ]


@dataclass
class Text:
    src_uri: str
    content_string: str


def test_titles_of_hand_written_pages() -> None:
    """Named pages come first in the given order; an anchor is no part of the title."""
    texts = {"b.md": "---\nx: 1\n---\n# 나 {#top}\n", "a.md": "# 가\n", "guide/c.md": "no title"}
    files = [Text(f"ko/{path}", text) for path, text in texts.items()]
    titles = written_titles(files, ["b.md", "gone.md"])
    assert list(titles.items()) == [("b.md", "나"), ("a.md", "가"), ("guide/c.md", "c")]


def test_pieces_come_back_in_order() -> None:
    """What was taken out of Markdown returns where it stood, backslashes and all."""
    page = SitePage("x.md", "제목", (Html("<b>\\1</b>"), "글", Html("<i>2</i>")))
    assert page.fill(page.markdown).endswith("# 제목 {#top}\n\n<b>\\1</b>\n\n글\n\n<i>2</i>\n")


def test_links_in_pieces_are_resolved() -> None:
    """Known targets get their address with the fragment; unknown ones are reported."""
    known = {"a.md": "../a.html"}
    text, missing = resolve_links(
        '<a href="medai:a.md#x">1</a><img src="medai:gone.png"><a href="https://example.org">2</a>', known.get
    )
    assert text == '<a href="../a.html#x">1</a><img src=""><a href="https://example.org">2</a>'
    assert missing == ["gone.png"]


def test_unknown_marks_stay() -> None:
    """A mark that nobody knows stays a comment: it shows nothing and breaks nothing."""
    assert (
        replace_marks("<!-- medai:roles --><!-- medai:other -->", {"roles": Html("R")})
        == "R<!-- medai:other -->"
    )


def test_heads_of_markdown_tables_name_their_columns() -> None:
    """Each head cell heads a column; an empty corner is no head; finished tables stay as they are."""
    table = '<tr><th></th><th style="text-align: right;">값</th><th scope="row">a</th></tr><thead>'
    wanted = (
        '<tr><td></td><th scope="col" style="text-align: right;">값</th><th scope="row">a</th></tr><thead>'
    )
    assert name_columns(table) == wanted


def test_untranslated_page_says_so() -> None:
    """A reader (and a screen reader) learns which language follows."""
    text = wrap_untranslated("<p>글</p>", Language.EN)
    assert text.startswith('<p class="lang-notice">This page has not been translated')
    assert '<div lang="ko"><p>글</p></div>' in text
