"""Weighs the evidence on all stations: which of them limits throughput, and with what confidence.

Every station (and every team with several) is a candidate, and so is demand: that nothing but the
arrival rate limits throughput. The evidence is weighed by a conditional logit (McFadden 1974). Its
weights were fitted on simulated streams whose constraint is known (``bench/streams``), so the
probabilities add up to one, and of what is called 80% sure about 80% is right on unseen streams of
those kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import networkx as nx
import numpy as np

from vsm.features.bottlenecks.passed_by import lead_past
from vsm.features.bottlenecks.pull import (
    fit_pull_board,
    observe_pulls,
    with_seen_limit,
)
from vsm.features.bottlenecks.queue_discipline import fit_queue_discipline
from vsm.features.bottlenecks.results import SUREST
from vsm.features.bottlenecks.servers import Fit, as_delay, fit_station, mean_stay
from vsm.features.bottlenecks.shared_teams import find_shared_work, fit_team
from vsm.features.bottlenecks.stations import (
    WINDOW_DAYS,
    Floats,
    ObservationWindow,
    Station,
    find_stations,
    team_stations,
)
from vsm.flow.flow_data import FlowData
from vsm.model.stream import Category, ValueStream

SHARPNESS, THRESHOLD = 50.0, 0.64
"""A candidate's log odds against demand are the first times its load above the second."""
ENOUGH_DEPARTURES = 100
"""With so many departures of a station half of these odds are believed, with more of them more."""
UNSURE, VAGUE = 0.6, 0.2
"""Parts of the odds that are believed: where the moments of work are not known exactly, where items
are moved when their work begins or not in the order of arrival; and where it is known only roughly
when work was done."""
LOW_UTILISATION, MUCH_OVERTAKING, UNUSUAL_CONFIDENCE = 0.7, 0.5, 0.7
"""A station with less utilisation, or with a larger share of items that overtake waiting ones, is
unlike those that the method was tried on; the confidence in it has this upper bound, and
so has one that few items left."""
IDLE_UTILISATION, BYPASSED_SHARE, IDLE_CONFIDENCE = 0.4, 0.5, 0.5
"""The same for a station that is hardly used, or that a larger share of finished items bypassed."""
FIFO_LOG_ODDS = 20.0
"""Log odds of first-in-first-out against any order from which on first-in-first-out is relied on.
"""
PARALLEL_PROBABILITY = 0.1
"""A station on a branch parallel to the likeliest constraint is named too from this probability on.
"""
MIN_DEPARTURES, MIN_DAYS = 20, 28
"""With fewer departures from a station or fewer days of history nothing is concluded."""
AMPLE_DEPARTURES = 60
"""With this many departures from any station no longer window is tried, and figures can be sure."""


