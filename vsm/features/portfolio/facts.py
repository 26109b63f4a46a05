"""The figures that a decision is made on, as JSON that is kept with it."""

from __future__ import annotations

import json

from vsm.features.portfolio.reading import read_portfolio
from vsm.features.portfolio.results import InitiativeRow
from vsm.reader import Reader
from vsm.report.publish import publish

_KEPT = (
    *("state", "items", "more_items", "finished", "cost_of_delay", "weeks", "forecast", "spent"),
    *("remaining", "budget", "team_days", "roi", "cd3", "wsjf", "buffer_burn", "indicators"),
    *("stop_card", "flags"),
)


def facts_now(reader: Reader, initiative: int, now: int) -> str:
    """All figures of an initiative as they are shown now, and the entry of the journal."""
    result = read_portfolio(reader, now)
    row = next((one for one in result.initiatives if one.id == initiative), None)
    return "" if row is None else facts_of_row(row, reader.position())


def facts_of_row(row: InitiativeRow, seq: int) -> str:
    """The figures of a row as JSON: those that are published, and the dates of the buffer."""
    shape = publish(row)
    kept = {name: shape[name] for name in _KEPT}
    dates = row.forecast
    for name, day in (("p50", dates.p50), ("p85", dates.p85)):
        kept[name] = None if day is None else day.isoformat()
    return json.dumps({"seq": seq, **kept}, ensure_ascii=False, separators=(",", ":"))
