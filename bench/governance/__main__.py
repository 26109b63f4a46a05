"""Prints evaluations a second and what 20 controls add to a move, beside their goals."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.governance.speed import CONTROLS, GOAL_A_SECOND, GOAL_RATIO, measure


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.governance", description=__doc__)
    parser.add_argument("--items", type=int, default=60, help="items that are moved [60]")
    parser.add_argument("--seconds", type=float, default=3.0, help="of evaluating [3]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vsm-bench-") as folder:
        speed = measure(Path(folder), options.items, options.seconds)
    print(f"evaluations a second               {speed.evaluations:8,.0f}  (goal {GOAL_A_SECOND:,})")
    print(f"a move without controls            {speed.plain_ms:8.2f} ms")
    for what, taken in (("4 check it", speed.some_ms), ("all do", speed.every_ms)):
        ratio = taken / speed.plain_ms
        print(f"{CONTROLS} on, {what:<30} {taken:8.2f} ms, {ratio:.2f} x  (goal {GOAL_RATIO} x)")


if __name__ == "__main__":
    main()