@dataclass(frozen=True)
class Judgement:
    """The fits of a stream's stations, each with its probability of limiting throughput.

    ``fits`` are the stations in the order of the flow, then teams; ``probabilities`` go with them,
    ``demand`` is the probability that none of them is the constraint. ``teams`` are names by id.
    """

    stream: ValueStream
    window: ObservationWindow
    fits: tuple[Fit, ...]
    probabilities: tuple[float, ...]
    demand: float
    teams: Mapping[int, str] = field(default_factory=dict)
    is_pull_board: bool = False

    @property
    def fifo_log_odds(self) -> float:
        """Log odds that the stream starts work first-in-first-out, against any order."""
        return sum(fit.fifo_log_odds for fit in self.stage_fits)

    @property
    def is_fifo(self) -> bool:
        """Whether work is started in the order of arrival, as far as the moments show."""
        return self.fifo_log_odds >= FIFO_LOG_ODDS and not self.window.is_coarse

    @property
    def believed_part(self) -> float:
        """The part of the odds that is believed: see :data:`UNSURE`."""
        if self.window.practice.is_vague:
            return VAGUE
        is_plain = self.is_fifo and not self.is_pull_board and not self.has_seen_limits
        return 1.0 if is_plain else UNSURE

    @property
    def has_seen_limits(self) -> bool:
        """Whether limits are kept that stand nowhere."""
        order = self.stream.order
        return any(
            fit.station.limit and not all(order[place].limited for place in fit.station.stages)
            for fit in self.stage_fits
        )

    @cached_property
    def ranked(self) -> tuple[tuple[Fit, float], ...]:
        """Candidates with their probabilities, the likeliest first."""
        pairs = zip(self.fits, self.probabilities, strict=True)
        return tuple(sorted(pairs, key=lambda pair: -pair[1]))

    @property
    def has_enough_data(self) -> bool:
        """Whether enough is known of any station to conclude anything."""
        return any(self.is_conclusive(fit) for fit in self.fits)

    def is_conclusive(self, fit: Fit) -> bool:
        """Whether enough items left a station to estimate how it behaves."""
        return self.window.days >= MIN_DAYS and fit.departure_count >= MIN_DEPARTURES

    @property
    def stage_fits(self) -> tuple[Fit, ...]:
        """The stations without the teams."""
        return tuple(fit for fit in self.fits if fit.station.team is None)

    @cached_property
    def minimum_cut(self) -> tuple[Station, ...]:
        """The stations that together cap throughput: the minimum cut of the stream's graph.

        The capacity of a station is its rate of first arrivals divided by the utilisation that the
        waiting implies; a mere delay has no bound.
        """
        conclusive = [fit for fit in self.stage_fits if self.is_conclusive(fit)]
        return _find_minimum_cut(self.stream, conclusive)

    @cached_property
    def constraints(self) -> tuple[Fit, ...]:
        """The likeliest candidate and those that limit parallel branches; empty for demand.

        Demand it is where that is likelier than all that would be named.
        """
        if not self.ranked:
            return ()
        likeliest, _ = self.ranked[0]
        named = [likeliest]
        for fit, probability in self.ranked[1:]:
            is_beside = all(self._are_parallel(fit.station, other.station) for other in named)
            if (
                probability >= PARALLEL_PROBABILITY
                and is_beside
                and fit.station in self.minimum_cut
            ):
                named.append(fit)
        return tuple(named) if self._joint_probability(named) > self.demand else ()

    def _joint_probability(self, named: Sequence[Fit]) -> float:
        """The probability of any of these: a team's stages count for it, and it for them."""
        return sum(
            probability
            for fit, probability in self.ranked
            if any(_overlap(fit.station, other.station) for other in named)
        )

    @property
    def confidence(self) -> float:
        """The probability that the verdict is right, bounded where the stream is unusual."""
        bounds = [self._confidence_bound(fit) for fit in self.constraints]
        if all(fit.departure_count < AMPLE_DEPARTURES for fit in self.fits):
            bounds.append(UNUSUAL_CONFIDENCE)
        if self.has_unseen_work:
            bounds.append(UNUSUAL_CONFIDENCE)
        return min(self.probability, *bounds, SUREST)

    @property
    def has_unseen_work(self) -> bool:
        """Whether a team may use the same slots in other streams though the log does not show it.

        It shows that where work is started in the order of arrival, and is seen to wait.
        """
        shown = {key for fit in self.fits for key in fit.station.elsewhere}
        if self.is_pull_board:
            return bool(self.window.elsewhere)
        return self.fifo_log_odds <= 0.0 and not shown.issuperset(self.window.elsewhere)

    @property
    def probability(self) -> float:
        """The probability if the stream is of the kinds that the method was tried on."""
        return self._joint_probability(self.constraints) if self.constraints else self.demand

    def is_hardly_used(self, fit: Fit) -> bool:
        """Whether a station is used too little to be named with confidence."""
        return fit.utilisation < IDLE_UTILISATION

    def is_mostly_bypassed(self, fit: Fit) -> bool:
        """Whether nearly all finished items never were in the only station that is named."""
        finished, bypassing = self.count_bypassing(fit.station.stages)
        return len(self.constraints) == 1 and bypassing > BYPASSED_SHARE * finished

    def _confidence_bound(self, fit: Fit) -> float:
        """Bound the confidence in a station that is unlike those the method was tried on."""
        if self.is_hardly_used(fit) or self.is_mostly_bypassed(fit):
            return IDLE_CONFIDENCE
        if fit.utilisation < LOW_UTILISATION or (
            fit.overtaking_share > MUCH_OVERTAKING and not self.window.is_coarse
        ):
            return UNUSUAL_CONFIDENCE
        return SUREST if fit.departure_count >= AMPLE_DEPARTURES else UNUSUAL_CONFIDENCE

    def count_bypassing(self, stages: Sequence[int]) -> tuple[int, int]:
        """Count the items that finished in the window, and those of them that never were in any of
        these stages (by their places in the stream's order).
        """
        order = self.stream.order
        done = [n for n, stage in enumerate(order) if stage.category is Category.DONE]
        return self.window.count_missing(done, stages)

    def _are_parallel(self, one: Station, other: Station) -> bool:
        """Whether no path leads from one station to the other."""
        order = self.stream.order
        return not any(
            a == b
            or self.stream.reaches(order[a].id, order[b].id)
            or self.stream.reaches(order[b].id, order[a].id)
            for a in one.active
            for b in other.active
        )


