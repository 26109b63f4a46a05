"""Changes of teams that are tried without saving them: other people, hires, other arrivals.

As options of the command line and of saved plans: ``--change Risk=+1@2027-01-15..2027-03-31``,
``--hire Risk=1@2027-03-01``, ``--arrivals Risk=120%``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from vsm.features.capacity.people import Staffing
from vsm.model.allocation import RAMP_START, RAMP_WEEKS, Hire, HireState
from vsm.model.dates import read_day
from vsm.model.errors import BadInput
from vsm.model.rules import BOUNDS, FIRST_DAY, LAST_DAY
from vsm.model.team import Team

FindTeam = Callable[[str], Team]
"""The team of a name; raises :class:`~vsm.model.errors.BadInput`."""

MOST_PEOPLE, MOST_ARRIVALS = 100.0, 10.0
_PEOPLE = re.compile(r"([+-]?\d+(?:\.\d+)?)(?:@(.+?)(?:\.\.(.+))?)?")
_PERCENT = re.compile(r"(\d{1,4}) ?%")
_NAMES = ("change", "hire", "arrivals")


@dataclass(frozen=True, slots=True)
class TeamChanges:
    """The texts of the options, each ``TEAM=VALUE``."""

    change: tuple[str, ...] = ()
    hire: tuple[str, ...] = ()
    arrivals: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.change or self.hire or self.arrivals)

    def __str__(self) -> str:
        return " ".join(self._words())

    def _words(self) -> Iterator[str]:
        for name in _NAMES:
            for text in getattr(self, name):
                yield f"--{name} {shlex.quote(text)}"

    def over(self, other: TeamChanges) -> TeamChanges:
        """These added to others."""
        return TeamChanges(
            (*other.change, *self.change),
            (*other.hire, *self.hire),
            (*other.arrivals, *self.arrivals),
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """Changes as they are applied: pretended hires, and factors of arrivals by team.

    Hires without a start are there from the present on.
    """

    name: str
    hires: tuple[Hire, ...] = ()
    arrivals: Mapping[int, float] = field(default_factory=dict)

    def staffing(self, staffing: Staffing, today: date) -> Staffing:
        """What decides how many people there are, with these; ``today`` is the end of the data."""
        hires = (
            hire if hire.start else replace(hire, start=today.isoformat()) for hire in self.hires
        )
        return replace(staffing, hires=(*staffing.hires, *hires))


def parse_changes(text: str) -> TeamChanges:
    """The changes that a text has, as :class:`TeamChanges` writes them."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise BadInput(f"{text!r} cannot be read", "save the plan anew") from None
    values: dict[str, list[str]] = {name: [] for name in _NAMES}
    for option, value in zip(words[::2], [*words[1::2], None], strict=False):
        name = option.removeprefix("--")
        if name not in values or value is None:
            raise BadInput(
                f"the plan has {option!r}, which is no change of teams",
                "plans of a stream are played with: vsm forecast whatif --plan NAME",
            )
        values[name].append(value)
    return TeamChanges(*(tuple(values[name]) for name in _NAMES))


def read_changes(changes: TeamChanges, find_team: FindTeam, today: date, name: str = "") -> Tried:
    """The changes as they are applied; dates in words are from ``today`` on."""
    hires: list[Hire] = []
    for text in changes.change:
        team, value = _split(find_team, text, "+1@2027-01-15")
        hires += _people(team, value, today)
    for text in changes.hire:
        team, value = _split(find_team, text, "1@2027-03-01")
        hires += _people(team, value, today, is_new=True)
    factors: dict[int, float] = {}
    for text in changes.arrivals:
        team, value = _split(find_team, text, "120%")
        match = _PERCENT.fullmatch(value)
        if match is None or int(match[1]) > 100 * MOST_ARRIVALS:
            raise BadInput(
                f"{value!r:.40} are no arrivals", f"write 0% to {MOST_ARRIVALS:.0%}, such as 120%"
            )
        factors[team.id] = int(match[1]) / 100
    return Tried(name or str(changes), tuple(hires), factors)


def dated(changes: TeamChanges, today: date) -> TeamChanges:
    """The same changes with dates for days in words, to be saved."""

    def with_dates(start: date, end: date | None) -> str:
        return f"@{start}..{end}" if end else f"@{start}"

    return _with_days(changes, today, with_dates)


def continued(changes: TeamChanges, today: date) -> TeamChanges:
    """Saved changes as they go on from today.

    People who were to be there by now are there from today on; a span that is over is left out.
    """

    def from_today(start: date, end: date | None) -> str | None:
        if end is not None:
            return f"@{max(start, today)}..{end}" if end >= today else None
        return f"@{start}" if start > today else ""

    return _with_days(changes, today, from_today)


def _with_days(
    changes: TeamChanges, today: date, write: Callable[[date, date | None], str | None]
) -> TeamChanges:
    """The changes with their days as ``write`` gives them; where that is none they are left out."""

    def texts(options: Sequence[str]) -> Iterator[str]:
        for text in options:
            name, equals, value = text.rpartition("=")
            match = _PEOPLE.fullmatch(value.strip())
            if match is None or match[2] is None:
                yield text
                continue
            span = write(_day(match[2], today), _day(match[3], today) if match[3] else None)
            if span is not None:
                yield f"{name}{equals}{match[1]}{span}"

    return replace(changes, change=tuple(texts(changes.change)), hire=tuple(texts(changes.hire)))


def _split(find_team: FindTeam, text: str, example: str) -> tuple[Team, str]:
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip():
        raise BadInput(f"{text!r:.60} names no team", f"write TEAM={example}")
    return find_team(name.strip()), value.strip()


def _people(team: Team, text: str, today: date, *, is_new: bool = False) -> Sequence[Hire]:
    """People more or fewer, from a day on, as a hire; one that ends is taken back then."""
    match = _PEOPLE.fullmatch(text)
    people = float(match[1]) if match else 0.0
    if match is None or not 0 < abs(people) <= MOST_PEOPLE or (is_new and people < 0):
        raise BadInput(
            f"{text!r:.40} are no people",
            "write 1@2027-03-01" if is_new else "write +1, -0.5 or +1@2027-01-15..2027-03-31",
        )
    start = _day(match[2], today) if match[2] else None
    if start is not None and start < today:
        raise BadInput(f"{match[2].strip()!r} is over", "people can be tried from today on")
    if match[3] is None:
        return (_hire(team, people, start, is_new=is_new),)
    end = _day(match[3], today)
    if is_new:
        raise BadInput(f"{text!r:.40}: a hire has no end", "leave out what is after ..")
    if start is None or end < start:
        raise BadInput(f"{text!r:.40} ends before it begins", "give the earlier day first")
    after = end + timedelta(days=1)
    return (_hire(team, people, start), _hire(team, -people, after))


def _day(text: str, today: date) -> date:
    try:
        day = read_day(text.strip(), today)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadInput(f"{text.strip()!r} is out of range", f"give a day {BOUNDS}")
    return day


def _hire(team: Team, people: float, start: date | None, *, is_new: bool = False) -> Hire:
    return Hire(
        id=0,
        number="",
        team=team.id,
        fraction=people,
        start=start.isoformat() if start else "",
        state=HireState.SIGNED.value,
        ramp_weeks=RAMP_WEEKS if is_new else 0,
        ramp_start=RAMP_START,
    )
