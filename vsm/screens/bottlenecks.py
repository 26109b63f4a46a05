"""Where a stream is stuck, why, how sure that is, and what to do next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from vsm.features.bottlenecks.reading import read_bottlenecks
from vsm.features.bottlenecks.report import report
from vsm.features.metrics.reading import read_items_inside
from vsm.model.board import Header
from vsm.model.errors import BadInput, VsmError
from vsm.model.query import Query
from vsm.report.wording import day
from vsm.screens.board.constraint_hint import Advice
from vsm.screens.flow import DIM_AFTER
from vsm.screens.report_screen import FindingsScreen
from vsm.widgets.report_view import Findings

if TYPE_CHECKING:
    from vsm.features.bottlenecks.results import Bottlenecks
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts

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

Throughput is capped by the minimum cut: the stages that together let the least through."""


class StuckScreen(FindingsScreen):
    """The bottlenecks of the stream of the board below it."""

    TITLE = "Bottlenecks"
    MEANS = MEANS
    WAITING = "looking where the stream is stuck"
    ACTION = "stuck"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.told: Bottlenecks | None = None

    def work_out(self) -> None:
        """Look anew off this thread; what is shown stays, dimmed, until it is there."""
        self.latest(partial(self._work_out, self.as_of), "figures")

    async def _work_out(self, as_of: int) -> None:
        dim = self.set_timer(DIM_AFTER, partial(self.findings.set_stale, True))
        stream, past = self.stream, self.host.view.at is not None

        def all_of_it(reader: Reader) -> tuple[Bottlenecks, Header]:
            header = (
                reader.past(stream, Query(), as_of).header if past else reader.header(stream, as_of)
            )
            return read_bottlenecks(reader, stream, as_of=as_of, present=not past), header

        try:
            told, header = await self.host.reading.call(all_of_it)
        except (VsmError, BadInput) as error:
            self.findings.set_stale(True)
            self.trouble(error)
            return
        finally:
            dim.stop()
        chosen = None
        if self.told is None and told.verdict.stages:
            chosen = [each.name for each in told.stages].index(told.verdict.stages[0])
        self.told = told
        if not past:
            self.below.data.advise(Advice.of(told.verdict))
        self.header.show(header)
        self.header.set_limiting(self.below.limiting)
        self.show_report(report(told), told, chosen)
        weeks = round(((told.watched.last - told.watched.first).days + 1) / 7)
        span = f"{day(told.watched.first)} {self.host.glyphs.dash} {day(told.watched.last)}"
        self.window_line.show(self.TITLE, span, "", f"{weeks} weeks")

    @on(Findings.Opened)
    def action_details(self) -> None:
        """Open the items or the policy behind the line."""
        target = self.target
        if target is not None and target.stage is not None:
            self.begin(self._stage(target.stage, target.title), "dialog")
        elif target is not None and target.items:
            from vsm.screens.flow_items import listed

            self.begin(listed(self, target.title, "", target.items), "dialog")
        elif target is not None and target.policy is not None and self.host.view.at is None:
            from vsm.screens.board.stage_settings import show_policies

            self.begin(show_policies(self.below, target.policy), "dialog")
        else:
            self.say("There is nothing behind this", "warn")

    async def _stage(self, stage: int, name: str) -> None:
        """List the items of a stage, the longest there first."""
        from vsm.screens.flow_items import listed

        stream, as_of = self.stream, self.as_of
        present = self.host.view.at is None
        found = await self.host.reading.call(
            lambda reader: read_items_inside(reader, stream, stage, as_of, present=present)
        )
        items = tuple(
            (each.item, each.what if each.value is None else f"{each.value:.0f} d there")
            for each in found
        )
        await listed(self, name, "the longest there first", items)
