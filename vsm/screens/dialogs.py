"""Small dialogs: ask for a line, block an item, pick from a list.

A dialog gives back plain values or ``None``; whoever opened it acts on them. Its keys are
declared in :mod:`vsm.actions.dialogs`; texts name an action by its id in braces and show its key.
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
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from vsm.actions import Scope
from vsm.model.item import BlockerKind
from vsm.model.plural import count
from vsm.model.sanitise import inert, inert_line
from vsm.text_width import clip
from vsm.widgets.keyed import take_key
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.screens.host import Host

T = TypeVar("T")


class Dialog(ModalScreen[T | None], inherit_bindings=False):
    """A box in the middle with a title; cancelling gives back ``None``.

    Where it holds a list, the keys of lists move its cursor while a text field has the focus.
    """

    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,super+c", "screen.copy_text", "Copy selected text", show=False)
    ]
    SCOPE: ClassVar[Scope] = Scope.LINE

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

    def set_heading(self, heading: str) -> None:
        """Give the box another title."""
        self.heading = heading
        self.query_one("#box", Vertical).border_title = Content(inert_line(heading))

    def keys(self, text: str, classes: str = "quiet") -> Static:
        """A line of hints, with the keys of actions in place of their ids in braces."""
        return line(self.host.keymap.fill(text, self.host.ascii_only), classes)

    def fault(self, text: str) -> None:
        """Say what is wrong with what was typed."""
        fault = self.query_one(".fault", Static)
        fault.update(Content(inert_line(text)))
        fault.display = bool(text)

    def on_screen_resume(self) -> None:
        """The field that has the focus takes the keys that were typed meanwhile."""
        if self._answer is not None:
            self._leave(self._answer[0])
            return
        self.call_next(self.host.typeahead.in_front, self)

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

    # -- keys ---------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        await take_key(self, event, self.typed)

    def typed(self, event: events.Key) -> bool:
        """Take a key that no action has here; returns whether it was taken."""
        return False

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_list_up(self) -> None:
        self.query_one(PickList).step(-1)

    def action_list_down(self) -> None:
        self.query_one(PickList).step(1)

    def action_list_page_up(self) -> None:
        self.query_one(PickList).leaf(-1)

    def action_list_page_down(self) -> None:
        self.query_one(PickList).leaf(1)


SHORTEST = 8
"""Rows that a list has at least, where typing may find more than there are at first."""
FAR = 1_000_000
"""More lines than any text has."""
CONFIRM_KEYS = "{confirm}: confirm · {cancel}: cancel"


def line(text: str, classes: str = "line") -> Static:
    """A line of text from outside, sanitised."""
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
        keys: str = CONFIRM_KEYS,
    ) -> None:
        super().__init__(title)
        self._question = question
        self._value = value
        self._needed = needed
        self._keys = keys

    def compose(self) -> ComposeResult:
        with self.box():
            yield line(self._question)
            yield Input(self._value)
            yield line("", "fault")
            yield self.keys(self._keys, "quiet keys")

    def action_confirm(self) -> None:
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

    SCOPE = Scope.LIST

    _MEANS: ClassVar[dict[BlockerKind, str]] = {
        BlockerKind.DEPENDENCY: "another item or team has to deliver first",
        BlockerKind.DECISION: "somebody has to decide",
        BlockerKind.DEFECT: "something is broken",
        BlockerKind.ENVIRONMENT: "systems, access, test data",
        BlockerKind.EXTERNAL: "a supplier, a customer, an authority",
        BlockerKind.PEOPLE: "nobody is free, somebody is away",
        BlockerKind.OTHER: "anything else",
    }

    def compose(self) -> ComposeResult:
        with self.box():
            kinds = PickList(self.host.skin, self.host.glyphs)
            kinds.styles.height = max(1, min(len(self._MEANS), self.app.size.height - 7))
            kinds.rows = [Row(str(kind), str(kind), means) for kind, means in self._MEANS.items()]
            yield kinds
            yield line("", "gap")
            with Horizontal(classes="row"):
                yield line("Reason", "label")
                yield Input(placeholder="what is missing, and from whom")
            yield line("", "fault")
            yield self.keys("{list_up} {list_down}: kind · {confirm}: block · {cancel}: cancel")

    @on(PickList.Picked)
    def _picked(self) -> None:
        self.query_one(Input).focus()

    def action_confirm(self) -> None:
        row = self.query_one(PickList).row
        reason = self.query_one(Input).value.strip()
        if not reason:
            self.fault("A reason is needed: it is what others can act on.")
        elif row is not None:
            self.dismiss(Blocker(BlockerKind(row.id), reason))


class PickDialog(Dialog[str]):
    """Type to filter, up and down to choose: gives back the row's id.

    ``find`` turns what was typed into rows. With ``free`` typed text that no row stands for is
    given back as it is. Without ``tall`` the list is as long as it is at first; else it is wide,
    and becomes longer with what is found.
    """

    SCOPE = Scope.LIST
    AROUND: ClassVar[int] = 6
    """Lines beside the list: borders, the field, two for keys, one that stays free."""

    def __init__(
        self,
        title: str,
        find: Callable[[str], Sequence[Row]],
        *,
        placeholder: str = "",
        free: bool = False,
        keys: str = "{list_up} {list_down}: choose · {confirm}: open · {cancel}: close",
        empty: str = "No match",
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
        with self.box("-list" if self._tall else "-wide"):
            yield Input(placeholder=self._placeholder)
            rows = PickList(self.host.skin, self.host.glyphs, self._empty)
            rows.rows = self._find("")
            self._lengthen(rows)
            rows.cursor = next((n for n, row in enumerate(rows.rows) if row.id), 0)
            yield rows
            yield self.keys(self._keys)

    def on_resize(self) -> None:
        self._lengthen(self.query_one(PickList))
        self.call_after_refresh(self._fit_placeholder)

    def _lengthen(self, rows: PickList) -> None:
        rows.lengthen(SHORTEST if self._tall else 1, self.app.size.height - self.AROUND)

    def _fit_placeholder(self) -> None:
        """An empty text field would cut what it asks for without saying so."""
        field = self.query_one(Input)
        room = max(1, field.content_size.width - 1)
        field.placeholder = clip(self._placeholder, room, self.host.glyphs.ellipsis)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        rows = self.query_one(PickList)
        rows.set_rows(self._find(event.value))
        if self._tall:
            self._lengthen(rows)

    @on(PickList.Picked)
    def _picked(self, message: PickList.Picked) -> None:
        self.dismiss(message.row.id)

    def action_confirm(self) -> None:
        row = self.query_one(PickList).row
        text = self.query_one(Input).value.strip()
        if row is not None:
            self.dismiss(row.id)
        elif self._free and text:
            self.dismiss(text)


class ScrolledText(VerticalScroll, can_focus=False):
    """A text that keys of its dialog scroll."""

    class Moved(Message):
        """Other lines are shown."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        self.call_after_refresh(self.post_message, self.Moved())


