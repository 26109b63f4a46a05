"""The charts of what forecasts said and what came of them."""

from __future__ import annotations

from vsm.features.forecast.results import RECORD_DAYS, CameTrue, Forecast, PastForecast, Record
from vsm.report.charts import Chart, Odds, OddsChart, Range, RangeChart, Stop
from vsm.report.wording import count, day, percent

SAID = 0.85
"""The odds that sentences speak of."""
PLAIN = "plain resampling"


def charts(result: Forecast) -> tuple[Chart, ...]:
    """Said against happened, and over time; empty where no forecast is over."""
    record = next((r for r in result.records if r.days == RECORD_DAYS), None)
    out: list[Chart] = []
    if record is not None and any(kept.said for kept in record.forecasts):
        out.append(odds_chart(record))
    if result.past_forecasts:
        out.append(range_chart(result.past_forecasts))
    return tuple(out)


def odds_chart(record: Record) -> OddsChart:
    """How many forecasts of so many days came true, by the odds that they said."""
    kept, _ = record.of(SAID)
    summary = (
        f"of {count(kept.said, 'forecast')} that said {percent(SAID)}, {kept.came_true:,} came true"
    )
    return OddsChart(
        id="odds",
        title=f"Said against happened, forecasts of {count(record.days, 'day')}",
        summary=summary,
        about=(),
        stops=tuple(Stop(_words(kept)) for kept in record.forecasts),
        rows=tuple(map(_odds, record.forecasts)),
        beside=tuple(map(_odds, record.plain)),
        beside_name=PLAIN,
    )


def _odds(kept: CameTrue) -> Odds:
    return Odds(kept.odds, kept.said, kept.came_true)


def _words(kept: CameTrue) -> str:
    said = f"Of {count(kept.said, 'forecast')} that said {percent(kept.odds)}"
    return f"{said}, {kept.came_true:,} came true"


def range_chart(past: tuple[PastForecast, ...]) -> RangeChart:
    """What was forecast at mornings of the past, and how many finished."""
    first = past[0].made
    inside = sum(one.p95 <= one.finished <= one.p5 for one in past)
    return RangeChart(
        id="ranges",
        title=f"Finished in {RECORD_DAYS} days, as forecast and as it came",
        summary=f"{inside:,} of {len(past):,} within the 90% range",
        about=(),
        stops=tuple(Stop(_past_words(one), days=(one.made, one.by)) for one in past),
        begin=first,
        ranges=tuple(
            Range((one.made - first).days, one.p95, one.p85, one.p5, one.finished) for one in past
        ),
        said=f"{percent(SAID)} odds",
    )


def _past_words(one: PastForecast) -> str:
    return (
        f"{day(one.made)}: at least {count(one.p85, 'item')} by {day(one.by)} with"
        f" {percent(SAID)}, {one.p95:,} to {one.p5:,} with 90%; it was {one.finished:,}"
    )
