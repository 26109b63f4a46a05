"""Reading the past: the board, its cards and items as they stood at a moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from vsm.base_reader import read_with, reads
from vsm.flow_reader import FlowReader, data_end, recent_window
from vsm.model.board import (
    Card,
    ClassWip,
    Column,
    Header,
    Past,
    StreamInfo,
    groups_in,
    stages_over,
)
from vsm.model.entities import TEAM
from vsm.model.group_limit import group_of
from vsm.model.item_list import Listed
from vsm.model.lanes import Lane, LaneView
from vsm.model.query_tree import Query
from vsm.model.rules import EARLIEST, local
from vsm.model.stream import ValueStream
from vsm.store import board, delivery, entities, queries, reports, sprints
from vsm.store.lanes import lanes_of

if TYPE_CHECKING:
    from vsm.model.control.audit import EvidenceChange
    from vsm.model.control.records import ChangeRecords
    from vsm.model.delivery import Deployment
    from vsm.model.delivery_commands import RecordDeployment
    from vsm.model.entity import Entity
    from vsm.store.as_of_cards import LinkEnd

T = TypeVar("T")


class PastReader(FlowReader):
    """The part of a reader that gives the board of a moment, and what is on it."""

    @reads
    def entities_at(self, entity: Entity[T], at: int) -> list[T]:
        """All of a declared entity as they were on record at a moment, by title."""
        from vsm.store.entity_history import versions

        then = [
            entity.type(one.id, **one.values)
            for one in versions(self._conn, entity)
            if one.since <= at and (one.until is None or at < one.until)
        ]
        return sorted(then, key=lambda one: str(getattr(one, entity.title)).casefold())

    @reads
    def past(self, stream: ValueStream, query: Query, as_of: int) -> Past:
        """The board as it stood at a moment; loads numpy. The filter is asked about then.

        Stages, limits, teams and the fields of items are those of then; the order within a column
        is that of entry.
        """
        from vsm.flow.as_of_stream import headline, stages_as_of
        from vsm.flow.window import window
        from vsm.store import as_of_cards

        conn, zone = self._conn, stream.zone
        facts = self._past_facts()
        configured = facts.streams.stream(stream, as_of)
        known, _ = self._known_at(stream, Query(), as_of)
        end = data_end(known.last_activity, as_of)
        day = local(end, zone).date()
        recent, span = (
            window(day - timedelta(days=days - 1), day, zone, end)
            for days in (board.RECENT, board.WINDOW)
        )
        every = as_of_cards.services(conn, facts, stream.id, as_of, queries.ALL)
        whole = stages_as_of(known, every, recent.begin, as_of)
        shown = whole
        if query:
            clause = self._fits(stream, query, as_of, False)
            fits = as_of_cards.services(conn, facts, stream.id, as_of, clause)
            shown = stages_as_of(known, fits, recent.begin, as_of)
        p85, samples, finished = headline(known, recent, span)
        teams = entities.titles(conn, TEAM)
        columns = []
        wip = 0
        for stage in configured.order:
            ids = whole.by_stage[stage.id]
            if stage.retired and not ids:
                continue
            if not stage.category.ended:
                wip += sum(whole.flow[item].start is not None for item in ids)
            counts = Counter(every[item] for item in ids)
            classes = tuple(
                ClassWip(service, counts[service.value], limit)
                for service, limit in stage.class_limits
            )
            team = teams.get(stage.team) if stage.team is not None else None
            count, shared = len(shown.by_stage[stage.id]), group_of(configured, stage.id)
            columns.append(Column(stage, team, len(ids), count, classes, shared))
        header = Header(
            stream=stream.id,
            name=stream.name,
            zone=zone,
            p85=p85,
            samples=samples,
            wip=wip,
            limit=configured.committed_limit,
            finished=finished,
            until=end,
            ended=end < as_of,
            over=stages_over(((c.stage, c.counted) for c in columns), groups_in(columns)),
        )
        mark = self.as_of_now(stream, as_of)
        return Past(as_of, configured, tuple(columns), header, shown, mark)

    @reads
    def past_in_lanes(self, past: Past, lanes: LaneView) -> tuple[Past, tuple[Lane, ...]]:
        """The board of a moment with its cards lane after lane, and its lanes."""
        from vsm.store.past_filter import items_then

        stood, items = past.stood, items_then(self._conn, self._past_facts(), past.as_of)
        every, keys = lanes_of(self._conn, lanes.by, items, stood.by_stage)
        by_stage = {
            s: tuple(sorted(ids, key=keys.__getitem__)) for s, ids in stood.by_stage.items()
        }
        folded = {item: key for item, key in keys.items() if key in lanes.folded}
        return past._replace(stood=stood._replace(by_stage=by_stage), folded=folded), every

    @reads
    def past_ends(self, keys: Iterable[str], at: int) -> dict[str, LinkEnd]:
        """The items with these keys as they stood at a moment, by folded key."""
        from vsm.store.as_of_cards import link_ends

        return link_ends(self._conn, self._past_facts(), keys, at)

    @reads
    def knows_stages(self, stream: ValueStream, at: int) -> bool:
        """Whether the journal knows the stages that a stream had at a moment."""
        return self._past_streams().is_known(stream.id, at)

    @reads
    def change_records(
        self, stream: ValueStream, only: Collection[int] | None = None, *, of_then: bool = False
    ) -> ChangeRecords:
        """All that is on record about the items of a stream, or about ``only`` some of them.

        Of the latter no defects are read, and earlier values of fields where they are asked
        for (``of_then``).
        """
        from vsm.model.control.records import AsItIs
        from vsm.store import change_records

        past = self._past_facts() if only is None or of_then else AsItIs()
        return change_records.read(self._conn, stream, past, only)

    @reads
    def evidence_changes(self) -> list[EvidenceChange]:
        """All evidence that was replaced or withdrawn, in the order in which that happened."""
        from vsm.store.evidence_changes import evidence_changes

        return evidence_changes(self._conn)

    @reads
    def as_of_now(self, stream: ValueStream | None, at: int) -> str:
        """What views of a moment show as of now, as it is not known: ``fields as of now``.

        Of one stream or of all. It is empty where all is known.
        """
        facts = self._past_facts()
        if stream is not None:
            is_known = facts.streams.is_known(stream.id, at)
        else:
            is_known = all(facts.streams.is_known(s, at) for s in facts.streams.created)
        parts = [] if is_known else ["stages"]
        if any(moment > at for moment in facts.imported.values()) and queries.imported_later(
            self._conn, None if stream is None else stream.id, at
        ):
            parts.insert(0, "fields")
        return f"{' and '.join(parts)} as of now" if parts else ""

    @reads
    def past_streams(self, at: int) -> list[StreamInfo]:
        """The streams by name, with their numbers of items and of items in progress at a moment."""
        from vsm.flow.as_of_stream import stages_as_of
        from vsm.store.as_of_cards import services

        out = []
        for stream in self.all_streams():
            known, _ = self._known_at(stream, Query(), at)
            some = services(self._conn, self._past_facts(), stream.id, at, queries.ALL)
            stood = stages_as_of(known, some, EARLIEST, at)
            items = sum(map(len, stood.by_stage.values()))
            wip = sum(
                stood.flow[item].start is not None
                for stage in known.stream.order
                if not stage.category.ended
                for item in stood.by_stage[stage.id]
            )
            latest = known.last_activity_by(at)
            out.append(StreamInfo(stream.id, stream.name, items, wip, latest))
        return out

    @reads
    def past_pace(self, stream: ValueStream, as_of: int) -> dict[int, tuple[int, ...]]:
        """What :meth:`vsm.reader.Reader.pace` was at a moment."""
        from vsm.flow.as_of_stream import pace_as_of

        known, _ = self._known_at(stream, Query(), as_of)
        return pace_as_of(known, recent_window(known, as_of))

    @reads
    def past_cards(self, past: Past, stage: int, offset: int, limit: int) -> list[Card]:
        """A window of one column's cards as they stood then, in board order."""
        from vsm.store.as_of_cards import cards

        ids = past.shown(stage)[offset : offset + limit]
        return cards(
            self._conn,
            self._past_facts(),
            ids,
            past.as_of,
            past.stood.flow,
            past.stream,
            self.days(past.stream.zone),
        )

    @reads
    def past_items(
        self,
        stream: ValueStream,
        query: Query,
        as_of: int,
        *,
        archived: bool = False,
        limit: int | None = None,
    ) -> list[Listed]:
        """The items that fit a filter as they stood at a moment, in the order of their creation,
        or the first so many of them.
        """
        fits = self._fits(stream, query, as_of, False)
        return self._past_listed(stream, fits, as_of, archived, limit)

    def _past_listed(
        self,
        stream: ValueStream,
        fits: queries.Fits,
        as_of: int,
        archived: bool = False,
        limit: int | None = None,
    ) -> list[Listed]:
        from vsm.flow.as_of_stream import stages_as_of
        from vsm.store.as_of_cards import cards, services
        from vsm.store.item_rows import listed

        known, _ = self._known_at(stream, Query(), as_of)
        facts, then = self._past_facts(), known.stream
        chosen = services(self._conn, facts, stream.id, as_of, fits, archived=archived)
        stood = stages_as_of(known, chosen, EARLIEST, as_of)
        days, moment = self.days(stream.zone), self._moment(stream, as_of)
        ids = sorted(stood.flow)[:limit]
        past = cards(self._conn, facts, ids, as_of, stood.flow, then, days)
        return listed(self._conn, then, past, days, moment, (facts, stood.flow))

    @reads
    def configured(self, stream: ValueStream, at: int) -> ValueStream:
        """The stream with the stages, edges and commitment that it had at a moment."""
        return self._then(stream, at)

    sprints_of = read_with(sprints.sprints_of)
    sprint_records = read_with(sprints.records)
    sprint_commitment = read_with(sprints.commitment)
    planned_ends = read_with(sprints.planned_ends)
    carried = read_with(sprints.carried)
    item_facts = read_with(sprints.item_facts)
    item_statuses = read_with(sprints.statuses)
    open_items = read_with(sprints.open_items)
    position_at = read_with(reports.position_at)
    count_entries_since = read_with(reports.count_entries_since)
    entered_late = read_with(reports.entered_late)
    defects = read_with(sprints.defects)
    with_incidents = read_with(sprints.with_incidents)
    services = read_with(delivery.services)
    deployments = read_with(delivery.deployments)
    incidents = read_with(delivery.incidents)
    changes_of_service = read_with(delivery.changes)
    commits_elsewhere = read_with(delivery.commits_elsewhere)

    @reads
    def deployment_like(self, command: RecordDeployment, now: int) -> Deployment | None:
        """The deployment on record that a command speaks of."""
        from vsm.model.decide.delivery import known_deployment
        from vsm.store.decision_view import Present

        return known_deployment(Present(self._conn, now, ""), command)
