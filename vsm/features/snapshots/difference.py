"""The published form of the difference between two snapshots.

JSON and its schema are made from these annotations (:mod:`vsm.report.publish`). Value streams are
matched by name, items by key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from vsm.report.position import Position
from vsm.report.publish import About, Name

JournalStatus = Literal["same", "continued", "longer", "reversed", "different", "cut", "rewritten"]
FigureUnit = Literal["days", "items", "a week", "share", "ratio", "item-days", "moves"]

_DAY = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a snapshot and the position of the journal."""

    as_of: str
    journal: Position


@dataclass(frozen=True, slots=True)
class JournalComparison:
    """Whether the second journal continues the first one.

    ``continued`` was checked against the database. From two files alone it is only known that
    the second journal is ``longer``; ``different`` then says that no item of both was created at
    the same moment. ``reversed``: the second is shorter and its moment is the earlier one.
    """

    status: JournalStatus
    missing_entries: Annotated[int, About("Entries known to be missing from the second.", ge=0)]
    text: str

    @property
    def is_broken(self) -> bool:
        """Whether entries of the first journal were lost or rewritten."""
        return self.status in ("cut", "rewritten")


@dataclass(frozen=True, slots=True)
class Titled:
    """An item."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Staged(Titled):
    """An item and the stage that it is in, or was in before it went."""

    stage: str


@dataclass(frozen=True, slots=True)
class Moved(Titled):
    """An item in another stage; back is towards the beginning of the stream."""

    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]
    back: bool


@dataclass(frozen=True, slots=True)
class Finished(Titled):
    """An item that became done, and the days that it took from start to finish."""

    cycle_days: int | None


@dataclass(frozen=True, slots=True)
class Blocked(Titled):
    """An item that cannot go on, and why."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changed(Titled):
    """A field of an item that has another value."""

    field: str
    before: str | float | bool | None
    after: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A stage, its items and its limit, as they are afterwards."""

    stage: str
    wip: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A stage with another limit, category or team."""

    stage: str
    field: str
    before: str | int | None
    after: str | int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure before and after."""

    figure: str
    unit: FigureUnit
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class ForecastChanged:
    """By when the next items are finished, as each snapshot says; null: later, or not forecast."""

    items: Annotated[int, Name("next_items")]
    odds: float
    before: Annotated[str | None, About(pattern=_DAY)]
    after: Annotated[str | None, About(pattern=_DAY)]


@dataclass(frozen=True, slots=True)
class StreamDifference:
    """The difference in one value stream."""

    name: str
    added: tuple[Staged, ...]
    gone: tuple[Staged, ...]
    moved: tuple[Moved, ...]
    started: tuple[Titled, ...]
    finished: tuple[Finished, ...]
    dropped: tuple[Titled, ...]
    reopened: tuple[Titled, ...]
    blocked: tuple[Blocked, ...]
    unblocked: tuple[Titled, ...]
    changed: tuple[Changed, ...]
    stages_added: tuple[str, ...]
    stages_gone: tuple[str, ...]
    stages_changed: tuple[StageChanged, ...]
    went_over_limit: tuple[Limit, ...]
    back_within_limit: tuple[Limit, ...]
    figures: Annotated[tuple[Figure, ...], About("Every figure that is compared, changed or not.")]
    forecasts: Annotated[
        tuple[ForecastChanged, ...],
        About("Numbers of items that either forecasts, changed or not; each from its own moment."),
    ] = ()


@dataclass(frozen=True, slots=True)
class Transferred(Titled):
    """An item that is in another value stream."""

    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]


@dataclass(frozen=True, slots=True)
class Dependency:
    """A link that came or went."""

    kind: str
    source: Annotated[str, Name("from")]
    target: Annotated[str, Name("to")]


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference from one snapshot to another."""

    SCHEMA: ClassVar[str] = "vsm.snapshot-diff/1"

    before: Moment
    after: Moment
    journal: JournalComparison
    streams_added: tuple[str, ...]
    streams_gone: tuple[str, ...]
    transferred: tuple[Transferred, ...]
    streams: Annotated[tuple[StreamDifference, ...], About("Value streams that are in both.")]
    dependencies_added: tuple[Dependency, ...]
    dependencies_gone: tuple[Dependency, ...]
    filter: Annotated[str | None, About("Both are of the items that match it.")] = None
