"""Reports on the portfolio: all initiatives in a table, and one initiative on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

from vsm.features.portfolio.alignment_results import Alignment
from vsm.features.portfolio.results import (
    IndicatorState,
    InitiativeRow,
    ObjectiveRow,
    OrderCosts,
    Portfolio,
    Worth,
)
from vsm.features.portfolio.wording import in_unit, money, odds, returns
from vsm.model.plural import count
from vsm.model.portfolio import DelayProfile, InitiativeState
from vsm.model.rules import from_micros
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
from vsm.report.wording import Hint, day, listed, name_verb, percent

BEGIN = (
    ("vsm objective add NAME says what work is for", "{add_objective} adds an objective"),
    ("vsm initiative add NAME --filter label:NAME ties items together",
     "{add_initiative} adds an initiative of those that fit a filter"),
    ("vsm initiative serves NAME OBJECTIVE says which objective it serves",
     "{tie_objective} ties it to the objective that it serves"),
    ("vsm initiative set NAME --currency EUR --delay-likely 6000 says what delay costs",
     "{ask_delay} puts in what delay of it costs"),
)  # fmt: skip
"""How to begin, step by step."""
NEAR_DAYS = 300
"""Days within which a day needs no year beside it."""
CANNOT = "cannot"
"""In place of a day, where nothing can be forecast; the page of the initiative says why."""
STOP, BURNT = "?", "!"
"""Beside an initiative that is asked about, and one whose buffer is used up."""
_GOOD, _MIDDLE, _BAD = "●", "◐", "○"
_STATES: dict[InitiativeState, Tone] = {
    InitiativeState.IMPLEMENTING: "accent",
    InitiativeState.DELIVERED: "good",
    InitiativeState.STOPPED: "faint",
    InitiativeState.PIVOTED: "faint",
}


@dataclass(frozen=True, slots=True)
class InitiativeTarget(Target):
    """The line of an initiative, by its id."""

    initiative: int = 0


@dataclass(frozen=True, slots=True)
class ObjectiveTarget(Target):
    """The line of an objective, by its id."""

    objective: int = 0


def report(result: Portfolio, hint: Hint = name_verb) -> Document:
    """The report on all initiatives."""
    title = "Portfolio"
    if not result.initiatives:
        steps = tuple(Sentence(hint(*step), lead=f"{n}.") for n, step in enumerate(BEGIN, 1))
        first = Section("", (Sentence("There are no initiatives yet"),))
        return Document(title, (), (first, Section("How to begin", steps)))
    sections = [Section("", tuple(_summary(result)))]
    sections.append(Section("Initiatives", (_table(result),)))
    if result.objectives:
        sections.append(Section("Objectives", (*_objectives(result),)))
    for order in result.orders:
        heading = f"Order in {order.stream}"
        sections.append(Section(heading, tuple(_order(order, result.currency))))
    return Document(title, (), tuple(sections))


def _summary(result: Portfolio) -> Iterable[Part]:
    asked = [one for one in result.initiatives if one.stop_card is not None]
    if asked:
        names = listed([one.key for one in asked], 4)
        yield Sentence(
            f"To be asked whether to go on: {names}",
            "warn",
            InitiativeTarget(initiative=asked[0].id),
        )
    most = result.under_way_at_most
    over = most is not None and result.under_way > most
    limit = "" if most is None else f", at most {most} should be"
    yield Sentence(
        f"{count(result.under_way, 'initiative')} under way{limit}", "warn" if over else "text"
    )
    for order in result.orders:
        if order.regret_a_week:
            amount = in_unit(order.regret_a_week, result.currency)
            text = f"In {order.stream} today's order costs {amount} a week more than the best one"
            yield Sentence(text, "warn")
    if result.spent_a_month is not None:
        amount = in_unit(result.spent_a_month, result.currency)
        yield Sentence(f"{amount} a month were spent in {_months(result)}", "faint")
    worked_off = [one for one in result.initiatives if one.is_worked_off]
    if worked_off:
        names = listed([one.key for one in worked_off], 4)
        target = InitiativeTarget(initiative=worked_off[0].id)
        yield Sentence(f"All items are over, to be decided: {names}", "warn", target)
    due = [one for one in result.initiatives if one.decision_due]
    if due:
        names = listed([one.key for one in due], 4)
        target = InitiativeTarget(initiative=due[0].id)
        yield Sentence(f"A decision is to be looked at again: {names}", "warn", target)
    if result.in_several:
        keys = listed(list(result.in_several), 6)
        yield Sentence(f"In more than one initiative, counted in equal parts: {keys}", "faint")


def _months(result: Portfolio) -> str:
    """The three whole months before: ``Aug to Oct``."""
    first = from_micros(result.as_of).date().replace(day=1)
    last = first - timedelta(days=1)
    begin = last.replace(day=1)
    for _ in range(2):
        begin = (begin - timedelta(days=1)).replace(day=1)
    return f"{begin:%b} to {last:%b}"


def _table(result: Portfolio) -> Table:
    columns = (
        Column("Initiative", shrinks=True),
        Column("State"),
        Column("Delay/week", right=True, short="Delay", wide=90),
        Column("Weeks", right=True, wide=100),
        Column("CD3", right=True),
        Column("50% by", short="50%"),
        Column("85% by", short="85%"),
        Column("On time", right=True, short="Time"),
        Column("ROI from now", right=True, short="ROI"),
        Column("Left", right=True, wide=110),
        Column("Place", right=True, wide=120),
        Column("Signs"),
    )
    as_of = from_micros(result.as_of).date()
    rows = in_order(result)
    places = {one.id: n for n, one in enumerate(rows, 1) if one.place is not None}
    return Table(columns, tuple(_line(one, as_of, places.get(one.id)) for one in rows))


def in_order(result: Portfolio) -> list[InitiativeRow]:
    """Initiatives in the order that people chose, those without a place after them by CD3; what is
    over last.
    """

    def rank(pair: tuple[int, InitiativeRow]) -> tuple[bool, float, int]:
        n, one = pair
        place = inf if one.place is None or one.state.is_over else one.place
        return one.state.is_over, place, n

    return [one for _, one in sorted(enumerate(result.initiatives), key=rank)]


def _line(one: InitiativeRow, as_of: date, place: int | None) -> Row:
    over = one.state.is_over
    chance = one.forecast.need_by_odds
    tone: Tone = "faint" if over else "text"
    return row(
        Cell(one.key, "faint" if over else "strong"),
        Cell(one.state.value, _STATES.get(one.state, "text")),
        Cell(_delay_short(one), tone),
        Cell("-" if one.weeks is None else f"{one.weeks:.1f}", tone),
        Cell(money(one.cd3), tone),
        _even(one, as_of, tone),
        Cell(_late(one, as_of), tone),
        Cell(odds(chance), _tone_of(chance)),
        Cell(_range(one.roi), "bad" if one.roi is not None and one.roi.likely < 0 else tone),
        Cell(money(one.remaining), tone),
        Cell("-" if place is None or over else f"{place}", tone),
        Cell(_signs(one), "warn" if one.stop_card is not None else "text"),
        target=InitiativeTarget(one.key, initiative=one.id),
    )


def short_day(of: date | None, as_of: date) -> str:
    """``12 Jan``, or ``Jan 2028`` where that is further than most of a year away."""
    if of is None:
        return "-"
    return f"{of.day} {of:%b}" if abs((of - as_of).days) < NEAR_DAYS else f"{of:%b %Y}"


def _even(one: InitiativeRow, as_of: date, tone: Tone) -> Cell:
    """The day of even odds; that none can be said, where there is work and no forecast."""
    if one.forecast.cannot is not None and one.items and not one.state.is_over:
        return Cell(CANNOT, "warn")
    return Cell(short_day(one.forecast.p50, as_of), tone)


def _late(one: InitiativeRow, as_of: date) -> str:
    dates = one.forecast
    if dates.p85 is None and (dates.p50 is not None or (not dates.cannot and one.items)):
        return "later"
    return short_day(dates.p85, as_of)


def _tone_of(chance: float | None) -> Tone:
    if chance is None:
        return "text"
    return "bad" if chance < 0.5 else "warn" if chance < 0.85 else "good"


def _delay_short(one: InitiativeRow) -> str:
    if one.cost_of_delay.profile is DelayProfile.DEADLINE:
        return f"{money(one.cost_of_delay.likely)}!" if one.cost_of_delay.likely else "-"
    return money(one.cost_of_delay.likely)


def _range(worth: Worth | None) -> str:
    if worth is None:
        return "-"
    return returns(worth.likely)


def _signs(one: InitiativeRow) -> str:
    marks = [mark(indicator) for indicator in one.indicators]
    if one.buffer_burn is not None and one.buffer_burn > 1:
        marks.append(BURNT)
    if one.stop_card is not None:
        marks.append(STOP)
    return "".join(marks)


def mark(one: IndicatorState) -> str:
    """Whether an indicator is on its path, in a sign."""
    if one.value is None:
        return "·"
    return _GOOD if not one.behind else _MIDDLE if one.behind == 1 else _BAD


# -- objectives and order -------------------------------------------------------------------


def _objectives(result: Portfolio) -> Iterable[Part]:
    columns = (
        Column("Objective", shrinks=True),
        Column("Horizon"),
        Column("Initiatives", right=True, short="Init."),
        Column("Share of work", bar=True, short="Share"),
        Column("Intended", right=True, short="Int."),
        Column("Key results"),
    )
    yield Table(columns, tuple(_objective(one) for one in result.objectives))
    if any(one.key_results for one in result.objectives):
        yield key_results(result.objectives)
    if result.alignment is not None:
        yield served_none(result.alignment)


def served_none(aligned: Alignment) -> Sentence:
    """The share of work that served no objective; opens the items behind it."""
    share = aligned.unaligned_share
    items = tuple(item for work in aligned.unaligned for item in work.behind)
    return Sentence(
        f"{percent(share)} of the work of the last 90 days served no objective",
        "warn" if share > 0.5 else "text",
        Target("Work without an objective", items),
    )


def _objective(one: ObjectiveRow) -> Row:
    share = Cell("-") if one.share is None else Cell(percent(one.share), "text", one.share)
    return row(
        Cell(one.name, "faint" if one.closed else "strong"),
        Cell("closed" if one.closed else one.horizon, "faint" if one.closed else "text"),
        f"{one.initiatives}",
        share,
        Cell(percent(one.intended), "warn" if one.is_off else "text"),
        "".join(map(mark, one.key_results)) or "-",
        target=ObjectiveTarget(one.name, objective=one.id),
    )


def key_results(objectives: Sequence[ObjectiveRow]) -> Table:
    """The key results of objectives, with their last values."""
    columns = (
        Column(""),
        Column("Key result", shrinks=True),
        Column("Objective", shrinks=True, wide=100),
        Column("Value", right=True),
        Column("Expected", right=True, short="Exp."),
        Column("Read on"),
    )
    rows = (
        row(
            mark(result),
            f"{result.name} ({result.unit})" if result.unit else result.name,
            one.name,
            *values_of(result),
            target=ObjectiveTarget(one.name, objective=one.id),
        )
        for one in objectives
        for result in one.key_results
    )
    return Table(columns, tuple(rows))


def values_of(one: IndicatorState) -> tuple[str, str, str]:
    """Value, expected value and day of an indicator."""
    return (
        "-" if one.value is None else f"{one.value:.4g}",
        "-" if one.expected is None else f"{one.expected:.3g}",
        "-" if one.day is None else day(one.day),
    )


def _order(order: OrderCosts, currency: str) -> Iterable[Part]:
    def line(what: str, names: Sequence[str], cost: float) -> Sentence:
        return Sentence(f"{what}: {listed(list(names), 8)} · {in_unit(cost, currency)} of delay")

    if order.today_cost is None:
        yield Sentence("Nobody chose an order yet", "faint")
    else:
        best_already = order.best == order.today
        yield line("Today, the best" if best_already else "Today", order.today, order.today_cost)
    if order.by_cd3 != order.best:
        yield line("By CD3", order.by_cd3, order.cd3_cost)
    if order.best != order.today:
        best = "Best" if order.exact else "Best that was found by exchanging pairs"
        yield line(best, order.best, order.best_cost)
