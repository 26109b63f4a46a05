"""Adds several items in a row: a title and Enter each, or a list that is pasted."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, Static

from vsm.model.errors import Refusal, RefusalCode
from vsm.model.sanitise import inert_line
from vsm.screens.dialog import Dialog, Opener, line, put_back
from vsm.screens.dialogs import ConfirmDialog

if TYPE_CHECKING:
    from vsm.drafts import DialogDraft
    from vsm.screens.board.parts import BoardParts

MOST = 200
"""Titles of one paste."""
SHOWN = 12
"""Titles that are shown before they are added."""
_BULLET = re.compile(r"^(?:[-*•]|\d+[.)])(?:\s+|$)(?:\[[ xX]\](?:\s+|$))?")

Add = Callable[[Sequence[str]], Awaitable[Refusal | None]]


def titles_of(text: str) -> list[str]:
    """The titles of a pasted list, one a line, without bullets and numbers before them.

    A bullet with nothing behind it is no title.
    """
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [title for line in lines if (title := _BULLET.sub("", line))]


class _Title(Input):
    """A line for a title; a list that is pasted becomes several."""

    def __init__(self, pasted: Callable[[list[str]], None]) -> None:
        super().__init__(placeholder="a title, or paste several lines")
        self._pasted = pasted

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        titles = titles_of(event.text)
        if len(titles) > 1:
            self._pasted(titles)
        else:
            self.replace(" ".join(event.text.split()), *self.selection)


class QuickAddDialog(Dialog[None]):
    """One line that stays for the next title; says what was added last."""

    def __init__(self, title: str, add: Add) -> None:
        super().__init__(title)
        self._add = add
        self._count = 0

    def compose(self) -> ComposeResult:
        with self.box():
            yield line("No item added yet", "line added")
            yield _Title(self._take)
            yield line("", "fault")
            yield self.keys("{confirm}: add, then the next · {cancel}: end", "quiet keys")

    def unsaved(self) -> tuple[dict[str, str], dict[str, str]]:
        title = self.query_one(Input).value
        return ({"title": title} if title.strip() else {}), {}

    def refill(self, draft: DialogDraft) -> None:
        put_back(self.query_one(Input), draft.texts.get("title", ""))

    def action_confirm(self) -> None:
        title = " ".join(self.query_one(Input).value.split())
        if title:
            self._take([title])
        else:
            self.fault("An item needs a title.")

    def action_cancel(self) -> None:
        """End; a title that is not added yet is not thrown away unasked."""
        if not self.query_one(Input).value.strip():
            super().action_cancel()
            return
        self.app.push_screen(
            ConfirmDialog(
                "Discard the title?",
                "What was typed is not added.",
                "{answer_yes} or {confirm}: discard · {cancel}: keep editing",
            ),
            self._discarded,
        )

    def _discarded(self, discard: bool | None) -> None:
        if discard:
            self.dismiss(None)

    def _take(self, titles: list[str]) -> None:
        self.host.typeahead.hold()
        self.run_worker(self._added(titles), group="change")

    async def _added(self, titles: list[str]) -> None:
        if len(titles) > MOST:
            self.host.typeahead.release()
            self.fault(f"{len(titles)} lines: paste at most {MOST}, or import a file")
            return
        if len(titles) > 1 and not await self._looked_at(titles):
            return
        self.is_saving = True
        try:
            refused = await self._add(titles)
        finally:
            self.is_saving = False
        self.host.typeahead.release()
        self.fault(refused.sentences if refused is not None else "")
        if refused is None:
            self._count += len(titles)
            if len(titles) == 1:
                self.query_one(Input).value = ""
                self.host.keep_texts()  # it is added: nothing of it is kept any more
            added = "1 item added" if self._count == 1 else f"{self._count} items added"
            self.query_one(".added", Static).update(inert_line(f"{added}: {titles[-1]}"))

    async def _looked_at(self, titles: list[str]) -> bool:
        rows = [*titles[:SHOWN]]
        if len(titles) > SHOWN:
            rows.append(f"and {len(titles) - SHOWN} more")
        question = ConfirmDialog(
            f"Add {len(titles)} items?",
            "\n".join(rows),
            "{answer_yes} or {confirm}: add them · {cancel}: add none",
        )
        yes = await self.app.push_screen_wait(question)
        return bool(yes)


async def quick_add(board: BoardParts) -> None:
    """Add items to the stage under the cursor, to the first one where that is done."""
    from vsm.model.command import AddItem
    from vsm.screens.board.limit_questions import ask_reason

    stage = board.widget.column.head.stage
    if stage.category.ended:
        stage = board.stream.line[0]
    fields = {"team": stage.team} if stage.team is not None else {}

    async def add(titles: Sequence[str]) -> Refusal | None:
        reason: str | None = None
        while True:
            commands = [
                AddItem(board.stream.id, title, stage.id, None, fields, reason) for title in titles
            ]
            refused = await board.writer.write_all(commands)
            if refused is None or refused.code is not RefusalCode.WIP_SOFT:
                return refused
            question = f"{refused.message}. Reason for exceeding the limit"
            reason = await ask_reason(board.screen.app, question)
            if not reason:
                return Refusal(RefusalCode.WIP_SOFT, f"Not added: {refused.message}", "")

    title = f"Add {board.stream.word('items')} to {stage.name}"
    dialog = QuickAddDialog(title, add)
    dialog.opener = Opener("quick_add", (), stage.id)
    await board.screen.app.push_screen_wait(dialog)
