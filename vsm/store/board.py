"""Queries of a board: columns, windows of cards, the place of an item, the header."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from vsm.model.board import Card, ClassWip, Column, Header, StreamInfo, groups_in, stages_over
from vsm.model.group_limit import group_of
from vsm.model.item import BlockerKind, ClassOfService
from vsm.model.lanes import Lane, LaneField, LaneView
from vsm.model.query import Levels, compares, resolve
from vsm.model.query_tree import Query
from vsm.model.rules import CLOCK_TOLERANCE, DAY, SLE_PERCENT, Days, day_start, local, nearest_rank
from vsm.model.stream import Stage, ValueStream
from vsm.store.filter_sql import Moment, where
from vsm.store.lanes import key_of, read_lanes, unfolded
from vsm.store.rows import stream_of
from vsm.store.sprints import CARRIED

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

RECENT = 14
"""How many days of the data done and dropped columns show, and the header counts."""
WINDOW = 90
"""Over how many days of the data the header's percentile is taken."""

_OPEN = (
    "o.archived = 0 AND s.category NOT IN ('done', 'dropped') AND NOT EXISTS (SELECT 1"
    " FROM agreement g WHERE g.source = l.source AND g.target = l.target AND g.state = 'delivered')"
)
_CARD = f"""
    SELECT i.id, i.key, i.title, i.stage, i.version, i.type, i.service, i.owner, t.name,
        i.entered, f.start, f.finish, f.cycle_days, b.kind, b.reason,
        (SELECT count(DISTINCT l.source) FROM link l
            JOIN item o ON o.key = l.source JOIN stage s ON s.id = o.stage
            WHERE l.target = i.key AND l.kind = 'blocks' AND {_OPEN}),
        (SELECT count(DISTINCT l.target) FROM link l
            JOIN item o ON o.key = l.target JOIN stage s ON s.id = o.stage
            WHERE l.source = i.key AND l.kind = 'blocks' AND {_OPEN}),
        c.category,
        (SELECT group_concat(name, char(31)) FROM (SELECT DISTINCT w.name FROM link l
            JOIN item o ON o.key = l.source JOIN stage s ON s.id = o.stage
            JOIN team w ON w.id = o.team
            WHERE l.target = i.key AND l.kind = 'blocks' AND {_OPEN}
                AND o.team IS NOT i.team ORDER BY w.name_fold)),
        m.initials, i.due, f.age_from, {CARRIED}
    FROM item i
        JOIN stage c ON c.id = i.stage
        LEFT JOIN team t ON t.id = i.team
        LEFT JOIN item_flow f ON f.item = i.id
        LEFT JOIN block b ON b.id = i.blocked
        LEFT JOIN member m ON m.login_fold = i.owner_fold
"""


def until(conn: sqlite3.Connection, stream: int, now: int) -> tuple[int, bool]:
    """The end of the data: now, or the last activity where that is over 14 days ago."""
    row = conn.execute("SELECT last_activity FROM stream WHERE id = ?", (stream,)).fetchone()
    last = row[0] if row else None
    if last is None or now - last <= RECENT * DAY:
        return now, False
    return int(last), True


def since(end: int, days: int, zone: str) -> int:
    """The first moment of the ``days`` whole local days that end on the day of ``end``."""
    return day_start(local(end, zone).date() - timedelta(days=days - 1), zone)


_OPEN_STAGES = "SELECT id FROM stage WHERE stream = ? AND category NOT IN ('done', 'dropped')"


def streams(conn: sqlite3.Connection) -> list[StreamInfo]:
    """All streams by name, with their numbers of items and of items in progress."""
    counts = dict(
        conn.execute(
            "SELECT s.stream, sum(n) FROM"
            " (SELECT stage, count(*) AS n FROM item WHERE archived = 0 GROUP BY stage) c"
            " JOIN stage s ON s.id = c.stage GROUP BY s.stream"
        ).fetchall()
    )
    rows = conn.execute("SELECT id, name, last_activity FROM stream ORDER BY name_fold").fetchall()
    return [StreamInfo(r[0], r[1], counts.get(r[0], 0), wip_of(conn, r[0]), r[2]) for r in rows]


def wip_of(conn: sqlite3.Connection, stream: int, fits: tuple[str, list[Any]] = ("", [])) -> int:
    """How many items that fit are in progress in a stream: started, neither done nor dropped."""
    sql, params = fits
    (count,) = conn.execute(
        "SELECT count(*) FROM item i JOIN item_flow f ON f.item = i.id"
        f" WHERE i.stage IN ({_OPEN_STAGES}) AND i.archived = 0 AND f.start IS NOT NULL{sql}",
        (stream, *params),
    ).fetchone()
    return int(count)


