"""Colleagues: says where this board is, and shows who else has the database open, and where.

All work with the presence file is done in a thread of its own that nothing waits for. What cannot
be said or read is left out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from textual.app import App
from textual.worker import Worker

from vsm.database_files import presence_path
from vsm.model.errors import VsmError
from vsm.model.presence import Presence
from vsm.model.sanitise import inert_line
from vsm.model.team import initials, unique_initials
from vsm.screens.serial_executor import SerialExecutor
from vsm.widgets.company import Company

if TYPE_CHECKING:
    from vsm.last_place import Place
    from vsm.presence import PresenceClient
    from vsm.screens.host import Followed, Host
    from vsm.screens.vsm_screen import VsmScreen

TICK = 0.3
"""Seconds between two looks: a cursor that is where it was at the last one rests."""
PAUSE = 1.0
"""Seconds between two times that this board says where it is."""
BEAT = 10.0
"""Seconds after which it says so though nothing has changed."""


class Colleagues:
    """Says where this board is, and shows who else is there.

    ``is_on`` is whether it does, ``may`` whether it can: not where the files are only read.
    """

    def __init__(self, app: App[Any], *, may: bool, is_on: bool) -> None:
        self._app = app
        self.may = may
        self.is_on = may and is_on
        self.hides = False
        """Whether it is off because somebody chose that in this session."""
        self.people: tuple[Presence, ...] = ()
        """Everybody else, other boards of the same person too."""
        self.company = Company()
        self.following: Followed | None = None
        """Whose cursor this one follows, where it does."""
        self.task: Worker[None] | None = None
        """What is under way with the presence file."""
        self._client: SerialExecutor[PresenceClient] | None = None
        self._since = 0
        self._last: Place | None = None
        self._written: tuple[Place | None, str | None] = (None, None)
        self._written_at = -BEAT
        self._looked_at = monotonic()
        self._file: tuple[int, int, int] | None = None
        """The presence file as it was read last."""

    @property
    def _host(self) -> Host:
        return cast("Host", self._app)

    def poll(self) -> None:
        """Look where that is due; pollers of screens call it, so it needs no timer of its own."""
        now = monotonic()
        if self.is_on and now - self._looked_at >= TICK:
            self._looked_at = now
            self.tick()

    def tick(self) -> None:
        """Look once: say where this board is, where that is due, and see who else is there."""
        host = self._host
        if (
            host.reader is None
            or not self._is_composed
            or (self.task is not None and not self.task.is_finished)
        ):
            return
        if self.following is not None:  # its line lasts, whatever was said meanwhile
            with contextlib.suppress(VsmError):
                self.following.go_after(self.people)
        from vsm.screens.board.leaving_place import place_of

        place = place_of(self._app.screen_stack)
        rests, self._last = place == self._last, place
        says = (place, self.following.session if self.following is not None else None)
        age = monotonic() - self._written_at
        is_new = rests and says != self._written and age >= PAUSE
        own, file = None, self._stamp()
        if place is not None and (is_new or age >= BEAT):
            self._written, self._written_at = says, monotonic()
            own = self._own(place)
        elif file == self._file:
            return  # nobody has written: microseconds
        self._file = file
        self.task = self._app.run_worker(self._exchange(own), group="presence")

    def _stamp(self) -> tuple[int, int, int] | None:
        """Something that changes whenever somebody writes the presence file."""
        try:
            status = os.stat(presence_path(self._host.path))
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _own(self, place: Place) -> Presence:
        """Where this board is, as others are to see it."""
        from vsm.config import SCREENS
        from vsm.presence import clock, host_name

        host = self._host
        self._since = self._since or clock()
        screen = next((name for name, action in SCREENS.items() if action == place.screen), "")
        following = self.following.session if self.following is not None else None
        now = clock()
        names = (host.session_id, inert_line(host.actor), inert_line(host_name()))
        return Presence(*names, self._since, now, place.stream, place.item, screen, following)

    def _open(self) -> PresenceClient:
        from vsm.presence import PresenceClient

        return PresenceClient(self._host.path, self._host.session_id)

    async def _exchange(self, own: Presence | None) -> None:
        if self._client is None:
            self._client = SerialExecutor("vsm-presence", self._open)
        people = await self._client.call(lambda client: client.exchange(own), optional=True)
        with contextlib.suppress(VsmError):  # whatever reads next says what is in the way
            if people != self.people:
                self.people = people
                self._show()
            if self.following is not None:
                self.following.go_after(people)

    # -- what is shown --------------------------------------------------------------------

    @property
    def others(self) -> list[Presence]:
        """Boards of other people."""
        return [person for person in self.people if person.actor != self._host.actor]

    def _show(self) -> None:
        """Show who is here in headers and on cards, and say who begins to follow."""
        before = {name for name, _ in self.company.followers}
        signs = self._signs()
        followers = {
            (p.actor, signs[p.actor]) for p in self.others if p.following == self._host.session_id
        }
        follow = {name for name, _ in followers}
        rest = dict.fromkeys(p.actor for p in self.others if p.actor not in follow)
        self.company = Company(tuple(signs[name] for name in rest), tuple(sorted(followers)))
        for screen in self._screens():
            screen.header.set_company(self.company)
            screen.show_people(self.by_item(signs))
        new = sorted(follow - before)
        if new and (shown := self._screens()):
            verb = "follow" if len(new) > 1 else "follows"
            shown[-1].say(f"{' and '.join(new)} {verb} you")

    def by_item(self, signs: dict[str, str] | None = None) -> dict[int, tuple[str, ...]]:
        """By item the initials of those whose cursors are on it."""
        signs = self._signs() if signs is None else signs
        out: dict[int, tuple[str, ...]] = {}
        for person in self.others:
            if person.item is not None and signs[person.actor] not in out.get(person.item, ()):
                out[person.item] = (*out.get(person.item, ()), signs[person.actor])
        return out

    def _signs(self) -> dict[str, str]:
        """By name the initials: a member's own, else made from the name; no two are the same."""
        names = {person.actor for person in self.others}
        own: dict[str, str] = {}
        if names and self._host.reader is not None:
            own = {
                m.login: inert_line(m.initials)
                for m in self._host.reader.members()
                if m.login in names and m.initials != initials(m.login)
            }
        return unique_initials(own, names)

    def _screens(self) -> Sequence[VsmScreen]:
        """All screens with a header, the one in front last."""
        return [screen for screen in self._whole_screens() if hasattr(screen, "header")]

    def _whole_screens(self) -> list[VsmScreen]:
        from vsm.screens.vsm_screen import VsmScreen

        return [screen for screen in self._app.screen_stack if isinstance(screen, VsmScreen)]

    @property
    def _is_composed(self) -> bool:
        """Whether no screen is still being made: one that is has no cursor yet."""
        return all(hasattr(screen, "header") for screen in self._whole_screens())

    def switch(self) -> bool:
        """Hide this board and show nobody, or the other way round; whether it is shown now."""
        self.close()
        self.is_on, self.hides = not self.is_on, self.is_on
        self._show()
        return self.is_on

    # -- leaving --------------------------------------------------------------------------

    def close(self) -> None:
        """This board is left, or shows another database from now on."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        self.people, self.following = (), None
        self._written_at, self._file = -BEAT, None
