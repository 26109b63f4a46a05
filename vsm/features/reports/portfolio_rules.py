"""Rules on initiatives: their dates, scope, buffers, and the questions that they put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vsm.features.portfolio.load import read_load
from vsm.features.portfolio.results import DatesThen, InitiativeRow
from vsm.features.portfolio.wording import odds
from vsm.features.reports.initiative_words import (
    joined_in_words,
    waiting_in_words,
    waits_in_words,
)
from vsm.features.reports.plan_rules import fell
from vsm.features.reports.results import Value
from vsm.features.reports.rule import Finding, some
from vsm.features.reports.sources import Sources
from vsm.model.portfolio import InitiativeState
from vsm.model.rules import EVEN
from vsm.report.wording import count, day, listed, percent

SCOPE = 0.20
"""Share by which the scope of an initiative has to grow to be a fact."""
MOST_NAMED = 3
"""Initiatives that a sentence names."""
MOST_ITEMS = 400
"""Items behind a sentence about many initiatives."""
MOST_FREED = 2
"""Teams that the question whether to go on names; the rest is behind it."""
LEAST_DAYS = 0.5
"""Days of a team from which it is said that stopping frees them."""
KINDS = 4
"""Types of work without an objective that are named, those with most days."""
UNALIGNED = 0.5
"""Share of work without an objective from which on it is something to act on."""


def _both(of: Sources) -> Iterator[tuple[InitiativeRow | None, InitiativeRow]]:
    """Each initiative that is not over, as it was and as it is."""
    then = {row.id: row for row in of.portfolio_then.initiatives}
    for row in of.portfolio.initiatives:
        if not row.state.is_over:
            yield then.get(row.id), row


def find_dates(of: Sources) -> Iterator[Finding]:
    """Initiatives whose odds to be there in time fell."""
    for before, row in _both(of):
        if before is None or before.need_by != row.need_by or row.need_by is None:
            continue
        was, now = before.forecast.need_by_odds, row.forecast.need_by_odds
        is_late = now is not None and now < EVEN and row.state is InitiativeState.IMPLEMENTING
        if is_late or not fell(was, now) or was is None or now is None:
            continue  # what is likelier late than in time is said so
        yield Finding(
            at=f"i{row.id}",
            severity=2,
            about="initiative",
            subject=row.key,
            template="the odds that {name} is there by {by} fell from {was} to {now}"
            "{joined}{waits}",
            values={
                "name": row.key,
                "by": row.need_by,
                "now": odds(now),
                "was": odds(was),
                "joined": joined_in_words(of, before, row),
                "waits": waits_in_words(of, row),
            },
            evidence=of.evidence("open items", row.open_items, screen="portfolio"),
            confidence=None,
            size=was - now,
        )


def find_unlikely(of: Sources) -> Iterator[Finding]:
    """Initiatives under way that are likelier late than in time, or of which that is not known."""
    for before, row in _both(of):
        if row.need_by is None or row.state is not InitiativeState.IMPLEMENTING:
            continue
        if row.is_worked_off:
            continue
        now, why = row.forecast.need_by_odds, row.forecast.cannot
        if now is None and why:
            yield _not_foreseen(of, row, why)
        elif row.need_by < of.today or (now is not None and now < EVEN):
            yield _late(of, before, row, now)
    yield from _late_later(of)


def _not_foreseen(of: Sources, row: InitiativeRow, why: str) -> Finding:
    is_past = row.need_by is not None and row.need_by < of.today
    text = "{name} was needed by {by}; cannot forecast when it is there: {why}{waits}"
    return Finding(
        at=f"i{row.id}",
        severity=2,
        about="initiative",
        subject=row.key,
        template=text if is_past else "cannot forecast {name}, needed by {by}: {why}{waits}",
        values={"name": row.key, "by": row.need_by, "why": why, "waits": waits_in_words(of, row)},
        evidence=of.evidence("open items", row.open_items, screen="portfolio"),
        size=0.6,
        needs_decision=True,
    )


def _late(
    of: Sources, before: InitiativeRow | None, row: InitiativeRow, now: float | None
) -> Finding:
    was = None if before is None else before.forecast.need_by_odds
    is_past = row.need_by is not None and row.need_by < of.today
    text = (
        "{name} is likelier late than in time: {now} by {by}{was}; even odds {p50}{joined}{waits}"
    )
    p50 = row.forecast.p50
    return Finding(
        at=f"i{row.id}",
        severity=2,
        about="initiative",
        subject=row.key,
        template="{name} was needed by {by}; even odds {p50}{joined}{waits}" if is_past else text,
        values={
            "name": row.key,
            "by": row.need_by,
            "now": odds(now),
            "was": "" if was is None or odds(was) == odds(now) else f", {odds(was)} before",
            "p50": "later than can be foreseen" if p50 is None else p50,
            "joined": joined_in_words(of, before, row),
            "waits": waits_in_words(of, row),
        },
        evidence=of.evidence("open items", row.open_items, screen="portfolio"),
        confidence=1 - (now or 0.0),
        size=1 - (now or 0.0),
        needs_decision=True,
    )


def _late_later(of: Sources) -> Iterator[Finding]:
    """Initiatives that are not under way yet, and would be late: all in one sentence."""
    late = []
    for _, row in _both(of):
        now = row.forecast.need_by_odds
        if row.need_by is None or row.state is InitiativeState.IMPLEMENTING or row.is_worked_off:
            continue
        if row.need_by < of.today or (now is not None and now < EVEN):
            late.append((now or 0.0, row.need_by, row))
    if not late:
        return
    late.sort(key=lambda one: one[:2])
    names = [
        f"{row.key} ({row.state}, {odds(now)} by {day(by)})" for now, by, row in late[:MOST_NAMED]
    ]
    names += [row.key for *_, row in late[MOST_NAMED:]]
    items = dict.fromkeys(item for *_, row in late for item in row.open_items)
    yield Finding(
        at="later",
        severity=2,
        about="portfolio",
        subject="initiatives that are not under way",
        template="{what} likely later than needed: {names}",
        values={
            "n": len(late),
            "what": "1 initiative that is not under way is"
            if len(late) == 1
            else f"{len(late):,} initiatives that are not under way are",
            "names": some(names, MOST_NAMED),
        },
        evidence=of.evidence("open items", [*items][:MOST_ITEMS], screen="portfolio"),
        size=min(1.0, len(late) / 10),
        needs_decision=True,
    )


def find_scope(of: Sources) -> Iterator[Finding]:
    """Initiatives that grew by a fifth or more."""
    for before, row in _both(of):
        if before is None:
            continue
        was, now = (one.items + one.more_items + one.finished for one in (before, row))
        if not was or (now - was) / was < SCOPE:
            continue
        new = sorted(set(row.open_items) - set(before.open_items))
        yield Finding(
            at=f"i{row.id}",
            severity=1,
            about="initiative",
            subject=row.key,
            template="{name} grew from {was} to {now} items",
            values={"name": row.key, "was": was, "now": now},
            evidence=of.evidence("added since", new, screen="portfolio"),
            size=min(1.0, (now - was) / was),
        )


def find_buffer(of: Sources) -> Iterator[Finding]:
    """Initiatives that have used up their buffer, at the beginning and at the end."""
    for before, row in _both(of):
        start = row.at_start
        if before is None or start is None:
            continue
        if not (_is_used_up(before, start) and _is_used_up(row, start)):
            continue
        yield Finding(
            at=f"i{row.id}",
            severity=2,
            about="initiative",
            subject=row.key,
            template="the 85% day of {name} is {p85}{later}{joined}{waits}",
            values={
                "name": row.key,
                "p85": "later than can be foreseen"
                if row.forecast.p85 is None
                else row.forecast.p85,
                "burn": row.buffer_burn,
                "was": before.buffer_burn,
                **_buffer_in_words(of, before, row, start),
                "waits": waits_in_words(of, row),
            },
            evidence=of.evidence("open items", row.open_items, screen="portfolio"),
            size=1.0 if row.buffer_burn is None else min(1.0, row.buffer_burn - 1),
            needs_decision=True,
        )


def _is_used_up(row: InitiativeRow, start: DatesThen) -> bool:
    """Whether more than the buffer is used; so it is too where even odds are later than 85% was."""
    if row.buffer_burn is not None:
        return row.buffer_burn > 1
    dates = row.forecast
    return dates.p85 is None and dates.p50 is not None and dates.p50 > start.p85


def _buffer_in_words(
    of: Sources, before: InitiativeRow, row: InitiativeRow, start: DatesThen
) -> dict[str, Value]:
    """How much later it is than at the start, what that is of its buffer, and why that grew."""
    joined = joined_in_words(of, before, row)
    if row.forecast.p85 is None or row.buffer_burn is None:
        return {"later": f", at its start it was {day(start.p85)}", "joined": joined}
    then = f"on {day(of.first_day)}"
    now = f"{row.buffer_burn:.1f} times"
    was = "" if before.buffer_burn is None else f"{before.buffer_burn:.1f} times"
    days = count((row.forecast.p85 - start.p85).days, "day")
    buffer = count(start.buffer_days, "day")
    before_now = f", as {then}" if was == now else f", {was} {then}" if was else ""
    later = f", {days} later than at its start: its buffer of {buffer} is used {now}{before_now}"
    return {"later": later, "joined": "" if was == now else joined}


def find_stop_cards(of: Sources) -> Iterator[Finding]:
    """Initiatives of which it should be asked whether they go on."""
    for _, row in _both(of):
        card = row.stop_card
        if card is None:
            continue
        freed = [*_freed(of, row)]
        shown = [short for short, _ in freed]
        against = [f"against stopping: {reason}" for reason in card.reasons_against]
        more = [f"a reason to stop: {reason}" for reason in card.reasons_for[1:]]
        more += [*against, *(long for _, long in freed)]
        reason = some(list(card.reasons_for), 1)
        yield Finding(
            at=f"i{row.id}",
            severity=3,
            about="initiative",
            subject=row.key,
            template="should {name} go on? {reasons}{freed}{waiting}",
            values={
                "name": row.key,
                "reasons": f"{reason[:1].upper()}{reason[1:]}",
                "against": "; ".join(card.reasons_against),
                "freed": _in_short(shown),
                "waiting": waiting_in_words(of, row),
            },
            evidence=of.evidence("open items", row.open_items, screen="portfolio", lines=more),
            size=0.6,
            needs_decision=True,
        )


def _in_short(freed: Sequence[str]) -> str:
    """What stopping frees in two teams; others are counted."""
    if not freed:
        return ""
    others = len(freed) - MOST_FREED
    more = ["some of another team" if others == 1 else f"some of {others} other teams"]
    return f"; stopping frees {listed([*freed[:MOST_FREED], *(more if others > 0 else ())])}"


def _freed(of: Sources, row: InitiativeRow) -> Iterator[tuple[str, str]]:
    """What stopping frees of teams, short and whole: what relieves loaded ones most first."""
    loads = read_load(of.reader, row, of.until, present=of.present)
    for load in sorted(loads, key=lambda load: -load.team_days * load.utilisation):
        if load.team_days >= LEAST_DAYS:
            used, after = percent(load.utilisation), percent(load.utilisation_without)
            short = f"{count(round(load.team_days) or 1, 'day')} of {load.team}"
            yield (
                f"{short} ({used} used)" if used == after else f"{short} ({used} → {after} used)",
                f"frees {load.team_days:.1f} days of {load.team}: {used} used, {after} without it",
            )


def find_decisions_due(of: Sources) -> Iterator[Finding]:
    """Decisions that are to be looked at again."""
    for row in of.portfolio.initiatives:
        due = next((one for one in reversed(row.decisions) if one.is_due(of.today)), None)
        if due is None:
            continue
        yield Finding(
            at=f"d{due.number}",
            severity=2,
            about="initiative",
            subject=row.key,
            template="{name}: the decision to {choice} it was to be looked at again on {on}",
            values={"name": row.key, "choice": str(due.decision), "on": due.review_on},
            evidence=of.evidence("open items", row.open_items, screen="portfolio"),
            size=0.3,
            needs_decision=True,
        )


def find_decided(of: Sources) -> Iterator[Finding]:
    """What was decided in the window."""
    for row in of.portfolio.initiatives:
        for one in row.decisions:
            if of.since < one.at <= of.until:
                yield Finding(
                    at=f"n{one.number}",
                    severity=0,
                    about="initiative",
                    subject=row.key,
                    template="decided on {name}: {choice}, {reason}",
                    values={"name": row.key, "choice": str(one.decision), "reason": one.reason},
                    evidence=of.evidence("open items", row.open_items, screen="portfolio"),
                    size=0.3,
                )


def find_alignment(of: Sources) -> Iterator[Finding]:
    """Work that serves no objective, and objectives that get less or more than intended."""
    portfolio = of.portfolio
    off = [
        (one.share - one.intended, one.name, one.share, one.intended)
        for one in portfolio.objectives
        if one.is_off and one.intended is not None and one.share is not None
    ]
    off.sort(key=lambda row: -abs(row[0]))
    unaligned = portfolio.unaligned or 0.0
    if not off and unaligned < UNALIGNED:
        return
    aligned = portfolio.alignment
    works = () if aligned is None else aligned.unaligned
    items = [item for work in works for item, _ in work.behind]
    kinds = [
        f"{work.days:.0f} days of teams on {count(work.items, 'item')} of {work.stream}:"
        f" {work.type}"
        for work in works[:KINDS]
    ]
    parts = [
        f"{name} {percent(share)} ({percent(meant)} intended)" for _, name, share, meant in off
    ]
    yield Finding(
        at="all",
        severity=2 if unaligned >= UNALIGNED else 1,
        about="objective",
        subject="objectives",
        template="{unaligned!p} of the work of the last 90 days served no objective{parts}",
        values={"unaligned": unaligned, "parts": f"; {some(parts)}" if parts else ""},
        evidence=of.evidence("share of work", items, screen="portfolio", lines=kinds),
        size=max([unaligned, *(abs(row[0]) for row in off)]),
    )


def find_order(of: Sources) -> Iterator[Finding]:
    """Orders of initiatives that cost more than the best one."""
    ids = {stream.name: stream.id for stream in of.streams_here}
    for order in of.portfolio.orders:
        regret = order.regret_a_week
        if not regret or order.today == order.best or order.today_cost is None:
            continue
        unit = of.portfolio.currency
        yield Finding(
            at=f"s{ids.get(order.stream, 0)}",
            severity=1,
            about="stream",
            subject=order.stream,
            template="the order of initiatives in {stream} costs {regret:,.0f} {unit} a week more"
            " than {best}",
            values={
                "stream": order.stream,
                "regret": regret,
                "unit": unit,
                "best": " before ".join(order.best),
            },
            evidence=of.evidence("cost of delay", (), screen="portfolio"),
            size=min(1.0, regret / max(order.today_cost, 1.0)),
            needs_decision=True,
        )
