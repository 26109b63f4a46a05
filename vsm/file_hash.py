"""The SHA-256 of a file that somebody names, which is evidence where the file is kept elsewhere."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput, EnvironmentProblem

_NAME = "name the file to take the hash of"


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, read in parts; raises what names the file."""
    refuse_database(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInput(f"{path} is no file", _NAME)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EnvironmentProblem(
            f"{path} cannot be read: {error.strerror or error}", f"{_NAME}; nothing was recorded"
        ) from None
