"""Keys of the reports: choose a report, note a fact, make an item of it, put it on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.features.reports.recording import note_values, record_values
from vsm.features.reports.report import behind, report, sentence_of
from vsm.features.reports.results import Fact, Report
from vsm.features.reports.short import title_of
from vsm.model.command import AddEntity, Command, RemoveEntity
from vsm.model.errors import Refusal
from vsm.model.report import FactNote, MadeReport, NoteKind, ReportKind
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.model.sanitise import inert_line
from vsm.report.formats import Format, render
from vsm.report.publish import publish
from vsm.screens.change_form import ask
from vsm.screens.dialogs import ConfirmDialog, PickDialog
from vsm.screens.forms import Values
from vsm.widgets.date_text import day
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.reports import ReportsScreen

ABOUT: dict[ReportKind, str] = {
    ReportKind.WEEKLY: "what finished, started, got stuck and moved",
    ReportKind.RETRO: "what happened in the stream, for a retrospective",
    ReportKind.HANDOVER: "the state of the stream, for someone new",
    ReportKind.PORTFOLIO: "initiatives that changed, decisions that are due",
    ReportKind.SERVICE: "how services are delivered, what went wrong",
    ReportKind.GOVERNANCE: "waivers, fails, emergencies, changes of access",
}
"""Each kind in a line, those of a stream first."""


async def choose_report(screen: ReportsScreen) -> None:
    """Choose a kind of report, and show that of now."""
    rows = [
        Row(kind.value, kind.value, about, screen.stream.name if kind.of_stream else "all streams")
        for kind, about in ABOUT.items()
    ]

    def find(text: str) -> list[Row]:
        words = text.casefold().split()
        return [row for row in rows if all(word in f"{row.name} {row.text}" for word in words)]

    chosen = await screen.app.push_screen_wait(
        PickDialog(
            "Reports",
            find,
            placeholder="part of a name",
            keys="{list_up} {list_down}: choose · {confirm}: show · {cancel}: cancel",
            tall=False,
        )
    )
    if chosen:
        screen.to_kind(ReportKind(chosen))


# -- notes on facts --------------------------------------------------------------------------


async def note_fact(screen: ReportsScreen, fact: Fact, kind: NoteKind) -> None:
    """Ask why, and note a fact as known or as wrong."""
    is_known = kind is NoteKind.ACKNOWLEDGED
    of = screen.of
    hint = "until when, or who sees to it" if is_known else "what is wrong with it"
    field = FieldSpec("reason", "Reason", "", f"may be empty: {hint}")

    def command(values: Values) -> Command:
        number = None if of is None else of.id
        return AddEntity(FACT_NOTE, note_values(fact, number, kind, values["reason"]))

    title = "Acknowledge the fact" if is_known else "Mark the fact as wrong"
    stands = f" ({fact.acknowledged})" if fact.acknowledged else ""
    await ask(screen, title, [field], command, f"{sentence_of(fact)}{stands}")


async def take_back_note(screen: ReportsScreen, fact: Fact, kind: NoteKind) -> None:
    """Take back the notes of a kind on a fact; those of the other kind stay."""
    ids = {note.id for note in fact.notes if note.mark == kind}

    def find(reader: Reader) -> list[Command]:
        notes: list[FactNote] = reader.entities(FACT_NOTE)
        return [RemoveEntity(FACT_NOTE, note.id) for note in notes if note.id in ids]

    commands = await screen.host.reading.call(find)
    if not commands:  # somebody else took it back
        screen.work_out()
        return
    await screen.change(lambda session: session.do(*commands))


# -- items -----------------------------------------------------------------------------------


async def make_item(screen: ReportsScreen, fact: Fact, result: Report) -> None:
    """Ask for an item whose title is the fact, and whose description names what it rests on."""
    from vsm.screens.board.editing import add_proposed

    sentence = inert_line(sentence_of(fact))
    lines = [f"From the {result.kind} report of {day(result.as_of, result.zone)}: {sentence}"]
    lines += fact.why
    lines += [f"- {line}" for line in behind(fact, result)]
    texts = {"title": title_of(sentence), "description": "\n".join(map(inert_line, lines))}
    added = await add_proposed(screen.below, texts)
    if added is not None:
        screen.say(f"{screen.host.glyphs.done} {added.label}")
        screen.work_out()


# -- on record -------------------------------------------------------------------------------


async def record_report(screen: ReportsScreen, shown: Report) -> None:
    """Put the report of now on record after a yes; not where nothing has changed since the last."""
    from vsm.features.reports.on_record import made_reports, unchanged_record

    number = None if screen.of is None else screen.of.id

    def standing(reader: Reader) -> MadeReport | None:
        made = made_reports(reader, shown.kind, number)
        return unchanged_record(reader, made, screen.host.now())

    if await screen.host.reading.call(standing) is not None:
        screen.say("Nothing changed since the last report, which is on record", "warn")
        return
    question = ConfirmDialog(
        f"Put the {shown.kind} report on record?",
        f"For everybody the next {shown.kind} report of {shown.subject} begins here."
        " A report stays on record: undo does not take it off.",
        "{answer_yes} or {confirm}: record · {cancel}: cancel",
    )
    if not await screen.app.push_screen_wait(question):
        return

    def values(reader: Reader) -> dict[str, Any]:
        result, anchor = shown, reader.anchor()
        if anchor.seq != shown.seq:  # somebody wrote while the question stood
            result = screen.read_now(reader)
        text = render(
            Format.MARKDOWN, lambda: report(result), lambda: publish(result), anchor=anchor
        )
        return record_values(result, number, Format.MARKDOWN.value, text)

    made = await screen.host.reading.call(values)
    answer = await screen.below.writer.ask(lambda session: session.do(AddEntity(MADE_REPORT, made)))
    if isinstance(answer, Refusal):
        screen.say(answer.sentences, "warn")
        return
    screen.below.writer.show_outcome(answer)
    screen.say(f"The {shown.kind} report is on record, as it is shown here")
    screen.work_out()
