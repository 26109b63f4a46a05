"""Open dependencies over all streams, from what a reader knows of linked items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from math import inf, isfinite
from statistics import median_low

from vsm.features.dependencies.results import Dependencies, DependentItem
from vsm.features.standards.names import stream_names
from vsm.model.item import BlockerKind
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, SILENCE
from vsm.model.stream import ValueStream
from vsm.reader import Reader

STEPS = 100
"""Days that a forecast is given as: 50 and 85% are among their shares."""


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
    forecast: dict[int, tuple[float, ...]] = {}
    for id, stream in linked.streams.items():
        items = [row.id for row in linked.rows if row.stream == id]
        forecast |= _days_left(reader, stream, items, now, present=not past)
    names = {id: stream_names(reader, stream) for id, stream in linked.streams.items()}
    parts = []
    for row in linked.rows:
        stream = linked.streams[row.stream]
        days = reader.days(stream.zone)
        age = 0 if row.age_from is None else days.between(row.age_from, max(row.age_from, now))
        depends = row.blocked == BlockerKind.DEPENDENCY.value
        takes = forecast.get(row.id)
        if takes is None:
            there = max(0, now - row.stage_from)
            took = linked.remaining.get(row.stage, ())
            takes = tuple((t - there) / DAY for t in took if t > there)
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
                remaining=_median(takes),
                takes=takes,
                zone=stream.zone,
                canonical=names[stream.id].get(row.stage),
                late=row.start is not None and age > linked.usual.get(row.stage, age),
            )
        )
    zone = next(iter(linked.streams.values())).zone if linked.streams else "UTC"
    return dependencies(parts, linked.links, now, zone, ends)


def _days_left(
    reader: Reader, stream: ValueStream, items: Collection[int], now: int, *, present: bool
) -> dict[int, tuple[float, ...]]:
    """The days that those of these items that are in progress still take, each equally likely.

    They are what ``vsm forecast items`` says: infinite where that is later than anything seen.
    Empty where nothing can be forecast.
    """
    import numpy as np

    from vsm.flow.remaining import MIN_FINISHED, RemainingTime

    whole = reader.flow_with_departed(stream, now, present=present)
    _, facts = reader.flow(stream, Query(), now, present=present)
    law = RemainingTime(whole, now, facts.blocks)
    if law.finished < MIN_FINISHED or law.now - float(law.ends[-1]) > SILENCE:
        return {}
    held = law.stays.open_at(law.now)
    ids = whole.history.item[law.stays.item[held]]
    is_linked = np.isin(ids, np.array(sorted(items), dtype=np.int64))
    if not is_linked.any():
        return {}
    outlook = law.outlook(held[is_linked])
    # The last is not certain, as nothing is.
    shares = [*((n + 1) / STEPS for n in range(STEPS - 1)), 1 - 1 / (2 * STEPS)]
    days = np.stack([outlook.days_until(share) for share in shares], axis=1)
    rows = (tuple(row) for row in days.tolist())
    return dict(zip(ids[is_linked].tolist(), rows, strict=True))


def _median(days: Sequence[float]) -> float | None:
    median = median_low(days) if days else inf
    return median if isfinite(median) else None


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
    for stream in reader.all_streams():
        if stream.name in named:
            fitting |= reader.matching(stream, query, now, present=not past)
    return dependencies.fitting(fitting, query.text)
