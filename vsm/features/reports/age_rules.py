"""Rules on single items: too old, not moved, blocked for too long."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vsm.features.reports.look import MIN_FINISHED, Look
from vsm.features.reports.rule import Finding, some
from vsm.features.reports.sources import Sources
from vsm.flow.blockers import Blocks
from vsm.flow.history import Mask
from vsm.model.rules import DAY
from vsm.report.wording import days as in_days

STALE_DAYS = 14
"""Days without a move after which an item is stale."""


def too_old(look: Look, level: int) -> Mask:
    """Items older than p85 but not p95 (``level`` 0), or p95 (1), of what passed their stage."""
    if look.finished_between(look.window.begin - 1, look.end).size < MIN_FINISHED:
        return np.zeros(look.rows.size, dtype=np.bool_)
    older = look.older_than(level)
    return older if level else older & ~look.older_than(1)


def _find_old(of: Sources, level: int) -> Iterator[Finding]:
    look = of.now
    if not look.is_alive:
        return
    places = np.flatnonzero(too_old(look, level))
    places = places[np.argsort(-look.ages[places], kind="stable")]
    if not places.size:
        return
    items = [look.ids[place] for place in places.tolist()]
    ages = look.ages[places].tolist()
    stages = [of.stage(int(number)) for number in look.stages[places]]
    limits = [look.pace[stage.id][level] for stage in stages]
    remarks = [
        f"{age} d in {stage.name}; {85 + 10 * level}% passed it within {limit} d"
        for age, stage, limit in zip(ages, stages, limits, strict=True)
    ]
    names = of.keys(items)
    first = some([f"{k} ({a} d, {s.name})" for k, a, s in zip(names, ages, stages, strict=True)])
    yield Finding(
        at=f"s{of.stream.id}",
        severity=1 + level,
        about="stream",
        subject=of.stream.name,
        template="{n!i} older than {percent}% of what passed that stage: {items}",
        values={
            "n": len(items),
            "percent": 85 + 10 * level,
            "items": first,
        },
        evidence=of.evidence("work item age", items, remarks),
        size=len(items) / max(look.rows.size, 1),
        is_of_items=True,
    )


def find_old(of: Sources) -> Iterator[Finding]:
    """Items older than 85% of what passed their stage."""
    return _find_old(of, 0)


def find_very_old(of: Sources) -> Iterator[Finding]:
    """Items older than 95% of what passed their stage."""
    return _find_old(of, 1)


def is_stale(look: Look, blocks: Blocks) -> Mask:
    """Items that could have moved for two weeks and did not, but are not too old yet."""
    stale: Mask = look.idle_days(blocks) >= STALE_DAYS
    return stale & ~too_old(look, 0) & ~too_old(look, 1)


def find_stale(of: Sources) -> Iterator[Finding]:
    """Items in progress that did not move for two weeks, and were not blocked meanwhile."""
    look = of.now
    if not look.is_alive:
        return
    idle = look.idle_days(of.facts.blocks)
    places = np.flatnonzero(is_stale(look, of.facts.blocks))
    places = places[np.argsort(-idle[places], kind="stable")]
    if not places.size:
        return
    items = [look.ids[place] for place in places.tolist()]
    stays = idle[places].tolist()
    names = [of.stage(int(number)).name for number in look.stages[places]]
    shown = [f"{k} ({d} d in {s})" for k, d, s in zip(of.keys(items), stays, names, strict=True)]
    yield Finding(
        at=f"s{of.stream.id}",
        severity=1,
        about="stream",
        subject=of.stream.name,
        template="{n!i} not moved for {days} days or more, and not blocked: {items}",
        values={"n": len(items), "days": STALE_DAYS, "items": some(shown)},
        evidence=of.evidence("days without a move or a blocker", items, [f"{d} d" for d in stays]),
        size=len(items) / max(look.rows.size, 1),
        is_of_items=True,
    )


def find_blocked(of: Sources) -> Iterator[Finding]:
    """Items blocked for longer than the SLE."""
    sle = of.now.sle
    if sle is None:
        return
    since = {
        item: (of.until - begun) / DAY
        for item, begun in of.facts.blocks.open_at(of.until).items()
        if item in of.open_ids
    }
    long = sorted((item for item in since if since[item] > sle), key=lambda item: -since[item])
    if not long:
        return
    shown = [f"{key} ({since[item]:.0f} d)" for item, key in zip(long, of.keys(long), strict=True)]
    yield Finding(
        at=f"s{of.stream.id}",
        severity=2,
        about="stream",
        subject=of.stream.name,
        template="{n!i} blocked for longer than 85% of items take in all ({sle}): {items}",
        values={"n": len(long), "sle": in_days(sle), "items": some(shown)},
        evidence=of.evidence("days blocked", long, [f"{since[item]:.0f} d" for item in long]),
        size=len(long) / max(len(of.open_ids), 1),
        needs_decision=True,
        is_of_items=True,
    )
