"""Gathers the items of a tracker's JSON: its records, repeated items, notes, the result.

Answers of GraphQL are unwrapped: lists stand in ``nodes`` or ``edges``, some levels down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from vsm.connect.files import json_fields as j
from vsm.connect.files.item_fields import LABELS_MAX, TEXT_MAX, TITLE_MAX, cut, shown
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_records import Record, Records
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.source import Source
from vsm.gc_pause import without_collector
from vsm.model.errors import BadInput
from vsm.model.history import ItemHistory, Progress, Skipped
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

LEVELS = 6
"""The most objects around the records of an answer."""
ID_MAX = 128
"""Most characters of an id."""
_LISTS = frozenset(("nodes", "edges"))
_NAMES = ("key", "identifier", "idReadable", "number", "iid", "id", "gid")
_PEOPLE = ("login", "username", "name", "displayName", "fullName", "uniqueName")
_ONE_A_LINE = "give one record a line: jq -c '.[]' FILE > records.jsonl"


class JsonItems:
    """The items of one file, each in its newest version, with notes and counts for the report."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.counts: Counter[str] = Counter()
        self.read_as: dict[str, str] = {}
        self.skipped: list[Skipped] = []
        self.notes: list[Skipped] = []
        self.sha256 = ""
        self._reasons: Counter[str] = Counter()
        self._items: dict[str, tuple[int, ItemHistory]] = {}

    def note(self, where: str, why: str) -> None:
        """Report something that was adjusted."""
        self.notes.append(Skipped(where, why))

    def count(self, why: str, number: int = 1) -> None:
        """Count something to report once for the file; ``why`` follows the number."""
        self._reasons[why] += number

    def add(self, history: ItemHistory, updated: int = 0) -> None:
        """Take an item; of one that stands repeatedly, the one that was ``updated`` last."""
        before = self._items.get(history.source_key)
        older = history
        if before is None or updated >= before[0]:
            self._items[history.source_key] = (updated, history)
            if before is None:
                return
            older = before[1]
        why = f"{history.key} is in the file more than once: the newest one counts"
        self.skipped.append(Skipped(older.where, why))

    def cut(self, where: str, key: str, field: str, text: str, most: int = TITLE_MAX) -> str:
        """The text, cut to its limit and reported if it is longer."""
        if len(text) > most:
            self.note(where, f"{key}: the {field} has {len(text):,} characters, cut to {most:,}")
        return cut(text, most)

    def title(self, where: str, key: str, value: Any, field: str = "title") -> str:
        """The title of an item on one line; the key where it has none."""
        return self.cut(where, key, "title", " ".join(j.text(value, field).split())) or key

    def description(self, where: str, key: str, value: Any, field: str = "description") -> str:
        """The description of an item."""
        return self.cut(where, key, "description", j.text(value, field).strip(), TEXT_MAX)

    @property
    def histories(self) -> list[ItemHistory]:
        """The items in the order in which they stand in the file."""
        return [history for _, history in self._items.values()]

    def result(
        self,
        hints: Mapping[str, Hint],
        order: tuple[str, ...] = (),
        roles: Mapping[str, Category] | None = None,
    ) -> ParsedFile:
        """The result for the whole file; raises :class:`BadInput` if it has no items."""
        if not self._items:
            raise BadInput(
                f"{self.file} has no items in it", "look at the query that it was made with"
            )
        for why, number in self._reasons.items():
            self.note(self.file, f"{number:,} {why}")
        return ParsedFile(
            file=self.file,
            sha256=self.sha256,
            histories=self.histories,
            hints={STAGE: Hint("dropped")} | dict(hints),
            skipped=tuple(self.skipped),
            notes=tuple(self.notes),
            counts={"items": len(self._items)} | dict(self.counts),
            read_as=self.read_as,
            roles={STAGE: Category.DROPPED} | dict(roles or {}),
            order=order,
        )


Take = Callable[[str, Record], None]
"""Takes one record; its place is for messages."""


def gather(
    path: Path,
    lists: tuple[str, ...],
    begin: Callable[[JsonItems], Take],
    progress: Progress | None = None,
) -> JsonItems:
    """Read all records of a file; ``lists`` are the names under which an answer has them.

    Raises :class:`BadInput` with file, line and field if anything is malformed.
    """
    with Source(path, progress) as source, without_collector():
        items = JsonItems(source.name)
        take = begin(items)
        records = Records(source, lists[0], _ONE_A_LINE)
        for line, outer in records:
            where = f"{source.name} line {line}"
            with checked(where, outer):
                inner = _unwrapped(items, where, outer, lists)
            for record in inner:
                with checked(where, record):
                    take(where, record)
        if records.mended:
            items.count("texts had NUL or broken characters, shown as \ufffd", records.mended)
        items.sha256 = source.sha256()
        return items


class ItemReader(Protocol):
    """Takes the records of one file, each with its place, and makes the result of all."""

    def take(self, where: str, record: Record) -> None:
        """Keep or add what a record has."""

    def result(self) -> ParsedFile:
        """The result for the whole file."""


