"""The styles that cards, heads and lines are drawn with, worked out once for each theme.

Styles are plain Rich styles: line-API widgets share one table instead of each asking the
style sheet. Without colour the cursor is shown by reverse video.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

from rich.style import Style
from textual.theme import Theme

DARK = "dark"
LIGHT = "light"


def _text_cursor(foreground: str, background: str) -> dict[str, str]:
    """The cursor of input fields in reverse video, so that it is seen without colour too."""
    return {
        "input-cursor-foreground": foreground,
        "input-cursor-background": background,
        "input-cursor-text-style": "reverse",
    }


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
        error="#ff7b72",
        dark=True,
        variables={
            "cursor": "#264f78",
            "faint": "#7d8592",
            "bright": "#ffffff",
            **_text_cursor("#d7dae0", "#14171c"),
        },
    ),
    Theme(
        name=LIGHT,
        primary="#005faf",
        secondary="#3a6ea5",
        accent="#8700af",
        foreground="#24292f",
        background="#fbfbfa",
        surface="#eef0f2",
        panel="#e1e5ea",
        success="#116329",
        warning="#7a4f00",
        error="#b3261e",
        dark=False,
        variables={
            "cursor": "#bfdbfe",
            "faint": "#67707b",
            "bright": "#000000",
            **_text_cursor("#24292f", "#fbfbfa"),
        },
    ),
)
"""The themes of vsm; each names ``cursor``, ``faint`` and ``bright`` besides Textual's own."""


@dataclass(frozen=True, slots=True)
class Inks:
    """One ink for each meaning, all on the same ground."""

    text: Style
    strong: Style
    faint: Style
    good: Style
    warn: Style
    bad: Style
    accent: Style
    blue: Style


@dataclass(frozen=True, slots=True)
class Skin:
    """The inks on each ground: board, what is under the cursor, bars at the edges, dialogs."""

    plain: Inks
    cursor: Inks
    bar: Inks
    panel: Inks


def _inks(theme: Theme, ground: str) -> Inks:
    faint = theme.variables["faint"]
    bright = theme.variables["bright"]

    def ink(colour: str | None, bold: bool = False) -> Style:
        return Style(color=colour, bgcolor=ground, bold=bold or None)

    return Inks(
        text=ink(theme.foreground),
        strong=ink(bright, True),
        faint=ink(faint),
        good=ink(theme.success),
        warn=ink(theme.warning),
        bad=ink(theme.error, True),
        accent=ink(theme.accent, True),
        blue=ink(theme.secondary),
    )


def _reversed(inks: Inks) -> Inks:
    flip = Style(reverse=True)
    return Inks(**{f.name: getattr(inks, f.name) + flip for f in fields(Inks)})


@lru_cache(maxsize=8)
def skin(theme_name: str, no_color: bool = False) -> Skin:
    """The table for a theme by name; an unknown name gives the dark one."""
    theme = next((t for t in THEMES if t.name == theme_name), THEMES[0])
    plain = _inks(theme, theme.background or "")
    cursor = _inks(theme, theme.variables["cursor"])
    strong_faint = Style(color=theme.foreground, bgcolor=theme.variables["cursor"])
    cursor = Inks(
        **{
            **{f.name: getattr(cursor, f.name) for f in fields(Inks)},
            "faint": strong_faint,
        }
    )
    bar = _inks(theme, theme.panel or "")
    if no_color:
        # Bars are reversed as a whole; in a list that would hide which row the cursor is on.
        return Skin(plain, _reversed(plain), _reversed(bar), plain)
    return Skin(plain, cursor, bar, bar)
