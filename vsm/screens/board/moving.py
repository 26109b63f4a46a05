"""Move items to a stage that is chosen from a list: of this stream, or of another one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from vsm.model.board import groups_in
from vsm.model.command import MoveItem, TransferItem
from vsm.model.errors import VsmError
from vsm.model.stream import Category, LimitKind
from vsm.screens.board.selection import name_items
from vsm.screens.completion import fitting
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.screens.board.parts import BoardParts
    from vsm.widgets.glyphs import Glyphs


class StageDialog(PickDialog):
    """The stages by number: as many digits as the last one has take a stage at once."""

    def __init__(self, title: str, rows: Sequence[Row], at: str = "") -> None:
        self._rows = rows
        self._at = at
        self._digits = len(str(len(rows)))
        super().__init__(
            title,
            self._fitting,
            placeholder="a number, or part of a name",
            keys="a number: move there · {list_up} {list_down}: choose · {confirm}: move"
            " · {cancel}: cancel",
            empty="No match",
            tall=False,
        )

    def _fitting(self, text: str) -> Sequence[Row]:
        if text.strip().isdigit():
            return [row for row in self._rows if row.name.startswith(text.strip())]
        names = [(row.name.partition("  ")[2], row.id) for row in self._rows]
        if not text.strip():
            return self._rows
        by_id = {row.id: row for row in self._rows}
        return [by_id[id] for _, id in fitting(text, names)]

    def on_mount(self) -> None:
        """Begin at the stage after the one that the item is in."""
        rows = self.query_one(PickList)
        rows.cursor = next((n for n, row in enumerate(self._rows) if row.id == self._at), 0)
        self.call_after_refresh(rows.step, 0)

    @on(Input.Changed)
    def _number(self, event: Input.Changed) -> None:
        typed = event.value.strip()
        if typed.isdigit() and len(typed) >= self._digits:
            start = f"{int(typed):0{self._digits}}  "
            row = next((row for row in self._rows if row.name.startswith(start)), None)
            if row is not None:
                self.dismiss(row.id)


def stage_rows(
    columns: Sequence[Column], glyphs: Glyphs, sources: Collection[int] = ()
) -> list[Row]:
    """Stages with number, name, and WIP against the limit.

    Moves from ``sources``, stages by their ids, do not count again into a limit that these share.
    """
    digits = len(str(len(columns)))
    together = {stage: group for group in groups_in(columns) for stage in group.stages}
    rows: list[Row] = []
    for n, column in enumerate(columns, 1):
        stage = column.stage
        count = f"{column.wip}"
        mark = ""
        full: list[tuple[LimitKind, str]] = []
        if stage.limited and stage.limit is not None and not stage.category.ended:
            count = f"{column.counted}/{stage.limit}"
            if column.counted >= stage.limit:
                mark = f" {glyphs.over if column.over else glyphs.full}"
                full.append((stage.limit_kind, "full"))
        group = together.get(stage.id)
        is_within = bool(sources) and group is not None and set(sources) <= set(group.stages)
        is_full = group is not None and group.wip >= group.limit and not is_within
        if group is not None and column.group is not None and is_full:
            words = f"full together ({group.label} {group.wip}/{group.limit})"
            full.append((column.group.kind, words))
        note = _note(full) or " "
        rows.append(Row(str(stage.id), f"{n:0{digits}}  {stage.name}", note, count + mark))
    return rows


def _note(full: Sequence[tuple[LimitKind, str]]) -> str:
    """Of the limits that are reached what the first one in the way means: a hard one is that."""
    if not full:
        return ""
    kind, words = next((pair for pair in full if pair[0] is LimitKind.HARD), full[0])
    means = "it refuses more" if kind is LimitKind.HARD else "a reason is asked for"
    return f"{words}: {means}"


async def move_to(board: BoardParts) -> None:
    """Choose any stage of the stream, and move there."""
    chosen = await board.selection.targets()
    if not chosen:
        board.writer.say_no_item()
        return
    columns = board.data.read_heads()
    stages = [column.stage for column in columns if column.stage.category is not Category.DROPPED]
    rows = [
        row
        for row in stage_rows(columns, board.host.glyphs, {item.stage for item in chosen})
        if int(row.id) in {stage.id for stage in stages}
    ]
    position = [n for n, stage in enumerate(stages) if stage.id == chosen[0].stage]
    after = stages[min(position[0] + 1, len(stages) - 1)].id if position else stages[0].id
    to = await board.screen.app.push_screen_wait(
        StageDialog(f"Move {name_items(chosen)} to", rows, str(after))
    )
    if to:
        await board.writer.act(lambda brief: MoveItem(brief.id, int(to), brief.version), chosen)


async def transfer(board: BoardParts) -> None:
    """Choose another stream and a stage of it, and move there; the history stays."""
    chosen = await board.selection.targets()
    if not chosen:
        board.writer.say_no_item()
        return
    try:
        streams = await board.host.reading.call(lambda reader: reader.streams())
    except VsmError as error:
        board.screen.trouble(error)
        return
    others = [
        Row(str(s.id), s.name, f"{s.items} items", f"WIP {s.wip}")
        for s in streams
        if s.id != board.stream.id
    ]
    if not others:
        board.screen.say("There is no other value stream to transfer to", "warn")
        return
    name = name_items(chosen)
    to = await board.screen.app.push_screen_wait(
        PickDialog(
            f"Transfer {name} to the value stream",
            _named(others),
            placeholder="part of a name",
            empty="No match",
            tall=False,
        )
    )
    stream = board.reader.stream(int(to)) if to else None
    if stream is None:
        return
    from vsm.model.query_tree import Query

    columns = board.reader.columns(stream, Query(), board.host.now())
    open_ones = [column for column in columns if not column.stage.category.ended]
    stage = await board.screen.app.push_screen_wait(
        StageDialog(
            f"Transfer {name} to {stream.name}: stage", stage_rows(open_ones, board.host.glyphs)
        )
    )
    if stage:
        await board.writer.act(
            lambda brief: TransferItem(brief.id, int(stage), brief.version), chosen
        )


def _named(rows: Sequence[Row]) -> Callable[[str], Sequence[Row]]:
    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [row for row in rows if all(word in row.name.casefold() for word in words)]

    return find
