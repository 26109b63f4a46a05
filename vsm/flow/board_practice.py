"""Reads from a log how people keep the board: what its moments can be relied on for.

Two logs of the same work differ by how the board is kept: items are moved at once, at a stand-up
or in a weekly session; when work ends or only when the next one begins; a release train empties a
stage by the clock; work is taken in every other week. Figures of what limits the flow must know
that first. Everything here is read from the moments of moves; people may know better
(:class:`Stage` and :class:`ValueStream` say what they set).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR, Ints, Mask
from vsm.model.practice import MoveEntry, StageBehaviour
from vsm.model.rules import DAY, day_of, day_start
from vsm.model.stream import Category, ValueStream

Floats = NDArray[np.float64]

MIN_MOVES = 20
"""With fewer moves nothing is read from them."""
DAYS_SHARE = 0.9
"""Only days are known where at least this share of moves is at one or two times of the day (two,
because a change of clocks shifts midnight)."""
SESSION_LINK, SESSION_MOVES, SESSION_SHARE = 15 / 1440, 3, 0.7
"""Moves that follow each other within so many days are of one session if they are so many; a board
is kept in sessions if they hold at least this share of all moves."""
SESSION_GAP = 2 / 24
"""Sessions that follow each other faster, in days, say nothing: moves are simply many."""
STAND_UP_HOURS, STAND_UP_SHARE = 1.0, 0.6
"""A board is kept at a stand-up if at least this share of moves is within so many hours of the
day."""
WEEKLY_GAP = 4.0
"""Sessions further apart than this, in days, are weekly ones."""
RELEASE_HOURS, RELEASE_SHARE, RELEASE_EXCESS = 0.5, 0.6, 0.3
"""A stage is released by the clock if at least this share of departures is within so many hours of
the day, and its arrivals are less so by this much."""
PULL_LINK, PULL_EXCESS = 30 / 1440, 0.25
"""An entry so soon after a departure from the same stage was pulled by it; more of them than
chance makes, by this share, are a board on which work is moved when it begins."""
INTAKE_GAP, INTAKE_SHARE = 4.0, 0.7
"""Work is taken in periodically if at least this share of new items comes in bursts, so many days
apart in the median."""
PASSING_MINUTES, LATE_SHARE = 2.0, 0.1
"""Moves are entered late if at least this share of stays lasts no longer: an item that was moved
late is moved on at once."""
END_ITEMS, END_DAYS = 10, 30
"""Work ends in a stage to which at least so many items came, if at least half of them are still
there after so many days."""


class Grain(StrEnum):
    """What is known of the moment of a move."""

    EXACT = "exact"
    SESSIONS = "sessions"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class BoardPractice:
    """How a board is kept.

    ``session_days`` is the median time between sessions, ``session_at`` the share of the local day
    at which they begin if that is the same each day. ``released`` are the places of
    stages that let items go by the clock,
    ``ends`` those in which work ends though they are not done or dropped. ``intake_days`` is the
    time between intakes of new work, 0 where it comes at any time. ``passing_share`` is that of
    stays too short for work.
    """

    grain: Grain = Grain.EXACT
    session_days: float = 0.0
    session_at: float | None = None
    released: frozenset[int] = frozenset()
    ends: frozenset[int] = frozenset()
    intake_days: float = 0.0
    passing_share: float = 0.0

    @property
    def is_entered_late(self) -> bool:
        """Whether moves seem to be entered late though their moments are exact."""
        return self.grain is Grain.EXACT and self.passing_share >= LATE_SHARE

    @property
    def is_vague(self) -> bool:
        """Whether it is known only roughly when work was done."""
        return self.is_entered_late or self.session_days >= WEEKLY_GAP


@dataclass(frozen=True, eq=False)
class Sessions:
    """Which moves were entered in sessions: ``begins`` of each session (UTC microseconds),
    ``session`` of each move (-1 for none).
    """

    begins: Ints
    session: Ints

    @property
    def share(self) -> float:
        """The share of moves that were entered in sessions."""
        return float((self.session >= 0).mean()) if self.session.size else 0.0

    @property
    def gap(self) -> float:
        """The median number of days between sessions."""
        return float(np.median(np.diff(self.begins))) / DAY if self.begins.size > 1 else 0.0


def times_of_day(moments: Ints, zone: str) -> Floats:
    """The share of the local day that had passed at each moment."""
    days = day_numbers(moments, zone)
    unique, place = np.unique(days, return_inverse=True)
    starts = np.array([day_start(day_of(day), zone) for day in unique.tolist()], dtype=np.int64)
    since: Floats = (moments - starts[place]) / DAY
    return since


def find_sessions(moments: Ints) -> Sessions:
    """Group moves that follow each other closely."""
    order = np.argsort(moments, kind="stable")
    ordered = moments[order]
    begins = np.ones(ordered.size, dtype=np.bool_)
    begins[1:] = np.diff(ordered) > SESSION_LINK * DAY
    group = np.cumsum(begins) - 1
    sizes = np.bincount(group)
    is_session = sizes >= SESSION_MOVES
    number = np.where(is_session, np.cumsum(is_session) - 1, -1)
    session = np.empty(moments.size, dtype=np.int64)
    session[order] = number[group]
    return Sessions(ordered[begins][is_session], session)


def busiest(times: Floats, hours: float) -> tuple[float, float]:
    """The largest share of times of the day within so many hours, and where these begin."""
    if not times.size:
        return 0.0, 0.0
    ordered = np.sort(times)
    around = np.concatenate([ordered, ordered + 1.0])
    inside = np.searchsorted(around, ordered + hours / 24, side="right") - np.arange(ordered.size)
    most = int(np.argmax(inside))
    return float(inside[most]) / times.size, float(ordered[most])


def has_days_only(moments: Ints) -> bool:
    """Whether most moments share one or two times of the day, so that only days are known."""
    if moments.size < MIN_MOVES:
        return False
    _, counts = np.unique(moments % DAY, return_counts=True)
    return bool(np.sort(counts)[-2:].sum() >= DAYS_SHARE * moments.size)


def pull_excess(arrivals: Floats, departures: Floats, weights: Floats | None = None) -> float:
    """The share of departures that an arrival follows at once, less what chance makes.

    Chance is the same at the same time of other days. Departures may count with ``weights``.
    """
    if departures.size < MIN_MOVES or arrivals.size < MIN_MOVES:
        return 0.0

    def followed(moments: Floats) -> float:
        after = np.searchsorted(arrivals, moments, side="left")
        first = np.append(arrivals, np.inf)[after]
        return float(np.average(first - moments <= PULL_LINK, weights=weights))

    chance = (followed(departures + 1.0) + followed(departures - 1.0)) / 2
    return (followed(departures) - chance) / max(1.0 - chance, 0.05)


def stand_up_sessions(moments: Ints, times: Floats, begin: float, zone: str) -> Sessions:
    """The sessions of a stand-up: the moves of each day in the hour that begins at ``begin``."""
    inside = (times - begin) % 1.0 <= STAND_UP_HOURS / 24
    days = np.where(inside, day_numbers(moments - round(begin * DAY), zone), -1)
    unique, place = np.unique(days, return_inverse=True)
    session = place - int(bool(unique.size) and unique[0] == -1)
    begins = np.full(int(session.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(begins, session[inside], moments[inside])
    return Sessions(begins, np.where(inside, session, -1))


def spread_over_days(moments: Ints, owner: Ints) -> Floats:
    """Spread moments of which only the day is known over that day, each item's in their order.

    Items that moved on one day would otherwise all move at once, which no station does. The seed is
    fixed, so the same history is always spread in the same way.
    """
    starts_group = np.ones(moments.size, dtype=np.bool_)
    starts_group[1:] = (moments[1:] != moments[:-1]) | (owner[1:] != owner[:-1])
    spread: Floats = moments + _ascending_shares(starts_group) * DAY
    return spread


def spread_before_sessions(moments: Ints, owner: Ints, sessions: Sessions) -> Floats:
    """Spread moves entered in a session over the time since the session before it.

    Each item's moves stay in their order, and after its moves outside of sessions.
    """
    session = sessions.session
    starts_group = np.ones(moments.size, dtype=np.bool_)
    same = owner[1:] == owner[:-1]
    starts_group[1:] = ~same | (session[1:] != session[:-1]) | (session[1:] < 0)
    group = np.cumsum(starts_group) - 1
    gap = np.diff(sessions.begins, prepend=sessions.begins[:1] - round(sessions.gap * DAY))
    until = np.where(session >= 0, sessions.begins[session], moments)
    since = np.where(session >= 0, until - gap[session], moments)
    before = np.full(moments.size, np.iinfo(np.int64).min)
    before[1:][same] = moments[:-1][same]
    since = np.minimum(np.maximum(since, before[starts_group][group]), until)
    spread: Floats = since + _ascending_shares(starts_group) * (until - since)
    return spread


def spread_moments(
    moments: Ints, owner: Ints, zone: str, since: int, practice: BoardPractice
) -> Floats:
    """Moments (UTC microseconds) as far as they are known, with chance for what is not.

    Those up to ``since`` stay as they are, unless only days are known.
    """
    if practice.grain is Grain.DAYS:
        return spread_over_days(moments, owner)
    recent = moments > since
    if practice.grain is Grain.SESSIONS and recent.any():
        inside, at = moments[recent], practice.session_at
        sessions = (
            find_sessions(inside)
            if at is None
            else stand_up_sessions(inside, times_of_day(inside, zone), at, zone)
        )
        session = np.full(moments.size, -1)
        session[recent] = sessions.session
        if not sessions.begins.size:  # somebody set it, and the log shows none
            return spread_over_days(moments, owner)
        return spread_before_sessions(moments, owner, Sessions(sessions.begins, session))
    exact: Floats = moments.astype(np.float64)
    return exact


def _ascending_shares(starts_group: Mask) -> Floats:
    """Random shares that ascend within each group."""
    shares: Floats = np.random.default_rng(1).random(starts_group.size)
    ends_group = np.append(starts_group[1:], True)
    several = np.flatnonzero(~(starts_group & ends_group))  # one alone is in order
    group = np.cumsum(starts_group)[several]
    shares[several] = shares[several][np.lexsort((shares[several], group))]
    return shares


def find_grain(moments: Ints, zone: str) -> tuple[Grain, float, float | None]:
    """What is known of moments, the days between sessions, and their time of the day."""
    if moments.size < MIN_MOVES:
        return Grain.EXACT, 0.0, None
    if has_days_only(moments):
        return Grain.DAYS, 1.0, None
    times = times_of_day(moments, zone)
    share, begin = busiest(times, STAND_UP_HOURS)
    if share >= STAND_UP_SHARE:
        return Grain.SESSIONS, stand_up_sessions(moments, times, begin, zone).gap, begin
    sessions = find_sessions(moments)
    if sessions.share >= SESSION_SHARE and sessions.gap >= SESSION_GAP:
        return Grain.SESSIONS, sessions.gap, None
    return Grain.EXACT, 0.0, None


@dataclass(frozen=True, eq=False)
class _Visits:
    """The visits of a history, as arrivals in and departures from stages in a time."""

    flow: FlowData
    begin: int
    end: int

    def arrivals(self, place: int) -> Ints:
        entered = self.flow.entered[self._at(place)]
        return np.sort(entered[(entered > self.begin) & (entered <= self.end)])

    def departures(self, place: int) -> Ints:
        left = self.flow.left[self._at(place)]
        return np.sort(left[(left > self.begin) & (left <= self.end) & (left < FAR)])

    def _at(self, place: int) -> Ints:
        return np.flatnonzero(self.flow.place == place)


def read_practice(flow: FlowData, begin: int, end: int) -> BoardPractice:
    """How the board of a stream was kept between two moments (UTC microseconds).

    What people set of it stands, whatever the log seems to show.
    """
    stream = flow.stream
    moves = flow.moves[(flow.entered[flow.moves] > begin) & (flow.entered[flow.moves] <= end)]
    grain, session_days, session_at = _grain(flow.entered[moves], stream)
    visits = _Visits(flow, begin, end)
    ends, released = set(), set()
    for place, stage in enumerate(stream.order):
        if not stage.category.working or stage.retired:
            continue
        behaviour = stage.behaviour
        if behaviour is StageBehaviour.AS_LOGGED:
            if ends_work(flow, place, end):
                behaviour = StageBehaviour.WORK_ENDS
            elif grain is Grain.EXACT and is_released(
                visits.arrivals(place), visits.departures(place), stream.zone
            ):
                behaviour = StageBehaviour.SCHEDULED
        if behaviour is StageBehaviour.WORK_ENDS:
            ends.add(place)
        elif behaviour is StageBehaviour.SCHEDULED:
            released.add(place)
    return BoardPractice(
        grain,
        session_days,
        session_at,
        frozenset(released),
        frozenset(ends),
        intake_days(flow, begin, end),
        passing_share(flow, begin, end),
    )


def _grain(moments: Ints, stream: ValueStream) -> tuple[Grain, float, float | None]:
    """:func:`find_grain` where nobody set it."""
    match stream.move_entry:
        case MoveEntry.AT_ONCE:
            return Grain.EXACT, 0.0, None
        case MoveEntry.BY_DAY:
            return Grain.DAYS, 1.0, None
        case MoveEntry.IN_SESSIONS if moments.size:
            return Grain.SESSIONS, find_sessions(moments).gap, None
    return find_grain(moments, stream.zone)


def is_released(arrived: Ints, left: Ints, zone: str) -> bool:
    """Whether most items leave a stage at one time of the day, and do not arrive so."""
    if left.size < MIN_MOVES or arrived.size < MIN_MOVES:
        return False
    leaving, _ = busiest(times_of_day(left, zone), RELEASE_HOURS)
    arriving, _ = busiest(times_of_day(arrived, zone), RELEASE_HOURS)
    return leaving >= RELEASE_SHARE and leaving - arriving >= RELEASE_EXCESS


def passing_share(flow: FlowData, begin: int, end: int) -> float:
    """The share of stays in active stages that ended in a time and lasted next to nothing."""
    active = np.array([stage.category is Category.ACTIVE for stage in flow.stream.order])
    ended = active[flow.place] & (flow.left > begin) & (flow.left <= end)
    stays = (flow.left - flow.entered)[ended]
    if stays.size < MIN_MOVES:
        return 0.0
    return float((stays <= PASSING_MINUTES / 1440 * DAY).mean())


def ends_work(flow: FlowData, place: int, end: int) -> bool:
    """Whether most items that came to a stage are still there, longer than :data:`END_DAYS`."""
    at = flow.place == place
    entered, left = flow.entered[at], flow.left[at]
    stays_on = (left > end) & (end - entered > END_DAYS * DAY)
    return entered.size >= END_ITEMS and bool(2 * np.count_nonzero(stays_on) >= entered.size)


def intake_days(flow: FlowData, begin: int, end: int) -> float:
    """The time between intakes in days where new work is taken in periodically, else 0."""
    working = np.array([stage.category.working for stage in flow.stream.order])
    at = np.flatnonzero(working[flow.place])
    _, first = np.unique(flow.owner[at], return_index=True)
    came = flow.entered[at[first]]
    came = came[(came > begin) & (came <= end)]
    if came.size < MIN_MOVES:
        return 0.0
    bursts = find_sessions(came)
    return bursts.gap if bursts.share >= INTAKE_SHARE and bursts.gap >= INTAKE_GAP else 0.0
