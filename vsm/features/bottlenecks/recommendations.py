"""Recommends actions on blockers, on the constraint and on ageing items, in this order.

Open blockers come first, those at the constraint before others: somebody can act on each today.
The rest follows the theory of constraints (Goldratt 1984): exploit the constraint, subordinate
everything else to it, then elevate it. Items that are done or dropped are never named.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.open_blockers import BlockerGroup, remove_blockers
from vsm.features.bottlenecks.results import MAX_ITEMS, Action, Kind, StageEvidence, Verdict
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.stations import Station
from vsm.features.bottlenecks.verdict import MENTIONED_SHARE, slowest_delay
from vsm.features.metrics.results import Aged, Figures
from vsm.flow.flow_data import FlowData
from vsm.model.plural import count
from vsm.model.rules import Days
from vsm.report.wording import day, percent

MIN_RETURNS = 0.15
"""Returns are worth a recommendation from this share of the arrivals at the constraint on."""
MIN_GROWTH = 0.1
"""Items a week from which on a queue counts as growing."""


def recommend(
    judgement: Judgement,
    verdict: Verdict,
    evidence: Sequence[StageEvidence],
    flow: FlowData,
    figures: Figures,
    blocked: Mapping[int, int],
    blockers: Sequence[BlockerGroup] = (),
    among: Container[int] | None = None,
) -> tuple[Action, ...]:
    """Recommendations by rank. ``blocked`` are the items blocked now, by id, with since when;
    ``blockers`` are what blocks them.

    Only items ``among`` these are named (``None``: all); what is said of stages is of all.
    """
    inside = {item for fit in judgement.constraints for item, _ in _items_in(flow, fit.station)}
    named = " and ".join(fit.station.name for fit in judgement.constraints)
    actions = remove_blockers(blockers, inside, named)
    covered = set(inside)
    now, days = figures.basic.as_of, Days(flow.stream.zone)
    for fit in judgement.constraints:
        there = _items_in(flow, fit.station, among)
        actions += _exploit(fit, there, blocked, now, days)
        actions += _limit_queues(judgement, fit, evidence)
        actions += _reduce_returns(flow, judgement, fit, among)
    if verdict.kind is Kind.TEAM:
        actions.append(
            Action(
                f"Agree in {verdict.team} which of {' and '.join(verdict.stages)} goes first",
                "One team works on both: each item started in one delays the other.",
            )
        )
    if verdict.kind is Kind.DEMAND:
        actions.append(
            Action(
                "Take in more work, or help another stream",
                "No stage is utilised enough to limit throughput: people wait for work.",
            )
        )
    delayed = _shorten_delay(flow, judgement, now, days, among)
    covered |= {item for action in delayed for item, _ in action.behind}
    actions += delayed
    actions += _respect_limits(evidence, judgement.constraints)
    actions += _finish_ageing(figures, blocked, covered, among)
    return tuple(actions)


def _items_in(
    flow: FlowData, station: Station, among: Container[int] | None = None
) -> list[tuple[int, int]]:
    """The items in a station's active stages now, with when they came, the longest there first."""
    history = flow.history
    last = history.begin + history.counts - 1
    rows = np.flatnonzero(np.isin(flow.place[last], station.active))
    entered = history.entered[last[rows]]
    by = np.argsort(entered, kind="stable")
    items = zip(history.item[rows[by]].tolist(), entered[by].tolist(), strict=True)
    return [(item, at) for item, at in items if among is None or item in among]


def _exploit(
    fit: Fit, items: Sequence[tuple[int, int]], blocked: Mapping[int, int], now: int, days: Days
) -> list[Action]:
    """Get the most out of the constraint: swarm, keep it supplied.

    Days in the stage count both its first and today, as on cards.
    """
    name = fit.station.name
    actions = []
    free = [(item, entered) for item, entered in items if item not in blocked]
    if free:
        # By a clock that was ahead an item may seem to have come after now: how long it has been
        # there is unknown.
        stays = ", ".join(
            count(days.between(entered, now), "day")
            for _, entered in free[:MAX_ITEMS]
            if entered <= now
        )
        actions.append(
            Action(
                f"Swarm on {name}: finish the items there first",
                "The constraint sets the throughput of the stream"
                + (f"; longest there: {stays}." if stays else "."),
                tuple(item for item, _ in free[:MAX_ITEMS]),
                behind=_stays(free, name, now, days),
            )
        )
    if fit.starved >= MENTIONED_SHARE:
        actions.append(
            Action(
                f"Keep items ready for {name}",
                f"It had nothing to work on {percent(fit.starved)} of the time: capacity that the"
                " stream lost for good.",
            )
        )
    return actions


def _limit_queues(
    judgement: Judgement, fit: Fit, evidence: Sequence[StageEvidence]
) -> list[Action]:
    """Limit the growing queues of the constraint."""
    order = judgement.stream.order
    ids = [order[place].id for place in fit.station.stages]
    actions = []
    for stage in evidence:
        if stage.stage not in ids or stage.growth < MIN_GROWTH:
            continue
        growth = f"It grows by {stage.growth:.1f} items a week"
        if stage.limit is None:
            actions.append(
                Action(
                    f"Give {stage.name} a WIP limit",
                    f"{growth} and has no limit: work started upstream only waits longer.",
                    stage=stage.stage,
                )
            )
        elif stage.limit_reached is not None:
            actions.append(
                Action(
                    f"Start less before {stage.name}",
                    f"{growth} and reaches its limit of {stage.limit} in the week of"
                    f" {day(stage.limit_reached)} at that pace.",
                    stage=stage.stage,
                )
            )
    return actions


