"""Asks before a change of an earlier session is undone: which one it is, and when it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen

from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.screens.dialogs import ConfirmDialog
from vsm.widgets.date_text import ago, moment

if TYPE_CHECKING:
    from vsm.screens.host import Host


async def ask_about_earlier(screen: Screen[Any], zone: str) -> int | Refusal | None:
    """The group to undo, ``None`` where the person does not want to, or why it cannot be undone."""
    host = cast("Host", screen.app)
    try:
        change = await host.writing.call(lambda session: session.preview_undo())
    except VsmError as error:
        return Refusal(RefusalCode.ENVIRONMENT, error.message, error.remedy)
    if isinstance(change, Refusal):
        return change
    when = f"{moment(change.at, zone)}, {ago(change.at, host.now())}"
    question = ConfirmDialog(
        "Undo a change of an earlier session?",
        f"You {change.label}\n{when}",
        "{answer_yes} or {confirm}: undo it · {cancel}: cancel",
    )
    return change.grp if await screen.app.push_screen_wait(question) else None
