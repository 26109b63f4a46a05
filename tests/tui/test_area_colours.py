"""Areas of the cumulative flow keep colours of their own for 20 stages."""

from __future__ import annotations

import re
from datetime import date
from itertools import combinations

import pytest

from vsm.report.charts import AgeingChart, AreaChart, Stop
from vsm.report.html import STYLE
from vsm.report.svg import AREAS
from vsm.widgets.charts.areas import _looks, _shade
from vsm.widgets.charts.canvas import Paper
from vsm.widgets.charts.chart import strips
from vsm.widgets.glyphs import ASCII, UNICODE, Glyphs
from vsm.widgets.styles import _BANDS, skin


@pytest.mark.parametrize("theme", [name for name in _BANDS if name != "ansi"])
def test_twenty_stages_have_twenty_colours(theme: str) -> None:
    *working, over = next(bands for name, bands in _BANDS.items() if name == theme)
    if not over.startswith("#"):
        return
    colours = [_shade(working, n) for n in range(20)]
    values = [tuple(int(c[at : at + 2], 16) for at in (1, 3, 5)) for c in (*colours, over)]
    apart = min(
        sum(abs(x - y) for x, y in zip(a, b, strict=True)) for a, b in combinations(values, 2)
    )
    assert len(set(colours)) == 20 and apart >= 24, apart


NAMES = tuple(f"{what} {part}" for what in "ABCDEFGHIJ" for part in ("ready to begin", "review"))


def areas(held: tuple[int, ...]) -> AreaChart:
    tops = range(len(held) * 10, 0, -10)
    return AreaChart(
        id="cfd",
        title="Cumulative flow",
        summary="",
        about=(),
        stops=(Stop("a day"),),
        begin=date(2026, 3, 2),
        lines=tuple((name, (top, top)) for name, top in zip(NAMES, tops, strict=False)),
        held=held,
    )


def paper_of(theme: str, glyphs: Glyphs = UNICODE) -> Paper:
    styles = skin(theme if theme != "none" else "ansi", no_color=theme == "none")
    return Paper(styles.edge, styles.cursor, glyphs, styles.bands)


@pytest.mark.parametrize("theme", [*_BANDS, "none"])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_twenty_areas_differ_in_every_theme(theme: str, glyphs: Glyphs) -> None:
    looks = _looks(areas((1,) * 20), paper_of(theme, glyphs))
    assert len({(char, style.color) for char, style in looks}) == 20


def test_a_legend_that_is_too_low_names_the_stages_that_hold_most() -> None:
    held = (0, 5, 0, 0, 7, *(0,) * 14, 40)
    lines = [strip.text for strip in strips(areas(held), paper_of("none"), 60, 5, None)]
    legend = "\n".join(line[44:] for line in lines)
    assert "… 17 more" in legend
    for name in (NAMES[1], NAMES[4], NAMES[19]):
        assert name[:7] in legend, legend


def test_stages_whose_names_do_not_fit_have_their_numbers() -> None:
    chart = AgeingChart(
        id="ageing",
        title="Ageing work",
        summary="",
        about=(),
        stops=tuple(Stop(name) for name in NAMES),
        stages=tuple((name, (3,), (1.0, 2.0, 3.0, 4.0)) for name in NAMES),
        numbers=tuple(range(2, 22)),
    )
    wide, narrow = (
        strips(chart, paper_of("none"), width, 9, None)[-1].text.split() for width in (80, 46)
    )
    assert wide == [str(n) for n in range(2, 22)]
    assert narrow[:8] == [str(n) for n in range(2, 10)] and "10" in narrow and "11" not in narrow


def test_html_has_a_colour_for_each_of_twenty_areas() -> None:
    colours = dict(re.findall(r"--a(\d+): (#\w+)", STYLE))
    assert AREAS == 20 and len({colours[str(n)] for n in range(AREAS)}) == 20
