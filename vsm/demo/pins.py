"""Forecasts that people of the demo pinned: one came true, a promise did not, one is open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from vsm.features.forecast.pinning import Statement, read_pin
from vsm.features.forecast.statements import Forecaster
from vsm.model.command import AddEntity
from vsm.model.entities import PIN
from vsm.model.query_tree import Query
from vsm.reader import Reader

STREAM = "Card issuing"
"""The stream that the forecasts are of."""


class PinPlan(NamedTuple):
    """A forecast that somebody pins so many days before today."""

    days_ago: int
    by: str
    items: int
    note: str
    promised: int | None = None
    """Days by which it was promised, twice as many items as are likely, whatever is forecast."""


PLANS = (
    PinPlan(84, "anna.kern", 15, "Asked for by the steering committee"),
    PinPlan(63, "anna.kern", 0, "Promised to sales before anybody had asked vsm", promised=35),
    PinPlan(18, "anna.kern", 20, "Goal of the quarter"),
)


def days_of_pins(today: date) -> list[tuple[date, PinPlan]]:
    """The plans with their days, the earliest first."""
    return [(today - timedelta(days=plan.days_ago), plan) for plan in PLANS]


def pin_now(reader: Reader, plan: PinPlan, now: int, today: date) -> AddEntity:
    """The command that pins it at a moment, as everything stands there."""
    stream, query = reader.stream_named(STREAM), Query()
    said = Statement(stream=stream, query=query, counts=True, items=plan.items)
    if plan.promised is not None:
        by = today + timedelta(days=plan.promised)
        likely = Forecaster(reader, now, present=True).numbers(stream, query).least(by, 0.5)
        said = Statement(
            stream=stream, query=query, counts=True, items=2 * likely, by=by, odds=0.85
        )
    return AddEntity(PIN, read_pin(reader, said, now=now, note=plan.note))
