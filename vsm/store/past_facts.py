"""The past as the journal knows it: fields, archive, links, agreements and streams of a moment.

Tables hold what is true now. Changes since a moment are taken back from it, the latest first. What
another tool did not tell of the time before an import stays as of now.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vsm.model.item import ClassOfService, Item

if TYPE_CHECKING:
    from vsm.store.past_streams import PastStreams
    from vsm.store.sqlite import sqlite3

Link = tuple[str, str, str]
"""Kind, source key and target key, the keys in the letter case of the journal."""
Agreement = tuple[str | None, str | None]
"""State and need-by date."""

_KINDS = (*("item_edited", "item_archived", "item_linked", "item_unlinked", "dependency_agreed"),)


def _folded(link: Link) -> Link:
    kind, source, target = link
    return kind, source.casefold(), target.casefold()


@dataclass(frozen=True, slots=True)
class PastFacts:
    """Changes of what figures do not hold, the latest first, each with its moment (UTC micros).

    ``edits`` has by item fields with the values before; ``imported`` by item when an import last
    stated its fields, before which they are not known.
    """

    edits: Mapping[int, list[tuple[int, dict[str, Any]]]]
    imported: Mapping[int, int]
    archived: Mapping[int, list[tuple[int, bool]]]
    links: list[tuple[int, bool, Link]]
    agreements: list[tuple[int, str, str, Agreement]]
    streams: PastStreams

    def is_known(self, item: int, at: int) -> bool:
        """Whether the journal knows the fields that an item had at a moment."""
        return at >= self.imported.get(item, at)

    def fields(self, item: int, at: int) -> dict[str, Any]:
        """Fields that were others at a moment, with their values then."""
        out: dict[str, Any] = {}
        if item in self.edits and self.is_known(item, at):
            for moment, before in self.edits[item]:
                if moment > at:
                    out |= before
        return out

    def edited_at(self, item: int) -> list[int]:
        """The moments at which fields of an item changed, the latest first."""
        return [moment for moment, _ in self.edits.get(item, ())]

    def was_archived(self, item: int, at: int, now: bool) -> bool:
        """Whether an item was archived at a moment; ``now`` says whether it is."""
        for moment, archived in self.archived.get(item, ()):
            if moment > at:
                now = not archived
        return now

    def item(self, item: Item, at: int) -> Item:
        """The item with the fields that it had at a moment."""
        fields = self.fields(item.id, at)
        if "service" in fields:
            fields["service"] = ClassOfService(fields["service"])
        if "labels" in fields:
            fields["labels"] = tuple(fields["labels"])
        archived = self.was_archived(item.id, at, item.archived)
        return replace(item, archived=archived, **fields)

    def links_as_of(self, links: Iterable[Link], at: int) -> list[Link]:
        """The links that there were, from those that there are."""
        out = {_folded(link): link for link in links}
        for moment, linked, link in self.links:
            if moment <= at:
                continue
            if linked:
                out.pop(_folded(link), None)
            else:
                out[_folded(link)] = link
        return list(out.values())

    def agreements_as_of(
        self, agreements: Mapping[tuple[str, str], Agreement], at: int
    ) -> dict[tuple[str, str], Agreement]:
        """What was agreed on by blocker and waiting item (keys folded), from what is."""
        out = {(a.casefold(), b.casefold()): value for (a, b), value in agreements.items()}
        for moment, source, target, before in self.agreements:
            if moment > at:
                out[source.casefold(), target.casefold()] = before
        return out


def read(conn: sqlite3.Connection, streams: PastStreams) -> PastFacts:
    """All such changes in the journal, beside those of ``streams``."""
    edits: dict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    archived: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    links: list[tuple[int, bool, Link]] = []
    agreements: list[tuple[int, str, str, Agreement]] = []
    rows = conn.execute(
        f"SELECT kind, at, item, payload FROM journal WHERE kind IN ({','.join('?' * len(_KINDS))})"
        " ORDER BY seq DESC",
        _KINDS,
    )
    for kind, at, item, payload in rows:
        event = json.loads(payload or "{}")
        if kind == "item_edited":
            edits[item].append((at, {f: before for f, (before, _) in event["changes"].items()}))
        elif kind == "item_archived":
            archived[item].append((at, event["archived"]))
        elif kind == "dependency_agreed":
            state, need_by = event.get("before", (None, None))
            agreements.append((at, event["source"], event["target"], (state, need_by)))
        else:
            link = event["link"], event["source"], event["target"]
            links.append((at, kind == "item_linked", link))
    imported = dict(
        conn.execute(
            "SELECT m.item, g.recorded_at FROM imported m JOIN journal g ON g.seq = m.seq"
        ).fetchall()
    )
    return PastFacts(edits, imported, archived, links, agreements, streams)
