"""A message that stays over the bottom of the board until it is closed."""

from __future__ import annotations

from textual.content import Content
from textual.visual import VisualType
from textual.widget import Widget

from vsm.model.errors import sentence
from vsm.model.sanitise import inert_line


class Notice(Widget, can_focus=False):
    """What went wrong or was refused, why, and what to do; hidden while there is nothing."""

    DEFAULT_CSS = """
    Notice {
        display: none; layer: notices; dock: bottom; height: auto; width: 100%;
        margin: 0 0 1 0; padding: 0 1; background: $panel; color: $foreground;
        border-left: outer $warning;
    }
    Notice.-bad { border-left: outer $error; }
    """

    def __init__(self, close: str = "Esc") -> None:
        super().__init__(id="notice")
        self._close = close
        self.text = ""
        self._content = Content("")

    @property
    def open(self) -> bool:
        """Whether it is shown."""
        return bool(self.text)

    def show(
        self, message: str, remedy: str = "", items: tuple[str, ...] = (), bad: bool = False
    ) -> None:
        """Show a message; ``items`` are listed below it, ``bad`` is a fault, not a refusal."""
        lines: list[Content] = [
            Content.assemble((sentence(inert_line(message), names=True), "bold"))
        ]
        if remedy:
            lines.append(Content(sentence(inert_line(remedy))))
        if any(item not in message and item not in remedy for item in items):
            more = [] if len(items) <= 8 else [f"and {len(items) - 8} more"]
            lines.append(Content(inert_line("   ".join([*items[:8], *more]))))
        lines.append(Content.assemble((f"{self._close} closes this", "dim")))
        self._content = Content("\n").join(lines)
        self.text = message
        self.set_class(bad, "-bad")
        self.display = True
        self.refresh(layout=True)

    def hide(self) -> None:
        """Take the message away."""
        if self.text:
            self.text = ""
            self.display = False

    def render(self) -> VisualType:
        """The message as plain content, never as markup."""
        return self._content
