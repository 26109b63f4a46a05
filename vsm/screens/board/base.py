"""What every part of the board screen shares: the stream, the filter, reading and telling.

The screen is built in three layers: this one reads and keeps the board true to the database,
:mod:`vsm.screens.board.flow_keys` turns keys into commands, :mod:`vsm.screens.board.screen` adds
finding and the screen itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.board import Card, Change, Column, Detail, Header, Past
from vsm.model.errors import VsmError, sentence
from vsm.model.item import ClassOfService
from vsm.model.query import Query, QueryError, parse, unknown
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.screens.stream_screen import StreamScreen
from vsm.widgets.board import Board

if TYPE_CHECKING:
    from vsm.screens.board.constraint_hint import Advice
    from vsm.widgets.filter_bar import FilterBar
    from vsm.widgets.item_detail import DetailPanel

FILTER_KEYS = "Enter: keep the filter   Tab: complete   Ctrl+S: save as a view   Esc: clear it"
PACE_AFTER = 1.0
"""Seconds after the first paint, or after an item finished, at which the pace is worked out."""
MANY = 500
"""Changes at once from which on everything is read anew."""


def against(cards: Sequence[Card], levels: tuple[int, ...] | None) -> Sequence[Card]:
    """The cards with the steps that their ages have against these levels of the pace."""
    if not levels:
        return cards
    return [
        card._replace(step=sum(card.age > level for level in levels)) if card.age else card
        for card in cards
    ]


class BoardBase(StreamScreen):
    """Reads one stream through one filter and keeps what is on the screen true."""

    board: Board
    panel: DetailPanel | None = None
    """The details, where they are open."""
    filter_bar: FilterBar | None = None
    """The filter line, where it is open."""
    _pace_due = False

    def __init__(self, reader: Reader, stream: ValueStream, query: str = "") -> None:
        super().__init__()
        self.reader = reader
        self.stream = stream
        self.query_text = query
        self.filter = Query()
        self.total = 0
        self.past: Past | None = None
        """The board as it stood at the moment that is shown, where that is the past."""
        self.advice: Advice | None = None
        """What limits the flow, where that is known."""
        self._asked_at = -1
        self.pace: dict[int, tuple[int, ...]] = {}
        """By stage the ages that cards are held against; known a while after the first paint."""
        self.seen = reader.position()
        self.version = reader.data_version()

    # -- reading ------------------------------------------------------------------

    def read_heads(self) -> list[Column]:
        """The heads of all columns through the filter, in the order of the stream."""
        if self.past is not None:
            return list(self.past.columns)
        return self.reader.columns(self.stream, self.filter, self.host.now())

    def read_cards(self, stage: int, offset: int, limit: int) -> Sequence[Card]:
        """A window of one column through the filter; none where it cannot be read, which is told.

        Columns ask for it whenever they scroll: there is nobody else to take the error.
        """
        try:
            if self.past is not None:
                found = self.reader.past_cards(self.past, stage, offset, limit)
            else:
                now = self.host.now()
                found = self.reader.cards(self.stream, stage, offset, limit, self.filter, now)
            return against(found, self.pace.get(stage))
        except VsmError as error:
            self.lost(error)
            return ()

    def learn_pace(self) -> None:
        """Work out off this thread what ages are held against, and show it on the cards."""
        self._pace_due = False
        self._latest(self._learn_pace, "pace")

    def _pace_is_old(self) -> None:
        """Something finished: learn the pace anew before long."""
        if not self._pace_due:
            self._pace_due = True
            self.set_timer(PACE_AFTER, self.learn_pace)

    async def _learn_pace(self) -> None:
        stream, now = (
            self.stream,
            self.host.view.at if self.host.view.at is not None else self.host.now(),
        )
        try:
            if self.host.view.at is None:
                pace = await self.host.reading.call(lambda reader: reader.pace(stream, now))
            else:
                pace = await self.host.reading.call(lambda reader: reader.past_pace(stream, now))
        except VsmError:
            return  # whatever reads next says what is in the way
        if pace != self.pace and stream.id == self.stream.id:
            self.pace = pace
            heads = [column.head for column in self.board.columns]
            self.board.update(heads, None, self.read_place, None)

    # -- what limits the flow -------------------------------------------------------

    def learn_limits(self) -> None:
        """Ask what limits the flow, in a process of its own, and mark it on the board."""
        if self.host.view.at is None and self.seen != self._asked_at:
            self._asked_at = self.seen
            self._latest(self._learn_limits, "limits")

    async def _learn_limits(self) -> None:
        from vsm.screens.board.constraint_hint import ask

        stream = self.stream
        advice = await ask(self.host.path, stream)
        if advice is not None and stream.id == self.stream.id:
            self.advise(advice)

    def advise(self, advice: Advice) -> None:
        """Mark what limits the flow now."""
        self.advice = advice
        self._mark_limits()

    def _mark_limits(self) -> None:
        """Show the marks of what limits the flow, but not on the board of the past."""
        advice = self.advice if self.host.view.at is None else None
        names = advice.stages if advice is not None else ()
        ids = frozenset(stage.id for stage in self.stream.line if stage.name in names)
        self.board.set_limiting(ids)
        self.header.set_limiting(advice.words if advice is not None else "")

    def read_header(self) -> Header:
        """The figures of the whole stream."""
        return self.reader.header(self.stream, self.host.now())

    def read_place(self, item: int) -> tuple[int, int] | None:
        """Where an item is on the board through the filter."""
        if self.past is not None:
            return self.past.place(item)
        return self.reader.place(self.stream, item, self.filter, self.host.now())

    def reread(self, dirty: set[int] | None, follow: int | None = None) -> None:
        """Bring the board up to date: heads, and the windows of ``dirty`` stages.

        Where the database cannot be read the board stays as it is and says so.
        """
        if self.host.view.at is not None:
            self._latest(partial(self._reread_past, self.host.view.at, follow), "heads")
            return
        self.past = None
        try:
            if self.filter:
                self._latest(partial(self._reread_filtered, follow), "heads")
            else:
                heads = self.read_heads()
                self.total = sum(head.shown for head in heads)
                self.board.update(heads, dirty, self.read_place, follow)
            # With the columns, so that both are painted at once; it takes a fraction of a ms.
            self.header.show(self.read_header())
        except VsmError as error:
            self.lost(error)
            return
        self.reread_detail()

    async def _reread_filtered(self, follow: int | None) -> None:
        stream, wanted, now = self.stream, self.filter, self.host.now()

        def both(reader: Reader) -> tuple[list[Column], list[Column]]:
            return reader.columns(stream, wanted, now), reader.columns(stream, Query(), now)

        try:
            heads, every = await self.host.reading.call(both)
        except VsmError as error:
            self.trouble(error)
            return
        if wanted is not self.filter or stream is not self.stream:
            return
        self.total = sum(head.shown for head in every)
        self.board.filtered = True
        self.board.update(heads, None, self.read_place, follow)
        if follow is None:
            self.board.to_nearest()
        self.tell_found()

    async def _reread_past(self, at: int, follow: int | None) -> None:
        """Bring the board to what it was at a moment."""
        stream, wanted = self.stream, self.filter
        try:
            past = await self.host.reading.call(lambda reader: reader.past(stream, wanted, at))
        except VsmError as error:
            self.trouble(error)
            return
        if at != self.host.view.at or wanted is not self.filter or stream is not self.stream:
            return
        self.past = past
        self.total = sum(column.wip for column in past.columns)
        self.board.filtered = bool(wanted)
        self.board.update(list(past.columns), None, self.read_place, follow)
        self.header.show(past.header)
        self.tell_found()
        self.reread_detail()

    def as_of_changed(self) -> None:
        """Show the board as of another moment."""
        super().as_of_changed()
        self._mark_limits()
        if self.host.view.at is None and self.past is not None:
            self.past = None
            self.board.filtered = bool(self.filter)
            self.reread(None)
            self.catch_up()
        elif self.host.view.at is not None:
            self.reread(None)
        else:
            return
        self.learn_pace()

    # -- details --------------------------------------------------------------------

    def reread_detail(self, item: int | None = None) -> None:
        """Show ``item``, or the one under the cursor, in the panel where that is open."""
        if self.panel is None:
            return
        card = self.board.card
        wanted = item if item is not None else (card.id if card else None)
        self._latest(partial(self._read_detail, wanted), "detail")

    async def _read_detail(self, item: int | None) -> None:
        past = self.host.view.at is not None
        now = self.host.view.at if self.host.view.at is not None else self.host.now()
        detail, waits_on = None, ()  # type: tuple[Detail | None, tuple[str, ...]]
        if item is not None:
            wanted = item

            def both(reader: Reader) -> tuple[Detail | None, tuple[str, ...]]:
                card = reader.card(wanted, now) if not past else None
                told = reader.detail(wanted, now, past)
                return told, card.waits_on if card is not None else ()

            try:
                detail, waits_on = await self.host.reading.call(both)
            except VsmError as error:
                self.trouble(error)
                return
        panel = self.panel
        if panel is not None:
            panel.show(detail, self.stream.zone, now, waits_on)

    # -- what others do -------------------------------------------------------------

    def poll(self) -> None:
        """Look whether anybody has written since; microseconds where nobody has."""
        if self not in self.app.screen_stack:
            return
        try:
            version = self.reader.data_version()
            self.show_freshness()
            if version == self.version:
                return
            self.catch_up()
            self.version = version
        except VsmError as error:
            self.lost(error)

    def catch_up(self, follow: int | None = None) -> list[Change]:
        """Show all that was recorded since the last look; says what others did.

        What happens while the past is shown is seen on the way back. A board that is being
        replaced by another one takes no more changes.
        """
        if self.host.view.at is not None or self not in self.app.screen_stack:
            return []
        changes = self.reader.changes(self.seen)
        if not changes:
            if follow is not None and self.read_place(follow) is not None:
                self.reread(set(), follow)  # a look at what others do was quicker
            return []
        self.seen = changes[-1].seq
        here = [c for c in changes if c.stream in (None, self.stream.id)]
        if any(c.structure for c in changes) or len(changes) >= MANY:
            self.restructure(follow)
        elif self._reach_others(changes):
            self.reread(None, follow)
        elif here:
            dirty = {stage for c in here for stage in c.stages}
            ended = {s.id for s in self.stream.stages if s.category.ended}
            if dirty & ended:
                self._pace_is_old()
            # A finished item no longer holds others up, wherever they stand.
            self.reread(None if dirty & ended else dirty, follow)
        others = [c for c in here if c.session != self.host.session_id]
        if others:
            last = others[-1]
            more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
            self.say(f"{last.actor} {last.text}{more}" if last.actor else sentence(last.text))
        return changes

    def _reach_others(self, changes: list[Change]) -> bool:
        """Whether changes of items may show on the cards of others, which they are linked to.

        Moves within this stream are the caller's affair; elsewhere those that finish or reopen.
        """
        cards = {card.id: card for column in self.board.columns for card in column.cards}
        linked = {card.id for card in cards.values() if card.waits_for or card.waited_by}
        for change in changes:
            if len(change.stages) != 2:
                if linked and (change.item in linked or change.item not in cards):
                    return True
            elif change.stream is not None and change.stream != self.stream.id:
                there = self.reader.stream(change.stream)
                stages = there.by_id if there is not None else {}
                if any(s in stages and stages[s].category.ended for s in change.stages):
                    return True
        return False

    def restructure(self, follow: int | None = None) -> None:
        """Streams or stages changed: read the stream anew, and the board where it differs."""
        stream = self.reader.stream(self.stream.id)
        if stream is None:
            self.host.open_board()
            return
        known = [column.head.stage.id for column in self.board.columns]
        self.stream = stream
        self.reread(None, follow)
        if [stage.id for stage in stream.line] != known:
            self.stages_changed()

    def stages_changed(self) -> None:
        """Bring up to date what is known by stage: the board shows other stages than before."""
        self._mark_limits()
        self._pace_is_old()

    # -- the filter -----------------------------------------------------------------

    def set_filter(self, text: str) -> bool:
        """Filter by what was typed; a text that cannot be read changes nothing but says why."""
        bar = self.filter_bar
        try:
            wanted = parse(text, self.host.actor)
        except QueryError as error:
            self.tell_wrong(error)
            return False
        if bar is not None and bar.editing:
            self.hold(FILTER_KEYS)
        self.query_text = text
        if wanted == self.filter:
            self.tell_found()
            return True
        self.filter = wanted
        self.board.filtered = bool(wanted)
        self.reread(None)
        if not wanted:
            self.tell_found()
        return True

    def tell_wrong(self, error: QueryError) -> None:
        """Say what is wrong with the filter: where beside it, what in the line below."""
        bar = self.filter_bar
        if bar is not None:
            bar.tell(f"wrong at column {error.column}", bad=True)
            self.hold(str(error), "bad")

    def tell_found(self) -> None:
        """Say how many items fit the filter."""
        bar = self.filter_bar
        if bar is None:
            return
        if not self.filter:
            bar.tell(f"{self.total} items" if self.total != 1 else "1 item")
        else:
            found = sum(column.head.shown for column in self.board.columns)
            first, last, _ = self.board.run
            seen = sum(column.head.shown for column in self.board.columns[first:last])
            more = f", {found - seen} off the screen" if seen < found else ""
            strange = "" if found else self._unknown()
            bar.tell(f"{found} of {self.total}{more}{strange}", bad=bool(strange))

    def _unknown(self) -> str:
        """What the filter names that there is not, where nothing fits it."""
        known = {
            "team": [team.name for team in self.reader.teams()],
            "stage": [stage.name for stage in self.stream.stages],
            "class": [str(each) for each in ClassOfService],
        }
        strange = unknown(self.filter, known)
        return f": {strange}" if strange else ""
