"""Says what a change at the constraint would do, and under which conditions."""

from __future__ import annotations

from collections.abc import Sequence

from vsm.features.bottlenecks.results import Change, Effect
from vsm.report.wording import days, listed


def describe_effect(effect: Effect) -> str:
    """The change, then throughput, cycle time and queue before and after it."""
    parts = [_throughput(effect), _cycle_time(effect), _queue(effect)]
    text = f"{_change(effect)}: {'; '.join(part for part in parts if part)}."
    if effect.moved_days is None:
        return text
    return (
        f"{text} Items wait about {days(round(effect.moved_days))} longer before the commitment"
        " instead, on average: they are not finished sooner."
    )


def explain_conditions(effects: Sequence[Effect]) -> str:
    """Under which conditions the estimates hold."""
    subject = listed(tuple(dict.fromkeys(effect.constraint for effect in effects)))
    verb = "limits" if len({effect.constraint for effect in effects}) == 1 else "limit"
    text = (
        f"These are estimates: if {subject} {verb} the flow, if arrivals and service times stay as"
        " they are, and once the queue has settled."
    )
    if any(effect.change is Change.SLOT for effect in effects):
        text += " A slot is room to work on one more item at a time, not a person."
    return text


def _change(effect: Effect) -> str:
    if effect.change is Change.SLOT:
        return f"One more parallel slot at {effect.constraint}"
    if effect.change is Change.REWORK:
        return f"Half as many returns to {effect.constraint}"
    first, *others = effect.stages
    where = f"from {first} to {others[-1]}" if others else f"in {first}"
    return f"A WIP limit of about {effect.wip_limit} {where}"


def _throughput(effect: Effect) -> str:
    before, after = f"{effect.throughput_before:.1f}", f"{effect.throughput_after:.1f}"
    limit = f", then {effect.limited_by} limits it" if effect.limited_by else ""
    if before != after:
        return f"throughput rises from {before} to about {after} items a week{limit}"
    why = limit
    if effect.change is Change.INTAKE:
        why = f", as long as {effect.constraint} does not run out of work"
    elif not limit and not effect.growth_before:
        why = ", as no more work arrives"
    return f"throughput stays at about {before} items a week{why}"


def _cycle_time(effect: Effect) -> str:
    if effect.p85_after is None:
        if effect.growth_before or effect.p85_before is None:
            return ""
        return (
            "its effect on cycle time is not known, as items wait longer than the number of slots"
            " explains"
        )
    after = days(round(effect.p85_after))
    if effect.p85_before is None:
        once = "" if effect.change is Change.INTAKE else " once the queue is worked off"
        return f"85% cycle time comes to about {after}{once}"
    before = round(effect.p85_before)
    if days(before) == after:
        return f"85% cycle time stays at about {after}"
    return f"85% cycle time falls from {before} to about {after}"


def _queue(effect: Effect) -> str:
    before, after = f"{effect.growth_before:.1f}", f"{effect.growth_after:.1f}"
    if not effect.growth_before:
        return ""
    if effect.change is Change.INTAKE:
        return (
            f"what would grow, by about {before} items a week at its utilisation, is the queue"
            " before the commitment"
        )
    if not effect.growth_after:
        return (
            f"the queue, which would grow by about {before} items a week at its utilisation, grows"
            " no more"
        )
    return f"the queue would grow by about {after} items a week instead of {before}"
