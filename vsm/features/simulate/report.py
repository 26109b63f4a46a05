"""The report on what-if: figures before and after a change, each as a range, and what differs."""

from __future__ import annotations

from vsm.features.simulate.results import Compared, Effect, Figure, Range, WhatIf
from vsm.model.sanitise import inert_line
from vsm.report.document import Cell, Column, Document, Part, Section, Sentence, Table, Tone, row
from vsm.report.wording import count, day, percent

TITLES = {
    Figure.THROUGHPUT: "Throughput a week",
    Figure.CYCLE_TIME: "Cycle time p85, days",
    Figure.WIP: "WIP, mean",
}
GOOD = {Figure.THROUGHPUT: Effect.MORE, Figure.CYCLE_TIME: Effect.LESS}
"""The effects that are welcome; more or less WIP is neither."""
_COLUMNS = (
    Column("80% ranges", shrinks=True),
    Column("before", right=True),
    Column("after", right=True),
    Column("change", right=True),
    Column("50% of changes", right=True, wide=100),
)


def report(result: WhatIf) -> Document:
    """What is changed, the figures, the odds that were asked for, and what speaks against it."""
    about = f"{count(result.weeks, 'week')} ahead, {result.draws} draws"
    changed = Section("", (Sentence("Changed: " + inert_line("; ".join(result.changes)) + "."),))
    if result.cannot is not None:
        text = f"This stream cannot be played: {inert_line(result.cannot)}."
        why = Section("", (Sentence(text, tone="faint"),))
        return Document(f"{result.stream}: what if", (about,), (changed, why))
    sections = (
        changed,
        Section("", (_table(result),)),
        Section("", tuple(_sentence(compared) for compared in result.figures)),
        Section("", tuple(_odds(result))),
        Section("How far to rely on it", tuple(_reliance(result))),
    )
    return Document(
        f"{result.stream}: what if", (about,), tuple(part for part in sections if part.parts)
    )


def _table(result: WhatIf) -> Table:
    rows = []
    for compared in result.figures:
        change = compared.change
        rows.append(
            row(
                TITLES[compared.figure],
                _span(compared.figure, compared.before),
                _span(compared.figure, compared.after),
                Cell(_difference(compared.figure, change.low_80, change.high_80), _tone(compared)),
                _difference(compared.figure, change.low_50, change.high_50),
            )
        )
    return Table(_COLUMNS, tuple(rows))


def _tone(compared: Compared) -> Tone:
    if compared.effect in (Effect.NONE, Effect.UNKNOWN) or compared.figure not in GOOD:
        return "text"
    return "good" if compared.effect is GOOD[compared.figure] else "warn"


def _number(figure: Figure, value: float | None) -> str:
    if value is None:  # nothing finished
        return "-"
    return f"{value:.0f}" if figure is Figure.CYCLE_TIME else f"{value:.1f}"


def _span(figure: Figure, span: Range) -> str:
    return _to(_number(figure, span.low_80), _number(figure, span.high_80))


def _difference(figure: Figure, low: float | None, high: float | None) -> str:
    return _to(*(_signed(_number(figure, value)) for value in (low, high)))


def _signed(number: str) -> str:
    is_zero = number.strip("-0.") == ""
    if is_zero:
        return "-" if number == "-" else "0"
    return number if number.startswith("-") else f"+{number}"


def _to(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _sentence(compared: Compared) -> Sentence:
    """Whether the change makes a difference to a figure."""
    figure, change = compared.figure, compared.change
    title = {
        Figure.THROUGHPUT: "Throughput",
        Figure.CYCLE_TIME: "85% cycle time",
        Figure.WIP: "WIP",
    }[figure]
    span = _difference(figure, change.low_80, change.high_80)
    match compared.effect:
        case Effect.NONE:
            text = f"{title}: no difference that can be told ({span})."
        case Effect.UNKNOWN:
            text = f"{title}: more or less cannot be told; the change lies between {span}."
            text = text.replace(" to ", " and ")
        case effect:
            unit = {Figure.THROUGHPUT: " a week", Figure.CYCLE_TIME: " days", Figure.WIP: ""}[
                figure
            ]
            text = f"{title} {'rises' if effect is Effect.MORE else 'falls'}: {span}{unit}."
    return Sentence(text, tone=_tone(compared))


def _odds(result: WhatIf) -> list[Part]:
    return [
        Sentence(
            f"{count(odds.items, 'item')} by {day(odds.by)}: {percent(odds.before)} before,"
            f" {percent(odds.after)} after."
        )
        for odds in result.odds
    ]


def _reliance(result: WhatIf) -> list[Part]:
    parts: list[Part] = []
    error = result.past_error
    if error is not None and error.plays:
        text = (
            f"Cycle times are multiplied by {error.longer_by:.2f}, and spread by a factor of"
            f" {error.wider_by:.2f}: so far off were {count(error.plays, 'earlier play')} of this"
            " stream, and those of others."
        )
        parts.append(Sentence(text, tone="faint"))
    text = (
        "Throughput before the change is that of vsm forecast throughput: the low end of the range"
        " is reached with 90% odds, where dates are given with 85%."
    )
    parts.append(Sentence(text, tone="faint"))
    parts += [Sentence(caveat, tone="faint") for caveat in result.caveats]
    parts.append(
        Sentence(
            "All else is taken to go on as it was: service times, routes, who works on what.",
            tone="faint",
        )
    )
    return parts
