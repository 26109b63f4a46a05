"""Reads TOML that people wrote: bounded, so that none can exhaust vsm, and with typed fields."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput
from vsm.model.sanitise import HARMFUL, inert_line

_W = TypeVar("_W", bound=StrEnum)

BYTES_MAX = 1_000_000
"""Most bytes of a file."""
SETTINGS_MAX = 100_000
"""Most bytes of a file of settings."""
NAME_MAX = 100
"""Most characters of a name."""
KEY_PARTS_MAX = 32
"""Most parts of a dotted key: tomllib needs memory by the square of them."""

_WORD = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
# A key stands at the beginning of a line or behind one of [ { and a comma.
_LONG_KEY = re.compile(rf"(?m:^|[\[{{,])[ \t]*+(?:{_WORD}[ \t]*+\.[ \t]*+){{{KEY_PARTS_MAX}}}")


def read_text(path: Path, *, most: int = BYTES_MAX, pipes: bool = False) -> str:
    """The text of a file of at most ``most`` bytes.

    ``pipes`` allows named pipes too, which shells give for ``<(command)``. Raises ``OSError``
    where it cannot be opened, and :class:`BadInput` for anything but a regular file, for one
    that is too large and for one that is not UTF-8.
    """
    refuse_database(path)
    # Without O_NONBLOCK opening a pipe that nobody writes to would wait for ever.
    handle = os.open(path, os.O_RDONLY | (0 if pipes else getattr(os, "O_NONBLOCK", 0)))
    mode = os.fstat(handle).st_mode
    if not (stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode))):
        os.close(handle)
        raise BadInput(f"{path} is not a regular file", "name a text file")
    with open(handle, "rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise BadInput(f"{path} has more than {most:,} bytes", "shorten it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}, line {line}: not UTF-8", "save the file as UTF-8") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML; raises ``ValueError`` in words for whatever cannot be read."""
    import tomllib

    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        line = text.count("\n", 0, long_key.start()) + 1
        raise ValueError(f"a key of more than {KEY_PARTS_MAX} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:
        # Python refuses to read integers of more than 4,300 digits.
        raise ValueError("a number is too large") from None


def describe_value(value: Any) -> str:
    """A value of a TOML file, short enough for a message whatever it is."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a huge number"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


# -- tables with typed fields -----------------------------------------------------------------


def read_settings(path: Path) -> str | None:
    """The text of a file of settings, ``None`` where there is none; raises :class:`BadInput`."""
    try:
        return read_text(path, most=SETTINGS_MAX)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror or error}", "mend it or move it away"
        ) from error


def parse_table(text: str, file: str, remedy: str) -> TomlTable:
    """Parse a whole file; raises :class:`BadInput`. ``remedy`` says how such a file looks."""
    try:
        values = parse_toml(text)
    except ValueError as error:
        raise BadInput(f"{file}: not valid TOML: {inert_line(str(error))}", remedy) from error
    return TomlTable(values, file, remedy, find_lines(text))


@dataclass(frozen=True, slots=True)
class TomlTable:
    """A table of a TOML file; errors about its fields name file, line, table and field."""

    values: Mapping[str, Any]
    file: str
    remedy: str
    lines: Mapping[tuple[str, int, str], int]
    """``(table, its number among those of this name, field)`` → line, from 1."""
    name: str = ""
    number: int = 0

    def line(self, field: str) -> int | None:
        """The line of a field or of a table of that name, else that on which this table begins."""
        keys = ((self.name, self.number, field), (field, 0, ""), (self.name, self.number, ""))
        return next((self.lines[key] for key in keys if key in self.lines), None)

    def wrong(self, field: str, what: str, remedy: str = "") -> BadInput:
        """The error about a field of this table (``""``: about the table)."""
        line = self.line(field)
        parts = [self.file]
        if line is not None:
            parts.append(f"line {line}")
        if self.name:
            parts.append(self.name + (f" {self.number}" if self.number else ""))
        return BadInput(f"{', '.join(parts)}: {what}", remedy or self.remedy)

    def refuse_unknown(self, fields: Sequence[str], tables: Iterable[str] = ()) -> None:
        """Refuse every field but these; ``tables`` are not offered as fields."""
        for name in self.values:
            if name not in (*fields, *tables):
                what = f"there is no field {inert_line(name[:60])!r}"
                raise self.wrong(name, what, f"use {', '.join(fields)}")

    def table(self, field: str) -> TomlTable:
        """A table in this one, empty where there is none."""
        value = self.values.get(field, {})
        if not isinstance(value, dict):
            raise self.wrong(field, f"{field} is no table", f"write [{field}]")
        return TomlTable(value, self.file, self.remedy, self.lines, field)

    def tables(self, field: str) -> list[TomlTable]:
        """A list of tables."""
        value = self.values.get(field, [])
        if not isinstance(value, list):
            raise self.wrong(field, f"{field} is no list: there is no [[{field}]]")
        out = [
            TomlTable(entry, self.file, self.remedy, self.lines, field, number)
            for number, entry in enumerate(value, 1)
        ]
        for table in out:
            if not isinstance(table.values, dict):
                raise table.wrong("", "is no table", f"each is a [[{field}]]")
        return out

    def text(self, field: str, most: int = 500) -> str:
        """A text of up to ``most`` characters, empty where there is none."""
        value = self.values.get(field, "")
        if not isinstance(value, str):
            raise self.wrong(field, f"{field} is no text", f'{field} = "…"')
        if len(value) > most:
            raise self.wrong(field, f"{field} has {len(value)} characters", f"{most} are allowed")
        return value

    def one_line(self, field: str) -> str:
        """A name that must be there, on one line."""
        name = " ".join(self.text(field, NAME_MAX).split())
        if not name:
            raise self.wrong(field, f"{field} is missing or empty", f'{field} = "…"')
        return name

    def names(self, field: str, example: str) -> list[str]:
        """A list of names, each on one line; none where the field is not there."""
        value = self.values.get(field, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.wrong(field, f"{field} is no list of words", example)
        return [" ".join(v.split()) for v in value]

    def word(self, field: str, words: type[_W], default: _W | None = None) -> _W:
        """One of a closed list of words; without a ``default`` it must be there."""
        value = self.values.get(field, default)
        known = f"use {', '.join(words)}"
        if value is None:
            raise self.wrong(field, f"{field} is missing", known)
        try:
            return words(value)
        except ValueError:
            raise self.wrong(field, f"{field} is {describe_value(value)}", known) from None

    def whole_number(self, field: str, most: int, label: str = "") -> int:
        """A whole number from 1 to ``most``; ``label`` is what an error calls it."""
        value = self.values[field]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            what = f"{label or field} is {describe_value(value)}"
            raise self.wrong(field, what, "give a whole number of 1 or more")
        return value


_HEAD = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_-]+)\s*\]")
_FIELD = re.compile(r"""\s*(?:"([^"\n]*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))\s*[.=]""")
_QUOTES = re.compile("\"\"\"|'''")


def find_lines(text: str) -> dict[tuple[str, int, str], int]:
    """``(table, its number among those of this name, field)`` → line, from 1."""
    out: dict[tuple[str, int, str], int] = {}
    counts: dict[str, int] = {}
    table, number, within = "", 0, ""
    for line_number, line in enumerate(text.split("\n"), 1):
        if not within:
            head, field = _HEAD.match(line), _FIELD.match(line)
            if head:
                table = head[1]
                counts[table] = counts.get(table, 0) + 1
                number = counts[table] if line.lstrip().startswith("[[") else 0
                out.setdefault((table, number, ""), line_number)
            elif field:
                out.setdefault((table, number, field[1] or field[2] or field[3]), line_number)
        for quotes in _QUOTES.findall(line):
            if not within:
                within = quotes
            elif quotes == within:
                within = ""
    return out


# -- writing ----------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A TOML string, multi-line for a text of several lines, and harmless to a terminal."""
    if "\n" not in text.strip("\n"):
        return f'"{_escaped(text)}"'
    lines = "\n".join(_escaped(line) for line in text.split("\n"))
    return f'"""\n{lines}"""'


def _escaped(text: str) -> str:
    inner = json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")
    return re.sub(HARMFUL, lambda match: "".join(f"\\U{ord(c):08x}" for c in match[0]), inner)
