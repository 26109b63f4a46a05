"""Plays a change of a stream, from what a reader knows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

from vsm.features.simulate.request import Request
from vsm.features.simulate.results import Compared, Figure, ItemOdds, PastError, Range, WhatIf
from vsm.flow_reader import FlowReader
from vsm.model.errors import BadInput
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, day_start, local
from vsm.model.stream import ValueStream
from vsm.report.wording import count, day

if TYPE_CHECKING:
    from vsm.features.bottlenecks.constraint import Judgement
    from vsm.features.bottlenecks.stations import Floats
    from vsm.features.simulate.calibrating import Error
    from vsm.features.simulate.fitting import FittedStream
    from vsm.flow.flow_data import FlowData

MIN_FINISHED, RECENT_DAYS = 10, 91
"""Fewer finished items in so many days are too few to fit a stream to."""
MIN_DEPARTURES = 20
"""Departures without which the diagnosis concludes nothing of a stage."""
MOST_ERROR = 0.5
"""Earlier plays that were off by more than this (of a logarithm) are a caveat."""


def read_what_if(
    reader: FlowReader,
    stream: ValueStream,
    request: Request,
    *,
    as_of: int,
    present: bool = False,
    seed: int = 0,
) -> WhatIf:
    """Play a change of a stream from as-of on; loads numpy.

    Raises :class:`~vsm.model.errors.BadInput` for a change that cannot be played.
    """
    from vsm.features.simulate.calibrating import calibrated
    from vsm.features.simulate.measuring import DRAWS, draw_count, what_if
    from vsm.features.simulate.past import fitted_past, play_from

    known, facts = reader.flow(stream, Query(), as_of, present=present)
    stream = known.stream
    request.check(stream)
    end = play_from(known, as_of)
    by_day = _days_until(request, end, stream.zone)
    result = WhatIf(
        stream=stream.name,
        zone=stream.zone,
        as_of=as_of,
        weeks=request.weeks,
        draws=DRAWS,
        changes=request.words(),
        cannot=_cannot(known, as_of, end),
    )
    if result.cannot is not None:
        return result
    past = fitted_past(known, end, facts.teams)
    judgement = past.judgement
    if not judgement.has_enough_data:
        return replace(result, cannot=f"fewer than {MIN_DEPARTURES} items left every stage lately")
    fitted = past.stream(known)
    days = 7.0 * request.weeks
    number = draw_count(fitted, days)
    change = request.to_change(stream, fitted)
    sides = what_if(fitted, change, days, by_day=by_day, count=number, seed=seed)
    error = past.error(known, days)
    before, after = calibrated(*sides, past.law, error, days, seed)
    figures = (Figure.THROUGHPUT, Figure.CYCLE_TIME, Figure.WIP)
    columns = ("throughput", "cycle_time", "wip")
    return replace(
        result,
        draws=number,
        figures=tuple(
            _compared(figure, getattr(before, column), getattr(after, column))
            for figure, column in zip(figures, columns, strict=True)
        ),
        odds=_odds(request, before.done, after.done, end, stream.zone),
        past_error=PastError(error.trials, exp(error.shift), exp(error.spread)),
        caveats=_caveats(judgement, fitted, error),
    )


def _days_until(request: Request, end: int, zone: str) -> float | None:
    """The days from the end of the data to the end of the day that was asked about."""
    if request.by is None:
        return None
    until = (day_start(request.by + timedelta(days=1), zone) - end) / DAY
    if until <= 0:
        raise BadInput(f"{request.by} is over at the end of the data", "give a later day")
    if until > 7.0 * request.weeks + 1.0:
        raise BadInput(
            f"{request.by} is later than {count(request.weeks, 'week')} ahead", "give more --weeks"
        )
    return min(until, 7.0 * request.weeks)


def _cannot(known: FlowData, as_of: int, end: int) -> str | None:
    """Why a stream cannot be played, or ``None``."""
    _, finishes = known.finishes
    if not finishes.size:
        return "no item has finished yet"
    latest = int(finishes[-1])
    if as_of - latest > RECENT_DAYS * DAY:
        return f"nothing has finished since {day(local(latest, known.stream.zone).date())}"
    recent = int((finishes > end - RECENT_DAYS * DAY).sum())
    if recent < MIN_FINISHED:
        return (
            f"{count(recent, 'item')} finished in the last {RECENT_DAYS} days:"
            f" at least {MIN_FINISHED} are needed"
        )
    return None


def _compared(figure: Figure, before: Floats, after: Floats) -> Compared:
    return Compared(figure, _range(before), _range(after), _range(after - before))


def _range(values: Floats) -> Range:
    import numpy as np

    from vsm.features.simulate.measuring import mean_range

    values = values[~np.isnan(values)]
    if not values.size:
        return Range(None, None, None, None, None)
    return Range(mean_range(values, 0)[0], *mean_range(values, 50), *mean_range(values, 80))


def _odds(
    request: Request, before: Floats, after: Floats, end: int, zone: str
) -> tuple[ItemOdds, ...]:
    """The odds of so many items, 99% at most: 200 draws say no more."""
    if request.items is None:
        return ()
    by = request.by or local(end + 7 * request.weeks * DAY, zone).date()
    shares = (float((done >= request.items - 0.5).mean()) for done in (before, after))
    return (ItemOdds(request.items, by, *(min(max(share, 0.01), 0.99) for share in shares)),)


def _caveats(judgement: Judgement, fitted: FittedStream, error: Error) -> tuple[str, ...]:
    """What speaks against relying on the ranges, a sentence each."""
    caveats = []
    if judgement.window.is_coarse:
        caveats.append("Moves are entered in sessions or by day: slots are known less well.")
    elif fitted.is_by_chance:
        caveats.append("Work does not begin in the order of arrival: the order is left to chance.")
    if judgement.window.practice.is_entered_late:
        caveats.append("Moves seem to be entered late: service times are known less well.")
    if not error.trials:
        caveats.append("The history is too short to hold earlier plays against what came.")
    elif error.spread > MOST_ERROR:
        caveats.append(
            "Earlier plays of this stream were far off, so these ranges are wide: it does not go on"
            " as it was."
        )
    return tuple(caveats)
