"""Import plans → events: what is new, what is restated, what is known already.

Facts, not wishes: histories do not pass ``decide``. Each item yields one event that states
its whole history; importing again appends one only where that differs, and never for an item
that was changed here since. Comments, evidence and sprints stand beside what a source states.
A move that was written back and comes again in the history of its source is the move made here,
and fields that people edited keep their values.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from vsm.model import command as c
from vsm.model.decide import GAP, decide
from vsm.model.entities import TEAM
from vsm.model.errors import BadInput, Refusal, Refused
from vsm.model.history import AddedStage, Entry, ImportPlan, ImportResult, ItemHistory, Skipped
from vsm.model.item import Quality
from vsm.model.stream import ValueStream
from vsm.store.bulk_events import ImportedHistory, Moves, payload
from vsm.store.echoes import Echoes, find_echoes, with_local_moves
from vsm.store.fields import columns_of
from vsm.store.history_digest import digest_of
from vsm.store.importing_sprints import record_sprints, sprint_changes, stays_in
from vsm.store.kept_edits import KeptEdits, find_edits, with_values
from vsm.store.source_items import IS_CHANGED, kinds_beside
from vsm.store.tables import indexes_afterwards

if TYPE_CHECKING:
    from vsm.store.transaction import Transaction


@dataclass(slots=True)
class Known:
    """What the database has of an item that the source tells of."""

    item: int
    stream: int
    digest: str
    seq: int
    key: str
    is_changed: bool
    """Whether people changed something of it that the source states too."""


_ISSUE_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,19})-[0-9]+")
"""A key that is the same item wherever it is imported of, unlike a plain number."""
_NEW = (-1, -1)
"""Item and stream of a key that this import takes."""


@dataclass(slots=True)
class Statement:
    """One history to be recorded."""

    history: ItemHistory
    moves: Moves
    digest: str
    known: Known | None
    ignored: int


@dataclass(slots=True)
class Work:
    """The plan against the database: what to record and what was found."""

    statements: list[Statement] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    already_known: int = 0
    ignored: int = 0
    repeated: int = 0
    links: int = 0
    kept: list[str] = field(default_factory=list)
    sprints: int = 0
    qualities: dict[Quality, int] = field(default_factory=lambda: dict.fromkeys(Quality, 0))


def source_name(plan: ImportPlan, stream: ValueStream) -> str:
    """What item identities of this plan are unique within."""
    if plan.origin:
        return plan.origin
    return f"{plan.format}:{stream.id}" if plan.local else plan.format


def ensure_stream(tx: Transaction, plan: ImportPlan) -> ValueStream:
    """The plan's stream, made where it is new."""
    existing = tx.view.stream_by_name(plan.stream)
    if existing is None:
        prefix = _prefix_of(plan.histories)
        made = decide(
            tx.view,
            c.CreateStream(
                name=plan.stream,
                stages=tuple(c.NewStage(name, category) for name, category in plan.stages),
                zone=plan.zone,
                prefix=prefix,
                commitment=plan.commitment,
            ),
        )
        if isinstance(made, Refusal):
            raise Refused(made)
        tx.record(made)
        existing = tx.view.stream_by_name(plan.stream)
        if existing is None:
            raise LookupError(f"stream {plan.stream!r} was made and is not there")
        return existing
    for added in plan.added:
        existing = _add_stage(tx, existing, added)
    missing = [name for name, _ in plan.stages if existing.named(name) is None]
    if missing:
        raise BadInput(
            f"stream {existing.name!r} has no stage {missing[0]!r}",
            f"map to its stages ({', '.join(s.name for s in existing.line)}) or add one:"
            f" vsm stage add {missing[0]!r} --stream {existing.name!r}",
        )
    return existing


def _add_stage(tx: Transaction, stream: ValueStream, added: AddedStage) -> ValueStream:
    """The stream with one stage more, unless it has it by now."""
    known = stream.named(added.name)
    if known is not None and not known.retired:
        return stream
    before = stream.named(added.after) if added.after else None
    new = c.NewStage(added.name, added.category)
    _decide(tx, c.AddStage(stream.id, new, before.id if before else None))
    made = _stream_now(tx, stream.id)
    stage = made.named(added.name)
    if added.after == "" and stage is not None:
        _decide(tx, c.PlaceStage(stage.id, None))
        made = _stream_now(tx, stream.id)
    return made


