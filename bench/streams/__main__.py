"""Judges the method on unseen streams, or fits its weights to those of training."""

from __future__ import annotations

import argparse

from bench.streams.judge import Way, calibration, judge_all, table
from bench.streams.weights import fit_weights

TRAINING, UNSEEN = (1_000, 2_000, 7_000), (80_000,)
"""The first seeds of the streams for fitting and for judging: no stream is used for both."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--cases", type=int, default=120, help="seeds of each kind [120]")
    parser.add_argument("--first", type=int, nargs="+", help="the first seeds, of so many each")
    parser.add_argument("--weights", action="store_true", help="fit the weights instead")
    options = parser.parse_args()
    first = options.first or (TRAINING if options.weights else UNSEEN)
    seeds = [begin + n for begin in first for n in range(options.cases)]
    spans = ", ".join(f"{begin} to {begin + options.cases - 1}" for begin in first)
    by_way, dropped = judge_all(seeds)
    for way in Way:
        if options.weights:
            # A stream gets the weights of the way that is detected, so they are fitted by it too.
            detected = [case for cases in by_way.values() for case in cases if case.way is way]
            print(way.name, "=", tuple(fit_weights(detected)))
        else:
            print(f"\nWork {way} (seeds {spans})\n")
            print(table(by_way[way], dropped))
            print(f"\n{calibration(by_way[way])}")


if __name__ == "__main__":
    main()
