"""The published form of a snapshot: what is true of all streams at one moment, as JSON.

JSON, its schema and the model that reads files back are made from these annotations
(:mod:`vsm.report.publish`). Moments are ISO 8601 in UTC, dates are calendar days in the stream's
zone, durations are days. Keys and order are stable, so that two snapshots can be compared line by
line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from vsm.features.forecast.results import Forecast
from vsm.features.metrics.results import Figures
from vsm.model.declared import TimeBasis
from vsm.model.item import BlockerKind, ClassOfService, DependencyState, LinkKind, Quality
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.rules import State
from vsm.model.stream import Category, EdgeKind, LimitKind
from vsm.report.position import Position
from vsm.report.publish import OPTIONAL, About, Name


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay of an item in a stage."""

    stage: str
    entered: str
    left: Annotated[str | None, About("Null while the item is there.")]


@dataclass(frozen=True, slots=True)
class Blocker:
    """A time in which an item could not go on."""

    kind: BlockerKind
    reason: str
    started: str
    ended: Annotated[str | None, About("Null while it is blocked.")]


@dataclass(frozen=True, slots=True)
class Item:
    """A work item. Where it stood and since when is as of the snapshot's moment."""

    key: str
    title: str
    description: str
    type: str
    service: Annotated[ClassOfService, Name("class"), About("Class of service.")]
    owner: str | None
    team: str | None
    estimate: float | None
    due: Annotated[str | None, About("A date.")]
    labels: tuple[str, ...]
    parent: Annotated[str | None, About("Key of the item that it is part of.")]
    state: State
    stage: str
    since: Annotated[str, About("When it entered the stage.")]
    created: str
    started: Annotated[str | None, About("First entry into work at or after the commitment.")]
    finished: Annotated[str | None, About("Last entry into done, for items that are done.")]
    cycle_days: Annotated[int | None, About("Start to finish, both days counted.")]
    lead_days: Annotated[int | None, About("Creation to finish, both days counted.")]
    age_days: Annotated[int | None, About("Start to now, both days counted, while in progress.")]
    archived: bool
    history: Annotated[Quality, About("How much of its history its source told.")]
    visits: tuple[Visit, ...]
    blockers: tuple[Blocker, ...]
    fields_as_of_now: Annotated[
        bool,
        OPTIONAL,
        About("True where title, owner, team and other fields are as of now, not of then."),
    ] = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with its limit and how many items were in it."""

    name: str
    category: Category
    team: str | None
    wip: Annotated[int, About("Items in it that are not archived.", ge=0)]
    limit: int | None
    limit_kind: LimitKind
    class_limits: Mapping[str, int]
    over_limit: bool
    policy: str
    retired: bool
    behaviour: Annotated[StageBehaviour, OPTIONAL] = StageBehaviour.AS_LOGGED
    process_days: Annotated[float | None, OPTIONAL, About("As people declared it.")] = None
    wait_days: Annotated[float | None, OPTIONAL, About("As people declared it.")] = None
    complete_accurate: Annotated[float | None, OPTIONAL, About("As people declared it.")] = None
    declared_note: Annotated[str, OPTIONAL] = ""
    note: Annotated[str, OPTIONAL, About("A note on the map.")] = ""
    exempt: Annotated[
        tuple[str, ...],
        OPTIONAL,
        About("Classes of service whose items do not count into the limit."),
    ] = ()


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """A WIP limit over several stages together."""

    stages: tuple[str, ...]
    limit: int
    limit_kind: LimitKind
    wip: Annotated[int, About("Items that count into it.", ge=0)]
    name: Annotated[str | None, OPTIONAL] = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A move that the stream foresees."""

    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]
    kind: EdgeKind
    note: Annotated[str, OPTIONAL, About("A note on the map.")] = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A value stream: its map, its items and its figures."""

    name: str
    timezone: str
    commitment: Annotated[str | None, About("Stage whose entry starts the clock.")]
    workdays: tuple[str, ...]
    holidays: tuple[str, ...]
    stages: tuple[Stage, ...]
    edges: tuple[Edge, ...]
    items: tuple[Item, ...]
    metrics: Annotated[Figures, About("Over the 90 days that end at as_of.")]
    stages_as_of_now: Annotated[
        bool,
        OPTIONAL,
        About("True where stages, edges and commitment are as of now, not of then."),
    ] = False
    move_entry: Annotated[MoveEntry, OPTIONAL, About("When moves are entered.")] = (
        MoveEntry.AS_LOGGED
    )
    map_time: Annotated[TimeBasis, OPTIONAL, About("What declared times count.")] = (
        TimeBasis.ELAPSED
    )
    forecast: Annotated[
        Forecast | None, OPTIONAL, About("Of the items that finish from as_of on, with odds.")
    ] = None
    group_limits: Annotated[
        tuple[GroupLimit, ...], OPTIONAL, About("WIP limits over several stages together.")
    ] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """A team and the stages that it works in."""

    name: str
    stages: Annotated[tuple[str, ...], About("stream: stage")]
    workdays: Annotated[tuple[str, ...] | None, About("Null where it works when its streams do.")]
    holidays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """How two items hang together; blocks and parent lead from the one to the other.

    What was agreed on of one that blocks: its state, and the day by which it is needed.
    """

    kind: LinkKind
    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]
    state: Annotated[DependencyState | None, OPTIONAL] = None
    need_by: Annotated[str | None, OPTIONAL] = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All streams, or one, at one moment.

    Where items stood, their fields, blockers and links, the stages, edges and limits and all
    figures are as of that moment and use nothing later. Names of teams are as they were when it was
    made. What is not known is as of now: fields_as_of_now marks the items that were imported after
    the moment, stages_as_of_now the streams that were made after it.
    """

    SCHEMA: ClassVar[str] = "vsm.snapshot/1"

    as_of: str
    journal: Position
    streams: tuple[Stream, ...]
    teams: tuple[Team, ...]
    dependencies: tuple[Link, ...]
    filter: Annotated[
        str | None,
        OPTIONAL,
        About("Items, links and figures are of the items that match it; WIP of stages is of all."),
    ] = None
