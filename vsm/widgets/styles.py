"""The styles that cards, heads and lines are drawn with, worked out once for each theme.

Styles are plain Rich styles: line-API widgets share one table instead of each asking the
style sheet. In 16 colours and without any the cursor is shown by reverse video.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol, runtime_checkable

from rich.style import Style
from textual.theme import Theme

DARK = "dark"
LIGHT = "light"
CONTRAST = "contrast"
ANSI = "ansi"
MONO = "mono"


def _variables(
    foreground: str, background: str, faint: str, bright: str, cursor: str, **more: str
) -> dict[str, str]:
    """What style sheets and skins name besides Textual's own.

    The cursor of input fields is in reverse video, so that it is seen without colour too. An
    ink that reads badly on the cursor has another one for it: ``cursor-warning`` and the like.
    """
    return {
        "cursor": cursor,
        "faint": faint,
        "faint-style": "none",
        "veil": f"{background} 60%",
        "bright": bright,
        "input-cursor-foreground": foreground,
        "input-cursor-background": background,
        "input-cursor-text-style": "reverse",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def _of_the_terminal(name: str, **colours: str) -> Theme:
    """A theme that draws on the terminal's own ground with its own colours, whatever they are."""
    own = "ansi_default"

    def colour(meaning: str) -> str:
        return colours.get(meaning, own)

    return Theme(
        name=name,
        ansi=True,
        foreground=own,
        background=own,
        surface=own,
        panel=own,
        boost=own,
        primary=colour("primary"),
        secondary=colour("secondary"),
        warning=colour("warning"),
        error=colour("error"),
        success=colour("success"),
        accent=colour("accent"),
        variables={
            **_variables(own, own, own, own, own),
            "faint-style": "dim",
            "veil": "transparent",
            "ansi-background": own,
            "ansi-foreground": own,
            "primary-muted": own,
            "secondary-muted": own,
            "text-muted": own,
            "text-disabled": own,
            "scrollbar-background": own,
        },
    )


THEMES: tuple[Theme, ...] = (
    Theme(
        name=DARK,
        primary="#5fafff",
        secondary="#87afd7",
        accent="#d787ff",
        foreground="#d7dae0",
        background="#14171c",
        surface="#1c2027",
        panel="#262b34",
        success="#87d787",
        warning="#ffd75f",
        error="#ff8a80",
        dark=True,
        variables=_variables(
            "#d7dae0",
            "#14171c",
            "#8f97a5",
            "#ffffff",
            "#264f78",
            cursor_error="#ffb8b2",
            cursor_accent="#f0c2ff",
            cursor_secondary="#b8d4f2",
        ),
    ),
    Theme(
        name=LIGHT,
        primary="#005faf",
        secondary="#2f5f94",
        accent="#8700af",
        foreground="#1b2026",
        background="#fbfbfa",
        surface="#eef0f2",
        panel="#e1e5ea",
        success="#116329",
        warning="#7a4f00",
        error="#a3201a",
        dark=False,
        variables=_variables("#1b2026", "#fbfbfa", "#5a626c", "#000000", "#bfdbfe"),
    ),
    Theme(
        name=CONTRAST,
        primary="#8ad0ff",
        secondary="#8ad0ff",
        accent="#ff9cff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1f1f1f",
        success="#7dff7d",
        warning="#ffe14d",
        error="#ff9a94",
        dark=True,
        variables=_variables(
            "#ffffff",
            "#000000",
            "#d0d0d0",
            "#ffffff",
            "#ffffff",
            cursor_foreground="#000000",
            cursor_bright="#000000",
            cursor_warning="#5c3500",
            cursor_error="#8f0000",
            cursor_success="#004d12",
            cursor_accent="#6a006a",
            cursor_secondary="#003a75",
        ),
    ),
    _of_the_terminal(
        ANSI,
        primary="ansi_cyan",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_magenta",
    ),
    _of_the_terminal(MONO),
)
"""The themes of vsm; each names ``cursor``, ``faint`` and ``bright`` besides Textual's own."""

NAMES: dict[str, str] = {
    DARK: "light on dark",
    LIGHT: "dark on light",
    CONTRAST: "white on black, for tired eyes and bright rooms",
    ANSI: "the 16 colours of your terminal, on its own ground",
    MONO: "no colours: bold, dim and reverse",
}
"""What each theme is, in a few words."""


