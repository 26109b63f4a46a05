"""Results of the flow figures: frozen values without numpy, which screens may import.

Durations are in days. An *inclusive* one counts calendar days of the stream's zone, so that
work begun and finished today took 1; an *elapsed* one is the exact difference in 24-hour days.
What each figure means stands in :mod:`vsm.features.metrics.definitions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.features.metrics.definitions import DEFINITIONS
from vsm.model.rules import from_micros

SCHEMA = "vsm.metrics/1"


@dataclass(frozen=True, slots=True)
class Items:
    """How many items there were at as-of, by where they stood.

    ``started`` and ``finished_without_start`` speak only of items whose history tells whether
    they started; ``left_out`` counts the others.
    """

    total: int
    started: int
    in_progress: int
    finished: int
    finished_without_start: int
    dropped: int
    left_out: int

    @property
    def not_started(self) -> int:
        """Items that nobody had started, finished or dropped by then."""
        return self.total - self.in_progress - self.finished - self.dropped


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over ``n`` items in days: mean and nearest-rank percentiles.

    All but ``n`` are ``None`` where ``n`` is 0.
    """

    n: int
    mean: float | None = None
    p50: float | None = None
    p70: float | None = None
    p85: float | None = None
    p95: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Items finished in the window that cycle time leaves out, by why."""

    finished_without_start: int
    truncated: int
    endpoints_only: int
    clock_skew: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.finished_without_start + self.truncated + self.endpoints_only + self.clock_skew


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Items whose recorded moments contradict their order, by id: somebody's clock was wrong.

    ``backwards`` are those with an entry that carries an earlier moment than the one before it;
    ``in_future`` the others with an entry that carries a later moment than as-of, though it is
    recorded. ``finished`` counts those of the former that finished in the window: lead time and
    time in stage leave them out. ``ages`` counts items in progress that age leaves out, as they
    started after as-of; ``blockers`` those that end before they begin. ``keys`` name the first
    :data:`NAMED` items of both.
    """

    backwards: tuple[int, ...] = ()
    in_future: tuple[int, ...] = ()
    finished: int = 0
    ages: int = 0
    blockers: int = 0
    keys: tuple[tuple[int, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.backwards or self.in_future or self.ages or self.blockers)

    @property
    def named(self) -> tuple[int, ...]:
        """The items that are named by key, at most :data:`NAMED` of each kind."""
        return (*self.backwards[:NAMED], *self.in_future[:NAMED])


@dataclass(frozen=True, slots=True)
class Week:
    """Items finished in one ISO week, as far as the week lies in the window."""

    monday: date
    finished: int

    @property
    def label(self) -> str:
        """The week as ISO 8601 writes it, such as ``2014-W27``."""
        year, week, _ = self.monday.isocalendar()
        return f"{year:04}-W{week:02}"


@dataclass(frozen=True, slots=True)
class Wip:
    """Work in progress at as-of, and the open visits of every stage in the stream's order."""

    total: int
    by_stage: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one stream: counts and WIP at ``as_of``, times of what finished in the window.

    ``as_of`` and ``last_activity`` are UTC microseconds; ``last_activity`` is the last recorded
    move at or before ``as_of``, ``None`` where there is none. ``first`` and ``last`` are the
    window's days, both inclusive, in ``zone``.
    """

    stream: str
    zone: str
    as_of: int
    last_activity: int | None
    first: date
    last: date
    items: Items
    cycle_time_days: Spread
    cycle_time_elapsed_days: Spread
    cycle_time_left_out: LeftOut
    lead_time_days: Spread
    lead_time_elapsed_days: Spread
    weeks: tuple[Week, ...]
    wip: Wip
    lead_time_left_out: int = 0
    """Items finished in the window that lead time leaves out: their moves run backwards in time."""


@dataclass(frozen=True, slots=True)
class PerDay:
    """A count for each day of the window up to as-of, and the mean a day (``None``: no days)."""

    days: tuple[tuple[date, int], ...]
    mean: float | None


@dataclass(frozen=True, slots=True)
class Scatter:
    """The items that finished in the window by finish, as columns: ids, moments (UTC
    microseconds), local days (since 1970-01-01), cycle and lead time in inclusive days.

    ``cycle`` is ``None`` where the start is not known or there was none, and both are where the
    item's moves run backwards in time.
    """

    item: tuple[int, ...]
    finish: tuple[int, ...]
    day: tuple[int, ...]
    cycle: tuple[int | None, ...]
    lead: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Aged:
    """An item in progress: its stage and its age in inclusive days, by id and by key."""

    item: int
    stage: str
    age: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition under which Little's Law holds; ``value`` is what was compared or counted."""

    name: str
    holds: bool
    value: float | None


@dataclass(frozen=True, slots=True)
class LittlesLaw:
    """Average WIP, throughput and cycle time; ``deviation`` is predicted over measured, less 1."""

    avg_wip: float | None
    avg_throughput_per_day: float | None
    avg_cycle_time_days: float | None
    predicted_cycle_time_days: float | None
    deviation: float | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Flow efficiency over the items finished in the window; days of 24 hours.

    ``waiting_by_stage`` says where they waited, in the order of the stream.
    """

    ratio: float | None
    active_days: float
    waiting_days: float
    waiting_by_stage: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class StageTime:
    """Elapsed days in one stage, over all visits of each item; ``total`` is of all items."""

    stage: str
    days: Spread
    total: float


@dataclass(frozen=True, slots=True)
class Share:
    """How many items are of each flow type: feature, defect, risk, debt."""

    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(n for _, n in self.counts)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Blockers of one kind in items of one team: how many, days in all, median, the item ids."""

    kind: str
    team: str | None
    n: int
    total_days: float
    median_days: float
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rework:
    """Rework moves, per finished item, and ``(from, to, count, item ids)`` by pair of stages."""

    moves: int
    per_finished_item: float | None
    pairs: tuple[tuple[str, str, int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class StageQuality:
    """How much of a stage's work needed no return: ``n`` items left it, ``back`` came back."""

    stage: str
    n: int
    share: float
    back: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompleteAccurate:
    """Per cent complete and accurate by stage, and its product along the main ``path``."""

    by_stage: tuple[StageQuality, ...]
    rolled: float | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """Ages at which finished items last passed a stage, in inclusive days."""

    stage: str
    age: Spread


@dataclass(frozen=True, slots=True)
class XmrSignal:
    """A week that the limits say is no noise, and why."""

    week: Week
    why: str


@dataclass(frozen=True, slots=True)
class Xmr:
    """Natural process limits of weekly throughput over ``weeks`` full weeks."""

    mean: float | None
    upper: float | None
    lower: float | None
    signals: tuple[XmrSignal, ...]
    weeks: int

    def is_beyond(self, week: Week) -> bool:
        """Whether a week lies outside the limits."""
        if self.lower is None or self.upper is None:
            return False
        return not self.lower <= week.finished <= self.upper


@dataclass(frozen=True, slots=True)
class CfdStage:
    """One stage of the cumulative flow diagram, a number a day.

    ``reached`` counts items that had by then reached it or gone further, ``below`` those of them
    that are at the time before it again.
    """

    stage: str
    reached: tuple[int, ...]
    below: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cfd:
    """The cumulative flow diagram at each day's end; ``corrections`` counts the times in which an
    item was below the furthest stage that it had reached.
    """

    days: tuple[date, ...]
    stages: tuple[CfdStage, ...]
    corrections: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Every figure of a stream: the basic ones, and those that charts are drawn from.

    ``ageing`` are the items in progress whose start is known, the oldest first.
    """

    basic: Metrics
    finished: Scatter
    ageing: tuple[Aged, ...]
    age_days: Spread
    throughput: PerDay
    arrivals: PerDay
    departures: PerDay
    littles_law: LittlesLaw
    efficiency: Efficiency
    time_in_stage: tuple[StageTime, ...]
    types_finished: Share
    types_wip: Share
    blocked_days: float
    clusters: tuple[Cluster, ...]
    rework: Rework
    complete_accurate: CompleteAccurate
    pace: tuple[Pace, ...]
    p85_over_p50: float | None
    xmr: Xmr
    cfd: Cfd
    stage_left_out: int
    """Items finished in the window that time in stage leaves out: their path is not known whole, or
    runs backwards in time."""
    clock_skew: ClockSkew = ClockSkew()


@dataclass(frozen=True, slots=True)
class DrilldownItem:
    """An item behind a figure: its id, what it adds in days, and what that is: why it is not known,
    where it is ``None``.
    """

    item: int
    value: float | None
    what: str


OLDEST = 10
"""How many of the oldest items the JSON names."""
NAMED = 100
"""How many items of either kind of clock skew the JSON names."""


def to_json(figures: Figures) -> dict[str, Any]:
    """The published form of all figures: plain values, always the same keys in the same order.

    Moments are ISO 8601 in UTC, dates are days in the stream's zone, durations are days; what is
    not whole is rounded to 6 places (a tenth of a second).
    """
    told = basic_json(figures.basic)
    definitions = told.pop("definitions")
    wip = told.pop("wip")
    throughput = told.pop("throughput")
    law, waits = figures.littles_law, figures.efficiency
    return told | {
        "age_days": {
            **_spread(figures.age_days),
            "oldest": [{"key": a.key, "days": a.age} for a in figures.ageing[:OLDEST]],
            "left_out": {"clock_skew": figures.clock_skew.ages},
        },
        "throughput": {
            "per_day": [{"day": d.isoformat(), "finished": n} for d, n in figures.throughput.days],
            **throughput,
        },
        "arrivals": _per_day(figures.arrivals),
        "departures": _per_day(figures.departures),
        "wip": wip,
        "littles_law": {
            "avg_wip": _rounded(law.avg_wip),
            "avg_throughput_per_day": _rounded(law.avg_throughput_per_day),
            "avg_cycle_time_days": _rounded(law.avg_cycle_time_days),
            "predicted_cycle_time_days": _rounded(law.predicted_cycle_time_days),
            "deviation": _rounded(law.deviation),
            "conditions": [
                {"name": c.name, "holds": c.holds, "value": _rounded(c.value)}
                for c in law.conditions
            ],
        },
        "flow_efficiency": {
            "ratio": _rounded(waits.ratio),
            "active_days": _rounded(waits.active_days),
            "waiting_days": _rounded(waits.waiting_days),
            "waiting_by_stage": {s: _rounded(d) for s, d in waits.waiting_by_stage},
        },
        "time_in_stage": {
            "by_stage": {
                t.stage: {**_spread(t.days), "total": _rounded(t.total)}
                for t in figures.time_in_stage
            },
            "left_out": figures.stage_left_out,
            "clock_skew": figures.clock_skew.finished,
        },
        "distribution": {
            "finished": _share(figures.types_finished),
            "wip": _share(figures.types_wip),
        },
        "blocked": {
            "days": _rounded(figures.blocked_days),
            "clusters": [
                {
                    "kind": c.kind,
                    "team": c.team,
                    "n": c.n,
                    "total_days": _rounded(c.total_days),
                    "median_days": _rounded(c.median_days),
                }
                for c in figures.clusters
            ],
            "left_out": {"clock_skew": figures.clock_skew.blockers},
        },
        "rework": {
            "moves": figures.rework.moves,
            "per_finished_item": _rounded(figures.rework.per_finished_item),
            "pairs": [{"from": a, "to": b, "count": n} for a, b, n, _ in figures.rework.pairs],
        },
        "complete_accurate": {
            "by_stage": {
                q.stage: {"n": q.n, "share": _rounded(q.share)}
                for q in figures.complete_accurate.by_stage
            },
            "rolled": _rounded(figures.complete_accurate.rolled),
            "path": list(figures.complete_accurate.path),
        },
        "ageing_pace": {
            "by_stage": {
                p.stage: {
                    "n": p.age.n,
                    "p50": p.age.p50,
                    "p70": p.age.p70,
                    "p85": p.age.p85,
                    "p95": p.age.p95,
                }
                for p in figures.pace
            }
        },
        "predictability": {
            "p85_over_p50": _rounded(figures.p85_over_p50),
            "xmr": {
                "weeks": figures.xmr.weeks,
                "mean": _rounded(figures.xmr.mean),
                "upper": _rounded(figures.xmr.upper),
                "lower": _rounded(figures.xmr.lower),
                "signals": [
                    {"week": s.week.label, "finished": s.week.finished, "why": s.why}
                    for s in figures.xmr.signals
                ],
            },
        },
        "cfd": {
            "days": [day.isoformat() for day in figures.cfd.days],
            "by_stage": {
                s.stage: {"reached": list(s.reached), "below": list(s.below)}
                for s in figures.cfd.stages
            },
            "corrections": figures.cfd.corrections,
        },
        "clock_skew": _clock_skew(figures.clock_skew),
        "definitions": definitions,
    }


def _clock_skew(skew: ClockSkew) -> dict[str, Any]:
    keys = dict(skew.keys)
    return {
        "items": len(skew.backwards) + len(skew.in_future),
        "backwards": {
            "items": len(skew.backwards),
            "keys": [keys[item] for item in skew.backwards if item in keys],
        },
        "in_future": {
            "items": len(skew.in_future),
            "keys": [keys[item] for item in skew.in_future if item in keys],
        },
        "blockers": skew.blockers,
    }


def _per_day(told: PerDay) -> dict[str, Any]:
    return {
        "per_day": [{"day": d.isoformat(), "n": n} for d, n in told.days],
        "mean": _rounded(told.mean),
    }


def _share(share: Share) -> dict[str, dict[str, float | int | None]]:
    total = share.total
    return {
        kind: {"n": n, "share": _rounded(n / total) if total else None} for kind, n in share.counts
    }


def basic_json(metrics: Metrics) -> dict[str, Any]:
    """The part of :func:`to_json` that the basic figures make, with all definitions."""
    items = metrics.items
    left_out = metrics.cycle_time_left_out
    return {
        "schema": SCHEMA,
        "stream": metrics.stream,
        "timezone": metrics.zone,
        "as_of": _moment(metrics.as_of),
        "last_activity": None if metrics.last_activity is None else _moment(metrics.last_activity),
        "window": {"from": metrics.first.isoformat(), "to": metrics.last.isoformat()},
        "items": {
            "total": items.total,
            "started": items.started,
            "in_progress": items.in_progress,
            "finished": items.finished,
            "finished_without_start": items.finished_without_start,
            "dropped": items.dropped,
            "left_out": items.left_out,
        },
        "cycle_time_days": _spread(metrics.cycle_time_days),
        "cycle_time_elapsed_days": _spread(metrics.cycle_time_elapsed_days),
        "cycle_time_left_out": {
            "finished_without_start": left_out.finished_without_start,
            "truncated": left_out.truncated,
            "endpoints_only": left_out.endpoints_only,
            "clock_skew": left_out.clock_skew,
        },
        "lead_time_days": _spread(metrics.lead_time_days),
        "lead_time_elapsed_days": _spread(metrics.lead_time_elapsed_days),
        "lead_time_left_out": {"clock_skew": metrics.lead_time_left_out},
        "throughput": {
            "per_week": [
                {"week": w.label, "start": w.monday.isoformat(), "finished": w.finished}
                for w in metrics.weeks
            ]
        },
        "wip": {"total": metrics.wip.total, "by_stage": dict(metrics.wip.by_stage)},
        "definitions": dict(DEFINITIONS),
    }


def _moment(at: int) -> str:
    return from_micros(at).isoformat().replace("+00:00", "Z")


def _spread(spread: Spread) -> dict[str, float | int | None]:
    return {
        "n": spread.n,
        "mean": _rounded(spread.mean),
        "p50": _rounded(spread.p50),
        "p70": _rounded(spread.p70),
        "p85": _rounded(spread.p85),
        "p95": _rounded(spread.p95),
        "max": _rounded(spread.max),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
