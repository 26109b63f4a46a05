"""``vsm member import``: members from a CSV file, all of them or none."""

from __future__ import annotations

import csv
from collections.abc import Iterable

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.report_change import report, report_nothing_new
from vsm.cli.text_files import read_text
from vsm.model.command import AddEntity, ChangeEntity, Command
from vsm.model.entities import MEMBER
from vsm.model.errors import BadInput
from vsm.model.team import INITIALS_MAX, Member

_COLUMNS = ("login", "name", "initials", "teams")
_SHAPE = "the first line names the columns: login,name,initials,teams (teams with ; between)"


@click.command(
    cls=Verb,
    examples="""
vsm member import members.csv
printf 'login,name,teams\\nanna,Anna Kern,core;risk\\n' | vsm member import -
""",
)
@click.argument("file", metavar="FILE", type=click.Path())
@json_option
@pass_context
def import_members(work: CliContext, file: str, as_json: bool) -> None:
    """Add and change members from a CSV file.

    The first line names the columns: login, and any of name, initials, teams (separated by ;).
    Existing members are updated where the file differs; nobody is removed. The import is one
    step; a wrong line refuses all of it. - reads standard input.
    """
    where, text = read_text(file, "name a CSV file")
    commands = _commands(work, _rows(text, where), where)
    if not commands:
        report_nothing_new(as_json)
        return
    report(work, work.do(commands, create=True), as_json)


def _rows(text: str, where: str) -> list[tuple[int, dict[str, str]]]:
    """``(line, field → text)`` of each row; fields whose column is not there are left out."""
    lines = csv.reader(text.splitlines(), strict=True)
    out: list[tuple[int, dict[str, str]]] = []
    columns: list[str] = []
    try:
        for cells in lines:
            at = f"{where}, line {lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells, at)
            elif len(cells) != len(columns):
                raise BadInput(
                    f"{at}: {len(cells)} fields where the first line names {len(columns)}",
                    "a text with a comma in it stands in quotation marks",
                )
            else:
                row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
                out.append((lines.line_num, row))
    except csv.Error as error:
        raise BadInput(f"{where}, line {lines.line_num}: {error}", _SHAPE) from None
    if not columns:
        raise BadInput(f"{where} is empty", _SHAPE)
    return out


def _columns(cells: Iterable[str], at: str) -> list[str]:
    columns = [cell.strip().casefold() for cell in cells]
    for name in columns:
        if name not in _COLUMNS:
            raise BadInput(f"{at}: there is no column {name!r}", _SHAPE)
        if columns.count(name) > 1:
            raise BadInput(f"{at}: the column {name!r} is there twice", _SHAPE)
    if "login" not in columns:
        raise BadInput(f"{at}: there is no column 'login'", _SHAPE)
    return columns


def _commands(
    work: CliContext, rows: list[tuple[int, dict[str, str]]], where: str
) -> list[Command]:
    there = work.path.exists()
    teams = {t.name.casefold(): t.id for t in work.reader.teams()} if there else {}
    known = {m.login.casefold(): m for m in work.reader.members()} if there else {}
    missing: dict[str, str] = {}
    seen: dict[str, int] = {}
    out: list[Command] = []
    for line, row in rows:
        at = f"{where}, line {line}"
        login = " ".join(row["login"].split())
        if not login:
            raise BadInput(f"{at}: the login is empty", "give what items name as their owner")
        if login.casefold() in seen:
            raise BadInput(
                f"{at}: {login!r} stands in line {seen[login.casefold()]} too", "name each once"
            )
        seen[login.casefold()] = line
        _check_lengths(row, at)
        names = [" ".join(n.split()) for n in row.get("teams", "").split(";") if n.strip()]
        missing |= {n: at for n in names if n.casefold() not in teams and n not in missing}
        ids = tuple(sorted({teams.get(n.casefold(), 0) for n in names}))
        out += _wanted(row, login, ids, known.get(login.casefold()))
    if missing:
        name, at = next(iter(missing.items()))
        make = " ".join(f"'{n}'" for n in missing)
        raise BadInput(f"{at}: there is no team {name!r}", f"make it first: vsm team add {make}")
    return out


def _check_lengths(row: dict[str, str], at: str) -> None:
    for column, most in (("login", 100), ("name", 100), ("initials", INITIALS_MAX)):
        length = len(row.get(column, ""))
        if length > most:
            raise BadInput(f"{at}: {column} has {length} characters", f"{most} are allowed")
        if "\x00" in row.get(column, ""):
            raise BadInput(f"{at}: {column} has a NUL character", "take it out")


def _wanted(
    row: dict[str, str], login: str, teams: tuple[int, ...], member: Member | None
) -> list[Command]:
    """What brings a member to what a row says; fields without a column stay as they are."""
    if member is None:
        return [AddEntity(MEMBER, {**row, "login": login, "teams": teams})]
    changes: dict[str, object] = {}
    if row.get("name") and row["name"] != member.name:
        changes["name"] = row["name"]
    if row.get("initials") and row["initials"] != member.initials:
        changes["initials"] = row["initials"]
    if "teams" in row and teams != member.teams:
        changes["teams"] = teams
    return [ChangeEntity(MEMBER, member.id, changes)] if changes else []
