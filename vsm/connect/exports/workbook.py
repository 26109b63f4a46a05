"""Writes tables as an Excel workbook: a sheet for each, with days as days and numbers as numbers.

Texts are written as texts, never as formulas or links, whatever they begin with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsm.connect.exports.atomic_output import binary_target
from vsm.model.errors import BadInput
from vsm.model.rules import from_micros
from vsm.model.sanitise import inert

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

CELL_MAX = 32_767
"""Most characters of a cell."""
ROWS_MAX = 1_048_575
"""Most rows of a sheet below its head."""

Rows = Iterable[Sequence[Any]]


class Share(float):
    """A share, which is shown in percent."""


class Amount(float):
    """An amount of money, which is shown with its thousands apart."""


_NUMBERS: dict[type, str] = {
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
    Share: "0.0%",
    Amount: "#,##0.##",
}
"""How moments, days, shares and amounts are shown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet by its name, with its heads and its rows; empty heads have no filter."""

    name: str
    heads: Sequence[str]
    rows: Rows


def write_sheets(path: Path, created: datetime, sheets: Iterable[Sheet]) -> None:
    """Write them to a file, which appears whole or not at all; raises :class:`BadInput`.

    ``created`` is the moment that the figures are of, so that the same figures make the same file.
    """
    from xlsxwriter.workbook import Workbook

    if str(path) == "-":
        raise BadInput("a workbook is no text for a terminal", "name a file: --xlsx report.xlsx")
    raw = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = Workbook(raw, options)
    workbook.set_properties({"created": created})
    for sheet in sheets:
        _write(workbook, sheet)
    workbook.close()
    with binary_target(path) as out:
        out.write(raw.getvalue())


def moment(at: int) -> datetime:
    """A moment as Excel has it: without a zone, in UTC."""
    return from_micros(at).replace(tzinfo=None)


def _write(workbook: Workbook, one: Sheet) -> None:
    sheet = workbook.add_worksheet(one.name)
    bold = workbook.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    widths = [len(head) for head in one.heads]
    for column, head in enumerate(one.heads):
        sheet.write_string(0, column, head, bold)
    formats = {kind: workbook.add_format({"num_format": text}) for kind, text in _NUMBERS.items()}
    last = 0
    for number, row in enumerate(one.rows, 1):
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
    if last and any(one.heads):
        sheet.autofilter(0, 0, last, len(one.heads) - 1)
