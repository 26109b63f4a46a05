"""The record of all items of a stream, to be looked at as of any moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from vsm.model.control.control import ModeSetting, mode_of
from vsm.model.control.facts import OnRecord, Record
from vsm.model.control.trigger import origins
from vsm.model.item import Item, Visit
from vsm.model.rules import as_of, finish_of, local, start_of
from vsm.model.stream import Stage, ValueStream


class Past(Protocol):
    """What is known of fields of the past."""

    def item(self, item: Item, at: int) -> Item:
        """The item with the fields that it had at a moment."""

    def edited_at(self, item: int) -> Iterable[int]:
        """The moments at which fields of an item changed."""


class AsItIs:
    """No past: for records that are looked at as of now alone."""

    def item(self, item: Item, at: int) -> Item:
        """The item as it is."""
        return item

    def edited_at(self, item: int) -> Iterable[int]:
        """Nothing is known of earlier changes."""
        return ()


class Move(NamedTuple):
    """An item entered a stage at a moment; ``sources`` are the stages that this is judged from."""

    item: int
    at: int
    sources: tuple[Stage | None, ...]
    target: int


@dataclass(frozen=True)
class ChangeRecords:
    """Items of a stream with all that is on record about them.

    ``defects`` are defects and incidents linked to an item: when made, and their keys. Evidence
    counts from when it happened, since pipelines record it later; fields are those of then,
    links those of now.
    """

    stream: ValueStream
    items: Mapping[int, Item]
    visits: Mapping[int, list[Visit]]
    known: Mapping[int, OnRecord]
    teams: Mapping[int, str]
    logins: Mapping[str, str]
    modes: list[ModeSetting]
    past: Past
    defects: Mapping[int, tuple[tuple[int, str], ...]]

    def changed_at(self, item: int) -> list[int]:
        """The moments at which something about an item changed, sorted."""
        moments = {visit.entered for visit in self.visits[item]}
        moments |= {evidence.at for evidence in self.known[item].evidence}
        return sorted(moments.union(self.past.edited_at(item)))

    def moves(self) -> Iterator[Move]:
        """Every entry of an item into a stage, item by item."""
        for item, visits in self.visits.items():
            for n, visit in enumerate(visits):
                sources = origins(self.stream, visits[:n])
                yield Move(item, visit.entered, sources, visit.stage)

    def record(self, item: int, at: int, target: int | None = None) -> Record:
        """What was on record about an item at a moment.

        With a ``target`` it is that before the item entered this stage at that moment.
        """
        current, stream = self.items[item], self.stream
        held = as_of(self.visits[item], at)
        known = self.known[item]
        if target is not None and held and (held[-1].stage, held[-1].entered) == (target, at):
            held = held[:-1]
        fields = self.past.item(current, at)
        stage = held[-1].stage if held else current.stage
        is_blocked = fields.block is not None and fields.block.started <= at
        then = replace(fields, stage=stage, block=fields.block if is_blocked else None)
        day = local(at, stream.zone).date().isoformat()
        return Record(
            then,
            stream,
            at,
            mode_of(self.modes, stream.id, None, day),
            team=self.teams.get(then.team or 0, ""),
            target=stream.by_id[target].name if target in stream.by_id else "",
            started=start_of(held, stream),
            finished=finish_of(held, stream),
            known=OnRecord(
                known.entries[: len(held)],
                known.evidence,
                known.links,
                [emergency for emergency in known.emergencies if emergency[0] <= at],
                known.author,
            ),
            logins=self.logins,
        )
