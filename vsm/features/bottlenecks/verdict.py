"""Writes the verdict on a stream: the constraint, the reason with its figures, and caveats."""

from __future__ import annotations

import numpy as np

from vsm.features.bottlenecks.constraint import (
    AMPLE_DEPARTURES,
    LOW_UTILISATION,
    MIN_DAYS,
    MIN_DEPARTURES,
    MUCH_OVERTAKING,
    Judgement,
)
from vsm.features.bottlenecks.effects import is_wait_unexplained
from vsm.features.bottlenecks.intake import NO_INTAKE, Intake
from vsm.features.bottlenecks.results import (
    PROBABLY,
    SURELY,
    SUREST,
    Kind,
    Verdict,
)
from vsm.features.bottlenecks.servers import Fit, as_unused
from vsm.features.bottlenecks.shared_teams import work_elsewhere
from vsm.features.bottlenecks.stations import Station
from vsm.model.plural import count
from vsm.report.wording import MIN_RATE_DAYS, listed, percent

MENTIONED_PROBABILITY = 0.05
"""Another candidate is a caveat from this probability on."""
MENTIONED_PART = 0.005
"""A part of the confidence is mentioned from this probability on."""
MENTIONED_OVERTAKING = 0.15
"""Overtaking is a caveat from this share of the items that came while others waited."""
ANY_ORDER_LOG_ODDS = -3.0
"""Work in any order is a caveat below these log odds of first-in-first-out."""
NAMED_STAGES = 3
"""Stages of the backlog that are named before the rest is only counted."""
SELDOM = 0.02
"""With a smaller share of the time items hardly ever waited."""
MUCH_DELAY = 0.2
"""A delay is mentioned if it costs so large a share of the item-days in all stations."""
RECENT_WEEKS, CLEARLY_LESS = 8, 0.8
"""Fewer items waited recently if in so many weeks they were less than this share of the mean."""
MENTIONED_SHARE = 0.1
"""Being starved or blocked, and waiting, are mentioned from this share of the time on."""


def reach_verdict(judgement: Judgement, intake: Intake = NO_INTAKE) -> Verdict:
    """Name the constraint, or say that there is none or that there is too little data.

    ``intake`` is what waits in the backlog.
    """
    if not judgement.has_enough_data:
        return _unknown(judgement)
    if not judgement.constraints:
        return _demand(judgement, intake)
    order = judgement.stream.order
    stations = [fit.station for fit in judgement.constraints]
    places = sorted({place for station in stations for place in station.active})
    stages = tuple(order[place].name for place in places)
    team = next((station.name for station in stations if station.team is not None), None)
    kind = Kind.TEAM if team else Kind.SEVERAL if len(stations) > 1 else Kind.STAGE
    subject = " and ".join(station.name for station in stations)
    if team:
        subject = f"{team} ({' and '.join(stages)})"
    if kind is Kind.STAGE:
        station_team = order[stations[0].active[0]].team
        team = None if station_team is None else judgement.teams.get(station_team)
    heading = _heading(judgement, subject, is_plural=kind is Kind.SEVERAL)
    reason = " ".join(_describe_station(fit, judgement) for fit in judgement.constraints)
    caveats = (*_explain_confidence(judgement), *_find_caveats(judgement))
    return Verdict(kind, stages, team, heading, judgement.confidence, reason, caveats)


def _heading(judgement: Judgement, subject: str, *, is_plural: bool) -> str:
    """The verdict in a line, with words for its confidence and for the closest alternative."""
    verb = "limit" if is_plural else "limits"
    if judgement.confidence >= SURELY:
        return f"{subject} {verb} the flow"
    if judgement.confidence >= PROBABLY:
        return f"{subject} probably {verb} the flow"
    if judgement.probability >= PROBABLY:
        is_unused = any(map(judgement.is_hardly_used, judgement.constraints))
        though = "hardly used" if is_unused else "most of what finishes is never there"
        return f"{subject} may limit the flow, though {though}"
    others = [(probability, name) for name, probability, _ in _other_candidates(judgement)]
    probability, other = max(others, default=(0.0, ""))
    if judgement.demand >= probability:
        return f"{subject} may limit the flow, or demand: the data do not separate them"
    return f"{subject} or {other} limits the flow: the data do not separate them"


def rates_a_week(judgement: Judgement, places: tuple[int, ...]) -> tuple[float, float] | None:
    """Items a week that arrived in and left some stages; ``None`` under a week of history."""
    window = judgement.window
    if window.days < MIN_RATE_DAYS:
        return None
    occupancy = window.occupancy(places)
    arrived, left = (
        int(((moments > 0) & (moments <= window.days)).sum())
        for moments in (occupancy.arrivals, occupancy.departures)
    )
    return 7 * arrived / window.days, 7 * left / window.days


