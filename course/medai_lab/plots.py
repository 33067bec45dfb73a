"""Plots that can show Hangul on any computer.

Knows the bundled font; loads matplotlib only when asked, because the browser loads it slowly. Must
not know what is plotted.
"""

from __future__ import annotations

from pathlib import Path

FONT_FILE = Path(__file__).with_name("data") / "medai-sans-kr.ttf"
FONT_FAMILY = "Medai Sans KR"


def use_plot_font() -> None:
    """Make matplotlib draw Korean text and a proper minus sign; calling it again changes nothing.

    그래프에 한글이 네모(□)로 나오지 않게 합니다. 그래프를 그리기 전에 한 번 실행합니다.
    """
    import matplotlib
    from matplotlib import font_manager

    if not any(entry.name == FONT_FAMILY for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(str(FONT_FILE))
    # Latin-only glyphs that the Korean subset lacks come from matplotlib's own font.
    matplotlib.rcParams["font.family"] = [FONT_FAMILY, "DejaVu Sans"]
    matplotlib.rcParams["axes.unicode_minus"] = False
