"""Judges the method on unseen streams, or fits its numbers to those of training."""

from __future__ import annotations

import argparse

from bench.streams.fit import fit_numbers
from bench.streams.judge import calibration, judge_all, table

TRAINING, UNSEEN = (3_000,), (93_000,)
"""The first seeds of the streams for fitting and for judging: no stream is used for both."""


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--cases", type=int, default=40, help="streams of each kind [40]")
    parser.add_argument("--first", type=int, nargs="+", help="the first seeds, of so many each")
    parser.add_argument("--fit", action="store_true", help="fit the numbers of the method instead")
    options = parser.parse_args()
    first = options.first or (TRAINING if options.fit else UNSEEN)
    cases, dropped = judge_all(first, options.cases)
    if options.fit:
        print(fit_numbers(cases))
        return
    spans = ", ".join(f"{begin} to {begin + options.cases - 1}" for begin in first)
    print(f"Seeds {spans}\n\n{table(cases, dropped)}\n\n{calibration(cases)}")


if __name__ == "__main__":
    main()
