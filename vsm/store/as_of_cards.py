"""Cards as they stood at a moment: where items were, their fields, what held them up, on whom they
waited.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vsm.model.board import BACKWARDS, Card, Detail, Flowed, LinkLine
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind, ClassOfService, LinkKind
from vsm.model.rules import Days
from vsm.model.stream import Category, ValueStream
from vsm.store import entities
from vsm.store.details import (
    LABEL,
    NO_AGREEMENT,
    agreement_text,
    item_history,
    member_name,
    runs_backwards,
)
from vsm.store.flow_rows import EVER
from vsm.store.id_names import Names
from vsm.store.past_facts import PastFacts
from vsm.store.sprints import carried
from vsm.store.times import item_times

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3

THEN = "v.n = (SELECT max(w.n) FROM visit w WHERE w.item = {item} AND w.entered <= :at)"
"""The one visit in which an item was: the last one recorded that had begun, as visits may seem to
overlap where clocks differed (:func:`vsm.model.rules.as_of`)."""
_CARDS = f"""
    SELECT i.id, i.key, i.title, v.stage, i.version, i.type, i.service, i.owner, i.team, v.entered,
        b.kind, b.reason, i.due
    FROM json_each(:ids) j
        JOIN item i ON i.id = j.value
        JOIN visit v ON v.item = i.id AND {THEN.format(item="i.id")}
        LEFT JOIN block b ON b.id = (SELECT max(b.id) FROM block b
            WHERE b.item = i.id AND b.started <= :at AND (b.ended IS NULL OR b.ended > :at))
    ORDER BY j.key
"""
_ENDS = f"""
    SELECT i.id, i.key, i.title, i.team, i.archived, v.stage, s.name, s.category
    FROM json_each(:keys) j
        JOIN item i ON i.key = j.value
        JOIN visit v ON v.item = i.id AND {THEN.format(item="i.id")}
        JOIN stage s ON s.id = v.stage
