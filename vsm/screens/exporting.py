"""Write a snapshot, items, histories or the journal to a file, from wherever one is.

A session without files copies them to the clipboard of its terminal instead.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vsm.connect.exports.atomic_output import target
from vsm.connect.exports.export import SUFFIX, Form, Written, export, export_journal
from vsm.model.errors import BadInput, VsmError
from vsm.model.query_tree import Query
from vsm.model.rules import local
from vsm.paths import expand_user
from vsm.report.formats import Format, render
from vsm.screens.dialogs import AskDialog, ConfirmDialog, PickDialog
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.reader import Reader
    from vsm.screens.report_offer import ReportOffer
    from vsm.screens.vsm_screen import VsmScreen

_T = TypeVar("_T")

COPY_MOST = 500_000
"""Characters that are copied at most: many terminals take no more at once."""


class Copied(io.StringIO):
    """A text that is to be copied; one that is too long is refused while it is written."""

    def write(self, text: str) -> int:
        """Add a part."""
        if self.tell() + len(text) > COPY_MOST:
            raise BadInput(
                f"this has more than {COPY_MOST:,} characters, which is too much to copy",
                "narrow it with a filter, or ask who runs this board for a file (vsm export)",
            )
        return super().write(text)


_CHOICES = (
    ("snapshot:here", "Snapshot of this stream", "items, stages and figures as JSON"),
    ("snapshot:all", "Snapshot of all streams", "the same, with teams and links"),
    ("csv:here", "Items as CSV", "one row an item, with its flow"),
    ("events:here", "History as CSV", "one row an entry into a stage"),
    ("actionableagile:here", "ActionableAgile CSV", "one row an item, a date a stage"),
    ("journal:all", "Journal", "every event: the lossless backup"),
)
_REPORTS = (
    (Format.HTML, "as HTML", "one file, with charts, to read or print"),
    (Format.MARKDOWN, "as Markdown", "for a wiki or a pull request"),
    (Format.TEXT, "as plain text", "for a mail"),
    (Format.JSON, "as JSON", "for a script"),
)


def _offered(offer: ReportOffer | None, files: bool) -> list[tuple[str, str, str]]:
    """The choices by id, name and description, those of a screen's report too."""
    choices = list(_CHOICES)
    if offer is not None:
        title = offer.name.capitalize()
        choices += [(f"report:{form}", f"{title} {how}", about) for form, how, about in _REPORTS]
        choices += [(f"text:{n}", f"{title} {t.name}", t.about) for n, t in enumerate(offer.texts)]
        if files and offer.portfolio is not None:
            choices.append(("workbook:", "Portfolio as Excel", "a workbook with a sheet a subject"))
        elif files and offer.report is not None:
            choices.append(("workbook:", f"{title} as Excel", "a workbook with a sheet a part"))
    return choices


async def export_from(screen: VsmScreen) -> None:
    """Ask what and where, write or copy it off this thread, and tell."""
    offer = screen.report_offer()
    choices = _offered(offer, screen.host.machine.files)

    def find(text: str) -> Sequence[Row]:
        words = text.casefold().split()
        return [
            Row(id, name, about)
            for id, name, about in choices
            if all(word in f"{name} {about}".casefold() for word in words)
        ]

    at = screen.host.view.at
    when = "as it is now" if at is None else "as of the moment that is shown"
    query = screen.filter_line.query if screen.filter_line is not None else Query()
    if query:
        when += f"; of this stream only what matches {query.text}"
    verb = "write" if screen.host.machine.files else "copy"
    chosen = await screen.app.push_screen_wait(
        PickDialog("Export", find, placeholder=f"what to {verb}, {when}", tall=False)
    )
    if not chosen:
        return
    what, _, of = chosen.partition(":")
    if what == "report" and offer is not None:
        await _write_report(screen, offer, Format(of))
        return
    if what == "text" and offer is not None:
        text = offer.texts[int(of)]
        await _write_text(screen, offer, text.suffix, lambda _: text.text())
        return
    if what == "workbook" and offer is not None:
        await _write_workbook(screen, offer)
        return
    form = Form(what)
    named = "items" if form is Form.ITEMS else str(form)
    path = await _where(screen, named, SUFFIX.get(form, ".csv"), of)
    if path is None:
        return
    now = screen.host.now()
    stream = screen.stream
    role = screen.host.own_role

    def write(reader: Reader) -> Written:
        screen.host.reading.begin()  # leaving waits until the file is whole
        if form is Form.JOURNAL:
            return export_journal(reader, role.onlooker(reader, now), path)
        streams, some = [stream], query
        if of == "all":
            streams, some = reader.all_streams(), Query()
        as_of = now if at is None else at
        return export(reader, form, streams, as_of, path, query=some, present=at is None)

    written = await _do(screen, write)
    if written is not None:
        left = f"; {written.left_out}" if written.left_out else ""
        _tell(screen, written.what, path, left)