_BANDS: dict[str, tuple[str, ...]] = {
    DARK: (
        *("#4f86c6", "#d9a441", "#5fa55a", "#b07cc6", "#4fb3ae", "#d0687c", "#a58b5f"),
        "#4a515d",
    ),
    LIGHT: (
        *("#4a7fbf", "#d99a2b", "#58a052", "#a56cc0", "#3fa39e", "#cc5f75", "#9a7f4f"),
        "#c3c9d1",
    ),
    CONTRAST: (
        *("#5cb8ff", "#ffd23f", "#5dff5d", "#ff8cff", "#4dfff0", "#ff8080", "#ffb060"),
        "#6a6a6a",
    ),
    ANSI: ("blue", "yellow", "green", "magenta", "cyan", "red", "bright_blue", "bright_black"),
}


class Inks(NamedTuple):
    """One ink for each meaning, all on the same ground."""

    text: Style
    strong: Style
    faint: Style
    good: Style
    warn: Style
    bad: Style
    accent: Style
    blue: Style


@runtime_checkable
class Skinned(Protocol):
    """Whatever draws with a skin that it was given."""

    def set_skin(self, skin: Styles) -> None:
        """Draw with another one."""


class Styles(NamedTuple):
    """The inks on each ground: board, what is under the cursor, bars at the edges, dialogs.

    ``edges`` are those of the bars at the left edge of cards, where they differ from ``plain``:
    a half block needs an ink on the board's own ground.
    """

    plain: Inks
    cursor: Inks
    bar: Inks
    panel: Inks
    edges: Inks | None = None
    bands: tuple[str, ...] = ()
    """Colours of areas that touch each other, the last for what is over; none without colours."""

    @property
    def edge(self) -> Inks:
        """The inks of the bars at the left edge of cards."""
        return self.edges or self.plain


def _inks(theme: Theme, ground: str, on_cursor: bool = False) -> Inks:
    def colour(name: str, usual: str | None) -> str:
        other = theme.variables.get(f"cursor-{name}") if on_cursor else None
        return other or usual or ""

    def ink(name: str, usual: str | None, bold: bool = False) -> Style:
        return Style(color=colour(name, usual), bgcolor=ground, bold=bold or None)

    # On the cursor faint text would be too faint.
    faint = theme.foreground if on_cursor else theme.variables["faint"]
    return Inks(
        text=ink("foreground", theme.foreground),
        strong=ink("bright", theme.variables["bright"], True),
        faint=ink("foreground", faint),
        good=ink("success", theme.success),
        warn=ink("warning", theme.warning),
        bad=ink("error", theme.error, True),
        accent=ink("accent", theme.accent, True),
        blue=ink("secondary", theme.secondary),
    )


def _coloured(theme: Theme) -> Styles:
    plain = _inks(theme, theme.background or "")
    bar = _inks(theme, theme.panel or "")
    cursor = _inks(theme, theme.variables["cursor"], True)
    return Styles(plain, cursor, bar, bar, bands=_BANDS[theme.name])


def _sixteen() -> Styles:
    """Inks that can be read on a dark and on a light terminal, whatever its palette.

    On its own ground yellow or red may be hardly seen: what warns stands on a ground of its
    own, black on yellow and white on red. Bars and cursor are the terminal's ground reversed.
    """
    plain = Inks(
        text=Style(color="default", bgcolor="default"),
        strong=Style(color="default", bgcolor="default", bold=True),
        faint=Style(color="default", bgcolor="default", dim=True),
        good=Style(color="green", bgcolor="default"),
        warn=Style(color="black", bgcolor="yellow"),
        bad=Style(color="bright_white", bgcolor="red", bold=True),
        accent=Style(color="magenta", bgcolor="default", bold=True),
        blue=Style(color="cyan", bgcolor="default"),
    )
    turned = _reversed(_no_colours())
    bar = turned._replace(warn=plain.warn, bad=plain.bad)
    edge = plain._replace(
        warn=Style(color="yellow", bgcolor="default"),
        bad=Style(color="red", bgcolor="default"),
    )
    return Styles(plain, bar, bar, plain, edge, _BANDS[ANSI])


def _no_colours() -> Inks:
    none, bold = Style(), Style(bold=True)
    return Inks(
        text=none,
        strong=bold,
        faint=Style(dim=True),
        good=none,
        warn=bold,
        bad=bold,
        accent=bold,
        blue=none,
    )


def _reversed(inks: Inks) -> Inks:
    # Dim and reverse together are drawn in as many ways as there are terminals.
    flip = Style(reverse=True, dim=False)
    return Inks(*(ink + flip for ink in inks))


@lru_cache(maxsize=16)
def skin(theme_name: str, no_color: bool = False) -> Styles:
    """The table for a theme by name; an unknown name gives the dark one."""
    if no_color or theme_name == MONO:
        plain = _no_colours()
        # Bars are reversed as a whole; in a list that would hide which row the cursor is on.
        return Styles(plain, _reversed(plain), _reversed(plain), plain)
    if theme_name == ANSI:
        return _sixteen()
    return _coloured(next((t for t in THEMES if t.name == theme_name), THEMES[0]))
