"""Reads which facts a CEL expression names, and what may make it costly.

The engine does not say it: it stops at the first missing fact, or not at all where another side of
``||`` decides. So the names are read from the text, and an expression from whose text they cannot
be read is refused. What remains is CEL; whether it is correct the engine decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vsm.model.control.fact_list import FACTS, LISTS, PARENTS

SOURCE_MAX = 4096
"""Most bytes of an expression."""
NESTING_MAX = 3
"""Most macros (``all``, ``exists`` …) inside each other."""
BRACKETS_MAX = 40
"""Most brackets inside each other."""
ELEMENTS_MAX = 100
"""Most elements of a list that is written out."""

MACROS = frozenset(("all", "exists", "exists_one", "filter", "map"))
METHODS = frozenset(
    (
        *("size", "contains", "startsWith", "endsWith", "matches"),
        *("getFullYear", "getMonth", "getDate", "getDayOfWeek", "getHours", "getMinutes"),
    )
)
FUNCTIONS = frozenset(
    ("size", "timestamp", "duration", "string", "int", "double", "has", "matches", "type")
)
_WORDS = frozenset(("true", "false", "null", "in"))
_ROOTS = ("change", "now", "stream")

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>[rRbB]{0,2}(?:\"{3}(?s:.*?)\"{3}|'{3}(?s:.*?)'{3}
        |"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[uU]?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE,
)


class ExpressionError(ValueError):
    """An expression that cannot be used: what is wrong, in which line and column, what to do."""

    def __init__(self, message: str, line: int, column: int, remedy: str = "") -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Names:
    """The facts that an expression names.

    ``needed`` have to be known for a verdict; ``asked`` stand under ``has()``. ``loops`` are the
    lists that macros go through, the outer one first, with ``""`` for a list made on the way.
    """

    needed: frozenset[str]
    asked: frozenset[str]
    loops: frozenset[tuple[str, ...]]
    tops: frozenset[str]
    """The names right below ``change`` that it names."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_OPAQUE = ""
"""In place of a path: a value that is no fact."""

Scope = Mapping[str, str]
"""What names of macros stand for: the path of an element."""


