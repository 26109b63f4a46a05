"""Events: the facts that the journal keeps, readable for ever.

Each event is a frozen pydantic model; together they are a union told apart by ``kind``. An
event names its kind and version in the journal's columns and everything else in its payload.
When a shape changes, its version grows and an upcaster lifts stored ones (``UPCASTERS``), so
that old journals stay readable; ``tests/samples`` keeps one stored sample of each.

Events made by a decision carry all that was allotted there (ids, ranks, defaults): a
projection invents nothing. Times are UTC microseconds and stand in the journal's columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from vsm.model.errors import EnvironmentProblem
from vsm.model.item import BlockerKind, ClassOfService, LinkKind, Quality
from vsm.model.stream import Category, EdgeKind, LimitKind


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageFacts(_Event):
    """All that is known of a stage."""

    id: int
    name: str
    category: Category
    position: int
    team: int | None = None
    limit: int | None = None
    limit_kind: LimitKind = LimitKind.NONE
    policy: str = ""


class EdgeFacts(_Event):
    """One edge of a stream, by stage ids."""

    source: int
    target: int
    kind: EdgeKind = EdgeKind.FORWARD


class ItemFields(_Event):
    """The fields of an item that people edit."""

    title: str
    description: str = ""
    type: str = "feature"
    service: ClassOfService = ClassOfService.STANDARD
    owner: str | None = None
    team: int | None = None
    estimate: float | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    parent: str | None = None


class Override(_Event):
    """A WIP limit that was exceeded knowingly: the limit, the WIP after, the reason given."""

    limit: int
    wip: int
    reason: str


# -- organisation ------------------------------------------------------------------


class StreamCreated(_Event):
    """A stream came to be, with its stages, edges and zone."""

    kind: Literal["stream_created"] = "stream_created"
    stream: int
    name: str
    zone: str
    prefix: str
    stages: tuple[StageFacts, ...]
    edges: tuple[EdgeFacts, ...]
    commitment: int | None = None


class StreamRemoved(_Event):
    """The creation of a stream was undone; only an empty stream can go."""

    kind: Literal["stream_removed"] = "stream_removed"
    stream: int


class StreamChanged(_Event):
    """Fields of a stream changed: field → (before, after)."""

    kind: Literal["stream_changed"] = "stream_changed"
    stream: int
    changes: dict[str, tuple[Any, Any]]


class StageAdded(_Event):
    """A stage was inserted.

    ``positions`` is stage → (before, after) for those that made way; ``edges`` the whole set of
    the stream's edges afterwards.
    """

    kind: Literal["stage_added"] = "stage_added"
    stream: int
    stage: StageFacts
    positions: dict[int, tuple[int, int]] = {}
    edges: tuple[EdgeFacts, ...]
    edges_before: tuple[EdgeFacts, ...]


class StageRemoved(_Event):
    """The insertion of a stage was undone; only an empty stage can go."""

    kind: Literal["stage_removed"] = "stage_removed"
    stream: int
    stage: StageFacts
    positions: dict[int, tuple[int, int]] = {}
    edges: tuple[EdgeFacts, ...]
    edges_before: tuple[EdgeFacts, ...]


class StageChanged(_Event):
    """Fields of a stage changed: field → (before, after)."""

    kind: Literal["stage_changed"] = "stage_changed"
    stream: int
    stage: int
    changes: dict[str, tuple[Any, Any]]


class EdgesChanged(_Event):
    """The map of a stream changed: its whole set of edges, before and after."""

    kind: Literal["edges_changed"] = "edges_changed"
    stream: int
    before: tuple[EdgeFacts, ...]
    after: tuple[EdgeFacts, ...]


class TeamAdded(_Event):
    """A team came to be."""

    kind: Literal["team_added"] = "team_added"
    team: int
    name: str


class TeamRemoved(_Event):
    """The making of a team was undone; only a team that owns nothing can go."""

    kind: Literal["team_removed"] = "team_removed"
    team: int
    name: str


class TeamChanged(_Event):
    """Fields of a team changed: field → (before, after)."""

    kind: Literal["team_changed"] = "team_changed"
    team: int
    changes: dict[str, tuple[Any, Any]]


# -- items -------------------------------------------------------------------------


class ItemAdded(_Event):
    """An item came to be in a stage."""

    kind: Literal["item_added"] = "item_added"
    item: int
    stream: int
    key: str
    number: int | None
    stage: int
    rank: int
    fields: ItemFields
    override: Override | None = None


class ItemRemoved(_Event):
    """The making of an item was undone."""

    kind: Literal["item_removed"] = "item_removed"
    item: int
    stream: int
    key: str


class ItemEdited(_Event):
    """Fields of an item changed: field → (before, after)."""

    kind: Literal["item_edited"] = "item_edited"
    item: int
    stream: int
    changes: dict[str, tuple[Any, Any]]


class ItemMoved(_Event):
    """An item left one stage for another; ``how`` tells a drop or a reopening from a move."""

    kind: Literal["item_moved"] = "item_moved"
    item: int
    stream: int
    source: int
    target: int
    rank_before: int
    rank: int
    how: Literal["move", "drop", "reopen"] = "move"
    reason: str = ""
    override: Override | None = None


class MoveRetracted(_Event):
    """A move was undone: it never counted, the item is where it was before.

    ``over`` says that the stage exceeds its WIP limit by this; undo is not held up by limits.
    """

    kind: Literal["move_retracted"] = "move_retracted"
    item: int
    stream: int
    source: int
    target: int
    rank: int
    over: Override | None = None


class ItemReordered(_Event):
    """An item changed its place within its stage."""

    kind: Literal["item_reordered"] = "item_reordered"
    item: int
    stream: int
    stage: int
    rank_before: int
    rank: int


class StageRespaced(_Event):
    """Ranks of a stage were spread anew, as two neighbours had no gap: (item, before, after)."""

    kind: Literal["stage_respaced"] = "stage_respaced"
    stream: int
    stage: int
    ranks: tuple[tuple[int, int, int], ...]


class ItemBlocked(_Event):
    """An item cannot go on."""

    kind: Literal["item_blocked"] = "item_blocked"
    item: int
    stream: int
    block: int
    why: BlockerKind
    reason: str


class BlockRetracted(_Event):
    """A blocker was undone: it never was."""

    kind: Literal["block_retracted"] = "block_retracted"
    item: int
    stream: int
    block: int


class ItemUnblocked(_Event):
    """An item can go on again."""

    kind: Literal["item_unblocked"] = "item_unblocked"
    item: int
    stream: int
    block: int


class UnblockRetracted(_Event):
    """An unblocking was undone: the blocker never ended."""

    kind: Literal["unblock_retracted"] = "unblock_retracted"
    item: int
    stream: int
    block: int


class ItemArchived(_Event):
    """An item was taken off the board, or brought back."""

    kind: Literal["item_archived"] = "item_archived"
    item: int
    stream: int
    archived: bool


class ItemLinked(_Event):
    """Two items were linked, by key; ``item`` is the one that states it."""

    kind: Literal["item_linked"] = "item_linked"
    item: int
    stream: int
    link: LinkKind
    source: str
    target: str


class ItemUnlinked(_Event):
    """A link was taken away."""

    kind: Literal["item_unlinked"] = "item_unlinked"
    item: int
    stream: int
    link: LinkKind
    source: str
    target: str


# -- imports -----------------------------------------------------------------------


class ItemHistoryImported(_Event):
    """The history of one item as another tool told it; facts, not wishes.

    ``transitions`` are ``(at, stage, source event id, by)`` in the source's order, the first
    one the creation. ``links`` are ``(kind, source key, target key)``. ``replaces`` is the
    journal position of the statement that this one restates.
    """

    kind: Literal["item_history_imported"] = "item_history_imported"
    item: int
    stream: int
    run: int
    source: str
    source_key: str
    key: str
    rank: int
    fields: ItemFields
    transitions: tuple[tuple[int, int, str, str], ...]
    links: tuple[tuple[LinkKind, str, str], ...] = ()
    quality: Quality = Quality.FULL
    ignored: int = 0
    digest: str
    replaces: int | None = None


class ImportRan(_Event):
    """A file was imported; the item histories of its group belong to it.

    ``mapping`` leads from statuses to stage ids.
    """

    kind: Literal["import_ran"] = "import_ran"
    run: int
    stream: int
    format: str
    file: str
    sha256: str
    items: int
    transitions: int
    links: int
    mapping: dict[str, int] = {}


class ImportWithdrawn(_Event):
    """An import was undone; ``restated`` is (item, position of the statement it goes back to)."""

    kind: Literal["import_withdrawn"] = "import_withdrawn"
    run: int
    stream: int
    restated: tuple[tuple[int, int], ...] = ()


class ImportRestored(_Event):
    """The undoing of an import was undone: its item histories stand again."""

    kind: Literal["import_restored"] = "import_restored"
    run: int
    stream: int


Event = Annotated[
    StreamCreated
    | StreamRemoved
    | StreamChanged
    | StageAdded
    | StageRemoved
    | StageChanged
    | EdgesChanged
    | TeamAdded
    | TeamRemoved
    | TeamChanged
    | ItemAdded
    | ItemRemoved
    | ItemEdited
    | ItemMoved
    | MoveRetracted
    | ItemReordered
    | StageRespaced
    | ItemBlocked
    | BlockRetracted
    | ItemUnblocked
    | UnblockRetracted
    | ItemArchived
    | ItemLinked
    | ItemUnlinked
    | ItemHistoryImported
    | ImportRan
    | ImportWithdrawn
    | ImportRestored,
    Field(discriminator="kind"),
]

VERSION = 1
"""Version that new events are written with."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""``(kind, version) → function`` that lifts a stored payload to the next version."""

