"""Opens the database for a board, and says why it may not be changed."""

from __future__ import annotations

from pathlib import Path

from vsm.model.errors import READ_ONLY, EnvironmentProblem, OlderDatabase, Refusal, VsmError
from vsm.model.history import Progress
from vsm.model.journal_head import Anchor
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def open_as_of_entry(
    source: Path, seq: int, target: Path, progress: Progress | None = None
) -> Anchor:
    """Make a private database of the journal up to an entry; see :mod:`vsm.store.as_of_entry`."""
    from vsm.gc_pause import without_collector
    from vsm.store.as_of_entry import copy_up_to

    with without_collector():
        return copy_up_to(source, seq, target, progress)


def refusal_of_changes(
    reader: Reader | None, read_only: bool, position: str = ""
) -> Refusal | None:
    """Why every change is refused from the first key on: it was asked for, or the files say so.

    ``position``: the entry of the journal up to which the board shows it, if not all.
    """
    if position:
        return Refusal(
            READ_ONLY.code,
            f"Read-only: viewing the journal up to {position}",
            "open it without --at-seq to change it",
        )
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


def bring_current(path: Path, who: str) -> VsmError | None:
    """Let a replica take over all that its server has; why it could not, where it could not."""
    from vsm.store.replica_state import tell_current, tell_trouble
    from vsm.store.writer import Writer

    writer = Writer(path, actor=who, session="", source="cli", create=False)
    try:
        while writer.catch_up():
            pass
    except VsmError as problem:
        if isinstance(problem, EnvironmentProblem):
            tell_trouble(path, problem)
        return problem
    finally:
        writer.close()
    tell_current(path)
    return None
