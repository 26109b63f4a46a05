"""The reports on forecasts: how many by when, when so many, and whether that comes true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from vsm.features.forecast.charts import SAID, charts
from vsm.features.forecast.reading import DAYS, ITEMS
from vsm.features.forecast.results import (
    ODDS,
    RECORD_DAYS,
    Basis,
    CameTrue,
    Forecast,
    Record,
    Until,
    Within,
)
from vsm.features.forecast.targets import ForecastTarget
from vsm.model.rules import NEXT_ITEMS
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Target, row
from vsm.report.wording import count, day, filter_line, listed, percent

LATER = "later"
"""Of a date that is too far away to be foreseen."""
HEADLINE_DAYS = 14
"""The days ahead that the first sentence speaks of."""
DAYS_WORDS = "From now on: the days begin today, without what was finished today already."
CAUTIOUS, CLOSER = 0.95, 0.05
"""More than this share came true: they are called cautious. How much more error is told."""
POORLY_KEPT, ENOUGH_TRIED = 0.75, 10
"""Less than this share of the 85% forecasts, of so many at least, came true: it is said."""
WIDENED, LOWERED = 0.02, 0.05
"""Forecasts that are more than so much wider, or lower (standard deviations), because of what came
of those before: it is said."""
FINISHED = "Finished in the last 91 days"
"""The title of the items that a forecast rests on most."""
PLAIN = "plain resampling of the last 90 days"
BESIDE = (
    "Forecasts of at least one item are counted. Error (CRPS) and range (from 10 to 90%) are"
    " divided by those of plain resampling: below 1 is closer and narrower."
)


def forecast_report(result: Forecast) -> Document:
    """Numbers by day, days by number, and in a sentence what came of such forecasts."""
    sections = (
        Section("", _headline(result)),
        *_tables(result),
        *_record_words(result),
        *(_charts(result) if result.past_forecasts else ()),
    )
    return Document(f"{result.basis.stream}: forecast", _about(result.basis), sections)


def whole_report(result: Forecast, others: tuple[Section, ...]) -> Document:
    """The same with other forecasts below the tables, and how often forecasts came true."""
    sections = (
        Section("", _headline(result)),
        *_tables(result),
        *others,
        *_record_words(result),
        *_charts(result),
        *_record_tables(result),
    )
    return Document(f"{result.basis.stream}: forecast", _about(result.basis), sections)


def backtest_report(result: Forecast) -> Document:
    """How often forecasts of the stream came true, beside the plain ones."""
    first = _in_words(result) if result.records else (_refusal(result.basis),)
    sections = (Section("", first), *_charts(result), *_record_tables(result))
    return Document(f"{result.basis.stream}: backtest", _about(result.basis), sections)


def _tables(result: Forecast) -> Iterator[Section]:
    if result.within:
        yield Section("", (_within_table(result),))
    if result.until:
        yield Section("", (_until_table(result),))


def _record_words(result: Forecast) -> Iterator[Section]:
    if result.records:
        yield Section("Do they come true?", _in_words(result))


def _charts(result: Forecast) -> Iterator[Section]:
    for chart in charts(result):
        yield Section("", (chart,))


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
    near = [one for one in result.within if one.days == HEADLINE_DAYS] or list(result.within[:1])
    asked = [one for one in result.within if one.days not in DAYS and one not in near]
    for within in (*near, *asked):
        number = within.p85
        when = f"within {count(within.days, 'day')} (by {day(within.by)})"
        if number:
            items = count(number, "item")
            parts.append(f"At least {items} will be finished {when}, with {percent(SAID)} odds.")
        else:
            parts.append(f"With {percent(SAID)} odds not even one item is sure {when}.")
        parts += _outcome(within, result.known_until)
    if (last := result.until_next) is not None:
        parts.append(f"The next {NEXT_ITEMS} will be finished by {day(last)}, with the same odds.")
        parts += _outcome_of_next(result)
    parts += [_until_words(until) for until in result.until if until.items not in ITEMS]
    about = DAYS_WORDS
    if result.known_until is not None:
        about = f"As it was known then. What came is known up to {day(result.known_until)}."
    return (Sentence(" ".join(parts), "strong", _behind(basis)), Sentence(about, "faint"))


def _until_words(until: Until) -> str:
    """When a number of items that was asked for is finished."""
    number = count(until.items, "item")
    if until.p85 is None:
        return f"When {number} are finished cannot be foreseen with {percent(SAID)} odds."
    return f"{number} will be finished by {day(until.p85)}, with {percent(SAID)} odds."


def _outcome(within: Within, known: date | None) -> Iterator[str]:
    """What came of a forecast of the past."""
    if known is not None and within.finished is not None:
        yield f"{'It was' if known >= within.by else 'So far it is'} {within.finished:,}."


def _outcome_of_next(result: Forecast) -> Iterator[str]:
    if result.known_until is not None:
        (ten,) = (until for until in result.until if until.items == NEXT_ITEMS)
        if ten.finished is None:
            yield f"That many were not finished up to {day(result.known_until)}."
        else:
            yield f"It was {day(ten.finished)}."


def _came(within: Within, known: date | None) -> str:
    """How many did finish; ``so far`` where the days are not over."""
    so_far = " so far" if known is not None and known < within.by else ""
    return f"{within.finished or 0:,}{so_far}"


def _within_table(result: Forecast) -> Table:
    known = result.known_until
    columns = [
        Column("Finished at least, within"),
        Column("by"),
        *(Column(percent(odds), right=True) for odds in ODDS),
    ]
    rows = []
    for one in result.within:
        cells: list[Cell | str] = [count(one.days, "day"), day(one.by)]
        cells += [f"{n:,}" for n in one.at_least]
        if known is not None:
            is_less = known >= one.by and (one.finished or 0) < one.p85
            cells.append(Cell(_came(one, known), "warn" if is_less else "strong"))
        target = ForecastTarget(FINISHED, _finished(result.basis), by=one.by)
        rows.append(row(*cells, target=target))
    if known is not None:
        columns.append(Column("it was", right=True))
    return Table(tuple(columns), tuple(rows))


def _until_table(result: Forecast) -> Table:
    known = result.known_until
    columns = [Column("The next"), *(Column(percent(odds)) for odds in ODDS)]
    rows = []
    for one in result.until:
        cells = [Cell(count(one.items, "item")), *map(date_cell, one.by)]
        if known is not None:
            cells.append(_came_by(one, known))
        target = ForecastTarget(FINISHED, _finished(result.basis), number=one.items)
        rows.append(row(*cells, target=target))
    if known is not None:
        columns.append(Column("it was"))
    return Table(tuple(columns), tuple(rows))


def _came_by(until: Until, known: date) -> Cell:
    """When so many were finished, and whether that was later than was said."""
    if until.finished is None:
        return Cell("not yet", "warn" if until.p85 is not None and until.p85 <= known else "faint")
    is_later = until.p85 is not None and until.finished > until.p85
    return Cell(day(until.finished), "warn" if is_later else "strong")


def date_cell(of: date | None) -> Cell:
    """A day by which something is finished; ``later`` for none."""
    return Cell(LATER, "faint") if of is None else Cell(day(of))


def _in_words(result: Forecast) -> tuple[Part, ...]:
    record = next((r for r in result.records if r.days == RECORD_DAYS), result.records[0])
    ours, plain = record.of(SAID)
    if not ours.said:
        return (Sentence(f"No forecast of {record.days} days is over yet.", "faint"),)
    text = (
        f"Of {count(ours.said, 'forecast')} of {record.days} days that said {percent(SAID)},"
        f" {ours.came_true} came true ({_share(ours)}); {PLAIN}:"
        f" {plain.came_true} of {plain.said} ({_share(plain)})."
    )
    if not _is_poor(record) and ours.said >= ENOUGH_TRIED and (ours.share or 0) > CAUTIOUS:
        text += " They are cautious here: more finished than they said."
    if record.score_ratio is not None and record.score_ratio > 1 + CLOSER:
        text += f" {PLAIN[0].upper()}{PLAIN[1:]} was closer (error {record.score_ratio:.2f} to 1)."
    poor = [one for one in result.records if _is_poor(one)]
    return (Sentence(text, "warn" if record in poor else "text"), *_too_few(poor))


def _is_poor(record: Record) -> bool:
    """Whether too few of the forecasts came true."""
    ours, _ = record.of(SAID)
    return ours.said >= ENOUGH_TRIED and (ours.share or 0) < POORLY_KEPT


def _too_few(poor: Sequence[Record]) -> Iterator[Sentence]:
    """Says over how many days too few came true, and what is done about it."""
    if not poor:
        return
    spans = [
        f"{count(record.days, 'day')} ({ours.came_true} of {ours.said})"
        for record in poor
        for ours, _ in (record.of(SAID),)
    ]
    wider = sorted((record.widened or 1.0) - 1 for record in poor)
    done = ["lower"] if all((record.lowered or 0.0) > LOWERED for record in poor) else []
    if wider[0] > WIDENED:
        least, most = percent(wider[0]), percent(wider[-1])
        done.append(f"{least} wider" if least == most else f"{least} to {most} wider")
    mended = f"these forecasts are {' and '.join(done)} because of it"
    yield Sentence(
        f"Too few came true over {listed(spans)}:"
        f" {mended if done else 'do not rely on these odds'}.",
        "warn",
    )


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
