"""Where a stream is stuck, in its published form."""

from __future__ import annotations

from vsm.features.bottlenecks.results import Kind, Stuck
from vsm.features.bottlenecks.schema import (
    Action,
    Bottlenecks,
    ClockSkew,
    Constraint,
    Finding,
    StageEvidence,
    TeamLoad,
)
from vsm.features.metrics.published import Window
from vsm.model.rules import from_micros


def published(told: Stuck) -> Bottlenecks:
    """The published form of what was found."""
    keys = dict(told.keys)
    names = {each.stage: each.name for each in told.stages}
    found = told.verdict
    limited = found.kind not in (Kind.DEMAND, Kind.UNKNOWN)
    return Bottlenecks(
        stream=told.stream,
        timezone=told.zone,
        as_of=from_micros(told.as_of).isoformat().replace("+00:00", "Z"),
        watched=Window.model_validate({"from": str(told.first), "to": str(told.last)}),
        constraint=Constraint(
            stages=list(found.stages),
            team=found.team,
            confidence=round(found.confidence, 3),
            reason=found.reason,
            against=list(found.against),
        )
        if limited
        else None,
        finding=Finding(
            kind=found.kind.value,
            text=found.heading,
            confidence=round(found.confidence, 3),
            reason=found.reason,
            against=list(found.against),
        ),
        stages=[
            StageEvidence(
                name=each.name,
                category=each.category,
                team=each.team,
                arrivals_per_week=round(each.arrivals, 2),
                departures_per_week=round(each.departures, 2),
                parallel_places=_rounded(each.parallel_places, 1),
                touch_days=_rounded(each.touch_days, 2),
                delays=each.delays,
                utilisation=_rounded(each.utilisation, 3),
                chance=_rounded(each.chance, 3),
                queue_growth_per_week=round(each.growth, 2),
                share_of_waiting=round(each.share_of_waiting, 3),
                wip=each.wip,
                wip_limit=each.limit,
                limit_reached=str(each.limit_reached) if each.limit_reached else None,
                blocked_share=_rounded(each.blocked_share, 3),
                starved_share=_rounded(each.starved_share, 3),
            )
            for each in told.stages
        ],
        teams=[
            TeamLoad(
                team=each.team,
                stages=list(each.stages),
                parallel_places=_rounded(each.parallel_places, 1),
                utilisation=_rounded(each.utilisation, 3),
                chance=round(each.chance, 3),
            )
            for each in told.teams
        ],
        min_cut=list(told.min_cut),
        actions=[
            Action(
                rank=rank,
                what=each.what,
                why=each.why,
                items=[keys[item] for item in each.items],
                stage=names.get(each.stage) if each.stage is not None else None,
            )
            for rank, each in enumerate(told.actions, 1)
        ],
        known_by_day=told.known_by_day,
        set_aside=told.set_aside,
        clock_skew=ClockSkew(
            items=len(told.backwards),
            keys=[keys[item] for item in told.backwards if item in keys],
        ),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