async def _write_report(screen: VsmScreen, offer: ReportOffer, form: Format) -> None:
    """Write what the screen shows as a report."""

    document = offer.page if form is Format.HTML and offer.page is not None else offer.document

    def text(reader: Reader) -> str:
        if offer.whole is not None:
            return offer.whole(reader, form)
        return render(
            form,
            lambda: document(reader),
            lambda: offer.value(reader),
            anchor=reader.anchor(),
        )

    await _write_text(screen, offer, form.suffix, text)


async def _write_text(
    screen: VsmScreen, offer: ReportOffer, suffix: str, text: Callable[[Reader], str]
) -> None:
    """Write a text, made off this thread, where somebody says."""
    of = "all" if offer.of_all else "here"
    path = await _where(screen, offer.name.replace(" ", "-"), suffix, of)
    if path is None:
        return

    def write(reader: Reader) -> bool:
        screen.host.reading.begin()
        words = text(reader)
        with target(path) as out:
            out.write(words)
        return True

    if await _do(screen, write):
        _tell(screen, offer.name, path)


async def _write_workbook(screen: VsmScreen, offer: ReportOffer) -> None:
    """Write the portfolio or a report as a workbook, off this thread, where somebody says."""
    is_portfolio = offer.portfolio is not None
    name = "portfolio" if is_portfolio else offer.name.replace(" ", "-")
    path = await _where(screen, name, ".xlsx", "all" if is_portfolio or offer.of_all else "here")
    if not isinstance(path, Path):
        return
    file = path

    def write(reader: Reader) -> bool:
        screen.host.reading.begin()
        if offer.portfolio is not None:
            from vsm.connect.exports.portfolio_xlsx import write_portfolio

            write_portfolio(file, offer.portfolio, reader.anchor())
        elif offer.report is not None:
            from vsm.connect.exports.report_xlsx import write_report_workbook

            write_report_workbook(file, offer.report)
        return True

    if await _do(screen, write):
        _tell(screen, "the portfolio" if is_portfolio else offer.name, path)


def _tell(screen: VsmScreen, what: str, to: Path | Copied, left: str = "") -> None:
    """Say what was written; a text is copied first."""
    if isinstance(to, Copied):
        screen.app.copy_to_clipboard(to.getvalue())
        screen.say(f"Copied {what} to the clipboard of your terminal{left}", "good")
    else:
        screen.say(f"Wrote {what} to {to}{left}", "good")


async def _do(screen: VsmScreen, write: Callable[[Reader], _T]) -> _T | None:
    """Write off this thread; ``None`` where that failed, which is shown."""
    screen.hold("exporting…", "warn")
    try:
        return await screen.host.reading.call(write)
    except VsmError as error:
        screen.say("")
        screen.trouble(error)
        return None


async def _where(screen: VsmScreen, what: str, suffix: str, of: str) -> Path | Copied | None:
    """The file; one that is there is written over only after a yes. Without files a text."""
    if not screen.host.machine.files:
        return Copied()
    at = screen.host.view.at if screen.host.view.at is not None else screen.host.now()
    name = screen.stream.name if of == "here" else "all"
    word = "".join(char if char.isalnum() else "-" for char in name.casefold()).strip("-")
    day = local(at, screen.stream.zone).date()
    suggested = f"{word}-{what}-{day}{suffix}"
    while True:
        typed = await screen.app.push_screen_wait(
            AskDialog(
                "Export to a file",
                f"File, in {Path.cwd()} unless you name a folder. A name that ends in .gz is"
                " packed.",
                value=suggested,
                needed="Name a file",
                keys="{confirm}: export · {cancel}: cancel",
            )
        )
        if not typed:
            return None
        try:
            path = expand_user(typed)
        except VsmError as error:
            screen.trouble(error)
            return None
        if not os.path.exists(path) or os.path.isdir(path):
            return path
        if await screen.app.push_screen_wait(
            ConfirmDialog("Write over it?", f"{path} is there already. Write over it?")
        ):
            return path
        suggested = typed
