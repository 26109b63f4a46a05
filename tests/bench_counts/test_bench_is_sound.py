"""The benchmarks measure what they say: the made-up history, the terminal, the table."""

from __future__ import annotations

import json
import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from bench import generate
from bench.figure import Figure, at_least, at_most, percentile, ratio, table
from bench.terminal import Terminal


def test_a_generated_history_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    assert generate.write(one, items=300) == generate.write(two, items=300)
    generate.write(other, items=300, seed=7)
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_a_generated_history_has_the_moves_asked_for_and_hangs_together(tmp_path: Path) -> None:
    path = tmp_path / "issues.jsonl"
    assert generate.write(path, moves=9_000) == 9_000
    issues = [json.loads(line) for line in path.read_text().splitlines()]
    assert sum(issue["changelog"]["total"] for issue in issues) == 9_000
    assert 6 < 9_000 / len(issues) < 9
    back = 0
    for issue in issues:
        log = issue["changelog"]["histories"]
        stays = [change["items"][0] for change in log]
        for before, after in pairwise(stays):
            assert before["toString"] == after["fromString"]
        moments = [issue["fields"]["created"], *(change["created"] for change in log)]
        assert moments == sorted(moments)
        now = stays[-1]["toString"] if stays else "Backlog"
        assert issue["fields"]["status"]["name"] == now
        back += sum(int(s["to"]) < int(s["from"]) for s in stays)
    assert back > 100
    assert {issue["fields"]["status"]["name"] for issue in issues} == set(generate.STAGES)


PROGRAM = """
import sys, termios, tty
tty.setraw(0, termios.TCSANOW)
sys.stdout.write("\\x1b[?2026$p"); sys.stdout.flush()
answer = sys.stdin.read(len("\\x1b[?2026;2$y"))
sys.stdout.write("\\x1b[H\\x1b[>1uready " + repr(answer)); sys.stdout.flush()
while (key := sys.stdin.read(1)) != "q":
    sys.stdout.write("\\x1b[2;1H" + key * 10); sys.stdout.flush()
"""


def test_the_terminal_answers_times_keys_and_shows_the_screen() -> None:
    with Terminal([sys.executable, "-c", PROGRAM], dict(os.environ)) as terminal:
        terminal.settle(0.2)
        assert terminal.text().startswith("ready '\\x1b[?2026;2$y'")
        assert 0 < terminal.full_at() <= terminal.chunks[-1][0] - terminal.began
        seconds, count = terminal.answer("x")
        assert seconds > 0
        assert count == len("\x1b[2;1H") + 10
        assert terminal.text().splitlines()[1].startswith("xxxxxxxxxx ")
        assert terminal.memory() > 1_000_000
        assert terminal.cpu() > 0
        with pytest.raises(EOFError, match="'q'"):
            terminal.answer("q")


def test_a_key_without_an_answer_is_told_with_the_screen() -> None:
    argv = [sys.executable, "-c", "import tty, time; tty.setraw(0); print('deaf'); input()"]
    with Terminal(argv, dict(os.environ)) as terminal:
        terminal.settle(0.2)
        with pytest.raises(TimeoutError, match=r"(?s)nothing came back for 'x'.*deaf"):
            terminal.answer("x", limit=0.2)


def test_figures_hold_or_do_not() -> None:
    assert at_most("a", 1.0, 1, "×").holds
    assert not at_most("a", 1.01, 1, "×").holds
    assert at_least("a", 0.25, 0.25, "×").holds
    assert percentile([3, 1, 2, 4], 50) == 2
    assert percentile([3, 1, 2, 4], 95) == 4
    assert ratio([2, 4, 9], [1, 2, 3]) == 2
    lines = table([at_most("speed", 2, 1, "×"), Figure("size", "", "1 MiB")]).splitlines()
    assert lines[2].split() == ["speed", "≤", "1", "×", "2.00", "×", "DOES", "NOT", "HOLD"]
    assert lines[3].split() == ["size", "1", "MiB", "-"]