def _overlap(one: Station, other: Station) -> bool:
    return bool(set(one.active) & set(other.active))


WINDOWS = (WINDOW_DAYS, 2 * WINDOW_DAYS, 4 * WINDOW_DAYS)
"""Lengths of the window in days: the first in which some station has ample departures is used."""


def judge_recent(
    flow: FlowData,
    end: int,
    teams: Mapping[int, str] | None = None,
    others: Sequence[FlowData] = (),
) -> Judgement:
    """:func:`judge` the last 26 weeks before ``end`` (UTC microseconds), more if flow is slow.

    ``others`` are the streams in which teams of this one work too.
    """
    for days in WINDOWS:
        window = ObservationWindow.of(flow, end, days).with_others(flow.stream, others)
        judgement = judge(flow.stream, window, teams)
        if any(fit.departure_count >= AMPLE_DEPARTURES for fit in judgement.fits):
            break
    return judgement


def judge(
    stream: ValueStream, window: ObservationWindow, teams: Mapping[int, str] | None = None
) -> Judgement:
    """Fit every station and team of a stream and weigh them; ``teams`` are names by id."""
    stream = lead_past(stream, window)
    stations = find_stations(stream, window)
    team_members = team_stations(stream, window.entered_by_any(stations), teams or {})
    pulls, is_pull_board = observe_pulls(stations, team_members, window)
    if is_pull_board:
        pulls = {station: pull for station, pull in pulls.items() if not station.queues}
    else:
        used = window.entered_by_any(stations)
        shared = team_stations(stream, used, teams or {}, window.elsewhere)
        team_members = find_shared_work(window, shared)
        stations = [with_seen_limit(station, pulls.get(station)) for station in stations]
        pulls = {}
    disciplines = [
        fit_queue_discipline(window, station, window.occupancy(station.stages))
        for station in stations
    ]
    is_fifo = (
        not window.is_coarse
        and sum(discipline.fifo_log_odds for discipline in disciplines) >= FIFO_LOG_ODDS
    )
    # Only a limit can block the station before it: one that has none never is full.
    limited = {station.name: station for station in stations if station.limit}
    fits = [
        fit_station(
            window,
            station,
            [limited[name] for name in station.follows if name in limited],
            discipline,
            is_fifo,
        )
        for station, discipline in zip(stations, disciplines, strict=True)
    ]
    fits += [fit_team(window, team, is_fifo=is_fifo) for team in team_members]
    fits = fit_pull_board(fits, window, pulls)
    fits = [
        as_delay(fit, mean_stay(window, fit.station))
        if window.practice.released & set(fit.station.active)
        else fit
        for fit in fits
    ]
    if window.practice.intake_days:
        fits = [_without_batches(fit) for fit in fits]
    is_long = window.days >= MIN_DAYS
    conclusive = [fit for fit in fits if is_long and fit.departure_count >= MIN_DEPARTURES]
    judgement = Judgement(stream, window, tuple(fits), (), 0.0, teams or {}, is_pull_board)
    probabilities, demand = probabilities_of(
        np.array([fit.load for fit in conclusive]),
        np.array([fit.departure_count for fit in conclusive]),
        judgement.believed_part,
    )
    by_station = dict(zip((fit.station for fit in conclusive), probabilities.tolist(), strict=True))
    return replace(
        judgement,
        probabilities=tuple(by_station.get(fit.station, 0.0) for fit in fits),
        demand=demand,
    )


