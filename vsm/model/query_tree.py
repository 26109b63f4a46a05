"""The syntax tree of a filter: what its terms are, and what they ask of an item."""

from __future__ import annotations

from dataclasses import dataclass, field

FIELDS = ("team", "owner", "type", "class", "label", "stage", "key", "sprint")
"""The fields whose values a filter can name."""
COUNTED = ("age", "pace", "idle", "blocked")
"""What a filter compares as a number of days."""
DATED = ("due", "created", "updated")
"""What a filter compares as a date."""
STATES = {
    "open": ("not started", "in progress"),
    "not-started": ("not started",),
    "in-progress": ("in progress",),
    "done": ("finished",),
    "dropped": ("dropped",),
    "closed": ("finished", "dropped"),
}
"""What ``is:`` can ask, as states of :func:`vsm.model.rules.state_of`."""

NONE = "none"
CURRENT, NEXT = "current", "next"
"""What ``sprint:`` asks beside names: of an active and of a planned sprint."""
ME = "me"


class QueryError(ValueError):
    """A filter that cannot be read; ``column`` is where, counted from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


@dataclass(frozen=True, slots=True)
class Text:
    """The words occur somewhere in key, title, description or labels."""

    words: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """The item has an open blocker."""


@dataclass(frozen=True, slots=True)
class State:
    """The item is in one of the states that a name of :data:`STATES` stands for."""

    name: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The item is open, and longer in its stage than 85% of the finished items were.

    Resolved, ``limits`` are the microseconds by stage id; a stage without one has no stale items.
    """

    limits: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LateRisk:
    """The item is late, or its odds to be in time are below 50%.

    ``items`` are the ids of those items, in the order of ids; readers work them out
    (:func:`vsm.model.query.with_late_risks`).
    """

    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field term, casefolded; ``exact`` where it was quoted."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """The field has one of the values."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A number of days (``age``, ``idle``, ``blocked``) or a date (``due``, ``created``,
    ``updated``) compared; ``pace`` is the age against a percentile of the item's stage.

    Resolved (:func:`vsm.model.query.resolve`) the value is a number of days or an ISO date; an
    empty one is a percentile of no values, which nothing compares to. Of ``pace`` the days stand
    in ``limits`` by stage id. Items that do not have the field (no age, no due date) never fit.
    """

    name: str
    sign: str
    value: str
    limits: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Term


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the queries holds."""

    options: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all hold; none of them means every item.

    ``text`` is what was typed, of a whole filter.
    """

    terms: tuple[Term, ...] = ()
    text: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return bool(self.terms)


Leaf = Text | Blocked | State | Stale | LateRisk | Field | Compare
Term = Leaf | Not | AnyOf | Query