def _percentile(
    conn: sqlite3.Connection, stream: ValueStream | None, now: int, percent: int
) -> int | None:
    """That percentile of the cycle times that the header's is taken from (of all streams)."""
    zone = stream.zone if stream else "UTC"
    end = until(conn, stream.id, now)[0] if stream else now
    cycles = _cycles(conn, stream.id if stream else None, since(end, WINDOW, zone), end)
    return nearest_rank(cycles, percent) if cycles else None


def _cycles(conn: sqlite3.Connection, stream: int | None, first: int, end: int) -> list[int]:
    """Cycle times in days, sorted, of what finished in a span."""
    which, params = ("", ()) if stream is None else ("stream = ? AND ", (stream,))
    return [
        int(days)
        for (days,) in conn.execute(
            f"SELECT cycle_days FROM item_flow WHERE {which}finish >= ? AND finish <= ?"
            " AND cycle_days IS NOT NULL ORDER BY cycle_days",
            (*params, first, end),
        )
    ]


def _levels(conn: sqlite3.Connection, stream: ValueStream | None, now: int) -> Levels:
    """What a filter holds ages and stays against, in a stream or in all."""

    def chosen() -> Iterator[ValueStream]:
        if stream is not None:
            yield stream
            return
        for row in conn.execute("SELECT id FROM stream").fetchall():
            one = stream_of(conn, "id", row[0])
            if one is not None:
                yield one

    def pace_of(percent: int) -> dict[int, int]:
        from vsm.store.pace import pace

        return {
            stage: ages[0]
            for one in chosen()
            for stage, ages in pace(conn, one, Days(one.zone), now, (percent,)).items()
        }

    def stay() -> dict[int, int]:
        from vsm.store.pace import stays

        return {s: spent for one in chosen() for s, spent in stays(conn, one, now).items()}

    return Levels(partial(_percentile, conn, stream, now), pace_of, stay)


def clause(
    conn: sqlite3.Connection, stream: ValueStream | None, query: Query, now: int
) -> tuple[str, list[Any]]:
    """What a filter means in a stream (or in all), as SQL over ``item i``, and parameters."""
    moment = Moment(now, stream.zone if stream else "UTC")
    return clause_at(query, moment, _levels(conn, stream, now))


def clause_at(query: Query, moment: Moment, levels: Levels) -> tuple[str, list[Any]]:
    """What a filter means at a moment, with what ages and stays are held against then."""
    if compares(query):
        query = resolve(query, levels, local(moment.at, moment.zone).date())
    return where(query, moment)


def _shown(stage: Stage, first: int, fits: tuple[str, list[Any]]) -> tuple[str, list[Any]]:
    """The clause that says which items a column shows, and its parameters."""
    sql, params = fits
    recent = " AND i.entered >= ?" if stage.category.ended else ""
    return (
        f" WHERE i.stage = ? AND i.archived = 0{recent}{sql}",
        [stage.id, *([first] if recent else []), *params],
    )


def _order(stage: Stage, lanes: LaneView | None = None) -> str:
    lane = "" if lanes is None else f"{key_of(lanes)}, "
    if stage.category.ended:
        return f" ORDER BY {lane}i.entered DESC, i.id DESC"
    return f" ORDER BY {lane}i.expedite DESC, i.rank, i.id"


def columns(conn: sqlite3.Connection, stream: ValueStream, query: Query, now: int) -> list[Column]:
    """The stream's columns in order of the flow."""
    end, _ = until(conn, stream.id, now)
    recent = since(end, RECENT, stream.zone)
    teams: dict[int, str] = dict(conn.execute("SELECT id, name FROM team").fetchall())
    out: list[Column] = []
    fits = clause(conn, stream, query, now)
    for stage in stream.line:
        sql, params = _shown(stage, recent, fits)
        (shown,) = conn.execute(f"SELECT count(*) FROM item i{sql}", params).fetchone()
        wip = shown
        if query:
            every, these = _shown(stage, recent, ("", []))
            (wip,) = conn.execute(f"SELECT count(*) FROM item i{every}", these).fetchone()
        team = teams.get(stage.team) if stage.team is not None else None
        group = group_of(stream, stage.id)
        out.append(Column(stage, team, wip, shown, _classes(conn, stage), group))
    return out


