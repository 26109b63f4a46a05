"""Two windows compared on the screen of figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.test_flow import anna, demo, made

__all__ = ["demo", "made"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_window_stands_beside_the_one_before(demo: Path, size: tuple[int, int]) -> None:
    async with anna(demo, size=size) as person:
        await person.press("3", "c")
        person.sees("Two windows compared", "against", "this window", "change", "throughput")
        await person.press("escape")
        assert "Two windows compared" not in person.text
