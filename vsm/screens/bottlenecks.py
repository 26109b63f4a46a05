"""The constraint of a stream, its evidence, and what to do next, as a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.bottlenecks.report import report
from vsm.features.simulate.advice import find_advice
from vsm.model.board import Header
from vsm.model.rules import day_start
from vsm.report.wording import day
from vsm.screens.board.constraint_hint import Advice
from vsm.screens.played_advice import ask_plays
from vsm.screens.report_screen import ReportScreen

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Bottlenecks, Play
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

PLAYED_AFTER = 0.5
"""Seconds after which a report that is looked at has its changes played."""
MEANS = """\
An active stage with the queue stages that feed it lets items go like so many slots, each of \
which takes one item for the service time: slots and service time are fitted to how many items \
there were and when they left. Slots are what the stage behaves like, never how many people there \
are.

Utilisation: the share of the slots that the arrivals need. Probability: how likely the stage is \
the constraint, by how often work waited there, over the time that is looked at and lately, how \
often the next stage was full, and whether work takes longer and longer. What has a confidence of \
80% is right about 80% of the time on simulated streams whose constraint is known.

Queue trend: items a week by which what it holds grows (the median slope of the last 13 weeks). \
Share of wait: its share of all the time that items waited. Blocked: the share of time in which \
the next was full; starved: in which it held nothing.

Throughput is capped by the minimum cut: the stages that together let the least through.

What would help is estimated first. A little later stands below it what comes of it when it is \
played from now on for 13 weeks, as vsm forecast whatif does; Enter shows all figures.

A filter chooses the items that are listed and that recommendations name. The verdict and the \
figures of the stages stay those of all items: whoever asks, a stage has the load that it has."""


class BottlenecksScreen(ReportScreen):
    """The bottlenecks of the stream of the board below it."""

    TITLE = "Bottlenecks"
    MEANS = MEANS
    WAITING = "looking where the stream is stuck"
    ACTION = "stuck"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.shown: Bottlenecks | None = None

    def reading(self) -> Callable[[Reader], tuple[Bottlenecks, Header]]:
        stream, as_of, past = self.stream, self.as_of, self.host.view.at is not None
        query = self.filter

        def read(reader: Reader) -> tuple[Bottlenecks, Header]:
            header = reader.header_at(stream, as_of, present=not past)
            limits = read_bottlenecks(reader, stream, as_of=as_of, query=query, present=not past)
            return limits, header

        return read

    @property
    def figures_end(self) -> int:
        if self.shown is None:
            return self.as_of
        after = self.shown.watched.last + timedelta(days=1)
        return min(self.as_of, day_start(after, self.stream.zone) - 1)

    def show_result(self, result: tuple[Bottlenecks, Header]) -> None:
        limits, header = result
        chosen = None
        stages = [stage.name for stage in limits.stages]
        if self.shown is None and limits.verdict.stages:
            chosen = stages.index(limits.verdict.stages[0])
        limits = replace(limits, plays=self._known_plays(limits))
        self.shown = limits
        if self.host.view.at is None:
            known, limit = self.below.data.advice or Advice(), Advice.of(limits.verdict)
            self.below.data.advise(known._replace(stages=limit.stages, words=limit.words))
        self.header.show(header)
        self.header.set_advice(self.below.advice)
        self.show_report(report(limits), limits, chosen)
        if not limits.plays:
            begin = partial(self.latest, partial(self._play, limits), "plays")
            self.set_timer(PLAYED_AFTER, begin)
        watched = limits.watched
        weeks = round(((watched.last - watched.first).days + 1) / 7)
        span = f"{day(watched.first)} {self.host.glyphs.dash} {day(watched.last)}"
        self.window_line.show(self.TITLE, span, self.filter_text, f"{weeks} weeks")

    def _known_plays(self, limits: Bottlenecks) -> tuple[Play, ...]:
        """What was played already, where the same would help as before."""
        shown = self.shown
        if shown is None or (shown.effects, shown.verdict) != (limits.effects, limits.verdict):
            return ()
        return shown.plays

    async def _play(self, limits: Bottlenecks) -> None:
        """Show below what would help what comes of it when it is played."""
        if self.shown is not limits or not any(find_advice(limits, self.stream)):
            return
        plays = await ask_plays(
            self.host.path, self.stream, self.host.view.at, self.reader.position()
        )
        if plays and self.shown is limits:
            self.shown = replace(limits, plays=plays)
            self.show_report(report(self.shown), self.shown)

    def action_details(self) -> None:
        """Open what is behind the line; of a change that was played, all of its figures."""
        target = self.target
        if target is None or target.change is None or self.shown is None:
            super().action_details()
            return
        for change, constraint, request in find_advice(self.shown, self.stream):
            if (change, constraint) == target.change:
                from vsm.screens.forecast import ForecastScreen

                self.host.typeahead.hold()
                above = ForecastScreen(self.below, self.query_text)
                above.request = request
                self.app.switch_screen(above)
