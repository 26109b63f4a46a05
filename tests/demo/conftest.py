"""One demo organisation for all tests of this folder, read through a connection of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.store.sqlite import connect

TODAY = date(2025, 3, 31)


@dataclass
class Bank:
    """The demo organisation as its tables hold it."""

    path: Path
    reader: Reader
    conn: Any

    def rows(self, sql: str, *params: Any) -> list[Any]:
        """Rows of the demo's tables."""
        return list(self.conn.execute(sql, params).fetchall())

    def one(self, sql: str, *params: Any) -> Any:
        """The only value of a query."""
        return self.rows(sql, *params)[0][0]

    def stream(self, name: str) -> ValueStream:
        """A stream by name."""
        return self.reader.stream_named(name)


@pytest.fixture(scope="session")
def demo_file(demo_of: Callable[[date], Path]) -> Path:
    """A freshly made demo; tests that change it work on a copy."""
    return demo_of(TODAY)


@pytest.fixture(scope="session")
def bank(demo_file: Path) -> Iterator[Bank]:
    """The demo organisation, read only."""
    reader, conn = Reader(demo_file), connect(demo_file, write=False)
    yield Bank(demo_file, reader, conn)
    conn.close()
    reader.close()
