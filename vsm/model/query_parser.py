"""Reads the text of a filter into its syntax tree; refuses what it does not understand."""

from __future__ import annotations

import re
from dataclasses import replace

from vsm.model.dates import WORDS, read_day
from vsm.model.query_tree import (
    COUNTED,
    DATED,
    FIELDS,
    ME,
    STATES,
    AnyOf,
    Blocked,
    Compare,
    Field,
    LateRisk,
    Leaf,
    Not,
    Query,
    QueryError,
    Stale,
    State,
    Term,
    Text,
    Value,
)
from vsm.model.rules import FIRST_DAY, LAST_DAY

DEEPEST = 20
"""Parentheses within parentheses that are read."""
LONGEST = 500
"""Terms of one filter: a database reads no longer chains."""
QUOTE_IT = "put the text in quotes to look for it"

_COMPARED = re.compile(r"([^\W_][\w.-]*)(==|!=|<>|<=|>=|<|>|=)")
_SIGNS = frozenset(("<", "<=", ">", ">=", "="))
_DAYS = re.compile(r"(\d{1,6})(d|w?)")
_PERCENTILE = re.compile(r"p[1-9]\d?")
_OVERDUE = Query((Compare("due", "<", "today"), State("open")))
_ALONE: dict[str, Leaf | Query] = {
    "blocked": Blocked(),
    "stale": Stale(),
    "overdue": _OVERDUE,
    "late-risk": LateRisk(),
}
WORDS_ALONE = tuple(_ALONE)
"""Words that are terms by themselves."""
IS = (*STATES, *_ALONE)
"""What can follow ``is:``."""


def parse(text: str, me: str | None = None) -> Query:
    """Read a filter; ``me`` is whom ``owner:me`` means. Raises :class:`QueryError`."""
    return replace(_Parser(text, me).whole(), text=text.strip())


