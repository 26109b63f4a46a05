"""The smallest Textual application, with which the start of vsm is compared."""

import gc

gc.disable()

from textual.app import App, ComposeResult  # noqa: E402
from textual.widgets import Static  # noqa: E402


class Hello(App[None]):
    """One line of text."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """Show a greeting."""
        yield Static("hello, terminal")


Hello().run()
