"""A Kanban stream with three items, and short ways to use it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.samples.streams import kanban
from vsm.model import command as c
from vsm.model.errors import Refusal
from vsm.model.item import Item
from vsm.model.stream import Stage, ValueStream
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session


class Board:
    """One session on one database; time stands still unless ``at`` is set."""

    def __init__(self, path: Path) -> None:
        is_made = path.exists()
        self.path = path
        self.at = 1_000_000_000_000_000
        self.anna = Session(path, actor="anna", clock=lambda: self.at)
        if not is_made:
            self.done(kanban("Card issuing", "UTC", "CI"))
            for title in ("one", "two", "three"):
                self.done(c.AddItem(1, title))
        self.read = Reader(path)

    def close(self) -> None:
        """Close the session and the reader."""
        self.read.close()
        self.anna.close()

    def done(self, *commands: c.Command) -> ChangeGroup:
        """Do it, or fail with the refusal."""
        result = self.anna.do(*commands)
        assert isinstance(result, ChangeGroup), result
        return result

    def refused(self, *commands: c.Command) -> Refusal:
        """The refusal that was expected; nothing was recorded."""
        before = self.read.position()
        result = self.anna.do(*commands)
        assert isinstance(result, Refusal), result
        assert self.read.position() == before
        return result

    def item(self, key: str) -> Item:
        """An item that is there."""
        result = self.read.find_key(key)
        assert result is not None
        return result

    @property
    def stream(self) -> ValueStream:
        """The stream as it is now."""
        return self.read.stream_named("Card issuing")

    def stage(self, name: str) -> Stage:
        """A stage by its name."""
        result = self.stream.named(name)
        assert result is not None
        return result


@pytest.fixture
def board(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The stream, in a file of its own: a copy of what the first test has made."""
    first = tmp_path_factory.getbasetemp() / "board.db"
    if not first.exists():
        Board(first).close()
    path = tmp_path / "board.db"
    for end in ("", ".lock"):
        shutil.copy(f"{first}{end}", f"{path}{end}")
    made = Board(path)
    yield made
    made.close()
