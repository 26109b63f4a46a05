"""Swimlanes: a board in bands by team, class of service, parent or owner."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from vsm.model.item import ClassOfService


class LaneField(StrEnum):
    """The field that lanes are of."""

    TEAM = "team"
    CLASS = "class"
    PARENT = "parent"
    OWNER = "owner"

    @property
    def rest(self) -> str:
        """What the lane of items is called that have nothing in the field."""
        return {"team": "no team", "parent": "no parent", "owner": "unassigned"}.get(self, "")


class LaneView(NamedTuple):
    """How a board is in lanes: by which field, and the keys of those that are folded."""

    by: LaneField
    folded: frozenset[str] = frozenset()


class Lane(NamedTuple):
    """One lane: its key, which orders lanes, its name, and by stage how many cards it shows.

    ``service`` is the class of service that it is of, where lanes are by class.
    """

    key: str
    name: str
    counts: Mapping[int, int]
    service: ClassOfService | None = None

    @property
    def total(self) -> int:
        """How many cards it shows in all columns."""
        return sum(self.counts.values())