def _classes(conn: sqlite3.Connection, stage: Stage) -> tuple[ClassWip, ...]:
    """The stage's own limits of classes of service, with how many items of each are there."""
    if not stage.class_limits:
        return ()
    counts = dict(
        conn.execute(
            "SELECT service, count(*) FROM item WHERE stage = ? AND archived = 0 GROUP BY service",
            (stage.id,),
        ).fetchall()
    )
    return tuple(
        ClassWip(service, counts.get(service.value, 0), limit)
        for service, limit in stage.class_limits
    )


def cards(
    conn: sqlite3.Connection,
    stream: ValueStream,
    days: Days,
    stage_id: int,
    offset: int,
    limit: int,
    query: Query,
    now: int,
    lanes: LaneView | None = None,
) -> list[Card]:
    """A window of one column's cards, in board order, lane after lane where there are any."""
    stage = stream.stage(stage_id)
    end, _ = until(conn, stream.id, now)
    fits = unfolded(clause(conn, stream, query, now), lanes)
    sql, params = _shown(stage, since(end, RECENT, stream.zone), fits)
    # the window is cut on the item table alone, so that a long offset joins nothing
    ids = f"SELECT i.id FROM item i{sql}{_order(stage, lanes)} LIMIT ? OFFSET ?"
    rows = conn.execute(
        f"{_CARD} WHERE i.id IN ({ids}){_order(stage, lanes)}", [*params, limit, offset]
    ).fetchall()
    return [card_of(row, days, now) for row in rows]


def lanes(
    conn: sqlite3.Connection, stream: ValueStream, by: LaneField, query: Query, now: int
) -> tuple[Lane, ...]:
    """The lanes of what the board shows through a filter, in their order."""
    end, _ = until(conn, stream.id, now)
    recent = since(end, RECENT, stream.zone)
    fits = clause(conn, stream, query, now)
    return read_lanes(conn, by, [(s.id, *_shown(s, recent, fits)) for s in stream.line])


def shown(conn: sqlite3.Connection, stream: ValueStream, query: Query, now: int) -> dict[int, int]:
    """Id → version of everything that the board shows through a filter."""
    end, _ = until(conn, stream.id, now)
    recent = since(end, RECENT, stream.zone)
    fits = clause(conn, stream, query, now)
    out: dict[int, int] = {}
    for stage in stream.line:
        sql, params = _shown(stage, recent, fits)
        out.update(conn.execute(f"SELECT i.id, i.version FROM item i{sql}", params).fetchall())
    return out


def card(conn: sqlite3.Connection, days: Days, item_id: int, now: int) -> Card | None:
    """One item as a card."""
    row = conn.execute(f"{_CARD} WHERE i.id = ?", (item_id,)).fetchone()
    return card_of(row, days, now) if row else None


def card_of(row: Sequence[Any], days: Days, now: int) -> Card:
    """A card from a row of ``_CARD``."""
    start, ended = row[10], row[17] in ("done", "dropped")
    latest = row[9] if start is None else max(row[9], start)
    untimed = start is not None and row[11] is not None and row[12] is None
    return Card(
        id=row[0],
        key=row[1],
        title=row[2],
        stage=row[3],
        version=row[4],
        type=row[5],
        service=ClassOfService(row[6]),
        owner=row[7],
        team=row[8],
        entered=row[9],
        age=None if row[21] is None or ended else days.between(row[21], max(row[21], now)),
        cycle=row[12],
        blocked=BlockerKind(row[13]) if row[13] is not None else None,
        blocked_reason=row[14] or "",
        waits_for=row[15],
        waited_by=row[16],
        waits_on=tuple(row[18].split("\x1f")) if row[18] else (),
        initials=row[19] or "",
        clock_off=untimed or latest > now + CLOCK_TOLERANCE,
        idle=None if ended else days.between(row[9], max(row[9], now)),
        due=row[20],
        due_in=None if ended or row[20] is None else days.until(row[20], now),
        times_carried=row[22],
    )


