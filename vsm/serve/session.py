"""One session over SSH: its pseudo-terminal, and the bytes between it and the client."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import time
from typing import TYPE_CHECKING, Any, Protocol

import asyncssh

from vsm.serve.forks import ForkFailed, Forks, NoAnswer
from vsm.serve.library import keep_no_environment
from vsm.serve.log import Event
from vsm.serve.settings import Limits
from vsm.serve.terminal_request import Terminal, requested, set_size, sized
from vsm.terminal_modes import RESTORE

if TYPE_CHECKING:
    Channel = asyncssh.SSHServerChannel[bytes]

READ = 65536
"""Bytes of one read of what a session writes."""
WAITING = 65536
"""Bytes of input that wait for a session before the client is asked to hold."""
UP = 1024
"""Bytes that a session has written when its first picture is on the way."""
UP_WITHIN = 5.0
LAST_WORDS = 1.0
"""Seconds for which a session whose terminal is closed may keep its exit code to itself."""


class Keeper(Protocol):
    """The server, as far as a session needs it."""

    limits: Limits
    starting: asyncio.Semaphore

    @property
    def forks(self) -> Forks:
        """The process that sessions are forked from now."""

    def began(self, session: Served) -> str | None:
        """A session begins; a text says why it may not."""

    def renew(self) -> None:
        """Fork from another process from now on."""

    def runs(self, session: Served) -> None:
        """The session has a process now."""

    def ended(self, session: Served) -> None:
        """A session is over."""

    def note(self, event: Event, **facts: object) -> None:
        """Write a line to the log."""


class Guest(Protocol):
    """Whoever has logged in."""

    @property
    def address(self) -> str:
        """Where the guest came from."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key."""

    @property
    def member(self) -> str:
        """The login that acts."""

    @property
    def role(self) -> str | None:
        """The most that the key may do."""


