"""Imported histories → rows, many at a time; and items → gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count, repeat
from typing import TYPE_CHECKING, Any

from vsm.model.item import Quality
from vsm.model.rules import Days, finish_at, start_at
from vsm.model.stream import ValueStream
from vsm.store.fields import COLUMNS, columns_of

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

INSERT_FLOW = (
    "INSERT OR REPLACE INTO item_flow(item, stream, start, finish, cycle_days, lead_days)"
    " VALUES(?, ?, ?, ?, ?, ?)"
)
_NAMES = ("id", "key", "stream", "stage", "rank", "version", "created", "entered", "quality", "run")
_ITEM = (
    f"INSERT INTO item({', '.join(_NAMES)}, archived, blocked, {', '.join(COLUMNS)})"
    f" VALUES({', '.join('?' * len(_NAMES))}, 0, NULL, {', '.join('?' * len(COLUMNS))})"
    " ON CONFLICT(id) DO UPDATE SET "
    + ", ".join(f"{n} = excluded.{n}" for n in ("key", "stage", "created", "entered", "quality"))
    + ", rank = CASE WHEN item.stage = excluded.stage THEN item.rank ELSE excluded.rank END"
    + ", run = excluded.run, version = max(version, excluded.version), "
    + ", ".join(f"{n} = excluded.{n}" for n in COLUMNS)
)
_IMPORTED = (
    "INSERT OR REPLACE INTO imported(item, source, source_key, run, digest, version, seq)"
    " VALUES(?, ?, ?, ?, ?, max(?, coalesce((SELECT version FROM item WHERE id = ?1), 0)), ?)"
)


def flow_row(
    item: int, entries: Sequence[tuple[Any, ...]], stream: ValueStream, days: Days, quality: Quality
) -> tuple[int | None, ...]:
    """``(item, stream, start, finish, cycle days, lead days)`` by :mod:`vsm.model.rules`.

    ``entries`` begin with (moment, stage). A truncated history has no start that could be relied
    on, so no age and no cycle time.
    """
    start = start_at(entries, stream) if quality is not Quality.TRUNCATED else None
    finish = finish_at(entries, stream)
    if finish is None:
        return item, stream.id, start, None, None, None
    cycle = days.between(start, finish) if start is not None else None
    return item, stream.id, start, finish, cycle, days.between(entries[0][0], finish)


def insert(
    conn: sqlite3.Connection,
    batch: Sequence[Recorded],
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
    visits: list[tuple[Any, ...]] = []
    links: list[tuple[Any, ...]] = []
    flows: list[tuple[Any, ...]] = []
    known: list[tuple[Any, ...]] = []
    again: list[tuple[int]] = []
    latest: dict[int, int] = {}
    replaced = False
    for r in batch:
        event: Any = r.event
        replaced = replaced or event.replaces is not None
        stream = stream_of(event.stream)
        item, moves = event.item, event.transitions
        entered = [move[0] for move in moves]
        stages = [move[1] for move in moves]
        last = entered[-1]
        items.append(
            (
                item,
                event.key,
                event.stream,
                stages[-1],
                event.rank,
                r.item_version,
                entered[0],
                last,
                event.quality.value,
                event.run,
                *columns_of(event.key, event.fields),
            )
        )
        again.append((item,))
        # an import never states two entries into one stage in a row, so each is a visit
        visits += zip(repeat(item), count(), stages, entered, [*entered[1:], None], strict=False)
        links += [(kind.value, source, target, item) for kind, source, target in event.links]
        flows.append(flow_row(item, moves, stream, days_of(stream.zone), event.quality))
        known.append(
            (
                item,
                event.source,
                event.source_key,
                event.run,
                event.digest,
                r.item_version,
                r.seq,
            )
        )
        latest[event.stream] = max(latest.get(event.stream, last), last)
    if restating or replaced:
        conn.executemany("DELETE FROM visit WHERE item = ?", again)
        conn.executemany("DELETE FROM link WHERE item = ?", again)
    conn.executemany(_ITEM, items)
    conn.executemany("INSERT INTO visit VALUES(?, ?, ?, ?, ?)", visits)
    conn.executemany(
        "INSERT OR IGNORE INTO link(kind, source, target, item) VALUES(?, ?, ?, ?)", links
    )
    conn.executemany(INSERT_FLOW, flows)
    conn.executemany(_IMPORTED, known)
    top = max(row[0] for row in items)
    conn.execute(
        "INSERT INTO counter(kind, last) VALUES('item', ?)"
        " ON CONFLICT(kind) DO UPDATE SET last = max(last, excluded.last)",
        (top,),
    )
    conn.executemany(
        "UPDATE stream SET last_activity = max(coalesce(last_activity, ?1), ?1) WHERE id = ?2",
        [(at, stream_id) for stream_id, at in latest.items()],
    )


def delete(conn: sqlite3.Connection, items: Sequence[int]) -> None:
    """Take items out of every table; the journal keeps what happened."""
    rows = [(i,) for i in items]
    for table in ("visit", "link", "item_flow", "imported"):
        conn.executemany(f"DELETE FROM {table} WHERE item = ?", rows)
    conn.executemany("UPDATE item SET blocked = NULL WHERE id = ?", rows)
    conn.executemany("DELETE FROM block WHERE item = ?", rows)
    conn.executemany("DELETE FROM item WHERE id = ?", rows)
