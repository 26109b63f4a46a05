"""Saved views: filters under a name, to be opened again by whoever works here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.actions import SkipAction

from vsm.actions import Scope
from vsm.model.command import AddEntity, RemoveEntity
from vsm.model.entities import VIEW
from vsm.model.errors import VsmError
from vsm.screens.dialogs import PickDialog
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.query import SavedView
    from vsm.screens.board.parts import BoardParts

OPEN, REMOVE, SAVE, SAVE_FOR_ALL = "open", "remove", "save", "save for all"
"""What the dialog gives back, followed by a colon and the view's id or the name to save under."""


NUMBERED = 9
"""How many views have a number to open them by."""


class ViewDialog(PickDialog):
    """The views; what is typed offers to save the current filter under that name."""

    SCOPE = Scope.VIEWS

    def __init__(self, views: Sequence[SavedView], filter: str, stream: str) -> None:
        self._views = views
        self._filter = filter
        self._stream = stream
        super().__init__(
            "Saved views",
            self._rows,
            placeholder="a view, or a name to save the filter under"
            if filter
            else "part of a name",
            keys="{list_up} {list_down}: choose · {confirm}: open or save · {remove_entry}: remove"
            " · {cancel}: close",
            empty="No match"
            if views
            else "no views yet: type a name to save this filter"
            if filter
            else "no views yet: filter with / first",
        )

    def _rows(self, text: str) -> Sequence[Row]:
        name = " ".join(text.split())
        words = name.casefold().split()
        rows = [
            Row(
                f"{OPEN}:{v.id}",
                f"{n} {v.name}" if n <= NUMBERED else f"  {v.name}",
                v.filter,
                "" if v.only is not None else "all streams",
            )
            for n, v in enumerate(self._views, 1)
            if all(word in v.name.casefold() for word in words)
        ]
        if self._filter and name:
            same = any(view.name.casefold() == name.casefold() for view in self._views)
            as_name = f"{'Replace' if same else 'Save as'} {name}"
            rows += [
                Row(f"{SAVE}:{name}", as_name, self._filter, f"in {self._stream}"),
                Row(f"{SAVE_FOR_ALL}:{name}", as_name, self._filter, "for all streams"),
            ]
        return rows

    def action_remove_entry(self) -> None:
        """Remove the view under the cursor; without one the key edits the text."""
        row = self.query_one(PickList).row
        if row is None or not row.id.startswith(OPEN):
            raise SkipAction
        self.dismiss(row.id.replace(OPEN, REMOVE, 1))


async def numbered(board: BoardParts) -> list[SavedView]:
    """The views of the stream by their numbers: the oldest first, so that numbers stay."""
    stream = board.stream
    views = await board.host.reading.call(lambda reader: reader.views(stream.id))
    return sorted(views, key=lambda view: view.id)


async def open_view(board: BoardParts, view: SavedView) -> None:
    """Filter by a view."""
    await board.filter.apply(view.filter)
    board.screen.say(f"{view.name}: {view.filter}")


async def _with_numbers(board: BoardParts) -> list[SavedView]:
    """The views that have a number; says so where there are none."""
    try:
        known = (await numbered(board))[:NUMBERED]
    except VsmError as error:
        board.screen.trouble(error)
        return []
    if not known:
        words = "No views yet: filter with {filter}, then save with {views}"
        board.screen.say(board.screen.keys(words), "warn")
    return known


async def open_numbered(board: BoardParts, number: str) -> None:
    """Filter by the view of a number."""
    known = await _with_numbers(board)
    if int(number) <= len(known):
        await open_view(board, known[int(number) - 1])
    elif known:
        last = f"they go from 1 to {len(known)}" if len(known) > 1 else "there is only view 1"
        board.screen.say(f"There is no view {number}: {last}", "warn")


async def await_number(board: BoardParts) -> None:
    """Name the views with their numbers and wait for one."""
    screen = board.screen
    known = await _with_numbers(board)
    if not known:
        return

    def take(typed: str) -> None:
        if typed == "0":
            screen.begin(board.filter.clear(), "filter")
        elif typed.isdecimal():
            screen.begin(open_numbered(board, typed), "filter")

    names = "  ".join(f"{n} {view.name}" for n, view in enumerate(known, 1))
    board.on_digit = take
    screen.hold(f"View: {names}  0 all items; any other key cancels")


async def views(board: BoardParts) -> None:
    """Choose a view and filter by it; save the filter, or take a view away."""
    stream = board.stream
    try:
        known = await numbered(board)
    except VsmError as error:
        board.screen.trouble(error)
        return
    text = " ".join(board.screen.query_text.split()) if board.data.filter else ""
    chosen = await board.screen.app.push_screen_wait(ViewDialog(known, text, stream.name))
    what, _, which = (chosen or "").partition(":")
    if what == OPEN:
        await open_view(board, next(view for view in known if view.id == int(which)))
    elif what == REMOVE:
        await board.writer.write(lambda: RemoveEntity(VIEW, int(which)))
    elif what in (SAVE, SAVE_FOR_ALL):
        only = stream.id if what == SAVE else None
        values = {"name": which, "filter": text, "only": only}
        await board.writer.write(lambda: AddEntity(VIEW, values))
