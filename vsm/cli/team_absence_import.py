"""``vsm team absence import``: absences and public holidays from calendars and tables."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from vsm.cli.base import Verb, complete_file
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import complete_entity, complete_stream, json_option
from vsm.cli.output import emit, say
from vsm.cli.report_change import report, report_nothing_new
from vsm.cli.team_people import today_of
from vsm.connect.files.absence_files import (
    FileAbsence,
    People,
    absences_of_calendar,
    absences_of_table,
    calendar_events,
)
from vsm.connect.files.ics import BYTES_MAX
from vsm.database_files import refuse_database
from vsm.model.calendar import MOST_HOLIDAYS
from vsm.model.command import AddEntity, ChangeEntity, Command, SetStream
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.people_entities import ABSENCE
from vsm.model.plural import count

_SHOWN = 20


@click.command(
    cls=Verb,
    examples="""
vsm team absence import absences.csv --dry-run
vsm team absence import anna.ics --member anna
vsm team absence import holidays.ics --team core
vsm team absence import holidays.ics --stream 'Card issuing'
""",
)
@click.argument("file", metavar="FILE", type=click.Path(), shell_complete=complete_file)
@click.option(
    "--member",
    metavar="LOGIN",
    shell_complete=complete_entity("member"),
    help="All events of the calendar are absences of this member.",
)
@click.option(
    "--team",
    metavar="NAME",
    shell_complete=complete_entity("team"),
    help="All events of the calendar are holidays of this team.",
)
@click.option(
    "--stream",
    metavar="NAME",
    shell_complete=complete_stream,
    help="All events of the calendar are holidays of this stream.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be imported and change nothing.")
@json_option
@pass_context
def import_absences(
    work: CliContext,
    file: str,
    member: str | None,
    team: str | None,
    stream: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import absences or public holidays from a calendar (.ics) or a table (.csv).

    A table names its columns in the first line: login or team, from, and any of to, kind, fraction.
    Events of a calendar name somebody at the beginning of their summary (anna: leave), or by mail
    address; recurring ones count from a year ago up to two years ahead. The import is one step: a
    wrong line or an unknown login refuses all of it, and what is recorded already is left as it is.
    - reads a table from standard input.
    """
    if sum(option is not None for option in (member, team, stream)) > 1:
        raise click.UsageError("give one of --member, --team and --stream")
    data, where = _read(file)
    is_calendar = data[:200].lstrip(b"\xef\xbb\xbf \r\n\t").upper().startswith(b"BEGIN:VCALENDAR")
    if is_calendar or file.casefold().endswith((".ics", ".ical")):
        if team is not None or stream is not None:
            _import_holidays(work, data, where, team, stream, dry_run, as_json)
            return
        absences = _of_calendar(work, data, where, member)
    elif member is not None or team is not None or stream is not None:
        raise BadInput(f"{where} is no calendar", "a table names the login or team in each row")
    else:
        absences = absences_of_table(data, where, _people(work))
    _refuse_unknown(absences, where)
    if dry_run:
        _show_dry_run(work, absences, as_json)
        return
    done = work.session().do(*map(_command, absences))
    if isinstance(done, Refusal) and done.code is RefusalCode.UNCHANGED:
        report_nothing_new(as_json)
    else:
        report(work, work.accept(done), as_json)


def _read(file: str) -> tuple[bytes, str]:
    """The bytes of the file, and what errors call it."""
    where = "standard input" if file == "-" else file
    if file != "-":
        refuse_database(Path(file), "name a calendar or a CSV file")
    try:
        if file == "-":
            return sys.stdin.buffer.read(BYTES_MAX + 1), where
        with Path(file).open("rb") as opened:
            return opened.read(BYTES_MAX + 1), where
    except OSError as error:
        raise BadInput(f"{where} cannot be read: {error.strerror or error}") from None


def _people(work: CliContext) -> People:
    return People(work.reader.members(), work.reader.teams())


def _of_calendar(
    work: CliContext, data: bytes, where: str, member: str | None
) -> list[FileAbsence]:
    today = today_of(work)
    if member is None:
        return absences_of_calendar(data, where, _people(work), today)
    owner = work.find(MEMBER, member)
    return [
        FileAbsence(
            event.line,
            owner.login,
            owner.id,
            None,
            event.first,
            event.last,
            fraction=event.fraction,
        )
        for event in calendar_events(data, where, today)
    ]


def _refuse_unknown(absences: Sequence[FileAbsence], where: str) -> None:
    """Refuse the file where anybody is unknown, with every line."""
    unknown = [absence for absence in absences if not absence.is_known]
    if not unknown:
        return
    lines = list(dict.fromkeys(f"line {one.line}: {one.who[:60]!r}" for one in unknown))
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    raise BadInput(
        f"{where} names members or teams that are unknown: {', '.join(lines[:_SHOWN])}{more}",
        "nothing was imported; add them (vsm member add), or correct the file",
    )


def _command(absence: FileAbsence) -> Command:
    return AddEntity(
        ABSENCE,
        {
            "member": absence.member,
            "team": absence.team,
            "start": absence.first.isoformat(),
            "end": absence.last.isoformat(),
            "absence_kind": absence.kind,
            "fraction": absence.fraction,
        },
    )


def _show_dry_run(work: CliContext, absences: Sequence[FileAbsence], as_json: bool) -> None:
    logins = {member.id: member.login for member in work.reader.members()}
    teams = {team.id: team.name for team in work.reader.teams()}
    rows = [
        {
            "line": one.line,
            "member": None if one.member is None else logins.get(one.member),
            "team": None if one.team is None else teams.get(one.team),
            "from": one.first.isoformat(),
            "to": one.last.isoformat(),
            "fraction": one.fraction,
        }
        for one in absences
    ]
    if as_json:
        emit({"dry_run": True, "absences": rows})
        return
    for row in rows:
        say(f"line {row['line']}: {row['member'] or row['team']} {row['from']} to {row['to']}")
    say(f"{count(len(rows), 'absence')} would be imported; nothing was changed")


def _import_holidays(
    work: CliContext,
    data: bytes,
    where: str,
    team: str | None,
    stream: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add the days of a calendar to the holidays of a team or a stream."""
    owner = None if team is None else work.team(team)
    line = None if stream is None else work.stream(stream)
    holder = owner or line
    assert holder is not None
    days = {
        (event.first + timedelta(days=n)).isoformat()
        for event in calendar_events(data, where, today_of(work))
        for n in range((event.last - event.first).days + 1)
        if event.fraction == 1
    }
    new = sorted(days - set(holder.holidays))
    whole = tuple(sorted(days | set(holder.holidays)))
    if len(whole) > MOST_HOLIDAYS:
        raise BadInput(
            f"{where}: {len(whole):,} holidays in all are more than {MOST_HOLIDAYS:,}",
            "take a calendar of fewer years",
        )
    if dry_run or not new:
        if as_json:
            emit({"dry_run": dry_run, "holidays": new})
        else:
            tail = "would be added; nothing was changed" if new else "are new"
            say(f"{count(len(new), 'holiday')} {tail}{': ' * bool(new)}{', '.join(new)}")
        return
    command: Command = (
        ChangeEntity(TEAM, owner.id, {"holidays": whole})
        if owner is not None
        else SetStream(holder.id, {"holidays": whole})
    )
    done = work.do([command])
    if as_json:
        report(work, done, as_json, holidays=new)
    else:
        say(f"added {count(len(new), 'holiday')} to {holder.name}: {', '.join(new)}")
