"""``vsm initiative import``: initiatives from a CSV file or of a tracker, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report, report_nothing_new
from vsm.cli.text_files import read_text
from vsm.model.command import AddEntity, ChangeEntity, Command
from vsm.model.errors import BadInput
from vsm.model.field_types import NAME_MAX
from vsm.model.plural import count
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE, SPENDING
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line

if TYPE_CHECKING:
    from vsm.connect.files.initiatives_csv import InitiativeInput

_FIELDS = {
    **{name: name for name in ("filter", "sponsor", "hypothesis", "currency", "need_by")},
    "remaining": "remaining",
    "benefit_until": "benefit_until",
    "delay": "delay_likely",
    "benefit": "benefit_likely",
}
"""Fields of an initiative by what a column is."""
SOURCE = "import"
"""The source of amounts that came from a file."""
_LISTED = 10
"""Rows in doubt that are listed; JSON has all."""


def _columns(texts: tuple[str, ...]) -> dict[str, str]:
    from vsm.connect.files.initiatives_csv import FIELDS

    columns = {}
    for text in texts:
        field, sign, head = text.partition("=")
        if not sign or field.strip() not in FIELDS:
            raise click.BadParameter(
                f"{text!r:.60}: give FIELD=HEAD, with a field of {', '.join(FIELDS)}",
                param_hint="--column",
            )
        columns[field.strip()] = head.strip()
    return columns


@click.command(
    cls=Verb,
    examples="""
vsm initiative import initiatives.csv --dry-run
vsm initiative import register.csv --column name='Project' --column need_by='Due'
vsm initiative import costs.csv --currency EUR
vsm initiative import jira-export.csv --type Epic --type Initiative
gh api --paginate repos/OWNER/REPO/milestones | vsm initiative import -
""",
)
@click.argument("file", metavar="FILE", type=click.Path())
@click.option(
    "--column", "columns", metavar="FIELD=HEAD", multiple=True, help="Which column is what."
)
@click.option("--currency", metavar="UNIT", help="Unit of all amounts, where no column says it.")
@click.option(
    "--type",
    "types",
    metavar="NAME",
    multiple=True,
    help="Type of issues of Jira that become one; may be repeated [default: Epic].",
)
@click.option(
    "--date-format", metavar="ORDER", help="Order of due dates of Jira's CSV: dmy, mdy or ymd."
)
@click.option("--dry-run", is_flag=True, help="Show what it would do, and change nothing.")
@json_option
@pass_context
def import_initiatives(
    work: CliContext,
    file: str,
    columns: tuple[str, ...],
    currency: str | None,
    types: tuple[str, ...],
    date_format: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add and change initiatives from a file.

    A CSV file has the columns name, filter, objective, sponsor, hypothesis, currency, delay (a
    week), remaining, spent, benefit (a week), need_by and benefit_until. With planned_end,
    projected_end and variance_days the days of a row are checked: where they contradict each other
    they are left out and listed. Ties to objectives and money are a second step.

    Epics of Jira (CSV or JSON), milestones of GitHub and GitLab and epics of GitLab (JSON) are
    known by their fields. Their filters find the items that vsm import or vsm sync brought; what
    is closed is left out. Nothing is removed. - reads standard input.
    """
    where, text = read_text(file, "name a CSV or JSON file")
    rows, about = _read(text, where, columns, types, date_format)
    doubtful = [row for row in rows if row.doubt]
    objectives = _check_objectives(work, rows)
    commands = list(_initiatives(work, rows, currency))
    about += _without_items(work, rows)
    if dry_run:
        _show(rows, doubtful, len(commands), about, as_json)
        return
    for line in (*about, *_doubts(doubtful)):
        note(line)
    done = work.do(commands) if commands else None
    others = list(_ties_and_money(work, rows, objectives))
    if others:
        work.do(others)
    if done is not None:
        report(work, done, as_json)
    elif not others:
        report_nothing_new(as_json)


def _read(
    text: str,
    where: str,
    columns: tuple[str, ...],
    types: tuple[str, ...],
    date_format: str | None,
) -> tuple[list[InitiativeInput], list[str]]:
    """The rows of a file, and what is to be said about it."""
    from vsm.connect.files.initiatives_csv import read_initiatives
    from vsm.connect.files.tracker_initiatives import is_tracker, read_tracker

    if columns or not is_tracker(text):
        return read_initiatives(text, where, _columns(columns)), []
    whole = read_tracker(text, where, types, date_format)
    about = [f"{where} has {whole.what or 'no records'}"]
    if whole.closed:
        about.append(f"{count(whole.closed, 'closed one')} left out")
    if whole.others:
        about.append(f"{count(whole.others, 'issue')} of other types left out (--type NAME)")
    for row in whole.rows:
        if "filter" not in row.values:
            about.append(f"line {row.line}: no filter can be written for {row.values['name']!r}")
    return list(whole.rows), about