def _reduce_returns(
    flow: FlowData, judgement: Judgement, fit: Fit, among: Container[int] | None
) -> list[Action]:
    """Reduce the work that returns to the constraint."""
    begin = judgement.window.begin
    order = judgement.stream.order
    places = list(fit.station.stages)
    # Only items that the arrivals count too: see ObservationWindow.backwards.
    back = flow.rework_moves[
        (flow.entered[flow.rework_moves] >= begin) & flow.is_ordered[flow.owner[flow.rework_moves]]
    ]
    target, source = flow.place[back], flow.place[back - 1]
    inside = np.isin(target, places)
    entries = fit.arrivals * judgement.window.days
    returns = int(np.count_nonzero(inside & ~np.isin(source, places)))
    if not entries or returns / entries < MIN_RETURNS:
        return []
    sources, counts = np.unique(source[inside & ~np.isin(source, places)], return_counts=True)
    most = order[int(sources[np.argmax(counts)])].name
    moved = back[inside]
    latest = moved[np.argsort(-flow.entered[moved], kind="stable")]
    # Only what is still open can be asked about; the rest is history.
    rows = flow.owner[latest]
    rows = rows[~(flow.flow.finished | flow.flow.dropped)[rows]]
    open_items = dict.fromkeys(flow.history.item[rows].tolist())
    items = tuple(item for item in open_items if among is None or item in among)
    return [
        Action(
            f"Find out why work returns from {most} to {fit.station.name}",
            f"{percent(returns / entries)} of the arrivals at the constraint have been there"
            f" before: {returns} times in {judgement.window.days / 7:.0f} weeks.",
            items[:MAX_ITEMS],
            stage=None if items else order[places[0]].id,
            behind=tuple((item, f"came back to {fit.station.name}") for item in items),
        )
    ]


def _stays(
    items: Sequence[tuple[int, int]], name: str, now: int, days: Days
) -> tuple[tuple[int, str], ...]:
    """All of some items with how long they have been where they are."""
    return tuple(
        (item, f"{days.between(entered, max(entered, now))} d in {name}") for item, entered in items
    )


def _shorten_delay(
    flow: FlowData, judgement: Judgement, now: int, days: Days, among: Container[int] | None
) -> list[Action]:
    """Look into the longest stage if it is a mere delay."""
    longest = slowest_delay(judgement)
    if longest is None:
        return []
    items = _items_in(flow, longest.station, among)
    name = longest.station.name
    return [
        Action(
            f"Find out what items wait for in {name}",
            f"They stay there for {longest.service_time:.1f} days on average, however many they"
            " are: more people would not shorten that.",
            tuple(item for item, _ in items[:MAX_ITEMS]),
            behind=_stays(items, name, now, days),
        )
    ]


def _respect_limits(evidence: Sequence[StageEvidence], constraints: Sequence[Fit]) -> list[Action]:
    """Bring the stages over their WIP limits back to them."""
    over = [stage for stage in evidence if stage.limit is not None and stage.wip > stage.limit]
    if not over:
        return []
    *first, last = [stage.name for stage in over]
    names = f"{', '.join(first)} and {last}" if first else last
    counts = ", ".join(f"{stage.wip} of {stage.limit}" for stage in over)
    is_one = len(over) == 1
    pace = f"; the excess only waits for {constraints[0].station.name}" if constraints else ""
    return [
        Action(
            f"Bring {names} back to {'its limit' if is_one else 'their limits'}",
            f"{'It holds' if is_one else 'They hold'} {counts}{pace}.",
            stage=over[0].stage,
        )
    ]


def _finish_ageing(
    figures: Figures,
    blocked: Mapping[int, int],
    covered: set[int],
    among: Container[int] | None,
) -> list[Action]:
    """Finish the items older than the p95 at which finished items left the same stage."""
    p95_of = {pace.stage: pace.age.p95 for pace in figures.pace}
    late: list[tuple[float, Aged]] = []
    for aged in figures.ageing:
        if among is not None and aged.item not in among:
            continue
        p95 = p95_of.get(aged.stage)
        if p95 and aged.age > p95 and aged.item not in covered and aged.item not in blocked:
            late.append((aged.age / p95, aged))
    late.sort(key=lambda pair: -pair[0])
    if not late:
        return []
    times, worst = late[0]
    return [
        Action(
            "Look at the items that age most",
            f"{count(len(late), 'item')}{' elsewhere' if covered else ''}"
            f" {'is' if len(late) == 1 else 'are'} older than p95 for"
            f" {'its' if len(late) == 1 else 'their'} stage; the worst: {count(worst.age, 'day')}"
            f" old, in {worst.stage}, {times:.{0 if times >= 10 else 1}f} × p95.",
            tuple(aged.item for _, aged in late[:MAX_ITEMS]),
            behind=tuple((aged.item, f"{aged.age} d old, in {aged.stage}") for _, aged in late),
        )
    ]
