"""Judge the method on streams that it has not seen, or fit its weights to those of training."""

from __future__ import annotations

import argparse

from bench.streams.judge import Way, calibration, table, tell_all
from bench.streams.weights import weights

TRAINING, UNSEEN = (1_000, 2_000, 7_000), (80_000,)
"""The first seeds of either."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--cases", type=int, default=120, help="seeds of each kind [120]")
    parser.add_argument("--first", type=int, nargs="+", help="the first seeds, of so many each")
    parser.add_argument("--weights", action="store_true", help="fit the weights instead")
    asked = parser.parse_args()
    first = asked.first or (TRAINING if asked.weights else UNSEEN)
    seeds = [begin + n for begin in first for n in range(asked.cases)]
    spans = ", ".join(f"{begin} to {begin + asked.cases - 1}" for begin in first)
    told, dropped = tell_all(seeds)
    for way in Way:
        if asked.weights:  # a stream is weighed by how its work seems to be begun
            every = [each for mine in told.values() for each in mine if each.way is way]
            print(way.name, "=", tuple(weights(every)))
        else:
            print(f"\nWork {way} (seeds {spans})\n")
            print(table(told[way], dropped))
            print(f"\n{calibration(told[way])}")


if __name__ == "__main__":
    main()
