"""One field of a form: a label, what is typed, what it is understood as, what is wrong with it.

What is typed is read at every key. A field that completes shows the first candidate inline (Tab
takes it and goes on) and all of them in a list below, in which up and down choose.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from vsm.actions import Scope
from vsm.model.sanitise import inert_line
from vsm.widgets.choice import Choice
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.keyed import Keyed
from vsm.widgets.pick_list import PickList, Row
from vsm.widgets.styles import Styles

Read = Callable[[str], tuple[Any, str]]
"""What is typed → its value and what it is understood as; raises ``ValueError`` with a fault."""

Complete = Callable[[str], Awaitable[Sequence[Row]]]
"""What is typed → candidates; the id of each is what the field would hold then."""

LISTED = 5
"""Most candidates that stand below a field at once."""


def as_text(typed: str) -> tuple[Any, str]:
    """Take what is typed as it is."""
    return typed.strip(), ""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What a field is called, what stands in it at first, how it is read and completed.

    With ``choices`` it has one of these values; with ``lines`` it is a text of that height.
    """

    name: str
    label: str
    text: str = ""
    hint: str = ""
    read: Read = as_text
    complete: Complete | None = None
    choices: tuple[str, ...] = ()
    lines: int = 0


class _Completing(Suggester):
    """Gives Textual's input the first candidate that goes on as the text begins."""

    def __init__(self, field: Field) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field

    async def get_suggestion(self, value: str) -> str | None:
        """The first candidate; the list below shows all of them."""
        rows = await self._field.candidates(value)
        return next((r.id for r in rows if r.id.casefold().startswith(value.casefold())), None)


