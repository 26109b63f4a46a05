"""Reads the text of a file that was named, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput

BYTES_MAX = 256 << 20
"""Most bytes of a file that is read whole."""


def read_text(file: str, remedy: str) -> tuple[str, str]:
    """What errors call the file, and its text; ``-`` is standard input. Raises :class:`BadInput`.

    ``remedy`` says what to name in place of a database.
    """
    where = "standard input" if file == "-" else file
    if file != "-":
        refuse_database(Path(file), remedy)
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(BYTES_MAX + 1)
        else:
            with Path(file).open("rb") as source:
                raw = source.read(BYTES_MAX + 1)
    except OSError as error:
        raise BadInput(f"{where} cannot be read: {error.strerror or error}") from None
    if len(raw) > BYTES_MAX:
        raise BadInput(f"{where} is larger than {BYTES_MAX >> 20} MB", "name another file")
    try:
        return where, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{where}, line {line}: not UTF-8", "save the file as UTF-8") from None
