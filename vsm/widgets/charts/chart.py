"""What every chart has: a title, a summary, places for the cursor with the items behind them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from textual.strip import Strip

from vsm.widgets.charts.canvas import Canvas, Paper

Items = tuple[tuple[int, str], ...]
"""Ids of items, each with what it adds (``"12 days"``)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place for the cursor: what is there in words, and the items behind it.

    ``behind`` gives them when they are wanted; ``ask`` is a question that the reader answers with
    them where the figures do not know them.
    """

    label: str
    behind: Callable[[], Items] = tuple
    ask: tuple[str, str] | None = None

    @property
    def items(self) -> Items:
        """The items behind it, as far as the figures know them."""
        return self.behind()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart(ABC):
    """One figure as a chart.

    ``about`` are the names of its definitions, ``sums`` lines that show the arithmetic, ``empty``
    is what is told where there is nothing to draw.
    """

    id: str
    title: str
    summary: str
    about: tuple[str, ...]
    sums: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    empty: str = "nothing to show"
    first: int = field(default=-1)
    """The stop that the cursor is on at first; -1 is the last."""

    @property
    def start(self) -> int:
        """The stop that the cursor is on at first."""
        return self.first if self.first >= 0 else len(self.stops) - 1

    def strips(self, paper: Paper, width: int, height: int, cursor: int | None) -> list[Strip]:
        """The chart in so many cells, with the cursor on a stop (``None``: it is elsewhere)."""
        canvas = Canvas(width, height, paper.inks.text)
        if self.stops:
            self.draw(canvas, paper, cursor)
        else:
            canvas.text(1, height // 2, self.empty, paper.inks.faint)
        return canvas.strips()

    @abstractmethod
    def draw(self, canvas: Canvas, paper: Paper, cursor: int | None) -> None:
        """Draw it; there is one stop at least."""

    def upright(self) -> bool:
        """Whether its stops stand one below the other."""
        return False
