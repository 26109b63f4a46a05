"""What the evidence says, in sentences with figures."""

from __future__ import annotations

from vsm.features.bottlenecks.constraint import FEWEST_DAYS, FEWEST_ENDED, Judgement
from vsm.features.bottlenecks.results import PROBABLY, SURELY, Kind, Verdict
from vsm.features.bottlenecks.servers import Fit

ALSO_SHOWN = 0.05
"""The chance from which on another candidate is told against what is named."""
MANY_PASS = 0.15
"""The share of items that pass those that wait from which on it is told."""
OUT_OF_TURN = -3.0
"""By how much likelier (the logarithm) any order is than that of arrival, for it to be told."""
OFTEN = 0.1
"""The share of time from which on a station is told to be starved or blocked."""


def percent(share: float) -> str:
    """``93 %``; what is not quite everything is not rounded up to it."""
    return f"{min(share, 0.99) if share < 1 else 1:.0%}".replace("%", " %")


def verdict(judged: Judgement) -> Verdict:
    """Name the constraint, or say that there is none or that too little is known."""
    if not judged.known:
        return _unknown(judged)
    if not judged.named:
        return _demand(judged)
    order = judged.stream.order
    stations = [told.station for told in judged.named]
    places = sorted({place for station in stations for place in station.active})
    stages = tuple(order[place].name for place in places)
    team = next((station.name for station in stations if station.team is not None), None)
    kind = Kind.TEAM if team else Kind.SEVERAL if len(stations) > 1 else Kind.STAGE
    who = " and ".join(station.name for station in stations)
    if team:
        who = f"{team} ({' and '.join(stages)})"
    if kind is Kind.STAGE:
        station_team = order[stations[0].active[0]].team
        team = None if station_team is None else judged.teams.get(station_team)
    many = kind is Kind.SEVERAL
    sure = judged.confidence
    if sure >= SURELY:
        heading = f"{who} {'limit' if many else 'limits'} the flow"
    elif sure >= PROBABLY:
        heading = f"{who} probably {'limit' if many else 'limits'} the flow"
    elif judged.chance >= PROBABLY:
        unused = any(map(judged.hardly_used, judged.named))
        though = "hardly used" if unused else "most of what finishes is never there"
        heading = f"{who} may limit the flow, though {though}"
    else:
        others = [(chance, name) for name, chance, _ in _others(judged)]
        chance, other = max(others, default=(0.0, ""))
        if judged.demand >= chance:
            heading = f"{who} may limit the flow, or demand: the data do not separate them"
        else:
            heading = f"{who} or {other} limits the flow: the data do not separate them"
    reason = " ".join(_behaves(told) for told in judged.named)
    return Verdict(kind, stages, team, sure, heading, reason, tuple(_against(judged)))


def _behaves(told: Fit) -> str:
    """How a station behaves, in figures."""
    name = told.station.name
    places = max(1, round(told.places))
    load = percent(told.used) if told.used <= 1 else "over 100 %"
    text = (
        f"{name} behaves like about {places} parallel place{'s' if places > 1 else ''},"
        f" {load} used: {7 * told.arrivals:.1f} items come a week, {7 * told.departures:.1f} leave,"
        f" each takes one place {told.touch:.1f} days."
    )
    if told.station.limit and told.waits >= OFTEN:
        return f"{text} {percent(told.waits)} of the time items waited there or it was full."
    return (
        f"{text} Items waited there {percent(told.waits)} of the time,"
        f" {told.waiting:.1f} on average; above {places} items no more leave than at {places}."
    )


def _others(judged: Judgement) -> list[tuple[str, float, Fit]]:
    """Other candidates that are likely enough to be told, the likeliest first."""
    named = {place for told in judged.named for place in told.station.active}
    return [
        (told.station.name, chance, told)
        for told, chance in judged.ranked
        if chance >= ALSO_SHOWN and not named & set(told.station.active)
    ]


