"""Data of a board: read through one filter, and kept true to the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.board import Card, Change, Column, Header, Past
from vsm.model.errors import VsmError
from vsm.model.item import ClassOfService
from vsm.model.lanes import Lane, LaneView
from vsm.model.query import unknown
from vsm.model.query_tree import Query
from vsm.model.stream import ValueStream
from vsm.screens.board.details import Details
from vsm.screens.board.gates import Gates
from vsm.screens.board.linked_cards import reach_others
from vsm.screens.board.pace_steps import against
from vsm.screens.board.unread import Place, Unread
from vsm.screens.filter_line import FILTER_KEYS_ON_BOARD
from vsm.screens.vsm_screen import VsmScreen
from vsm.widgets.board import Board
from vsm.widgets.header_advice import HeaderAdvice

if TYPE_CHECKING:
    from textual.widget import Widget

    from vsm.features.governance.ahead import GatesAhead
    from vsm.reader import Reader
    from vsm.screens.board.constraint_hint import Advice
    from vsm.screens.host import Host

PACE_AFTER = 1.0
"""Seconds after the first paint, or after an item finished, at which the pace is worked out."""
MANY = 200
"""Changes at once from which on everything is read anew."""


class BoardData:
    """Reads the stream of a screen through a filter and keeps its board true.

    ``on_shown`` is called when other items are shown than before, ``on_changes`` with what was
    recorded, ``on_stages`` when the board shows other stages.
    """

    board: Board
    filter_keys = FILTER_KEYS_ON_BOARD
    filter_stays = True

    def __init__(self, screen: VsmScreen, details: Details) -> None:
        self.screen = screen
        self.details = details
        self.filter = Query()
        self.total = 0
        self.past: Past | None = None
        """The board as it stood at the moment that is shown, where that is the past."""
        self.advice: Advice | None = None
        """What limits the flow, where that is known."""
        self.pace: dict[int, tuple[int, ...]] = {}
        """By stage the ages that cards are held against; known a while after the first paint."""
        self.people: Mapping[int, tuple[str, ...]] = screen.host.colleagues.by_item()
        """By item the initials of those whose cursors are on it."""
        self.seen = screen.reader.position()
        self.lanes: LaneView | None = None
        """How the board is in lanes, if it is."""
        self.has_keys: Widget | None = None
        """What has the keys in place of the columns: the line of a stand-up."""
        self.announced = ("", 0)
        """What was said last about changes by others, and how many those were."""
        self.ended_under_cursor: int | None = None
        """The item that somebody else finished or dropped while the cursor was on it."""
        self.unread = Unread()
        self.on_shown: Callable[[], None] = _nothing
        self.on_changes: Callable[[list[Change]], None] = _nothing
        self.on_stages: Callable[[], None] = _nothing
        self.gates = Gates(screen, self._show_gates)
        self._pace_due = False
        self._asked_at = -1

    @property
    def stream(self) -> ValueStream:
        """The stream that is shown."""
        return self.screen.stream

    @property
    def host(self) -> Host:
        """The program that shows the screen."""
        return self.screen.host

    @property
    def reader(self) -> Reader:
        """The reader of the screen."""
        return self.screen.reader

    @property
    def at(self) -> int | None:
        """The moment of the past that is shown; ``None`` for now."""
        return self.host.view.at

    @property
    def card(self) -> Card | None:
        """The card under the cursor."""
        return self.board.card

    # -- reading ------------------------------------------------------------------

    def read_heads(self) -> list[Column]:
        """The heads of all columns through the filter, in the order of the stream."""
        if self.past is not None:
            return list(self.past.columns)
        return self.reader.columns(self.stream, self.filter, self.host.now())

    def read_cards(self, stage: int, offset: int, limit: int) -> Sequence[Card]:
        """A window of one column through the filter; none where it cannot be read, which is shown.

        Columns ask for it whenever they scroll: there is nobody else to take the error.
        """
        try:
            if self.past is not None:
                cards = self.reader.past_cards(self.past, stage, offset, limit)
            else:
                now = self.host.now()
                view = self.stream, stage, offset, limit, self.filter, now, self.lanes
                cards = self.reader.cards(*view)
            risks = self._with_risks(against(cards, self.pace.get(stage)))
            return self._with_people(self.gates.mark(risks))
        except VsmError as error:
            self.screen.lost(error)
            return ()

    def _with_risks(self, cards: Sequence[Card]) -> Sequence[Card]:
        """The cards, marked where their items are likely late; none on the board of the past."""
        risky = self.advice.at_risk if self.advice is not None and self.at is None else ()
        if not risky:
            return cards
        return [c._replace(is_at_risk=True) if c.key in risky else c for c in cards]

    def _with_people(self, cards: Sequence[Card]) -> Sequence[Card]:
        """The cards with the initials of those whose cursors are on them."""
        people = self.people
        if not people and not any(card.people for card in cards):
            return cards
        return [c._replace(people=people.get(c.id, ())) for c in cards]

    def show_people(self, by_item: Mapping[int, tuple[str, ...]]) -> None:
        """Show whose cursors are on which items; nothing is read."""
        self.people = by_item
        for column in self.board.columns:
            column.set_window(column.first, self._with_people(column.cards))

    def learn_pace(self) -> None:
        """Work out off this thread what ages are held against, and show it on the cards."""
        self._pace_due = False
        self.screen.latest(self._learn_pace, "pace")

    def pace_is_old(self) -> None:
        """Something finished: learn the pace anew before long."""
        if not self._pace_due:
            self._pace_due = True
            self.screen.set_timer(PACE_AFTER, self.learn_pace)

    async def _learn_pace(self) -> None:
        stream, now = self.stream, self.screen.as_of
        try:
            if self.at is None:
                pace = await self.host.reading.call(lambda reader: reader.pace(stream, now))
            else:
                pace = await self.host.reading.call(lambda reader: reader.past_pace(stream, now))
        except VsmError:
            return  # whatever reads next says what is in the way
        if pace != self.pace and stream.id == self.stream.id:
            self.pace = pace
            self.show_cards_anew()

    def show_cards_anew(self) -> None:
        """Read the cards that are shown again."""
        heads = [column.head for column in self.board.columns]
        self.board.update(heads, None, self.read_place, None)

    def _show_gates(self, ahead: GatesAhead, cards_differ: bool) -> None:
        for column in self.board.columns:
            column.set_gates(ahead.controls.get(column.head.stage.id, 0))
        if cards_differ:
            self.show_cards_anew()

    def take_lanes(self, bands: Sequence[Lane]) -> None:
        """Have the board, where it is in lanes, show these."""
        layout = getattr(self.board, "lanes", None)
        if layout is not None and self.lanes is not None:
            layout.set_lanes(bands, self.lanes.folded)

    # -- what limits the flow -------------------------------------------------------

    def learn_limits(self) -> None:
        """Ask what limits the flow, in a process of its own, and mark it on the board."""
        if self.at is None and self.seen != self._asked_at:
            self._asked_at = self.seen
            self.screen.latest(self._learn_limits, "limits")

    async def _learn_limits(self) -> None:
        from vsm.screens.board.constraint_hint import Advice, ask, ask_news

        stream, seen = self.stream, self.seen
        advice = await ask(self.host.path, stream, seen)
        if advice is not None and stream.id == self.stream.id:
            self.advise(advice._replace(news=(self.advice or advice).news))
        news = await ask_news(self.host.path, stream, seen)
        if news is not None and stream.id == self.stream.id:
            self.advise((self.advice or Advice())._replace(news=news))

    def advise(self, advice: Advice) -> None:
        """Show what limits the flow, what is forecast now, and what is likely late."""
        before = self.advice.at_risk if self.advice is not None else frozenset()
        self.advice = advice
        self._mark_limits()
        if advice.at_risk != before:
            self.show_cards_anew()

    def _mark_limits(self) -> None:
        """Show the marks of what limits the flow, but not on the board of the past."""
        advice = self.advice if self.at is None else None
        names = advice.stages if advice is not None else ()
        ids = frozenset(stage.id for stage in self.stream.line if stage.name in names)
        self.board.set_limiting(ids)
        self.screen.header.set_advice(HeaderAdvice() if advice is None else advice.header)

    def read_header(self) -> Header:
        """The figures of the whole stream."""
        return self.reader.header(self.stream, self.host.now())

    def read_place(self, item: int) -> tuple[int, int] | None:
        """Where an item is on the board through the filter."""
        if self.past is not None:
            return self.past.place(item)
        return self.reader.place(self.stream, item, self.filter, self.host.now(), self.lanes)

    def _place_of_cursor(self, item: int) -> tuple[int, int] | None:
        """Where the cursor goes with its item, unless somebody else finished or dropped that."""
        return None if item == self.ended_under_cursor else self.read_place(item)

    def _is_by_others(self, card: Card, changes: Sequence[Change]) -> bool:
        mine = self.host.session_id
        return any(c.item == card.id and c.session != mine for c in changes)

    def _is_ended_by_others(self, before: Card | None, changes: Sequence[Change]) -> bool:
        """Whether others finished or dropped the item that the cursor was on."""
        ended = {stage.id for stage in self.stream.stages if stage.category.ended}
        return before is not None and any(
            change.item == before.id
            and change.session != self.host.session_id
            and change.stages[1:]
            and change.stages[1] in ended
            and before.stage not in ended
            for change in changes
        )

    def reread(self, dirty: set[int] | None, follow: int | None = None) -> None:
        """Bring the board up to date: heads, and the windows of ``dirty`` stages.

        Where the database cannot be read the board stays as it is and says so.
        """
        if self.at is not None:
            self.screen.latest(partial(self.reread_past, self.at, follow), "heads")
            return
        self.past = None
        try:
            if self.filter or self.lanes is not None:
                self.screen.latest(partial(self.reread_aside, follow), "heads")
            else:
                heads = self.read_heads()
                self.total = sum(head.shown for head in heads)
                self.board.update(heads, dirty, self._place_of_cursor, follow)
            # With the columns, so that both are painted at once; it takes a fraction of a ms.
            self.screen.header.show(self.read_header(), self.seen)
        except VsmError as error:
            self.screen.lost(error)
            return
        self.details.show_card(self.board.card)

    async def reread_aside(self, follow: int | None) -> None:
        """Read a board through a filter or in lanes, which takes longer, in the reader's thread."""
        stream, query, now, lanes = self.stream, self.filter, self.host.now(), self.lanes

        def both(reader: Reader) -> tuple[list[Column], list[Column], Sequence[Lane]]:
            every = reader.columns(stream, Query(), now)
            fit = reader.columns(stream, query, now) if query else every
            return fit, every, reader.lanes(stream, lanes.by, query, now) if lanes else ()

        try:
            shown, everything, bands = await self.host.reading.call(both)
        except VsmError as error:
            self.screen.trouble(error)
            return
        if query is not self.filter or stream is not self.stream or lanes is not self.lanes:
            return
        self.total = sum(head.shown for head in everything)
        self.board.filtered = bool(query)
        self.take_lanes(bands)
        self.board.update(shown, None, self._place_of_cursor, follow)
        if follow is None:
            self.board.to_nearest()
        self.on_shown()

    async def reread_past(self, at: int, follow: int | None) -> None:
        """Bring the board to what it was at a moment."""
        stream, query, lanes = self.stream, self.filter, self.lanes

        def read(reader: Reader) -> tuple[Past, Sequence[Lane]]:
            past = reader.past(stream, query, at)
            return (past, ()) if lanes is None else reader.past_in_lanes(past, lanes)

        try:
            past, bands = await self.host.reading.call(read)
        except VsmError as error:
            self.screen.trouble(error)
            return
        if (at, lanes) != (self.at, self.lanes) or query is not self.filter:
            return
        if stream is not self.stream:
            return
        from vsm.screens.as_of import mark_past

        self.past = past
        mark_past(self.screen, past.mark)
        self.total = sum(column.wip for column in past.columns)
        self.board.filtered = bool(query)
        self.take_lanes(bands)
        self.board.update(list(past.columns), None, self.read_place, follow)
        self.screen.header.show(past.header)
        self.on_shown()
        self.details.show_card(self.board.card)

    def show_as_of(self) -> None:
        """Show the board as of the moment that is chosen."""
        self._mark_limits()
        if self.at is None and self.past is not None:
            self.past = None
            self.board.filtered = bool(self.filter)
            self.reread(None)
            self.catch_up()
        elif self.at is not None:
            self.reread(None)
        else:
            return
        self.learn_pace()

    # -- the filter -----------------------------------------------------------------

    @property
    def filter_focus(self) -> Widget:
        """What has the keys while the filter line has not."""
        return self.has_keys or self.board

    def apply_filter(self, query: Query) -> None:
        """Show what fits another filter."""
        self.filter = query
        self.board.filtered = bool(query)
        self.reread(None)

    def count_filtered(self) -> tuple[str, bool]:
        """How many items fit the filter, and whether it names what does not exist."""
        if not self.filter:
            return f"{self.total} items" if self.total != 1 else "1 item", False
        count = sum(column.head.shown for column in self.board.columns)
        first, last, _ = self.board.run
        visible = sum(column.head.shown for column in self.board.columns[first:last])
        more = f", {count - visible} off the screen" if visible < count else ""
        name = "" if count else self._unknown_name()
        return f"{count} of {self.total}{more}{f': {name}' if name else ''}", bool(name)

    def _unknown_name(self) -> str:
        """What the filter names that does not exist, where nothing fits it."""
        names = {
            "team": [team.name for team in self.reader.teams()],
            "stage": [stage.name for stage in (self.past or self).stream.stages],
            "class": [str(service) for service in ClassOfService],
        }
        return unknown(self.filter, names)

    # -- what others do -------------------------------------------------------------

    def catch_up(self, follow: int | None = None) -> list[Change]:
        """Show all that was recorded since the last look; says what concerns whoever looks.

        What happens while the past is shown is seen on the way back. A board that is being
        replaced by another one takes no more changes.
        """
        if self.at is not None or not self.screen.is_open:
            return []
        changes = self.reader.changes(self.seen)
        if not changes:
            if follow is not None and self.read_place(follow) is not None:
                self.reread(set(), follow)  # a look at what others do was quicker
            return []
        after, place = self.seen, Place.of(self.board)
        before = place.card
        self.seen = changes[-1].seq
        is_left = follow is None and self._is_ended_by_others(before, changes)
        self.ended_under_cursor = before.id if is_left and before is not None else None
        own = [c for c in changes if c.stream in (None, self.stream.id)]
        if any(c.structure for c in changes) or len(changes) >= MANY:
            self.restructure(follow)
        elif self._reach_others(changes):
            self.reread(None, follow)
        elif own:
            dirty = {stage for c in own for stage in c.stages}
            ended = {s.id for s in self.stream.stages if s.category.ended}
            if dirty & ended:
                self.pace_is_old()
            # A finished item no longer holds others up, wherever they stand.
            self.reread(None if dirty & ended else dirty, follow)
        else:
            self.screen.header.show(self.screen.header.figures, self.seen)
        if any(c.session != self.host.session_id for c in changes):
            from vsm.screens.board.others import announce

            announce(self, changes, before, after)
            if follow is None and before is not None and self._is_by_others(before, changes):
                self.unread.note(place)
        self.gates.changed(changes)
        self.on_changes(changes)
        return changes

    def _reach_others(self, changes: list[Change]) -> bool:
        cards = {card.id: card for column in self.board.columns for card in column.cards}
        return reach_others(cards, self.stream.id, self.reader, changes)

    def restructure(self, follow: int | None = None) -> None:
        """Streams or stages changed: read the stream anew, and the board where it differs."""
        stream = self.reader.stream(self.stream.id)
        if stream is None:
            self.host.open_board()
            return
        known = [column.head.stage.id for column in self.board.columns]
        self.screen.stream = stream
        self.reread(None, follow)
        if [stage.id for stage in stream.line] != known:
            self.stages_changed()

    def stages_changed(self) -> None:
        """Bring up to date what is known by stage: the board shows other stages than before."""
        self._mark_limits()
        self.pace_is_old()
        self.on_stages()


def _nothing(*_: object) -> None:
    return
