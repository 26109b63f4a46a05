"""Rows of the tables as values of the model."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vsm.model.declared import TimeBasis
from vsm.model.group_limit import groups_from
from vsm.model.item import Block, BlockerKind, ClassOfService, Item, Quality
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.standard import renamed
from vsm.model.stream import Category, Edge, EdgeKind, LimitKind, Stage, ValueStream

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

ITEM = (
    "SELECT i.id, i.key, i.stream, i.stage, i.rank, i.title, i.version, i.entered, i.created,"
    " i.description, i.type, i.service, i.owner, i.team, i.estimate, i.due, i.labels, i.parent,"
    " i.archived, i.quality, i.run, b.id, b.kind, b.reason, b.started, b.ended, b.by"
    " FROM item i LEFT JOIN block b ON b.id = i.blocked"
)


def item_of(row: tuple[Any, ...]) -> Item:
    """An item from a row of ``ITEM``."""
    block = (
        Block(row[21], row[0], BlockerKind(row[22]), row[23], row[24], row[25], row[26])
        if row[21] is not None
        else None
    )
    return Item(
        id=row[0],
        key=row[1],
        stream=row[2],
        stage=row[3],
        rank=row[4],
        title=row[5],
        version=row[6],
        entered=row[7],
        created=row[8],
        description=row[9],
        type=row[10],
        service=ClassOfService(row[11]),
        owner=row[12],
        team=row[13],
        estimate=row[14],
        due=row[15],
        labels=tuple(json.loads(row[16])),
        parent=row[17],
        archived=bool(row[18]),
        quality=Quality(row[19]),
        run=row[20],
        block=block,
    )


def stream_of(conn: sqlite3.Connection, where: str, value: int | str) -> ValueStream | None:
    """Load one stream with its stages and edges; ``where`` is ``id`` or ``name_fold``."""
    row = conn.execute(
        "SELECT id, name, zone, prefix, commitment, version, workdays, holidays, types,"
        " vocabulary, link, move_entry, map_time, group_limits FROM stream"
        f" WHERE {'id' if where == 'id' else 'name_fold'} = ?",
        (value,),
    ).fetchone()
    if row is None:
        return None
    stages = conn.execute(
        "SELECT id, name, category, position, team, wip_limit, limit_kind, policy, class_limits,"
        " retired, behaviour, process_days, wait_days, complete_accurate, declared_note, note,"
        " exempt FROM stage WHERE stream = ? ORDER BY position, id",
        (row[0],),
    ).fetchall()
    edges = conn.execute(
        "SELECT source, target, kind, note FROM edge WHERE stream = ? ORDER BY place", (row[0],)
    ).fetchall()
    parts = conn.execute(
        "SELECT part FROM standard_deviation WHERE only = ? AND part LIKE 'name:%' ORDER BY id",
        (row[0],),
    ).fetchall()
    return _stream(row, tuple(stages), tuple(edges), tuple(part for (part,) in parts))


_Row = tuple[Any, ...]


@lru_cache(maxsize=64)
def _stream(
    row: _Row, stages: tuple[_Row, ...], edges: tuple[_Row, ...], parts: tuple[str, ...]
) -> ValueStream:
    """The stream of these rows; kept, with all that was worked out of it, while it is as it is.

    ``parts`` are the agreements on what stages of the standard are called.
    """
    agreed = {
        names[1].casefold(): names[0] for part in parts if (names := renamed(part)) is not None
    }
    return ValueStream(
        id=row[0],
        name=row[1],
        zone=row[2],
        prefix=row[3],
        commitment=row[4],
        version=row[5],
        workdays=tuple(json.loads(row[6])),
        holidays=tuple(json.loads(row[7])),
        types=tuple(json.loads(row[8])),
        vocabulary=tuple(sorted(json.loads(row[9]).items())),
        link=row[10],
        move_entry=MoveEntry(row[11]),
        map_time=TimeBasis(row[12]),
        group_limits=groups_from(json.loads(row[13])),
        stages=tuple(
            Stage(
                *(s[0], s[1], Category(s[2]), s[3], s[4], s[5], LimitKind(s[6]), s[7]),
                class_limits=_limits(s[8]),
                retired=bool(s[9]),
                behaviour=StageBehaviour(s[10]),
                process_days=s[11],
                wait_days=s[12],
                complete_accurate=s[13],
                declared_note=s[14],
                note=s[15],
                exempt=tuple(map(ClassOfService, json.loads(s[16]))),
                agreed_name=agreed.get(s[1].casefold(), ""),
            )
            for s in stages
        ),
        edges=tuple(Edge(a, b, EdgeKind(k), note) for a, b, k, note in edges),
    )


def _limits(text: str) -> tuple[tuple[ClassOfService, int], ...]:
    return tuple((ClassOfService(name), limit) for name, limit in json.loads(text).items())
