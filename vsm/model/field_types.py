"""Types of entity fields: how a value is read from what people give, stored and shown.

Decisions, the command line and forms all read by these, so all take the same values and refuse
with the same words. Needs no pydantic, because plain reading needs the declarations too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from vsm.model.calendar import (
    holidays_text,
    read_holidays,
    read_workdays,
    weekday_names,
    workdays_text,
)
from vsm.model.rules import BOUNDS, EARLIEST, LATEST, iso

_W = TypeVar("_W", bound=StrEnum)

TEXT_MAX = 20_000
"""Most characters of a long text."""
NAME_MAX = 100
"""Most characters of a name."""
REASON_MAX = 1000
"""Most characters of a reason."""
NUMBER_MAX = 1e15
"""Numbers from here on lose their decimals in JSON readers."""


class InvalidValue(ValueError):
    """A value that a field cannot hold: what is wrong with it, and what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}: {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


def text_of(what: str, value: str, longest: int = TEXT_MAX) -> str:
    """The text, if it can be kept: not too long, no NUL; lone surrogates become ``?``."""
    if len(value) > longest:
        raise InvalidValue(f"{what} has {len(value)} characters", f"{longest} are allowed")
    if "\x00" in value:
        raise InvalidValue(f"{what} has a NUL character", "take it out")
    return value.encode("utf-8", "replace").decode("utf-8")


def name_of(what: str, value: str) -> str:
    """A name on one line of up to :data:`NAME_MAX` characters."""
    name = " ".join(text_of(what, value, NAME_MAX).split())
    if not name:
        raise InvalidValue(f"{what} is empty", "give it a name")
    return name


def line_of(what: str, value: Any, longest: int = TEXT_MAX) -> str:
    """A text on one line, which may be empty."""
    return " ".join(text_of(what, str(value or ""), longest).split())


def _reason(what: str, value: Any) -> str:
    reason = line_of(what, value, REASON_MAX)
    if not reason:
        raise InvalidValue(f"{what} is empty", "say why: it is recorded and shown")
    return reason


def word_of(what: str, words: type[_W], value: Any) -> _W:
    """One of a closed list of words."""
    try:
        return words(value)
    except ValueError:
        raise InvalidValue(f"{value!r} is no {what}", f"use {', '.join(words)}") from None


def workdays_of(what: str, value: Any) -> tuple[int, ...]:
    """ISO weekdays from numbers or words (``mon-fri``); at least one."""
    return _days(read_workdays, what, value)


def holidays_of(what: str, value: Any) -> tuple[str, ...]:
    """ISO dates from dates or words (``2026-12-24..2027-01-01``)."""
    return _days(read_holidays, what, value)


def _days(read: Callable[[str], tuple[Any, ...]], what: str, value: Any) -> tuple[Any, ...]:
    text = value if isinstance(value, str) else " ".join(str(day) for day in value or ())
    try:
        return read(text)
    except ValueError as error:
        raise InvalidValue(f"{what}: {error}") from None


def _number(what: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = NUMBER_MAX
    if number < 0:
        raise InvalidValue(f"{what}: {number:g} is below 0", "give a number of 0 or more")
    if not number < NUMBER_MAX:
        raise InvalidValue(f"{what}: {value!r} is no number", "give a number of 0 or more")
    return number


def _date(what: str, value: Any) -> str | None:
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise InvalidValue(f"{what}: {value!r} is no date", "give it as YYYY-MM-DD") from None


def _day(what: str, value: Any) -> str:
    day = _date(what, value)
    if day is None:
        raise InvalidValue(f"{what} is missing", "give it as YYYY-MM-DD")
    return day


def _count(what: str, value: Any) -> int | None:
    number = _number(what, value)
    if number is not None and (number < 1 or number != int(number)):
        raise InvalidValue(f"{what}: {value!r} is no number", "give a whole number from 1 on")
    return None if number is None else int(number)


def _share(what: str, value: Any) -> float:
    number = _number(what, value) or 0.0
    if not 0 < number < 1:
        raise InvalidValue(f"{what}: {value!r} is no share", "give a number between 0 and 1")
    return number


_SIGNS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_FRACTIONS = "give more than 0 and at most 1: 0.5, 50% or 1/2"


def fraction_of(what: str, value: Any) -> float:
    """A part of a whole, more than 0 and at most 1: ``0.5``, ``0,5``, ``50%``, ``1/2``, ``½``."""
    text = str("" if value is None else value).strip().replace(",", ".")
    above, slash, below = text.partition("/")
    try:
        if text in _SIGNS:
            number = _SIGNS[text]
        elif slash:
            number = float(above) / float(below)
        else:
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        number = 0.0
    number = round(number, 6)
    if not 0 < number <= 1:
        raise InvalidValue(f"{what}: {text!r:.40} is no fraction", _FRACTIONS)
    return number


def fraction_text(value: float) -> str:
    """A fraction as people read it: ``50%``."""
    return f"{round(value * 100, 4):g}%"


WEEKS_MAX = 260
"""Most weeks that a ramp or the search for somebody takes."""
SKILLS_MAX = 50
"""Most skills of one person."""


def _weeks(what: str, value: Any) -> int | None:
    number = _number(what, value)
    if number is not None and (number != int(number) or number > WEEKS_MAX):
        remedy = f"give a whole number from 0 to {WEEKS_MAX}"
        raise InvalidValue(f"{what}: {value!r:.40} is no number of weeks", remedy)
    return None if number is None else int(number)


def _skills(what: str, value: Any) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else list(value or ())
    names = [name_of(what, str(name)) for name in listed if str(name).strip()]
    if len(names) > SKILLS_MAX:
        raise InvalidValue(f"{what}: {len(names)} are named", f"{SKILLS_MAX} are allowed")
    first = {name.casefold(): name for name in reversed(names)}
    return tuple(first[fold] for fold in sorted(first))


def _flag(what: str, value: Any) -> bool:
    if value is None or isinstance(value, bool | int):
        return bool(value)
    word = str(value).strip().casefold()
    if word in ("yes", "true", "1"):
        return True
    if word in ("", "no", "false", "0", "none"):
        return False
    raise InvalidValue(f"{what}: {value!r:.40} is neither yes nor no", "give yes or no")


def _moment(what: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not EARLIEST <= value <= LATEST:
        raise InvalidValue(f"{what}: {value!r} is no moment", f"give one {BOUNDS}")
    return value


def _keys(what: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    return tuple(dict.fromkeys(name_of(what, str(key)) for key in value or ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldType:
    """How values of a field are read, stored and shown.

    ``value`` is the type in the payload of events and ``column`` the SQL type, ``""`` where each
    value is a row of a table of its own. ``read`` takes what errors call the field and what was
    given, and raises :class:`InvalidValue`; ``text`` writes a value so that ``read`` takes it.
    ``published`` is the value in JSON; ``note`` says how a form understood what was typed;
    ``words`` are those that a form offers to choose from.
    """

    value: Any
    read: Callable[[str, Any], Any]
    column: str = "TEXT"
    nullable: bool = False
    is_list: bool = False
    is_long: bool = False
    metavar: str = "TEXT"
    text: Callable[[Any], str] = str
    published: Callable[[Any], Any] = lambda value: value
    note: Callable[[Any], str] = lambda value: ""
    words: tuple[str, ...] = ()


def word_type(words: type[_W]) -> FieldType:
    """The type of a field that holds one of a closed list of words."""
    names = tuple(str(word) for word in words)
    values = Literal[names]  # type: ignore[valid-type]
    return FieldType(
        value=values, read=lambda what, value: str(word_of(what, words, value)), words=names
    )


def optional_word_type(words: type[_W]) -> FieldType:
    """The same, where there may be none."""
    kind = word_type(words)
    return replace(
        kind,
        value=kind.value | None,
        read=lambda what, value: kind.read(what, value) if value else None,
        nullable=True,
    )


NAME = FieldType(value=str, read=lambda what, value: name_of(what, str(value or "")))
"""One line that is never empty."""
OPTIONAL_NAME = replace(
    NAME,
    value=str | None,
    read=lambda what, value: name_of(what, str(value)) if value else None,
    nullable=True,
)
"""A name, or none."""
LINE = replace(NAME, read=line_of)
"""One line that may be empty."""
REASON = replace(NAME, read=_reason)
"""Why somebody decided something: one line that is never empty, longer than a name."""
TEXT = FieldType(
    value=str, read=lambda what, value: text_of(what, str(value or "")).strip(), is_long=True
)
"""A text of several lines, or none."""
NUMBER = FieldType(
    value=float | None,
    read=_number,
    column="REAL",
    nullable=True,
    metavar="NUMBER",
    text=lambda value: f"{value:g}",
)
"""A number of 0 or more, or none."""
COUNT = FieldType(value=int | None, read=_count, column="INTEGER", nullable=True, metavar="NUMBER")
"""A whole number from 1 on, or none."""
SHARE = FieldType(value=float, read=_share, column="REAL", text=lambda value: f"{value:.0%}")
"""A share between 0 and 1, both left out."""
FRACTION = FieldType(
    value=float, read=fraction_of, column="REAL", metavar="FRACTION", text=fraction_text
)
"""A part of a whole: more than 0, at most 1."""
WEEKS = FieldType(value=int | None, read=_weeks, column="INTEGER", nullable=True, metavar="WEEKS")
"""A number of weeks from 0 on, or none."""
SKILLS = FieldType(
    value=tuple[str, ...],
    read=_skills,
    is_list=True,
    metavar="SKILLS",
    text=", ".join,
    published=list,
)
"""Names of skills, each once, sorted."""
FLAG = FieldType(
    value=bool,
    read=_flag,
    column="INTEGER",
    text=lambda value: "yes" if value else "no",
    published=bool,
    words=("no", "yes"),
)
"""Yes or no."""
MOMENT = FieldType(value=int, read=_moment, column="INTEGER", text=iso, published=iso)
"""UTC microseconds."""
MAYBE_MOMENT = FieldType(
    value=int | None,
    read=lambda what, value: None if value is None else _moment(what, value),
    column="INTEGER",
    nullable=True,
    text=iso,
    published=lambda value: None if value is None else iso(value),
)
"""UTC microseconds, or none."""
KEYS = FieldType(value=tuple[str, ...], read=_keys, is_list=True, text=", ".join, published=list)
"""Keys of items, each once, in the order given; in a text, commas part them."""
DATE = FieldType(value=str | None, read=_date, nullable=True, metavar="DATE")
"""An ISO date, or none."""
DAY = FieldType(value=Annotated[str, "day"], read=_day, metavar="DATE")
"""An ISO date."""
WEEKDAYS = FieldType(
    value=tuple[int, ...] | None,
    read=lambda what, value: workdays_of(what, value) if value else None,
    nullable=True,
    is_list=True,
    metavar="DAYS",
    text=workdays_text,
    published=weekday_names,
    note=lambda value: f"= {workdays_text(value)}",
)
"""ISO weekdays, or none."""
DATES = FieldType(
    value=tuple[str, ...],
    read=holidays_of,
    is_list=True,
    metavar="DATES",
    text=holidays_text,
    published=list,
    note=lambda value: f"{len(value)} days" if len(value) > 1 else "",
)
"""ISO dates, sorted."""
REFERENCE = FieldType(
    value=int | None,
    read=lambda what, value: value,
    column="INTEGER",
    nullable=True,
    metavar="NAME",
)
"""The id of one thing that the field refers to, or none."""
REFERENCES = FieldType(
    value=tuple[int, ...],
    read=lambda what, value: tuple(sorted({number for number in value or () if number})),
    column="",
    metavar="NAME",
)
"""Ids of several things that the field refers to, sorted."""
