"""Plots show Hangul with the font that comes along."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Iterator

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from medai_lab import plots, use_plot_font


@pytest.fixture(autouse=True)
def _restore_settings() -> Iterator[None]:
    with matplotlib.rc_context():
        yield


def test_hangul_is_drawn_without_missing_glyphs() -> None:
    """Every syllable of the common set, Latin and symbols draw without a warning."""
    use_plot_font()
    figure = Figure()
    FigureCanvasAgg(figure)
    figure.text(0, 0.5, "체질량지수 공복혈당 혈색소 값 ㎎/dL µ μ ² × − BMI kg/m² ä ñ")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), format="png")


def test_settings() -> None:
    """The font family is ours first, and minus is drawn as a hyphen that every font has."""
    use_plot_font()
    assert matplotlib.rcParams["font.family"][0] == plots.FONT_FAMILY
    assert matplotlib.rcParams["axes.unicode_minus"] is False
    assert font_manager.findfont(plots.FONT_FAMILY, fallback_to_default=False) == str(plots.FONT_FILE)


def test_calling_it_again_registers_nothing_new() -> None:
    """A cell that runs ten times leaves one font entry."""
    for _ in range(3):
        use_plot_font()
    names = [entry.name for entry in font_manager.fontManager.ttflist]
    assert names.count(plots.FONT_FAMILY) == 1


def test_importing_the_package_does_not_load_matplotlib() -> None:
    """Notebooks without plots start fast, in the browser too."""
    code = "import sys, medai_lab; sys.exit('matplotlib' in sys.modules)"
    parent = plots.FONT_FILE.parents[2]
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=parent, check=False)
    assert done.returncode == 0


def test_font_covers_ks_x_1001_and_carries_its_licence() -> None:
    """The subset has all 2,350 syllables, no reserved name as its family, and the OFL beside it."""
    font = TTFont(plots.FONT_FILE)
    syllables = {code for code in font.getBestCmap() if 0xAC00 <= code <= 0xD7A3}
    assert len(syllables) == 2350
    family = font["name"].getDebugName(1)
    assert family == plots.FONT_FAMILY
    assert "Nanum" not in family
    licence = (plots.FONT_FILE.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert "Copyright (c) 2010, NAVER Corporation" in licence
    assert plots.FONT_FILE.stat().st_size < 800_000
