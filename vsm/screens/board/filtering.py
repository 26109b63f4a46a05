"""The filter line of the board: opened, kept, cleared, saved as a view."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on

from vsm.model.item import ClassOfService
from vsm.screens.board.base import FILTER_KEYS
from vsm.screens.board.item_keys import Working
from vsm.widgets.messages import FilterChanged, FilterCleared, FilterKept, FilterSaved


class Filtering(Working):
    """What is shown of the stream."""

    _offered: dict[str, Sequence[str]] | None = None
    """Values that fields of the filter are completed with; read when the line is opened."""

    async def action_filter(self) -> None:
        """Open the filter line, or go to it."""
        self.notice.hide()
        if self.filter_bar is None:
            from vsm.widgets.filter_bar import FilterBar

            self._offered = None
            self.filter_bar = FilterBar(self.query_text, self.complete)
            await self.mount(self.filter_bar, before=self.hints)
        self.filter_bar.edit()
        self.tell_found()
        self.hold(FILTER_KEYS)

    @on(FilterChanged)
    def _filter_changed(self, message: FilterChanged) -> None:
        self.set_filter(message.text)

    @on(FilterKept)
    async def _filter_kept(self, message: FilterKept) -> None:
        if not self.set_filter(message.text):
            return
        self.set_focus(self.board)
        self.hints.say("")
        if not self.query_text.strip():
            await self.clear_filter()
        elif self.filter:
            # Keys that follow are meant for what the filter shows.
            self.begin(self.host.reading.through(), "filter")

    @on(FilterCleared)
    async def clear_filter(self) -> None:
        """Take the filter away, and its line."""
        self.set_focus(self.board)
        self.hints.say("")
        bar, self.filter_bar = self.filter_bar, None
        if bar is not None:
            await bar.remove()
            self.host.typeahead.settled()
        self.set_filter("")

    async def complete(self, text: str) -> str | None:
        """The filter with its last word completed."""
        from vsm.screens.completion import filter_goes_on
        from vsm.screens.item_form import known

        if self._offered is None:
            there = await known(self.host, self.stream)
            self._offered = {
                "team": [*(team.name for team in there.teams), "none"],
                "owner": ["me", *(m.login for m in there.members), *there.owners, "none"],
                "type": there.types,
                "class": tuple(map(str, ClassOfService)),
                "label": [*there.labels, "none"],
                "stage": [stage.name for stage in self.stream.line],
            }
        return filter_goes_on(text, self._offered)

    def action_views(self) -> None:
        """Open a saved view, save this filter as one, or take one away."""
        from vsm.screens.views import views

        self.begin(views(self), "change")

    @on(FilterSaved)
    async def _filter_saved(self, message: FilterSaved) -> None:
        if self.set_filter(message.text):
            self.action_views()

    async def open_filter(self, text: str) -> None:
        """Filter by a text as if it had been typed and kept."""
        await self.action_filter()
        bar = self.filter_bar
        if bar is not None:
            bar.put(text)
        if self.set_filter(text):
            self.set_focus(self.board)
            self.hints.say("")
            await self.host.reading.through()

    async def take_filter(self, text: str) -> None:
        """Filter as another screen did that has just been left."""
        if text.strip() == self.query_text.strip():
            return
        if text.strip():
            await self.open_filter(text)
        else:
            await self.clear_filter()
