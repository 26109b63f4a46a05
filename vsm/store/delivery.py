"""Reads services, deployments, incidents and changes, as they are or were on record then."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from vsm.model.delivery import Change, Deployment, Incident, Service, with_deployments
from vsm.model.delivery_entities import CHANGE, DEPLOYMENT, INCIDENT, SERVICE
from vsm.model.rules import EARLIEST, LATEST
from vsm.store import entities

if TYPE_CHECKING:
    from vsm.model.entity import Entity
    from vsm.store.sqlite import sqlite3

T = TypeVar("T")


def services(conn: sqlite3.Connection, at: int | None = None) -> list[Service]:
    """All services by name, as they are or as they were on record at a moment."""
    known = _then(conn, SERVICE, at)
    return sorted(known, key=lambda one: (entities.fold_name(one.name), one.id))


def deployments(
    conn: sqlite3.Connection,
    service: int,
    start: int | None = None,
    end: int | None = None,
    at: int | None = None,
) -> list[Deployment]:
    """Those of a service that finished from ``start`` until before ``end``, by when they did."""
    return _with_items(conn, _deployments(conn, service, start, end, at))


def incidents(
    conn: sqlite3.Connection,
    service: int,
    start: int | None = None,
    end: int | None = None,
    at: int | None = None,
) -> list[Incident]:
    """Those of a service that were opened from ``start`` until before ``end``, by when."""
    between = _between(start, end)
    if at is None:
        known = _where(conn, INCIDENT, "service = ? AND opened_at >= ? AND opened_at < ?", service,
                       *between)  # fmt: skip
    else:
        known = [
            one
            for one in _then(conn, INCIDENT, at)
            if one.service == service and between[0] <= one.opened_at < between[1]
        ]
    there = _there(conn, {one.item for one in known if one.item is not None})
    known = [one if one.item in there else replace(one, item=None) for one in known]
    return sorted(known, key=lambda one: (one.opened_at, one.id))


def changes(
    conn: sqlite3.Connection,
    service: int,
    start: int | None = None,
    end: int | None = None,
    at: int | None = None,
) -> list[Change]:
    """Those of a service whose deployment finished from ``start`` until before ``end``.

    Without either, all: also those that no deployment held yet. By number.
    """
    chosen = next((one for one in services(conn, at) if one.id == service), None)
    if chosen is None:
        return []
    if at is None:
        known = _where(conn, CHANGE, "service = ?", service)
    else:
        known = [one for one in _then(conn, CHANGE, at) if one.service == service]
    deployed = _deployments(conn, service, None, None, at)
    known = with_deployments(chosen, known, deployed)
    if start is not None or end is not None:
        first, last = _between(start, end)
        inside = {one.id for one in deployed if first <= one.finished_at < last}
        known = [one for one in known if one.deployment in inside]
    return _with_items(conn, sorted(known, key=lambda one: one.id))


def _deployments(
    conn: sqlite3.Connection, service: int, start: int | None, end: int | None, at: int | None
) -> list[Deployment]:
    between = _between(start, end)
    if at is None:
        where = "service = ? AND finished_at >= ? AND finished_at < ?"
        known = _where(conn, DEPLOYMENT, where, service, *between)
    else:
        known = [
            one
            for one in _then(conn, DEPLOYMENT, at)
            if one.service == service and between[0] <= one.finished_at < between[1]
        ]
    return sorted(known, key=lambda one: (one.finished_at, one.id))


def _between(start: int | None, end: int | None) -> tuple[int, int]:
    return EARLIEST if start is None else start, LATEST + 1 if end is None else end


def _where(conn: sqlite3.Connection, entity: Entity[T], where: str, *values: object) -> list[T]:
    return entities.read_matching(conn, entity, where, values)


def commits_elsewhere(
    conn: sqlite3.Connection, service: int, commits: Sequence[str]
) -> list[tuple[str, str]]:
    """Those of the commits that deployments of other services have too, with their services."""
    if not commits:
        return []
    rows = conn.execute(
        "SELECT DISTINCT c.value, s.name FROM deployment d JOIN service s ON s.id = d.service,"
        " json_each(d.commits) c WHERE d.service <> ?1 AND c.value IN"
        " (SELECT value FROM json_each(?2)) ORDER BY s.name_fold, c.value",
        (service, json.dumps(commits)),
    )
    return [(str(commit), str(name)) for commit, name in rows]


# -- what was on record then ------------------------------------------------------------------


def _then(conn: sqlite3.Connection, entity: Entity[T], at: int | None) -> list[T]:
    """All of an entity as they were on record at a moment: later changes are taken back."""
    known = {one.id: one for one in entities.read_all(conn, entity)}  # type: ignore[attr-defined]
    if at is None:
        return list(known.values())
    rows = conn.execute(
        "SELECT number, before FROM delivery_change WHERE entity = ? AND at > ? ORDER BY seq DESC",
        (entity.name, at),
    )
    for number, before in rows:
        current = known.pop(number, None)
        if before is not None:
            values = {} if current is None else entity.values(current)
            known[number] = _made(entity, number, {**values, **json.loads(before)})
    return list(known.values())


def _made(entity: Entity[T], number: int, values: dict[str, Any]) -> T:
    listed = (values[field.name] for field in entity.fields)
    return entity.type(
        number, *(tuple(value) if isinstance(value, list) else value for value in listed)
    )


# -- items ------------------------------------------------------------------------------------


_HasItems = TypeVar("_HasItems", Deployment, Change)


def _with_items(conn: sqlite3.Connection, known: Sequence[_HasItems]) -> list[_HasItems]:
    """The same without items that are not there any more: adding them was undone."""
    there = _there(conn, {item for one in known for item in one.items})
    return [
        one
        if there.issuperset(one.items)
        else replace(one, items=tuple(item for item in one.items if item in there))
        for one in known
    ]


def _there(conn: sqlite3.Connection, items: Collection[int]) -> set[int]:
    rows: Iterable[tuple[int]] = conn.execute(
        "SELECT id FROM item WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(items)),),
    )
    return {item for (item,) in rows}
