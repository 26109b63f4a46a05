"""The report on single items: when each is finished, and with what odds in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from vsm.features.forecast.charts import SAID
from vsm.features.forecast.item_outcomes import outcome_sections
from vsm.features.forecast.item_results import SUREST, ItemForecast, ItemForecasts, NeededBy
from vsm.features.forecast.report import ENOUGH_TRIED, POORLY_KEPT, date_cell
from vsm.features.forecast.targets import ForecastTarget
from vsm.model.rules import EVEN
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import count, day, days, filter_line, listed, percent

FEW_ALIKE = 5
"""With fewer items alike, an item is forecast from its age rather than from its stage."""
_ORIGIN = {NeededBy.DUE: "(due)", NeededBy.SLE: "(SLE)"}
MOST_BLOCKED = 5
"""How many blocked items are named."""
PASSED = "late"
"""Of an item that was needed before today."""
LEGEND = (
    "In time: finished by its due date, or else within {sle} from its start, which 85% of the items"
    " that finished lately were (SLE). Alike: items that were once in this stage for as long."
)
BY_AGE = "* Fewer than 5 items were alike: its odds rest mostly on its age."
LATER_MEANS = (
    "Later: too many of such items were dropped, or took longer than can be foreseen, for a date"
    " with these odds."
)
BEYOND = "~"
BEYOND_MEANS = (
    "~ No such item was seen to end that late: the date follows all items that got older than most."
)
_COLUMNS = (
    Column("Item"),
    Column("Stage", shrinks=True),
    Column("Title", shrinks=True, wide=100),  # the last one is cut first
    Column("age", right=True),
    Column("in time", right=True),
    Column("needed by", wide=110),
    Column("50% by"),
    Column("85% by"),
    Column("95% by", wide=90),
    Column("alike", right=True),
)


def item_report(result: ItemForecasts) -> Document:
    """The items at risk in a sentence, a line for each, and what cannot be forecast."""
    able = [one for one in result.items if one.cannot is None]
    sections = [Section("", _headline(result, able))]
    if able:
        sections.append(Section("", _table(result, able)))
    sections += outcome_sections(result)
    parts = (*_record(result), *_unable(result), *_not_started(result))
    if parts:
        sections.append(Section("", parts))
    about = [f"forecast from {count(result.finished, 'finished item')}"]
    if result.filter:
        about.append(filter_line(result.filter))
    return Document(f"{result.stream}: when each item is finished", tuple(about), tuple(sections))


def forecast_text(one: ItemForecast) -> str:
    """The forecast of an item in one line: ``85% by 19 Dec 2026 (50% by 12 Dec 2026)``.

    Dates later than what was seen are marked.
    """
    if one.cannot is not None:
        return f"none: {one.cannot}"
    if one.p85 is not None and one.p50 is not None:
        text = f"85% by {_dated(one, one.p85)} (50% by {_dated(one, one.p50)})"
    elif one.p50 is not None:
        text = f"50% by {_dated(one, one.p50)}; when with 85% cannot be foreseen"
    else:
        text = "less than 50% within any time that can be foreseen"
    if one.in_time is None or one.needed_by is None:
        return text
    if not one.in_time:
        return f"{text}; {PASSED} since {_needed_by(one)}"
    return f"{text}; {_odds(one.in_time)} by {_needed_by(one)}"


def _dated(one: ItemForecast, by: date) -> str:
    return day(by) + (BEYOND if _is_beyond(one, by) else "")


def _odds(share: float) -> str:
    if not share:
        return PASSED
    return "<1%" if share < 0.005 else percent(share, SUREST)


def _headline(result: ItemForecasts, able: Sequence[ItemForecast]) -> tuple[Part, ...]:
    if result.cannot is not None:
        return (Sentence(f"Cannot forecast: {result.cannot}.", "warn"),)
    if not result.items:
        return (Sentence("No item is in progress."),)
    late = [one for one in able if one.in_time is not None and one.in_time < EVEN]
    if not late:
        text = f"{count(len(able), 'item')} in progress: none is likelier late than in time."
        return (Sentence(text, "strong"),)
    be = "is" if len(late) == 1 else "are"
    items = f"Of {count(len(able), 'item')} in progress {len(late)} {be}"
    if len(able) == 1:
        items = "The one item in progress is"
    text = f"{items} late, or likelier late than in time."
    behind = Target("Likelier late than in time", tuple((one.id, _late(one)) for one in late))
    return (Sentence(text, "strong", behind),)


def _late(one: ItemForecast) -> str:
    assert one.in_time is not None and one.needed_by is not None
    if not one.in_time:
        return f"needed by {day(one.needed_by)}"
    return f"{_odds(one.in_time)} by {day(one.needed_by)}"


def _table(result: ItemForecasts, able: Sequence[ItemForecast]) -> tuple[Part, ...]:
    sle = "the usual time" if result.sle_days is None else days(result.sle_days)
    parts: list[Part] = [
        Table(_COLUMNS, tuple(map(_row, able))),
        Sentence(LEGEND.format(sle=sle), "faint"),
    ]
    if any(one.alike < FEW_ALIKE for one in able):
        parts.append(Sentence(BY_AGE, "faint"))
    blocked = [one for one in able if one.blocked]
    if blocked:
        parts.append(Sentence(_blocked(blocked), "faint", _blocked_items(blocked)))
    if any(_is_beyond(one, by) for one in able for by in (one.p50, one.p85, one.p95)):
        parts.append(Sentence(BEYOND_MEANS, "faint"))
    if any(None in (one.p50, one.p85, one.p95) for one in able):
        parts.append(Sentence(LATER_MEANS, "faint"))
    return tuple(parts)


def _row(one: ItemForecast) -> Row:
    return row(
        one.key,
        one.stage,
        one.title,
        "" if one.age is None else f"{one.age} d",
        _in_time(one),
        _needed_by(one),
        *(_date_cell(one, by) for by in (one.p50, one.p85, one.p95)),
        f"{one.alike}{'*' if one.alike < FEW_ALIKE else ''}",
        target=ForecastTarget(one.key, ((one.id, "this item"), *one.examples), key=one.key),
    )


def _blocked(items: Sequence[ItemForecast]) -> str:
    """How long these are held to stay blocked."""
    named = [f"{one.key} (about {days(max(1, round(one.blocked or 0)))} more)" for one in items]
    return f"Held to be blocked for so long first: {listed(named, MOST_BLOCKED)}."


def _blocked_items(items: Sequence[ItemForecast]) -> Target:
    return Target("Blocked items", tuple((one.id, "blocked") for one in items))


def _is_beyond(one: ItemForecast, by: date | None) -> bool:
    return by is not None and one.seen_until is not None and by > one.seen_until


def _date_cell(one: ItemForecast, by: date | None) -> Cell:
    if by is not None and _is_beyond(one, by):
        return Cell(_dated(one, by), "faint")
    return date_cell(by)


def _needed_by(one: ItemForecast) -> str:
    if one.needed_by is None or one.needed_for is None:
        return ""
    return needed_text(one.needed_by, one.needed_for)


def needed_text(by: date, needed_for: NeededBy) -> str:
    """The day by which an item is needed, and why: ``9 Nov 2026 (SLE)``."""
    return f"{day(by)} {_ORIGIN[needed_for]}"


def _in_time(one: ItemForecast) -> Cell:
    return Cell("-", "faint") if one.in_time is None else odds_cell(one.in_time)


def odds_cell(in_time: float) -> Cell:
    """The odds of an item to be in time."""
    tone: Tone = "bad" if in_time < EVEN else "text"
    return Cell(_odds(in_time), tone)


def _record(result: ItemForecasts) -> tuple[Part, ...]:
    """In words how many such dates came true, where some are over."""
    kept = next((one for one in result.record if one.odds == SAID and one.said), None)
    if kept is None or kept.share is None:
        return ()
    is_poor = kept.said >= ENOUGH_TRIED and kept.share < POORLY_KEPT
    text = (
        f"Of {count(kept.said, 'date')} of items that such forecasts gave in the last year with"
        f" {percent(SAID)} odds, {kept.came_true} ({percent(kept.share, most=1.0)}) came true."
    )
    if is_poor:
        text += " That is too few: expect items later than these dates."
    return (Sentence(text, "warn" if is_poor else "text"),)


def _unable(result: ItemForecasts) -> tuple[Part, ...]:
    """The items that cannot be forecast, unless none can."""
    if result.cannot is not None:
        return ()
    return tuple(
        Sentence(
            f"{one.key}: cannot forecast, because {one.cannot}.",
            "faint",
            Target(one.key, ((one.id, one.cannot or ""),)),
        )
        for one in result.items
        if one.cannot is not None
    )


def _not_started(result: ItemForecasts) -> tuple[Part, ...]:
    if not result.not_started or result.cannot:
        return ()
    n = result.not_started
    have = "has not started" if n == 1 else "have not started"
    text = f"{count(n, 'item')} {have}: vsm forecast set gives dates by the order of the board."
    return (Sentence(text, "faint"),)
