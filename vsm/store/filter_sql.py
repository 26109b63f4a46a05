"""Filter trees → parameterised SQL over ``item i``; the meaning is ``vsm.model.query.matches``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from vsm.model.query import NONE, Blocked, Compare, Field, Not, Query, Term, Text, Value
from vsm.model.rules import day_start, local
from vsm.store.fields import SEPARATOR

Clause = tuple[str, list[str | int]]


def where(query: Query, now: int, zone: str) -> Clause:
    """A clause that begins with ``AND``, or nothing, and its parameters.

    The query is resolved (:func:`vsm.model.query.resolve`); ``now`` and ``zone`` say what day it
    is, which ages are counted from.
    """
    parts: list[str] = []
    params: list[str | int] = []
    for term in query.terms:
        sql, more = _term(term, now, zone)
        parts.append(f" AND {sql}")
        params += more
    return "".join(parts), params


def _term(term: Term, now: int, zone: str) -> Clause:
    if isinstance(term, Not):
        sql, params = _term(term.term, now, zone)
        return f"NOT {sql}", params
    if isinstance(term, Text):
        return "(instr(i.search, ?) > 0)", [term.words]
    if isinstance(term, Blocked):
        return "(i.blocked IS NOT NULL)", []
    if isinstance(term, Compare):
        return _compare(term, now, zone)
    return _field(term)


def _compare(term: Compare, now: int, zone: str) -> Clause:
    if not term.value:
        return "0", []
    if term.name == "due":
        return f"coalesce(i.due {term.sign} ?, 0)", [term.value]
    tests, params = _AGES[term.sign](int(term.value), partial(_midnight, now, zone))
    running = (
        "EXISTS(SELECT 1 FROM item_flow a JOIN stage s ON s.id = i.stage WHERE a.item = i.id"
        f" AND a.start IS NOT NULL AND s.category NOT IN ('done', 'dropped'){tests})"
    )
    return running, list(params)


def _midnight(now: int, zone: str, days: int) -> int:
    """The first moment of the local day so many days before today, some centuries at most."""
    return day_start(local(now, zone).date() - timedelta(days=min(days, _LONG)), zone)


_LONG = 200_000

Midnight = Callable[[int], int]


def _older(age: int, midnight: Midnight) -> tuple[str, tuple[int, ...]]:
    """At least so many days old: begun on that day before today or earlier; all are 1 at least."""
    if age <= 1:
        return "", ()
    return " AND a.start < ?", (midnight(age - 2),)


def _younger(age: int, midnight: Midnight) -> tuple[str, tuple[int, ...]]:
    """At most so many days old."""
    if age < 1:
        return " AND 0", ()
    return " AND a.start >= ?", (midnight(age - 1),)


def _exactly(age: int, midnight: Midnight) -> tuple[str, tuple[int, ...]]:
    (old, a), (young, b) = _older(age, midnight), _younger(age, midnight)
    return old + young, (*a, *b)


_AGES: dict[str, Callable[[int, Midnight], tuple[str, tuple[int, ...]]]] = {
    ">=": _older,
    ">": lambda age, midnight: _older(age + 1, midnight),
    "<=": _younger,
    "<": lambda age, midnight: _younger(age - 1, midnight),
    "=": _exactly,
}


def _field(field: Field) -> Clause:
    parts: list[str] = []
    params: list[str | int] = []
    for value in field.values:
        sql, more = _VALUE[field.name](value)
        parts.append(sql)
        params += more
    return f"({' OR '.join(parts)})", params


def _column(column: str, value: Value, *, may_be_empty: bool = True) -> Clause:
    """A nullable column: equal, beginning, or empty for ``none``."""
    if value.exact:
        return f"coalesce({column} = ?, 0)", [value.text]
    begins = f"coalesce(substr({column}, 1, ?) = ?, 0)"
    params: list[str | int] = [len(value.text), value.text]
    if value.text == NONE and may_be_empty:
        return f"({begins} OR coalesce({column}, '') = '')", params
    return begins, params


def _team(value: Value) -> Clause:
    sql, params = _column("t.name_fold", value, may_be_empty=False)
    inside = f"(i.team IS NOT NULL AND EXISTS(SELECT 1 FROM team t WHERE t.id = i.team AND {sql}))"
    if value.text == NONE and not value.exact:
        return f"(i.team IS NULL OR {inside})", params
    return inside, params


def _stage(value: Value) -> Clause:
    sql, params = _column("s.name_fold", value, may_be_empty=False)
    return f"EXISTS(SELECT 1 FROM stage s WHERE s.id = i.stage AND {sql})", params


def _type(value: Value) -> Clause:
    first, a = _column("i.type_fold", value, may_be_empty=False)
    second, b = _column("i.flow_type", value, may_be_empty=False)
    return f"({first} OR {second})", [*a, *b]


def _label(value: Value) -> Clause:
    if SEPARATOR in value.text:
        return "0", []
    text = SEPARATOR + value.text + (SEPARATOR if value.exact else "")
    sql = "instr(i.labels_fold, ?) > 0"
    if value.text == NONE and not value.exact:
        return f"({sql} OR i.labels_fold = '')", [text]
    return sql, [text]


def _key(value: Value) -> Clause:
    # the searched text begins with the casefolded key and a line break
    text = value.text + ("\n" if value.exact else "")
    return "substr(i.search, 1, ?) = ?", [len(text), text]


def _owner(value: Value) -> Clause:
    first, a = _column("i.owner_fold", value)
    second, b = _column("m.name_fold", value, may_be_empty=False)
    named = f"EXISTS(SELECT 1 FROM member m WHERE m.login_fold = i.owner_fold AND {second})"
    return f"({first} OR {named})", [*a, *b]


_VALUE = {
    "team": _team,
    "owner": _owner,
    "type": _type,
    "class": lambda value: _column("i.service", value, may_be_empty=False),
    "label": _label,
    "stage": _stage,
    "key": _key,
}
