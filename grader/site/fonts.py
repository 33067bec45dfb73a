"""Web fonts: the Korean and Latin letters the site uses, cut from one source font.

Knows HTML text, Unicode and fontTools; reads a built site directory and writes fonts into it. Must not
know MkDocs or the course.

A Korean font with every syllable weighs two megabytes; a site uses several hundred of 11,172 syllables.
The letters are cut into slices with `unicode-range`, so that a page loads only the slices it needs:
Latin, the syllables most pages share, and the rarer ones.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FAMILY = "Medai Sans"
"""The licence reserves the source font's own name for unmodified copies."""

WEIGHTS = (400, 700)
"""Lightest and heaviest weight; everything between is available too."""

FONT_URL = "assets/medai/fonts"
"""Where the site serves the fonts; `fonts.css` lies beside that folder."""

_SOURCE = Path(__file__).parent / "assets" / "fonts" / "PretendardVariable.woff2"
_LICENCE = _SOURCE.with_name("OFL.txt")
_RECIPE = "3"
"""Part of the cache key: raise it when the way fonts are cut changes."""
_FEATURES = ["ccmp", "kern", "liga", "locl", "mark", "mkmk", "tnum"]
_ASCII = frozenset(chr(code) for code in range(0x20, 0x7F))
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_RARE_SLICE = 60
"""Most syllables in a slice of rarer ones: about 11 kB."""


@dataclass(frozen=True)
class Slice:
    """Characters that are downloaded together."""

    name: str
    characters: tuple[str, ...]


