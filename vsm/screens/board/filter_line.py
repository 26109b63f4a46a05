"""The filter line of the board: opened, kept, cleared, saved as a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsm.model.item import ClassOfService
from vsm.model.query import Query, QueryError, parse, unknown

if TYPE_CHECKING:
    from vsm.screens.board.data import BoardData
    from vsm.widgets.filter_bar import FilterBar

FILTER_KEYS = "Enter: keep the filter   Tab: complete   Esc: clear it"
FILTER_KEYS_ON_BOARD = (
    "Enter: keep the filter   Tab: complete   Ctrl+S: save as a view   Esc: clear it"
)


class FilterLine:
    """Which items the board shows: what is typed, and how many items fit it."""

    def __init__(self, data: BoardData) -> None:
        self._data = data
        self._screen = data.screen
        self.bar: FilterBar | None = None
        """The line, where it is open."""
        self._values: dict[str, Sequence[str]] | None = None
        """Values that fields of the filter are completed with; read when the line is opened."""
        data.on_shown = self.show_count

    def make_bar(self) -> FilterBar:
        """The line with what was typed, to be mounted."""
        from vsm.widgets.filter_bar import FilterBar

        self._values = None
        self.bar = FilterBar(self._screen.query_text, self.complete)
        return self.bar

    async def open(self) -> None:
        """Open the filter line, or go to it."""
        screen = self._screen
        screen.notice.hide()
        if self.bar is None:
            await screen.mount(self.make_bar(), before=screen.hints)
        if self.bar is not None:
            self.bar.edit()
        self.show_count()
        screen.hold(FILTER_KEYS_ON_BOARD)

    async def keep(self, text: str) -> None:
        """Filter by a text and give the keys back to the board."""
        screen = self._screen
        if not self.set(text):
            return
        screen.set_focus(self._data.board)
        screen.hints.say("")
        if not screen.query_text.strip():
            await self.clear()
        elif self._data.filter:
            # Keys that follow are meant for what the filter shows.
            screen.begin(screen.host.reading.drain(), "filter")

    async def clear(self) -> None:
        """Take the filter away, and its line."""
        screen = self._screen
        screen.set_focus(self._data.board)
        screen.hints.say("")
        bar, self.bar = self.bar, None
        if bar is not None:
            await bar.remove()
            screen.host.typeahead.settled()
        self.set("")

    async def apply(self, text: str) -> None:
        """Filter by a text as if it had been typed and kept."""
        screen = self._screen
        await self.open()
        if self.bar is not None:
            self.bar.put(text)
        if self.set(text):
            screen.set_focus(self._data.board)
            screen.hints.say("")
            await screen.host.reading.drain()

    async def take(self, text: str) -> None:
        """Filter as another screen did that has just been left."""
        if text.strip() == self._screen.query_text.strip():
            return
        if text.strip():
            await self.apply(text)
        else:
            await self.clear()

    def set(self, text: str) -> bool:
        """Filter by what was typed; a text that cannot be read changes nothing but says why."""
        data, bar = self._data, self.bar
        try:
            query = parse(text, self._screen.host.actor)
        except QueryError as error:
            self.show_error(error)
            return False
        if bar is not None and bar.editing:
            self._screen.hold(FILTER_KEYS_ON_BOARD)
        self._screen.query_text = text
        if query == data.filter:
            self.show_count()
            return True
        data.filter = query
        data.board.filtered = bool(query)
        data.reread(None)
        if not query:
            self.show_count()
        return True

    def show_error(self, error: QueryError) -> None:
        """Say what is wrong with the filter: where beside it, what in the hint line."""
        if self.bar is not None:
            self.bar.tell(f"wrong at column {error.column}", bad=True)
            self._screen.hold(str(error), "bad")

    def show_count(self) -> None:
        """Say how many items fit the filter."""
        data, bar = self._data, self.bar
        if bar is None:
            return
        if not data.filter:
            bar.tell(f"{data.total} items" if data.total != 1 else "1 item")
            return
        count = sum(column.head.shown for column in data.board.columns)
        first, last, _ = data.board.run
        visible = sum(column.head.shown for column in data.board.columns[first:last])
        more = f", {count - visible} off the screen" if visible < count else ""
        unknown_name = "" if count else self._unknown_name(data.filter)
        bar.tell(f"{count} of {data.total}{more}{unknown_name}", bad=bool(unknown_name))

    def _unknown_name(self, query: Query) -> str:
        """What the filter names that does not exist, where nothing fits it."""
        names = {
            "team": [team.name for team in self._data.reader.teams()],
            "stage": [stage.name for stage in self._data.stream.stages],
            "class": [str(service) for service in ClassOfService],
        }
        name = unknown(query, names)
        return f": {name}" if name else ""

    async def complete(self, text: str) -> str | None:
        """The filter with its last word completed."""
        from vsm.screens.completion import filter_goes_on
        from vsm.screens.item_form import known

        if self._values is None:
            values = await known(self._screen.host, self._screen.stream)
            self._values = {
                "team": [*(team.name for team in values.teams), "none"],
                "owner": ["me", *(m.login for m in values.members), *values.owners, "none"],
                "type": values.types,
                "class": tuple(map(str, ClassOfService)),
                "label": [*values.labels, "none"],
                "stage": [stage.name for stage in self._screen.stream.line],
            }
        return filter_goes_on(text, self._values)