@dataclass(slots=True)
class _Reader:
    """Walks over the tokens once."""

    source: str
    tokens: list[_Token]
    place: int = 0
    needed: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    loops: set[tuple[str, ...]] = field(default_factory=set)
    under_has: bool = False

    def error(self, message: str, at: int, remedy: str = "") -> ExpressionError:
        line, column = position(self.source, at)
        return ExpressionError(message, line, column, remedy)

    def peek(self) -> _Token:
        return self.tokens[self.place]

    def take(self) -> _Token:
        token = self.tokens[self.place]
        self.place += 1
        return token

    def skip(self, sign: str) -> bool:
        """Go past a sign if it is next."""
        if self.peek().text == sign and self.peek().kind == "sign":
            self.place += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise self.error(f"{sign!r} is missing", self.peek().at)

    def expressions(self, scope: Scope, loop: tuple[str, ...], closing: str) -> int:
        """Read up to a closing sign; gives how many expressions commas part."""
        count = 0
        is_empty = True
        while True:
            token = self.peek()
            if token.kind == "end":
                if closing:
                    raise self.error(f"{closing!r} is missing", token.at)
                return count + (not is_empty)
            if token.kind == "sign" and token.text == closing:
                self.place += 1
                return count + (not is_empty)
            if token.kind == "sign" and token.text in (")", "]"):
                raise self.error(f"{token.text!r} closes nothing", token.at)
            if token.kind == "sign" and token.text == ",":
                self.place += 1
                count += 1
                continue
            is_empty = False
            self.operand(scope, loop)

    def operand(self, scope: Scope, loop: tuple[str, ...]) -> None:
        token = self.take()
        if token.kind == "sign":
            if token.text == "(":
                self.expressions(scope, loop, ")")
                self.selections(_OPAQUE, token, scope, loop)
            elif token.text == "[":
                count = self.expressions(scope, loop, "]")
                if count > ELEMENTS_MAX:
                    message = f"the list has {count} elements"
                    raise self.error(message, token.at, f"{ELEMENTS_MAX} are allowed")
                self.selections(_OPAQUE, token, scope, loop)
            elif token.text == ".":
                raise self.error("'.' follows nothing", token.at)
            return
        if token.kind == "text":
            self.selections(_OPAQUE, token, scope, loop)
            return
        if token.kind != "name" or token.text in _WORDS:
            return
        if self.skip("("):
            self.call(token, scope, loop)
            return
        if token.text not in scope and token.text not in _ROOTS:
            close = nearest(token.text, (*_ROOTS, *scope))
            hint = f"did you mean {close}?" if close else f"facts begin with {', '.join(_ROOTS)}"
            raise self.error(f"{token.text!r} is no fact", token.at, hint)
        self.selections(scope.get(token.text, token.text), token, scope, loop)

    def call(self, name: _Token, scope: Scope, loop: tuple[str, ...]) -> None:
        if name.text not in FUNCTIONS:
            close = nearest(name.text, FUNCTIONS)
            remedy = f"did you mean {close}?" if close else f"use {', '.join(sorted(FUNCTIONS))}"
            raise self.error(f"there is no function {name.text!r}", name.at, remedy)
        if name.text == "has":
            self.under_has = True
            self.expressions(scope, loop, ")")
            self.under_has = False
        else:
            self.expressions(scope, loop, ")")
        self.selections(_OPAQUE, name, scope, loop)

    def selections(self, path: str, start: _Token, scope: Scope, loop: tuple[str, ...]) -> None:
        """Read what follows an operand: fields, places in lists, methods and macros."""
        is_called = False
        while True:
            if self.skip("["):
                inner = self.peek()
                self.expressions(scope, loop, "]")
                if inner.kind == "text" and path not in LISTS:
                    raise self.error("name the fact with a point, not in brackets", inner.at)
                if path in LISTS:
                    path = f"{path}[]"
                    continue
                if path != _OPAQUE:
                    self.need(path, inner.at)
                path = _OPAQUE
                continue
            if not self.skip("."):
                break
            name = self.take()
            if name.kind != "name":
                raise self.error("a name has to follow '.'", name.at)
            if self.skip("("):
                path = self.method(path, name, scope, loop)
                is_called = path == _OPAQUE
                continue
            if path == _OPAQUE:
                message = f"{name.text!r} is chosen from something that is no fact"
                raise self.error(message, name.at, "name the fact itself, such as change.owner")
            path = self.known(f"{path}.{name.text}", name)
        if path != _OPAQUE and not is_called:
            self.need(path, start.at)

    def known(self, path: str, name: _Token) -> str:
        if path in FACTS or path in PARENTS:
            return path
        if path.rpartition(".")[0] in LISTS:
            message = f"{path} is chosen from a list"
            listed = path.rpartition(".")[0]
            raise self.error(message, name.at, f"go through it: {listed}.exists(x, x.{name.text})")
        close = nearest(path, (*FACTS, *PARENTS))
        hint = f"did you mean {close}?" if close else "vsm gov facts lists them"
        raise self.error(f"there is no fact {path}", name.at, hint)

    def need(self, path: str, at: int) -> None:
        """Note that a fact is named."""
        if self.under_has:
            self.asked.add(path)
        elif path in PARENTS and path not in LISTS:
            raise self.error(f"{path} is no single fact", at, "name a fact in it")
        else:
            self.needed.add(path)

    def method(self, path: str, name: _Token, scope: Scope, loop: tuple[str, ...]) -> str:
        """Read a method or a macro on a path; gives the path of its result."""
        if name.text not in MACROS:
            if name.text not in METHODS:
                close = nearest(name.text, (*METHODS, *MACROS))
                remedy = f"did you mean {close}?" if close else ""
                raise self.error(f"there is no method {name.text!r}", name.at, remedy)
            if path != _OPAQUE:
                self.need(path, name.at)
            self.expressions(scope, loop, ")")
            return _OPAQUE
        inside = (*loop, path)
        if len(inside) > NESTING_MAX:
            message = f"more than {NESTING_MAX} macros are inside each other"
            raise self.error(message, name.at, "split it into several controls")
        if path != _OPAQUE:
            self.need(path, name.at)
        variable = self.take()
        if variable.kind != "name" or variable.text in (*_WORDS, *_ROOTS, *scope):
            raise self.error(f"{name.text} needs a new name first", variable.at, "such as: x, x.at")
        self.expect(",")
        self.loops.add(inside)
        element = f"{path}[]" if path in LISTS else _OPAQUE
        self.expressions({**scope, variable.text: element}, inside, ")")
        return path if name.text == "filter" else _OPAQUE


def read_names(source: str) -> Names:
    """The facts that an expression names; raises :class:`ExpressionError`."""
    size = len(source.encode())
    if size > SOURCE_MAX:
        remedy = f"{SOURCE_MAX} are allowed: split it into several controls"
        raise ExpressionError(f"the check has {size} bytes", 1, 1, remedy)
    reader = _Reader(source, list(_tokens(source)))
    if reader.peek().kind == "end":
        raise ExpressionError("the check is empty", 1, 1, "such as: size(change.approvals) > 0")
    _check_brackets(source, reader.tokens)
    reader.expressions({}, (), "")
    asked = frozenset(reader.asked)
    needed = frozenset(reader.needed - asked)
    paths = [path.split(".") for path in (*needed, *asked)]
    tops = frozenset(path[1].removesuffix("[]") for path in paths if path[0] == "change")
    return Names(needed, asked, frozenset(reader.loops), tops)


def _check_brackets(source: str, tokens: Iterable[_Token]) -> None:
    """Refuse brackets that are nested so deeply that reading them would end the process."""
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
        if depth > BRACKETS_MAX:
            line, column = position(source, token.at)
            message = f"more than {BRACKETS_MAX} brackets are inside each other"
            raise ExpressionError(message, line, column, "split it into several controls")


def _tokens(source: str) -> Iterator[_Token]:
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            line, column = position(source, place)
            raise ExpressionError(f"{source[place]!r} cannot stand here", line, column)
        if match.lastgroup != "space":
            yield _Token(match.lastgroup or "", match.group(), place)
        place = match.end()
    yield _Token("end", "", place)


def position(source: str, at: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1 on."""
    before = source[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def nearest(text: str, names: Iterable[str]) -> str:
    """The name that a text may have meant; empty where none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, list(names), n=1, cutoff=0.6)), "")
