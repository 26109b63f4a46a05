"""Gates ahead: which stages have controls at their entry, and which items would not pass now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from vsm.features.governance.reading import announced, check_move
from vsm.features.governance.results import Announced, NextGate
from vsm.model.control.control import Control, Disposition, Mode, mode_of
from vsm.model.control.evaluation import calls_for
from vsm.model.governance_entities import CONTROL, MODE
from vsm.model.rules import local
from vsm.model.stream import Stage, ValueStream
from vsm.reader import Reader


@dataclass(frozen=True, slots=True)
class GatesAhead:
    """What stands before the next moves of a stream.

    ``controls`` counts by stage id those that some move into it from the stage before calls for;
    ``refused`` are ids of items whose next move would be refused now.
    """

    mode: Mode = Mode.OFF
    controls: dict[int, int] = field(default_factory=dict)
    refused: frozenset[int] = frozenset()
    announced: tuple[Announced, ...] = ()


def next_stage(stream: ValueStream, stage: int) -> Stage | None:
    """The stage of the board that follows one, unless that ends without being done."""
    line = stream.line
    place = next((n for n, other in enumerate(line) if other.id == stage), None)
    if place is None or line[place].category.ended or place + 1 >= len(line):
        return None
    return line[place + 1]


def read_gates_ahead(
    reader: Reader,
    stream: ValueStream,
    now: int,
    only: Collection[int] | None = None,
    before: GatesAhead | None = None,
) -> GatesAhead:
    """The gates ahead of all open items of a stream; of some alone, with what was known before."""
    modes = reader.entities(MODE)
    if not any(mode.only == stream.id for mode in modes):
        return GatesAhead()
    today = local(now, stream.zone).date()
    day = today.isoformat()
    controls = [
        control
        for control in reader.entities(CONTROL)
        if mode_of(modes, stream.id, control.id, day) is not Mode.OFF
    ]
    counts = {
        stage.id: number
        for source, stage in zip((None, *stream.line), stream.line, strict=False)
        if (number := _count(controls, stream, source, stage))
    }
    sources = [
        source.id
        for source in stream.line
        if (target := next_stage(stream, source.id)) is not None and target.id in counts
    ]
    items = reader.items_in(sources)
    asked = items if only is None or before is None else items & set(only)
    refused = _refused(reader, stream, asked, now)
    if only is not None and before is not None:
        refused |= (before.refused - set(only)) & items
    coming = announced(reader.entities(CONTROL), modes, stream, today)
    return GatesAhead(mode_of(modes, stream.id, None, day), counts, frozenset(refused), coming)


def _count(
    controls: Sequence[Control], stream: ValueStream, source: Stage | None, target: Stage
) -> int:
    return sum(calls_for(control.applies, stream, source, target) for control in controls)


def _refused(reader: Reader, stream: ValueStream, items: Collection[int], now: int) -> set[int]:
    """Those of these items whose next move would be refused."""
    if not items:
        return set()
    records = reader.change_records(stream, items)
    refused = set()
    for item in records.items.values():
        target = next_stage(stream, item.stage)
        if target is None:
            continue
        record = replace(records.record(item.id, now), target=target.name)
        results = check_move(reader, records, record, target)
        if any(result.disposition is Disposition.ENFORCED for result in results):
            refused.add(item.id)
    return refused


def read_next_gate(reader: Reader, item: int, stream: ValueStream, now: int) -> NextGate | None:
    """The next stage of an item, and the verdicts on moving it there; ``None``: no gate there."""
    if not any(mode.only == stream.id for mode in reader.entities(MODE)):
        return None
    records = reader.change_records(stream, [item])
    current = records.items.get(item)
    target = None if current is None else next_stage(stream, current.stage)
    if target is None:
        return None
    record = replace(records.record(item, now), target=target.name)
    results = check_move(reader, records, record, target)
    return NextGate(target.name, results) if results else None
