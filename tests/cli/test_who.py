"""``vsm who``: who has a board open."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsm.model.presence import Presence
from vsm.presence import PresenceClient

from .conftest import Vsm


@pytest.fixture
def clients(vsm: Vsm) -> list[PresenceClient]:
    """Anna and Ben at the board of a stream with one item; Ben follows Anna."""
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    vsm.ok("item", "add", "Login")
    people = (
        Presence("s1", "anna", "alpha", 1_700_000_000_000_000, 0, 1, 1, "board"),
        Presence("s2", "ben\x1b[2J", "beta", 1_700_000_060_000_000, 0, 9, None, "flow", "s1"),
    )
    made = [PresenceClient(vsm.db, person.session) for person in people]
    for client, person in zip(made, people, strict=True):
        client.exchange(person)
    return made


def test_it_lists_who_is_here_and_where(vsm: Vsm, clients: list[PresenceClient]) -> None:
    head, first, second = vsm.ok("who").splitlines()
    assert head.split()[:3] == ["NAME", "STREAM", "ITEM"]
    assert first.split()[:6] == ["anna", "Web", "WEB-1", "board", "alpha", "2023-11-14"]
    assert second.split()[:3] == ["ben[2J", "flow", "beta"] and "\x1b" not in second
    clients[1].close()
    assert "ben" not in vsm.ok("who")


def test_as_json(vsm: Vsm, clients: list[PresenceClient]) -> None:
    anna, ben = vsm.json("who")
    assert anna.pop("seen") > "2026"
    assert anna == {
        "name": "anna",
        "host": "alpha",
        "stream": "Web",
        "item": "WEB-1",
        "screen": "board",
        "since": "2023-11-14T22:13:20Z",
        "following": None,
    }
    assert (ben["stream"], ben["item"], ben["following"]) == (None, None, "anna")


def test_nobody(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    assert vsm.ok("who") == "Nobody has a board open\n"
    assert vsm.json("who") == []


def test_without_a_database_and_with_presence_off(
    vsm: Vsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no database at" in vsm.fails(3, "who")
    folder = tmp_path / "config" / "vsm"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder.parent))
    (folder / "config.toml").write_text("presence = false\n")
    assert "presence is off in config.toml" in vsm.fails(2, "who")


def test_a_file_that_cannot_be_read_is_said(vsm: Vsm) -> None:
    vsm.ok("init", "--template", "kanban", "--name", "Web")
    Path(f"{vsm.db}.presence").write_bytes(b"garbage" * 1000)
    assert "who is here cannot be read" in vsm.fails(3, "who")
