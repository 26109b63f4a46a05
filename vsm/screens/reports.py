"""Shows facts of now against the last report, reports on record, and the rules that make facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.config import SCREENS
from vsm.date_form import write_moment
from vsm.features.reports.charts import read_charts
from vsm.features.reports.on_record import with_differences
from vsm.features.reports.report import FactTarget, report, report_rules, with_charts
from vsm.features.reports.results import Fact, Report, Rules
from vsm.model.report import MadeReport, NoteKind, ReportKind
from vsm.model.rules import local
from vsm.report.publish import publish
from vsm.report.wording import name_verb
from vsm.screens.board.constraint_hint import Advice
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.model.stream import ValueStream
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.report.wording import Hint
    from vsm.screens.board.parts import BoardParts

MEANS = """\
Nobody is asked how far they are. Each sentence is a fact that a rule found in the journal: what \
changed since the last report of this kind, and what needs a decision. Enter shows the items \
behind it.

The word before it says how much it matters. know: good to know. watch: it may become a problem. \
act: somebody should do something now. decide: somebody has to decide. The first seven facts are \
the page to read, ordered by that word, by how new a fact is and by how much of the work it is \
about. "3rd report in a row" is a fact that the two reports before had too.

Acknowledge ({acknowledge_fact}) a fact that you know of, and say why: for everybody it stays off \
the first page until it is worse, or comes back after it was gone. Mark it as wrong \
({mark_wrong}) where it is not so, or not worth a line. The same key takes a note back.

Rules ({report_rules}) are judged. Precision is the share of the flags of a rule that proved \
right: an item that was called too old did finish late. Recall is the share of all such items \
that were flagged before. A mark as wrong is a flag that was not right. With 20 flags and a \
precision below 30% a rule is silent, and the report says so. Rules that say what is so, such as \
a decision that is due, are not judged.

A report on record ({record_report}) is where the next one begins, for everybody. {older_report} \
shows the reports before, made again from the journal as of then. A report of now is not on \
record until somebody puts it there.

