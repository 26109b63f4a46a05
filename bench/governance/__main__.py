"""Prints evaluations a second and what 20 controls add to a move, beside their goals."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.governance.speed import CONTROLS, GOAL_A_SECOND, GOAL_RATIO, measure

_ON = ("of which 4 check it", "all of which check it", "of which 4 check it by evidence")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.governance", description=__doc__)
    parser.add_argument("--items", type=int, default=60, help="items that are moved [60]")
    parser.add_argument("--seconds", type=float, default=3.0, help="of evaluating [3]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vsm-bench-") as folder:
        speed = measure(Path(folder), options.items, options.seconds)
    print(f"evaluations a second: {speed.evaluations:,.0f} (goal {GOAL_A_SECOND:,})")
    for what, times in (("move (processor time)", speed.moves), ("vsm item move", speed.commands)):
        plain, *gated = times
        print(f"{what}: without controls {plain:.2f} ms")
        for on, taken in zip(_ON, gated, strict=True):
            ratio = taken / plain
            print(f"{what}: {CONTROLS} on, {on} {taken:.2f} ms, {ratio:.2f} x (goal {GOAL_RATIO})")


if __name__ == "__main__":
    main()
