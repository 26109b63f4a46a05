"""The past as it was: fields, limits, links and streams of the moment, on cards and in exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vsm.features.dependencies.reading import read_dependencies
from vsm.features.metrics.reading import read_figures
from vsm.features.snapshots.snapshot import take
from vsm.model import command as c
from vsm.model.board import Card
from vsm.model.entities import TEAM
from vsm.model.errors import Refusal
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.item import BlockerKind, LinkKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, to_micros
from vsm.model.stream import Category, LimitKind
from vsm.reader import Reader
from vsm.session import Session

START = to_micros(datetime(2026, 3, 2, 9, tzinfo=UTC))


class Past:
    """A database whose clock a test turns; days count from the first."""

    def __init__(self, path: Path) -> None:
        self.day = 0.0
        self.session = Session(path, actor="anna", clock=lambda: self.at(self.day))
        stages = tuple(
            c.NewStage(name, category)
            for name, category in (
                ("Ready", Category.QUEUE),
                ("Build", Category.ACTIVE),
                ("Done", Category.DONE),
            )
        )
        for name in ("Pay", "Web"):
            self.do(c.CreateStream(name, stages=stages))
        for name in ("Ledger", "Cards"):
            self.do(c.AddEntity(TEAM, {"name": name}))
        self.reader = Reader(path)
        self.pay, self.web = (self.reader.stream_named(name) for name in ("Pay", "Web"))
        self.ledger, self.cards = (
            next(t.id for t in self.reader.teams() if t.name == name)
            for name in ("Ledger", "Cards")
        )

    @staticmethod
    def at(day: float) -> int:
        """A moment so many days after the first."""
        return START + int(day * DAY)

    def do(self, *commands: c.Command, day: float | None = None) -> None:
        """Do commands on a day."""
        self.day = self.day if day is None else day
        result = self.session.do(*commands)
        assert not isinstance(result, Refusal), result.message

    def add(self, title: str, day: float, **fields: object) -> int:
        """Add an item to Pay, in Ready."""
        self.do(c.AddItem(self.pay.id, title, fields=fields), day=day)
        ((item,),) = self.reader._conn.execute("SELECT max(id) FROM item").fetchall()
        return int(item)

    def card(self, item: int, day: float) -> Card:
        """The card of an item as it stood."""
        past = self.reader.past(self.pay, Query(), self.at(day))
        place = past.place(item)
        assert place is not None
        (card,) = self.reader.past_cards(past, place[0], place[1], 1)
        return card


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path / "past.db")
    yield made
    made.reader.close()
    made.session.close()


def test_fields_of_the_moment_are_on_cards_in_details_and_in_snapshots(past: Past) -> None:
    item = past.add("Old title", 0, owner="anna", team=past.ledger)
    past.do(c.EditItem(item, {"title": "New title", "owner": "ben", "team": past.cards}), day=5)
    card = past.card(item, 4)
    assert (card.title, card.owner, card.team) == ("Old title", "anna", "Ledger")
    after = past.card(item, 6)
    assert (after.title, after.owner, after.team) == ("New title", "ben", "Cards")
    detail = past.reader.detail(item, past.at(4), past=True)
    assert detail is not None
    assert (detail.item.title, detail.team) == ("Old title", "Ledger")
    (taken,) = take(past.reader, [past.pay], past.at(4)).streams[0].items
    assert (taken.title, taken.owner, taken.team) == ("Old title", "anna", "Ledger")
    assert not taken.fields_as_of_now


def test_limits_and_the_archive_are_those_of_the_moment(past: Past) -> None:
    item = past.add("Later archived", 0)
    ready = past.pay.line[0].id
    past.do(c.SetStage(ready, {"limit": 3, "limit_kind": LimitKind.SOFT}), day=2)
    past.do(c.SetStage(ready, {"limit": 7}), day=6)
    past.do(c.ArchiveItem(item), day=8)
    stream = past.reader.stream_named("Pay")
    limits = [
        past.reader.past(stream, Query(), past.at(day)).columns[0].stage.limit for day in (1, 4, 7)
    ]
    assert limits == [None, 3, 7]
    shown = [past.reader.past(stream, Query(), past.at(day)).columns[0].wip for day in (7, 9)]
    assert shown == [1, 0]
    stages = [take(past.reader, [stream], past.at(day)).streams[0].stages[0] for day in (4, 7)]
    assert [(stage.limit, stage.wip) for stage in stages] == [(3, 1), (7, 1)]


def test_links_are_those_of_the_moment_on_cards_screen_5_and_snapshots(past: Past) -> None:
    blocker = past.add("Blocker", 0, team=past.ledger)
    waiting = past.add("Waiting", 0, team=past.cards)
    past.do(c.LinkItems(blocker, waiting, LinkKind.BLOCKS), day=3)
    past.do(c.UnlinkItems(blocker, waiting, LinkKind.BLOCKS), day=6)
    seen = [past.card(waiting, day) for day in (2, 4, 7)]
    assert [card.waits_for for card in seen] == [0, 1, 0]
    assert [card.waits_on for card in seen] == [(), ("Ledger",), ()]
    counts = [
        len(read_dependencies(past.reader, past.at(day), past=True).waits) for day in (2, 4, 7)
    ]
    assert counts == [0, 1, 0]
    links = [len(take(past.reader, [past.pay], past.at(day)).dependencies) for day in (2, 4, 7)]
    assert links == [0, 1, 0]
    detail = past.reader.detail(waiting, past.at(4), past=True)
    assert detail is not None
    assert [(line.label, line.title) for line in detail.links] == [("waits for", "Blocker")]


def test_blockers_belong_to_the_team_that_had_the_item_while_it_was_blocked(past: Past) -> None:
    item = past.add("Blocked", 0, team=past.ledger)
    past.do(c.BlockItem(item, BlockerKind.DECISION, "who decides"), day=2)
    past.do(c.EditItem(item, {"team": past.cards}), day=5)
    past.do(c.UnblockItem(item), day=6)
    figures = read_figures(past.reader, past.pay, as_of=past.at(9))
    rows = {k.team: (k.n, round(k.total_days, 6)) for k in figures.clusters}
    assert rows == {"Ledger": (1, 3), "Cards": (1, 1)}


def test_time_in_another_stream_counts_in_no_figure(past: Past) -> None:
    ready, build, done = (stage.id for stage in past.pay.line)
    item = past.add("Comes back", 0)
    past.do(c.TransferItem(item, past.web.line[0].id), day=2)
    past.do(c.BlockItem(item, BlockerKind.DECISION, "elsewhere"), day=3)
    past.do(c.UnblockItem(item), day=4)
    away = take(past.reader, [past.pay], past.at(5)).streams[0]
    assert past.reader.past(past.pay, Query(), past.at(5)).header.wip == 0
    assert away.items == () and away.metrics.basic.items.total == 0
    assert past.card(item, 1).title == "Comes back", "it was here before it went"
    past.do(c.TransferItem(item, build), day=7)
    past.do(c.MoveItem(item, done), day=8)
    figures = read_figures(past.reader, past.pay, as_of=past.at(9))
    spent = {stage.stage: stage.total for stage in figures.time_in_stage}
    assert spent == {"Ready": pytest.approx(2), "Build": pytest.approx(1)}
    assert figures.efficiency.active_days == pytest.approx(1)
    assert figures.efficiency.waiting_days == pytest.approx(2)
    assert figures.littles_law.avg_wip is not None
    days = (past.at(9) + 1 - to_micros(datetime(2025, 12, 12, tzinfo=UTC))) / DAY
    assert figures.littles_law.avg_wip * days == pytest.approx(3, rel=1e-3)
    assert figures.clusters == ()
    held = {
        stage.stage: [a - b for a, b in zip(stage.reached, stage.below, strict=True)]
        for stage in figures.cfd.stages
    }
    assert [held["Ready"][-n] for n in (10, 9, 8, 6, 4, 3, 2, 1)] == [1, 1, 0, 0, 0, 1, 1, 1]
    assert ready


def test_fields_from_before_an_import_are_marked_as_of_now(past: Past) -> None:
    entries = (Entry(past.at(0), "Ready"), Entry(past.at(1), "Build"))
    plan = ImportPlan(
        "Pay",
        "UTC",
        (("Ready", Category.QUEUE), ("Build", Category.ACTIVE), ("Done", Category.DONE)),
        None,
        "csv",
        "f.csv",
        "0" * 64,
        (ItemHistory("1", "X-1", "Imported", entries, "f:1"),),
    )
    past.day = 5
    past.session.import_histories(plan)
    item = past.reader.find_key("X-1")
    assert item is not None
    past.do(c.EditItem(item.id, {"title": "Renamed"}), day=7)
    rows = [
        [
            (i.title, i.fields_as_of_now)
            for i in take(past.reader, [past.pay], past.at(day)).streams[0].items
        ]
        for day in (2, 6, 8)
    ]
    assert rows == [[("Renamed", True)], [("Imported", False)], [("Renamed", False)]]
