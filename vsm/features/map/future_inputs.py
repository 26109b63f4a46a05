"""Puts together the load model of a map: what was measured, what the diagnosis fitted, what people
declared, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vsm.features.bottlenecks.results import Bottlenecks, StageEvidence, TeamLoad
from vsm.features.map.future import calibrate
from vsm.features.map.future_figures import MeasuredFlow
from vsm.features.map.future_network import Network, Node
from vsm.model.declared import TimeBasis
from vsm.model.stream import Category, Stage, ValueStream
from vsm.report.wording import listed

_WEEK = 7
MOST_USED = 1.5
"""No slots are taken to be needed more than this: a higher figure is one of bad data."""


def base_network(
    stream: ValueStream,
    measured: MeasuredFlow,
    diagnosis: Bottlenecks | None,
    *,
    feeds: Mapping[int, int],
    shown: Mapping[int, float],
    teams: Mapping[int, str],
) -> Network:
    """The calibrated load model of a stream as it is.

    ``feeds`` is the stage that each queue stage feeds alone, ``shown`` the process times that the
    map shows, both by id of the stage; ``teams`` are names.
    """
    if not measured.items:  # what was fitted is of a time long before
        diagnosis = None
    fits = {stage.stage: stage for stage in diagnosis.stages} if diagnosis else {}
    days = _map_days(stream)
    nodes = {}
    for stage in stream.order:
        if stage.id not in stream.starting or (stage.retired and stage.id not in measured.visits):
            continue
        node = _node(stage, measured, fits.get(stage.id), days)
        nodes[stage.id] = replace(
            node,
            feeds=feeds.get(stage.id),
            shown=shown.get(stage.id, node.service) if node.service else None,
            team=None if stage.team is None else teams.get(stage.team),
        )
    for node in list(nodes.values()):
        target = nodes.get(node.feeds) if node.feeds is not None else None
        if target is not None and target.source == "declared" and target.wait is not None:
            nodes[node.id] = replace(node, wait=0.0)  # what is declared there stands for both
    network = Network(
        nodes=nodes,
        entry=measured.entry if measured.items else _declared_entry(stream, nodes),
        moves=measured.moves if measured.items else _declared_moves(stream, nodes),
        rate=measured.rate,
        other_days=measured.other,
        week_days=days * _WEEK,
    )
    return calibrate(_with_slots(network, fits, diagnosis, days))


def _map_days(stream: ValueStream) -> float:
    """The days of the map in a day of 24 hours."""
    return len(stream.workdays) / _WEEK if stream.map_time is TimeBasis.WORKING else 1.0


def _node(stage: Stage, measured: MeasuredFlow, fit: StageEvidence | None, days: float) -> Node:
    """A stage as a node: process time and wait of a visit, without slots."""
    stay, active = measured.stay.get(stage.id), measured.active.get(stage.id, 0.0)
    node = Node(
        id=stage.id,
        name=stage.name,
        category=stage.category,
        pool=f"stage {stage.id}",
        rate=measured.rate,
    )
    if stay is None:
        source = (
            "declared" if (stage.process_days, stage.wait_days) != (None, None) else "not known"
        )
        service = (stage.process_days or 0.0) if stage.category is Category.ACTIVE else 0.0
        return replace(node, service=service, wait=stage.wait_days, source=source)
    if stage.category is Category.QUEUE:
        return replace(node, wait=stay, source="measured")
    if fit is not None and fit.touch_days and fit.parallel_places:
        service = min(fit.touch_days * days, stay)
        return replace(node, service=service, wait=stay - service, source="measured, slots fitted")
    delays = fit is not None and bool(fit.delays)
    source = "measured, only delays" if delays else "measured"
    return replace(node, service=active, wait=stay - active, source=source, delays=delays)


def _with_slots(
    network: Network,
    fits: Mapping[int, StageEvidence],
    diagnosis: Bottlenecks | None,
    days: float,
) -> Network:
    """The network with the slots that the diagnosis fitted to stages and teams.

    The number of items that load a stage is the one that its fitted utilisation says.
    """
    visits = network.visits()
    nodes, slots = dict(network.nodes), dict(network.slots)
    extra: dict[str, float] = {}
    for node in network.nodes.values():
        fit = fits.get(node.id)
        if fit is None or not fit.parallel_places or not fit.utilisation or not node.service:
            continue
        busy = min(fit.utilisation, MOST_USED) * fit.parallel_places
        slots[node.pool] = fit.parallel_places
        if visits[node.id]:
            nodes[node.id] = replace(node, rate=busy / (visits[node.id] * node.service))
    notes = []
    for load in diagnosis.teams if diagnosis else ():
        notes += _share_slots(load, nodes, slots, extra, visits)
    return replace(network, nodes=nodes, slots=slots, extra_load=extra, notes=tuple(notes))


def _share_slots(
    load: TeamLoad,
    nodes: dict[int, Node],
    slots: dict[str, float],
    extra: dict[str, float],
    visits: Mapping[int, float],
) -> list[str]:
    """Let the stages of a team that share slots work with the same pool.

    Stages fitted each on its own take as service what is a wait for the slots of the team: together
    they would load its slots with more than there is. So their service is cut to the fitted load,
    the rest of it is wait; what the fit has beyond it is other work. Gives back a note on a cut.
    """
    own = [node for node in nodes.values() if node.name in load.stages and node.service]
    if not own or not load.parallel_places or not load.utilisation:
        return []
    pool = f"team {load.team}"
    slots[pool] = load.parallel_places
    busy = sum(node.rate * visits[node.id] * node.service for node in own)
    fitted = min(load.utilisation, MOST_USED) * load.parallel_places
    extra[pool] = max(0.0, fitted - busy)
    kept = min(1.0, fitted / busy) if busy else 1.0
    for node in own:
        service = node.service * kept
        nodes[node.id] = replace(
            node,
            pool=pool,
            service=service,
            wait=None if node.wait is None else node.wait + node.service - service,
            source=f"measured, slots of {load.team} fitted",
        )
    if kept == 1.0:
        return []
    names = listed([node.name for node in own])
    return [f"{names} share the slots of {load.team}: the rest of their time is wait for them."]


def _declared_entry(stream: ValueStream, nodes: Mapping[int, Node]) -> dict[int, float]:
    first = stream.commitment_stage
    return {first.id: 1.0} if first is not None and first.id in nodes else {}


def _declared_moves(stream: ValueStream, nodes: Mapping[int, Node]) -> dict[tuple[int, int], float]:
    """Equal shares along the forward edges: nothing has flowed yet."""
    moves = {}
    for node in nodes:
        onward = [stage for stage in stream.following(node) if not stream.stage(stage).retired]
        for target in onward:
            if target in nodes:
                moves[node, target] = 1.0 / len(onward)
    return moves
