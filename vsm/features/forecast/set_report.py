"""The report on a set of items: by when all of it is over, by stream, and if it goes on growing."""

from __future__ import annotations

from vsm.features.forecast.report import date_cell
from vsm.features.forecast.set_results import Dates, SetForecast, SetPart
from vsm.features.forecast.targets import ForecastTarget
from vsm.report.document import Column, Document, Part, Row, Section, Sentence, Table, Target, row
from vsm.report.wording import count, day, filter_line, listed, percent

OVER = (
    "Over means finished or dropped. What waits is started in the order of the board; for an item"
    " that has parts, its parts count."
)
_COLUMNS = (
    Column("Stream", shrinks=True),
    Column("in progress", right=True, short="WIP"),
    Column("not started", right=True, short="waiting"),
    Column("others before", right=True, short="before"),
    Column("50% by"),
    Column("85% by"),
    Column("likeliest last", short="last"),
)


def set_report(result: SetForecast) -> Document:
    """The dates of all of it in a sentence, what growth makes of them, and the streams."""
    about = (filter_line(result.filter),) if result.filter else ()
    parts: list[Part] = []
    if result.cannot is not None:
        parts.append(Sentence(f"Cannot forecast: {result.cannot}.", "warn"))
    else:
        parts.append(Sentence(_words(result), "strong", _behind(result)))
        if result.without is not None:
            parts.append(Sentence(_without(result)))
        if result.growing is not None and result.dates.p50 is not None:
            parts.append(Sentence(_growth(result)))
        parts.append(Sentence(OVER, "faint"))
    sections = [Section("", tuple(parts))]
    if result.streams:
        keys = dict(result.keys)
        table = Table(_COLUMNS, tuple(_row(part, keys) for part in result.streams))
        sections.append(Section("", (table,)))
    return Document("Forecast of a set of items", about, tuple(sections))


def _behind(result: SetForecast) -> Target:
    items = tuple(item for part in result.streams for item in part.items)
    return ForecastTarget("Items of the set", items, is_set=True)


def _words(result: SetForecast) -> str:
    items = "The item" if result.items == 1 else f"All {result.items:,} items"
    items = "Both items" if result.items == 2 else items
    text = f"{items} will be over {_by(result.dates)}."
    if result.by is not None and result.dates.in_time is not None:
        text += f" By {day(result.by)}: {percent(result.dates.in_time, most=0.99)}."
    return text


def _by(dates: Dates) -> str:
    if dates.p85 is not None and dates.p50 is not None:
        return f"by {day(dates.p85)} with 85% odds (50% by {day(dates.p50)})"
    if dates.p50 is not None:
        return f"by {day(dates.p50)} with 50% odds; no day with 85% odds can be foreseen"
    return "later than can be foreseen"


def _without(result: SetForecast) -> str:
    assert result.without is not None
    keys = dict(result.keys)
    named = listed([keys[item] for item in result.endless], 3)
    return f"Without {named}, which may never end: {_by(result.without)}."


def _growth(result: SetForecast) -> str:
    assert result.growing is not None
    added = sum(part.added for part in result.streams)
    text = (
        f"In the last 91 days {count(added, 'item')} came to it: if that goes on, all will be over"
        f" {_by(result.growing)}."
    )
    if result.by is not None and result.growing.in_time is not None:
        text += f" By {day(result.by)}: {percent(result.growing.in_time, most=0.99)}."
    return text


def _row(part: SetPart, keys: dict[int, str]) -> Row:
    return row(
        part.stream,
        f"{part.in_progress:,}",
        f"{part.not_started:,}",
        f"{part.ahead:,}" if part.not_started else "-",
        "-" if part.cannot else date_cell(part.dates.p50),
        "-" if part.cannot else date_cell(part.dates.p85),
        "-" if part.last is None else keys[part.last],
        target=Target(part.stream, part.items),
    )
