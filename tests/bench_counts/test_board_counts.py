"""Limits on the cost of the board, in counts: modules at the first paint, bytes per key, at rest.

A full board is 120 × 40 cells; the limits are the goals of bench/.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from statistics import median

from bench.terminal import Terminal

NEVER = {"networkx", "numpy", "pandas", "scipy", "sqlite_utils"}
AFTER_THE_PAINT = {"pydantic"}

WATCH = """
import os, runpy, sys
def watch(event, arguments):
    if event == "import" and "." not in arguments[0]:
        os.write(1, f"\\33]7777;{arguments[0]}\\7".encode())
sys.addaudithook(watch)
sys.argv[:] = ["vsm", *sys.argv[1:]]
runpy.run_module("vsm", run_name="__main__")
"""
"""Runs vsm and writes the name of each package between what it paints, as its import begins."""


PACE = 1.5
"""Seconds after which the cards show their ages against the pace: a paint of its own, once."""


def answers(board: Terminal, *keys: str) -> list[int]:
    """Bytes that each key brings, with what follows from the watch for changes."""
    board.settle(PACE)
    return [board.answer(key, quiet=0.5)[1] for key in keys]


def test_the_first_paint_imports_nothing_heavy(history: Path, env: dict[str, str]) -> None:
    argv = [sys.executable, "-c", WATCH, "--db", str(history)]
    with Terminal(argv, env) as terminal:
        terminal.settle(0.5)
        stream = b"".join(data for _, data in terminal.chunks)
    painted = stream.index(b"SYN-")
    before, after = (
        {name.decode() for name in re.findall(rb"\x1b\]7777;(\w+)\x07", part)}
        for part in (stream[:painted], stream[painted:])
    )
    assert "textual" in before
    assert not (before | after) & NEVER
    assert not before & AFTER_THE_PAINT


def test_a_cursor_key_costs_at_most_a_kilobyte(board: Terminal) -> None:
    assert max(answers(board, "down", "down", "up", "down")) <= 1_000


def test_a_page_of_a_column_costs_at_most_five_kilobytes(board: Terminal) -> None:
    assert max(answers(board, "pagedown", "pagedown", "pageup")) <= 5_000


def test_a_move_costs_at_most_ten_kilobytes(board: Terminal) -> None:
    assert median(answers(board, "L", "H", "L", "H")) <= 10_000


def test_a_board_at_rest_writes_nothing(board: Terminal) -> None:
    board.settle(PACE)
    before = board.written
    board.rest(3)
    assert board.written == before
