"""Asks whether to repeat a change of an item that others changed since the board showed it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from vsm.model.command import (
    ArchiveItem,
    BlockItem,
    DropItem,
    EditItem,
    MoveItem,
    ReopenItem,
    ReorderItem,
    TransferItem,
    UnblockItem,
)
from vsm.model.errors import Overtaken, Refusal, VsmError
from vsm.screens.dialogs import ConfirmDialog
from vsm.widgets.date_text import ago, clock

if TYPE_CHECKING:
    from vsm.model.command import Command
    from vsm.screens.vsm_screen import VsmScreen

SHOWN = 5
"""Changes of others that are shown at most, the latest ones."""
VERBS: dict[type[Any], str] = {
    BlockItem: "block it",
    UnblockItem: "unblock it",
    DropItem: "drop it",
    ReopenItem: "reopen it",
    EditItem: "change it",
    ReorderItem: "reorder it",
    TransferItem: "transfer it",
}


async def ask_again(screen: VsmScreen, command: Command, refusal: Refusal) -> Command | None:
    """The command for the item as it is now, ``None`` where the person leaves it.

    Where the item is already where it was to go, there is nothing to ask: that is shown.
    """
    others = refusal.overtaken
    if others is None or not _has_version(command):
        screen.notice.show(refusal.message, refusal.remedy, refusal.items)
        return None
    try:
        item = screen.reader.item(others.item)
    except VsmError as error:
        screen.trouble(error)
        return None
    if item is None or (isinstance(command, MoveItem) and item.stage == command.to):
        already = "" if item is None else "It is already where you moved it"
        when = f", {ago(others.changes[-1][2], screen.host.now())}" if others.changes else ""
        screen.notice.show(f"{refusal.message}{when}", already, refusal.items)
        return None
    # Keys that were typed before this question was there are no answer to it.
    screen.host.typeahead.forget()
    question = ConfirmDialog(
        f"{item.key} has changed since you looked",
        f"{item.title}\n{changes_text(screen, others)}",
        f"{{confirm}}: {_verb(screen, command)} all the same · {{cancel}}: leave it",
    )
    if not await screen.app.push_screen_wait(question):
        return None
    again: Command = replace(cast("Any", command), expected_version=others.version)
    return again


def changes_text(screen: VsmScreen, others: Overtaken) -> str:
    """What others did, one change a line with the time of day, the latest last."""
    zone, now = screen.stream.zone, screen.host.now()
    latest = others.changes[-SHOWN:]
    before = len(others.changes) - len(latest)
    more = [f"{before} earlier changes"] if before else []
    return "\n".join(
        [*more, *(f"{clock(at, zone, now)}  {actor} {text}" for actor, text, at in latest)]
    )


def _has_version(command: Command) -> bool:
    return any(field.name == "expected_version" for field in fields(command))


def _verb(screen: VsmScreen, command: Command) -> str:
    if isinstance(command, MoveItem):
        stage = screen.stream.by_id.get(command.to)
        return f"move it to {stage.name}" if stage is not None else "move it"
    if isinstance(command, ArchiveItem):
        return "archive it" if command.archived else "bring it back"
    return VERBS.get(type(command), "do it")
