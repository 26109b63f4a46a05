"""Prints how well waits and weeks of saturation are forecast, on seeds not used for fitting."""

from __future__ import annotations

import argparse

from bench.capacity import formula, growth


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--teams", type=int, default=40, help="teams of each kind [40]")
    parser.add_argument("--first", type=int, default=growth.UNSEEN, help="the first seed")
    options = parser.parse_args()
    print(formula.table(formula.cases()), end="\n\n")
    print(growth.table(options.first, options.teams))


if __name__ == "__main__":
    main()