def read_items(
    path: Path,
    lists: tuple[str, ...],
    make: Callable[[JsonItems], ItemReader],
    progress: Progress | None = None,
) -> ParsedFile:
    """Read all records of a file (see :func:`gather`) with the reader that ``make`` makes."""
    readers: list[ItemReader] = []

    def begin(items: JsonItems) -> Take:
        readers.append(make(items))
        return readers[0].take

    gather(path, lists, begin, progress)
    return readers[0].result()


@contextmanager
def checked(where: str, record: Record) -> Iterator[None]:
    """Report what is malformed in a record with its place, its name and the field."""
    try:
        yield
    except Malformed as bad:
        names = (str(record[name]) for name in _NAMES if record.get(name))
        label = inert_line(next(names, ""))
        about = f" ({label})" if 0 < len(label) < 99 else ""
        raise BadInput(
            f"{where}{about}, field {bad.field}: {inert_line(bad.what)}",
            "nothing was imported: mend or leave out this item",
        ) from bad
    except RecursionError as error:
        raise BadInput(f"{where}: nested too deeply", "nothing was imported") from error


def _unwrapped(items: JsonItems, where: str, outer: Record, lists: tuple[str, ...]) -> list[Record]:
    """The records of an answer; the record itself if it is none."""
    if "data" not in outer and not any(isinstance(outer.get(n), dict | list) for n in lists):
        return [outer]
    listed = _listed(outer, lists, LEVELS)
    if listed is None:
        return [outer]
    if is_cut(listed):
        items.note(where, "the file says that there are more items: it is one page of several")
    return objects(listed, lists[0])


def _listed(outer: Record, lists: tuple[str, ...], levels: int) -> Any:
    """The list under one of the names, some levels down; ``None`` if there is none."""
    for name in lists:
        value = outer.get(name)
        if isinstance(value, list) or (isinstance(value, dict) and _LISTS & value.keys()):
            return value
    below = [value for value in outer.values() if isinstance(value, dict)] if levels else []
    return next((v for b in below if (v := _listed(b, lists, levels - 1)) is not None), None)


def objects(value: Any, field: str) -> list[Record]:
    """The objects of a list, or of ``nodes``, ``edges`` or ``value`` of an answer."""
    if isinstance(value, dict):
        name = next((n for n in ("nodes", "edges", "value") if n in value), "")
        if not name:
            raise Malformed(field, "should be a list, or have nodes")
        field = f"{field}.{name}"
        value = value[name]
    rows = [j.mapping(row, f"{field}[{n}]") for n, row in enumerate(j.items(value, field))]
    return [j.mapping(row.get("node", row), f"{field}.node") for row in rows]


def is_cut(value: Any) -> bool:
    """Whether an answer says that its list goes on."""
    if not isinstance(value, dict):
        return False
    page, total = value.get("pageInfo"), value.get("totalCount")
    if isinstance(page, dict) and page.get("hasNextPage") is True:
        return True
    rows = value.get("nodes", value.get("edges"))
    return type(total) is int and isinstance(rows, list) and total > len(rows)


def labels(value: Any, field: str, part: str = "name") -> tuple[str, ...]:
    """Labels that are texts or objects with a name, each once and in its order."""
    rows = value if isinstance(value, list) else objects(value, field) if value else []
    names = (j.name(r.get(part) if isinstance(r, dict) else r, f"{field}.{part}") for r in rows)
    return tuple(dict.fromkeys(name for name in names if name))[:LABELS_MAX]


def person(value: Any, field: str) -> str:
    """The name of a user: that of the login, else the name for people."""
    if isinstance(value, str):
        return j.name(value, field)
    user = j.mapping(value, field)
    names = (j.name(user.get(part), f"{field}.{part}") for part in _PEOPLE if user.get(part))
    return next((name for name in names if name), "")


def first_person(value: Any, field: str) -> str | None:
    """The first of several people, ``None`` for nobody."""
    rows = value if isinstance(value, list) else objects(value, field) if value else []
    return next((name for row in rows if (name := person(row, field))), None)


def optional_moment(value: Any, field: str) -> int | None:
    """A time, or ``None`` where there is none."""
    return None if value is None or value == "" else j.moment(value, field)


def optional_day(value: Any, field: str) -> str | None:
    """The day of a date or of a time."""
    return j.day(value[:10] if isinstance(value, str) else value, field)


def number_of(value: Any) -> float | None:
    """An estimate: a number from 0 on, else ``None``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < 1e15 else None
    return None


def identity(value: Any, field: str) -> str:
    """An id of the source: a number or a short text."""
    if type(value) is int and 0 <= value < 1 << 63:
        return str(value)
    if isinstance(value, str) and 0 < len(value.strip()) <= ID_MAX:
        return value.strip()
    raise Malformed(field, "is missing" if value is None else f"{shown(value)} is no id")
