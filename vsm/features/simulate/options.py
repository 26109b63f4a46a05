"""Changes in the options of the command line, as ``vsm forecast whatif`` and saved plans have them.

``--limit Review=3 --slots 'Code review=+1' --absence Build=1@2-4 --arrivals 120% --weeks 8``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from vsm.features.simulate.request import MOST_SLOTS, MOST_WEEKS, WEEKS, Missing, Request
from vsm.model.dates import read_day
from vsm.model.errors import BadInput
from vsm.model.rules import BOUNDS, FIRST_DAY, LAST_DAY
from vsm.model.stream import Stage, ValueStream

FindStage = Callable[[str], Stage]
"""The stage of a name; raises :class:`~vsm.model.errors.BadInput`."""

MOST_ITEMS = 100_000
"""Of no more items the odds are asked for."""
_ABSENCE = re.compile(r"(\d+)@(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The texts of the options, each under its name; those of several values as lists."""

    limit: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    absence: tuple[str, ...] = ()
    arrivals: str | None = None
    rework: str | None = None
    weeks: str | None = None
    items: str | None = None
    by: str | None = None

    def over(self, other: Options) -> Options:
        """These added to others; of what can be said once these count."""
        merged: dict[str, Any] = {}
        for field in fields(self):
            own, before = getattr(self, field.name), getattr(other, field.name)
            if isinstance(own, tuple):
                stages = {_stage_of(text) for text in own}
                own = (*(text for text in before if _stage_of(text) not in stages), *own)
                merged[field.name] = own
            elif own is None:
                merged[field.name] = before
        return replace(self, **merged)

    def __str__(self) -> str:
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        for field in fields(self):
            value = getattr(self, field.name)
            for text in value if isinstance(value, tuple) else [value]:
                if text is not None:
                    yield f"--{field.name} {shlex.quote(text)}"


def _stage_of(text: str) -> str:
    return text.rpartition("=")[0].strip().casefold()


def parse_options(text: str) -> Options:
    """The options that a text has, as :class:`Options` writes them."""
    names = {f"--{field.name}": field.name for field in fields(Options)}
    try:
        words = shlex.split(text)
    except ValueError:
        raise BadInput(f"{text!r} cannot be read", "save the plan anew") from None
    values: dict[str, list[str]] = {}
    for option, value in zip(words[::2], [*words[1::2], None], strict=False):
        if option not in names or value is None:
            raise BadInput(f"the plan has {option!r}, which is not known", "save it anew")
        values.setdefault(names[option], []).append(value)
    several = {"limit", "slots", "absence"}
    return Options(**{n: tuple(v) if n in several else v[-1] for n, v in values.items()})  # type: ignore[arg-type]


def options_of(request: Request) -> Options:
    """The options of a request."""
    by_hundred = {
        "arrivals": request.arrivals,
        "rework": request.rework,
    }
    percents = {
        name: f"{100 * factor:.10g}%" for name, factor in by_hundred.items() if factor != 1.0
    }
    return Options(
        limit=tuple(f"{stage.name}={limit or 'none'}" for stage, limit in request.limits),
        slots=tuple(f"{stage.name}={more:+}" for stage, more in request.slots),
        absence=tuple(
            f"{one.stage.name}={one.slots}@{_weeks_text(one)}" for one in request.missing
        ),
        arrivals=percents.get("arrivals"),
        rework=percents.get("rework"),
        weeks=None if request.weeks == WEEKS else str(request.weeks),
        items=None if request.items is None else str(request.items),
        by=None if request.by is None else request.by.isoformat(),
    )


def _weeks_text(one: Missing) -> str:
    first, last = one.first_week, one.last_week
    return f"{first}" if first == last else f"{first}-{last}"


