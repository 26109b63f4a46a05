"""Turns the change logs of Jira issues into entries into statuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from operator import ge, itemgetter
from typing import Any, NamedTuple

from vsm.connect.files.date_parser import iso_moments
from vsm.connect.files.item_fields import shown
from vsm.connect.files.jira_changelogs import Changes, changes_of
from vsm.connect.files.jira_fields import person as person_of
from vsm.connect.files.jira_statuses import Statuses, name_of
from vsm.connect.files.json_fields import Malformed, moment
from vsm.model.history import Entry
from vsm.model.item import Quality
from vsm.model.rules import LATEST, from_micros


class Logged(NamedTuple):
    """The entries in the log of one issue.

    ``unsure`` is the resolution of an issue whose log is cut before it: its first status can only
    be guessed from the other issues of the file (see :meth:`Log.mended`).
    """

    entries: tuple[Entry, ...]
    quality: Quality
    notes: tuple[str, ...] = ()
    unsure: int | None = None


_ID_MAX = 64
_LEFT = itemgetter("from", "fromString")
_ENTERED = itemgetter("to", "toString")
_entry = partial(tuple.__new__, Entry)
"""``Entry._make`` without its check of the length, in half the time."""

# (time, history id, place in the list, place in the history, the change, its history): this order
# is that of the changes, and the unequal places keep the last two from ever being compared.
_Row = tuple[int, int, int, int, dict[str, Any], dict[str, Any]]


class Log:
    """Reads change logs; remembers the statuses of the whole file."""

    def __init__(self) -> None:
        self.statuses = Statuses()
        self._firsts: Counter[str] = Counter()
        self._people: dict[str, str] = {}

    def read(
        self,
        source_key: str,
        issue: dict[str, Any],
        fields: dict[str, Any],
        changes: Changes | None = None,
    ) -> Logged:
        """The entries of one issue, oldest first; raises :class:`Malformed`.

        ``changes`` are those of its change log, if they are known already.
        """
        created_at = fields.get("created")
        if created_at is None:
            raise Malformed("fields.created", "is missing")
        created = moment(created_at, "fields.created")
        resolved_at = fields.get("resolutiondate")
        resolved = moment(resolved_at, "fields.resolutiondate") if resolved_at is not None else None
        status = fields.get("status")
        if not isinstance(status, dict):
            raise Malformed("fields.status", "is missing")
        current = self.statuses.current(
            status, resolved is not None or fields.get("resolution") is not None
        )
        histories, cut, note = changes or changes_of(issue.get("changelog"))
        if histories and not cut:
            usual = self._usual(source_key, created, histories, current, status, fields)
            if usual is not None:
                return usual
        rows = _rows(histories)
        by = self._creator(fields)
        if not rows:
            if not cut:
                self._firsts[current] += 1
            alone = (Entry(created, current, f"{source_key}:created", by),)
            if not cut:
                return Logged(alone, Quality.FULL)
            sure = resolved is None or resolved <= created
            notes = (note,) if note else ()
            return Logged(alone, Quality.TRUNCATED, notes, None if sure else resolved)
        logged = self._entries(
            source_key, created, by, rows, cut, current, status, resolved, fields
        )
        return logged._replace(notes=(note, *logged.notes)) if note else logged

    def _usual(
        self,
        source_key: str,
        created: int,
        logged: list[Any],
        current: str,
        status: dict[str, Any],
        fields: dict[str, Any],
    ) -> Logged | None:
        """The result of :meth:`_entries` for a complete log without oddities, else ``None``.

        Nearly every log is one: each history has a text as its id and at most one change of
        status, their times ascend (or all descend), each change leaves the status that the one
        before entered, and all statuses were met before. Such logs are read by whole columns, in
        a third of the time. Oddities are left to :meth:`_entries`: until they are ruled out only
        the spans of statuses are changed, and that would extend these in the same way again.
        """
        try:
            pairs = _status_changes(logged)
            if not pairs:
                return None
            if len(pairs) > 1 and pairs[0][1]["created"] > pairs[-1][1]["created"]:
                pairs.reverse()
            histories = [history for _, history in pairs]
            times = iso_moments([history["created"] for history in histories])
            if times[0] < created or times[-1] > LATEST or any(map(ge, times, times[1:])):
                return None
            events = [history["id"] for history in histories]
            digits = "".join(events)
            if not (digits.isascii() and digits.isdecimal() and min(events) >= "1"):
                return None  # 07 beside 7 is another text but may be the same number
            if max(map(len, events)) > _ID_MAX or len(set(events)) < len(events):
                return None
            left = [_LEFT(change) for change, _ in pairs]
            to = [_ENTERED(change) for change, _ in pairs]
            if left[1:] != to[:-1]:
                return None
            known = self.statuses.known
            first = known[left[0]]
            entered = [known[end] for end in to]
            now_id = str(status.get("id") or "")
            if (now_id != to[-1][0]) if now_id else (current != name_of(entered[-1][0])):
                return None
            try:
                people = self._people
                authors = [people[history["author"]["name"]] for history in histories]
            except (KeyError, TypeError):
                authors = [self._author(history) for history in histories]
            by = self._creator(fields)
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError, Malformed):
            return None
        self.statuses.chained(first, entered, times)
        self._firsts[first[0]] += 1
        start = Entry(created, first[0], f"{source_key}:created", by)
        names = [name for name, _ in entered]
        later = map(_entry, zip(times, names, events, authors, strict=True))
        return Logged((start, *later), Quality.FULL)

    def _author(self, history: dict[str, Any]) -> str:
        author = history.get("author")
        return self.person(author, "author") if author else ""

    def _creator(self, fields: dict[str, Any]) -> str:
        user = fields.get("creator") or fields.get("reporter")
        return self.person(user, "fields.reporter") if user is not None else ""

    def person(self, user: Any, field: str) -> str:
        """The name of a user; login names, which nearly all logs have, are parsed only once."""
        try:
            return self._people[user["name"]]
        except (KeyError, TypeError):
            label = person_of(user, field)
            if isinstance(user, dict) and isinstance(user.get("name"), str) and label:
                self._people[user["name"]] = label
            return label

    def _entries(
        self,
        source_key: str,
        created: int,
        by: str,
        rows: list[_Row],
        cut: bool,
        current: str,
        status: dict[str, Any],
        resolved: int | None,
        fields: dict[str, Any],
    ) -> Logged:
        notes: list[str] = []
        seen = self.statuses.seen
        first_at, _, place, _, change, _ = rows[0]
        status_id, latest, span = seen(
            change.get("from"), change.get("fromString"), first_at, place, "from"
        )
        if not cut:
            self._firsts[latest] += 1
        if first_at < created:
            notes.append(_EARLY.format(_day(first_at), _day(created)))
            created = first_at
        out = [Entry(created, latest, f"{source_key}:created", by)]
        gap = False
        raw = change.get("fromString")
        before = last = 0
        for at, order, place, n, change, history in rows:
            if order and order == before and place != last:
                continue  # pages overlapped, so the same change is there again
            before, last = order, place
            # Nearly always a change leaves the status that the one before entered: skip the lookup.
            if change.get("from") != status_id or change.get("fromString") != raw:
                from_id, left, _ = seen(
                    change.get("from"), change.get("fromString"), at, place, "from"
                )
                if not _same(from_id, left, status_id, latest):
                    gap = True
                    notes.append(_NO_MOVE.format(name_of(latest), name_of(left), _day(at)))
            elif at > span[1]:
                span[1] = at
            raw = change.get("toString")
            status_id, latest, span = seen(change.get("to"), raw, at, place, "to")
            event = _event_id(history.get("id"), place) or f"{source_key}:{len(out)}"
            if n:
                event = f"{event}.{n}"
            out.append(Entry(at, latest, event, self._author(history)))
        now_id = str(status.get("id") or "")
        if not _same(now_id, current, status_id, latest):
            gap = True
            at, reason = _since(out[-1].at, fields, resolved)
            out.append(Entry(at, current, f"{source_key}:current"))
            notes.append(
                f"the log ends in {name_of(latest)}, but the issue is in {name_of(current)}:"
                f" a move on {_day(at)} added ({reason}), counted as truncated"
            )
        unsure = resolved if cut and resolved and created < resolved < first_at else None
        quality = Quality.TRUNCATED if cut or gap else Quality.FULL
        return Logged(tuple(out), quality, tuple(notes), unsure)

    def mended(self, entries: tuple[Entry, ...], resolved: int) -> tuple[Entry, ...]:
        """Entries of a cut log whose issue was resolved before the first change that is left.

        The first status that was left is the one that the resolution led to. The issue counts as
        created in the status in which issues of this file usually begin; otherwise it would count
        as finished at its creation.
        """
        usual = self._firsts.most_common(1)
        created, later = entries[0], entries[1:]
        if not usual or usual[0][0] == created.status:
            return entries
        first = Entry(created.at, usual[0][0], created.event_id, created.by)
        key = created.event_id.removesuffix(":created")
        return (first, Entry(resolved, created.status, f"{key}:resolved"), *later)


_EARLY = "changed on {}, before it was created on {}: creation moved there"
_NO_MOVE = "the log has no move from {} to {} before {}: counted as truncated"


def _same(one_id: str, one: str, other_id: str, other: str) -> bool:
    """Whether two statuses are the same: by their ids, without these by their names."""
    if one_id and other_id:
        return one_id == other_id
    return name_of(one) == name_of(other)


def _status_changes(logged: Iterable[Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each change of the status with its history; a custom field may have the same name."""
    return [
        (item, history)
        for history in logged
        for item in history["items"]
        if (item.get("fieldId") or item.get("field")) == "status"
        and item.get("fieldtype") != "custom"
    ]