class Served(asyncssh.SSHServerSession[bytes]):
    """A session of one guest. Anything but a shell on a terminal is refused."""

    source = "ssh"
    """What the journal calls the door."""

    def __init__(self, keeper: Keeper, guest: Guest) -> None:
        self._keeper = keeper
        self.guest = guest
        self.terminal: Terminal | None = None
        self.name = os.urandom(8).hex()
        """What the journal and the log call this session."""
        self.process = 0
        """The number of the session's process, 0 without one."""
        self.forks: Forks | None = None
        self.reason = ""
        """Why it was ended from here."""
        self.last_key = time.monotonic()
        self._channel: Channel | None = None
        self._master: int | None = None
        self._to_session = bytearray()
        self._bytes_in = self._bytes_out = 0
        self._begun = time.monotonic()
        self._up = asyncio.Event()
        self._held_since: float | None = None
        self._counted = False
        self.is_over = False
        self._code: int | None = None

    # -- what a client asks for --------------------------------------------------------

    def connection_made(self, chan: Any) -> None:
        """The channel is open."""
        self._channel = chan
        keep_no_environment(chan)

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any
    ) -> bool:
        """Take the terminal as far as it is believed."""
        self.terminal = requested(term_type, term_size)
        return True

    def shell_requested(self) -> bool:
        """A board needs a terminal."""
        if self.terminal is None:
            return self._refuse("no terminal: log in with ssh -t")
        if self.terminal.is_dumb:
            return self._refuse("this terminal cannot show a screen: its TERM is dumb")
        return True

    def exec_requested(self, command: str) -> bool:
        """No commands: there is no shell behind this."""
        return self._refuse("only the board is served here, no commands: log in without one")

    def subsystem_requested(self, subsystem: str) -> bool:
        """No files either."""
        return self._refuse("only the board is served here, no file transfer")

    def _refuse(self, why: str) -> bool:
        self._keeper.note(Event.REFUSED, **self._who(), reason=why.partition(":")[0])
        if self._channel is not None:
            self._channel.write_stderr(f"vsm: {why}\r\n".encode())
        return False

    def _who(self) -> dict[str, object]:
        guest = self.guest
        return {"peer": guest.address, "fingerprint": guest.fingerprint, "member": guest.member}

    # -- beginning ---------------------------------------------------------------------

    def session_started(self) -> None:
        """Begin, as soon as it is this session's turn."""
        why = self._keeper.began(self)
        self._counted = True
        if why is not None:
            self._say_and_close(why)
            return
        asyncio.get_running_loop().create_task(self._begin())

    async def _begin(self) -> None:
        async with self._keeper.starting:
            if self._gone:
                return
            try:
                await self._fork()
            except (ForkFailed, OSError) as error:
                if isinstance(error, NoAnswer):
                    self._keeper.renew()
                self._keeper.note(Event.LIMIT, **self._who(), reason=str(error))
                self._say_and_close("no more sessions can be started now: try again in a minute")
                return
            # Whoever comes next waits for this picture, and gets its own sooner for it.
            try:
                await asyncio.wait_for(self._up.wait(), UP_WITHIN)
            except TimeoutError:
                return

    async def _fork(self) -> None:
        terminal = self.terminal or Terminal()
        master, slave = pty.openpty()
        try:
            os.set_blocking(master, False)
            set_size(master, terminal.columns, terminal.rows)
            self.forks = self._keeper.forks
            order = {
                "actor": self.guest.member,
                "session": self.name,
                "source": self.source,
                "role": self.guest.role,
                # As sshd does: what is drawn goes over a line.
                "environment": {**terminal.environment, "SSH_TTY": "served"},
            }
            self.process = await self.forks.fork(slave, order)
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        self._master = master
        self._keeper.runs(self)
        self._keeper.note(
            Event.SESSION_START,
            **self._who(),
            session=self.name,
            process=self.process,
            secs=round(time.monotonic() - self._begun, 3),
        )
        if self._gone or self.reason:  # the client left, or had to, while its session was made
            self.end("left")
            self._drop_terminal()
            return
        asyncio.get_running_loop().add_reader(master, self._read)
        self._write_to_session()

    # -- output --------------------------------------------------------------------------

    @property
    def _gone(self) -> bool:
        return self._channel is None or self._channel.is_closing()

    def _read(self) -> None:
        assert self._master is not None
        try:
            data = os.read(self._master, READ)
        except BlockingIOError:
            return
        except OSError:  # nobody has the terminal any more
            data = b""
        if not data:
            self._drop_terminal()
            if self._code is not None or self.forks is None or self.forks.is_gone:
                self._finish()
            else:
                asyncio.get_running_loop().call_later(LAST_WORDS, self._finish)
            return
        self._bytes_out += len(data)
        if self._bytes_out >= UP:
            self._up.set()
        if self._channel is not None and not self._gone:
            self._channel.write(data)

    def pause_writing(self) -> None:
        """The client does not read: neither is the session read, so it waits and nothing grows."""
        self._held_since = time.monotonic()
        if self._master is not None:
            asyncio.get_running_loop().remove_reader(self._master)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._held_since = None
        if self._master is not None:
            asyncio.get_running_loop().add_reader(self._master, self._read)

    # -- input ---------------------------------------------------------------------------

    def data_received(self, data: bytes, datatype: Any) -> None:
        """Keys, for the session to read in its own time."""
        self.last_key = time.monotonic()
        self._bytes_in += len(data)
        self._to_session += data
        if len(self._to_session) > WAITING and self._channel is not None:
            self._channel.pause_reading()
        self._write_to_session()

    def _write_to_session(self) -> None:
        if self._master is None:
            return
        loop = asyncio.get_running_loop()
        try:
            while self._to_session:
                written = os.write(self._master, self._to_session[:READ])
                del self._to_session[:written]
        except BlockingIOError:
            loop.add_writer(self._master, self._write_to_session)
        except OSError:
            self._to_session.clear()
        else:
            loop.remove_writer(self._master)
        if len(self._to_session) <= WAITING // 2 and self._channel is not None:
            self._channel.resume_reading()

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """The client's window has another size."""
        columns, rows = sized(width, height)
        if self.terminal is not None:
            self.terminal = self.terminal._replace(columns=columns, rows=rows)
        if self._master is not None:
            set_size(self._master, columns, rows)

    def eof_received(self) -> bool:
        """Nothing more is typed: leave."""
        self.end("closed by the client")
        return True

    # -- the end -------------------------------------------------------------------------

    def look_at_clock(self, now: float) -> None:
        """End a session that nobody has used, or read, for too long."""
        limits = self._keeper.limits
        if self.reason:
            return
        if self._held_since is not None and now - self._held_since > limits.unread:
            self.end("what it was sent was not read")
            if self._channel is not None:
                self._channel.abort()
        elif now - self.last_key > limits.idle:
            hours = limits.idle / 3600
            self.end(f"no key was pressed for {hours:g} hours")

    def end(self, reason: str) -> None:
        """Ask the session to leave, and end it where it does not."""
        if not self.reason:
            self.reason = reason
        if self.forks is None or self.forks.is_gone:
            self._drop_terminal()  # the system tells a session that nobody can send a signal to
            self._finish()
        elif self._code is None:
            self.forks.end(self.process, signal.SIGHUP)
            asyncio.get_running_loop().call_later(self._keeper.limits.end, self._kill)

    def _kill(self) -> None:
        if self._code is None and self.forks is not None:
            self.forks.end(self.process, signal.SIGKILL)

    def process_ended(self, code: int) -> None:
        """The process is over; what it wrote last is read by then or follows."""
        self._code = code
        if code < 0 and not self.reason:
            self.reason = f"the board was ended from outside (signal {-code})"
        if self._master is None:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone: the session leaves, and keeps what was half typed."""
        self._channel = None
        self._drop_terminal()
        self.end("the connection was lost" if exc is not None else "closed")
        self._finish()

    def _drop_terminal(self) -> None:
        """Close our end; the system tells the session that its terminal has hung up."""
        if self._master is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._master)
            loop.remove_writer(self._master)
            os.close(self._master)
            self._master = None

    def _say_and_close(self, text: str) -> None:
        self.reason = self.reason or text
        self._finish()

    def _finish(self) -> None:
        """Close the channel, with the reason where it was not the guest who left."""
        self._up.set()
        self.is_over = True
        if self._counted:
            self._counted = False
            self._keeper.note(
                Event.SESSION_END,
                **self._who(),
                session=self.name,
                process=self.process or None,
                bytes_in=self._bytes_in,
                bytes_out=self._bytes_out,
                secs=round(time.monotonic() - self._begun, 1),
                reason=self.reason or (f"ended with {self._code}" if self._code else None),
            )
            self._keeper.ended(self)
        if self._channel is not None and not self._gone:
            if self.reason:
                back = RESTORE if self._bytes_out else ""
                self._channel.write(f"{back}vsm: {self.reason}\r\n".encode())
            self._channel.exit(1 if self.reason else max(0, self._code or 0))
