"""Fonts: the right letters, cut the same way every time, under a name we may use."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from grader.site.fonts import (
    FAMILY,
    Slice,
    characters_of,
    cut_fonts,
    font_face,
    plan_slices,
    publish_fonts,
    uncommon,
    unicode_range,
)

SMALL = (
    Slice("latin", tuple("AIbγ 0…漢")),
    Slice("ko", tuple("검진판정")),
    Slice("ko1", ("ꥠ",)),
)
"""The source font has neither the Chinese character nor the old jamo."""


@dataclass(frozen=True)
class Published:
    """A site with fonts, and the cache that they came through."""

    site: Path
    cache: Path

    @property
    def css(self) -> Path:
        """The style sheet that offers the fonts."""
        return self.site / "assets/medai/fonts.css"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A site of one page with an uncommon syllable."""
    folder = tmp_path_factory.mktemp("fonts")
    result = Published(folder / "site", folder / "cache")
    result.site.mkdir()
    (result.site / "index.html").write_text("<p>검진 A 뷁</p>", "utf-8")
    publish_fonts(result.site, result.cache)
    return result


@pytest.fixture(scope="module")
def base(published: Published) -> bytes:
    """The narrowed font that slices are cut from."""
    (kept,) = published.cache.glob("base-*/base.ttf")
    return kept.read_bytes()


@pytest.fixture(scope="module")
def cut(base: bytes) -> dict[str, bytes]:
    """Small slices cut from the base."""
    return cut_fonts(SMALL, base)


def test_characters_come_from_text_attributes_and_scripts() -> None:
    """Whatever a page can show counts: entities, attribute texts, escaped JSON of scripts."""
    page = '<p title="혈압">A &amp; &#51221;</p><script>{"a":"\\uac80\\uc0c9"}</script>'
    assert characters_of(page) >= set("혈압A&정검색")


def test_shared_syllables_form_one_slice_and_rare_ones_small_ones() -> None:
    """Syllables that many pages use load together; 290 that one page uses are split evenly."""
    common = {chr(0xAC00 + i) for i in range(80)}
    rare = {chr(0xB000 + i) for i in range(290)}
    pages = [frozenset(common | set("abc·")) for _ in range(9)] + [frozenset(common | rare)]
    slices = {piece.name: set(piece.characters) for piece in plan_slices(pages)}
    assert slices["ko"] == common
    assert set().union(*(slices[f"ko{number}"] for number in range(1, 6))) == rare
    assert {len(slices[f"ko{number}"]) for number in range(1, 6)} == {58}
    assert set("abcZ~·") <= slices["latin"]


def test_syllables_of_the_same_pages_load_together() -> None:
    """A page with rare syllables of its own does not load those of another page."""
    common = {chr(0xAC00 + i) for i in range(80)}
    first, second = ({chr(0xB000 + 2 * i + odd) for i in range(60)} for odd in (0, 1))
    plain = [frozenset(common) for _ in range(10)]
    slices = plan_slices([*plain, frozenset(common | first), frozenset(common | second)])
    assert {frozenset(piece.characters) for piece in slices[2:]} == {frozenset(first), frozenset(second)}


def test_slices_do_not_overlap_and_do_not_depend_on_page_order() -> None:
    """The same site gives the same fonts, whatever order its files are read in."""
    pages = [frozenset("가나다라"), frozenset("나다x"), frozenset("다—")]
    slices = plan_slices(pages)
    assert slices == plan_slices(pages[::-1])
    everything = [character for piece in slices for character in piece.characters]
    assert len(everything) == len(set(everything))


def test_english_site_needs_no_korean_slice() -> None:
    """No empty slices."""
    assert [piece.name for piece in plan_slices([frozenset("only latin")])] == ["latin"]


def test_ranges_are_compressed() -> None:
    """Neighbouring code points become one range."""
    assert unicode_range("dabcz가") == "U+61-64, U+7A, U+AC00"


