"""The configuration file: validated, with errors that name the line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vsm.date_form import FORMS
from vsm.model.actor import NAME_MAX, is_name

THEMES = ("dark", "light", "contrast", "ansi", "mono")
"""Names of the themes that a configuration can choose."""
WINDOWS: tuple[int | None, ...] = (14, 30, 90, 180, None)
"""Days of the windows of figures on screens; ``None`` is all of the data."""
SCREENS = {
    "board": "",
    "overview": "overview",
    "map": "map",
    "flow": "flow",
    "bottlenecks": "stuck",
    "dependencies": "waits",
    "teams": "teams",
    "forecast": "forecast",
    "portfolio": "portfolio",
    "governance": "governance",
    "sprints": "sprints",
    "delivery": "delivery",
    "reports": "reports",
}
"""By name the action that shows a screen: all tabs but the organisation, which is a dialog."""
CARDS = ("roomy", "compact")
"""How high cards are: as the terminal has room, or always as low as can be."""

_WORDS: dict[str, tuple[str, ...]] = {
    "theme": THEMES,
    "dates": FORMS,
    "screen": tuple(SCREENS),
    "cards": CARDS,
}
_SWITCHES = ("ascii", "presence")
_OTHERS = ("ascii", "user", "window", "quiet", "presence")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Config:
    """What a person can set; each is described in docs/operations.md.

    ``ascii`` not set: the locale decides. ``user`` empty: the login. ``screen`` empty: where the
    board was left. ``quiet`` may be hours of the day (``18:00-08:00``).
    """

    theme: str = "dark"
    ascii: bool | None = None
    user: str = ""
    dates: str = FORMS[0]
    window: int | None = 90
    screen: str = ""
    cards: str = CARDS[0]
    quiet: bool | str = False
    presence: bool = True


def is_quiet(quiet: bool | str, minute: int) -> bool:
    """Whether changes of others are not said at a minute of the day."""
    hours = _HOURS.fullmatch(quiet) if isinstance(quiet, str) else None
    if hours is None:
        return bool(quiet)
    begin, end = int(hours[1]) * 60 + int(hours[2]), int(hours[3]) * 60 + int(hours[4])
    return begin <= minute < end if begin <= end else not end <= minute < begin


def load(path: Path | None) -> Config:
    """Read a configuration; a file that is not there, or has no place, means the defaults.

    Raises :class:`BadInput` with file, line and what would be right.
    """
    if path is None or not os.path.lexists(path):
        return Config()  # nothing is loaded to read it
    from vsm.toml_files import read_settings

    text = read_settings(path)
    return Config() if text is None else read(text, str(path))


def read(text: str, where: str) -> Config:
    """Read the text of a configuration; ``where`` names it in errors."""
    from vsm.toml_files import describe_value, parse_table

    table = parse_table(text, where, "the file is TOML: name = value")
    values = dict(table.values)
    for name, value in table.values.items():
        words = _WORDS.get(name)
        shown = describe_value(value)
        if words is not None:
            if value not in words:
                what = "there is no theme" if name == "theme" else f"{name} is"
                known = f"use {', '.join(words[:-1])} or {words[-1]}"
                raise table.wrong(name, f"{what} {shown}", known)
        elif name in _SWITCHES:
            if not isinstance(value, bool):
                raise table.wrong(name, f"{name} is {shown}", "use true or false")
        elif name == "quiet":
            if not (isinstance(value, bool) or _HOURS.fullmatch(str(value))):
                hint = 'use true, false or hours of the day, as in "18:00-08:00"'
                raise table.wrong(name, f"quiet is {shown}", hint)
        elif name == "user":
            if not is_name(value):
                hint = f"a name of 1 to {NAME_MAX} characters without spaces, in quotes"
                raise table.wrong(name, f"user is {shown}", f"use {hint}")
        elif name == "window":
            values[name] = None if value == "all" else value
            if isinstance(value, bool) or values[name] not in WINDOWS:
                days = ", ".join(str(days) for days in WINDOWS if days is not None)
                raise table.wrong(name, f"window is {shown}", f'use {days} (days) or "all"')
        else:
            known = ", ".join((*_WORDS, *_OTHERS))
            raise table.wrong(name, f"there is no setting {name[:60]!r}", f"there are {known}")
    return Config(**values)
