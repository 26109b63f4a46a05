"""The figures of two windows side by side, with their differences, as results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from vsm.features.metrics.basic_results import Window
from vsm.report.publish import HIDDEN

Number = Annotated[float, 6]


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure in the window, in the one that it is compared with, and the difference.

    ``unit`` is ``days``, ``share`` (from 0 to 1), ``a week``, ``items``, ``item-days``, ``moves``
    or ``ratio``. A figure is null where a window has none, and so is the difference then.
    """

    figure: str
    unit: str
    value: Number | None
    against: Number | None
    change: Number | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a window is compared with. Counts and ages are those at the end of each window."""

    window: Window
    against: Window
    figures: tuple[ComparedFigure, ...]
    zone: Annotated[str, HIDDEN] = "UTC"