def _decide(tx: Transaction, command: c.Command) -> None:
    made = decide(tx.view, command)
    if isinstance(made, Refusal):
        raise Refused(made)
    tx.record(made)


def _stream_now(tx: Transaction, stream_id: int) -> ValueStream:
    stream = tx.view.stream(stream_id)
    if stream is None:
        raise LookupError(f"stream {stream_id} is gone")
    return stream


def _prefix_of(histories: Sequence[ItemHistory]) -> str:
    """The project that most keys begin with, so that new items go on in the same way."""
    counts: Counter[str] = Counter()
    for history in histories:
        match = _ISSUE_KEY.fullmatch(history.key)
        if match:
            counts[match[1].upper()] += 1
    return max(counts, key=lambda k: counts[k]) if counts else ""


def compare(tx: Transaction, plan: ImportPlan, stream: ValueStream) -> Work:
    """Set the plan against the database."""
    source = source_name(plan, stream)
    known = {
        row[0]: Known(*row[1:])
        for row in tx.conn.execute(
            f"SELECT m.source_key, m.item, i.stream, m.digest, m.seq, i.key, {IS_CHANGED}"
            " FROM imported m JOIN item i ON i.id = m.item WHERE m.source = ?1",
            (source, json.dumps(kinds_beside(plan.keeps_edits))),
        )
    }
    rows = tx.conn.execute("SELECT key, id, stream FROM item")
    taken = {key.casefold(): (item, held) for key, item, held in rows}
    named = (stream.named(name) for name, _ in plan.stages)
    names = {s.name.casefold(): s.id for s in named if s is not None}
    work = Work(skipped=list(plan.skipped))
    edits = find_edits(tx.conn, source, plan.histories) if known else {}
    local = _Local(find_echoes(tx.conn, source), edits)
    look = _Comparison(stream, known, taken, names, local, work)
    for history in look.keyed(plan.histories) if plan.local else plan.histories:
        why = look.take(history)
        if why:
            look.work.skipped.append(Skipped(history.where, why))
    look.work.links = len(look.links)
    look.work.sprints = len(sprint_changes(tx, plan, stream))
    return look.work


class _Local(NamedTuple):
    """What people did here with items of a source, by their ids there."""

    echoes: dict[str, Echoes]
    edits: dict[str, KeptEdits]


