"""Asks what to do where a WIP limit has no room for an item, or for all of several."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from textual.app import App

from vsm.model.errors import Refusal, RefusalCode
from vsm.screens.board.selection import list_keys
from vsm.screens.dialogs import AskDialog, ConfirmDialog, PickDialog
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary

THOSE_THAT_FIT = ""
"""The answer that leaves out what has no room; any other answer is the reason for all."""
FIT, ALL = "fit", "all"


async def ask(app: App[Any], items: Collection[ItemSummary], refusal: Refusal) -> str | None:
    """Ask what to do with items of which some have no room; ``None``: nothing.

    Returns :data:`THOSE_THAT_FIT` or, where the limit allows it, a reason for moving all.
    """
    fit = [brief for brief in items if brief.key not in refusal.items]
    if refusal.code is RefusalCode.WIP_HARD:
        return THOSE_THAT_FIT if await _wants_what_fits(app, fit, len(items), refusal) else None
    if fit:
        choice = await app.push_screen_wait(_choice(fit, len(items)))
        if choice != ALL:
            return THOSE_THAT_FIT if choice == FIT else None
    return await ask_reason(app, _question(len(items), refusal))


def those_that_fit(fit: Collection[ItemSummary]) -> str:
    """How many fit, in words."""
    return f"the {len(fit)} that fit" if len(fit) > 1 else "the one that fits"


def _choice(fit: list[ItemSummary], count: int) -> PickDialog:
    """Those that fit, or all of them over the limit."""
    rows = [
        Row(FIT, those_that_fit(fit), f"{list_keys(fit)}; the others stay marked"),
        Row(ALL, f"all {count}", "over the limit: a reason is asked for"),
    ]
    return PickDialog(
        f"Only {len(fit)} of {count} fit the WIP limit",
        lambda text: [row for row in rows if text.strip().casefold() in row.name],
        placeholder="part of a name",
        keys="{list_up} {list_down}: choose · {confirm}: go on with it · {cancel}: cancel",
        tall=False,
    )


async def _wants_what_fits(
    app: App[Any], fit: list[ItemSummary], count: int, refusal: Refusal
) -> bool:
    """Offer those for which a hard limit has room; the others stay marked."""
    those = those_that_fit(fit)
    question = ConfirmDialog(
        f"Only {len(fit)} of {count} fit",
        f"{refusal.message}. Go on with {those}: {list_keys(fit)}? The others stay marked.",
        f"{{answer_yes}} or {{confirm}}: {those} · {{cancel}}: cancel",
    )
    yes = await app.push_screen_wait(question)
    return bool(yes)


def _question(count: int, refusal: Refusal) -> str:
    without = len(refusal.items)
    named = ", ".join(refusal.items[:6]) + (f" and {without - 6} more" if without > 6 else "")
    if without < count:
        has = "has" if without == 1 else "have"
        what = f"{without} of {count} marked items {has} no room: {named}. Then {refusal.message}"
    elif count > 1:
        what = f"None of the {count} marked items has room: {named}. {refusal.message}"
    else:
        what = f"{named}: {refusal.message}"
    return f"{what}. Reason for exceeding the limit"


async def ask_reason(app: App[Any], question: str) -> str | None:
    """Ask why a soft limit is to be exceeded; ``None`` where the person does not want to."""
    dialog = AskDialog("Above the WIP limit", question, needed="A reason is needed.")
    return await app.push_screen_wait(dialog)
