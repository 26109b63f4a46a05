"""Enters late what happened before: a move, a blocker or its end, with when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.command import BlockItem, Command, MoveItem, UnblockItem
from vsm.model.dates import read_moment
from vsm.model.errors import Refusal
from vsm.model.item import BlockerKind
from vsm.model.rules import local, to_micros
from vsm.model.stream import Category
from vsm.screens.board.selection import list_keys, name_items
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import KEPT, Form, Values
from vsm.widgets.date_text import moment
from vsm.widgets.field import FieldSpec, Read
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary
    from vsm.model.stream import ValueStream
    from vsm.screens.board.parts import BoardParts

STAGE, BLOCKED, UNBLOCKED = "stage:", "blocked:", "unblocked"
"""What a row stands for, the first two followed by a stage's id or a kind of blocker."""


async def enter_late(board: BoardParts) -> None:
    """Ask what happened, when, and why it is entered late; all of it is one group."""
    items = await board.selection.targets()
    if not items:
        board.writer.say_no_item()
        return
    rows = _rows(board.stream, items)
    change = await board.screen.app.push_screen_wait(
        PickDialog(
            f"What happened to {name_items(items)}?",
            partial(_fitting, rows),
            placeholder="part of a name",
            keys="{list_up} {list_down}: choose · {confirm}: go on · {cancel}: cancel",
            tall=False,
        )
    )
    if not change:
        return

    async def save(values: Values) -> Refusal | None:
        at, reason = values["when"], values["reason"]
        refused = await board.writer.write_all([_command(change, x, at, reason) for x in items])
        if refused is None or refused.overtaken is None:
            return refused
        now = refused.overtaken
        items[:] = [x._replace(version=now.version) if x.id == now.item else x for x in items]
        return replace(refused, remedy=KEPT)

    fields = (
        FieldSpec("when", "When", "", "such as: yesterday 16:00", _when(board)),
        FieldSpec("reason", "Reason", "", "why it is entered late", _reason),
    )
    name = next(row.name for row in rows if row.id == change)
    title = f"moved to {name}" if change.startswith(STAGE) else name
    about = items[0].title if len(items) == 1 else list_keys(items)
    form = Form(f"{name_items(items)} {title}", fields, save, about=about, whole=True)
    if await board.screen.app.push_screen_wait(form):
        board.selection.end_marks(item.id for item in items)


def _rows(stream: ValueStream, items: Sequence[ItemSummary]) -> list[Row]:
    """What can have happened: moves to other stages, blockers or their end."""
    ends = {Category.DONE: "finished", Category.DROPPED: "dropped"}
    rows = [
        Row(f"{STAGE}{stage.id}", stage.name, ends.get(stage.category, "moved there"))
        for stage in stream.line
        if any(item.stage != stage.id for item in items)
    ]
    if all(item.blocked for item in items):
        return [*rows, Row(UNBLOCKED, UNBLOCKED)]
    return rows + [Row(f"{BLOCKED}{kind}", f"blocked: {kind}") for kind in BlockerKind]


def _fitting(rows: Sequence[Row], text: str) -> list[Row]:
    words = text.casefold().split()
    return [row for row in rows if all(word in row.name.casefold() for word in words)]


def _command(change: str, item: ItemSummary, at: int, reason: str) -> Command:
    what, _, which = change.partition(":")
    if change == UNBLOCKED:
        return UnblockItem(item.id, item.version, reason, at)
    if f"{what}:" == BLOCKED:
        return BlockItem(item.id, BlockerKind(which), reason, item.version, at)
    return MoveItem(item.id, int(which), item.version, reason, at)


def _when(board: BoardParts) -> Read:
    zone = board.stream.zone

    def read(typed: str) -> tuple[int, str]:
        at = to_micros(read_moment(typed, local(board.host.now(), zone)))
        return at, f"= {moment(at, zone)}"

    return read


def _reason(typed: str) -> tuple[str, str]:
    if not typed.strip():
        raise ValueError("A reason is needed: it is recorded.")
    return typed.strip(), ""