class _Comparison:
    """Takes histories one by one and sets each against what is known."""

    def __init__(
        self,
        stream: ValueStream,
        known: dict[str, Known],
        taken: dict[str, tuple[int, int]],
        names: dict[str, int],
        local: _Local,
        work: Work,
    ) -> None:
        self.work = work
        self.links: set[tuple[str, str, str]] = set()
        self._stream, self._known, self._taken, self._names = stream, known, taken, names
        self._local = local
        self._stages: dict[str, int | None] = {}
        self._seen: set[str] = set()
        self._retired = {s.id: s.name for s in stream.stages if s.retired}

    def keyed(self, histories: Sequence[ItemHistory]) -> Sequence[ItemHistory]:
        """The histories by the keys that they have or will have here, in their parents too.

        A plain id is the key where it is free. Where another stream has it, or it differs from
        one of this file by its letter case alone, the stream's prefix stands before it.
        """
        if not self._known:
            folded = {history.key.casefold() for history in histories}
            if len(folded) == len(histories) and folded.isdisjoint(self._taken):
                return histories
        keys: dict[str, str] = {}
        mine: dict[str, str] = {}
        for history in histories:
            known = self._known.get(history.source_key)
            key = known.key if known is not None else history.key
            if known is None:
                _, held = self._taken.get(key.casefold(), _NEW)
                first = mine.setdefault(key.casefold(), history.source_key)
                elsewhere = held not in (-1, self._stream.id) and not _ISSUE_KEY.fullmatch(key)
                if elsewhere or first != history.source_key:
                    key = f"{self._stream.prefix}-{key}"
            if key != history.source_key:
                keys[history.source_key] = key
        if not keys:
            return histories
        out = list(histories)
        for n, history in enumerate(out):
            key, parent = keys.get(history.source_key, history.key), history.parent
            if parent is not None:
                parent = keys.get(parent, parent)
            if (key, parent) != (history.key, history.parent):
                out[n] = replace(history, key=key, parent=parent)
        return out

    def take(self, history: ItemHistory) -> str:
        """Note what is to be recorded of a history; returns why it is left out, if it is."""
        key, known = history.key, self._known.get(history.source_key)
        if history.source_key in self._seen:
            return f"{key} stands twice in the file"
        self._seen.add(history.source_key)
        moves = logged = self._moves(history)
        ignored = len(history.entries) - len(moves)
        if not moves:
            return f"{key} has no entry in a mapped stage"
        echoes = self._local.echoes.get(history.source_key)
        if echoes is not None:
            moves = with_local_moves(logged, echoes)
        self.work.qualities[history.quality] += 1
        if known is not None and known.stream != self._stream.id:
            return f"{key} is in another stream already; an item is in exactly one"
        stage = self._retired.get(moves[-1][1])
        if stage is not None:
            return f"{key} would be in {stage}, which is retired: map to another stage"
        owner, held = self._taken.get(key.casefold(), (None, 0))
        if owner is not None and (known is None or known.item != owner):
            where = " in another stream" if held not in (-1, self._stream.id) else ""
            return f"the key {key} belongs to another item{where}"
        if known is None:
            self._taken[key.casefold()] = _NEW
        edits = self._local.edits.get(history.source_key)
        before = with_values(history, edits.before) if edits is not None else history
        digest = digest_of(before, moves)
        is_known = known is not None and known.digest == digest
        if known is not None and echoes is not None and not is_known:
            earlier = with_local_moves(logged, echoes, known.seq)
            is_known = known.digest == digest_of(before, earlier)
        if is_known:
            self.work.already_known += 1
            return ""
        if known is not None and known.is_changed:
            self.work.kept.append(key)
            return f"{key} was changed here since its import: left as it is"
        if edits is not None:
            history = with_values(history, edits.now)
            digest = digest_of(history, moves)
        if history.links:
            self.links.update((kind.value, a, b) for kind, a, b in history.links)
        self.work.statements.append(Statement(history, moves, digest, known, ignored))
        return ""

    def _moves(self, history: ItemHistory) -> Moves:
        """Entries into stages; unmapped statuses are counted, entering where one is is no move."""
        entries: Sequence[Entry] = history.entries
        try:
            known = [self._stages[entry[1]] for entry in entries]
        except KeyError:
            for status in {entry.status for entry in entries}:
                self._stages[status] = self._names.get(" ".join(status.split()).casefold())
            known = [self._stages[entry[1]] for entry in entries]
        stages: list[int] = known  # type: ignore[assignment]
        if None in known:
            stages = [stage for stage in known if stage is not None]
            self.work.ignored += len(entries) - len(stages)
            entries = [e for e, stage in zip(entries, known, strict=True) if stage is not None]
        steps = zip(entries, stages, [0, *stages], strict=False)
        moves = tuple([(at, to, event, by) for (at, _, event, by), to, left in steps if to != left])
        self.work.repeated += len(stages) - len(moves)
        return moves


def result_of(plan: ImportPlan, stream: ValueStream, work: Work, *, dry_run: bool) -> ImportResult:
    """The result as it will be imported."""
    return ImportResult(
        stream=stream.name,
        items=len(work.statements),
        transitions=sum(len(s.moves) - 1 for s in work.statements),
        links=work.links,
        full=work.qualities[Quality.FULL],
        truncated=work.qualities[Quality.TRUNCATED],
        endpoints_only=work.qualities[Quality.ENDPOINTS_ONLY],
        already_known=work.already_known,
        restated=sum(1 for s in work.statements if s.known is not None),
        ignored=work.ignored,
        repeated=work.repeated,
        kept=tuple(work.kept),
        skipped=tuple(work.skipped),
        stages=tuple((s.name, s.category) for s in stream.order),
        dry_run=dry_run,
        sprints=work.sprints,
    )


