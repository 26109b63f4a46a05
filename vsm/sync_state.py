"""Keeps how far each source has been read and how that goes, in a small file beside the database.

Nothing in it has to last: without it the next run reads everything once more. It holds no token.
Boards read it for their header.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vsm.database_files import sync_path
from vsm.model.source_health import Health, SourceState
from vsm.store.atomic_file import sync_folder

BYTES_MAX = 1 << 20
"""Most bytes of the file: some hundreds of sources."""


@dataclass(frozen=True, slots=True)
class Entry(SourceState):
    """The state of a source together with what only its next run needs.

    ``cursor`` and ``swept`` are moments of the source's own clock in UTC microseconds; ``seq`` and
    ``hash`` say where the journal stood when the run had been recorded.
    """

    cursor: int | None = None
    swept: int | None = None
    seq: int = 0
    hash: str = ""


def read_states(database: Path) -> dict[str, Entry]:
    """The state of each source by name; empty where there is none that can be read."""
    try:
        with sync_path(database).open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
        values = json.loads(raw) if len(raw) <= BYTES_MAX else {}
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    entries = ((name, _entry(value)) for name, value in values.items())
    return {name: entry for name, entry in entries if entry is not None}


def _entry(value: Any) -> Entry | None:
    if not isinstance(value, dict):
        return None
    known = {field.name for field in fields(Entry)}
    picked = {name: part for name, part in value.items() if name in known}
    try:
        picked["health"] = Health(picked.get("health", ""))
        entry = Entry(**picked)
    except (TypeError, ValueError):
        return None
    numbers: tuple[int | None, ...] = (entry.since, entry.last_good, entry.last_run, entry.cursor)
    numbers += (entry.swept, entry.seq, entry.stream, entry.every)
    texts = (entry.message, entry.remedy, entry.run, entry.hash)
    is_whole = all(n is None or type(n) is int for n in numbers)
    return entry if is_whole and all(type(text) is str for text in texts) else None


def keep_state(database: Path, name: str, entry: Entry | None) -> None:
    """Write the state of one source, or forget it (``None``); others keep theirs."""
    target = sync_path(database)
    with _locked(target):
        entries: Mapping[str, Entry] = read_states(database)
        kept = {known: asdict(old) for known, old in entries.items() if known != name}
        if entry is not None:
            kept[name] = asdict(entry)
        part = target.with_name(f"{target.name}.{os.getpid()}")
        part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        os.replace(part, target)
        sync_folder(target.parent)


@contextlib.contextmanager
def _locked(target: Path) -> Any:
    """Let one process at a time rewrite the file: sources may be read side by side."""
    import fcntl

    handle = os.open(target.with_name(f"{target.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
