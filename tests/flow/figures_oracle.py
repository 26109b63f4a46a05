"""Computes the figures of the charts once more, item by item in plain Python: docs/metrics.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import prod

from tests.flow.oracle import ItemRecord, days_here, is_elsewhere, micros_here
from vsm.model import rules
from vsm.model.item import Quality, Visit
from vsm.model.stream import Category, Direction, ValueStream

Span = tuple[int, int]


@dataclass(frozen=True)
class Item:
    """One item as it was known: visits with their ends, and what follows from them."""

    id: int
    visits: Sequence[Visit]
    quality: Quality
    blocks: Sequence[Span]
    start: int | None
    finish: int | None
    state: str

    @property
    def known(self) -> bool:
        """Whether its history shows if it started."""
        ends = self.quality is Quality.ENDPOINTS_ONLY and self.start is not None
        return self.quality is Quality.FULL or ends

    @property
    def backwards(self) -> bool:
        """Whether an entry carries an earlier moment than the one before it."""
        return any(b.entered < a.entered for a, b in pairwise(self.visits))

    @property
    def end(self) -> int:
        """The end of the last visit: as-of."""
        left = self.visits[-1].left
        assert left is not None
        return left


@dataclass
class Oracle:
    """Items of a stream as known at a moment, and a window of days."""

    items: Mapping[int, ItemRecord]
    stream: ValueStream
    first: date
    last: date
    as_of: int
    blocks: Mapping[int, Sequence[Span]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zone = self.stream.zone
        self.days = rules.Days(zone)
        self.today = rules.day_of(self.days.number(self.as_of))
        self.begin = rules.day_start(self.first, zone)
        ends = rules.day_start(min(self.last, self.today) + timedelta(days=1), zone)
        self.end = min(ends, self.as_of + 1)
        self.known: list[Item] = []
        for number, record in sorted(self.items.items()):
            visits = rules.as_of(record.visits, self.as_of)
            if not visits or is_elsewhere(visits):
                continue
            blocks = [
                (a, min(b, self.as_of)) for a, b in self.blocks.get(number, ()) if a <= self.as_of
            ]
            closed = [*visits[:-1], visits[-1]._replace(left=self.as_of)]
            self.known.append(
                Item(
                    number,
                    closed,
                    record.quality,
                    blocks,
                    rules.start_of(visits, self.stream),
                    rules.finish_of(visits, self.stream),
                    rules.state_of(visits, self.stream),
                )
            )

    def inside(self, at: int | None) -> bool:
        """Whether a moment lies in the window."""
        return at is not None and self.begin <= at < self.end

    @property
    def finished(self) -> list[Item]:
        """Items whose finish lies in the window."""
        return [i for i in self.known if i.state == "finished" and self.inside(i.finish)]

    @property
    def whole(self) -> list[Item]:
        """Those of them with a start and their whole path, forward in time."""
        return [
            i
            for i in self.finished
            if i.quality is Quality.FULL and i.start is not None and not i.backwards
        ]

    def place(self, stage: int) -> int:
        """The place of a stage in the order."""
        return self.stream.index[stage]

    def category(self, stage: int) -> Category:
        """The category of a stage."""
        return self.stream.stage(stage).category

    # -- figures ----------------------------------------------------------------------

    def time_in_stage(self) -> dict[str, list[float]]:
        """Days of each finished item in each stage it was in."""
        out: dict[str, list[float]] = {}
        for item in self.finished:
            if item.quality is not Quality.FULL or item.backwards:
                continue
            spent: Counter[str] = Counter()
            for v in item.visits:
                if not self.category(v.stage).ended:
                    spent[self.stream.stage(v.stage).name] += (v.left or 0) - v.entered
            for name, micros in spent.items():
                out.setdefault(name, []).append(micros / rules.DAY)
        return {name: sorted(values) for name, values in out.items()}

    def blocked(self, item: Item, a: int, b: int) -> int:
        """Microseconds of a span in which an item was blocked: the union of its blockers."""
        marks = sorted({a, b, *(t for block in item.blocks for t in block if a < t < b)})
        return sum(
            d - c for c, d in pairwise(marks) if any(x <= c and d <= y for x, y in item.blocks)
        )

    def efficiency(self) -> tuple[int, int]:
        """Active and all microseconds between start and finish."""
        active = total = 0
        for item in self.whole:
            assert item.start is not None and item.finish is not None
            total += micros_here(item.visits, item.start, item.finish)
            for v in item.visits:
                a, b = max(v.entered, item.start), min(v.left or 0, item.finish)
                if b > a and self.category(v.stage) is Category.ACTIVE:
                    active += b - a - self.blocked(item, a, b)
        return active, total

    def blocked_days(self) -> float:
        """Blocked time of started items in the window, up to their finish."""
        total = 0
        for item in self.known:
            if item.start is None or not item.known:
                continue
            last = item.finish if item.state == "finished" else self.as_of
            a, b = max(item.start, self.begin), min(last or 0, self.end)
            total += self.blocked(item, a, b) if b > a else 0
        return total / rules.DAY

    def pace(self) -> dict[str, list[int]]:
        """Ages at which the finished items last passed each stage."""
        out: dict[str, list[int]] = {}
        working = [s for s in self.stream.order if s.id in self.stream.starting]
        for stage in working:
            at = self.place(stage.id)
            ages = []
            for item in self.whole:
                assert item.start is not None
                passed = item.start
                for one, two in pairwise(item.visits):
                    if self.place(one.stage) <= at < self.place(two.stage):
                        passed = max(item.start, two.entered)
                if stage.id == working[-1].id:
                    assert item.finish is not None
                    passed = item.finish
                ages.append(days_here(item.visits, self.days, item.start, passed))
            out[stage.name] = sorted(ages)
        return out

    def rework(self) -> Counter[tuple[str, str]]:
        """Rework moves in the window by pair, of items with a full history."""
        out: Counter[tuple[str, str]] = Counter()
        for item in self.full:
            for one, two in pairwise(item.visits):
                back = self.stream.direction(one.stage, two.stage) is Direction.REWORK
                if back and self.inside(two.entered):
                    names = self.stream.stage(one.stage).name, self.stream.stage(two.stage).name
                    out[names] += 1
        return out

    def complete_accurate(self) -> dict[str, tuple[int, int]]:
        """Stage → (items that first left it forward in the window, those that came back)."""
        out: dict[str, tuple[int, int]] = {}
        for item in self.full:
            seen: set[int] = set()
            for n, (one, two) in enumerate(pairwise(item.visits), 1):
                is_forward = self.stream.direction(one.stage, two.stage) is Direction.FORWARD
                if not is_forward or one.stage in seen:
                    continue
                seen.add(one.stage)
                if self.inside(two.entered) and not self.category(one.stage).ended:
                    left_place = self.place(one.stage)
                    came_back = any(self.place(v.stage) <= left_place for v in item.visits[n:])
                    name = self.stream.stage(one.stage).name
                    left, returned = out.get(name, (0, 0))
                    out[name] = left + 1, returned + came_back
        return out

    @property
    def full(self) -> list[Item]:
        """Items of whose history the source left nothing out."""
        return [i for i in self.known if i.quality is Quality.FULL]

    def partly_known(self) -> int:
        """The other items, of those that moved in the window."""
        return sum(
            i.quality is not Quality.FULL and any(self.inside(v.entered) for v in i.visits[1:])
            for i in self.known
        )

    def main_path(self) -> list[str]:
        """The names of the stages along which most work goes, over all history up to as-of."""
        starts: Counter[int] = Counter()
        moves: Counter[tuple[int, int]] = Counter()
        for item in self.full:
            at_start = [
                v.stage
                for v in item.visits
                if v.entered == item.start and v.stage in self.stream.starting
            ]
            starts.update(self.place(stage) for stage in at_start[:1])
            for one, two in pairwise(item.visits):
                if self.stream.direction(one.stage, two.stage) is Direction.FORWARD:
                    moves[self.place(one.stage), self.place(two.stage)] += 1
        path: list[int] = []
        place = min(starts, key=lambda p: (-starts[p], p), default=None)
        while place is not None and place not in path:
            if self.stream.order[place].category.ended:
                break
            path.append(place)
            following = {b: n for (a, b), n in moves.items() if a == place}
            place = min(following, key=lambda p: (-following[p], p), default=None)
        return [self.stream.order[p].name for p in path]

    def rolled(self) -> float | None:
        """The product of the shares of the stages along the main path that have one."""
        shares = self.complete_accurate()
        known = [1 - b / n for name in self.main_path() for n, b in [shares.get(name, (0, 0))] if n]
        return prod(known) if known else None

    def in_progress_before_the_window(self) -> int:
        """Timed items in progress just before the window's first moment."""
        count = 0
        for item in self.known:
            if item.start is None or not item.known or item.backwards or item.start >= self.begin:
                continue
            count += any(
                v.entered < self.begin <= (v.left or 0) + (v is item.visits[-1])
                and not self.category(v.stage).ended
                for v in item.visits
            )
        return count

    def wip_micros(self) -> int:
        """Item-microseconds of work in progress in the window."""
        total = 0
        for item in self.known:
            if item.start is None or not item.known or item.backwards:
                continue
            for v in item.visits:
                if not self.category(v.stage).ended:
                    left = (v.left or 0) + (v is item.visits[-1])
                    total += max(0, min(left, self.end) - max(v.entered, item.start, self.begin))
        return total

    def day_ends(self) -> list[int]:
        """The last known moment of each day of the window."""
        out, day = [], self.first
        while day <= min(self.last, self.today):
            end = rules.day_start(day + timedelta(days=1), self.stream.zone)
            out.append(min(end, self.end) - 1)
            day += timedelta(days=1)
        return out

    def there(self, item: Item, at: int) -> tuple[int, int] | None:
        """The stage of an item at a moment and the furthest that it had been, as places."""
        begun = [n for n, v in enumerate(item.visits) if v.entered <= at]
        past = [self.place(v.stage) for v in item.visits[: begun[-1] + 1]] if begun else []
        if not past:
            return None
        left = item.visits[begun[-1]].left or 0
        is_last = begun[-1] == len(item.visits) - 1
        return (past[-1] if is_last or at < left else -1), max(past)
