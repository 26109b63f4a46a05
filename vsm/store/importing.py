"""Import plans → events: what is new, what is restated, what is known already.

Facts, not wishes: histories do not pass ``decide``. Each item yields one event that states
its whole history; importing again appends one only where that differs, and never for an item
that was changed here since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vsm.model import command as c
from vsm.model.decide import GAP, decide
from vsm.model.errors import BadInput, Refusal, Refused
from vsm.model.history import ImportPlan, ImportResult, ItemHistory, Skipped
from vsm.model.item import Quality
from vsm.model.stream import ValueStream
from vsm.store.projection import indexes_afterwards

if TYPE_CHECKING:
    from vsm.model.event import Event
    from vsm.store.writer import Transaction

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Moves = tuple[tuple[int, int, str, str], ...]


@dataclass(slots=True)
class Known:
    """What the database has of an item that the source tells of."""

    item: int
    stream: int
    version: int
    import_version: int
    digest: str
    seq: int


@dataclass(slots=True)
class Statement:
    """One history to be recorded."""

    history: ItemHistory
    moves: Moves
    digest: str
    known: Known | None
    ignored: int
    stage: int
    entered: int


@dataclass(slots=True)
class Work:
    """The plan against the database: what to record and what was found."""

    statements: list[Statement] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    already_known: int = 0
    ignored: int = 0
    links: int = 0
    qualities: dict[Quality, int] = field(default_factory=lambda: dict.fromkeys(Quality, 0))


def source_name(plan: ImportPlan) -> str:
    """What item identities of this plan are unique within."""
    return plan.format


def ensure_stream(tx: Transaction, plan: ImportPlan) -> ValueStream:
    """The plan's stream, made where it is new."""
    found = tx.view.stream_by_name(plan.stream)
    if found is None:
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
        found = tx.view.stream_by_name(plan.stream)
        if found is None:
            raise LookupError(f"stream {plan.stream!r} was made and is not there")
        return found
    missing = [name for name, _ in plan.stages if found.named(name) is None]
    if missing:
        raise BadInput(
            f"stream {found.name!r} has no stage {missing[0]!r}",
            f"map to its stages ({', '.join(s.name for s in found.order)}) or add one:"
            f" vsm stage add {missing[0]!r} --stream {found.name!r}",
        )
    return found


def _prefix_of(histories: Sequence[ItemHistory]) -> str:
    """The project that most keys begin with, so that new items go on in the same way."""
    import re

    counts: dict[str, int] = {}
    for history in histories:
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]{0,19})-\d+", history.key)
        if match:
            counts[match[1].upper()] = counts.get(match[1].upper(), 0) + 1
    return max(counts, key=lambda k: counts[k]) if counts else ""


def compare(tx: Transaction, plan: ImportPlan, stream: ValueStream) -> Work:
    """Set the plan against the database."""
    source = source_name(plan)
    known = {
        row[0]: Known(*row[1:])
        for row in tx.conn.execute(
            "SELECT m.source_key, m.item, i.stream, i.version, m.version, m.digest, m.seq"
            " FROM imported m JOIN item i ON i.id = m.item WHERE m.source = ?",
            (source,),
        )
    }
    taken = {key.casefold(): item for item, key in tx.conn.execute("SELECT id, key FROM item")}
    named = (stream.named(name) for name, _ in plan.stages)
    names = {s.name.casefold(): s.id for s in named if s is not None}
    folded: dict[str, int | None] = {}
    work = Work(skipped=list(plan.skipped))
    links: set[tuple[str, str, str]] = set()
    seen: set[str] = set()
    for history in plan.histories:
        _one(
            history, known.get(history.source_key), stream, names, folded, taken, seen, work, links
        )
    work.links = len(links)
    return work


