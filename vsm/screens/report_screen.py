"""The base of screens that show a report, whose lines open what is behind them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from vsm.actions import Scope
from vsm.model.errors import BadInput, Refusal, RefusalCode, VsmError
from vsm.model.query_tree import Query
from vsm.report.document import Document, Target, place_of
from vsm.report.publish import publish
from vsm.report.terminal import draw_lines
from vsm.screens.earlier_change import ask_about_earlier
from vsm.screens.filter_line import FilterLine, filter_of_figures
from vsm.screens.report_offer import ReportOffer
from vsm.screens.vsm_screen import DIM_AFTER, VsmScreen
from vsm.widgets.as_of_line import WindowLine
from vsm.widgets.keyed import bindings
from vsm.widgets.messages import FilterSaved
from vsm.widgets.notice import Notice
from vsm.widgets.report_view import ReportView
from vsm.widgets.status_bars import HintLine

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.board.parts import BoardParts
    from vsm.session import ChangeGroup, Session


class ReportScreen(VsmScreen):
    """A report above the board.

    A screen says what it reads (:meth:`reading`) and how it shows that (:meth:`show_result`);
    ``action_details`` opens what is behind the chosen line.
    """

    CSS_PATH = Path(__file__).with_name("vsm_screen.tcss")
    SCOPE = Scope.REPORT
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPORT)
    AUTO_FOCUS = "ReportView"
    TITLE: ClassVar[str]
    """What is found here, in a word."""
    MEANS: ClassVar[str]
    """What the figures mean, in paragraphs."""
    WAITING: ClassVar[str]
    """What is shown until something is found."""
    document: Document | None = None
    result: Any = None
    """What the report is about, as far as it is shown."""
    targets: tuple[Target, ...] = ()
    """What can be opened, in the order of the lines."""

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__()
        self.below: BoardParts
        self.lie_on(below, below.reader, below.stream, query_text)
        board = below.host.actor, below.data.filter
        self.filter_line: FilterLine = filter_of_figures(
            self, query_text, board, lambda: self.findings
        )

    def compose(self) -> ComposeResult:
        """Header, days, what was found, hints, and a notice that is hidden at first."""
        host = self.host
        skin, glyphs = host.skin, host.glyphs
        self.header = self.make_header()
        self.window_line = WindowLine(skin, glyphs)
        self.findings = ReportView(skin, glyphs, self.WAITING)
        self.hints = HintLine(skin, glyphs, host.keymap, self.SCOPE)
        self.notice = Notice(self.keys("{close}"))
        yield self.header
        yield self.window_line
        yield self.findings
        yield self.hints
        yield self.notice

    # -- reading ------------------------------------------------------------------------

    @abstractmethod
    def reading(self) -> Callable[[Reader], Any]:
        """What is read off this thread, for the stream and the moment that are shown now."""

    @abstractmethod
    def show_result(self, result: Any) -> None:
        """Show what was read."""

    def work_out(self) -> None:
        """Read anew off this thread; what is shown stays, dimmed, until it is there."""
        self.latest(partial(self._work_out, self.reading()), "figures")

    async def _work_out(self, read: Callable[[Reader], Any]) -> None:
        dim = self.set_timer(DIM_AFTER, partial(self.findings.set_stale, True))
        try:
            result = await self.host.reading.call(read)
        except (VsmError, BadInput) as error:
            self.findings.set_stale(True)
            self.trouble(error)
            return
        finally:
            dim.stop()
        self.show_result(result)

    @property
    def filter(self) -> Query:
        """The filter of the items that are shown."""
        return self.filter_line.query

    @property
    def filter_text(self) -> str:
        """The filter as the line above the report shows it."""
        return self.query_text.strip() if self.filter else ""

    @on(FilterSaved)
    def _filter_saved(self) -> None:
        self.hold("Save a filter as a view on the board", "warn")

    def show_report(
        self,
        document: Document,
        result: Any,
        chosen: int | None = None,
        keep: bool = False,
        same: int | None = None,
    ) -> None:
        """Show the report on a result; keys that waited for the first one go on.

        Without ``chosen`` the cursor stays on what it is on, whatever stands before that now;
        ``same`` is its number where the screen knows it better.
        """
        first = not self.findings.shown
        at = self.findings.under
        if same is None and at is not None:
            same = place_of(self.targets, at, document.targets)
        self.document, self.result = document, result
        self.targets = document.targets
        self.findings.show(partial(draw_lines, document), chosen, keep, same)
        if first:
            self.host.typeahead.release()

    def report_offer(self) -> ReportOffer | None:
        document, result = self.document, self.result
        if document is None:
            return None
        return ReportOffer(self.TITLE.lower(), lambda _: document, lambda _: publish(result))

    @property
    def target(self) -> Target | None:
        """What is under the cursor."""
        at = self.findings.under
        return None if at is None else self.targets[at]

    @on(ReportView.Opened)
    async def _opened(self) -> None:
        await self.run_action("details")

    def show_text(self, title: str, text: str) -> None:
        """Show a text in a dialog."""
        from vsm.screens.dialogs import TextDialog

        keys = "{cursor_up} {cursor_down}: scroll · {confirm} or {cancel}: close"
        self.app.push_screen(TextDialog[None](title, text, keys))

    def action_details(self) -> Awaitable[None] | None:
        """Open the items or the policies behind the line."""
        target = self.target
        if target is not None and target.stage is not None:
            self.begin(self.list_stage(target.stage, target.title), "dialog")
        elif target is not None and target.items:
            from vsm.screens.items_list import listed

            self.begin(listed(self, target.title, "", target.items), "dialog")
        elif target is not None and target.text:
            self.show_text(target.title, target.text)
        elif target is not None and target.policy is not None and self.host.view.at is None:
            from vsm.screens.board.stage_settings import show_policies

            self.begin(show_policies(self.below, target.policy), "dialog")
        else:
            self.say("There is nothing behind this", "warn")
        return None

    @property
    def figures_end(self) -> int:
        """The moment as of which the figures are: lists behind them show the same days."""
        return self.as_of

    async def list_stage(self, stage: int, name: str) -> None:
        """List the items of a stage that fit the filter, the longest there first."""
        from vsm.features.metrics.reading import read_items_inside
        from vsm.screens.items_list import listed

        stream, as_of = self.stream, self.figures_end
        present = self.host.view.at is None and as_of == self.as_of
        query = self.filter
        there = await self.host.reading.call(
            lambda reader: read_items_inside(
                reader, stream, stage, as_of, query=query, present=present
            )
        )
        items = tuple(
            (row.item, row.what if row.value is None else f"{row.value:.0f} d there")
            for row in there
        )
        title = f"{name}, {self.filter_text}" if query else name
        await listed(self, title, "the longest there first", items)

    def let_keys_go(self) -> None:
        """Keys are meant for what is found: they wait for it, a second at most."""
        if self.findings.shown:
            super().let_keys_go()

    def action_cursor_up(self) -> None:
        """Up."""
        self.findings.step(-1)

    def action_cursor_down(self) -> None:
        """Down."""
        self.findings.step(1)

    def action_page_up(self) -> None:
        """A page back."""
        self.findings.leaf(-1)

    def action_page_down(self) -> None:
        """A page on."""
        self.findings.leaf(1)

    def action_first_item(self) -> None:
        """To the beginning."""
        self.findings.end(False)

    def action_last_item(self) -> None:
        """To the end."""
        self.findings.end(True)

    async def action_close(self) -> None:
        """Close the message, then the filter."""
        if self.notice.open:
            self.notice.hide()
        elif self.filter_line.bar is not None:
            await self.filter_line.clear()
        else:
            self.hints.say("")

    def hint(self, verb: str, keys: str) -> str:
        """How to go on by keys, where reports name a verb (see ``report.wording.Hint``)."""
        return self.keys(keys)

    def action_undo(self) -> None:
        """Take back the last change of this session, or of an earlier one after a question."""
        self.begin(self.change(lambda session: session.undo()), "change")

    def action_redo(self) -> None:
        """Bring back what was undone."""
        self.begin(self.change(lambda session: session.redo()), "change")

    async def change(self, act: Callable[[Session], ChangeGroup | Refusal], said: str = "") -> None:
        """Change something, tell what came of it (in other words: ``said``), and look anew."""
        result = await self.below.writer.ask(act)
        if isinstance(result, Refusal) and result.code is RefusalCode.EARLIER:
            group = await ask_about_earlier(self, self.stream.zone)
            if group is None:
                return
            if isinstance(group, Refusal):
                result = group
            else:
                result = await self.below.writer.ask(lambda session: session.undo(group))
        if isinstance(result, Refusal):
            self.say(result.sentences, "warn")
            return
        self.below.writer.show_outcome(result)
        self.say(said or result.label)
        self.work_out()

    def action_help(self) -> None:
        """Say what the figures mean; the same key once more lists all keys."""
        self.begin(self._define(), "dialog")

    @property
    def means(self) -> str:
        """What the figures mean, with the symbols that are drawn here."""
        return self.MEANS

    async def _define(self) -> None:
        from vsm.screens.flow_items import DEFINITION_KEYS, DefinitionDialog

        dialog = DefinitionDialog(self.TITLE, self.means, DEFINITION_KEYS)
        if await self.app.push_screen_wait(dialog):
            await self.app.run_action("app.help")
