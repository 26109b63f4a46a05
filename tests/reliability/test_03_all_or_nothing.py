"""Promise 3: a change is all or nothing, even when the process is killed in the middle of it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.reliability.support import Nursery, checked, organisation, rows, sound

pytestmark = pytest.mark.promise(3)

ROUNDS, ITEMS = 120, 8


def test_killed_at_any_moment_it_keeps_whole_changes_and_all_acknowledged_ones(
    tmp_path: Path, nursery: Nursery
) -> None:
    db, acks = tmp_path / "vsm.db", tmp_path / "acks"
    organisation(db, ITEMS)
    acks.touch()
    chance = random.Random(3)
    acknowledged: list[int] = []
    span, number = 0.05, 0
    while number < ROUNDS or len(acknowledged) <= ROUNDS:
        assert number < 10 * ROUNDS, "the worker was killed while it worked"
        worker = nursery.run("work", db=str(db), acks=str(acks), seed=number, items=ITEMS)
        # the moment of the kill is the fault that is injected, so it is drawn, not waited for
        assert not worker.ended(within=chance.uniform(0, span)), "it never ends by itself"
        assert worker.kill() == -9
        stored = {grp for (grp,) in rows(db, "SELECT DISTINCT grp FROM journal")}
        before = len(acknowledged)
        acknowledged = [json.loads(line)[0] for line in acks.read_text().splitlines()]
        if len(acknowledged) == before:
            span *= 1.05  # on a busy machine it takes longer until the first write
        assert set(acknowledged) <= stored
        assert len(acknowledged) == len(set(acknowledged)), "no place in the journal is given twice"
        checked(db)
        items_follow_the_journal(db)
        groups_are_whole(db)
        if number % 10 == 0:
            sound(db)
        number += 1
    sound(db)


def items_follow_the_journal(db: Path) -> None:
    """Each item stands where its last event says, at the version of its last event."""
    last = {
        item: (version, seq)
        for item, version, seq in rows(
            db, "SELECT item, max(item_version), max(seq) FROM journal GROUP BY item"
        )
        if item is not None
    }
    removed = {i for (i,) in rows(db, "SELECT item FROM journal WHERE kind = 'item_removed'")}
    stands = dict(rows(db, "SELECT id, version FROM item"))
    for item, (version, _) in last.items():
        if item in stands:
            assert stands[item] == version
        else:
            assert item in removed
    assert stands.keys() <= last.keys()
    places = dict(
        rows(
            db,
            "SELECT item, payload ->> 'target' FROM journal"
            " WHERE kind IN ('item_moved', 'move_retracted') ORDER BY seq",
        )
    )
    for item, stage in rows(db, "SELECT id, stage FROM item"):
        assert stage == places.get(item, 1)
    visits = dict(rows(db, "SELECT item, stage FROM visit WHERE left IS NULL"))
    assert visits == dict(rows(db, "SELECT id, stage FROM item"))


def groups_are_whole(db: Path) -> None:
    """A change of several events is there with all of them: the follow-up with both titles."""
    for (kinds,) in rows(
        db,
        "SELECT json_group_array(kind) FROM (SELECT grp, kind FROM journal"
        " WHERE actor = 'worker' AND undoes IS NULL ORDER BY seq) GROUP BY grp",
    ):
        result = json.loads(kinds)
        assert result in (
            ["item_edited", "item_added", "item_edited"],
            ["item_moved", "item_moved"],
            ["item_blocked"],
            ["item_unblocked"],
        )
