"""Events of governance → rows: evidence, and the verdicts of controls at moves."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.model import event as e
from vsm.model.event import Recorded
from vsm.store.entities import pack
from vsm.store.projection.base import Projector, fold


@fold.register
def _(event: e.EvidenceAdded, p: Projector, r: Recorded) -> None:
    p.conn.execute(
        "INSERT INTO evidence(id, item, kind, ref, at, by, status, details, sha256, origin,"
        " recorded_at, recorded_by) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.evidence,
            event.item,
            event.what.value,
            event.ref,
            event.happened,
            event.by,
            event.status,
            pack(event.details),
            event.sha256,
            event.origin,
            r.recorded_at,
            r.actor.name,
        ),
    )
    p.count("evidence", event.evidence)
    p.version(r)


@fold.register
def _(event: e.EvidenceRetracted, p: Projector, r: Recorded) -> None:
    p.conn.execute("DELETE FROM evidence WHERE id = ?", (event.evidence,))
    p.version(r)


@fold.register
def _(event: e.MoveRefused, p: Projector, r: Recorded) -> None:
    # Nothing was changed, so it is no step for an undo.
    p.conn.execute("DELETE FROM change_group WHERE grp = ?", (r.grp,))
    record_gates(p, r, event.change, event.stream, (event.source, event.target), event.gates)


@fold.register
def _(event: e.MoveChecked, p: Projector, r: Recorded) -> None:
    # A statement about a moment stays: it is no step for an undo either. No table has it, so that
    # figures of gates cannot count it.
    p.conn.execute("DELETE FROM change_group WHERE grp = ?", (r.grp,))
    p.version(r)


def record_gates(
    p: Projector,
    r: Recorded,
    item: int,
    stream: int,
    move: tuple[int | None, int],
    gates: Sequence[e.GateFacts],
    emergency: str = "",
) -> None:
    """Keep the verdicts of controls at a move between two stages."""
    if not gates:
        return
    refused = isinstance(r.event, e.MoveRefused)
    p.conn.executemany(
        "INSERT INTO evaluation(seq, control, item, stream, source, target, at, judged_at,"
        " version, verdict, disposition, mode, facts, missing, problem, waiver, emergency, refused)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(r.seq, gate.control, item, stream, *move, r.at, r.recorded_at),
                *(
                    gate.version,
                    gate.verdict.value,
                    gate.disposition.value,
                    gate.mode.value,
                    gate.facts,
                ),
                *(pack(gate.missing) if gate.missing else "[]", gate.problem, gate.waiver),
                *(emergency if emergency and gate.needs_emergency else "", int(refused)),
            )
            for gate in gates
        ],
    )


def retract_gates(p: Projector, r: Recorded, item: int) -> None:
    """Forget the verdicts at a move that was undone: it never counted."""
    p.conn.execute(
        "DELETE FROM evaluation WHERE item = ? AND refused = 0"
        " AND EXISTS(SELECT 1 FROM journal j WHERE j.seq = evaluation.seq AND j.grp = ?)",
        (item, r.undoes),
    )
