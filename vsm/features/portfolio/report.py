"""Reports on the portfolio: all initiatives in a table, and one initiative on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from vsm.features.portfolio.results import (
    IndicatorState,
    InitiativeRow,
    ObjectiveRow,
    OrderCosts,
    Portfolio,
    Worth,
)
from vsm.features.portfolio.wording import money, returns
from vsm.model.plural import count
from vsm.model.portfolio import DelayProfile, InitiativeState
from vsm.model.rules import from_micros, local
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
from vsm.report.wording import Hint, day, listed, name_verb, odds_text, percent

BEGIN = (
    ("vsm objective add NAME says what work is for", "{add_objective} says what work is for"),
    ("vsm initiative add NAME --filter label:NAME ties items together",
     "{add_initiative} ties items together"),
    ("vsm initiative serves NAME OBJECTIVE says which objective it serves",
     "{tie_objective} says which objective it serves"),
    ("vsm initiative set NAME --currency EUR --delay-likely 6000 says what delay costs",
     "{set_delay} says what delay costs"),
)  # fmt: skip
"""How to begin, step by step."""
NEAR_DAYS = 300
"""Days within which a day needs no year beside it."""
STOP = "?"
"""Beside an initiative that is asked about."""
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
    if result.order is not None:
        sections.append(Section("Order", tuple(_order(result.order, result.currency))))
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
    if result.order is not None and result.order.regret_a_week > 0:
        amount = _amount(result.order.regret_a_week, result.currency)
        yield Sentence(f"Today's order costs {amount} a week more than the best one", "warn")
    if result.spent_a_month is not None:
        amount = _amount(result.spent_a_month, result.currency)
        yield Sentence(f"{amount} a month were spent in the last three months", "faint")
    due = [one.key for one in result.initiatives if one.decision_due]
    if due:
        yield Sentence(f"A decision is to be looked at again: {listed(due, 4)}", "warn")
    if result.in_several:
        keys = listed(list(result.in_several), 6)
        yield Sentence(f"In more than one initiative, counted in equal parts: {keys}", "faint")


def _amount(amount: float, currency: str) -> str:
    return f"{money(amount)} {currency}".strip()


def _table(result: Portfolio) -> Table:
    columns = (
        Column("Initiative", shrinks=True),
        Column("State"),
        Column("Delay/week", right=True, short="Delay"),
        Column("Weeks", right=True, wide=100),
        Column("CD3", right=True, wide=90),
        Column("50% by", short="50%"),
        Column("85% by", short="85%"),
        Column("In time", right=True, short="Time"),
        Column("ROI from now", right=True, short="ROI"),
        Column("Left", right=True, wide=110),
        Column("Signs"),
    )
    as_of = from_micros(result.as_of).date()
    return Table(columns, tuple(_line(one, as_of) for one in result.initiatives))


def _line(one: InitiativeRow, as_of: date) -> Row:
    over = one.state.is_over
    odds = one.forecast.need_by_odds
    tone: Tone = "faint" if over else "text"
    return row(
        Cell(one.key, "faint" if over else "strong"),
        Cell(one.state.value, _STATES.get(one.state, "text")),
        Cell(_delay_short(one), tone),
        Cell("-" if one.weeks is None else f"{one.weeks:.1f}", tone),
        Cell(money(one.cd3), tone),
        Cell(_short_day(one.forecast.p50, as_of), tone),
        Cell(_short_day(one.forecast.p85, as_of), tone),
        Cell(
            "-" if odds is None else percent(odds),
            "text" if odds is None else "bad" if odds < 0.5 else "warn" if odds < 0.85 else "good",
        ),
        Cell(_range(one.roi), "bad" if one.roi is not None and one.roi.likely < 0 else tone),
        Cell(money(one.remaining), tone),
        Cell(_signs(one), "warn" if one.stop_card is not None else "text"),
        target=InitiativeTarget(one.key, initiative=one.id),
    )


def _short_day(of: date | None, as_of: date) -> str:
    """``12 Jan``, or ``Jan 2028`` where that is further than most of a year away."""
    if of is None:
        return "-"
    return f"{of.day} {of:%b}" if abs((of - as_of).days) < NEAR_DAYS else f"{of:%b %Y}"


def _delay_short(one: InitiativeRow) -> str:
    if one.cost_of_delay.profile is DelayProfile.DEADLINE:
        return f"{money(one.cost_of_delay.likely)}!" if one.cost_of_delay.likely else "-"
    return money(one.cost_of_delay.likely)


def _range(worth: Worth | None) -> str:
    if worth is None:
        return "-"
    return returns(worth.likely)


def _signs(one: InitiativeRow) -> str:
    marks = [_mark(indicator) for indicator in one.indicators]
    if one.stop_card is not None:
        marks.append(STOP)
    return "".join(marks)


def _mark(one: IndicatorState) -> str:
    if one.value is None:
        return "·"
    return _GOOD if not one.behind else _MIDDLE if one.behind == 1 else _BAD


# -- objectives and order -------------------------------------------------------------------


def _objectives(result: Portfolio) -> Iterable[Part]:
    columns = (
        Column("Objective", shrinks=True),
        Column("When"),
        Column("Initiatives", right=True, short="Init."),
        Column("Share of work", bar=True, short="Share"),
        Column("Meant", right=True),
        Column("Key results"),
    )
    yield Table(columns, tuple(_objective(one) for one in result.objectives))
    if result.unaligned is not None:
        share = percent(result.unaligned)
        tone: Tone = "warn" if result.unaligned > 0.5 else "text"
        yield Sentence(f"{share} of the work of the last 90 days served no objective", tone)


def _objective(one: ObjectiveRow) -> Row:
    share = Cell("-") if one.share is None else Cell(percent(one.share), "text", one.share)
    off = one.share is not None and one.intended is not None and abs(one.share - one.intended) > 0.1
    return row(
        Cell(one.name, "faint" if one.closed else "strong"),
        Cell("closed" if one.closed else one.horizon, "faint" if one.closed else "text"),
        f"{one.initiatives}",
        share,
        Cell(percent(one.intended), "warn" if off else "text"),
        "".join(map(_mark, one.key_results)) or "-",
    )


def _order(order: OrderCosts, currency: str) -> Iterable[Part]:
    def line(what: str, names: Sequence[str], cost: float) -> Sentence:
        return Sentence(f"{what}: {listed(list(names), 8)} · {_amount(cost, currency)} of delay")

    yield line("Today", order.today, order.today_cost)
    yield line("By CD3", order.by_cd3, order.cd3_cost)
    best = "Best" if order.exact else "Best that was found by exchanging pairs"
    yield line(best, order.best, order.best_cost)


# -- one initiative -------------------------------------------------------------------------


def report_initiative(one: InitiativeRow, result: Portfolio, zone: str = "UTC") -> Document:
    """The page of an initiative."""
    currency = result.currency
    sections = [Section("", tuple(_head(one)))]
    if one.stop_card is not None:
        sections.append(Section("Should it go on?", tuple(_question(one))))
    sections.append(Section("When", tuple(_when(one))))
    sections.append(Section("Worth", tuple(_worth(one, result, currency))))
    if one.team_days:
        left = tuple(
            row(work.team, f"{work.days:.0f}") for work in one.team_days if work.days >= 0.5
        )
        table = Table((Column("Work left for team"), Column("Days", right=True)), left)
        sections.append(Section("Work left", (table,)))
    if one.indicators:
        sections.append(Section("Indicators", (_indicators(one.indicators),)))
    if one.decisions:
        sections.append(Section("Decisions", (_decisions(one, zone),)))
    return Document(one.key, (), tuple(sections))


def _head(one: InitiativeRow) -> Iterable[Part]:
    served = ", ".join(
        tie.objective if tie.weight == 1 else f"{tie.objective} {percent(tie.weight)}"
        for tie in one.objectives
    )
    sponsor = f", wanted by {one.sponsor}" if one.sponsor else ""
    yield Sentence(f"{one.state.value.capitalize()}, for {served or 'no objective'}{sponsor}")
    if one.hypothesis:
        yield Sentence(f"Hypothesis: {one.hypothesis}")
    if one.mvp:
        yield Sentence(f"First sign: {one.mvp}")


def _question(one: InitiativeRow) -> Iterable[Part]:
    card = one.stop_card
    if card is None:
        return
    for reason in card.reasons_for:
        yield Sentence(reason, "warn", lead="stop")
    for reason in card.reasons_against:
        yield Sentence(
            reason, lead="go on", target=_waiting(one) if "elsewhere" in reason else None
        )
    if card.freed:
        days = ", ".join(f"{work.team} {work.days:.0f}" for work in card.freed if work.days >= 0.5)
        yield Sentence(f"stopping frees days of work: {days}", lead="frees")


def _waiting(one: InitiativeRow) -> Target:
    return Target(
        f"Waiting for {one.key}", items=tuple((item, "waits") for item in one.waiting_items)
    )


def _when(one: InitiativeRow) -> Iterable[Part]:
    behind = Target(f"Open items of {one.key}", items=tuple((i, "open") for i in one.open_items))
    more = f" and {one.more_items:,} more expected" if one.more_items else ""
    ended = f", {one.finished} finished" if one.finished else ""
    ended += f", {one.dropped} dropped" if one.dropped else ""
    yield Sentence(
        f"{count(one.items, 'open item')}{more}{ended}: {one.filter or 'no filter'}",
        target=behind if one.open_items else None,
    )
    dates = one.forecast
    if dates.cannot is not None:
        yield Sentence(f"No forecast: {dates.cannot}", "text" if one.state.is_over else "warn")
    elif dates.p50 is None:
        yield Sentence("Later than can be foreseen", "warn")
    else:
        yield Sentence(odds_text(dates.p50, dates.p85), "strong")
    if dates.growing_p85 is not None and dates.growing_p85 != dates.p85:
        yield Sentence(
            f"85% by {day(dates.growing_p85)} if it goes on growing as in the last 91 days", "faint"
        )
    if one.need_by is not None:
        odds = dates.need_by_odds
        known = "not known" if odds is None else percent(odds)
        yield Sentence(
            f"Needed by {day(one.need_by)}: odds {known}",
            "warn" if odds is not None and odds < 0.5 else "text",
        )
    if one.buffer_burn is not None:
        burn = one.buffer_burn
        used = f"{burn:.0%} of" if burn < 2 else f"{burn:,.0f} times"
        yield Sentence(
            f"Since its start its 85% day moved by {used} its buffer",
            "warn" if burn > 1 else "text",
        )
    if len(dates.streams) > 1:
        columns = (
            Column("In stream"),
            Column("In progress", right=True),
            Column("Not started", right=True),
            Column("50% by"),
            Column("85% by"),
        )
        yield Table(
            columns,
            tuple(
                row(
                    part.stream,
                    f"{part.in_progress}",
                    f"{part.not_started}",
                    "-" if part.p50 is None else day(part.p50),
                    "-" if part.p85 is None else day(part.p85),
                )
                for part in dates.streams
            ),
        )


def _worth(one: InitiativeRow, result: Portfolio, currency: str) -> Iterable[Part]:
    cost = one.cost_of_delay
    if cost.likely is None:
        yield Sentence("Its cost of delay is not known", "faint")
    else:
        span = ""
        if cost.low is not None and cost.high is not None:
            span = f" ({money(cost.low)} to {money(cost.high)})"
        once = cost.profile is DelayProfile.DEADLINE
        text = f"Delay costs {_amount(cost.likely, currency)}{span}"
        text += " once its deadline has passed" if once else f" a week, {cost.profile.value}"
        if one.cd3 is not None and one.weeks is not None:
            text += f"; {one.weeks:.1f} weeks of work make CD3 {money(one.cd3)}"
        yield Sentence(text)
    if one.wsjf is not None:
        yield Sentence(f"WSJF {one.wsjf:.1f}", "faint")
    left = "not known" if one.remaining is None else _amount(one.remaining, currency)
    spent = (
        f"; {_amount(one.spent, currency)} were spent, which counts nothing" if one.spent else ""
    )
    yield Sentence(f"Still to pay: {left}{spent}")
    if one.roi is not None:
        benefit = _amount(one.roi.benefit, currency)
        low, high = returns(one.roi.low), returns(one.roi.high)
        yield Sentence(
            f"Going on returns {returns(one.roi.likely)} ({low} to {high}): a likely"
            f" benefit of {benefit}, discounted by {percent(result.discount)} a year",
            "bad" if one.roi.likely < result.hurdle else "good",
        )


def _indicators(indicators: Sequence[IndicatorState]) -> Table:
    columns = (
        Column(""),
        Column("Indicator", shrinks=True),
        Column("Role"),
        Column("Value", right=True),
        Column("Expected", right=True, short="Exp."),
        Column("Read on"),
    )
    return Table(
        columns,
        tuple(
            row(
                Cell(_mark(one), "warn" if one.behind else "text"),
                f"{one.name} ({one.unit})" if one.unit else one.name,
                one.role.value,
                "-" if one.value is None else f"{one.value:.4g}",
                "-" if one.expected is None else f"{one.expected:.3g}",
                "-" if one.day is None else day(one.day),
            )
            for one in indicators
        ),
    )


def _decisions(one: InitiativeRow, zone: str) -> Table:
    columns = (
        Column("No", right=True),
        Column("Day"),
        Column("Decision"),
        Column("By"),
        Column("Reason", shrinks=True),
        Column("Seen later", wide=100),
    )
    return Table(
        columns,
        tuple(
            row(
                f"{decision.number}",
                day(local(decision.at, zone).date()),
                decision.decision.value,
                decision.by,
                decision.reason,
                decision.hindsight
                or ("-" if decision.review_on is None else f"look on {day(decision.review_on)}"),
            )
            for decision in one.decisions
        ),
    )
