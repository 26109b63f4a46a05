"""A board in lanes is read by windows: cards and places are those of sorting them all."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.samples.streams import kanban
from vsm.model.command import AddEntity, AddItem, MoveItem
from vsm.model.entities import MEMBER, TEAM
from vsm.model.lanes import LaneField, LaneView
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

NOW = 1_700_000_000_000_000
SERVICES = ("expedite", "fixed-date", "standard", "intangible")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Items of all kinds in all stages, some of them done."""
    path = tmp_path_factory.mktemp("lanes") / "lanes.db"
    random, at = Random(7), [NOW]
    session = Session(path, actor="anna", clock=lambda: at[0])
    session.do(kanban("Card issuing", "UTC", "CI"))
    session.do(*(AddEntity(TEAM, {"name": name}) for name in ("Zebra", "alpha")))
    session.do(AddEntity(MEMBER, {"login": "zed", "name": "Abel"}))
    for n in range(60):
        fields = {
            "team": random.choice((None, 1, 2)),
            "owner": random.choice((None, "zed", "Bo", "anna")),
            "service": random.choice(SERVICES),
            "parent": random.choice((None, "CI-1", "CI-2", "CI-3")) if n > 2 else None,
        }
        done = session.do(AddItem(1, f"item {n}", random.randint(1, 4), None, fields, "why"))
        assert isinstance(done, ChangeGroup), done
    for item in (5, 6, 7, 8):
        at[0] += 1_000_000
        session.do(MoveItem(item, 5))
    session.close()
    return path


NAMES = {
    LaneField.TEAM: ["alpha", "Zebra", "no team"],
    LaneField.CLASS: list(SERVICES),
    LaneField.OWNER: ["Abel", "anna", "Bo", "unassigned"],
    LaneField.PARENT: ["CI-1 item 0", "CI-2 item 1", "CI-3 item 2", "no parent"],
}


@pytest.mark.parametrize("query", ["", "class:standard or class:expedite"])
@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("by", LaneField)
def test_windows_and_places_are_those_of_sorted_lanes(
    path: Path, by: LaneField, fold: bool, query: str
) -> None:
    reader, filter = Reader(path), parse(query, "anna") if query else Query()
    stream, now = reader.stream_named(None), NOW + 10_000_000
    lanes = reader.lanes(stream, by, filter, now)
    names = [lane.name for lane in lanes]
    assert names == [name for name in NAMES[by] if name in names]
    folded = frozenset([lanes[1].key]) if fold else frozenset()
    view = LaneView(by, folded)
    for stage in stream.line:
        plain = reader.cards(stream, stage.id, 0, 1000, filter, now)
        cards = reader.cards(stream, stage.id, 0, 1000, filter, now, view)
        counts = [lane.counts.get(stage.id, 0) for lane in lanes if lane.key not in folded]
        assert len(cards) == sum(counts)
        order = {card.id: n for n, card in enumerate(plain)}
        begin = 0
        for count in counts:  # within a lane as in the column without lanes
            places = [order[card.id] for card in cards[begin : begin + count]]
            assert places == sorted(places)
            begin += count
        for n in range(0, len(cards), 3):
            assert reader.cards(stream, stage.id, n, 4, filter, now, view) == cards[n : n + 4]
        for n, card in enumerate(cards):
            assert reader.place(stream, card.id, filter, now, view) == (stage.id, n)
        for card in plain:
            if card not in cards:
                assert reader.place(stream, card.id, filter, now, view) is None
    if not fold and not query:
        assert sum(lane.total for lane in lanes) == 60
    reader.close()
