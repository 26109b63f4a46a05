"""Events of teams, members and saved views → rows."""

from __future__ import annotations

from collections.abc import Iterable

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.store.projection.base import Projector, fold
from vsm.store.projection.streams import packed


@fold.register
def _(event: e.TeamAdded, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO team(id, name, name_fold, workdays, holidays) VALUES(?, ?, ?, ?, ?)",
        (
            event.team,
            event.name,
            event.name.casefold(),
            None if event.workdays is None else packed(event.workdays),
            packed(event.holidays),
        ),
    )
    p.count("team", event.team)


@fold.register
def _(event: e.TeamRemoved, p: Projector, r: Recorded) -> None:
    p.conn.execute("DELETE FROM team WHERE id = ?", (event.team,))


@fold.register
def _(event: e.TeamChanged, p: Projector, r: Recorded) -> None:
    for field, (_, value) in event.changes.items():
        if field == "name":
            p.conn.execute(
                "UPDATE team SET name = ?, name_fold = ? WHERE id = ?",
                (value, str(value).casefold(), event.team),
            )
        else:
            column = {"workdays": "workdays", "holidays": "holidays"}[field]
            p.conn.execute(
                f"UPDATE team SET {column} = ? WHERE id = ?",
                (None if value is None else packed(value), event.team),
            )


# -- members -----------------------------------------------------------------------


@fold.register
def _(event: e.MemberAdded, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO member(id, login, login_fold, name, name_fold, initials)"
        " VALUES(?, ?, ?, ?, ?, ?)",
        (
            event.member,
            event.login,
            event.login.casefold(),
            event.name,
            event.name.casefold(),
            event.initials,
        ),
    )
    _join(p, event.member, event.teams)
    p.count("member", event.member)


@fold.register
def _(event: e.MemberRemoved, p: Projector, r: Recorded) -> None:
    _join(p, event.member, ())
    p.conn.execute("DELETE FROM member WHERE id = ?", (event.member,))


@fold.register
def _(event: e.MemberChanged, p: Projector, r: Recorded) -> None:
    for field, (_, value) in event.changes.items():
        if field == "teams":
            _join(p, event.member, value)
        elif field == "name":
            p.conn.execute(
                "UPDATE member SET name = ?, name_fold = ? WHERE id = ?",
                (value, str(value).casefold(), event.member),
            )
        else:
            column = {"initials": "initials"}[field]
            p.conn.execute(f"UPDATE member SET {column} = ? WHERE id = ?", (value, event.member))


def _join(p: Projector, member: int, teams: Iterable[int]) -> None:
    p.conn.execute("DELETE FROM membership WHERE member = ?", (member,))
    p.conn.executemany(
        "INSERT INTO membership(member, team) VALUES(?, ?)", [(member, team) for team in teams]
    )


# -- saved views -------------------------------------------------------------------


@fold.register
def _(event: e.ViewSaved, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO saved_view(id, name, name_fold, filter, only) VALUES(?, ?, ?, ?, ?)",
        (event.view, event.name, event.name.casefold(), event.filter, event.only),
    )
    p.count("view", event.view)


@fold.register
def _(event: e.ViewChanged, p: Projector, r: Recorded) -> None:
    for field, (_, value) in event.changes.items():
        column = {"filter": "filter", "only": "only"}[field]
        p.conn.execute(f"UPDATE saved_view SET {column} = ? WHERE id = ?", (value, event.view))


@fold.register
def _(event: e.ViewRemoved, p: Projector, r: Recorded) -> None:
    p.conn.execute("DELETE FROM saved_view WHERE id = ?", (event.view,))
