"""The report on one initiative: whether to go on, when, what it is worth, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vsm.features.portfolio.facts_text import fact_lines
from vsm.features.portfolio.report import mark, values_of
from vsm.features.portfolio.results import (
    Decided,
    IndicatorState,
    InitiativeRow,
    InStream,
    Portfolio,
    TeamDays,
    TeamLoad,
)
from vsm.features.portfolio.wording import in_unit, money, odds, returns
from vsm.model.plural import count
from vsm.model.portfolio import DelayProfile
from vsm.model.rules import local
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
    row,
)
from vsm.report.wording import day, odds_text, percent

_LEAST_DAYS = 1.0
"""Days of a team below which what is freed is not said."""


@dataclass(frozen=True, slots=True)
class DecisionTarget(Target):
    """The line of a decision, by its number."""

    decision: int = 0


def _open(one: InitiativeRow) -> Target | None:
    items = tuple((item, "open") for item in one.open_items)
    return Target(f"Open items of {one.key}", items=items) if items else None


def _buffer(burn: float) -> str:
    """How far the 85% day moved since the start, in words."""
    if burn < 0:
        return f"Since its start its 85% day came nearer by {-burn:.0%} of its buffer"
    used = f"{burn:.0%} of" if burn < 2 else f"{burn:,.0f} times"
    return f"Since its start its 85% day moved away by {used} its buffer"


def decision_text(one: Decided, zone: str, currency: str = "") -> str:
    """What a decision says, and the figures that it was made on."""
    lines = [
        f"{one.decision.value.capitalize()}, {day(local(one.at, zone).date())}, by {one.by}",
        one.reason,
    ]
    if one.hindsight:
        lines.append(f"Seen later: {one.hindsight}. {one.note}".rstrip(". ") + ".")
    facts = fact_lines(one.facts, currency)
    if facts:
        lines += ["", "The figures of that moment:", *(f"  {line}" for line in facts)]
    return "\n".join(lines)


def report_initiative(
    one: InitiativeRow, result: Portfolio, zone: str = "UTC", load: Sequence[TeamLoad] = ()
) -> Document:
    """The page of an initiative; ``load`` is of teams whose load is known."""
    currency = result.currency
    sections = [Section("", tuple(_head(one)))]
    if one.stop_card is not None:
        sections.append(Section("Should it go on?", tuple(_question(one, load))))
    sections.append(Section("When", tuple(_when(one))))
    sections.append(Section("Worth", tuple(_worth(one, result, currency))))
    if one.team_days:
        sections.append(Section("Work left", (_work_left(one, load),)))
    if one.indicators:
        sections.append(Section("Indicators", (_indicators(one.indicators),)))
    if one.decisions:
        sections.append(Section("Decisions", (_decisions(one, zone),)))
    return Document(one.key, (), tuple(sections))


def _head(one: InitiativeRow) -> Iterable[Part]:
    if one.state.is_over and one.open_items:
        text = (
            f"{count(one.items, 'item')} of it are open still"
            if one.items > 1
            else ("1 item of it is open still")
        )
        yield Sentence(text, "warn", _open(one))
    served = ", ".join(
        tie.objective if tie.weight == 1 else f"{tie.objective} {percent(tie.weight)}"
        for tie in one.objectives
    )
    sponsor = f", sponsor {one.sponsor}" if one.sponsor else ""
    yield Sentence(f"{one.state.value.capitalize()}, for {served or 'no objective'}{sponsor}")
    if one.hypothesis:
        yield Sentence(f"Hypothesis: {one.hypothesis}")
    if one.mvp:
        yield Sentence(f"MVP: {one.mvp}")


def _work_left(one: InitiativeRow, load: Sequence[TeamLoad]) -> Table:
    """Work by team, with what it is of the time of a team where its load is known."""
    columns = [Column("Work left for team"), Column("Days on items", right=True, short="Days")]
    by_team = {known.team: known for known in load}
    if load:
        columns += [
            Column("Team's days", right=True, short="Team"),
            Column("Weeks", right=True),
            Column("Used now", right=True, short="Used"),
            Column("Without it", right=True, short="without"),
        ]

    def line(work: TeamDays) -> Row:
        known = by_team.get(work.team)
        cells = [work.team, f"{work.days:.0f}"]
        if load:
            cells += ["-"] * 4 if known is None else _of_team(known)
        return row(*cells)

    return Table(tuple(columns), tuple(line(work) for work in one.team_days if work.days >= 0.5))


def _of_team(load: TeamLoad) -> list[str]:
    used, after = percent(load.utilisation), percent(load.utilisation_without)
    days, weeks = f"{load.team_days:.1f}", f"{load.team_weeks:.1f}"
    return [days, weeks, used, after if load.share else "-"]


def _freed(load: Sequence[TeamLoad]) -> Iterable[Part]:
    """What stopping frees of teams whose load is known, the most first."""
    for one in sorted(load, key=lambda one: -one.team_days):
        if one.team_days >= _LEAST_DAYS:
            text = f"{one.team}: {one.team_days:.1f} working days of the team"
            if one.team_weeks >= 1:
                text += f", {one.team_weeks:.1f} weeks"
            if one.share:
                used = percent(one.utilisation)
                text += f"; utilisation {used} → {percent(one.utilisation_without)}"
            yield Sentence(text, lead="frees")


def _question(one: InitiativeRow, load: Sequence[TeamLoad]) -> Iterable[Part]:
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
        yield Sentence(f"stopping frees days of work on items: {days}", lead="frees")
    yield from _freed(load)


def _waiting(one: InitiativeRow) -> Target:
    return Target(
        f"Waiting for {one.key}", items=tuple((item, "waits") for item in one.waiting_items)
    )


def _when(one: InitiativeRow) -> Iterable[Part]:
    more = f" and {one.more_items:,} more expected" if one.more_items else ""
    ended = f", {one.finished} finished" if one.finished else ""
    ended += f", {one.dropped} dropped" if one.dropped else ""
    yield Sentence(
        f"{count(one.items, 'open item')}{more}{ended}: {one.filter or 'no filter'}",
        target=_open(one),
    )
    dates = one.forecast
    if dates.cannot is not None:
        yield Sentence(f"No forecast: {dates.cannot}", "text" if one.state.is_over else "warn")
    elif dates.p50 is None:
        yield Sentence("Later than can be foreseen", "warn")
    else:
        yield Sentence(odds_text(dates.p50, dates.p85), "strong")
    if one.blocked_items:
        text = f"{one.blocked} of them {'is' if one.blocked == 1 else 'are'} blocked"
        items = tuple((item, "blocked") for item in one.blocked_items)
        yield Sentence(text, "warn", Target(f"Blocked in {one.key}", items=items))
    if one.awaited_items:
        waiting = tuple((item, "awaited") for item in one.awaited_items)
        yield Sentence(
            f"Waits for {count(len(one.awaited_items), 'open item')} elsewhere",
            "warn",
            Target(f"Awaited by {one.key}", items=waiting),
        )
    if dates.growing_p85 is not None and dates.growing_p85 != dates.p85:
        yield Sentence(
            f"85% by {day(dates.growing_p85)} if it goes on growing as in the last 91 days", "faint"
        )
    if one.need_by is not None:
        chance = dates.need_by_odds
        known = "not known" if chance is None else odds(chance)
        yield Sentence(
            f"Needed by {day(one.need_by)}: odds {known}",
            "warn" if chance is not None and chance < 0.5 else "text",
        )
    if one.buffer_burn is not None:
        yield Sentence(_buffer(one.buffer_burn), "warn" if one.buffer_burn > 1 else "text")
    if dates.streams and dates.cannot is None:
        yield _streams(dates.streams)


def _streams(parts: Sequence[InStream]) -> Table:
    """The part of an initiative in each stream."""
    columns = (
        Column("In stream", shrinks=True),
        Column("In progress", right=True, short="WIP"),
        Column("Not started", right=True, short="Waits"),
        Column("50% by"),
        Column("85% by"),
        Column("Likeliest last", short="Last"),
    )
    return Table(
        columns,
        tuple(
            row(
                part.stream,
                f"{part.in_progress}",
                f"{part.not_started}",
                "-" if part.p50 is None else day(part.p50),
                "-" if part.p85 is None else day(part.p85),
                part.last or "-",
            )
            for part in parts
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
        text = f"Delay costs {in_unit(cost.likely, currency)}{span}"
        text += " once its deadline has passed" if once else f" a week, {cost.profile.value}"
        if one.cd3 is not None and one.weeks is not None:
            text += f"; {one.weeks:.1f} weeks of work make CD3 {money(one.cd3)}"
        yield Sentence(text)
    if one.wsjf is not None:
        yield Sentence(f"WSJF {one.wsjf:.1f}", "faint")
    left = "not known" if one.remaining is None else in_unit(one.remaining, currency)
    if one.remaining is not None:
        left += ", as was typed" if one.remaining_is_typed else ", by the work that is left"
    spent = (
        f"; {in_unit(one.spent, currency)} were spent (sunk cost, which counts nothing)"
        if one.spent
        else ""
    )
    yield Sentence(f"Still to pay: {left}{spent}")
    if one.roi is not None:
        benefit = in_unit(one.roi.benefit, currency)
        low, high = returns(one.roi.low), returns(one.roi.high)
        yield Sentence(
            f"Return on what is still to pay {returns(one.roi.likely)} ({low} to {high}): a likely"
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
                Cell(mark(one), "warn" if one.behind else "text"),
                f"{one.name} ({one.unit})" if one.unit else one.name,
                one.role.value,
                *values_of(one),
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
                target=DecisionTarget(decision.reason, decision=decision.number),
            )
            for decision in one.decisions
        ),
    )
