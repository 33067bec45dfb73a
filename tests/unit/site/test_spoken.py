"""Korean words on English pages are marked as Korean; everything else stays byte for byte."""

from __future__ import annotations

import pytest

from grader.site.spoken import mark_korean


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>The word 이상 (or more)</p>", '<p>The word <span lang="ko">이상</span> (or more)</p>'),
        ("<p>판정 초안, 의사 확인</p>", '<p><span lang="ko">판정 초안, 의사 확인</span></p>'),
        ('<p lang="ko">이미 <b>한국어</b></p>', '<p lang="ko">이미 <b>한국어</b></p>'),
        (
            '<p lang="ko">가 <i lang="en">나</i></p>',
            '<p lang="ko">가 <i lang="en"><span lang="ko">나</span></i></p>',
        ),
        ("<pre><code>t('나이')</code></pre>", "<pre><code>t('나이')</code></pre>"),
        (
            '<img alt="그림" src="a.png"> 글<br/>',
            '<img alt="그림" src="a.png"> <span lang="ko">글</span><br/>',
        ),
        (
            "<!-- 메모 --><p>a &lt; b &#38; c</p><script>'가'</script>",
            "<!-- 메모 --><p>a &lt; b &#38; c</p><script>'가'</script>",
        ),
    ],
)
def test_korean_words_are_marked_once(content: str, expected: str) -> None:
    """Only text is touched, and only where the language around it is not Korean already."""
    assert mark_korean(content) == expected


def test_text_without_korean_is_untouched() -> None:
    """English HTML comes back as it was."""
    text = '<table><tr><td>5 &gt; 4</td></tr></table>\n<input type="radio" disabled>'
    assert mark_korean(text) == text
