"""Compares two snapshots: journals, streams, items, stages and figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from vsm.connect.files.source import DOCUMENT_MAX, Source, size
from vsm.features.snapshots.difference import SCHEMA, Difference, Transferred
from vsm.features.snapshots.schema import SCHEMA as TAKEN
from vsm.features.snapshots.schema import Item, Metrics, Snapshot, Stage, Stream
from vsm.model.errors import BadInput
from vsm.model.journal_head import RecordedHead, check_head, count_entries
from vsm.model.rules import BOUNDS, FIRST_DAY, LAST_DAY, zone_of

_WRITTEN = "name a file that vsm export snapshot has written"


def load(path: Path) -> Snapshot:
    """Read a snapshot from a file, plain or gzip; raises :class:`BadInput` if it is no snapshot."""
    with Source(path) as source:
        name, data = source.name, source.rest(DOCUMENT_MAX)
    if data is None:
        raise BadInput(f"{name} has more than {size(DOCUMENT_MAX)}", "compare a stream at a time")
    try:
        taken = Snapshot.model_validate_json(data)
        _check_times(taken)
        return taken
    except _WrongTime as error:
        raise BadInput(f"{name} is no snapshot: {error}", _WRITTEN) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{name} is no snapshot: {f'{place}: ' if place else ''}{first['msg']}",
            f"{_WRITTEN} (schema {TAKEN})",
        ) from error


class _WrongTime(Exception):
    """A moment or a zone of a snapshot that no snapshot of vsm has."""


def _check_times(taken: Snapshot) -> None:
    """Check the moment and the zones: a report is written by them."""
    try:
        at = datetime.fromisoformat(taken.as_of)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not FIRST_DAY <= at.date() <= LAST_DAY:
        raise _WrongTime(f"{taken.as_of!r:.60} is not a moment with a zone {BOUNDS}")
    for stream in taken.streams:
        try:
            zone_of(stream.timezone)
        except ValueError as error:
            raise _WrongTime(str(error)) from None


def compare(
    before: Snapshot, after: Snapshot, find_hash: Callable[[int], str | None] | None = None
) -> Difference:
    """Compare ``after`` with ``before``.

    ``find_hash`` returns the hash of an entry of the journal from which ``after`` was made, if that
    is available: it shows whether this journal continues the one of ``before``.
    """
    old = {stream.name.casefold(): stream for stream in before.streams}
    new = {stream.name.casefold(): stream for stream in after.streams}
    both = [(old[name], new[name]) for name in new if name in old]
    moved_on = _transferred(both)
    moved_keys = {item.key for item in moved_on}
    links: list[set[tuple[str, str, str]]] = [
        {(link.kind, link.source, link.target) for link in taken.dependencies}
        for taken in (before, after)
    ]
    return Difference.model_validate(
        {
            "schema": SCHEMA,
            "before": _moment(before),
            "after": _moment(after),
            "journal": _compare_journals(before, after, find_hash),
            "streams_added": [new[name].name for name in new if name not in old],
            "streams_gone": [old[name].name for name in old if name not in new],
            "transferred": moved_on,
            "streams": [_stream(*pair, moved_keys) for pair in both],
            "dependencies_added": _links(links[1] - links[0]),
            "dependencies_gone": _links(links[0] - links[1]),
        }
    )


def _compare_journals(
    before: Snapshot, after: Snapshot, find_hash: Callable[[int], str | None] | None
) -> dict[str, Any]:
    old, new = before.journal, after.journal
    if old == new:
        return _describe_journals("same", "nothing was written between the two")
    if find_hash is not None:
        check = check_head(
            RecordedHead("the first snapshot", old.seq, old.hash), new.seq, find_hash
        )
        return _describe_journals(check.continuity.value, check.text, check.missing)
    if old.seq == new.seq:
        return _describe_journals(
            "rewritten",
            f"their journals differ at entry {old.seq}: the two are of different databases,"
            " or the journal was rewritten between them",
        )
    if _share_no_item(before, after):
        return _describe_journals(
            "different",
            "no item of both was created at the same moment: the two seem to be of different"
            " databases",
        )
    if old.seq < new.seq:
        return _describe_journals(
            "longer",
            f"the second journal is longer by {count_entries(new.seq - old.seq)}; whether it"
            " continues the first one only its database can show",
        )
    lacks = f"the second journal lacks {count_entries(old.seq - new.seq)} of the first"
    if datetime.fromisoformat(after.as_of) < datetime.fromisoformat(before.as_of):
        return _describe_journals("reversed", f"{lacks}: the second snapshot is the older one")
    return _describe_journals(
        "cut",
        f"{lacks}: the journal was cut between the two, unless the second snapshot is the older one"
        " (made --as-of a later moment)",
        old.seq - new.seq,
    )


def _describe_journals(status: str, text: str, missing: int = 0) -> dict[str, Any]:
    return {"status": status, "missing_entries": missing, "text": text}


def _share_no_item(before: Snapshot, after: Snapshot) -> bool:
    """Whether items have the same keys in both, but none was created at the same moment."""
    old, new = (
        {item.key: item.created for stream in taken.streams for item in stream.items}
        for taken in (before, after)
    )
    both = old.keys() & new.keys()
    return bool(both) and all(old[key] != new[key] for key in both)


def _moment(taken: Snapshot) -> dict[str, Any]:
    return {"as_of": taken.as_of, "journal": taken.journal}


def _links(links: set[tuple[str, str, str]]) -> list[dict[str, str]]:
    return [{"kind": kind, "from": a, "to": b} for kind, a, b in sorted(links)]


def _transferred(both: list[tuple[Stream, Stream]]) -> list[Transferred]:
    """Items that moved from one stream to another, both of which are in both snapshots."""
    old_stream = {item.key: old.name for old, _ in both for item in old.items}
    return [
        Transferred.model_validate(
            {"key": item.key, "title": item.title, "from": old_stream[item.key], "to": new.name}
        )
        for old, new in both
        for item in new.items
        if item.key in old_stream and old_stream[item.key] != old.name
    ]


def _stream(before: Stream, after: Stream, moved_keys: set[str]) -> dict[str, Any]:
    old = {item.key: item for item in before.items}
    new = {item.key: item for item in after.items}
    pairs = [(old[key], item) for key, item in new.items() if key in old]
    order = {stage.name: n for n, stage in enumerate(after.stages)}
    return {
        "name": after.name,
        "added": [
            _staged(item) for key, item in new.items() if key not in old | _as_keys(moved_keys)
        ],
        "gone": [
            _staged(item) for key, item in old.items() if key not in new | _as_keys(moved_keys)
        ],
        "moved": [
            {
                **_titled(b),
                "from": a.stage,
                "to": b.stage,
                "back": order.get(b.stage, 0) < order.get(a.stage, 0),
            }
            for a, b in pairs
            if a.stage != b.stage
        ],
        "started": [
            _titled(item)
            for key, item in new.items()
            if item.started is not None and (key not in old or old[key].started is None)
        ],
        "finished": [
            {**_titled(item), "cycle_days": item.cycle_days}
            for item in _newly_in_state("finished", old, new)
        ],
        "dropped": [_titled(item) for item in _newly_in_state("dropped", old, new)],
        "reopened": [
            _titled(b)
            for a, b in pairs
            if a.state in _ENDED_STATES and b.state not in _ENDED_STATES
        ],
        "blocked": [
            {**_titled(item), "kind": block.kind, "reason": block.reason}
            for key, item in new.items()
            if (block := _open_block(item)) is not None
            and (key not in old or not _open_block(old[key]))
        ],
        "unblocked": [
            _titled(b) for a, b in pairs if _open_block(a) is not None and _open_block(b) is None
        ],
        "changed": [
            {**_titled(b), "field": field, "before": old_value, "after": new_value}
            for a, b in pairs
            for field, get in _FIELDS.items()
            if (old_value := get(a)) != (new_value := get(b))
        ],
        **_stages(before, after),
        "figures": _figures(before.metrics, after.metrics),
    }


def _as_keys(keys: set[str]) -> dict[str, Any]:
    return dict.fromkeys(keys)


def _newly_in_state(state: str, old: dict[str, Item], new: dict[str, Item]) -> list[Item]:
    """Items that got into a state, also those that left it and came back in between."""
    return [
        item
        for key, item in new.items()
        if item.state == state
        and (key not in old or old[key].state != state or old[key].finished != item.finished)
    ]


_ENDED_STATES = frozenset({"finished", "dropped"})


def _titled(item: Item) -> dict[str, Any]:
    return {"key": item.key, "title": item.title}


def _staged(item: Item) -> dict[str, Any]:
    return {**_titled(item), "stage": item.stage}


def _open_block(item: Item) -> Any:
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


def _stages(before: Stream, after: Stream) -> dict[str, Any]:
    old = {stage.name: stage for stage in before.stages if not stage.retired}
    new = {stage.name: stage for stage in after.stages if not stage.retired}
    both = [(old[name], stage) for name, stage in new.items() if name in old]
    return {
        "stages_added": [name for name in new if name not in old],
        "stages_gone": [name for name in old if name not in new],
        "stages_changed": [
            {"stage": b.name, "field": field, "before": old_value, "after": new_value}
            for a, b in both
            for field, get in _STAGE_FIELDS.items()
            if (old_value := get(a)) != (new_value := get(b))
        ],
        "went_over_limit": [
            _limit(stage)
            for name, stage in new.items()
            if stage.over_limit and not (name in old and old[name].over_limit)
        ],
        "back_within_limit": [_limit(b) for a, b in both if a.over_limit and not b.over_limit],
    }


_STAGE_FIELDS: dict[str, Callable[[Stage], str | int | None]] = {
    "category": lambda stage: stage.category,
    "team": lambda stage: stage.team,
    "limit": lambda stage: stage.limit,
    "limit_kind": lambda stage: stage.limit_kind if stage.limit is not None else None,
}


def _limit(stage: Stage) -> dict[str, Any]:
    return {"stage": stage.name, "wip": stage.wip, "limit": stage.limit}


_COMPARED_FIGURES: tuple[tuple[str, str, Callable[[Metrics], float | None]], ...] = (
    ("cycle time, 85%", "days", lambda m: m.cycle_time_days.p85),
    ("cycle time, 50%", "days", lambda m: m.cycle_time_days.p50),
    ("lead time, 85%", "days", lambda m: m.lead_time_days.p85),
    ("work in progress", "items", lambda m: m.wip.total),
    ("age of work in progress, 85%", "days", lambda m: m.age_days.p85),
    (
        "throughput",
        "a week",
        lambda m: None if m.departures.mean is None else 7 * m.departures.mean,
    ),
    ("arrivals", "a week", lambda m: None if m.arrivals.mean is None else 7 * m.arrivals.mean),
    ("flow efficiency", "share", lambda m: m.flow_efficiency.ratio),
    ("blocked", "item-days", lambda m: m.blocked.days),
    ("rework", "moves", lambda m: m.rework.moves),
    ("85% of cycle times over the median", "ratio", lambda m: m.predictability.p85_over_p50),
)


def _figures(before: Metrics, after: Metrics) -> list[dict[str, Any]]:
    return [
        {"figure": name, "unit": unit, "before": get(before), "after": get(after)}
        for name, unit, get in _COMPARED_FIGURES
    ]
