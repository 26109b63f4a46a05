"""The filter language: text → syntax tree, and what a tree means.

``/team:core -blocked "card reader"`` is a list of terms that must all hold. A term is a word
or a quoted text (found in key, title, description or labels), ``blocked``, or a field with one
or more values (``type:bug,chore``: any of them). ``-`` before a term negates it. A value
matches by its beginning, a quoted one exactly, ``none`` matches an empty field, and letter
case never matters. ``age>10`` and ``due<=fri`` compare; an age can be held against the cycle
times of finished items: ``age>p85``. The store compiles the same tree to SQL; :func:`matches`
is the meaning that it is tested against.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from vsm.model.dates import WORDS, read_day
from vsm.model.rules import FIRST_DAY, LAST_DAY

FIELDS = ("team", "owner", "type", "class", "label", "stage", "key")
"""The fields that a filter can name."""

NONE = "none"
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
    """``age`` (days, or a percentile such as ``p85``) or ``due`` (a date in words) compared.

    Resolved (:func:`resolve`) the value is a number of days or an ISO date; an empty one is
    a percentile of no values, which nothing compares to. Items that do not have the field
    (no age, no due date) never fit.
    """

    name: str
    sign: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Text | Blocked | Field | Compare


Term = Text | Blocked | Field | Compare | Not


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all hold; none of them means every item."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter under a name, ``only`` for one stream or (``None``) for all."""

    id: int
    name: str
    filter: str
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a filter can ask about one item, as people wrote it; ``age`` in days while it runs."""

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
    blocked: bool = False
    age: int | None = None
    due: str | None = None


def parse(text: str, me: str | None = None) -> Query:
    """Read a filter; ``me`` is whom ``owner:me`` means. Raises :class:`QueryError`."""
    terms: list[Term] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at >= len(text):
            return Query(tuple(terms))
        start = at
        negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
        if negated:
            at += 1
        term, at = _term(text, at, me)
        if isinstance(term, Text) and not term.words:
            raise QueryError("an empty text finds nothing: leave it out", start + 1)
        terms.append(Not(term) if negated else term)


_COMPARED = re.compile(r"(age|due)(<=|>=|<|>|=)(\S*)", re.IGNORECASE)
_STRANGE = re.compile(r"([a-z]+)[<>]=?\S", re.IGNORECASE)
_AGE = re.compile(r"\d{1,6}|p[1-9]\d?")


def _compare(match: re.Match[str], at: int) -> Compare:
    name, sign, value = match[1].casefold(), match[2], match[3].casefold()
    if name == "age" and not _AGE.fullmatch(value):
        raise QueryError("age: give days or a percentile: age>10, age>p85", at + 1)
    if name == "due":
        try:
            # A saved filter is read on other days too: none may lead off the calendar.
            for today in (FIRST_DAY, LAST_DAY):
                read_day(value, today)
        except ValueError:
            raise QueryError(f"due: give a date: {WORDS}", at + 1) from None
    return Compare(name, sign, value)


def _term(text: str, at: int, me: str | None) -> tuple[Text | Blocked | Field | Compare, int]:
    if text[at] == '"':
        words, at = _quoted(text, at)
        return Text(words.casefold()), at
    compared = _COMPARED.match(text, at)
    if compared:
        return _compare(compared, at), compared.end()
    strange = _STRANGE.match(text, at)
    if strange:
        raise QueryError(
            f"{strange[1]} cannot be compared, age and due can (age>10, due<=fri): put the text in"
            " quotes to look for it",
            at + 1,
        )
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in ':"':
        end += 1
    word = text[at:end]
    if end < len(text) and text[end] == ":" and word:
        return _field(text, at, end, me)
    while end < len(text) and not text[end].isspace():
        end += 1
    word = text[at:end]
    if word.casefold() == "blocked":
        return Blocked(), end
    return Text(word.casefold()), end


def _field(text: str, at: int, colon: int, me: str | None) -> tuple[Field, int]:
    name = text[at:colon].casefold()
    if name not in FIELDS:
        raise QueryError(
            f"there is no field {text[at:colon]!r}: use {', '.join(FIELDS)},"
            " or put the text in quotes",
            at + 1,
        )
    values: list[Value] = []
    at = colon + 1
    while True:
        if at < len(text) and text[at] == '"':
            word, at = _quoted(text, at)
            values.append(Value(word.casefold(), exact=True))
        else:
            end = at
            while end < len(text) and not text[end].isspace() and text[end] != ",":
                end += 1
            word = text[at:end]
            if not word:
                raise QueryError(f"{name}: needs a value", end + 1)
            folded = word.casefold()
            if name == "owner" and folded == ME and me:
                values.append(Value(me.casefold(), exact=True))
            else:
                values.append(Value(folded))
            at = end
        if at < len(text) and text[at] == ",":
            at += 1
            continue
        return Field(name, tuple(values)), at


def _quoted(text: str, at: int) -> tuple[str, int]:
    end = text.find('"', at + 1)
    if end < 0:
        raise QueryError("the quote is not closed", at + 1)
    return text[at + 1 : end], end + 1


# -- meaning -----------------------------------------------------------------------


def compares(query: Query) -> bool:
    """Whether any term compares, so that the query must be resolved before it means anything."""
    return any(
        isinstance(term.term if isinstance(term, Not) else term, Compare) for term in query.terms
    )


def resolve(query: Query, percentile: Callable[[int], int | None], today: date) -> Query:
    """The query with dates and percentiles worked out.

    ``percentile`` gives the whole days within which that share (in percent) of the finished
    items were done, ``None`` where none was; ``today`` is the day in the stream's zone.
    """

    def value(term: Compare) -> Compare:
        if term.name == "due":
            return replace(term, value=read_day(term.value, today).isoformat())
        if not term.value.startswith("p"):
            return term
        days = percentile(int(term.value[1:]))
        return replace(term, value="" if days is None else str(days))

    def one(term: Term) -> Term:
        if isinstance(term, Not):
            return Not(value(term.term)) if isinstance(term.term, Compare) else term
        return value(term) if isinstance(term, Compare) else term

    return Query(tuple(one(term) for term in query.terms))


def unknown(query: Query, known: Mapping[str, Iterable[str]]) -> str:
    """A value that no name of its field begins with, in words; empty where there is none.

    ``known`` are the names by field; fields that are not in it may hold anything.
    """
    for term in query.terms:
        field = term.term if isinstance(term, Not) else term
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
    if isinstance(term, Text):
        return term.words in search_text(facts.key, facts.title, facts.description, facts.labels)
    if isinstance(term, Blocked):
        return facts.blocked
    if isinstance(term, Compare):
        return _compared(term, facts)
    have = _values(term.name, facts)
    return any(_one(value, have) for value in term.values)


def _compared(term: Compare, facts: Facts) -> bool:
    if not term.value:
        return False
    if term.name == "due":
        return bool(facts.due) and _SIGNS[term.sign](facts.due or "", term.value)
    return facts.age is not None and _SIGNS[term.sign](facts.age, int(term.value))


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
    }
    return tuple(v.casefold() for v in values[name] if v)


def _one(value: Value, have: tuple[str, ...]) -> bool:
    if value.exact:
        return value.text in have
    if value.text == NONE and not have:
        return True
    return any(v.startswith(value.text) for v in have)