"""


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """An item at the end of a link as it stood then; an open one is neither ended nor archived."""

    id: int
    key: str
    title: str
    team: int | None
    stage: str
    is_ended: bool
    is_open: bool


def link_ends(
    conn: sqlite3.Connection, facts: PastFacts, keys: Iterable[str], at: int
) -> dict[str, LinkEnd]:
    """The items with these keys that there were at a moment, by folded key."""
    out = {}
    rows = conn.execute(_ENDS, {"keys": json.dumps(sorted(set(keys))), "at": at})
    stages = facts.streams.stages(at)
    for item, key, title, team, archived, stage, name, category in rows:
        fields = {"title": title, "team": team} | facts.fields(item, at)
        held = {"name": name, "category": category} | stages.get(stage, {})
        ended = Category(held["category"]).ended
        is_open = not ended and not facts.was_archived(item, at, bool(archived))
        end = LinkEnd(item, key, fields["title"], fields["team"], held["name"], ended, is_open)
        out[key.casefold()] = end
    return out


def blocking_links(
    conn: sqlite3.Connection,
    facts: PastFacts,
    keys: Iterable[str] | None,
    at: int,
    *,
    delivered: bool = False,
) -> list[tuple[str, str, str | None, str | None]]:
    """The ``blocks`` links of a moment between items of these keys (``None``: all) and others:
    blocker, waiting item, and the state and need-by date agreed on. Those that were ``delivered``
    are left out unless asked for.
    """
    some = None if keys is None else {key.casefold() for key in keys}
    sql, params = "", ()  # type: tuple[str, tuple[str, ...]]
    if some is not None:
        named = json.dumps(sorted(some))
        sql = (
            " AND (source IN (SELECT value FROM json_each(?))"
            " OR target IN (SELECT value FROM json_each(?)))"
        )
        params = named, named
    rows = conn.execute(
        f"SELECT DISTINCT kind, source, target FROM link WHERE kind = 'blocks'{sql}", params
    ).fetchall()
    agreed = facts.agreements_as_of(
        {
            (source, target): (state, need_by)
            for source, target, state, need_by in conn.execute(
                "SELECT source, target, state, need_by FROM agreement"
            )
        },
        at,
    )
    out = []
    for kind, source, target in facts.links_as_of(rows, at):
        ends = source.casefold(), target.casefold()
        if kind != LinkKind.BLOCKS or (some is not None and not some & set(ends)):
            continue
        state, need_by = agreed.get(ends, (None, None))
        if delivered or state != "delivered":
            out.append((source, target, state, need_by))
    return out


def _open_ends(
    links: Iterable[tuple[str, str, str | None, str | None]], ends: Mapping[str, LinkEnd]
) -> tuple[dict[str, list[LinkEnd]], dict[str, list[LinkEnd]]]:
    """By folded key the open items that block it, and those that wait for it."""
    before: dict[str, list[LinkEnd]] = defaultdict(list)
    after: dict[str, list[LinkEnd]] = defaultdict(list)
    for link in links:
        source, target = link[0].casefold(), link[1].casefold()
        if source in ends and ends[source].is_open:
            before[target].append(ends[source])
        if target in ends and ends[target].is_open:
            after[source].append(ends[target])
    return before, after


_FIELDS = ("title", "type", "service", "owner", "team", "due")
"""The fields that a card shows, in the order of :data:`_CARDS`."""


def cards(
    conn: sqlite3.Connection,
    facts: PastFacts,
    ids: Sequence[int],
    at: int,
    flow: Mapping[int, Flowed],
    stream: ValueStream,
    days: Days,
) -> list[Card]:
    """The cards of these items at a moment (UTC microseconds), in the order of the ids; the stream
    is as it was then.
    """
    out = []
    rows = conn.execute(_CARDS, {"ids": json.dumps(ids), "at": at}).fetchall()
    links = blocking_links(conn, facts, [row[1] for row in rows], at)
    ends = link_ends(conn, facts, {key for link in links for key in link[:2]}, at)
    before, after = _open_ends(links, ends)
    teams, often = entities.titles(conn, TEAM), carried(conn, at)
    initials = dict(conn.execute("SELECT login_fold, initials FROM member").fetchall())
    for row in rows:
        known, ended = flow[row[0]], stream.stage(row[3]).category.ended
        fields = dict(zip(_FIELDS, (row[2], *row[5:9], row[12]), strict=True)) | facts.fields(
            row[0], at
        )
        owner, team, due = fields["owner"], fields["team"], fields["due"]
        blockers, waiting = before[row[1].casefold()], after[row[1].casefold()]
        others = {end.team for end in blockers if end.team is not None and end.team != team}
        start = known.start
        untimed = start is not None and known.finish is not None and known.cycle is None
        out.append(
            Card(
                id=row[0],
                key=row[1],
                title=fields["title"],
                stage=row[3],
                version=row[4],
                type=fields["type"],
                service=ClassOfService(fields["service"]),
                owner=owner,
                team=teams.get(team),
                entered=row[9],
                age=known.age,
                cycle=known.cycle,
                blocked=BlockerKind(row[10]) if row[10] is not None else None,
                blocked_reason=row[11] or "",
                waits_for=len(blockers),
                waited_by=len(waiting),
                waits_on=tuple(sorted((teams[t] for t in others if t in teams), key=str.casefold)),
                initials=(initials.get(owner.casefold()) if owner else None) or "",
                clock_off=untimed,
                idle=None if ended else days.between(row[9], max(row[9], at)),
                due=due,
                due_in=None if ended or due is None else days.until(due, at),
                times_carried=often.get(row[0], 0),
            )
        )
    return out


def services(
    conn: sqlite3.Connection,
    facts: PastFacts,
    stream: int,
    at: int,
    fits: tuple[str, Iterable[object]],
    *,
    archived: bool = False,
) -> dict[int, str]:
    """Id → class of service at a moment of items that are or were in the stream, were (not)
    archived then, and fit a filter.
    """
    sql, params = fits
    rows = conn.execute(
        f"SELECT i.id, i.service, i.archived FROM item i WHERE {EVER}{sql}", [stream, *params]
    )
    return {
        item: facts.fields(item, at).get("service", service)
        for item, service, is_archived in rows
        if facts.was_archived(item, at, bool(is_archived)) == archived
    }


def stream_then(conn: sqlite3.Connection, item: int, at: int) -> int | None:
    """The id of the stream that an item was in at a moment."""
    row = conn.execute(
        "SELECT s.stream FROM visit v JOIN stage s ON s.id = v.stage"
        f" WHERE v.item = :item AND {THEN.format(item=':item')}",
        {"item": item, "at": at},
    ).fetchone()
    return None if row is None else int(row[0])


def then(
    conn: sqlite3.Connection,
    facts: PastFacts,
    detail: Detail,
    stream: ValueStream,
    days: Days,
    at: int,
) -> Detail:
    """The details of an item without what came after a moment."""
    row = conn.execute(
        "SELECT v.stage, v.entered, v.n FROM visit v WHERE v.item = :item"
        f" AND {THEN.format(item=':item')}",
        {"item": detail.item.id, "at": at},
    ).fetchone()
    stage = stream.by_id.get(row[0]) if row is not None else None
    if stage is None:
        return detail
    times = item_times(conn, [detail.item.id], stream, days, at)[detail.item.id].times
    age_from = None if stage.category.ended else times.age_from
    item = facts.item(detail.item, at)
    fields = facts.streams.stages(at)
    names = {number: was["name"] for number, was in fields.items() if "name" in was}
    history = item_history(conn, item.id, Names(conn, names)) if names else detail.history
    return detail._replace(
        item=replace(item, stage=stage.id, entered=row[1]),
        team=entities.titles(conn, TEAM).get(item.team) if item.team is not None else None,
        owner=member_name(conn, item.owner),
        links=_links(conn, facts, detail, item.parent, at),
        stream=stream.name,
        stage=stage.name,
        started=times.start,
        finished=times.finish,
        age=None if age_from is None else days.between(age_from, max(age_from, at)),
        cycle=times.cycle,
        idle=None if stage.category.ended else days.between(row[1], max(row[1], at)),
        due_in=None if stage.category.ended or item.due is None else days.until(item.due, at),
        lead=times.lead,
        clock=BACKWARDS if runs_backwards(conn, detail.item.id, row[2]) else "",
        blocks=tuple(
            block if block.ended is None or block.ended <= at else block._replace(ended=None)
            for block in detail.blocks
            if block.started <= at
        ),
        history=tuple(line for line in history if line.moment <= at),
        comments=tuple(comment for comment in detail.comments if comment.at <= at),
    )


def _links(
    conn: sqlite3.Connection, facts: PastFacts, detail: Detail, parent: str | None, at: int
) -> tuple[LinkLine, ...]:
    """The links of an item at a moment, with the other items as they stood then."""
    key = detail.item.key
    rows = conn.execute(
        "SELECT DISTINCT kind, source, target FROM link WHERE source = ?1 OR target = ?1", (key,)
    ).fetchall()
    folded = key.casefold()
    links = sorted(
        (kind, source, target)
        for kind, source, target in facts.links_as_of(rows, at)
        if folded in (source.casefold(), target.casefold())
    )
    if parent:
        links.append((LinkKind.PARENT, parent, key))
    links += [
        (LinkKind.PARENT, key, line.key)
        for line in detail.links
        if line.kind is LinkKind.PARENT and line.label == LABEL[LinkKind.PARENT][0]
    ]
    agreed = {
        (source.casefold(), target.casefold()): (state, need_by)
        for source, target, state, need_by in blocking_links(conn, facts, [key], at, delivered=True)
    }
    ends = link_ends(conn, facts, {name for link in links for name in link[1:]}, at)
    out = []
    for kind, source, target in links:
        outward = source.casefold() == folded
        other = target if outward else source
        label = LABEL[LinkKind(kind)][0 if outward else 1]
        end = ends.get(other.casefold())
        held = source.casefold(), target.casefold()
        is_blocking = kind == LinkKind.BLOCKS
        state, need_by = agreed.get(held, NO_AGREEMENT) if is_blocking else NO_AGREEMENT
        out.append(
            LinkLine(
                label,
                LinkKind(kind),
                end.key if end else other,
                end.title if end else None,
                end.stage if end else None,
                end is not None and end.is_ended,
                agreement_text(state, need_by),
                end is not None and end.is_open and state != "delivered",
            )
        )
    return tuple(out)
