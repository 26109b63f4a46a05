"""Turns Jira's flags (Flagged: Impediment) into blockers: from the change log and the issue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from vsm.connect.files.item_fields import NAME_MAX, cut
from vsm.connect.files.json_fields import moment
from vsm.model.history import BlockSpan

FIELDS = frozenset(
    name
    for plain in ("flagged", "markiert", "signalé", "marcado", "sinalizado", "contrassegnato")
    for name in (plain, plain.capitalize())
)
"""Names of the field, in the languages that Jira's own translations have."""
_REASON = "Impediment"

Record = dict[str, Any]


class Flags(NamedTuple):
    """The blockers of an issue, and notes on moments that are not known."""

    blocks: tuple[BlockSpan, ...] = ()
    notes: tuple[str, ...] = ()


_NONE = Flags()


class FlagReader:
    """Reads flags; remembers the ids of the field in the whole import."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def know(self, names: Record) -> None:
        """Learn the id of the field from the names of fields."""
        self._ids |= {k for k, v in names.items() if isinstance(v, str) and v in FIELDS}

    def read(self, issue: Record, created: int, latest: int, *, full: bool) -> Flags:
        """The blockers of an issue whose first and last entries are at ``created`` and ``latest``.

        ``full`` says that the log is not cut.
        Raises :class:`~vsm.connect.files.json_fields.Malformed`.
        """
        changes = self._changes(issue.get("changelog"))
        value = self._value(issue.get("fields"))
        if not changes and not value:
            return _NONE
        blocks: list[BlockSpan] = []
        notes: list[str] = []
        since: tuple[int, str] | None = None
        for at, left, entered in changes:
            if left and since is None and not blocks:
                since = (created, left)
                notes.append("flagged before its log begins: blocked since its creation")
            if since is not None and not entered:
                blocks.append(_span(since, max(at, since[0])))
                since = None
            elif since is None and entered:
                since = (at, entered)
        if since is not None and value == "":
            at = max(latest, since[0])
            blocks.append(_span(since, at))
            notes.append("its flag is gone, the log does not say when: taken with its last move")
            since = None
        elif since is None and value:
            ended = [block.ended or 0 for block in blocks]
            since = (max(latest, *ended) if blocks or not full else created, value)
            notes.append(
                "flagged, but the log does not say since when: blocked since its "
                + ("last move" if blocks or not full else "creation")
            )
        if since is not None:
            blocks.append(_span(since, None))
        return Flags(tuple(blocks), tuple(notes))

    def _changes(self, changelog: Any) -> list[tuple[int, str, str]]:
        """Changes of the flag, oldest first: moment, value before and after."""
        if not isinstance(changelog, dict):
            return []
        logged = changelog.get("histories")
        if logged is None:
            logged = changelog.get("values")
        rows: list[tuple[int, str, str]] = []
        for history, item in self._items(logged or ()):
            if item.get("fieldtype") == "jira":
                continue
            if isinstance(item.get("fieldId"), str):
                self._ids.add(item["fieldId"])
            at = moment(history.get("created"), "changelog.histories created")
            before, after = (_text(item.get(n)) for n in ("fromString", "toString"))
            rows.append((at, before, after))
        return sorted(set(rows), key=lambda row: row[0])

    def _items(self, logged: Sequence[Record]) -> list[tuple[Record, Record]]:
        """Changes of fields called so or of a known id, each with its history."""
        ids = self._ids
        try:  # nearly all items are other changes, so this is all that they cost
            if not ids:
                return [(h, i) for h in logged for i in h["items"] if i.get("field") in FIELDS]
            return [
                (h, i)
                for h in logged
                for i in h["items"]
                if i.get("fieldId") in ids or i.get("field") in FIELDS
            ]
        except TypeError:  # a list or an object where a name should be
            return [(h, i) for h in logged for i in h["items"] if str(i.get("field")) in FIELDS]

    def _value(self, fields: Any) -> str | None:
        """The flag that an issue has now, empty for none, ``None`` if that is not said."""
        if not isinstance(fields, dict):
            return None
        if fields.get("flagged") is True:
            return _REASON
        known = False
        if not (self._ids.isdisjoint(fields) and FIELDS.isdisjoint(fields)):
            known = True
            for name in (self._ids | FIELDS) & fields.keys():
                if fields[name]:
                    return _first(fields[name]) or _REASON
        lists = [(n, v) for n, v in fields.items() if type(v) is list and v]
        for name, value in lists:
            if type(value[0]) is dict and value[0].get("value") == _REASON:
                self._ids.add(name)
                return _REASON
        return "" if known else None


def _first(value: Any) -> str:
    one = value[0] if isinstance(value, list) and value else value
    return _text(one.get("value") if isinstance(one, dict) else one)


def _text(value: Any) -> str:
    return cut(" ".join(value.split()), NAME_MAX) if isinstance(value, str) else ""


def _span(since: tuple[int, str], ended: int | None) -> BlockSpan:
    return BlockSpan(since[0], ended, since[1])
