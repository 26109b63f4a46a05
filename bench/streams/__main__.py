"""Judge the method on streams that it has not seen, or fit its weights to those of training."""

from __future__ import annotations

import argparse

from bench.streams.judge import calibration, table, tell_all
from bench.streams.weights import weights

TRAINING, UNSEEN = 1_000, 5_000
"""The first seeds of either."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--cases", type=int, default=60, help="seeds of each kind [60]")
    parser.add_argument("--first", type=int, help=f"the first seed [{UNSEEN}, or {TRAINING}]")
    parser.add_argument("--weights", action="store_true", help="fit the weights instead")
    asked = parser.parse_args()
    first = asked.first or (TRAINING if asked.weights else UNSEEN)
    for spoilt in (False, True):
        told, dropped = tell_all(range(first, first + asked.cases), spoilt)
        what = "as people kept them: days, late, 4 % left lying" if spoilt else "as they happened"
        print(f"\nMoves {what} (seeds {first} to {first + asked.cases - 1})\n")
        if asked.weights:
            print("COARSE" if spoilt else "FINE", "=", tuple(weights(told)))
            continue
        print(table(told, dropped))
        print(f"\n{calibration(told)}")


if __name__ == "__main__":
    main()
