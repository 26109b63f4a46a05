"""Shows facts of now against the last report, reports on record, and the rules that make facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import BindingType

from vsm.actions import Scope
from vsm.config import SCREENS
from vsm.date_form import write_moment
from vsm.features.reports.charts import read_charts
from vsm.features.reports.on_record import with_differences
from vsm.features.reports.report import FactTarget, report, report_rules, with_charts
from vsm.features.reports.results import Fact, Report, Rules
from vsm.features.reports.short import shorten
from vsm.model.report import MadeReport, NoteKind, ReportKind
from vsm.model.rules import local
from vsm.report.publish import publish
from vsm.report.wording import name_verb
from vsm.screens.board.constraint_hint import Advice
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_pages import Asked, Left, Page, Place, page_reader, place_of, read_of
from vsm.screens.report_record import write_record
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings
from vsm.widgets.report_view import ReportView

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.report.wording import Hint
    from vsm.screens.board.parts import BoardParts

MEANS = """\
Nobody is asked how far they are. Each sentence is a fact that a rule found in the journal: what \
changed since the last report of this kind, and what needs a decision. Enter shows the items \
behind it, go to ({open_subject}) the page of what it is about.

The word before it says how much it matters. know: good to know. watch: it may become a problem. \
act: somebody should do something now. decide: somebody has to decide. The first seven facts are \
the page to read: all that is to be decided, then what weighs most by that word, by how new it is \
and by how much of the work it is about. They stand in the order of the words. "3rd report in a \
row" is a fact that the two reports before had too.

Acknowledge ({acknowledge_fact}) a fact that you know of, and say why: for everybody it stays off \
the first page until it is worse, or comes back after it was gone. Mark it as wrong \
({mark_wrong}) where it is not so, or not worth a line. The key of a note takes it back.

Rules ({report_rules}) are judged. Precision is the share of the flags of a rule that proved \
right: an item that was called too old did finish late. Recall is the share of all such items \
that were flagged before. A mark as wrong is a flag that was not right. With 20 flags and a \
precision below 30% a rule is silent, and the report says so. Rules that say what is so, such as \
a decision that is due, are not judged.

A report on record ({record_report}) is where the next one begins, for everybody. {older_report} \
shows the reports before, made again from the journal as of then. A report of now is not on \
record until somebody puts it there. As long as nothing is written after that, on the same day, it \
is what is shown; a handover is always that of now.

