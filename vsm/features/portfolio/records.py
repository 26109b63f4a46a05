"""Records of the portfolio as of a moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from vsm.features.portfolio.results import Decided, IndicatorState, Reading
from vsm.model.portfolio import (
    Contribution,
    Decision,
    DecisionKind,
    Indicator,
    IndicatorReading,
    IndicatorRole,
    Initiative,
    Objective,
    Spending,
)
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    DECISION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.model.entity import Entity

SLACK = 0.25
"""Part of its way up to a day that a leading indicator may be behind."""
_T = TypeVar("_T")


@dataclass
class Records:
    """What is on record of the portfolio at a moment."""

    initiatives: list[Initiative]
    objectives: dict[int, Objective]
    contributions: dict[int, list[Contribution]]
    indicators: list[Indicator]
    readings: dict[int, list[IndicatorReading]]
    spending: dict[int, list[Spending]]
    decisions: dict[int, list[Decision]]

    @classmethod
    def of(cls, reader: Reader, at: int | None, today: date) -> Records:
        """Read what was on record at a moment (``None``: now), up to a day."""

        def known(entity: Entity[_T]) -> list[_T]:
            return reader.entities(entity) if at is None else reader.entities_at(entity, at)

        day = today.isoformat()
        readings = [one for one in known(INDICATOR_READING) if one.day <= day]
        return cls(
            known(INITIATIVE),
            {one.id: one for one in known(OBJECTIVE)},
            _by(known(CONTRIBUTION), "initiative"),
            known(INDICATOR),
            _by(sorted(readings, key=lambda one: one.day), "indicator"),
            _by([one for one in known(SPENDING) if one.day <= day], "initiative"),
            _by(sorted(known(DECISION), key=lambda one: one.decided_at), "initiative"),
        )

    def states(self, number: int, of: str) -> tuple[IndicatorState, ...]:
        """The indicators of an initiative, or the key results of an objective."""
        return tuple(self._state(one) for one in self.indicators if getattr(one, of) == number)

    def _state(self, one: Indicator) -> IndicatorState:
        readings = self.readings.get(one.id, [])
        behind = 0
        slack = SLACK if one.role == IndicatorRole.LEADING else 0.0
        for reading in reversed(readings):
            day = date.fromisoformat(reading.day).toordinal()
            if not one.is_behind(day, reading.value, slack):
                break
            behind += 1
        last = readings[-1] if readings else None
        read_on = None if last is None else date.fromisoformat(last.day)
        guard = one.role == IndicatorRole.GUARD
        expected = None if read_on is None else one.expected(read_on.toordinal())
        return IndicatorState(
            one.name,
            IndicatorRole(one.role),
            one.unit,
            None if last is None else last.value,
            read_on,
            one.target if guard else expected,
            behind,
            tuple(
                Reading(date.fromisoformat(reading.day), reading.value, reading.source)
                for reading in readings
            ),
        )

    def spent_on(self, number: int) -> tuple[Reading, ...]:
        """What an initiative has cost, by day."""
        amounts = sorted(self.spending.get(number, ()), key=lambda one: one.day)
        return tuple(
            Reading(date.fromisoformat(one.day), one.amount, one.source) for one in amounts
        )

    def spent_a_month(self, today: date) -> float | None:
        """Mean of what was spent in the last three whole months; ``None`` without any."""
        first = today.replace(day=1)
        before = first
        for _ in range(3):
            before = (before - timedelta(days=1)).replace(day=1)
        amounts = [
            one.amount
            for several in self.spending.values()
            for one in several
            if before.isoformat() <= one.day < first.isoformat()
        ]
        return sum(amounts) / 3 if amounts else None


def _by(entities: Sequence[_T], name: str) -> dict[int, list[_T]]:
    grouped = defaultdict[int, list[_T]](list)
    for one in entities:
        grouped[getattr(one, name)].append(one)
    return dict(grouped)


def facts_of(text: str) -> Mapping[str, Any]:
    """The figures that a decision was made on."""
    facts = json.loads(text) if text else {}
    return facts if isinstance(facts, dict) else {}


def day_in(text: object) -> date | None:
    """A day that stands in such facts as text."""
    return date.fromisoformat(text) if isinstance(text, str) else None


def decision_due(decisions: Sequence[Decision], today: date) -> Decision | None:
    """The first decision that is to be looked at again by a day and was not."""
    return next(
        (
            one
            for one in decisions
            if one.review_on is not None
            and one.hindsight is None
            and one.review_on <= today.isoformat()
        ),
        None,
    )


def decided(one: Decision) -> Decided:
    """A decision as it is shown."""
    return Decided(
        int(one.number),
        DecisionKind(one.choice),
        one.decided_at,
        one.by,
        one.reason,
        day_in(one.review_on),
        one.hindsight,
        one.hindsight_note,
        one.facts,
    )
