"""Reading figures: of any window, as of any moment, and the board as it stood then. Loads numpy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.base_reader import ReadBase, reads
from vsm.model.board import Card, ClassWip, Column, Header, Past
from vsm.model.entities import TEAM
from vsm.model.item import BlockerKind
from vsm.model.query import Query, compares
from vsm.model.rules import DAY, local
from vsm.model.stream import ValueStream
from vsm.store import board, entities, queries

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Bottlenecks
    from vsm.features.dependencies.results import Dependencies
    from vsm.features.metrics.figures import Facts
    from vsm.features.metrics.results import DrilldownItem, Figures, Metrics
    from vsm.flow.flow_data import FlowData

LOOKED_AT = 180
"""Days before the end of the data in which items finished that tell what others will take."""
KEPT = 2
"""How many histories are kept: one through a filter beside the whole."""

_State = tuple[ValueStream, Query, int, int]


class FlowReader(ReadBase):
    """The part of a reader that works figures out."""

    def __init__(self, path: Path) -> None:
        self._kept: dict[_State, tuple[FlowData, Facts]] = {}
        super().__init__(path)

    @reads
    def figures(
        self,
        stream: ValueStream,
        *,
        first: date | None = None,
        last: date | None = None,
        as_of: int,
        query: Query | None = None,
        present: bool = False,
    ) -> Figures:
        """Every flow figure of a stream, of the items that fit a filter; loads numpy.

        See :func:`~vsm.features.metrics.figures.figures`. ``present`` says that ``as_of`` is now:
        entries that carry a later moment are in it then, as somebody's clock was ahead. The filter
        is about what is now, not as of then. What was read and worked out is kept until something
        is written: another window of the same history takes milliseconds.
        """
        from vsm.features.metrics.figures import figures_of
        from vsm.features.metrics.results import OLDEST
        from vsm.flow.window import window

        span = window(first, last, stream.zone, as_of)
        known, facts = self._known_at(stream, query or Query(), as_of, present)
        figures = figures_of(known, facts, span)
        skewed = queries.keys_of(self._conn, figures.clock_skew.named) if figures.clock_skew else {}
        keys = queries.keys_of(self._conn, (aged.item for aged in figures.ageing[:OLDEST]))
        named = tuple(replace(aged, key=keys[aged.item]) for aged in figures.ageing[:OLDEST])
        return replace(
            figures,
            ageing=(*named, *figures.ageing[OLDEST:]),
            clock_skew=replace(figures.clock_skew, keys=tuple(skewed.items())),
        )

    def _known(self, stream: ValueStream, query: Query, as_of: int) -> tuple[FlowData, Facts]:
        """A stream's whole history, kept while the database, stream and filter are the same.

        A filter that names ages or days means others as time goes on: such a one is not kept.
        """
        from vsm.features.metrics.figures import Facts
        from vsm.flow.flow_data import FlowData
        from vsm.flow.history import History

        conn = self._conn
        state = (stream, query, queries.position(conn), self._openings)
        if state in self._kept:
            return self._kept[state]
        fits = queries.ALL if not query else board.clause(conn, stream, query, as_of)
        history = History.from_rows(
            queries.visits(conn, stream.id, fits), queries.qualities(conn, stream.id)
        )
        known = FlowData.of(history, stream)
        facts = Facts.from_rows(
            queries.blocks(conn, stream.id),
            queries.flow_types(conn, stream.id),
            entities.titles(conn, TEAM),
        ).aligned_to(history)
        if not compares(query):
            self._kept = {k: v for k, v in self._kept.items() if k[2:] == state[2:]}
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[state] = known, facts
        return known, facts

    def _known_at(
        self, stream: ValueStream, query: Query, as_of: int, present: bool = False
    ) -> tuple[FlowData, Facts]:
        """What was known of a stream at a moment; where that is the present, all that is recorded.

        The present is not cut by the clock: whoever looks on a machine that is behind, or after
        somebody moved an item on one that is ahead, would see other figures than the board.
        """
        from vsm.flow.flow_data import FlowData

        known, facts = self._known(stream, query, as_of)
        latest = known.last_activity or 0
        if present:
            if max(latest, facts.blocks.latest) > as_of:
                known = replace(known, until=as_of)
        elif latest > as_of:
            known = FlowData.of(known.history.as_of(as_of), stream)
        return known, facts

    @reads
    def behind(
        self,
        stream: ValueStream,
        what: str,
        name: str,
        *,
        first: date | None = None,
        last: date | None = None,
        as_of: int,
        query: Query | None = None,
        present: bool = False,
    ) -> tuple[DrilldownItem, ...]:
        """The items behind a part of the figures of the same window, as of the same moment.

        ``what`` is ``"stage"`` (finished items by their days in the stage ``name``), ``"type"``
        (items of the flow type ``name``) or ``"wip"`` (items in progress at ``as_of``).
        """
        from vsm.features.metrics import drilldown
        from vsm.flow.window import window

        span = window(first, last, stream.zone, as_of)
        known, facts = self._known_at(stream, query or Query(), as_of, present)
        if what == "stage":
            return drilldown.by_time_in_stage(known, span, name)
        if what == "type":
            return drilldown.by_type(known, facts, span, name)
        return drilldown.in_progress(known, span)

    @reads
    def inside(
        self, stream: ValueStream, stage: int, as_of: int, *, present: bool = False
    ) -> tuple[DrilldownItem, ...]:
        """The items that were in a stage (by its id) at a moment, the longest there first."""
        from vsm.features.metrics import drilldown

        known, _ = self._known_at(stream, Query(), as_of, present)
        return drilldown.in_stage(known, stage, as_of)

    @reads
    def stuck(self, stream: ValueStream, *, as_of: int, present: bool = False) -> Bottlenecks:
        """Where a stream is stuck, why, how sure that is and what would help; loads numpy.

        Looks at the 26 weeks before as-of, or before the last activity where that is long ago; at
        more where few items left any stage.
        """
        from vsm.features.bottlenecks.constraint import judge_recent
        from vsm.features.bottlenecks.evidence import stage_evidence, team_loads
        from vsm.features.bottlenecks.recommendations import recommend
        from vsm.features.bottlenecks.results import Bottlenecks, ranked
        from vsm.features.bottlenecks.verdict import reach_verdict
        from vsm.features.metrics.figures import figures_of
        from vsm.features.metrics.results import NAMED, Window
        from vsm.flow.days import local_day
        from vsm.flow.window import window

        known, facts = self._known_at(stream, Query(), as_of, present)
        end = _data_end(known.last_activity, as_of)
        blocked = facts.blocks.open_now() if present else facts.blocks.open_at(end)
        judgement = judge_recent(known, end, facts.teams)
        observed = judgement.window
        verdict = reach_verdict(judgement)
        wip = Counter(stream.order[place].id for place in known.flow.stage.tolist())
        evidence = stage_evidence(judgement, wip, facts.teams)
        figures = figures_of(known, facts, window(None, None, stream.zone, end))
        actions = recommend(judgement, verdict, evidence, known, figures, blocked)
        named = {item for action in actions for item in action.items}
        keys = queries.keys_of(self._conn, named | set(observed.backwards[:NAMED]))
        return Bottlenecks(
            stream=stream.name,
            zone=stream.zone,
            as_of=as_of,
            watched=Window(local_day(observed.begin, stream.zone), local_day(end, stream.zone)),
            verdict=verdict,
            stages=evidence,
            teams=team_loads(judgement),
            min_cut=tuple(station.name for station in judgement.minimum_cut),
            actions=ranked(actions, evidence),
            keys=tuple(keys.items()),
            known_by_day=observed.has_days_only,
            set_aside=sum(observed.outliers_by_place.values()),
            backwards=observed.backwards,
        )

    @reads
    def dependencies(self, now: int, ends: Collection[int] = ()) -> Dependencies:
        """Dependencies over all streams, what they cost and what is at risk; loads networkx.

        ``wanted`` are the items to which critical paths are told, by id: by default all that are
        due and wait for something. ``now`` is in UTC microseconds.
        """
        from vsm.features.dependencies.figures import dependencies
        from vsm.features.dependencies.results import DependentItem
        from vsm.store import dependencies as stored
        from vsm.store.pace import LEVELS, pace
        from vsm.store.rows import stream_of

        conn = self._conn
        rows = stored.linked(conn)
        streams: dict[int, ValueStream] = {}
        left: dict[int, int] = {}
        usual: dict[int, int] = {}
        for number in sorted({row.stream for row in rows}):
            stream = stream_of(conn, "id", number)
            if stream is None:
                continue
            streams[number] = stream
            end, _ = board.until(conn, number, now)
            left |= stored.remaining(conn, number, end - LOOKED_AT * DAY)
            levels = pace(conn, stream, self.days(stream.zone), now)
            usual |= {stage: ages[LEVELS.index(85)] for stage, ages in levels.items()}
        parts = []
        for row in rows:
            stream = streams[row.stream]
            days = self.days(stream.zone)
            age = days.between(row.start, now) if row.start is not None else 0
            depends = row.blocked == BlockerKind.DEPENDENCY.value
            parts.append(
                DependentItem(
                    id=row.id,
                    key=row.key,
                    title=row.title,
                    stream=stream.name,
                    stage=stream.stage(row.stage).name,
                    team=row.team,
                    created=row.created,
                    start=row.start,
                    due=date.fromisoformat(row.due) if row.due else None,
                    blocked=row.blocked or "",
                    since=row.since if depends else None,
                    remaining=left[row.stage] / DAY if row.stage in left else None,
                    late=row.start is not None and age > usual.get(row.stage, age),
                )
            )
        zone = next(iter(streams.values())).zone if streams else "UTC"
        return dependencies(parts, stored.links(conn), now, zone, ends)

    @reads
    def past(self, stream: ValueStream, query: Query, as_of: int) -> Past:
        """The board as it stood at a moment; loads numpy. The filter is about what is now.

        Stages, their limits and the fields of items are as they are now; the order within a column
        is that of entry.
        """
        from vsm.features.metrics.as_of_stream import headline, stages_as_of
        from vsm.flow.window import window
        from vsm.store import as_of_cards

        conn, zone = self._conn, stream.zone
        known, _ = self._known_at(stream, Query(), as_of)
        end = _data_end(known.last_activity, as_of)
        day = local(end, zone).date()
        recent, span = (
            window(day - timedelta(days=days - 1), day, zone, end)
            for days in (board.RECENT, board.WINDOW)
        )
        every = as_of_cards.services(conn, stream.id, queries.ALL)
        whole = stages_as_of(known, every, recent.begin)
        shown = whole
        if query:
            fits = as_of_cards.services(conn, stream.id, board.clause(conn, stream, query, as_of))
            shown = stages_as_of(known, fits, recent.begin)
        p85, samples, finished = headline(known, recent, span)
        teams = entities.titles(conn, TEAM)
        columns = []
        wip = 0
        for stage in stream.line:
            ids = whole.by_stage[stage.id]
            if not stage.category.ended:
                wip += sum(whole.flow[item].start is not None for item in ids)
            counts = Counter(every[item] for item in ids)
            classes = tuple(
                ClassWip(service, counts[service.value], limit)
                for service, limit in stage.class_limits
            )
            team = teams.get(stage.team) if stage.team is not None else None
            count = len(shown.by_stage[stage.id])
            columns.append(Column(stage, team, len(ids), count, classes))
        header = Header(
            stream=stream.id,
            name=stream.name,
            zone=zone,
            p85=p85,
            samples=samples,
            wip=wip,
            limit=stream.committed_limit,
            finished=finished,
            until=end,
            ended=end < as_of,
        )
        return Past(as_of, stream, tuple(columns), header, shown)

    @reads
    def past_pace(self, stream: ValueStream, as_of: int) -> dict[int, tuple[int, ...]]:
        """What :meth:`vsm.reader.Reader.pace` was at a moment."""
        from vsm.features.metrics.as_of_stream import pace_as_of
        from vsm.flow.window import window

        known, _ = self._known_at(stream, Query(), as_of)
        end = _data_end(known.last_activity, as_of)
        day = local(end, stream.zone).date()
        return pace_as_of(
            known, window(day - timedelta(days=board.WINDOW - 1), day, stream.zone, end)
        )

    @reads
    def past_cards(self, past: Past, stage: int, offset: int, limit: int) -> list[Card]:
        """A window of one column's cards as they stood then, in board order."""
        from vsm.store.as_of_cards import cards

        ids = past.stood.by_stage.get(stage, ())[offset : offset + limit]
        return cards(self._conn, ids, past.as_of, past.stood.flow, self.days(past.stream.zone))

    @reads
    def activity(self, stream: ValueStream) -> tuple[int, int] | None:
        """The first and the last entry into a stage of the stream; ``None`` where there is none."""
        return queries.activity(self._conn, stream.id)

    @reads
    def metrics(
        self, stream: ValueStream, *, first: date | None, last: date | None, as_of: int
    ) -> Metrics:
        """Flow figures of a stream; loads numpy. See :func:`vsm.features.metrics.basic.metrics`."""
        from vsm.features.metrics.basic import metrics
        from vsm.flow.history import History

        history = History.from_rows(
            queries.visits(self._conn, stream.id), queries.qualities(self._conn, stream.id)
        )
        return metrics(history, stream, first=first, last=last, as_of=as_of)


def _data_end(latest: int | None, as_of: int) -> int:
    """As-of, or the last activity by then where that is over 14 days before."""
    return as_of if latest is None or as_of - latest <= board.RECENT * DAY else latest
