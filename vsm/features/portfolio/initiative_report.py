"""The report on one initiative: whether to go on, when, what it is worth, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from vsm.features.portfolio.facts_text import fact_lines
from vsm.features.portfolio.report import mark, values_of
from vsm.features.portfolio.results import (
    Beside,
    Decided,
    IndicatorState,
    InitiativeRow,
    InStream,
    Neighbour,
    Portfolio,
    ScopeMonth,
    TeamDays,
    TeamLoad,
)
from vsm.features.portfolio.wording import odds
from vsm.features.portfolio.worth_report import lines_of, worth_parts
from vsm.model.plural import count
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

_LOAD = ("Team's days", "Weeks", "Without it")
NOTHING_BESIDE = Beside()
_LEAST_DAYS = 1.0
"""Days of a team below which what is freed is not said."""


@dataclass(frozen=True, slots=True)
class DecisionTarget(Target):
    """The line of a decision, by its number."""

    decision: int = 0


def _open(one: InitiativeRow) -> Target | None:
    items = tuple((item, "open") for item in one.open_items)
    return Target(f"Open items of {one.key}", items=items) if items else None


def _buffer(one: InitiativeRow, burn: float) -> str:
    """How far the 85% day moved since the start, in words."""
    then, now = one.at_start, one.forecast.p85
    if then is None or now is None or now == then.p85:
        return "Its 85% day is that of its start"
    days = (now - then.p85).days
    buffer = count(then.buffer_days, "day")
    used = f"{burn:.0%} of" if burn < 2 else f"{burn:,.1f} times"
    how = f"later than at its start, {used} its buffer of {buffer}" if days > 0 else "earlier"
    every = one.finished + one.items + one.more_items
    at = f" with {percent(one.finished / every)} of its items finished" if every else ""
    return f"Its 85% day is {count(abs(days), 'day')} {how}{at}"


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
    one: InitiativeRow, result: Portfolio, zone: str = "UTC", beside: Beside = NOTHING_BESIDE
) -> Document:
    """The page of an initiative, with what was read ``beside`` it."""
    currency, load = result.currency, beside.load
    sections = [Section("", tuple(_head(one)))]
    if one.stop_card is not None:
        sections.append(Section("Should it go on?", tuple(_question(one, load))))
    sections.append(Section("When", tuple(_when(one, beside, local(result.as_of, zone).date()))))
    if len(beside.scope) > 1:
        sections.append(Section("Scope", (_scope(one, beside.scope),)))
    sections.append(Section("Worth", tuple(worth_parts(one, result, currency))))
    if any(work.days >= 0.5 for work in one.team_days):
        sections.append(Section("Work left", tuple(_work_left(one, load))))
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


def _work_left(one: InitiativeRow, load: Sequence[TeamLoad]) -> Iterable[Part]:
    """Work by team, with what it is of the time of a team where its load is known."""
    columns = [Column("Work left for team"), Column("Days on items", right=True, short="Days")]
    by_team = {known.team: known for known in load}
    if load:
        columns += [
            Column(_LOAD[0], right=True, short="Team"),
            Column(_LOAD[1], right=True),
            Column("Used now", right=True, short="Used"),
            Column(_LOAD[2], right=True, short="without"),
        ]

    def line(work: TeamDays) -> Row:
        known = by_team.get(work.team)
        cells = [work.team, f"{work.days:.0f}"]
        if load:
            cells += ["-"] * 4 if known is None else _of_team(known)
        return row(*cells)

    yield Table(tuple(columns), tuple(line(work) for work in one.team_days if work.days >= 0.5))
    shared = len(one.open_items) - len(one.own_items)
    if shared:
        go = "goes" if shared == 1 else "go"
        text = f"{count(shared, 'item')} of it {go} on without it, as others need them too"
        if load:
            text += f"; {', '.join(name.lower() for name in _LOAD)} are of the rest"
        yield Sentence(text, "faint")


def _of_team(load: TeamLoad) -> list[str]:
    used, after = percent(load.utilisation), percent(load.utilisation_without)
    days, weeks = f"{load.team_days:.1f}", f"{load.team_weeks:.1f}"
    return [days, weeks, used, after]


def freed_parts(
    freed: Sequence[TeamDays], load: Sequence[TeamLoad], target: Target | None = None
) -> Iterable[Sentence]:
    """What is freed: of the time of teams whose load is known, else days on items."""
    for team in sorted(load, key=lambda team: -team.team_days):
        if team.team_days >= _LEAST_DAYS:
            text = f"{team.team}: {team.team_days:.1f} working days of the team"
            if team.team_weeks >= 1:
                text += f", {team.team_weeks:.1f} weeks"
            used, without = percent(team.utilisation), percent(team.utilisation_without)
            text += f"; utilisation {used}, in the next 12 weeks without it {without}"
            yield Sentence(text, target=target, lead="frees")
    known = {team.team for team in load}
    others = [work for work in freed if work.team not in known]
    days = ", ".join(f"{work.team} {work.days:.0f}" for work in others if work.days >= 0.5)
    if days:
        yield Sentence(f"days of work on items: {days}", target=target, lead="frees")


def _question(one: InitiativeRow, load: Sequence[TeamLoad]) -> Iterable[Part]:
    card = one.stop_card
    if card is None:
        return
    for reason in card.reasons_for:
        yield Sentence(reason, "warn", _behind(one, reason), lead="stop")
    for reason in card.reasons_against:
        yield Sentence(reason, target=_behind(one, reason), lead="go on")
    items = tuple((item, "would end") for item in one.own_items)
    target = Target(f"Items that would end with {one.key}", items)
    yield from freed_parts(card.freed, load, target)


def _behind(one: InitiativeRow, reason: str) -> Target | None:
    """What a reason rests on."""
    for indicator in one.indicators:
        if reason.startswith(f"{indicator.name} has been"):
            return _readings(indicator)
    if reason.endswith(("elsewhere waits for it", "elsewhere wait for it")):
        return _waiting(one)
    return _open(one) if reason.startswith("none of its items") else None


def _readings(one: IndicatorState) -> Target:
    """All readings of an indicator."""
    unit = f" {one.unit}" if one.unit else ""
    return Target(one.name, text=lines_of(one.readings, lambda value: f"{value:.6g}{unit}"))


def _waiting(one: InitiativeRow) -> Target:
    return Target(
        f"Waiting for {one.key}", items=tuple((item, "waits") for item in one.waiting_items)
    )


def _when(one: InitiativeRow, beside: Beside, as_of: date) -> Iterable[Part]:
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
    yield from _elsewhere(one, beside)
    if dates.growing_p85 is not None and dates.growing_p85 != dates.p85:
        yield Sentence(
            f"85% by {day(dates.growing_p85)} if it goes on growing as in the last 91 days", "faint"
        )
    if one.need_by is not None:
        chance = dates.need_by_odds
        known = _in_time(one, chance, as_of)
        yield Sentence(
            f"Needed by {day(one.need_by)}: {known}",
            "warn" if chance is not None and chance < 0.5 else "text",
        )
    if one.buffer_burn is not None:
        yield Sentence(_buffer(one, one.buffer_burn), "warn" if one.buffer_burn > 1 else "text")
    if dates.streams and dates.cannot is None:
        yield _streams(dates.streams)


def _in_time(one: InitiativeRow, chance: float | None, as_of: date) -> str:
    """The odds of the day it is needed by, or why there are none."""
    if one.is_worked_off:
        return "all of its items are over"
    if one.need_by is not None and one.need_by < as_of and not one.state.is_over:
        return "that day has passed"
    return "odds not known" if chance is None else f"odds {odds(chance)}"


def _scope(one: InitiativeRow, months: Sequence[ScopeMonth]) -> Table:
    """Items by month, with those that are expected beyond them now."""
    has_dropped = any(month.dropped for month in months)
    columns = (
        Column("Scope on"),
        Column("Items", right=True),
        Column("Finished", bar=True),
        Column("Came", right=True),
        *((Column("Dropped", right=True),) if has_dropped else ()),
        Column("Expected", right=True, short="Exp."),
    )

    def line(month: ScopeMonth) -> Row:
        share = month.finished / month.items if month.items else 0.0
        gone = [f"-{month.dropped}" if month.dropped else "-"] if has_dropped else []
        expected = one.more_items if month is months[-1] else 0
        return row(
            day(month.last),
            f"{month.items}",
            Cell(f"{month.finished}", "text", share),
            f"+{month.added}" if month.added else "-",
            *gone,
            f"+{expected}" if expected else "-",
            target=Target(f"Came to {one.key} up to {day(month.last)}", month.behind),
        )

    return Table(columns, tuple(map(line, months)))


def _elsewhere(one: InitiativeRow, beside: Beside) -> Iterable[Part]:
    """Whom it waits for, and who waits for it."""
    awaited = Target(f"{one.key} waits for", tuple((item, "awaited") for item in one.awaited_items))
    for item in beside.awaited:
        when = "" if item.p50 is None else f": {odds_text(item.p50, item.p85)}"
        yield Sentence(f"Waits for {_named(item)}{when}", "warn", awaited)
    rest = len(one.awaited_items) - len(beside.awaited)
    if rest:
        more = "more" if beside.awaited else "open"
        yield Sentence(f"Waits for {count(rest, f'{more} item')} elsewhere", "warn", awaited)
    for item in beside.waiting:
        yield Sentence(f"{_named(item)} waits for it", target=_waiting(one))
    if rest := len(one.waiting_items) - len(beside.waiting):
        waits = "waits" if rest == 1 else "wait"
        more = " more" if beside.waiting else ""
        yield Sentence(
            f"{count(rest, f'{more} item'.strip())} elsewhere {waits} for it", target=_waiting(one)
        )


def _named(item: Neighbour) -> str:
    """``PLAT-134 (Ledger, in Planned of Platform)``."""
    team = f"{item.team}, " if item.team else ""
    return f"{item.key} ({team}in {item.stage} of {item.stream})"


def _streams(parts: Sequence[InStream]) -> Table:
    """The part of an initiative in each stream, with what is expected there."""
    has_expected = any(part.expected for part in parts)
    columns = (
        Column("In stream", shrinks=True),
        Column("In progress", right=True, short="WIP"),
        Column("Not started", right=True, short="Waits"),
        *((Column("Expected", right=True, short="Exp."),) if has_expected else ()),
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
                *((f"{part.expected or '-'}",) if has_expected else ()),
                "-" if part.p50 is None else day(part.p50),
                "-" if part.p85 is None else day(part.p85),
                part.last or "-",
            )
            for part in parts
        ),
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
                target=_readings(one),
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
