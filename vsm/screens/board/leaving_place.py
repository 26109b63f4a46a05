"""Keeps where a board is left: stream, filter, item and screen, and what stands in dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from vsm.config import SCREENS
from vsm.drafts import Draft
from vsm.last_place import Place, save_place
from vsm.screens.board.screen import BoardScreen
from vsm.screens.dialog import Dialog
from vsm.screens.unsaved import draft_of
from vsm.screens.vsm_screen import VsmScreen

if TYPE_CHECKING:
    from vsm.screens.host import Host


def place_of(screens: Sequence[Screen[Any]]) -> Place | None:
    """The place that these screens show, the board below them; ``None`` without a board."""
    board = next((screen for screen in reversed(screens) if isinstance(screen, BoardScreen)), None)
    if board is None:
        return None
    top = next(screen for screen in reversed(screens) if isinstance(screen, VsmScreen))
    action = getattr(top, "ACTION", "")
    card = board.board.card
    return Place(
        board.stream.id,
        _filter_of(top),
        card.id if card is not None else None,
        action if action in SCREENS.values() else "",
        str(lanes.by) if (lanes := board.parts.data.lanes) is not None else "",
    )


def _filter_of(screen: VsmScreen) -> str:
    """The filter as it stands in its line, though it may be half typed; that of the board where
    the screen has one of its own.
    """
    if screen.carried_filter != screen.query_text:
        return screen.carried_filter.strip()
    line = screen.filter_line
    typed = line.bar.text if line is not None and line.bar is not None else screen.query_text
    return typed.strip()


def leave(host: Host, screens: Sequence[Screen[Any]], by_signal: bool) -> bool:
    """Keep where the board is left; what stands in dialogs too, where a signal ends it.

    Gives whether all that was kept is just being written: once that is through, nothing is lost.
    """
    place = place_of(screens)
    if place is not None:
        save_place(host.path, host.actor, place)
    if not by_signal:
        return False
    keep_texts(host, screens, now=True)
    typed = _typed(screens)
    return len(typed) == 1 and typed[0].is_saving


def _typed(screens: Sequence[Screen[Any]]) -> list[Dialog[Any]]:
    """The dialogs in which something stands that is not saved."""
    return [s for s in screens if isinstance(s, Dialog) and s.unsaved()[0]]


def keep_texts(host: Host, screens: Sequence[Screen[Any]], *, now: bool = False) -> None:
    """Keep what stands in the dialogs among these screens.

    With ``now``, as the session ends, it waits until that is written; a text that still waits to
    be brought back stays then.
    """
    if host.drafts is None:
        return
    dialogs = tuple(draft_of(dialog) for dialog in _typed(screens))
    place = place_of(screens)
    if dialogs and place is not None:
        draft = Draft(host.now(), place, dialogs)
        if now:
            host.drafts.keep_now(draft)
        else:
            host.drafts.keep(draft)
    elif not now:
        host.drafts.drop()
