"""The filter line: what is typed, and beside it how many items fit or what is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static

from vsm.actions import Scope
from vsm.model.sanitise import inert_line
from vsm.text_width import clip
from vsm.widgets.keyed import Keyed
from vsm.widgets.messages import FilterChanged, FilterCleared, FilterKept, FilterSaved

Complete = Callable[[str], Awaitable[str | None]]
"""A filter → the same with its last word completed."""


class _Completing(Suggester):
    def __init__(self, complete: Complete) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._complete = complete

    async def get_suggestion(self, value: str) -> str | None:
        """What is typed, completed."""
        return await self._complete(value)


_NAME = 24
"""Cells that the name of a view takes at most."""


class FilterBar(Keyed, Widget):
    """An input and beside it how many items match."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1; width: 1fr; layout: horizontal; background: $panel; color: $foreground;
    }
    FilterBar #slash { width: auto; color: $primary; text-style: bold; }
    FilterBar #found {
        width: auto; max-width: 60%; padding: 0 1; color: $faint; text-style: $faint-style;
    }
    FilterBar #found.-bad { color: $error; text-style: bold; }
    FilterBar Input { border: none; height: 1; padding: 0; background: $panel; width: 1fr; }
    FilterBar Input > .input--placeholder { color: $faint; text-style: $faint-style; }
    FilterBar Input:nocolor > .input--placeholder { text-style: italic; }
    FilterBar Input:focus {
        border: none; background: $background; background-tint: $foreground 0%;
    }
    """
    SCOPE = Scope.FILTER

    def __init__(self, text: str = "", complete: Complete | None = None) -> None:
        super().__init__(id="filter")
        self._text = text
        self._complete = complete

    def compose(self) -> ComposeResult:
        """Slash, input, answer."""
        yield Static(" / ", id="slash", markup=False)
        yield Input(
            self._text,
            placeholder="words  team:core  owner:me  -blocked  stale  overdue  idle>5d  a or b",
            select_on_focus=False,
            suggester=_Completing(self._complete) if self._complete is not None else None,
        )
        yield Static("", id="found", markup=False)

    @property
    def text(self) -> str:
        """The filter as it stands here."""
        return self.query_one(Input).value

    @property
    def editing(self) -> bool:
        """Whether keys go to the input now."""
        return self.query_one(Input).has_focus

    def edit(self) -> None:
        """Give the input the keys."""
        self.screen.set_focus(self.query_one(Input))

    def put(self, text: str) -> None:
        """Put another filter here, without telling that it has changed."""
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)

    def tell(self, text: str, bad: bool = False) -> None:
        """Say how many items fit, or what is wrong with the filter."""
        count = self.query_one("#found", Static)
        count.update(Content(inert_line(text)))
        count.set_class(bad, "-bad")

    def show_view(self, view: str) -> None:
        """Name the saved view that the filter is, if it is one."""
        named = clip(inert_line(view), _NAME)
        self.query_one("#slash", Static).update(Content(f" {named} / " if named else " / "))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(FilterChanged(event.value))

    def action_confirm(self) -> None:
        """Keep the filter."""
        self.post_message(FilterKept(self.query_one(Input).value))

    def action_cancel(self) -> None:
        """Remove the filter."""
        self.post_message(FilterCleared())

    def action_save(self) -> None:
        """Save the filter as a view."""
        self.post_message(FilterSaved(self.query_one(Input).value))

    def action_complete(self) -> None:
        field = self.query_one(Input)
        # The key that goes right takes a suggestion where the cursor is at the end.
        field.cursor_position = len(field.value)
        field.action_cursor_right()
