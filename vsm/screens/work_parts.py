"""Lets the keys of a board act on the item under the cursor of a list over several streams.

Functions that keys of the board run take its parts. These parts stand on a list: the stream is that
of the item, its columns are the heads of that stream, and nothing is marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from vsm.model.board import Card, Change, Column, ItemSummary
from vsm.screens.board.data import BoardData
from vsm.screens.board.parts import BoardParts
from vsm.screens.board.selection import Selection

if TYPE_CHECKING:
    from vsm.screens.board.details import Details
    from vsm.screens.vsm_screen import VsmScreen
    from vsm.screens.work import WorkScreen
    from vsm.widgets.board import Board


class _Head(NamedTuple):
    """A column, as far as keys that act on an item ask for it."""

    head: Column
    folded: bool = False
    cards: tuple[Card, ...] = ()


class ListedBoard:
    """The board of the stream of the item under the cursor, as far as such keys ask for it."""

    def __init__(self, data: WorkData) -> None:
        self._data = data

    @property
    def card(self) -> Card | None:
        """The item under the cursor."""
        return cast("WorkScreen", self._data.screen).card

    @property
    def columns(self) -> list[_Head]:
        """The stages of its stream."""
        return [_Head(head) for head in self._data.read_heads()]

    @property
    def column(self) -> _Head:
        """The stage that it is in, or the first one."""
        columns, card = self.columns, self.card
        stage = card.stage if card is not None else 0
        return next((c for c in columns if c.head.stage.id == stage), columns[0])


class WorkData(BoardData):
    """Reads the stream of the item under the cursor; the list is read anew after each change."""

    def __init__(self, screen: VsmScreen, details: Details) -> None:
        super().__init__(screen, details)
        self.board = cast("Board", ListedBoard(self))

    def catch_up(self, follow: int | None = None) -> list[Change]:
        stream = self.reader.stream(self.stream.id)
        if stream is not None:  # a change may have added a stage
            self.screen.stream = stream
        cast("WorkScreen", self.screen).read_again(follow)
        return []


class WorkSelection(Selection):
    """The item under the cursor alone: marks belong to boards."""

    @property
    def marks(self) -> dict[int, int]:
        return {}

    def item_here(self) -> ItemSummary | None:
        card = cast("WorkScreen", self._screen).card
        if card is None:
            return None
        place = self._data.stream.id, card.stage, card.version
        return ItemSummary(
            card.id, card.key, card.title, *place, card.owner, card.blocked is not None
        )


class WorkParts(BoardParts):
    """The parts of the board of the item under the cursor."""

    DATA: ClassVar[type[BoardData]] = WorkData
    SELECTION: ClassVar[type[Selection]] = WorkSelection
