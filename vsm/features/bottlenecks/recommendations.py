"""What to do next about where a stream is stuck, the most effective first.

After the theory of constraints (Goldratt 1984): get the most out of the constraint, let everything
else go by its pace, then relieve it; what blocks and what ages comes after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vsm.features.bottlenecks.constraint import Judgement
from vsm.features.bottlenecks.results import Action, Kind, StageEvidence, Verdict
from vsm.features.bottlenecks.servers import Fit
from vsm.features.bottlenecks.stations import Station
from vsm.features.bottlenecks.verdict import OFTEN, percent, slowest_delay
from vsm.features.metrics.results import Aged, Figures
from vsm.flow.flow_data import FlowData
from vsm.model.rules import DAY

MOST_ITEMS = 5
"""How many items an action names."""
RETURNS = 0.15
"""The share of what enters the constraint that has been there before, from which on it is told."""
GROWS = 0.1
"""Items a week from which on a queue grows."""


def actions(
    judged: Judgement,
    told: Verdict,
    evidence: Sequence[StageEvidence],
    known: FlowData,
    figures: Figures,
    blocked: Mapping[int, int],
) -> tuple[Action, ...]:
    """What to do, by rank. ``blocked`` are the items blocked now, by id, with since when."""
    out: list[Action] = []
    here: set[int] = set()
    for fit in judged.named:
        mine = _in(known, fit.station)
        here |= {item for item, _ in mine}
        out += _at_constraint(fit, mine, blocked, figures.basic.as_of)
        out += _before(judged, fit, evidence)
        out += _returns(known, judged, fit)
    if told.kind is Kind.TEAM:
        out.append(
            Action(
                f"Agree in {told.team} which of {' and '.join(told.stages)} goes first",
                "One team works on both: what it starts in one waits in the other.",
            )
        )
    if told.kind is Kind.DEMAND:
        out.append(
            Action(
                "Take in more, or lend a hand to another stream",
                "No stage is used enough to hold the flow up; people at any of them would wait.",
            )
        )
    out += _delay(known, judged)
    out += _over(evidence, judged.named)
    out += _clusters(figures, blocked)
    out += _ageing(figures, blocked, here)
    return tuple(out)


def _in(known: FlowData, station: Station) -> list[tuple[int, int]]:
    """The items in a station's active stages now, with when they came, the longest there first."""
    history = known.history
    last = history.begin + history.counts - 1
    rows = np.flatnonzero(np.isin(known.place[last], station.active))
    entered = history.entered[last[rows]]
    by = np.argsort(entered, kind="stable")
    return list(zip(history.item[rows[by]].tolist(), entered[by].tolist(), strict=True))


def _at_constraint(
    fit: Fit, mine: Sequence[tuple[int, int]], blocked: Mapping[int, int], now: int
) -> list[Action]:
    """What is in the constraint: what is blocked there, and what could be finished."""
    name = fit.station.name
    out = []
    stuck = sorted((blocked[item], item) for item, _ in mine if item in blocked)
    if stuck:
        days = sum((now - since) / DAY for since, _ in stuck if since <= now)
        out.append(
            Action(
                f"Unblock what is blocked at {name}",
                f"{_items(len(stuck))} there cannot go on, for {days:.0f} days in all:"
                " places of the constraint that nobody can use.",
                tuple(item for _, item in stuck[:MOST_ITEMS]),
            )
        )
    free = [(item, came) for item, came in mine if item not in blocked][:MOST_ITEMS]
    if free:
        # By a clock that was ahead an item may seem to come later than now: for how long it has
        # been there is not known.
        longest = ", ".join(str(round((now - came) / DAY)) for _, came in free if came <= now)
        out.append(
            Action(
                f"Finish what is at {name} first: whoever has time helps there",
                "What leaves the constraint decides what the stream delivers"
                + (f"; longest there: {longest} days." if longest else "."),
                tuple(item for item, _ in free),
            )
        )
    if fit.starved >= OFTEN:
        out.append(
            Action(
                f"Keep something ready for {name}",
                f"It had nothing to work on {percent(fit.starved)} of the time, which the stream"
                " never gets back.",
            )
        )
    return out


def _before(judged: Judgement, fit: Fit, evidence: Sequence[StageEvidence]) -> list[Action]:
    """The policy of what goes into the constraint."""
    order = judged.stream.order
    ids = [order[place].id for place in fit.station.places]
    out = []
    for each in evidence:
        if each.stage not in ids or each.growth < GROWS:
            continue
        why = f"It grows by {each.growth:.1f} items a week"
        if each.limit is None:
            out.append(
                Action(
                    f"Give {each.name} a WIP limit",
                    f"{why} and has none: what is started before it only waits longer.",
                    stage=each.stage,
                )
            )
        elif each.limit_reached is not None:
            out.append(
                Action(
                    f"Start less before {each.name}",
                    f"{why}: its limit of {each.limit} is reached in the week of"
                    f" {each.limit_reached}.",
                    stage=each.stage,
                )
            )
    return out


