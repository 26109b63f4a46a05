"""Brings text back that was typed into dialogs before the terminal was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.content import Content

from vsm.drafts import RESTED, DialogDraft, Draft
from vsm.model.errors import VsmError
from vsm.model.sanitise import inert
from vsm.screens.dialog import Dialog, Opener
from vsm.screens.dialogs import ConfirmDialog, TextDialog
from vsm.widgets.date_text import clock

if TYPE_CHECKING:
    from vsm.screens.board.parts import BoardParts


OPENERS = frozenset(
    ("new_item", "add_child", "duplicate", "quick_add", "edit_item", "comment", "block", "drop")
)
"""Actions that open a dialog and change nothing before it is answered."""


def draft_of(dialog: Dialog[Any]) -> DialogDraft:
    """What stands in a dialog, and what opens it again."""
    texts, first = dialog.unsaved()
    action, items, stage = dialog.opener or Opener()
    labels = tuple((name, text) for name, text in dialog.labels().items() if name in texts)
    return DialogDraft(dialog.heading, texts, first, action, items, stage, dialog.typed_in, labels)


class LostTextDialog(TextDialog[bool]):
    """Texts that no dialog can be opened for, to read and to copy."""

    def __init__(self, title: str, text: str) -> None:
        keys = "{copy_key}: copy · {confirm} or {cancel}: close, and forget the text"
        super().__init__(title, text, keys)

    def typed(self, event: events.Key) -> bool:
        if not {event.key, event.character} & set(self.host.keymap.of("copy_key")):
            return False
        self.app.copy_to_clipboard(inert(self._text))
        self.query_one("#box").border_subtitle = Content("copied")
        return True


async def bring_back(board: BoardParts) -> None:
    """Bring back what the last session left; of one that is open still, ask first."""
    view = board.host.view
    draft, view.draft = view.draft, None
    elsewhere, view.draft_elsewhere = view.draft_elsewhere, None
    if draft is not None:
        await _open_again(board, draft)
    elif elsewhere is not None and board.host.changes_refused is None:
        await _ask_for(board, elsewhere)


def look_later(board: BoardParts) -> None:
    """Look for text of another session once the keys there have rested.

    Its connection may have been lost just now, and it is too early to say.
    """
    host, screen = board.host, board.screen
    drafts = host.drafts
    if drafts is None or not drafts.elsewhere_typing():
        return
    drafts.looks_again = False

    def look() -> None:
        elsewhere = drafts.elsewhere_open()
        if elsewhere is None:
            look_later(board)
        elif screen.app.screen is not screen:
            screen.set_timer(RESTED, look)
        else:
            host.view.draft_elsewhere = elsewhere
            screen.begin(bring_back(board), "dialog")

    screen.set_timer(RESTED, look)


async def _ask_for(board: BoardParts, draft: Draft) -> None:
    """Ask whether to have the text of a session that is open, perhaps without a connection."""
    host = board.host
    when = clock(draft.at, board.stream.zone, host.now())
    question = ConfirmDialog(
        f"Unsaved text of {when} in another session",
        "A session of yours is open, or its connection was lost, with this text:\n\n"
        + "\n\n".join(map(_as_text, draft.dialogs)),
        "{answer_yes} or {confirm}: bring it here · {cancel}: leave it there",
    )
    if not await board.screen.app.push_screen_wait(question):
        return
    stream = board.reader.stream(draft.place.stream)
    if stream is None or stream.id == board.stream.id:
        await _open_again(board, draft)
    else:
        host.view.draft = draft
        host.open_board(stream, draft.place.item, draft.place.query)


async def _open_again(board: BoardParts, draft: Draft) -> None:
    """Open the dialog again in which the text was typed; show texts that none can be opened for."""
    host, screen = board.host, board.screen
    what = f"Your unsaved text of {clock(draft.at, board.stream.zone, host.now())}"
    if host.changes_refused is not None:
        screen.say(f"{what} is kept until the board can be changed", "warn")
        return
    try:
        again = next((d for d in draft.dialogs if _is_there(board, d)), None)
    except VsmError as error:
        screen.trouble(error)
        return
    others = [dialog for dialog in draft.dialogs if dialog is not again]
    if others:
        text = "\n\n".join(map(_as_text, others))
        await screen.app.push_screen_wait(LostTextDialog(what, text))
    if again is not None:
        host.view.refill = again, f"{what} is back"
        _select(board, again)
        host.typeahead.release()
        await screen.app.run_action(again.action, screen)
    elif host.drafts is not None:
        host.drafts.drop()


def _is_there(board: BoardParts, dialog: DialogDraft) -> bool:
    if dialog.action not in OPENERS:
        return False
    items = [board.reader.item(number) for number, _ in dialog.items]
    return all(item is not None and item.stream == board.stream.id for item in items)


def _as_text(dialog: DialogDraft) -> str:
    labels = dict(dialog.labels)
    texts = [
        f"{labels.get(name, name)}: {text}" if name else text for name, text in dialog.texts.items()
    ]
    return "\n".join([dialog.title, *texts])


def _select(board: BoardParts, dialog: DialogDraft) -> None:
    """Put the cursor where it was; items that it cannot stand on are marked."""
    widget, ids = board.widget, [number for number, _ in dialog.items]
    place = board.data.read_place(ids[0]) if len(ids) == 1 else None
    if place is not None:
        widget.select_item(*place)
    elif ids:
        board.selection.marks.update(dialog.items)
        board.selection.show_marks(set(ids))
    elif widget.column.head.stage.id != dialog.stage:
        stages = [column.head.stage.id for column in widget.columns]
        if dialog.stage in stages:
            widget.select(stages.index(dialog.stage), 0)
