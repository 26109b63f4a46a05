"""Recommends actions on blockers, on the constraint and on ageing items, in this order.

Open blockers come first, those at the constraint before others: somebody can act on each today.
The rest follows the theory of constraints (Goldratt 1984): exploit the constraint, subordinate
everything else to it, then elevate it. Items that are done or dropped are never named.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.effects import returns_to
from vsm.features.bottlenecks.intake import NO_INTAKE, Intake
from vsm.features.bottlenecks.open_blockers import BlockerGroup, remove_blockers
from vsm.features.bottlenecks.results import MAX_ITEMS, Action, Kind, StageEvidence, Verdict
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.verdict import (
    MENTIONED_SHARE,
    NAMED_STAGES,
    busiest_stage,
    costliest_delays,
    item_days,
    shared_work,
)
from vsm.features.metrics.figures import FlowFigures
from vsm.features.metrics.results import Aged
from vsm.flow.flow_data import FlowData
from vsm.model.plural import count
from vsm.model.rules import Days
from vsm.report.wording import day, listed, percent

MIN_RETURNS = 0.15
"""Returns are worth a recommendation from this share of the arrivals at the constraint on."""
MOSTLY = 0.5
"""Items wait at a stage most of the time from this share of it on."""
MIN_GROWTH = 0.1
"""Items a week from which on a queue counts as growing."""


def recommend(
    judgement: Judgement,
    verdict: Verdict,
    evidence: Sequence[StageEvidence],
    flow: FlowData,
    figures: FlowFigures,
    blocked: Mapping[int, int],
    blockers: Sequence[BlockerGroup] = (),
    among: Container[int] | None = None,
    intake: Intake = NO_INTAKE,
) -> tuple[Action, ...]:
    """Recommendations by rank. ``blocked`` are the items blocked now, by id, with since when;
    ``blockers`` are what blocks them, ``intake`` is what waits in the backlog.

    Only items ``among`` these are named (``None``: all); what is said of stages is of all.
    """
    inside = {
        at.item for fit in judgement.constraints for at in _items_in(flow, fit.station.active)
    }
    named = " and ".join(fit.station.name for fit in judgement.constraints)
    actions = remove_blockers(blockers, inside, named)
    covered = set(inside)
    now, days = figures.basic.as_of, Days(flow.stream.zone)
    for fit in judgement.constraints:
        queued = _items_in(flow, fit.station.queues, among)
        working, waiting = (
            [at for at in items if at.item not in blocked]
            for items in (_items_in(flow, fit.station.active, among), queued)
        )
        covered |= {at.item for at in queued}
        actions += _swarm(fit, working, waiting, now, days)
        actions += _keep_supplied(fit)
        actions += _limit_queues(judgement, fit, evidence)
        actions += _reduce_returns(flow, judgement, fit, among)
    if verdict.kind is Kind.TEAM:
        actions.append(_agree(judgement, verdict))
    if verdict.kind is Kind.DEMAND:
        actions.append(_take_in(judgement, intake))
    delayed = _shorten_delays(flow, judgement, now, days, among)
    covered |= {item for action in delayed for item, _ in action.behind}
    actions += delayed
    actions += _respect_limits(judgement, evidence)
    order = judgement.stream.order
    ends = {order[place].name for place in judgement.window.practice.ends}
    ageing = [aged for aged in figures.ageing if aged.stage not in ends]
    actions += _finish_ageing(figures, ageing, blocked, covered, among)
    return tuple(actions)


@dataclass(frozen=True, slots=True)
class ItemAt:
    """An item that is in a stage now: since when (UTC microseconds), and the name of the stage."""

    item: int
    entered: int
    stage: str


def _items_in(
    flow: FlowData, places: Sequence[int], among: Container[int] | None = None
) -> list[ItemAt]:
    """The items in some stages now, the longest there first."""
    history = flow.history
    last = history.begin + history.counts - 1
    rows = np.flatnonzero(np.isin(flow.place[last], places))
    entered, stages = history.entered[last[rows]], flow.place[last[rows]]
    by = np.argsort(entered, kind="stable")
    items = zip(
        history.item[rows[by]].tolist(), entered[by].tolist(), stages[by].tolist(), strict=True
    )
    order = flow.stream.order
    return [
        ItemAt(item, since, order[place].name)
        for item, since, place in items
        if among is None or item in among
    ]


def _swarm(
    fit: Fit, working: Sequence[ItemAt], waiting: Sequence[ItemAt], now: int, days: Days
) -> list[Action]:
    """Get the most out of the constraint: finish what is in work there, then what waits for it."""
    items = [*working, *waiting]
    if not items:
        return []
    name = fit.station.name
    parts = []
    if stays := _longest(working, now, days):
        parts.append(f"longest there: {stays}")
    if waiting:
        queues = listed(list(dict.fromkeys(at.stage for at in waiting)))
        verb = "waits" if len(waiting) == 1 else "wait"
        longest = _longest(waiting[:1], now, days)
        more = f", the longest for {longest}" if longest and len(waiting) > 1 else ""
        parts.append(f"{count(len(waiting), 'item')} {verb} in {queues}{more}")
    what = "finish the items there first"
    if not working:
        what = "begin with what waits longest"
    elif waiting:
        what = "finish the items there, then take what waits longest"
    return [
        Action(
            f"Swarm on {name}: {what}",
            f"{'; '.join(['The constraint sets the throughput of the stream', *parts])}.",
            tuple(at.item for at in items[:MAX_ITEMS]),
            behind=_stays(items, now, days),
        )
    ]


def _longest(items: Sequence[ItemAt], now: int, days: Days) -> str:
    """How long the first of some items have been where they are.

    Days count both the first and today, as on cards. By a clock that was ahead an item may seem to
    have come after now: how long it has been there is unknown.
    """
    known = [at.entered for at in items[:MAX_ITEMS] if at.entered <= now]
    return ", ".join(count(days.between(entered, now), "day") for entered in known)


def _keep_supplied(fit: Fit) -> list[Action]:
    """Keep the constraint supplied, unless items mostly wait there: more of them would not help."""
    if fit.starved < MENTIONED_SHARE or fit.waiting_share > MOSTLY:
        return []
    return [
        Action(
            f"Keep items ready for {fit.station.name}",
            f"It had nothing to work on {percent(fit.starved)} of the time: capacity that the"
            " stream lost for good.",
        )
    ]


def _agree(judgement: Judgement, verdict: Verdict) -> Action:
    """Agree in a team that limits the flow what it works on first, in other streams too."""
    stages = [*verdict.stages]
    for fit in judgement.constraints:
        stages += shared_work(judgement, fit.station)
    both, other = ("both", "the other") if len(stages) == 2 else ("all of them", "the others")
    return Action(
        f"Agree in {verdict.team} which of {listed(stages)} goes first",
        f"One team works on {both}: each item started in one delays {other}.",
    )


def _take_in(judgement: Judgement, intake: Intake) -> Action:
    """Take in more work where no stage limits the flow."""
    if not intake.is_slow:
        return Action(
            "Take in more work, or help another stream",
            "No stage is utilised enough to limit throughput: slots wait for work.",
        )
    items = intake.waiting.items
    why = (
        f"{count(items, 'item')} {'waits' if items == 1 else 'wait'} there,"
        f" {intake.taken_in:.1f} a week are taken in; no stage is utilised enough to limit"
        " throughput"
    )
    busiest = busiest_stage(judgement)
    if busiest is not None:
        why += f"; the most utilised is {busiest.station.name} ({percent(busiest.utilisation)})"
    where = listed(intake.waiting.names, NAMED_STAGES)
    stage, _ = intake.waiting.stages[0]
    return Action(f"Take in more work from {where}", f"{why}.", stage=stage)


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
    order = judgement.stream.order
    back = returns_to(judgement, flow, fit)
    came = judgement.window.occupancy(fit.station.stages).arrivals
    entries = int(((came > 0.0) & (came <= judgement.window.days)).sum())
    if not entries or back.size / entries < MIN_RETURNS:
        return []
    sources, counts = np.unique(flow.place[back - 1], return_counts=True)
    most = order[int(sources[np.argmax(counts)])].name
    latest = back[np.argsort(-flow.entered[back], kind="stable")]
    # Only what is still open can be asked about; the rest is history.
    rows = flow.owner[latest]
    rows = rows[~(flow.flow.finished | flow.flow.dropped)[rows]]
    open_items = dict.fromkeys(flow.history.item[rows].tolist())
    items = tuple(item for item in open_items if among is None or item in among)
    return [
        Action(
            f"Find out why work returns from {most} to {fit.station.name}",
            f"{percent(back.size / entries)} of the arrivals at the constraint have been there"
            f" before: {back.size} times in {judgement.window.days / 7:.0f} weeks.",
            items[:MAX_ITEMS],
            stage=None if items else order[fit.station.stages[0]].id,
            behind=tuple((item, f"came back to {fit.station.name}") for item in items),
        )
    ]


def _stays(items: Sequence[ItemAt], now: int, days: Days) -> tuple[tuple[int, str], ...]:
    """All of some items with how long they have been where they are."""
    return tuple(
        (at.item, f"{days.between(at.entered, max(at.entered, now))} d in {at.stage}")
        for at in items
    )


def _shorten_delays(
    flow: FlowData, judgement: Judgement, now: int, days: Days, among: Container[int] | None
) -> list[Action]:
    """Look into the delays that cost the most item-days."""
    actions = []
    for delay in costliest_delays(judgement):
        items = _items_in(flow, delay.station.active, among)
        name, cost = delay.station.name, f"about {item_days(delay):,.0f} item-days a week"
        if judgement.window.practice.released & set(delay.station.active):
            what = f"Let items go more often from {name}"
            why = f"They leave it by the clock and stay for {delay.service_time:.1f} days: {cost}."
        else:
            what = f"Find out what items wait for in {name}"
            why = (
                f"They stay there for {delay.service_time:.1f} days on average, however many they"
                f" are, {cost}: more people would not shorten that."
            )
        named = tuple(at.item for at in items[:MAX_ITEMS])
        actions.append(Action(what, why, named, behind=_stays(items, now, days)))
    return actions


def _respect_limits(judgement: Judgement, evidence: Sequence[StageEvidence]) -> list[Action]:
    """Bring the stages over their WIP limits back to them."""
    over = [stage for stage in evidence if stage.limit is not None and stage.wip > stage.limit]
    if not over:
        return []
    counts = ", ".join(f"{stage.wip} of {stage.limit}" for stage in over)
    is_one = len(over) == 1
    pace = ""
    for fit in judgement.constraints[:1]:
        # What is over a limit after the constraint does not wait for it.
        ids = [judgement.stream.order[place].id for place in fit.station.stages]
        if all(
            any(stage.stage == to or judgement.stream.reaches(stage.stage, to) for to in ids)
            for stage in over
        ):
            pace = f"; the excess only waits for {fit.station.name}"
    return [
        Action(
            f"Bring {listed([stage.name for stage in over])} back to"
            f" {'its limit' if is_one else 'their limits'}",
            f"{'It holds' if is_one else 'They hold'} {counts}{pace}.",
            stage=over[0].stage,
        )
    ]


def _finish_ageing(
    figures: FlowFigures,
    ageing: Sequence[Aged],
    blocked: Mapping[int, int],
    covered: set[int],
    among: Container[int] | None,
) -> list[Action]:
    """Finish the items older than the p95 at which finished items left the same stage."""
    p95_of = {pace.stage: pace.age.p95 for pace in figures.pace}
    late: list[tuple[float, Aged]] = []
    for aged in ageing:
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
