"""Reads which facts a CEL expression names, and what may make it costly.

The engine does not say it: it stops at the first missing fact, or not at all where another side of
``||`` decides. So the names are read from the text, and an expression from whose text they cannot
be read is refused. What remains is CEL; whether it is correct the engine decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vsm.model.control.cost import Costs, Loop, is_list, list_weights, pattern_steps
from vsm.model.control.fact_list import FACTS, LISTS, PARENTS, FactType

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
_TEXTUAL = frozenset(("string", "type", "filter", "map"))
"""Functions and macros that may give a text or a list; all others give what cannot grow."""
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

    ``needed`` have to be known for a verdict; ``asked`` stand under ``has()``. ``costs`` are what
    evaluating it takes.
    """

    needed: frozenset[str]
    asked: frozenset[str]
    costs: Costs
    tops: frozenset[str]
    """The names right below ``change`` that it names."""
    is_of_stream: bool
    """Whether it names a fact of the stream."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign of an expression: its kind, and where in the text it begins."""

    kind: str
    text: str
    at: int


_OPAQUE = ""
"""In place of a path: a value that is no fact."""

_PATTERN = "such as: change.key.matches(r'^PAY-')"

Scope = Mapping[str, str]
"""What names of macros stand for: the path of an element."""


@dataclass(slots=True)
class _Reader:
    """Walks over the tokens once."""

    source: str
    tokens: list[Token]
    place: int = 0
    needed: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    costs: Counter[Loop] = field(default_factory=Counter)
    under_has: bool = False
    depth: int = 0
    """Macros that the place is inside of."""

    def error(self, message: str, at: int, remedy: str = "") -> ExpressionError:
        line, column = position(self.source, at)
        return ExpressionError(message, line, column, remedy)

    def peek(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
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

    def expressions(self, scope: Scope, loop: Loop, closing: str) -> list[bool]:
        """Read up to a closing sign; gives of each part between commas whether it is bounded."""
        parts: list[bool] = []
        is_empty = True
        last, plus = True, None
        while True:
            token = self.peek()
            if token.kind == "end" and closing:
                raise self.error(f"{closing!r} is missing", token.at)
            if token.kind == "end" or (token.kind == "sign" and token.text == closing):
                self.place += token.kind != "end"
                return parts
            if token.kind == "sign" and token.text in (")", "]"):
                raise self.error(f"{token.text!r} closes nothing", token.at)
            if token.kind == "sign" and token.text == ",":
                self.place += 1
                is_empty = True
                continue
            if is_empty:
                parts.append(True)
                is_empty = False
            is_bounded = self.operand(scope, loop)
            if is_bounded is None:
                plus = token if token.text == "+" else plus
                continue
            if plus is not None and not (last or is_bounded):
                message = "nothing bounds how long texts and lists get that are joined by '+'"
                remedy = "compare them one by one; '+' adds numbers and durations"
                raise self.error(message, plus.at, remedy)
            last, plus = is_bounded, None
            parts[-1] = parts[-1] and is_bounded

    def operand(self, scope: Scope, loop: Loop) -> bool | None:
        """Read an operand; gives whether it is bounded: neither text nor list. Of an operator
        ``None``.
        """
        token = self.take()
        if token.kind == "sign" and token.text not in ("(", "["):
            if token.text == ".":
                raise self.error("'.' follows nothing", token.at)
            return None
        if token.kind == "name" and token.text == "in":
            return None
        self.costs[loop] += 1
        if token.kind == "sign" and token.text == "(":
            parts = self.expressions(scope, loop, ")")
            return self.selections(_OPAQUE, token, scope, loop, is_bounded=all(parts))
        if token.kind == "sign":
            length = self.written_list(token, scope, loop)
            return self.selections(_OPAQUE, token, scope, loop, length=length)
        if token.kind == "text":
            return self.selections(_OPAQUE, token, scope, loop)
        if token.kind != "name" or token.text in _WORDS:
            return True
        if self.skip("("):
            return self.call(token, scope, loop)
        if token.text not in scope and token.text not in _ROOTS:
            close = nearest(token.text, (*_ROOTS, *scope))
            hint = f"did you mean {close}?" if close else f"facts begin with {', '.join(_ROOTS)}"
            raise self.error(f"{token.text!r} is no fact", token.at, hint)
        return self.selections(scope.get(token.text, token.text), token, scope, loop)

    def written_list(self, start: Token, scope: Scope, loop: Loop) -> int | None:
        """Read a list that is written out; gives its length where it holds plain values alone."""
        first = self.place
        count = len(self.expressions(scope, loop, "]"))
        if count > ELEMENTS_MAX:
            message = f"the list has {count} elements"
            raise self.error(message, start.at, f"{ELEMENTS_MAX} are allowed")
        inside = self.tokens[first : self.place - 1]
        is_plain = all(t.kind in ("text", "number") or t.text in (",", "-") for t in inside)
        return count if is_plain else None

    def call(self, name: Token, scope: Scope, loop: Loop) -> bool:
        if name.text not in FUNCTIONS:
            close = nearest(name.text, FUNCTIONS)
            remedy = f"did you mean {close}?" if close else f"use {', '.join(sorted(FUNCTIONS))}"
            raise self.error(f"there is no function {name.text!r}", name.at, remedy)
        self.under_has = name.text == "has"
        parts = self.expressions(scope, loop, ")")
        self.under_has = False
        if name.text == "matches":
            self.weigh_pattern(name, len(parts) == 2, loop)
        is_bounded = name.text not in _TEXTUAL
        return self.selections(_OPAQUE, name, scope, loop, is_bounded=is_bounded)

    def weigh_pattern(self, name: Token, is_complete: bool, loop: Loop) -> None:
        """Count the pattern of a match: the argument that was read last."""
        before, pattern = self.tokens[self.place - 3 : self.place - 1]
        if not is_complete or pattern.kind != "text" or before.text not in ("(", ","):
            raise self.error("the pattern of matches has to be written out", name.at, _PATTERN)
        quoted = pattern.text.lstrip("rRbB")
        is_raw = "r" in pattern.text.removesuffix(quoted).lower()
        if not is_raw and "\\" in pattern.text.replace("\\\\", ""):
            message = "a pattern with a backslash has to be raw text"
            raise self.error(message, pattern.at, _PATTERN)
        self.costs[loop] += pattern_steps(pattern.text)

    def selections(
        self,
        path: str,
        start: Token,
        scope: Scope,
        loop: Loop,
        *,
        is_bounded: bool = False,
        length: int | None = None,
    ) -> bool:
        """Read what follows an operand: fields, places in lists, methods and macros.

        ``length`` is that of a list that is written out. Gives whether the value is bounded.
        """
        is_called = False
        while True:
            if self.skip("["):
                inner = self.peek()
                self.expressions(scope, loop, "]")
                if inner.kind == "text" and path not in LISTS:
                    raise self.error("name the fact with a point, not in brackets", inner.at)
                self.weigh(path, loop)
                is_bounded, length = False, None
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
                path = self.method(path, name, scope, loop, length)
                is_called = path == _OPAQUE
                is_bounded, length = name.text not in _TEXTUAL, None
                continue
            if path == _OPAQUE:
                message = f"{name.text!r} is chosen from something that is no fact"
                raise self.error(message, name.at, "name the fact itself, such as change.owner")
            path = self.known(f"{path}.{name.text}", name)
        if path != _OPAQUE and not is_called:
            self.need(path, start.at)
            self.weigh(path, loop)
            is_bounded = path in FACTS and FACTS[path].type not in (FactType.TEXT, FactType.TEXTS)
        return is_bounded

    def weigh(self, path: str, loop: Loop) -> None:
        """Count what naming a list costs."""
        if is_list(path):
            for inner, steps in list_weights(path).items():
                above = (p for p in LISTS if inner.startswith(f"{p}[]") and p.startswith(path))
                self.costs[*loop, *sorted(above, key=len), inner] += steps

    def known(self, path: str, name: Token) -> str:
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

    def method(self, path: str, name: Token, scope: Scope, loop: Loop, length: int | None) -> str:
        """Read a method or a macro on a path; gives the path of its result."""
        self.costs[loop] += 1
        if name.text in MACROS:
            return self.macro(path, name, scope, loop, length)
        if name.text not in METHODS:
            close = nearest(name.text, (*METHODS, *MACROS))
            remedy = f"did you mean {close}?" if close else ""
            raise self.error(f"there is no method {name.text!r}", name.at, remedy)
        if path != _OPAQUE:
            self.need(path, name.at)
            self.weigh(path, loop)
        parts = self.expressions(scope, loop, ")")
        if name.text == "matches":
            self.weigh_pattern(name, len(parts) == 1, loop)
        return _OPAQUE

    def macro(self, path: str, name: Token, scope: Scope, loop: Loop, length: int | None) -> str:
        """Read a macro on a path, or on a list of a length; gives the path of its result."""
        if self.depth == NESTING_MAX:
            message = f"more than {NESTING_MAX} macros are inside each other"
            raise self.error(message, name.at, "split it into several controls")
        if path != _OPAQUE:
            self.need(path, name.at)
        if length is None and not is_list(path):
            message = f"nothing bounds the list that {name.text} goes through"
            remedy = "go through a fact: change.pull_requests.exists(p, p.id == '7')"
            raise self.error(message, name.at, remedy)
        variable = self.take()
        if variable.kind != "name" or variable.text in (*_WORDS, *_ROOTS, *scope):
            raise self.error(f"{name.text} needs a new name first", variable.at, "such as: x, x.at")
        self.expect(",")
        through = path if length is None else length
        inside = (*loop, through)
        self.weigh(path, inside if name.text == "filter" else loop)
        if name.text == "map":
            inside = (*inside, through)
        element = f"{path}[]" if path in LISTS else _OPAQUE
        self.depth += 1
        self.expressions({**scope, variable.text: element}, inside, ")")
        self.depth -= 1
        return path if name.text == "filter" else _OPAQUE


def read_names(source: str) -> Names:
    """The facts that an expression names; raises :class:`ExpressionError`."""
    size = len(source.encode())
    if size > SOURCE_MAX:
        remedy = f"{SOURCE_MAX} are allowed: split it into several controls"
        raise ExpressionError(f"the check has {size} bytes", 1, 1, remedy)
    reader = _Reader(source, list(read_tokens(source)))
    if reader.peek().kind == "end":
        raise ExpressionError("the check is empty", 1, 1, "such as: size(change.approvals) > 0")
    _check_brackets(source, reader.tokens)
    reader.expressions({}, (), "")
    asked = frozenset(reader.asked)
    needed = frozenset(reader.needed - asked)
    paths = [path.split(".") for path in (*needed, *asked)]
    tops = frozenset(path[1].removesuffix("[]") for path in paths if path[0] == "change")
    is_of_stream = any(path[0] == "stream" for path in paths)
    return Names(needed, asked, reader.costs, tops, is_of_stream)


def _check_brackets(source: str, tokens: Iterable[Token]) -> None:
    """Refuse brackets that are nested so deeply that reading them would end the process."""
    depth = 0
    for token in tokens:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
        if depth > BRACKETS_MAX:
            line, column = position(source, token.at)
            message = f"more than {BRACKETS_MAX} brackets are inside each other"
            raise ExpressionError(message, line, column, "split it into several controls")


def read_tokens(source: str) -> Iterator[Token]:
    """The tokens of an expression, the last one of the kind ``end``."""
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            line, column = position(source, place)
            raise ExpressionError(f"{source[place]!r} cannot stand here", line, column)
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match.group(), place)
        place = match.end()
    yield Token("end", "", place)


def position(source: str, at: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1 on."""
    before = source[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def nearest(text: str, names: Iterable[str]) -> str:
    """The name that a text may have meant; empty where none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, list(names), n=1, cutoff=0.6)), "")
