"""Remembers where a board was left: one small file a database, beside vsm's other state.

The file is a convenience. One that is missing, broken or cannot be written changes nothing else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from vsm.paths import state_folder

MOST = 10_000
"""Bytes that are read of a file; what is written is far shorter."""


class Place(NamedTuple):
    """The stream by its id, the filter, the item under the cursor and the screen."""

    stream: int
    query: str = ""
    item: int | None = None
    screen: str = ""


def place_file(database: Path) -> Path | None:
    """The file of a database; ``None`` where there is no home folder."""
    from hashlib import sha256

    folder = state_folder()
    if folder is None:
        return None
    name = os.path.realpath(database).encode("utf-8", "surrogateescape")
    return folder / "places" / sha256(name).hexdigest()[:32]


def read_place(database: Path) -> Place | None:
    """Where the board of this database was left; ``None`` where nothing can be read."""
    path = place_file(database)
    try:
        if path is None or not path.is_file():
            return None
        with path.open("rb") as file:
            lines = file.read(MOST).decode().splitlines()
        fields = dict(line.split("=", 1) for line in lines if "=" in line)
        item = fields.get("item", "")
        stream = int(fields["stream"])
        query, screen = fields.get("filter", ""), fields.get("screen", "")
        return Place(stream, query, int(item) if item else None, screen)
    except (OSError, ValueError, KeyError):
        return None


def save_place(database: Path, place: Place) -> None:
    """Write where the board is left; a folder that cannot be written is left alone."""
    import tempfile

    path = place_file(database)
    if path is None or len(place.query.splitlines()) > 1:
        return
    item = "" if place.item is None else place.item
    text = f"stream={place.stream}\nfilter={place.query}\nitem={item}\nscreen={place.screen}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".place-")
        with open(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        return
