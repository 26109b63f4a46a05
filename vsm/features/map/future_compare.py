"""Compares a future state with the map as it is: always a difference, and in one line first."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from vsm.features.map.future import CLAIMED, PoolLoad, State, work_out
from vsm.features.map.future_edits import draft_network
from vsm.features.map.future_network import Network, Node
from vsm.features.map.future_play import PlayedLead
from vsm.features.map.future_results import (
    DEMAND,
    DIFFERS,
    Change,
    FutureStage,
    Growth,
    Pair,
    Played,
)
from vsm.features.map.results import MapStage, ValueStreamMap
from vsm.features.map.wording import days_change, short_days
from vsm.model.decide.draft_map import DraftMap
from vsm.model.draft_edits import Insert, Retire, Set
from vsm.model.group_limit import group_text
from vsm.model.limit_text import limits_of
from vsm.model.stream import Category, ValueStream
from vsm.report.wording import listed, percent

CLOSE_TO_FULL = 0.95
"""From this utilisation on waits are so long that no formula of the long run tells them."""
BLOCKED = 0.1
"""Limits block where lead times without them are another by so large a share."""


@dataclass(frozen=True, slots=True)
class Sides:
    """A network worked out as it is and with a draft."""

    before: State
    after: State


def compare_states(base: Network, drafted: DraftMap) -> Sides:
    """Work a calibrated network out, and what a draft makes of it."""
    before = work_out(base)
    return Sides(before, work_out(draft_network(base, drafted), before))


def days_pair(before: float, after: float) -> Pair:
    """Two times; those that only grow are not known."""
    return Pair(before if isfinite(before) else None, after if isfinite(after) else None)


# -- what it comes to ----------------------------------------------------------------------


def headline(sides: Sides) -> str:
    """The difference in a line: lead time, constraint, WIP needed."""
    lead = days_pair(sides.before.lead_days, sides.after.lead_days)
    parts = [f"LT {_change_text(lead)}"]
    before, after = constraint_name(sides.before), constraint_name(sides.after)
    if before is not None and after is not None:
        parts.append(f"constraint {before}" + (f" → {after}" if after != before else ""))
    if sides.before.network.rate:
        wip = Pair(_finite(sides.before.wip), _finite(sides.after.wip))
        if wip.before is not None and wip.after is not None:
            was, becomes = f"{wip.before:.0f}", f"{wip.after:.0f}"
            parts.append(f"WIP needed {was}" + (f" → {becomes}" if was != becomes else ""))
    return ", ".join(parts)


def _change_text(lead: Pair) -> str:
    if lead.before == lead.after == 0:
        return "not known: nothing was measured or declared"
    if lead.before is None and lead.after is None:
        return "grows with and without it"
    if lead.after is None:
        return f"{short_days(lead.before)} → grows without end"
    if lead.before is None:
        return f"grows now → {short_days(lead.after)} d"
    return days_change(lead)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def constraint_name(state: State) -> str | None:
    """The slots that are used most, or demand where that is not much; ``None``: none are known."""
    pool = state.constraint
    if pool is None or pool.utilisation is None:
        return None
    return listed(state.names(pool)) if pool.utilisation >= CLAIMED else DEMAND


def highest_utilisation(sides: Sides) -> Pair:
    """The utilisation of the slots that are used most."""
    pools = (state.constraint for state in (sides.before, sides.after))
    return Pair(*(None if pool is None else pool.utilisation for pool in pools))


def growing(sides: Sides) -> tuple[Growth, ...]:
    """The queues that only grow, without or with the draft."""
    out = []
    for key in dict.fromkeys((*sides.before.pools, *sides.after.pools)):
        states = [state for state in (sides.after, sides.before) if key in state.pools]
        rates = [
            state.pools[key].growth if key in state.pools else 0.0
            for state in (sides.before, sides.after)
        ]
        if any(rates):
            names = states[0].names(states[0].pools[key])
            out.append(Growth(names, rates[0], rates[1]))
    return tuple(out)


# -- stage by stage ------------------------------------------------------------------------


def future_stages(sides: Sides, drafted: DraftMap) -> tuple[FutureStage, ...]:
    """What the model takes of each stage, without and with the draft, in the order of the flow."""
    before, after = sides.before.network.nodes, sides.after.network.nodes
    order = [*after]
    for place, number in enumerate(before):
        if number not in after:
            order.insert(min(place, len(order)), number)
    touched = {step.stages[0] for step in drafted.steps if isinstance(step.edit, Set)}
    out = []
    for number in order:
        old, new = before.get(number), after.get(number)
        node = new or old
        assert node is not None
        if old is None:
            change = Change.NEW
        elif new is None:
            change = Change.GONE
        else:
            change = Change.CHANGED if number in touched or old != new else Change.NONE
        pools = _pool(sides.before, old), _pool(sides.after, new)
        out.append(
            FutureStage(
                stage=number,
                name=node.name,
                team=node.team,
                change=change,
                visits=_pair(sides, number, "visits"),
                process=Pair(old.shown if old else None, new.shown if new else None),
                service=Pair(old.service if old else None, new.service if new else None),
                wait=_pair(sides, number, "waits"),
                slots=Pair(*(pool.slots if pool else None for pool in pools)),
                utilisation=Pair(*(pool.utilisation if pool else None for pool in pools)),
                source=node.source,
            )
        )
    return tuple(out)


def _pool(state: State, node: Node | None) -> PoolLoad | None:
    return None if node is None or not node.service else state.pools.get(node.pool)


def _pair(sides: Sides, stage: int, field: str) -> Pair:
    values = (getattr(state, field).get(stage) for state in (sides.before, sides.after))
    return Pair(*(None if value is None else _finite(value) for value in values))


# -- %C&A ------------------------------------------------------------------------------------


def rolled_ca(figures: ValueStreamMap, drafted: DraftMap) -> Pair:
    """Rolled %C&A along the main path, measured or declared, and with what the draft says of it."""
    now = figures.totals.rolled.best
    shares = {
        stage.id: stage.complete_accurate.best
        for stage in figures.stages
        if stage.on_main_path and stage.complete_accurate.best
    }
    if now is None:
        return Pair(None, None)
    after = now
    known = dict(shares)
    measured = {stage.id: stage.complete_accurate.measured for stage in figures.stages}
    beside = {stage.id for stage in figures.stages if _is_beside(stage)}
    queues = {stage.id for stage in figures.stages if stage.category is Category.QUEUE}
    for step in drafted.steps:
        edit = step.edit
        if step.stages[0] in beside:
            if step.new is not None:
                beside.add(step.new)
        elif isinstance(edit, Set) and edit.field == "ca":
            share = step.value or measured.get(step.stages[0]) or 1.0
            after *= share / known.get(step.stages[0], 1.0)
            known[step.stages[0]] = share
        elif isinstance(edit, Retire) and step.stages[0] in queues:
            continue  # no work goes right because its queue is off the map
        elif isinstance(edit, Retire) and known.get(step.stages[0]):
            after /= known.pop(step.stages[0])
    return Pair(now, min(after, 1.0))


def _is_beside(stage: MapStage) -> bool:
    """Whether items of the main path are not worked on there."""
    return stage.category.working and not stage.on_main_path


# -- notes -----------------------------------------------------------------------------------


def notes_of(sides: Sides, drafted: DraftMap, measured: float | None) -> tuple[str, ...]:
    """What the figures rest on and leave out, a sentence each."""
    notes = list(sides.after.network.notes)
    after = sides.after.network
    for step in drafted.steps:
        if isinstance(step.edit, Insert) and step.new is not None:
            node = after.nodes.get(step.new)
            if node is not None and not node.service and not node.wait:
                form = f"set {node.name} process 0.5d"
                notes.append(f"{node.name} counts as 0 d, as no time is given: {form}.")
    unknown = [
        node.name
        for node in after.nodes.values()
        if node.service
        and not node.delays
        and not after.slots.get(node.pool)
        and sides.after.visits[node.id] > 0.01
    ]
    if unknown:
        stays = "its wait stays as it is" if len(unknown) == 1 else "their waits stay as they are"
        notes.append(
            f"Slots of {listed(unknown, 4)} are not known, so {stays}: set {unknown[0]} slots 3."
        )
    if any(isinstance(s.edit, Set) and s.edit.field == "limit" for s in drafted.steps):
        notes.append("The formula knows no WIP limits: see what the simulation says.")
    beyond = _limits_beyond(drafted.stream, after)
    if beyond:
        notes.append(
            "The simulation knows the limit of a stage for all its items, but no limits over"
            f" several stages or of classes: {listed(beyond, 4)}."
        )
    if measured is None:
        notes.append("Nothing finished in the window: times are as declared.")
    return tuple(dict.fromkeys(notes))


def _limits_beyond(stream: ValueStream, network: Network) -> list[str]:
    """The limits that the simulation leaves out, in words."""
    groups = [
        group_text(stream, group)
        for group in stream.group_limits
        if not network.nodes.keys().isdisjoint(group.stages)
    ]
    classes = [
        f"{stage.name} {limits_of(stage)}"
        for stage in stream.line
        if stage.class_limits and stage.id in network.nodes
    ]
    return groups + classes


# -- the simulation --------------------------------------------------------------------------


Plays = tuple[PlayedLead | None, PlayedLead]
"""Of the map as it is, where it can be played, and of the future state."""


def held_against(sides: Sides, played: Plays, free: Plays | None, *, in_batches: bool) -> Played:
    """The simulation beside the formula; ``free`` are plays without WIP limits."""
    before, after = played
    pairs = [(sides.after.lead_days, after)]
    if before is not None:
        pairs.append((sides.before.lead_days, before))
    holds = all(
        isfinite(lead) and abs(lead - play.mean) <= DIFFERS * play.mean for lead, play in pairs
    )
    return Played(
        runs=min(play.runs for _, play in pairs),
        lead_days=Pair(None if before is None else before.mean, after.mean),
        low_80=after.low,
        high_80=after.high,
        holds=holds,
        reason="" if holds else _reason(sides, played, free, in_batches),
    )


def _reason(sides: Sides, played: Plays, free: Plays | None, in_batches: bool) -> str:
    reasons = []
    states = (sides.before, sides.after) if played[0] is not None else (sides.after,)
    for state in states:
        pool = state.constraint
        used = pool.utilisation if pool is not None else None
        if pool is not None and used is not None and used > CLOSE_TO_FULL:
            reasons.append(f"{listed(state.names(pool))} is {percent(used)} used")
            break
    if free is not None and abs(free[1].mean - played[1].mean) > BLOCKED * free[1].mean:
        reasons.append("WIP limits block")
    if in_batches:
        reasons.append("work comes in batches")
    return " and ".join(reasons) or "waits vary more than the formula allows for"


def has_limits(stream: ValueStream, network: Network) -> bool:
    """Whether a stage of the network has a WIP limit."""
    return any(stage.limited for stage in stream.line if stage.id in network.nodes)
