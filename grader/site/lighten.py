"""Pages without what they carry and do not use: styles of other pages, pictures far down, idle marks.

Knows HTML text and the names of our assets; must not know pages or MkDocs. On a ward's network, over plain
HTTP without compression, every kilobyte of the first load counts.
"""

from __future__ import annotations

import re

_USED_WITH = {
    'class="slide': ("slides.css", "slides.js"),
    'class="checklist': ("slides.css",),
    "data-quiz=": ("quiz.css", "quiz.js"),
    "data-quiz-summary": ("quiz.js",),
}
"""What stands in a page that needs these files."""
_OWN = {name for names in _USED_WITH.values() for name in names}
_LINK = re.compile(
    r'[ \t]*<(?:link rel="stylesheet" href|script src)="[^"]*assets/medai/(?P<name>[\w.-]+)"[^>]*>'
    r"(?:</script>)?\n?"
)
_IMAGE = re.compile(r"(<img\b(?![^>]*\bloading=)[^>]*?)(\s*/?>)")
"""A picture that does not say yet when it loads. No `>` stands in attributes: Markdown escapes it."""
_PLAIN_CODE = re.compile(r'<span class="[nwp]">([^<]*)</span>')
"""Names, white space and punctuation in code: they look like the code around them, or nearly so."""


def load_later(content: str) -> str:
    """Return rendered Markdown whose pictures load when a reader comes near them."""
    return _IMAGE.sub(lambda image: f'{image[1]} loading="lazy" decoding="async"{image[2]}', content)


def leave_out_unused(page: str) -> str:
    """Return a whole page without the styles and scripts that only other pages need."""
    used = {name for mark, names in _USED_WITH.items() if mark in page for name in names}
    return _LINK.sub(lambda link: "" if link["name"] in _OWN and link["name"] not in used else link[0], page)


def unmark_plain_code(content: str) -> str:
    """Return rendered Markdown whose highlighted code marks only what has a colour of its own."""
    return _PLAIN_CODE.sub(r"\1", content) if 'class="highlight"' in content else content
