"""Which stage or team limits the flow, and how sure that is.

Every station (and every team with several) is a candidate, and so is demand: that nothing limits
the flow but what comes in. Evidence is weighed by a conditional logit (McFadden 1974), whose
weights were fitted on simulated streams whose constraint is known (``bench/streams``): the chances
add up to one, and what is called 80 % sure is right about 80 % of the time on streams of those
kinds that it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
import numpy as np

from vsm.features.bottlenecks.queue_discipline import orders
from vsm.features.bottlenecks.results import SUREST
from vsm.features.bottlenecks.servers import Fit, fit
from vsm.features.bottlenecks.stations import (
    WATCHED,
    Floats,
    ObservationWindow,
    Station,
    of_teams,
    stations,
)
from vsm.flow.flow_data import FlowData
from vsm.model.stream import Category, ValueStream

IN_TURN = (0.33, 2.93, -4.59, 0.53, 5.29, 0.38, -1.38, 8.61, -5.3, 1.32, 0.0)
BY_RANK = (0.86, 1.4, -4.34, 0.46, 3.22, 0.0, -1.67, 10.86, -7.14, 0.02, 0.0)
COARSE = (-2.09, 2.32, -7.65, 0.72, 1.41, 0.0, -1.42, 8.85, -3.2, 1.49, 0.0)
"""Weights where work is begun in the order of arrival, where it is begun in any, and where only
days are known, in the order of :func:`evidence`; fitted by ``python -m bench.streams --weights``.
"""
LITTLE = 0.05
"""Items waiting on average that are as good as none."""
HARDLY = 0.02
"""The share of all that waits below which less is not told apart."""
STRANGE, PASSED, AT_MOST = 0.7, 0.5, 0.7
"""Below which utilisation, and above which share of items that pass those that wait, a station
is unlike those that the weights were fitted to; how sure it can then be at most."""
IDLE, ASIDE, HARDLY_SURE = 0.4, 0.8, 0.5
"""The same where it is hardly used, or where so many of the finished items never were in it."""
SURELY_IN_TURN = 20.0
"""By how much likelier (the logarithm) work must be begun in turn than in any order for that to be
relied on."""
ALSO = 0.1
"""The chance from which on a station on a parallel way is named beside the one named first."""
FEWEST_ENDED, FEWEST_DAYS = 20, 28
"""Departures and days of history below which nothing is concluded of a station."""
PLENTY = 60
"""Departures from any station from which on no longer time is looked at."""


def evidence(fits: Sequence[Fit]) -> list[tuple[float, ...]]:
    """What the weights are of, for each candidate of a stream.

    That it is one; the utilisation that its waiting implies (log odds); the share of time in which
    the next is full; how many standard deviations τ has grown; its utilisation λτ/c near the end
    (logarithm), and the same times how far apart the changes of τ of all candidates are; its part
    of all that waits (logarithm); the share of time in which items wait there; how surely the
    number of its places is known; whether it is a team; and the chance that it only delays.
    """
    changes = [min(max(told.slower, -4.0), 4.0) for told in fits]
    apart = max(changes, default=0.0) - min(changes, default=0.0)
    everywhere = sum(told.waiting for told in fits if told.station.team is None)
    return [
        (
            1.0,
            _log_odds(told.busy),
            told.blocked,
            change,
            _log_used(told),
            apart * _log_used(told),
            float(np.log(max((told.waiting + LITTLE) / (everywhere + 2 * LITTLE), HARDLY))),
            told.waits,
            max(told.chances),
            float(told.station.team is not None),
            told.delayed,
        )
        for told, change in zip(fits, changes, strict=True)
    ]


def _log_used(told: Fit) -> float:
    return float(np.log(min(max(told.used, 0.05), 2.0)))


def _log_odds(share: float) -> float:
    kept = min(max(share, 0.02), 0.995)
    return float(np.log(kept / (1.0 - kept)))


@dataclass(frozen=True)
class Judgement:
    """What was fitted to a stream's stations, and the chance of each to limit the flow.

    ``fits`` are the stations in the order of the flow, then teams; ``chances`` go with them,
    ``demand`` is the chance that none of them does. ``teams`` are names by id.
    """

    stream: ValueStream
    watch: ObservationWindow
    fits: tuple[Fit, ...]
    chances: tuple[float, ...]
    demand: float
    teams: Mapping[int, str] = field(default_factory=dict)

    @property
    def turns(self) -> float:
        """By how much likelier (the logarithm) work is begun in turn than in any order."""
        return sum(each.turns for each in self.single)

    @property
    def in_turn(self) -> bool:
        """Whether work is begun in the order in which it came, as far as can be seen."""
        return self.turns >= SURELY_IN_TURN and not self.watch.coarse

    @cached_property
    def ranked(self) -> tuple[tuple[Fit, float], ...]:
        """Candidates with their chances, the likeliest first."""
        both = zip(self.fits, self.chances, strict=True)
        return tuple(sorted(both, key=lambda each: -each[1]))

    @property
    def known(self) -> bool:
        """Whether enough is known of any station to conclude anything."""
        return any(self.tells(each) for each in self.fits)

    def tells(self, told: Fit) -> bool:
        """Whether enough left a station to tell how it behaves."""
        return self.watch.days >= FEWEST_DAYS and told.ended >= FEWEST_ENDED

    @property
    def single(self) -> tuple[Fit, ...]:
        """The stations without the teams."""
        return tuple(each for each in self.fits if each.station.team is None)

    @cached_property
    def cut(self) -> tuple[Station, ...]:
        """The stations that together bound what can flow: the minimum cut of the stream's graph.

        A station lets through as many items a day as come to it for the first time, divided by the
        utilisation that the waiting implies; one that probably only delays, any number.
        """
        return _minimum_cut(self.stream, [each for each in self.single if self.tells(each)])

    @cached_property
    def named(self) -> tuple[Fit, ...]:
        """What is named: the likeliest, and what limits a way beside it. Empty: demand does, being
        likelier than all that would be named.
        """
        if not self.ranked:
            return ()
        first, _ = self.ranked[0]
        out = [first]
        for told, chance in self.ranked[1:]:
            beside = all(self._parallel(told.station, each.station) for each in out)
            if chance >= ALSO and beside and told.station in self.cut:
                out.append(told)
        return tuple(out) if self._likely(out) > self.demand else ()

    def _likely(self, named: Sequence[Fit]) -> float:
        """The chance of any of these: a team's stages count for it, and it for them."""
        return sum(
            chance
            for told, chance in self.ranked
            if any(_overlap(told.station, each.station) for each in named)
        )

    @property
    def confidence(self) -> float:
        """How likely what is named is right."""
        return min(self.chance, *map(self._most, self.named), SUREST)

    @property
    def chance(self) -> float:
        """How likely it would be, were the stream of the kinds that the weights were fitted to."""
        return self._likely(self.named) if self.named else self.demand

    def hardly_used(self, told: Fit) -> bool:
        """Whether a station is used too little to be named with any certainty."""
        return told.used < IDLE

    def hardly_passed(self, told: Fit) -> bool:
        """Whether nearly all finished items never were in the one station that is named."""
        finished, past = self.past(told.station.places)
        return len(self.named) == 1 and past > ASIDE * finished

    def _most(self, told: Fit) -> float:
        """How sure it can be of a station at most: less of what the weights were not fitted to."""
        if self.hardly_used(told) or self.hardly_passed(told):
            return HARDLY_SURE
        if told.used < STRANGE or (told.passed > PASSED and not self.watch.coarse):
            return AT_MOST
        return SUREST

    def past(self, places: Sequence[int]) -> tuple[int, int]:
        """How many items finished while it was watched, and how many of them without having been
        in any of these places.
        """
        order = self.stream.order
        done = [n for n, stage in enumerate(order) if stage.category is Category.DONE]
        return self.watch.missed(done, places)

    def _parallel(self, one: Station, other: Station) -> bool:
        """Whether no way leads from one station to the other."""
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


