"""Plays a change of a stream, from what a reader knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

from vsm.features.simulate.request import DRAWS, Request
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
    from vsm.features.simulate.changes import Change
    from vsm.features.simulate.fitting import FittedStream
    from vsm.features.simulate.past import FittedPast
    from vsm.flow.flow_data import FlowData

MIN_FINISHED, RECENT_DAYS = 10, 91
"""Fewer finished items in so many days are too few to fit a stream to."""
MIN_DEPARTURES = 20
"""Departures without which the diagnosis concludes nothing of a stage."""
COLUMNS = {Figure.THROUGHPUT: "throughput", Figure.CYCLE_TIME: "cycle_time", Figure.WIP: "wip"}
"""The column of an outcome for each figure."""
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
    ready = _prepare(reader, stream, as_of, present)
    request.check(ready.stream)
    by_day = _days_until(request, ready.end, ready.stream.zone)
    if ready.fitted is None:
        return ready.result(request, ready.cannot)
    (result,) = _play(
        ready, [(request, request.to_change(ready.stream, ready.fitted))], seed, by_day
    )
    return result


def read_what_ifs(
    reader: FlowReader,
    stream: ValueStream,
    requests: Sequence[Request],
    *,
    as_of: int,
    present: bool = False,
) -> list[WhatIf]:
    """Play several changes over the same weeks, each for itself.

    Some of them may be such that cannot be played. Odds of items are not among the results.
    """
    if not requests:
        return []
    ready = _prepare(reader, stream, as_of, present)
    refused: dict[int, str] = {}
    played: list[tuple[Request, Change]] = []
    for number, request in enumerate(requests):
        try:
            request.check(ready.stream)
            if ready.fitted is not None:
                played.append((request, request.to_change(ready.stream, ready.fitted)))
        except BadInput as error:
            refused[number] = error.message
    results = iter(_play(ready, played) if played else ())
    return [
        ready.result(request, refused.get(number, ready.cannot))
        if number in refused or ready.fitted is None
        else next(results)
        for number, request in enumerate(requests)
    ]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A stream that can be played from a moment on, or ``cannot``."""

    known: FlowData
    as_of: int
    end: int
    cannot: str | None
    past: FittedPast | None

    @property
    def stream(self) -> ValueStream:
        return self.known.stream

    @property
    def fitted(self) -> FittedStream | None:
        return None if self.past is None else self.past.stream(self.known)

    def result(self, request: Request, cannot: str | None = None, draws: int = DRAWS) -> WhatIf:
        """A result without figures."""
        return WhatIf(
            stream=self.stream.name,
            zone=self.stream.zone,
            as_of=self.as_of,
            weeks=request.weeks,
            draws=draws,
            changes=request.words(),
            cannot=cannot,
        )


def _prepare(reader: FlowReader, stream: ValueStream, as_of: int, present: bool) -> _Ready:
    from vsm.features.simulate.past import fitted_past, play_from

    known, facts = reader.flow(stream, Query(), as_of, present=present)
    end = play_from(known, as_of)
    cannot, past = _cannot(known, as_of, end), None
    if cannot is None:
        past = fitted_past(known, end, facts.teams)
        if not past.judgement.has_enough_data:
            cannot, past = f"fewer than {MIN_DEPARTURES} items left every stage lately", None
    return _Ready(known, as_of, end, cannot, past)


def _play(
    ready: _Ready,
    asked: Sequence[tuple[Request, Change]],
    seed: int = 0,
    by_day: float | None = None,
) -> list[WhatIf]:
    """Play changes of a stream over the weeks of the first one."""
    from vsm.features.simulate.calibrating import calibrated
    from vsm.features.simulate.measuring import draw_count, play_changes

    past, fitted = ready.past, ready.fitted
    assert past is not None and fitted is not None
    days = 7.0 * asked[0][0].weeks
    number = draw_count(fitted, days)
    before, *sides = play_changes(
        fitted, [change for _, change in asked], days, by_day=by_day, count=number, seed=seed
    )
    error = past.error(ready.known, days)
    about = PastError(error.trials, exp(error.shift), exp(error.spread))
    caveats = _caveats(past.judgement, fitted, error)
    results = []
    for (request, _), side in zip(asked, sides, strict=True):
        was, becomes = calibrated(before, side, past.law, error, days, seed)
        figures = tuple(
            _compared(figure, getattr(was, column), getattr(becomes, column))
            for figure, column in COLUMNS.items()
        )
        odds = _odds(request, was.done, becomes.done, ready.end, ready.stream.zone)
        result = ready.result(request, draws=number)
        results.append(
            replace(result, figures=figures, odds=odds, past_error=about, caveats=caveats)
        )
    return results


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
