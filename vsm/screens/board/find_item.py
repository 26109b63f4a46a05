"""Find an item by its key or title and go there; choose another value stream."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from vsm.actions import Scope
from vsm.model.errors import VsmError
from vsm.screens.board.lane_folds import unfold_for
from vsm.screens.dialogs import ConfirmDialog, PickDialog
from vsm.screens.items_list import Order
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.item import Item
    from vsm.screens.board.parts import BoardParts

MOST = 50
"""Items that are offered for what was typed."""
FIRST = "\0first"
"""The answer for the first item of the column."""
TWICE_WITHIN = 0.35
"""Seconds within which the key pressed twice means that, and in which nothing may follow it."""


class GoDialog(PickDialog):
    """Asks for an item; its own key at once after it means the first item of the column."""

    SCOPE = Scope.ITEMS
    order: Order

    def action_sort_list(self) -> None:
        self.order.go_on()
        self.query_one(PickList).set_rows(self._find(self.query_one(Input).value))
        self.set_heading(self.order.heading("Go to an item"))

    def on_mount(self) -> None:
        self._opened = monotonic()

    @on(Input.Changed)
    def _twice(self, event: Input.Changed) -> None:
        again = event.value in self.host.keymap.of("go")
        if again and monotonic() - self._opened < TWICE_WITHIN:
            self.set_timer(TWICE_WITHIN, partial(self._first, event.value))

    def _first(self, key: str) -> None:
        """Go there, unless more was typed: then it is a word that begins with that letter."""
        if self.query_one(Input).value == key and self.is_current:
            self.dismiss(FIRST)


async def go(board: BoardParts) -> None:
    """Ask for a key and go there; what the item is linked to is offered first."""
    card = board.data.card
    linked = await _linked(board, card.id) if card is not None else []

    order = Order(board.host.glyphs, board.stream.zone)

    def find(text: str) -> Sequence[Row]:
        if not text.strip():
            return linked
        try:
            matches = board.reader.keys_like(text.strip(), None, MOST + 1)
            rows = [Row(key, key, title) for key, title in matches[:MOST]]
            if order:
                rows = _sorted(board, [row.id for row in rows], order)
        except VsmError as error:
            board.screen.lost(error)
            return []
        if len(matches) > MOST:
            more = f"more than {MOST} items match: type more of the key or title"
            rows.append(Row("", board.host.glyphs.ellipsis, more))
        return rows

    dialog = GoDialog(
        "Go to an item",
        find,
        placeholder="a key, such as PAY-131, or words of a title",
        free=True,
        keys="{list_up} {list_down}: choose · {confirm}: go · {sort_list}: sort · {cancel}: close",
        empty="type the beginning of a key",
    )
    dialog.order = order
    key = await board.screen.app.push_screen_wait(dialog)
    if key == FIRST:
        board.host.typeahead.release()
        board.widget.select(board.widget.x, 0)
    elif key:
        await go_to(board, key)


def _sorted(board: BoardParts, keys: Sequence[str], order: Order) -> list[Row]:
    """The items with these keys in an order, each with what it is sorted by and its stage."""
    items = [item.id for key in keys if (item := board.reader.find_key(key)) is not None]
    rows = order.sort(board.reader.listed_items(items, board.host.now()))
    return [
        Row(row.card.key, row.card.key, row.card.title, f"{order.value(row)}  {row.stage}".strip())
        for row in rows
    ]


async def _linked(board: BoardParts, item: int) -> list[Row]:
    """What the item is linked to, parent and children too."""
    now = board.host.now()
    try:
        detail = await board.host.reading.call(lambda reader: reader.detail(item, now))
    except VsmError as error:
        board.screen.trouble(error)
        return []
    rows = [
        Row(link.key, f"{link.label} {link.key}", link.title, link.stage or "")
        for link in (detail.links if detail is not None else ())
        if link.title is not None
    ]
    key = detail.item.key if detail is not None else ""
    return [Row("", f"Linked to {key}"), *rows] if rows else []


async def go_to(board: BoardParts, key: str) -> None:
    """Put the cursor on an item by its key, wherever it is; says what is in the way."""
    item = board.reader.find_key(key)
    if item is None:
        board.screen.say(f"There is no item {key}", "warn")
        return
    if item.archived and not board.host.changes_refused is not None:
        if not await _back_from_archive(board, item):
            board.screen.say(f"{item.key} stays archived: here are its details", "warn")
            await board.details.open_panel(item.id)
            return
        item = board.reader.find_key(key) or item
    if item.stream != board.stream.id:
        other = board.reader.stream(item.stream)
        name = other.name if other is not None else "another stream"
        question = ConfirmDialog("Another stream", f"{item.key} is in {name}. Go there?")
        yes = await board.screen.app.push_screen_wait(question)
        if yes and other is not None:
            board.host.open_board(other, item.id)
        return
    place = await unfold_for(board.data, item.id)
    if place is None and board.data.filter and not item.archived:
        if not await board.screen.app.push_screen_wait(
            ConfirmDialog("Hidden", f"The filter hides {item.key}. Clear the filter?")
        ):
            return
        await board.filter.clear()
        if board.data.lanes is not None:
            await board.data.reread_aside(item.id)
        place = await unfold_for(board.data, item.id)
    if place is not None:
        board.widget.select_item(*place)
        return
    why = "is archived" if item.archived else "ended more than 14 days ago"
    board.screen.say(f"{item.key} {why} and is not on the board: here are its details", "warn")
    await board.details.open_panel(item.id)


async def _back_from_archive(board: BoardParts, item: Item) -> bool:
    from vsm.screens.board.editing import bring_back

    yes = await board.screen.app.push_screen_wait(
        ConfirmDialog(
            "Archived",
            f"{item.key} {item.title} is archived. Bring it back to the board?",
            "{answer_yes}: restore · {answer_no}: show only",
        )
    )
    return bool(yes) and await bring_back(board, item)


async def streams(board: BoardParts) -> None:
    """Choose another value stream and open its board, or the same figures of it."""
    from vsm.screens.streams import StreamDialog
    from vsm.widgets.date_text import ago

    tab = getattr(board.screen.app.screen, "ACTION", "")
    infos = await board.host.reading.call(lambda reader: reader.streams())
    now = board.host.now()

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [
            Row(
                str(info.id),
                info.name,
                "(open now)" if info.id == board.stream.id else "",
                f"{info.items} item{'' if info.items == 1 else 's'}"
                f" {board.host.glyphs.dot} WIP {info.wip}"
                + (
                    f" {board.host.glyphs.dot} {ago(info.last_activity, now)}"
                    if info.last_activity is not None
                    else ""
                ),
            )
            for info in infos
            if all(word in info.name.casefold() for word in words)
        ]

    chosen = await board.screen.app.push_screen_wait(StreamDialog(find, board.host.keymap))
    if chosen and int(chosen) != board.stream.id:
        stream = board.reader.stream(int(chosen))
        if stream is not None:
            board.host.open_board(stream)
            if tab != "board":
                board.screen.app.call_after_refresh(board.screen.app.run_action, f"app.{tab}")
