"""Simulates events from outside the streams: ideas, incidents, requests, drops, transfers."""

from __future__ import annotations

from datetime import date, timedelta

from vsm.demo import texts
from vsm.demo.acts import Act, Agree, Archive, Comment, Drop, Edit, Link, Moment, Piece, Transfer
from vsm.demo.dice import Deck
from vsm.demo.plan import (
    EXPEDITE_DAYS,
    MISPLACED_BUG_DAYS,
    PLATFORM_WAIT_DAYS,
    REQUEST_DAYS,
    SHORT_WAIT_DAYS,
    TICKS,
    Intake,
)
from vsm.demo.simulate import Floor, World
from vsm.demo.titles_platform import NEED_NO_LEDGER, REQUESTS, Request
from vsm.model.item import BlockerKind, DependencyState, LinkKind

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = range(4)
NEEDED_WITHIN, ANSWERED_AFTER = 28, 2
"""Days until a request is needed, and working days until it is answered."""


def simulate(seed: int, today: date) -> list[Moment]:
    """Simulate the months before ``today``; returns all moments in order of time."""
    world = World(seed, today)
    events = ExternalEvents(world)
    for day in range(len(world.days)):
        world.day = day
        events.new_day()
        for tick in range(TICKS):
            world.tick = tick
            events.half_hour()
            for floor in world.floors.values():
                floor.half_hour()
    events.last_word()
    return world.moments


