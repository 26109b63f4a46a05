"""Rules on the flow of one stream: pace, ages, limits, blockers, rework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil, exp
from typing import NamedTuple

import numpy as np

from vsm.features.metrics.process_limits import natural_limits
from vsm.features.reports.look import MIN_FINISHED, Look
from vsm.features.reports.rule import Finding
from vsm.features.reports.sources import Sources
from vsm.features.reports.why import why_it_changed
from vsm.flow.finishing import finished_in
from vsm.flow.history import Ints
from vsm.model.rules import DAY, day_start, local
from vsm.model.stream import ValueStream

RECENT, BEFORE = 28, 91
"""Days that are compared with the days before them."""
OVER_DAYS = 2
"""Days for which a limit may be exceeded before it is a fact."""
WEEKS = 4
"""Weeks in a row in which more starts than finishes."""
MIN_REWORK, CHANCE = 3, 0.05
DRAWS = 2000
_SEED = 20_260_213


# -- pace --------------------------------------------------------------------------------


class Beyond(NamedTuple):
    """A last value against the natural process limits of those before it."""

    lower: float
    upper: float
    is_high: bool
    is_run: bool


def beyond(values: Sequence[float]) -> Beyond | None:
    """Whether the last value is beyond the limits of those before it, or one of a run of eight."""
    before = natural_limits(values[:-1])
    if before is None:
        return None
    last = values[-1]
    if last > before.upper or last < before.lower:
        return Beyond(before.lower, before.upper, last > before.upper, False)
    every = natural_limits(values)
    signal = every.signals[-1] if every is not None and every.signals else None
    if signal is not None and signal.is_run and signal.place == len(values) - 1:
        return Beyond(before.lower, before.upper, signal.is_high, True)
    return None


def throughput_signal(look: Look) -> Beyond | None:
    """What the last full week of a stream says; ``None``: usual variation, or too little known."""
    return None if look.limits is None else beyond(look.finished_a_week)


def find_throughput(of: Sources) -> Iterator[Finding]:
    """Finished in the last full week against the natural process limits of the weeks before."""
    look = of.now
    signal = throughput_signal(look)
    if signal is None:
        return
    monday = look.mondays[-1]
    end = day_start(monday + timedelta(days=7), of.zone)
    if end <= of.since:
        return  # an earlier report had this week
    begin = day_start(monday, of.zone)
    rows, at = of.data.finishes
    rows = rows[(at >= begin) & (at < end)]
    finished = look.finished_a_week[-1]
    where = "above" if signal.is_high else "below"
    text = f"{{n}} finished in the week of {{week}}, {where} the natural process limits"
    text += " ({low:.1f} to {high:.1f} a week)"
    if signal.is_run:
        text = f"8 weeks or more in a row {where} the mean: {{n}} finished in the week of {{week}}"
    yield Finding(
        at=f"s{of.stream.id}",
        severity=0 if signal.is_high else 2,
        about="stream",
        subject=of.stream.name,
        template=text,
        values={"n": finished, "week": monday, "low": signal.lower, "high": signal.upper},
        evidence=of.evidence(
            "finished in that week", of.data.history.item[rows].tolist(), screen="flow"
        ),
        size=min(1.0, abs(finished - (signal.lower + signal.upper) / 2) / max(signal.upper, 1.0)),
    )


class Shift(NamedTuple):
    """p85 of cycle time before and after, and the 95% range of its change."""

    before: int
    after: int
    low: int
    high: int

    @property
    def is_told(self) -> bool:
        """Whether the change is more than chance, and a day at least."""
        return (self.low > 0 or self.high < 0) and abs(self.after - self.before) >= 1


def p85_shift(before: Ints, after: Ints) -> Shift | None:
    """How p85 changed from one set of cycle times (ascending) to another, with its range.

    The range is the bootstrap's. The k-th of a resample is the item at a share of the line that
    is Beta(k, n - k + 1), so resamples need not be drawn item by item.
    """
    if min(before.size, after.size) < MIN_FINISHED:
        return None
    rng = np.random.default_rng(_SEED)

    def draw(values: Ints) -> tuple[int, Ints]:
        n = values.size
        k = ceil(0.85 * n)
        share = rng.beta(k, n - k + 1, DRAWS)
        place = np.minimum((share * n).astype(np.int64), n - 1)
        return int(values[k - 1]), values[place]

    (then, drawn_then), (now, drawn_now) = draw(before), draw(after)
    low, high = np.quantile(drawn_now - drawn_then, (0.025, 0.975), method="nearest").tolist()
    return Shift(then, now, int(low), int(high))


def recent_shift(look: Look) -> tuple[Shift, Ints, Ints] | None:
    """p85 of the last weeks against the months before, with the items of both."""
    split = look.at - RECENT * DAY
    before = look.finished_between(split - BEFORE * DAY, split)
    after = look.finished_between(split, look.at)
    shift = p85_shift(look.cycles(before), look.cycles(after))
    return None if shift is None else (shift, before, after)


def find_cycle_time(of: Sources) -> Iterator[Finding]:
    """p85 of cycle time changed by more than chance."""
    known = recent_shift(of.now) if of.now.is_alive else None
    if known is None or not known[0].is_told:
        return
    shift, before, after = known
    rows = after[np.argsort(-of.data.cycle_days(after), kind="stable")]
    late = rows[of.data.cycle_days(rows) >= shift.after]
    yield Finding(
        at=f"s{of.stream.id}",
        severity=2 if shift.after > shift.before else 0,
        about="stream",
        subject=of.stream.name,
        template="85% finish within {after} days, before that {before} (last {recent} days against"
        " the {earlier} before; 95% range of the change {low:+} to {high:+} days)",
        values={
            "before": shift.before,
            "after": shift.after,
            "low": shift.low,
            "high": shift.high,
            "recent": RECENT,
            "earlier": BEFORE,
        },
        evidence=of.evidence(
            "the slowest that finished since",
            of.data.history.item[late].tolist(),
            [f"{days} d" for days in of.data.cycle_days(late).tolist()],
            screen="flow",
        ),
        size=min(1.0, abs(shift.after - shift.before) / max(shift.before, 1)),
        why=why_it_changed(of.data, of.facts, before, after, shift.after - shift.before),
    )


def arrivals_exceed(look: Look) -> tuple[int, int] | None:
    """Started and finished in the last weeks, where each of them had more starts than finishes."""
    started, finished = look.started_a_week[-WEEKS:], look.finished_a_week[-WEEKS:]
    if len(started) < WEEKS or not look.has_run:
        return None
    if any(a <= d for a, d in zip(started, finished, strict=True)):
        return None
    return sum(started), sum(finished)


def find_arrivals(of: Sources) -> Iterator[Finding]:
    """More starts than finishes for weeks."""
    counts = arrivals_exceed(of.now) if of.now.is_alive else None
    if counts is None:
        return
    started, finished = counts
    begin = day_start(of.now.mondays[-WEEKS], of.zone)
    flow = of.data.flow
    rows = np.flatnonzero(flow.started & (flow.start >= begin) & (flow.start <= of.until))
    yield Finding(
        at=f"s{of.stream.id}",
        severity=2,
        about="stream",
        subject=of.stream.name,
        template="more started than finished in each of the last {weeks} weeks: {started} against"
        " {finished}",
        values={"weeks": WEEKS, "started": started, "finished": finished},
        evidence=of.evidence(
            "started in these weeks", of.data.history.item[rows].tolist(), screen="flow"
        ),
        size=min(1.0, (started - finished) / max(started, 1)),
    )


# -- limits ------------------------------------------------------------------------------


def over_since(entered: Ints, left: Ints, limit: int, count: int, at: int) -> int | None:
    """Since when there are more than ``limit``, with ``count`` at a moment; ``None``: there are
    not. Moments are those at which items came and left.
    """
    if count <= limit:
        return None
    moments = np.concatenate([entered[entered <= at], left[left <= at]])
    steps = np.concatenate(
        [np.ones(int((entered <= at).sum())), -np.ones(int((left <= at).sum()))]
    ).astype(np.int64)
    order = np.argsort(-moments, kind="stable")
    before = count - np.cumsum(steps[order])
    below = np.flatnonzero(before <= limit)
    return int(moments[order][below[0]]) if below.size else int(moments.min(initial=at))


def find_over_limit(of: Sources) -> Iterator[Finding]:
    """WIP limits that have been exceeded for more than two days."""
    stream = of.data.stream
    earlier: ValueStream | None = None
    columns = of.columns
    loads: list[tuple[str, str, tuple[int, ...], int, int]] = [
        (f"s{column.stage.id}", column.stage.name, (column.stage.id,), column.counted, limit)
        for column in columns
        if column.stage.limited and (limit := column.stage.limit) is not None
    ]
    loads += [
        (f"g{group.stages[0]}", group.label, group.stages, group.wip, group.limit)
        for group in of.groups
    ]
    for at, name, stages, held, limit in loads:
        if held <= limit:
            continue
        places = [n for n, stage in enumerate(stream.order) if stage.id in stages]
        visits = np.flatnonzero(np.isin(of.data.place, places))
        since = over_since(of.data.entered[visits], of.data.left[visits], limit, held, of.until)
        if since is None or of.until - since <= OVER_DAYS * DAY:
            continue
        if earlier is None:
            earlier = of.reader.configured(of.stream, of.until - OVER_DAYS * DAY)
        if not _was_limited(earlier, stages, limit):
            continue  # the limit is newer than that
        there = of.data.left[visits] > of.until
        rows = of.data.owner[visits[there]]
        items = [int(i) for i in of.data.history.item[rows] if int(i) in of.open_ids]
        days = (of.until - since) / DAY
        yield Finding(
            at=at,
            severity=2,
            about="stage",
            subject=name,
            template="{stage} holds {count} of at most {limit}, for {days:.0f} days",
            values={"stage": name, "count": held, "limit": limit, "days": days},
            evidence=of.evidence(f"in {name}", items),
            size=min(1.0, (held - limit) / max(limit, 1)),
            needs_decision=True,
        )


def _was_limited(stream: ValueStream, stages: Sequence[int], limit: int) -> bool:
    if len(stages) == 1:
        stage = stream.by_id.get(stages[0])
        return stage is not None and stage.limited and stage.limit == limit
    return any(set(g.stages) == set(stages) and g.limit == limit for g in stream.group_limits)


# -- rework ------------------------------------------------------------------------------


class MoreRework(NamedTuple):
    """An edge back that was gone over more often: places of its stages, counts, items."""

    source: int
    target: int
    moves: int
    before: int
    items: tuple[int, ...]


def more_rework(look: Look) -> list[MoreRework]:
    """Edges back with twice as many moves as before, which is more than chance."""
    data = look.data
    moves, at = data.rework_by_time
    split = look.at - RECENT * DAY
    begin = split - BEFORE * DAY
    recent = moves[slice(*np.searchsorted(at, (split, look.at), "right").tolist())]
    before = moves[slice(*np.searchsorted(at, (begin, split), "right").tolist())]
    scale = len(data.stream.order)
    pairs = data.place[recent - 1] * scale + data.place[recent]
    pairs_before = data.place[before - 1] * scale + data.place[before]
    out = []
    for pair in np.unique(pairs).tolist():
        n, then = int((pairs == pair).sum()), int((pairs_before == pair).sum())
        usual = then * RECENT / BEFORE
        if n < MIN_REWORK or n < 2 * usual or poisson_tail(n, usual) > CHANCE:
            continue
        items = data.history.item[data.owner[recent[pairs == pair]]].tolist()
        source, target = divmod(pair, scale)
        out.append(MoreRework(source, target, n, then, tuple(dict.fromkeys(items))))
    return out


def poisson_tail(count: int, mean: float) -> float:
    """The chance of so many or more where ``mean`` are expected."""
    term = total = exp(-mean)
    for n in range(1, count):
        term *= mean / n
        total += term
    return max(0.0, 1.0 - total)


def find_rework(of: Sources) -> Iterator[Finding]:
    """Edges back that were gone over twice as often as before."""
    if not of.now.is_alive or of.now.finished_between(0, of.since).size < MIN_FINISHED:
        return
    order = of.data.stream.order
    for edge in more_rework(of.now):
        source, target = order[edge.source], order[edge.target]
        yield Finding(
            at=f"e{source.id}-{target.id}",
            severity=1,
            about="stage",
            subject=source.name,
            template="{n} moves back from {stage} to {target} in {recent} days, {usual:.1f} in as"
            " many days before",
            values={
                "n": edge.moves,
                "stage": source.name,
                "target": target.name,
                "recent": RECENT,
                "usual": edge.before * RECENT / BEFORE,
            },
            evidence=of.evidence("moved back", edge.items, screen="flow"),
            size=min(1.0, edge.moves / max(of.now.rows.size, 1)),
        )


def find_history(of: Sources) -> Iterator[Finding]:
    """Items finished in the window of which too little is known for times."""
    span = of.now.window
    rows = np.flatnonzero(finished_in(of.data, span))
    unknown = rows[~of.data.is_timed[rows]]
    if rows.size < MIN_FINISHED or unknown.size / rows.size < 0.1:
        return
    yield Finding(
        at=f"s{of.stream.id}",
        severity=1,
        about="stream",
        subject=of.stream.name,
        template="{n} of {of} items finished since {first} have no known start: cycle times are"
        " those of the others",
        values={
            "n": int(unknown.size),
            "of": int(rows.size),
            "first": local(span.begin, of.zone).date(),
        },
        evidence=of.evidence("no known start", of.data.history.item[unknown].tolist()),
        size=unknown.size / rows.size,
    )
