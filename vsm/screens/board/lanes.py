"""Keys of swimlanes: by which field the board is in lanes, folding them, going through them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.lanes import LaneField, LaneView
from vsm.screens.board.lane_folds import fold_lanes
from vsm.screens.dialogs import PickDialog
from vsm.widgets.lane_board import LaneBoard
from vsm.widgets.lane_layout import LaneLayout
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.screens.board.data import BoardData
    from vsm.screens.board.parts import BoardParts

_NONE = "none"
_ABOUT = {
    LaneField.TEAM: "the team that an item belongs to",
    LaneField.CLASS: "class of service, with its limits",
    LaneField.PARENT: "the item that it is part of",
    LaneField.OWNER: "whoever has it; by name, no figures of people",
}


def make_board(data: BoardData, heads: Sequence[Column], *args: object) -> LaneBoard:
    """The board of a stream in lanes, with what it shows first."""
    lanes = data.lanes or LaneView(LaneField.TEAM)
    bands = data.reader.lanes(data.stream, lanes.by, data.filter, data.host.now())
    layout = LaneLayout(bands, lanes.folded)
    shown = [head._replace(shown=layout.shown(head.stage.id)) for head in heads]
    return LaneBoard(layout, shown, *args)


async def choose(board: BoardParts) -> None:
    """Choose by which field the board is in lanes, or that it is in none."""
    now = board.data.lanes

    def find(text: str) -> list[Row]:
        by = now.by if now is not None else None
        rows = [Row(_NONE, "no lanes", "", "" if now else "shown")]
        rows += [
            Row(str(field), f"by {field}", _ABOUT[field], "shown" if field is by else "")
            for field in LaneField
        ]
        return [row for row in rows if text.strip().casefold() in row.name]

    chosen = await board.screen.app.push_screen_wait(
        PickDialog(
            "Swimlanes",
            find,
            placeholder="part of a name",
            keys="{list_up} {list_down}: choose · {confirm}: show · {cancel}: close",
            tall=False,
        )
    )
    if not chosen:
        return
    kept = board.host.view.lanes
    if chosen == _NONE:
        kept.pop(board.stream.id, None)
    else:
        kept[board.stream.id] = LaneView(LaneField(chosen))
    if kept.get(board.stream.id) == now:
        return
    card = board.widget.card
    item = card.id if card is not None else None
    board.host.open_board(board.stream, item, board.screen.query_text)


def toggle(board: BoardParts, key: str) -> None:
    """Fold a lane, or open it again."""
    if board.data.lanes is not None:
        fold_lanes(board.data, board.data.lanes.folded ^ {key})


def fold(board: BoardParts) -> None:
    """Fold the lane under the cursor."""
    lane = board.widget.lane if isinstance(board.widget, LaneBoard) else None
    if lane is None:
        _say_none(board)
    else:
        toggle(board, lane.key)


def open_all(board: BoardParts) -> None:
    """Open all lanes that are folded."""
    if board.data.lanes is None:
        _say_none(board)
    else:
        fold_lanes(board.data, frozenset())


def _step(board: BoardParts, by: int) -> None:
    if isinstance(board.widget, LaneBoard):
        board.widget.step_lane(by)
    else:
        _say_none(board)


step_down = partial(_step, by=1)
step_up = partial(_step, by=-1)


def _say_none(board: BoardParts) -> None:
    board.screen.say(board.screen.keys("The board is in no lanes: {lanes} chooses some"), "warn")
