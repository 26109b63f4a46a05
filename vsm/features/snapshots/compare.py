"""Compares two snapshots: journals, streams, items, stages and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from vsm.features.forecast.results import Forecast
from vsm.features.snapshots.difference import (
    Blocked,
    Changed,
    Dependency,
    Difference,
    Figure,
    FigureUnit,
    Finished,
    ForecastChanged,
    JournalComparison,
    JournalStatus,
    Limit,
    Moment,
    Moved,
    StageChanged,
    Staged,
    StreamDifference,
    Titled,
    Transferred,
)
from vsm.features.snapshots.results import Blocker, Item, Snapshot, Stage, Stream
from vsm.model.errors import BadInput
from vsm.model.journal_head import RecordedHead, check_head, count_entries

SAID = 0.85
"""The odds whose days are compared."""


def compare(
    before: Snapshot, after: Snapshot, find_hash: Callable[[int], str | None] | None = None
) -> Difference:
    """Compare ``after`` with ``before``, both as :mod:`vsm.features.snapshots.file` returns them.

    ``find_hash`` returns the hash of an entry of the journal from which ``after`` was made, if that
    is available: it shows whether this journal continues the one of ``before``. Raises
    :class:`BadInput` where they are of different filters: items would seem gone that are not.
    """
    if before.filter != after.filter:
        raise BadInput(
            f"the first snapshot is of {_items(before)}, the second of {_items(after)}",
            "compare snapshots of the same --filter",
        )
    old = {stream.name.casefold(): stream for stream in before.streams}
    new = {stream.name.casefold(): stream for stream in after.streams}
    both = [(old[name], new[name]) for name in new if name in old]
    moved_on = _transferred(both)
    moved_keys = {item.key for item in moved_on}
    links: list[set[tuple[str, str, str]]] = [
        {(link.kind, link.source, link.target) for link in taken.dependencies}
        for taken in (before, after)
    ]
    return Difference(
        before=Moment(before.as_of, before.journal),
        after=Moment(after.as_of, after.journal),
        journal=_compare_journals(before, after, find_hash),
        streams_added=tuple(new[name].name for name in new if name not in old),
        streams_gone=tuple(old[name].name for name in old if name not in new),
        transferred=moved_on,
        streams=tuple(_stream(*pair, moved_keys) for pair in both),
        dependencies_added=_links(links[1] - links[0]),
        dependencies_gone=_links(links[0] - links[1]),
        filter=after.filter,
    )


def _items(taken: Snapshot) -> str:
    return "all items" if taken.filter is None else f"items that match {taken.filter}"


def _compare_journals(
    before: Snapshot, after: Snapshot, find_hash: Callable[[int], str | None] | None
) -> JournalComparison:
    old, new = before.journal, after.journal
    if (old.seq, old.hash) == (new.seq, new.hash):
        return _journals("same", "nothing was written between the two")
    if find_hash is not None:
        check = check_head(
            RecordedHead("the first snapshot", old.seq, old.hash), new.seq, find_hash
        )
        return _journals(check.continuity.value, check.text, check.missing)
    if old.seq == new.seq:
        return _journals(
            "rewritten",
            f"their journals differ at entry {old.seq}: the two are of different databases,"
            " or the journal was rewritten between them",
        )
    if _share_no_item(before, after):
        return _journals(
            "different",
            "no item of both was created at the same moment: the two seem to be of different"
            " databases",
        )
    if old.seq < new.seq:
        return _journals(
            "longer",
            f"the second journal is longer by {count_entries(new.seq - old.seq)}; whether it"
            " continues the first one only its database can show",
        )
    lacks = f"the second journal lacks {count_entries(old.seq - new.seq)} of the first"
    if datetime.fromisoformat(after.as_of) < datetime.fromisoformat(before.as_of):
        return _journals("reversed", f"{lacks}: the second snapshot is the older one")
    return _journals(
        "cut",
        f"{lacks}: the journal was cut between the two, unless the second snapshot is the older one"
        " (made --as-of a later moment)",
        old.seq - new.seq,
    )


def _journals(status: JournalStatus, text: str, missing: int = 0) -> JournalComparison:
    return JournalComparison(status, missing, text)


def _share_no_item(before: Snapshot, after: Snapshot) -> bool:
    """Whether items have the same keys in both, but none was created at the same moment."""
    old, new = (
        {item.key: item.created for stream in taken.streams for item in stream.items}
        for taken in (before, after)
    )
    both = old.keys() & new.keys()
    return bool(both) and all(old[key] != new[key] for key in both)


def _links(links: set[tuple[str, str, str]]) -> tuple[Dependency, ...]:
    return tuple(Dependency(*link) for link in sorted(links))


def _transferred(both: list[tuple[Stream, Stream]]) -> tuple[Transferred, ...]:
    """Items that moved from one stream to another, both of which are in both snapshots."""
    old_stream = {item.key: old.name for old, _ in both for item in old.items}
    return tuple(
        Transferred(item.key, item.title, old_stream[item.key], new.name)
        for old, new in both
        for item in new.items
        if item.key in old_stream and old_stream[item.key] != old.name
    )


class _Stages(NamedTuple):
    """The fields of a difference that are about stages; retired stages count as gone."""

    stages_added: tuple[str, ...]
    stages_gone: tuple[str, ...]
    stages_changed: tuple[StageChanged, ...]
    went_over_limit: tuple[Limit, ...]
    back_within_limit: tuple[Limit, ...]


def _stages(before: Stream, after: Stream) -> _Stages:
    old = {stage.name: stage for stage in before.stages if not stage.retired}
    new = {stage.name: stage for stage in after.stages if not stage.retired}
    both = [(old[name], stage) for name, stage in new.items() if name in old]
    return _Stages(
        stages_added=tuple(name for name in new if name not in old),
        stages_gone=tuple(name for name in old if name not in new),
        stages_changed=tuple(
            StageChanged(b.name, field, old_value, new_value)
            for a, b in both
            for field, get in _STAGE_FIELDS.items()
            if (old_value := get(a)) != (new_value := get(b))
        ),
        went_over_limit=tuple(
            Limit(stage.name, stage.wip, stage.limit)
            for name, stage in new.items()
            if stage.over_limit and not (name in old and old[name].over_limit)
        ),
        back_within_limit=tuple(
            Limit(b.name, b.wip, b.limit) for a, b in both if a.over_limit and not b.over_limit
        ),
    )


def _stream(before: Stream, after: Stream, moved_keys: set[str]) -> StreamDifference:
    old = {item.key: item for item in before.items}
    new = {item.key: item for item in after.items}
    pairs = [(old[key], item) for key, item in new.items() if key in old]
    order = {stage.name: n for n, stage in enumerate(after.stages)}
    return StreamDifference(
        name=after.name,
        added=tuple(
            Staged(item.key, item.title, item.stage)
            for key, item in new.items()
            if key not in old and key not in moved_keys
        ),
        gone=tuple(
            Staged(item.key, item.title, item.stage)
            for key, item in old.items()
            if key not in new and key not in moved_keys
        ),
        moved=tuple(
            Moved(b.key, b.title, a.stage, b.stage, order.get(b.stage, 0) < order.get(a.stage, 0))
            for a, b in pairs
            if a.stage != b.stage
        ),
        started=_titled(
            item
            for key, item in new.items()
            if item.started is not None and (key not in old or old[key].started is None)
        ),
        finished=tuple(
            Finished(item.key, item.title, item.cycle_days)
            for item in _newly_in_state("finished", old, new)
        ),
        dropped=_titled(_newly_in_state("dropped", old, new)),
        reopened=_titled(
            b for a, b in pairs if a.state in _ENDED_STATES and b.state not in _ENDED_STATES
        ),
        blocked=tuple(
            Blocked(item.key, item.title, block.kind, block.reason)
            for key, item in new.items()
            if (block := _open_block(item)) is not None
            and (key not in old or not _open_block(old[key]))
        ),
        unblocked=_titled(
            b for a, b in pairs if _open_block(a) is not None and _open_block(b) is None
        ),
        changed=tuple(
            Changed(b.key, b.title, field, old_value, new_value)
            for a, b in pairs
            for field, get in _FIELDS.items()
            if (old_value := get(a)) != (new_value := get(b))
        ),
        **_stages(before, after)._asdict(),
        figures=tuple(
            Figure(name, unit, _float(get(before.metrics)), _float(get(after.metrics)))
            for name, unit, get in _COMPARED_FIGURES
        ),
        forecasts=_forecasts(before.forecast, after.forecast),
    )


def _forecasts(before: Forecast | None, after: Forecast | None) -> tuple[ForecastChanged, ...]:
    """The days of 85% odds of each number of items; none where a snapshot has no forecasts."""
    if before is None or after is None:
        return ()
    old, new = (
        {until.items: None if until.p85 is None else str(until.p85) for until in side.until}
        for side in (before, after)
    )
    return tuple(
        ForecastChanged(items, SAID, old.get(items), new.get(items))
        for items in sorted(old.keys() | new.keys())
    )


def _titled(items: Iterable[Item]) -> tuple[Titled, ...]:
    return tuple(Titled(item.key, item.title) for item in items)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _newly_in_state(state: str, old: dict[str, Item], new: dict[str, Item]) -> list[Item]:
    """Items that got into a state, also those that left it and came back in between."""
    return [
        item
        for key, item in new.items()
        if item.state == state
        and (key not in old or old[key].state != state or old[key].finished != item.finished)
    ]


_ENDED_STATES = frozenset({"finished", "dropped"})


def _open_block(item: Item) -> Blocker | None:
    return next((block for block in item.blockers if block.ended is None), None)


_FIELDS: dict[str, Callable[[Item], str | float | bool | None]] = {
    "title": lambda item: item.title,
    "description": lambda item: item.description,
    "type": lambda item: item.type,
    "class": lambda item: item.service,
    "owner": lambda item: item.owner,
    "team": lambda item: item.team,
    "estimate": lambda item: item.estimate,
    "due": lambda item: item.due,
    "labels": lambda item: ", ".join(item.labels),
    "parent": lambda item: item.parent,
    "archived": lambda item: item.archived,
}


_STAGE_FIELDS: dict[str, Callable[[Stage], str | int | None]] = {
    "category": lambda stage: stage.category,
    "team": lambda stage: stage.team,
    "limit": lambda stage: stage.limit,
    "limit_kind": lambda stage: stage.limit_kind if stage.limit is not None else None,
    "behaviour": lambda stage: stage.behaviour,
}


_COMPARED_FIGURES: tuple[tuple[str, FigureUnit, Callable[[Any], float | None]], ...] = (
    ("cycle time, 85%", "days", lambda m: m.cycle_time_days.p85),
    ("cycle time, 50%", "days", lambda m: m.cycle_time_days.p50),
    ("lead time, 85%", "days", lambda m: m.lead_time_days.p85),
    ("work in progress", "items", lambda m: m.wip.total),
    ("age of work in progress, 85%", "days", lambda m: m.ages.p85),
    (
        "throughput",
        "a week",
        lambda m: None if m.departures.mean is None else 7 * m.departures.mean,
    ),
    ("arrivals", "a week", lambda m: None if m.arrivals.mean is None else 7 * m.arrivals.mean),
    ("flow efficiency", "share", lambda m: m.efficiency.ratio),
    ("blocked", "item-days", lambda m: m.blocked.days),
    ("rework", "moves", lambda m: m.rework.moves),
    ("85% of cycle times over the median", "ratio", lambda m: m.predictability.p85_over_p50),
)
"""The figures that are compared: label, unit, and where they stand in the published figures."""
