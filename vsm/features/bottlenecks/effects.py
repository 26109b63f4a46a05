"""Estimates what a change at the constraint would do to throughput and cycle time.

The changes are one more parallel slot, half as many returns, and a limit on the work taken in. Each
estimate holds if arrivals stay as they are and nothing else changes; it is about slots, never about
people.

- Throughput is the least of the arrival rate and the capacities c/τ over the visits of an item, of
  all stations (the asymptotic bounds of operational analysis, Denning and Buzen 1978). So a slot
  more raises it only where more arrives than the constraint can do.
- Waiting follows Erlang (Allen-Cunneen). The variation of arrivals and of service times cancels out
  in the ratio of the mean waits after and before, by which the own waiting of each item is scaled.
- A limit moves waiting from behind the commitment to before it (Little 1961): it makes neither
  throughput nor the time from creation to finish better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.effect_text import describe_effect
from vsm.features.bottlenecks.results import Change, Effect
from vsm.features.bottlenecks.servers import Fit, mean_stay
from vsm.features.bottlenecks.stations import Floats
from vsm.features.metrics.figures import FlowFigures
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.queueing import mean_wait
from vsm.flow.window import Window
from vsm.model.rules import DAY, SLE_PERCENT, nearest_rank

LEAST_RETURNS = 0.05
"""Returns are worth an estimate from this share of the arrivals at the constraint on."""
LEAST_MOVED_DAYS = 0.5
"""A limit is worth an estimate if items wait so many days less behind the commitment on average."""
MOST_VARIATION = 10.0
"""Waits over so many times as long as those of Poisson arrivals and exponential service times are
not due to the number of slots."""
HELD_UP = 0.1
"""Items wait for the constraint in a station that was held up so large a share of the time."""
WAITING_PER_SLOT = 2
"""A limit on the intake leaves room for so many items that wait for each slot of the constraint."""


@dataclass(frozen=True, slots=True)
class Load:
    """How a station is loaded: parallel slots c, utilisation λτ/c, service time τ in days."""

    servers: int
    utilisation: float
    service_time: float

    @property
    def capacity(self) -> float:
        """The most visits that it ends in a week."""
        return 7 * self.servers / self.service_time

    @property
    def growth(self) -> float:
        """The items by which its queue grows in a week: λ - c/τ, at least 0."""
        return max(0.0, self.utilisation - 1) * self.capacity

    @property
    def wait(self) -> float:
        """The mean wait in days, up to a factor of the variation; infinite where it only grows."""
        return mean_wait(self.servers, self.utilisation, self.service_time)

    def with_slot(self) -> Load:
        """The same with one parallel slot more."""
        servers = self.servers + 1
        return replace(self, servers=servers, utilisation=self.utilisation * self.servers / servers)

    def with_fewer_visits(self, share: float) -> Load:
        """The same with so small a share of the visits."""
        return replace(self, utilisation=self.utilisation * share)


def throughput_factor(before: Load, after: Load, visits: float = 1.0) -> float:
    """The factor by which more items pass a station.

    ``visits`` are those of an item after the change, relative to those before. What passes is the
    least of what arrives and of the capacity; both are in visits.
    """
    passed = min(before.utilisation, 1.0) * before.capacity
    passes = min(after.utilisation, 1.0) * after.capacity / visits
    return passes / passed if passed else 1.0


@dataclass(frozen=True, eq=False)
class Times:
    """The cycle times of finished items in inclusive days, with their stays at the constraint.

    One entry a stay in ``owner`` (place of its item in ``cycle``), ``wait`` (the days beyond the
    service time) and ``loop`` (the days until the item was again past the stage from which it came
    back for that stay, 0 where it did not come back). Days before the start of an item are in none
    of them.
    """

    cycle: Ints
    owner: Ints
    wait: Floats
    loop: Floats

    def p85(self, saved: Floats | None = None) -> float | None:
        """The nearest-rank 85% cycle time, less the days that each stay would save."""
        if not self.cycle.size:
            return None
        days = self.cycle.astype(np.float64)
        if saved is not None:
            days -= np.bincount(self.owner, weights=saved, minlength=days.size)
        ordered: list[float] = np.sort(np.maximum(days, 1.0)).tolist()
        return nearest_rank(ordered, SLE_PERCENT)

    def mean_wait(self) -> float:
        """The mean wait of a stay."""
        return float(self.wait.mean()) if self.wait.size else 0.0

    def mean_per_item(self, days: Floats) -> float:
        """The mean of days of stays over the items that had one."""
        items = np.unique(self.owner).size
        return float(days.sum()) / items if items else 0.0


def days_saved_by_fewer_returns(times: Times, ratio: float) -> Floats:
    """The days that each stay saves if half of the returns go: their loops, and of the rest waits.

    In the mean of all returns that is half of each.
    """
    less = (1 - ratio) * times.wait
    saved: Floats = less + np.maximum(times.loop - less, 0.0) / 2
    return saved


def is_wait_unexplained(judgement: Judgement, fit: Fit) -> bool:
    """Whether items wait far longer at a station than its number of slots explains.

    On a pull board the number of items that wait is itself worked out from the slots.
    """
    if judgement.is_pull_board:
        return False
    load = Load(fit.servers, fit.utilisation, fit.service_time)
    return bool(fit.arrivals) and fit.mean_waiting / fit.arrivals > MOST_VARIATION * load.wait


def wait_ratio(
    before: Load, after: Load, observed: float, *, is_batched: bool = False
) -> float | None:
    """The mean wait after a change relative to that before; ``None`` where it is not known.

    That is so where the queue still grows. Where it grew before, no mean wait follows from the
    utilisation: the ``observed`` one stands in its place. Of work that comes in batches most waits
    for the rest of its batch: that changes with the utilisation.
    """
    if after.utilisation >= 1:
        return None
    was = before.wait if before.utilisation < 1 else observed
    ratio = min(1.0, after.wait / was) if was else 1.0
    return max(ratio, after.utilisation / before.utilisation) if is_batched else ratio


def estimate_effects(
    judgement: Judgement, flow: FlowData, figures: FlowFigures, span: Window
) -> tuple[Effect, ...]:
    """What changes at the constraint would do.

    Nothing where none is named, where it only delays, or where nothing finished in the window.

    Figures before are those of ``figures``, of the same ``span``.
    """
    effects: list[Effect] = []
    for fit in judgement.constraints if figures.throughput.mean else ():
        if fit.is_delay or not fit.service_time or not fit.utilisation:
            continue
        effects += _Estimate(judgement, flow, figures, span, fit).effects()
    return tuple(effects)


class _Estimate:
    """The estimates for one station."""

    def __init__(
        self, judgement: Judgement, flow: FlowData, figures: FlowFigures, span: Window, fit: Fit
    ) -> None:
        self.judgement, self.flow, self.fit = judgement, flow, fit
        self.load = Load(fit.servers, fit.utilisation, fit.service_time)
        self.throughput = 7 * (figures.throughput.mean or 0.0)
        self.returns = returns_to(judgement, flow, fit)
        rows = np.flatnonzero(finished_in(flow, span))
        self.times = times_at(judgement, flow, fit, rows[flow.is_timed[rows]], self.returns)
        self.p85 = figures.basic.cycle_time_days.p85 if fit.utilisation < 1 else None

    def effects(self) -> list[Effect]:
        """One for each change that applies.

        Where items wait for something else than a slot, a limit would not end their waiting.
        """
        changes = [
            self._slot(),
            self._rework(),
            None if is_wait_unexplained(self.judgement, self.fit) else self._intake(),
        ]
        return [replace(one, text=describe_effect(one)) for one in changes if one is not None]

    def _slot(self) -> Effect:
        after = self.load.with_slot()
        ratio = self._ratio(after)
        saved = None if ratio is None else (1 - ratio) * self.times.wait
        return self._effect(Change.SLOT, after, 1.0, saved)

    def _ratio(self, after: Load) -> float | None:
        if is_wait_unexplained(self.judgement, self.fit):
            return None
        is_batched = bool(self.judgement.window.practice.intake_days)
        return wait_ratio(self.load, after, self.times.mean_wait(), is_batched=is_batched)

    def _rework(self) -> Effect | None:
        """Half as many returns: half of their loops are saved, and all other stays wait less."""
        arrivals = self.fit.arrivals * self.judgement.window.days
        share = min(self.returns.size / arrivals, 1.0) if arrivals else 0.0
        if share < LEAST_RETURNS:
            return None
        visits = 1 - share / 2
        after = self.load.with_fewer_visits(visits)
        ratio = self._ratio(after)
        if ratio is None:
            return self._effect(Change.REWORK, after, visits, None)
        saved = days_saved_by_fewer_returns(self.times, ratio)
        return self._effect(Change.REWORK, after, visits, saved)

    def _intake(self) -> Effect | None:
        """A limit up to the constraint: of what waits there, so much as it needs stays.

        Where work is taken in periodically, nothing but a shorter period does that. Items of other
        streams that wait for the same slots know no limit of this one.
        """
        if self.judgement.window.practice.intake_days or self.fit.station.elsewhere:
            return None
        kept = WAITING_PER_SLOT * self.load.service_time
        saved = np.maximum(self.times.wait - kept, 0.0)
        moved = self.times.mean_per_item(saved)
        if moved < LEAST_MOVED_DAYS:
            return None
        effect = self._effect(Change.INTAKE, self.load, 1.0, saved)
        stages, held = self._committed_before()
        limit = ceil(held + (1 + WAITING_PER_SLOT) * self.load.servers)
        return replace(effect, stages=stages, wip_limit=limit, moved_days=moved)

    def _effect(self, change: Change, after: Load, visits: float, saved: Floats | None) -> Effect:
        factor, next_one = self._bounded(throughput_factor(self.load, after, visits))
        finished, missed = self.judgement.count_bypassing(self.fit.station.stages)
        through = 1 - missed / finished if finished else 1.0
        return Effect(
            change=change,
            constraint=self.fit.station.name,
            stages=(self.fit.station.name,),
            throughput_before=self.throughput,
            throughput_after=self.throughput * (1 + through * (factor - 1)),
            p85_before=self.p85,
            p85_after=None if saved is None else self.times.p85(saved),
            growth_before=self.load.growth,
            growth_after=after.growth,
            limited_by=next_one if factor > 1 else None,
            stage=self.judgement.stream.order[self.fit.station.active[0]].id,
        )

    def _bounded(self, factor: float) -> tuple[float, str | None]:
        """The factor, and the station after the constraint that lets no more through, if any."""
        stream, order = self.judgement.stream, self.judgement.stream.order
        most, name = factor, None
        for fit in self.judgement.stage_fits:
            is_after = any(
                stream.reaches(order[a].id, order[b].id)
                for a in self.fit.station.active
                for b in fit.station.active
                if not set(fit.station.active) & set(self.fit.station.active)
            )
            if not is_after or fit.is_delay or not self.judgement.is_conclusive(fit):
                continue
            room = 1 / min(max(fit.utilisation, 1e-9), 1.0)
            if room < most:
                most, name = room, fit.station.name
        return most, name

    def _committed_before(self) -> tuple[tuple[str, ...], float]:
        """The stages from the commitment to the constraint, and what those before it hold.

        Of stations in which items wait for the constraint that is what is worked on in them.
        """
        stream, window = self.judgement.stream, self.judgement.window
        order, own = stream.order, self.fit.station.stages
        before = [
            place
            for place, stage in enumerate(order)
            if stage.id in stream.starting
            and not stage.retired
            and place not in own
            and any(stream.reaches(stage.id, order[target].id) for target in own)
        ]
        names = tuple(
            order[place].name
            for place in sorted((*before, *own))
            if order[place].id in stream.starting
        )
        holding = [
            other
            for other in self.judgement.stage_fits
            if _holds_for(self.judgement, self.fit, other) and set(other.station.stages) & {*before}
        ]
        held = sum(other.departures * other.service_time for other in holding)
        full = {place for other in holding for place in other.station.stages}
        free = [place for place in before if place not in full]
        if free:
            level = window.occupancy(free).level
            grid = window.days - (np.arange(360) + 0.5) / 360 * min(window.days, 90.0)
            held += float(level.just_after(grid).mean())
        return names, held


def returns_to(judgement: Judgement, flow: FlowData, fit: Fit) -> Ints:
    """The visits in the observation window by which an item came back to a station."""
    places = list(fit.station.stages)
    back = flow.rework_moves
    # Only items that the arrivals count too: see ObservationWindow.backwards.
    recent = (flow.entered[back] >= judgement.window.begin) & flow.is_ordered[flow.owner[back]]
    back = back[recent]
    comes = np.isin(flow.place[back], places) & ~np.isin(flow.place[back - 1], places)
    return back[comes]


def times_at(judgement: Judgement, flow: FlowData, fit: Fit, rows: Ints, returns: Ints) -> Times:
    """The cycle times of finished items, and how long each waited for a station since it started.

    Items wait in the station itself; where its limit keeps them out also in those before it that
    were held up, and on a pull board in the stage before, each time longer than work takes there.
    Outliers wait for nobody's slot, so they are no stay.
    """
    places = [other for other in judgement.stage_fits if _holds_for(judgement, fit, other)]
    if fit.station.queues or not judgement.is_pull_board:
        places.insert(0, fit)
    if not places:
        nothing = np.zeros(0)
        return Times(flow.cycle_days(rows), nothing.astype(np.int64), nothing, nothing)
    stays = [_stays(judgement, flow, fit, rows, at) for at in places]
    owner, visit, wait = (np.concatenate(column) for column in zip(*stays, strict=True))
    came_back = set(returns.tolist())
    loop = [_loop(flow, at, came_back) if at in came_back else 0.0 for at in visit.tolist()]
    return Times(flow.cycle_days(rows), owner, wait, np.array(loop))


def _loop(flow: FlowData, visit: int, returns: set[int]) -> float:
    """The days from a return until the item is past the stage that it came from, or returns again.

    ``returns`` are the visits that are returns, ``visit`` is one of them.
    """
    item = int(flow.owner[visit])
    end = int(flow.history.begin[item] + flow.history.counts[item])
    after = visit + 1
    while after < end and after not in returns and flow.place[after] <= flow.place[visit - 1]:
        after += 1
    start, finish = int(flow.flow.start[item]), int(flow.flow.finish[item])
    until = min(int(flow.entered[after]), finish) if after < end else finish
    return max(0, until - max(int(flow.entered[visit]), start)) / DAY


def _holds_for(judgement: Judgement, fit: Fit, other: Fit) -> bool:
    """Whether items wait for the station of ``fit`` in another one that comes before it."""
    order = judgement.stream.order
    is_before = any(
        judgement.stream.reaches(order[a].id, order[b].id)
        for a in other.station.active
        for b in fit.station.active
    )
    is_apart = not set(other.station.stages) & set(fit.station.stages)
    if not (is_before and is_apart and judgement.is_conclusive(other)) or other.is_delay:
        return False
    return judgement.is_pull_board or (bool(fit.station.limit) and other.blocked >= HELD_UP)


def _stays(
    judgement: Judgement, flow: FlowData, fit: Fit, rows: Ints, at: Fit
) -> tuple[Ints, Ints, Floats]:
    """The stays of items at a station: the place in ``rows`` of the item, the first visit, and the
    days since the item started beyond the service time.
    """
    paths = flow.paths(rows)
    is_outlier = np.zeros(flow.place.size, dtype=np.bool_)
    is_outlier[np.flatnonzero(flow.is_ordered[flow.owner])] = judgement.window.outliers
    inside = np.isin(paths.place, at.station.stages) & ~is_outlier[paths.visits]
    same = paths.row[1:] == paths.row[:-1]
    follows = inside[:-1] & inside[1:] & same
    is_first, is_last = inside.copy(), inside.copy()
    is_first[1:] &= ~follows
    is_last[:-1] &= ~follows
    first, last = np.flatnonzero(is_first), np.flatnonzero(is_last)
    if judgement.is_pull_board and at is not fit:
        goes_there = np.append(same & np.isin(paths.place[1:], fit.station.stages), False)
        first, last = first[goes_there[last]], last[goes_there[last]]
    owner = paths.row[first]
    begin = np.maximum(paths.entered[first], flow.flow.start[rows][owner])
    end = np.minimum(paths.left[last], flow.flow.finish[rows][owner])
    length = np.maximum(end - begin, 0) / DAY
    return owner, paths.visits[first], np.maximum(length - _service_time(judgement, at), 0.0)


def _service_time(judgement: Judgement, fit: Fit) -> float:
    """The service time of a station's own stages: what is left of their mean stay without the wait,
    where its team has items of other streams in the same slots.
    """
    if not fit.station.elsewhere or not fit.arrivals:
        return fit.service_time
    stay = mean_stay(judgement.window, replace(fit.station, elsewhere=()))
    return max(stay - fit.mean_waiting / fit.arrivals, 0.0)
