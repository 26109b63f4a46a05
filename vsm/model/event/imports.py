"""Events of imports: histories as other tools told them, and the runs that brought them."""

from __future__ import annotations

from typing import Literal

from vsm.model.event.facts import EventModel, ItemFields
from vsm.model.item import BlockerKind, LinkKind, Quality


class PastBlock(EventModel):
    """A time in which an imported item could not go on; open without an end."""

    block: int
    started: int
    ended: int | None = None
    why: BlockerKind = BlockerKind.OTHER
    reason: str = ""
    by: str = ""


class ItemHistoryImported(EventModel):
    """The history of one item as another tool told it; facts, not wishes.

    ``transitions`` are ``(at, stage, source event id, by)`` in the source's order, the first
    one the creation. ``links`` are ``(kind, source key, target key)``. ``replaces`` is the
    journal position of the statement that this one restates. ``blocks`` do not overlap, only the
    last one may be open. ``sprints`` are stays: (sprint, entered, left). ``estimates`` are (moment,
    estimate from then on), where they are logged.
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
    blocks: tuple[PastBlock, ...] = ()
    sprints: tuple[tuple[int, int, int | None], ...] = ()
    estimates: tuple[tuple[int, float | None], ...] = ()


class ImportRan(EventModel):
    """A file was imported; the item histories of its group belong to it.

    ``mapping`` leads from statuses to stage ids, 0 for statuses that were left out on purpose.
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


class ImportWithdrawn(EventModel):
    """An import was undone; ``restated`` is (item, position of the statement it goes back to)."""

    kind: Literal["import_withdrawn"] = "import_withdrawn"
    run: int
    stream: int
    restated: tuple[tuple[int, int], ...] = ()


class ImportRestored(EventModel):
    """The undoing of an import was undone: its item histories stand again."""

    kind: Literal["import_restored"] = "import_restored"
    run: int
    stream: int
