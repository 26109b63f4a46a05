"""Keys of those who may come in: the file that holds them, and how a public key is read."""

from __future__ import annotations

from pathlib import Path

from vsm.database_files import served_keys_path
from vsm.model.served_key import ServedKey
from vsm.store.serve_keys import Keys, NewKey

__all__ = ["Keys", "NewKey", "ServedKey", "keys_file"]


def keys_file(database: Path) -> Path:
    """The file of the keys of a database: beside it, with ``.serve.db`` behind its name."""
    return served_keys_path(database)
