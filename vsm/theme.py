"""Theme and symbols of the application, and the filters that everything drawn passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from textual.app import App
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import SeverityLevel

from vsm.widgets.glyphs import Glyphs, glyphs
from vsm.widgets.sanitise_filter import Harmless
from vsm.widgets.styles import MONO, THEMES, Skinned, Styles, skin

_REMOTE = frozenset(("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
"""What sshd sets: each step of an animation would go over the line."""


class Look(App[None]):
    """An application drawn in one of vsm's themes, or in none where NO_COLOR says so.

    ``css_path`` is the first screen's style sheet, ``theme`` a theme's name (an unknown one is
    the first), ``ascii_only`` asks for plain symbols; ``environment`` is that of who
    works here.
    """

    _harmless = Harmless()
    _no_colours = NoColor()

    def __init__(
        self,
        css_path: Path,
        theme: str | None,
        ascii_only: bool,
        environment: Mapping[str, str],
    ) -> None:
        chosen = next((t for t in THEMES if t.name == theme), THEMES[0])
        if "NO_COLOR" in environment:
            chosen = next(t for t in THEMES if t.name == MONO)
        super().__init__(css_path=[css_path], ansi_color=chosen.ansi)
        self._colourless = self.no_color
        self.no_color |= chosen.name == MONO
        self.ascii_only = ascii_only
        self._plain: list[LineFilter] = []
        if ascii_only:
            from vsm.widgets.ascii_filter import Plain

            self._plain = [Plain()]
        for vsm_theme in THEMES:
            self.register_theme(vsm_theme)
        # Set without its watcher: that would parse every style sheet once more at the start,
        # which mounting the first screen does anyhow.
        self.set_reactive(App.theme, chosen.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self.set_class(not self.current_theme.dark, "-light-mode", update=False)
        if not _REMOTE.isdisjoint(environment):
            self.animation_level = "none"

    @property
    def skin(self) -> Styles:
        """The styles of the current theme."""
        return skin(self.theme, self.no_color)

    @property
    def glyphs(self) -> Glyphs:
        """The symbols to draw with."""
        return glyphs(self.ascii_only)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, NO_COLOR and ``--ascii`` kept to, and the harmless one."""
        filters = [
            line_filter
            for line_filter in super().get_line_filters()
            if not isinstance(line_filter, Monochrome | NoColor)
        ]
        colours = [self._no_colours] if self.no_color else []
        return [self._harmless, *self._plain, *filters, *colours]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours that style sheets name besides Textual's own."""
        return dict(THEMES[0].variables)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Notify as Textual does, but never read the message as markup."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def set_look(self, name: str) -> None:
        """Draw with the theme of this name, for this session."""
        if name == self.theme:
            return
        self.no_color = self._colourless or name == MONO
        theme = self.get_theme(name)
        self.ansi_color = theme is not None and theme.ansi
        self.theme = name
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                if isinstance(widget, Skinned):
                    widget.set_skin(self.skin)
