"""Reads the text of a file that was named, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput


def read_text(file: str, remedy: str) -> tuple[str, str]:
    """What errors call the file, and its text; ``-`` is standard input. Raises :class:`BadInput`.

    ``remedy`` says what to name in place of a database.
    """
    where = "standard input" if file == "-" else file
    if file != "-":
        refuse_database(Path(file), remedy)
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise BadInput(f"{where} cannot be read: {error.strerror or error}") from None
    try:
        return where, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{where}, line {line}: not UTF-8", "save the file as UTF-8") from None
