"""The base of dialogs: a box with a title, whose text is kept where the terminal is lost.

A dialog gives back plain values or ``None``; whoever opened it acts on them. Its keys are
declared in :mod:`vsm.actions.dialogs`; texts name an action by its id in braces and show its key.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar, cast

from textual import events, on
from textual.actions import SkipAction
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from vsm.actions import Scope
from vsm.model.sanitise import inert_line
from vsm.screens.terminal_size import catch_up
from vsm.widgets.keyed import take_key
from vsm.widgets.pick_list import PickList

if TYPE_CHECKING:
    from vsm.drafts import DialogDraft
    from vsm.screens.host import Host

T = TypeVar("T")


REST = 1.0
"""Seconds after the last key at which what was typed is kept, lest it is lost with the terminal."""


class Opener(NamedTuple):
    """What opens a dialog again: an action, on items (ids, versions that were seen), in a stage."""

    action: str = ""
    items: tuple[tuple[int, int], ...] = ()
    stage: int | None = None


class Dialog(ModalScreen[T | None], inherit_bindings=False):
    """A box in the middle with a title; cancelling gives back ``None``.

    Where it holds a list, the keys of lists move its cursor while a text field has the focus.
    """

    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,super+c", "screen.copy_text", "Copy selected text", show=False)
    ]
    SCOPE: ClassVar[Scope] = Scope.LINE
    opener: Opener | None = None
    """What opens it again after the terminal was lost; without it the text is only shown then."""
    is_saving = False
    """Whether what stands in it is being written."""
    typed_in = ""
    """The field that was typed in last, where there are several."""
    _keys_rest: Timer | None = None

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title
        self._answer: tuple[T | None] | None = None
        """What was answered, once it was."""

    @property
    def host(self) -> Host:
        """The program that shows this screen."""
        return cast("Host", self.app)

    def on_resize(self, event: events.Resize) -> None:
        """Be as large as the terminal."""
        catch_up(self, event)

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

    # -- what is typed and not saved ----------------------------------------------------

    def unsaved(self) -> tuple[dict[str, str], dict[str, str]]:
        """The texts that were typed, by field, and what stood there first; nothing by default."""
        return {}, {}

    def labels(self) -> dict[str, str]:
        """What the fields are called, by their names, where they are not called so."""
        return {}

    def refill(self, draft: DialogDraft) -> None:
        """Put texts back that were typed before the terminal was lost."""

    @on(Input.Changed)
    def keep_soon(self) -> None:
        """Keep what is typed as soon as the keys rest; what was answered is kept no more."""
        if self._answer is not None or self.host.drafts is None:
            return
        if self._keys_rest is not None or self.unsaved()[0]:
            if self._keys_rest is not None:
                self._keys_rest.stop()
            self._keys_rest = self.set_timer(REST, self.host.keep_texts)

    def _take_back(self) -> None:
        """Take the texts that wait for this dialog, where it was opened for them."""
        refill = self.host.view.refill
        if refill is not None and self.opener is not None:
            draft, words = refill
            ids = [number for number, _ in self.opener.items]
            if (self.opener.action, ids) == (draft.action, [number for number, _ in draft.items]):
                self.host.view.refill = None
                self.query_one("#box").border_subtitle = Content(words)
                self.call_after_refresh(self.refill, draft)

    def on_screen_resume(self) -> None:
        """The field that has the focus takes the keys that were typed meanwhile."""
        if self._answer is not None:
            self._leave(self._answer[0])
            return
        self._take_back()
        self.call_next(self.host.typeahead.in_front, self)

    def on_unmount(self) -> None:
        """The key that closed this has had its effect, whatever became of its own messages."""
        self.host.typeahead.settled()

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close; keys that follow a yes wait for what comes of it. The first answer counts."""
        if self._answer is not None:
            return AwaitComplete()
        self._answer = (result,)
        if self._keys_rest is not None:
            self._keys_rest.stop()
        if self.host.drafts is not None and (self._keys_rest is not None or self.unsaved()[0]):
            self.host.keep_texts(without=self)
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

    def _list(self) -> PickList:
        """The list of it; a dialog without one leaves the keys of lists to its field."""
        for pick in self.query(PickList):
            return pick
        raise SkipAction

    def action_list_up(self) -> None:
        self._list().step(-1)

    def action_list_down(self) -> None:
        self._list().step(1)

    def action_list_page_up(self) -> None:
        self._list().leaf(-1)

    def action_list_page_down(self) -> None:
        self._list().leaf(1)


def put_back(field: Input, text: str) -> None:
    """Put a text back into a field, with the cursor behind it and nothing selected."""
    field.select_on_focus = False
    field.value = text
    field.cursor_position = len(text)


def line(text: str, classes: str = "line") -> Static:
    """A line of text from outside, sanitised."""
    return Static(Content(inert_line(text)), classes=classes)