def _without_batches(fit: Fit) -> Fit:
    """The same fit where work comes in batches: that it waits then says nothing beyond its use."""
    return replace(
        fit,
        waiting_share=min(fit.waiting_share, fit.utilisation),
        implied_utilisation=min(fit.implied_utilisation, fit.utilisation),
        recent_utilisation=min(fit.recent_utilisation, fit.utilisation),
    )


def probabilities_of(
    loads: Floats,
    departures: Floats,
    part: float,
    numbers: tuple[float, float, float] = (SHARPNESS, THRESHOLD, ENOUGH_DEPARTURES),
) -> tuple[Floats, float]:
    """The probability of each candidate by its load, and that of demand (a softmax).

    ``part`` of the odds is believed; ``numbers`` are the three constants above.
    """
    sharpness, threshold, enough = numbers
    believed = part * departures / (departures + enough)
    scores = np.append(sharpness * (loads - threshold) * believed, 0.0)
    probability = np.exp(scores - scores.max())  # the largest is 1: nothing overflows
    probability /= probability.sum()
    return probability[:-1], float(probability[-1])


def _find_minimum_cut(stream: ValueStream, fits: Sequence[Fit]) -> tuple[Station, ...]:
    """See :attr:`Judgement.minimum_cut`.

    A station is an edge from its "in" to its "out" node with its capacity; all other edges have
    none, so the cut runs through stations only.
    """
    graph: nx.DiGraph[object] = nx.DiGraph()
    station_at = {place: fit.station for fit in fits for place in fit.station.stages}
    for fit in fits:
        name = fit.station.name
        capacity = {"capacity": fit.first_arrivals / fit.load} if not fit.is_delay else {}
        graph.add_edge(("in", name), ("out", name), **capacity)
    has_predecessor = {target for stage in stream.order for target in stream.following(stage.id)}
    for place, stage in enumerate(stream.order):
        if stage.retired or stage.category is Category.DROPPED:
            continue
        source = ("out", station_at[place].name) if place in station_at else ("stage", stage.id)
        successors = [stream.index[target] for target in stream.following(stage.id)]
        for target in successors:
            if station_at.get(target) is not None and station_at.get(target) is station_at.get(
                place
            ):
                continue
            sink = (
                ("in", station_at[target].name)
                if target in station_at
                else ("stage", stream.order[target].id)
            )
            graph.add_edge(source, sink)
        if stage.category is Category.DONE:
            graph.add_edge(source, "end")
        elif stage.id not in has_predecessor:
            entry = ("in", station_at[place].name) if place in station_at else ("stage", stage.id)
            graph.add_edge("begin", entry)
    if "begin" not in graph or "end" not in graph or not nx.has_path(graph, "begin", "end"):
        return ()
    try:
        _, (reachable, _rest) = nx.minimum_cut(graph, "begin", "end")
    except nx.NetworkXUnbounded:  # some path leads past every station
        return ()
    return tuple(
        fit.station
        for fit in fits
        if ("in", fit.station.name) in reachable and ("out", fit.station.name) not in reachable
    )
