"""The organisation in one place: streams, stages, teams, members and more as lists to change.

Every change is one command, told below the list and taken back with the key of undo; what a rule
refuses is told with what to do. While it is open the board below stands still.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from vsm.actions import Scope
from vsm.model.errors import Refusal, RefusalCode, VsmError, not_saved
from vsm.model.query_tree import Query
from vsm.model.sanitise import inert, inert_line
from vsm.screens.dialog import Dialog
from vsm.screens.earlier_change import ask_about_earlier
from vsm.screens.organisation_rows import (
    EDGES,
    PARTS,
    STAGES,
    STREAMS,
    Organisation,
    Part,
    about,
    load,
    rows_of,
)
from vsm.screens.poller import POLL
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.command import Command
    from vsm.session import ChangeGroup, Session

SAVING = 0.15
"""Seconds after which a change that is not through shows that it is under way."""
TALL = 40
"""Most lines that it takes: lists are short, and the eye should not have far to go."""

_ABOVE = 5
"""Names of lists in the first row: all of them do not fit into 80 columns."""


class Tab(Static):
    """The name of a list; a click shows it."""

    class Picked(Message):
        """It was clicked."""

        def __init__(self, part: Part) -> None:
            super().__init__()
            self.part = part

    def __init__(self, part: Part) -> None:
        super().__init__(id=f"tab-{part.name.lower()}")
        self.part = part

    def show(self, count: int, chosen: bool) -> None:
        """Show how many there are, and whether this list is the one below."""
        number = (PARTS.index(self.part) + 1) % 10
        style = "bold reverse" if chosen else ""
        self.update(Content.styled(f" {number} {self.part.name} {count} ", style))

    def on_click(self) -> None:
        """Ask for this list."""
        self.post_message(self.Picked(self.part))


class OrganisationDialog(Dialog[int]):
    """Lists to move through; gives back the stream whose board is to be opened."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    SCOPE = Scope.ORGANISATION
    DEFAULT_CSS = """
    OrganisationDialog .tabs { height: 1; width: 1fr; }
    OrganisationDialog PickList { margin: 1 0 0 0; }
    OrganisationDialog Tab { width: auto; height: 1; margin: 0 1 0 0; }
    OrganisationDialog #about {
        height: 6; width: 1fr; margin: 1 0 0 0; padding: 0 1; color: $foreground;
    }
    OrganisationDialog #message { height: 1; width: 1fr; color: $success; text-style: bold; }
    """

    def __init__(self, shown: Organisation, board_stream: int, part: Part = STAGES) -> None:
        super().__init__("Organisation")
        self.shown = shown
        self.part = part
        self._board_stream = board_stream
        self._rest: dict[Part, str] = {}
        """By list, the row that the cursor was on."""
        self._busy = False
        self._seen: int | None = None
        self._does: dict[str, Callable[[], None]] = {}

    def compose(self) -> ComposeResult:
        """Names of the lists, one of them, what there is to say, what was done, keys."""
        with self.box("-wide -tall"):
            for row in (PARTS[:_ABOVE], PARTS[_ABOVE:]):
                with Horizontal(classes="tabs"):
                    yield from map(Tab, row)
            yield PickList(self.host.skin, self.host.glyphs)
            yield Static("", id="about", markup=False)
            yield Static("", classes="fault", markup=False)
            yield Static("", id="message", markup=False)
            yield Static("", classes="quiet", markup=False)

    def on_mount(self) -> None:
        """Show the list that was asked for, and see what others do."""
        self._does = self._keys()
        if self.shown.stream is not None:
            self._rest[STREAMS] = str(self.shown.stream.id)
        self.show(self.part)
        self.set_interval(POLL, self._poll)

    def on_resize(self, event: events.Resize) -> None:
        """A low terminal keeps its lines for the list."""
        low = event.size.height < 30
        self.query_one("#about").styles.height = 4 if low else 6
        self.query_one("#box").styles.height = (
            "96%" if low else min(TALL, event.size.height * 4 // 5)
        )

    def on_screen_resume(self) -> None:
        """Keys wait for what a form above has set off."""
        if not self._busy:
            super().on_screen_resume()

    # -- showing --------------------------------------------------------------------------

    @property
    def rows(self) -> PickList:
        """The list."""
        return self.query_one(PickList)

    @property
    def row(self) -> str:
        """What the row under the cursor stands for; empty without one."""
        row = self.rows.row
        return row.id if row is not None else ""

    def show(self, part: Part, row: str = "") -> None:
        """Show a list, with the cursor on ``row`` or where it was."""
        self._note_rest()
        self.part = part
        rows = self.rows
        glyphs = self.host.glyphs
        lists = {p: rows_of(p, self.shown, self._board_stream, glyphs) for p in PARTS}
        rows.rows = lists[part]
        target = row or self._rest.get(part, "")
        at = next((n for n, item in enumerate(rows.rows) if item.id == target), None)
        last = max(0, len(rows.rows) - 1)
        rows.cursor = at if at is not None else min(max(0, rows.cursor), last)
        rows.set_empty(part.empty)
        rows.step(0)  # scrolls there, and tells that another row is under the cursor
        for tab in self.query(Tab).results(Tab):
            tab.show(len(lists[tab.part]), tab.part is part)
        name = self.shown.stream.name if self.shown.stream is not None else ""
        box = self.query_one("#box")
        box.border_title = Content(inert_line(f"Organisation: {name}" if name else "Organisation"))
        keys = self.host.keymap.fill(part.keys, self.host.ascii_only)
        self.query_one(".quiet", Static).update(Content(keys))
        self._tell_about()

    def _note_rest(self) -> None:
        if self.row:
            self._rest[self.part] = self.row

    @on(PickList.Moved)
    def _moved(self) -> None:
        self._note_rest()
        self._tell_about()
        self._follow_stream()

    def _tell_about(self) -> None:
        confirm = self.host.keymap.fill("{confirm}", self.host.ascii_only)
        text = about(self.part, self.shown, self.row, self.host.glyphs.arrow, confirm)
        self.query_one("#about", Static).update(Content(inert(text)))

    def tell(self, text: str) -> None:
        """Say what was done; what was refused before is over."""
        self.fault("")
        self.query_one("#message", Static).update(Content(inert_line(text)))

    def refuse(self, refusal: Refusal) -> None:
        """Say what was refused, and what to do."""
        if not self.open:
            return
        self.tell("")
        self.fault(refusal.sentences)

    # -- reading ----------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """Whether this is still up: what is awaited may come after it was closed."""
        return bool(self.query(PickList))

    async def reload(self, stream: int | None = None) -> None:
        """Read everything anew, with the stages of ``stream`` or of the one shown now."""
        now, chosen = self.host.now(), stream
        if chosen is None:
            chosen = self.shown.stream.id if self.shown.stream is not None else 0
        number, role = chosen, self.host.own_role
        self.shown = await self.host.reading.call(
            lambda reader: load(reader, number, now, role.onlooker(reader, now))
        )
        if self.open:
            self.show(self.part)

    def _poll(self) -> None:
        """Look whether anybody has written since."""
        reader = self.host.reader
        if reader is None or self._busy:
            return
        try:
            seen, self._seen = self._seen, reader.data_version()
        except VsmError as error:
            self.refuse(Refusal(RefusalCode.ENVIRONMENT, error.message, error.remedy))
            return
        # The first look reads anew as well: somebody may have written while this opened.
        if seen != self._seen:
            # As a function: a coroutine that is cancelled before it has begun makes asyncio warn.
            self.run_worker(cast("Awaitable[None]", self._again), group="heads", exclusive=True)

    async def _again(self) -> None:
        try:
            await self.reload()
        except VsmError as error:
            self.refuse(Refusal(RefusalCode.ENVIRONMENT, error.message, error.remedy))

    # -- keys -------------------------------------------------------------------------------

    def _keys(self) -> dict[str, Callable[[], None]]:
        """What each action of this place does, by its id."""
        from vsm.screens.organisation_forms import Changes

        do = Changes(self)
        return {
            "add_entry": lambda: self.begin(do.add()),
            "edit_entry": lambda: self.begin(do.edit()),
            "confirm": lambda: self.begin(do.edit()),
            "retire_entry": lambda: self.begin(do.remove()),
            "restore_entry": lambda: self.begin(do.restore()),
            "stage_policy": lambda: self.begin(do.policy()),
            "stream_board": self._to_board,
            "organisation": self.action_cancel,
            "close_dialog": self.action_cancel,
            "next_list": lambda: self._turn(1),
            "previous_list": lambda: self._turn(-1),
            **{f"list_{p.name.lower()}": lambda p=p: self.show(p) for p in PARTS},  # type: ignore[misc]
            "cursor_down": lambda: self.rows.step(1),
            "cursor_up": lambda: self.rows.step(-1),
            "cursor_left": lambda: self._turn(-1),
            "cursor_right": lambda: self._turn(1),
            "page_down": lambda: self.rows.step(max(1, self.rows.size.height - 1)),
            "page_up": lambda: self.rows.step(-max(1, self.rows.size.height - 1)),
            "first_item": lambda: self.rows.step(-len(self.rows.rows)),
            "last_item": lambda: self.rows.step(len(self.rows.rows)),
            "reorder_down": lambda: self.begin(do.order(1)),
            "reorder_up": lambda: self.begin(do.order(-1)),
            "undo": lambda: self.begin(self._back(lambda session: session.undo())),
            "redo": lambda: self.begin(self._back(lambda session: session.redo())),
        }

    async def on_key(self, event: events.Key) -> None:
        """Run the action of the key."""
        keymap = self.host.keymap
        act = self._does.get(keymap.action_at(self.SCOPE, event.key, event.character))
        if act is not None:
            event.stop()
            event.prevent_default()
            act()

    @on(Tab.Picked)
    def _tab_picked(self, message: Tab.Picked) -> None:
        self.show(message.part)

    @on(PickList.Picked)
    def _clicked(self) -> None:
        self._moved()

    def _turn(self, by: int) -> None:
        self.show(PARTS[(PARTS.index(self.part) + by) % len(PARTS)])

    def _follow_stream(self) -> None:
        """The stream under the cursor is the one whose stages and edges are shown."""
        reader, shown = self.host.reader, self.shown
        chosen = next((s for s in shown.streams if str(s.id) == self._rest.get(STREAMS)), None)
        if reader is None or chosen is None or chosen is shown.stream:
            return
        columns = tuple(reader.columns(chosen, Query(), self.host.now()))
        for part in (STAGES, EDGES):
            self._rest.pop(part, None)
        final = reader.final_stages(chosen)
        self.shown = replace(shown, stream=chosen, columns=columns, final=final)
        self.show(self.part)

    def _to_board(self) -> None:
        if self.shown.stream is not None:
            self.dismiss(self.shown.stream.id)

    # -- changing ---------------------------------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work``; keys wait until it is done or a form is up for them."""
        if self.host.changes_refused is not None:
            work.close()
            self.refuse(self.host.changes_refused)
            return
        if self._busy:
            work.close()
            self.refuse(Refusal(RefusalCode.BUSY, "The last change is still being saved"))
            return
        self._busy = True
        self.run_worker(self.host.typeahead.until(self._through(work), self), group="change")

    async def _through(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except VsmError as error:
            self.refuse(Refusal(RefusalCode.ENVIRONMENT, error.message, error.remedy))
        finally:
            self._busy = False

    async def change(self, *commands: Command, message: str = "") -> Refusal | None:
        """Do commands as one group and show what came of it; gives back what was refused.

        ``message`` says what was done, where the group's own label would say just its first part.
        """
        return await self._write(lambda session: session.do(*commands), message)

    async def change_or_say(self, *commands: Command) -> None:
        """The same, where no form is open that could tell of a refusal."""
        refused = await self.change(*commands)
        if refused is not None:
            self.refuse(refused)

    async def _write(
        self, act: Callable[[Session], ChangeGroup | Refusal], message: str = ""
    ) -> Refusal | None:
        if self.host.changes_refused is not None:
            return self.host.changes_refused
        # In the form that is up, or here where there is none.
        dialogs = [screen for screen in self.app.screen_stack if isinstance(screen, Dialog)]
        top = dialogs[-1] if dialogs else self
        line = top.query(".quiet").last(Static)
        keys = line.visual
        saving = top.set_timer(SAVING, lambda: line.update(Content("saving…")))
        before, at = list(self.rows.rows), self.rows.cursor
        try:
            result = await self.host.writing.call(act)
            if not isinstance(result, Refusal):
                await self.reload()
                if self.open:
                    self._follow_change(before, at)
        except VsmError as error:
            return not_saved(error)
        finally:
            saving.stop()
            line.update(keys)
        if isinstance(result, Refusal):
            return result
        if self.open:
            self.tell(message or result.label)
        return None

    def _follow_change(self, before: Sequence[Row], at: int) -> None:
        """Put the cursor on what is new, or beside what was retired: there one goes on."""
        there = {row.id for row in before}
        new = [row.id for row in self.rows.rows if row.id and row.id not in there]
        if new:
            self.show(self.part, new[0])
            return
        row = before[at] if at < len(before) else None
        now = self.rows.row
        if row is not None and now is not None and now.id == row.id and now.faint > row.faint:
            used = [n for n, item in enumerate(self.rows.rows) if item.id and not item.faint]
            beside = [n for n in used if n <= at] or used
            if beside:
                self.show(self.part, self.rows.rows[beside[-1]].id)

    async def _back(self, act: Callable[[Session], ChangeGroup | Refusal]) -> None:
        refused = await self._write(act)
        if refused is not None and refused.code is RefusalCode.EARLIER:
            stream = self.shown.stream
            group = await ask_about_earlier(self, stream.zone if stream else "UTC")
            if group is None:
                return
            if isinstance(group, Refusal):
                refused = group
            else:
                refused = await self._write(lambda session: session.undo(group))
        if refused is not None:
            self.refuse(refused)

    def current_row(self) -> Row | None:
        """The row under the cursor; says so where there is none."""
        row = self.rows.row
        if row is None:
            self.refuse(
                Refusal(
                    RefusalCode.NOT_HERE, "There is nothing under the cursor", "a adds something"
                )
            )
        return row
