"""Filter trees → parameterised SQL over ``item i``; the meaning is ``vsm.model.query.matches``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from vsm.model.query_tree import (
    CURRENT,
    DATED,
    NEXT,
    NONE,
    AnyOf,
    Blocked,
    Compare,
    Field,
    LateRisk,
    Not,
    Query,
    Stale,
    State,
    Term,
    Text,
    Value,
)
from vsm.model.rules import day_start, local
from vsm.model.stream import Category, ValueStream
from vsm.store.fields import SEPARATOR

Clause = tuple[str, list[str | int]]
_LONG = 200_000
"""Days before today that are told apart: some centuries."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a filter is asked about: ``at`` in UTC microseconds, in days of a ``zone``.

    Where that is the past, ``then`` is the stream as it was, and stages, starts and blockers are
    those of then; ``transferred`` has from when the ages of its items count that were in another
    stream too. The properties are SQL over ``item i``.
    """

    at: int
    zone: str
    then: ValueStream | None = None
    transferred: Mapping[int, int | None] = field(default_factory=dict)

    @property
    def past(self) -> bool:
        """Whether it is asked about the past."""
        return self.then is not None

    @property
    def stage(self) -> str:
        """The stage that the item is in."""
        return self._visit("stage") if self.past else "i.stage"

    @property
    def entered(self) -> str:
        """When it came there."""
        return self._visit("entered") if self.past else "i.entered"

    def _visit(self, column: str) -> str:
        return (
            f"(SELECT v.{column} FROM visit v WHERE v.item = i.id AND v.entered <= {self.at}"
            " ORDER BY v.n DESC LIMIT 1)"
        )

    @property
    def age_from(self) -> str:
        """From when its age counts; ``NULL`` where it has not started."""
        if self.then is None:
            return "(SELECT a.age_from FROM item_flow a WHERE a.item = i.id)"
        started = (
            "(SELECT v.entered FROM visit v WHERE v.item = i.id AND i.quality <> 'truncated'"
            f" AND v.stage IN ({_numbers(self.then.starting)}) AND v.entered <= {self.at}"
            " ORDER BY v.n LIMIT 1)"
        )
        if not self.transferred:
            return started
        known = json.dumps({str(item): since for item, since in self.transferred.items()})
        return (
            f"(CASE WHEN i.transferred = 1 THEN json_extract('{known}', '$.\"' || i.id || '\"')"
            f" ELSE {started} END)"
        )

    @property
    def blocked(self) -> str:
        """When its open blocker began."""
        if not self.past:
            return "(SELECT b.started FROM block b WHERE b.id = i.blocked)"
        return (
            f"(SELECT b.started FROM block b WHERE b.item = i.id AND b.started <= {self.at}"
            f" AND (b.ended IS NULL OR b.ended > {self.at}) ORDER BY b.id DESC LIMIT 1)"
        )

    @property
    def updated(self) -> str:
        """When something last happened to it; an import is not that, its last move is."""
        by = f" AND {{}} <= {self.at}" if self.past else ""
        return (
            "(SELECT max(at) FROM (SELECT i.created AS at"
            " UNION ALL SELECT j.at FROM journal j WHERE j.item = i.id"
            f" AND j.kind <> 'item_history_imported'{by.format('j.at')}"
            f" UNION ALL SELECT v.entered FROM visit v WHERE v.item = i.id{by.format('v.entered')}"
            f" UNION ALL SELECT b.started FROM block b WHERE b.item = i.id{by.format('b.started')}"
            " UNION ALL SELECT b.ended FROM block b WHERE b.item = i.id AND b.ended IS NOT NULL"
            f"{by.format('b.ended')}))"
        )

    def in_category(self, *categories: Category) -> str:
        """Whether its stage is of one of these categories."""
        if self.then is not None:
            stages = (stage.id for stage in self.then.order if stage.category in categories)
            return f"({self.stage} IN ({_numbers(stages)}))"
        names = ", ".join(f"'{category.value}'" for category in categories)
        return (
            f"EXISTS(SELECT 1 FROM stage s WHERE s.id = {self.stage} AND s.category IN ({names}))"
        )

    @property
    def is_open(self) -> str:
        """Whether it is neither done nor dropped."""
        return f"(NOT {self.in_category(Category.DONE, Category.DROPPED)})"

    def midnight(self, days: int) -> int:
        """The first moment of the local day so many days before the day of ``at``."""
        return day_start(
            local(self.at, self.zone).date() - timedelta(days=min(days, _LONG)), self.zone
        )


def _numbers(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


def where(query: Query, moment: Moment) -> Clause:
    """A clause that begins with ``AND``, or nothing, and its parameters.

    The query is resolved (:func:`vsm.model.query.resolve`).
    """
    if not query:
        return "", []
    sql, params = _all(query, moment)
    return f" AND {sql}", params


def _all(query: Query, moment: Moment) -> Clause:
    return _joined([_term(term, moment) for term in query.terms], " AND ", "1")


def _joined(clauses: list[Clause], word: str, nothing: str) -> Clause:
    """Clauses with a word between them, as a balanced tree: the depth of SQL is limited."""
    if not clauses:
        return nothing, []
    while len(clauses) > 1:
        pairs = [clauses[n : n + 2] for n in range(0, len(clauses), 2)]
        clauses = [
            (f"({word.join(sql for sql, _ in pair)})", [p for _, params in pair for p in params])
            for pair in pairs
        ]
    return clauses[0]


def _term(term: Term, moment: Moment) -> Clause:
    if isinstance(term, Not):
        sql, params = _term(term.term, moment)
        return f"NOT {sql}", params
    if isinstance(term, AnyOf):
        return _joined([_all(option, moment) for option in term.options], " OR ", "0")
    if isinstance(term, Query):
        return _all(term, moment)
    if isinstance(term, Text):
        return "(instr(i.search, ?) > 0)", [term.words]
    if isinstance(term, Blocked):
        return f"({moment.blocked} IS NOT NULL)" if moment.past else "(i.blocked IS NOT NULL)", []
    if isinstance(term, State):
        return f"({_STATE[term.name](moment)})", []
    if isinstance(term, Stale):
        return _stale(term, moment)
    if isinstance(term, LateRisk):
        return "(i.id IN (SELECT value FROM json_each(?)))", [json.dumps(term.items)]
    if isinstance(term, Compare):
        return _compare(term, moment)
    return _field(term, moment)


_STATE: dict[str, Callable[[Moment], str]] = {
    "open": lambda moment: moment.is_open,
    "closed": lambda moment: f"NOT {moment.is_open}",
    "done": lambda moment: moment.in_category(Category.DONE),
    "dropped": lambda moment: moment.in_category(Category.DROPPED),
    "in-progress": lambda moment: f"{moment.age_from} IS NOT NULL AND {moment.is_open}",
    "not-started": lambda moment: f"{moment.age_from} IS NULL AND {moment.is_open}",
}


def _stale(term: Stale, moment: Moment) -> Clause:
    stays: list[Clause] = [
        (f"({moment.stage} = {stage} AND {moment.entered} < {moment.at - limit})", [])
        for stage, limit in term.limits
    ]
    sql, _ = _joined(stays, " OR ", "0")
    return f"({moment.is_open} AND {sql})", []


def _compare(term: Compare, moment: Moment) -> Clause:
    if not term.value:
        return "0", []
    if term.name == "due":
        return f"coalesce(i.due {term.sign} ?, 0)", [term.value]
    if term.name in DATED:
        created = term.name == "created"
        return _dated(term, "i.created" if created else moment.updated, moment.zone), []
    if term.name == "blocked":
        return _counted(moment.blocked, term.sign, int(term.value), moment), []
    if term.name == "idle":
        idle = _counted(moment.entered, term.sign, int(term.value), moment)
        return f"({moment.is_open} AND {idle})", []
    if term.name == "age":
        ages = _counted(moment.age_from, term.sign, int(term.value), moment)
        return f"({moment.is_open} AND {ages})", []
    paces: list[Clause] = [
        (
            f"({moment.stage} = {stage} AND {_counted(moment.age_from, term.sign, days, moment)})",
            [],
        )
        for stage, days in term.limits
    ]
    sql, _ = _joined(paces, " OR ", "0")
    return f"({moment.is_open} AND {sql})", []


def _dated(term: Compare, at: str, zone: str) -> str:
    """A moment against the local day of an ISO date."""
    day = date.fromisoformat(term.value)
    first, after = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    return {
        "<": f"({at} < {first})",
        "<=": f"({at} < {after})",
        "=": f"({at} BETWEEN {first} AND {after - 1})",
        ">=": f"({at} >= {first})",
        ">": f"({at} >= {after})",
    }[term.sign]


def _counted(since: str, sign: str, days: int, moment: Moment) -> str:
    """Inclusive days from the moment ``since``, which may be none, compared; they are 1 at least.

    So many days or more: it was on that day before today or earlier.
    """
    tests = {
        "<": (None, days - 1),
        "<=": (None, days),
        "=": (days, days),
        ">=": (days, None),
        ">": (days + 1, None),
    }
    least, most = tests[sign]
    parts = [f"{since} IS NOT NULL"]
    if least is not None and least > 1:
        parts.append(f"{since} < {moment.midnight(least - 2)}")
    if most is not None:
        parts.append(f"{since} >= {moment.midnight(most - 1)}" if most >= 1 else "0")
    return f"({' AND '.join(parts)})"


def _field(field: Field, moment: Moment) -> Clause:
    parts: list[str] = []
    params: list[str | int] = []
    for value in field.values:
        if field.name == "stage":
            sql, more = _stage(value, moment)
        elif field.name == "sprint":
            sql, more = _sprint(value, moment)
        else:
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


def _stage(value: Value, moment: Moment) -> Clause:
    if moment.then is not None:
        stages = (
            stage.id
            for stage in moment.then.order
            if (name := stage.name.casefold()) == value.text
            or (not value.exact and name.startswith(value.text))
        )
        return f"({moment.stage} IN ({_numbers(stages)}))", []
    sql, params = _column("s.name_fold", value, may_be_empty=False)
    return f"EXISTS(SELECT 1 FROM stage s WHERE s.id = {moment.stage} AND {sql})", params


def _sprint(value: Value, moment: Moment) -> Clause:
    """In an open sprint of this name, in an active or a planned one; of then, where it is past."""
    inside, begun, is_open = "x.left IS NULL", "p.started_at IS NOT NULL", "p.closed_at IS NULL"
    if moment.past:
        inside = f"x.entered <= {moment.at} AND (x.left IS NULL OR x.left > {moment.at})"
        begun = f"coalesce(p.started_at <= {moment.at}, 0)"
        is_open = f"(p.closed_at IS NULL OR p.closed_at > {moment.at})"
    member = (
        "EXISTS(SELECT 1 FROM sprint_member x JOIN sprint p ON p.id = x.sprint"
        f" WHERE x.item = i.id AND {inside} AND {is_open}"
    )
    named, params = _column("p.name_fold", value, may_be_empty=False)
    words = ((CURRENT, begun), (NEXT, f"NOT {begun}"))
    fits = [
        state
        for word, state in words
        if word == value.text or (not value.exact and word.startswith(value.text))
    ]
    sql = f"{member} AND ({' OR '.join([named, *fits])}))"
    if value.text == NONE and not value.exact:
        return f"({sql} OR NOT {member}))", params
    return sql, params


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


_VALUE: dict[str, Callable[[Value], Clause]] = {
    "team": _team,
    "owner": _owner,
    "type": _type,
    "class": lambda value: _column("i.service", value, may_be_empty=False),
    "label": _label,
    "key": _key,
}