def _one(
    history: ItemHistory,
    known: Known | None,
    stream: ValueStream,
    names: dict[str, int],
    folded: dict[str, int | None],
    taken: dict[str, int],
    seen: set[str],
    work: Work,
    links: set[tuple[str, str, str]],
) -> None:
    if history.source_key in seen:
        work.skipped.append(Skipped(history.where, f"{history.key} stands twice in the file"))
        return
    seen.add(history.source_key)
    moves: list[tuple[int, int, str, str]] = []
    ignored = 0
    for entry in history.entries:
        status = entry.status
        stage = folded.get(status)
        if stage is None and status not in folded:
            stage = folded[status] = names.get(" ".join(status.split()).casefold())
        if stage is None:
            ignored += 1
        elif not moves or moves[-1][1] != stage:
            moves.append((entry.at, stage, entry.event_id, entry.by))
    work.ignored += ignored
    if not moves:
        why = f"{history.key} has no entry in a mapped stage"
        work.skipped.append(Skipped(history.where, why))
        return
    work.qualities[history.quality] += 1
    if known is not None and known.stream != stream.id:
        why = f"{history.key} is in another stream already; an item is in exactly one"
        work.skipped.append(Skipped(history.where, why))
        return
    owner = taken.get(history.key.casefold())
    if owner is not None and (known is None or known.item != owner):
        why = f"the key {history.key} belongs to another item"
        work.skipped.append(Skipped(history.where, why))
        return
    if known is None:
        taken[history.key.casefold()] = -1
    digest = _digest(history, moves)
    if known is not None and known.digest == digest:
        work.already_known += 1
        return
    if known is not None and known.version != known.import_version:
        why = f"{history.key} was changed here since its import: left as it is"
        work.skipped.append(Skipped(history.where, why))
        return
    links.update((kind.value, a, b) for kind, a, b in history.links)
    entered, stage, _, _ = moves[-1]
    work.statements.append(Statement(history, tuple(moves), digest, known, ignored, stage, entered))


def _digest(history: ItemHistory, moves: Sequence[tuple[int, int, str, str]]) -> str:
    body: list[Any] = [
        history.key,
        history.title,
        history.description,
        history.type,
        history.service.value,
        history.owner,
        history.team,
        history.estimate,
        history.due,
        history.labels,
        history.parent,
        [(k.value, a, b) for k, a, b in history.links],
        history.quality.value,
        moves,
    ]
    return hashlib.sha256(_ENCODE(body).encode()).hexdigest()[:32]


def result_of(plan: ImportPlan, stream: ValueStream, work: Work, *, dry_run: bool) -> ImportResult:
    """The result as it will be told."""
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
        skipped=tuple(work.skipped),
        stages=tuple((s.name, s.category) for s in stream.order),
        dry_run=dry_run,
    )


def record(tx: Transaction, plan: ImportPlan, stream: ValueStream, work: Work) -> Iterator[int]:
    """Record the run and its histories; yields how many items are done."""
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
    teams = _teams(tx, work)
    ranks = _ranks(tx, stream, work)
    first = tx.view.next_id("item")

    def events() -> Iterator[Event]:
        fresh = first
        for statement in work.statements:
            history, known = statement.history, statement.known
            if known is None:
                item, fresh = fresh, fresh + 1
            else:
                item = known.item
            yield e.ItemHistoryImported(
                item=item,
                stream=stream.id,
                run=run,
                source=source_name(plan),
                source_key=history.source_key,
                key=history.key,
                rank=ranks[id(statement)],
                fields=e.ItemFields(
                    title=history.title,
                    description=history.description,
                    type=history.type,
                    service=history.service,
                    owner=history.owner,
                    team=teams.get((history.team or "").casefold()),
                    estimate=history.estimate,
                    due=history.due,
                    labels=history.labels,
                    parent=history.parent,
                ),
                transitions=statement.moves,
                links=history.links,
                quality=history.quality,
                ignored=statement.ignored,
                digest=statement.digest,
                replaces=known.seq if known else None,
            )

    (before,) = tx.conn.execute("SELECT count(*) FROM item").fetchone()
    with indexes_afterwards(tx.conn, wanted=len(work.statements) > before):
        yield from tx.record_bulk(events())


def _stage_ids(plan: ImportPlan, stream: ValueStream) -> dict[str, int]:
    found = ((status, stream.named(stage)) for status, stage in plan.mapping.items())
    return {status: stage.id for status, stage in found if stage is not None}


def _teams(tx: Transaction, work: Work) -> dict[str, int]:
    names: dict[str, str] = {}
    for statement in work.statements:
        if statement.history.team:
            names.setdefault(statement.history.team.casefold(), statement.history.team)
    out: dict[str, int] = {}
    for folded, name in names.items():
        team = tx.view.team_by_name(name)
        if team is None:
            made = decide(tx.view, c.AddTeam(name))
            if isinstance(made, Refusal):
                raise Refused(made)
            tx.record(made)
            team = tx.view.team_by_name(name)
        if team is not None:
            out[folded] = team.id
    return out


def _ranks(tx: Transaction, stream: ValueStream, work: Work) -> dict[int, int]:
    """Ranks behind what is there, those longest in their stage first."""
    last = {s.id: tx.view.last_rank(s.id) or 0 for s in stream.stages}
    out: dict[int, int] = {}
    for statement in sorted(work.statements, key=lambda s: (s.entered, s.history.key)):
        last[statement.stage] += GAP
        out[id(statement)] = last[statement.stage]
    return out
