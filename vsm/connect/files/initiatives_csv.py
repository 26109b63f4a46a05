"""Reads initiatives from a CSV file; dates that a row itself contradicts are not believed.

Registers of projects often have day and month swapped. Where a row has a planned and a projected
day and how many days lie between them, these have to agree; else its days are left out, and it is
said whether they would agree with day and month swapped.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vsm.model.errors import BadInput
from vsm.model.field_types import NAME_MAX

FIELDS = (
    *("name", "filter", "objective", "sponsor", "hypothesis", "currency", "delay", "remaining"),
    *("spent", "benefit", "need_by", "benefit_until", "planned_end", "projected_end"),
    "variance_days",
)
"""What a column may be: delay and benefit a week, remaining and spent as amounts."""
NUMBERS = ("delay", "remaining", "spent", "benefit", "variance_days")
DAYS = ("need_by", "benefit_until", "planned_end", "projected_end")
AGREES_WITHIN = 1
"""Days by which a variance may differ from that of its dates."""
_SHAPE = "name the columns: --column name='Project Name' --column need_by='Due'"


@dataclass(frozen=True, slots=True)
class InitiativeInput:
    """A row: texts by field, numbers and ISO days read; ``doubt`` says why days were left out.

    What comes from a tracker has a ``key``, and is known again by its filter.
    """

    line: int
    values: Mapping[str, str | float]
    doubt: str = ""
    key: str = ""


def read_initiatives(text: str, where: str, columns: Mapping[str, str]) -> list[InitiativeInput]:
    """The rows of a file; ``columns`` are heads by field, in place of the fields' own names.

    A row that says the same as another is read once.
    Raises :class:`BadInput` with line and column.
    """
    lines = text.splitlines()
    if not lines:
        raise BadInput(f"{where} is empty", _SHAPE)
    delimiter = max(",;\t", key=lines[0].count)  # the first one where the head has none of them
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        heads = [head.strip() for head in next(rows)]
        places = _places(heads, where, columns)
        inputs = [
            _input(cells, heads, places, f"{where}, line {rows.line_num}", rows.line_num)
            for cells in rows
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise BadInput(f"{where}, line {rows.line_num}: {error}", _SHAPE) from None
    by_content = {(tuple(sorted(one.values.items())), one.doubt): one for one in reversed(inputs)}
    inputs = list(reversed(by_content.values()))
    counts = Counter(str(one.values["name"]).casefold() for one in inputs)
    twice = [name for name, n in counts.items() if n > 1]
    if twice:
        raise BadInput(
            f"{where}: {len(twice)} names stand there more than once, such as {twice[0]!r:.60}",
            "choose columns whose values differ: --column name='HEAD + HEAD'",
        )
    return inputs


def _places(
    heads: Sequence[str], where: str, columns: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """The places of the columns of each field that is there; ``A + B`` joins two."""
    folded = [head.casefold() for head in heads]
    places = {}
    for field in FIELDS:
        named = columns.get(field, field)
        parts = [named] if named.casefold() in folded else named.split(" + ")
        missing = next((part for part in parts if part.strip().casefold() not in folded), None)
        if missing is None:
            places[field] = tuple(folded.index(part.strip().casefold()) for part in parts)
        elif field in columns:
            known = ", ".join(heads)
            raise BadInput(f"{where}: there is no column {missing!r:.60}", f"it has {known:.300}")
    if "name" not in places:
        raise BadInput(f"{where}: there is no column 'name'", _SHAPE)
    return places


def _input(
    cells: Sequence[str],
    heads: Sequence[str],
    places: Mapping[str, tuple[int, ...]],
    at: str,
    line: int,
) -> InitiativeInput:
    if len(cells) != len(heads):
        raise BadInput(
            f"{at}: {len(cells)} fields where the first line names {len(heads)}",
            "a text with the separator in it stands in quotation marks",
        )
    values: dict[str, str | float] = {}
    for field, several in places.items():
        text = " ".join(" ".join(cells[place] for place in several).split())
        head = " + ".join(heads[place] for place in several)
        if not text:
            continue
        if field in NUMBERS:
            values[field] = _number(text, f"{at}, {head}")
        elif field in DAYS:
            values[field] = _day(text, f"{at}, {head}")
        else:
            values[field] = text
    name = str(values.get("name", ""))
    if not 0 < len(name) <= NAME_MAX:
        raise BadInput(f"{at}: the name has {len(name)} characters", f"1 to {NAME_MAX} are allowed")
    doubt = _doubt(values)
    if doubt:
        values = {name: value for name, value in values.items() if name not in DAYS}
    return InitiativeInput(line, values, doubt)


def _number(text: str, at: str) -> float:
    try:
        return float(text.replace("\u202f", "").replace(" ", ""))
    except ValueError:
        raise BadInput(f"{at}: {text!r:.40} is no number", "write 1234.5, without units") from None


def _day(text: str, at: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise BadInput(f"{at}: {text!r:.40} is no day", "write 2027-03-31") from None


def _doubt(values: Mapping[str, str | float]) -> str:
    """Why the days of a row are not believed; empty where nothing speaks against them."""
    if any(name not in values for name in ("planned_end", "projected_end", "variance_days")):
        return ""
    planned, projected = (
        date.fromisoformat(str(values[name])) for name in ("planned_end", "projected_end")
    )
    variance = float(values["variance_days"])
    if _agree(planned, projected, variance):
        return ""
    between = (planned - projected).days
    text = f"its days are {between} apart, its variance says {variance:.0f}"
    for first, second in (
        (_swapped(planned), projected),
        (planned, _swapped(projected)),
        (_swapped(planned), _swapped(projected)),
    ):
        if first is not None and second is not None and _agree(first, second, variance):
            return f"{text}: they agree with day and month swapped"
    return text


def _agree(planned: date, projected: date, variance: float) -> bool:
    return abs((planned - projected).days - variance) <= AGREES_WITHIN


def _swapped(day: date) -> date | None:
    return date(day.year, day.day, day.month) if day.day <= 12 else None
