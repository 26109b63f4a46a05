"""Replays a control over the past: what it would have stopped, and whether that was bad."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vsm.features.governance.figures import PROVES_BAD, interval, proved_bad
from vsm.features.governance.results import ReplayedEntry, Shadow
from vsm.model.control.control import Control, Mode, Result, Verdict
from vsm.model.control.evaluation import applies, evaluate
from vsm.model.control.records import ChangeRecords, Move
from vsm.model.rules import DAY, day_start, finish_of, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader

SHADOW_DAYS = 90
LISTED = 500
"""Most entries that are listed."""


def read_shadow(
    reader: Reader,
    stream: ValueStream,
    control: Control,
    now: int,
    days: int = SHADOW_DAYS,
) -> Shadow:
    """Replay a control over the moves of the last days of a stream."""
    records = reader.change_records(stream)
    last = local(now, stream.zone).date()
    first = last - timedelta(days=days - 1)
    start = day_start(first, stream.zone)
    entries = [_replayed(records, control, move) for move in _called(records, control, start, now)]
    blocked = [entry for entry in entries if entry.verdict is Verdict.FAIL]
    unknown = [entry for entry in entries if entry.verdict is Verdict.INDETERMINATE]
    judged = [entry for entry in entries if entry.at + PROVES_BAD <= now]
    bad = [entry for entry in judged if entry.is_bad]
    judged_blocked = [entry for entry in judged if entry.verdict is Verdict.FAIL]
    bad_blocked = sum(entry.is_bad for entry in judged_blocked)
    listed = sorted((*blocked, *unknown), key=lambda e: (e.verdict is not Verdict.FAIL, -e.at))
    return Shadow(
        stream=stream.name,
        control=control.name,
        version=control.version,
        start=first,
        end=last,
        entries=len(entries),
        blocked=len(blocked),
        indeterminate=len(unknown),
        too_young=len(entries) - len(judged),
        judged_blocked=len(judged_blocked),
        bad=len(bad),
        bad_blocked=bad_blocked,
        precision=interval(bad_blocked, len(judged_blocked)),
        recall=interval(bad_blocked, len(bad)),
        wait_days=sum(entry.wait_days or 0.0 for entry in blocked),
        never_passed=sum(entry.wait_days is None for entry in blocked),
        listed=tuple(listed[:LISTED]),
    )


def _called(records: ChangeRecords, control: Control, start: int, end: int) -> Iterator[Move]:
    """The moves of a window that call for a control."""
    stream = records.stream
    for move in records.moves():
        if not start <= move.at <= end or move.target not in stream.by_id:
            continue
        item = records.past.item(records.items[move.item], move.at)
        team = records.teams.get(item.team or 0, "")
        if applies(control, stream, item, team, move.sources, stream.by_id[move.target]):
            yield move


def _replayed(records: ChangeRecords, control: Control, move: Move) -> ReplayedEntry:
    result = _check(records, control, move.item, move.at, move.target)
    defects = records.defects.get(move.item, ())
    why = proved_bad(records.visits[move.item], move.at, records.stream, defects)
    wait = _wait(records, control, move) if result.verdict is Verdict.FAIL else None
    return ReplayedEntry(
        id=move.item,
        item=records.items[move.item].key,
        at=move.at,
        stage=records.stream.by_id[move.target].name,
        verdict=result.verdict,
        missing=result.missing,
        is_bad=bool(why),
        why_bad=why,
        wait_days=wait,
    )


def _check(
    records: ChangeRecords, control: Control, item: int, at: int, target: int | None
) -> Result:
    record = records.record(item, at, target)
    return evaluate(record, [(control, Mode.SUPPORTIVE)])[0]


def _wait(records: ChangeRecords, control: Control, move: Move) -> float | None:
    """Days until the control passed, at the latest until the item finished; ``None``: never."""
    finish = finish_of(records.visits[move.item], records.stream)
    for at in records.changed_at(move.item):
        if at <= move.at:
            continue
        if _check(records, control, move.item, at, move.target).verdict is Verdict.PASS:
            end = at if finish is None else min(at, finish)
            return max(0, end - move.at) / DAY
    return None
