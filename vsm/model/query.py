"""The filter language: what a filter means.

``/team:core -blocked "card reader"`` is a list of terms that must all hold; ``or``, ``not`` and
parentheses combine them otherwise. A term is a word or a quoted text (found in key, title,
description or labels), ``blocked``, ``stale``, ``overdue``, ``late-risk``, ``is:`` with a state,
or a field with one or more values (``type:bug,chore``: any of them). ``-`` before a term negates
it. A value matches by its beginning, a quoted one exactly, ``none`` matches an empty field, and
letter case never matters; ``sprint:current`` is in an active sprint, ``sprint:next`` in a planned
one. ``age>10``, ``idle>5d``, ``blocked>5d``, ``due<=fri``, ``created>=…``
and ``updated>…`` compare; ``age>p85`` holds an age against the cycle times of finished items,
``pace>p85`` against their ages when they left the same stage, as the marks on cards do. What is
not understood is refused. The store compiles the same tree to SQL; :func:`matches` is the meaning
that it is tested against.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from vsm.model.dates import read_day
from vsm.model.query_tree import (
    DATED,
    NONE,
    STATES,
    AnyOf,
    Blocked,
    Compare,
    Field,
    LateRisk,
    Leaf,
    Not,
    Query,
    Stale,
    State,
    Term,
    Text,
    Value,
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter under a name, ``only`` for one stream or (``None``) for all."""

    id: int
    name: str
    filter: str
    only: int | None = None


class Facts(NamedTuple):
    """What a filter can ask about one item, as people wrote it.

    ``age``, ``idle`` (in its stage since the last entry) and ``blocked_for`` are inclusive days,
    ``elapsed`` the microseconds in the stage; ``None`` where the item has none. ``state`` is as
    :func:`vsm.model.rules.state_of` names it; dates are ISO dates in the zone of the stream.
    ``sprints`` are the names of the open sprints that it is in, with ``current`` for an active and
    ``next`` for a planned one.
    """

    key: str
    title: str
    description: str = ""
    labels: tuple[str, ...] = ()
    team: str | None = None
    owner: str | None = None
    owner_name: str | None = None
    type: str = ""
    flow_type: str = ""
    service: str = ""
    stage: str = ""
    stage_id: int = 0
    state: str = ""
    blocked: bool = False
    blocked_for: int | None = None
    age: int | None = None
    idle: int | None = None
    elapsed: int = 0
    due: str | None = None
    created: str = ""
    updated: str = ""
    id: int = 0
    sprints: tuple[str, ...] = ()


class Levels(NamedTuple):
    """What ages and stays are held against, each worked out when a filter asks for it.

    ``cycle`` gives the whole days within which that share (in percent) of the finished items were
    done, ``None`` where none was; ``pace`` the days by stage id within which that share of them
    had passed the stage; ``stay`` the microseconds by stage id that 85% of them spent there at
    most.
    """

    cycle: Callable[[int], int | None]
    pace: Callable[[int], Mapping[int, int]]
    stay: Callable[[], Mapping[int, int]]


def leaves(query: Query) -> Iterator[Leaf]:
    """The terms of a filter without what joins and negates them."""
    todo: list[Term] = list(reversed(query.terms))
    while todo:
        term = todo.pop()
        if isinstance(term, Not):
            todo.append(term.term)
        elif isinstance(term, AnyOf):
            todo.extend(reversed(term.options))
        elif isinstance(term, Query):
            todo.extend(reversed(term.terms))
        else:
            yield term


def compares(query: Query) -> bool:
    """Whether any term compares, so that the query must be resolved before it means anything."""
    return any(isinstance(leaf, Compare | Stale) for leaf in leaves(query))


def depends_on_moment(query: Query) -> bool:
    """Whether what fits differs from moment to moment while nothing is written."""
    return any(
        not isinstance(leaf, Text | Field)
        or (isinstance(leaf, Field) and leaf.name in ("stage", "sprint"))
        for leaf in leaves(query)
    )


def resolve(query: Query, levels: Levels, today: date) -> Query:
    """The query with dates and percentiles worked out; ``today`` is a day in the stream's zone."""

    def leaf(term: Leaf) -> Leaf:
        if isinstance(term, Stale):
            return Stale(tuple(sorted(levels.stay().items())))
        if not isinstance(term, Compare):
            return term
        if term.name in DATED:
            return replace(term, value=read_day(term.value, today).isoformat())
        if not term.value.startswith("p"):
            return term
        percent = int(term.value[1:])
        if term.name == "pace":
            return replace(term, limits=tuple(sorted(levels.pace(percent).items())))
        days = levels.cycle(percent)
        return replace(term, value="" if days is None else str(days))

    return _replaced(query, leaf)


