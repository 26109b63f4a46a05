"""The one door to reading: windows of a board, items, figures.

A reader has its own connection in autocommit: no read transaction is held between calls, so an
idle screen never pins the WAL. Flow figures load numpy, and only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from vsm.base_reader import read_with, reads
from vsm.model.board import Card, Change, Column, Detail, Header, LogEntry, LogFilter, WholeItem
from vsm.model.entities import MEMBER, TEAM
from vsm.model.entity import Entity
from vsm.model.errors import BadInput, Refusal, Refused
from vsm.model.item_list import Listed
from vsm.model.journal_head import Anchor
from vsm.model.lanes import Lane, LaneField, LaneView
from vsm.model.people_privacy import Onlooker, onlooker
from vsm.model.query_tree import Query
from vsm.model.role import Right, Role
from vsm.model.rules import from_micros
from vsm.model.stream import ValueStream
from vsm.model.stream_state import StreamState
from vsm.model.team import Member, Team
from vsm.past_reader import PastReader
from vsm.store import (
    board,
    compliance,
    entities,
    feed,
    journal,
    log,
    outgoing,
    queries,
    roles,
    source_items,
    stage_traffic,
    standup,
    verdicts,
)
from vsm.store.changes import description_at, edits_by_others, other_changes, removal
from vsm.store.lanes import lane_of
from vsm.store.lock import Acknowledged
from vsm.store.reading import open_for_reading
from vsm.store.rows import stream_of
from vsm.store.sqlite import explain, sqlite3

T = TypeVar("T")
PAGE = 1000
"""Cards that are read at once."""


class Reader(PastReader):
    """Reads one database; raises :class:`EnvironmentProblem` or :class:`BadInput` where it cannot.

    ``Session.open`` brings an older file up to date; a reader refuses one.
    """

    # -- what has changed -------------------------------------------------------

    @reads
    def position(self) -> int:
        """The journal's last position."""
        self._seen = Acknowledged(*journal.head(self._conn))
        return self._seen.seq

    @reads
    def data_version(self) -> int:
        """A number that changes when another connection has committed; costs microseconds."""
        return (self._openings << 40) + queries.data_version(self._conn)

    @reads
    def changes(self, after: int, limit: int = feed.BURST) -> list[Change]:
        """What was recorded after a position, oldest first.

        More than ``limit`` entries (an import), or another database in the place of the one that
        was there, come as one change that touches everything.
        """
        last, digest = journal.head(self._conn)
        seen, self._seen = self._seen, Acknowledged(last, digest)
        if seen is not None and not journal.holds(self._conn, *seen):
            self._anew = False
            text = f"the database was replaced: entry {seen.seq}, which was here, is not in it"
            return [Change(last, last, 0, "", "", None, None, (), text, True)]
        if self._anew or last < after:
            self._anew = False
            return [Change(last, last, 0, "", "", None, None, (), "much has changed", True)]
        if last - after > limit:
            return [feed.burst(self._conn, after, last)]
        return queries.changes_after(self._conn, after)

    @reads
    def permit(
        self,
        actor: str,
        right: Right,
        now: int,
        at_most: Role | None = None,
        stream: int | None = None,
    ) -> Refusal | None:
        """Why somebody has no such right (everywhere or in a stream) at a moment, if so."""
        from vsm.model.decide import permit
        from vsm.store.decision_view import Present

        return permit(Present(self._conn, now, actor, at_most), right, stream)

    role_of = read_with(roles.role_of)
    role_changed_by = read_with(roles.role_changed_by)

    edits_by_others = read_with(edits_by_others)
    description_at = read_with(description_at)
    other_changes = read_with(other_changes)
    removal = read_with(removal)
    actors = read_with(log.names)
    event_kinds = read_with(log.kinds)
    log = read_with(log.changes_of)
    feed = read_with(feed.lines)

    def log_entries(self, chosen: LogFilter) -> Iterator[LogEntry]:
        """Entries of the journal, newest first, as of the first one, however many there are."""
        yield from self._apart(lambda conn: log.entries(conn, chosen))

    def journal_lines(self, onlooker: Onlooker) -> Iterator[str]:
        """The whole journal as lines of JSON, as of the first line, whatever is written meanwhile.

        Has a connection of its own for as long as it takes. Raises :class:`Refused` where it holds
        what this onlooker may not see.
        """
        from vsm.store import dump

        refusal = onlooker.refuse_journal(self.event_kinds())
        if refusal is not None:
            raise Refused(refusal)
        return self._apart(dump.lines)

    def _apart(self, read: Callable[[sqlite3.Connection], Iterator[T]]) -> Iterator[T]:
        """Read with a connection of its own, in one transaction that takes as long as it takes."""
        self._follow()
        conn, _ = open_for_reading(self.path)
        try:
            conn.execute("BEGIN")
            yield from read(conn)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            conn.close()

    # -- streams and teams ------------------------------------------------------

    streams = read_with(board.streams)

    @reads
    def stream(self, stream_id: int) -> ValueStream | None:
        """The stream with this id."""
        return stream_of(self._conn, "id", stream_id)

    final_stages = read_with(stage_traffic.final_stages)

    @reads
    def import_target(self, name: str) -> tuple[ValueStream, dict[str, str]] | None:
        """The stream of exactly this name, and the mapping of its latest import.

        A unique beginning is not enough: it must not lead an import astray.
        """
        folded = " ".join(name.split()).casefold()
        rows = queries.stream_names(self._conn)
        match = next((number for number, known, _ in rows if known.casefold() == folded), None)
        stream = None if match is None else stream_of(self._conn, "id", match)
        return None if stream is None else (stream, queries.import_mapping(self._conn, stream.id))

    @reads
    def stream_named(self, name: str | None) -> ValueStream:
        """The stream of this name or unique beginning; ``None``: the one last active.

        Raises :class:`BadInput` that names the streams there are.
        """
        rows = queries.stream_names(self._conn)
        if not rows:
            raise BadInput(
                f"{self.path} has no streams", "make one: vsm init --template kanban --name NAME"
            )
        if name is None:
            chosen = queries.latest_stream(self._conn)
        else:
            folded = " ".join(name.split()).casefold()
            exact = [r for r in rows if r[2] == folded]
            starts = [r for r in rows if folded and r[2].startswith(folded)]
            matches = exact or starts
            if len(matches) != 1:
                names = ", ".join(r[1] for r in (matches or rows))
                what = "means several streams" if matches else "is no stream"
                raise BadInput(f"{name!r} {what}", f"choose one of: {names}")
            chosen = matches[0][0]
        stream = self.stream(chosen)
        if stream is None:
            raise BadInput(f"{name!r} was a stream until just now", "look again: vsm stream list")
        return stream

    @reads
    def entities(self, entity: Entity[T]) -> list[T]:
        """All of a declared entity, by title."""
        return entities.read_all(self._conn, entity)

    def teams(self) -> list[Team]:
        """All teams by name."""
        return self.entities(TEAM)

    def members(self) -> list[Member]:
        """All members by name."""
        return self.entities(MEMBER)

    def onlooker(self, login: str, now: int, at_most: Role | None = None) -> Onlooker:
        """What somebody may see of the allocations and absences of others at a moment."""
        today = from_micros(now).date().isoformat()
        return onlooker(login, self.members(), self.role_of(login, None, today), at_most)

    views = read_with(queries.views)

    # -- the board --------------------------------------------------------------

    def header_at(self, stream: ValueStream, as_of: int, *, present: bool) -> Header:
        """The figures at the top of the board, now or as it stood at a moment; then loads numpy."""
        return self.header(stream, as_of) if present else self.past(stream, Query(), as_of).header

    @reads
    def columns(self, stream: ValueStream, query: Query, now: int) -> list[Column]:
        """The stream's columns in order of the flow."""
        return board.columns(self._conn, stream, self._with_late_risks(stream, query, now), now)

    @reads
    def cards(
        self,
        stream: ValueStream,
        stage_id: int,
        offset: int,
        limit: int,
        query: Query,
        now: int,
        lanes: LaneView | None = None,
    ) -> list[Card]:
        """A window of one column's cards, in board order, lane after lane where there are any."""
        days = self.days(stream.zone)
        query = self._with_late_risks(stream, query, now)
        return board.cards(self._conn, stream, days, stage_id, offset, limit, query, now, lanes)

    @reads
    def lanes(self, stream: ValueStream, by: LaneField, query: Query, now: int) -> tuple[Lane, ...]:
        """The lanes of what the board shows through a filter, in their order."""
        query = self._with_late_risks(stream, query, now)
        return board.lanes(self._conn, stream, by, query, now)

    lane_of = read_with(lane_of)

    def all_cards(
        self, stream: ValueStream, column: Column, query: Query, now: int, most: int | None = None
    ) -> list[Card]:
        """A column's cards in board order, ``most`` of them at most (0 or ``None``: all)."""
        count = min(most, column.shown) if most else column.shown
        cards: list[Card] = []
        while len(cards) < count:
            size = min(PAGE, count - len(cards))
            page = self.cards(stream, column.stage.id, len(cards), size, query, now)
            if not page:
                break
            cards += page
        return cards

    @reads
    def shown(self, stream: ValueStream, query: Query, now: int) -> dict[int, int]:
        """Id → version of everything that the board shows through a filter."""
        return board.shown(self._conn, stream, self._with_late_risks(stream, query, now), now)

    @reads
    def place(
        self,
        stream: ValueStream,
        item_id: int,
        query: Query,
        now: int,
        lanes: LaneView | None = None,
    ) -> tuple[int, int] | None:
        """``(stage id, index in its column)`` of an item, or ``None`` where it is not shown."""
        query = self._with_late_risks(stream, query, now)
        return board.place(self._conn, stream, item_id, query, now, lanes)

    @reads
    def card(self, item_id: int, now: int) -> Card | None:
        """One item as a card."""
        zone = queries.zone_of_item(self._conn, item_id)
        return board.card(self._conn, self.days(zone), item_id, now) if zone else None

    header = read_with(board.header)

    @reads
    def stream_state(self, stream: ValueStream, query: Query, now: int) -> StreamState:
        """What an overview shows of a stream now through a filter; needs no numpy."""
        from vsm.store.stream_state import stream_state

        query = self._with_late_risks(stream, query, now)
        return stream_state(self._conn, stream, query, self.days(stream.zone), now)

    @reads
    def in_progress(self, stream: ValueStream, query: Query, now: int) -> tuple[int, ...]:
        """The ids of items in progress through a filter, in the order of a stand-up."""
        query = self._with_late_risks(stream, query, now)
        return standup.in_progress(self._conn, stream, query, now)

    @reads
    def stays(self, stream: ValueStream, now: int, past: bool = False) -> Mapping[int, int]:
        """By stage id the microseconds that 85% of finished items spent there at most."""
        if past:
            return self._past_levels(stream, now).stay()
        from vsm.store.pace import stays

        return stays(self._conn, stream, now)

    @reads
    def pace(self, stream: ValueStream, now: int) -> dict[int, tuple[int, ...]]:
        """By stage id the ages (p50, p70, p85, p95) at which finished items had passed it."""
        from vsm.store.pace import pace

        return pace(self._conn, stream, self.days(stream.zone), now)

    # -- items ------------------------------------------------------------------

    evaluations = read_with(verdicts.evaluations)
    checks_by_hand = read_with(verdicts.checks_by_hand)
    blocked_spans = read_with(verdicts.blocked_spans)
    has_modes = read_with(verdicts.has_modes)
    items_in = read_with(verdicts.items_in)

    counted = read_with(compliance.counted)
    left_out = read_with(compliance.left_out)
    control_texts = read_with(compliance.control_texts)
    grants = read_with(compliance.grants)
    counting_query = staticmethod(compliance.query)

    item = read_with(queries.item)

    briefs = read_with(queries.briefs)

    find_key = read_with(queries.item_by_key)

    keys_like = read_with(queries.keys_like)

    @reads
    def items(
        self,
        stream: ValueStream | None,
        query: Query,
        now: int,
        *,
        limit: int = 1000,
        offset: int = 0,
        archived: bool = False,
    ) -> list[Card]:
        """Items as a flat list; ``stream=None`` for all streams."""
        days = self.days(stream.zone if stream else "UTC")
        query = self._with_late_risks(stream, query, now)
        return board.items(
            self._conn, stream, days, query, now, limit=limit, offset=offset, archived=archived
        )

    @reads
    def listed(self, stream: ValueStream, cards: Sequence[Card], now: int) -> list[Listed]:
        """These cards of a stream with all that a list can show of them."""
        from vsm.store.filter_sql import Moment
        from vsm.store.item_rows import listed

        moment = Moment(now, stream.zone)
        return listed(self._conn, stream, cards, self.days(stream.zone), moment)

    @reads
    def listed_items(self, ids: Sequence[int], now: int, past: bool = False) -> list[Listed]:
        """These items of any stream with all that a list can show of them, in no order.

        Where ``now`` is in the ``past``, as they stood then, without those archived by then.
        """
        out = []
        for number, some in queries.by_stream(self._conn, ids).items():
            stream = stream_of(self._conn, "id", number)
            if stream is None:
                continue
            if past:
                out += self._past_listed(stream, queries.only(some), now)
            else:
                cards = board.cards_of(self._conn, self.days(stream.zone), some, now)
                out += self.listed(stream, cards, now)
        return out

    @reads
    def detail(self, item_id: int, now: int, past: bool = False) -> Detail | None:
        """All about one item; where ``now`` is in the ``past``, nothing that came later."""
        from vsm.store import details

        item = self.item(item_id)
        stream = self.stream(item.stream) if item else None
        if item is None or stream is None:
            return None
        days = self.days(stream.zone)
        item_detail = details.detail(self._conn, item, stream, days, now)
        if past:
            from vsm.store.as_of_cards import stream_then, then

            held = stream_then(self._conn, item_id, now)
            stream = self._then((self.stream(held) if held is not None else None) or stream, now)
            days = self.days(stream.zone)
            return then(self._conn, self._past_facts(), item_detail, stream, days, now)
        return item_detail

    @reads
    def whole(self, stream: ValueStream, at: int | None = None) -> list[WholeItem]:
        """Every item of a stream with its visits and blockers, archived ones too, by id.

        With a moment, also items that have gone to another stream since, with the fields of then.
        """
        from vsm.store import whole_stream

        facts = None if at is None else (self._past_facts(), at)
        return list(whole_stream.items(self._conn, stream.id, facts))

    @reads
    def links(self, at: int | None = None) -> list[tuple[str, str, str, str | None, str | None]]:
        """All links and parents (of a moment), as :func:`vsm.store.whole_stream.links` has them."""
        from vsm.store import whole_stream

        facts = None if at is None else (self._past_facts(), at)
        return whole_stream.links(self._conn, facts)

    @reads
    def anchor(self) -> Anchor:
        """Where the journal stands."""
        return journal.anchor(self._conn)

    @reads
    def hash_at(self, seq: int) -> str | None:
        """Hash of a journal entry in hexadecimal; ``None`` where there is no such entry."""
        digest = journal.hash_at(self._conn, seq)
        return None if digest is None else digest.hex()

    words = read_with(queries.words)

    import_mapping = read_with(queries.import_mapping)
    imported_items = read_with(source_items.imported_items)
    observed_moves = read_with(source_items.observed_moves)
    changed_items = read_with(source_items.changed_items)
    outgoing_changes = read_with(outgoing.outgoing_changes)
    refused_changes = read_with(outgoing.refused_changes)