def _record_run(tx: Transaction, plan: ImportPlan, stream: ValueStream, work: Work) -> int:
    from vsm.model import event as e

    run = tx.view.next_id("run")
    tx.record(
        [
            e.ImportRan(
                run=run,
                stream=stream.id,
                format=plan.format,
                file=plan.file,
                sha256=plan.sha256,
                items=len(work.statements),
                transitions=sum(len(s.moves) - 1 for s in work.statements),
                links=work.links,
                mapping=_stage_ids(plan, stream),
            )
        ]
    )
    return run


def record(tx: Transaction, plan: ImportPlan, stream: ValueStream, work: Work) -> Iterator[int]:
    """Record the run and its histories; yields how many items are done."""
    run = _record_run(tx, plan, stream, work)
    sprint_ids = record_sprints(tx, plan, stream)
    teams = _teams(tx, work)
    ranks = _ranks(tx, stream, work)
    first = tx.view.next_id("item")
    source = source_name(plan, stream)

    def imported_histories() -> Iterator[tuple[ImportedHistory, bytes]]:
        fresh, block = first, tx.view.next_id("block")
        for statement, rank in zip(work.statements, ranks, strict=True):
            history, known = statement.history, statement.known
            if known is None:
                item, fresh = fresh, fresh + 1
            else:
                item = known.item
            team = teams.get(history.team.casefold()) if history.team else None
            blocks = tuple(
                (n, b.started, b.ended, b.kind.value, b.reason, b.by)
                for n, b in enumerate(history.blocks, block)
            )
            block += len(blocks)
            imported = ImportedHistory(
                item=item,
                stream=stream.id,
                run=run,
                source=source,
                source_key=history.source_key,
                key=history.key,
                rank=rank,
                columns=columns_of(history.key, history, team),
                moves=statement.moves,
                links=history.links,
                quality=history.quality,
                digest=statement.digest,
                replaces=known.seq if known else None,
                blocks=blocks,
                sprints=stays_in(history, sprint_ids),
            )
            yield imported, payload(imported, history, team, statement.ignored)

    (before,) = tx.conn.execute("SELECT count(*) FROM item").fetchone()
    with indexes_afterwards(tx.conn, enabled=len(work.statements) > before):
        yield from tx.record_stated(imported_histories())


def _stage_ids(plan: ImportPlan, stream: ValueStream) -> dict[str, int]:
    """Status → stage id, 0 for statuses that are left out on purpose."""
    pairs = ((status, stream.named(stage)) for status, stage in plan.mapping.items() if stage)
    ids = {status: stage.id for status, stage in pairs if stage is not None}
    return ids | {status: 0 for status, stage in plan.mapping.items() if not stage}


def _teams(tx: Transaction, work: Work) -> dict[str, int]:
    names: dict[str, str] = {}
    for statement in work.statements:
        if statement.history.team:
            names.setdefault(statement.history.team.casefold(), statement.history.team)
    out: dict[str, int] = {}
    for folded, name in names.items():
        team = tx.view.find(TEAM, name)
        if team is None:
            made = decide(tx.view, c.AddEntity(TEAM, {"name": name}))
            if isinstance(made, Refusal):
                raise Refused(made)
            tx.record(made)
            team = tx.view.find(TEAM, name)
        if team is not None:
            out[folded] = team.id
    return out


def _ranks(tx: Transaction, stream: ValueStream, work: Work) -> list[int]:
    """Ranks of the statements behind what is there, those longest in their stage first."""
    last = {s.id: tx.view.last_rank(s.id) or 0 for s in stream.stages}
    order = sorted((s.moves[-1][0], s.history.key, n) for n, s in enumerate(work.statements))
    ranks = [0] * len(order)
    for _, _, n in order:
        stage = work.statements[n].moves[-1][1]
        last[stage] += GAP
        ranks[n] = last[stage]
    return ranks
