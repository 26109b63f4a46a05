"""Imported histories: new, known, restated, withdrawn; bulk folding equals one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsm.model import command as c
from vsm.model.errors import BadInput, Refusal
from vsm.model.event import Event
from vsm.model.history import Entry, ImportPlan, ImportResult, ItemHistory
from vsm.model.item import LinkKind, Quality
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session
from vsm.store.schema import PROJECTED
from vsm.store.source_items import BESIDE

STAGES = (
    ("Open", Category.BACKLOG),
    ("Build", Category.ACTIVE),
    ("Review", Category.ACTIVE),
    ("Closed", Category.DONE),
)


def history(n: int, *moves: tuple[int, str], **more: Any) -> ItemHistory:
    entries = tuple(
        Entry(day * DAY, status, f"{n}-{k}", "u1") for k, (day, status) in enumerate(moves)
    )
    return ItemHistory(f"id{n}", f"A-{n}", f"title {n}", entries, f"f:{n}", **more)


def plan(*histories: ItemHistory, stream: str = "Work") -> ImportPlan:
    return ImportPlan(stream, "UTC", STAGES, "Build", "jira", "f.json", "0" * 64, histories)


ONE = history(1, (1, "Open"), (2, "Build"), (5, "Closed"))
TWO = history(2, (1, "Open"), (3, "Build"), links=((LinkKind.BLOCKS, "A-2", "A-3"),))
THREE = history(3, (2, "Open"))


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "i.db", actor="anna")


def tables(session: Session) -> dict[str, list[Any]]:
    with session._writer.transaction() as tx:
        return {
            name: sorted(tx.conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in PROJECTED
            if name not in ("change_group", "counter")
        }


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.items, result.transitions, result.already_known, result.restated


def test_the_second_import_of_a_file_changes_nothing(session: Session) -> None:
    assert counts(session.import_histories(plan(ONE, TWO, THREE))) == (3, 3, 0, 0)
    before = Reader(session.path).position()
    assert counts(session.import_histories(plan(ONE, TWO, THREE))) == (0, 0, 3, 0)
    assert Reader(session.path).position() == before


def test_a_dry_run_counts_and_records_nothing(session: Session) -> None:
    session.open()
    assert counts(session.import_histories(plan(ONE, TWO), dry_run=True)) == (2, 3, 0, 0)
    assert Reader(session.path).streams() == []


def test_only_what_differs_is_restated_and_undo_brings_the_first_statement_back(
    session: Session,
) -> None:
    session.import_histories(plan(ONE, TWO, THREE))
    before = tables(session)
    later = replace(TWO, entries=(*TWO.entries, Entry(9 * DAY, "Closed", "2-9", "u2")))
    new = history(4, (8, "Open"))
    assert counts(session.import_histories(plan(ONE, later, THREE, new))) == (2, 2, 2, 1)
    reader = Reader(session.path)
    item = reader.find_key("A-2")
    assert item is not None and item.version == 2
    after = tables(session)
    assert isinstance(session.undo(), ChangeGroup)
    back = tables(session)
    assert reader.find_key("A-4") is None
    for name in ("visit", "item_flow", "link", "block"):
        assert back[name] == before[name]
    assert isinstance(session.redo(), ChangeGroup)
    again = tables(session)
    for name in ("visit", "item_flow", "link", "item"):
        assert again[name] == after[name]


def test_an_item_that_was_changed_here_is_reported_and_left_alone(session: Session) -> None:
    session.import_histories(plan(ONE, TWO))
    reader = Reader(session.path)
    item = reader.find_key("A-2")
    assert item is not None
    session.do(c.EditItem(item.id, {"title": "ours"}))
    result = session.import_histories(plan(ONE, replace(TWO, title="theirs")))
    assert [s.where for s in result.skipped] == ["f:2"]
    assert "changed here since" in result.skipped[0].why
    again = reader.find_key("A-2")
    assert again is not None and again.title == "ours"


def test_what_stands_beside_an_item_does_not_keep_its_source_away(session: Session) -> None:
    """Comments and evidence of pipelines: the source goes on, and they stay."""
    session.import_histories(plan(ONE, TWO))
    bob = Session(session.path, actor="bob")
    bob.do(c.AddEvidence(2, "build", "ci/1", status="pass"))
    bob.do(c.CommentItem(2, "it is green"))
    later = replace(TWO, title="theirs", entries=(*TWO.entries, Entry(6 * DAY, "Review", "2-9")))
    result = session.import_histories(plan(ONE, later))
    assert (result.skipped, result.kept, result.items) == ((), (), 1)
    reader = Reader(session.path)
    item = reader.item(2)
    assert item is not None and (item.title, item.version) == ("theirs", 4)
    before = tables(session)
    assert [row[3] for row in before["evidence"]] == ["ci/1"]
    session.rebuild()
    assert tables(session) == before
    fields = [event.model_fields for event in get_args(Event)]
    kinds = {known["kind"].default for known in fields if "kind" in known}
    assert set(BESIDE) <= kinds
    assert isinstance(session.undo(), ChangeGroup)
    back = reader.item(2)
    assert back is not None and back.title == "title 2"
    reader.close()


def test_who_undid_the_import_of_an_item_is_known(session: Session) -> None:
    session.import_histories(plan(ONE, TWO))
    reader = Reader(session.path)
    item = reader.find_key("A-2")
    assert item is not None
    assert reader.removal(item.id) is None
    assert isinstance(session.undo(), ChangeGroup)
    assert reader.item(item.id) is None
    removal = reader.removal(item.id)
    assert removal is not None
    assert (removal.actor, removal.text) == ("anna", "undid the import of f.json (2 items)")
    reader.close()


def test_an_import_that_was_worked_on_is_not_undone(session: Session) -> None:
    session.import_histories(plan(ONE, TWO))
    bob = Session(session.path, actor="bob")
    bob.do(c.EditItem(2, {"owner": "bob"}))
    refusal = session.undo()
    assert isinstance(refusal, Refusal)
    assert "A-2" in refusal.message
    bob.undo()
    bob.close()


def test_an_item_is_in_exactly_one_stream(session: Session) -> None:
    session.import_histories(plan(ONE, TWO))
    result = session.import_histories(plan(ONE, THREE, stream="Other"))
    assert result.items == 1
    assert "exactly one" in result.skipped[0].why


def test_unmapped_statuses_are_ignored_and_counted(session: Session) -> None:
    odd = history(1, (1, "Open"), (2, "Limbo"), (3, "Build"))
    lost = history(2, (1, "Limbo"))
    result = session.import_histories(plan(odd, lost))
    assert (result.items, result.transitions, result.ignored) == (1, 1, 2)
    assert "no entry in a mapped stage" in result.skipped[0].why


def test_a_stage_that_the_stream_lacks_is_refused(session: Session) -> None:
    session.import_histories(plan(ONE))
    wider = replace(plan(TWO), stages=(*STAGES, ("Test", Category.ACTIVE)))
    with pytest.raises(BadInput, match="no stage 'Test'"):
        session.import_histories(wider)


def test_a_truncated_history_has_no_start(session: Session) -> None:
    session.import_histories(plan(replace(ONE, quality=Quality.TRUNCATED)))
    detail = Reader(session.path).detail(1, 9 * DAY)
    assert detail is not None
    assert (detail.started, detail.cycle, detail.lead) == (None, None, 5)


def test_links_count_unfinished_items_on_both_sides(session: Session) -> None:
    session.import_histories(plan(ONE, TWO, THREE))
    reader = Reader(session.path)
    stream = reader.stream_named("Work")
    cards = {x.key: x for x in reader.items(stream, Query(), 9 * DAY)}
    assert (cards["A-2"].waited_by, cards["A-3"].waits_for) == (1, 1)
    session.do(c.MoveItem(2, stream.order[-1].id))
    cards = {x.key: x for x in reader.items(stream, Query(), 9 * DAY)}
    assert cards["A-3"].waits_for == 0


moves = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([name for name, _ in STAGES])),
    min_size=1,
    max_size=8,
).map(lambda result: sorted(result, key=lambda m: m[0]))


@settings(max_examples=25)
@given(st.lists(moves, min_size=1, max_size=6))
def test_bulk_folding_equals_folding_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, items: list[list[tuple[int, str]]]
) -> None:
    """The same moves, imported at once and made one after the other, give the same tables."""
    folder = tmp_path_factory.mktemp("fold")
    bulk = Session(folder / "bulk.db", actor="anna")
    bulk.import_histories(plan(*(history(n, *result) for n, result in enumerate(items, 1))))
    clock = {"now": 0}
    slow = Session(folder / "slow.db", actor="anna", clock=lambda: clock["now"])
    slow.do(
        c.CreateStream(
            "Work", tuple(c.NewStage(n, k) for n, k in STAGES), prefix="A", commitment="Build"
        )
    )
    stages = {s.name: s.id for s in Reader(slow.path).stream_named("Work").stages}
    for n, result in enumerate(items, 1):
        clock["now"] = result[0][0] * DAY
        slow.do(c.AddItem(1, f"title {n}", stage=stages[result[0][1]], key=f"A-{n}"))
        for day, status in result[1:]:
            clock["now"] = day * DAY
            slow.do(c.MoveItem(n, stages[status]))
    one, other = tables(bulk), tables(slow)
    for name in ("visit", "item_flow"):
        assert one[name] == other[name]
    bulk.close()
    slow.close()


def test_an_import_is_not_put_back_into_a_stage_that_was_retired_meanwhile(
    session: Session,
) -> None:
    session.import_histories(plan(ONE))
    session.import_histories(plan(ONE, TWO, THREE))
    assert isinstance(session.undo(), ChangeGroup)
    bob = Session(session.path, actor="bob")
    assert isinstance(bob.do(c.RetireStage(2)), ChangeGroup)
    refusal = session.redo()
    assert isinstance(refusal, Refusal) and "a stage has changed since" in refusal.message
    assert isinstance(bob.do(c.RestoreStage(2)), ChangeGroup)
    assert isinstance(session.redo(), ChangeGroup)
    bob.close()


def test_an_item_that_would_be_in_a_retired_stage_is_left_out_and_told(session: Session) -> None:
    session.import_histories(plan(ONE))
    session.do(c.RetireStage(2))
    result = session.import_histories(plan(ONE, TWO, THREE))
    assert counts(result) == (1, 0, 1, 0)
    (skipped,) = result.skipped
    assert "A-2 would be in Build, which is retired" in skipped.why