def _without_items(work: CliContext, rows: list[InitiativeInput]) -> list[str]:
    """What is said of rows of a tracker whose items are not there."""
    texts = [str(row.values["filter"]) for row in rows if row.key and "filter" in row.values]
    if not texts:
        return []
    from vsm.features.portfolio.whole import members_of

    reader, now = work.reader, work.now
    streams = reader.all_streams()
    empty = [text for text in texts if not members_of(reader, streams, text, now, present=True)]
    if not empty:
        return []
    some = ", ".join(empty[:3]) + (" and so on" if len(empty) > 3 else "")
    text = f"{count(len(empty), 'filter')} of {len(texts)} match no item yet: {some}"
    return [text, "import or sync the items of the tracker too (vsm import, vsm sync)"]


def _show(
    rows: list[InitiativeInput],
    doubtful: list[InitiativeInput],
    commands: int,
    about: list[str],
    as_json: bool,
) -> None:
    if as_json:
        emit(
            {
                "rows": len(rows),
                "changes": commands,
                "in_doubt": [
                    {"line": row.line, "name": row.values["name"], "why": row.doubt}
                    for row in doubtful
                ],
                "notes": about,
            }
        )
        return
    text = f"{count(len(rows), 'initiative')}, {count(commands, 'change')} would be made"
    show([text, *map(inert_line, about), *_doubts(doubtful)])


def _doubts(doubtful: list[InitiativeInput]) -> Iterator[str]:
    if doubtful:
        swapped = sum(row.doubt.endswith("swapped") for row in doubtful)
        yield (
            f"the days of {count(len(doubtful), 'row')} are left out, {swapped} of them agree with"
            " day and month swapped:"
        )
    for row in doubtful[:_LISTED]:
        yield f"  line {row.line}, {row.values['name']}: {row.doubt}"
    if len(doubtful) > _LISTED:
        yield f"  and {len(doubtful) - _LISTED:,} more (--dry-run --json lists all)"


def _check_objectives(work: CliContext, rows: list[InitiativeInput]) -> dict[str, int]:
    """Ids of objectives by folded name; refuses rows that name another one."""
    known = {one.name.casefold(): one.id for one in work.reader.entities(OBJECTIVE)}
    for row in rows:
        name = row.values.get("objective")
        if name is not None and str(name).casefold() not in known:
            raise BadInput(
                f"line {row.line}: there is no objective {name!r:.60}",
                "add it first: vsm objective add NAME",
            )
    return known


def _initiatives(
    work: CliContext, rows: list[InitiativeInput], currency: str | None
) -> Iterator[Command]:
    known = list(work.reader.entities(INITIATIVE))
    by_name = {one.name.casefold(): one for one in known}
    by_filter = {one.filter: one for one in known if one.filter}
    names = set(by_name)
    for row in rows:
        values: dict[str, Any] = {
            field: row.values[name] for name, field in _FIELDS.items() if name in row.values
        }
        amounts = any(name in row.values for name in ("delay", "remaining", "benefit", "spent"))
        if currency and amounts:
            values.setdefault("currency", currency)
        name = str(row.values["name"])
        if row.key:  # people may have given it another name here
            one = by_filter.get(str(values.get("filter")))
            name = _free_name(name, row.key, names)
        else:
            one = by_name.get(name.casefold())
        if one is None:
            names.add(name.casefold())
            yield AddEntity(INITIATIVE, {"name": name, **values})
            continue
        changes = {field: value for field, value in values.items() if getattr(one, field) != value}
        if changes:
            yield ChangeEntity(INITIATIVE, one.id, changes)


def _free_name(name: str, key: str, taken: Collection[str]) -> str:
    """The name, with the key behind it where another initiative has it already."""
    if name.casefold() not in taken:
        return name
    room = NAME_MAX - len(key) - 3
    return f"{name[:room].rstrip()} ({key})"


def _ties_and_money(
    work: CliContext, rows: list[InitiativeInput], objectives: dict[str, int]
) -> Iterator[Command]:
    """What needs the ids of initiatives that are there."""
    reader = work.reader
    known = {one.name.casefold(): one.id for one in reader.entities(INITIATIVE)}
    ties = {(tie.initiative, tie.objective) for tie in reader.entities(CONTRIBUTION)}
    spent = {(one.initiative, one.amount, one.source) for one in reader.entities(SPENDING)}
    today = from_micros(work.now).date().isoformat()
    for row in rows:
        number = known.get(str(row.values["name"]).casefold())
        if number is None:
            continue
        objective = objectives.get(str(row.values.get("objective", "")).casefold())
        if objective is not None and (number, objective) not in ties:
            yield AddEntity(CONTRIBUTION, {"initiative": number, "objective": objective})
        amount = row.values.get("spent")
        if amount is not None and (number, amount, SOURCE) not in spent:
            money = {"initiative": number, "day": today, "amount": amount, "source": SOURCE}
            yield AddEntity(SPENDING, money)
