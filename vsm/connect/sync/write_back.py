"""Writes moves and comments that people made here into the source of their items.

Before anything is sent it is noted as pending, with the last event that the item had upstream, and
afterwards as sent, with the ids that it got. A run that ends between the two leaves it pending: the
next one looks upstream whether it arrived before it sends it again. A move is sent only from the
stage that it was made from: where the item has moved upstream meanwhile it is refused as stale.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from vsm.connect.files.infer_mapping import normalise_name
from vsm.connect.files.plan_import import plan_import
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.results import Write
from vsm.connect.sync.run_folder import Listed, encode, write_whole
from vsm.connect.sync.tracker import Record, Tracker
from vsm.connect.sync.web import Declined, Forbidden, NotThere, Unclear
from vsm.connect.sync.writer import Writer, comment_text, mark_of
from vsm.model.history import Entry, Skipped
from vsm.model.sanitise import inert_line
from vsm.model.source import SETTLED, Direction, LocalChange, Source, WriteOutcome
from vsm.model.source_health import Health
from vsm.model.stream import ValueStream

_WHY = 500
"""Characters of a reason that are kept."""
_REFUSALS = (Declined, NotThere)


class Database(Protocol):
    """What writing back asks of the database."""

    def outgoing(self, source: Source, origin: str) -> list[LocalChange]:
        """Changes of people that are not settled with the source yet."""

    def note_written(
        self, source: Source, change: LocalChange, outcome: WriteOutcome, upstream: str, why: str
    ) -> None:
        """Keep what became of a change."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where changes go: the source, the stream with the mapping of statuses, the ways there."""

    source: Source
    stream: ValueStream
    mapping: Mapping[str, str]
    tracker: Tracker
    writer: Writer
    database: Database
    folder: Path
    dry_run: bool

    def item(self, change: LocalChange, listed: Mapping[str, Listed]) -> Listed:
        """The item of a change, as a listing has it or as an earlier one had."""
        known = listed.get(change.source_key)
        if known is not None:
            return known
        ref = self.tracker.refer(change.source_key, change.key)
        return Listed(change.source_key, change.key, "", ref)


@dataclass(slots=True)
class WriteReport:
    """What became of changes, by their journal entry.

    ``settled`` are ids of items with changes that no longer keep them from being read.
    """

    writes: dict[int, Write] = field(default_factory=dict)
    notes: list[Skipped] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)


class _Upstream(NamedTuple):
    """An item as it is upstream: its record, and its entries with the stages that they lead to."""

    record: Record
    entries: tuple[tuple[str, int | None], ...]

    @property
    def baseline(self) -> str:
        """The id of its last event."""
        return self.entries[-1][0]

    @property
    def stage(self) -> int | None:
        """The stage that it is in."""
        return self.entries[-1][1]

    def since(self, baseline: str) -> tuple[tuple[str, int | None], ...]:
        """The entries after an event; none where that is not known any more."""
        ids = [event for event, _ in self.entries]
        return self.entries[ids.index(baseline) + 1 :] if baseline in ids else ()


def write_back(
    place: Place, changes: Sequence[LocalChange], listed: Mapping[str, Listed]
) -> WriteReport:
    """Write changes upstream; ``listed`` are items that a listing has, by their ids."""
    report = WriteReport()
    by_item: defaultdict[str, list[LocalChange]] = defaultdict(list)
    for change in changes:
        by_item[change.source_key].append(change)
    if not by_item:
        return report
    items = {number: place.item(own[0], listed) for number, own in by_item.items()}
    lacking = place.writer.lacking([*items.values()], Direction(place.source.direction))
    if lacking:
        why = f"nothing is written back: the token lacks {lacking}"
        report.notes.append(Skipped(place.source.name, why))
        for c in changes:
            held = c.outcome or WriteOutcome.HELD
            report.writes[c.seq] = describe(place.stream, c, held, f"the token lacks {lacking}")
        return report
    moved = [items[n] for n, own in by_item.items() if any(c.target is not None for c in own)]
    states = _look(place, moved)
    for number, own in by_item.items():
        sender = _Sender(place, items[number], states.get(number), report)
        try:
            sender.send([change for change in own if change.target is not None])
            for change in own:
                if change.target is None:
                    sender.comment(change)
        except SyncProblem as problem:
            if problem.health is not Health.FAILING:
                raise
            # Reading goes on: whatever is pending is looked up by the next run.
            why = f"writing {own[0].key}: {problem.message}: {problem.remedy}"
            report.notes.append(Skipped(place.source.name, why))
            break
    return report