def _describe_rates(fit: Fit, judgement: Judgement) -> str:
    """How many items arrive and leave a week, as the rows of the stages say it.

    Items arrive at a stage through its queue: that row has their rate then.
    """
    station, order = fit.station, judgement.stream.order
    whole = rates_a_week(judgement, station.held_in) or (7 * fit.arrivals, 7 * fit.departures)
    if station.team is not None:
        stages = listed([order[place].name for place in station.active])
        if others := shared_work(judgement, station):
            stages += f" and at {listed(others)}"
        return f"{whole[0]:.1f} items arrive a week at {stages} together, {whole[1]:.1f} leave"
    for queue in station.queues:
        rates = rates_a_week(judgement, (queue,))
        if rates is not None and f"{rates[0]:.1f}" == f"{whole[0]:.1f}":
            return (
                f"{whole[0]:.1f} items arrive a week in {order[queue].name}, {whole[1]:.1f} leave"
                f" {station.name}"
            )
    rates = rates_a_week(judgement, station.active) or whole
    return f"{rates[0]:.1f} items arrive a week, {rates[1]:.1f} leave"


def shared_work(judgement: Judgement, station: Station) -> list[str]:
    """The stages in other streams, with these, that use the same slots as a team's station."""
    works = work_elsewhere(judgement.stream, judgement.window, station)
    return [work.name for work in works if work.shares_slots]


def _describe_station(fit: Fit, judgement: Judgement) -> str:
    name = fit.station.name
    servers = fit.servers
    slots = count(servers, "parallel slot")
    if fit.utilisation <= 1:
        load = f"is {percent(fit.utilisation)} utilised"
    else:
        load = f"is overloaded ({percent(fit.utilisation)})"
    text = (
        f"{name} works like {slots} and {load}: {_describe_rates(fit, judgement)}, the service"
        f" time is {fit.service_time:.1f} days."
    )
    if fit.station.limit and fit.waiting_share >= MENTIONED_SHARE:
        return f"{text} {percent(fit.waiting_share)} of the time items waited there or it was full."
    return (
        f"{text} {percent(fit.waiting_share)} of the time items waited there,"
        f" {fit.mean_waiting:.1f} on average; with more than {count(servers, 'item')} no more leave"
        f" than with {servers}."
    )


def _explain_confidence(judgement: Judgement) -> list[str]:
    """Why the confidence is not the probability that the table has for the constraint."""
    confidence, joint = percent(judgement.confidence), percent(min(judgement.probability, SUREST))
    named = {place for fit in judgement.constraints for place in fit.station.active}
    parts = [
        (fit.station.name, percent(min(probability, SUREST)))
        for fit, probability in judgement.ranked
        if named & set(fit.station.active) and probability >= MENTIONED_PART
    ]
    sentences = []
    if len(parts) > 1:
        (first, alone), *others = parts
        names = listed([first, *(name for name, _ in others)])
        sentences.append(f"The confidence counts {names} together; {first} alone has {alone}.")
    if confidence != joint:
        whys = {why for fit in judgement.constraints if (why := _bounded_as(judgement, fit))}
        if judgement.has_unseen_work:
            whys.add("a team also works in other streams")
        sentences.append(
            f"The confidence is only {confidence}, not {joint}, as {listed(sorted(whys))}."
        )
    return sentences


def _bounded_as(judgement: Judgement, fit: Fit) -> str:
    """What makes a constraint unlike the streams on which probabilities were checked."""
    name = fit.station.name
    if judgement.is_hardly_used(fit):
        return f"{name} is hardly used"
    if judgement.is_mostly_bypassed(fit):
        return f"most of what finishes is never in {name}"
    if fit.utilisation < LOW_UTILISATION:
        return f"{name} is little utilised"
    if fit.overtaking_share > MUCH_OVERTAKING and not judgement.window.is_coarse:
        return f"most items at {name} overtake others"
    if fit.departure_count < AMPLE_DEPARTURES:
        return f"few items left {name}"
    return ""


def _other_candidates(judgement: Judgement) -> list[tuple[str, float, Fit]]:
    """Candidates beside the constraint that are likely enough to mention, the likeliest first."""
    named = {place for fit in judgement.constraints for place in fit.station.active}
    return [
        (fit.station.name, probability, fit)
        for fit, probability in judgement.ranked
        if probability >= MENTIONED_PROBABILITY and not named & set(fit.station.active)
    ]


