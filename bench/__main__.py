"""Measures everything, or selected figures, and prints them in a table beside their goals."""

from __future__ import annotations

import argparse

from bench import cluster, data, screen, served, soak
from bench.figure import Figure, table
from bench.place import prepared, say

MEASURES = {
    "start": screen.start,
    "keys": screen.keys,
    "held": screen.held,
    "overview": screen.overview,
    "memory": screen.memory,
    "idle": screen.idle,
    "seen": screen.seen,
    "import": data.imports,
    "metrics": data.cold_metrics,
    "writers": data.writers,
    "chain": data.chain,
    "dependencies": data.dependencies,
    "served": served.served,
    "cluster": cluster.cluster,
    "soak": soak.soak,
}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=MEASURES, help="measure this (may be given again)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that all runs, judges nothing"
    )
    options = parser.parse_args()
    figures: list[Figure] = []
    with prepared(options.quick) as place:
        for name in options.only or MEASURES:
            say(name)
            figures += MEASURES[name](place)
    print(table(figures))


if __name__ == "__main__":
    main()
