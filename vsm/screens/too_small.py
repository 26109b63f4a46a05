"""Shown in place of a screen that the terminal is too small for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from vsm.screens.terminal_size import catch_up

if TYPE_CHECKING:
    from vsm.screens.host import Host


class SmallScreen(ModalScreen[None]):
    """Says how large the terminal has to be; what is below comes back once it is."""

    DEFAULT_CSS = """
    SmallScreen { background: $background; color: $foreground; align: center middle;
        overflow: hidden hidden;
    }
    SmallScreen Static { width: 100%; height: auto; text-align: center; }
    """

    def __init__(self, smallest: Size) -> None:
        super().__init__()
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        """The one text."""
        yield Static(self._text(self.app.size))

    def on_resize(self, event: events.Resize) -> None:
        """Say the size that it has now."""
        catch_up(self, event)
        self.query_one(Static).update(self._text(event.size))

    def on_key(self, event: events.Key) -> None:
        """Only leaving works: other keys would change what nobody sees."""
        keymap = cast("Host", self.app).keymap
        event.stop()
        if {event.key, event.character} & set(keymap.of("quit")) and not self._unsaved:
            self.app.exit()

    @property
    def _unsaved(self) -> bool:
        """Whether something was typed below that leaving would lose."""
        return any(getattr(screen, "touched", False) for screen in self.app.screen_stack)

    def _text(self, size: Size) -> Content:
        app = cast("Host", self.app)
        sign = "x" if app.ascii_only else "×"
        need = f"{self._smallest.width}{sign}{self._smallest.height}"
        leave = app.keymap.name("quit", app.ascii_only)
        has = f"{size.width}{sign}{size.height}"
        then = "What you typed is kept" if self._unsaved else f"{leave} quits"
        return Content(f"{has} is too small: vsm needs {need}. {then}")
