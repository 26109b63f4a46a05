"""Promise 2: what acts on an item that others changed is merged, wins, or is refused and said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.support import do, refusal, rows, sound
from vsm.model.command import (
    CommentItem,
    EditItem,
    MoveItem,
    ReorderItem,
)
from vsm.model.errors import RefusalCode
from vsm.model.item import Item
from vsm.session import ChangeGroup, Session

IDEAS, READY, BUILD = 1, 2, 3


class Pair:
    """Anna and Ben at one database; both have seen item 1 at version 1."""

    def __init__(self, db: Path) -> None:
        self.db = db
        self.anna = Session(db, actor="anna")
        self.ben = Session(db, actor="ben")

    def item(self) -> Item:
        with self.anna._writer.transaction() as tx:
            item = tx.view.item(1)
        assert item is not None
        return item


@pytest.fixture
def pair(db: Path) -> Iterator[Pair]:
    pair = Pair(db)
    yield pair
    pair.anna.close()
    pair.ben.close()
    sound(db)


def test_edits_of_different_fields_are_merged(pair: Pair) -> None:
    do(pair.ben, EditItem(1, {"owner": "ben", "labels": ["q4"]}, 1))
    do(pair.ben, MoveItem(1, READY, 2))
    do(pair.anna, EditItem(1, {"title": "Hers", "due": "2026-12-01"}, 1))
    item = pair.item()
    assert (item.title, item.owner, item.labels, item.due) == ("Hers", "ben", ("q4",), "2026-12-01")
    assert (item.stage, item.version) == (READY, 4)


def test_edits_of_the_same_field_are_refused_naming_who_wrote_it(pair: Pair) -> None:
    do(pair.ben, EditItem(1, {"title": "His", "owner": "ben"}, 1))
    do(pair.ben, CommentItem(1, "look at this"))
    answer = refusal(pair.anna.do(EditItem(1, {"title": "Hers", "due": "2026-12-01"}, 1)))
    assert answer.code is RefusalCode.STALE
    assert answer.message.startswith("PAY-1 has changed since you looked: ben changed it: title")
    assert answer.overtaken is not None
    assert (answer.overtaken.item, answer.overtaken.version) == (1, 3)
    ((actor, text, at),) = answer.overtaken.changes
    assert actor == "ben" and "His" in text and at > 0
    assert pair.item().due is None, "nothing of it is written"


def test_the_same_value_or_one_that_was_changed_back_is_no_conflict(pair: Pair) -> None:
    before = pair.item().title
    do(pair.ben, EditItem(1, {"title": "His", "owner": "me"}, 1))
    assert isinstance(pair.ben.undo(), ChangeGroup)
    assert pair.item().title == before
    do(pair.anna, EditItem(1, {"title": "Hers"}, 1))
    do(pair.ben, EditItem(1, {"title": "Both"}, 4))
    assert refusal(pair.anna.do(EditItem(1, {"title": "Both"}, 4))).code is RefusalCode.UNCHANGED


def test_a_move_is_refused_with_everything_that_others_did_since(pair: Pair) -> None:
    do(pair.ben, MoveItem(1, READY, 1))
    do(pair.ben, EditItem(1, {"owner": "ben"}, 2))
    answer = refusal(pair.anna.do(MoveItem(1, BUILD, 1)))
    assert answer.code is RefusalCode.STALE and answer.overtaken is not None
    assert [(actor, text) for actor, text, _ in answer.overtaken.changes] == [
        ("ben", "moved it from Ideas to Ready"),
        ("ben", "changed it: owner none → ben"),
    ]
    do(pair.anna, MoveItem(1, BUILD, answer.overtaken.version))
    assert pair.item().stage == BUILD


def test_of_two_who_reorder_an_item_the_last_wins_and_both_events_are_kept(pair: Pair) -> None:
    do(pair.ben, ReorderItem(1, 1, 1))
    do(pair.anna, ReorderItem(1, 2, 1))
    order = rows(pair.db, "SELECT id FROM item WHERE stage = 1 ORDER BY rank LIMIT 5")
    assert [id for (id,) in order] == [2, 3, 4, 1, 5], "two places down from where ben put it"
    kept = rows(pair.db, "SELECT item_version FROM journal WHERE kind = 'item_reordered'")
    assert kept == [(2,), (3,)]


def test_an_item_that_was_moved_away_is_not_reordered_there(pair: Pair) -> None:
    do(pair.ben, MoveItem(1, READY, 1))
    answer = refusal(pair.anna.do(ReorderItem(1, 1, 1)))
    assert answer.code is RefusalCode.STALE
    assert "ben moved it from Ideas to Ready" in answer.message
