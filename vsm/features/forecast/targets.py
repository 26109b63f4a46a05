"""The lines of forecast reports that can be pinned, and those of pinned forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from vsm.report.document import Target


@dataclass(frozen=True, slots=True)
class ForecastTarget(Target):
    """A line that forecasts the day of a ``number`` of items, the number by a day, an item or the
    set of the filter; one of a pinned forecast has its id.
    """

    number: int | None = None
    by: date | None = None
    key: str = ""
    is_set: bool = False
    pin: int | None = None

    @property
    def can_be_pinned(self) -> bool:
        """Whether it forecasts a single thing that is not pinned yet."""
        return bool(self.number or self.by or self.key or self.is_set)
