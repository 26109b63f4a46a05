"""``vsm initiative import``: initiatives from a CSV file or of a tracker, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report, report_nothing_new
from vsm.cli.text_files import read_text
from vsm.model.command import AddEntity, ChangeEntity, Command
from vsm.model.errors import BadInput, Refusal, RefusalCode, Refused, VsmError
from vsm.model.field_types import NAME_MAX
from vsm.model.plural import count
from vsm.model.portfolio_entities import CONTRIBUTION, INITIATIVE, OBJECTIVE, SPENDING
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert_line

if TYPE_CHECKING:
    from vsm.connect.files.initiatives_csv import InitiativeInput
    from vsm.model.decide.batch import Decided
    from vsm.model.view import View

_AMOUNTS = ("delay", "remaining", "budget", "benefit", "spent")
_FIELDS = {
    **{name: name for name in ("filter", "sponsor", "hypothesis", "currency", "need_by")},
    "remaining": "remaining",
    "budget": "budget",
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
    week), remaining, budget, spent, benefit (a week), need_by and benefit_until. With planned_end,
    projected_end and variance_days the days of a row are checked: where they contradict each other
    they are left out and listed. Ties to objectives and money are a second step.

    Epics of Jira (CSV or JSON), milestones of GitHub and GitLab and epics of GitLab (JSON) are
    known by their fields. Their filters find the items that vsm import or vsm sync brought; what
    is closed is left out. Nothing is removed. - reads standard input.
    """
    where, text = read_text(file, "name a CSV or JSON file")
    rows, about = _read(text, where, columns, types, date_format)
    doubtful = [row for row in rows if row.doubt]
    about += _without_items(work, rows)
    planned = _Planned(rows, currency)
    lost = _without_objective(work, rows)
    decided, answer = work.session().do_batch(planned.make, dry_run=dry_run or bool(lost))
    at = _Places(where, _columns(columns), bool(currency))
    _refuse([*_unknown_objectives(lost, at), *_refused(planned, decided, at)], where)
    if dry_run or planned.changed:
        about += planned.in_words()
    if dry_run:
        if isinstance(answer, Refusal) and answer.code is not RefusalCode.UNCHANGED:
            work.accept(answer)
        _show(rows, doubtful, decided.changes, about, as_json)
        return
    for line in (*about, *_doubts(doubtful)):
        note(line)
    if isinstance(answer, Refusal) and answer.code is RefusalCode.UNCHANGED:
        report_nothing_new(as_json)
    else:
        report(work, work.accept(answer), as_json)


@dataclass(frozen=True, slots=True)
class _Places:
    """How errors name the place of a value: heads of columns by field."""

    where: str
    heads: Mapping[str, str]
    has_currency: bool

    def of(self, row: InitiativeInput, field: str = "") -> str:
        """The file and line, and the column of a field that the row has."""
        text = f"{self.where}, line {row.line}"
        if field in row.values:
            return f"{text}, {row.key or self.heads.get(field, field)}"
        return f"{text}, --currency" if field == "currency" and self.has_currency else text


def _without_objective(work: CliContext, rows: Sequence[InitiativeInput]) -> list[InitiativeInput]:
    """The rows that name an objective which is not there."""
    known = {one.name.casefold() for one in work.reader.entities(OBJECTIVE)}
    named = [(row, row.values.get("objective")) for row in rows]
    return [row for row, name in named if name is not None and str(name).casefold() not in known]


def _unknown_objectives(rows: Sequence[InitiativeInput], at: _Places) -> Iterator[BadInput]:
    for row in rows:
        yield BadInput(
            f"{at.of(row, 'objective')}: there is no objective {row.values['objective']!r:.60}",
            "add it first: vsm objective add NAME",
        )


def _refused(planned: _Planned, decided: Decided, at: _Places) -> Iterator[Refused]:
    """What rules refused, each with its place in the file."""
    columns = {field: column for column, field in _FIELDS.items()}
    for command, refusal, field in decided.refused:
        row, of = planned.origin[id(command)]
        place = at.of(row, columns.get(field, field) or of)
        yield Refused(replace(refusal, message=f"{place}: {refusal.message}"))


