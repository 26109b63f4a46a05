"""The folder of one run: raw pages, complete chunks, and the file that the importer reads.

A chunk is what a fixed number of changed items needs. It is kept once all of its pages came, with
the ids and stamps that it is about, so a run that was killed goes on where it was: the next run
takes chunks that are about the same ids and stamps, and the result is the same.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from vsm.connect.sync.problem import SyncProblem
from vsm.paths import cache_folder

RUNS_KEPT = 5
"""Finished runs of a source that are kept, the newest ones."""
PAGES_MAX = 20_000
"""Most pages of a run."""
BYTES_MAX = 2 << 30
"""Most packed bytes of a run's pages."""
_LEVEL = 1
_DONE = "done"
INDEX = "pages.jsonl"
"""The list of the pages of a run: file, method, address."""
_RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?")


class Listed(NamedTuple):
    """An item as the listing has it: id in its source, key, stamp of its last change, API id."""

    id: str
    key: str
    stamp: str
    ref: str


@contextmanager
def only_one(folder: Path, name: str) -> Iterator[None]:
    """Let one process at a time read a source; raises :class:`SyncProblem` for the second."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SyncProblem(f"{name} is being read by another process", "wait for it") from None
        yield
    finally:
        os.close(handle)


def source_folder(database: Path, name: str) -> Path:
    """Where the runs of a source are; databases do not share them."""
    cache = cache_folder()
    if cache is None:
        raise SyncProblem("you have no home folder to keep pages in", "set XDG_CACHE_HOME")
    mark = hashlib.sha256(os.fsencode(database.resolve())).hexdigest()[:8]
    return cache / "sync" / f"{database.stem}-{mark}" / name


def runs(folder: Path) -> list[Path]:
    """The runs of a source, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _RUN.fullmatch(path.name))


class RunFolder:
    """The pages of one run, written as they come; nobody else may read them."""

    def __init__(self, parent: Path, name: str) -> None:
        self.name = name
        self.path = parent / name
        number = 1
        while self.path.exists():
            number += 1
            self.name = f"{name}-{number}"
            self.path = parent / self.name
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in runs(parent):
            if not (old / _DONE).exists() and not _has_chunks(old):
                shutil.rmtree(old, ignore_errors=True)
        self.path.mkdir(mode=0o700)
        self.pages = 0
        self._bytes = 0
        self._index = self.path / INDEX

    def keep(self, method: str, address: str, body: bytes) -> None:
        """Keep one raw page, packed; the index says which address it came from."""
        self.pages += 1
        packed = gzip.compress(body, _LEVEL, mtime=0)
        self._bytes += len(packed)
        if self.pages > PAGES_MAX or self._bytes > BYTES_MAX:
            raise SyncProblem("the run has more pages than are kept", "read a narrower scope")
        page = f"{self.pages:05}.json.gz"
        # Written in place: a page that was cut belongs to a run that is read again.
        with open(_opened(self.path / page, os.O_TRUNC), "wb") as out:
            out.write(packed)
        line = json.dumps({"page": page, "method": method, "address": address})
        with open(_opened(self._index, os.O_APPEND), "a", encoding="utf-8") as index:
            index.write(f"{line}\n")

    # -- chunks --------------------------------------------------------------------------

    def put_chunk(self, number: int, items: Sequence[Listed], records: Iterable[Any]) -> None:
        """Keep the records of a chunk under its number; its list of items is written last."""
        data = b"".join(encode(record) + b"\n" for record in records)
        write_whole(self.path / _chunk(number), gzip.compress(data, _LEVEL, mtime=0))
        write_whole(self.path / f"chunk-{number:05}.ids", _about(items))

    def take_chunk(self, earlier: Path, number: int, items: Sequence[Listed]) -> bool:
        """Take a chunk of an earlier run, if it is complete and about exactly these items."""
        try:
            if (earlier / f"chunk-{number:05}.ids").read_bytes() != _about(items):
                return False
            shutil.copyfile(earlier / _chunk(number), self.path / _chunk(number))
            shutil.copyfile(
                earlier / f"chunk-{number:05}.ids", self.path / f"chunk-{number:05}.ids"
            )
        except OSError:
            return False
        return True

    def join(self, chunks: int) -> Path:
        """One file of all chunks, in their order: what ``vsm import`` can read too."""
        target = self.path / "items.jsonl.gz"
        with open(_opened(target, os.O_TRUNC), "wb") as out:
            for number in range(1, chunks + 1):  # parts of gzip one after the other are gzip
                with (self.path / _chunk(number)).open("rb") as part:
                    shutil.copyfileobj(part, out, 1 << 20)
        return target

    # -- the end -------------------------------------------------------------------------

    def finish(self) -> None:
        """Mark the run as recorded, drop its chunks, and older runs than are kept."""
        write_whole(self.path / _DONE, b"")
        for part in self.path.glob("chunk-*"):
            part.unlink()
        for old in runs(self.path.parent)[:-RUNS_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def drop_earlier(self) -> None:
        """Drop runs that were not recorded: what was complete of them is here by now."""
        for old in runs(self.path.parent):
            if old != self.path and not (old / _DONE).exists():
                shutil.rmtree(old, ignore_errors=True)


def encode(record: Any) -> bytes:
    """The JSON of a record in one line, with question marks for halves of surrogate pairs."""
    from pydantic_core import PydanticSerializationError, to_json

    try:
        return to_json(record, inf_nan_mode="constants")
    except PydanticSerializationError:
        return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")


def unfinished(folder: Path) -> Path | None:
    """The newest run that was not recorded and has chunks: killed, refused, or a dry run."""
    newest = next((run for run in reversed(runs(folder)) if _has_chunks(run)), None)
    return newest if newest is not None and not (newest / _DONE).exists() else None


def _has_chunks(run: Path) -> bool:
    return any(run.glob("chunk-*.ids"))


def _chunk(number: int) -> str:
    return f"chunk-{number:05}.jsonl.gz"


def _about(items: Sequence[Listed]) -> bytes:
    return json.dumps([[item.id, item.stamp] for item in items]).encode()


def _opened(path: Path, how: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; nobody else may read it."""
    part = path.with_name(f"{path.name}.part")
    with open(_opened(part, os.O_TRUNC), "wb") as out:
        out.write(data)
    os.replace(part, path)
