"""Somebody's own role, for a board that asks several times a second, and who gave it to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vsm.model.entities import GRANT
from vsm.model.role import Grant, Role, role_by
from vsm.store.entities import fold_name
from vsm.store.people import People

if TYPE_CHECKING:
    from vsm.store.sqlite import sqlite3


def role_of(conn: sqlite3.Connection, login: str, stream: int | None, today: str) -> Role:
    """Somebody's role in a stream on a day (ISO), in one query.

    It loads nothing of the decisions, which find the same through their view.
    """
    row = conn.execute(
        "SELECT g.id, g.login, g.role, g.only, g.until FROM (SELECT 1)"
        " LEFT JOIN role_grant g ON g.login_fold = ? WHERE EXISTS(SELECT 1 FROM role_grant)",
        (fold_name(login),),
    ).fetchone()
    if row is None:
        return Role.ADMIN
    return role_by(Grant(*row) if row[0] is not None else None, stream, today)


def role_changed_by(conn: sqlite3.Connection, login: str) -> str:
    """The name of who last granted, changed or revoked somebody's role; empty: nobody did."""
    added, *_ = GRANT.kinds
    rows = conn.execute(
        "SELECT actor, kind, payload FROM journal WHERE payload IS NOT NULL"
        " AND kind IN (SELECT value FROM json_each(?)) ORDER BY seq",
        (json.dumps(GRANT.kinds),),
    )
    own: set[int] = set()
    last = ""
    for actor, kind, payload in rows:
        values = json.loads(payload)
        if kind == added and fold_name(values["login"]) == fold_name(login):
            own.add(values[GRANT.name])
        if values[GRANT.name] in own:
            last = actor
    return People(conn).read(last).name if last else ""
