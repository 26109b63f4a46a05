"""The simulation: half-hour by half-hour, who takes up, finishes, blocks and hands over what.

Pure: it knows nothing of a database and tells what happens as :class:`~vsm.demo.acts.Moment`.
Deterministic for (seed, day).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

from vsm.demo import texts
from vsm.demo.acts import (
    Act,
    Add,
    Block,
    Comment,
    Edit,
    Moment,
    Move,
    Piece,
    Unblock,
)
from vsm.demo.backlog import Backlog, fields_of, points
from vsm.demo.calendar import first_day, moment, working_days
from vsm.demo.dice import Deck, shares, sizes
from vsm.demo.people import ALSO_IN, TEAMS
from vsm.demo.plan import LINES, TICKS, Line, Station
from vsm.model.item import BlockerKind
from vsm.model.stream import Category


class World:
    """The bank at work: its clock, its people, its streams."""

    def __init__(self, seed: int, today: date) -> None:
        self.dice = random.Random(f"{seed}/{today.isoformat()}")
        self.first = first_day(today)
        self.days = working_days(self.first, today)
        self.day = self.tick = 0
        self.told: list[Moment] = []
        self.teams = {team: [login for login, _ in people] for team, people in TEAMS.items()}
        for login, team in ALSO_IN.items():
            self.teams[team].append(login)
        self.load = dict.fromkeys((m for people in self.teams.values() for m in people), 0)
        self._at = moment(self.days[0], 0)
        self._over = {kind: Deck(self.dice, texts) for kind, texts in texts.OVER_LIMIT.items()}
        self.floors = {line.code: Floor(self, line) for line in LINES}

    @property
    def now(self) -> int:
        """Half-hours worked since the beginning."""
        return self.day * TICKS + self.tick

    @property
    def today(self) -> date:
        """The day that is being lived."""
        return self.days[self.day]

    def before_end(self) -> int:
        """Working days until the end, today being 1 on the last one."""
        return len(self.days) - self.day

    def tell(self, by: str, *acts: Act) -> None:
        """Somebody does something now; what one person does in a row is one moment."""
        last = self.told[-1] if self.told else None
        start = moment(self.today, self.tick)
        if last is not None and last.by == by and last.at >= start:
            last.acts += acts
            return
        self._at = max(self._at, start) + timedelta(seconds=self.dice.randint(25, 150))
        self.told.append(Moment(self._at, by, list(acts)))

    def why_over(self, kind: str) -> str:
        """A reason to exceed a limit."""
        return self._over[kind].draw()

    def free(self, team: str, but: str | None = None) -> str:
        """The member of a team with the least in hand, and not ``but``."""
        people = [m for m in self.teams[team] if m != but]
        least = min(self.load[m] for m in people)
        return self.dice.choice([m for m in people if self.load[m] == least])

    def hold(self, piece: Piece, owner: str | None) -> None:
        """A piece changes hands; nobody has it with ``None``."""
        if piece.owner is not None:
            self.load[piece.owner] -= 1
        piece.owner = owner
        if owner is not None:
            self.load[owner] += 1


class Floor:
    """One stream at work."""

    def __init__(self, world: World, line: Line) -> None:
        self.world, self.line = world, line
        self.backlog = Backlog(world.dice, line)
        self.at: dict[str, list[Piece]] = {s.name: [] for s in line.stations}
        self.station = {s.name: s for s in line.stations}
        self.first = line.stations[0].name
        self.lead = world.teams[line.teams[0]][0]
        self._seq = 0
        self._sizes = {s.name: sizes(world.dice) for s in line.stations}
        self._back = {
            s.name: shares(world.dice, s.back[1]) for s in line.stations if s.back is not None
        }
        self._blocked = shares(world.dice, line.blocked, 40)
        self._blockers = Deck(world.dice, texts.BLOCKERS[line.code])
        self._notes = Deck(world.dice, texts.NOTES[line.code])
        self._findings = {
            stage: Deck(world.dice, texts)
            for stage, texts in texts.REWORK.items()
            if stage in self.station
        }

    # -- coming and going ---------------------------------------------------------

    def add(self, by: str, pieces: Iterable[Piece]) -> None:
        """New work comes into the backlog."""
        acts: list[Act] = []
        for piece in pieces:
            acts.append(Add(piece, self.line, fields_of(piece, self.world.today)))
            self._put(piece, self.first)
        if acts:
            self.world.tell(by, *acts)

    def _put(self, piece: Piece, stage: str) -> None:
        if piece in self.at[piece.place]:
            self.at[piece.place].remove(piece)
        self._seq += 1
        piece.place, piece.seq = stage, self._seq
        self.at[stage].append(piece)

    def adopt(self, piece: Piece) -> None:
        """It comes from another stream into the backlog."""
        piece.place = self.first
        self._put(piece, self.first)

    def in_order(self, stage: str) -> list[Piece]:
        """The pieces in a stage in the order in which they are taken up."""
        rank = {"expedite": 0, "fixed-date": 1}
        return sorted(self.at[stage], key=lambda p: (rank.get(p.service, 2), p.turns == 0, p.seq))

    def remove(self, piece: Piece) -> None:
        """It leaves this stream: dropped, or for another one."""
        self.at[piece.place].remove(piece)
        self.world.hold(piece, None)

    # -- one half-hour --------------------------------------------------------------

    def half_hour(self) -> None:
        """Work goes on, and what is ready is pulled, from the end of the stream to its front."""
        for station in reversed(self.line.stations):
            if station.category.ended:
                continue
            here = self.at[station.name]
            if not here:
                continue
            for piece in list(here):
                if piece.blocked:
                    self._freed(piece)
            if station.category is Category.ACTIVE:
                self._work(station)
            elif station.category is Category.QUEUE:
                self._hand_on(station)
            else:
                self._take_in()

    def _freed(self, piece: Piece) -> None:
        world, other = self.world, piece.waits_for
        if other is not None and other.place in ("Done", "Closed", "To release"):
            piece.until = world.now
        if piece.until is not None and world.now >= piece.until:
            piece.blocked, piece.until, piece.waits_for = False, None, None
            world.tell(piece.owner or self.lead, Unblock(piece))
        elif piece.nag is not None and world.now >= piece.nag:
            long = other is not None and piece.until is None
            piece.nag = world.now + world.dice.randint(5, 9) * TICKS if long else None
            said = texts.WAITING_STILL if long else texts.BLOCKED_STILL
            world.tell(piece.owner or self.lead, Comment(piece, world.dice.choice(said)))

    def block(self, piece: Piece, kind: BlockerKind, reason: str, ticks: int | None) -> None:
        """It cannot go on, for so many half-hours or (``None``) until what it waits for is done."""
        world = self.world
        piece.blocked = True
        piece.until = None if ticks is None else world.now + ticks
        days = 6 if ticks is None else 3
        piece.nag = world.now + days * TICKS
        world.tell(piece.owner or self.lead, Block(piece, kind, reason))

    # -- active stages --------------------------------------------------------------

    def busy(self, stage: str) -> list[Piece]:
        """The pieces on which somebody works, those begun first in front."""
        return [p for p in self.at[stage] if p.begun and not p.ready and not p.blocked]

    def _work(self, station: Station) -> None:
        places = station.places - len(self.busy(station.name))
        if places > 0:
            for piece in self.in_order(station.name):
                if places and not (piece.begun or piece.blocked or piece.ready):
                    self._begin(piece, station)
                    self.world.tell(piece.owner or "", Edit(piece, self._hands(piece)))
                    places -= 1
        for piece in self.busy(station.name)[: station.places]:
            piece.left -= 1
            if piece.left <= 0:
                piece.ready = True
                self._decide(piece, station)
            elif piece.block_at >= piece.left:
                self._get_blocked(piece)
        for piece in self.in_order(station.name):
            if piece.ready and not piece.blocked:
                self._move(piece)

    def _get_blocked(self, piece: Piece) -> None:
        piece.block_at = -1.0
        dice = self.world.dice
        kind, reason = self._blockers.draw()
        ticks = round(TICKS * min(6.0, dice.lognormvariate(0.35, 0.7)))
        self.block(piece, kind, reason, max(4, ticks))

    def _begin(self, piece: Piece, station: Station) -> None:
        """Somebody takes it up: how much work it is, whether it will get blocked."""
        world, team = self.world, station.team
        size = self._sizes[station.name].draw()
        again = piece.turns and piece.builder is not None and station.name == self._building
        factor = dict(piece.route.size).get(station.name, 1.0) * (0.4 if again else 1.0)
        piece.left = max(1.0, round(station.touch * TICKS * size * factor))
        piece.begun, piece.ready = True, False
        if not again and station.name == self._building and piece.type != "incident":
            piece.estimate = points(size)
        piece.block_at = -1.0
        if piece.service != "expedite" and self._blocked.draw():
            piece.block_at = piece.left * world.dice.uniform(0.2, 0.8)
        if station.name == self._building:
            piece.team = piece.home
            world.hold(piece, None)
            if not (again and piece.builder):
                piece.builder = world.free(piece.home)
            world.hold(piece, piece.builder)
            return
        world.hold(piece, None)
        if team in self.line.teams:  # a colleague of the builder's looks at it
            team = piece.team = piece.home
        elif piece.route.team is None:
            piece.team = team
        world.hold(piece, world.free(team or self.line.teams[0], but=piece.builder))

    @property
    def _building(self) -> str:
        return "In progress" if self.line.code == "app" else "Build"

    def _hands(self, piece: Piece) -> dict[str, object]:
        """What changes on the card when somebody takes it up."""
        out: dict[str, object] = {"owner": piece.owner, "team": piece.team}
        if piece.estimate is not None:
            out["estimate"] = piece.estimate
        return out

    def _decide(self, piece: Piece, station: Station) -> None:
        """Where it goes now that the work here is done."""
        if station.back is not None and self._back[station.name].draw() and piece.turns < 2:
            piece.target = station.back[0]
            return
        stages = piece.route.stages
        piece.target = stages[stages.index(station.name) + 1]

    # -- queues and backlog -----------------------------------------------------------

    def _hand_on(self, station: Station) -> None:
        world = self.world
        if station.leaves and (world.today.weekday() not in station.leaves or world.tick != 2):
            return
        for piece in self.in_order(station.name):
            if not piece.blocked:
                stages = piece.route.stages
                piece.target = stages[stages.index(station.name) + 1]
                self._move(piece)

    def _take_in(self) -> None:
        for piece in self.in_order(self.first):
            if piece.taken:
                piece.target = piece.route.stages[1]
                self._move(piece)

    # -- from stage to stage ------------------------------------------------------------

    def _room(self, piece: Piece, there: Station) -> tuple[bool, str | None]:
        """Whether it may go there, and with what reason where the limit is exceeded."""
        count = len(self.at[there.name])
        classed = sum(p.service == "expedite" for p in self.at[there.name])
        crowded = (
            piece.service == "expedite" and there.expedite is not None and classed >= there.expedite
        )
        if (there.limit is None or count < there.limit) and not crowded:
            return True, None
        if there.kind.value == "hard":
            return False, None
        stuck = sum(p.blocked for p in self.at[there.name])
        if there.pushed:
            return True, "queue"
        if piece.service == "expedite":
            return True, "expedite"
        back = self.station[piece.place].back
        if back is not None and back[0] == there.name:
            return True, "rework"
        if there.limit is not None and stuck and count - stuck < there.limit - 1:
            return True, "blocked"
        return False, None

    def _move(self, piece: Piece) -> bool:
        """Hand it over if there is room for it; returns whether it went."""
        world, here, there = self.world, self.station[piece.place], self.station[piece.target]
        active = there.category is Category.ACTIVE
        place = active and len(self.busy(there.name)) < there.places
        if active and here.category is not Category.ACTIVE and not place:
            return False
        room, over = self._room(piece, there)
        if not room:
            return False
        reason = world.why_over(over) if over else None
        giver = piece.owner or self.lead
        if here.category is Category.QUEUE and here.team and piece.owner is None:
            giver = world.teams[here.team][0]
        back = here.back is not None and there.name == here.back[0]
        acts: list[Act] = []
        if back:
            piece.turns += 1
            acts.append(Comment(piece, self._findings[here.name].draw()))
        piece.begun = piece.ready = False
        if place:
            self._begin(piece, there)
            acts += [Edit(piece, self._hands(piece)), Move(piece, self.line, there.name, reason)]
            if back:  # who found it sends it back, who built it gets it
                world.tell(giver, *acts)
            else:
                world.tell(piece.owner or giver, *acts)
        else:
            if not there.category.ended:
                world.hold(piece, None)
                if piece.route.team is None and there.team:
                    piece.team = piece.home if there.team in self.line.teams else there.team
                acts.append(Edit(piece, {"owner": None, "team": piece.team}))
            elif world.dice.random() < 0.12:
                acts.append(Comment(piece, self._notes.draw()))
            world.tell(giver, *acts, Move(piece, self.line, there.name, reason))
            if there.category.ended:
                world.hold(piece, None)
        self._put(piece, there.name)
        return True