class TextDialog(Dialog[T]):
    """A text to read, which scrolls where it is long and says how much follows; ``keys`` stand
    below it.
    """

    SCOPE = Scope.TEXT

    def __init__(self, title: str, text: str = "", keys: str = "") -> None:
        super().__init__(title)
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        with self.box("-wide"):
            yield self.text(Static(Content(inert(self._text))))
            yield line("", "gap quiet")
            yield self.keys(self._keys)

    def on_resize(self, event: events.Resize) -> None:
        """All that the terminal has goes to the text; two lines are for keys."""
        for text in self.query("#report"):
            text.styles.max_height = max(3, event.size.height - 6)

    def text(self, *parts: Widget) -> ScrolledText:
        """The text; keys scroll it, so it takes no focus."""
        return ScrolledText(*parts, id="report")

    @on(ScrolledText.Moved)
    def _say_more(self) -> None:
        text = self.query_one("#report", ScrolledText)
        more = round(text.max_scroll_y - text.scroll_y)
        words = f"{self.host.glyphs.down} {count(more, 'more line', 'more lines')}"
        for below in self.query("#box > .gap").results(Static):
            below.update(Content(words if more > 0 else ""))

    def scroll_text(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#report", VerticalScroll).scroll_relative(y=lines, animate=False)

    @property
    def page(self) -> int:
        """Lines of a page."""
        return max(1, self.query_one("#report").size.height - 1)

    def action_cursor_down(self) -> None:
        self.scroll_text(1)

    def action_cursor_up(self) -> None:
        self.scroll_text(-1)

    def action_page_down(self) -> None:
        self.scroll_text(self.page)

    def action_page_up(self) -> None:
        self.scroll_text(-self.page)

    def action_first_item(self) -> None:
        self.scroll_text(-FAR)

    def action_last_item(self) -> None:
        self.scroll_text(FAR)

    def action_confirm(self) -> None:
        self.dismiss(None)

    def action_close_dialog(self) -> None:
        self.dismiss(None)


class ConfirmDialog(TextDialog[bool]):
    """Show a text and ask yes or no."""

    SCOPE = Scope.CONFIRM

    def __init__(
        self, title: str, text: str, keys: str = "{answer_yes}: yes · {answer_no}: no"
    ) -> None:
        super().__init__(title, text, keys)

    def action_confirm(self) -> None:
        self.dismiss(True)

    def action_answer_yes(self) -> None:
        self.dismiss(True)

    def action_answer_no(self) -> None:
        self.dismiss(None)
