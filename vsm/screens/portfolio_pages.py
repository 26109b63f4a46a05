"""Pages of the portfolio: its table, roadmap and shares, one initiative or objective, a trial."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, NamedTuple

from vsm.features.portfolio.initiative_report import report_initiative
from vsm.features.portfolio.report import report
from vsm.features.portfolio.results import (
    Beside,
    InitiativeRow,
    ObjectiveRow,
    Portfolio,
    WithoutSome,
)
from vsm.report.document import Document
from vsm.report.wording import Hint


class Whole(Enum):
    """Pages on all initiatives."""

    TABLE = auto()
    ROADMAP = auto()
    SHARES = auto()
    DECISIONS = auto()


class Trial(NamedTuple):
    """What is tried: initiatives (ids) that would be stopped, and those that would come first."""

    stopped: frozenset[int] = frozenset()
    first: frozenset[int] = frozenset()

    def turned(self, initiative: int, *, is_first: bool) -> Trial:
        """With this initiative too, or without it where it is tried so already."""
        one = frozenset((initiative,))
        if is_first:
            return Trial(self.stopped - one, self.first ^ one)
        return Trial(self.stopped ^ one, self.first - one)


class Page(NamedTuple):
    """A page: what is drawn, what its files publish, and what stands above it."""

    document: Document
    result: Any
    about: str
    unit: str = ""
    back: str = ""
    """What Esc shows again."""


def whole_page(whole: Whole, result: Portfolio, zone: str, hint: Hint) -> Page:
    """A page on all initiatives."""
    if whole is Whole.ROADMAP:
        from vsm.features.portfolio.roadmap import make_roadmap
        from vsm.features.portfolio.roadmap_report import report_roadmap

        made = make_roadmap(result, zone)
        return Page(report_roadmap(made), made, f"roadmap by {made.unit}", back="the table")
    if whole is Whole.SHARES:
        from vsm.features.portfolio.alignment_report import report_alignment

        about = "share of work, last 90 days"
        return Page(report_alignment(result, hint), result, about, back="the table")
    if whole is Whole.DECISIONS:
        from vsm.features.portfolio.decisions_report import report_decisions

        about = "decisions on initiatives"
        return Page(report_decisions(result, zone, hint), result, about, back="the table")
    unit = f"in {result.currency}" if result.currency else ""
    return Page(report(result, hint), result, "all streams", unit)


def initiative_page(one: InitiativeRow, result: Portfolio, zone: str, beside: Beside) -> Page:
    """The page of an initiative, with what was read beside it."""
    unit = f"in {result.currency}" if result.currency else ""
    document = report_initiative(one, result, zone, beside)
    return Page(document, one, one.key, unit, "all initiatives")


def objective_page(one: ObjectiveRow, result: Portfolio, hint: Hint) -> Page:
    """The page of an objective."""
    from vsm.features.portfolio.objective_report import report_objective

    document = report_objective(one, result, hint)
    return Page(document, one, f"objective {one.name}", back="all initiatives")


def trial_page(tried: WithoutSome) -> Page:
    """What stopping initiatives would free, and every date that would move."""
    from vsm.features.portfolio.without_report import report_without

    return Page(report_without(tried), tried, tried.trial, back="as it is")
