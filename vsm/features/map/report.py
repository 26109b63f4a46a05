"""The report on the value stream map: totals, stages, moves between them, notes."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.map.future_report import judgement_parts
from vsm.features.map.results import MapEdge, MapStage, Measure, ValueStreamMap
from vsm.features.map.wording import (
    NO_EDGE,
    has_ended,
    nothing_known,
    oddities,
    time_words,
)
from vsm.model.declared import TimeBasis
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category, EdgeKind
from vsm.report.document import (
    Cell,
    Column,
    Document,
    Part,
    Row,
    Section,
    Sentence,
    Table,
    Target,
    Tone,
    row,
)
from vsm.report.wording import activity_lines, count, day, filter_line, listed, percent

DIFFERS, BURST, CONSTRAINT, OVER = "≠", "✱", "◆", "▲"
"""Marks: declared is not what was measured; a note; what limits the flow; over the WIP limit."""
ARROW = "→"
MIN_SHARE = 0.02
"""Moves along no edge that are a smaller share of the leaves of a stage are only counted."""
BOUND = (
    "No stage on the main path is a queue: time that items wait inside active stages counts as"
    " process time, so the activity ratio is the most that it can be."
)
SHOWN = 30
"""Lines of a list before the rest is only counted."""
_STAGES = (
    Column("Stage", shrinks=True),
    Column("team", wide=110),
    Column("WIP  ", right=True),
    Column("PT", right=True),
    Column("wait", right=True),
    Column("%C&A", right=True),
    Column("on path", right=True, short="path"),
    Column("in/wk", right=True),
    Column("utilisation", right=True, short="util.", wide=84),
)


def report(result: ValueStreamMap) -> Document:
    """Everything on the map of a stream."""
    window = result.window
    about = [f"{day(window.first)} to {day(window.last)}, {result.time_text}"]
    about += activity_lines(result.last_activity, result.zone, window.first, window.last)
    if result.filter:
        about.append(f"{filter_line(result.filter)}; WIP is of all")
    sections = [
        Section("", _summary(result)),
        Section("Stages", _stages(result)),
        Section("Moves", _moves(result)),
    ]
    if rework := _rework(result):
        sections.append(Section("Rework", rework))
    if notes := _notes(result):
        sections.append(Section("Notes", notes))
    if result.futures:
        sections.append(Section("Future states made real", judgement_parts(result.futures)))
    if left_out := _left_out(result):
        sections.append(Section("", left_out))
    return Document(f"{result.stream}: value stream map", tuple(about), tuple(sections))


def measure_words(measure: Measure, basis: TimeBasis) -> str:
    """A time as measured, and in brackets as declared: ``1.2d (0.5d ≠)``."""
    return _beside(
        measure, time_words(measure.measured, basis), time_words(measure.declared, basis)
    )


def share_words(measure: Measure) -> str:
    """A share as measured, and in brackets as declared: ``95% (80%)``."""
    return _beside(measure, percent(measure.measured), percent(measure.declared))


def _beside(measure: Measure, measured: str, declared: str) -> str:
    if measure.declared is None:
        return measured
    mark = f" {DIFFERS}" if measure.differs else ""
    return f"{measured} ({declared}{mark})"


def _summary(result: ValueStreamMap) -> tuple[Part, ...]:
    totals, time = result.totals, result.time
    if not result.finished:
        is_declared = any(m.declared is not None for s in result.stages for m in _measures(s))
        said = [Sentence(nothing_known(result, is_declared), "strong")]
        if not is_declared and not has_ended(result):
            said.append(
                Sentence(
                    "Declare times with vsm map declare STAGE --process 0.5d --wait 5d --ca 80%.",
                    "faint",
                )
            )
    else:
        said = [Sentence(f"{_items(result)} finished; half of them took {_lead(result)}", "strong")]
    lines = (
        ("Process time", measure_words(totals.process, time)),
        ("Wait", measure_words(totals.wait, time)),
        ("Lead time", measure_words(totals.lead_time, time)),
        ("Activity ratio", share_words(totals.activity_ratio)),
        ("Rolled %C&A", share_words(totals.rolled)),
    )
    rows = tuple(row(name, text) for name, text in lines if text != "-")
    parts: list[Part] = list(said)
    if rows:
        parts.append(Table((Column("Total"), Column("measured (declared)", right=True)), rows))
    parts += [Sentence(text, "faint") for text in oddities(result)]
    if _is_bound(result):
        parts.append(Sentence(BOUND, "warn"))
    by_id = {stage.id: stage.name for stage in result.stages}
    path = [inert_line(by_id[number]) for number in result.main_path]
    if path:
        parts.append(Sentence(f"Main path: {f' {ARROW} '.join(path)}", "faint"))
    longest = totals.longest
    if longest is not None:
        way = f" {ARROW} ".join(map(inert_line, longest.stages))
        text = time_words(longest.days, time)
        parts.append(
            Sentence(f"Longest path: {text}", "faint")
            if longest.stages == tuple(by_id[n] for n in result.main_path)
            else Sentence(f"Longest path: {text}: {way}", "faint")
        )
    if result.constraint:
        is_one = any(stage.constraint for stage in result.stages)
        mark = f"{CONSTRAINT} " if is_one else ""
        tone: Tone = "warn" if is_one else "faint"
        parts.append(Sentence(f"{mark}{inert_line(result.constraint)}", tone))
    return tuple(parts)


def _is_bound(result: ValueStreamMap) -> bool:
    """Whether no wait is told apart from work on the main path."""
    path = set(result.main_path)
    queues = [stage for stage in result.stages if stage.category is Category.QUEUE]
    return bool(result.finished and path) and not any(
        stage.id in path or stage.feeds in path for stage in queues
    )


def _items(result: ValueStreamMap) -> str:
    return count(result.finished, "item")


def _lead(result: ValueStreamMap) -> str:
    lead = result.totals.lead_time
    if lead.measured is None:
        return "a time that is not known: none of them has a start"
    return f"{time_words(lead.measured, result.time)} or less from start to finish"


def is_shown(stage: MapStage) -> bool:
    """Whether a stage stands on the map: retired ones while figures are of them."""
    return not stage.retired or bool(stage.on_path or stage.wip)


def _stages(result: ValueStreamMap) -> tuple[Part, ...]:
    parts: list[Part] = [
        Table(_STAGES, tuple(_row(s, result) for s in result.stages if is_shown(s)))
    ]
    if any(stage.feeds is not None for stage in result.stages):
        parts.append(
            Sentence("The wait of a stage includes the queue (▽) that feeds only it.", "faint")
        )
    if any(m.differs for s in result.stages for m in _measures(s)):
        parts.append(
            Sentence(f"{DIFFERS}: declared is more than 25% off what was measured.", "faint")
        )
    for stage in result.stages:
        if not stage.is_reachable and is_shown(stage):
            parts.append(
                Sentence(f"No edge leads to {inert_line(stage.name)} from the start.", "warn")
            )
    return tuple(parts)


def _measures(stage: MapStage) -> tuple[Measure, ...]:
    return stage.process, stage.wait, stage.complete_accurate


def _row(stage: MapStage, result: ValueStreamMap) -> Row:
    marks = CONSTRAINT if stage.constraint else "▽" if stage.category is Category.QUEUE else ""
    name = inert_line(stage.name) + (" (retired)" if stage.retired else "")
    burst = f" {BURST}" if stage.note else ""
    ended = stage.category.ended
    return row(
        Cell(
            f"{f'{marks} ' if marks else ''}{name}{burst}", "warn" if stage.constraint else "text"
        ),
        Cell(inert_line(stage.team or ""), "faint"),
        Cell(f"{stage.wip_text}{f' {OVER}' if stage.is_over else '  '}", _over(stage)),
        "" if ended else _time(stage.process, result),
        "" if ended else _time(stage.wait, result),
        ""
        if ended
        else Cell(share_words(stage.complete_accurate), _differs(stage.complete_accurate)),
        Cell(percent(stage.on_path), "faint"),
        "-" if stage.arrivals is None else f"{stage.arrivals:.1f}",
        "" if stage.utilisation is None else percent(stage.utilisation),
        target=Target(stage.name, stage=stage.id),
    )


def _time(measure: Measure, result: ValueStreamMap) -> Cell:
    return Cell(measure_words(measure, result.time), _differs(measure))


def _differs(measure: Measure) -> Tone:
    return "warn" if measure.differs else "text"


def _over(stage: MapStage) -> Tone:
    return "bad" if stage.is_over else "text"


def _moves(result: ValueStreamMap) -> tuple[Part, ...]:
    """Moves that are no rework: those drawn, and others that are not rare."""
    moves = [edge for edge in result.edges if edge.kind != EdgeKind.REWORK]
    shown = [edge for edge in moves if edge.drawn or (edge.share or 0.0) >= MIN_SHARE]
    if not shown:
        return (Sentence("No edge is drawn, and nothing moved.", "faint"),)
    columns = (
        Column("From", shrinks=True),
        Column("to", shrinks=True),
        Column("a week", right=True),
        Column("share", right=True),
        Column(""),
    )
    most = sorted(shown, key=lambda edge: -edge.moves)[:SHOWN]
    rest = sum(edge.moves for edge in moves) - sum(edge.moves for edge in most)
    rows = tuple(
        row(
            inert_line(edge.source_name),
            f"{inert_line(edge.target_name)}{f' {BURST}' if edge.note else ''}",
            f"{edge.per_week:.1f}",
            percent(edge.share),
            Cell("" if edge.drawn else NO_EDGE, "faint"),
        )
        for edge in shown
        if edge in most
    )
    parts: list[Part] = [Table(columns, rows)]
    if rest:
        parts.append(Sentence(f"And {count(rest, 'other move')}.", "faint"))
    return tuple(parts)


def _rework(result: ValueStreamMap) -> tuple[Part, ...]:
    edges = [edge for edge in result.edges if edge.kind == EdgeKind.REWORK]
    edges = [edge for edge in edges if edge.moves or edge.drawn]
    if not edges:
        return ()
    edges.sort(key=lambda edge: (-edge.moves, edge.source_name, edge.target_name))
    columns = (
        Column("From", shrinks=True),
        Column("back to", shrinks=True),
        Column("moves", right=True),
        Column("share of leaves", right=True, short="share"),
        Column("extra time", right=True, short="extra"),
    )
    rows = tuple(
        row(
            inert_line(edge.source_name),
            f"{inert_line(edge.target_name)}{f' {BURST}' if edge.note else ''}",
            f"{edge.moves:,}",
            percent(edge.share),
            time_words(edge.extra_days, result.time),
        )
        for edge in edges[:SHOWN]
    )
    parts: list[Part] = [Table(columns, rows)]
    rest = sum(edge.moves for edge in edges[SHOWN:])
    if rest:
        parts.append(Sentence(f"And {count(rest, 'other move')} back.", "faint"))
    return tuple(parts)


def _notes(result: ValueStreamMap) -> tuple[Part, ...]:
    """Kaizen bursts, and where declared values are from."""
    notes = [(stage.name, stage.note) for stage in result.stages if stage.note]
    notes += [(_ends(edge), edge.note) for edge in result.edges if edge.note]
    parts = [Sentence(f"{inert_line(of)}: {inert_line(note)}", lead=BURST) for of, note in notes]
    by_source: dict[str, list[str]] = {}
    for stage in result.stages:
        if stage.declared_note:
            by_source.setdefault(inert_line(stage.declared_note), []).append(inert_line(stage.name))
    sources = (
        Sentence(f"{listed(names)}, declared: {source}", "faint")
        for source, names in by_source.items()
    )
    return (*parts, *sources)


def _ends(edge: MapEdge) -> str:
    return f"{edge.source_name} {ARROW} {edge.target_name}"


def _left_out(result: ValueStreamMap) -> tuple[Part, ...]:
    left = result.left_out
    reasons: Sequence[tuple[int, str]] = (
        (left.path_unknown, "finished, path known only in part: no process time and wait"),
        (left.finished_without_start, "finished without a start: no lead time"),
        (left.partly_known, "moved, history known only in part: no %C&A and moves"),
        (left.clock_skew, "moves run backwards in time"),
    )
    said = [f"{n:,} {why}" for n, why in reasons if n]
    return (Sentence(f"Left out: {listed(said)}.", "faint"),) if said else ()
