"""Reads files from outside; hashes, unpacks and limits them while they are read."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from vsm.database_files import refuse_database
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.history import Progress
from vsm.model.sanitise import inert_line

FILE_MAX = 4 << 30
"""Most bytes of a file, packed and unpacked."""
LINE_MAX = 64 << 20
"""Most bytes of one line where every line is a record."""
DOCUMENT_MAX = 1 << 30
"""Most bytes of a file that is one document and so has to be held in memory."""

_GZIP = b"\x1f\x8b"


def size(count: int) -> str:
    """A count of bytes for people: ``64 MiB``."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if count >= 1 << shift:
            return f"{count / (1 << shift):.3g} {unit}"
    return f"{count} bytes"


class _Hashed(io.RawIOBase):
    """The raw bytes of a file, hashed and counted while they are read."""

    def __init__(self, raw: BinaryIO, total: int, progress: Progress | None) -> None:
        self._raw = raw
        self._total = total
        self._progress = progress
        self._passed = 0
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._raw.read(len(buffer))
        count = len(data)
        buffer[:count] = data
        self.digest.update(data)
        self._passed += count
        if self._progress is not None and count:
            self._progress(self._passed, max(self._total, self._passed))
        return count


class Source:
    """One file being read: lines or the rest of it, plain or gzip (detected by its first bytes).

    ``progress`` gets (bytes read, bytes of the file) of the file as it is stored. Raises
    :class:`BadInput` for a path that is missing, no file, too large or damaged, and
    :class:`EnvironmentProblem` if the system does not let it be read.
    """

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path = path
        self.name = inert_line(path.name) or inert_line(str(path))
        self._unpacked = 0
        refuse_database(path, "name the file that another tool exported")
        try:
            about = path.stat()
            if stat.S_ISDIR(about.st_mode):
                raise BadInput(f"{self.name} is a folder", "name a file in it")
            if not (stat.S_ISREG(about.st_mode) or stat.S_ISFIFO(about.st_mode)):
                raise BadInput(f"{self.name} is not a file", "name a file")
            if about.st_size > FILE_MAX:
                raise BadInput(
                    f"{self.name} has {size(about.st_size)}, and {size(FILE_MAX)} is the most",
                    "split it, by project for example",
                )
            raw = path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise BadInput(f"there is no file {path}", "look at the name") from error
        except OSError as error:
            raise EnvironmentProblem(
                f"{self.name} cannot be opened: {error.strerror or error}", "look at its rights"
            ) from error
        self._hashed = _Hashed(cast(BinaryIO, raw), about.st_size, progress)
        self._plain = io.BufferedReader(self._hashed, 1 << 18)
        self._raw = raw
        self.packed = self._plain.peek(2)[:2] == _GZIP
        self._text: BinaryIO = (
            cast(BinaryIO, gzip.GzipFile(fileobj=self._plain)) if self.packed else self._plain
        )

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.packed:
            self._text.close()
        self._raw.close()

    def line(self) -> bytes:
        """The next line with its end, ``b""`` at the end of the file.

        A line longer than :data:`LINE_MAX` comes without its end: see :meth:`overlong`.
        """
        return self._read(self._text.readline, LINE_MAX + 1)

    @staticmethod
    def overlong(line: bytes) -> bool:
        """Whether this is only the beginning of a line that is too long."""
        return len(line) > LINE_MAX and not line.endswith(b"\n")

    def lines(self) -> Iterator[bytes]:
        """The remaining lines; raises :class:`BadInput` for one that is too long."""
        number = 0
        while line := self.line():
            number += 1
            if self.overlong(line):
                raise BadInput(f"{self.name} line {number} has more than {size(LINE_MAX)}")
            yield line

    def blocks(self, size: int = 1 << 18) -> Iterator[bytes]:
        """The remaining bytes, a block at a time."""
        while data := self._read(self._text.read, size):
            yield data

    def rest(self, most: int) -> bytes | None:
        """The remaining bytes, or ``None`` if they are more than ``most``."""
        data = self._read(self._text.read, most + 1)
        return data if len(data) <= most else None

    def sha256(self) -> str:
        """Hex SHA-256 of the bytes of the file as it is stored; reads the rest of it."""
        while self._plain.read(1 << 20):
            pass
        return self._hashed.digest.hexdigest()

    def _read(self, how: Callable[[int], bytes], most: int) -> bytes:
        try:
            data = how(most)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadInput(
                f"{self.name} cannot be unpacked: {error}", "it is damaged or cut: fetch it again"
            ) from error
        except OSError as error:
            raise EnvironmentProblem(
                f"{self.name} cannot be read: {error.strerror or error}", "look at the disk"
            ) from error
        self._unpacked += len(data)
        if self._unpacked > FILE_MAX:
            raise BadInput(f"{self.name} unpacks to more than {size(FILE_MAX)}", "split it first")
        return data