def characters_of(page: str) -> frozenset[str]:
    """Return every character a page can show: its text, attributes and JSON strings alike."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), page)
    return frozenset(html.unescape(unescaped))


def plan_slices(pages: Sequence[frozenset[str]]) -> tuple[Slice, ...]:
    """Return the slices for pages with these characters: Latin, shared syllables, rarer syllables.

    A syllable is shared when at least a quarter of the pages that contain Korean prose have it. Rarer ones
    that stand on the same pages come together, so that a page needs few slices.
    """
    counts: Counter[str] = Counter()
    for characters in pages:
        counts.update(characters)
    syllables = sorted((c for c in counts if _is_syllable(c)), key=lambda c: (-counts[c], c))
    others = sorted(_ASCII | {c for c in counts if c.isprintable() and not _is_syllable(c)})
    prose_pages = sum(1 for characters in pages if sum(map(_is_syllable, characters)) > 60)
    shared = [c for c in syllables if counts[c] * 4 >= max(prose_pages, 1)]
    rare = syllables[len(shared) :]
    slices = [Slice("latin", tuple(others)), Slice("ko", tuple(sorted(shared)))]
    for number, group in enumerate(_group_rare(rare, pages), 1):
        slices.append(Slice(f"ko{number}", tuple(sorted(group))))
    return tuple(piece for piece in slices if piece.characters)


def _group_rare(rare: Sequence[str], pages: Sequence[frozenset[str]]) -> list[list[str]]:
    """Return groups of about equal size; next in a group is the syllable whose pages are most like its own.

    `rare` is sorted, most frequent first, which breaks ties. Sets of pages are bits of a number.
    """
    where = {c: sum(1 << place for place, page in enumerate(pages) if c in page) for c in rare}
    left, groups = list(rare), list[list[str]]()
    for parts in range(-(-len(rare) // _RARE_SLICE), 0, -1):
        size, union, group = -(-len(left) // parts), 0, list[str]()
        while len(group) < size:
            both = union
            best = max(left, key=lambda c: (where[c] & both).bit_count() / (where[c] | both).bit_count())
            left.remove(best)
            group.append(best)
            union |= where[best]
        groups.append(group)
    return groups


def unicode_range(characters: Iterable[str]) -> str:
    """Return the CSS `unicode-range` of these characters."""
    runs: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ", ".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def font_face(slice_: Slice, file_name: str) -> str:
    """Return the CSS rule that offers one slice; its URL is relative to `fonts.css`."""
    return (
        "@font-face {\n"
        f'  font-family: "{FAMILY}";\n'
        "  font-style: normal;\n"
        f"  font-weight: {WEIGHTS[0]} {WEIGHTS[1]};\n"
        "  font-display: swap;\n"
        f'  src: url("fonts/{file_name}") format("woff2");\n'
        f"  unicode-range: {unicode_range(slice_.characters)};\n"
        "}\n"
    )


def make_base(characters: Iterable[str]) -> bytes:
    """Return the source font narrowed to our weights, under our name, with what Korean texts commonly use.

    Takes seconds; cutting slices from it takes tenths. `characters` may name some that are not common.
    """
    return _cut(_SOURCE.read_bytes(), _common_characters() | set(characters), narrow=True)


def uncommon(slices: Iterable[Slice]) -> frozenset[str]:
    """Return the characters that a base holds only when it is asked for them."""
    return frozenset(c for piece in slices for c in piece.characters) - _common_characters()


def cut_fonts(slices: Sequence[Slice], base: bytes) -> dict[str, bytes]:
    """Return file name → bytes of the fonts and of the style sheet `fonts.css` that offers them.

    Same slices, same bytes: time stamps are kept from the source. Characters that the source font lacks
    are left to the reader's own fonts.
    """
    files: dict[str, bytes] = {}
    rules = [f"/* {FAMILY}: subset of a font under the SIL Open Font License 1.1, see fonts/OFL.txt */\n"]
    covered = _covered(base)
    for piece in slices:
        present = tuple(c for c in piece.characters if ord(c) in covered)
        if not present:
            continue
        data = _cut(base, frozenset(present), narrow=False)
        name = f"medai-sans-{piece.name}.{hashlib.sha256(data).hexdigest()[:8]}.woff2"
        files[name] = data
        rules.append(font_face(Slice(piece.name, present), name))
    files["fonts.css"] = "".join(rules).encode()
    return files


def publish_fonts(site_dir: Path, cache_dir: Path) -> None:
    """Write the fonts that the pages under `site_dir` need; cut fonts are kept in `cache_dir`."""
    pages = [characters_of(path.read_text("utf-8")) for path in sorted(site_dir.rglob("*.html"))]
    slices = plan_slices(pages)
    kept = cache_dir / _key([[piece.name, piece.characters] for piece in slices])
    if not kept.is_dir():
        _keep(cut_fonts(slices, _kept_base(uncommon(slices), cache_dir)), kept)
    target = site_dir / FONT_URL
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(kept.iterdir()):
        shutil.copyfile(path, target.parent / path.name if path.suffix == ".css" else target / path.name)
    shutil.copyfile(_LICENCE, target / _LICENCE.name)


def _is_syllable(character: str) -> bool:
    return "가" <= character <= "힣"


@cache
def _common_characters() -> frozenset[str]:
    """The 2,350 syllables of KS X 1001, with the Latin and Greek letters and signs that go with them."""
    syllables = (
        bytes([row, cell]).decode("euc-kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)
    )
    blocks = (
        (0x20, 0x7F),
        (0xA0, 0x100),
        (0x391, 0x3CA),
        (0x2010, 0x2030),
        (0x2190, 0x2196),
        (0x2260, 0x2266),
    )
    return frozenset(syllables) | {chr(code) for block in blocks for code in range(*block)}


def _key(request: object) -> str:
    digest = hashlib.sha256(_SOURCE.read_bytes())
    digest.update(json.dumps([_RECIPE, WEIGHTS, _FEATURES, request]).encode())
    return digest.hexdigest()[:16]


def _kept_base(characters: frozenset[str], cache_dir: Path) -> bytes:
    kept = cache_dir / f"base-{_key(sorted(characters))}"
    if not kept.is_dir():
        _keep({"base.ttf": make_base(characters)}, kept)
    return (kept / "base.ttf").read_bytes()


def _keep(files: dict[str, bytes], directory: Path) -> None:
    """Write `files` so that `directory` appears complete or not at all: builds may run side by side."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=directory.parent))
    for name, data in files.items():
        (fresh / name).write_bytes(data)
    try:
        fresh.rename(directory)
    except OSError:
        # Another build was faster; its files are the same.
        shutil.rmtree(fresh)


def _covered(font: bytes) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    return frozenset(TTFont(io.BytesIO(font), lazy=True).getBestCmap())


def _cut(source: bytes, characters: frozenset[str], *, narrow: bool) -> bytes:
    """Return `source` with only `characters`: narrowed in weight and uncompressed, or else as woff2."""
    # fontTools takes a quarter of a second to import; a build with warm cache does not need it.
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(
        layout_features=_FEATURES, hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True
    )
    font = TTFont(io.BytesIO(source), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(c) for c in characters])
    cutter.subset(font)
    if narrow:
        font.flavor = None
        font = TTFont(io.BytesIO(_bytes_of(font)), recalcTimestamp=False)
        font = instancer.instantiateVariableFont(font, {"wght": WEIGHTS}, updateFontNames=False)
        _rename(font)
        return _bytes_of(font)
    font.flavor = "woff2"
    return _bytes_of(font)


def _rename(font: TTFont) -> None:
    """Give the font our family name: a modified version may not use the reserved one."""
    own = {1: FAMILY, 2: "Regular", 3: f"{FAMILY} subset", 4: FAMILY, 6: FAMILY.replace(" ", "")}
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 5, 13, 14)]
    for name_id, text in own.items():
        names.setName(text, name_id, 3, 1, 0x409)


def _bytes_of(font: TTFont) -> bytes:
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