def test_rule_swaps_and_says_which_letters_it_has() -> None:
    """Text shows at once in the reader's font, and only pages that need a slice load it."""
    rule = font_face(Slice("ko", ("가",)), "x.woff2")
    assert "font-display: swap" in rule
    assert 'url("fonts/x.woff2")' in rule
    assert "unicode-range: U+AC00;" in rule


def test_cut_font_has_the_letters_and_the_weights(cut: dict[str, bytes]) -> None:
    """Exactly the wanted characters, and every weight from regular to bold."""
    name = next(name for name in cut if name.startswith("medai-sans-ko."))
    font = TTFont(io.BytesIO(cut[name]))
    assert set(font.getBestCmap()) == {ord(c) for c in "검진판정"}
    axis = font["fvar"].axes[0]
    assert (axis.axisTag, axis.minValue, axis.maxValue) == ("wght", 400, 700)


def test_cut_font_does_not_carry_the_reserved_name(cut: dict[str, bytes]) -> None:
    """A modified font must not call itself by the reserved name, and keeps copyright and licence."""
    for name in (name for name in cut if name.endswith(".woff2")):
        records = {
            record.nameID: record.toUnicode() for record in TTFont(io.BytesIO(cut[name]))["name"].names
        }
        assert records[1] == records[4] == FAMILY
        assert all("pretendard" not in records[i].lower() for i in (1, 3, 4, 6))
        assert "Copyright" in records[0]
        assert "Open Font License" in records[13]


def test_same_slices_give_the_same_bytes(base: bytes, cut: dict[str, bytes]) -> None:
    """Builds are reproducible: no time stamps inside."""
    assert cut_fonts(SMALL, base) == cut


def test_uncommon_syllables_are_added_to_the_base(base: bytes) -> None:
    """What the standard set lacks is asked for by name; the rest is there anyway."""
    assert uncommon((Slice("ko", ("가", "뷁", "A")),)) == {"뷁"}
    covered = set(TTFont(io.BytesIO(base)).getBestCmap())
    assert {ord("뷁"), ord("가"), ord("힝"), ord("γ"), ord("→")} <= covered
    assert ord("쀍") not in covered


def test_characters_the_font_lacks_are_left_out(cut: dict[str, bytes]) -> None:
    """Other letters fall to the reader's own fonts instead of showing boxes; no font is empty."""
    assert len([name for name in cut if name.endswith(".woff2")]) == 2
    css = cut["fonts.css"].decode()
    assert "U+6F22" not in css
    assert "U+A960" not in css


def test_published_fonts_are_linked_and_licensed(published: Published) -> None:
    """The site gets a style sheet, exactly the fonts it names, and the licence."""
    fonts = published.css.parent / "fonts"
    linked = re.findall(r'url\("fonts/([^"]+)"\)', published.css.read_text("utf-8"))
    assert linked
    assert sorted(linked) == sorted(path.name for path in fonts.glob("*.woff2"))
    assert "SIL OPEN FONT LICENSE" in (fonts / "OFL.txt").read_text("utf-8")


def test_fonts_come_from_the_cache(published: Published, tmp_path: Path) -> None:
    """A second build with the same characters cuts nothing; other characters use the kept base."""
    cache = tmp_path / "cache"
    shutil.copytree(published.cache, cache)
    (kept,) = (path for path in cache.iterdir() if not path.name.startswith("base-"))
    (kept / "fonts.css").write_text("/* from the cache */", "utf-8")
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("<p>검진 A 뷁</p>", "utf-8")
    publish_fonts(site, cache)
    assert (site / "assets/medai/fonts.css").read_text("utf-8") == "/* from the cache */"
    (site / "index.html").write_text("<p>검진표 A 뷁</p>", "utf-8")
    publish_fonts(site, cache)
    assert "@font-face" in (site / "assets/medai/fonts.css").read_text("utf-8")
    assert len(list(cache.glob("base-*"))) == 1
