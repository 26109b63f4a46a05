"""One run of a source: list, fetch what changed, plan, record, and mark what went.

Nothing is recorded before all pages are there. The state is kept last: a run that is killed after
its import finds everything recorded when it is run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from vsm.connect.files.plan_import import check_unmapped, plan_import
from vsm.connect.files.planned_import import Plan
from vsm.connect.sync import evidence_run
from vsm.connect.sync.database import Database
from vsm.connect.sync.findings import (
    apply_aliases,
    gaps,
    hold_back,
    observed_rows,
    observed_total,
    strangers,
)
from vsm.connect.sync.gone_items import find_gone
from vsm.connect.sync.jira_board import BoardStages, read_board
from vsm.connect.sync.known import Known, Outcome, keep_known, read_known
from vsm.connect.sync.patience import Patience
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.results import SCHEMA, SyncReport, UnknownStatus, Write
from vsm.connect.sync.run_folder import Listed, RunFolder, only_one, source_folder, unfinished
from vsm.connect.sync.secret import read_secret
from vsm.connect.sync.services import open_tracker, open_web, open_writer, origin_of
from vsm.connect.sync.tracker import Tracker, stamp_moment
from vsm.connect.sync.web import Web
from vsm.connect.sync.write_back import Place, write_back
from vsm.gc_pause import without_collector
from vsm.model.errors import VsmError
from vsm.model.history import ImportResult, Skipped
from vsm.model.plural import count
from vsm.model.source import Direction, Source
from vsm.model.source_health import Health
from vsm.sync_state import Entry, keep_state, read_states

SWEEP = 24 * 3600 * 1_000_000
"""Microseconds after which all ids are listed once more, to find what went."""
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run is asked for; ``settings`` are those of ``plan_import``."""

    full: bool = False
    dry_run: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    patience: Callable[[], Patience] = Patience
    confirm: Callable[[Plan, ImportResult], bool] | None = None
    """Asked with the result of a trial before a stream is made; ``None`` agrees in advance."""


class Ran(NamedTuple):
    """What a run came to; without ``plan`` nothing had changed."""

    report: SyncReport
    plan: Plan | None
    result: ImportResult | None
    board: BoardStages | None
    recorded: bool


def run_source(source: Source, stream: str, database: Database, wish: Wish) -> Ran:
    """Read a source and record what changed; raises :class:`VsmError` where nothing was.

    How it went is kept for the board, but for a dry run and for a source that is not added yet.
    """
    folder = source_folder(database.path, source.name)
    with only_one(folder, source.name):
        try:
            return _Run(source, stream, database, wish, folder).go()
        except VsmError as problem:
            if not wish.dry_run and source.id:
                _keep_failure(source, database, problem)
            raise


def _keep_failure(source: Source, database: Database, problem: VsmError) -> None:
    now = time.time_ns() // 1000
    before = read_states(database.path).get(source.name) or Entry(Health.NEVER, now)
    health = problem.health if isinstance(problem, SyncProblem) else Health.FAILING
    since = before.since if before.health is health else now
    entry = replace(
        before,
        health=health,
        since=since,
        last_run=now,
        message=problem.message,
        remedy=problem.remedy,
        stream=source.only,
        every=source.every,
    )
    keep_state(database.path, source.name, entry)


