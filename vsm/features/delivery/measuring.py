"""The five measures of a service in a window, from what is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from vsm.features.delivery.causes import HOUR
from vsm.features.delivery.figures import (
    Verdict,
    days_with,
    full_weeks,
    gaps,
    median,
    median_recovery,
    monday_of,
    trend_of_counts,
    trend_of_rates,
    trend_of_values,
)
from vsm.features.delivery.known import Failure, Known, inside
from vsm.features.delivery.lead_times import LeadTime
from vsm.features.delivery.results import (
    Frequency,
    Impossible,
    LeadParts,
    LeadTimes,
    Measures,
    PartTime,
    Rate,
    Recovery,
    Turn,
    Week,
)
from vsm.features.delivery.runs import Live
from vsm.features.metrics.proportion import wilson
from vsm.flow.window import Window
from vsm.model.delivery import DeploymentResult, is_production

_T = TypeVar("_T")
NO_INCIDENT = "no incident is on record"
"""Why nothing is said about failed deployments: nobody recorded whether any failed."""
NO_MARK = "no incident is on record, and no deployment is unplanned or marked as planned"


def hours(micros: float | None) -> float | None:
    """Microseconds as hours."""
    return None if micros is None else micros / HOUR


def changes_in(known: Known, window: Window) -> list[LeadTime]:
    """The changes that went live in the window, and those merged in it in an impossible order."""
    return [
        one
        for one in known.lead_times
        if inside(window, one.deployed_at)
        or (one.deployed_at is None and one.impossible and inside(window, one.change.merged_at))
    ]


def live_in(known: Known, window: Window) -> list[Live]:
    """The deployments that reached users in the window."""
    return [live for live in known.runs.live if inside(window, live.at)]


def measure(known: Known, window: Window) -> tuple[Measures, tuple[Week, ...]]:
    """The five measures, and the full weeks of the window."""
    live, changes = live_in(known, window), changes_in(known, window)
    failed = [known.failures[one.id] for one in live if one.id in known.failures]
    unplanned = [one for one in live if one.unplanned]
    mondays = full_weeks(window.first, window.last, window.zone, window.end)
    weeks = _weeks(mondays, window.zone, live, changes, failed)
    judged = _since_first(weeks, known, window.zone)
    counts = [week.deployments for week in judged]
    measures = Measures(
        lead_time=_lead_times(changes, judged),
        frequency=_frequency(known, window, live, mondays, trend_of_counts(counts)),
        change_fail=_rate(
            len(failed),
            len(live),
            sum(one.is_inferred for one in failed),
            "" if known.incidents else NO_INCIDENT,
            trend_of_rates([week.failed for week in judged], counts),
        ),
        recovery=_recovery(failed, known.as_of),
        rework=_rate(
            len(unplanned),
            len(live),
            0,
            "" if known.incidents or _is_marked(known) else NO_MARK,
            trend_of_rates([week.unplanned for week in judged], counts),
        ),
    )
    return measures, weeks


def _since_first(weeks: Sequence[Week], known: Known, zone: str) -> list[Week]:
    """The weeks after the one of the first deployment on record: a start is no signal."""
    if not known.runs.live:
        return []
    first = monday_of(known.runs.live[0].at, zone)
    return [week for week in weeks if week.week > first]


def _is_marked(known: Known) -> bool:
    """Whether anything says of a deployment whether it was planned."""
    return any(live.unplanned for live in known.runs.live) or any(
        one.planned is not None for one in known.deployments
    )


def _turn(verdict: Verdict) -> Turn | None:
    return None if verdict is None else Turn(*verdict)


def _rate(part: int, whole: int, inferred: int, unknown: str, verdict: Verdict) -> Rate:
    proportion = None if unknown else wilson(part, whole)
    share, low, high = proportion or (None, None, None)
    return Rate(
        count=part,
        n=whole,
        rate=share,
        low=low,
        high=high,
        inferred=inferred,
        unknown=unknown,
        trend=None if unknown else _turn(verdict),
    )


# -- lead time -----------------------------------------------------------------------------


def _lead_times(changes: Sequence[LeadTime], weeks: Sequence[Week]) -> LeadTimes:
    counted = [one for one in changes if one.counts]
    live = [one for one in changes if one.deployed_at is not None and not one.impossible]
    totals = [one.total for one in counted if one.total is not None]
    verdict = trend_of_values([week.lead_time for week in weeks], [week.changes for week in weeks])
    return LeadTimes(
        n=len(counted),
        p50=hours(median(totals)),
        p85=hours(median(totals, 85)),
        parts=LeadParts(
            _part(one.code for one in live if not one.change.is_revert),
            _part(one.pick_up for one in live if not one.change.is_revert),
            _part(one.review for one in live if not one.change.is_revert),
            _part(one.deploy for one in live if not one.change.is_revert),
        ),
        reverts=sum(one.change.is_revert for one in live),
        without_first_commit=sum(one.total is None and not one.change.is_revert for one in live),
        merged_before_review=sum(one.is_unreviewed for one in live),
        inferred=sum(one.change.is_inferred for one in counted),
        impossible=tuple(
            Impossible(what=one.change.ref, why=one.impossible) for one in changes if one.impossible
        ),
        trend=_turn(verdict),
    )


def _part(times: Iterable[int | None]) -> PartTime:
    known = [time for time in times if time is not None]
    return PartTime(len(known), hours(median(known)), hours(median(known, 85)))


# -- frequency -----------------------------------------------------------------------------


def _frequency(
    known: Known, window: Window, live: Sequence[Live], mondays: Sequence[date], verdict: Verdict
) -> Frequency:
    days = len(window.days)
    every = known.runs.live
    between = gaps([one.at for one in every], window.begin, window.end)
    ended = [one for one in known.deployments if inside(window, one.finished_at)]
    there = [one for one in ended if is_production(known.service, one.environment)]
    return Frequency(
        n=len(live),
        per_day=len(live) / days if days else 0.0,
        per_week=7 * len(live) / days if days else 0.0,
        days=days,
        days_a_week=days_with((one.at for one in live), mondays, window.zone),
        weeks=len(mondays),
        gap=hours(median(between)),
        gaps=len(between),
        partly=sum(one.deployment.result is DeploymentResult.PARTLY for one in live),
        joined=sum(len(one.runs) - 1 for one in live),
        failed_runs=sum(one.result is DeploymentResult.FAILURE for one in there),
        cancelled_runs=sum(one.result is DeploymentResult.CANCELLED for one in there),
        elsewhere=len(ended) - len(there),
        known_since=every[0].at if every else None,
        latest=every[-1].at if every else None,
        trend=_turn(verdict),
    )


# -- recovery ------------------------------------------------------------------------------


def recovery_time(failure: Failure, as_of: int) -> int | None:
    """How long a failure took or takes; ``None`` where it was over before it began."""
    if failure.is_impossible:
        return None
    return (as_of if failure.over_at is None else failure.over_at) - failure.live.at


def _recovery(failed: Sequence[Failure], as_of: int) -> Recovery:
    times = [
        (time / HOUR, one.over_at is not None)
        for one in failed
        if (time := recovery_time(one, as_of)) is not None
    ]
    middle, more_than = median_recovery(times)
    return Recovery(
        n=len(times),
        p50=middle,
        more_than=more_than,
        censored=sum(not is_over for _, is_over in times),
        impossible=tuple(
            Impossible(
                what=", ".join(incident.name for incident in one.incidents),
                why=f"over before deployment {one.live.id} had ended",
            )
            for one in failed
            if one.is_impossible
        ),
    )


# -- weeks ---------------------------------------------------------------------------------


def _weeks(
    mondays: Sequence[date],
    zone: str,
    live: Sequence[Live],
    changes: Sequence[LeadTime],
    failed: Sequence[Failure],
) -> tuple[Week, ...]:
    counted = [one for one in changes if one.counts]
    by_week = _by_week(live, lambda one: one.at, zone)
    changed = _by_week(counted, lambda one: one.deployed_at or 0, zone)
    broken = _by_week(failed, lambda one: one.live.at, zone)
    out = []
    for monday in mondays:
        own, bad = by_week[monday], broken[monday]
        over = [one.over_at - one.live.at for one in bad
                if one.over_at is not None and not one.is_impossible]  # fmt: skip
        out.append(
            Week(
                week=monday,
                deployments=len(own),
                changes=len(changed[monday]),
                lead_time=hours(median(one.total or 0 for one in changed[monday])),
                failed=len(bad),
                recovery=hours(median(over)),
                unplanned=sum(bool(one.unplanned) for one in own),
            )
        )
    return tuple(out)


def _by_week(values: Iterable[_T], at: Callable[[_T], int], zone: str) -> dict[date, list[_T]]:
    out: dict[date, list[_T]] = defaultdict(list)
    for value in values:
        out[monday_of(at(value), zone)].append(value)
    return out
