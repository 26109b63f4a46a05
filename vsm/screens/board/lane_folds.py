"""Folds and opens the lanes of a board; opens the one that an item is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.lanes import LaneView

if TYPE_CHECKING:
    from vsm.screens.board.data import BoardData


def fold_lanes(data: BoardData, folded: frozenset[str]) -> None:
    """Fold these lanes and no others; the cursor stays on its item where it is still shown."""
    _set_folded(data, folded)
    data.reread(None)


async def unfold_for(data: BoardData, item: int) -> tuple[int, int] | None:
    """The place of an item on the board; where it is in a folded lane, that is opened."""
    place, lanes = data.read_place(item), data.lanes
    if place is not None or lanes is None or not lanes.folded:
        return place
    past, at = data.past, data.at
    lane = data.reader.lane_of(item, lanes.by) if past is None else past.folded.get(item)
    if lane in lanes.folded:
        _set_folded(data, lanes.folded - {lane})
        await (data.reread_aside(item) if at is None else data.reread_past(at, item))
    return data.read_place(item)


def hiding(data: BoardData, item: int) -> str:
    """The reason why the board does not show an item, in words: a folded lane, or the filter."""
    is_folded = data.lanes is not None and bool(data.lanes.folded)
    if is_folded and data.reader.place(data.stream, item, data.filter, data.host.now()):
        return "its lane is folded"
    return "the filter hides it" if data.filter else ""


def _set_folded(data: BoardData, folded: frozenset[str]) -> None:
    if data.lanes is not None:
        data.lanes = data.host.view.lanes[data.stream.id] = LaneView(data.lanes.by, folded)
