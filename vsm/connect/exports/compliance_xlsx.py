"""Writes a compliance report as an Excel workbook: a sheet for each part.

Texts are written as texts, never as formulas or links, whatever they begin with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsm.connect.exports.atomic_output import binary_target
from vsm.features.compliance.report import checked
from vsm.features.compliance.results import ChangeRow, Compliance
from vsm.model.errors import BadInput
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

CELL_MAX = 32_767
"""Most characters of a cell."""
ROWS_MAX = 1_048_575
"""Most rows of a sheet below its head."""

_Rows = Iterable[Sequence[Any]]


class Share(float):
    """A share, which is shown in percent."""


_NUMBERS: dict[type, str] = {
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
    Share: "0.0%",
}
"""How moments, days and shares are shown."""
_SHEETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Population", ("Item", "Stream", "At (UTC)", "Entry")),
    (
        "Controls",
        (
            *("Control", "Title", "Requirements", "Severity", "Applicable", "Pass", "Fail"),
            *("Indeterminate", "Waived", "Not applicable", "Pass rate", "Before it was set"),
            "Not in the population",
        ),
    ),
    (
        "Verdicts",
        (
            *("Item", "Stream", "Control", "Version", "Verdict", "At (UTC)", "Entry", "Why"),
            *("Missing", "Waiver", "Mode", "Recorded", "Recorded by entry", "Before it was set"),
        ),
    ),
    (
        "Texts",
        (
            *("Control", "Version", "SHA-256", "Since (UTC)", "Until (UTC)", "Set by", "Entry"),
            *("Title", "Why", "Applies", "Filter", "Rule", "References", "Hashed text"),
        ),
    ),
    ("Modes", ("Stream", "Control", "Mode", "From", "Until", "Decided by", "Reason")),
    (
        "Roles",
        (
            *("Login", "Role", "Stream", "Until", "Since (UTC)", "Granted by", "Entry"),
            *("Ended (UTC)", "Ended by", "Ended by entry"),
        ),
    ),
    ("Changes", ("At (UTC)", "Entry", "By", "Change")),
    ("Checks by hand", ("At (UTC)", "Entry", "By", "Check")),
)


def write_workbook(path: Path, result: Compliance) -> None:
    """Write it to a file, which appears whole or not at all; raises :class:`BadInput`."""
    from xlsxwriter.workbook import Workbook

    if str(path) == "-":
        raise BadInput("a workbook is no text for a terminal", "name a file: --xlsx report.xlsx")
    if len(result.verdicts) > ROWS_MAX:
        raise BadInput(
            f"{len(result.verdicts):,} verdicts are more than a sheet of Excel holds",
            "report a shorter window, or one stream",
        )
    raw = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = Workbook(raw, options)
    # not the moment of writing, so that the same report makes the same file
    workbook.set_properties({"created": _moment(result.as_of)})
    rows = (_population(result), _controls(result), _verdicts(result), _texts(result))
    _sheet(workbook, "Summary", ("", ""), _summary(result))
    entries = (_entries(result.changes), _entries(result.checks))
    for (name, heads), content in zip(
        _SHEETS, (*rows, _modes(result), _roles(result), *entries), strict=True
    ):
        _sheet(workbook, name, heads, content)
    workbook.close()
    with binary_target(path) as out:
        out.write(raw.getvalue())


def _sheet(workbook: Workbook, name: str, heads: Sequence[str], rows: _Rows) -> None:
    sheet = workbook.add_worksheet(name)
    bold = workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    widths = [len(head) for head in heads]
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    formats = {kind: workbook.add_format({"num_format": text}) for kind, text in _NUMBERS.items()}
    last = 0
    for number, row in enumerate(rows, 1):
        last = number
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, formats[type(value)])
                widths[column] = max(widths[column], len(_NUMBERS[type(value)]))
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value, formats.get(type(value)))
            elif value is not None and value != "":
                text = inert(str(value))[:CELL_MAX]
                sheet.write_string(number, column, text)
                widths[column] = max(widths[column], min(60, len(text)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 2)
    if last and any(heads):
        sheet.autofilter(0, 0, last, len(heads) - 1)


def _summary(result: Compliance) -> _Rows:
    population = result.population
    yield "Framework", result.framework
    yield "From", population.start
    yield "To", population.end
    yield "Made (UTC)", _moment(result.as_of)
    yield "Population", str(population.counted)
    yield "Items", population.size
    yield "Hash of the sorted keys (SHA-256)", population.hash
    yield "Query, for each stream", population.query
    yield "Streams", ", ".join(population.streams)
    yield "Journal, last entry", population.seq
    yield "Journal, hash of that entry", population.journal_hash
    yield "Checked", checked(population)
    yield "Controls that are not set", ", ".join(result.not_set)


def _population(result: Compliance) -> _Rows:
    for member in result.population.members:
        yield member.item, member.stream, _moment(member.at), member.seq


def _controls(result: Compliance) -> _Rows:
    for one in result.controls:
        requirements = ", ".join(one.requirements)
        yield (
            *(one.control, one.title, requirements, str(one.severity), one.applicable, one.passed),
            *(one.failed, one.indeterminate, one.waived, one.not_applicable),
            *(Share(one.pass_rate) if one.pass_rate is not None else None, one.before_set),
            one.outside,
        )


def _verdicts(result: Compliance) -> _Rows:
    for one in result.verdicts:
        yield (
            *(one.item, one.stream, one.control, one.version, str(one.verdict), _moment(one.at)),
            *(one.seq, one.message, ", ".join(one.missing), one.waiver, str(one.mode)),
            *(str(one.recorded or ""), one.recorded_seq, "yes" if one.before_set else "no"),
        )


def _texts(result: Compliance) -> _Rows:
    for one in result.texts:
        until = None if one.until is None else _moment(one.until)
        yield (
            *(one.control, one.version, one.hash, _moment(one.since), until, one.set_by, one.seq),
            *(one.title, one.why, one.applies, one.filter, one.rule, ", ".join(one.refs)),
            one.text,
        )


def _modes(result: Compliance) -> _Rows:
    for one in result.modes:
        control = one.control or "all"
        yield (
            *(one.stream, control, str(one.mode), one.start, one.until, one.decided_by),
            one.reason,
        )


def _roles(result: Compliance) -> _Rows:
    for one in result.roles:
        ended = None if one.ended is None else _moment(one.ended)
        yield (
            *(one.login, one.role, one.stream or "all", one.until, _moment(one.since)),
            *(one.granted_by, one.seq, ended, one.ended_by, one.ended_seq),
        )


def _entries(rows: Iterable[ChangeRow]) -> _Rows:
    for one in rows:
        yield _moment(one.at), one.seq, one.by, one.text


def _moment(at: int) -> datetime:
    """A moment as Excel has it: without a zone, in UTC."""
    return from_micros(at).replace(tzinfo=None)
