"""Analyses dependencies between items and teams: waiting, blockers, paths, cycles and risks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import isfinite, nextafter

import networkx as nx

from vsm.features.dependencies.odds import at_share, finish_days, share_within
from vsm.features.dependencies.results import (
    Blocker,
    Cycle,
    Dependencies,
    DependentItem,
    Odds,
    Path,
    Risk,
    RiskKind,
    TeamCentrality,
    TeamPair,
    Wait,
)
from vsm.model.item import DependencyState
from vsm.model.rules import DAY, SLE_PERCENT, day_start, local
from vsm.report.wording import day, odds_text

Link = tuple[int, int, str | None, str | None]
"""Ids of blocker and waiting item, the state of the agreement, and the date needed by (ISO)."""
_SHARES = (0.5, SLE_PERCENT / 100)
SUREST = 0.99
"""Odds are never higher."""
SOON = 14
"""A dependency should be accepted by so many days before its date."""


def dependencies(
    parts: Sequence[DependentItem],
    links: Iterable[Link],
    as_of: int,
    zone: str,
    selected: Collection[int] = (),
) -> Dependencies:
    """Analyse the open dependencies among these items.

    ``selected`` are the ids of the items to which paths are computed; by default all that have a
    due date and a blocker. Items in a cycle have no path.
    """
    by_id = {part.id: part for part in parts}
    waits = find_waits(by_id, links, as_of)
    pairs = [(wait.blocker, wait.waiting) for wait in waits]
    cycles = find_cycles(pairs, by_id)
    # A cycle has no first item, so paths are computed without the links in it.
    circular = {item for cycle in cycles for item in cycle.items}
    open_pairs = [(a, b) for a, b in pairs if not (a in circular and b in circular)]
    matrix = between_teams(waits)
    today = local(as_of, zone).date()
    targets = [item for item in selected if item in by_id and item not in circular]
    if not selected:
        targets = sorted(
            {b for _, b in open_pairs if by_id[b].due is not None and b not in circular},
            key=lambda item: (by_id[item].due, by_id[item].key),
        )
    sums, before = longest_chains(open_pairs, {part.id: part.remaining or 0.0 for part in parts})
    finish = finish_days(open_pairs, {part.id: _takes(part) for part in parts})

    def zone_of(item: int) -> str:
        return by_id[item].zone or zone

    waits = tuple(
        replace(
            wait,
            odds=find_odds(finish.get(wait.blocker), as_of, zone_of(wait.blocker), wait.need_by),
        )
        for wait in waits
    )
    paths = []
    for item in targets:
        chain = tuple(by_id[link] for link in _chain(item, before))
        odds = find_odds(finish.get(item), as_of, zone_of(item), by_id[item].due)
        total = sums[item] if odds is None else at_share(finish[item], 0.5)
        paths.append(Path(total, None if odds is None else odds.p50, chain, odds))
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
        risks=find_risks(waits, paths, by_id, today),
        teams=rank_teams(matrix),
    )


def _takes(part: DependentItem) -> tuple[float, ...]:
    """The days that an item takes from its stage on, each equally likely; empty if not known."""
    if part.takes or part.remaining is None:
        return part.takes
    return (part.remaining,)


def find_odds(days: Sequence[float] | None, as_of: int, zone: str, by: date | None) -> Odds | None:
    """The odds of being finished, and of being so by a date; ``None`` where nothing is known."""
    if not days:
        return None
    likely, nearly_sure = (_date_in(at_share(days, share), as_of, zone) for share in _SHARES)
    if likely is None:
        return None
    in_time = None
    if by is not None:
        left = (day_start(by + timedelta(days=1), zone) - as_of) / DAY
        # What takes until midnight is there on the next day.
        in_time = min(share_within(days, nextafter(left, 0)), SUREST) if left > 0 else 0.0
    return Odds(likely, nearly_sure, in_time)


def _date_in(days: float, as_of: int, zone: str) -> date | None:
    """The day that it is in so many days; ``None`` for never."""
    return local(as_of + round(days * DAY), zone).date() if isfinite(days) else None


def find_waits(
    by_id: Mapping[int, DependentItem], links: Iterable[Link], as_of: int
) -> tuple[Wait, ...]:
    """The open dependencies among these items, by blocker and waiting item."""
    agreed = {(a, b): (state, by) for a, b, state, by in links if a in by_id and b in by_id}
    waits = []
    for (a, b), (state, need_by) in sorted(agreed.items()):
        days = waiting_days(by_id[a], by_id[b], as_of)
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


def waiting_days(blocker: DependentItem, waiting: DependentItem, as_of: int) -> float | None:
    """Days for which an item has waited for another: 0 if it has not started.

    They count from the blocker recorded on it, else from its start or, if later, from the creation
    of the item that it waits for. ``None`` if that is after ``as_of``: a clock was ahead.
    """
    if waiting.start is None:
        return 0.0
    since = waiting.since if waiting.since is not None else max(waiting.start, blocker.created)
    return (as_of - since) / DAY if since <= as_of else None


def between_teams(waits: Sequence[Wait]) -> tuple[TeamPair, ...]:
    """Open dependencies by waiting and blocking team, most item-days first."""
    by_teams: dict[tuple[str, str], list[Wait]] = defaultdict(list)
    for wait in waits:
        by_teams[wait.waiting_team, wait.blocking_team].append(wait)
    pairs = [
        TeamPair(waiting, blocking, tuple(sorted(pair_waits, key=lambda wait: -wait.days)))
        for (waiting, blocking), pair_waits in by_teams.items()
    ]
    return tuple(
        sorted(pairs, key=lambda pair: (-pair.days, -len(pair.waits), pair.waiting, pair.blocking))
    )


def top_blockers(
    waits: Sequence[Wait], by_id: Mapping[int, DependentItem], as_of: int
) -> tuple[Blocker, ...]:
    """Blocking items by the days that all items behind them have waited, directly or not.

    An item behind several blockers counts with its longest wait.
    """
    after: dict[int, list[int]] = defaultdict(list)
    days: dict[int, float] = defaultdict(float)
    for wait in waits:
        after[wait.blocker].append(wait.waiting)
        days[wait.waiting] = max(days[wait.waiting], wait.days)
    blockers = []
    for item in after:
        behind = _all_following(after[item], after) - {item}
        held_up = sum((days[waiting] for waiting in behind), 0.0)
        blockers.append(Blocker(by_id[item], held_up, tuple(sorted(behind))))
    return tuple(sorted(blockers, key=lambda row: (-row.days, -len(row.behind), row.part.key)))


def longest_chains(
    pairs: Sequence[tuple[int, int]], remaining: Mapping[int, float]
) -> tuple[dict[int, float], dict[int, int]]:
    """By item the days until it can be finished after all its blockers, and the blocker that ends
    last. ``pairs`` have no cycle: one pass in topological order is enough (Kahn 1962).
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
        item = todo.pop()
        finish[item] = remaining[item] + best.get(item, 0.0)
        for target in after.get(item, ()):
            if target not in best or finish[item] > best[target]:
                best[target], before[target] = finish[item], item
            count[target] -= 1
            if not count[target]:
                todo.append(target)
    return finish, before


