"""Keeps old words out of names, first lines and texts; says which word to use instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NAMES = {
    "told": "what it is: fit, verdict, report, entry, text",
    "found": "what was looked for: match, matches, rows",
    "each": "one of what is iterated over: item, stage, row",
    "here": "what is meant: mask, position, current",
    "wanted": "expected, requested or required",
    "stated": "declared, or what it is: values, events",
    "aside": "outliers",
    "given": "what it is: values, arguments, option",
    "lying": "outliers",
    "in_turn": "fifo",
    "formerly": "renamed_from",
    "travelled": "as_of_changed",
    "my_turn": "write_lock",
}
"""Names that nothing may be bound to, each with what to call it instead."""

OPENING = re.compile(r"(What|Who|Where|How|When)\b")
"""How no docstring of a module may begin: say what it contains, in a plain sentence."""

PHRASES = {
    r"parallel places?\b": "parallel slots (on screens), parallel servers (in code)",
    r"\bset aside\b": "outliers ignored",
    r"can flow is bounded": "X caps throughput at N items a week",
    r"\bdays each\b": "service time",
    r"whoever has time": "swarm on X",
    r"what blocks most": "top blocker",
    r"had been by there": "older than p95 for this stage",
    r"\bis noise\b": "natural process limits",
    r"of its conditions": "assumptions not met",
    r"where time goes": "flow efficiency",
    r"kinds of work": "work mix",
    r"go in all the same": "reason for exceeding the limit",
    r"leave it as it is|\bgo on, with": "Enter: confirm · Esc: cancel",
    r"what is to be done": "title",
    r"nobody yet": "unassigned",
    r"none empties it": '"none" clears',
    r"nothing is called that": "no match",
    r"\btake it away\b": "remove",
    r"\bturn round\b": "reverse",
    r"past, which cannot be changed": "read-only: viewing DATE",
    r"no file that is recognised": "unknown file format",
    r"otherwise than it stands": "adjusted on import",
    r"become its owner": "assign to me / unassign",
    r"who waits for whom": "dependencies between teams",
    r"^ %$|\d %(?![a-z(])": "a percentage without a space, as in 93%",
}
"""Phrases (regular expressions) that no string may contain, each with what to write instead."""


def name(path: Path) -> str:
    """The path of a file as messages write it."""
    return path.relative_to(ROOT).as_posix()


def sources() -> list[Path]:
    """All modules that are held to plain words, apart from this one, which lists the old ones."""
    folders = ("vsm", "bench", "scripts", "tests")
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [path for path in paths if path != Path(__file__).resolve()]


def bindings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a module binds, with its line."""
    for node in ast.walk(module):
        match node:
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.arg():
                yield node.lineno, node.arg
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.ExceptHandler(name=str(bound)) | ast.MatchAs(name=str(bound)):
                yield node.lineno, bound
            case ast.MatchStar(name=str(bound)) | ast.MatchMapping(rest=str(bound)):
                yield node.lineno, bound
            case ast.Import() | ast.ImportFrom():  # without "as" others chose the name
                yield from ((node.lineno, alias.asname) for alias in node.names if alias.asname)


def strings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text in a module, docstrings too, with its line; line breaks count as spaces."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value if node.value == " %" else " ".join(node.value.split())


@cache
def old_words(path: Path) -> tuple[str, ...]:
    """The old words in a module, each with its place and the word to use instead."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    lines = [
        f"{name(path)}:{line}: the name {bound!r}; use {NAMES[bound.lower()]}"
        for line, bound in bindings(module)
        if bound.lower() in NAMES
    ]
    opening = OPENING.match(ast.get_docstring(module) or "")
    if opening:
        lines.append(
            f"{name(path)}:1: the docstring begins with {opening[0]!r}; say what the module"
            " contains in a plain sentence"
        )
    for line, text in strings(module):
        for phrase, plain in PHRASES.items():
            if hit := re.search(phrase, text, re.IGNORECASE):
                lines.append(f"{name(path)}:{line}: the phrase {hit[0]!r}; write {plain}")
    return tuple(lines)


def test_old_words_stay_out() -> None:
    lines = [line for path in sources() for line in old_words(path)]
    assert not lines, "\n".join(lines)


def test_every_kind_of_binding_is_seen() -> None:
    module = ast.parse(
        "import a as b\nc: int = 1\nfor d in (e := []): pass\nwith b as f: pass\n"
        "def g(h, *i, j=1, **k): l.m = [n for n in o]\nclass P: pass\n"
        "try: pass\nexcept q as r: pass\n"
        "match s:\n    case [t, *u]: pass\n    case {1: v, **w}: pass\n"
    )
    assert {bound for _, bound in bindings(module)} == set("bcdefghijkmnPrtuvw")
