"""The configuration file: validated, with errors that name the line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsm.model.errors import BadInput
from vsm.toml_files import SETTINGS_MAX, describe_value, parse_toml, read_text

THEMES = ("dark", "light", "contrast", "ansi", "mono")
"""Names of the themes that a configuration can choose."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a person can set: ``theme`` (one of :data:`THEMES`), ``ascii`` (plain symbols only)."""

    theme: str = "dark"
    ascii: bool = False


def load(path: Path | None) -> Config:
    """Read a configuration; a file that is not there, or has no place, means the defaults.

    Raises :class:`BadInput` with file, line and what would be right.
    """
    if path is None:
        return Config()
    try:
        text = read_text(path, most=SETTINGS_MAX)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}", "mend it or move it away"
        ) from error
    return read(text, str(path))


def read(text: str, where: str) -> Config:
    """Read the text of a configuration; ``where`` names it in errors."""
    try:
        found = parse_toml(text)
    except ValueError as error:
        raise BadInput(f"{where}: {error}", "the file is TOML: name = value") from error
    for name, value in found.items():
        at = f"{where}, line {_line(text, name)}"
        if name == "theme":
            if value not in THEMES:
                raise BadInput(
                    f"{at}: there is no theme {describe_value(value)}",
                    f"use {', '.join(THEMES[:-1])} or {THEMES[-1]}",
                )
        elif name == "ascii":
            if not isinstance(value, bool):
                raise BadInput(f"{at}: ascii is {describe_value(value)}", "use true or false")
        else:
            raise BadInput(f"{at}: there is no setting {name[:60]!r}", "there are theme and ascii")
    return Config(theme=found.get("theme", "dark"), ascii=found.get("ascii", False))


def _line(text: str, name: str) -> int:
    """The line, from 1, on which a setting or a table of this name begins."""
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip().lstrip("[").lstrip().lstrip("\"'")
        if bare.startswith(name):
            return number
    return 1
