"""Events of items → rows."""

from __future__ import annotations

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.model.item import LinkKind, Quality
from vsm.store import bulk
from vsm.store.fields import COLUMNS, columns_of
from vsm.store.projection.base import Projector, fold
from vsm.store.projection.governance import record_gates, retract_gates
from vsm.store.rows import ITEM, item_of

_FIELD_NAMES = tuple(e.ItemFields.model_fields)
_SET_FIELDS = ", ".join(f"{name} = ?" for name in COLUMNS)


@fold.register
def _(event: e.ItemAdded, p: Projector, r: Recorded) -> None:
    names = (
        "id, key, stream, stage, rank, version, created, entered, archived, blocked, quality,"
        f" run, {', '.join(COLUMNS)}"
    )
    values = (
        event.item,
        event.key,
        event.stream,
        event.stage,
        event.rank,
        r.item_version,
        r.at,
        r.at,
        0,
        None,
        Quality.FULL.value,
        None,
        *columns_of(event.key, event.fields, event.fields.team),
    )
    p.conn.execute(f"INSERT INTO item({names}) VALUES({', '.join('?' * len(values))})", values)
    p.conn.execute("INSERT INTO visit VALUES(?, 0, ?, ?, NULL)", (event.item, event.stage, r.at))
    p.count("item", event.item)
    if event.number is not None:
        p.conn.execute(
            "UPDATE stream SET last_number = max(last_number, ?) WHERE id = ?",
            (event.number, event.stream),
        )
    p.flow(event.item)
    p.active(event.stream, r.at)
    record_gates(p, r, event.item, event.stream, (None, event.stage), event.gates)


@fold.register
def _(event: e.ItemRemoved, p: Projector, r: Recorded) -> None:
    bulk.delete(p.conn, [event.item])


@fold.register
def _(event: e.ItemEdited, p: Projector, r: Recorded) -> None:
    row = p.conn.execute(f"{ITEM} WHERE i.id = ?", (event.item,)).fetchone()
    item = item_of(row)
    values = {name: getattr(item, name) for name in _FIELD_NAMES}
    values |= {name: after for name, (_, after) in event.changes.items()}
    fields = e.ItemFields.model_validate(values)
    p.conn.execute(
        f"UPDATE item SET {_SET_FIELDS}, version = ? WHERE id = ?",
        (*columns_of(item.key, fields, fields.team), r.item_version, event.item),
    )


@fold.register
def _(event: e.ItemMoved, p: Projector, r: Recorded) -> None:
    _enter(p, event.item, event.target, r.at)
    _place(p, event.item, event.target, event.rank, r.at, r)
    p.flow(event.item)
    p.active(event.stream, r.at)
    move = (event.source, event.target)
    record_gates(p, r, event.item, event.stream, move, event.gates, event.emergency)


@fold.register
def _(event: e.ItemTransferred, p: Projector, r: Recorded) -> None:
    _enter(p, event.item, event.target, r.at)
    _place(p, event.item, event.target, event.rank, r.at, r)
    p.conn.execute(
        "UPDATE item SET stream = ?, transferred = 1 WHERE id = ?", (event.to, event.item)
    )
    p.flow(event.item)
    p.active(event.stream, r.at)
    p.active(event.to, r.at)
    move = (event.source, event.target)
    record_gates(p, r, event.item, event.to, move, event.gates)
    record_gates(p, r, event.item, event.stream, move, event.left_gates)


@fold.register
def _(event: e.TransferRetracted, p: Projector, r: Recorded) -> None:
    entered = _leave(p, event.item)
    retract_gates(p, r, event.item)
    _place(p, event.item, event.target, event.rank, entered, r)
    p.conn.execute(
        "UPDATE item SET stream = ?1, transferred = EXISTS("
        " SELECT 1 FROM visit v JOIN stage s ON s.id = v.stage"
        " WHERE v.item = ?2 AND s.stream <> ?1) WHERE id = ?2",
        (event.to, event.item),
    )
    p.flow(event.item)


@fold.register
def _(event: e.MoveRetracted, p: Projector, r: Recorded) -> None:
    entered = _leave(p, event.item)
    retract_gates(p, r, event.item)
    _place(p, event.item, event.target, event.rank, entered, r)
    p.flow(event.item)


def _enter(p: Projector, item: int, stage: int, at: int) -> None:
    """The open visit ends and another begins."""
    (n,) = p.conn.execute("SELECT max(n) FROM visit WHERE item = ?", (item,)).fetchone()
    p.conn.execute("UPDATE visit SET left = ? WHERE item = ? AND n = ?", (at, item, n))
    p.conn.execute("INSERT INTO visit VALUES(?, ?, ?, ?, NULL)", (item, n + 1, stage, at))


