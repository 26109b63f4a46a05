"""The configuration file: validated, with errors that name the line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

THEMES = ("dark", "light", "contrast", "ansi", "mono")
"""Names of the themes that a configuration can choose."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a person can set: ``theme`` (one of :data:`THEMES`), ``ascii`` (plain symbols only;
    where it is not set the locale decides)."""

    theme: str = "dark"
    ascii: bool | None = None


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
    for name, value in table.values.items():
        if name == "theme":
            if value not in THEMES:
                raise table.wrong(
                    name,
                    f"there is no theme {describe_value(value)}",
                    f"use {', '.join(THEMES[:-1])} or {THEMES[-1]}",
                )
        elif name == "ascii":
            if not isinstance(value, bool):
                raise table.wrong(name, f"ascii is {describe_value(value)}", "use true or false")
        else:
            raise table.wrong(
                name, f"there is no setting {name[:60]!r}", "there are theme and ascii"
            )
    return Config(**table.values)