def read_request(options: Options, find_stage: FindStage, today: date) -> Request:
    """The request that options make; dates in words are from ``today`` on."""
    weeks = read_weeks(options.weeks) if options.weeks is not None else WEEKS
    if options.by is not None and options.items is None:
        raise BadInput("--by is the day by which --items are finished", "give --items too")
    return Request(
        limits=tuple(_limit(find_stage, text) for text in options.limit),
        slots=tuple(_slots(find_stage, text) for text in options.slots),
        arrivals=_factor(options.arrivals, "--arrivals"),
        rework=_factor(options.rework, "--rework"),
        missing=tuple(_absence(find_stage, text, weeks) for text in options.absence),
        weeks=weeks,
        items=None if options.items is None else read_items(options.items),
        by=None if options.by is None else _day(options.by, today),
    )


def stage_finder(stream: ValueStream) -> FindStage:
    """Finds stages of a stream by their whole names, letter case ignored."""

    def find(name: str) -> Stage:
        for stage in stream.line:
            if stage.name.casefold() == name.casefold():
                return stage
        raise BadInput(
            f"there is no stage {name!r} in {stream.name} any more", "save the plan anew"
        )

    return find


def _named(find_stage: FindStage, text: str, form: str) -> tuple[Stage, str]:
    """The stage before the last equals sign, and what stands after it."""
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip() or not value.strip():
        raise BadInput(f"{text!r} is not understood", f"write {form}")
    return find_stage(name.strip()), value.strip()


def _limit(find_stage: FindStage, text: str) -> tuple[Stage, int | None]:
    stage, value = _named(find_stage, text, "--limit STAGE=3")
    if value.casefold() == "none":
        return stage, None
    if not value.isdecimal():
        raise BadInput(f"{value!r} is no WIP limit", "give a number from 1 on, or none")
    return stage, int(value)


def _slots(find_stage: FindStage, text: str) -> tuple[Stage, int]:
    stage, value = _named(find_stage, text, "--slots STAGE=+1")
    match = re.fullmatch(r"([+-])(\d{1,3})", value)
    more = int(value) if match else 0
    if not more:
        raise BadInput(
            f"{value!r} does not say how many slots more or fewer", "write +1 for one more"
        )
    if abs(more) > MOST_SLOTS:
        raise BadInput(f"{abs(more)} slots are too many", f"give at most {MOST_SLOTS}")
    return stage, more


def _absence(find_stage: FindStage, text: str, weeks: int) -> Missing:
    stage, value = _named(find_stage, text, "--absence STAGE=1@2-4")
    slots, first, last = read_absence(value)
    if not 1 <= first <= last <= weeks:
        raise BadInput(
            f"weeks {first} to {last} are not among those that are played",
            f"give weeks from 1 to {weeks}, the first one first",
        )
    return Missing(stage, slots, first, last)


def read_absence(text: str) -> tuple[int, int, int]:
    """Slots and the first and last week of ``1@2-4``."""
    match = _ABSENCE.fullmatch(text)
    if not match or not int(match[1]):
        raise BadInput(f"{text!r} is no absence", "write 1@2-4 for one slot in weeks 2 to 4")
    return int(match[1]), int(match[2]), int(match[3] or match[2])


def _factor(text: str | None, option: str) -> float:
    """A percentage as a factor."""
    if text is None:
        return 1.0
    match = re.fullmatch(r"(\d{1,4}(?:\.\d+)?)%", text.strip())
    if match is None:
        raise BadInput(f"{option} {text}: not a percentage", "write 120% for a fifth more")
    return float(match[1]) / 100


def read_weeks(text: str) -> int:
    """A number of weeks that can be played."""
    if not text.isdecimal() or not 0 < int(text) <= MOST_WEEKS:
        raise BadInput(f"{text!r} weeks cannot be played", f"give a number from 1 to {MOST_WEEKS}")
    return int(text)


def read_items(text: str) -> int:
    """A number of items."""
    if not text.isdecimal() or not 0 < int(text) <= MOST_ITEMS:
        raise BadInput(f"{text!r} is no number of items", f"give one from 1 to {MOST_ITEMS:,}")
    return int(text)


def _day(text: str, today: date) -> date:
    try:
        day = read_day(text, today)
    except ValueError as error:
        raise BadInput(f"--by: {error}") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"--by: {text!r} is out of range", f"give a date {BOUNDS}")
    return day
