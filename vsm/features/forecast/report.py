"""The reports on forecasts: how many by when, when so many, and whether that comes true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from vsm.features.forecast.results import (
    ODDS,
    RECORD_DAYS,
    Basis,
    CameTrue,
    Forecast,
    Record,
)
from vsm.features.forecast.targets import ForecastTarget
from vsm.model.rules import NEXT_ITEMS
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import count, day, filter_line, percent

LATER = "later"
"""Of a date that is too far away to be foreseen."""
SAID = 0.85
"""The odds that sentences speak of."""
HEADLINE_DAYS = 14
"""The days ahead that the first sentence speaks of."""
DAYS_WORDS = "From now on: the days begin today, without what was finished today already."
CAUTIOUS, CLOSER = 0.95, 0.05
"""More than this share came true: they are called cautious. How much more error is told."""
POORLY_KEPT, ENOUGH_TRIED = 0.75, 10
"""Less than this share of the 85% forecasts, of so many at least, came true: it is said."""
FINISHED = "Finished in the last 91 days"
"""The title of the items that a forecast rests on most."""
PLAIN = "plain resampling of the last 90 days"
BESIDE = (
    "Forecasts of at least one item are counted. Error (CRPS) and range (from 10 to 90%) are"
    " divided by those of plain resampling: below 1 is closer and narrower."
)


def forecast_report(result: Forecast) -> Document:
    """Numbers by day, days by number, and in a sentence what came of such forecasts."""
    sections = (Section("", _headline(result)), *_tables(result), *_record_words(result))
    return Document(f"{result.basis.stream}: forecast", _about(result.basis), sections)


def whole_report(result: Forecast, others: tuple[Section, ...]) -> Document:
    """The same with other forecasts below the tables, and how often forecasts came true."""
    sections = (
        Section("", _headline(result)),
        *_tables(result),
        *others,
        *_record_words(result),
        *_record_tables(result),
    )
    return Document(f"{result.basis.stream}: forecast", _about(result.basis), sections)


def backtest_report(result: Forecast) -> Document:
    """How often forecasts of the stream came true, beside the plain ones."""
    first = _in_words(result) if result.records else (_refusal(result.basis),)
    sections = (Section("", first), *_record_tables(result))
    return Document(f"{result.basis.stream}: backtest", _about(result.basis), sections)


def _tables(result: Forecast) -> Iterator[Section]:
    if result.within:
        yield Section("", (_within_table(result),))
    if result.until:
        yield Section("", (_until_table(result),))


def _record_words(result: Forecast) -> Iterator[Section]:
    if result.records:
        yield Section("Do they come true?", _in_words(result))


def _record_tables(result: Forecast) -> Iterator[Section]:
    if result.records:
        table = _record_table(result.records)
        yield Section("", (table, Sentence(BESIDE, "faint")))
        yield Section("", (_record_table(result.records, plain=True),))


def _about(basis: Basis) -> tuple[str, ...]:
    about = (f"{count(basis.finished, 'item')} finished in the last 364 days",)
    return (*about, filter_line(basis.filter)) if basis.filter else about


def _refusal(basis: Basis) -> Sentence:
    return Sentence(f"Cannot forecast how many finish: {basis.cannot}.", "warn", _behind(basis))


def _behind(basis: Basis) -> Target | None:
    """The items that the forecast rests on most, the latest first."""
    if not basis.lately:
        return None
    return Target(FINISHED, _finished(basis))


def _finished(basis: Basis) -> tuple[tuple[int, str], ...]:
    return tuple((item, f"finished {day(on)}") for item, on in reversed(basis.lately))


def _headline(result: Forecast) -> tuple[Part, ...]:
    basis = result.basis
    if basis.cannot is not None:
        return (_refusal(basis),)
    parts = []
    near = [within for within in result.within if within.days == HEADLINE_DAYS]
    for within in near or result.within[:1]:
        number = within.p85
        when = f"within {count(within.days, 'day')} (by {day(within.by)})"
        if number:
            items = count(number, "item")
            parts.append(f"At least {items} will be finished {when}, with {percent(SAID)} odds.")
        else:
            parts.append(f"With {percent(SAID)} odds not even one item is sure {when}.")
    if (last := result.until_next) is not None:
        parts.append(f"The next {NEXT_ITEMS} will be finished by {day(last)}, with the same odds.")
    return (Sentence(" ".join(parts), "strong", _behind(basis)), Sentence(DAYS_WORDS, "faint"))


def _within_table(result: Forecast) -> Table:
    return Table(
        (
            Column("Finished at least, within"),
            Column("by"),
            *(Column(percent(odds), right=True) for odds in ODDS),
        ),
        tuple(
            row(
                count(one.days, "day"),
                day(one.by),
                *(f"{n:,}" for n in one.at_least),
                target=ForecastTarget(FINISHED, _finished(result.basis), by=one.by),
            )
            for one in result.within
        ),
    )


def _until_table(result: Forecast) -> Table:
    return Table(
        (Column("The next"), *(Column(percent(odds)) for odds in ODDS)),
        tuple(
            row(
                count(one.items, "item"),
                *map(date_cell, one.by),
                target=ForecastTarget(FINISHED, _finished(result.basis), number=one.items),
            )
            for one in result.until
        ),
    )


def date_cell(of: date | None) -> Cell:
    """A day by which something is finished; ``later`` for none."""
    return Cell(LATER, "faint") if of is None else Cell(day(of))


def _in_words(result: Forecast) -> tuple[Part, ...]:
    record = next((r for r in result.records if r.days == RECORD_DAYS), result.records[0])
    ours, plain = record.of(SAID)
    if not ours.said:
        return (Sentence(f"No forecast of {record.days} days is over yet.", "faint"),)
    poor = ours.said >= ENOUGH_TRIED and (ours.share or 0) < POORLY_KEPT
    text = (
        f"Of {count(ours.said, 'forecast')} of {record.days} days that said {percent(SAID)},"
        f" {ours.came_true} came true ({_share(ours)}); {PLAIN}:"
        f" {plain.came_true} of {plain.said} ({_share(plain)})."
    )
    if poor:
        text += " That is too few: forecasts of this stream are wider because of it."
    elif ours.said >= ENOUGH_TRIED and (ours.share or 0) > CAUTIOUS:
        text += " They are cautious here: more finished than they said."
    if record.score_ratio is not None and record.score_ratio > 1 + CLOSER:
        text += f" {PLAIN[0].upper()}{PLAIN[1:]} was closer (error {record.score_ratio:.2f} to 1)."
    return (Sentence(text, "warn" if poor else "text"),)


def _share(kept: CameTrue) -> str:
    return percent(kept.share, most=1.0)


def _record_table(records: tuple[Record, ...], *, plain: bool = False) -> Table:
    head = "Came true, forecasts of" if not plain else "The same by plain resampling"
    short = "Came true, of" if not plain else "By plain resampling"
    columns = [Column(head, short=short), *(Column(percent(odds), right=True) for odds in ODDS)]
    if not plain:
        columns += [Column("error", right=True), Column("range", right=True)]
    rows = []
    for record in records:
        kept = record.plain if plain else record.forecasts
        cells = [f"{k.came_true} of {k.said}" if k.said else "-" for k in kept]
        if not plain:
            cells += [
                "-" if value is None else f"{value:.2f}"
                for value in (record.score_ratio, record.width_ratio)
            ]
        rows.append(row(count(record.days, "day"), *cells))
    return Table(tuple(columns), tuple(rows))
