"""Imported histories → rows, many at a time; and items → gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count, repeat
from typing import TYPE_CHECKING, Any

from vsm.model.item import Quality
from vsm.model.rules import Days, Span, times_of
from vsm.model.stream import ValueStream
from vsm.store.fields import COLUMNS

if TYPE_CHECKING:
    from vsm.store.bulk_events import Row
    from vsm.store.sqlite import sqlite3

INSERT_FLOW = (
    "INSERT OR REPLACE INTO item_flow(item, stream, start, finish, cycle_days, lead_days, age_from)"
    " VALUES(?, ?, ?, ?, ?, ?, ?)"
)
_NAMES = (
    *("id", "key", "stream", "stage", "rank", "version", "created", "entered", "quality", "run"),
    *COLUMNS,
)
_KEPT = ("id", "stream", "rank", "version")
_RESTATE = (
    " ON CONFLICT(id) DO UPDATE SET "
    + ", ".join(f"{n} = excluded.{n}" for n in _NAMES if n not in _KEPT)
    + ", rank = CASE WHEN item.stage = excluded.stage THEN item.rank ELSE excluded.rank END"
    + ", version = max(version, excluded.version)"
)
_TOGETHER = 50
"""Visits that one statement inserts: half the time of one each, and few enough parameters."""
_VISIT = "(?, ?, ?, ?, ?)"
_VISITS = f"INSERT INTO visit VALUES{', '.join([_VISIT] * _TOGETHER)}"
_IMPORTED = (
    "INSERT INTO imported(item, source, source_key, run, digest, version, seq)"
    " VALUES(?, ?, ?, ?, ?, ?, ?)"
)
_IMPORTED_AGAIN = (
    "INSERT OR REPLACE INTO imported(item, source, source_key, run, digest, version, seq)"
    " VALUES(?, ?, ?, ?, ?, max(?, coalesce((SELECT version FROM item WHERE id = ?1), 0)), ?)"
)


_STAYS = (
    "INSERT INTO sprint_member(sprint, item, n, entered, left, reason, left_reason, by, left_by,"
    " imported) VALUES(?, ?, ?, ?, ?, '', '', '', '', 1)"
)


def flow_row(
    item: int,
    entries: Sequence[tuple[Any, ...]],
    stream: ValueStream,
    days: Days,
    quality: Quality,
    absences: Sequence[Span] = (),
) -> tuple[int | None, ...]:
    """``(item, stream, start, finish, cycle days, lead days, age from)``.

    ``entries`` begin with (moment, stage); see :func:`vsm.model.rules.times_of`.
    """
    return item, stream.id, *times_of(entries, stream, days, quality, absences)


def insert(
    conn: sqlite3.Connection,
    batch: Sequence[Row],
    stream_of: Callable[[int], ValueStream],
    days_of: Callable[[str], Days],
    *,
    restating: bool = False,
) -> None:
    """Fold item histories into all tables; an item that is there is restated.

    ``restating`` says that items may be there although their statements replace none: when an
    import is withdrawn or put back.
    """
    items: list[tuple[Any, ...]] = []
    visits: list[Any] = []
    links: list[tuple[Any, ...]] = []
    flows: list[tuple[Any, ...]] = []
    known: list[tuple[Any, ...]] = []
    blocks: list[tuple[Any, ...]] = []
    latest: dict[int, int] = {}
    for seq, version, history in batch:
        item, moves, quality = history.item, history.moves, history.quality
        stream = stream_of(history.stream)
        entered = [move[0] for move in moves]
        stages = [move[1] for move in moves]
        last = entered[-1]
        facts = (item, history.key, history.stream, stages[-1], history.rank, version)
        items.append((*facts, entered[0], last, quality.value, history.run, *history.columns))
        # an import never states two entries into one stage in a row, so each is a visit
        stays = zip(repeat(item), count(), stages, entered, [*entered[1:], None], strict=False)
        visits += chain.from_iterable(stays)
        links += [(kind.value, source, target, item) for kind, source, target in history.links]
        flows.append(flow_row(item, moves, stream, days_of(stream.zone), quality))
        source = (history.source, history.source_key, history.run, history.digest)
        known.append((item, *source, version, seq))
        if history.blocks:
            blocks += [(block[0], item, *block[1:]) for block in history.blocks]
        latest[history.stream] = max(latest.get(history.stream, last), last)
    restating = restating or any(history.replaces is not None for _, _, history in batch)
    if restating:
        again = [(row[0],) for row in items]
        conn.executemany("DELETE FROM visit WHERE item = ?", again)
        conn.executemany("DELETE FROM link WHERE item = ?", again)
        conn.executemany("UPDATE item SET blocked = NULL WHERE id = ?", again)
        conn.executemany("DELETE FROM block WHERE item = ?", again)
        conn.executemany("DELETE FROM sprint_member WHERE item = ? AND imported = 1", again)
    _insert_items(conn, items)
    _insert_blocks(conn, blocks)
    _insert_visits(conn, visits)
    conn.executemany(
        "INSERT OR IGNORE INTO link(kind, source, target, item) VALUES(?, ?, ?, ?)", links
    )
    conn.executemany(_STAYS, _stays_in_sprints(batch))
    conn.executemany(INSERT_FLOW, flows)
    conn.executemany(_IMPORTED_AGAIN if restating else _IMPORTED, known)
    _count(conn, "item", max(row[0] for row in items))
    conn.executemany(
        "UPDATE stream SET last_activity = max(coalesce(last_activity, ?1), ?1) WHERE id = ?2",
        [(at, stream_id) for stream_id, at in latest.items()],
    )


def _stays_in_sprints(batch: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    for _, _, history in batch:
        for n, (sprint, entered, left) in enumerate(history.sprints):
            yield sprint, history.item, n, entered, left


def _insert_blocks(conn: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert blockers of items that have none."""
    if not rows:
        return
    conn.executemany(
        "INSERT INTO block(id, item, started, ended, kind, reason, by) VALUES(?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    now = [(block, item) for block, item, _, ended, *_ in rows if ended is None]
    conn.executemany("UPDATE item SET blocked = ? WHERE id = ?", now)
    _count(conn, "block", max(row[0] for row in rows))


def _count(conn: sqlite3.Connection, kind: str, last: int) -> None:
    conn.execute(
        "INSERT INTO counter(kind, last) VALUES(?, ?)"
        " ON CONFLICT(kind) DO UPDATE SET last = max(last, excluded.last)",
        (kind, last),
    )


def _insert_items(conn: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert or restate items, leaving out the columns that none of them fills.

    pysqlite3 takes ten times as long to bind a NULL as to bind a number or a text, and few
    sources tell teams, estimates, due dates and parents.
    """
    columns = [
        (name, column)
        for name, column in zip(_NAMES, zip(*rows, strict=True), strict=True)
        if column.count(None) < len(column)
    ]
    names = ", ".join(name for name, _ in columns)
    conn.executemany(
        f"INSERT INTO item({names}, archived, blocked)"
        f" VALUES({', '.join('?' * len(columns))}, 0, NULL){_RESTATE}",
        zip(*(column for _, column in columns), strict=True),
    )


def _insert_visits(conn: sqlite3.Connection, values: Sequence[Any]) -> None:
    """Insert visits that stand one after the other, five values each."""
    width = 5 * _TOGETHER
    whole = len(values) - len(values) % width
    conn.executemany(_VISITS, (values[n : n + width] for n in range(0, whole, width)))
    rest = values[whole:]
    conn.executemany(
        f"INSERT INTO visit VALUES{_VISIT}", (rest[n : n + 5] for n in range(0, len(rest), 5))
    )


_ABOUT_ITEMS = (
    *("visit", "link", "item_flow", "imported", "evidence", "evaluation"),
    "sprint_member",
)
"""Tables whose rows go with their items."""


def delete(conn: sqlite3.Connection, items: Sequence[int]) -> None:
    """Take items out of every table; the journal keeps what happened."""
    rows = [(i,) for i in items]
    for table in _ABOUT_ITEMS:
        conn.executemany(f"DELETE FROM {table} WHERE item = ?", rows)
    conn.executemany("UPDATE item SET blocked = NULL WHERE id = ?", rows)
    conn.executemany("DELETE FROM comment WHERE item = ?", rows)
    conn.executemany("DELETE FROM block WHERE item = ?", rows)
    conn.executemany("DELETE FROM item WHERE id = ?", rows)
