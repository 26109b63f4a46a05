"""The bugs of a stream: inflow, outflow, what is open, what escaped. Never about a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from vsm.features.metrics.process_limits import natural_limits
from vsm.features.sprints.results import Bugs, BugWeek, Severity
from vsm.model.rules import local, nearest_rank
from vsm.model.sprint import ItemFacts
from vsm.model.sprint_ledger import Status
from vsm.model.stream import ValueStream
from vsm.reader import Reader

WEEKS = 12
"""Weeks that are looked back at."""
LISTED = 10
"""The oldest open bugs that are named."""
_DAY = 86_400_000_000
_ESCAPED = ("found_in:production", "found-in:production", "escaped")
_SEVERITY = "severity:"


@dataclass(frozen=True, slots=True)
class _Bug:
    """A bug up to a moment; ``finishes`` and ``reopenings`` are moments."""

    item: int
    created: int
    status: Status
    finishes: tuple[int, ...]
    reopenings: tuple[int, ...]
    severity: str
    escaped: bool


def _bug(
    item: int, facts: ItemFacts, turns: Sequence[tuple[int, Status]], at: int, incident: bool
) -> _Bug:
    known = [(moment, status) for moment, status in turns if moment <= at]
    finishes = tuple(moment for moment, status in known if status is Status.DONE)
    back = [
        later[0]
        for earlier, later in pairwise(known)
        if earlier[1] is Status.DONE and later[1] is Status.OPEN
    ]
    labels = [label.casefold() for label in facts.labels]
    names = [label.removeprefix(_SEVERITY) for label in labels if label.startswith(_SEVERITY)]
    return _Bug(
        item,
        facts.created,
        known[-1][1] if known else Status.OPEN,
        finishes,
        tuple(back),
        names[0] if names else "",
        incident or any(label in _ESCAPED for label in labels),
    )


def read_bugs(reader: Reader, stream: ValueStream, now: int, weeks: int = WEEKS) -> Bugs:
    """The bugs of a stream as of a moment, over so many weeks up to it."""
    items = reader.defects(stream.id, now)
    facts, turns = reader.item_facts(items), reader.item_statuses(items)
    incidents = reader.with_incidents(items)
    bugs = [_bug(n, facts[n], turns.get(n, ()), now, n in incidents) for n in items if n in facts]
    today = local(now, stream.zone).date()
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=weeks - 1)
    rows, limits = _weeks(bugs, stream.zone, first, monday)
    is_open = sorted(
        (bug for bug in bugs if bug.status is Status.OPEN), key=lambda bug: bug.created
    )
    ages = sorted(max(0, (now - bug.created) // _DAY) for bug in is_open)
    finished = {
        bug: min(ends)
        for bug in bugs
        if (ends := [end for end in bug.finishes if _date(end, stream.zone) >= first])
    }
    reopened = [bug.item for bug, end in finished.items() if any(b > end for b in bug.reopenings)]
    escaped = [b.item for b in bugs if b.escaped and _date(b.created, stream.zone) >= first]
    oldest = [bug.item for bug in is_open[:LISTED]]
    return Bugs(
        keys=tuple((item, facts[item].key) for item in oldest),
        stream=stream.name,
        as_of=now,
        weeks=rows,
        net_mean=limits[0],
        net_lower=limits[1],
        net_upper=limits[2],
        inflow=sum(row.inflow for row in rows),
        outflow=sum(row.outflow for row in rows),
        open=len(is_open),
        age_p50=nearest_rank(ages, 50) if ages else None,
        age_p85=nearest_rank(ages, 85) if ages else None,
        age_max=ages[-1] if ages else None,
        escaped=len(escaped),
        finished=len(finished),
        reopened=len(reopened),
        reopen_rate=len(reopened) / len(finished) if finished else None,
        by_severity=_severities(bugs, stream.zone, first),
        oldest=tuple(oldest),
        open_items=tuple(bug.item for bug in is_open),
        escaped_items=tuple(escaped),
        reopened_items=tuple(reopened),
    )


def _date(at: int, zone: str) -> date:
    return local(at, zone).date()


def _weeks(
    bugs: Sequence[_Bug], zone: str, first: date, last: date
) -> tuple[tuple[BugWeek, ...], tuple[float | None, float | None, float | None]]:
    """The weeks with their net inflow and its natural process limits.

    Nets may be below 0 and limits are of counts from 0 on, so they are shifted up and back.
    """
    came: dict[date, list[int]] = defaultdict(list)
    went: dict[date, list[int]] = defaultdict(list)
    for bug in bugs:
        came[_monday(bug.created, zone)].append(bug.item)
        for at in bug.finishes:
            went[_monday(at, zone)].append(bug.item)
    mondays = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    nets = [len(came[monday]) - len(went[monday]) for monday in mondays]
    whole = nets[:-1]
    base = _base(whole)
    limits = natural_limits([net + base for net in whole]) if len(whole) > 1 else None
    signals = {} if limits is None else {signal.place: signal.why for signal in limits.signals}
    rows = tuple(
        BugWeek(
            monday,
            len(came[monday]),
            len(went[monday]),
            net,
            n < len(whole),
            signals.get(n, ""),
            tuple(came[monday]),
            tuple(went[monday]),
        )
        for n, (monday, net) in enumerate(zip(mondays, nets, strict=True))
    )
    if limits is None:
        return rows, (None, None, None)
    return rows, (limits.mean - base, limits.lower - base, limits.upper - base)


def _base(nets: Sequence[int]) -> int:
    """So much is added that no lower limit is cut at 0."""
    return 10 * (1 + max((abs(net) for net in nets), default=0))


def _monday(at: int, zone: str) -> date:
    day = _date(at, zone)
    return day - timedelta(days=day.weekday())


def _severities(bugs: Sequence[_Bug], zone: str, first: date) -> tuple[Severity, ...]:
    by_name: Mapping[str, list[_Bug]] = defaultdict(list)
    for bug in bugs:
        if bug.severity:
            by_name[bug.severity].append(bug)
    rows = []
    for name, own in sorted(by_name.items()):
        took = sorted(
            (bug.finishes[-1] - bug.created) // _DAY + 1
            for bug in own
            if bug.finishes and bug.status is Status.DONE
            and _date(bug.finishes[-1], zone) >= first
        )  # fmt: skip
        is_open = sum(bug.status is Status.OPEN for bug in own)
        rows.append(Severity(name, is_open, len(took), nearest_rank(took, 85) if took else None))
    return tuple(rows)
