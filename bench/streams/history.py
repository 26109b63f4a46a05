"""Turns simulated streams into :class:`~vsm.flow.flow_data.FlowData`, which methods read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bench.streams.kinds import DAYS, Case
from bench.streams.simulate import Net, Visit, other_stream, stages
from vsm.features.bottlenecks.stations import ObservationWindow
from vsm.flow.flow_data import FlowData
from vsm.flow.history import History
from vsm.model.rules import DAY
from vsm.model.stream import Category, Edge, LimitKind, Stage, ValueStream

BEGIN = 20_003 * DAY
"""The beginning of the observation: midnight before some Monday, in UTC microseconds."""


def stream_of(net: Net, declared: bool = True) -> ValueStream:
    """The stream as a team would set it up, without the number of servers.

    Its limits stand on the board if ``declared``.
    """
    named = stages(net)
    net = replace(net, stations=tuple(s for s in net.stations if not s.other))
    ids = {name: number for number, (name, _) in enumerate(named, 1)}
    pools = {name: number for number, name in enumerate(sorted(net.pools), 1)}
    by_name = {station.name: station for station in net.stations}
    out = []
    for name, category in named:
        station = by_name.get(name.removesuffix(" queue"))
        limit = station.limit if station is not None and declared else 0
        if station is not None and station.queue and limit:
            # Stage and queue stage have one limit together; only its sum is looked at.
            limit = 1 if name != station.name else limit - 1
        out.append(
            Stage(
                ids[name],
                name,
                Category(category),
                ids[name],
                team=pools.get(station.pool) if station is not None else None,
                limit=limit or None,
                limit_kind=LimitKind.HARD if limit else LimitKind.NONE,
            )
        )
    edges = []
    first = [f"{s.name} queue" if s.queue else s.name for s in net.stations]
    edges.append(Edge(ids["Backlog"], ids[first[0]]))
    for at, station in enumerate(net.stations):
        if station.queue:
            edges.append(Edge(ids[first[at]], ids[station.name]))
        edges += [Edge(ids[station.name], ids[first[to]]) for to, _ in station.next]
        if not station.next:
            edges.append(Edge(ids[station.name], ids[net.last_stage]))
    if net.never_done:
        edges.append(Edge(ids[net.last_stage], ids["Done"]))
    return ValueStream(1, "Stream", "UTC", tuple(out), tuple(edges)).validate()


def flows_of_case(
    case: Case, visits: tuple[Visit, ...], net: Net | None = None
) -> tuple[FlowData, list[FlowData]]:
    """The history of a case (or of ``net`` in its place), and of the other stream of its team."""
    net = net or case.net
    names = {name for s in net.stations if s.other for name in (s.name, f"{s.name} queue")}
    away = {visit.item for visit in visits if visit.stage in names}
    own = (visit for visit in visits if visit.item not in away)
    flow = _flow(stream_of(net, case.declared), own)
    other = other_stream(net)
    if other is None:
        return flow, []
    there = replace(stream_of(other, case.declared), name="Other stream")
    return flow, [_flow(there, (visit for visit in visits if visit.item in away))]


def observe_case(
    case: Case, visits: tuple[Visit, ...], net: Net | None = None
) -> tuple[ValueStream, ObservationWindow]:
    """The stream of a case (or ``net`` in its place) and the window with these visits.

    Where its team works for another stream too, the window knows what it does there.
    """
    flow, others = flows_of_case(case, visits, net)
    window = ObservationWindow.of(flow, BEGIN + round(DAYS * DAY))
    return flow.stream, window.with_others(flow.stream, others)


def _flow(stream: ValueStream, visits: Iterable[Visit]) -> FlowData:
    ids = {stage.name: stage.id for stage in stream.stages}
    rows = sorted((visit.item, visit.at, at, ids[visit.stage]) for at, visit in enumerate(visits))
    history = History.from_rows(
        (item, stage, BEGIN + round(at * DAY)) for item, at, _, stage in rows
    )
    return FlowData.of(history, stream)
