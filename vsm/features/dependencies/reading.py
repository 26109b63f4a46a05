"""Open dependencies over all streams, from what a reader knows of linked items."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from statistics import median_low

from vsm.features.dependencies.results import Dependencies, DependentItem
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.reader import Reader


def read_dependencies(
    reader: Reader, now: int, ends: Collection[int] = (), *, past: bool = False
) -> Dependencies:
    """Dependencies over all streams, what they cost and what is at risk; loads networkx.

    ``ends`` are the items to which critical paths lead, by id: by default all that are due and
    wait for something. ``now`` is in UTC microseconds; with ``past`` all is as it
    stood then.
    """
    from vsm.features.dependencies.figures import dependencies

    linked = reader.linked_items(now, past)
    parts = []
    for row in linked.rows:
        stream = linked.streams[row.stream]
        days = reader.days(stream.zone)
        age = 0 if row.age_from is None else days.between(row.age_from, max(row.age_from, now))
        depends = row.blocked == BlockerKind.DEPENDENCY.value
        there = max(0, now - row.stage_from)
        takes = [(t - there) / DAY for t in linked.remaining.get(row.stage, ()) if t > there]
        parts.append(
            DependentItem(
                id=row.id,
                key=row.key,
                title=row.title,
                stream=stream.name,
                stage=stream.stage(row.stage).name,
                team=row.team,
                created=row.created,
                start=row.start,
                due=date.fromisoformat(row.due) if row.due else None,
                blocked=row.blocked or "",
                since=row.since if depends else None,
                remaining=median_low(takes) if takes else None,
                takes=tuple(takes),
                late=row.start is not None and age > linked.usual.get(row.stage, age),
            )
        )
    zone = next(iter(linked.streams.values())).zone if linked.streams else "UTC"
    return dependencies(parts, linked.links, now, zone, ends)


def filter_dependencies(
    reader: Reader, dependencies: Dependencies, query: Query, now: int, *, past: bool = False
) -> Dependencies:
    """Those of which one of the two items fits a filter; what is shown of each stays.

    In every stream the filter is asked about that stream's ages and stages.
    """
    if not query:
        return dependencies
    named = {part.stream for part in dependencies.parts}
    fitting: set[int] = set()
    for info in reader.streams():
        stream = reader.stream(info.id) if info.name in named else None
        if stream is not None:
            fitting |= reader.matching(stream, query, now, present=not past)
    return dependencies.fitting(fitting, query.text)
