"""Dependencies between items and teams: who holds up whom, what that costs, what is at risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

import networkx as nx

from vsm.features.dependencies.results import (
    Blocker,
    Cycle,
    Dependencies,
    DependentItem,
    Path,
    Risk,
    RiskKind,
    TeamCentrality,
    TeamPair,
    Wait,
)
from vsm.model.item import DependencyState
from vsm.model.rules import DAY, local

Link = tuple[int, int, str | None, str | None]
"""Ids of what blocks and what waits for it, the state agreed on, the date it is needed by (ISO)."""
SOON = 14
"""Days before the date at which something is needed from which on it should be agreed on."""


def dependencies(
    parts: Sequence[DependentItem],
    links: Iterable[Link],
    as_of: int,
    zone: str,
    wanted: Collection[int] = (),
) -> Dependencies:
    """All about open dependencies among these items.

    ``wanted`` are the items to which paths are told, by id; by default all that have a due date and
    wait for something. Items that wait for each other in a circle have none.
    """
    by_id = {part.id: part for part in parts}
    waits = find_waits(by_id, links, as_of)
    pairs = [(each.blocker, each.waiting) for each in waits]
    cycles = find_cycles(pairs, by_id)
    # What goes round in a circle has no first: paths and risks are told of the rest.
    circular = {item for cycle in cycles for item in cycle.items}
    open_pairs = [(a, b) for a, b in pairs if not (a in circular and b in circular)]
    matrix = between_teams(waits)
    today = local(as_of, zone).date()
    asked = [item for item in wanted if item in by_id and item not in circular]
    if not wanted:
        asked = sorted(
            {b for _, b in open_pairs if by_id[b].due is not None and b not in circular},
            key=lambda item: (by_id[item].due, by_id[item].key),
        )
    finish, before = longest(open_pairs, {part.id: part.remaining or 0.0 for part in parts})
    unknown = _behind([part.id for part in parts if part.remaining is None], _following(open_pairs))
    ends = {
        item: today + timedelta(days=round(days))
        for item, days in finish.items()
        if item not in unknown
    }
    paths = []
    for item in asked:
        chain = tuple(by_id[each] for each in _chain(item, before))
        paths.append(Path(finish[item], ends.get(item), chain))
    paths.sort(key=lambda path: (not path.late, -path.total))
    return Dependencies(
        as_of=as_of,
        zone=zone,
        parts=tuple(parts),
        waits=waits,
        matrix=matrix,
        blockers=top_blockers(waits, by_id, as_of),
        paths=tuple(paths),
        cycles=cycles,
        risks=find_risks(waits, paths, by_id, ends, today),
        teams=team_parts(matrix),
    )


def find_waits(
    by_id: Mapping[int, DependentItem], links: Iterable[Link], as_of: int
) -> tuple[Wait, ...]:
    """The open dependencies among these items, by blocker and waiting item."""
    agreed = {(a, b): (state, by) for a, b, state, by in links if a in by_id and b in by_id}
    waits = []
    for (a, b), (state, need_by) in sorted(agreed.items()):
        days = waited(by_id[a], by_id[b], as_of)
        waits.append(
            Wait(
                waiting=b,
                blocker=a,
                waiting_team=by_id[b].team,
                blocking_team=by_id[a].team,
                days=days or 0.0,
                state=DependencyState(state) if state else None,
                need_by=date.fromisoformat(need_by) if need_by else None,
                clock_off=days is None,
            )
        )
    return tuple(waits)


def waited(blocker: DependentItem, waiting: DependentItem, as_of: int) -> float | None:
    """Days for which an item has waited for another: since a blocker says so, else since it had
    started and both were there; none where it has not started.

    ``None`` where that seems to be later than ``as_of``: a clock was ahead.
    """
    if waiting.start is None:
        return 0.0
    since = waiting.since if waiting.since is not None else max(waiting.start, blocker.created)
    return (as_of - since) / DAY if since <= as_of else None


def between_teams(waits: Sequence[Wait]) -> tuple[TeamPair, ...]:
    """Open dependencies by the waiting team and the one waited for, most item-days first."""
    of: dict[tuple[str, str], list[Wait]] = defaultdict(list)
    for each in waits:
        of[each.waiting_team, each.blocking_team].append(each)
    found = [
        TeamPair(waiting, blocking, tuple(sorted(mine, key=lambda each: -each.days)))
        for (waiting, blocking), mine in of.items()
    ]
    return tuple(
        sorted(found, key=lambda each: (-each.days, -len(each.waits), each.waiting, each.blocking))
    )


def top_blockers(
    waits: Sequence[Wait], by_id: Mapping[int, DependentItem], as_of: int
) -> tuple[Blocker, ...]:
    """Items that something waits for, by the days that all behind them has waited so far.

    Of what waits for them directly the days of that wait, of what waits behind that its own.
    """
    after: dict[int, list[int]] = defaultdict(list)
    days: dict[int, float] = defaultdict(float)
    for each in waits:
        after[each.blocker].append(each.waiting)
        days[each.waiting] = max(days[each.waiting], each.days)
    out = []
    for item in after:
        behind = _behind(after[item], after) - {item}
        held_up = sum((days[each] for each in behind), 0.0)
        out.append(Blocker(by_id[item], held_up, tuple(sorted(behind))))
    return tuple(sorted(out, key=lambda each: (-each.days, -len(each.behind), each.part.key)))


def longest(
    pairs: Sequence[tuple[int, int]], remaining: Mapping[int, float]
) -> tuple[dict[int, float], dict[int, int]]:
    """By item the days until it can be finished after all that it waits for, and what it waits for
    longest. ``pairs`` have no circle.
    """
    after = _following(pairs)
    count: dict[int, int] = defaultdict(int)
    for _, b in pairs:
        count[b] += 1
    finish = dict(remaining)
    before: dict[int, int] = {}
    todo = [item for item in remaining if not count[item]]
    best: dict[int, float] = {}
    while todo:
        here = todo.pop()
        finish[here] = remaining[here] + best.get(here, 0.0)
        for target in after.get(here, ()):
            if target not in best or finish[here] > best[target]:
                best[target], before[target] = finish[here], here
            count[target] -= 1
            if not count[target]:
                todo.append(target)
    return finish, before


def _following(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """By item what waits for it."""
    after: dict[int, list[int]] = defaultdict(list)
    for a, b in pairs:
        after[a].append(b)
    return after


def _behind(items: Iterable[int], after: Mapping[int, Sequence[int]]) -> set[int]:
    """These items and all that wait for them, directly or not."""
    out, todo = set[int](), list(items)
    while todo:
        here = todo.pop()
        if here not in out:
            out.add(here)
            todo += after.get(here, ())
    return out


def _chain(item: int, before: Mapping[int, int]) -> tuple[int, ...]:
    out = [item]
    while out[-1] in before:
        out.append(before[out[-1]])
    return tuple(reversed(out))


def find_cycles(
    pairs: Sequence[tuple[int, int]], by_id: Mapping[int, DependentItem]
) -> tuple[Cycle, ...]:
    """A circle of each knot of items that wait for each other, the shortest through it.

    It is best broken at the link whose waiting item was made first: the other end came later, and
    so did most likely the link.
    """
    graph: nx.DiGraph[int] = nx.DiGraph(list(pairs))
    out = []
    for knot in nx.strongly_connected_components(graph):
        if len(knot) < 2:
            continue
        inside = graph.subgraph(knot)
        first = min(knot)
        ways = [
            nx.shortest_path(inside, target, first) for target in sorted(inside.successors(first))
        ]
        way = min(ways, key=len)
        items = (first, *way[:-1])
        links = list(zip(items, (*items[1:], items[0]), strict=True))
        cut = min(links, key=lambda link: (by_id[link[1]].created, link))
        out.append(Cycle(items, cut))
    return tuple(sorted(out, key=lambda cycle: cycle.items))


def find_risks(
    waits: Sequence[Wait],
    paths: Sequence[Path],
    by_id: Mapping[int, DependentItem],
    ends: Mapping[int, date],
    today: date,
) -> tuple[Risk, ...]:
    """Dependencies at risk, by kind and then by the days waited.

    ``ends`` are the dates on which items are expected to end.
    """
    out = []
    for path in paths:
        if path.late and len(path.items) > 1:
            item, on = by_id[path.items[-1]], by_id[path.items[-2]]
            out.append(
                Risk(
                    RiskKind.LATE,
                    item.id,
                    on.id,
                    f"{item.key} is due on {path.due} and expected on {path.ends}: it waits for"
                    f" {on.key}",
                )
            )
    for each in sorted(waits, key=lambda wait: -wait.days):
        blocker, waiting = by_id[each.blocker], by_id[each.waiting]
        whose = f" of {blocker.team}" if blocker.team else ""
        what = f"{waiting.key} waits for {blocker.key}{whose}"
        needs = f"{waiting.key} needs {blocker.key}{whose}"
        out += _of_agreement(each, needs, ends.get(each.blocker), today)
        if waiting.start is None:
            continue
        if blocker.blocked:
            out.append(
                Risk(RiskKind.BLOCKED, waiting.id, blocker.id, f"{what}, which is blocked itself")
            )
        elif blocker.start is None:
            out.append(
                Risk(
                    RiskKind.NOT_STARTED, waiting.id, blocker.id, f"{what}, which nobody has begun"
                )
            )
        elif blocker.late:
            out.append(
                Risk(
                    RiskKind.AGEING,
                    waiting.id,
                    blocker.id,
                    f"{what}, which is older than 85 % of what passed {blocker.stage}",
                )
            )
    order = list(RiskKind)
    return tuple(sorted(out, key=lambda risk: order.index(risk.kind)))


def _of_agreement(each: Wait, needs: str, ends: date | None, today: date) -> list[Risk]:
    """What is at risk by what was agreed on."""

    def risk(kind: RiskKind, why: str) -> Risk:
        return Risk(kind, each.waiting, each.blocker, why)

    if each.state == DependencyState.BROKEN:
        return [risk(RiskKind.BROKEN, f"{needs}, which will not be delivered as agreed")]
    if each.need_by is None:
        return []
    out = []
    if each.state != DependencyState.ACCEPTED and each.need_by <= today + timedelta(days=SOON):
        asked = each.state == DependencyState.PROPOSED
        why = "it was asked for, but not accepted" if asked else "nothing is agreed on"
        out.append(risk(RiskKind.UNAGREED, f"{needs} by {each.need_by}: {why}"))
    if ends is not None and ends > each.need_by:
        out.append(risk(RiskKind.LATE, f"{needs} by {each.need_by}: it is expected on {ends}"))
    return out


def team_parts(matrix: Sequence[TeamPair]) -> tuple[TeamCentrality, ...]:
    """What each team is among the others, those that hold most up first.

    Betweenness (Freeman 1977) is that of the graph of teams, an edge from who waits to whom.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    waiting: dict[str, float] = defaultdict(float)
    held: dict[str, float] = defaultdict(float)
    for each in matrix:
        if each.waiting == each.blocking or not each.waiting or not each.blocking:
            continue
        graph.add_edge(each.waiting, each.blocking)
        waiting[each.waiting] += each.days
        held[each.blocking] += each.days
    between = nx.betweenness_centrality(graph) if len(graph) > 2 else {}
    parts = [
        TeamCentrality(
            team,
            tuple(sorted(graph.successors(team))),
            tuple(sorted(graph.predecessors(team))),
            waiting[team],
            held[team],
            float(between.get(team, 0.0)),
        )
        for team in graph
    ]
    return tuple(
        sorted(parts, key=lambda each: (-each.days_held_up, -len(each.holds_up), each.team))
    )
