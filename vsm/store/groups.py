"""Which group of changes an undo or a redo means.

Groups of one actor (in the TUI: of one session) form the undo list. A group may undo another;
an undo of an undo is a redo. Everything is read from the journal's groups, so it survives a
restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

LOOK_BACK = 2000


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its number, its last entry, what it undoes."""

    grp: int
    last: int
    undoes: int | None


def recent(conn: sqlite3.Connection, actor: str, session: str | None) -> list[Group]:
    """The actor's latest groups, newest first; ``session`` narrows them."""
    sql = "SELECT grp, last, undoes FROM change_group WHERE actor = ?"
    params: tuple[str | int, ...] = (actor,)
    if session is not None:
        sql += " AND session = ?"
        params += (session,)
    rows = conn.execute(f"{sql} ORDER BY grp DESC LIMIT {LOOK_BACK}", params).fetchall()
    return [Group(*row) for row in rows]


def events(conn: sqlite3.Connection, grp: int) -> list[Recorded]:
    """The entries of a group, in their order."""
    from vsm.store import journal

    (last,) = conn.execute("SELECT last FROM change_group WHERE grp = ?", (grp,)).fetchone()
    return list(journal.read(conn, "WHERE seq BETWEEN ? AND ?", (grp, last)))


def to_undo(groups: Sequence[Group]) -> Group | None:
    """The group that an undo takes back: the latest change that stands."""
    tails, roots = _chains(groups)
    standing = [root for root, length in roots.items() if length % 2 == 1]
    return tails[max(standing)] if standing else None


def to_redo(groups: Sequence[Group]) -> Group | None:
    """The undo that a redo takes back: the latest one, if nothing new was done since."""
    tails, roots = _chains(groups)
    undone = [tails[root] for root, length in roots.items() if length % 2 == 0]
    if not undone:
        return None
    fresh = max((g.grp for g in groups if g.undoes is None), default=0)
    latest = max(undone, key=lambda g: g.grp)
    return latest if latest.grp > fresh else None


def _chains(groups: Sequence[Group]) -> tuple[dict[int, Group], dict[int, int]]:
    """For each change: the last group of its chain do, undo, redo, …, and how long that is."""
    root: dict[int, int] = {}
    tails: dict[int, Group] = {}
    length: dict[int, int] = {}
    for group in sorted(groups, key=lambda g: g.grp):
        start = group.grp if group.undoes is None else root.get(group.undoes)
        if start is None:
            continue  # undoes something older than we look back, or of another session
        root[group.grp] = start
        tails[start] = group
        length[start] = length.get(start, 0) + 1
    return tails, length
