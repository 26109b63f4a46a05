"""Reads TOML that people wrote, so that no file of theirs can hang or exhaust the program."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput

BYTES_MAX = 1_000_000
"""Most bytes of a file."""
SETTINGS_MAX = 100_000
"""Most bytes of a file of settings."""
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
