"""The published form of a snapshot: what is true of all streams at one moment, as JSON.

``docs/snapshot.schema.json`` is made from these models. Moments are ISO 8601 in UTC, dates are
calendar days in the stream's zone, durations are days. Keys and order are stable, so that two
snapshots can be compared line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vsm.features.metrics.results import Figures
from vsm.report.schema import model_of

if TYPE_CHECKING:
    Metrics = Any  # mypy knows no types that are made at run time
else:
    Metrics = model_of(Figures)

SCHEMA = "vsm.snapshot/1"

Kind = Literal["dependency", "decision", "defect", "environment", "external", "people", "other"]
Service = Literal["expedite", "fixed-date", "standard", "intangible"]
Category = Literal["backlog", "queue", "active", "done", "dropped"]
State = Literal["not started", "in progress", "finished", "dropped"]


class Part(BaseModel):
    """A part of a published form: nothing that is not described here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Position(Part):
    """Where the journal stood: a cut or changed journal no longer has this hash there."""

    seq: int = Field(ge=0, description="The last entry of the journal.")
    hash: str = Field(pattern=r"^[0-9a-f]{64}$", description="Its hash.")


class Visit(Part):
    """One stay of an item in a stage."""

    stage: str
    entered: str
    left: str | None = Field(description="Null while the item is there.")


class Blocker(Part):
    """A time in which an item could not go on."""

    kind: Kind
    reason: str
    started: str
    ended: str | None = Field(description="Null while it is blocked.")


class Item(Part):
    """A work item. Where it stood and since when is as of the snapshot's moment."""

    key: str
    title: str
    description: str
    type: str
    service: Service = Field(alias="class", description="Class of service.")
    owner: str | None
    team: str | None
    estimate: float | None
    due: str | None = Field(description="A date.")
    labels: list[str]
    parent: str | None = Field(description="Key of the item that it is part of.")
    state: State
    stage: str
    since: str = Field(description="When it entered the stage.")
    created: str
    started: str | None = Field(description="First entry into work at or after the commitment.")
    finished: str | None = Field(description="Last entry into done, for items that are done.")
    cycle_days: int | None = Field(description="Start to finish, both days counted.")
    lead_days: int | None = Field(description="Creation to finish, both days counted.")
    age_days: int | None = Field(description="Start to now, both days counted, while in progress.")
    archived: bool
    history: Literal["full", "truncated", "endpoints_only"] = Field(
        description="How much of its history its source told."
    )
    visits: list[Visit]
    blockers: list[Blocker]


class Stage(Part):
    """A stage with its limit and how many items were in it."""

    name: str
    category: Category
    team: str | None
    wip: int = Field(ge=0, description="Items in it that are not archived.")
    limit: int | None
    limit_kind: Literal["none", "soft", "hard"]
    class_limits: dict[str, int]
    over_limit: bool
    policy: str
    retired: bool


class Edge(Part):
    """A move that the stream foresees."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    kind: Literal["forward", "rework"]


class Stream(Part):
    """A value stream: its map, its items and its figures."""

    name: str
    timezone: str
    commitment: str | None = Field(description="Stage whose entry starts the clock.")
    workdays: list[str]
    holidays: list[str]
    stages: list[Stage]
    edges: list[Edge]
    items: list[Item]
    metrics: Metrics = Field(description="Over the 90 days that end at as_of.")


class Team(Part):
    """A team and the stages that it works in."""

    name: str
    stages: list[str] = Field(description="stream: stage")
    workdays: list[str] | None = Field(description="Null where it works when its streams do.")
    holidays: list[str]


class Link(Part):
    """How two items hang together; blocks and parent lead from the one to the other.

    What was agreed on of one that blocks: its state, and the day by which it is needed.
    """

    kind: Literal["blocks", "relates", "parent"]
    source: str = Field(alias="from")
    target: str = Field(alias="to")
    state: Literal["proposed", "accepted", "delivered", "broken"] | None = None
    need_by: str | None = None


class Snapshot(Part):
    """All streams, or one, at one moment.

    Where items stood, their blockers and all figures are as of that moment and use nothing
    later; titles, owners and other fields, stages and limits are as they were when it was made.
    """

    format: Literal["vsm.snapshot/1"] = Field(alias="schema", description="Which form this is.")
    as_of: str
    journal: Position
    streams: list[Stream]
    teams: list[Team]
    dependencies: list[Link]