def _find_caveats(judgement: Judgement) -> list[str]:
    """Caveats about the constraint: a sentence each."""
    caveats = []
    for name, probability, fit in _other_candidates(judgement):
        is_known = not fit.is_delay and not is_unseen(fit)
        used = f": it is {percent(fit.utilisation)} utilised" if is_known else ""
        likely = f"(probability {percent(probability)})"
        caveats.append(f"{name} may be the constraint instead {likely}{used}.")
    for fit in judgement.constraints:
        name = fit.station.name
        caveats += _explain_less_waiting(judgement, fit)
        if fit.starved >= MENTIONED_SHARE:
            caveats.append(f"{name} had nothing to work on {percent(fit.starved)} of the time.")
        if fit.blocked >= MENTIONED_SHARE:
            caveats.append(
                f"{name} was blocked {percent(fit.blocked)} of the time: what follows it was full."
            )
        if fit.utilisation < 0.8 and not is_unseen(fit):
            why = "because arrivals or service times vary"
            if is_wait_unexplained(judgement, fit):
                why = "for something else than a free slot"
            caveats.append(
                f"{name} seems to be only {percent(fit.utilisation)} utilised: items wait there"
                f" {why}."
            )
        if fit.overtaking_share >= MENTIONED_OVERTAKING and not judgement.window.is_coarse:
            caveats.append(
                f"{percent(fit.overtaking_share)} of the items that arrived at {name} while others"
                " waited overtook them: those may wait for something else."
            )
        finished, bypassing = judgement.count_bypassing(fit.station.stages)
        if len(judgement.constraints) == 1 and bypassing > finished / 2:
            caveats.append(
                f"{bypassing} of the {finished} items that finished in that time were never in"
                f" {name}."
            )
        if fit.departure_count < 3 * MIN_DEPARTURES:
            caveats.append(f"Only {fit.departure_count} items left {name} in all that time.")
        if fit.slowdown >= 2:
            caveats.append(f"The service time at {name} is growing: the figures may get worse.")
    if judgement.demand >= MENTIONED_PROBABILITY:
        caveats.append(
            f"Demand may limit the flow instead (probability {percent(judgement.demand)})."
        )
    return [*caveats, *_find_data_caveats(judgement)]


def _explain_less_waiting(judgement: Judgement, fit: Fit) -> list[str]:
    """That fewer items waited in the last weeks than over the whole time, by their mean numbers."""
    window = judgement.window
    if judgement.is_pull_board or window.days < 14 * RECENT_WEEKS:
        return []
    grid = (np.arange(2_000) + 0.5) / 2_000 * window.days
    level = window.occupancy(fit.station.held_in).level.just_after(grid)
    waiting = np.maximum(level - fit.servers, 0.0)
    mean = float(waiting.mean())
    recently = float(waiting[grid > window.days - 7 * RECENT_WEEKS].mean())
    if recently >= CLEARLY_LESS * mean or f"{recently:.1f}" == f"{mean:.1f}":
        return []
    return [
        f"Recently fewer items waited at {fit.station.name}: {recently:.1f} on average in the last"
        f" {RECENT_WEEKS} weeks, {mean:.1f} over the whole time."
    ]


def _find_data_caveats(judgement: Judgement) -> list[str]:
    """Caveats that hold for any verdict on these data: a sentence each."""
    caveats = []
    window = judgement.window
    if window.is_coarse:
        caveats.append(
            "The moments of moves are not known: parallel capacity and waiting are less certain."
        )
    places = {place for fit in judgement.stage_fits for place in fit.station.stages}
    outliers = sum(n for place, n in window.outliers_by_place.items() if place in places)
    if judgement.fifo_log_odds < ANY_ORDER_LOG_ODDS and not window.is_coarse:
        caveats.append(
            "Work is mostly not started in the order of arrival: the parallel capacity of a stage"
            " is less certain."
        )
    if judgement.has_unseen_work:
        caveats += _name_unseen_work(judgement)
    if outliers:
        caveats.append(
            f"{count(outliers, 'outlier')} ignored (longer than 3 × p95 of the"
            " stage): the true load may be higher."
        )
    return caveats


def _name_unseen_work(judgement: Judgement) -> list[str]:
    """Which teams also work in other streams, where the log does not show with which slots."""
    by_team: dict[int, list[str]] = {}
    for work in judgement.window.elsewhere.values():
        by_team.setdefault(work.team, []).append(work.stream)
    return [
        f"{judgement.teams.get(team, 'A team')} also works in {listed(streams)}: whether it uses"
        " the same slots there is not known."
        for team, streams in by_team.items()
    ]