class _Parser:
    """One reading of a text, from left to right; ``at`` is the next character."""

    def __init__(self, text: str, me: str | None) -> None:
        self.text = text
        self.me = me
        self.at = 0
        self.terms = 0

    def whole(self) -> Query:
        query = self.either(0)
        if self.at < len(self.text):
            raise QueryError(f"there is no ( for this ): {QUOTE_IT}", self.at + 1)
        return query

    # -- terms and what joins them ------------------------------------------------------

    def either(self, depth: int) -> Query:
        """Terms that must all hold, or several such with ``or`` between them."""
        options: list[Query] = []
        terms: list[Term] = []
        joined = ""  # the "or" or "and" that a term must follow
        start = self.at
        while self.rest():
            start = self.at
            word = self.keyword("or", "and")
            if not word:
                terms.append(self.term(depth))
                joined = ""
                continue
            if joined or not terms:
                raise QueryError(f"{word} stands between two terms: or {QUOTE_IT}", start + 1)
            joined = word
            if word == "or":
                options.append(Query(tuple(terms)))
                terms = []
        if joined:
            raise QueryError(f"{joined} stands between two terms: or {QUOTE_IT}", start + 1)
        last = Query(tuple(terms))
        return Query((AnyOf((*options, last)),)) if options else last

    def rest(self) -> bool:
        """Whether more follows before a closing parenthesis or the end; skips blanks."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text) and self.text[self.at] != ")"

    def keyword(self, *words: str) -> str:
        """The word, where one of these stands here; it is consumed then."""
        match = re.compile(rf"({'|'.join(words)})(?=[\s()]|$)", re.IGNORECASE).match(
            self.text, self.at
        )
        if match is None:
            return ""
        self.at = match.end()
        return match[1].casefold()

    def term(self, depth: int) -> Term:
        start = self.at
        self.terms += 1
        if self.terms > LONGEST:
            raise QueryError(f"the filter has more than {LONGEST} terms", start + 1)
        if depth > DEEPEST:
            raise QueryError(f"more than {DEEPEST} terms stand within each other", start + 1)
        if self.keyword("not"):
            if not self.rest() or self.keyword("or", "and"):
                raise QueryError(f"not needs a term after it: or {QUOTE_IT}", start + 1)
            return Not(self.term(depth + 1))
        after = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "-" and after and not after.isspace() and after != ")":
            self.at += 1
            term = self.group(depth) if after == "(" else self.leaf()
            if isinstance(term, Text) and not term.words:
                raise QueryError("an empty text finds nothing: leave it out", start + 1)
            return Not(term)
        term = self.group(depth) if self.text[self.at] == "(" else self.leaf()
        if isinstance(term, Text) and not term.words:
            raise QueryError("an empty text finds nothing: leave it out", start + 1)
        return term

    def group(self, depth: int) -> Term:
        start = self.at
        self.at += 1
        query = self.either(depth + 1)
        if self.at >= len(self.text):
            raise QueryError(f"there is no ) for this (: or {QUOTE_IT}", start + 1)
        if not query:
            raise QueryError("there is nothing in the parentheses", start + 1)
        self.at += 1
        return query.terms[0] if len(query.terms) == 1 else query

    # -- one term ------------------------------------------------------------------------

    def leaf(self) -> Leaf | Query | AnyOf:
        text, start = self.text, self.at
        if text[start] == '"':
            return Text(self.quoted().casefold())
        compared = _COMPARED.match(text, start)
        if compared:
            self.at = compared.end()
            return self.compare(compared[1], compared[2], start)
        if text[start] in "<>=":
            raise QueryError(
                f"a field belongs before the sign, without blanks: age>5; or {QUOTE_IT}", start + 1
            )
        word = self.word(stop=':"')
        if self.at < len(text) and text[self.at] == ":" and word:
            self.at += 1
            return self.field(word, start)
        word += self.word()
        folded = word.casefold()
        if folded in ("|", "||", "&", "&&"):
            raise QueryError(
                f"write or between two terms, nothing where both must hold; or {QUOTE_IT}",
                start + 1,
            )
        return _ALONE.get(folded) or Text(folded)

    def word(self, stop: str = "") -> str:
        """The characters up to a blank, a ``stop``, or a ``)`` that closes a group outside."""
        start, inside = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace() or char in stop or (char == ")" and not inside):
                break
            inside += (char == "(") - (char == ")")
            self.at += 1
        return self.text[start : self.at]

    def quoted(self) -> str:
        start = self.at
        end = self.text.find('"', start + 1)
        if end < 0:
            raise QueryError("the quote is not closed", start + 1)
        self.at = end + 1
        return self.text[start + 1 : end]

    def compare(self, written: str, sign: str, start: int) -> Compare:
        name, value = written.casefold(), self.word().casefold()
        if name in FIELDS or name == "is":
            raise QueryError(f"{name} has names, no numbers: write {name}:{value}", start + 1)
        if name not in COUNTED + DATED:
            raise QueryError(
                f"{written} cannot be compared: {', '.join(COUNTED + DATED)} can; or {QUOTE_IT}",
                start + 1,
            )
        if sign not in _SIGNS:
            raise QueryError(f"compare with < <= = >= >, not with {sign}", start + 1)
        if name in DATED:
            return Compare(name, sign, _date(name, value, start))
        if name == "pace":
            if not _PERCENTILE.fullmatch(value):
                raise QueryError("pace: give a percentile: pace>p85", start + 1)
            return Compare(name, sign, value)
        if name == "age" and _PERCENTILE.fullmatch(value):
            return Compare(name, sign, value)
        days = _DAYS.fullmatch(value)
        if not days:
            more = " or a percentile: age>10, age>p85" if name == "age" else f": {name}>5d"
            raise QueryError(f"{name}: give days{more}", start + 1)
        return Compare(name, sign, str(int(days[1]) * (7 if days[2] == "w" else 1)))

    def field(self, written: str, start: int) -> Field | Leaf | Query | AnyOf:
        name = written.casefold()
        if name in COUNTED + DATED:
            example = {"due": "due<=fri", "pace": "pace>p85"}.get(
                name, f"{name}>5d" if name in COUNTED else f"{name}>=2026-03-31"
            )
            raise QueryError(f"{name} is compared: write {example}", start + 1)
        if name not in (*FIELDS, "is"):
            raise QueryError(
                f"there is no field {written!r}: use {', '.join(FIELDS)}, is,"
                " or put the text in quotes",
                start + 1,
            )
        values: list[Value] = []
        places: list[int] = []
        while True:
            places.append(self.at)
            if self.at < len(self.text) and self.text[self.at] == '"':
                values.append(Value(self.quoted().casefold(), exact=True))
            else:
                word = self.word(stop=",").casefold()
                if not word:
                    raise QueryError(f"{name}: needs a value", self.at + 1)
                mine = name == "owner" and word == ME and self.me
                values.append(Value(self.me.casefold(), True) if mine and self.me else Value(word))
            if self.at >= len(self.text) or self.text[self.at] != ",":
                break
            self.at += 1
        if name != "is":
            return Field(name, tuple(values))
        options = tuple(_state(value.text, at) for value, at in zip(values, places, strict=True))
        return options[0] if len(options) == 1 else AnyOf(tuple(Query((o,)) for o in options))


def _state(name: str, at: int) -> Leaf | Query:
    if name in STATES:
        return State(name)
    if name in _ALONE:
        return _ALONE[name]
    raise QueryError(f"is: has no {name}: use {', '.join(IS)}", at + 1)


def _date(name: str, value: str, start: int) -> str:
    try:
        # A saved filter is read on other days too: none may lead off the calendar.
        for today in (FIRST_DAY, LAST_DAY):
            read_day(value, today)
    except ValueError:
        raise QueryError(f"{name}: give a date: {WORDS}", start + 1) from None
    return value
