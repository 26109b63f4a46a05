"""Item histories as importers yield them, before stages have ids in a stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from vsm.model.item import BlockerKind, ClassOfService, LinkKind, Quality
from vsm.model.stream import Category

Progress = Callable[[int, int], None]
"""Called with (done, in all) while a long job goes on."""


OBSERVED = "observed:"
"""The ids of moves that no log has begin so: somebody looked, and the column had changed."""
OBSERVED_LATE = "observed-late:"
"""The same where nobody had looked before, so that earlier moves may be missing."""


def is_observed(event_id: str) -> bool:
    """Whether a move was seen rather than logged."""
    return event_id.startswith((OBSERVED, OBSERVED_LATE))


class Entry(NamedTuple):
    """One entry into a status: UTC microseconds, the status's name, source event id, by whom."""

    at: int
    status: str
    event_id: str = ""
    by: str = ""


class BlockSpan(NamedTuple):
    """A time in which an item could not go on, in UTC microseconds; open without an end."""

    started: int
    ended: int | None
    reason: str
    kind: BlockerKind = BlockerKind.OTHER
    by: str = ""


class SprintStay(NamedTuple):
    """A time in which an item was in a sprint of its source, ``[entered, left)``."""

    source_id: str
    entered: int
    left: int | None


class SprintFacts(NamedTuple):
    """A sprint as another tool tells it; moments in UTC microseconds, where they are known.

    ``start`` and ``end`` are planned, ``started`` and ``closed`` happened.
    """

    source_id: str
    name: str
    goal: str = ""
    start: int | None = None
    end: int | None = None
    started: int | None = None
    closed: int | None = None


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """One item as another tool tells it.

    ``source_key`` identifies it in its source for ever (a Jira issue id); ``key`` is what people
    call it. ``entries`` are in the source's order, the first one the creation. ``links`` are
    ``(kind, source key, target key)``. ``blocks`` do not overlap, only the last one may be open.
    ``sprints`` are stays in sprints, ``estimates`` (moment, estimate from then on) where the source
    logs them. ``where`` names the file and line for messages.
    """

    source_key: str
    key: str
    title: str
    entries: tuple[Entry, ...]
    where: str
    description: str = ""
    type: str = "feature"
    service: ClassOfService = ClassOfService.STANDARD
    owner: str | None = None
    team: str | None = None
    estimate: float | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None
    links: tuple[tuple[LinkKind, str, str], ...] = ()
    quality: Quality = Quality.FULL
    blocks: tuple[BlockSpan, ...] = ()
    sprints: tuple[SprintStay, ...] = ()
    estimates: tuple[tuple[int, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that an import left out: where it stands and why."""

    where: str
    why: str


class AddedStage(NamedTuple):
    """A stage that an import adds to its stream, behind another.

    ``after`` is the name of that one, empty for the first place, ``None`` for the last one before
    done (of a done or dropped stage: the last one).
    """

    name: str
    category: Category
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All that an import will record.

    ``stages`` are (name, category) in the order of the flow; they make the stream where it is
    new and map statuses to its stages by name where it is there. Statuses that are not among
    the stages are ignored and counted. ``mapping`` leads from each status that is taken to its
    stage, and from each that is left out on purpose to ``""``; it is remembered, so that a later
    import of the stream reads the same. ``local`` says that ids are unique within the stream only,
    as in files with no system behind them. ``added`` are stages that an existing stream gets first.
    ``origin`` is what item ids are unique within, where that is not the format. With
    ``keeps_edits`` an item of which people edited fields is restated too, and those fields stay as
    they made them.
    """

    stream: str
    zone: str
    stages: tuple[tuple[str, Category], ...]
    commitment: str | None
    format: str
    file: str
    sha256: str
    histories: Sequence[ItemHistory]
    skipped: tuple[Skipped, ...] = field(default=())
    mapping: Mapping[str, str] = field(default_factory=dict)
    local: bool = False
    added: tuple[AddedStage, ...] = ()
    origin: str = ""
    sprints: tuple[SprintFacts, ...] = ()
    keeps_edits: bool = False


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import recorded (or, in a dry run, would record).

    ``items`` and ``transitions`` count what is new or restated: a second run of the same file
    has 0. ``transitions`` are moves, the creations not among them. ``ignored`` counts entries
    into unmapped statuses, ``repeated`` those into the stage that the item was in: no moves.
    ``kept`` are the keys of items that had changed in the source and were left as people here made
    them.
    ``sprints`` are those that are new or say something new.
    """

    stream: str
    items: int
    transitions: int
    links: int
    full: int
    truncated: int
    endpoints_only: int
    already_known: int
    restated: int
    ignored: int
    skipped: tuple[Skipped, ...]
    stages: tuple[tuple[str, Category], ...]
    dry_run: bool
    repeated: int = 0
    kept: tuple[str, ...] = ()
    sprints: int = 0