def _leave(p: Projector, item: int) -> int:
    """The last visit never was, the one before it is open; gives when that began."""
    rows = p.conn.execute(
        "SELECT n, entered FROM visit WHERE item = ? ORDER BY n DESC LIMIT 2", (item,)
    ).fetchall()
    p.conn.execute("DELETE FROM visit WHERE item = ? AND n = ?", (item, rows[0][0]))
    p.conn.execute("UPDATE visit SET left = NULL WHERE item = ? AND n = ?", (item, rows[1][0]))
    return int(rows[1][1])


def _place(p: Projector, item: int, stage: int, rank: int, entered: int, r: Recorded) -> None:
    p.conn.execute(
        "UPDATE item SET stage = ?, rank = ?, entered = ?, version = ? WHERE id = ?",
        (stage, rank, entered, r.item_version, item),
    )


@fold.register
def _(event: e.ItemReordered, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "UPDATE item SET rank = ?, version = ? WHERE id = ?",
        (event.rank, r.item_version, event.item),
    )


@fold.register
def _(event: e.StageRanksRebalanced, p: Projector, r: Recorded) -> None:
    p.conn.executemany(
        "UPDATE item SET rank = ? WHERE id = ?", [(after, i) for i, _, after in event.ranks]
    )


@fold.register
def _(event: e.ItemBlocked, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO block(id, item, kind, reason, by, started, ended)"
        " VALUES(?, ?, ?, ?, ?, ?, NULL)",
        (event.block, event.item, event.why.value, event.reason, r.actor.name, r.at),
    )
    p.count("block", event.block)
    _blocked(p, event.item, event.block, r)
    p.active(event.stream, r.at)


@fold.register
def _(event: e.BlockRetracted, p: Projector, r: Recorded) -> None:
    _blocked(p, event.item, None, r)
    p.conn.execute("DELETE FROM block WHERE id = ?", (event.block,))


@fold.register
def _(event: e.ItemUnblocked, p: Projector, r: Recorded) -> None:
    p.conn.execute("UPDATE block SET ended = ? WHERE id = ?", (r.at, event.block))
    _blocked(p, event.item, None, r)
    p.active(event.stream, r.at)


@fold.register
def _(event: e.UnblockRetracted, p: Projector, r: Recorded) -> None:
    p.conn.execute("UPDATE block SET ended = NULL WHERE id = ?", (event.block,))
    _blocked(p, event.item, event.block, r)


def _blocked(p: Projector, item: int, block: int | None, r: Recorded) -> None:
    p.conn.execute(
        "UPDATE item SET blocked = ?, version = ? WHERE id = ?", (block, r.item_version, item)
    )


@fold.register
def _(event: e.ItemCommented, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO comment(id, item, at, by, text) VALUES(?, ?, ?, ?, ?)",
        (event.comment, event.item, r.at, r.actor.name, event.text),
    )
    p.count("comment", event.comment)
    p.version(r)


@fold.register
def _(event: e.CommentRetracted, p: Projector, r: Recorded) -> None:
    p.conn.execute("DELETE FROM comment WHERE id = ?", (event.comment,))
    p.version(r)


@fold.register
def _(event: e.ItemArchived, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "UPDATE item SET archived = ?, version = ? WHERE id = ?",
        (int(event.archived), r.item_version, event.item),
    )


@fold.register
def _(event: e.ItemLinked, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT OR IGNORE INTO link(kind, source, target, item) VALUES(?, ?, ?, ?)",
        (event.link.value, event.source, event.target, event.item),
    )
    p.version(r)


@fold.register
def _(event: e.ItemUnlinked, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "DELETE FROM link WHERE kind = ? AND source = ? AND target = ?",
        (event.link.value, event.source, event.target),
    )
    if event.link is LinkKind.BLOCKS:
        p.conn.execute(
            "DELETE FROM agreement WHERE source = ? AND target = ?", (event.source, event.target)
        )
    p.version(r)


@fold.register
def _(event: e.DependencyAgreed, p: Projector, r: Recorded) -> None:
    state, need_by = event.after
    if state is None and need_by is None:
        p.conn.execute(
            "DELETE FROM agreement WHERE source = ? AND target = ?", (event.source, event.target)
        )
    else:
        p.conn.execute(
            "INSERT OR REPLACE INTO agreement(source, target, state, need_by) VALUES(?, ?, ?, ?)",
            (event.source, event.target, state, need_by),
        )
    p.version(r)