def _rows(logged: list[Any]) -> list[_Row]:
    """The status changes of a log in the order in which they happened."""
    rows: list[_Row] = []
    for place, history in enumerate(logged):
        try:
            for n, (item, _) in enumerate(_status_changes((history,))):
                at = moment(history.get("created"), "created")
                rows.append((at, _number(history.get("id")), place, n, item, history))
        except Malformed as bad:
            raise Malformed(f"changelog.histories[{place}].{bad.field}", bad.what) from bad
        except (AttributeError, KeyError, TypeError) as error:
            raise Malformed(
                f"changelog.histories[{place}].items", "should be a list of changes"
            ) from error
    if len(rows) > 1:
        if rows[0][0] > rows[-1][0] and not any(row[1] for row in rows):
            # Newest first and without ids: changes of equal times are reversed too.
            rows = [(at, no, -place, n, item, h) for at, no, place, n, item, h in rows]
        rows.sort()
    return rows


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _event_id(value: Any, place: int) -> str:
    if type(value) is str and 0 < len(value) <= _ID_MAX:
        return value
    if value is None or value == "":
        return ""
    if type(value) is int and abs(value) < 1 << 63:
        return str(value)
    raise Malformed(f"changelog.histories[{abs(place)}].id", f"{shown(value)} is no id")


def _since(last: int, fields: dict[str, Any], resolved: int | None) -> tuple[int, str]:
    """The moment of a move that the log lacks, and the field from which it is taken."""
    for field in ("statuscategorychangedate", "resolutiondate", "updated"):
        value = fields.get(field)
        if value is not None:
            at = moment(value, f"fields.{field}")
            if at > last:
                return at, f"by its {field}"
    return last, "with the last logged change"


def _day(at: int) -> str:
    return from_micros(at).date().isoformat()
