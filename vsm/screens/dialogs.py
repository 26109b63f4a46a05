"""Small dialogs: ask for a line, block an item, pick from a list, read a text, say yes or no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from vsm.actions import Scope
from vsm.model.item import BlockerKind
from vsm.model.plural import count
from vsm.model.sanitise import inert
from vsm.screens.dialog import Dialog, line, put_back
from vsm.text_width import clip
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.drafts import DialogDraft

T = TypeVar("T")

SHORTEST = 8
"""Rows that a list has at least, where typing may find more than there are at first."""
FAR = 1_000_000
"""More lines than any text has."""
CONFIRM_KEYS = "{confirm}: confirm · {cancel}: cancel"


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

    def unsaved(self) -> tuple[dict[str, str], dict[str, str]]:
        text = self.query_one(Input).value
        return ({self._question: text} if text not in ("", self._value) else {}), {}

    def refill(self, draft: DialogDraft) -> None:
        put_back(self.query_one(Input), next(iter(draft.texts.values())))

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

    def unsaved(self) -> tuple[dict[str, str], dict[str, str]]:
        text, row = self.query_one(Input).value, self.query_one(PickList).row
        return ({"reason": text, "kind": row.id if row is not None else ""} if text else {}), {}

    def refill(self, draft: DialogDraft) -> None:
        put_back(self.query_one(Input), draft.texts.get("reason", ""))
        kinds = self.query_one(PickList)
        ids = [row.id for row in kinds.rows]
        if draft.texts.get("kind") in ids:
            kinds.step(ids.index(draft.texts["kind"]) - kinds.cursor)

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

    def on_resize(self, event: events.Resize) -> None:
        for rows in self.query(PickList):  # none before it is composed
            self._lengthen(rows)
        self.call_after_refresh(self._fit_placeholder)

    def _lengthen(self, rows: PickList) -> None:
        rows.lengthen(SHORTEST if self._tall else 1, self.app.size.height - self.AROUND)

    def _fit_placeholder(self) -> None:
        """An empty text field would cut what it asks for without saying so."""
        for field in self.query(Input):
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

    def replace_text(self, text: str) -> None:
        """Show another text, from where the one before was scrolled to."""
        self.query_one("#report > Static", Static).update(Content(inert(text)))

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
