"""Remembers where a person left a board: one small file a database, beside vsm's other state.

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
    """The stream by its id, the filter, the item under the cursor, the screen, and by what field
    the board is in lanes.
    """

    stream: int
    query: str = ""
    item: int | None = None
    screen: str = ""
    lanes: str = ""


def state_name(database: Path, actor: str) -> str:
    """A name for what is kept of one person on one database: it tells neither.

    People who are served share one account, and with it one folder of state.
    """
    from hashlib import sha256

    path = os.path.realpath(database).encode("utf-8", "surrogateescape")
    whole = path + b"\0" + actor.encode("utf-8", "surrogateescape")
    return sha256(whole).hexdigest()[:32]


def place_file(database: Path, actor: str) -> Path | None:
    """The file of a person on a database; ``None`` where there is no home folder."""
    folder = state_folder()
    return None if folder is None else folder / "places" / state_name(database, actor)


def read_place(database: Path, actor: str) -> Place | None:
    """Where this person left the board of a database; ``None`` where nothing can be read."""
    path = place_file(database, actor)
    try:
        if path is None or not path.is_file():
            return None
        with path.open("rb") as file:
            lines = file.read(MOST).decode().splitlines()
        fields = dict(line.split("=", 1) for line in lines if "=" in line)
        item = fields.get("item", "")
        stream = int(fields["stream"])
        query, screen = fields.get("filter", ""), fields.get("screen", "")
        lanes = fields.get("lanes", "")
        return Place(stream, query, int(item) if item else None, screen, lanes)
    except (OSError, ValueError, KeyError):
        return None


def save_place(database: Path, actor: str, place: Place) -> None:
    """Write where the board is left; a folder that cannot be written is left alone."""
    import tempfile

    path = place_file(database, actor)
    if path is None or len(place.query.splitlines()) > 1:
        return
    item = "" if place.item is None else place.item
    text = f"stream={place.stream}\nfilter={place.query}\nitem={item}\nscreen={place.screen}\n"
    text += f"lanes={place.lanes}\n" if place.lanes else ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".place-")
        with open(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        return
