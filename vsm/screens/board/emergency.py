"""Asks whether a move that a control refused is an emergency, where the item is expedite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.model.command import Command, MoveItem
from vsm.model.errors import Refusal
from vsm.model.item import ClassOfService
from vsm.screens.dialogs import AskDialog

if TYPE_CHECKING:
    from vsm.screens.board.data import BoardData


async def ask_emergency(data: BoardData, command: Command, refusal: Refusal) -> MoveItem | None:
    """The move with the reason of an emergency; ``None`` where it is none."""
    if not isinstance(command, MoveItem) or command.emergency:
        return None
    item = data.reader.item(command.item)
    if item is None or item.service is not ClassOfService.EXPEDITE:
        return None
    question = f"{refusal.message}. Reason of the emergency, which is to be approved afterwards"
    dialog = AskDialog("Emergency", question, needed="A reason is needed.")
    reason = await data.screen.app.push_screen_wait(dialog)
    if not reason:
        return None
    return replace(command, emergency=reason, expected_version=item.version)
