"""Reading what flows: the history of a stream, as it is or was, and linked items."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.base_reader import ReadBase, read_with, reads
from vsm.model.board import (
    OpenBlocker,
)
from vsm.model.entities import TEAM
from vsm.model.query import Levels, asks_for_late_risk, compares, depends_on_moment, with_late_risks
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, LEVELS, SLE_PERCENT, Days, local
from vsm.model.stream import ValueStream
from vsm.store import board, entities, flow_rows, queries
from vsm.store.filter_sql import Moment
from vsm.store.pace import pace
from vsm.store.rows import stream_of

if TYPE_CHECKING:
    from vsm.flow.facts import Facts
    from vsm.flow.flow_data import FlowData
    from vsm.flow.history import History
    from vsm.flow.window import Window
    from vsm.store import dependencies
    from vsm.store.past_facts import PastFacts
    from vsm.store.past_streams import PastStreams

LOOKED_AT = 180
"""Days before the end of the data in which items finished that tell what others will take."""
RISKS_KEPT, MOST_RISKS = 10 * 60 * 1_000_000, 20
"""Microseconds for which it is kept which items are at risk while nothing is written; of how many
streams and moments.
"""
KEPT = 2
"""How many histories are kept: one through a filter beside the whole."""


class LinkedItems(NamedTuple):
    """Rows of unfinished items, the links between them, and by stage what is usual there.

    ``remaining`` are microseconds, ascending, that items took from a stage to their finish,
    ``usual`` days that 85% were not older than when they left it.
    """

    rows: list[dependencies.Row]
    links: list[tuple[int, int, str | None, str | None]]
    streams: dict[int, ValueStream]
    remaining: dict[int, list[int]]
    usual: dict[int, int]


_State = tuple[ValueStream, tuple[Any, ...], int, int]


class FlowReader(ReadBase):
    """The part of a reader that gives what figures are worked out from."""

    def __init__(self, path: Path) -> None:
        self._past: tuple[tuple[int, int], PastStreams, PastFacts | None] | None = None
        self._cuts: list[tuple[History, int, FlowData]] = []
        self._risks: dict[tuple[Any, ...], frozenset[int]] = {}
        self._kept: dict[_State, tuple[FlowData, Facts, History]] = {}
        super().__init__(path)

    @reads
    def flow(
        self, stream: ValueStream, query: Query, as_of: int, *, present: bool = False
    ) -> tuple[FlowData, Facts]:
        """What is known of a stream's flow at a moment, and facts about its items; loads numpy.

        Of the items that fit a filter, which asks for stages, ages and blockers as of then, for
        other fields as they are now. ``present`` says that ``as_of`` is now: entries that carry a
        later moment are in it then, as somebody's clock was ahead.

        What was read and worked out is kept until something is written: another window of the same
        history takes milliseconds.
        """
        return self._known_at(stream, query, as_of, present)

    @reads
    def flow_with_departed(
        self, stream: ValueStream, as_of: int, *, present: bool = False
    ) -> FlowData:
        """The same of all items, with those that were in another stream then; loads numpy."""
        return self._with_departed(stream, as_of, present)

    def _with_departed(self, stream: ValueStream, as_of: int, present: bool) -> FlowData:
        from vsm.flow.flow_data import FlowData

        known, _, history = self._known(stream, Query(), as_of, present)
        if history.away is None:
            return self._known_at(stream, Query(), as_of, present)[0]
        if present:
            late = (known.last_activity or 0) > as_of
            whole = FlowData.of(history, stream)
            return replace(whole, until=as_of) if late else whole
        return FlowData.of(history.as_of(as_of, departed=True), self._then(stream, as_of))

    @reads
    def flows_of_teams(
        self, stream: ValueStream, as_of: int, present: bool = False
    ) -> list[FlowData]:
        """What is known of the other streams in which teams of this one work, as :meth:`flow` does.

        They take the place of no history that is kept: few ask for them.
        """
        teams = (stream if present else self._then(stream, as_of)).working_teams
        kept, cuts = dict(self._kept), self._cuts
        flows = []
        for other in self.all_streams() if teams else ():
            if other.id == stream.id:
                continue
            then = other if present else self._then(other, as_of)
            if not teams.isdisjoint(then.working_teams):
                flows.append(self._known_at(other, Query(), as_of, present)[0])
                self._kept, self._cuts = dict(kept), cuts
        return flows

    @reads
    def all_streams(self) -> list[ValueStream]:
        """All streams by name."""
        numbers = [number for number, _, _ in queries.stream_names(self._conn)]
        every = (stream_of(self._conn, "id", number) for number in numbers)
        return [stream for stream in every if stream is not None]

    keys_of = read_with(queries.keys_of)

    def _known(
        self, stream: ValueStream, query: Query, as_of: int, present: bool
    ) -> tuple[FlowData, Facts, History]:
        """What is known of a stream now, and the whole history with items that are elsewhere now.

        It is kept while the database, stream and filter are the same.

        A filter that fits others as time goes on, or at another moment, is not kept.
        """
        from vsm.flow.facts import Facts
        from vsm.flow.flow_data import FlowData
        from vsm.flow.history import History

        conn = self._conn
        fits = sql, params = self._fits(stream, query, as_of, present)
        state = (stream, (sql, *params), queries.position(conn), self._openings)
        if state in self._kept:
            return self._kept[state]
        history = History.from_rows(
            flow_rows.visits(conn, stream.id, fits),
            flow_rows.qualities(conn, stream.id),
            flow_rows.departures(conn, stream.id),
        )
        blocks, numbers = flow_rows.blocks(conn, stream.id)
        known = FlowData.of(history.present(), stream)
        facts = Facts.from_rows(
            blocks,
            flow_rows.flow_types(conn, stream.id),
            entities.titles(conn, TEAM),
            numbers,
        ).aligned_to(history)
        if not (compares(query) if present else depends_on_moment(query)):
            self._kept = {k: v for k, v in self._kept.items() if k[2:] == state[2:]}
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[state] = known, facts, history
        return known, facts, history

    def _fits(self, stream: ValueStream, query: Query, as_of: int, present: bool) -> queries.Fits:
        """A filter as SQL, asked about now or about a moment of the past."""
        if not query:
            return queries.ALL
        query = self._with_late_risks(stream, query, as_of, present)
        if present:
            return board.clause(self._conn, stream, query, as_of)
        from vsm.store import past_filter

        clause = board.clause_at(
            query, self._moment(stream, as_of), self._past_levels(stream, as_of)
        )
        return past_filter.of_then(self._conn, self._past_facts(), clause, as_of)

    def _with_late_risks(
        self, stream: ValueStream | None, query: Query, as_of: int, present: bool = True
    ) -> Query:
        """The filter with what ``late-risk`` fits in a stream or in all; loads numpy for it."""
        if not asks_for_late_risk(query):
            return query
        streams = self.all_streams() if stream is None else [stream]
        risks = [self._late_risks(one, as_of, present) for one in streams]
        return with_late_risks(query, frozenset[int]().union(*risks))

    def _late_risks(self, stream: ValueStream, as_of: int, present: bool) -> frozenset[int]:
        """The items of a stream that are late or likelier late than in time; some are kept."""
        from vsm.flow.as_of_stream import cycle_as_of
        from vsm.flow.late_risk import late_risks
        from vsm.store.due_dates import due_dates

        position = queries.position(self._conn), self._openings
        when = as_of // RISKS_KEPT if present else as_of
        state = (stream, when, present, position)
        if state not in self._risks:
            data, facts = self._known_at(stream, Query(), as_of, present)
            whole = self._with_departed(stream, as_of, present)
            sle = cycle_as_of(data, recent_window(data, as_of), SLE_PERCENT)
            due = due_dates(self._conn, stream.id, self._past_facts(), as_shown=True)
            self._risks = {k: v for k, v in self._risks.items() if k[-1] == position}
            while len(self._risks) >= MOST_RISKS:
                del self._risks[next(iter(self._risks))]
            self._risks[state] = late_risks(data, whole, facts.blocks, as_of, sle, due)
        return self._risks[state]

    def _moment(self, stream: ValueStream, as_of: int) -> Moment:
        """A moment of the past, as filters are asked about it."""
        from vsm.store.times import transferred_times

        then = self._then(stream, as_of)
        times = transferred_times(self._conn, then, self.days(then.zone), as_of)
        since = {item: known.times.age_from for item, known in times.items()}
        return Moment(as_of, then.zone, then, since)

    def _past_levels(self, stream: ValueStream, as_of: int) -> Levels:
        """What a filter held ages and stays against at a moment."""
        from vsm.flow.as_of_stream import cycle_as_of, pace_as_of, stays_as_of

        def known() -> tuple[FlowData, Window]:
            data, _ = self._known_at(stream, Query(), as_of)
            return data, recent_window(data, as_of)

        return Levels(
            lambda percent: cycle_as_of(*known(), percent),
            lambda percent: {s: ages[0] for s, ages in pace_as_of(*known(), (percent,)).items()},
            lambda: stays_as_of(*known(), SLE_PERCENT),
        )

    def _known_at(
        self, stream: ValueStream, query: Query, as_of: int, present: bool = False
    ) -> tuple[FlowData, Facts]:
        """What was known of a stream at a moment; where that is the present, all that is recorded.

        The present is not cut by the clock: whoever looks on a machine that is behind, or after
        somebody moved an item on one that is ahead, would see other figures than the board.
        """
        known, facts, history = self._known(stream, query, as_of, present)
        if present:
            if max(known.last_activity or 0, facts.blocks.latest) > as_of:
                known = replace(known, until=as_of)
            return known, facts
        return self._cut(history, known, as_of), facts

    def _cut(self, history: History, known: FlowData, as_of: int) -> FlowData:
        """What of a history was known at a moment, in the stream as it was; the last are kept."""
        from vsm.flow.flow_data import FlowData

        then = self._then(known.stream, as_of)
        latest = known.last_activity or 0
        if latest <= as_of and history.away is None and then is known.stream:
            return known
        for cut in self._cuts:
            if cut[0] is history and cut[1] == as_of:
                return cut[2]
        data = FlowData.of(history.as_of(as_of), then)
        self._cuts = [(history, as_of, data), *self._cuts[: KEPT - 1]]
        return data

    def _then(self, stream: ValueStream, as_of: int) -> ValueStream:
        """The stream as it was at a moment."""
        return self._past_streams().stream(stream, as_of)

    def _past_streams(self) -> PastStreams:
        """What the journal knows of how streams were, kept until something is written."""
        from vsm.store.past_streams import read_past_streams

        position = queries.position(self._conn), self._openings
        if self._past is None or self._past[0] != position:
            self._past = position, read_past_streams(self._conn), None
        return self._past[1]

    def _past_facts(self) -> PastFacts:
        """What the journal knows of the past, items too, kept until something is written."""
        from vsm.store import past_facts

        streams = self._past_streams()
        assert self._past is not None
        position, _, facts = self._past
        if facts is None:
            facts = past_facts.read(self._conn, streams)
            self._past = position, streams, facts
        return facts

    @reads
    def declared_at(self, stream: ValueStream, as_of: int) -> dict[int, int]:
        """By stage id when what people declared of it on the map was last changed by a moment."""
        return self._past_streams().declared_at(stream.id, as_of)

    @reads
    def due_dates(self, stream: ValueStream) -> dict[int, list[tuple[int, int | None]]]:
        """By item id the due days (since 1970) with the moment from which each was known.

        Of items of a stream that have or had a due date.
        """
        from vsm.store.due_dates import due_dates

        return due_dates(self._conn, stream.id, self._past_facts())

    @reads
    def matching(
        self, stream: ValueStream, query: Query, as_of: int, *, present: bool = False
    ) -> frozenset[int]:
        """The ids of all items of a stream that fit a filter, archived ones too.

        What fits is asked as :meth:`flow` does.
        """
        fits = self._fits(stream, query, as_of, present)
        return frozenset(flow_rows.items(self._conn, stream.id, fits))

    @reads
    def board_order(self, ids: Collection[int]) -> list[int]:
        """These items as stages hold them, the first in line first; without archived ones."""
        return flow_rows.board_order(self._conn, ids)

    @reads
    def parts_of(self, ids: Collection[int]) -> tuple[frozenset[int], frozenset[int]]:
        """These items with all that are parts of them, and which items have parts."""
        return flow_rows.parts_of(self._conn, ids), flow_rows.containers(self._conn)

    @reads
    def linked_items(self, now: int, past: bool = False) -> LinkedItems:
        """Unfinished items that block each other, over all streams; where ``now`` is in the
        ``past``, as they stood then.
        """
        from vsm.store import dependencies

        conn = self._conn
        streams: dict[int, ValueStream] = {}

        def stream_days(number: int) -> tuple[ValueStream, Days]:
            if number not in streams:
                stream = stream_of(conn, "id", number)
                if stream is None:
                    raise LookupError(f"there is no stream {number}")
                streams[number] = self._then(stream, now) if past else stream
            return streams[number], self.days(streams[number].zone)

        if past:
            from vsm.store.as_of_links import linked_as_of

            rows, links = linked_as_of(conn, self._past_facts(), now, stream_days)
        else:
            rows, links = dependencies.linked(conn, stream_days), dependencies.links(conn)
        remaining: dict[int, list[int]] = {}
        usual: dict[int, int] = {}
        for number in sorted({row.stream for row in rows}):
            stream, days = stream_days(number)
            took, levels = self._taken(stream, days, now, past)
            remaining |= took
            usual |= {stage: ages[LEVELS.index(SLE_PERCENT)] for stage, ages in levels.items()}
        return LinkedItems(rows, links, streams, remaining, usual)

    def _taken(
        self, stream: ValueStream, days: Days, now: int, past: bool
    ) -> tuple[dict[int, list[int]], dict[int, tuple[int, ...]]]:
        """By stage the times that items took from there to their finish lately, and the pace."""
        if past:
            from vsm.flow.as_of_stream import pace_as_of, remaining_as_of

            known, _ = self._known_at(stream, Query(), now)
            span = recent_window(known, now, LOOKED_AT)
            return remaining_as_of(known, span), pace_as_of(known, recent_window(known, now))
        from vsm.store.times import remaining_times

        end, _ = board.until(self._conn, stream.id, now)
        took = remaining_times(self._conn, stream.id, end - LOOKED_AT * DAY, end)
        return took, pace(self._conn, stream, days, now)

    @reads
    def open_blockers(self, stream: ValueStream, at: int | None) -> list[OpenBlocker]:
        """What blocks the unfinished items of a stream, now or at a moment, the longest first."""
        if at is not None:
            from vsm.store.as_of_links import open_blockers_as_of

            return open_blockers_as_of(self._conn, self._past_facts(), self._then(stream, at), at)
        from vsm.store.dependencies import open_blockers

        return open_blockers(self._conn, stream.id)

    @reads
    def activity(self, stream: ValueStream) -> tuple[int, int] | None:
        """The first and the last entry into a stage of the stream; ``None`` where there is none."""
        return queries.activity(self._conn, stream.id)


def recent_window(data: FlowData, as_of: int, length: int = board.WINDOW) -> Window:
    """The days before the end of the data; by default those that the header looks at."""
    from vsm.flow.window import window

    end, zone = data_end(data.last_activity, as_of), data.stream.zone
    day = local(end, zone).date()
    return window(day - timedelta(days=length - 1), day, zone, end)


def data_end(latest: int | None, as_of: int) -> int:
    """As-of, or the last activity by then where that is over 14 days before."""
    return as_of if latest is None or as_of - latest <= board.RECENT * DAY else latest
