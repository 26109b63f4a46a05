"""Reads the data of rules: everything once, and only when a rule asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vsm.features.reports.look import Look
from vsm.features.reports.results import Evidence
from vsm.model.board import Column, Header, groups_in
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import LAST_DAY, local
from vsm.model.stream import Stage, ValueStream
from vsm.reader import Reader

if TYPE_CHECKING:
    from datetime import date

    from vsm.features.bottlenecks.results import Bottlenecks
    from vsm.features.capacity.results import Capacity
    from vsm.features.delivery.results import Deliveries
    from vsm.features.dependencies.results import Dependencies
    from vsm.features.forecast.item_results import ItemForecasts
    from vsm.features.forecast.pin_results import Pins
    from vsm.features.portfolio.results import Portfolio
    from vsm.flow.facts import Facts
    from vsm.flow.flow_data import FlowData
    from vsm.flow.remaining import RemainingTime
    from vsm.model.board import Past
    from vsm.model.group_limit import GroupWip
    from vsm.model.report import KeptFact, MadeReport

ALL = "all streams"
DUE = parse(f"is:open due<={LAST_DAY.isoformat()}")
"""Open items that have a due date."""


class Sources:
    """What is known at two moments; ``present`` says that the later one, ``until``, is now.

    ``stream`` is the stream that a report is about; for one about all of them it is the first,
    whose zone days are in.
    """

    def __init__(
        self,
        reader: Reader,
        stream: ValueStream,
        since: int,
        until: int,
        *,
        present: bool,
        last: MadeReport | None = None,
        is_of_stream: bool = True,
    ) -> None:
        self.reader, self.stream = reader, stream
        self.since, self.until, self.present = since, until, present
        self.last = last
        self.is_of_stream = is_of_stream

    @property
    def subject(self) -> str:
        """The stream that it is about, or all of them."""
        return self.stream.name if self.is_of_stream else ALL

    @property
    def zone(self) -> str:
        """The zone of its days."""
        return self.stream.zone

    @cached_property
    def today(self) -> date:
        """The last day."""
        return local(self.until, self.zone).date()

    @cached_property
    def first_day(self) -> date:
        """The first day."""
        return local(self.since, self.zone).date()

    @cached_property
    def kept_then(self) -> dict[str, KeptFact]:
        """The facts of the report before this one, by id."""
        return {} if self.last is None else self.last.kept

    @property
    def at(self) -> int | None:
        """The moment for readers that take ``None`` for now."""
        return None if self.present else self.until

    # -- flow of the stream ----------------------------------------------------------------

    @cached_property
    def _flow(self) -> tuple[FlowData, Facts]:
        return self.reader.flow(self.stream, Query(), self.until, present=self.present)

    @property
    def data(self) -> FlowData:
        """The history of the stream, as it is known in the end."""
        return self._flow[0]

    @property
    def facts(self) -> Facts:
        """Blockers, types, names of teams."""
        return self._flow[1]

    @cached_property
    def open_ids(self) -> frozenset[int]:
        """Unarchived items that are neither done nor dropped."""
        if self.present:
            return self.reader.open_items(self.stream.id)
        past = self._past
        return frozenset(
            item
            for stage in past.stream.order
            if not stage.category.ended
            for item in past.stood.by_stage.get(stage.id, ())
        )

    @cached_property
    def _past(self) -> Past:
        return self.reader.past(self.stream, Query(), self.until)

    @cached_property
    def header(self) -> Header:
        """The figures at the top of the board."""
        if self.present:
            return self.reader.header_at(self.stream, self.until, present=True)
        return self._past.header

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The columns of the board."""
        if self.present:
            return self.reader.columns(self.stream, Query(), self.until)
        return self._past.columns

    @property
    def groups(self) -> tuple[GroupWip, ...]:
        """The limits over several stages, with what counts into them."""
        return groups_in(self.columns)

    @cached_property
    def now(self) -> Look:
        """The stream at the end."""
        return Look(self.data, self.until, self.open_ids)

    def stage(self, number: int) -> Stage:
        """A stage of the stream as it was at the end."""
        return self.data.stream.stage(number)

    def keys(self, items: Iterable[int]) -> list[str]:
        """The keys of items, in their order."""
        every = list(items)
        known = self.reader.keys_of(every)
        return [known[item] for item in every if item in known]

    @cached_property
    def bottlenecks(self) -> Bottlenecks:
        """What limits the flow."""
        from vsm.features.bottlenecks.reading import read_bottlenecks

        return read_bottlenecks(self.reader, self.stream, as_of=self.until, present=self.present)

    # -- forecasts -------------------------------------------------------------------------

    @cached_property
    def item_forecasts(self) -> tuple[ItemForecasts, ItemForecasts]:
        """Odds of the items in progress that are due, at the beginning and at the end."""
        from vsm.features.forecast.item_reading import read_item_forecasts

        before = read_item_forecasts(self.reader, self.stream, as_of=self.since, query=DUE)
        after = read_item_forecasts(
            self.reader,
            self.stream,
            as_of=self.until,
            query=DUE,
            present=self.present,
            law=self.remaining_times,
        )
        return before, after

    @cached_property
    def remaining_times(self) -> RemainingTime:
        """The law of what is left of items in progress, at the end."""
        from vsm.flow.remaining import RemainingTime

        return RemainingTime(self.with_departed, self.until, self.facts.blocks)

    @cached_property
    def with_departed(self) -> FlowData:
        """The flow with items that were in another stream at the end."""
        return self.reader.flow_with_departed(self.stream, self.until, present=self.present)

    @cached_property
    def has_due(self) -> bool:
        """Whether any open item has a due date."""
        return bool(
            self.reader.matching(self.stream, DUE, self.until, present=self.present) & self.open_ids
        )

    @cached_property
    def pins(self) -> Pins:
        """Forecasts that people rely on."""
        from vsm.features.forecast.pin_reading import read_pins

        return read_pins(self.reader, as_of=self.until, stream=self.stream, present=self.present)

    @cached_property
    def dependencies(self) -> Dependencies:
        """Dependencies between teams, in all streams."""
        from vsm.features.dependencies.reading import read_dependencies

        return read_dependencies(self.reader, self.until, past=not self.present)

    # -- all streams -----------------------------------------------------------------------

    @cached_property
    def portfolio(self) -> Portfolio:
        """All initiatives at the end."""
        from vsm.features.portfolio.reading import read_portfolio

        return read_portfolio(self.reader, self.until, present=self.present)

    @cached_property
    def portfolio_then(self) -> Portfolio:
        """All initiatives at the beginning."""
        from vsm.features.portfolio.reading import read_portfolio

        return read_portfolio(self.reader, self.since, present=False)

    @cached_property
    def capacity(self) -> Capacity | None:
        """The load of teams; ``None`` where there are no teams."""
        from vsm.features.capacity.reading import read_capacity

        if not self.reader.teams():
            return None
        return read_capacity(self.reader, as_of=self.until, present=self.present)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The five measures of all services in the 90 days up to the end."""
        from vsm.features.delivery.reading import Asked, read_deliveries

        asked = Asked(as_of=self.until, present=self.present)
        return read_deliveries(self.reader, asked, self.zone)

    @property
    def streams_here(self) -> Sequence[ValueStream]:
        """The stream of the report, or all of them."""
        return (self.stream,) if self.is_of_stream else self.reader.all_streams()

    def evidence(
        self,
        figure: str,
        items: Iterable[int],
        remarks: Iterable[str] = (),
        screen: str = "",
        lines: Iterable[str] = (),
    ) -> tuple[Evidence, ...]:
        """The items behind a sentence, and what else is."""
        return (Evidence(figure, tuple(items), None, tuple(remarks), screen, tuple(lines)),)
