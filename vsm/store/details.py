"""All about one item: its flow, blockers, links and its history in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.board import (
    BACKWARDS,
    IN_FUTURE,
    BlockLine,
    CommentLine,
    Detail,
    Line,
    LinkLine,
)
from vsm.model.entities import TEAM
from vsm.model.history import is_observed
from vsm.model.item import BlockerKind, Item, LinkKind
from vsm.model.rules import CLOCK_TOLERANCE, Days
from vsm.model.stream import ValueStream
from vsm.store import journal
from vsm.store.changes import describe_entries
from vsm.store.id_names import Names

if TYPE_CHECKING:
    from vsm.model.event import Recorded
    from vsm.store.sqlite import sqlite3


def detail(
    conn: sqlite3.Connection, item: Item, stream: ValueStream, days: Days, now: int
) -> Detail:
    """Gather everything that is shown of one item."""
    start, finish, cycle, lead, age_from = conn.execute(
        "SELECT start, finish, cycle_days, lead_days, age_from FROM item_flow WHERE item = ?",
        (item.id,),
    ).fetchone()
    stage = stream.stage(item.stage)
    team = Names(conn).entity(TEAM, item.team) if item.team is not None else None
    blocks = conn.execute(
        "SELECT kind, reason, by, started, ended FROM block WHERE item = ? ORDER BY id DESC",
        (item.id,),
    ).fetchall()
    running = start is not None and not stage.category.ended
    latest = item.entered if start is None else max(item.entered, start)
    ended, due = stage.category.ended, item.due
    ahead = IN_FUTURE if latest > now + CLOCK_TOLERANCE else ""
    return Detail(
        item=item,
        stream=stream.name,
        stage=stage.name,
        team=team,
        started=start,
        finished=finish,
        age=days.between(age_from, max(age_from, now)) if running else None,
        cycle=cycle,
        idle=None if ended else days.between(item.entered, max(item.entered, now)),
        due_in=None if ended or due is None else days.until(due, now),
        lead=lead,
        blocks=tuple(BlockLine(BlockerKind(k), r, by, s, e) for k, r, by, s, e in blocks),
        links=_links(conn, item),
        history=item_history(conn, item.id, Names(conn)),
        comments=tuple(
            CommentLine(*row)
            for row in conn.execute(
                "SELECT at, by, text FROM comment WHERE item = ? ORDER BY id DESC", (item.id,)
            )
        ),
        owner=member_name(conn, item.owner),
        clock=BACKWARDS if runs_backwards(conn, item.id) else ahead,
    )


def runs_backwards(conn: sqlite3.Connection, item: int, until: int | None = None) -> bool:
    """Whether an item has a visit that began before the one before it; up to visit ``until``."""
    (backwards,) = conn.execute(
        "SELECT EXISTS(SELECT 1 FROM visit WHERE item = ? AND left < entered"
        " AND (?2 IS NULL OR n < ?2))",
        (item, until),
    ).fetchone()
    return bool(backwards)


def member_name(conn: sqlite3.Connection, login: str | None) -> str | None:
    """The name of the member with a login, ``None`` where nobody has it."""
    if login is None:
        return None
    row = conn.execute(
        "SELECT name FROM member WHERE login_fold = ?", (login.casefold(),)
    ).fetchone()
    return row[0] if row else None


def _links(conn: sqlite3.Connection, item: Item) -> tuple[LinkLine, ...]:
    rows = conn.execute(
        "SELECT DISTINCT kind, source, target FROM link WHERE source = ?1 OR target = ?1"
        " ORDER BY kind, source, target",
        (item.key,),
    ).fetchall()
    links = [(LinkKind(kind), source, target) for kind, source, target in rows]
    if item.parent:
        links.append((LinkKind.PARENT, item.parent, item.key))
    children = conn.execute("SELECT key FROM item WHERE parent = ? ORDER BY id", (item.key,))
    links += [(LinkKind.PARENT, item.key, key) for (key,) in children.fetchall()]
    blocks = LinkKind.BLOCKS
    agreed = _agreements(conn, item.key)
    out: list[LinkLine] = []
    for kind, source, target in links:
        outward = source.casefold() == item.key.casefold()
        other = target if outward else source
        row = conn.execute(
            "SELECT i.key, i.title, s.name, s.category, i.archived FROM item i"
            " JOIN stage s ON s.id = i.stage WHERE i.key = ?",
            (other,),
        ).fetchone()
        label = LABEL[kind][0 if outward else 1]
        ends = source.casefold(), target.casefold()
        state, need_by = agreed.get(ends, NO_AGREEMENT) if kind is blocks else NO_AGREEMENT
        words = agreement_text(state, need_by)
        if row is None:
            out.append(LinkLine(label, kind, other, None, None, False, words))
        else:
            ended = row[3] in ("done", "dropped")
            is_open = not ended and not row[4] and state != "delivered"
            out.append(LinkLine(label, kind, row[0], row[1], row[2], ended, words, is_open))
    return tuple(out)


Agreement = tuple[str | None, str | None]
"""The state of a dependency, and the day by which it is needed."""
NO_AGREEMENT: Agreement = (None, None)


def agreement_text(state: str | None, need_by: str | None) -> str:
    """The agreement on a dependency in words; empty where there is none."""
    return ", ".join([*([state] if state else []), *([f"needed by {need_by}"] if need_by else [])])


def _agreements(conn: sqlite3.Connection, key: str) -> dict[tuple[str, str], Agreement]:
    """The agreements on the dependencies of an item, by blocker and waiting."""
    rows = conn.execute(
        "SELECT source, target, state, need_by FROM agreement WHERE source = ?1 OR target = ?1",
        (key,),
    )
    return {
        (source.casefold(), target.casefold()): (state, need_by)
        for source, target, state, need_by in rows
    }


LABEL = {
    LinkKind.BLOCKS: ("blocks", "waits for"),
    LinkKind.RELATES: ("relates to", "relates to"),
    LinkKind.PARENT: ("parent of", "child of"),
}


def item_history(conn: sqlite3.Connection, item: int, names: Names) -> tuple[Line, ...]:
    """Everything that happened, newest first; an imported history move by move."""
    rows = list(journal.read(conn, "WHERE item = ?", (item,)))
    statements = [r for r in rows if r.event.kind == "item_history_imported"]
    out: list[Line] = []
    if statements:
        out += _imported(statements[-1], names)
    changes = describe_entries(conn, rows, item="", names=names)
    for change, recorded in zip(changes, rows, strict=True):
        out.append(
            Line(recorded.recorded_at, change.text, recorded.actor.name, happened=change.happened)
        )
    if any(line.happened is not None for line in out):
        out.sort(key=lambda line: line.moment)
    return tuple(out[::-1])


def _imported(statement: Recorded, names: Names) -> list[Line]:
    from vsm.model.event import ItemHistoryImported

    event = statement.event
    if not isinstance(event, ItemHistoryImported):
        raise TypeError(f"{event.kind} is no imported history")
    out: list[Line] = []
    before = ""
    for at, stage, event_id, by in event.transitions:
        name = names.stage(stage)
        text = f"moved from {before} to {name}" if before else f"created in {name}"
        # A log says when it was; an observation, by when it had been.
        out.append(Line(at, f"{text} (observed)" if is_observed(event_id) else text, by))
        before = name
    for block in event.blocks:
        out.append(Line(block.started, f"blocked: {block.reason or block.why.value}", block.by))
        if block.ended is not None:
            out.append(Line(block.ended, "unblocked", block.by))
    return sorted(out, key=lambda line: line.at) if event.blocks else out