class ExternalEvents:
    """Brings work in and takes it out, by calendar and by chance."""

    def __init__(self, world: World) -> None:
        self.world = world
        dice = world.dice
        self._due: dict[str, float] = dict.fromkeys(world.floors, 2.0)
        self._incidents: list[int] = []
        self._asked = list(REQUESTS)
        dice.shuffle(self._asked)
        self._urgent = list(texts.EXPEDITES)
        dice.shuffle(self._urgent)
        self._strays = list(texts.STRAYS)
        self._stray: Piece | None = None
        self._no_longer = Deck(dice, texts.NO_LONGER)
        self._waiting: list[tuple[str, int]] = []
        self._requests: list[Piece] = []
        self._unanswered: list[tuple[int, Piece, Piece]] = []
        """Requests by the day on which they are answered, with what waits for them."""
        for floor in world.floors.values():
            floor.add(floor.lead, floor.backlog.plan_initiatives())
            self._refine(floor)

    # -- by the calendar ------------------------------------------------------------

    def new_day(self) -> None:
        """Let the events of the calendar happen."""
        world, left = self.world, self.world.before_end()
        world.tick = 0
        cards, app = world.floors["cards"], world.floors["app"]
        self._answer()
        self._waiting += [
            (code, world.day) for code, days in PLATFORM_WAIT_DAYS.items() if left in days
        ]
        self._draw_incidents()
        if left in EXPEDITE_DAYS and self._urgent:
            kind, title = self._urgent.pop()
            piece = cards.backlog.named("card", kind, title, world.day)
            piece.service, piece.taken = "expedite", True
            cards.add(cards.lead, [piece])
        if left - 3 in MISPLACED_BUG_DAYS and self._strays:
            self._stray = cards.backlog.named("card", "bug", self._strays.pop(), world.day)
            cards.add(world.teams["Quality"][0], [self._stray])
        if left in MISPLACED_BUG_DAYS:
            self._hand_over(cards, app)
        if left in SHORT_WAIT_DAYS:
            self._wait_shortly(*((cards, app) if left % 2 else (app, cards)))
        for floor in world.floors.values():
            if self._intake_day(floor):
                self._commit(floor)

    def last_word(self) -> None:
        """Add a conclusion, so that the board opens on the stream of the constraint."""
        world = self.world
        cards = world.floors["cards"]
        idea = cards.backlog.named("card", "debt", texts.CONCLUSION, world.day)
        cards.add(cards.lead, [idea])
        waiting = cards.in_order("To review")
        text = f"{len(waiting)} wait for a signature tonight. For tomorrow's stand-up."
        world.record(cards.lead, Comment(idea, text))

    def half_hour(self) -> None:
        """Let the events of this half-hour happen."""
        world = self.world
        if world.tick in self._incidents:
            floor = world.floors["platform"]
            if floor.backlog.left("incident"):
                piece = floor.backlog.make("incident", world.day)
                piece.taken = True
                by = world.dice.choice(world.teams["Operations"])
                floor.add(by, [piece])
                before = floor.at["Closed"][-12:]
                if before and world.dice.random() < 0.25:
                    world.record(by, Link(world.dice.choice(before), piece, LinkKind.RELATES))
        if world.tick in (3, 6, 11):
            self._waiting = [
                (code, since)
                for code, since in self._waiting
                if not self._ask(world.floors[code], anything=world.day > since)
            ]
        if world.tick == 10 and world.today.weekday() == WEDNESDAY:
            for floor in world.floors.values():
                self._drop(floor)
                self._refine(floor)
        if world.tick == 12 and world.today.day <= 7 and world.today.weekday() == THURSDAY:
            self._archive_old()

    def _intake_day(self, floor: Floor) -> bool:
        today, intake = self.world.today, floor.line.intake
        second = today.isocalendar().week % 2 == 0
        if intake is Intake.TWICE_A_WEEK:
            return today.weekday() in (MONDAY, THURSDAY)
        if intake is Intake.SPRINT:
            return second and today.weekday() == MONDAY
        return second and today.weekday() == TUESDAY

    def _commit(self, floor: Floor) -> None:
        """Commit to as many as the stream's rate asks for, the oldest and the urgent first."""
        world, line = self.world, floor.line
        weeks = {Intake.TWICE_A_WEEK: 0.5, Intake.SPRINT: 2.0, Intake.FLOW: 2.0}[line.intake]
        rate = line.routes[list(line.routes)[-1]].weekly
        surge = line.surge if world.before_end() <= line.surge_weeks * 5 else 1.0
        self._due[line.code] += weeks * rate * surge
        takes = int(self._due[line.code])
        self._due[line.code] -= takes
        for piece in self._choose(floor)[:takes]:
            piece.taken = True

    def _choose(self, floor: Floor) -> list[Piece]:
        world = self.world
        asked = [
            p
            for p in self._requests
            if p.place == floor.first
            and not p.taken
            and (world.today - world.days[p.created]).days >= REQUEST_DAYS
        ]
        ideas = [
            p
            for p in floor.in_order(floor.first)
            if not p.taken and p.type not in ("initiative", "request", "incident")
        ]
        world.dice.shuffle(late := ideas[8:])
        ideas = ideas[:8]
        world.dice.shuffle(ideas)
        ideas.sort(key=lambda p: p.service != "fixed-date")
        return asked + ideas + late if floor.line.code == "platform" else ideas + late

    def _refine(self, floor: Floor) -> None:
        """Fill the backlog up, a few at a time."""
        missing = floor.line.backlog - len(floor.at[floor.first])
        route = list(floor.line.routes)[-1]
        missing = min(missing, floor.backlog.left(route), 9 if self.world.day else 99)
        if missing > 0:
            day = self.world.day
            floor.add(floor.lead, [floor.backlog.make(route, day) for _ in range(missing)])

    # -- by chance ---------------------------------------------------------------------

    def _draw_incidents(self) -> None:
        dice, floor = self.world.dice, self.world.floors["platform"]
        self._due["incident"] = self._due.get("incident", 0.0)
        self._due["incident"] += floor.line.routes["incident"].weekly / 5
        self._incidents = []
        while self._due["incident"] >= 0 and dice.random() < 0.55:
            self._due["incident"] -= 1
            self._incidents.append(dice.randrange(TICKS))

    def _ask(self, floor: Floor, *, anything: bool) -> bool:
        """Let an item in work need something of the platform; returns whether there is one.

        The request fits the title of the item unless ``anything`` will do.
        """
        world, platform = self.world, self.world.floors["platform"]
        building = "In progress" if floor.line.code == "app" else "Build"
        able = [
            p
            for p in floor.busy(building)
            if p.service == "standard" and not p.turns and p.type == "feature"
        ]
        match = self._need(able, floor.line.code, anything=anything)
        if match is None:
            return False
        piece, wish = match
        self._asked.remove(wish)
        request = platform.backlog.named("change", "request", wish.title, world.day)
        request.label, request.parent = piece.label, piece.parent
        by = piece.owner or floor.lead
        platform.add(by, [request])
        self._requests.append(request)
        world.record(by, Link(request, piece, LinkKind.BLOCKS))
        self._agree(by, request, piece)
        piece.waits_for = request
        reason = texts.WAITS.format(what=wish.short, key=request.key)
        floor.block(piece, BlockerKind.DEPENDENCY, reason, None)
        return True

    def _agree(self, by: str, request: Piece, piece: Piece) -> None:
        """Give two of three requests a date, and let every other one of those be answered."""
        world, count = self.world, len(self._requests) % 3
        if count:
            need_by = world.today + timedelta(days=NEEDED_WITHIN)
            proposed = Agree(request, piece, DependencyState.PROPOSED, need_by.isoformat())
            world.record(by, proposed)
        if count == 1:
            self._unanswered.append((world.day + ANSWERED_AFTER, request, piece))

    def _answer(self) -> None:
        """Let the platform accept the requests that have waited long enough."""
        world = self.world
        for day, request, piece in list(self._unanswered):
            if day <= world.day:
                self._unanswered.remove((day, request, piece))
                if piece.waits_for is request:
                    lead = world.floors["platform"].lead
                    world.record(lead, Agree(request, piece, DependencyState.ACCEPTED))

    def _need(
        self, able: list[Piece], code: str, *, anything: bool
    ) -> tuple[Piece, Request] | None:
        """A piece and a request that fits its title, else one that fits any title."""
        for piece in able:
            title = piece.title.casefold()
            for wish in sorted(self._asked, key=lambda wish: "" in wish.words):
                fits = any(word in title for word in wish.words)
                if "" in wish.words:
                    fits = anything and not title.startswith(NEED_NO_LEDGER)
                if fits and wish.stream == code:
                    return piece, wish
        return None

    def _wait_shortly(self, floor: Floor, other: Floor) -> None:
        """Let an item wait for one of another stream that is nearly done."""
        late = ("Test", "Review") if other.line.code == "cards" else ("Acceptance", "Code review")
        soon = [p for stage in late for p in other.busy(stage)]
        building = "In progress" if floor.line.code == "app" else "Build"
        able = [p for p in floor.busy(building) if p.service == "standard"]
        if soon and able:
            piece, first = able[-1], soon[0]
            by = piece.owner or floor.lead
            self.world.record(by, Link(first, piece, LinkKind.BLOCKS))
            piece.waits_for = first
            reason = texts.WAITS_SHORTLY.format(key=first.key, title=first.title)
            floor.block(piece, BlockerKind.DEPENDENCY, reason, 5 * TICKS)

    def _drop(self, floor: Floor) -> None:
        """Now and then drop an old idea."""
        world = self.world
        old = [
            p
            for p in floor.at[floor.first]
            if p.type not in ("initiative", "request", "incident") and not p.taken
        ]
        acts: list[Act] = []
        if len(old) > 6 and world.dice.random() < 0.28:
            acts.append(self._dropped(floor, old[0]))
        if acts:
            world.record(floor.lead, *acts)

    def _dropped(self, floor: Floor, piece: Piece) -> Act:
        floor.remove(piece)
        piece.place = "Dropped"
        return Drop(piece, self._no_longer.draw())

    def _hand_over(self, cards: Floor, app: Floor) -> None:
        """Transfer a bug of the app to its stream."""
        piece = self._stray
        if piece is None or piece.place != cards.first or piece.taken:
            return
        cards.remove(piece)
        text = "Happens in the app only, the service answers rightly. Over to Mobile."
        acts = (Comment(piece, text), Transfer(piece, app.line, app.first))
        self.world.record(cards.lead, *acts, Edit(piece, {"team": "Mobile"}))
        piece.line, piece.route = app.line, app.line.routes["story"]
        piece.home = piece.team = "Mobile"
        app.adopt(piece)
        self._stray = None

    def _archive_old(self) -> None:
        """Archive old incidents once a month."""
        world = self.world
        finished = [
            p
            for p in world.floors["platform"].at["Closed"]
            if p.type == "incident" and world.day - p.created > 110
        ]
        if finished:
            put_away = finished[:3]
            for piece in put_away:
                world.floors["platform"].at["Closed"].remove(piece)
            world.record("rosa.klein", *[Archive(p) for p in put_away])
