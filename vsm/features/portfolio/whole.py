"""Items of initiatives, and their orders in each stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from vsm.features.portfolio.economics import Job, compare_orders
from vsm.features.portfolio.records import Records
from vsm.features.portfolio.results import OrderCosts
from vsm.model.query_parser import parse
from vsm.model.stream import ValueStream
from vsm.reader import Reader


def members_of(
    reader: Reader, streams: Sequence[ValueStream], text: str, now: int, present: bool
) -> frozenset[int]:
    """The ids of all items that fit a filter, with their parts and those that are over."""
    if not text:
        return frozenset()
    query = parse(text)
    matches = [reader.matching(stream, query, now, present=present) for stream in streams]
    parts, containers = reader.parts_of(frozenset().union(*matches))
    return parts - containers


def orders(records: Records, jobs: Mapping[int, tuple[str, Job]]) -> tuple[OrderCosts, ...]:
    """Orders of the initiatives that keep the same stream busiest: only these compete.

    Today's order is the one that people chose; where they chose none it has no cost.
    """
    places = {one.id: one.place for one in records.initiatives}
    by_stream = defaultdict[str, list[int]](list)
    for number, (stream, _) in jobs.items():
        by_stream[stream].append(number)
    return tuple(
        _order(stream, numbers, places, jobs)
        for stream, numbers in sorted(by_stream.items())
        if len(numbers) > 1
    )


def _order(
    stream: str,
    numbers: Sequence[int],
    places: Mapping[int, float | None],
    jobs: Mapping[int, tuple[str, Job]],
) -> OrderCosts:
    def rank(number: int) -> tuple[bool, float, int]:
        place = places[number]
        return place is None, place or 0.0, number

    chosen = any(places[number] is not None for number in numbers)
    line = [jobs[number][1] for number in sorted(numbers, key=rank)]
    compared = compare_orders(line)
    return OrderCosts(
        stream,
        tuple(job.name for job in line) if chosen else (),
        compared.today if chosen else None,
        compared.by_cd3,
        compared.cd3_cost,
        compared.best,
        compared.best_cost,
        compared.exact,
        compared.regret if chosen else None,
    )
