"""Links items of any stream, and removes links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from vsm.actions import Scope
from vsm.model.command import AgreeDependency, LinkItems, UnlinkItems
from vsm.model.dates import read_day
from vsm.model.errors import Refusal, VsmError
from vsm.model.item import DependencyState, LinkKind
from vsm.model.rules import local
from vsm.screens.board.selection import list_keys, name_items
from vsm.screens.dialog import Dialog, line
from vsm.screens.dialogs import SHORTEST
from vsm.widgets.choice import Choice
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.board import ItemSummary, LinkLine
    from vsm.model.command import Command
    from vsm.screens.board.parts import BoardParts

RELATIONS: dict[str, tuple[LinkKind, bool]] = {
    "waits for": (LinkKind.BLOCKS, True),
    "blocks": (LinkKind.BLOCKS, False),
    "relates to": (LinkKind.RELATES, False),
    "parent of": (LinkKind.PARENT, False),
    "child of": (LinkKind.PARENT, True),
}
"""What can be said of an item and another: the kind of link, and whether it runs the other way."""

AROUND = 10
"""Lines of the dialog beside its list."""
MOST = 50
"""Most candidates that are listed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the dialog gives back: a relation to another key, to be made or to be taken away."""

    relation: str
    key: str
    remove: bool = False
    need_by: str | None = None
    """The ISO date by which it is asked for."""


class LinkDialog(Dialog[Wish]):
    """Relation, the other key with candidates below; without text, the links that there are.

    The key is what is typed first; a letter cannot be meant for the relation. With a date what is
    waited for is asked for by then.
    """

    AUTO_FOCUS = "#key"
    SCOPE = Scope.LINKS

    def __init__(
        self, title: str, about: str, links: Sequence[LinkLine], today: date, but: str = ""
    ) -> None:
        super().__init__(title)
        self._about = about
        self._today = today
        self._links = links
        self._but = but
        self._found = ""
        """What the list was looked up for."""

    def compose(self) -> ComposeResult:
        skin, glyphs = self.host.skin, self.host.glyphs
        with self.box("-wide"):
            yield line(self._about)
            with Horizontal(classes="row"):
                yield line("Relation", "label")
                yield Choice(list(RELATIONS), skin, glyphs, "relation")
            with Horizontal(classes="row"):
                yield line("Item", "label")
                yield Input(id="key", placeholder="a key, or words of a title, of any stream")
            with Horizontal(classes="row"):
                yield line("Needed by", "label")
                yield Input(id="by", placeholder="optional: fri, +2w, 2026-12-24")
            yield line("", "gap")
            empty = "No links yet" if not self._links else "No match"
            rows = PickList(skin, glyphs, empty)
            rows.rows = self._there()
            rows.cursor = -1
            self._lengthen(rows)
            yield rows
            yield line("", "fault")
            yield self.keys(
                "{confirm}: link · {next_field}: next field · {list_up} {list_down}: choose"
                " · {remove_entry}: remove · {cancel}: cancel"
            )

    def on_resize(self, event: events.Resize) -> None:
        for rows in self.query(PickList):  # none before it is composed
            self._lengthen(rows)

    def _lengthen(self, rows: PickList) -> None:
        rows.lengthen(SHORTEST, self.app.size.height - AROUND)

    def _there(self) -> list[Row]:
        if not self._links:
            return []
        rows = [Row("", "Existing links")]
        for link in self._links:
            title = "(not in this database)" if link.title is None else link.title
            rows.append(
                Row(
                    f"{link.label}\n{link.key}", f"{link.label} {link.key}", title, link.stage or ""
                )
            )
        return rows

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.fault("")
        self.run_worker(self._find(), group="find", exclusive=True)

    async def _find(self) -> None:
        """Bring the list up to what is typed."""
        text, rows = self._typed, self.query_one(PickList)
        if text == self._found:
            return
        matches: Sequence[tuple[str, str]] = ()
        if text:
            try:
                matches = await self.host.reading.call(lambda r: r.keys_like(text, None, MOST))
            except VsmError as error:
                self.fault(str(error))
                return
        self._found = text
        there = [Row(key, key, title) for key, title in matches if key != self._but]
        rows.set_rows(there if text else self._there())
        self._lengthen(rows)
        if not text:
            rows.cursor = -1

    @property
    def _typed(self) -> str:
        return self.query_one("#key", Input).value.strip()

    @property
    def _by(self) -> str:
        return self.query_one("#by", Input).value.strip()

    def action_next_field(self) -> None:
        self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()

    def action_confirm(self) -> None:
        """Link the item."""
        self.host.typeahead.hold()
        self.run_worker(self._take(), group="dialog")

    action_save = action_confirm

    def action_remove_entry(self) -> None:
        """Remove the link under the cursor; while anything is typed the key edits the text."""
        if self._typed or self._by:
            raise SkipAction
        self._remove()

    @on(PickList.Picked)
    async def _picked(self) -> None:
        if self._typed:
            await self._take()

    async def _take(self) -> None:
        typed = self._typed
        await self._find()
        row = self.query_one(PickList).row
        if not typed:
            self.fault("Type the key of the other item, or words of its title.")
        elif row is None:
            self.fault(f"There is no item {typed}.")
        else:
            relation = self.query_one(Choice).value
            try:
                self.dismiss(Wish(relation, row.id, need_by=self._date(relation)))
                return
            except ValueError as error:
                self.fault(f"{error}.")
                self.query_one("#by", Input).focus()
        self.host.typeahead.release()

    def _date(self, relation: str) -> str | None:
        """By when it is needed; ``ValueError`` says what is wrong with it."""
        if not self._by:
            return None
        if RELATIONS[relation][0] is not LinkKind.BLOCKS:
            raise ValueError(f"Only what waits is needed by a date, not what it {relation}")
        return read_day(self._by, self._today).isoformat()

    def _remove(self) -> None:
        row = self.query_one(PickList).row
        if row is None:
            self.fault("Choose a link in the list first.")
            return
        label, _, key = row.id.partition("\n")
        self.dismiss(Wish(label, key, remove=True))


async def link(board: BoardParts) -> None:
    """Link the item under the cursor, or all that are marked, to another one."""
    chosen = await board.selection.targets()
    if not chosen:
        board.writer.say_no_item()
        return
    links: Sequence[LinkLine] = ()
    one = chosen[0] if len(chosen) == 1 else None
    if one is not None:
        now, number = board.host.now(), one.id
        try:
            detail = await board.host.reading.call(lambda reader: reader.detail(number, now))
        except VsmError as error:
            board.screen.trouble(error)
            return
        links = detail.links if detail is not None else ()
    wish = await board.screen.app.push_screen_wait(
        LinkDialog(
            f"Links of {name_items(chosen)}",
            one.title if one is not None else list_keys(chosen),
            links,
            local(board.host.now(), board.stream.zone).date(),
            one.key if one is not None else "",
        )
    )
    if wish is None:
        return
    other = board.reader.find_key(wish.key)
    if other is None:
        board.screen.notice.show(
            f"There is no item {wish.key}", "look for it: g and words of its title"
        )
        return
    kind, back = RELATIONS[wish.relation]
    made = UnlinkItems if wish.remove else LinkItems

    def make(brief: ItemSummary) -> Command | Refusal:
        ends = (other.id, brief.id) if back else (brief.id, other.id)
        if wish.need_by is not None:
            return AgreeDependency(*ends, DependencyState.PROPOSED, wish.need_by)
        return made(*ends, kind)

    await board.writer.act(make, chosen)