def _look(place: Place, items: Sequence[Listed]) -> dict[str, _Upstream]:
    """Items as they are upstream, by id, read as an import reads them."""
    out: dict[str, _Upstream] = {}
    chunk = place.tracker.chunk
    for start in range(0, len(items), chunk):
        records = place.tracker.look(items[start : start + chunk])
        for record in records:
            file = place.folder / "look.jsonl.gz"
            write_whole(file, gzip.compress(encode(record) + b"\n", 1, mtime=0))
            plan = plan_import(
                place.source.kind.file_format,
                file,
                stream=place.stream.name,
                existing=place.stream,
                known=place.mapping,
            )
            for history in plan.histories:
                out[history.source_key] = _Upstream(record, _entries(place, history.entries))
            file.unlink()
    return out


def _entries(place: Place, entries: Sequence[Entry]) -> tuple[tuple[str, int | None], ...]:
    """The id of each entry and its stage, ``None`` for a status that belongs to none.

    Into a status that was left out on purpose an item does not move.
    """
    out: list[tuple[str, int | None]] = []
    for entry in entries:
        stage = place.stream.named(entry.status)
        number = None if stage is None else stage.id
        if stage is None and out and place.mapping.get(entry.status) == "":
            number = out[-1][1]
        out.append((entry.event_id, number))
    return tuple(out)


def describe(stream: ValueStream, change: LocalChange, outcome: WriteOutcome, why: str) -> Write:
    """A change in the words of reports."""
    what = "comment"
    if change.target is not None:
        what = " → ".join(_stage_name(stream, n) for n in (change.source, change.target))
    return Write(change.key, what, change.by, change.at, outcome, why)


def _stage_name(stream: ValueStream, number: int | None) -> str:
    stage = stream.by_id.get(number) if number is not None else None
    return stage.name if stage is not None else "?"