def _returns(known: FlowData, judged: Judgement, fit: Fit) -> list[Action]:
    """Work that comes back to the constraint."""
    begin = judged.watch.begin
    order = judged.stream.order
    places = list(fit.station.places)
    # Of the items that the arrivals are of: see Watch.backwards.
    back = known.back[(known.entered[known.back] >= begin) & known.ordered[known.owner[known.back]]]
    target, source = known.place[back], known.place[back - 1]
    inside = np.isin(target, places)
    entries = fit.arrivals * judged.watch.days
    count = int(np.count_nonzero(inside & ~np.isin(source, places)))
    if not entries or count / entries < RETURNS:
        return []
    froms, counts = np.unique(source[inside & ~np.isin(source, places)], return_counts=True)
    most = order[int(froms[np.argmax(counts)])].name
    moved = back[inside]
    latest = moved[np.argsort(-known.entered[moved], kind="stable")]
    items = dict.fromkeys(known.history.item[known.owner[latest]].tolist())
    return [
        Action(
            f"Find out what sends work from {most} back to {fit.station.name}",
            f"{percent(count / entries)} of what comes to the constraint has been there before:"
            f" {count} times in {judged.watch.days / 7:.0f} weeks.",
            tuple(items)[:MOST_ITEMS],
        )
    ]


def _delay(known: FlowData, judged: Judgement) -> list[Action]:
    """The stage in which items stay longest, where that is no matter of how many are there."""
    longest = slowest_delay(judged)
    if longest is None:
        return []
    mine = [item for item, _ in _in(known, longest.station)]
    name = longest.station.name
    return [
        Action(
            f"Find out what items wait for in {name}",
            f"They stay there for {longest.touch:.1f} days on average, whether it holds much or"
            " little: more people there would not shorten it.",
            tuple(mine[:MOST_ITEMS]),
        )
    ]


def _over(evidence: Sequence[StageEvidence], named: Sequence[Fit]) -> list[Action]:
    """Stages that hold more than their limits allow, those of the constraint first."""
    over = [each for each in evidence if each.limit is not None and each.wip > each.limit]
    if not over:
        return []
    *first, last = [each.name for each in over]
    names = f"{', '.join(first)} and {last}" if first else last
    held = ", ".join(f"{each.wip} of {each.limit}" for each in over)
    one = len(over) == 1
    pace = f"; what is beyond them only waits for {named[0].station.name}" if named else ""
    return [
        Action(
            f"Bring {names} back to {'its limit' if one else 'their limits'}",
            f"{'It holds' if one else 'They hold'} {held}{pace}.",
            stage=over[0].stage,
        )
    ]


def _clusters(figures: Figures, blocked: Mapping[int, int]) -> list[Action]:
    """The blockers that cost most in the window of the figures."""
    worst = next(iter(figures.clusters), None)
    if worst is None or worst.total_days < 1:
        return []
    days = (figures.basic.last - figures.basic.first).days + 1
    of = f" in items of {worst.team}" if worst.team else ""
    now = tuple(item for item in worst.items if item in blocked)
    return [
        Action(
            f"Remove what blocks most: {worst.kind}{of}",
            f"{worst.n} blocker{'s' if worst.n != 1 else ''} cost {worst.total_days:.0f} days in"
            f" {days}, half of them over {worst.median_days:.1f} each"
            + (f"; {_items(len(now))} of them blocked now." if now else "."),
            (now or worst.items)[:MOST_ITEMS],
        )
    ]


def _ageing(figures: Figures, blocked: Mapping[int, int], here: Iterable[int]) -> list[Action]:
    """What is older than 95 % of what finished had been when it left the same stage."""
    pace = {each.stage: each.age.p95 for each in figures.pace}
    told = set(here)
    late: list[tuple[float, Aged]] = []
    for aged in figures.ageing:
        usual = pace.get(aged.stage)
        if usual and aged.age > usual and aged.item not in told and aged.item not in blocked:
            late.append((aged.age / usual, aged))
    late.sort(key=lambda each: -each[0])
    if not late:
        return []
    times, worst = late[0]
    return [
        Action(
            "Look at what ages most",
            f"{_items(len(late))} elsewhere {'is' if len(late) == 1 else 'are'} older than 95 % of"
            f" what finished had been by there; the worst {worst.age} days in {worst.stage},"
            f" {times:.{0 if times >= 10 else 1}f} times that.",
            tuple(aged.item for _, aged in late[:MOST_ITEMS]),
        )
    ]


def _items(count: int) -> str:
    return f"{count} item{'s' if count != 1 else ''}"