The number at the tab counts new facts to act or decide on in the weekly report of the stream. \
No fact is about a person."""
NO_FACT = "Choose a fact first: a line that begins with know, watch, act or decide"
NOT_NOW = "This report is on record: {close} shows the facts of now"


class ReportsScreen(ReportScreen):
    """The reports of a stream, and of all of them."""

    TITLE = "Reports"
    MEANS = MEANS
    ACTION = "reports"
    SCOPE = Scope.REPORTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPORTS)
    NO_FILTER = "A filter narrows no report: it is about the whole stream"
    WAITING = "reading what changed"

    def __init__(self, below: BoardParts, query_text: str, left: Left | None = None) -> None:
        super().__init__(below, query_text)
        self.place = Place() if left is None else left.page.place
        """The page that was asked for."""
        self.page: Page | None = None
        """The page that stands there: keys are meant for what somebody sees."""
        self.made: tuple[MadeReport, ...] = ()
        """The reports on record of the kind that is shown, the latest first."""
        self._turned = True
        """Whether another page is to be shown, which begins at its top."""
        self._line = 0
        """The line that is chosen then."""
        self._left = left
        """The page to show at once on the way back from elsewhere."""
        self._is_other = False
        """Whether the fact that was under the cursor is gone, and another one stands there."""
        self._before_rules: Left | None = None
        """The page from which the rules were opened."""

    @property
    def of(self) -> ValueStream | None:
        """The stream that the report is about; none: all of them."""
        return self.stream if self.place.kind.of_stream else None

    @property
    def shown(self) -> Place | None:
        """The place of the page that stands there."""
        return None if self.page is None else self.page.place

    @property
    def left(self) -> Left | None:
        """What stands there, to come back to."""
        if self.page is None:
            return None
        return Left(self.page, self.host.view.at, self.findings.chosen)

    def work_out(self) -> None:
        self._show_left()
        super().work_out()

    def _show_left(self) -> None:
        """Show what was left at once, where that is as of the same moment."""
        left, self._left = self._left, None
        if left is not None and left.page.place == self.place and left.at == self.host.view.at:
            self._line = left.line
            self.show_result(left.page)

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        return page_reader(Asked(self.place, self.stream, now, at), self.made)

    def show_result(self, result: Page) -> None:
        place, answer = result.place, result.answer
        if place != self.place:  # another page was asked for meanwhile
            return
        self.made = result.made
        if answer is None:
            self.say("That report was not on record then", "warn")
            self.to(replace(place, made=None))
            return
        target, self.page = self.target, result
        turned, self._turned = self._turned, False
        document = self._document(answer, self.hint)
        same = None if turned else place_of(target, document.targets)
        was_fact = isinstance(target, FactTarget) and not turned
        self._is_other = same is None and (was_fact or (self._is_other and not turned))
        self.show_report(
            document, answer, self._line if turned else None, keep=not turned, same=same
        )
        if was_fact and self._is_other:
            self.say("The fact under the cursor is no longer in the report", "warn")
        if turned and self._line == 0:
            self.findings.show_top()
        if isinstance(answer, Report):
            self._show_window(answer)
            self._show_news(answer)
        else:
            back = self.keys("{close}: back")
            self.window_line.show("Rules of reports", answer.stream, "", back)

    def _show_window(self, result: Report) -> None:
        """Which report it is, of what, and since when."""
        span, zone = result.window, result.zone
        first, last = day(span.since, zone), day(span.until, zone)
        if first == last:
            first = write_moment(local(span.since, zone))
        name, one = f"{result.kind.capitalize()} report", self.record
        if one is not None and self.place.made is None:
            at = write_moment(local(one.until, zone))
            about = f"nothing changed since entry {one.to_seq or 0:,} ({at})"
            beside = f"{about}; {result.subject}, since {first}"
            self.window_line.show(f"{name}, on record", beside, "", "")
            return
        elif one is not None:
            number = f"{self.made.index(one) + 1} of {len(self.made)}"
            name, since, back = f"{name} of {last}, on record", f"since {first} ({number})", "now"
        else:
            words = {"last": "the last report"}.get(span.asked, f"{span.asked}, no report before")
            of_now = self.host.view.at is None
            since = f"since {first} ({words})" if of_now else f"{first} to {last} ({words})"
            back = ""
        right = self.keys(f"{{close}}: {back}") if back else ""
        self.window_line.show(name, f"{result.subject}, {since}", "", right)

    def _show_news(self, result: Report) -> None:
        """Let the header say what the weekly report of now says."""
        is_of_now = self.host.view.at is None and self.place.made is None
        if is_of_now and result.kind is ReportKind.WEEKLY:
            known = self.below.data.advice or Advice()
            news = 0 if self.record is not None else result.loud
            self.below.data.advise(known._replace(news=news))
            self.header.set_advice(self.below.advice)

    def say(self, text: str, ink: str = "text") -> None:
        """Show a message, cut to a line: it may quote the sentence of a fact."""
        super().say(shorten(text) if ink == "text" else text, ink)

    @property
    def means(self) -> str:
        """What the sentences mean, with the keys that work here."""
        return self.keys(MEANS)

    def report_offer(self) -> ReportOffer | None:
        """The report of the page; in a file it names verbs in place of keys."""
        result = self.result
        if result is None:
            return None
        name = "rules" if isinstance(result, Rules) else str(result.kind)
        of_all = isinstance(result, Report) and not result.kind.of_stream
        document, stream = self._document(result, name_verb), self.stream
        present, one = self.host.view.at is None and self.record is None, self.record

        def page(reader: Reader) -> Document:
            if of_all or isinstance(result, Rules):
                return document
            charts = read_charts(reader, stream, result, present=present)
            return with_charts(document, charts)

        return ReportOffer(
            f"report {name}",
            lambda _: document,
            lambda _: publish(result),
            page=page,
            of_all=of_all,
            report=result if isinstance(result, Report) else None,
            whole=None if one is None else partial(write_record, one),
        )

    def _document(self, result: Report | Rules, hint: Hint) -> Document:
        """The page; of a report on record with how it differs from that."""
        if isinstance(result, Rules):
            return report_rules(result)
        document, one = report(result, hint), self.record
        return document if one is None else with_differences(document, result, one)

    # -- pages ------------------------------------------------------------------------------

    def to(self, place: Place, line: int = 0) -> None:
        """Show another page."""
        self.place, self._turned, self._line = place, True, line
        self.work_out()

    def to_kind(self, kind: ReportKind) -> None:
        """Show the report of now of a kind."""
        if self.place != Place(kind):
            self.to(Place(kind))

    def read_now(self, reader: Reader) -> Report:
        """The report of now of the kind that is shown."""
        return read_of(reader, self.place.kind, self.of, None, self.host.now(), True)

    @property
    def record(self) -> MadeReport | None:
        """The report on record that is shown."""
        return None if self.page is None else self.page.record

    @property
    def fact(self) -> Fact | None:
        """The fact under the cursor; none while another page is being read."""
        target, result = self.target, self.result
        if not isinstance(target, FactTarget) or not isinstance(result, Report):
            return None
        if self.shown != self.place:
            return None
        return next((fact for fact in result.facts if fact.id == target.fact), None)

    async def action_close(self) -> None:
        """Close the message, or go back to the report of now."""
        if self.notice.open:
            await super().action_close()
        elif self.place.rules:
            self._leave_rules()
        elif self.place.made is not None:
            self.to(replace(self.place, made=None))
        else:
            await super().action_close()

    def _leave_rules(self) -> None:
        """Show the report again from which the rules were opened, and look anew."""
        self._left, self._before_rules = self._before_rules, None
        self.to(replace(self.place, rules=False), 0 if self._left is None else self._left.line)

    def action_details(self) -> Awaitable[None] | None:
        """Open the items behind the fact, the screen that shows more, or the item of the line."""
        target = self.target
        if isinstance(target, FactTarget):
            if not target.items and target.screen:
                return self._open(target.screen)
        elif target is not None and len(target.items) == 1:
            from vsm.screens.items_list import show_item

            self.begin(_only_show(show_item(self, target.items[0][0])), "dialog")
            return None
        return super().action_details()

    async def _open(self, screen: str) -> None:
        """Open the screen that shows more of a fact, by its name."""
        await self.app.run_action(f"app.{SCREENS.get(screen) or screen}")

    def action_choose_report(self) -> None:
        """Choose another kind of report."""
        from vsm.screens.report_keys import choose_report

        self.begin(choose_report(self), "dialog")

    def action_older_report(self) -> None:
        """Show the report on record before this one."""
        self._step(1)

    def action_newer_report(self) -> None:
        """Show the report on record after this one, or that of now."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if self.place.rules:
            self.say(self.keys("{close} shows the report again"), "warn")
            return
        if self.shown is None or self.shown.kind is not self.place.kind:
            self.say("The report is being read", "warn")
            return
        newest = self.record if self.place.made is None else None
        ids = [None, *(one.id for one in self.made if one is not newest)]
        number = ids.index(self.place.made) + by if self.place.made in ids else 0
        if number < 0:
            self.say("This is the report of now", "warn")
        elif number >= len(ids):
            none = "No report of this kind is on record yet: {record_report} puts this one there"
            self.say(self.keys("There is no older report" if self.made else none), "warn")
        else:
            self.to(replace(self.place, made=ids[number]))

    def action_report_rules(self) -> None:
        """Show the rules of the stream."""
        if not self.place.rules:
            self._before_rules = self.left if self.shown == self.place else None
            self.to(replace(self.place, rules=True))

    # -- what people say ----------------------------------------------------------------------

    def action_acknowledge_fact(self) -> None:
        """Note the fact under the cursor as known."""
        self._note(NoteKind.ACKNOWLEDGED)

    def action_mark_wrong(self) -> None:
        """Note the fact under the cursor as wrong."""
        self._note(NoteKind.WRONG)

    def _seen_fact(self) -> Fact | None:
        """The fact that somebody saw under the cursor; says why where there is none."""
        fact = self.fact
        if fact is None:
            self.say(NO_FACT, "warn")
        elif self._is_other:
            self._is_other = False
            self.say("The fact that stood here is gone: press the key again for this one", "warn")
            return None
        return fact

    @on(ReportView.Moved)
    def _moved(self) -> None:
        self._is_other = False

    def _note(self, kind: NoteKind) -> None:
        from vsm.screens.report_keys import note_fact, take_back_note

        fact = self._seen_fact()
        if fact is None:
            return
        if self.place.made is not None:
            self.say(self.keys(NOT_NOW), "warn")
        elif any(note.mark == kind for note in fact.notes):
            self.begin(take_back_note(self, fact, kind), "change")
        else:
            self.begin(note_fact(self, fact, kind), "dialog")

    def action_open_subject(self) -> None:
        """Open the page of what the fact under the cursor is about."""
        from vsm.screens.report_subject import open_subject

        fact = self._seen_fact()
        if fact is not None:
            self.begin(open_subject(self, fact), "dialog")

    def action_item_from_fact(self) -> None:
        """Make an item from the fact under the cursor."""
        from vsm.screens.report_keys import make_item

        fact, result = self._seen_fact(), self.result
        if fact is None or not isinstance(result, Report):
            return
        self.begin(make_item(self, fact, result), "dialog")

    def action_record_report(self) -> None:
        """Put the report of now on record."""
        from vsm.screens.report_keys import record_report

        result = self.result
        is_now = self.shown == self.place and self.place.made is None
        if not is_now or not isinstance(result, Report):
            self.say(self.keys("{close} shows the report of now, which can be recorded"), "warn")
            return
        if self.record is not None:
            self.say("Nothing changed since the last report, which is on record", "warn")
            return
        self.begin(record_report(self, result), "dialog")


async def _only_show(shown: Awaitable[bool]) -> None:
    await shown
