"""The questions that decisions ask about the present; the store answers in the transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from vsm.model.delivery import Deployment
from vsm.model.entity import Entity
from vsm.model.item import Agreement, ClassOfService, Item, LinkKind, Visit
from vsm.model.role import Role
from vsm.model.stream import ValueStream

if TYPE_CHECKING:
    from vsm.model.control.facts import OnRecord, Part
    from vsm.model.event import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ItemChange:
    """Who changed an item, when, how in words, and what was recorded of it."""

    actor: str
    at: int
    text: str
    event: Event


class View(Protocol):
    """A narrow, read-only look at streams and items."""

    @property
    def now(self) -> int:
        """The moment of the decision, in UTC microseconds."""

    @property
    def actor(self) -> str:
        """Whoever decides, by name."""

    @property
    def at_most(self) -> Role | None:
        """The most that whoever decides may be in this session, whatever they were granted."""

    def item(self, item_id: int) -> Item | None:
        """The item with this id."""

    def item_by_key(self, key: str) -> Item | None:
        """The item with this key, letter case ignored."""

    def stream(self, stream_id: int) -> ValueStream | None:
        """The stream with this id."""

    def stream_by_name(self, name: str) -> ValueStream | None:
        """The stream of exactly this name, letter case ignored."""

    def stream_of_stage(self, stage_id: int) -> ValueStream | None:
        """The stream that has this stage."""

    def get(self, entity: Entity[T], number: int) -> T | None:
        """The entity with this id."""

    def find(self, entity: Entity[T], key: str) -> T | None:
        """The entity with exactly this key, letter case ignored."""

    def has_any(self, entity: Entity[Any]) -> bool:
        """Whether there is one of the kind."""

    def all(self, entity: Entity[T]) -> Sequence[T]:
        """All of the kind."""

    def where(self, entity: Entity[T], field: str, values: Sequence[Any]) -> Sequence[T]:
        """Those of the kind whose field has one of these values."""

    def distinct(self, entity: Entity[Any], field: str) -> Sequence[Any]:
        """The values that a field has, once each."""

    def streams_of_team(self, team: int) -> Sequence[int]:
        """The streams in which a team has open items, by id."""

    def is_in_use(self, entity: Entity[Any], number: int) -> bool:
        """Whether anything refers to the entity with this id."""

    def wip(self, stage_id: int, service: ClassOfService | None = None) -> int:
        """How many unarchived items (of one class of service) are in the stage."""

    def items_in(self, stage_id: int) -> Sequence[Item]:
        """Everything that is in the stage, archived items too, by rank."""

    def holds_anything(self, stage_id: int) -> bool:
        """Whether any item, archived or not, is or ever was in the stage."""

    def last_rank(self, stage_id: int) -> int | None:
        """The highest rank in the stage."""

    def ranks(self, stage_id: int) -> Sequence[tuple[int, int]]:
        """``(item, rank)`` of everything in the stage, archived items too, by rank."""

    def between(
        self, item_id: int, by: int
    ) -> tuple[tuple[int, int] | None, tuple[int, int] | None] | None:
        """The neighbours, as ``(item, rank)``, that an item moved by so many places would have.

        ``None`` on a side means the end of the list; ``None`` altogether that it cannot go on.
        """

    def finishable(
        self,
        stage_id: int,
        limit: int,
        service: ClassOfService | None = None,
        without: Sequence[ClassOfService] = (),
    ) -> Sequence[str]:
        """Keys of unblocked items (of one class, or without some classes) in the stage, those there
        longest first.
        """

    def visits(self, item_id: int) -> Sequence[Visit]:
        """The item's visits, oldest first."""

    def stage_since(self, stage_id: int) -> int:
        """When a stage was made, or the first visit began that it could have had before."""

    def last_blocker_moment(self, item_id: int) -> int | None:
        """When the latest blocker of the item began or ended, whichever came last."""

    def linked(self, kind: LinkKind, source: str, target: str) -> bool:
        """Whether the link is there."""

    def agreement(self, source: str, target: str) -> Agreement:
        """What was agreed on of a ``blocks`` link, by the keys of its ends."""

    def links_to(self, key: str) -> Sequence[tuple[LinkKind, str, str]]:
        """Links of other items, and children, that name this key."""

    def blocking_path(self, source: str, target: str) -> Sequence[str]:
        """Keys along ``blocks`` links from source to target, both included; empty: no path."""

    def on_record(self, item_id: int, parts: Collection[Part]) -> OnRecord:
        """These parts of what is on record about an item beside its fields."""

    def changes_since(self, item_id: int, version: int) -> Sequence[ItemChange]:
        """Everything that was done to the item after this version of it, oldest first."""

    def open_sprint_of(self, item_id: int) -> int | None:
        """The planned or active sprint that the item is in."""

    def members_of_sprint(self, sprint: int) -> Sequence[int]:
        """The items that are in the sprint now, in the order in which they came in."""

    def is_committed(self, sprint: int, item_id: int) -> bool:
        """Whether the item is in the commitment of the sprint."""

    def deployments_since(self, service: int, at: int) -> Sequence[Deployment]:
        """The deployments of a service that ended at or after a moment, by when they did."""

    def next_id(self, kind: str) -> int:
        """The next free id of a kind of thing: ``item``, ``stage``, ``comment``, …"""

    def next_number(self, stream_id: int) -> int:
        """The next number for keys of the stream."""
