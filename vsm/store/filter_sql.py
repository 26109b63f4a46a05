"""Filter trees → parameterised SQL over ``item i``; the meaning is ``vsm.model.query.matches``."""

from __future__ import annotations

from vsm.model.query import NONE, Blocked, Field, Not, Query, Term, Text, Value
from vsm.store.fields import SEPARATOR

Clause = tuple[str, list[str | int]]


def where(query: Query) -> Clause:
    """A clause that begins with ``AND``, or nothing, and its parameters."""
    parts: list[str] = []
    params: list[str | int] = []
    for term in query.terms:
        sql, more = _term(term)
        parts.append(f" AND {sql}")
        params += more
    return "".join(parts), params


def _term(term: Term) -> Clause:
    if isinstance(term, Not):
        sql, params = _term(term.term)
        return f"NOT {sql}", params
    if isinstance(term, Text):
        return "(instr(i.search, ?) > 0)", [term.words]
    if isinstance(term, Blocked):
        return "(i.blocked IS NOT NULL)", []
    return _field(term)


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
    wanted = SEPARATOR + value.text + (SEPARATOR if value.exact else "")
    sql = "instr(i.labels_fold, ?) > 0"
    if value.text == NONE and not value.exact:
        return f"({sql} OR i.labels_fold = '')", [wanted]
    return sql, [wanted]


def _key(value: Value) -> Clause:
    # the searched text begins with the casefolded key and a line break
    wanted = value.text + ("\n" if value.exact else "")
    return "substr(i.search, 1, ?) = ?", [len(wanted), wanted]


_VALUE = {
    "team": _team,
    "owner": lambda value: _column("i.owner_fold", value),
    "type": _type,
    "class": lambda value: _column("i.service", value, may_be_empty=False),
    "label": _label,
    "stage": _stage,
    "key": _key,
}
