"""The application: opens the database, holds the threads, puts up screens."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.actions import ActionParseResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen

from vsm.actions import BY_ID, Scope, bound
from vsm.connections import open_reader, refusal_of_changes
from vsm.keymap import DEFAULT, Keymap, preset
from vsm.last_place import Place
from vsm.leaving import Leaving, problem_of
from vsm.machine import Machine
from vsm.model.errors import Refusal, VsmError
from vsm.model.stream import ValueStream
from vsm.own_role import OwnRole
from vsm.reader import Reader
from vsm.replica_watch import ReplicaWatch, Staleness
from vsm.screens.colleagues import Colleagues
from vsm.screens.host import ViewState
from vsm.screens.serial_executor import SerialExecutor, Unfinished
from vsm.screens.typeahead import URGENT_AFTER, Handled, TypeAhead
from vsm.screens.vsm_screen import VsmScreen
from vsm.screens.warming import warm
from vsm.signals import ENDING, Terminated, handled
from vsm.terminal_app import PLACE_EVERY, TerminalApp
from vsm.widgets.keyed import bindings
from vsm.widgets.status_bars import Live

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from vsm.drafts import Drafts
    from vsm.model.people_privacy import Onlooker
    from vsm.screens.host import Host
    from vsm.screens.too_small import SmallScreen
    from vsm.session import Session

SMALLEST = Size(40, 10)
"""Cells and lines from which on a board, its details and its dialogs can be used."""
WARM_AFTER = 0.5
"""Seconds after the first paint at which what the first change needs is loaded."""


def _now() -> int:
    return time.time_ns() // 1000


class VsmApp(TerminalApp):
    """The board and what belongs to it.

    ``path`` is the database (it need not exist: then there is a welcome), ``actor`` who is
    working, ``stream`` the name of the stream to open, ``query`` a filter to begin with.
    ``now`` gives UTC microseconds; ``machine`` is what of this computer the session may use; it
    opens at ``place``, and ``remembers`` where it is left; ``drafts`` keep what is typed;
    ``presence`` shows who else is here. The journal has its changes under ``session_id``, by
    default one that is made up. An ``onlooker`` says what may be seen of people where the database
    does not hold the roles of today.
    Raises ``EnvironmentProblem`` or ``BadInput`` where the database or the stream cannot be opened,
    before anything is drawn.
    """

    TITLE = "vsm"
    DEFAULT_MODE = "start"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)

    def __init__(
        self,
        path: Path,
        *,
        actor: str,
        stream: str | None = None,
        query: str = "",
        ascii_only: bool = False,
        theme: str | None = None,
        keymap: Keymap | None = None,
        now: Callable[[], int] | None = None,
        read_only: bool = False,
        machine: Machine | None = None,
        place: Place | None = None,
        remembers: bool = False,
        session_id: str = "",
        drafts: Drafts | None = None,
        position: str = "",
        presence: bool = False,
        onlooker: Onlooker | None = None,
    ) -> None:
        reader, chosen = open_reader(path, stream, actor, read_only)
        left = reader.stream(place.stream) if reader is not None and place is not None else None
        # Given here, the first screen's style sheet is parsed together with all others.
        first = "welcome.tcss" if chosen is None else "board/board.tcss"
        self.machine = machine or Machine()
        style = Path(__file__).with_name("screens") / first
        super().__init__(style, theme, ascii_only, self.machine.environment)
        self.leaving = Leaving(self)
        self.path, self.actor = path, actor
        self._asked_read_only, self._position = read_only, position
        self._refusal = refusal_of_changes(reader, read_only, position)
        self.own_role = OwnRole(actor, self.machine.at_most, onlooker)
        self.keymap = keymap or preset(DEFAULT)
        if changed := self.keymap.changed():
            self.set_keymap({action: bound(keys) for action, keys in changed.items()})
        self._now = now or _now
        self.session_id = session_id or os.urandom(8).hex()
        self.reader = reader
        self.view, self.replica = ViewState(), ReplicaWatch(may_start=self.machine.processes)
        self.writing: SerialExecutor[Session] = SerialExecutor("vsm-write", self._open_session)
        self.reading: SerialExecutor[Reader] = SerialExecutor("vsm-read", self._open_reader)
        self.colleagues = Colleagues(self, may=self._refusal is None, is_on=presence)
        self.fault: Exception | None = None
        """What went wrong inside vsm and ended it."""
        self._query = query
        self._item: int | None = None
        self.remembers, self.drafts = remembers, drafts
        self._cover: SmallScreen | None = None
        """What hides all else while the terminal is too small."""
        self._stream = chosen
        if place is not None and left is not None:
            self._stream, self._query, self._item = left, place.query, place.item
            self.view.begin_at(place)
        self._opened_boards = 0
        self._warming: asyncio.Task[None] | None = None
        self.typeahead = TypeAhead(
            super().on_event, lambda: self.focused or self.screen, self._is_urgent
        )
        self.add_mode(self.DEFAULT_MODE, self._first_screen)

    # -- keys -----------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Take typed keys one after the other, everything else as Textual does."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.typeahead.take(event)
        else:
            await super().on_event(event)

    async def on_handled(self, message: Handled) -> None:
        """A key has had its effect."""
        message.stop()
        await self.typeahead.handled()

    def action_help_quit(self) -> None:
        """Ctrl+C copies where text is selected; say what leaves instead."""
        self.notify(f"{self.keymap.name('quit', self.ascii_only)} leaves vsm")

    # -- the database ---------------------------------------------------------------

    def _open_session(self) -> Session:
        from vsm.session import Session

        return Session(
            self.path,
            actor=self.actor,
            source=self.machine.source,
            session=self.session_id,
            read_only=self.read_only,
            on_begin=self.writing.begin,  # leaving waits for a change from here on
            create=self.reader is None,
            at_most=self.machine.at_most,
        )

    def _open_reader(self) -> Reader:
        return Reader(self.path)

    def _first_screen(self) -> Screen[Any]:
        screen = self._screen_for(self._stream, self._query, self._item)
        # The style sheets were just parsed in this theme; Textual would parse them once more.
        screen._css_update_count = self._css_update_count
        return screen

    def _screen_for(self, stream: ValueStream | None, query: str, item: int | None) -> Screen[Any]:
        if self.reader is not None and stream is not None:
            from vsm.screens.board.screen import BoardScreen

            return BoardScreen(self.reader, stream, query, item)
        from vsm.screens.welcome import WelcomeScreen

        return WelcomeScreen()

    def open_board(
        self, stream: ValueStream | None = None, item: int | None = None, query: str = ""
    ) -> None:
        """Show a stream's board (``None``: the one last active; the welcome without any).

        The cursor goes to ``item``, and ``query`` filters the board.
        """
        if self.reader is None and self.path.exists():
            self.reader = Reader(self.path)
            self._refusal = refusal_of_changes(self.reader, self._asked_read_only, self._position)
        if stream is None and self.reader is not None and self.reader.streams():
            stream = self.reader.stream_named(None)
        self.typeahead.hold()
        before = self.current_mode
        self._opened_boards += 1
        mode = f"board-{self._opened_boards}"
        self.add_mode(mode, lambda: self._screen_for(stream, query, item))
        self.switch_mode(mode)
        # The cover belongs to the mode that is left, and goes with it.
        self._cover = None
        if self.has_begun:
            self._fit(self.size)
        self.call_later(self._forget_mode, before)

    async def _forget_mode(self, mode: str) -> None:
        """Let the board go that was shown before; on the way out all of them go anyhow."""
        if self._running and not self._exit:
            await self.remove_mode(mode)

    def open_database(self, path: Path) -> None:
        """Leave this database for another one."""
        self._close()
        self.view.folded.clear()
        self.view.lanes.clear()
        self.view.marked.clear()
        self.path = path
        self.drafts = self.drafts and self.drafts.elsewhere(path)
        self.writing = SerialExecutor("vsm-write", self._open_session)
        self.reading = SerialExecutor("vsm-read", self._open_reader)
        self.open_board()

    def _close(self) -> None:
        self.colleagues.close()
        self.reading.close()
        self.leaving.unfinished = self.writing.close()
        if self.leaving.unfinished is Unfinished.NOTHING:
            self.forget_saved_text()
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    def on_unmount(self) -> None:
        """Let go of the database."""
        self._close()

    # -- leaving ----------------------------------------------------------------------

    def exit(self, *args: Any, **options: Any) -> None:
        """Leave; calls that hang are given up, those that change something are finished."""
        if not self._exit:
            self.remember_place()
            self.writing.leave()
            self.reading.leave()
        super().exit(*args, **options)

    def on_load(self) -> None:
        """Leave again, before the terminal is taken, where a signal came before."""
        self.leaving.exit_if_asked()

    def _is_urgent(self, event: events.Event) -> bool:
        """Whether a key leaves, and need not wait any longer for a write or figures that hang.

        A dialog takes it for text, so there it waits as any other key.
        """
        if not isinstance(event, events.Key) or self.screen.is_modal:
            return False
        busy = max(self.writing.busy_for, self.reading.busy_for)
        leaves = {event.key, event.character} & set(self.keymap.of("quit"))
        return bool(leaves) and busy >= URGENT_AFTER

    # -- after the first paint --------------------------------------------------------

    def on_ready(self) -> None:
        """The first screen is laid out and about to be painted."""
        self.call_after_refresh(self._painted)
        self._fit(self.size)
        self.has_begun = True
        self.set_interval(PLACE_EVERY, self.keep_place)
        self.leaving.is_ready()

    def on_resize(self, event: events.Resize) -> None:
        self.forget_picture()
        if self.has_begun:
            self._fit(event.size)

    def _fit(self, size: Size) -> None:
        """Cover all screens while the terminal is too small for them."""
        small = size.width < SMALLEST.width or size.height < SMALLEST.height
        if small == (self._cover is not None):
            return
        if small:
            from vsm.screens.too_small import SmallScreen

            cover = SmallScreen(SMALLEST)
            self.push_screen(cover)
            self._cover = cover
        else:
            self._cover = None
            self.pop_screen()

    def push_screen(self, *args: Any, **options: Any) -> Any:
        """Open a screen; while the terminal is too small it opens under what says so."""
        opened = super().push_screen(*args, **options)
        stack, cover = self._screen_stack, self._cover
        if cover is not None and cover in stack:
            stack.remove(cover)
            stack.append(cover)
            cover.post_message(events.ScreenResume())
        return opened

    def _painted(self) -> None:
        """The first board is on the screen: tidy memory, then load what a change needs."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()
        if self.view.first_screen:
            first, self.view.first_screen = self.view.first_screen, ""
            self.call_later(self.run_action, f"app.{first}")
        if not self.read_only:
            self.set_timer(WARM_AFTER, self._warm)

    async def _warm(self) -> None:
        self._warming = asyncio.get_running_loop().create_task(warm(self.writing))

    # -- when vsm itself is wrong -----------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """End with the fault itself; whoever runs the board says it in one line.

        Textual would draw the whole stack over the terminal and end as if all were well.
        """
        from textual.worker import WorkerFailed

        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(error, WorkerFailed) and isinstance(cause, VsmError):
            self._tell_trouble(cause)
            return
        if self.fault is None and isinstance(cause, Exception):
            self.fault = cause
        super()._handle_exception(error)

    def _tell_trouble(self, error: VsmError) -> None:
        """What the machine or the file says no to is no fault of vsm: tell it and go on."""
        self.typeahead.release()
        for screen in reversed(self.screen_stack):
            if isinstance(screen, VsmScreen):
                screen.lost(error)
                return
        self.notify(f"{error.message}. {error.remedy}".strip(), severity="error")

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action on the screen of its key, though another is up; show what fails to read."""
        start = default_namespace
        target, _, name = (action if isinstance(action, str) else action[1]).rpartition(".")
        declared = BY_ID.get(name)
        try:
            # A text field has actions of its own, some of them with names of declared ones.
            if declared is not None and (start in (None, self) or hasattr(start, "SCOPE")):
                from vsm.screens import running

                screen = start.screen if start is not None else self.screen
                if running.refused(screen, declared):
                    return True
                nodes = (self,) if target == "app" else (start, screen, self)
                start = running.first_able(declared, nodes)
                if declared.runs and start is None:
                    return await running.run(screen, declared)
                action = name
            return await super().run_action(action, start, namespaces)
        except VsmError as error:
            self._tell_trouble(error)
            return True

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    @property
    def changes_refused(self) -> Refusal | None:
        """Why nothing can be changed; ``None`` where it can, or can again."""
        if self.read_only or self.reader is None:
            return self._refusal
        stack = [screen for screen in self.screen_stack if isinstance(screen, VsmScreen)]
        shown = next((s.stream for s in reversed(stack) if hasattr(s, "stream")), self._stream)
        number = shown.id if shown is not None else None
        return self.own_role.refusal(self.reader, number, self.now())

    @property
    def read_only(self) -> bool:
        """Whether nobody can change anything: it was asked for, or the files say so."""
        if self._refusal is not None or self.replica.is_one(self.reader):
            self._refusal = refusal_of_changes(self.reader, self._asked_read_only, self._position)
        return self._refusal is not None

    def now(self) -> int:
        """The present in UTC microseconds."""
        return self._now()

    def freshness(self) -> tuple[Live, str]:
        """The live mark while all is well, and the time of a copy or the entry that is shown."""
        stale, clock = self.replica.freshness(self.reader)
        refused = Live.READ_ONLY if self.read_only else Live.VIEWER
        live = refused if self.changes_refused else Live.LIVE
        if stale is Staleness.AWAY or (stale is not None and live is not Live.READ_ONLY):
            live = Live(stale.value)
        return live, self._position or clock

    def show_tab(self, screen: Screen[Any], action: str, **about: Any) -> None:
        """Show the screen of a tab above the board, opened for what it is to be about."""
        from vsm.screens.running import show_tab

        show_tab(screen, action, **about)

    # -- actions of the app -----------------------------------------------------------

    async def action_board(self) -> None:
        """Go back from the figures to the board."""
        if isinstance(self.screen, VsmScreen):
            await self.screen.back_to_board()


if TYPE_CHECKING:

    def _is_host(app: VsmApp) -> Host:
        return app  # the type checker holds the application to what screens ask of it


def run_app(app: VsmApp) -> None:
    """Run the board until its user leaves, or a signal asks it to.

    Raises what went wrong inside vsm, ``EnvironmentProblem`` where the last change was not saved,
    and ``Terminated`` after a signal.
    """
    with handled(app.leaving.end_by_signal, ENDING):
        try:
            app.run()
        finally:
            app.leaving.has_left()
    if app.fault is not None:
        raise app.fault
    problem = problem_of(app.leaving.unfinished, app.path)
    if app.leaving.signal is not None:
        raise Terminated(app.leaving.signal) from problem
    if problem is not None:
        raise problem
