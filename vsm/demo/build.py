"""Make the demo organisation by simulating its work, half-day by half-day.

Everything goes through the same door as a person's work (:class:`vsm.session.Session`), with a
clock of its own. Deterministic for (seed, day): the same identities, moves and times.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from vsm.demo.words import BLOCKERS, OVERRULES, PEOPLE, PLOTS, TYPES, Plot, Station
from vsm.model import command as c
from vsm.model.errors import Refusal
from vsm.model.item import ClassOfService, LinkKind
from vsm.model.rules import to_micros
from vsm.model.stream import Category, LimitKind, ValueStream
from vsm.read import Reader
from vsm.session import Done, Session

DAYS = 120
SEED = 7


@dataclass(slots=True)
class Work:
    """An item of the simulation: where it is, what is left to do, until when it is blocked."""

    id: int
    place: int
    left: float = 0.0
    free_on: int | None = None
    turns: int = 0


@dataclass(slots=True)
class World:
    """The clock, the dice and the door."""

    dice: random.Random
    moment: datetime
    session: Session | None = None
    tick: int = 0
    people: list[str] = field(default_factory=list)

    def now(self) -> int:
        """The demo's time, in UTC microseconds; a few minutes pass between two changes."""
        self.moment += timedelta(seconds=self.dice.randint(40, 400))
        return to_micros(self.moment)

    def do(self, *commands: c.Command) -> Done | Refusal:
        """Do something as the demo."""
        if self.session is None:
            raise RuntimeError("the demo has no session yet")
        return self.session.do(*commands)


def make_demo(path: Path, *, today: date, seed: int = SEED, days: int = DAYS) -> None:
    """Make the demo database at ``path``, whose history ends on the morning of ``today``."""
    first = datetime(today.year, today.month, today.day, 7, tzinfo=UTC) - timedelta(days=days)
    world = World(random.Random(f"{seed}/{today.isoformat()}"), first)
    session = Session(path, actor="demo", source="demo", session=f"demo-{seed}", clock=world.now)
    world.session = session
    try:
        lines = [_Line(world, plot, path) for plot in PLOTS]
        for day in range(days):
            date_of = first + timedelta(days=day)
            if date_of.weekday() >= 5:
                continue
            for hour in (0, 4):
                world.moment = max(world.moment, date_of + timedelta(hours=hour))
                world.tick += 1
                for line in reversed(lines):  # the first stream is the one used last
                    line.half_day()
        _tie_together(world, lines)
    finally:
        session.close()


