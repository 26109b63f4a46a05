"""Opens the database for a board, and says why it may not be changed."""

from __future__ import annotations

from pathlib import Path

from vsm.model.errors import READ_ONLY, OlderDatabase, Refusal
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def refusal_of_changes(reader: Reader | None, read_only: bool) -> Refusal | None:
    """Why every change is refused from the first key on: it was asked for, or the files say so."""
    if read_only:
        return READ_ONLY
    obstacle = reader.find_obstacle() if reader is not None else None
    if obstacle is None:
        return None
    return Refusal(READ_ONLY.code, obstacle.message, obstacle.remedy)


def open_reader(
    path: Path, name: str | None, actor: str, read_only: bool
) -> tuple[Reader | None, ValueStream | None]:
    """A reader where the database is there, and the stream of this name or the likely one.

    A file of an older vsm is brought up to date first (with a backup), unless ``read_only``.
    """
    if not path.exists():
        return None, None
    try:
        reader = Reader(path)
    except OlderDatabase:
        if read_only:
            raise
        from vsm.session import Session

        session = Session(path, actor=actor, source="tui")
        try:
            session.open()
        finally:
            session.close()
        reader = Reader(path)
    if name is None and not reader.streams():
        return reader, None
    return reader, reader.stream_named(name)
