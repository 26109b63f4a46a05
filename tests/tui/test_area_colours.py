"""Areas of the cumulative flow keep colours of their own for 20 stages."""

from __future__ import annotations

from itertools import combinations

import pytest

from vsm.widgets.charts.areas import _shade
from vsm.widgets.styles import _BANDS


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
