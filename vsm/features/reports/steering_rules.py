"""Rules on delivery and on governance: measures of services, gates, waivers, access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from vsm.features.delivery.results import ServiceRow, Turn
from vsm.features.metrics.process_limits import Trend
from vsm.features.reports.rule import Finding, some
from vsm.features.reports.sources import ALL, Sources
from vsm.model.board import LogFilter
from vsm.model.control.control import Verdict, WaiverState
from vsm.model.entities import ENTITIES
from vsm.model.rules import DAY, local
from vsm.report.wording import count, day

GATE_DAYS_A_WEEK = 1.0
"""Item-days of wait a week from which a gate is a fact."""
RECENT_DAYS = 30
"""Days of the figures of controls."""
EXPIRES = 14
"""Days before its end from which a waiver is a fact."""
WAITS = 3
"""Days after which a request that waits for an answer is the first thing to decide."""
MOST_ENTRIES = 10
"""Lines that are listed below a fact."""
ACCESS = (
    *("role_granted", "role_changed", "role_revoked", "key_added", "key_revoked"),
    "access_reviewed",
)
"""Entries that change who may do something."""


# -- delivery ------------------------------------------------------------------------------


def _turned(
    of: Sources, name: str, worse: Trend, words: str
) -> Iterator[tuple[ServiceRow, Turn, bool, str]]:
    for service in of.deliveries.services:
        turn = getattr(service.measures, name).trend
        if turn is not None:
            yield service, turn, turn.direction is worse, words


def find_measures(of: Sources) -> Iterator[Finding]:
    """Measures of services that changed by more than usual variation."""
    every = [
        *_turned(of, "change_fail", Trend.UP, "change fail rate"),
        *_turned(of, "rework", Trend.UP, "unplanned deployments"),
        *_turned(of, "lead_time", Trend.UP, "lead time of changes"),
        *_turned(of, "frequency", Trend.DOWN, "deployment frequency"),
    ]
    for service, turn, is_worse, words in every:
        yield Finding(
            at=f"v{service.id}-{words.replace(' ', '-')}",
            severity=2 if is_worse else 0,
            about="service",
            subject=service.service,
            template="{service}: {measure} went {way} ({why})",
            values={
                "service": service.service,
                "measure": words,
                "way": turn.direction.value,
                "why": turn.why,
            },
            evidence=of.evidence(words, (), screen="delivery"),
            size=0.5,
        )


def find_incidents(of: Sources) -> Iterator[Finding]:
    """Incidents that are open, or began in the window."""
    at = None if of.present else of.until
    for service in of.reader.services(at):
        incidents = of.reader.incidents(service.id, at=at)
        new = [i for i in incidents if of.since < i.opened_at <= of.until]
        still = [i for i in incidents if i.opened_at <= of.until and not i.resolved_at]
        if not new and not still:
            continue
        items = [i.work_item for i in (*still, *new) if i.work_item is not None]
        yield Finding(
            at=f"v{service.id}",
            severity=2 if still else 1,
            about="service",
            subject=service.name,
            template="{service}: {new}{open}",
            values={
                "service": service.name,
                "new": count(len(new), "new incident"),
                "open": f"; {some([i.name for i in still])} not over" if still else "",
            },
            evidence=of.evidence("items of the incidents", items, screen="delivery"),
            is_of_items=bool(items),
            size=min(1.0, (len(new) + len(still)) / 5),
            needs_decision=bool(still),
        )


# -- governance ----------------------------------------------------------------------------


def find_gate_cost(of: Sources) -> Iterator[Finding]:
    """Controls that keep items waiting for more than a day a week."""
    from vsm.features.governance.reading import read_governance

    for stream in of.streams_here:
        result = read_governance(of.reader, stream, of.until, past=not of.present)
        for row in result.controls:
            a_week = row.wait_days * 7 / RECENT_DAYS
            if a_week <= GATE_DAYS_A_WEEK:
                continue
            verdicts = of.reader.evaluations(
                stream.id, row.id, since=of.until - RECENT_DAYS * DAY, until=of.until
            )
            items = [v.item for v in verdicts if v.is_refused and v.item]
            yield Finding(
                at=f"c{row.id}-s{stream.id}",
                severity=2,
                about="stream",
                subject=stream.name,
                template="the gate {control} adds {days:.1f} item-days of wait a week in {stream}:"
                " {refused} of {checked} refused in {recent} days",
                values={
                    "control": row.control,
                    "days": a_week,
                    "stream": stream.name,
                    "refused": row.refused,
                    "checked": row.checked,
                    "recent": RECENT_DAYS,
                },
                evidence=of.evidence("refused", dict.fromkeys(items), screen="governance"),
                size=min(1.0, a_week / 10),
                needs_decision=True,
            )


def find_fails(of: Sources) -> Iterator[Finding]:
    """Verdicts of the window that failed or went past a gate as an emergency, by control."""
    names = {control.id: control.name for control in of.reader.entities(ENTITIES["control"])}
    for stream in of.streams_here:
        verdicts = of.reader.evaluations(stream.id, since=of.since + 1, until=of.until)
        failed, urgent = defaultdict[int, list[int]](list), list[int]()
        for verdict in verdicts:
            if verdict.emergency:
                urgent.append(verdict.item)
            elif verdict.verdict is Verdict.FAIL:
                failed[verdict.control].append(verdict.item)
        if urgent:
            items = dict.fromkeys(item for item in urgent if item)
            yield Finding(
                at=f"e-s{stream.id}",
                severity=2,
                about="stream",
                subject=stream.name,
                template="{n!i} past a gate as an emergency in {stream}: {items}",
                values={
                    "n": len(items),
                    "stream": stream.name,
                    "items": some(of.keys(items)),
                },
                evidence=of.evidence("emergencies", items, screen="governance"),
                size=min(1.0, len(items) / 5),
                needs_decision=True,
            )
        for control, tries in sorted(failed.items(), key=lambda pair: -len(pair[1])):
            items = dict.fromkeys(item for item in tries if item)
            yield Finding(
                at=f"c{control}-s{stream.id}",
                severity=1,
                about="stream",
                subject=stream.name,
                template="{control} failed {n} in {stream}{items}",
                values={
                    "control": names.get(control, "a control that is gone"),
                    "n": count(len(tries), "time"),
                    "stream": stream.name,
                    "items": f": {some(of.keys(items))}" if items else "",
                },
                evidence=of.evidence("failed", items, screen="governance"),
                size=min(1.0, len(tries) / 20),
            )


def find_waivers(of: Sources) -> Iterator[Finding]:
    """Waivers that end soon, and requests for one that wait for an answer."""
    from vsm.features.governance.reading import read_waivers

    for row in read_waivers(of.reader, of.until, of.zone):
        waited = (of.until - row.asked_at) / DAY
        if row.state is WaiverState.ASKED:
            yield Finding(
                at=f"w{row.id}",
                severity=3 if waited > WAITS else 2,
                about="stream",
                subject=row.stream or ALL,
                template="a waiver of {control} for {scope} was asked for and has waited"
                " {days:.1f} days for an answer",
                values={"control": row.control, "scope": row.scope, "days": waited},
                evidence=of.evidence("waiver", (), screen="governance"),
                size=min(1.0, waited / 14),
                needs_decision=True,
            )
        elif row.expires_in_days is not None and row.expires_in_days <= EXPIRES:
            yield Finding(
                at=f"w{row.id}",
                severity=1,
                about="stream",
                subject=row.stream or ALL,
                template="the waiver of {control} for {scope} ends on {until}",
                values={"control": row.control, "scope": row.scope, "until": row.until},
                evidence=of.evidence("waiver", (), screen="governance"),
                size=1 - row.expires_in_days / (2 * EXPIRES),
                needs_decision=row.expires_in_days <= EXPIRES // 2,
            )


def find_access(of: Sources) -> Iterator[Finding]:
    """Changes of roles and of keys in the window."""
    chosen = LogFilter(kinds=ACCESS, since=of.since + 1, until=of.until + 1)
    entries = list(of.reader.log_entries(chosen))
    if not entries:
        return
    counts = defaultdict[str, int](int)
    for entry in entries:
        counts[entry.kind.replace("_", " ")] += 1
    yield Finding(
        at="all",
        severity=1,
        about="stream",
        subject=ALL,
        template="who may do what changed {n}: {kinds}",
        values={
            "n": count(len(entries), "time"),
            "kinds": some([f"{kind} {n}" for kind, n in sorted(counts.items())], 6),
        },
        evidence=of.evidence("entries of the log", (), screen="log"),
        size=min(1.0, len(entries) / 10),
        why=tuple(
            f"{day(local(entry.change.at, of.zone).date())}: {entry.change.text}"
            for entry in entries[:MOST_ENTRIES]
        ),
    )


def find_drift(of: Sources) -> Iterator[Finding]:
    """Streams that have drifted from the standard that they follow."""
    from vsm.features.standards.reading import read_drift

    for stream in of.streams_here:
        adopted = [a for a in of.reader.entities(ENTITIES["adoption"]) if a.only == stream.id]
        if not adopted or not of.present:
            continue
        drift = read_drift(of.reader, stream, of.until, price=False)
        if not drift.drift:
            continue
        yield Finding(
            at=f"s{stream.id}",
            severity=1,
            about="stream",
            subject=stream.name,
            template="{stream} differs from {standard} in {n} that nobody agreed",
            values={
                "stream": stream.name,
                "standard": drift.standard,
                "n": count(drift.drift, "way"),
            },
            evidence=of.evidence("drift", (), screen="governance"),
            size=min(1.0, drift.drift / 10),
            why=tuple(line.text for line in drift.lines if not line.agreed)[:MOST_ENTRIES],
        )


def find_announced(of: Sources) -> Iterator[Finding]:
    """Modes that begin soon, with what their controls found lately."""
    from vsm.features.governance.reading import read_governance

    for stream in of.streams_here:
        result = read_governance(of.reader, stream, of.until, past=not of.present)
        rows = {row.control: row for row in result.controls}
        for one in result.announced:
            row = rows.get(one.control or "")
            failed = "" if row is None else f"; {row.failed} of {row.checked} failed in 30 days"
            yield Finding(
                at=f"s{stream.id}-{0 if row is None else row.id}",
                severity=2 if one.mode.binds and row is not None and row.failed else 1,
                about="stream",
                subject=stream.name,
                template="{control} is {mode} in {stream} from {start} on{failed}",
                values={
                    "control": one.control or "every control",
                    "mode": one.mode.value,
                    "stream": stream.name,
                    "start": one.start,
                    "failed": failed,
                },
                evidence=of.evidence("announced", (), screen="governance"),
                size=0.5,
            )
