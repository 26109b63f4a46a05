"""The filter line of a screen: opened, kept, cleared, completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from vsm.model.errors import VsmError
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query, QueryError

if TYPE_CHECKING:
    from textual.widget import Widget

    from vsm.screens.vsm_screen import VsmScreen
    from vsm.widgets.filter_bar import FilterBar

FILTER_KEYS = "{confirm}: keep the filter · {complete}: complete · {cancel}: clear"
FILTER_KEYS_ON_BOARD = (
    "{confirm}: keep the filter · {complete}: complete · {save}: save as a view · {cancel}: clear"
)


class Filtered(Protocol):
    """What is filtered: a board, or figures."""

    filter: Query
    filter_keys: str
    """The keys of the line, for the hint line."""
    filter_stays: bool
    """Whether the line stays where it is once the filter is kept."""

    @property
    def filter_focus(self) -> Widget:
        """What has the keys while the line has not."""

    def apply_filter(self, query: Query) -> None:
        """Show what fits another filter."""

    def count_filtered(self) -> tuple[str, bool]:
        """How many items fit, in a few words, and whether that is because of a wrong name."""


class FigureFilter:
    """The filter of a screen of figures, which are worked out anew when it changes."""

    filter_keys = FILTER_KEYS
    filter_stays = False

    def __init__(self, screen: VsmScreen, query: Query, focus: Callable[[], Widget]) -> None:
        self._screen = screen
        self._focus = focus
        self.filter = query

    @property
    def filter_focus(self) -> Widget:
        """The figures have the keys while the filter line has not."""
        return self._focus()

    def apply_filter(self, query: Query) -> None:
        """Work out the figures of what fits another filter."""
        self.filter = query
        self._screen.work_out()

    def count_filtered(self) -> tuple[str, bool]:
        """Nothing: the figures themselves say how many items they are of."""
        return "", False


class FilterLine:
    """What is typed into the filter line of a screen, and how many items fit it."""

    def __init__(self, screen: VsmScreen, filtered: Filtered) -> None:
        self._screen = screen
        self._filtered = filtered
        self.bar: FilterBar | None = None
        """The line, where it is open."""
        self._error: QueryError | None = None
        """What is wrong with the text in the line, if anything."""
        self._values: dict[str, Sequence[str]] | None = None
        """Values that fields of the filter are completed with; read when the line is opened."""

    @property
    def query(self) -> Query:
        """The filter that is applied."""
        return self._filtered.filter

    def make_bar(self) -> FilterBar:
        """The line with what was typed, to be mounted."""
        from vsm.widgets.filter_bar import FilterBar

        self._values = self._error = None
        self.bar = FilterBar(self._screen.query_text, self.complete)
        return self.bar

    async def open_line(self) -> None:
        """Open the filter line, or go to it."""
        screen = self._screen
        screen.notice.hide()
        if self.bar is None:
            await screen.mount(self.make_bar(), before=screen.hints)
        if self.bar is not None:
            self.bar.edit()
        self.show_count()
        screen.hold(screen.keys(self._filtered.filter_keys))

    async def keep(self, text: str) -> None:
        """Filter by a text and give the keys back."""
        screen = self._screen
        if not self.set(text):
            return
        self._give_keys_back()
        if not screen.query_text.strip() or not self._filtered.filter_stays:
            await self._close()
        if self._filtered.filter:
            # Keys that follow are meant for what the filter shows.
            screen.begin(screen.host.reading.drain(), "filter")

    async def clear(self) -> None:
        """Take the filter away, and its line."""
        self._give_keys_back()
        await self._close()
        self.set("")

    def _give_keys_back(self) -> None:
        self._screen.set_focus(self._filtered.filter_focus)
        self._screen.hints.say("")

    async def _close(self) -> None:
        bar, self.bar = self.bar, None
        if bar is not None:
            await bar.remove()
            self._screen.host.typeahead.settled()

    async def apply(self, text: str) -> None:
        """Filter by a text as if it had been typed and kept."""
        await self.open_line()
        if self.bar is not None:
            self.bar.put(text)
        if self.set(text):
            self._give_keys_back()
            await self._screen.host.reading.drain()

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
        filtered = self._filtered
        try:
            query = parse(text, self._screen.host.actor)
        except QueryError as error:
            self.show_error(error)
            return False
        self._error = None
        if self.bar is not None and self.bar.editing:
            self._screen.hold(self._screen.keys(filtered.filter_keys))
        self._screen.query_text = text
        if query != filtered.filter:
            filtered.apply_filter(query)
            if query:
                return True  # the count follows once it is known
        self.show_count()
        return True

    def show_error(self, error: QueryError) -> None:
        """Say what is wrong with the filter: where beside it, what in the hint line."""
        self._error = error
        if self.bar is not None:
            self.bar.tell(f"wrong at column {error.column}", bad=True)
            self._screen.hold(str(error), "bad")

    def show_count(self) -> None:
        """Say how many items fit the filter, unless what stands in the line cannot be read."""
        if self.bar is not None and self._error is None:
            words, wrong = self._filtered.count_filtered()
            self.bar.tell(words, bad=wrong)
            self.bar.show_view(self._view_name())

    def _view_name(self) -> str:
        """The saved view that this filter is, if it is one."""
        screen, text = self._screen, " ".join(self._screen.query_text.split())
        try:
            views = screen.reader.views(screen.stream.id) if text else []
        except VsmError:
            return ""  # whatever reads next says what is in the way
        return next((view.name for view in views if view.filter == text), "")

    async def complete(self, text: str) -> str | None:
        """The filter with its last word completed."""
        from vsm.model.query_completion import filter_goes_on, values_of
        from vsm.screens.item_form import known

        if self._values is None:
            values = await known(self._screen.host, self._screen.stream)
            self._values = values_of(
                [team.name for team in values.teams],
                [*(member.login for member in values.members), *values.owners],
                values.types,
                values.labels,
                [stage.name for stage in self._screen.stream.line],
            )
        return filter_goes_on(text, self._values)


def filter_of_figures(
    screen: VsmScreen, text: str, board: tuple[str, Query], focus: Callable[[], Widget]
) -> FilterLine:
    """The filter line of a screen of figures, which begins with what was typed on its board.

    ``board`` is whom ``owner:me`` means there, and the filter that it has: what is typed at the
    moment may be no filter yet.
    """
    actor, query = board
    with suppress(QueryError):
        query = parse(text, actor)
    return FilterLine(screen, FigureFilter(screen, query, focus))
