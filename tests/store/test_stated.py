"""Imports are written without events: as their events would have been, to the last byte."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsm.model import event as e
from vsm.model.history import Entry, ImportPlan, ItemHistory
from vsm.model.item import ClassOfService, LinkKind, Quality
from vsm.model.rules import DAY
from vsm.model.stream import Category
from vsm.session import Session
from vsm.store.bulk_events import ImportedHistory, payload
from vsm.store.chain_check import verify
from vsm.store.fields import columns_of
from vsm.store.schema import PROJECTED
from vsm.store.transaction import Transaction

STAGES = (
    ("Open", Category.BACKLOG),
    ("Build", Category.ACTIVE),
    ("Closed", Category.DONE),
)
STATUSES = ("Open", "Build", "Closed", "Elsewhere")

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
times = st.integers(-(2**40), 2**51)
links = st.tuples(st.sampled_from(LinkKind), texts, texts)


@st.composite
def histories(draw: Any, number: int = 1) -> ItemHistory:
    """A history with any fields; its entries are in stages and in one that is not mapped."""
    entries = draw(st.lists(st.tuples(times, st.sampled_from(STATUSES), texts, texts), max_size=9))
    return ItemHistory(
        source_key=f"{number}{draw(texts)}",
        key=f"A-{number}",
        title=draw(texts),
        entries=(Entry(-(2**41), "Open"), *(Entry(*entry) for entry in sorted(entries))),
        where="f:1",
        description=draw(texts),
        type=draw(st.sampled_from(["feature", "Bug", ""]) | texts),
        service=draw(st.sampled_from(ClassOfService)),
        owner=draw(st.none() | texts),
        team=draw(st.none() | st.sampled_from(["Core", "core", "Web"])),
        estimate=draw(
            st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 10**6)
        ),
        due=draw(st.none() | st.sampled_from(["2024-05-31", ""])),
        labels=tuple(draw(st.lists(texts, max_size=3))),
        parent=draw(st.none() | st.sampled_from(["A-1", "é"])),
        links=tuple(draw(st.lists(links, max_size=3))),
        quality=draw(st.sampled_from(Quality)),
    )


@settings(max_examples=300)
@given(
    history=histories(),
    item=st.integers(1, 2**53),
    team=st.none() | st.integers(1, 9),
    ignored=st.integers(0, 3),
    replaces=st.none() | st.integers(1, 2**53),
)
def test_a_payload_is_what_the_event_would_be_dumped_as(
    history: ItemHistory, item: int, team: int | None, ignored: int, replaces: int | None
) -> None:
    moves = tuple((at, 1 + n % 2, by, who) for n, (at, _, by, who) in enumerate(history.entries))
    columns = columns_of(history.key, history, team)
    about = (item, 1, 2, "jira", history.source_key, history.key, 1 << 20)
    digest = "0" * 32
    declared = ImportedHistory(
        *about, columns, moves, history.links, history.quality, digest, replaces=replaces
    )
    event = e.ItemHistoryImported(
        **dict(
            zip(
                ("item", "stream", "run", "source", "source_key", "key", "rank"), about, strict=True
            )
        ),
        fields=e.ItemFields(
            title=history.title,
            description=history.description,
            type=history.type,
            service=history.service,
            owner=history.owner,
            team=team,
            estimate=history.estimate,
            due=history.due,
            labels=history.labels,
            parent=history.parent,
        ),
        transitions=moves,
        links=history.links,
        quality=history.quality,
        ignored=ignored,
        digest=digest,
        replaces=replaces,
    )
    assert payload(declared, history, team, ignored).decode() == e.dump(event)
    assert columns == columns_of(event.key, event.fields, event.fields.team)


def test_a_text_that_no_database_can_hold_has_no_payload() -> None:
    history = ItemHistory("1", "A-1", "\ud800", (Entry(0, "Open"),), "f:1")
    moves = ((0, 1, "", ""),)
    declared = ImportedHistory(
        1, 1, 1, "jira", "1", "A-1", 1, (), moves, (), Quality.FULL, "", None
    )
    with pytest.raises(ValueError, match="surrogates"):
        payload(declared, history, None, 0)


# -- whole imports -----------------------------------------------------------------------


def one_by_one(tx: Transaction, report: Any, size: int = 0) -> Iterator[int]:
    """Record what is stated as events, each on its own."""
    for n, (_, text) in enumerate(report, 1):
        tx.record([e.load("item_history_imported", e.VERSION, text.decode())])
        yield n


def imported(path: Path, *plans: ImportPlan, events: bool) -> tuple[Any, ...]:
    """All rows of the journal and of the tables after imports of these plans."""
    now = itertools.count(400 * DAY, DAY)
    session = Session(path, actor="änna", session="s1", clock=lambda: next(now))
    with pytest.MonkeyPatch.context() as patch:
        if events:
            patch.setattr(Transaction, "record_stated", one_by_one)
        for plan in plans:
            session.import_histories(plan)
    with session._writer.transaction() as tx:
        assert verify(tx.conn).fault is None
        rows = [tx.conn.execute("SELECT * FROM journal ORDER BY seq").fetchall()]
        for name in PROJECTED:
            rows.append(sorted(tx.conn.execute(f"SELECT * FROM {name}").fetchall(), key=repr))
        indexes = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
        rows.append(tx.conn.execute(indexes).fetchall())
    session.close()
    return tuple(rows)


def plan_of(*report: ItemHistory) -> ImportPlan:
    return ImportPlan("Work", "Europe/Berlin", STAGES, "Build", "jira", "f", "0" * 64, report)


@st.composite
def files(draw: Any) -> list[ImportPlan]:
    """A file, and a later one with some of the same items told anew."""
    first = [draw(histories(n)) for n in range(1, draw(st.integers(2, 6)))]
    later = [h if draw(st.booleans()) else draw(histories(n)) for n, h in enumerate(first, 1)]
    return [plan_of(*first), plan_of(*later, draw(histories(9)))]


@settings(max_examples=30)
@given(files())
def test_an_import_leaves_what_its_events_one_by_one_would_leave(
    tmp_path_factory: pytest.TempPathFactory, plans: list[ImportPlan]
) -> None:
    folder = tmp_path_factory.mktemp("stated")
    quick = imported(folder / "quick.db", *plans, events=False)
    assert quick == imported(folder / "slow.db", *plans, events=True)


def test_so_does_one_larger_than_what_is_written_at_a_time(tmp_path: Path) -> None:
    many = plan_of(
        *(
            ItemHistory(
                str(n),
                f"A-{n}",
                f"title {n}",
                tuple(Entry((n % 300 + k) * DAY, STATUSES[k % 3]) for k in range(1 + n % 7)),
                f"f:{n}",
                due="2024-05-31" if n == 4100 else None,
            )
            for n in range(1, 4200)
        )
    )
    quick = imported(tmp_path / "quick.db", many, events=False)
    assert quick == imported(tmp_path / "slow.db", many, events=True)