class _Sender:
    """Sends the changes of one item."""

    def __init__(
        self, place: Place, item: Listed, now: _Upstream | None, report: WriteReport
    ) -> None:
        self._place, self._item, self._now, self._report = place, item, now, report
        self._held: list[LocalChange] = []

    def send(self, changes: Sequence[LocalChange]) -> None:
        """Send moves in the order in which they were made."""
        if not changes:
            return
        if self._now is None:
            for change in changes:
                self._settle(change, WriteOutcome.HELD, "", "it is not there any more")
            return
        rest = self._without_undone(self._resolve(changes, self._now))
        expected = rest[0].source if rest else None
        for n, change in enumerate(rest):
            if self._now.stage != expected:
                self._refuse(rest[n:], self._now)
                return
            if not self._send(change, self._now):
                return
            if change not in self._held:
                expected = change.target

    def comment(self, change: LocalChange) -> None:
        """Send a comment, unless it arrived already."""
        place, item = self._place, self._item
        if place.dry_run:
            self._list(change, WriteOutcome.PENDING, "")
            return
        try:
            number = ""
            if change.outcome is not None:
                number = place.writer.find_comment(item, mark_of(change))
            if not number:
                if change.outcome is None:
                    self._note(change, WriteOutcome.PENDING, "", "")
                number = place.writer.comment(item, comment_text(change))
        except Unclear as problem:
            self._leave_pending(change, problem.message)
        except _REFUSALS as problem:
            self._settle(change, WriteOutcome.HELD, "", problem.message)
        else:
            self._settle(change, WriteOutcome.SENT, number, "")

    # -- moves ---------------------------------------------------------------------------

    def _resolve(self, changes: Sequence[LocalChange], now: _Upstream) -> list[LocalChange]:
        """The changes without those that an earlier run sent, whose end it did not see."""
        for n, change in enumerate(changes):
            if change.outcome is not WriteOutcome.PENDING:
                continue
            later = now.since(change.upstream)
            if self._place.dry_run:
                return [*changes]
            if any(stage == change.target for _, stage in later):
                if not self._finish(change, now):
                    return []
                self._take_arrived(change, changes[:n], later)
                return [*changes[n + 1 :]]
            if later:
                self._refuse(changes, now)
                return []
        return [*changes]

    def _finish(self, change: LocalChange, now: _Upstream) -> bool:
        """Send what belongs to a move and may be missing, where that may be sent again."""
        writer = self._place.writer
        if not writer.is_repeatable or now.stage != change.target:
            return True
        try:
            writer.way_into(self._item, now.record, self._statuses(change))()
        except (Unclear, *_REFUSALS) as problem:
            self._leave_pending(change, problem.message)
            return False
        return True

    def _take_arrived(
        self,
        change: LocalChange,
        before: Sequence[LocalChange],
        later: Sequence[tuple[str, int | None]],
    ) -> bool:
        """Note a change as sent, with those before it that could not be, if it is upstream."""
        for n, (_, stage) in enumerate(later):
            if stage == change.target:
                ids = " ".join(event for event, _ in later[: n + 1])
                for covered in before:
                    self._settle(covered, WriteOutcome.SENT, later[n][0], "")
                self._settle(change, WriteOutcome.SENT, ids, "")
                return True
        return False

    def _without_undone(self, changes: Sequence[LocalChange]) -> list[LocalChange]:
        """The changes without moves that were undone before they were sent."""
        out: list[LocalChange] = []
        for change in changes:
            if change.is_undo and out and not out[-1].is_undo:
                self._settle(out.pop(), WriteOutcome.VOID, "", "")
                self._settle(change, WriteOutcome.VOID, "", "")
            else:
                out.append(change)
        return out

    def _refuse(self, changes: Sequence[LocalChange], now: _Upstream) -> None:
        """Settle changes that came too late: the item is where it is upstream."""
        is_there = now.stage == changes[-1].target
        outcome = WriteOutcome.THERE if is_there else WriteOutcome.STALE
        stage = self._place.stream.by_id.get(now.stage) if now.stage is not None else None
        where = stage.name if stage is not None else "a status without a stage"
        why = f"it had moved to {where} upstream"
        for change in changes:
            self._settle(change, outcome, "", why)

    def _send(self, change: LocalChange, now: _Upstream) -> bool:
        """Send one move; ``False`` where nothing of the item can follow now."""
        place, item = self._place, self._item
        try:
            put = place.writer.way_into(item, now.record, self._statuses(change))
            if place.dry_run:
                self._list(change, WriteOutcome.PENDING, "")
                self._now = now._replace(entries=(*now.entries, ("", change.target)))
                return True
            if change.outcome is None or change.upstream != now.baseline:
                self._note(change, WriteOutcome.PENDING, now.baseline, "")
            put()
        except Unclear as problem:
            self._leave_pending(change, problem.message)
            return False
        except _REFUSALS as problem:
            self._held.append(change)
            self._settle(change, WriteOutcome.HELD, now.baseline, problem.message)
            return not isinstance(problem, Forbidden)
        later_state = _look(place, [item]).get(item.id)
        later = later_state.since(now.baseline) if later_state is not None else ()
        if later_state is None or not self._take_arrived(change, self._held, later):
            self._leave_pending(change, "its history does not show it yet")
            return False
        self._held.clear()
        self._now = later_state
        return True

    def _statuses(self, change: LocalChange) -> list[str]:
        """The statuses upstream that lead to the stage of a move, that of its name first."""
        name, mapping = _stage_name(self._place.stream, change.target), self._place.mapping
        mapped = sorted(status for status, stage in mapping.items() if stage == name)
        own = normalise_name(name)
        elsewhere = {normalise_name(status) for status, stage in mapping.items() if stage != name}
        return [name, *mapped] if own not in elsewhere else mapped

    # -- notes ---------------------------------------------------------------------------

    def _settle(self, change: LocalChange, outcome: WriteOutcome, upstream: str, why: str) -> None:
        """Report what became of a change, and keep it."""
        why = inert_line(why)[:_WHY]
        self._list(change, outcome, why)
        if self._place.dry_run:
            return
        if outcome in SETTLED:
            self._report.settled.add(change.source_key)
        self._note(change, outcome, upstream, why)

    def _leave_pending(self, change: LocalChange, why: str) -> None:
        self._list(change, WriteOutcome.PENDING, inert_line(why)[:_WHY])

    def _list(self, change: LocalChange, outcome: WriteOutcome, why: str) -> None:
        self._report.writes[change.seq] = describe(self._place.stream, change, outcome, why)

    def _note(self, change: LocalChange, outcome: WriteOutcome, upstream: str, why: str) -> None:
        """Keep what became of a change, where that is news."""
        if (change.outcome, change.upstream, change.why) != (outcome, upstream, why):
            self._place.database.note_written(self._place.source, change, outcome, upstream, why)
