"""Blockers of imported items: recorded, restated, undone, checked, and blocked time of figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.errors import Refusal
from vsm.model.history import AddedStage, BlockSpan, Entry, ImportPlan, ItemHistory
from vsm.model.item import BlockerKind
from vsm.model.rules import DAY
from vsm.model.stream import Category
from vsm.reader import Reader
from vsm.session import Session
from vsm.store.bulk_events import ImportedHistory, payload
from vsm.store.doctor import examine
from vsm.store.fields import columns_of
from vsm.store.schema import PROJECTED

STAGES = (("Open", Category.BACKLOG), ("Build", Category.ACTIVE), ("Done", Category.DONE))
PAST = (BlockSpan(4 * DAY, 6 * DAY, "Impediment"),)
OPEN = (*PAST, BlockSpan(8 * DAY, None, "Vendor", BlockerKind.EXTERNAL, "ada"))


def history(blocks: tuple[BlockSpan, ...], key: str = "PAY-1") -> ItemHistory:
    entries = (Entry(1 * DAY, "Open"), Entry(2 * DAY, "Build"))
    return ItemHistory(key, key, f"Title of {key}", entries, "x line 1", blocks=blocks)


def plan(*histories: ItemHistory) -> ImportPlan:
    return ImportPlan(
        stream="Web",
        zone="UTC",
        stages=STAGES,
        commitment=None,
        format="jira",
        file="x",
        sha256="0",
        histories=histories,
    )


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A session whose database has to be sound in the end, also once it is built anew."""
    session = Session(tmp_path / "i.db", actor="ada")
    yield session
    before = tables(session)
    session.rebuild()
    assert tables(session) == before
    session.close()
    report = examine(tmp_path / "i.db")
    assert [finding for finding in report.findings if not finding.ok] == []


def tables(session: Session) -> dict[str, list[Any]]:
    with session._writer.transaction() as tx:
        return {
            name: sorted(tx.conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in PROJECTED
        }


def blocks(session: Session) -> list[tuple[Any, ...]]:
    """Started, ended, kind, reason and who, and whether it is the blocker of its item now."""
    with session._writer.transaction() as tx:
        return tx.conn.execute(
            "SELECT b.started, b.ended, b.kind, b.reason, b.by, b.id IS i.blocked"
            " FROM block b JOIN item i ON i.id = b.item ORDER BY b.started"
        ).fetchall()


ENDED = (4 * DAY, 6 * DAY, "other", "Impediment", "", 0)
NOW = (8 * DAY, None, "external", "Vendor", "ada", 1)


def test_blockers_are_imported_once(session: Session) -> None:
    assert session.import_histories(plan(history(OPEN), history((), "PAY-2"))).items == 2
    assert blocks(session) == [ENDED, NOW]
    again = session.import_histories(plan(history(OPEN), history((), "PAY-2")))
    assert (again.items, again.already_known) == (0, 2)


def test_a_newer_file_restates_blockers(session: Session) -> None:
    session.import_histories(plan(history(OPEN)))
    over = (*PAST, OPEN[1]._replace(ended=9 * DAY))
    assert session.import_histories(plan(history(over))).restated == 1
    assert blocks(session) == [ENDED, (8 * DAY, 9 * DAY, "external", "Vendor", "ada", 0)]
    session.undo()
    assert blocks(session) == [ENDED, NOW]
    session.redo()
    assert [row[1] for row in blocks(session)] == [6 * DAY, 9 * DAY]
    session.undo()
    session.undo()
    assert blocks(session) == []
    session.redo()
    assert blocks(session) == [ENDED, NOW]


def test_an_imported_blocker_can_be_ended_here(session: Session) -> None:
    session.import_histories(plan(history(OPEN)))
    assert not isinstance(session.do(c.UnblockItem(1)), Refusal)
    assert [row[1] is None for row in blocks(session)] == [False, False]
    assert not isinstance(session.do(c.BlockItem(1, BlockerKind.PEOPLE, "ill")), Refusal)
    assert len(blocks(session)) == 3
    left = session.import_histories(plan(history(PAST)))
    assert left.items == 0 and "changed here since" in left.skipped[0].why


def test_blocked_time_counts_and_the_history_shows_it(session: Session) -> None:
    session.import_histories(plan(history(PAST)))
    reader = Reader(session.path)
    detail = reader.detail(1, 9 * DAY)
    reader.close()
    assert detail is not None
    assert [(b.started, b.ended, b.reason) for b in detail.blocks] == [
        (4 * DAY, 6 * DAY, "Impediment")
    ]
    assert [line.text for line in detail.history if line.at < 9 * DAY] == [
        "unblocked", "blocked: Impediment", "moved from Open to Build", "created in Open",
    ]  # fmt: skip


@pytest.mark.parametrize("spans", [(), PAST, OPEN])
def test_the_payload_is_that_of_the_event(spans: tuple[BlockSpan, ...]) -> None:
    known = history(spans)
    rows = tuple((n, b.started, b.ended, b.kind.value, b.reason, b.by) for n, b in enumerate(spans))
    moves = ((1, 1, "", ""),)
    about = (1, 1, 1, "jira", known.source_key, known.key, 5)
    columns = columns_of(known.key, known, None)
    imported = ImportedHistory(*about, columns, moves, (), known.quality, "ab", None, rows)
    event = e.ItemHistoryImported(
        item=1, stream=1, run=1, source="jira", source_key=known.source_key, key=known.key, rank=5,
        fields=e.ItemFields(title=known.title), transitions=moves, digest="ab",
        blocks=tuple(
            e.PastBlock(block=n, started=b.started, ended=b.ended, why=b.kind, reason=b.reason,
                        by=b.by)
            for n, b in enumerate(spans)
        ),
    )  # fmt: skip
    text = payload(imported, known, None, 0).decode()
    assert text == e.dump(event)
    assert ("blocks" in text) is bool(spans)


def test_stages_are_added_before_the_histories_and_undone_with_them(session: Session) -> None:
    session.import_histories(plan(history(PAST)))
    moved = (Entry(1 * DAY, "Open"), Entry(2 * DAY, "Build"), Entry(3 * DAY, "Review"))
    wider = replace(
        plan(replace(history(()), entries=moved)),
        stages=(*STAGES, ("Triage", Category.BACKLOG), ("Review", Category.ACTIVE)),
        added=(
            AddedStage("Triage", Category.BACKLOG, ""),
            AddedStage("Review", Category.ACTIVE, "Build"),
        ),
    )
    result = session.import_histories(wider)
    assert [name for name, _ in result.stages] == ["Triage", "Open", "Build", "Review", "Done"]
    assert not isinstance(session.undo(), Refusal)
    reader = Reader(session.path)
    assert [stage.name for stage in reader.stream_named("Web").order] == ["Open", "Build", "Done"]
    reader.close()
    assert blocks(session) == [ENDED]
    assert not isinstance(session.redo(), Refusal)
