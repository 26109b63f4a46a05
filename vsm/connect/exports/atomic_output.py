"""Writes files atomically: to a temporary file that replaces the target when it is complete."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from vsm.database_files import refuse_database, umask
from vsm.model.errors import BadInput, EnvironmentProblem


@contextmanager
def target(path: Path | io.StringIO | None) -> Iterator[TextIO]:
    """Open a file for UTF-8 text, or standard output for ``None`` or ``-``; a text stays open.

    The file appears, or replaces the one that was there, once the block ends without an exception;
    before that nothing is seen of it. A name that ends in ``.gz`` is compressed. Raises
    :class:`BadInput` if the path is a folder, a database or a file beside one, and
    :class:`EnvironmentProblem` if the system does not let it be written. The caller handles a
    reader of standard output that has gone away (``BrokenPipeError``).
    """
    if isinstance(path, io.StringIO):
        yield path
        return
    if path is None or str(path) == "-":
        with _text(sys.stdout.buffer) as out:
            yield out
        return
    where = Path(os.path.realpath(path))
    try:
        kind = where.stat().st_mode if where.exists() else None
        if kind is not None and stat.S_ISDIR(kind):
            raise BadInput(f"{path} is a folder", "name a file in it")
        if kind is not None and not stat.S_ISREG(kind):
            with where.open("wb") as raw, _text(raw) as out:  # a pipe or a device
                yield out
            return
        refuse_database(where)
        yield from _aside(where, kind)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EnvironmentProblem(
            f"{path} cannot be written: {error.strerror or error}",
            "nothing was changed: name a file in a folder that can be written",
        ) from error


@contextmanager
def binary_target(path: Path) -> Iterator[BinaryIO]:
    """Open a file for bytes as :func:`target` does for text."""
    with target(path) as out:
        assert isinstance(out, io.TextIOWrapper)
        yield cast(BinaryIO, out.buffer)


def _aside(where: Path, mode: int | None) -> Iterator[TextIO]:
    handle, name = tempfile.mkstemp(prefix=f".{where.name}.", suffix=".part", dir=where.parent)
    try:
        with os.fdopen(handle, "wb") as raw:
            if where.name.endswith(".gz"):
                # No time and no name inside, so that the same content makes the same file.
                packed = gzip.GzipFile("", "wb", fileobj=raw, mtime=0)
                with packed, _text(cast(BinaryIO, packed)) as out:
                    yield out
            else:
                with _text(raw) as out:
                    yield out
            raw.flush()
            os.fsync(raw.fileno())
        os.chmod(name, stat.S_IMODE(mode) if mode is not None else 0o666 & ~umask())
        os.replace(name, where)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _text(raw: BinaryIO) -> Iterator[TextIO]:
    """Text over a binary file that stays open."""
    out = io.TextIOWrapper(raw, encoding="utf-8", newline="", write_through=False)
    try:
        yield out
        out.flush()
    finally:
        out.detach()
