"""The lists below the facts of a report about a stream: what finished, started, waits, is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np

from vsm.features.forecast.pin_results import Outcome
from vsm.features.reports.flow_rules import p85_shift
from vsm.features.reports.initiative_words import blocker_in_words
from vsm.features.reports.results import Block, Listed
from vsm.features.reports.rule import some
from vsm.features.reports.sources import Sources
from vsm.flow.cycle import has_category
from vsm.flow.history import Ints
from vsm.model.board import LogFilter
from vsm.model.query_parser import parse
from vsm.model.rules import DAY, NEXT_ITEMS, local
from vsm.model.sprint import SprintState
from vsm.model.stream import Category
from vsm.report.wording import count, day, percent

OLDEST = 5
LONGEST = 8
AHEAD = 7
"""Days ahead in which due dates are listed."""
_POLICY_KINDS = ("stage_changed", "stage_added", "stream_changed", "edges_changed")
_FLOW_WORDS = ("limit", "stage", "edge", "moved", "merged", "split", "retired", "commitment")
"""Words of entries about how work goes: not those about names, estimates and notes."""
_SETTLES = 7
"""Days after a change, and before it, without which no rate is held against another."""
_AROUND = 56
"""Days before a change of the map that are held against those after it."""


def weekly_lists(of: Sources) -> Iterator[Block]:
    """What finished, what began, what is stuck, what is due."""
    yield from (_finished(of), _started(of), _oldest(of), _blocked(of), _waits(of))
    yield from (_forecasts(of), _due(of))


def _lines(
    of: Sources,
    items: Sequence[int],
    days: Sequence[float | None],
    notes: Sequence[str] = (),
    *,
    is_over: bool = False,
) -> tuple[Listed, ...]:
    rows = {row.card.id: row for row in of.reader.listed_items(items, of.until, not of.present)}
    out = []
    for n, item in enumerate(items):
        row = rows.get(item)
        if row is not None:
            note = notes[n] if notes else ""
            stage, team = (None, None) if is_over else (row.stage, row.card.team or None)
            out.append(Listed(item, row.card.title, stage, team, days[n], note))
    return tuple(out)


def _finished(of: Sources) -> Block:
    data = of.data
    rows, at = data.finishes
    rows = rows[(at > of.since) & (at <= of.until)][::-1]
    known = data.is_timed[rows].tolist()
    cycles = data.cycle_days(rows).tolist()
    days = [float(d) if k else None for d, k in zip(cycles, known, strict=True)]
    return Block(
        "Finished", "", "days from start to finish", _lines(of, _ids(of, rows), days, is_over=True)
    )


def _started(of: Sources) -> Block:
    flow = of.data.flow
    rows = np.flatnonzero(flow.started & (flow.start > of.since) & (flow.start <= of.until))
    rows = rows[np.argsort(-flow.start[rows], kind="stable")]
    items = _ids(of, rows)
    return Block("Started", "", "", _lines(of, items, [None] * len(items)))


def _ids(of: Sources, rows: Ints) -> list[int]:
    return [int(item) for item in of.data.history.item[rows]]


def _oldest(of: Sources) -> Block:
    look = of.now
    order = np.argsort(-look.ages, kind="stable")[:OLDEST].tolist()
    items = [look.ids[n] for n in order]
    ages = [float(look.ages[n]) for n in order]
    lines = _lines(of, items, ages)
    title = f"The {len(lines)} oldest in progress" if len(lines) > 1 else "The oldest in progress"
    return Block(title, "", "days since the start", lines, is_part=True)


def _blocked(of: Sources) -> Block:
    rows: dict[int, tuple[float, str]] = {}
    for one in of.reader.open_blockers(of.stream, of.at):
        is_open = one.waits_for and not one.is_met
        waits = f", waits for {blocker_in_words(of, one.waits_for)}" if is_open else ""
        why = f": {one.reason}" if one.reason and not waits else ""
        rows.setdefault(one.item, ((of.until - one.since) / DAY, f"{one.kind}{waits}{why}"))
    days: list[float | None] = [row[0] for row in rows.values()]
    lines = _lines(of, list(rows), days, [row[1] for row in rows.values()])
    return Block("Blocked", "", "days blocked", lines)


def _waits(of: Sources) -> Block:
    """Dependencies between teams, as far as items of the stream are in them."""
    result = of.dependencies
    lines = []
    for pair in result.matrix:
        waits = [
            wait
            for wait in pair.waits
            if of.stream.name
            in (result.part(wait.waiting).stream, result.part(wait.blocker).stream)
        ]
        if waits and (pair.waiting or pair.blocking):
            name = f"{pair.waiting or 'No team'} waits for {pair.blocking or 'no team'}"
            keys = some([result.part(wait.blocker).key for wait in waits])
            lines.append(
                Listed(None, name, None, None, sum(wait.days for wait in waits), f"for {keys}")
            )
    lines.sort(key=lambda line: -(line.days or 0))
    return Block("Dependencies between teams", "", "item-days waited", tuple(lines))


def _forecasts(of: Sources) -> Block:
    """How long the next items take, now and when the window began, and pinned forecasts."""
    from vsm.features.forecast.reading import read_forecast

    asked = partial(read_forecast, of.reader, of.stream, record_days=())
    now = asked(as_of=of.until, present=of.present)
    then = asked(as_of=of.since)
    before = {one.items: one for one in then.until}
    lines = []
    for one in now.until:
        if one.items != NEXT_ITEMS or one.p50 is None:
            continue
        was = before.get(one.items)
        earlier = "" if was is None else _within(was.p50, was.p85, of.first_day)
        moved = f"; when this begins {earlier}" if earlier else ""
        note = f"{_within(one.p50, one.p85, of.today)}{moved}"
        lines.append(Listed(None, f"The next {one.items} items", note=note))
    return Block("Forecasts", "", "", (*lines, *_pin_lines(of)))


def _within(p50: date | None, p85: date | None, today: date) -> str:
    """``50% within 11 days, 85% within 23``."""
    if p50 is None:
        return ""
    later = "later" if p85 is None else f"within {(p85 - today).days + 1}"
    return f"50% within {count((p50 - today).days + 1, 'day')}, 85% {later}"


def _due(of: Sources) -> Block:
    last = of.today + timedelta(days=AHEAD)
    query = parse(f"is:open due<={last.isoformat()}")
    matches = of.reader.matching(of.stream, query, of.until, present=of.present) & of.open_ids
    rows = of.reader.listed_items(sorted(matches), of.until, not of.present)
    odds = {one.id: one.in_time for one in of.item_forecasts[1].items} if rows else {}
    lines = []
    for row in sorted(rows, key=lambda row: (row.card.due or "", row.card.key)):
        if row.card.due is None:
            continue
        due = date.fromisoformat(row.card.due)
        left, chance = (due - of.today).days, odds.get(row.card.id)
        note = f"{'overdue since' if left < 0 else 'due'} {day(due)}"
        note += f", {percent(chance)}" if chance is not None and left >= 0 else ""
        team = row.card.team or None
        lines.append(Listed(row.card.id, row.card.title, row.stage, team, float(left), note))
    lines += _days_ahead(of)
    lines.sort(key=lambda line: line.days or 0.0)
    days = "days until it is due, below 0 since"
    return Block("Due within 7 days, or overdue", "", days, tuple(lines))


def _days_ahead(of: Sources) -> Iterator[Listed]:
    """Ends of sprints and days of pinned forecasts in the same days."""
    last = of.today + timedelta(days=AHEAD)
    for sprint in of.reader.sprints_of(of.stream.id, of.until):
        end = date.fromisoformat(sprint.planned_end)
        if sprint.state is SprintState.ACTIVE and end <= last:
            yield Listed(None, sprint.name, days=float((end - of.today).days), note="end of sprint")
    for pin in of.pins.pins:
        if pin.outcome is Outcome.OPEN and pin.by <= last:
            left = float((pin.by - of.today).days)
            yield Listed(None, pin.name, days=left, note="day of a pinned forecast")


# -- retro -------------------------------------------------------------------------------


def retro_lists(of: Sources) -> Iterator[Block]:
    """The window in events: waits, loops, blockers, and what changes of the map did."""
    yield _finished(of)
    yield from (_longest_waits(of), _loops(of), _blocker_kinds(of), _changes(of))


def _longest_waits(of: Sources) -> Block:
    """Of what finished in the window the longest stays in a queue stage."""
    data = of.data
    rows = of.now.finished_between(of.since, of.until)
    rows = rows[data.has_full_path[rows]]
    paths = data.paths(rows)
    queues = has_category(data.stream, Category.QUEUE)
    stays = np.where(queues[paths.place], paths.left - paths.entered, 0)
    order = np.argsort(-stays, kind="stable")[:LONGEST]
    order = order[stays[order] >= DAY]
    items = _ids(of, rows[paths.row[order]])
    days = (stays[order] / DAY).tolist()
    notes = [f"waited in {data.stream.order[int(p)].name}" for p in paths.place[order]]
    return Block(
        "Longest waits of what finished",
        "",
        "days in the stage",
        _lines(of, items, days, notes, is_over=True),
    )


def _loops(of: Sources) -> Block:
    moves, at = of.data.rework_by_time
    inside = moves[(at > of.since) & (at <= of.until)]
    order, lines = of.data.stream.order, list[Listed]()
    pairs = of.data.place[inside - 1] * len(order) + of.data.place[inside]
    for pair in np.unique(pairs).tolist():
        source, target = divmod(pair, len(order))
        items = dict.fromkeys(_ids(of, of.data.owner[inside[pairs == pair]]))
        n = int((pairs == pair).sum())
        name = f"{order[source].name} → {order[target].name}"
        note = f"{count(n, 'move')} back: {some(of.keys(items))}"
        lines.append(Listed(None, name, None, None, None, note))
    return Block("Rework", "", "", tuple(sorted(lines, key=lambda line: line.name)))


def _blocker_kinds(of: Sources) -> Block:
    from vsm.features.metrics.blocker_clusters import clusters
    from vsm.flow.window import window

    days = window(of.first_day, of.today, of.zone, of.until)
    span = replace(days, begin=of.since, end=of.until)
    blocks = of.facts.blocks.up_to(of.data.history, of.until)
    groups = clusters(blocks, span, of.data.history.item, of.facts.teams)
    return Block(
        "Blockers by kind",
        "",
        "item-days blocked in the window",
        tuple(
            Listed(None, g.kind, None, g.team, g.total_days,
                   f"{count(g.n, 'blocker')}: {some(of.keys(g.items))}")
            for g in groups
        ),
    )  # fmt: skip


def _changes(of: Sources) -> Block:
    """Changes of the map in the window or shortly before it, with cycle time before and after."""
    chosen = LogFilter(
        stream=of.stream.id,
        kinds=_POLICY_KINDS,
        since=of.since - _AROUND * DAY,
        until=of.until - _SETTLES * DAY,
    )
    begun = int(of.data.entered.min(initial=of.until))
    days: dict[date, tuple[int, list[str]]] = {}
    for entry in of.reader.log_entries(chosen):
        text = entry.change.text
        if entry.change.at - begun < _SETTLES * DAY or not any(w in text for w in _FLOW_WORDS):
            continue
        on = local(entry.change.at, of.zone).date()
        _, texts = days.setdefault(on, (entry.change.at, []))
        if text not in texts:
            texts.append(text)
    look, lines = of.now, []
    for on, (at, texts) in days.items():
        before = look.finished_between(max(begun, at - _AROUND * DAY), at)
        after = look.finished_between(at, of.until)
        note = _before_and_after(of, on, at, min(_AROUND * DAY, at - begun), before, after)
        lines.append(Listed(None, some(texts, 2), note=note))
    about = (
        "p85 of cycle time with the 95% range of its change, and items finished a week, in the"
        f" {_AROUND} days before and since: what else changed is not taken out"
    )
    return Block("Changes of limits and of the map, and what came after", about, "", tuple(lines))


def _before_and_after(of: Sources, on: date, at: int, known: int, before: Ints, after: Ints) -> str:
    rates = (before.size * 7 * DAY / known, after.size * 7 * DAY / (of.until - at))
    rate = f"{rates[0]:.1f} → {rates[1]:.1f} a week"
    shift = p85_shift(of.now.cycles(before), of.now.cycles(after))
    if shift is None:
        return f"{day(on)}: too few finished before or after to tell ({rate})"
    sure = "" if shift.is_told else ", no more than chance"
    return (
        f"{day(on)}: p85 {shift.before} → {shift.after} days"
        f" ({shift.low:+} to {shift.high:+}{sure}), {rate}"
    )


# -- handover ------------------------------------------------------------------------------


def handover_lists(of: Sources) -> Iterator[Block]:
    """How a stream works and how it stands, for someone new."""
    stream = of.data.stream
    columns = {column.stage.id: column for column in of.columns}
    lines = []
    for stage in stream.line:
        column = columns.get(stage.id)
        if column is None or stage.category.ended:
            continue
        limit = f" of at most {stage.limit}" if stage.limited else ""
        policy = " ".join(stage.policy.split())
        commits = ", the clock starts here" if stage.id == stream.commitment else ""
        kind = f" ({stage.limit_kind} limit)" if stage.limited else ""
        note = f"{count(column.counted, 'item') if not limit else f'{column.counted}{limit} items'}"
        note += f"{kind}, {stage.category}{commits}"
        note += f": {policy}" if policy else ""
        lines.append(Listed(None, stage.name, None, column.team, None, note))
    yield Block("Stages", "", "", tuple(lines))
    yield from (_oldest(of), _blocked(of), _waits(of), _promises(of), _due(of))


def _promises(of: Sources) -> Block:
    return Block("Pinned forecasts", "", "", tuple(_pin_lines(of)))


def _pin_lines(of: Sources) -> Iterator[Listed]:
    for pin in of.pins.pins:
        if pin.outcome is Outcome.OPEN:
            odds = None if pin.now is None else pin.now.odds
            now = "" if odds is None else f", now {percent(odds)}"
            about = f": {pin.note}" if pin.note else ""
            yield Listed(None, pin.name, note=f"pinned with {percent(pin.odds)}{now}{about}")


def only_filled(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Lists that have lines."""
    return tuple(block for block in blocks if block.lines)