def asks_for_late_risk(query: Query) -> bool:
    """Whether a filter asks which items are likelier late than in time."""
    return any(isinstance(leaf, LateRisk) for leaf in leaves(query))


def with_late_risks(query: Query, items: Iterable[int]) -> Query:
    """The query with the ids of the items that ``late-risk`` fits."""
    known = LateRisk(tuple(sorted(items)))
    resolved = _replaced(query, lambda term: known if isinstance(term, LateRisk) else term)
    return replace(resolved, text=query.text)


def _replaced(query: Query, leaf: Callable[[Leaf], Leaf]) -> Query:
    """The query with every term replaced by what a function makes of it."""

    def one(term: Term) -> Term:
        if isinstance(term, Not):
            return Not(one(term.term))
        if isinstance(term, AnyOf):
            return AnyOf(tuple(whole(option) for option in term.options))
        return whole(term) if isinstance(term, Query) else leaf(term)

    def whole(query: Query) -> Query:
        return Query(tuple(one(term) for term in query.terms))

    return whole(query)


def unknown(query: Query, known: Mapping[str, Iterable[str]]) -> str:
    """A value that no name of its field begins with, in words; empty where there is none.

    ``known`` are the names by field; fields that are not in it may hold anything.
    """
    for field in leaves(query):
        if not isinstance(field, Field) or field.name not in known:
            continue
        names = [name.casefold() for name in known[field.name]]
        for value in field.values:
            if value.text != NONE and not any(name.startswith(value.text) for name in names):
                return f"there is no {field.name} {value.text}"
    return ""


def search_text(key: str, title: str, description: str, labels: Iterable[str]) -> str:
    """The casefolded text that words are looked for in; parts never run into each other."""
    return "\n".join((key, title, description, *labels)).casefold()


def matches(query: Query, facts: Facts) -> bool:
    """Whether the item fits the (resolved) filter."""
    return all(_holds(term, facts) for term in query.terms)


def _holds(term: Term, facts: Facts) -> bool:
    if isinstance(term, Not):
        return not _holds(term.term, facts)
    if isinstance(term, AnyOf):
        return any(matches(option, facts) for option in term.options)
    if isinstance(term, Query):
        return matches(term, facts)
    if isinstance(term, Text):
        return term.words in search_text(facts.key, facts.title, facts.description, facts.labels)
    if isinstance(term, Blocked):
        return facts.blocked
    if isinstance(term, State):
        return facts.state in STATES[term.name]
    if isinstance(term, Stale):
        limit = dict(term.limits).get(facts.stage_id)
        return facts.state in STATES["open"] and limit is not None and facts.elapsed > limit
    if isinstance(term, LateRisk):
        return facts.id in term.items
    if isinstance(term, Compare):
        return _compared(term, facts)
    have = _values(term.name, facts)
    return any(_one(value, have) for value in term.values)


def _compared(term: Compare, facts: Facts) -> bool:
    if not term.value:
        return False
    fits = _SIGNS[term.sign]
    if term.name in DATED:
        day = {"due": facts.due, "created": facts.created, "updated": facts.updated}[term.name]
        return bool(day) and fits(day or "", term.value)
    if term.name == "pace":
        limit = dict(term.limits).get(facts.stage_id)
        return facts.age is not None and limit is not None and fits(facts.age, limit)
    counted = {"age": facts.age, "idle": facts.idle, "blocked": facts.blocked_for}[term.name]
    return counted is not None and fits(counted, int(term.value))


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


def _values(name: str, facts: Facts) -> tuple[str, ...]:
    values: dict[str, tuple[str | None, ...]] = {
        "team": (facts.team,),
        "owner": (facts.owner, facts.owner_name),
        "type": (facts.type, facts.flow_type),
        "class": (facts.service,),
        "label": facts.labels,
        "stage": (facts.stage,),
        "key": (facts.key,),
        "sprint": facts.sprints,
    }
    return tuple(v.casefold() for v in values[name] if v)


def _one(value: Value, have: tuple[str, ...]) -> bool:
    if value.exact:
        return value.text in have
    if value.text == NONE and not have:
        return True
    return any(v.startswith(value.text) for v in have)
