"""Makes item histories of the rows of a table: where items stand, since when, and their fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from vsm.connect.files import item_fields
from vsm.connect.files.columns import ABOUT, LABELS, every, plain
from vsm.connect.files.date_parser import DateParser
from vsm.connect.files.item_fields import TEXT_MAX, blank, cut
from vsm.connect.files.item_states import Row, States, states_of
from vsm.connect.files.jira_fields import phrase, relation
from vsm.connect.files.resolutions import STAGE, not_delivered
from vsm.connect.files.table import Table
from vsm.connect.files.tabular import about, gapped
from vsm.model.errors import BadInput
from vsm.model.history import Entry, ItemHistory, Skipped
from vsm.model.item import LinkKind, Quality
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

_LINK = re.compile(r"(outward|inward) issue link \((.+)\)", re.IGNORECASE)
_MORE_LABELS = ("components", "component", "sprint", "sprints", "iteration")
"""Columns whose values become labels too."""
_MAIL = re.compile(r"\s*<[^<>]*@[^<>]*>")


class Dates(NamedTuple):
    """The moments that a row has, ``None`` for those that it lacks."""

    created: int | None
    start: int | None
    finish: int | None
    changed: int | None
    updated: int | None
    cancelled: int | None

    @property
    def latest(self) -> int | None:
        """The latest of them: since then at most an item is in its state."""
        return max((at for at in self if at is not None), default=None)


class Trail(NamedTuple):
    """The entries of an item, or why it is left out."""

    entries: tuple[Entry, ...] = ()
    quality: Quality = Quality.ENDPOINTS_ONLY
    why: str = ""


class ItemRows:
    """Makes the history of each row of a table that was read whole.

    ``skipped`` are the rows that are left out. ``finished`` counts rows with a finish,
    ``backwards`` those that finish before they start, ``undelivered`` those that ended undone.
    """

    def __init__(
        self,
        table: Table,
        cells: Sequence[Sequence[str]],
        places: Mapping[str, int],
        clock: DateParser,
        undelivered: str | None,
    ) -> None:
        self.skipped: list[Skipped] = []
        self.finished = self.backwards = self.undelivered = 0
        self._notes: list[Skipped] = []
        self._since_unknown: Counter[str] = Counter()
        self._table, self._cells, self._places, self._clock = table, cells, places, clock
        self._undelivered = undelivered
        columns = [self._moments(role) for role in Dates._fields]
        self._dates = [Dates(*moments) for moments in zip(*columns, strict=True)]
        self._about = [
            (role.name, places[role.name])
            for role in ABOUT
            if role.name in places and role is not LABELS
        ]
        self._labels = self._label_columns()
        self._links = [
            (place, match[1].casefold() == "outward", match[2])
            for place, name in enumerate(table.header)
            if (match := _LINK.fullmatch(name)) is not None
        ]
        self._keys = self._internal_ids()
        self.states: States = states_of(
            Row(
                self._text(row, "state"),
                self._text(row, "category"),
                dates.start is not None,
                dates.finish is not None,
            )
            for row, dates in enumerate(self._dates)
        )

    # -- cells -----------------------------------------------------------------------------

    def _moments(self, role: str) -> Sequence[int | None]:
        if role not in self._places:
            return [None] * self._table.rows
        place = self._places[role]
        return gapped(self._table, self._cells[place], place, self._clock)

    def _text(self, row: int, role: str) -> str:
        """The text of a cell on one line; empty where the table has nothing."""
        if role not in self._places:
            return ""
        place = self._places[role]
        text = self._cells[place][row]
        return "" if blank(text) else item_fields.name(text, partial(self._where, row, place))

    def _where(self, row: int, place: int) -> str:
        return self._table.where(row, place)

    def _label_columns(self) -> list[int]:
        """All columns of labels: a name may stand repeatedly, a column for each value."""
        names = {*_MORE_LABELS}
        if "labels" in self._places:
            names.add(plain(self._table.header[self._places["labels"]]))
        return every(self._table.header, names)

    def _internal_ids(self) -> dict[str, str]:
        """Keys by the internal id of a tool that gives parents by it (Jira's Issue id)."""
        place = next(iter(every(self._table.header, ("issueid",))), None)
        if place is None or place == self._places["id"]:
            return {}
        ids, keys = self._cells[place], self._cells[self._places["id"]]
        return {known.strip(): key.strip() for known, key in zip(ids, keys, strict=True)}

    def more_columns(self) -> dict[str, str]:
        """How columns beside those of the roles were read, for the report."""
        header = self._table.header
        more = {name for place in self._labels if (name := inert_line(header[place]))}
        out = {"labels": ", ".join(sorted(more))} if more else {}
        links = {inert_line(header[place]) for place, _, _ in self._links}
        return out | ({"links": ", ".join(sorted(links))} if links else {})

    def all_notes(self) -> Iterable[Skipped]:
        """What was adjusted, and what the table does not say."""
        yield from self._notes
        for state, count in self._since_unknown.most_common():
            yield Skipped(
                self._table.file,
                f"{count:,} in {state}: the table does not say since when, so they count in work in"
                " progress, not in age and cycle time",
            )

    # -- rows ------------------------------------------------------------------------------

    def history(self, row: int) -> ItemHistory | None:
        """The item of a row; ``None`` for one that is left out."""
        where = partial(self._table.where, row)
        place = self._places["id"]
        key = item_fields.name(self._cells[place][row], lambda: where(place))
        if not key:
            raise BadInput(f"{where(place)} is empty", "every item needs an id")
        dates = self._dates[row]
        self.finished += dates.finish is not None
        trail = self._trail(row, key, dates)
        if trail.why:
            self.skipped.append(Skipped(where(), f"{key} {trail.why}"))
            return None
        return ItemHistory(
            source_key=key,
            key=key,
            entries=trail.entries,
            where=where(),
            quality=trail.quality,
            links=self._links_of(row, key),
            **({"title": key} | self._fields(row)),
        )

    def _fields(self, row: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for role, place in self._about:
            where = partial(self._where, row, place)
            fields |= about(role, self._cells[place][row], where, self._clock)
        if "owner" in fields:
            fields["owner"] = _MAIL.sub("", fields["owner"]).strip("[] ") or None
        if "parent" in fields:
            fields["parent"] = self._keys.get(fields["parent"], fields["parent"])
        if "description" in self._places:
            fields["description"] = cut(
                self._cells[self._places["description"]][row].strip(), TEXT_MAX
            )
        texts = [
            self._cells[place][row] for place in self._labels if not blank(self._cells[place][row])
        ]
        if texts:
            where = partial(self._where, row, self._labels[0])
            fields["labels"] = item_fields.labels("|".join(map(_bars, texts)), where)
        return fields

    def _links_of(self, row: int, key: str) -> tuple[tuple[LinkKind, str, str], ...]:
        links = []
        for place, outward, kind in self._links:
            for other in re.split(r"[,;|]\s*", self._cells[place][row].strip()):
                if other and other != key:
                    ends = (key, other) if outward else (other, key)
                    links.append(relation(phrase(kind), *ends))
        return tuple(dict.fromkeys(links))

    # -- where items stand -----------------------------------------------------------------

    def _trail(self, row: int, key: str, dates: Dates) -> Trail:
        """The entries that the dates and the state of a row mean."""
        begin = "start" if dates.start is not None else "created"
        begun = dates.start if dates.start is not None else dates.created
        if begun is not None and dates.finish is not None and dates.finish < begun:
            self.backwards += 1
            first, last = (self._text(row, role) for role in (begin, "finish"))
            before = "it starts" if begin == "start" else "its creation"
            return Trail(why=f"finishes ({last}) before {before} ({first})")
        if dates.latest is None:
            return Trail(why="has no date")
        state = self._text(row, "state")
        category = self.states.category.get(state) or _by_dates(dates)
        if dates.finish is not None and not category.ended and not self._text(row, "category"):
            state, category = "", Category.DONE  # its column is a place on a board, it is completed
        state = state or self.states.usual[category]
        end = _end(category, dates)
        if category.ended and end is None:
            return Trail(why=f"is {state} without a date")
        if category is Category.DONE and self._is_undelivered(row):
            state = STAGE
            self.undelivered += dates.finish is not None
        dates = dates._replace(created=self._created(row, key, dates, end))
        if category.ended:
            return Trail(self._entries(dates, self.states.usual[Category.ACTIVE], end, state))
        if category is Category.BACKLOG:
            return self._not_begun(dates, state)
        return self._under_way(dates, state)

    def _not_begun(self, dates: Dates, state: str) -> Trail:
        """An item that waits: in its state since its creation, unless it went back to it."""
        if dates.created is not None and dates.start is None:
            return Trail((Entry(dates.created, state),))
        back = dates.changed if dates.changed is not None else dates.latest
        return Trail(self._entries(dates, self.states.usual[Category.ACTIVE], back, state))

    def _under_way(self, dates: Dates, state: str) -> Trail:
        """An item in progress: since its start or its change of state, or nobody knows."""
        if dates.start is None and dates.changed is None:
            self._since_unknown[state] += 1
            return Trail(self._entries(dates, state, dates.latest, state), Quality.TRUNCATED)
        if dates.start is None or (dates.changed is not None and dates.changed > dates.start):
            usual = self.states.usual[Category.ACTIVE]
            return Trail(self._entries(dates, usual, dates.changed, state))
        return Trail(self._entries(dates, state, None, state))

    def _entries(self, dates: Dates, work: str, last: int | None, state: str) -> tuple[Entry, ...]:
        """Entries at creation, at the start into ``work``, and at last into the state."""
        steps = (
            (dates.created, self.states.usual[Category.BACKLOG]),
            (dates.start, work),
            (last, state),
        )
        out: list[Entry] = []
        for at, status in steps:
            if at is not None:
                out.append(Entry(max(at, out[-1].at) if out else at, status))
        return tuple(out)

    def _is_undelivered(self, row: int) -> bool:
        return not_delivered(self._text(row, "resolution"), self._undelivered)

    def _created(self, row: int, key: str, dates: Dates, end: int | None) -> int | None:
        """The date of creation, unless it is later than the start or the finish."""
        created = dates.created
        if created is None or all(at is None or at >= created for at in (dates.start, end)):
            return created
        why = f"{key}: created after its start or finish: date of creation ignored"
        self._notes.append(Skipped(self._table.where(row), why))
        return None


def _bars(labels: str) -> str:
    """A list with bars between its parts, of one that may have commas."""
    if "|" in labels or ";" in labels:
        return labels
    return labels.strip().removeprefix("[").removesuffix("]").replace(",", "|")


def _by_dates(dates: Dates) -> Category:
    """The category of an item without a state."""
    if dates.finish is not None:
        return Category.DONE
    if dates.cancelled is not None:
        return Category.DROPPED
    return Category.ACTIVE if dates.start is not None else Category.BACKLOG


def _end(category: Category, dates: Dates) -> int | None:
    """The moment at which an item ended; ``None`` if it has not, or nobody knows."""
    if not category.ended:
        return None
    ends = (dates.finish, dates.cancelled, dates.changed)
    if category is Category.DROPPED:
        ends = (dates.cancelled, dates.finish, dates.changed)
    return next((at for at in ends if at is not None), None)
