"""Reads the conditions of an expression: what joins them, what goes through lists, and the leaves.

The engine says no more than true or false. To say why, each condition is looked at by itself; what
a leaf gives is still left to the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from vsm.model.control.expression import METHODS, Token, read_tokens

_COMPARING = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_ENDING = frozenset(("&&", "||", "?", ":", ","))


class Join(StrEnum):
    """How a condition is made of others, or that it is a leaf."""

    ALL = "&&"
    ANY = "||"
    NOT = "!"
    CHOICE = "?"
    EVERY = "all"
    """A condition on every element of a list."""
    SOME = "exists"
    """A condition on at least one element of a list."""
    LEAF = ""


@dataclass(frozen=True, slots=True)
class Side:
    """A value in a leaf: its text, and the path that it is, as written (``a.by``); of ``size`` the
    path within.
    """

    text: str
    path: str = ""
    is_size: bool = False
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with its parts.

    A leaf compares ``sides`` by an ``operator``; that is ``has``, the name of a method, or empty
    where one side is all of it. Of EVERY and SOME the side is the list, ``variable`` its element.
    """

    join: Join
    text: str
    parts: tuple[Condition, ...] = ()
    operator: str = ""
    sides: tuple[Side, ...] = ()
    variable: str = ""
    names: frozenset[str] = field(default=frozenset(), compare=False)
    """The names that it begins paths with, and those right below ``change`` (``change.key``)."""


class UnreadableError(ValueError):
    """An expression whose conditions cannot be told apart."""


@lru_cache(maxsize=256)
def read_condition(source: str) -> Condition:
    """The conditions of an expression; raises :class:`UnreadableError`."""
    tokens = [token for token in read_tokens(source) if token.kind != "end"]
    return _Reader(source, tokens).whole()


