"""Asks processes of their own for constraint, forecast, risks and news, to show them later.

The figures behind it load much that a board does not need; a board stays as light as it is.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.features.bottlenecks.limit_words import limit_in_words
from vsm.model.rules import NEXT_ITEMS, NEXT_PERCENT
from vsm.screens.analyses import analysis
from vsm.widgets.header_advice import HeaderAdvice

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Verdict
    from vsm.model.stream import ValueStream

AFTER = 3.0
"""Seconds after the first paint at which it is asked."""
AGAIN = 900.0
"""Seconds after which it is asked again, where something was written."""
NEWS_FRESH = 60.0
"""Seconds for which news do for another position: they end once the report is on record."""


class Advice(NamedTuple):
    """The stages that limit the flow by name, and what they are called in a few words; the day by
    which the next :data:`~vsm.model.rules.NEXT_ITEMS` items are finished with 85% odds; the keys of
    items that are late, or likelier late than in time; how many new facts to act on the weekly
    report has.
    """

    stages: tuple[str, ...] = ()
    words: str = ""
    until: date | None = None
    at_risk: frozenset[str] = frozenset()
    news: int = 0

    @property
    def header(self) -> HeaderAdvice:
        """What of it stands in the header."""
        return HeaderAdvice(self.words, self.until, self.news)

    @classmethod
    def of(cls, verdict: Verdict) -> Advice:
        """What a verdict comes to on the board: what is named at least probably."""
        return cls._of(list(verdict.stages), verdict.team, verdict.kind.value, verdict.confidence)

    @classmethod
    def from_json(cls, report: dict[str, Any]) -> Advice:
        """What ``vsm bottlenecks --json`` prints comes to."""
        limit, kind = report["constraint"], report["finding"]["kind"]
        if limit is None:
            return cls()
        return cls._of(limit["stages"], limit["team"], kind, limit["confidence"])

    @classmethod
    def _of(cls, stages: list[str], team: str | None, kind: str, confidence: float) -> Advice:
        words = limit_in_words(kind, stages, team, confidence)
        return cls() if words is None else cls(tuple(stages), words)


async def ask(path: Path, stream: ValueStream, seen: int) -> Advice | None:
    """Ask what limits a stream, when its next items are finished and which are likely late.

    ``seen`` is the position of the journal that the board shows. ``None``: no answer.
    """
    learn = partial(analysis, path, stream, seen=seen, fresh_for=AGAIN)
    limits = await learn("bottlenecks")
    if limits is None:
        return None
    forecast = await learn("forecast", "throughput", "--items", str(NEXT_ITEMS))
    days = (
        [until[f"p{NEXT_PERCENT}"] for until in forecast["until"]] if forecast is not None else []
    )
    until = date.fromisoformat(days[0]) if days and days[0] is not None else None
    risks = await learn("forecast", "risks") or {}
    at_risk = frozenset(one["key"] for name in ("flags", "late") for one in risks.get(name, ()))
    return Advice.from_json(limits)._replace(until=until, at_risk=at_risk)


async def ask_news(path: Path, stream: ValueStream, seen: int) -> int | None:
    """Ask how many new facts to act on the weekly report has; ``None``: no answer."""
    verb = ("report", "weekly", "--no-record")
    answer = await analysis(path, stream, *verb, seen=seen, fresh_for=NEWS_FRESH)
    return None if answer is None else count_news(answer)


def count_news(answer: dict[str, Any]) -> int:
    """The new facts to act on of a report as JSON, as :attr:`Report.loud` counts them."""
    from vsm.features.reports.results import LOUD  # a board that has just opened does without

    return sum(
        fact["severity"] >= LOUD and not fact["repeats"] and fact.get("acknowledged") is None
        for fact in answer["facts"]
    )