def _against(judged: Judgement) -> list[str]:
    out = [
        f"{name} could be it as well ({percent(chance)} likely): it is {percent(told.used)} used."
        for name, chance, told in _others(judged)
    ]
    for told in judged.named:
        name = told.station.name
        if told.lately < told.busy - 0.05:
            out.append(
                f"Lately less waited at {name}, as at a utilisation of {percent(told.lately)}"
                f" instead of {percent(told.busy)}."
            )
        if told.starved >= OFTEN:
            out.append(f"{name} had nothing to work on {percent(told.starved)} of the time.")
        if told.blocked >= OFTEN:
            out.append(
                f"What comes after {name} was full {percent(told.blocked)} of the time, so that it"
                " could not hand over."
            )
        if told.used < 0.8:
            out.append(
                f"Only {percent(told.used)} of {name} seem used: its waiting comes from work that"
                " arrives or is done unevenly."
            )
        if told.passed >= MANY_PASS and not judged.watch.coarse:
            out.append(
                f"{percent(told.passed)} of the items that came to {name} while others waited"
                " passed them: what waits there may wait for something else."
            )
        finished, past = judged.past(told.station.places)
        if len(judged.named) == 1 and past > finished / 2:
            out.append(
                f"{past} of the {finished} items that finished in that time were never in {name}."
            )
        if told.ended < 3 * FEWEST_ENDED:
            out.append(f"Only {told.ended} items left {name} in all that time.")
        if told.slower >= 2:
            out.append(f"Work at {name} takes longer and longer: what is told may get worse.")
    if judged.demand >= ALSO_SHOWN:
        out.append(f"It may be that demand limits the flow ({percent(judged.demand)} likely).")
    return [*out, *_doubts(judged)]


def _doubts(judged: Judgement) -> list[str]:
    out = []
    watch = judged.watch
    if watch.coarse:
        out.append("Moves are known by the day only: places and waiting are less sure.")
    places = {place for told in judged.single for place in told.station.places}
    lying = sum(n for place, n in watch.aside_by_place.items() if place in places)
    if judged.turns < OUT_OF_TURN and not watch.coarse:
        out.append(
            "Work is mostly not begun in the order in which it came: how many places a stage has is"
            " less sure."
        )
    if lying:
        out.append(
            f"{lying} visits that lasted over three times as long as 95 % of those to their stage"
            " are set aside: if they were worked on all the time, more is used than is said here."
        )
    return out


def _demand(judged: Judgement) -> Verdict:
    told = [each for each in judged.single if judged.tells(each)]
    paced = [each for each in told if not each.delays]
    sure = judged.confidence
    reason = "No stage had work waiting often enough"
    if paced:
        most = max(paced, key=lambda each: each.used)
        load = percent(most.used) if most.used <= 1 else "over 100 %"
        reason += f": {most.station.name} is used most, {load}"
    reason += ". What comes in decides what goes out."
    slowest = slowest_delay(judged)
    if slowest is not None:
        reason += (
            f" {slowest.station.name} takes {slowest.touch:.1f} days on average, whether it holds"
            " much or little."
        )
    if sure >= SURELY:
        heading = "No stage limits the flow now, demand does"
    elif sure >= PROBABLY:
        heading = "No stage limits the flow now, demand probably does"
    else:
        heading = "No stage clearly limits the flow now, demand may"
    against = []
    closest, chance = judged.ranked[0]
    if chance >= ALSO_SHOWN:
        against.append(
            f"{closest.station.name} comes closest ({percent(chance)} likely): items waited there"
            f" {percent(closest.waits)} of the time."
        )
    return Verdict(Kind.DEMAND, (), None, sure, heading, reason, (*against, *_doubts(judged)))


def slowest_delay(judged: Judgement) -> Fit | None:
    """Of the stages that only delay, that in which items stay longest, where none stay longer in
    any other.
    """
    told = [each for each in judged.single if judged.tells(each)]
    if not told:
        return None
    longest = max(told, key=lambda each: each.touch)
    return longest if longest.delays else None


def _unknown(judged: Judgement) -> Verdict:
    most = max((told.ended for told in judged.fits), default=0)
    days = judged.watch.days
    if not judged.fits:
        reason = "The stream has no active stage: nothing is worked on that could limit the flow."
    elif days < FEWEST_DAYS:
        reason = f"Its history covers {days:.0f} days; {FEWEST_DAYS} are needed."
    else:
        reason = (
            f"In {days:.0f} days no stage was left by more than {most} items;"
            f" {FEWEST_ENDED} are needed to tell how it behaves."
        )
        finished, past = judged.past([p for told in judged.fits for p in told.station.places])
        if past > finished / 2:
            reason += (
                f" {past} of the {finished} items that finished in that time were in none of them:"
                " what they waited for cannot be seen."
            )
    return Verdict(
        Kind.UNKNOWN, (), None, 0.0, "Too little is known to name a constraint", reason, ()
    )
