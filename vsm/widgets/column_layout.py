"""The layout of a board: its visible columns side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from vsm.widgets.column import BoardColumn
from vsm.widgets.visible_columns import widths


class ColumnLayout(Layout):
    """Gives the visible run of columns the whole width, to a cell, and places no others.

    ``columns`` are all of them from left to right, ``run_for`` the places of those that are shown
    in a width, ``above`` the line over them, if there is one.
    """

    name = "board-columns"

    def __init__(
        self,
        columns: Callable[[], Sequence[BoardColumn]],
        run_for: Callable[[int], range],
        above: Callable[[], Widget | None],
    ) -> None:
        self._above = above
        self._columns = columns
        self._run_for = run_for

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        # Not children: while columns are replaced they are in another order.
        columns = self._columns()
        run = self._run_for(size.width)
        placements: list[WidgetPlacement] = []
        x = y = 0
        line = self._above()
        if line is not None:
            y = 1
            region = Region(0, 0, size.width, 1)
            placements.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, line))
        folded = [columns[at].folded for at in run]
        for at, width in zip(run, widths(size.width, folded), strict=True):
            region = Region(x, y, width, size.height - y)
            placements.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, columns[at]))
            x += width
        return placements