class _Line:
    """One stream at work."""

    def __init__(self, world: World, plot: Plot, path: Path) -> None:
        self.world, self.plot = world, plot
        world.do(
            c.CreateStream(
                name=plot.name,
                zone=plot.zone,
                prefix=plot.prefix,
                commitment=plot.commitment,
                stages=tuple(
                    c.NewStage(
                        s.name, s.category, s.limit, s.kind if s.limit else LimitKind.NONE, s.team
                    )
                    for s in plot.stations
                ),
            )
        )
        reader = Reader(path)
        self.stream: ValueStream = reader.stream_named(plot.name)
        self.teams = {team.name: team.id for team in reader.teams()}
        reader.close()
        self.stages = [s.id for s in self.stream.stages]
        self.items: list[Work] = []
        self.titles = 0
        self.done_at = next(n for n, s in enumerate(plot.stations) if s.category is Category.DONE)
        for _ in range(6):
            self._arrive()

    def half_day(self) -> None:
        """New ideas come, work goes on, what is ready is pulled, from the end to the front."""
        dice = self.world.dice
        for _ in range(_poisson(dice, self.plot.arrivals)):
            self._arrive()
        for place in range(self.done_at - 1, -1, -1):
            station = self.plot.stations[place]
            here = [w for w in self.items if w.place == place]
            self._work(station, here)
            for work in here:
                if work.left <= 0 and work.free_on is None:
                    self._pull(work, station)

    def _arrive(self) -> None:
        dice, plot = self.world.dice, self.plot
        base = plot.titles[self.titles % len(plot.titles)]
        again = self.titles // len(plot.titles)
        title = base if not again else f"{base}, part {again + 1}"
        self.titles += 1
        team = next(s.team for s in plot.stations if s.team)
        service = dice.choices(
            (ClassOfService.STANDARD, ClassOfService.FIXED_DATE, ClassOfService.INTANGIBLE),
            (86, 8, 6),
        )[0]
        fields = {"type": dice.choice(TYPES), "service": service, "team": self.teams[team or ""]}
        done = self.world.do(c.AddItem(self.stream.id, title, self.stages[0], fields=fields))
        if isinstance(done, Done) and done.changes[0].item is not None:
            self.items.append(Work(done.changes[0].item, 0, left=dice.randint(0, 8)))

    def _work(self, station: Station, here: list[Work]) -> None:
        dice = self.world.dice
        busy = 0
        for work in here:
            if work.free_on is not None:
                if self.world.tick >= work.free_on:
                    self.world.do(c.UnblockItem(work.id))
                    work.free_on = None
                continue
            if station.category is Category.BACKLOG:
                work.left -= 1
            elif not station.places:
                work.left = 0
            elif busy < station.places:
                busy += 1
                work.left -= 1
                if station.category is Category.ACTIVE and dice.random() < 0.018:
                    kind, reason = dice.choice(BLOCKERS)
                    self.world.do(c.BlockItem(work.id, kind, reason))
                    work.free_on = self.world.tick + dice.randint(2, 14)

    def _pull(self, work: Work, station: Station) -> None:
        dice = self.world.dice
        if station.category is not Category.ACTIVE and dice.random() < 0.003:
            if not isinstance(self.world.do(c.DropItem(work.id, "no longer needed")), Refusal):
                self.items.remove(work)
            return
        target = work.place + 1
        if station.name == "Test" and work.turns < 2 and dice.random() < 0.1:
            target = next(n for n, s in enumerate(self.plot.stations) if s.name == "Build")
            work.turns += 1
        there = self.plot.stations[target]
        full = there.limit is not None and self._count(target) >= there.limit
        if full and dice.random() > 0.03:
            return
        done = self.world.do(
            c.MoveItem(
                work.id, self.stages[target], reason=dice.choice(OVERRULES) if full else None
            )
        )
        if isinstance(done, Refusal):
            return
        work.place = target
        if target >= self.done_at:
            self.items.remove(work)
            return
        work.left = dice.lognormvariate(math.log(there.touch), 0.6) if there.touch else 0.0
        if there.category is Category.ACTIVE and there.team:
            owner = dice.choice(PEOPLE[there.team])
            team = self.teams[there.team]
            self.world.do(c.EditItem(work.id, {"owner": owner, "team": team}))

    def _count(self, place: int) -> int:
        return sum(1 for w in self.items if w.place == place)


def _tie_together(world: World, lines: list[_Line]) -> None:
    """Links across streams, an expedite item, a due date: what a real board has at any time."""
    dice = world.dice
    cards, _, payments = lines
    slow = [w for w in payments.items if w.place in (1, 2)]
    waiting = [w for w in cards.items if w.place in (1, 2, 3)]
    for blocker, blocked in zip(slow[:3], waiting[1:6:2], strict=False):
        world.do(c.LinkItems(blocker.id, blocked.id, LinkKind.BLOCKS))
    for line in lines:
        working = [w for w in line.items if w.place >= 2]
        if working:
            urgent = dice.choice(working)
            world.do(c.EditItem(urgent.id, {"service": "expedite"}))
        if len(line.items) > 4:
            first, second = dice.sample(line.items, 2)
            world.do(c.LinkItems(first.id, second.id, LinkKind.RELATES))
        for work in dice.sample(line.items, min(3, len(line.items))):
            due = world.moment.date() + timedelta(days=dice.randint(5, 40))
            world.do(c.EditItem(work.id, {"due": due.isoformat()}))


def _poisson(dice: random.Random, mean: float) -> int:
    """A Poisson number by Knuth's product of uniforms; fine for small means."""
    floor, product, count = math.exp(-mean), dice.random(), 0
    while product > floor:
        product *= dice.random()
        count += 1
    return count
