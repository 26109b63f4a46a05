"""A change that somebody asks about, by the stages of the stream, and what it is when played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from vsm.model.errors import BadInput
from vsm.model.stream import Category, Stage, ValueStream
from vsm.report.wording import count, listed, percent

if TYPE_CHECKING:
    from vsm.features.simulate.changes import Change
    from vsm.features.simulate.fitting import FittedStream

MOST_FACTOR = 3.0
"""Arrivals and rework can be so many times what they are."""
WEEKS, MOST_WEEKS = 13, 52
"""Weeks that are played where it is not said how many, and at most."""
DRAWS = 200
"""So many draws are played, but where a stream has very many items."""
MOST_SLOTS = 40
"""No more slots than this are played."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Slots of a stage that are missing in some weeks, counted from 1."""

    stage: Stage
    slots: int
    first_week: int
    last_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be changed. A limit of ``None`` is no limit; ``items`` and ``by`` ask for the odds
    of so many items by the end of a day.
    """

    limits: tuple[tuple[Stage, int | None], ...] = ()
    slots: tuple[tuple[Stage, int], ...] = ()
    arrivals: float = 1.0
    rework: float = 1.0
    missing: tuple[Missing, ...] = ()
    weeks: int = WEEKS
    items: int | None = None
    by: date | None = None

    def check(self, stream: ValueStream) -> None:
        """Raise :class:`~vsm.model.errors.BadInput` for what cannot be played."""
        stages = [stage for stage, _ in (*self.limits, *self.slots)]
        for stage in (*stages, *(absence.stage for absence in self.missing)):
            if not stage.category.working:
                raise BadInput(
                    f"nobody works on items in {stage.name}, which is {stage.category}",
                    "name a stage of work or one where items wait for it",
                )
        for what, named in (("WIP limits", self.limits), ("changes of slots", self.slots)):
            names = [stage.name for stage, _ in named]
            twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
            if twice:
                raise BadInput(f"there are several {what} for {twice[0]}", "give one of them")
        for stage, limit in self.limits:
            if limit is not None and limit < 1:
                raise BadInput(
                    f"a WIP limit of {limit} for {stage.name} lets nothing in",
                    "give a number from 1 on, or none for no limit",
                )
            if limit == (stage.limit if stage.limited else None):
                raise BadInput(f"that is the WIP limit of {stage.name} now", "give another one")
        for what, factor in (("arrivals", self.arrivals), ("rework", self.rework)):
            if not 0.0 <= factor <= MOST_FACTOR:
                raise BadInput(
                    f"{what} of {factor:.0%} cannot be played",
                    f"give a percentage from 0% to {MOST_FACTOR:.0%}",
                )
        if not (stages or self.missing or self.arrivals != 1.0 or self.rework != 1.0):
            raise BadInput(
                "nothing is changed", "change a WIP limit, slots, arrivals, rework or an absence"
            )

    def words(self) -> tuple[str, ...]:
        """What is changed, a phrase each."""
        out = []
        for stage, limit in self.limits:
            now = f"{stage.limit}" if stage.limited else "none"
            out.append(f"WIP limit of {stage.name} {limit or 'none'} (now {now})")
        for stage, more in self.slots:
            out.append(
                f"{count(abs(more), 'slot')} {'more' if more > 0 else 'fewer'} at {stage.name}"
            )
        for absence in self.missing:
            weeks = (
                f"week {absence.first_week}"
                if absence.first_week == absence.last_week
                else f"weeks {absence.first_week} to {absence.last_week}"
            )
            out.append(f"{count(absence.slots, 'slot')} missing at {absence.stage.name} in {weeks}")
        if self.arrivals != 1.0:
            out.append(f"arrivals {percent(self.arrivals)} of what they are")
        if self.rework != 1.0:
            out.append(f"rework {percent(self.rework)} of what it is")
        return tuple(out)

    def to_change(self, stream: ValueStream, fitted: FittedStream) -> Change:
        """The same by the stations of a fitted stream."""
        from vsm.features.simulate.changes import Absence, Change

        if self.rework != 1.0 and not fitted.has_rework:
            raise BadInput(
                "no item went back to an earlier stage lately: there is no rework to change",
                "leave rework as it is",
            )
        limits, rooms, most = _limits(self.limits, stream, fitted)
        slots: dict[int, int] = {}
        for stage, more in self.slots:
            station = _station_with_slots(stage, stream, fitted)
            slots[station] = slots.get(station, 0) + more
            _check_slots(stage, -slots[station], fitted.likely_slots(station))
        for absence in self.missing:
            station = _station_with_slots(absence.stage, stream, fitted)
            _check_slots(absence.stage, absence.slots - 1, fitted.likely_slots(station))
        return Change(
            limits=limits,
            queue_rooms=rooms,
            most_slots=most,
            slots=slots,
            arrivals=self.arrivals,
            rework=self.rework,
            absences=tuple(
                Absence(
                    _station_with_slots(absence.stage, stream, fitted),
                    absence.slots,
                    absence.first_week - 1.0,
                    absence.last_week - absence.first_week + 1.0,
                )
                for absence in self.missing
            ),
        )


def _check_slots(stage: Stage, fewer: int, likely: int) -> None:
    """Refuse to take more slots from a stage than it probably has, or all but for an absence."""
    if fewer >= likely:
        raise BadInput(
            f"{stage.name} works like {count(likely, 'parallel slot')}: no more can be taken away",
            "give fewer",
        )


def _station(stage: Stage, stream: ValueStream, fitted: FittedStream) -> int:
    station = fitted.station_at(stream.index[stage.id])
    if station is None:
        raise BadInput(f"work ends in {stage.name}", "name a stage of work before it")
    return station


def _station_with_slots(stage: Stage, stream: ValueStream, fitted: FittedStream) -> int:
    station = _station(stage, stream, fitted)
    if fitted.only_delays(station):
        raise BadInput(
            f"items only pass through {stage.name}: none waits for another there, so slots change"
            " nothing",
            "name a stage where items wait for work: vsm bottlenecks",
        )
    stages = [stream.order[place] for place in fitted.places(station)]
    works = [one.name for one in stages if one.category is Category.ACTIVE]
    if stage.category is Category.QUEUE and works:
        raise BadInput(
            f"items only wait in {stage.name}: the slots are those of {listed(works)}",
            f"name {works[0]}",
        )
    return station


def _limits(
    changed: Sequence[tuple[Stage, int | None]], stream: ValueStream, fitted: FittedStream
) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Limits of stations, rooms of their queue stages, and bounds of their slots.

    A limit of the stage of work bounds the slots, where items wait in a queue stage before it.
    """
    new = {stage.id: limit for stage, limit in changed}
    limits: dict[int, int] = {}
    rooms: dict[int, int] = {}
    most: dict[int, int] = {}
    for station in {_station(stage, stream, fitted) for stage, _ in changed}:
        stages = [stream.order[place] for place in fitted.places(station)]
        limit_of = {
            stage.id: new.get(stage.id, stage.limit if stage.limited else None) for stage in stages
        }
        queues = [stage.id for stage in stages if stage.category is Category.QUEUE]
        active = [stage.id for stage in stages if stage.id not in queues]
        works = [limit_of[stage] for stage in active]
        if not queues or not active:
            all_limited = all(limit_of.values())
            limits[station] = sum(limit or 0 for limit in limit_of.values()) if all_limited else 0
            continue
        if all(works):
            most[station] = sum(limit or 0 for limit in works)
        waiting = [limit_of[stage] for stage in queues]
        if all(waiting):
            rooms[station] = sum(limit or 0 for limit in waiting)
        else:
            limits[station] = 0
    return limits, rooms, most
