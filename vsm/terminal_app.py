"""The application and its terminal: takes it, lends it to others, stops and continues."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual.actions import SkipAction
from textual.geometry import Size

from vsm.actions import Needs
from vsm.keymap import Keymap
from vsm.leaving import Leaving
from vsm.machine import Machine
from vsm.terminal_size import largest
from vsm.theme import Look

if TYPE_CHECKING:
    from textual.driver import Driver

    from vsm.drafts import Drafts
    from vsm.last_place import Place
    from vsm.screens.host import Host
    from vsm.screens.serial_executor import SerialExecutor
    from vsm.screens.typeahead import TypeAhead


PLACE_EVERY = 10.0
"""Seconds between two times that the place of the board is kept, where it is another one."""


class TerminalApp(Look):
    """What the application does with its terminal."""

    keymap: Keymap
    leaving: Leaving
    machine: Machine
    typeahead: TypeAhead
    writing: SerialExecutor[Any]
    drafts: Drafts | None
    remembers: bool
    """Whether it keeps where it is left."""
    path: Path
    actor: str
    _kept_place: Place | None = None
    text_is_saving = False
    """Whether the text that was kept on the way out was being written then."""
    has_begun = False
    """Whether the first screen is there."""

    @property
    def size(self) -> Size:
        """The size of the terminal; a client may say any, and all of it would be kept."""
        return largest(*super().size)

    def get_driver_class(self) -> type[Driver]:
        """The driver for this system; on terminals our own."""
        driver = super().get_driver_class()
        if driver.__name__ == "LinuxDriver":
            from vsm.terminal import TerminalDriver

            return TerminalDriver
        return driver

    @property
    def is_writing(self) -> bool:
        """Whether a change has begun and is not through."""
        return self.writing.has_begun

    @property
    def is_typing(self) -> bool:
        """Whether a text field has the keys; called in any thread."""
        return hasattr(self.focused, "cursor_blink")

    @property
    def waiting_keys(self) -> int:
        """The number of keys that were read and have had no effect yet; called in any thread."""
        return self.typeahead.waiting + self._message_queue.qsize()

    @property
    def is_suspended(self) -> bool:
        """Whether another program has the terminal."""
        return self.leaving.suspended

    @property
    def is_leaving(self) -> bool:
        """Whether a signal ends it, or the terminal is gone."""
        return self.leaving.signal is not None

    def lose_terminal(self) -> None:
        """Leave because there is no terminal any more; called in any thread."""
        self.leaving.lose_terminal()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Give the terminal to another program."""
        self.leaving.suspended = True
        try:
            with super().suspend():
                yield
        finally:
            self.leaving.suspended = False
            self.repaint()

    def forget_picture(self) -> None:
        """Send the next picture whole: the terminal may show something else."""
        forget = getattr(self._driver, "forget_picture", None)
        if forget is not None:
            forget()

    def repaint(self) -> None:
        """Paint everything anew."""
        self.forget_picture()
        for screen in self.screen_stack:
            screen.refresh()

    # -- where it is left ---------------------------------------------------------------

    def remember_place(self) -> None:
        """Keep where the board is left; where it was opened for a moment only, do not."""
        if self.remembers and self.has_begun:
            from vsm.screens.board.leaving_place import leave

            self.text_is_saving = leave(cast("Host", self), self.screen_stack, self.is_leaving)

    def forget_saved_text(self) -> None:
        """Drop the text that was kept on the way out while it was being saved, if it was saved."""
        if self.drafts is not None and self.text_is_saving:
            from vsm.session import ChangeGroup

            if isinstance(self.writing.last_result, ChangeGroup):
                self.drafts.drop()

    def keep_place(self) -> None:
        """Keep where the board is while it runs: a process that is killed cannot do it any more.

        In a thread of its own: a slow disk holds no key up.
        """
        if self.remembers and self.has_begun and not self.is_leaving:
            from vsm.last_place import save_place
            from vsm.screens.board.leaving_place import place_of

            place = place_of(self.screen_stack)
            if place is not None and place != self._kept_place:
                self._kept_place = place
                saving = partial(save_place, self.path, self.actor, place)
                threading.Thread(target=saving, name="vsm-place", daemon=True).start()

    def keep_texts(self, without: object = None) -> None:
        """Keep what is typed into the open dialogs, but for one, lest the terminal is lost."""
        from vsm.screens.board import leaving_place

        screens = [screen for screen in self.screen_stack if screen is not without]
        leaving_place.keep_texts(cast("Host", self), screens)

    # -- actions ----------------------------------------------------------------------

    def action_repaint(self) -> None:
        self.repaint()

    def action_suspend_process(self) -> None:
        """Stop until the shell continues; in a text of several lines the key undoes typing."""
        if hasattr(self.focused, "undo"):
            raise SkipAction
        if not self.machine.suspend:
            from vsm.screens.running import unavailable

            self.notify(unavailable(cast("Host", self), Needs.SUSPEND))
            return
        stop = getattr(self._driver, "stop_process", None)
        if stop is None:
            self.notify("There is no shell to go to")
        else:
            stop()