WATCHES = (WATCHED, 2 * WATCHED, 4 * WATCHED)
"""How many days are looked at: the first of these in which some station was left often enough."""


def judge_lately(known: FlowData, end: int, teams: Mapping[int, str] | None = None) -> Judgement:
    """:func:`judge` what is known of a stream until ``end``: the last 26 weeks, more if slow."""
    for days in WATCHES:
        told = judge(known.stream, ObservationWindow.of(known, end, days), teams)
        if any(each.ended >= PLENTY for each in told.fits):
            break
    return told


def judge(
    stream: ValueStream, watch: ObservationWindow, teams: Mapping[int, str] | None = None
) -> Judgement:
    """Fit every station and team of a stream and weigh them; ``teams`` are names by id."""
    single = stations(stream, watch)
    by_name = {each.name: each for each in single}
    order = [orders(watch, each, watch.held(each.places)) for each in single]
    in_turn = not watch.coarse and sum(each.turns for each in order) >= SURELY_IN_TURN
    limited = {name: each for name, each in by_name.items() if each.limit}
    fits = [
        fit(watch, each, [limited[name] for name in each.follows if name in limited], told, in_turn)
        for each, told in zip(single, order, strict=True)
    ]
    fits += [fit(watch, each, []) for each in of_teams(stream, single, teams or {})]
    enough = watch.days >= FEWEST_DAYS
    known = [each for each in fits if enough and each.ended >= FEWEST_ENDED]
    weights = COARSE if watch.coarse else IN_TURN if in_turn else BY_RANK
    chances, demand = weigh(evidence(known), weights)
    by_station = dict(zip((each.station for each in known), chances, strict=True))
    return Judgement(
        stream,
        watch,
        tuple(fits),
        tuple(by_station.get(each.station, 0.0) for each in fits),
        demand,
        teams or {},
    )


