"""Plays what the diagnosis says would help, so that both stand side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vsm.features.bottlenecks import results as diagnosis_results
from vsm.features.bottlenecks.results import (
    Bottlenecks,
    Change,
    Kind,
    Play,
    PlayedFigure,
)
from vsm.features.simulate.reading import read_what_ifs
from vsm.features.simulate.request import Request
from vsm.features.simulate.results import Compared, Effect, Figure, WhatIf
from vsm.flow_reader import FlowReader
from vsm.model.stream import Stage, ValueStream
from vsm.report.wording import count, listed

LESS_REWORK, MORE_ARRIVALS = 0.5, 1.2
"""The shares of rework and of arrivals that are played."""
MIXED = "It helps one and harms the other."
Advice = tuple[Change, str | None, Request]
"""A change, the constraint to which it belongs, and what is asked of the simulator."""


def play_advice(
    reader: FlowReader,
    stream: ValueStream,
    diagnosis: Bottlenecks,
    *,
    as_of: int,
    present: bool = False,
) -> Bottlenecks:
    """The diagnosis with plays of what would help; loads numpy.

    A limit over several stations is none that the simulator knows; that is not played.
    """
    advice = list(find_advice(diagnosis, stream))
    played = read_what_ifs(
        reader, stream, [request for *_, request in advice], as_of=as_of, present=present
    )
    plays = tuple(
        make_play(change, constraint, one)
        for (change, constraint, _), one in zip(advice, played, strict=True)
        if constraint is not None or one.cannot is None
    )
    return replace(diagnosis, plays=plays)


def find_advice(diagnosis: Bottlenecks, stream: ValueStream) -> Iterator[Advice]:
    """The changes that would help by the diagnosis, as far as the simulator knows such changes."""
    stages = {stage.id: stage for stage in stream.order}
    for effect in diagnosis.effects:
        request = None if effect.stage is None else _request(effect, stages)
        if request is not None:
            yield effect.change, effect.constraint, request
    if diagnosis.verdict.kind is Kind.DEMAND:
        yield Change.ARRIVALS, None, Request(arrivals=MORE_ARRIVALS)


def _request(effect: diagnosis_results.Effect, stages: dict[int, Stage]) -> Request | None:
    assert effect.stage is not None
    match effect.change:
        case Change.SLOT:
            return Request(slots=((stages[effect.stage], 1),))
        case Change.REWORK:
            return Request(rework=LESS_REWORK)
        case _:
            limited = [stage for stage in stages.values() if stage.name in effect.stages]
            return Request(limits=((limited[0], effect.wip_limit),)) if len(limited) == 1 else None


def make_play(change: Change, constraint: str | None, played: WhatIf) -> Play:
    """What is said of a change that was played."""
    what = listed(played.changes)
    helps = None if played.cannot is not None else _helps(change, played)
    figures = tuple(
        PlayedFigure(
            compared.figure.value,
            compared.before.p50,
            compared.after.p50,
            compared.change.low_80,
            compared.change.high_80,
            compared.effect.value,
        )
        for compared in played.figures
    )
    return Play(
        change=change,
        constraint=constraint,
        what=what,
        weeks=played.weeks,
        draws=played.draws,
        helps=helps,
        cannot=played.cannot,
        figures=figures,
        text=_text(change, what, played, helps),
    )


def _helps(change: Change, played: WhatIf) -> bool | None:
    """Whether the plays agree that the change helps; ``None`` where they leave it open.

    More work is meant to raise throughput, a limit to shorten cycle times, all else to do either.
    """
    by_figure = {compared.figure: compared.effect for compared in played.figures}
    throughput, cycle_time = by_figure[Figure.THROUGHPUT], by_figure[Figure.CYCLE_TIME]
    gains, losses = throughput is Effect.MORE, throughput is Effect.LESS
    matters: tuple[Effect, ...] = (throughput,)
    if change is not Change.ARRIVALS:
        is_shorter = cycle_time is Effect.LESS
        gains = is_shorter if change is Change.INTAKE else gains or is_shorter
        losses = losses or cycle_time is Effect.MORE
        matters = (cycle_time,) if change is Change.INTAKE else (throughput, cycle_time)
    if gains:
        return None if losses else True
    return None if Effect.UNKNOWN in matters and not losses else False


def _text(change: Change, what: str, played: WhatIf, helps: bool | None) -> str:
    """What came of the plays, and plainly if that is not what the diagnosis says."""
    if played.cannot is not None:
        return f"Not played: {played.cannot}."
    throughput, cycle_time, _ = played.figures
    parts = [_throughput(throughput), _cycle_time(cycle_time)]
    text = f"Played for {count(played.weeks, 'week')} ({what}): {'; '.join(parts)}."
    is_longer = cycle_time.effect is Effect.MORE
    if helps is None:
        is_open = Effect.UNKNOWN in (throughput.effect, cycle_time.effect)
        return f"{text} {'Whether it helps cannot be told.' if is_open else MIXED}"
    if helps:
        return f"{text} Items take longer then." if is_longer else text
    return f"{text} The plays do not confirm that it helps within that time."


def _throughput(compared: Compared) -> str:
    change = compared.change
    match compared.effect:
        case Effect.NONE:
            return "no difference in throughput that can be told"
        case Effect.UNKNOWN:
            if change.low_80 is None or change.high_80 is None:
                return "nothing finished"
            return (
                "whether throughput changes cannot be told (80%:"
                f" {_signed(change.low_80, 1)} to {_signed(change.high_80, 1)} items a week)"
            )
        case _:
            assert change.p50 is not None and change.low_80 is not None
            assert change.high_80 is not None
            return (
                f"{_signed(change.p50, 1)} items a week (80%: {_signed(change.low_80, 1)} to"
                f" {_signed(change.high_80, 1)})"
            )


def _cycle_time(compared: Compared) -> str:
    change, before, after = compared.change, compared.before.p50, compared.after.p50
    low, high = compared.before.low_80, compared.before.high_80
    if before is None or after is None or low is None or high is None:
        return "85% cycle time is not known"
    if change.low_80 is None or change.high_80 is None:
        return "85% cycle time is not known"
    span = f"80%: {_signed(change.low_80, 0)} to {_signed(change.high_80, 0)}"
    match compared.effect:
        case Effect.NONE:
            return (
                f"no difference that can be told in 85% cycle time ({low:.0f} to {high:.0f} days"
                " either way)"
            )
        case Effect.UNKNOWN:
            return f"whether 85% cycle time changes cannot be told ({span} days)"
        case _:
            return f"85% cycle time {before:.0f} d → {after:.0f} d ({span})"


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}"
    return "0" if not text.strip("+-0.") else text
