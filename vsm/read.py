"""The one door to reading: windows of a board, items, figures.

A reader has its own connection in autocommit: no read transaction is held between calls, so an
idle screen never pins the WAL. Flow figures load numpy, and only when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from vsm.model.board import Brief, Card, Change, Column, Detail, Header, StreamInfo, WholeItem
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.item import Item
from vsm.model.query import Query, SavedView, compares
from vsm.model.rules import Days
from vsm.model.stream import ValueStream
from vsm.model.team import Member, Team
from vsm.store import board, lookups, migrations, opening
from vsm.store.rows import stream_of
from vsm.store.sqlite import connect, explain, sqlite3

if TYPE_CHECKING:
    from vsm.flow.figures import Facts
    from vsm.flow.known import Known
    from vsm.flow.results import Figures, Metrics


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _reads(
    method: Callable[Concatenate[Reader, _P], _R],
) -> Callable[Concatenate[Reader, _P], _R]:
    """Tell what an error of the database means instead of passing it on."""

    @wraps(method)
    def wrapped(reader: Reader, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        reader._follow()
        try:
            return method(reader, *args, **kwargs)
        except sqlite3.Error as error:
            raise explain(error, reader.path) from error

    return wrapped


class Reader:
    """Reads one database; raises :class:`EnvironmentProblem` or :class:`BadInput` where it cannot.

    ``Session.open`` brings an older file up to date; a reader refuses one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._days: dict[str, Days] = {}
        self._kept: tuple[object, Known, Facts] | None = None
        self._anew = False
        self._open()

    def _open(self) -> None:
        header = opening.read_header(self.path)
        migrations.refuse_newer(header.version, self.path)
        conn = connect(self.path, write=False)
        try:
            current = migrations.is_current(conn)
        except sqlite3.Error as error:
            conn.close()
            raise explain(error, self.path) from error
        if not current:
            conn.close()
            raise EnvironmentProblem(
                f"{self.path} was written by an older vsm",
                "bring it up to date by any change, or by: vsm rebuild",
            )
        self._conn, self._inode = conn, self._file()

    def _file(self) -> tuple[int, int] | None:
        try:
            here = self.path.stat()
        except OSError:
            return None
        return here.st_dev, here.st_ino

    def _follow(self) -> None:
        """Open the file that is at the path now, where another was put there (by a restore).

        What was open stays so until that one is: it may not be a database, and the old one return.
        """
        now = self._file()
        if now not in (None, self._inode):
            before = self._conn
            self._open()
            before.close()
            self._anew = True

    def close(self) -> None:
        """Give the connection back."""
        self._conn.close()

    def days(self, zone: str) -> Days:
        """Calendar days of a zone, kept between calls."""
        return self._days.setdefault(zone, Days(zone))

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let all that is read in the block be of one moment, whatever others write meanwhile."""
        try:
            self._conn.execute("BEGIN")
            yield
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")

    # -- what has changed -------------------------------------------------------

    @_reads
    def position(self) -> int:
        """The journal's last position."""
        return lookups.position(self._conn)

    @_reads
    def data_version(self) -> int:
        """A number that changes when another connection has committed; costs microseconds."""
        return lookups.data_version(self._conn)

    @_reads
    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """What was recorded after a position, oldest first.

        More than ``limit`` entries (an import), or another database in the place of the one that
        was there, come as one change that touches everything.
        """
        last = self.position()
        if self._anew or not 0 <= last - after <= limit:
            self._anew = False
            return [Change(last, last, 0, "", "", None, None, (), "much has changed", True)]
        return lookups.changes_after(self._conn, after)

    @_reads
    def log(self, *, limit: int = 50, item: int | None = None) -> list[Change]:
        """The latest entries of the journal, newest first, of one item or of all.

        In the log of all, an import is one line: the histories that came with it are left out.
        """
        return lookups.log(self._conn, limit, item)

    def journal_lines(self) -> Iterator[str]:
        """The whole journal as lines of JSON, as of the first line, whatever is written meanwhile.

        Has a connection of its own for as long as it takes.
        """
        from vsm.store import dump

        self._follow()
        conn = connect(self.path, write=False)
        try:
            conn.execute("BEGIN")
            yield from dump.lines(conn)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            conn.close()

    # -- streams and teams ------------------------------------------------------

    @_reads
    def streams(self) -> list[StreamInfo]:
        """All streams by name."""
        return board.streams(self._conn)

    @_reads
    def stream(self, stream_id: int) -> ValueStream | None:
        """The stream with this id."""
        return stream_of(self._conn, "id", stream_id)

    @_reads
    def stream_named(self, name: str | None) -> ValueStream:
        """The stream of this name or unique beginning; ``None``: the one last active.

        Raises :class:`BadInput` that names the streams there are.
        """
        rows = lookups.stream_names(self._conn)
        if not rows:
            raise BadInput(
                f"{self.path} has no streams", "make one: vsm init --template kanban --name NAME"
            )
        if name is None:
            chosen = lookups.latest_stream(self._conn)
        else:
            folded = " ".join(name.split()).casefold()
            exact = [r for r in rows if r[2] == folded]
            starts = [r for r in rows if folded and r[2].startswith(folded)]
            found = exact or starts
            if len(found) != 1:
                names = ", ".join(r[1] for r in (found or rows))
                what = "means several streams" if found else "is no stream"
                raise BadInput(f"{name!r} {what}", f"choose one of: {names}")
            chosen = found[0][0]
        stream = self.stream(chosen)
        if stream is None:
            raise BadInput(f"{name!r} was a stream until just now", "look again: vsm stream list")
        return stream

    @_reads
    def teams(self) -> list[Team]:
        """All teams by name."""
        return lookups.teams(self._conn)

    @_reads
    def members(self) -> list[Member]:
        """All members by name."""
        return lookups.members(self._conn)

    @_reads
    def views(self, stream: int | None = None) -> list[SavedView]:
        """Saved views for a stream and those for all (``None``: every one), by name."""
        return lookups.views(self._conn, stream)

    # -- the board --------------------------------------------------------------

    @_reads
    def columns(self, stream: ValueStream, query: Query, now: int) -> list[Column]:
        """The columns of a board, in order of the flow."""
        return board.columns(self._conn, stream, query, now)

    @_reads
    def cards(
        self,
        stream: ValueStream,
        stage_id: int,
        offset: int,
        limit: int,
        query: Query,
        now: int,
    ) -> list[Card]:
        """A window of one column's cards, in board order."""
        days = self.days(stream.zone)
        return board.cards(self._conn, stream, days, stage_id, offset, limit, query, now)

    @_reads
    def shown(self, stream: ValueStream, query: Query, now: int) -> dict[int, int]:
        """Id → version of everything that the board shows through a filter."""
        return board.shown(self._conn, stream, query, now)

    @_reads
    def place(
        self, stream: ValueStream, item_id: int, query: Query, now: int
    ) -> tuple[int, int] | None:
        """``(stage id, index)`` of an item on the board, ``None`` where it is not shown."""
        return board.place(self._conn, stream, item_id, query, now)

    @_reads
    def card(self, item_id: int, now: int) -> Card | None:
        """One item as a card."""
        zone = lookups.zone_of_item(self._conn, item_id)
        return board.card(self._conn, self.days(zone), item_id, now) if zone else None

    @_reads
    def header(self, stream: ValueStream, now: int) -> Header:
        """The figures at the top of a board."""
        return board.header(self._conn, stream, now)

    # -- items ------------------------------------------------------------------

    @_reads
    def item(self, item_id: int) -> Item | None:
        """The item with this id."""
        return lookups.item(self._conn, item_id)

    @_reads
    def briefs(self, ids: Iterable[int]) -> list[Brief]:
        """The items with these ids that are there, in board order within their stage."""
        return lookups.briefs(self._conn, ids)

    @_reads
    def find_key(self, key: str) -> Item | None:
        """The item with this key, letter case ignored."""
        return lookups.item_by_key(self._conn, key)

    @_reads
    def keys_like(
        self, text: str, stream: int | None = None, limit: int = 20
    ) -> list[tuple[str, str]]:
        """``(key, title)`` of items whose key begins with the text, then those that contain it."""
        return lookups.keys_like(self._conn, text, stream, limit)

    @_reads
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
        return board.items(
            self._conn, stream, days, query, now, limit=limit, offset=offset, archived=archived
        )

    @_reads
    def detail(self, item_id: int, now: int) -> Detail | None:
        """All about one item."""
        from vsm.store import details

        item = self.item(item_id)
        stream = self.stream(item.stream) if item else None
        if item is None or stream is None:
            return None
        return details.detail(self._conn, item, stream, self.days(stream.zone), now)

    @_reads
    def whole(self, stream: ValueStream) -> list[WholeItem]:
        """Every item of a stream with its visits and blockers, archived ones too, by id."""
        from vsm.store import whole

        return list(whole.items(self._conn, stream.id))

    @_reads
    def links(self) -> list[tuple[str, str, str]]:
        """``(kind, source key, target key)`` of all links and parents, in a stable order."""
        from vsm.store import whole

        return whole.links(self._conn)

    @_reads
    def head(self) -> tuple[int, str]:
        """The journal's last position, and its hash in hexadecimal."""
        from vsm.store import journal

        last, digest = journal.head(self._conn)
        return last, digest.hex()

    @_reads
    def owners(self, stream: int) -> list[str]:
        """Owners of the stream's items, the most frequent first."""
        return lookups.words(self._conn, "owner", stream)

    @_reads
    def types(self, stream: int) -> list[str]:
        """Types of the stream's items, the most frequent first."""
        return lookups.words(self._conn, "type", stream)

    @_reads
    def labels(self, stream: int) -> list[str]:
        """Labels of the stream's items, the most frequent first."""
        return lookups.words(self._conn, "label", stream)

    @_reads
    def import_mapping(self, stream: int) -> dict[str, str]:
        """Status → stage name as the stream's latest import had it; empty before the first."""
        return lookups.import_mapping(self._conn, stream)

    # -- figures ----------------------------------------------------------------

    @_reads
    def figures(
        self,
        stream: ValueStream,
        *,
        first: date | None = None,
        last: date | None = None,
        as_of: int,
        query: Query | None = None,
    ) -> Figures:
        """Every flow figure of a stream, of the items that fit a filter; loads numpy.

        See :func:`vsm.flow.figures.figures`. The filter is about what is now, not as of then. What
        was read and worked out is kept until something is written: another window of the same
        history takes milliseconds.
        """
        from vsm.flow.figures import figures_of
        from vsm.flow.known import Known
        from vsm.flow.results import OLDEST
        from vsm.flow.window import window

        span = window(first, last, stream.zone, as_of)
        known, facts = self._known(stream, query or Query(), as_of)
        if (known.last_activity or 0) > as_of:
            known = Known.of(known.history.as_of(as_of), stream)
        told = figures_of(known, facts, span)
        keys = lookups.keys_of(self._conn, (aged.item for aged in told.ageing[:OLDEST]))
        named = tuple(replace(aged, key=keys[aged.item]) for aged in told.ageing[:OLDEST])
        return replace(told, ageing=(*named, *told.ageing[OLDEST:]))

    def _known(self, stream: ValueStream, query: Query, as_of: int) -> tuple[Known, Facts]:
        """A stream's whole history, kept while the database, stream and filter are the same.

        A filter that names ages or days means others as time goes on: such a one is not kept.
        """
        from vsm.flow.figures import Facts
        from vsm.flow.history import History
        from vsm.flow.known import Known

        conn = self._conn
        state = (stream, query, lookups.position(conn), self._inode)
        if self._kept is not None and self._kept[0] == state:
            return self._kept[1], self._kept[2]
        fits = lookups.ALL if not query else board.clause(conn, stream, query, as_of)
        history = History.from_rows(
            lookups.visits(conn, stream.id, fits), lookups.qualities(conn, stream.id)
        )
        known = Known.of(history, stream)
        facts = Facts.from_rows(
            lookups.blocks(conn, stream.id),
            lookups.flow_types(conn, stream.id),
            {team.id: team.name for team in lookups.teams(conn)},
        ).along(history)
        if not compares(query):
            self._kept = (state, known, facts)
        return known, facts

    @_reads
    def metrics(
        self, stream: ValueStream, *, first: date | None, last: date | None, as_of: int
    ) -> Metrics:
        """Flow figures of a stream; loads numpy. See :func:`vsm.flow.metrics.metrics`."""
        from vsm.flow.history import History
        from vsm.flow.metrics import metrics

        history = History.from_rows(
            lookups.visits(self._conn, stream.id), lookups.qualities(self._conn, stream.id)
        )
        return metrics(history, stream, first=first, last=last, as_of=as_of)