class _Run:
    def __init__(
        self, source: Source, stream: str, database: Database, wish: Wish, folder: Path
    ) -> None:
        self._source, self._stream, self._database, self._wish = source, stream, database, wish
        self._folder = folder
        self._target = database.target(stream)
        self._state = self._trusted_state()
        self._known = read_known(folder) if self._state is not None else {}
        self._origin = self._find_origin()
        self._patience = wish.patience()
        self._earlier = unfinished(folder)
        self._run = RunFolder(folder, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        self._notes: list[Skipped] = []
        self._writes: tuple[Write, ...] = ()
        self._changed = database.changed(source, self._origin)

    def _trusted_state(self) -> Entry | None:
        """The state of the last run, if the journal still holds what that recorded.

        After a restore it does not: then everything is read once more.
        """
        state = read_states(self._database.path).get(self._source.name)
        if state is None or self._database.hash_at(state.seq) != state.hash:
            return None
        return state

    def _find_origin(self) -> str:
        return origin_of(self._source, self._target[0].id if self._target is not None else 0)

    def go(self) -> Ran:
        """Read and record."""
        secret = read_secret(self._source.auth)
        web = open_web(self._source, secret, self._patience, self._run.keep)
        with closing(web):
            observed = self._database.observed(self._origin)
            tracker = open_tracker(self._source, web, observed_rows(observed))
            with closing(tracker):
                return self._read(tracker, web)

    def _read(self, tracker: Tracker, web: Web) -> Ran:
        tracker.check()
        full = self._is_full(tracker.now)
        listed = self._list(tracker, full)
        self._write_back(tracker, web, listed)
        imported = self._database.imported(self._origin)
        changed = [item for item in listed.values() if self._is_news(item, imported)]
        changed.sort(key=lambda item: (len(item.ref), item.ref))
        items_file = self._fetch(tracker, changed)
        board = self._read_board(web)
        self._notes += tracker.notes
        return self._record(tracker, web, full, listed, changed, items_file, board)

    # -- reading -------------------------------------------------------------------------

    def _is_full(self, now: int) -> bool:
        state = self._state
        if self._wish.full or state is None or not self._known:
            return True
        return state.cursor is None or state.swept is None or now - state.swept > SWEEP

    def _list(self, tracker: Tracker, full: bool) -> dict[str, Listed]:
        cursor = None if full or self._state is None else self._state.cursor
        stamps = {item: known.stamp for item, known in self._known.items()}
        listed = {item.id: item for item in tracker.listing(cursor, stamps)}
        for number, known in self._known.items():
            is_kept = known.outcome is Outcome.KEPT and number not in listed
            if is_kept and number not in self._changed:  # settled since: it can be read again
                ref = tracker.refer(number, known.key)
                listed[number] = Listed(number, known.key, known.stamp, ref)
        return listed

    def _write_back(self, tracker: Tracker, web: Web, listed: dict[str, Listed]) -> None:
        """Write what people changed here, where the source is written into; then read it anew."""
        if self._source.direction == Direction.READ or self._target is None:
            return
        changes = self._database.outgoing(self._source, self._origin)
        place = Place(
            self._source,
            *self._target,
            tracker,
            open_writer(self._source, web),
            self._database,
            self._run.path,
            self._wish.dry_run,
        )
        report = write_back(place, changes, listed)
        self._notes += report.notes
        self._writes = tuple(report.writes[seq] for seq in sorted(report.writes))
        for change in changes:
            item = place.item(change, listed)
            known = self._known.get(item.id)
            stamp = item.stamp or (known.stamp if known is not None else "")
            if stamp and item.id in report.settled:
                # Another stamp: chunks of an earlier run are of before it was written.
                listed[item.id] = item._replace(stamp=f"{stamp}|{change.seq}")

    def _is_news(self, item: Listed, imported: Mapping[str, str]) -> bool:
        known = self._known.get(item.id)
        if self._wish.full or known is None or known.stamp != item.stamp:
            return True
        if known.outcome is Outcome.KEPT and item.id not in self._changed:
            return True
        return known.outcome is not Outcome.LEFT_OUT and item.id not in imported

    def _fetch(self, tracker: Tracker, changed: Sequence[Listed]) -> Path | None:
        """The file of all changed items, made of chunks; ``None`` where nothing changed."""
        parts = [changed[n : n + tracker.chunk] for n in range(0, len(changed), tracker.chunk)]
        for number, part in enumerate(parts, 1):
            taken = self._earlier is not None and self._run.take_chunk(self._earlier, number, part)
            if not taken:
                with without_collector():
                    self._run.put_chunk(number, part, tracker.fetch(part))
        self._run.drop_earlier()
        return self._run.join(len(parts)) if parts else None

    def _read_board(self, web: Web) -> BoardStages | None:
        board = self._source.mapping.removeprefix("board:")
        return read_board(web, board) if board and self._target is None else None

    # -- recording -----------------------------------------------------------------------

    def _record(
        self,
        tracker: Tracker,
        web: Web,
        full: bool,
        listed: Mapping[str, Listed],
        changed: Sequence[Listed],
        items_file: Path | None,
        board: BoardStages | None,
    ) -> Ran:
        plan, held, unknown = self._plan(items_file, board)
        result, recorded = self._import(plan)
        dry = not recorded
        now = time.time_ns() // 1000
        if not dry and not self._source.id:
            self._enrol(board)
        imported, marks = self._database.imported(self._origin), self._database.gone(self._source)
        gone, back, doubt = find_gone(
            self._source.name, imported, marks, self._known, listed, full=full
        )
        self._notes += doubt
        if not dry:
            self._database.mark_gone(self._source, gone, [marks[key] for key in back], now)
        beside = evidence_run.Recorded() if dry else self._record_evidence(web, tracker.now)
        kept = self._kept(result, changed)
        is_partial = bool(unknown) or any(n.where == self._source.name for n in self._notes)
        health = Health.PARTIAL if is_partial else Health.OK
        if not dry:
            self._keep(tracker, full, listed, changed, held, kept, health, now)
        report = SyncReport(
            version=SCHEMA,
            source=self._source.name,
            stream=self._stream,
            run=self._run.name,
            dry_run=dry,
            full=full,
            listed=len(listed),
            fetched=len(changed),
            new=result.items - result.restated if result else 0,
            changed=result.restated if result else 0,
            unchanged=len(listed) - len(changed) + (result.already_known if result else 0),
            kept=tuple(sorted(kept.values())),
            evidence=beside.evidence,
            delivery=beside.delivery,
            written=self._writes,
            gone=tuple(gone),
            back=tuple(back),
            truncated=gaps(plan),
            observed=observed_total(plan),
            unknown_statuses=unknown,
            unmapped_people=strangers(plan, *self._database.people(self._source)),
            skipped=result.skipped if result else (),
            notes=tuple(self._notes),
            proxy=web.proxy_name,
            questions=web.questions,
            waited_seconds=self._patience.waited,
            health=health,
            next=None if dry else self._next(now),
        )
        return Ran(report, plan, result, board, recorded)

    def _next(self, now: int) -> int | None:
        """When it is due again; ``None`` where nobody said how often."""
        every = self._source.every
        return None if every is None else now + every * _MINUTE

    def _plan(
        self, items_file: Path | None, board: BoardStages | None
    ) -> tuple[Plan | None, frozenset[str], tuple[UnknownStatus, ...]]:
        if items_file is None or _is_empty(items_file):
            return None, frozenset(), ()
        settings = dict(self._wish.settings)
        if board is not None and not settings.get("stages") and not settings.get("mapping"):
            settings["mapping"] = self._run.path / "mapping.toml"
            settings["mapping"].write_text(board.mapping, encoding="utf-8")
        existing, mapping = self._target or (None, None)
        plan = plan_import(
            self._source.kind.file_format,
            items_file,
            stream=self._stream,
            existing=existing,
            known=mapping,
            **settings,
        )
        if not self._source.id and not self._wish.dry_run:
            check_unmapped(plan)  # whoever adds a source is there to decide
        named = replace(
            plan,
            file=f"sync {self._source.name}",
            origin=self._source.origin,
            keeps_edits=self._source.direction == Direction.WRITE,
        )
        members, _ = self._database.people(self._source)
        return hold_back(apply_aliases(named, members))

    def _import(self, plan: Plan | None) -> tuple[ImportResult | None, bool]:
        """The result, and whether it was recorded: not in a dry run, nor where nobody agreed."""
        if plan is None or not plan.histories:
            return None, not self._wish.dry_run
        if self._wish.dry_run:
            return self._database.record(plan, True), False
        if self._target is None and self._wish.confirm is not None:
            trial = self._database.record(plan, True)
            if not self._wish.confirm(plan, trial):
                return trial, False
        return self._database.record(plan, False), True

    def _enrol(self, board: BoardStages | None) -> None:
        """Add the source: now there is a stream for it."""
        if self._database.target(self._stream) is None:
            raise SyncProblem(
                f"{self._source.scope[:80]!r} has no items to make a stream of",
                "check the scope, or make the stream first: vsm init",
            )
        limits = board.limits if board is not None else {}
        self._source = self._database.enrol(self._source, self._stream, limits)
        self._target = self._database.target(self._stream)
        self._origin = self._find_origin()

    def _record_evidence(self, web: Web, now: int) -> evidence_run.Recorded:
        """What is new beside items, where the source is asked for it."""
        if not self._source.evidence:
            return evidence_run.Recorded()
        recorded = evidence_run.record_evidence(
            self._source,
            web,
            self._database,
            self._database.imported(self._origin),
            self._folder,
            now=now,
            afresh=self._wish.full or self._state is None,
        )
        self._notes += recorded.notes
        return recorded

    def _kept(self, result: ImportResult | None, changed: Sequence[Listed]) -> dict[str, str]:
        """Items by id that people here changed: of this run, and of earlier ones as they stand."""
        keys = set(result.kept) if result is not None else set()
        fresh = {item.id for item in changed}
        kept = {item.id: item.key for item in changed if item.key in keys}
        old = {i: k.key for i, k in self._known.items() if k.outcome is Outcome.KEPT}
        return {**{i: key for i, key in old.items() if i not in fresh}, **kept}

    def _keep(
        self,
        tracker: Tracker,
        full: bool,
        listed: Mapping[str, Listed],
        changed: Sequence[Listed],
        held: frozenset[str],
        kept: Mapping[str, str],
        health: Health,
        now: int,
    ) -> None:
        """Keep how far the source was read."""
        imported = self._database.imported(self._origin)
        known = dict(self._known)
        for item in changed:
            known.pop(item.id, None)
            if item.id in held:
                continue  # so that the next run tries it again
            outcome = Outcome.RECORDED if item.id in imported else Outcome.LEFT_OUT
            if item.id in kept:
                outcome = Outcome.KEPT
            known[item.id] = Known(item.stamp, item.key, outcome)
        stamps = [stamp_moment(i.stamp.partition("|")[0], "updated") for i in listed.values()]
        before = self._state
        if before is not None and before.cursor is not None:
            stamps.append(before.cursor)
        anchor = self._database.anchor()
        keep_known(self._folder, known)
        same = before is not None and before.health is health
        entry = Entry(
            health,
            since=before.since if same and before is not None else now,
            last_good=now,
            last_run=now,
            message=_partial_text(health, len(held), self._notes),
            remedy=f"vsm sync run {self._source.name} --add-stages" if held else "",
            run=self._run.name,
            stream=self._source.only,
            every=self._source.every,
            cursor=max(stamps, default=None),
            swept=tracker.now if full or before is None else before.swept,
            seq=anchor.seq,
            hash=anchor.hash,
        )
        keep_state(self._database.path, self._source.name, entry)
        self._run.finish()


def _partial_text(health: Health, held: int, notes: Sequence[Skipped]) -> str:
    if health is not Health.PARTIAL:
        return ""
    if held:
        return f"{count(held, 'item')} in statuses that belong to no stage"
    return notes[-1].why if notes else ""


def _is_empty(path: Path) -> bool:
    import gzip

    with gzip.open(path, "rb") as file:
        return not file.read(1)
