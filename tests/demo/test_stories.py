"""The story of every item of the made-up organisation makes sense."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from tests.demo.conftest import Bank
from vsm.demo.plan import LINES


def test_visits_follow_on_each_other_and_take_time(bank: Bank) -> None:
    visits = defaultdict(list)
    for item, entered, left in bank.rows("SELECT item, entered, left FROM visit ORDER BY item, n"):
        visits[item].append((entered, left))
    assert len(visits) == bank.one("SELECT count(*) FROM item")
    for item, stays in visits.items():
        for (entered, left), (then, _) in pairwise(stays):
            assert left is not None, item
            assert entered <= left == then, item
        assert stays[-1][1] is None, item
    assert not bank.rows("SELECT item FROM item_flow WHERE finish < start OR cycle_days < 1")


def test_items_are_blocked_only_while_they_live_and_not_twice_at_once(bank: Bank) -> None:
    ends = dict(bank.rows("SELECT id, entered FROM item"))
    over = {
        item
        for (item,) in bank.rows(
            "SELECT i.id FROM item i JOIN stage s ON s.id = i.stage"
            " WHERE s.category IN ('done', 'dropped')"
        )
    }
    blocks = defaultdict(list)
    for item, started, ended in bank.rows(
        "SELECT b.item, b.started, b.ended FROM block b ORDER BY b.item, b.started"
    ):
        blocks[item].append((started, ended))
        created = bank.one("SELECT created FROM item WHERE id = ?", item)
        assert created <= started
        if item in over:
            assert ended is not None
            assert started < ended <= ends[item]
    for intervals in blocks.values():
        for (_, ended), (started, _) in pairwise(intervals):
            assert ended is not None
            assert ended <= started
    assert not bank.rows(
        "SELECT i.id FROM item i JOIN stage s ON s.id = i.stage"
        " WHERE i.blocked NOT NULL AND s.category IN ('backlog', 'done', 'dropped')"
    )


def test_owners_belong_to_the_team_that_has_the_item_or_its_stage(bank: Bank) -> None:
    for key, owner, team, stage_team, came_from in bank.rows(
        "SELECT i.key, i.owner, i.team, s.team,"
        " (SELECT p.team FROM visit v JOIN stage p ON p.id = v.stage WHERE v.item = i.id"
        "  ORDER BY v.n DESC LIMIT 1 OFFSET 1)"
        " FROM item i JOIN stage s ON s.id = i.stage WHERE i.owner NOT NULL"
    ):
        teams = {
            t
            for (t,) in bank.rows(
                "SELECT x.team FROM membership x JOIN member m ON m.id = x.member"
                " WHERE m.login = ?",
                owner,
            )
        }
        assert teams & {team, stage_team, came_from}, (key, owner)


def test_every_move_goes_along_an_edge_of_its_stream(bank: Bank) -> None:
    for line in LINES:
        stream = bank.stream(line.name)
        edges = {(e.source, e.target) for e in stream.edges}
        dropped = {s.id for s in stream.stages if s.name == "Dropped"}
        moves = bank.rows(
            "SELECT DISTINCT json_extract(payload, '$.source'), json_extract(payload, '$.target')"
            " FROM journal WHERE kind = 'item_moved' AND stream = ?",
            stream.id,
        )
        assert moves
        assert {m for m in moves if m[1] not in dropped} <= edges


def test_work_comes_back_with_a_finding_said(bank: Bank) -> None:
    comments = dict(
        bank.rows("SELECT grp, count(*) FROM journal WHERE kind = 'item_commented' GROUP BY grp")
    )
    back = 0
    for line in LINES:
        stream = bank.stream(line.name)
        for grp, source, target in bank.rows(
            "SELECT grp, json_extract(payload, '$.source'), json_extract(payload, '$.target')"
            " FROM journal WHERE kind = 'item_moved' AND stream = ?",
            stream.id,
        ):
            if stream.direction(source, target).value == "rework":
                back += 1
                assert comments.get(grp)
    assert back >= 40


def test_who_blocked_and_moved_are_people_of_the_bank(bank: Bank) -> None:
    actors = {a for (a,) in bank.rows("SELECT DISTINCT actor FROM change_group")}
    assert actors <= {login for (login,) in bank.rows("SELECT login FROM member")}
    assert len(actors) >= 35


def test_one_item_was_handed_over_to_another_stream_and_old_incidents_put_away(bank: Bank) -> None:
    assert bank.one("SELECT count(*) FROM journal WHERE kind = 'item_archived'") >= 5
    assert bank.one("SELECT count(*) FROM journal WHERE kind = 'item_transferred'") >= 1