@dataclass(slots=True)
class _Reader:
    source: str
    tokens: list[Token]
    place: int = 0

    def whole(self) -> Condition:
        made = self.choice()
        if self.place != len(self.tokens):
            raise UnreadableError(self.source)
        return made

    def next_is(self, *signs: str) -> bool:
        """Whether one of these signs is next."""
        if self.place >= len(self.tokens):
            return False
        token = self.tokens[self.place]
        return token.kind != "text" and token.text in signs

    def skip(self, sign: str) -> bool:
        if self.next_is(sign):
            self.place += 1
            return True
        return False

    def text(self, start: int, end: int) -> str:
        last = self.tokens[end - 1]
        return self.source[self.tokens[start].at : last.at + len(last.text)]

    def choice(self) -> Condition:
        start, made = self.place, self.joined(Join.ANY)
        if not self.skip("?"):
            return made
        first = self.choice()
        if not self.skip(":"):
            raise UnreadableError(self.source)
        parts = (made, first, self.choice())
        return Condition(Join.CHOICE, self.text(start, self.place), parts)

    def joined(self, join: Join) -> Condition:
        start, parts = self.place, []
        while True:
            parts.append(self.joined(Join.ALL) if join is Join.ANY else self.relation())
            if not self.skip(join.value):
                break
        if len(parts) == 1:
            return parts[0]
        return Condition(join, self.text(start, self.place), tuple(parts))

    def relation(self) -> Condition:
        start = self.place
        self.operand()
        end = self.place
        if not self.next_is(*_COMPARING):
            return self.single(start, end)
        operator = self.tokens[end].text
        self.place += 1
        second = self.place
        self.operand()
        if self.next_is(*_COMPARING):
            raise UnreadableError(self.source)
        sides = (self.side(start, end), self.side(second, self.place))
        return self.leaf(start, self.place, operator, sides)

    def operand(self) -> None:
        """Go past a value: up to what compares or joins, outside of brackets."""
        start, depth = self.place, 0
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            if token.kind == "sign" and token.text in ("(", "["):
                depth += 1
            elif token.kind == "sign" and token.text in (")", "]"):
                if not depth:
                    break
                depth -= 1
            elif not depth and (self.next_is(*_ENDING) or self.next_is(*_COMPARING)):
                break
            self.place += 1
        if self.place == start:
            raise UnreadableError(self.source)

    def single(self, start: int, end: int) -> Condition:
        """A condition without a comparison."""
        tokens = self.tokens[start:end]
        if tokens[0].text == "!" and tokens[0].kind == "sign":
            parts = (self.single(start + 1, end),)
            return Condition(Join.NOT, self.text(start, end), parts)
        opening = self.opening(start, end)
        if opening == start:
            return self.within(start + 1, end - 1)
        if opening is None:
            return self.leaf(start, end, "", (self.side(start, end),))
        name = self.tokens[opening - 1].text
        path = self.path(start, opening - 2) if opening - start > 2 else ""
        if name in (Join.EVERY, Join.SOME) and path:
            parts = (self.within(opening + 3, end - 1),)
            sides = (Side(path, path),)
            variable = self.tokens[opening + 1].text
            return Condition(
                Join(name), self.text(start, end), parts, sides=sides, variable=variable
            )
        if name == "has" and opening == start + 1:
            sides = (self.side(opening + 1, end - 1),)
            return self.leaf(start, end, "has", sides)
        if path and name in METHODS:
            argument = self.text(opening + 1, end - 1) if end - opening > 2 else ""
            return self.leaf(start, end, name, (Side(path, path), Side(argument)))
        return self.leaf(start, end, "", (self.side(start, end),))

    def opening(self, start: int, end: int) -> int | None:
        """Where the bracket opens that the last token closes; ``None``: it closes none."""
        if self.tokens[end - 1].text != ")" or self.tokens[end - 1].kind != "sign":
            return None
        depth = 0
        for place in range(end - 1, start - 1, -1):
            token = self.tokens[place]
            if token.kind == "sign":
                depth += (token.text in (")", "]")) - (token.text in ("(", "["))
            if not depth:
                return place
        return None

    def within(self, start: int, end: int) -> Condition:
        """The condition between two places."""
        if start >= end:
            raise UnreadableError(self.source)
        return _Reader(self.source, self.tokens[start:end]).whole()

    def path(self, start: int, end: int) -> str:
        """Names joined by points; empty where anything else stands there."""
        tokens = self.tokens[start:end]
        is_path = bool(tokens) and all(
            token.kind == "name" if n % 2 == 0 else token.text == "."
            for n, token in enumerate(tokens)
        )
        return "".join(token.text for token in tokens) if is_path and len(tokens) % 2 else ""

    def side(self, start: int, end: int) -> Side:
        text, tokens = self.text(start, end), self.tokens[start:end]
        if all(t.kind in ("text", "number") or t.text in ("-", "[", "]", ",") for t in tokens):
            return Side(text, is_literal=True)
        if len(tokens) == 1 and text in ("true", "false", "null"):
            return Side(text, is_literal=True)
        if path := self.path(start, end):
            return Side(text, path)
        if tokens[0].text == "size" and self.opening(start, end) == start + 1:
            return Side(text, self.path(start + 2, end - 1), is_size=True)
        if tokens[-3].text == "size" and self.opening(start, end) == end - 2:
            return Side(text, self.path(start, end - 4), is_size=True)
        return Side(text)

    def leaf(self, start: int, end: int, operator: str, sides: tuple[Side, ...]) -> Condition:
        names: set[str] = set()
        for place in range(start, end):
            token = self.tokens[place]
            before = self.tokens[place - 1].text if place > start else ""
            after = [token.text for token in self.tokens[place + 1 : place + 3]]
            if token.kind == "name" and before != "." and after[:1] != ["("]:
                names.add(token.text)
                if token.text == "change" and len(after) == 2:
                    names.add(f"change.{after[1]}")
        text = self.text(start, end)
        return Condition(Join.LEAF, text, operator=operator, sides=sides, names=frozenset(names))
