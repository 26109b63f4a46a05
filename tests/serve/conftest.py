"""A served board with anna and ben on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.served import Server, serving
from vsm.model.command import AddItem
from vsm.session import Session
from vsm.templates import named


def make_board(path: Path) -> Path:
    """A database with a stream and four items."""
    session = Session(path, actor="dora")
    session.do(named("kanban").command("Cards", prefix="CARD"))
    titles = ("Top up by transfer", "Choose the PIN again", "Gold card", "Refund of a payment")
    session.do(*(AddItem(1, title) for title in titles))
    session.close()
    return path


def _served(folder: Path) -> Iterator[Server]:
    with serving(make_board(folder / "work.db")) as running:
        for name in ("anna", "ben"):
            running.add(name)
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with keys of anna and ben, for all tests of a module."""
    yield from _served(tmp_path_factory.mktemp("served"))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server for one test, which may break it."""
    yield from _served(tmp_path)
