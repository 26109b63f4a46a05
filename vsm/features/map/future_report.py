"""The report on a future state: the difference in a line, then what it rests on."""

from __future__ import annotations

from vsm.features.map.future_results import (
    DEMAND,
    Change,
    Compared,
    FutureStage,
    Growth,
    Judgement,
    Pair,
)
from vsm.features.map.wording import days_change
from vsm.model.sanitise import inert_line
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Tone,
    row,
)
from vsm.report.wording import count, listed, percent

DASH = "–"
FEW_ITEMS = 10
"""With fewer items finished in the window the days are not relied on."""
_CHANGES: dict[Change, Tone] = {
    Change.NEW: "good",
    Change.GONE: "faint",
    Change.CHANGED: "strong",
    Change.NONE: "text",
}


def report(result: Compared) -> Document:
    """Everything on a future state beside the map as it is."""
    about = (f"Future state of {inert_line(result.stream)}, in {result.time}",)
    sections = [
        Section("", tuple(_summary(result))),
        Section("Edits", tuple(_edits(result))),
        Section("Stages", (_stages(result),)),
        Section("What the figures rest on", tuple(_basis(result))),
    ]
    return Document(inert_line(result.name), about, tuple(s for s in sections if s.parts))


def _summary(result: Compared) -> list[Part]:
    parts: list[Part] = [Sentence(inert_line(result.text), "strong")]
    parts += [Sentence(inert_line(text), "warn") for text in result.left_out]
    used = result.utilisation
    if result.constraint_after is not None and used.after is not None:
        where = "" if result.constraint_after == DEMAND else f" at {result.constraint_after}"
        now = "" if used.before is None else f", now {percent(used.before)}"
        text = f"Highest utilisation of slots: {percent(used.after)}{where}{now}."
        parts.append(Sentence(inert_line(text)))
    parts += [Sentence(_growth(growth), "warn") for growth in result.growing]
    if result.rolled_ca.before is not None and result.rolled_ca.is_changed:
        rolled = result.rolled_ca
        parts.append(Sentence(f"Rolled %C&A {percent(rolled.before)} → {percent(rolled.after)}."))
    parts += _played(result)
    if result.conflicts:
        parts.append(
            Sentence("The map has changed since in stages that the draft touches:", "warn")
        )
        parts += [Sentence(inert_line(text), lead="·") for text in result.conflicts]
    return parts


def _growth(growth: Growth) -> str:
    names = inert_line(listed(growth.stages))
    if not growth.after:
        return f"The queue of {names} grows by {growth.before:.1f} a week now, and no more then."
    if not growth.before:
        return f"The queue of {names} would grow by {growth.after:.1f} a week."
    if f"{growth.before:.1f}" == f"{growth.after:.1f}":
        return f"The queue of {names} grows by {growth.before:.1f} a week, as now."
    return f"The queue of {names} grows by {growth.before:.1f} a week, then {growth.after:.1f}."


def _played(result: Compared) -> list[Part]:
    if result.played is None:
        return [Sentence(f"Not simulated: {result.cannot}.", "faint")] if result.cannot else []
    played = result.played
    lead = played.lead_days
    text = (
        f"Simulated ({played.runs:,} runs): LT {days_change(lead)},"
        f" 80% of runs {_number(played.low_80)} to {_number(played.high_80)} d."
    )
    if played.holds:
        return [Sentence(text)]
    return [
        Sentence(text),
        Sentence(f"The formula does not hold here: {inert_line(played.reason)}.", "warn"),
    ]


def _edits(result: Compared) -> list[Part]:
    if not result.edits:
        return [Sentence("None yet: vsm map draft edit NAME 'set Build slots 3'", "faint")]
    return [
        Sentence(inert_line(text), lead=f"{number}") for number, text in enumerate(result.edits, 1)
    ]


def _stages(result: Compared) -> Table:
    columns = (
        Column("STAGE", shrinks=True),
        Column("VISITS", right=True),
        Column("PT", right=True),
        Column("SERVICE", right=True, wide=100),
        Column("WAIT", right=True),
        Column("SLOTS", right=True),
        Column("USED", right=True),
        Column("FROM", shrinks=True, wide=110),
    )
    return Table(columns, tuple(_stage_row(stage) for stage in result.stages))


def _stage_row(stage: FutureStage) -> Row:
    mark = {Change.NEW: "+ ", Change.GONE: "− "}.get(stage.change, "")
    return row(
        Cell(mark + inert_line(stage.name), _CHANGES[stage.change]),
        _pair(stage.visits, 2),
        _pair(stage.process),
        _pair(stage.service),
        _pair(stage.wait),
        _pair(stage.slots),
        _percents(stage.utilisation),
        inert_line(stage.source),
    )


def _pair(pair: Pair, decimals: int = 1) -> str:
    before, after = _number(pair.before, decimals), _number(pair.after, decimals)
    return before if before == after else f"{before} → {after}"


def _percents(pair: Pair) -> str:
    before = percent(pair.before, unknown=DASH)
    after = percent(pair.after, unknown=DASH)
    return before if before == after else f"{before} → {after}"


def _number(value: float | None, decimals: int = 1) -> str:
    if value is None:
        return DASH
    if 0 < value < 0.1:
        decimals = max(decimals, 2)
    return f"{value:.{decimals}f}"


def _basis(result: Compared) -> list[Part]:
    parts: list[Part] = []
    if result.measured_lead is not None:
        parts.append(
            Sentence(
                f"LT is a mean, since medians do not add up: measured {result.measured_lead:.1f} d"
                f" (median {_number(result.median_lead)} d) over"
                f" {count(result.items, 'item')} finished in the window."
            )
        )
    if 0 < result.items < FEW_ITEMS:
        few = (
            f"Only {count(result.items, 'item')} finished: rely on the direction, not on the days."
        )
        parts.append(Sentence(few, "warn"))
    parts.append(
        Sentence(
            "LT = Σ visits × (service + wait). Waits follow the load of slots by Erlang's"
            " formula, with the variation that explains the wait of now. PT is the median that the"
            " map shows; service is the mean time for which a visit takes a slot, as vsm"
            " bottlenecks fits it. A mean is often longer than a median; where stages share slots,"
            " the wait for them is no part of it. A new PT changes service in proportion."
        )
    )
    parts += [Sentence(inert_line(note), "faint", lead="·") for note in result.notes]
    return parts


# -- what came of it -------------------------------------------------------------------------


def judgement_parts(results: tuple[Judgement, ...]) -> tuple[Part, ...]:
    """A sentence on each future state that was made real: predicted against actual."""
    return tuple(
        Sentence(inert_line(result.text), "text" if result.is_over else "faint", lead="·")
        for result in results
    )
