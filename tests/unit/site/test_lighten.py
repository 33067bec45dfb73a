"""Pages carry what they use and nothing else."""

from __future__ import annotations

import pytest

from grader.site.assets import linked_scripts, linked_styles
from grader.site.lighten import leave_out_unused, load_later, unmark_plain_code


def page_with(content: str) -> str:
    """A page as the theme writes it, with every style and script of ours."""
    links = [f'      <link rel="stylesheet" href="../../{path}">\n' for path in linked_styles()]
    scripts = [f'        <script src="../../{path}" defer></script>\n' for path in linked_scripts()]
    theme = '<link rel="stylesheet" href="../../assets/stylesheets/main.min.css">\n'
    return f"<head>{theme}{''.join(links)}</head><body>{content}{''.join(scripts)}</body>"


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        ("<p>slides.js quiz.css</p>", set()),
        ('<section class="slide" id="slide-1">', {"slides.css", "slides.js"}),
        ('<div class="checklist">', {"slides.css"}),
        ('<fieldset data-quiz="q-unit">', {"quiz.css", "quiz.js"}),
        ('<span data-quiz-summary="e0">', {"quiz.js"}),
    ],
)
def test_only_what_is_needed_is_linked(content: str, needed: set[str]) -> None:
    """Slides and quizzes load their files; what every page needs stays on every page."""
    page = leave_out_unused(page_with(content))
    for name in ("slides.css", "slides.js", "quiz.css", "quiz.js"):
        assert (f"assets/medai/{name}" in page) == (name in needed), name
    for name in ("fonts.css", "course.css", "parts.css", "print.css", "keys.js", "main.min.css"):
        assert f"/{name}" in page, name
    assert content in page


def test_code_keeps_its_text_and_its_colours() -> None:
    """Names, spaces and brackets lose marks that show nothing; keywords and strings keep theirs."""
    code = (
        '<div class="highlight"><pre><span class="kn">import</span><span class="w"> </span>'
        '<span class="n">a</span><span class="p">(</span><span class="s2">&quot;n&quot;</span></pre></div>'
    )
    assert unmark_plain_code(code) == (
        '<div class="highlight"><pre><span class="kn">import</span> '
        'a(<span class="s2">&quot;n&quot;</span></pre></div>'
    )
    assert unmark_plain_code('<span class="n">1</span>') == '<span class="n">1</span>'


def test_pictures_load_when_they_are_needed() -> None:
    """Figures wait until a reader comes near; a picture that says when it loads is left alone."""
    assert load_later('<p><img alt="a" src="a.svg" /></p>') == (
        '<p><img alt="a" src="a.svg" loading="lazy" decoding="async" /></p>'
    )
    assert load_later('<img src="a.png">') == '<img src="a.png" loading="lazy" decoding="async">'
    plot = '<img alt="b" src="b.png" loading="lazy">'
    assert load_later(plot) == plot
