"""One connection: which key it shows, whose it is, and that nothing but the board is to be had."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import asyncssh

from vsm.model.errors import VsmError
from vsm.model.sanitise import inert_line
from vsm.serve.attempts import Attempts
from vsm.serve.log import Event
from vsm.serve.session import Keeper, Served

if TYPE_CHECKING:
    from vsm.serve.keys import Keys, ServedKey


QUICK = getattr(socket, "TCP_QUICKACK", None)
"""The option of a socket that acknowledges at once; only Linux has it."""
BEAT = 0.005
LOGIN_USUALLY = 1.0
"""Seconds that a login takes at most, where nothing is in its way."""


class DoorKeeper(Keeper, Protocol):
    """The server, as far as a connection needs it."""

    @property
    def attempts(self) -> Attempts[Door]:
        """Who waits, and how often an address has failed."""

    keys: Keys
    ask: str

    def opened(self, door: Door) -> bool:
        """Somebody is connected; ``False`` where there is no room."""

    def connections_of(self, fingerprint: str) -> int:
        """The number of connections that a key has open."""

    def closed(self, door: Door) -> None:
        """The connection is over."""


class Door(asyncssh.SSHServer):
    """A connection, and once a key of it was taken the guest who came through."""

    def __init__(self, keeper: DoorKeeper) -> None:
        self._keeper = keeper
        self._connection: asyncssh.SSHServerConnection | None = None
        self._waits = False
        self._tried: list[str] = []
        self._refusals = 0
        self._delayed = 0.0
        self._used = time.monotonic()
        self._user = ""
        self._key: ServedKey | None = None
        self._explained = False
        self.address = ""
        self.sessions: list[Served] = []
        self.is_in = False

    # -- who it is -----------------------------------------------------------------------

    @property
    def key(self) -> ServedKey:
        """The key that let the guest in."""
        assert self._key is not None
        return self._key

    @property
    def fingerprint(self) -> str:
        """The fingerprint of that key."""
        return self.key.fingerprint

    @property
    def member(self) -> str:
        """The login that acts: the key says so, never the name that the client gives."""
        return self.key.member

    @property
    def role(self) -> str | None:
        """The most that this key may do; ``None`` where only the grants of its member count."""
        return None if self.key.role is None else str(self.key.role)

    # -- coming in -----------------------------------------------------------------------

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Somebody connects; floods end here."""
        self._connection = conn
        peer = conn.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        if not self._keeper.opened(self):
            self.give_way("connections in all")
            return
        self._waits = True
        longest = self._keeper.attempts.begin(self.address, self)
        if longest is not None:
            longest.give_way("too many connections that have not logged in")
        self._acknowledge(round(LOGIN_USUALLY / BEAT))
        self._keeper.note(Event.CONNECT, peer=self.address)

    def give_way(self, why: str) -> None:
        """End a connection that there is no room for."""
        self._keeper.note(Event.LIMIT, peer=self.address, reason=why)
        if self._connection is not None:
            self._connection.abort()

    def _acknowledge(self, times: int) -> None:
        """Have what comes in acknowledged at once, which the system forgets again and again.

        The clients of OpenSSH send nothing more meanwhile: a login takes 100 ms instead of 15.
        """
        if self._connection is None or not self._waits or not times or QUICK is None:
            return
        line = self._connection.get_extra_info("socket")
        if line is None:  # it has gone
            return
        with suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, QUICK, 1)
        asyncio.get_running_loop().call_later(BEAT, self._acknowledge, times - 1)

    def begin_auth(self, username: str) -> bool:
        """Everybody needs a key; the name is only noted."""
        self._user = inert_line(username)[:60]
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are what is asked for."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key may come in now; a key that may not waits the longer the more often."""
        fingerprint = key.get_fingerprint()
        keeper = self._keeper
        self._key = None
        try:
            known = await asyncio.to_thread(keeper.keys.find, fingerprint)
        except VsmError as error:
            keeper.note(Event.AUTH_FAIL, peer=self.address, reason=error.message)
            return False  # no fault of whoever shows it
        why = "this key is not known"
        if known is not None:
            fault = keeper.keys.valid(known, time.time_ns() // 1000, self.address)
            if fault is None:
                self._key = known
                return True
            why = fault
        await self._refuse(fingerprint, why)
        return False

    async def _refuse(self, fingerprint: str, why: str) -> None:
        """Note that a key was refused, and answer the later the more of them there were."""
        keeper = self._keeper
        keeper.note(
            Event.AUTH_FAIL, peer=self.address, fingerprint=fingerprint, user=self._user, reason=why
        )
        now = time.monotonic()
        keeper.attempts.failed(self.address, now)
        if fingerprint not in self._tried:
            self._tried.append(fingerprint)
        self._refusals += 1  # each request: the same key again is another try
        if self._refusals >= keeper.limits.tries and self._connection is not None:
            self._connection.disconnect(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "too many keys that are not known"
            )
        # In all so little that a good key behind others still comes in time.
        wait = min(
            keeper.attempts.delay(self.address, now), keeper.limits.login / 3 - self._delayed
        )
        self._delayed += max(0.0, wait)
        await asyncio.sleep(max(0.0, wait))

    def kbdint_auth_supported(self) -> bool:
        """Nothing is asked: this is where a client shows why its keys were refused."""
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        """Say once which keys were shown, and who can help."""
        if self._explained:
            return False
        self._explained = True
        if self._tried:
            keys = "\n".join(f"  {fingerprint}" for fingerprint in self._tried)
            said = f"None of your keys may come in here:\n{keys}"
        else:
            said = "This server knows people by their SSH keys, and yours has shown none."
        whom = self._keeper.ask or "whoever runs this board"
        return (
            "vsm",
            f"{said}\nSend your public key (the file that ends in .pub) to {whom}.",
            "",
            [],
        )

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        """Nobody comes in without a key."""
        return False

    def auth_completed(self) -> None:
        """The key was proved."""
        self.is_in = True
        self._used = time.monotonic()
        self._settle()
        keeper = self._keeper
        keeper.attempts.succeeded(self.address)
        asyncio.get_running_loop().run_in_executor(
            None, keeper.keys.used, self.fingerprint, time.time_ns() // 1000
        )
        keeper.note(
            Event.AUTH_OK,
            peer=self.address,
            fingerprint=self.fingerprint,
            member=self.member,
            user=self._user if self._user != self.member else None,
        )
        if keeper.connections_of(self.fingerprint) > keeper.limits.sessions_of_key:
            self.give_way("connections of a key")

    # -- what is to be had ---------------------------------------------------------------

    def session_requested(self) -> Any:
        """A session, as long as this connection has not many already."""
        limits = self._keeper.limits
        self.sessions = [session for session in self.sessions if not session.is_over]
        if len(self.sessions) >= limits.sessions_of_connection:
            self._keeper.note(
                Event.LIMIT,
                peer=self.address,
                member=self.member,
                reason="sessions of a connection",
            )
            return False
        session = Served(self._keeper, self)
        self.sessions.append(session)
        return session

    # -- leaving -------------------------------------------------------------------------

    def revoke(self, why: str) -> None:
        """Close the sessions of a key that may not come in any more, and the connection."""
        self.is_in = False
        self._keeper.note(
            Event.REVOKED,
            peer=self.address,
            fingerprint=self.fingerprint,
            member=self.member,
            reason=why,
        )
        for session in self.sessions:
            session.end(f"your key may not come in any more: {why}")
        if self._connection is not None:
            connection = self._connection
            asyncio.get_running_loop().call_later(0.5, connection.close)

    def look_at_clock(self, now: float) -> None:
        """Close a connection over which nobody has a board."""
        if any(not session.is_over for session in self.sessions):
            self._used = now
        elif self.is_in and now - self._used > self._keeper.limits.without_session:
            self.give_way("no board was opened")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._settle()
        self._keeper.closed(self)

    def _settle(self) -> None:
        if self._waits:
            self._waits = False
            self._keeper.attempts.end(self.address, self)
