"""A board on a replica says from when it is while the journal server is away, and goes on after."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import World
from vsm.model.errors import OutcomeUnknown, Unreachable
from vsm.session import Session
from vsm.store import journal
from vsm.store.membership import ForkedReplica, Membership, mark
from vsm.store.replica_state import tell_current, tell_trouble
from vsm.store.sqlite import connect

AWAY = Unreachable(
    "the journal server pg1:5432 cannot be reached: Connection refused",
    "nothing was changed; try again once it is back",
)


@pytest.fixture
def replica(filled: World) -> World:
    """The board's database as a replica that is current."""
    conn = connect(filled.path, write=True)
    mark(conn, Membership("a-cluster", "host=127.0.0.1 port=1"))
    conn.close()
    tell_current(filled.path)
    return filled


def entries(path: Path) -> int:
    """How many entries there are."""
    conn = connect(path, write=False)
    try:
        return journal.head(conn)[0]
    finally:
        conn.close()


async def test_a_server_that_goes_away_is_told_and_changes_are_refused_at_once(
    replica: World,
) -> None:
    async with replica.person() as anna:
        anna.sees("● live")
        before = entries(replica.path)
        tell_trouble(replica.path, AWAY)
        anna.screen.poller.poll()
        await anna.settle()
        anna.sees("○ server away, as of", "cannot be reached: Connection refused")
        await anna.press("escape", "L")
        anna.sees("Nothing was changed; try again once it is back")
        assert entries(replica.path) == before
        tell_current(replica.path)
        anna.screen.poller.poll()
        await anna.settle()
        anna.sees("● live", "The journal server is back")


async def test_a_history_that_differs_is_read_only_for_good(replica: World) -> None:
    tell_trouble(replica.path, ForkedReplica("the histories differ", "vsm replica salvage"))
    async with replica.person() as anna:
        anna.sees("read-only, as of")
        await anna.press("L")
        anna.sees("The histories differ", "vsm replica salvage")


async def test_what_nobody_knows_is_not_called_not_saved(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with filled.person() as anna:

        def unknown(*_: object) -> None:
            raise OutcomeUnknown("the server went away", "it is not known whether it was saved")

        monkeypatch.setattr(Session, "do", unknown)
        await anna.press("L")
        anna.sees("The server went away", "It is not known whether it was saved")
        assert "Not saved" not in anna.text