def weigh(
    told: Sequence[Sequence[float]], weights: Sequence[float]
) -> tuple[tuple[float, ...], float]:
    """The chance of each candidate by its evidence, and that of demand."""
    worth: Floats = np.array([float(np.dot(weights, each)) for each in told] + [0.0])
    chance = np.exp(worth - worth.max())
    chance /= chance.sum()
    *mine, demand = chance.tolist()
    return tuple(mine), demand


def _minimum_cut(stream: ValueStream, fits: Sequence[Fit]) -> tuple[Station, ...]:
    """See :attr:`Judgement.cut`."""
    graph: nx.DiGraph[object] = nx.DiGraph()
    of = {place: told.station for told in fits for place in told.station.places}
    for told in fits:
        name = told.station.name
        through = {"capacity": told.items / told.busy} if not told.delays else {}
        graph.add_edge(("in", name), ("out", name), **through)
    reached_by = {target for stage in stream.order for target in stream.following(stage.id)}
    for place, stage in enumerate(stream.order):
        if stage.retired or stage.category is Category.DROPPED:
            continue
        here = ("out", of[place].name) if place in of else ("stage", stage.id)
        after = [stream.index[target] for target in stream.following(stage.id)]
        for target in after:
            if of.get(target) is not None and of.get(target) is of.get(place):
                continue
            there = ("in", of[target].name) if target in of else ("stage", stream.order[target].id)
            graph.add_edge(here, there)
        if stage.category is Category.DONE:
            graph.add_edge(here, "end")
        elif stage.id not in reached_by:
            first = ("in", of[place].name) if place in of else ("stage", stage.id)
            graph.add_edge("begin", first)
    if "begin" not in graph or "end" not in graph or not nx.has_path(graph, "begin", "end"):
        return ()
    try:
        _, (reached, _rest) = nx.minimum_cut(graph, "begin", "end")
    except nx.NetworkXUnbounded:  # some way leads past every station
        return ()
    return tuple(
        told.station
        for told in fits
        if ("in", told.station.name) in reached and ("out", told.station.name) not in reached
    )
