"""Reads initiatives from a CSV file; dates that a row itself contradicts are not believed.

Registers of projects often have day and month swapped. Where a row has a planned and a projected
day and how many days lie between them, these have to agree; else its days are left out, and it is
said whether they would agree with day and month swapped.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vsm.model.errors import BadInput
from vsm.model.field_types import NAME_MAX

FIELDS = (
    *("name", "filter", "objective", "sponsor", "hypothesis", "currency", "delay", "remaining"),
    "budget",
    *("spent", "benefit", "need_by", "benefit_until", "planned_end", "projected_end"),
    "variance_days",
)
"""What a column may be: delay and benefit a week, remaining, spent and budget as amounts."""
NUMBERS = ("delay", "remaining", "budget", "spent", "benefit", "variance_days")
FROM_ZERO = ("delay", "remaining", "budget", "benefit")
"""Amounts that are never below 0; what was spent may come back."""
DAYS = ("need_by", "benefit_until", "planned_end", "projected_end")
AGREES_WITHIN = 1
"""Days by which a variance may differ from that of its dates."""
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
"""A number as spreadsheets write it where its column is too narrow: several become one."""
_SHAPE = "name the columns: --column name='Project Name' --column need_by='Due'"


@dataclass(frozen=True, slots=True)
class InitiativeInput:
    """A row: texts by field, numbers and ISO days read; ``doubt`` says why days were left out.

    What comes from a tracker has a ``key``, and is known again by its filter. Of a name that
    ``is_cut`` the first :data:`NAME_MAX` characters are there.
    """

    line: int
    values: Mapping[str, str | float]
    doubt: str = ""
    key: str = ""
    is_cut: bool = False


class BadRows(BadInput):
    """Several mistakes in the rows of a file: ``problems`` are all of them."""

    def __init__(self, where: str, problems: Sequence[BadInput]) -> None:
        text = f"{where}: {len(problems)} mistakes, so nothing is imported"
        super().__init__(text, "mend them, and try it with --dry-run")
        self.problems = tuple(problems)


def short_name(text: str) -> str:
    """The name, cut with an ellipsis where it is too long."""
    return text if len(text) <= NAME_MAX else f"{text[: NAME_MAX - 1].rstrip()}…"


def read_initiatives(text: str, where: str, columns: Mapping[str, str]) -> list[InitiativeInput]:
    """The rows of a file; ``columns`` are heads by field, in place of the fields' own names.

    A row that says the same as another is read once.
    Raises :class:`BadInput` with line and column, :class:`BadRows` of several.
    """
    problems: list[BadInput] = []
    inputs: list[InitiativeInput] = []
    lines = text.splitlines()
    if not lines:
        raise BadInput(f"{where} is empty", _SHAPE)
    delimiter = max(",;\t", key=lines[0].count)  # the first one where the head has none of them
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        heads = [head.strip() for head in next(rows)]
        places = _places(heads, where, columns)
        for cells in rows:
            if any(cell.strip() for cell in cells):
                at = f"{where}, line {rows.line_num}"
                inputs += _inputs(cells, heads, places, at, rows.line_num, problems)
    except csv.Error as error:
        raise BadInput(f"{where}, line {rows.line_num}: {error}", _SHAPE) from None
    if problems:
        raise problems[0] if len(problems) == 1 else BadRows(where, problems)
    by_content = {(tuple(sorted(one.values.items())), one.doubt): one for one in reversed(inputs)}
    inputs = list(reversed(by_content.values()))
    counts = Counter(str(one.values["name"]).casefold() for one in inputs)
    twice = [name for name, n in counts.items() if n > 1]
    if twice:
        raise _not_unique(where, twice)
    return inputs


def _not_unique(where: str, twice: Sequence[str]) -> BadInput:
    shortened = [name for name in twice if _SHORTENED.fullmatch(name)]
    example = (shortened or twice)[0]
    text = f"{where}: {len(twice)} names stand there more than once, such as {example!r:.60}"
    if shortened:
        return BadInput(
            f"{text}, which looks like a number that a spreadsheet shortened",
            "take another column, or join several: --column name='HEAD + HEAD'",
        )
    return BadInput(text, "choose columns whose values differ: --column name='HEAD + HEAD'")


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


def _inputs(
    cells: Sequence[str],
    heads: Sequence[str],
    places: Mapping[str, tuple[int, ...]],
    at: str,
    line: int,
    problems: list[BadInput],
) -> Iterator[InitiativeInput]:
    """The row; where something is wrong with it, that is added to the problems."""
    if len(cells) != len(heads):
        problems.append(
            BadInput(
                f"{at}: {len(cells)} fields where the first line names {len(heads)}",
                "a text with the separator in it stands in quotation marks",
            )
        )
        return
    values: dict[str, str | float] = {}
    known = len(problems)
    for field, several in places.items():
        text = " ".join(" ".join(cells[place] for place in several).split())
        try:
            if text:
                values[field] = _value(field, text)
        except BadInput as error:
            head = " + ".join(heads[place] for place in several)
            problems.append(BadInput(f"{at}, {head}: {error.message}", error.remedy))
    name = str(values.get("name", ""))
    if not name:
        problems.append(BadInput(f"{at}: there is no name", "give it one, or take the row out"))
    if len(problems) > known:
        return
    values["name"] = short_name(name)
    doubt = _doubt(values)
    if doubt:
        values = {field: value for field, value in values.items() if field not in DAYS}
    yield InitiativeInput(line, values, doubt, is_cut=values["name"] != name)


def _value(field: str, text: str) -> str | float:
    if field in DAYS:
        return _day(text)
    if field not in NUMBERS:
        return text
    number = _number(text)
    if number < 0 and field in FROM_ZERO:
        raise BadInput(f"{number:g} is below 0", "give an amount of 0 or more")
    return number


def _number(text: str) -> float:
    try:
        number = float(text.replace("\u202f", "").replace(" ", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"{text!r:.40} is no number", "write 1234.5, without units")
    return number


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise BadInput(f"{text!r:.40} is no day", "write 2027-03-31") from None


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
