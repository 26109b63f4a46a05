"""Small dialogs: ask for a line, block an item, pick from a list.

Enter says yes, Esc says no, everywhere. A dialog gives back plain values or ``None``; what
becomes of them is the board's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from vsm.model.item import BlockerKind
from vsm.model.sanitise import inert_line
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.screens.host import Host

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A box in the middle with a title; Esc gives back ``None``."""

    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title
        self._answer: tuple[T | None] | None = None
        """What was answered, once it was."""

    @property
    def host(self) -> Host:
        """The program that shows this screen."""
        return cast("Host", self.app)

    def box(self, classes: str = "") -> Vertical:
        """The box that everything stands in."""
        box = Vertical(id="box", classes=classes)
        box.border_title = Content(inert_line(self.heading))
        return box

    def fault(self, text: str) -> None:
        """Say what is wrong with what was typed."""
        told = self.query_one(".fault", Static)
        told.update(Content(inert_line(text)))
        told.display = bool(text)

    def on_screen_resume(self) -> None:
        """The field that has the focus takes the keys that were typed meanwhile."""
        if self._answer is not None:
            self._leave(self._answer[0])
            return
        self.call_next(self.host.typeahead.release)

    def on_unmount(self) -> None:
        """The key that closed this has had its effect, whatever became of its own messages."""
        self.host.typeahead.settled()

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close; keys that follow a yes wait for what comes of it. The first answer counts."""
        if self._answer is not None:
            return AwaitComplete()
        self._answer = (result,)
        if result is not None:
            self.host.typeahead.hold()
        return self._leave(result)

    def _leave(self, result: T | None) -> AwaitComplete:
        """Close this, and first the questions that were asked about it.

        Textual closes whatever is on top; under what is no dialog (the terminal is too small) this
        one stays until it is seen again.
        """
        stack = list(self.app.screen_stack)
        if self not in stack:
            return AwaitComplete()  # gone already: what is there now was not asked by this one
        for above in reversed(stack):
            if above is self:
                return super().dismiss(result)
            if not isinstance(above, Dialog):
                break
            above.dismiss(None)
        return AwaitComplete()

    def action_cancel(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)


def line(text: str, classes: str = "line") -> Static:
    """A line of text from wherever, harmless."""
    return Static(Content(inert_line(text)), classes=classes)


class AskDialog(Dialog[str]):
    """Ask for one line of text."""

    def __init__(
        self,
        title: str,
        question: str,
        *,
        value: str = "",
        needed: str = "",
        keys: str = "Enter: go on   Esc: leave it",
    ) -> None:
        super().__init__(title)
        self._question = question
        self._value = value
        self._needed = needed
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Question, input, what is wrong, keys."""
        with self.box():
            yield line(self._question)
            yield Input(self._value)
            yield line("", "fault")
            yield line(self._keys, "quiet keys")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        text = self.query_one(Input).value.strip()
        if self._needed and not text:
            self.fault(self._needed)
        else:
            self.dismiss(text)


@dataclass(frozen=True, slots=True)
class Blocker:
    """What the block dialog gives back."""

    kind: BlockerKind
    reason: str


class BlockDialog(Dialog[Blocker]):
    """Kind of blocker by up and down, the reason typed meanwhile."""

    _MEANS: ClassVar[dict[BlockerKind, str]] = {
        BlockerKind.DEPENDENCY: "waits for another item or team",
        BlockerKind.DECISION: "somebody has to decide",
        BlockerKind.DEFECT: "something is broken",
        BlockerKind.ENVIRONMENT: "systems, access, test data",
        BlockerKind.EXTERNAL: "a supplier, a customer, an authority",
        BlockerKind.PEOPLE: "nobody is free, somebody is away",
        BlockerKind.OTHER: "anything else",
    }

    def compose(self) -> ComposeResult:
        """Kinds, reason, keys."""
        with self.box():
            kinds = PickList(self.host.skin, self.host.glyphs)
            kinds.styles.height = max(1, min(len(self._MEANS), self.app.size.height - 7))
            kinds.rows = [Row(str(kind), str(kind), means) for kind, means in self._MEANS.items()]
            yield kinds
            yield line("", "gap")
            with Horizontal(classes="row"):
                yield line("Reason", "label")
                yield Input(placeholder="what it waits for, from whom")
            yield line("", "fault")
            yield line("Up Down: kind   Enter: block it   Esc: leave it", "quiet")

    def on_key(self, event: events.Key) -> None:
        """Up and down choose the kind while the reason has the focus."""
        if event.key in ("up", "down"):
            event.stop()
            self.query_one(PickList).step(1 if event.key == "down" else -1)

    @on(PickList.Picked)
    def _picked(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        row = self.query_one(PickList).row
        reason = self.query_one(Input).value.strip()
        if not reason:
            self.fault("Say why it cannot go on: the reason is what others can act on.")
        elif row is not None:
            self.dismiss(Blocker(BlockerKind(row.id), reason))


class PickDialog(Dialog[str]):
    """Type to filter, up and down to choose, Enter to take: gives back the row's id.

    ``find`` turns what was typed into rows. With ``free`` typed text that no row stands for is
    given back as it is. Without ``tall`` the list is as long as it is at first.
    """

    def __init__(
        self,
        title: str,
        find: Callable[[str], Sequence[Row]],
        *,
        placeholder: str = "",
        free: bool = False,
        keys: str = "Up Down: choose   Enter: take   Esc: close",
        empty: str = "nothing found",
        tall: bool = True,
    ) -> None:
        super().__init__(title)
        self._tall = tall
        self._find = find
        self._placeholder = placeholder
        self._free = free
        self._keys = keys
        self._empty = empty

    def compose(self) -> ComposeResult:
        """Input, rows, keys."""
        with self.box("-wide -tall" if self._tall else "-wide"):
            yield Input(placeholder=self._placeholder)
            rows = PickList(self.host.skin, self.host.glyphs, self._empty)
            rows.rows = self._find("")
            if not self._tall:
                rows.styles.height = max(1, len(rows.rows))
                rows.styles.max_height = max(3, self.app.size.height - 6)
            rows.cursor = next((n for n, row in enumerate(rows.rows) if row.id), 0)
            yield rows
            yield line(self._keys, "quiet")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.query_one(PickList).set_rows(self._find(event.value))

    def on_key(self, event: events.Key) -> None:
        """Move in the list while the input has the focus."""
        rows = self.query_one(PickList)
        page = max(1, rows.size.height - 1)
        by = {"up": -1, "down": 1, "pageup": -page, "pagedown": page}.get(event.key)
        if by is not None:
            event.stop()
            rows.step(by)

    @on(PickList.Picked)
    def _picked(self, message: PickList.Picked) -> None:
        self.dismiss(message.row.id)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        row = self.query_one(PickList).row
        text = self.query_one(Input).value.strip()
        if row is not None:
            self.dismiss(row.id)
        elif self._free and text:
            self.dismiss(text)


class ConfirmDialog(Dialog[bool]):
    """Show a text and ask yes or no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", "Yes", show=False),
        Binding("n", "cancel", "No", show=False),
    ]

    def __init__(self, title: str, text: str, keys: str = "y or Enter: yes   Esc: no") -> None:
        super().__init__(title)
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The text, which scrolls where it is long, and the keys."""
        from textual.containers import VerticalScroll

        from vsm.model.sanitise import inert

        with self.box("-wide"):
            with VerticalScroll(id="report"):
                yield Static(Content(inert(self._text)))
            yield line("", "gap")
            yield line(self._keys, "quiet")

    def action_yes(self) -> None:
        """Yes."""
        self.dismiss(True)
