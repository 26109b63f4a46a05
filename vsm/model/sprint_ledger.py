"""Rebuilds a sprint for any moment from what is on record: members, estimates, done and reopened.

The commitment is what was a member, open, strictly before the start; what changes at that instant
or later is a change of scope (jirametrics counts the same way). Each member is in scope with a
value: its estimate when it came in, then the estimate that it has while it is open. So at any
moment, with everything counted in one unit:

    started + added - removed + re-estimated = completed + remaining
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Stay(NamedTuple):
    """One time in which an item was a member, ``[entered, left)``, with why and by whom."""

    entered: int
    left: int | None = None
    reason: str = ""
    left_reason: str = ""
    by: str = ""
    left_by: str = ""


class Status(StrEnum):
    """Whether an item is finished, and how."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """All that is on record about an item that is or was in a sprint.

    ``estimates`` and ``statuses`` are (moment, value from then on), oldest first; before the first
    one an item has no estimate and is open.
    """

    item: int
    stays: tuple[Stay, ...]
    estimates: tuple[tuple[int, float | None], ...] = ()
    statuses: tuple[tuple[int, Status], ...] = ()


class StepKind(StrEnum):
    """What changed in a sprint."""

    STARTED = "started"
    ADDED = "added"
    REMOVED = "removed"
    RE_ESTIMATED = "re-estimated"
    DONE = "done"
    REOPENED = "reopened"


class Step(NamedTuple):
    """One change in a sprint, and the totals after it; ``value`` is signed for a re-estimate."""

    at: int
    kind: StepKind
    item: int | None
    value: float
    remaining: float
    scope: float
    done: float
    reason: str = ""
    by: str = ""


class Fate(StrEnum):
    """What became of an item that was in the scope of a sprint."""

    DONE = "done"
    OPEN = "open"
    """Not done at the end: carried over, or still to do."""
    REMOVED = "removed"


@dataclass(slots=True)
class Member:
    """An item that was in scope, and what became of it. ``estimate`` is that of the end."""

    item: int
    value: float
    committed: float | None = None
    """What it counted in the commitment; ``None`` where it was no part of that."""
    fate: Fate = Fate.OPEN
    estimate: float | None = None
    at: int | None = None
    """When it became what it is: added, removed or done."""
    added_at: int | None = None
    reason: str = ""
    by: str = ""


class Summary(NamedTuple):
    """Totals in one unit: ``started + added - removed + estimated = completed + carried``."""

    started: float = 0.0
    added: float = 0.0
    removed: float = 0.0
    estimated: float = 0.0
    completed: float = 0.0
    carried: float = 0.0
    committed_done: float = 0.0
    """What was completed of the commitment, as it was committed."""

    @property
    def difference(self) -> float:
        """By how much the two sides differ; 0 but for rounding."""
        scope = self.started + self.added - self.removed + self.estimated
        return scope - self.completed - self.carried


@dataclass(frozen=True, slots=True)
class Ledger:
    """A sprint rebuilt up to a moment."""

    summary: Summary
    steps: tuple[Step, ...]
    members: tuple[Member, ...]
    unestimated: int
    """Items in scope at the end that have no estimate."""


class _Order(IntEnum):
    """Changes of one instant in the order in which they count."""

    ESTIMATE = 0
    LEAVE = 1
    ENTER = 2
    STATUS = 3


@dataclass(slots=True)
class _State:
    """An item while its changes are followed."""

    is_member: bool = False
    status: Status = Status.OPEN
    estimate: float | None = None
    member: Member | None = None
    """What it counts as, while it is in scope."""

    @property
    def in_scope(self) -> bool:
        return self.member is not None and self.member.fate is not Fate.REMOVED


_Change = tuple[int, _Order, int, object, str, str]


@dataclass(slots=True)
class _Book:
    """Totals while changes are followed; ``by_count`` counts every item as one."""

    by_count: bool
    commits_until: int
    totals: dict[str, float] = field(default_factory=lambda: dict.fromkeys(Summary._fields, 0.0))
    steps: list[Step] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)
    remaining: float = 0.0
    done: float = 0.0

    def worth(self, estimate: float | None) -> float:
        return 1.0 if self.by_count else estimate or 0.0

    def note(
        self, at: int, kind: StepKind, item: int | None, value: float, reason: str, by: str
    ) -> None:
        scope = self.remaining + self.done
        self.steps.append(Step(at, kind, item, value, self.remaining, scope, self.done, reason, by))

    def add(self, at: int, item: int, state: _State, reason: str, by: str) -> None:
        value = self.worth(state.estimate)
        early = at < self.commits_until
        member = Member(item, value, value if early else None, estimate=state.estimate)
        member.added_at, member.at, member.reason, member.by = at, at, reason, by
        self.members[item] = state.member = member
        self.totals["started" if early else "added"] += value
        self.remaining += value
        self.note(at, StepKind.ADDED, item, value, reason, by)

    def remove(self, at: int, item: int, state: _State, reason: str, by: str) -> None:
        member = state.member
        assert member is not None
        if at < self.commits_until:
            self.totals["started"] -= member.value
            member.committed = None
        else:
            self.totals["removed"] += member.value
        if member.fate is Fate.DONE:
            self.done -= member.value
        else:
            self.remaining -= member.value
        member.fate, member.at, member.reason, member.by = Fate.REMOVED, at, reason, by
        self.note(at, StepKind.REMOVED, item, member.value, reason, by)

    def estimate(self, at: int, item: int, state: _State) -> None:
        member = state.member
        assert member is not None
        value = self.worth(state.estimate)
        member.estimate = state.estimate
        change = value - member.value
        if not change:
            return
        if at < self.commits_until:
            self.totals["started"] += change
            member.committed = value
        else:
            self.totals["estimated"] += change
        self.remaining += change
        member.value = value
        self.note(at, StepKind.RE_ESTIMATED, item, change, "", "")

    def finish(self, at: int, item: int, member: Member) -> None:
        self.remaining -= member.value
        self.done += member.value
        member.fate, member.at = Fate.DONE, at
        self.note(at, StepKind.DONE, item, member.value, "", "")

    def reopen(self, at: int, item: int, state: _State) -> None:
        member = state.member
        assert member is not None
        self.remaining += member.value
        self.done -= member.value
        member.fate, member.at = Fate.OPEN, at
        self.note(at, StepKind.REOPENED, item, member.value, "", "")
        self.estimate(at, item, state)

    def commit(self, item: int, state: _State) -> None:
        value = self.worth(state.estimate)
        self.members[item] = state.member = Member(item, value, value, estimate=state.estimate)
        self.totals["started"] += value
        self.remaining += value


def rebuild(
    records: Iterable[MemberRecord],
    *,
    start: int | None,
    until: int,
    closed: bool = False,
    by_count: bool = False,
    commitment: Mapping[int, float | None] | None = None,
    commits_until: int | None = None,
) -> Ledger:
    """The sprint up to ``until``, with what happened at that very moment.

    ``start`` is when it started (``None``: it is planned, and its members are its scope so far).
    ``commitment`` are items and estimates that the event of the start holds; without it they follow
    from the records. ``closed`` says that ``until`` is the close: who enters or leaves at that
    instant does so after it. ``commits_until`` is the end of the grace after the start.
    """
    first = until + 1 if start is None else start
    book = _Book(by_count, first if commits_until is None else commits_until)
    states: dict[int, _State] = {}
    later: list[_Change] = []
    for record in records:
        changes = _changes(record, until, closed)
        state = states[record.item] = _State()
        for change in changes:
            if change[0] < first:
                _take(state, change)
        if start is not None and commitment is not None and record.item in commitment:
            if state.status is not Status.OPEN:  # entered late: what was committed to stands
                later.append((first, _Order.STATUS, record.item, state.status, "", ""))
            state.is_member, state.status = True, Status.OPEN
            state.estimate = commitment[record.item]
            book.commit(record.item, state)
        elif state.is_member and state.status is Status.OPEN:
            if commitment is None or start is None:
                book.commit(record.item, state)
            else:  # it was finished when the sprint started, and that was taken back
                state.is_member = False
                later.append((first, _Order.ENTER, record.item, None, "reopened", ""))
        later += [change for change in changes if change[0] >= first]
    if start is not None:
        book.note(start, StepKind.STARTED, None, book.remaining, "", "")
    for change in sorted(later, key=lambda one: one[:3]):
        _apply(book, change, states[change[2]])
    return _finished(book)


def _changes(record: MemberRecord, until: int, closed: bool) -> list[_Change]:
    """What happened to an item up to a moment, in order; texts are reason and who did it."""
    item = record.item
    last = until - 1 if closed else until
    out: list[_Change] = [
        (at, _Order.ESTIMATE, item, estimate, "", "")
        for at, estimate in record.estimates
        if at <= until
    ]
    out += [(at, _Order.STATUS, item, to, "", "") for at, to in record.statuses if at <= until]
    for stay in record.stays:
        if stay.entered <= last:
            out.append((stay.entered, _Order.ENTER, item, None, stay.reason, stay.by))
        if stay.left is not None and stay.left <= last:
            out.append((stay.left, _Order.LEAVE, item, None, stay.left_reason, stay.left_by))
    return sorted(out, key=lambda one: one[:3])


def _take(state: _State, change: _Change) -> None:
    """Follow a change from before the start, which is no part of the sprint's own record."""
    _, order, _, value, _, _ = change
    if order is _Order.ESTIMATE:
        state.estimate = value  # type: ignore[assignment]
    elif order is _Order.STATUS:
        assert isinstance(value, Status)
        state.status = value
    else:
        state.is_member = order is _Order.ENTER


