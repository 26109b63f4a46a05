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

MEANS = """\
An initiative is made of the items that fit its filter, with their parts, in all streams. Nobody \
is asked how far it is: dates follow from the pace of the streams and from what stands before it.

Delay is what a week costs for which it is not there yet. CD3 is that divided by the weeks for \
which its items keep the busiest of their streams: what is dear and short goes first. Where two \
or more have a cost of delay, Order says what the order that people chose (J, K) costs more than \
the best one, for each stream apart: only what keeps the same stream busiest competes. The table \
is in the order that people chose, what has no place in it follows by CD3. Dates do not follow it: \
they are as items stand on the boards, and f tries what beginning one next would move.

ROI from now is benefit up to its end, by the odds of being there, against what going on still \
costs. What was spent counts nothing: it is gone either way. The range takes the low benefit with \
a late date and the high one with an early date.

On time are the odds of the day it is needed by. Signs are its indicators: ● on its path, ◐ worse \
once, ○ worse twice or more, · not read yet; ! its buffer is used up; ? asks whether it should go \
on. The page of the initiative says why, what speaks against stopping, what that would free and \
who waits for it. Nothing is ever stopped by itself.

The roadmap (w) has a bar for each, from even odds to odds of 85% that all of it is over; ◆ is the \
day it is needed by, ✗ one that is likelier late than not.

A decision (d) keeps the figures of its moment and stays on record; after 90 days it is looked at \
again (v).

Share of work (a) is of the working days of teams in the last 90 days: a day of a team is shared \
in equal parts by the items in its working stages. No figure is about a person."""


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


class At(NamedTuple):
    """A place on the screen: an initiative or an objective alone, or a trial, or none of these."""

    one: int | None = None
    aim: int | None = None
    trial: Trial = Trial()

    @property
    def name(self) -> str:
        """Where Escape leads to, in words; of the pages on all initiatives it is theirs."""
        if any(self.trial):
            return "the trial"
        return "the initiative" if self.one is not None else "the objective"


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
