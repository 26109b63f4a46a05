"""Changes of others for the feed, a line for each group, and bursts of changes as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.model.actor import ActorKind
from vsm.model.board import Change, FeedLine
from vsm.model.plural import count
from vsm.store.id_names import Names
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

BURST = 200
"""More entries than this at once are said as one line."""
_BEHIND = 500
"""Items of a group that can be opened from its line."""
_READ = 2000
"""Entries of a burst that are read to say what was done, where that is the same to all."""
_IMPORT = "import_ran"


def lines(
    conn: sqlite3.Connection, me: str, limit: int = 50, until: int | None = None
) -> list[FeedLine]:
    """The latest groups of changes by anybody but ``me``, newest first, up to a moment."""
    groups = conn.execute(
        "SELECT grp, last, actor, recorded_at FROM change_group"
        " WHERE actor <> ? AND recorded_at < ? ORDER BY grp DESC LIMIT ?",
        (me, 2**62 if until is None else until, limit),
    ).fetchall()
    return [_line(conn, *group) for group in groups]


def _line(conn: sqlite3.Connection, grp: int, last: int, actor: str, at: int) -> FeedLine:
    from vsm.model.event import ItemMoved, MoveRetracted
    from vsm.store import changes

    rows = _whole(conn, grp, last)
    if rows:
        # A move matters most, and what comes last is cut in a narrow list.
        first = sorted(rows, key=lambda row: not isinstance(row.event, ItemMoved | MoveRetracted))
        text, kind = changes.label(conn, first), rows[0].actor.kind
        items: list[int] = list(dict.fromkeys(row.item for row in rows if row.item is not None))
    else:
        summary = burst(conn, grp - 1, last)
        text, kind, items = summary.text, summary.actor_kind, []
    if not items:
        items = [
            item
            for (item,) in conn.execute(
                "SELECT DISTINCT item FROM journal WHERE seq BETWEEN ? AND ? AND item IS NOT NULL"
                " LIMIT ?",
                (grp, last, _BEHIND),
            )
        ]
    return FeedLine(grp, at, actor, kind, text, tuple(items))


def _whole(conn: sqlite3.Connection, first: int, last: int) -> list[Recorded]:
    """The entries of a group, only that of an import where it is one; none of a burst."""
    from vsm.store import journal

    if last - first >= BURST:
        where = "WHERE seq BETWEEN ? AND ? AND kind = ?"
        return list(journal.read(conn, where, (first, last, _IMPORT)))
    return list(journal.read(conn, "WHERE seq BETWEEN ? AND ?", (first, last)))


def burst(conn: sqlite3.Connection, after: int, last: int) -> Change:
    """All entries after a position as one change that touches everything.

    ``actor`` and ``stream`` are set where all entries have the same; the text of an import says
    who ran it.
    """
    span = (after, last)
    some = "FROM journal WHERE seq > ? AND seq <= ?"
    people = People(conn)
    who = {people.read(a).name: people.read(a).kind for (a,) in _all(conn, "actor", some, span)}
    streams = [stream for (stream,) in _all(conn, "stream", some, span)]
    sessions = [session for (session,) in _all(conn, "session", some, span)]
    (items,) = conn.execute(f"SELECT count(DISTINCT item) {some}", span).fetchone()
    imports = conn.execute(f"SELECT count(*) {some} AND kind = ?", (*span, _IMPORT)).fetchone()[0]
    (at,) = conn.execute("SELECT recorded_at FROM journal WHERE seq = ?", (last,)).fetchone()
    entries = count(last - after, "change")
    if len(who) != 1:
        actor, kind = "", ActorKind.PERSON
        text = f"{entries} by {_named(sorted(who))}: {count(items, 'item')}"
    else:
        actor, kind = next(iter(who.items()))
        text = _alike(conn, after, last) or f"made {entries} to {count(items, 'item')}"
        if imports and kind is ActorKind.IMPORT:
            where = f" into {Names(conn).stream(streams[0])}" if len(streams) == 1 else ""
            actor, text = "", f"import by {actor}: {count(items, 'item')}{where}"
    return Change(
        seq=last,
        grp=last,
        at=at,
        actor=actor,
        session=sessions[0] if len(sessions) == 1 else "",
        stream=streams[0] if len(streams) == 1 else None,
        item=None,
        stages=(),
        text=text,
        structure=True,
        actor_kind=kind,
    )


def _alike(conn: sqlite3.Connection, after: int, last: int) -> str:
    """What was done, where it is the same to all items: \"added 250 items in Backlog\"."""
    from vsm.store import changes, journal

    if last - after > _READ:
        return ""
    rows = list(journal.read(conn, "WHERE seq > ? AND seq <= ?", (after, last)))
    text = changes.label(conn, rows)
    is_one = len({row.event.kind for row in rows}) == 1
    return text if is_one and f"{len(rows)} items" in text and "; " not in text else ""


def _named(names: list[str]) -> str:
    """Two names, and how many more there are."""
    rest = len(names) - 2
    return f"{', '.join(names[:2])} and {count(rest, 'other')}" if rest else " and ".join(names)


def _all(
    conn: sqlite3.Connection, column: str, some: str, span: tuple[int, int]
) -> list[tuple[Any]]:
    return conn.execute(f"SELECT DISTINCT {column} {some}", span).fetchall()