def _apply(book: _Book, change: _Change, state: _State) -> None:
    """Follow a change within the sprint."""
    at, order, item, _, reason, by = change
    was_member, before = state.is_member, state.status
    _take(state, change)
    member = state.member if state.in_scope else None
    if order is _Order.ESTIMATE:
        if member is not None and state.status is Status.OPEN:
            book.estimate(at, item, state)
    elif order is _Order.ENTER:
        if not was_member and state.status is Status.OPEN:
            book.add(at, item, state, reason, by)
    elif order is _Order.LEAVE:
        if member is not None:
            book.remove(at, item, state, reason, by)
    elif before is not state.status:
        _apply_status(book, at, item, state, member)


def _apply_status(book: _Book, at: int, item: int, state: _State, member: Member | None) -> None:
    if member is None:
        if state.is_member and state.status is Status.OPEN:
            book.add(at, item, state, "reopened", "")
    elif state.status is Status.DROPPED:
        book.remove(at, item, state, "dropped", "")
    elif state.status is Status.DONE:
        book.finish(at, item, member)
    else:
        book.reopen(at, item, state)


def _finished(book: _Book) -> Ledger:
    members = tuple(book.members.values())
    totals = dict(book.totals, completed=book.done, carried=book.remaining)
    totals["committed_done"] = sum(
        member.committed or 0.0 for member in members if member.fate is Fate.DONE
    )
    unestimated = sum(
        member.estimate is None for member in members if member.fate is not Fate.REMOVED
    )
    return Ledger(Summary(**totals), tuple(book.steps), members, unestimated)
