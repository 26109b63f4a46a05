"""Dialogs of the screen of governance about standards: adopt, agree, texts to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vsm.features.governance.results import ControlDetail
from vsm.features.standards.targets import DeviationTarget, TextTarget
from vsm.model.command import AddEntity, ChangeEntity, Command, EditItem
from vsm.model.dates import WORDS
from vsm.model.errors import BadInput, Refusal, RefusalCode, VsmError
from vsm.model.standard_entities import ADOPTION, DEVIATION
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.dialogs import PickDialog, TextDialog
from vsm.screens.forms import Values
from vsm.screens.governance_evidence import ask_item
from vsm.templates import named, source, texts
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen


async def adopt_standard(screen: ReportScreen, name: str) -> None:
    """Ask why the stream follows a standard from now on, and record it."""
    try:
        standard, text = named(name), source(name)
    except VsmError as error:
        screen.trouble(error)
        return
    adoptions = await screen.host.reading.call(lambda reader: reader.entities(ADOPTION))
    current = next((a for a in adoptions if a.only == screen.stream.id), None)
    if current is not None and (current.standard, current.text) == (standard.name, text):
        screen.say(f"{screen.stream.name} follows {standard.name} in this version already", "warn")
        return
    fields = [FieldSpec("reason", "Reason", "", "recorded and shown: programme decision")]

    def command(values: Values) -> Command:
        changes = {"standard": standard.name, "text": text, "reason": values["reason"]}
        if current is None:
            return AddEntity(ADOPTION, {"only": screen.stream.id, **changes})
        return ChangeEntity(ADOPTION, current.id, changes)

    about = "Nothing about the stream changes; its drift shows where it differs."
    if current is not None and current.standard != standard.name:
        about = f"It replaces {current.standard}, and ends the deviations that were agreed."
    await ask(screen, f"{screen.stream.name} follows {standard.name}", fields, command, about)


async def agree_deviation(screen: ReportScreen, part: str) -> None:
    """Ask why a stream may deviate in a part and until when, and record it."""
    agreed = await screen.host.reading.call(lambda reader: reader.entities(DEVIATION))
    current = next(
        (
            one
            for one in agreed
            if one.only == screen.stream.id and one.part.casefold() == part.casefold()
        ),
        None,
    )
    today = today_of(screen)
    reason, until = ("", "") if current is None else (current.reason, current.until or "")
    fields = [
        FieldSpec("reason", "Reason", reason, "recorded and shown"),
        FieldSpec("until", "Until", until, f"open; {WORDS}", read=reads_day(today)),
    ]

    def command(values: Values) -> Command:
        changes = {"reason": values["reason"], "until": values["until"] or None}
        if current is None:
            return AddEntity(DEVIATION, {"only": screen.stream.id, "part": part, **changes})
        return ChangeEntity(DEVIATION, current.id, changes)

    await ask(screen, f"Agree that {screen.stream.name} deviates", fields, command, part)


async def show_policies(screen: ReportScreen, target: DeviationTarget) -> None:
    """Show the policy of the stream and that of the standard."""
    keys = "{cursor_down} {cursor_up}: scroll · {cancel}: close"
    dialog: TextDialog[None] = TextDialog(target.part, target.policies, keys)
    await screen.app.push_screen_wait(dialog)


# -- texts to begin with --------------------------------------------------------------------


async def choose_text(screen: ReportScreen) -> None:
    """Choose one of the texts, the one that belongs to the line or page first, and show it."""
    known, broken = _texts()
    first = _text_of(screen)
    rows = [Row(t.name, t.name, t.title, "yours" if t.path else "") for t in known]
    rows.sort(key=lambda row: row.id != first)
    if broken:
        screen.say(f"Left out: {broken[0]}", "warn")

    def find(text: str) -> Sequence[Row]:
        return [
            row for row in rows if text.strip().casefold() in f"{row.name} {row.text}".casefold()
        ]

    chosen = await screen.app.push_screen_wait(
        PickDialog(
            "Texts to begin with",
            find,
            placeholder="part of a name or a title",
            keys="{list_up} {list_down}: choose · {confirm}: read · {cancel}: close",
        )
    )
    if chosen:
        await show_text(screen, chosen)


def _texts() -> tuple[list[texts.Text], list[str]]:
    """The texts that can be read, and what is wrong with the others."""
    good, broken = [], []
    for name in texts.names():
        try:
            good.append(texts.read(name))
        except VsmError as error:
            broken.append(error.message)
    return good, broken


def _text_of(screen: ReportScreen) -> str:
    """The text that belongs to the control or the line that is shown; empty: none."""
    if isinstance(screen.target, TextTarget):
        return screen.target.text
    return screen.result.template if isinstance(screen.result, ControlDetail) else ""


async def show_text(screen: ReportScreen, name: str) -> None:
    """Show a text; where that is confirmed, copy it into an item."""
    try:
        text = texts.read(name)
    except VsmError as error:
        screen.trouble(error)
        return
    refused = screen.host.changes_refused is not None or screen.host.view.at is not None
    keys = "{cursor_down} {cursor_up}: scroll · {cancel}: close"
    copies = "" if refused else "{confirm}: copy into an item · "
    if not await screen.app.push_screen_wait(_CopyDialog(text.title, text.body, copies + keys)):
        return
    if refused:
        return
    key = await ask_item(screen, f"Copy {text.name} into an item")
    if key is not None:
        await _copy(screen, key, text)


async def _copy(screen: ReportScreen, key: str, text: texts.Text) -> None:
    item = await screen.host.reading.call(lambda reader: reader.find_key(key))
    if item is None:
        screen.say(f"There is no item {key}", "warn")
        return
    try:
        description = texts.append(item.description, text, item.key)
    except BadInput as error:
        screen.say(Refusal(RefusalCode.STATE, error.message, "fill that one in").sentences, "warn")
        return
    command = EditItem(item.id, {"description": description}, item.version)
    await screen.change(lambda session: session.do(command))


class _CopyDialog(TextDialog[bool]):
    """A text to read; gives back whether to copy it."""

    def action_confirm(self) -> None:
        self.dismiss(True)
