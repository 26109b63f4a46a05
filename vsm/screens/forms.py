"""The base of forms: fields that are read as one types, saved as a whole, never lost.

Enter saves from any single line, Ctrl+S from anywhere. A refusal is shown in the form, which keeps
all that was typed; cancelling asks before anything typed is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vsm.actions import Scope
from vsm.drafts import DialogDraft
from vsm.model.errors import Refusal, RefusalCode, VsmError
from vsm.model.sanitise import inert_line
from vsm.screens import poller
from vsm.screens.dialog import Dialog, line
from vsm.screens.dialogs import ConfirmDialog
from vsm.screens.other_edits import OtherEdits, Watch
from vsm.text_width import fold
from vsm.widgets.field import Field, FieldSpec

Values = dict[str, Any]
"""What was typed into fields, by their names, as it was understood."""

Save = Callable[[Values], Awaitable[Refusal | None]]
"""Write the values; gives back what was refused."""

KEPT = "what you typed is kept: save again to write it all the same"
"""What to do where others changed the item of a form."""
AROUND = 5
"""Lines of a form beside its fields and what is wrong: borders, keys, a line about it."""


class Fields(VerticalScroll, can_focus=False):
    """The fields, which scroll where they do not all fit."""

    DEFAULT_CSS = "Fields { height: auto; }"


class Form(Dialog[bool]):
    """Fields one below the other; gives back whether they were saved."""

    SCOPE = Scope.FORM

    def __init__(
        self,
        title: str,
        specs: Sequence[FieldSpec],
        save: Save,
        *,
        keys: str = "{confirm} or {save}: save · {next_field}: next field · {cancel}: cancel",
        watch: Watch | None = None,
        about: str = "",
        whole: bool = False,
    ) -> None:
        super().__init__(title)
        self._specs = specs
        self._save = save
        self._keys = keys
        self._watch = watch
        self._others: OtherEdits | None = None
        self._about = about
        self._whole = whole
        self._wrong = self._news = ""

    def compose(self) -> ComposeResult:
        with self.box("-wide"):
            if self._about:
                yield line(self._about)
            yield line("", "news")
            with Fields(id="fields"):
                for spec in self._specs:
                    yield Field(spec, self.host.skin, self.host.glyphs)
            yield line("", "fault")
            yield self.keys(self._keys)

    def on_mount(self) -> None:
        if self._watch is not None:
            host = self.host
            keys = partial(host.keymap.fill, ascii_only=host.ascii_only)
            self._others = OtherEdits(self._watch, lambda: self.fields, keys, host.glyphs.edited)
            self.set_interval(poller.POLL, self.look_at_others)

    def on_resize(self, event: events.Resize) -> None:
        self._make_room()

    def look_at_others(self) -> None:
        """Show what others wrote meanwhile; where it cannot be read, saving says so."""
        if self._others is not None and not self.is_saving:
            with suppress(VsmError):
                self._others.look()
                self._show_news(self._others.news)

    def _show_news(self, news: str) -> None:
        """Say above the fields what others did with the item."""
        self._news = news
        above = self.query_one(".news", Static)
        above.update(Content(inert_line(news)))
        above.display = bool(news)
        self._make_room()

    def action_next_field(self) -> None:
        self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()

    def _make_room(self) -> None:
        """Leave the lines to what stands around the fields that it takes."""
        fields = self.query_one(Fields)
        about, news, wrong = (
            len(fold(text, fields.size.width)) if text else 0
            for text in (self._about, self._news, self._wrong)
        )
        around = AROUND + max(0, about - 1) + news + wrong
        fields.styles.max_height = max(3, self.size.height - around)

    def fault(self, text: str) -> None:
        """Say what is wrong below the fields, which give way to it."""
        super().fault(text)
        self._wrong = text
        self._make_room()

    @property
    def fields(self) -> Iterator[Field]:
        """The fields from top to bottom."""
        return iter(self.query(Field).results(Field))

    def field(self, name: str) -> Field:
        """The field of this name."""
        return self.query_one(f"#field-{name}", Field)

    @property
    def replaced(self) -> list[str]:
        """The names of fields in which saving replaces what others wrote meanwhile."""
        return self._others.replaced() if self._others is not None else []

    @property
    def touched(self) -> bool:
        """Whether anything was typed or chosen."""
        theirs_shown = self._others is not None and bool(self._others.typed())
        return theirs_shown or any(field.touched for field in self.fields)

    def values(self) -> Values:
        """What the fields hold that are to be written: all if the form is ``whole``, else those
        that were touched.
        """
        fields = (field for field in self.fields if field.touched or self._whole)
        return {field.spec.name: field.value for field in fields}

    def action_swap_theirs(self) -> None:
        field = next((field for field in self.fields if field.has_focus_within), None)
        if field is None or self._others is None or not self._others.swap(field):
            raise SkipAction
        self.fault("")

    # -- what is typed and not saved ----------------------------------------------------

    def unsaved(self) -> tuple[dict[str, str], dict[str, str]]:
        touched = [field for field in self.fields if field.touched]
        texts = {field.spec.name: field.text for field in touched}
        if self._others is not None:
            texts.update(self._others.typed())
        return texts, {field.spec.name: field.first for field in touched}

    def labels(self) -> dict[str, str]:
        return {spec.name: spec.label for spec in self._specs}

    def refill(self, draft: DialogDraft) -> None:
        for field in self.fields:
            name = field.spec.name
            if name in draft.texts:
                if self._others is not None:
                    field.put(draft.first.get(name, ""), first=True)
                field.put(draft.texts[name])
        if self._others is not None:
            self._others.look(draft.items[0][1] if draft.items else None)
            self._show_news(self._others.news)
        for field in self.fields:
            if field.spec.name == (draft.field or next(reversed(draft.texts), "")):
                field.go_to_end()

    @on(Field.Changed)
    def _typed(self, message: Field.Changed) -> None:
        if message.field.has_focus_within:
            self.typed_in = message.field.spec.name
        self.keep_soon()

    # -- saving -------------------------------------------------------------------------

    @on(Field.Entered)
    def action_save(self) -> None:
        """Save and close; where anything is wrong, say it and stay."""
        if self.is_saving:
            return
        wrong = [field for field in self.fields if field.check()]
        if wrong:
            wrong[0].control.focus()
            return
        self.look_at_others()
        if self._conflicts():
            return
        self.fault("")
        # Keys that follow are for what comes of it: whoever opened the form lets them go on.
        self.host.typeahead.hold()
        self.is_saving = True
        self.run_worker(self._saved(), group="change")

    async def _saved(self) -> None:
        try:
            refused = await self._save(self.values())
        finally:
            self.is_saving = False
        if refused is None:
            self.dismiss(True)
            return
        self.host.typeahead.release()
        self.fault(refused.sentences)
        if refused.code is RefusalCode.STALE:
            # Somebody was quicker by less than the time between two looks.
            self.look_at_others()
            self._conflicts()

    def _conflicts(self) -> bool:
        """Whether others wrote what the person has not seen yet; says what, and goes there."""
        field, text = self._others.settle() if self._others is not None else (None, "")
        if field is not None:
            self.fault(text)
            field.control.focus()
        return field is not None

    # -- leaving ------------------------------------------------------------------------

    def action_cancel(self) -> None:
        """Close; where anything was typed, ask first. What is being saved is waited for."""
        if self.is_saving:
            return
        if not self.touched:
            super().action_cancel()
            return
        self.host.typeahead.hold()
        self.app.push_screen(
            ConfirmDialog(
                "Discard changes?",
                "What was typed is not saved.",
                "{answer_yes} or {confirm}: discard · {cancel}: keep editing",
            ),
            self._left,
        )

    def _left(self, leave: bool | None) -> None:
        if leave:
            self.dismiss(None)
