"""The page of promises: what vsm promises, and the tests that hold it to it.

Tests say which promise they hold by ``pytest.mark.promise(N)``, on themselves or on their module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PROMISES = {
    1: "Every change that was acknowledged is in the journal, once, however many write at once.",
    2: "A move of an item that somebody has moved meanwhile is refused, and says who and whereto.",
    3: "A change is there as a whole or not at all, even when the process is killed during it.",
    4: "An import is there as a whole or not at all, and the same file again changes nothing.",
    5: "The tables always equal a replay of the journal.",
    6: "Undo takes back one's own last change, and is refused where others have changed the item.",
    7: "A full disk corrupts nothing: it is said, reading goes on, and writing once there is room.",
    8: "Who may only read sees the board and is told why nothing can be changed.",
    9: "A damaged or foreign file is refused before anything is written, and never made anew.",
    10: "An older file is upgraded once, after a backup, or stays; a newer one is refused.",
    11: "A backup that was made under load restores to exactly what it was.",
    12: "A locked database does not freeze the screen, and no change is queued silently.",
    13: "On a network file system the database is read and never written.",
    14: "Clocks that differ do no harm: the journal has the order, impossible times are flagged.",
    15: "Days are those of the stream's zone, also over clock changes, on every machine alike.",
    16: "A board that stays open does not make the write-ahead log grow.",
    17: "A journal that was changed by other means is noticed, its first wrong entry named.",
    18: "An export that is killed leaves the old file whole.",
    19: "Text from outside never acts on a terminal, nor as a formula in a spreadsheet.",
    20: "A served session reaches nothing but the board: no shell, file, process or forwarding.",
    21: "Presence never delays a change: its file can be locked, damaged or deleted.",
    22: "A role that is taken away binds at the next command of a session that is open.",
    23: "Two sessions of one person do not undo each other's changes.",
    24: "A change that waits in vain for the lock says who holds it, where, and since when.",
    25: "With a journal server nothing acknowledged is lost, whichever process is killed.",
    26: "A journal server that is away or has another history is told, and nothing is queued.",
}
"""The promises by number."""

HEAD = """\
# Promises

Made from `scripts/promises.py` and the marks of the tests (`pytest.mark.promise`) by `make docs`;
do not edit. Each test makes the fault happen: with processes that are killed, signals, full disks,
files that are changed.

| | promise | tests |
| --- | --- | --- |
"""


def promises_page() -> str:
    """The page; raises ``SystemExit`` where a promise has no test, or a test no promise."""
    tests = find_tests(ROOT / "tests")
    unknown = sorted(tests.keys() - PROMISES.keys())
    bare = sorted(PROMISES.keys() - tests.keys())
    if unknown or bare:
        raise SystemExit(f"promises without a test: {bare}; marks of no promise: {unknown}")
    lines = [HEAD.rstrip("\n")]
    for number, promise in PROMISES.items():
        links = [_link(path, names) for path, names in tests[number].items()]
        lines.append(f"| {number} | {promise} | {'<br>'.join(links)} |")
    return "\n".join(lines) + "\n"


def _link(path: Path, names: list[str]) -> str:
    """A file of tests, and which of them where it is not all."""
    some = "".join(f" `{name}`" for name in names)
    return f"[{path.name}](../{path.relative_to(ROOT)}){some}"


def find_tests(folder: Path) -> dict[int, dict[Path, list[str]]]:
    """Which files hold each promise, and which of their tests where it is not all."""
    out: dict[int, dict[Path, list[str]]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if _is_mark(node):
                for number in _numbers(node):
                    out.setdefault(number, {})[path] = []
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for number in (n for mark in node.decorator_list for n in _numbers(mark)):
                    out.setdefault(number, {}).setdefault(path, []).append(node.name)
    return out


def _is_mark(node: ast.stmt) -> bool:
    """Whether a statement marks all tests of its module."""
    return isinstance(node, ast.Assign) and [
        target.id for target in node.targets if isinstance(target, ast.Name)
    ] == ["pytestmark"]


def _numbers(node: ast.AST) -> Iterator[int]:
    """The numbers of promises that are marked within a node."""
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "promise"
        ):
            yield from (
                arg.value
                for arg in call.args
                if isinstance(arg, ast.Constant) and isinstance(arg.value, int)
            )
