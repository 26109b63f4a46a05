"""A field that has one of a few values, changed with the left and right keys."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from vsm.actions import Scope
from vsm.text_width import fit
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.keyed import Keyed
from vsm.widgets.styles import Styles


class Choice(Keyed, Widget, can_focus=True):
    """``◂ standard ▸``: left and right (or space) change it, a letter jumps to a value."""

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"
    ALLOW_SELECT = False
    SCOPE = Scope.CHOICE

    class Changed(Message):
        """Another value is chosen."""

    def __init__(
        self,
        values: Sequence[str],
        skin: Styles,
        glyphs: Glyphs,
        id: str,
        value: str = "",
        empty: str = "none",
    ) -> None:
        super().__init__(id=id)
        self._empty = empty
        self.values = tuple(values) or ("",)
        self.at = self.values.index(value) if value in self.values else 0
        self._skin = skin
        self._glyphs = glyphs

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self.refresh()

    @property
    def value(self) -> str:
        """The value that is chosen."""
        return self.values[self.at]

    def step(self, by: int) -> None:
        """Choose another value, round and round."""
        self._go((self.at + by) % len(self.values))

    def choose(self, value: str) -> None:
        """Choose a value by its name; one that is not there changes nothing."""
        if value in self.values:
            self._go(self.values.index(value))

    def _go(self, at: int) -> None:
        if at != self.at:
            self.at = at
            self.refresh()
            self.post_message(self.Changed())

    def action_previous_value(self) -> None:
        self.step(-1)

    def action_next_value(self) -> None:
        self.step(1)

    def typed(self, event: events.Key) -> bool:
        """Go to the next value that begins with a letter."""
        if not event.character or not event.character.isalnum():
            return False
        n = len(self.values)
        places = ((self.at + offset) % n for offset in range(1, n + 1))
        letter = event.character.casefold()
        at = next((at for at in places if self.values[at].casefold().startswith(letter)), None)
        if at is not None:
            self._go(at)
        return True

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The value between two arrows."""
        width = self.size.width
        inks = self._skin.cursor if self.has_focus else self._skin.panel
        value = self.value or self._empty
        text = fit(f" {self._glyphs.left} {value} {self._glyphs.right}", width)
        return Strip([Segment(text, inks.text)], width)