def place(
    conn: sqlite3.Connection,
    stream: ValueStream,
    item_id: int,
    query: Query,
    now: int,
    lanes: LaneView | None = None,
) -> tuple[int, int] | None:
    """``(stage id, index in its column)`` of an item, or ``None`` where it is not shown."""
    lane = "''" if lanes is None else key_of(lanes)
    row = conn.execute(
        f"SELECT stage, expedite, rank, entered, {lane} FROM item i WHERE id = ? AND stream = ?",
        (item_id, stream.id),
    ).fetchone()
    if row is None:
        return None
    stage = stream.stage(row[0])
    end, _ = until(conn, stream.id, now)
    fits = unfolded(clause(conn, stream, query, now), lanes)
    sql, params = _shown(stage, since(end, RECENT, stream.zone), fits)
    (there,) = conn.execute(
        f"SELECT EXISTS(SELECT 1 FROM item i{sql} AND i.id = ?)", [*params, item_id]
    ).fetchone()
    if not there:
        return None
    if stage.category.ended:
        before, more = "(i.entered, i.id) > (?, ?)", [row[3], item_id]
    else:
        before, more = "(-i.expedite, i.rank, i.id) < (?, ?, ?)", [-row[1], row[2], item_id]
    if lanes is not None:
        before, more = f"({lane} < ? OR ({lane} = ? AND {before}))", [row[4], row[4], *more]
    (index,) = conn.execute(
        f"SELECT count(*) FROM item i{sql} AND {before}", [*params, *more]
    ).fetchone()
    return stage.id, int(index)


def items(
    conn: sqlite3.Connection,
    stream: ValueStream | None,
    days: Days,
    query: Query,
    now: int,
    *,
    limit: int,
    offset: int,
    archived: bool = False,
) -> list[Card]:
    """Items of one stream (or of all) as a flat list, by stream and key; done ones too."""
    sql, params = clause(conn, stream, query, now)
    scope = "" if stream is None else " AND i.stream = ?"
    some: list[Any] = [] if stream is None else [stream.id]
    rows = conn.execute(
        f"{_CARD} WHERE i.archived = ?{scope}{sql} ORDER BY i.stream, i.id LIMIT ? OFFSET ?",
        [int(archived), *some, *params, limit, offset],
    ).fetchall()
    return [card_of(row, days, now) for row in rows]


def cards_of(conn: sqlite3.Connection, days: Days, ids: Iterable[int], now: int) -> list[Card]:
    """The items with these ids, archived ones too."""
    rows = conn.execute(
        f"{_CARD} WHERE i.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
    ).fetchall()
    return [card_of(row, days, now) for row in rows]


def header(conn: sqlite3.Connection, stream: ValueStream, now: int) -> Header:
    """The figures at the top of the board; definitions in docs/metrics.md."""
    end, ended = until(conn, stream.id, now)
    cycles = _cycles(conn, stream.id, since(end, WINDOW, stream.zone), end)
    (finished,) = conn.execute(
        "SELECT count(*) FROM item_flow WHERE stream = ? AND finish >= ? AND finish <= ?",
        (stream.id, since(end, RECENT, stream.zone), end),
    ).fetchone()
    return Header(
        stream=stream.id,
        name=stream.name,
        zone=stream.zone,
        p85=nearest_rank(cycles, SLE_PERCENT) if cycles else None,
        samples=len(cycles),
        wip=wip_of(conn, stream.id),
        limit=stream.committed_limit,
        finished=finished,
        until=end,
        ended=ended,
        over=_over(conn, stream),
    )


def _over(conn: sqlite3.Connection, stream: ValueStream) -> tuple[tuple[str, int, int], ...]:
    """The stages on the board, and groups of them, that are over their limits."""
    if not stream.group_limits and not any(stage.limited for stage in stream.line):
        return ()
    columns = open_columns(conn, stream)
    return stages_over(((c.stage, c.counted) for c in columns), groups_in(columns))


def open_columns(
    conn: sqlite3.Connection, stream: ValueStream, fits: tuple[str, list[Any]] = ("", [])
) -> tuple[Column, ...]:
    """The columns of stages that are neither done nor dropped, in order, without their teams."""
    stages = [stage for stage in stream.line if not stage.category.ended]
    every = _held(conn, stages, ("", []))
    shown = _held(conn, stages, fits) if fits[0] else every
    return tuple(
        Column(
            stage,
            None,
            every.get(stage.id, 0),
            shown.get(stage.id, 0),
            _classes(conn, stage),
            group_of(stream, stage.id),
        )
        for stage in stages
    )


def _held(
    conn: sqlite3.Connection, stages: Iterable[Stage], fits: tuple[str, list[Any]]
) -> dict[int, int]:
    """By stage how many items that fit are there."""
    sql, params = fits
    marks = ", ".join(str(stage.id) for stage in stages)
    return dict(
        conn.execute(
            f"SELECT stage, count(*) FROM item i WHERE stage IN ({marks}) AND archived = 0{sql}"
            " GROUP BY stage",
            params,
        ).fetchall()
    )
