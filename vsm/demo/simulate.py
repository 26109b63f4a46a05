"""Simulates the made-up bank in half-hours: people start, finish, block and hand over work.

Pure: it knows no database and yields :class:`~vsm.demo.acts.Moment`. Deterministic for (seed, day).
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
        self.moments: list[Moment] = []
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
        """The current day of the simulation."""
        return self.days[self.day]

    def before_end(self) -> int:
        """Working days until the end, today being 1 on the last one."""
        return len(self.days) - self.day

    def record(self, by: str, *acts: Act) -> None:
        """Record acts of a person now; consecutive acts of one person are one moment."""
        last = self.moments[-1] if self.moments else None
        start = moment(self.today, self.tick)
        if last is not None and last.by == by and last.at >= start:
            last.acts += acts
            return
        self._at = max(self._at, start) + timedelta(seconds=self.dice.randint(25, 150))
        self.moments.append(Moment(self._at, by, list(acts)))

    def why_over(self, kind: str) -> str:
        """A reason to exceed a limit."""
        return self._over[kind].draw()

    def free(self, team: str, but: str | None = None) -> str:
        """The member of a team with the fewest items, other than ``but``."""
        people = [m for m in self.teams[team] if m != but]
        least = min(self.load[m] for m in people)
        return self.dice.choice([m for m in people if self.load[m] == least])

    def hold(self, piece: Piece, owner: str | None) -> None:
        """Give a piece to another owner, or to nobody for ``None``."""
        if piece.owner is not None:
            self.load[piece.owner] -= 1
        piece.owner = owner
        if owner is not None:
            self.load[owner] += 1


class Floor:
    """The state of one stream in the simulation."""

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
        """Add new work to the backlog."""
        acts: list[Act] = []
        for piece in pieces:
            acts.append(Add(piece, self.line, fields_of(piece, self.world.today)))
            self._put(piece, self.first)
        if acts:
            self.world.record(by, *acts)

    def _put(self, piece: Piece, stage: str) -> None:
        if piece in self.at[piece.place]:
            self.at[piece.place].remove(piece)
        self._seq += 1
        piece.place, piece.seq = stage, self._seq
        self.at[stage].append(piece)

    def adopt(self, piece: Piece) -> None:
        """Add a piece of another stream to the backlog."""
        piece.place = self.first
        self._put(piece, self.first)

    def in_order(self, stage: str) -> list[Piece]:
        """The pieces in a stage in the order in which they are started."""
        rank = {"expedite": 0, "fixed-date": 1}
        return sorted(self.at[stage], key=lambda p: (rank.get(p.service, 2), p.turns == 0, p.seq))

    def remove(self, piece: Piece) -> None:
        """Remove a piece that is dropped or goes to another stream."""
        self.at[piece.place].remove(piece)
        self.world.hold(piece, None)

    # -- one half-hour --------------------------------------------------------------

    def half_hour(self) -> None:
        """Work for a half-hour and pull what is ready, from the end of the stream to its front."""
        for station in reversed(self.line.stations):
            if station.category.ended:
                continue
            pieces = self.at[station.name]
            if not pieces:
                continue
            for piece in list(pieces):
                if piece.blocked:
                    self._check_unblocked(piece)
            if station.category is Category.ACTIVE:
                self._work(station)
            elif station.category is Category.QUEUE:
                self._hand_on(station)
            else:
                self._take_in()

    def _check_unblocked(self, piece: Piece) -> None:
        world, other = self.world, piece.waits_for
        if other is not None and other.place in ("Done", "Closed", "To release"):
            piece.until = world.now
        if piece.until is not None and world.now >= piece.until:
            piece.blocked, piece.until, piece.waits_for = False, None, None
            world.record(piece.owner or self.lead, Unblock(piece))
        elif piece.nag is not None and world.now >= piece.nag:
            is_dependency = other is not None and piece.until is None
            piece.nag = world.now + world.dice.randint(5, 9) * TICKS if is_dependency else None
            remarks = texts.WAITING_STILL if is_dependency else texts.BLOCKED_STILL
            world.record(piece.owner or self.lead, Comment(piece, world.dice.choice(remarks)))

    def block(self, piece: Piece, kind: BlockerKind, reason: str, ticks: int | None) -> None:
        """Block a piece for so many half-hours, or for ``None`` until its blocker is done."""
        world = self.world
        piece.blocked = True
        piece.until = None if ticks is None else world.now + ticks
        days = 6 if ticks is None else 3
        piece.nag = world.now + days * TICKS
        world.record(piece.owner or self.lead, Block(piece, kind, reason))

    # -- active stages --------------------------------------------------------------

    def busy(self, stage: str) -> list[Piece]:
        """The pieces in work, in the order of their start."""
        return [p for p in self.at[stage] if p.begun and not p.ready and not p.blocked]

    def _work(self, station: Station) -> None:
        free_servers = station.servers - len(self.busy(station.name))
        if free_servers > 0:
            for piece in self.in_order(station.name):
                if free_servers and not (piece.begun or piece.blocked or piece.ready):
                    self._begin(piece, station)
                    self.world.record(piece.owner or "", Edit(piece, self._owner_fields(piece)))
                    free_servers -= 1
        for piece in self.busy(station.name)[: station.servers]:
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
        """Start a piece: draw its size, its owner and whether it will get blocked."""
        world, team = self.world, station.team
        size = self._sizes[station.name].draw()
        is_return = piece.turns and piece.builder is not None and station.name == self._building
        factor = dict(piece.route.size).get(station.name, 1.0) * (0.4 if is_return else 1.0)
        piece.left = max(1.0, round(station.service_days * TICKS * size * factor))
        piece.begun, piece.ready = True, False
        if not is_return and station.name == self._building and piece.type != "incident":
            piece.estimate = points(size)
        piece.block_at = -1.0
        if piece.service != "expedite" and self._blocked.draw():
            piece.block_at = piece.left * world.dice.uniform(0.2, 0.8)
        if station.name == self._building:
            piece.team = piece.home
            world.hold(piece, None)
            if not (is_return and piece.builder):
                piece.builder = world.free(piece.home)
            world.hold(piece, piece.builder)
            return
        world.hold(piece, None)
        if team in self.line.teams:  # a colleague of the builder reviews it
            team = piece.team = piece.home
        elif piece.route.team is None:
            piece.team = team
        world.hold(piece, world.free(team or self.line.teams[0], but=piece.builder))

    @property
    def _building(self) -> str:
        return "In progress" if self.line.code == "app" else "Build"

    def _owner_fields(self, piece: Piece) -> dict[str, object]:
        """The fields that change when somebody starts a piece."""
        out: dict[str, object] = {"owner": piece.owner, "team": piece.team}
        if piece.estimate is not None:
            out["estimate"] = piece.estimate
        return out

    def _decide(self, piece: Piece, station: Station) -> None:
        """Choose the stage for a piece that is done in this one."""
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

    def _check_room(self, piece: Piece, target: Station) -> tuple[bool, str | None]:
        """Whether a piece may enter a stage, and the kind of reason to exceed its limit."""
        count = len(self.at[target.name])
        expedited = sum(p.service == "expedite" for p in self.at[target.name])
        crowded = (
            piece.service == "expedite"
            and target.expedite is not None
            and expedited >= target.expedite
        )
        if (target.limit is None or count < target.limit) and not crowded:
            return True, None
        if target.kind.value == "hard":
            return False, None
        blocked_count = sum(p.blocked for p in self.at[target.name])
        if target.pushed:
            return True, "queue"
        if piece.service == "expedite":
            return True, "expedite"
        back = self.station[piece.place].back
        if back is not None and back[0] == target.name:
            return True, "rework"
        if target.limit is not None and blocked_count and count - blocked_count < target.limit - 1:
            return True, "blocked"
        return False, None

    def _move(self, piece: Piece) -> bool:
        """Hand a piece over if there is room for it; returns whether it moved."""
        world, source, target = self.world, self.station[piece.place], self.station[piece.target]
        active = target.category is Category.ACTIVE
        place = active and len(self.busy(target.name)) < target.servers
        if active and source.category is not Category.ACTIVE and not place:
            return False
        has_room, excess = self._check_room(piece, target)
        if not has_room:
            return False
        reason = world.why_over(excess) if excess else None
        sender = piece.owner or self.lead
        if source.category is Category.QUEUE and source.team and piece.owner is None:
            sender = world.teams[source.team][0]
        back = source.back is not None and target.name == source.back[0]
        acts: list[Act] = []
        if back:
            piece.turns += 1
            acts.append(Comment(piece, self._findings[source.name].draw()))
        piece.begun = piece.ready = False
        if place:
            self._begin(piece, target)
            acts += [
                Edit(piece, self._owner_fields(piece)),
                Move(piece, self.line, target.name, reason),
            ]
            if back:  # the person who found the fault sends it back to the builder
                world.record(sender, *acts)
            else:
                world.record(piece.owner or sender, *acts)
        else:
            if not target.category.ended:
                world.hold(piece, None)
                if piece.route.team is None and target.team:
                    piece.team = piece.home if target.team in self.line.teams else target.team
                acts.append(Edit(piece, {"owner": None, "team": piece.team}))
            elif world.dice.random() < 0.12:
                acts.append(Comment(piece, self._notes.draw()))
            world.record(sender, *acts, Move(piece, self.line, target.name, reason))
            if target.category.ended:
                world.hold(piece, None)
        self._put(piece, target.name)
        return True
