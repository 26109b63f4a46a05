"""Which group of changes an undo or a redo means.

Groups of one actor (in the TUI: of one session) form the undo list. A group may undo another;
an undo of an undo is a redo. Everything is read from the journal's groups, so it survives a
restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsm.model.errors import Refusal, RefusalCode

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3

LOOK_BACK = 2000


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its number, its last entry, what it undoes, in which session it was made."""

    grp: int
    last: int
    undoes: int | None
    session: str


def recent(conn: sqlite3.Connection, actor: str) -> list[Group]:
    """The actor's latest groups, newest first."""
    rows = conn.execute(
        "SELECT grp, last, undoes, session FROM change_group WHERE actor = ?"
        f" ORDER BY grp DESC LIMIT {LOOK_BACK}",
        (actor,),
    ).fetchall()
    return [Group(*row) for row in rows]


def events(conn: sqlite3.Connection, grp: int) -> list[Recorded]:
    """The entries of a group, in their order."""
    from vsm.store import journal

    (last,) = conn.execute("SELECT last FROM change_group WHERE grp = ?", (grp,)).fetchone()
    return list(journal.read(conn, "WHERE seq BETWEEN ? AND ?", (grp, last)))


def redaction_since(conn: sqlite3.Connection, actor: str, group: Group | None) -> Recorded | None:
    """What the actor took out of the journal after a group: no group, for it cannot be undone."""
    from vsm.store import journal
    from vsm.store.chain import REDACTED

    after = (group.last if group is not None else 0, REDACTED)
    rows = journal.read(conn, "WHERE seq > ? AND kind = ?", after)
    return next((row for row in reversed(list(rows)) if row.actor.name == actor), None)


def refuse_final(conn: sqlite3.Connection, actor: str, group: Group | None) -> Refusal | None:
    """Refuse an undo on the command line where something was taken out after that change."""
    from vsm.store.changes import label

    final = redaction_since(conn, actor, group)
    if final is None:
        return None
    before = "" if group is None else label(conn, events(conn, group.grp))
    return Refusal(
        RefusalCode.UNDO,
        f"your last change cannot be undone: you {label(conn, [final])}",
        f"for the one before it ({before}): vsm undo --earlier" if before else "",
    )


def to_undo(groups: Sequence[Group], session: str | None) -> Group | None:
    """The group that an undo takes back: the latest change (of the session) that stands.

    What was undone or redone elsewhere counts as that, whoever's session it was. A change that the
    session undid is its own from then on.
    """
    standing = _standing(groups, session)
    return max(standing, key=lambda c: c[0].grp)[-1] if standing else None


def still_standing(groups: Sequence[Group], grp: int) -> Group | None:
    """The group of this number, if it can still be undone: nothing undid it."""
    return next((c[-1] for c in _standing(groups, None) if c[-1].grp == grp), None)


def _standing(groups: Sequence[Group], session: str | None) -> list[list[Group]]:
    return [c for c in _chains(groups, session) if len(c) % 2 == 1]


def to_redo(groups: Sequence[Group], session: str | None) -> Group | None:
    """The undo that a redo takes back: the latest one, if nothing new was done since."""
    undone = [c[-1] for c in _chains(groups, session) if len(c) % 2 == 0]
    if not undone:
        return None
    mine = (g.grp for g in groups if g.undoes is None and session in (None, g.session))
    latest = max(undone, key=lambda g: g.grp)
    return latest if latest.grp > max(mine, default=0) else None


def _chains(groups: Sequence[Group], session: str | None) -> list[list[Group]]:
    """Each change (that the session made or undid) with what followed it: do, undo, redo, …"""
    chains: dict[int, list[Group]] = {}
    for group in sorted(groups, key=lambda g: g.grp):
        chain = [] if group.undoes is None else chains.get(group.undoes)
        if chain is None:
            continue  # undoes something older than we look back
        chain.append(group)
        chains[group.grp] = chain
    unique = {chain[0].grp: chain for chain in chains.values()}.values()
    return [c for c in unique if session is None or any(g.session == session for g in c)]
