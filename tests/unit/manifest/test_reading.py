"""Words and sentences are counted as a reader would count them."""

from __future__ import annotations

import pytest

from grader.manifest.reading import reading_level, split_sentences

TEXT = """\
## 제목은 세지 않습니다 {#title}

첫 문장입니다. 둘째 문장은 "여기까지입니다." 셋째
문장은 두 줄입니다 [@fact].

- 목록 하나
- 목록 둘. 이어지는 말

|표는|세지|
|---|---|

```python
print("code is not read")
```
"""


def test_sentences_and_their_places() -> None:
    """Headings, tables and code are left out; a list item starts anew; offsets lead back to the text."""
    sentences = list(split_sentences(TEXT))
    assert [one.words for one in sentences] == [2, 3, 4, 2, 2, 2]
    for one in sentences:
        assert TEXT[one.offset :].startswith(one.text.split()[0])


@pytest.mark.parametrize(
    ("text", "words", "mean", "lix"),
    [
        ("", 0, 0.0, 0.0),
        ("`code` only 1 word", 3, 3.0, 3.0),
        ("The examinee reads. It is short.", 6, 3.0, 3.0 + 100 / 6),
        ("One 2.5 mg dose, please.", 5, 5.0, 5.0),
    ],
)
def test_reading_level(text: str, words: int, mean: float, lix: float) -> None:
    """Words to a sentence, and LIX: that plus the percentage of words of more than six letters."""
    level = reading_level(text)
    assert (level.words, level.words_per_sentence) == (words, mean)
    assert level.lix == pytest.approx(lix)
