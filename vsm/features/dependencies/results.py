"""Who waits for whom, over all streams: frozen values without numpy, which screens may import.

An open dependency is a ``blocks`` link between two items of which neither is done, dropped or
archived. Days are elapsed; what each figure means stands in ``docs/metrics.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise

NOBODY = ""
"""The team of items that have none."""


@dataclass(frozen=True, slots=True)
class DependentItem:
    """An unfinished item that others wait for, or that waits.

    ``start`` is when it started, ``None`` where it has not; ``since`` when its blocker began that
    says that it waits for another; both UTC microseconds. ``remaining`` are the days that half of
    the items took from its stage to their finish, ``None`` where none has; ``late`` is whether it
    is older than 85 % of what passed its stage.
    """

    id: int
    key: str
    title: str
    stream: str
    stage: str
    team: str
    created: int
    start: int | None
    due: date | None
    blocked: str = ""
    since: int | None = None
    remaining: float | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """An open dependency by the ids of its items, and the days that have been waited for it.

    ``state`` is what the two sides agreed on, ``need_by`` until when it is needed; either may be
    unsaid. ``clock_off`` says that the wait seems to begin later than now, as somebody's clock was
    ahead: how many days it has lasted is not known, and none is counted.
    """

    blocker: int
    waiting: int
    days: float
    state: str = ""
    need_by: date | None = None
    clock_off: bool = False


@dataclass(frozen=True, slots=True)
class TeamPair:
    """What one team waits for of another: open dependencies and days waited, by its items."""

    waiting: str
    blocking: str
    waits: tuple[Wait, ...]

    @property
    def days(self) -> float:
        """Item-days waited."""
        return sum(each.days for each in self.waits)


@dataclass(frozen=True, slots=True)
class Blocker:
    """An unfinished item, and the ids of all that waits behind it, directly or not."""

    item: int
    behind: tuple[int, ...]
    days: float


@dataclass(frozen=True, slots=True)
class Path:
    """The chain to an item that takes longest: ids, what is to be finished first first; days.

    ``ends`` is ``None`` where nothing has finished yet from a stage of what it waits for.
    """

    items: tuple[int, ...]
    days: float
    due: date | None = None
    ends: date | None = None

    @property
    def late(self) -> bool:
        """Whether it is expected to end after it is due."""
        return self.due is not None and self.ends is not None and self.ends > self.due


@dataclass(frozen=True, slots=True)
class Cycle:
    """Items that wait for each other in a circle, by ids, and the link that best breaks it."""

    items: tuple[int, ...]
    cut: tuple[int, int]


class RiskKind(StrEnum):
    """Why a dependency is at risk."""

    BROKEN = "broken"
    """The other side will not deliver, or not in time."""
    LATE = "late"
    """What is due, or needed by a date, is not expected in time."""
    UNAGREED = "unagreed"
    """It is needed soon, and the other side has not accepted."""
    BLOCKED = "blocked"
    """What is waited for is blocked itself."""
    NOT_STARTED = "not started"
    """Nobody has begun what a started item waits for."""
    AGEING = "ageing"
    """What is waited for is older than most ever were at its stage."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A dependency that is at risk: why, the item at risk, what it waits for, and a sentence."""

    kind: RiskKind
    item: int
    on: int
    why: str


@dataclass(frozen=True, slots=True)
class TeamCentrality:
    """What a team is among the others.

    ``between`` is the share of the shortest ways between other teams that lead over it.
    """

    team: str
    waits_for: tuple[str, ...]
    holds_up: tuple[str, ...]
    days_waiting: float
    days_held_up: float
    between: float


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Everything about open dependencies as of a moment (UTC microseconds)."""

    as_of: int
    zone: str
    parts: tuple[DependentItem, ...]
    waits: tuple[Wait, ...]
    matrix: tuple[TeamPair, ...]
    blockers: tuple[Blocker, ...]
    paths: tuple[Path, ...]
    cycles: tuple[Cycle, ...]
    risks: tuple[Risk, ...]
    teams: tuple[TeamCentrality, ...]

    @property
    def clock_off(self) -> tuple[int, ...]:
        """The waiting items of which it is not known how long they have waited, by id."""
        return tuple(dict.fromkeys(each.waiting for each in self.waits if each.clock_off))

    def part(self, item: int) -> DependentItem:
        """An item by its id; raises ``KeyError`` where it is not among them."""
        found = next((each for each in self.parts if each.id == item), None)
        if found is None:
            raise KeyError(item)
        return found

    def among(self, team: str) -> Dependencies:
        """Only what a team waits for and what it holds up; days are those of before."""
        of = {part.id: part.team for part in self.parts}
        return self._only(
            tuple(each for each in self.waits if team in (of[each.waiting], of[each.blocker]))
        )

    def between(self, waiting: str, blocking: str) -> Dependencies:
        """Only what one team waits for of another; days are those of before."""
        of = {part.id: part.team for part in self.parts}
        return self._only(
            tuple(
                each
                for each in self.waits
                if (of[each.waiting], of[each.blocker]) == (waiting, blocking)
            )
        )

    def _only(self, waits: tuple[Wait, ...]) -> Dependencies:
        """What has to do with some of the dependencies, each as it is told of among all."""
        kept = {(each.blocker, each.waiting) for each in waits}
        blockers = {each.blocker for each in waits}
        matrix = [
            replace(each, waits=tuple(w for w in each.waits if (w.blocker, w.waiting) in kept))
            for each in self.matrix
        ]
        return replace(
            self,
            waits=waits,
            matrix=tuple(each for each in matrix if each.waits),
            blockers=tuple(each for each in self.blockers if each.item in blockers),
            paths=tuple(each for each in self.paths if kept & set(pairwise(each.items))),
            cycles=tuple(
                each for each in self.cycles if kept & set(pairwise((*each.items, each.items[0])))
            ),
            risks=tuple(each for each in self.risks if (each.on, each.item) in kept),
            teams=(),
        )

    def chain(self, item: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """What an item waits for and what waits for it, directly or not, as trees.

        Each is a list of (how far away, item), parents before their children; what was listed
        already is not gone into again.
        """
        before: dict[int, list[int]] = defaultdict(list)
        after: dict[int, list[int]] = defaultdict(list)
        for each in self.waits:
            before[each.waiting].append(each.blocker)
            after[each.blocker].append(each.waiting)

        def tree(links: Mapping[int, list[int]]) -> list[tuple[int, int]]:
            out: list[tuple[int, int]] = []
            seen = {item}
            todo = [(1, other) for other in reversed(links.get(item, []))]
            while todo:
                depth, here = todo.pop()
                out.append((depth, here))
                if here not in seen:
                    seen.add(here)
                    todo += [(depth + 1, other) for other in reversed(links.get(here, []))]
            return out

        return tree(before), tree(after)
