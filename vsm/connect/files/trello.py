"""Reads boards that Trello exported as JSON: a card is an item, a list is a stage.

An export has the newest 1,000 actions only. They cover all that happened since the oldest of them:
the history of a card that was created before it may lack moves and counts as truncated. A card's id
begins with the time of its creation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from vsm.connect.files import json_fields as j
from vsm.connect.files import json_items as i
from vsm.connect.files.file_head import Head
from vsm.connect.files.infer_mapping import guess_category
from vsm.connect.files.item_fields import shown
from vsm.connect.files.json_fields import Malformed
from vsm.connect.files.json_items import JsonItems
from vsm.connect.files.json_records import Record
from vsm.connect.files.parsed_file import Hint, ParsedFile
from vsm.connect.files.resolutions import STAGE
from vsm.connect.files.state_changes import Change, Trail, logged
from vsm.model.history import Entry, ItemHistory, Progress
from vsm.model.item import Quality
from vsm.model.rules import SECOND, from_micros, zone_of
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

ACTIONS_MAX = 1_000
"""The most actions of an export."""

_LOOK = re.compile(rb'"(?:labelNames|idList|listAfter|idMemberCreator|idOrganization)"\s*:')
_ID = re.compile(r"[0-9a-f]{24}")
_ARRIVALS = frozenset(
    ("createCard", "copyCard", "emailCard", "convertToCardFromCheckItem", "moveCardToBoard")
)


def matches(head: Head) -> bool:
    """Whether a file looks like the export of a board."""
    return head.begins(b"{") and _LOOK.search(head.data) is not None


def read(path: Path, *, zone: str, progress: Progress | None = None) -> ParsedFile:
    """Read the export of one board; ``zone`` is that of the days on which cards are due.

    Raises :class:`BadInput` with file and field if anything is malformed: nothing of such a file
    is used.
    """
    results: list[ParsedFile] = []
    boards: list[tuple[str, Record]] = []
    items = i.gather(path, ("boards",), lambda _: lambda *board: boards.append(board), progress)
    for n, (where, board) in enumerate(boards):
        with i.checked(where, board):
            if n:
                raise Malformed("id", "a second board: import each board by itself")
            results.append(_Board(items, board, zone).result())
    return results[0] if results else items.result({})


class _Board:
    """Makes the histories of the cards of one board."""

    def __init__(self, items: JsonItems, board: Record, zone: str) -> None:
        self._items, self._board, self._zone = items, board, zone_of(zone)
        self._lists: dict[str, str] = {}
        self._closed: set[str] = set()
        self._read_lists()
        self._done = {n for n in self._lists.values() if _category(n) is Category.DONE}
        self._members = {
            str(row.get("id")): i.person(row, field) for field, row in _rows(board, "members", True)
        }
        self._moves: defaultdict[str, list[Change]] = defaultdict(list)
        self._archived: dict[str, int] = {}
        self._oldest: int | None = None
        actions = _rows(board, "actions")
        for order, (field, action) in enumerate(actions):
            self._take(-order, action, field)
        if len(actions) >= ACTIONS_MAX:
            items.count(
                "actions are the most that Trello exports: cards that are older than the oldest of"
                " them may lack moves and count as truncated",
                len(actions),
            )

    def _read_lists(self) -> None:
        rows = _rows(self._board, "lists")
        rows.sort(key=lambda row: i.number_of(row[1].get("pos")) or 0.0)
        for field, row in rows:
            known = i.identity(row.get("id"), f"{field}.id")
            label = j.name(row.get("name"), f"{field}.name") or "unnamed"
            self._lists[known] = label
            if row.get("closed"):
                self._closed.add(known)

    def _take(self, order: int, action: Record, field: str) -> None:
        """Keep an action if it brought a card to a list, or archived a card or a list."""
        at = j.moment(action.get("date"), f"{field}.date")
        self._oldest = at if self._oldest is None else min(at, self._oldest)
        data = j.mapping(action.get("data"), f"{field}.data")
        kind = j.text(action.get("type"), f"{field}.type")
        if kind in ("updateCard", "updateList") and _archives(data):
            what = j.mapping(data.get(kind[6:].casefold()), f"{field}.data")
            known = str(what.get("id"))
            self._archived[known] = max(at, self._archived.get(known, at))
        arrived = kind in _ARRIVALS
        if not arrived and (kind != "updateCard" or "listAfter" not in data):
            return
        if arrived and "list" not in data:
            return  # older exports do not say to which list a card came
        card = j.mapping(data.get("card"), f"{field}.data.card")
        self._moves[i.identity(card.get("id"), f"{field}.data.card.id")].append(
            Change(
                at,
                order,
                "" if arrived else self._list(data, "listBefore", field),
                self._list(data, "list" if arrived else "listAfter", field),
                i.identity(action.get("id"), f"{field}.id"),
                i.person(action.get("memberCreator"), f"{field}.memberCreator"),
            )
        )

    def _list(self, data: Record, side: str, field: str) -> str:
        """The name that a list has now; of one that has gone, its name in the action."""
        field = f"{field}.data.{side}"
        values = j.mapping(data.get(side), field)
        label = self._lists.get(str(values.get("id"))) or j.name(values.get("name"), field)
        if not label:
            raise Malformed(field, "is missing")
        return label

    def result(self) -> ParsedFile:
        """Make the result for the whole board."""
        cards = _rows(self._board, "cards")
        for field, card in cards:
            self._items.add(self._history(card, field))
        known = {str(card.get("id")) for _, card in cards}
        if gone := len(self._moves.keys() - known):
            self._items.count(
                "cards that were deleted or moved to another board are left out", gone
            )
        self._items.counts["actions"] = len(_rows(self._board, "actions"))
        entered = {entry.status for h in self._items.histories for entry in h.entries}
        shown_lists = [
            label
            for known, label in self._lists.items()
            if label in entered or known not in self._closed
        ]
        gone_lists = sorted(entered - {*self._lists.values(), STAGE})
        return self._items.result({}, self._order([*gone_lists, *shown_lists], entered))

    def _order(self, lists: list[str], entered: set[str]) -> tuple[str, ...]:
        """The lists from left to right, those of finished cards last: many boards begin with it."""
        lists.sort(key=lambda label: label in self._done)
        return tuple(dict.fromkeys([*lists, *([STAGE] if STAGE in entered else [])]))

    def _history(self, card: Record, field: str) -> ItemHistory:
        source_key = i.identity(card.get("id"), f"{field}.id")
        key = i.identity(card.get("idShort", source_key), f"{field}.idShort")
        where = f"{self._items.file} card {inert_line(key)}"
        due = i.optional_moment(card.get("due"), f"{field}.due")
        labels = [
            j.name(label.get("name") or label.get("color"), f"{place}.name")
            for place, label in _rows(card, "labels", True, f"{field}.")
        ]
        members = j.items(card.get("idMembers"), f"{field}.idMembers")
        owners = [name for member in members if (name := self._members.get(str(member)))]
        trail = self._trail(source_key, card, field)
        return ItemHistory(
            source_key=source_key,
            key=key,
            title=self._items.title(where, key, card.get("name"), f"{field}.name"),
            description=self._items.description(where, key, card.get("desc"), f"{field}.desc"),
            entries=trail.entries,
            where=where,
            owner=owners[0] if owners else None,
            due=from_micros(due).astimezone(self._zone).date().isoformat() if due else None,
            labels=tuple(dict.fromkeys(label for label in labels if label)),
            quality=trail.quality,
        )

    def _trail(self, key: str, card: Record, field: str) -> Trail:
        """The entries of a card, and how much of its history they are."""
        current = self._lists.get(str(card.get("idList")))
        if current is None:
            raise Malformed(f"{field}.idList", f"{shown(card.get('idList'))} is no list of it")
        moves = self._moves.get(key, [])
        last = i.optional_moment(card.get("dateLastActivity"), f"{field}.dateLastActivity")
        arrived = any(not move.before for move in moves)
        begun = int(key[:8], 16) * SECOND if _ID.fullmatch(key) else None
        if begun is None:
            begun = min((move.at for move in moves), default=last)
        if begun is None:
            raise Malformed(f"{field}.id", f"{shown(key)} is no id of Trello, and it has no date")
        whole = arrived or (self._oldest is not None and begun >= self._oldest)
        trail = logged(key, begun, moves, current, last, whole=whole)
        return self._ended(key, card, current, last, trail)

    def _ended(self, key: str, card: Record, current: str, last: int | None, trail: Trail) -> Trail:
        """The trail to its end: archived cards are off the board, delivered or not."""
        place = str(card.get("idList"))
        if not card.get("closed") and place not in self._closed:
            return trail
        end = STAGE
        if current in self._done:
            self._items.count("archived cards were in a list of finished work: delivered")
            return trail
        if card.get("dueComplete") is True and self._done:
            end = next(n for n in reversed(self._lists.values()) if n in self._done)
            self._items.count(f"archived cards were marked complete: delivered, in {end}")
        else:
            self._items.count(f"archived cards were in another list: {STAGE.lower()}, from then on")
        at = self._archived.get(key if card.get("closed") else place)
        quality = trail.quality if at is not None else Quality.TRUNCATED
        since = max(at or last or 0, trail.entries[-1].at)
        return Trail((*trail.entries, Entry(since, end, f"{key}:archived")), quality)


def _category(name: str) -> Category:
    return guess_category(name, Hint(), False)


def _archives(data: Record) -> bool:
    old = data.get("old")
    return isinstance(old, dict) and old.get("closed") is False


def _rows(
    record: Record, part: str, optional: bool = False, inside: str = ""
) -> list[tuple[str, Record]]:
    """The objects of a list in a record, each with its path."""
    field = f"{inside}{part}"
    if part not in record and not optional:
        raise Malformed(field, "is missing: export the board as JSON (Menu, Print and export)")
    values: list[Any] = j.items(record.get(part), field)
    return [(f"{field}[{n}]", j.mapping(row, f"{field}[{n}]")) for n, row in enumerate(values)]
