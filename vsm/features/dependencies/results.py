"""Open dependencies over all streams: frozen values without numpy, which screens may import.

An open dependency is a ``blocks`` link between two items of which neither is done, dropped or
archived. Days are elapsed; what each figure means stands in ``docs/metrics.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, ClassVar

from vsm.model.item import DependencyState
from vsm.report.publish import HIDDEN, ITEM, MOMENT, OPTIONAL, Inline, Name, Only, follows

Days = Annotated[float, 1]
Chance = Annotated[float, 2]
NOBODY = ""
"""The team of items that have none."""


@dataclass(frozen=True, slots=True)
class DependentItem:
    """An unfinished item that others wait for, or that waits.

    ``start`` is when it started, ``None`` where it has not; ``since`` when its blocker began that
    says that it waits for another; both UTC microseconds. ``remaining`` is the median of ``takes``:
    the days from now to its finish, ascending, each equally likely, as ``vsm forecast items`` has
    them; of an item that has not started those of the items that finished from its stage on.
    ``None`` where nothing is known. Dates are days in ``zone``, that of its stream. ``late`` is
    whether it is older than 85% of what passed its stage. ``canonical`` is the name that all
    streams share of its stage, by the standard that its own follows.
    """

    id: Annotated[int, HIDDEN]
    key: str
    title: str
    stream: str
    stage: str
    team: str
    created: Annotated[int, HIDDEN]
    start: Annotated[int | None, HIDDEN]
    due: Annotated[date | None, HIDDEN]
    blocked: Annotated[str, HIDDEN] = ""
    since: Annotated[int | None, HIDDEN] = None
    remaining: Annotated[Days | None, Name("remaining_days")] = None
    late: Annotated[bool, HIDDEN] = False
    takes: Annotated[tuple[float, ...], HIDDEN] = ()
    zone: Annotated[str, HIDDEN] = ""
    canonical: str | None = None

    @property
    @follows("stage")
    def is_blocked(self) -> Annotated[bool, Name("blocked")]:
        """Whether it is blocked now."""
        return bool(self.blocked)


@dataclass(frozen=True, slots=True)
class Odds:
    """The dates by which an item is finished with odds of 50% and 85%.

    ``p85`` is null where that is later than can be foreseen. ``in_time`` are the odds that it is
    by the date that it is due or needed, null without one.
    """

    p50: date
    p85: date | None
    in_time: Chance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One item that waits for another, by id, and the days that it has waited.

    ``state`` is what the two sides agreed on, ``need_by`` until when it is needed. With
    ``clock_skew`` the wait seems to begin later than now, as somebody's clock was ahead: no days
    are counted.
    """

    waiting: Annotated[int, ITEM]
    blocker: Annotated[int, ITEM]
    waiting_team: str = ""
    blocking_team: str = ""
    days: Days
    state: DependencyState | None = None
    need_by: date | None = None
    clock_off: Annotated[bool, Name("clock_skew")] = False
    odds: Annotated[Odds | None, OPTIONAL] = None


@dataclass(frozen=True, slots=True)
class TeamPair:
    """What one team waits for of another: open dependencies and days waited, by its items."""

    waiting: Annotated[str, Name("waiting_team")]
    blocking: Annotated[str, Name("blocking_team")]
    waits: Annotated[tuple[Wait, ...], HIDDEN]

    @property
    @follows("waits")
    def open(self) -> int:
        """How many of its items wait, each counted for each that it waits for."""
        return len(self.waits)

    @property
    @follows("open")
    def days(self) -> Annotated[Days, Name("waiting_item_days")]:
        """Item-days waited."""
        return sum(wait.days for wait in self.waits)


@dataclass(frozen=True, slots=True)
class Blocker:
    """An unfinished item, and the ids of all that waits behind it, directly or not."""

    part: Annotated[
        DependentItem, Inline("key", "title", "team", "stream", "stage", "canonical", "blocked")
    ]
    days: Annotated[Days, Name("waiting_item_days")]
    behind: tuple[Annotated[int, ITEM], ...]

    @property
    def item(self) -> int:
        """Its id."""
        return self.part.id

    @property
    @follows("part")
    def waiting_items(self) -> int:
        """How many wait behind it."""
        return len(self.behind)


@dataclass(frozen=True, slots=True)
class Path:
    """The chain to an item that takes longest, what is to be finished first first.

    ``days`` and ``expected`` are those of even odds: null where nothing that finished took as
    long from a stage of what it waits for.
    """

    total: Annotated[float, HIDDEN]
    ends: Annotated[date | None, Name("expected")]
    parts: Annotated[
        tuple[DependentItem, ...],
        Only("key", "team", "stage", "remaining_days"),
        Name("items"),
    ]
    odds: Annotated[Odds | None, OPTIONAL] = None

    @property
    def items(self) -> tuple[int, ...]:
        """Ids."""
        return tuple(part.id for part in self.parts)

    @property
    @follows("")
    def to(self) -> str:
        """The key of the item at its end."""
        return self.parts[-1].key

    @property
    @follows("to")
    def days(self) -> Days | None:
        """Expected days until its end."""
        return None if self.ends is None else self.total

    @property
    @follows("ends")
    def due(self) -> date | None:
        """When the item at its end is due."""
        return self.parts[-1].due

    @property
    @follows("due")
    def late(self) -> bool:
        """Whether it is likelier than not that it ends after it is due."""
        return self.due is not None and self.ends is not None and self.ends > self.due


