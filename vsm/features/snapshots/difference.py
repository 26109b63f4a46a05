"""The published form of the difference between two snapshots.

``docs/snapshot-diff.schema.json`` is made from these models and their docstrings. Value streams are
matched by name, items by key.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vsm.features.snapshots.schema import Part, Position

SCHEMA = "vsm.snapshot-diff/1"


class Moment(Part):
    """The moment of a snapshot and the position of the journal."""

    as_of: str
    journal: Position


class JournalComparison(Part):
    """Whether the second journal continues the first one.

    ``continued`` was checked against the database. From two files alone it is only known that
    the second journal is ``longer``; ``different`` then says that no item of both was created at
    the same moment. ``reversed``: the second is shorter and its moment is the earlier one.
    """

    status: Literal["same", "continued", "longer", "reversed", "different", "cut", "rewritten"]
    missing_entries: int = Field(ge=0, description="Entries known to be missing from the second.")
    text: str

    @property
    def is_broken(self) -> bool:
        """Whether entries of the first journal were lost or rewritten."""
        return self.status in ("cut", "rewritten")


class Titled(Part):
    """An item."""

    key: str
    title: str


class Staged(Titled):
    """An item and the stage that it is in, or was in before it went."""

    stage: str


class Moved(Titled):
    """An item in another stage; back is towards the beginning of the stream."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    back: bool


class Finished(Titled):
    """An item that became done, and the days that it took from start to finish."""

    cycle_days: int | None


class Blocked(Titled):
    """An item that cannot go on, and why."""

    kind: str
    reason: str


class Changed(Titled):
    """A field of an item that has another value."""

    field: str
    before: str | float | bool | None
    after: str | float | bool | None


class Limit(Part):
    """A stage, its items and its limit, as they are afterwards."""

    stage: str
    wip: int
    limit: int | None


class StageChanged(Part):
    """A stage with another limit, category or team."""

    stage: str
    field: str
    before: str | int | None
    after: str | int | None


class Figure(Part):
    """A figure before and after."""

    figure: str
    unit: Literal["days", "items", "a week", "share", "ratio", "item-days", "moves"]
    before: float | None
    after: float | None


class StreamDifference(Part):
    """The difference in one value stream."""

    name: str
    added: list[Staged]
    gone: list[Staged]
    moved: list[Moved]
    started: list[Titled]
    finished: list[Finished]
    dropped: list[Titled]
    reopened: list[Titled]
    blocked: list[Blocked]
    unblocked: list[Titled]
    changed: list[Changed]
    stages_added: list[str]
    stages_gone: list[str]
    stages_changed: list[StageChanged]
    went_over_limit: list[Limit]
    back_within_limit: list[Limit]
    figures: list[Figure] = Field(description="Every figure that is compared, changed or not.")


class Transferred(Titled):
    """An item that is in another value stream."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Dependency(Part):
    """A link that came or went."""

    kind: str
    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Difference(Part):
    """The difference from one snapshot to another."""

    format: Literal["vsm.snapshot-diff/1"] = Field(alias="schema")
    before: Moment
    after: Moment
    journal: JournalComparison
    streams_added: list[str]
    streams_gone: list[str]
    transferred: list[Transferred]
    streams: list[StreamDifference] = Field(description="Value streams that are in both.")
    dependencies_added: list[Dependency]
    dependencies_gone: list[Dependency]