_CLASSES: dict[str, type[_Event]] = {
    str(cls.model_fields["kind"].default): cls
    for cls in _Event.__subclasses__()
    if cls.__name__ not in {"StageFacts", "EdgeFacts", "ItemFields", "Override"}
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with the journal's columns around it."""

    seq: int
    grp: int
    undoes: int | None
    item: int | None
    item_version: int | None
    at: int
    recorded_at: int
    actor: str
    session: str
    source: str
    source_event_id: str | None
    stream: int | None
    event: Event


class EventError(EnvironmentProblem):
    """A stored event that this version of the program cannot read."""


def dump(event: Event) -> str:
    """The payload of an event as the JSON text that the journal stores; defaults left out."""
    return event.model_dump_json(exclude={"kind"}, exclude_defaults=True)


def load(kind: str, version: int, payload: str) -> Event:
    """Read a stored event. Raises :class:`EventError` for an unknown kind, version or shape."""
    cls = _CLASSES.get(kind)
    if cls is None or version > VERSION:
        raise EventError(
            f"the journal holds an event {kind!r} version {version} that this vsm does not know",
            "it was written by a newer one: install that",
        )
    try:
        if version == VERSION:
            return cls.model_validate_json(payload)  # type: ignore[return-value]
        body = json.loads(payload)
        for step in range(version, VERSION):
            lift = UPCASTERS.get((kind, step))
            body = lift(body) if lift else body
        return cls.model_validate(body)  # type: ignore[return-value]
    except ValueError as error:
        raise EventError(f"an event {kind!r} cannot be read: {error}", "vsm doctor") from error