The number at the tab counts new facts to act or decide on in the weekly report of the stream. \
No fact is about a person."""
NO_FACT = "Choose a fact first: a line that begins with know, watch, act or decide"
NOT_NOW = "This report is on record: {close} shows the facts of now"


@dataclass(frozen=True, slots=True)
class Place:
    """A page: a kind of report, of now or one on record by its id; or the rules."""

    kind: ReportKind = ReportKind.WEEKLY
    made: int | None = None
    rules: bool = False


class ReportsScreen(ReportScreen):
    """The reports of a stream, and of all of them."""

    TITLE = "Reports"
    MEANS = MEANS
    ACTION = "reports"
    SCOPE = Scope.REPORTS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPORTS)
    NO_FILTER = "A filter narrows no report: it is about the whole stream"
    WAITING = "reading what changed"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.place = Place()
        """The page that was asked for."""
        self.shown: Place | None = None
        """The page that stands there: keys are meant for what somebody sees."""
        self.made: tuple[MadeReport, ...] = ()
        """The reports on record of the kind that is shown, the latest first."""
        self._turned = True
        """Whether another page is to be shown, which begins at its top."""
        self._line = 0
        """The line that is chosen then."""
        self._left: tuple[int, Any] | None = None
        """The line from which the rules were opened, and what stood there."""

    @property
    def of(self) -> ValueStream | None:
        """The stream that the report is about; none: all of them."""
        return self.stream if self.place.kind.of_stream else None

    def reading(self) -> Callable[[Reader], Any]:
        at = self.host.view.at
        now = self.host.now() if at is None else at
        place, stream, of, made = self.place, self.stream, self.of, self.made

        def read(reader: Reader) -> tuple[Place, tuple[MadeReport, ...], Report | Rules | None]:
            from vsm.features.reports.reading import made_reports, read_rules

            if place.rules:
                return place, made, read_rules(reader, stream, now, present=at is None)
            every = made_reports(reader, place.kind, None if of is None else of.id)
            known = tuple(one for one in every if at is None or one.until <= at)
            return place, known, _read(reader, place, known, of, now, at is None)

        return read

    def show_result(
        self, result: tuple[Place, tuple[MadeReport, ...], Report | Rules | None]
    ) -> None:
        place, made, answer = result
        if place != self.place:  # another page was asked for meanwhile
            return
        self.made = made
        if answer is None:
            self.say("That report was not on record then", "warn")
            self.to(replace(place, made=None))
            return
        self.shown = place
        turned, self._turned = self._turned, False
        document = self._document(answer, self.hint)
        self.show_report(document, answer, self._line if turned else None, keep=not turned)
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
        name, one = f"{result.kind.capitalize()} report", self._shown_made
        if one is not None:
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
            self.below.data.advise(known._replace(news=result.loud))
            self.header.set_advice(self.below.advice)

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
        present = self.host.view.at is None and self._shown_made is None

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
        )

    def _document(self, result: Report | Rules, hint: Hint) -> Document:
        """The page; of a report on record with how it differs from that."""
        if isinstance(result, Rules):
            return report_rules(result)
        document, one = report(result, hint), self._shown_made
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
        return _make(reader, self.place.kind, self.of, None, self.host.now(), True)

    @property
    def _shown_made(self) -> MadeReport | None:
        """The report on record that is shown."""
        made = None if self.shown is None else self.shown.made
        return next((one for one in self.made if one.id == made), None)

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
        line, before = self._left or (0, None)
        self.to(replace(self.place, rules=False), line)
        if before is not None and self.host.view.at is None:
            self.show_result((self.place, self.made, before))

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
        ids = [None, *(one.id for one in self.made)]
        number = ids.index(self.place.made) + by if self.place.made in ids else 0
        if number < 0:
            self.say("This is the report of now", "warn")
        elif number >= len(ids):
            none = "No report of this kind is on record yet: {record_report} puts this one there"
            self.say(self.keys(none if len(ids) == 1 else "There is no older report"), "warn")
        else:
            self.to(replace(self.place, made=ids[number]))

    def action_report_rules(self) -> None:
        """Show the rules of the stream."""
        if not self.place.rules:
            is_now = self.shown == self.place and self.host.view.at is None
            self._left = self.findings.chosen, self.result if is_now else None
            self.to(replace(self.place, rules=True))

    # -- what people say ----------------------------------------------------------------------

    def action_acknowledge_fact(self) -> None:
        """Note the fact under the cursor as known."""
        self._note(NoteKind.ACKNOWLEDGED)

    def action_mark_wrong(self) -> None:
        """Note the fact under the cursor as wrong."""
        self._note(NoteKind.WRONG)

    def _note(self, kind: NoteKind) -> None:
        from vsm.screens.report_keys import note_fact, take_back_note

        fact = self.fact
        if fact is None:
            self.say(NO_FACT, "warn")
        elif self.place.made is not None:
            self.say(self.keys(NOT_NOW), "warn")
        elif fact.acknowledged is not None:
            self.begin(take_back_note(self, fact), "change")
        else:
            self.begin(note_fact(self, fact, kind), "dialog")

    def action_item_from_fact(self) -> None:
        """Make an item from the fact under the cursor."""
        from vsm.screens.report_keys import make_item

        fact, result = self.fact, self.result
        if fact is None or not isinstance(result, Report):
            self.say(NO_FACT, "warn")
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
        self.begin(record_report(self, result), "dialog")


async def _only_show(shown: Awaitable[bool]) -> None:
    await shown


def _read(
    reader: Reader,
    place: Place,
    made: Sequence[MadeReport],
    of: ValueStream | None,
    now: int,
    present: bool,
) -> Report | None:
    """The report of a place; ``None`` where that is not on record."""
    if place.made is None:
        return _make(reader, place.kind, of, None, now, present)
    one = next((one for one in made if one.id == place.made), None)
    return None if one is None else _make(reader, place.kind, of, one.since, one.until, False)


def _make(
    reader: Reader,
    kind: ReportKind,
    of: ValueStream | None,
    since: int | None,
    until: int,
    present: bool,
) -> Report:
    from vsm.features.reports.reading import Asked, read_report

    asked = Asked(kind=kind, stream=of, since=since, until=until, present=present, anew=True)
    return read_report(reader, asked)