def _refuse(problems: Sequence[VsmError], where: str) -> None:
    """Name all problems, and raise what they come to."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        _note_problems(problems)
        code = RefusalCode.INVALID if any(p.code == BadInput.code for p in problems) else None
        text = f"{where}: {len(problems):,} values are refused, so nothing is imported"
        remedy = "mend them, and try it with --dry-run"
        raise Refused(Refusal(code or RefusalCode.STATE, text, remedy))


def _note_problems(problems: Sequence[VsmError]) -> None:
    for problem in problems[:_LISTED]:
        note(f"vsm: {problem.message}{f'; {problem.remedy}' if problem.remedy else ''}")
    if len(problems) > _LISTED:
        note(f"vsm: and {len(problems) - _LISTED:,} more")


def _read(
    text: str,
    where: str,
    columns: tuple[str, ...],
    types: tuple[str, ...],
    date_format: str | None,
) -> tuple[list[InitiativeInput], list[str]]:
    """The rows of a file, and what is to be said about it."""
    from vsm.connect.files.initiatives_csv import BadRows, read_initiatives
    from vsm.connect.files.tracker_initiatives import is_tracker, read_tracker

    if columns or not is_tracker(text):
        try:
            rows = read_initiatives(text, where, _columns(columns))
        except BadRows as error:
            _note_problems(error.problems)
            raise
        return rows, list(_cut_names(rows))
    whole = read_tracker(text, where, types, date_format)
    about = [f"{where} has {whole.what or 'no records'}"]
    if whole.closed:
        by_name = f", {whole.closed_by_name} of them by the name of the status"
        about.append(
            f"{count(whole.closed, 'closed one')} left out{by_name if whole.closed_by_name else ''}"
        )
    if whole.unsure:
        about.append(_unsure_text(whole.unsure))
    if whole.others:
        about.append(f"{count(whole.others, 'issue')} of other types left out (--type NAME)")
    for row in whole.rows:
        if "filter" not in row.values:
            about.append(f"line {row.line}: no filter can be written for {row.values['name']!r}")
    return list(whole.rows), [*about, *_cut_names(whole.rows)]


def _unsure_text(lines: Sequence[int]) -> str:
    some = ", ".join(map(str, lines[:_LISTED])) + (" and so on" if len(lines) > _LISTED else "")
    return (
        f"the state of {count(len(lines), 'row')} is not known, so they are taken as open"
        f" ({'line' if len(lines) == 1 else 'lines'} {some}): export the column Status Category too"
    )


def _cut_names(rows: Sequence[InitiativeInput]) -> Iterator[str]:
    cut = sum(row.is_cut for row in rows)
    if cut:
        yield f"{count(cut, 'name')} cut to {NAME_MAX} characters"


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


class _Planned:
    """The commands that rows come to, each with the row and column that it is of."""

    def __init__(self, rows: Sequence[InitiativeInput], currency: str | None) -> None:
        self._rows = rows
        self._currency = currency
        self.origin: dict[int, tuple[InitiativeInput, str]] = {}
        """Row and column by the identity of a command."""
        self._made: list[Command] = []

    def make(self, view: View) -> Iterator[Command]:
        """Initiatives first, then what needs their ids: ties to objectives, and money."""
        for row, command in self._initiatives(view):
            yield self._from(row, "", command)
        for row, of, command in self._ties_and_money(view):
            yield self._from(row, of, command)

    @property
    def changed(self) -> list[ChangeEntity]:
        """What changes initiatives that are there already."""
        return [made for made in self._made if isinstance(made, ChangeEntity)]

    def in_words(self) -> list[str]:
        """How many initiatives are new, and which change in what way."""
        added = sum(
            isinstance(made, AddEntity) and made.entity is INITIATIVE for made in self._made
        )
        changed = self.changed
        lines = [f"{count(added, 'initiative')} added, {len(changed):,} changed"]
        for made in changed[:_LISTED]:
            fields = ", ".join(f"{name} {value}" for name, value in made.changes.items())
            lines.append(f"  {self.origin[id(made)][0].values['name']}: {fields}")
        if len(changed) > _LISTED:
            lines.append(f"  and {len(changed) - _LISTED:,} more")
        return lines if self._made else []

    def _from(self, row: InitiativeInput, of: str, command: Command) -> Command:
        self._made.append(command)  # one that is gone would leave its identity to another
        self.origin[id(command)] = row, of
        return command

    def _initiatives(self, view: View) -> Iterator[tuple[InitiativeInput, Command]]:
        known = list(view.all(INITIATIVE))
        by_name = {one.name.casefold(): one for one in known}
        by_filter = {one.filter: one for one in known if one.filter}
        names = set(by_name)
        for row in self._rows:
            values = self._values(row)
            name = str(row.values["name"])
            if row.key:  # people may have given it another name here
                one = by_filter.get(str(values.get("filter")))
                name = _free_name(name, row.key, names)
            else:
                one = by_name.get(name.casefold())
            if one is None:
                names.add(name.casefold())
                yield row, AddEntity(INITIATIVE, {"name": name, **values})
                continue
            changes = {
                field: value for field, value in values.items() if getattr(one, field) != value
            }
            if changes:
                yield row, ChangeEntity(INITIATIVE, one.id, changes)

    def _values(self, row: InitiativeInput) -> dict[str, Any]:
        values: dict[str, Any] = {
            field: row.values[name] for name, field in _FIELDS.items() if name in row.values
        }
        amounts = any(name in row.values for name in _AMOUNTS)
        if self._currency and amounts:
            values.setdefault("currency", self._currency)
        return values

    def _ties_and_money(self, view: View) -> Iterator[tuple[InitiativeInput, str, Command]]:
        known = {one.name.casefold(): one.id for one in view.all(INITIATIVE)}
        objectives = {one.name.casefold(): one.id for one in view.all(OBJECTIVE)}
        ties = {(tie.initiative, tie.objective) for tie in view.all(CONTRIBUTION)}
        spent = {(one.initiative, one.amount, one.source) for one in view.all(SPENDING)}
        today = from_micros(view.now).date().isoformat()
        for row in self._rows:
            objective = objectives.get(str(row.values.get("objective", "")).casefold())
            number = known.get(str(row.values["name"]).casefold())
            if number is None:
                continue
            if objective is not None and (number, objective) not in ties:
                tie = {"initiative": number, "objective": objective}
                yield row, "objective", AddEntity(CONTRIBUTION, tie)
            amount = row.values.get("spent")
            if amount is not None and (number, amount, SOURCE) not in spent:
                money = {"initiative": number, "day": today, "amount": amount, "source": SOURCE}
                yield row, "spent", AddEntity(SPENDING, money)


def _free_name(name: str, key: str, taken: Collection[str]) -> str:
    """The name, with the key behind it where another initiative has it already."""
    if name.casefold() not in taken:
        return name
    room = NAME_MAX - len(key) - 3
    return f"{name[:room].rstrip()} ({key})"
