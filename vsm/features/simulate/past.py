"""Keeps what a history was fitted to, so that another question about it costs only its plays."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.simulate.calibrating import Error, forecast_throughput, measure_error
from vsm.features.simulate.fitting import FittedStream, fit_stream
from vsm.flow.flow_data import FlowData
from vsm.flow_reader import data_end
from vsm.model.rules import day_start, local


class FittedPast:
    """A stream as its history was at a moment, its forecast of throughput, and its past errors.

    It does not hold the history itself, which it is kept with.
    """

    def __init__(self, flow: FlowData, end: int, teams: Mapping[int, str]) -> None:
        self.end, self.teams = end, teams
        self.judgement = judge_recent(flow, end, teams)
        self._stream: FittedStream | None = None
        self._errors: dict[float, Error] = {}
        self.law = forecast_throughput(flow, end)

    def stream(self, flow: FlowData) -> FittedStream:
        """The stream that is played."""
        if self._stream is None:
            self._stream = fit_stream(self.judgement, flow)
        return self._stream

    def error(self, flow: FlowData, days: float) -> Error:
        """How far earlier plays of so many days were off."""
        if days not in self._errors:
            self._errors[days] = measure_error(flow, self.end, days, self.teams)
        return self._errors[days]


_kept: WeakKeyDictionary[FlowData, dict[int, FittedPast]] = WeakKeyDictionary()
"""By history, as long as the reader keeps it, and by the moment from which it is played on."""


def fitted_past(flow: FlowData, end: int, teams: Mapping[int, str]) -> FittedPast:
    """The fit of a history at a moment, made once."""
    of_flow = _kept.setdefault(flow, {})
    if end not in of_flow:
        of_flow.clear()
        of_flow[end] = FittedPast(flow, end, dict(teams))
    return of_flow[end]


def play_from(flow: FlowData, as_of: int) -> int:
    """The moment from which a stream is played on: its last activity, or today's beginning.

    It does not follow the clock, so the same question about the same data has the same answer.
    """
    latest = flow.last_activity
    if latest is None or not latest < data_end(latest, as_of):
        return data_end(latest, as_of)
    return max(latest, day_start(local(as_of, flow.stream.zone).date(), flow.stream.zone))
