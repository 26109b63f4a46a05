"""Recognises moves that were made here, written upstream, and come back in a source's history.

In the history of the source such a move stands under the id that it got there, later than it was
made and by the account of the token. In its place goes the move as it was made here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vsm.model.source import WriteOutcome
from vsm.store import journal
from vsm.store.bulk_events import Moves

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3


class LocalMove(NamedTuple):
    """A move that was made here: journal entry, moment, stage, by whom."""

    seq: int
    at: int
    stage: int
    by: str


Echoes = dict[str, list[LocalMove]]
"""The moves that an event upstream stands for, by its id; none for one that was undone."""


def find_echoes(conn: sqlite3.Connection, origin: str) -> dict[str, Echoes]:
    """The echoes of each item of a source, by the item's id there."""
    sent = conn.execute(
        "SELECT j.item, m.source_key, j.seq, w.upstream FROM written_change w"
        " CROSS JOIN journal j ON j.seq = CAST(w.entry AS INTEGER)"
        " CROSS JOIN imported m ON m.item = j.item"
        " WHERE m.source = ? AND w.outcome = ? AND j.kind IN ('item_moved', 'move_retracted')"
        " ORDER BY j.seq",
        (origin, WriteOutcome.SENT.value),
    ).fetchall()
    if not sent:
        return {}
    from vsm.model import event as e

    standing = {item: _standing_moves(conn, item) for item in {row[0] for row in sent}}
    out: defaultdict[str, Echoes] = defaultdict(dict)
    for item, source_key, seq, upstream in sent:
        echoes = out[source_key]
        ids = upstream.split()
        for event in ids:
            echoes.setdefault(event, [])
        recorded = standing[item].get(seq)
        if recorded is not None and isinstance(recorded.event, e.ItemMoved):
            move = LocalMove(seq, recorded.at, recorded.event.target, recorded.actor.name)
            echoes[ids[-1]].append(move)
    return dict(out)


def _standing_moves(conn: sqlite3.Connection, item: int) -> dict[int, Recorded]:
    """The moves of an item that were not undone, by their journal entry."""
    from vsm.model import event as e

    standing: list[Recorded] = []
    where = "WHERE item = ? AND kind IN ('item_moved', 'move_retracted')"
    for recorded in journal.read(conn, where, (item,)):
        if isinstance(recorded.event, e.ItemMoved):
            standing.append(recorded)
        elif standing:
            standing.pop()
    return {recorded.seq: recorded for recorded in standing}


def with_local_moves(moves: Moves, echoes: Echoes, up_to: int | None = None) -> Moves:
    """The moves of a history, with those made here in place of their echoes.

    Echoes of moves that were made after the journal entry ``up_to`` are left out.
    """
    out: list[tuple[int, int, str, str]] = []
    for at, stage, event, by in moves:
        local = echoes.get(event) if event else None
        if local is None:
            _enter(out, (at, stage, event, by))
        else:
            for move in local:
                if up_to is None or move.seq <= up_to:
                    _enter(out, (move.at, move.stage, event, move.by))
    return tuple(out)


def _enter(out: list[tuple[int, int, str, str]], move: tuple[int, int, str, str]) -> None:
    """Add a move; into the stage where the item is, it is none."""
    at, stage, event, by = move
    if not out:
        out.append(move)
    elif out[-1][1] != stage:
        out.append((max(at, out[-1][0]), stage, event, by))