def _following(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """The items that wait for each item."""
    after: dict[int, list[int]] = defaultdict(list)
    for a, b in pairs:
        after[a].append(b)
    return after


def _all_following(items: Iterable[int], after: Mapping[int, Sequence[int]]) -> set[int]:
    """These items and all that wait for them, directly or not."""
    reached, todo = set[int](), list(items)
    while todo:
        item = todo.pop()
        if item not in reached:
            reached.add(item)
            todo += after.get(item, ())
    return reached


def _chain(item: int, before: Mapping[int, int]) -> tuple[int, ...]:
    out = [item]
    while out[-1] in before:
        out.append(before[out[-1]])
    return tuple(reversed(out))


def find_cycles(
    pairs: Sequence[tuple[int, int]], by_id: Mapping[int, DependentItem]
) -> tuple[Cycle, ...]:
    """The shortest cycle through the first item of each strongly connected component.

    ``cut`` is the link to break: the one whose waiting item is the oldest, because its other end
    and most likely the link came later.
    """
    graph: nx.DiGraph[int] = nx.DiGraph(list(pairs))
    cycles = []
    for knot in nx.strongly_connected_components(graph):
        if len(knot) < 2:
            continue
        inside = graph.subgraph(knot)
        first = min(knot)
        paths = [
            nx.shortest_path(inside, target, first) for target in sorted(inside.successors(first))
        ]
        path = min(paths, key=len)
        items = (first, *path[:-1])
        links = list(zip(items, (*items[1:], items[0]), strict=True))
        cut = min(links, key=lambda link: (by_id[link[1]].created, link))
        cycles.append(Cycle(items, cut))
    return tuple(sorted(cycles, key=lambda cycle: cycle.items))


def find_risks(
    waits: Sequence[Wait],
    paths: Sequence[Path],
    by_id: Mapping[int, DependentItem],
    today: date,
) -> tuple[Risk, ...]:
    """Dependencies at risk, by kind and then by the days waited."""
    risks = []
    for path in paths:
        if path.late and len(path.items) > 1:
            item, predecessor = by_id[path.items[-1]], by_id[path.items[-2]]
            risks.append(
                Risk(
                    RiskKind.LATE,
                    item.id,
                    predecessor.id,
                    f"{item.key} is due on {_day(path.due)}: {_odds(path.odds)}; it waits for"
                    f" {predecessor.key}",
                )
            )
    for wait in sorted(waits, key=lambda wait: -wait.days):
        blocker, waiting = by_id[wait.blocker], by_id[wait.waiting]
        whose = f" of {blocker.team}" if blocker.team else ""
        what = f"{waiting.key} waits for {blocker.key}{whose}"
        needs = f"{waiting.key} needs {blocker.key}{whose}"
        risks += _agreement_risks(wait, needs, today)
        if waiting.start is None:
            continue
        if blocker.blocked:
            risks.append(
                Risk(RiskKind.BLOCKED, waiting.id, blocker.id, f"{what}, which is blocked itself")
            )
        elif blocker.start is None:
            risks.append(
                Risk(
                    RiskKind.NOT_STARTED, waiting.id, blocker.id, f"{what}, which nobody has begun"
                )
            )
        elif blocker.late:
            risks.append(
                Risk(
                    RiskKind.AGEING,
                    waiting.id,
                    blocker.id,
                    f"{what}, which is older than p85 for {blocker.stage}",
                )
            )
    order = list(RiskKind)
    return tuple(sorted(risks, key=lambda risk: order.index(risk.kind)))


def _odds(odds: Odds | None) -> str:
    return "" if odds is None else odds_text(odds.p50, odds.p85, odds.in_time)


def _day(of: date | None) -> str:
    return "" if of is None else day(of)


def _agreement_risks(wait: Wait, needs: str, today: date) -> list[Risk]:
    """Risks of a dependency by its agreement."""

    def risk(kind: RiskKind, why: str) -> Risk:
        return Risk(kind, wait.waiting, wait.blocker, why)

    if wait.state == DependencyState.BROKEN:
        return [risk(RiskKind.BROKEN, f"{needs}, which will not be delivered as agreed")]
    if wait.need_by is None:
        return []
    risks = []
    if wait.state != DependencyState.ACCEPTED and wait.need_by <= today + timedelta(days=SOON):
        is_proposed = wait.state == DependencyState.PROPOSED
        why = "it was asked for, but not accepted" if is_proposed else "nothing is agreed on"
        risks.append(risk(RiskKind.UNAGREED, f"{needs} by {day(wait.need_by)}: {why}"))
    if wait.odds is not None and wait.odds.p50 > wait.need_by:
        text = f"{needs} by {day(wait.need_by)}: {_odds(wait.odds)}"
        risks.append(risk(RiskKind.LATE, text))
    return risks


def rank_teams(matrix: Sequence[TeamPair]) -> tuple[TeamCentrality, ...]:
    """The teams by the days for which they hold others up, with their place in the graph of teams.

    An edge leads from the waiting to the blocking team; betweenness is Freeman's (1977).
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    waiting: dict[str, float] = defaultdict(float)
    held_up: dict[str, float] = defaultdict(float)
    for pair in matrix:
        if pair.waiting == pair.blocking or not pair.waiting or not pair.blocking:
            continue
        graph.add_edge(pair.waiting, pair.blocking)
        waiting[pair.waiting] += pair.days
        held_up[pair.blocking] += pair.days
    betweenness = nx.betweenness_centrality(graph) if len(graph) > 2 else {}
    parts = [
        TeamCentrality(
            team,
            tuple(sorted(graph.successors(team))),
            tuple(sorted(graph.predecessors(team))),
            waiting[team],
            held_up[team],
            float(betweenness.get(team, 0.0)),
        )
        for team in graph
    ]
    return tuple(
        sorted(parts, key=lambda part: (-part.days_held_up, -len(part.holds_up), part.team))
    )
