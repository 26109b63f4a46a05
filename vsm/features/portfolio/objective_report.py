"""The report on one objective: its share of the work, who serves it, and its key results."""

from __future__ import annotations

from collections.abc import Iterable

from vsm.features.portfolio.report import InitiativeTarget, key_results, short_day
from vsm.features.portfolio.results import InitiativeRow, ObjectiveRow, Portfolio
from vsm.model.rules import from_micros
from vsm.report.document import (
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    row,
)
from vsm.report.wording import Hint, name_verb, percent


def report_objective(one: ObjectiveRow, result: Portfolio, hint: Hint = name_verb) -> Document:
    """The page of an objective."""
    sections = [Section("", tuple(_head(one, result)))]
    serving = [
        (row, tie.weight)
        for row in result.initiatives
        for tie in row.objectives
        if tie.objective == one.name
    ]
    if serving:
        sections.append(Section("Initiatives", (_initiatives(serving, result),)))
    else:
        verb = "vsm initiative serves NAME OBJECTIVE ties one to it"
        text = hint(verb, "{tie_objective} on an initiative ties it to an objective")
        sections.append(Section("Initiatives", (Sentence(f"None serves it yet: {text}", "faint"),)))
    if one.key_results:
        sections.append(Section("Key results", (key_results((one,)),)))
    else:
        verb = "vsm objective measure NAME INDICATOR adds one"
        text = hint(verb, "{add_indicator} adds one")
        sections.append(Section("Key results", (Sentence(f"It has none yet: {text}", "faint"),)))
    return Document(one.name, (), tuple(sections))


def _head(one: ObjectiveRow, result: Portfolio) -> Iterable[Part]:
    when = "Closed" if one.closed else one.horizon.capitalize()
    owner = f", answered for by {one.owner}" if one.owner else ""
    yield Sentence(f"{when}{owner}", "faint" if one.closed else "strong")
    if one.about:
        yield Sentence(one.about)
    if one.share is not None:
        meant = "" if one.intended is None else f"; it is meant to get {percent(one.intended)}"
        spent = result.alignment.spent_on(one.name) if result.alignment is not None else None
        days = "" if spent is None else f", {spent.days:.0f} working days of teams"
        text = f"It got {percent(one.share)} of the work of the last 90 days{days}{meant}"
        items = () if spent is None else spent.items
        yield Sentence(text, target=Target(f"Work for {one.name}", items))


def _initiatives(serving: list[tuple[InitiativeRow, float]], result: Portfolio) -> Table:
    as_of = from_micros(result.as_of).date()
    columns = (
        Column("Initiative", shrinks=True),
        Column("State"),
        Column("Part", right=True),
        Column("50% by", short="50%"),
        Column("85% by", short="85%"),
    )

    def line(one: InitiativeRow, weight: float) -> Row:
        return row(
            one.key,
            one.state.value,
            percent(weight),
            short_day(one.forecast.p50, as_of),
            short_day(one.forecast.p85, as_of),
            target=InitiativeTarget(one.key, initiative=one.id),
        )

    return Table(columns, tuple(line(*pair) for pair in serving))