def _demand(judgement: Judgement, intake: Intake) -> Verdict:
    confidence = judgement.confidence
    reason = "No stage had items waiting often enough"
    busiest = busiest_stage(judgement)
    if busiest is not None:
        load = percent(busiest.utilisation)
        reason += f": {busiest.station.name} has the highest utilisation, {load}"
    if not intake.is_slow:
        reason += ". The arrival rate limits throughput."
    else:
        items = intake.waiting.items
        reason = (
            f"{count(items, 'item')} {'waits' if items == 1 else 'wait'} in"
            f" {listed(intake.waiting.names, NAMED_STAGES)}; {intake.taken_in:.1f} a week are taken"
            f" in. {reason}."
        )
    for delay in costliest_delays(judgement)[:1]:
        reason += (
            f" {delay.station.name} takes {delay.service_time:.1f} days on average, however many"
            " items are there."
        )
    caveats = []
    closest, probability = judgement.ranked[0]
    if probability >= MENTIONED_PROBABILITY:
        waited = f"items waited there {percent(closest.waiting_share)} of the time"
        if closest.waiting_share < SELDOM:
            waited = "though items hardly ever waited there"
        caveats.append(
            f"{closest.station.name} is the closest candidate (probability"
            f" {percent(probability)}){',' if closest.waiting_share < SELDOM else ':'} {waited}."
        )
    if intake.is_much_abandoned:
        items = intake.abandoned.items
        caveats.append(
            f"{count(items, 'item')} {'has' if items == 1 else 'have'} been in"
            f" {listed(intake.abandoned.names, NAMED_STAGES)} far longer than others were before"
            f" they went on: {'is it' if items == 1 else 'are they'} still to be done?"
        )
    caveats += _find_data_caveats(judgement)
    heading = _demand_heading(confidence, is_intake_slow=intake.is_slow)
    return Verdict(Kind.DEMAND, (), None, heading, confidence, reason, tuple(caveats))


def _demand_heading(confidence: float, *, is_intake_slow: bool) -> str:
    """The verdict in a line where no stage limits the flow."""
    if is_intake_slow:
        if confidence < PROBABLY:
            return "No stage clearly limits the flow now, slow intake may"
        none = "No stage" if confidence >= SURELY else "Probably no stage"
        return f"{none} limits the flow now: work is taken in slowly"
    if confidence >= SURELY:
        return "No stage limits the flow now, demand does"
    if confidence >= PROBABLY:
        return "No stage limits the flow now, demand probably does"
    return "No stage clearly limits the flow now, demand may"


def busiest_stage(judgement: Judgement) -> Fit | None:
    """The station with the highest utilisation; ``None`` where none is known."""
    known = [
        fit
        for fit in judgement.stage_fits
        if judgement.is_conclusive(fit) and not fit.is_delay and not is_unseen(fit)
    ]
    return max(known, key=lambda fit: fit.utilisation, default=None)


def is_unseen(fit: Fit) -> bool:
    """Whether nothing shows how much a station is used: on a pull board it takes no work at once
    when another item leaves.
    """
    return not fit.is_delay and as_unused(fit) == fit


def item_days(fit: Fit) -> float:
    """The item-days a week that a station costs: days in it and waiting for it, by items a week."""
    waiting = 0.0 if fit.is_delay else fit.mean_waiting
    return 7 * (fit.departures * fit.service_time + waiting)


def costliest_delays(judgement: Judgement) -> list[Fit]:
    """The mere delays that cost a good part of all item-days, those that cost most first."""
    conclusive = [fit for fit in judgement.stage_fits if judgement.is_conclusive(fit)]
    least = MUCH_DELAY * sum(map(item_days, conclusive))
    delays = [fit for fit in conclusive if fit.is_delay and item_days(fit) >= least]
    return sorted(delays, key=lambda fit: -item_days(fit))


def _unknown(judgement: Judgement) -> Verdict:
    most = max((fit.departure_count for fit in judgement.fits), default=0)
    days = judgement.window.days
    if not judgement.fits:
        reason = "The stream has no active stage that could limit the flow."
    elif days < MIN_DAYS:
        reason = f"Its history covers {int(days)} full days; {MIN_DAYS} are needed."
    else:
        reason = (
            f"In {days:.0f} days at most {most} items left any stage; {MIN_DEPARTURES} are needed"
            " to estimate how it behaves."
        )
        finished, bypassing = judgement.count_bypassing(
            [place for fit in judgement.fits for place in fit.station.stages]
        )
        if bypassing > finished / 2:
            reason += (
                f" {bypassing} of the {finished} items that finished in that time were in none of"
                " them: the data do not show where they waited."
            )
    return Verdict(
        Kind.UNKNOWN, (), None, "Too little is known to name a constraint", 0.0, reason, ()
    )