class OneLine(Input):
    """An input that takes a pasted text of several lines as one, where Textual takes the first."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.replace(" ".join(event.text.split()), *self.selection)


class Field(Keyed, Widget):
    """A line (or several) of a form."""

    SCOPE = Scope.FORM

    DEFAULT_CSS = """
    Field { height: auto; width: 1fr; layout: vertical; }
    Field Horizontal { height: auto; width: 1fr; }
    Field .note { width: auto; max-width: 45%; height: 1; color: $faint; padding: 0 0 0 1; }
    Field .note { text-wrap: nowrap; text-overflow: ellipsis; }
    Field .theirs { padding: 0 0 0 13; height: auto; color: $warning; }
    Field .wrong { padding: 0 0 0 12; height: auto; color: $error; text-style: bold; }
    Field PickList { margin: 0 0 0 12; width: 1fr; }
    Field TextArea {
        border: none; padding: 0 1; width: 1fr; background: $background; color: $foreground;
        scrollbar-size-vertical: 1;
    }
    Field TextArea:focus { border: none; }
    Field TextArea .text-area--cursor-line { background: $background; }
    """

    @dataclass
    class Entered(Message):
        """Enter was pressed on a single line."""

        field: Field

    @dataclass
    class Changed(Message):
        """Something else is typed or chosen."""

        field: Field

    def __init__(self, spec: FieldSpec, skin: Styles, glyphs: Glyphs) -> None:
        super().__init__(id=f"field-{spec.name}")
        self.spec = spec
        self._skin = skin
        self._glyphs = glyphs
        self._list: PickList | None = None
        self._in_list = False
        self._mark = ""
        self.first = spec.text
        """What stood here at first, as the control gives it back."""
        self.control: Input | TextArea | Choice = self._made()

    def _made(self) -> Input | TextArea | Choice:
        spec = self.spec
        if spec.choices:
            return Choice(
                spec.choices, self._skin, self._glyphs, spec.name, spec.text, spec.hint or "none"
            )
        if spec.lines:
            area = TextArea(spec.text, id=spec.name)
            area.styles.height = spec.lines
            self.first = area.text
            return area
        return OneLine(
            spec.text,
            id=spec.name,
            placeholder=spec.hint,
            suggester=_Completing(self) if spec.complete is not None else None,
        )

    def compose(self) -> ComposeResult:
        """Label, control, note; below them candidates and fault, while there are any."""
        with Horizontal():
            yield Static(Content(inert_line(self.spec.label)), classes="label")
            yield self.control
            yield Static("", classes="note", markup=False)
        if self.spec.complete is not None:
            self._list = PickList(self._skin, self._glyphs)
            self._list.display = False
            yield self._list
        theirs = Static("", classes="theirs", markup=False)
        theirs.display = False
        yield theirs
        wrong = Static("", classes="wrong", markup=False)
        wrong.display = False
        yield wrong

    def on_mount(self) -> None:
        """Say what the field is understood as from the beginning."""
        self.check(quietly=True)

    # -- what it holds ----------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is typed or chosen."""
        return self.control.text if isinstance(self.control, TextArea) else self.control.value

    @property
    def touched(self) -> bool:
        """Whether it differs from what stood here at first."""
        return self.text != self.first

    @property
    def value(self) -> Any:
        """What it is understood as; raises ``ValueError`` that says what is wrong."""
        return self.spec.read(self.text)[0]

    def put(self, text: str, *, first: bool = False) -> None:
        """Put a text here; with ``first`` it counts as what stood here at first."""
        if isinstance(self.control, TextArea):
            self.control.text = text
        elif isinstance(self.control, Choice):
            self.control.choose(text)
        else:
            self.control.value = text
            self.control.cursor_position = len(text)
        if first:
            self.first = self.text

    def go_to_end(self) -> None:
        """Give this the focus, with the cursor behind its text and nothing selected."""
        if isinstance(self.control, TextArea):
            self.control.move_cursor(self.control.document.end)
        elif isinstance(self.control, Input):
            self.control.select_on_focus = False
            self.control.cursor_position = len(self.text)
        self.control.focus()

    def check(self, quietly: bool = False) -> str:
        """Say what the text is understood as, or (unless ``quietly``) what is wrong with it."""
        fault = note = ""
        try:
            _, note = self.spec.read(self.text)
        except ValueError as error:
            fault = str(error)
        self.show_note(fault if not quietly else "", note)
        return fault

    def show_note(self, fault: str, note: str = "") -> None:
        """Show a fault below the field and a note beside it."""
        wrong = self.query_one(".wrong", Static)
        wrong.update(Content(inert_line(fault)))
        wrong.display = bool(fault)
        beside = self.query_one(".note", Static)
        note = f"{self._mark}  {note}".strip()
        beside.update(Content(inert_line(note)))
        beside.display = bool(note)

    def show_theirs(self, mark: str, below: str = "") -> None:
        """Mark that somebody else wrote here, and show below what that is; empty: nobody did."""
        self._mark = mark
        theirs = self.query_one(".theirs", Static)
        theirs.update(Content(inert_line(below)))
        theirs.display = bool(below)
        self.check(quietly=True)

    # -- candidates -------------------------------------------------------------------

    async def candidates(self, text: str) -> Sequence[Row]:
        """What the text could become; shown below the field."""
        if self.spec.complete is None:
            return ()
        rows = await self.spec.complete(text)
        if text == self.text and self.control.has_focus:
            self._show(rows)
        return rows

    def _show(self, rows: Sequence[Row]) -> None:
        shown = self._list
        if shown is None:
            return
        self._in_list = False
        rows = [] if len(rows) == 1 and rows[0].id == self.text else rows
        shown.set_rows(rows)
        shown.cursor = -1
        shown.styles.height = max(1, min(LISTED, len(rows)))
        shown.display = bool(rows)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        if not self.text.strip():
            self._show(())
        self.check()
        self.post_message(self.Changed(self))

    @on(Input.Blurred)
    def _left(self) -> None:
        self._show(())

    @on(PickList.Picked)
    def _picked(self, message: PickList.Picked) -> None:
        message.stop()
        self._take(message.row)

    def _take(self, row: Row) -> None:
        self.put(row.id)
        self._show(())

    # -- keys -------------------------------------------------------------------------

    def action_list_up(self) -> None:
        self._step(-1)

    def action_list_down(self) -> None:
        self._step(1)

    def _step(self, by: int) -> None:
        """Go to another candidate, else to another field."""
        self._leave_to_text()
        rows = self._list
        if rows is not None and rows.display and (self._in_list or by > 0):
            self._in_list = rows.cursor + by >= 0
            if self._in_list:
                rows.step(by)
            else:
                rows.cursor = -1
                rows.refresh()
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_confirm(self) -> None:
        """Take the candidate under the cursor, else save."""
        self._leave_to_text()
        row = self._candidate
        if row is not None:
            self._take(row)
        else:
            self.post_message(self.Entered(self))

    def action_next_field(self) -> None:
        """Take the candidate, then leave the key to the form, which goes on."""
        rows, row = self._list, self._candidate
        if row is not None:
            self._take(row)
        elif rows is not None and rows.display and isinstance(self.control, Input):
            # The key that goes right takes what is suggested inline, where anything is.
            self.control.cursor_position = len(self.control.value)
            self.control.action_cursor_right()
        raise SkipAction

    @property
    def _candidate(self) -> Row | None:
        """The candidate under the cursor."""
        return self._list.row if self._list is not None and self._in_list else None

    def _leave_to_text(self) -> None:
        """A text over several lines has keys of its own."""
        if isinstance(self.control, TextArea):
            raise SkipAction