@dataclass(frozen=True, slots=True)
class Cycle:
    """Items that wait for each other in a circle, and the link that best breaks it."""

    items: tuple[Annotated[int, ITEM], ...]
    cut: Annotated[tuple[Annotated[int, ITEM], Annotated[int, ITEM]], Name("unlink")]


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
    """A dependency at risk: the item at risk and what it waits for."""

    kind: RiskKind
    item: Annotated[int, ITEM, Name("key")]
    on: Annotated[int, ITEM]
    why: str


@dataclass(frozen=True, slots=True)
class TeamCentrality:
    """What a team is among the others.

    ``between`` is the share of the shortest ways between other teams that lead over it.
    """

    team: str
    waits_for: tuple[str, ...]
    holds_up: tuple[str, ...]
    days_waiting: Annotated[Days, Name("item_days_waiting")]
    days_held_up: Annotated[Days, Name("item_days_held_up")]
    between: Annotated[float, 3, Name("betweenness")]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Open dependencies over all streams and teams. ``as_of`` is in UTC microseconds.

    With a ``filter`` those of which one of the two items fits it; days and odds are of all.
    """

    SCHEMA: ClassVar[str] = "vsm.dependencies/1"

    as_of: Annotated[int, MOMENT]
    zone: Annotated[str, HIDDEN]
    parts: Annotated[tuple[DependentItem, ...], HIDDEN]
    matrix: Annotated[tuple[TeamPair, ...], Name("team_matrix")]
    blockers: Annotated[tuple[Blocker, ...], Name("top_blockers")]
    paths: tuple[Path, ...]
    cycles: tuple[Cycle, ...]
    risks: tuple[Risk, ...]
    teams: tuple[TeamCentrality, ...]
    waits: Annotated[tuple[Wait, ...], Name("open")]
    filter: str | None = None

    @property
    def keys(self) -> tuple[tuple[int, str], ...]:
        """Ids and keys of all items."""
        return tuple((part.id, part.key) for part in self.parts)

    @property
    @follows("blockers")
    def critical_path(self) -> Path | None:
        """The path that matters most."""
        return self.paths[0] if self.paths else None

    @property
    def clock_off(self) -> tuple[int, ...]:
        """The waiting items of which it is not known how long they have waited, by id."""
        return tuple(dict.fromkeys(wait.waiting for wait in self.waits if wait.clock_off))

    def part(self, item: int) -> DependentItem:
        """An item by its id; raises ``KeyError`` where it is not among them."""
        match = next((part for part in self.parts if part.id == item), None)
        if match is None:
            raise KeyError(item)
        return match

    def among(self, team: str) -> Dependencies:
        """Only what a team waits for and what it holds up; days are those of before."""
        return self._only(
            tuple(wait for wait in self.waits if team in (wait.waiting_team, wait.blocking_team))
        )

    def between(self, waiting: str, blocking: str) -> Dependencies:
        """Only what one team waits for of another; days are those of before."""
        return self._only(
            tuple(
                wait
                for wait in self.waits
                if (wait.waiting_team, wait.blocking_team) == (waiting, blocking)
            )
        )

    def fitting(self, items: Collection[int], filter: str) -> Dependencies:
        """Only those of which one of the two items is among these, which fit a filter."""
        some = tuple(w for w in self.waits if w.waiting in items or w.blocker in items)
        return replace(self._only(some), filter=filter)

    def _only(self, waits: tuple[Wait, ...]) -> Dependencies:
        """What has to do with some of the dependencies, each as it is told of among all."""
        kept = {(wait.blocker, wait.waiting) for wait in waits}
        blockers = {wait.blocker for wait in waits}
        matrix = [
            replace(pair, waits=tuple(w for w in pair.waits if (w.blocker, w.waiting) in kept))
            for pair in self.matrix
        ]
        return replace(
            self,
            waits=waits,
            matrix=tuple(pair for pair in matrix if pair.waits),
            blockers=tuple(top for top in self.blockers if top.item in blockers),
            paths=tuple(path for path in self.paths if kept & set(pairwise(path.items))),
            cycles=tuple(
                cycle
                for cycle in self.cycles
                if kept & set(pairwise((*cycle.items, cycle.items[0])))
            ),
            risks=tuple(risk for risk in self.risks if (risk.on, risk.item) in kept),
            teams=(),
        )

    def chain(self, item: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """What an item waits for and what waits for it, directly or not, as trees.

        Each is a list of (how far away, item), parents before their children; what was listed
        already is not gone into again.
        """
        before: dict[int, list[int]] = defaultdict(list)
        after: dict[int, list[int]] = defaultdict(list)
        for wait in self.waits:
            before[wait.waiting].append(wait.blocker)
            after[wait.blocker].append(wait.waiting)

        def tree(links: Mapping[int, list[int]]) -> list[tuple[int, int]]:
            out: list[tuple[int, int]] = []
            seen = {item}
            todo = [(1, other) for other in reversed(links.get(item, []))]
            while todo:
                depth, current = todo.pop()
                out.append((depth, current))
                if current not in seen:
                    seen.add(current)
                    todo += [(depth + 1, other) for other in reversed(links.get(current, []))]
            return out

        return tree(before), tree(after)
