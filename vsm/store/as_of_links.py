"""Open dependencies of the whole database as they stood at a moment."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from vsm.model.board import OpenBlocker
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind, DependencyState
from vsm.model.stream import ValueStream
from vsm.store import entities
from vsm.store.as_of_cards import THEN, blocking_links, link_ends
from vsm.store.dependencies import Row, StreamDays
from vsm.store.times import Known, item_times

if TYPE_CHECKING:
    from vsm.store.past_facts import PastFacts
    from vsm.store.sqlite import sqlite3

_LINKED = f"""
    SELECT i.id, i.created, i.due, b.kind, b.started, s.stream, v.stage
    FROM json_each(:ids) j JOIN item i ON i.id = j.value
        JOIN visit v ON v.item = i.id AND {THEN.format(item="i.id")}
        JOIN stage s ON s.id = v.stage
        LEFT JOIN block b ON b.id = (SELECT max(b.id) FROM block b
            WHERE b.item = i.id AND b.started <= :at AND (b.ended IS NULL OR b.ended > :at))
    ORDER BY i.id
"""


_BLOCKED = f"""
    SELECT i.id, i.key, b.kind, b.started, b.reason, i.archived
    FROM block b JOIN item i ON i.id = b.item
        JOIN visit v ON v.item = i.id AND {THEN.format(item="i.id")}
    WHERE b.started <= :at AND (b.ended IS NULL OR b.ended > :at)
        AND v.stage IN (SELECT value FROM json_each(:open))
    ORDER BY b.started, i.id
"""


def open_blockers_as_of(
    conn: sqlite3.Connection, facts: PastFacts, stream: ValueStream, at: int
) -> list[OpenBlocker]:
    """What :func:`vsm.store.dependencies.open_blockers` was; the stream is as it was then."""
    stages = json.dumps([stage.id for stage in stream.order if not stage.category.ended])
    rows = [
        row[:5]
        for row in conn.execute(_BLOCKED, {"at": at, "open": stages})
        if not facts.was_archived(row[0], at, bool(row[5]))
    ]
    waiting = [key for _, key, kind, *_ in rows if kind == BlockerKind.DEPENDENCY]
    links = blocking_links(conn, facts, waiting, at, delivered=True)
    ends = link_ends(conn, facts, {link[0] for link in links}, at)
    teams = entities.titles(conn, TEAM)
    sources: dict[str, list[tuple[int, OpenBlocker]]] = defaultdict(list)
    nobody = OpenBlocker(0, "", "", 0, "", "", False)
    for source, target, state, _ in links:
        end = ends.get(source.casefold())
        if end is None:
            continue
        team = teams.get(end.team, "") if end.team is not None else ""
        is_met = state == DependencyState.DELIVERED or not end.is_open
        blocker = nobody._replace(waits_for=end.key, team=team, is_met=is_met)
        sources[target.casefold()].append((end.id, blocker))
    out = []
    for item, key, kind, started, reason in rows:
        of = sources[key.casefold()] if kind == BlockerKind.DEPENDENCY else []
        for _, blocker in sorted(of) or [(0, nobody)]:
            known = {"item": item, "key": key, "kind": kind, "since": started}
            out.append(blocker._replace(**known, reason=reason or ""))
    return out


def linked_as_of(
    conn: sqlite3.Connection, facts: PastFacts, at: int, stream_days: StreamDays
) -> tuple[list[Row], list[tuple[int, int, str | None, str | None]]]:
    """What :func:`vsm.store.dependencies.linked` and ``links`` were at a moment."""
    links = blocking_links(conn, facts, None, at)
    ends = link_ends(conn, facts, {key for link in links for key in link[:2]}, at)
    teams = entities.titles(conn, TEAM)
    by_id = {end.id: end for end in ends.values() if end.is_open}
    states = conn.execute(_LINKED, {"ids": json.dumps(sorted(by_id)), "at": at}).fetchall()
    held: dict[int, list[int]] = defaultdict(list)
    for item, *_, stream, _ in states:
        held[stream].append(item)
    known: dict[int, Known] = {}
    for stream, items in held.items():
        known |= item_times(conn, items, *stream_days(stream), at)
    rows = []
    for item, created, due, kind, since, stream, stage in states:
        end, (times, stage_from) = by_id[item], known[item]
        rows.append(
            Row(
                item,
                end.key,
                end.title,
                teams.get(end.team, "") if end.team is not None else "",
                created,
                times.start,
                facts.fields(item, at).get("due", due),
                kind,
                since,
                stream,
                stage,
                times.age_from,
                stage_from,
            )
        )
    pairs = [
        (ends[a.casefold()].id, ends[b.casefold()].id, state, need_by)
        for a, b, state, need_by in links
        if a.casefold() in ends and b.casefold() in ends
    ]
    return rows, sorted(pairs, key=lambda pair: pair[:2])
