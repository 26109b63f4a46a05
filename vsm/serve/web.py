"""The board in a browser: a page, and a websocket for each tab, whose session is forked as ever.

Page and terminal are those of textual-serve, which is only read from: the processes, the limits
and the log are those of sessions over SSH.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from string import Template

import textual_serve
from aiohttp import WSMsgType, web

from vsm.model.errors import EnvironmentProblem
from vsm.serve.listener import Acceptor, Listener
from vsm.serve.log import Event
from vsm.serve.session import Served
from vsm.serve.settings import Settings
from vsm.serve.web_access import Access, NotLetIn, address_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC = Path(textual_serve.__file__).parent / "static"
PAGE = Template(Path(__file__).with_name("web_page.html").read_text(encoding="utf-8"))
SCRIPT = Path(__file__).with_name("web_page.js").read_text(encoding="utf-8")
TERMINAL = "xterm-direct"
"""The terminal of the page shows all colours."""
WAITING = 65536
"""Bytes of output that wait for a browser before its session is held."""
MESSAGE = 4 * 2**20
"""Bytes of the longest message of a browser."""
BEAT = 15.0
"""Seconds between two looks at whether a browser is still there."""
LEFT_WITHIN = 3.0
"""Seconds that a new tab waits for an old one of the same person, which keeps its place and text.

A page that is loaded anew opens the one while the other leaves.
"""
LOOK_EVERY = 0.05
_SIZE = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever the proxy let in."""

    member: str
    address: str
    role: str | None
    fingerprint: str = ""


class Tab(Served):
    """A session in a tab of a browser."""

    source = "web"

    def take(self, text: str) -> None:
        """Take a message of the page: keys, or a size; others say nothing that is needed."""
        with suppress(ValueError, TypeError, LookupError, RecursionError):
            kind, value, *_ = json.loads(text)
            if kind == "stdin" and isinstance(value, str):
                self.data_received(value.encode("utf-8", "replace"), None)
            elif kind == "resize":
                width, height = value["width"], value["height"]
                if isinstance(width, int) and isinstance(height, int):
                    self.terminal_size_changed(width, height, 0, 0)


class Wire:
    """A websocket in the place of an SSH channel: what waits to be sent, and who has to hold."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, tab: Tab) -> None:
        self._socket = socket
        self._request = request
        self._tab = tab
        self._waiting = bytearray()
        self._more = asyncio.Event()
        self._is_over = self._tab_holds = False
        self.is_held = False
        """Whether the session has enough to read."""

    def write(self, data: bytes) -> None:
        """Send, as soon as the browser takes it."""
        self._waiting += data
        self._more.set()
        if len(self._waiting) > WAITING and not self._tab_holds:
            self._tab_holds = True
            self._tab.pause_writing()

    async def send(self) -> None:
        """Send what is written, until the session is over."""
        with suppress(ConnectionError):
            while self._waiting or not self._is_over:
                await self._more.wait()
                self._more.clear()
                if data := bytes(self._waiting):
                    self._waiting.clear()
                    await self._socket.send_bytes(data)
                if self._tab_holds and not self._waiting and not self._is_over:
                    self._tab_holds = False
                    self._tab.resume_writing()
            await self._socket.close()

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._is_over or self._socket.closed or self._request.transport is None

    def pause_reading(self) -> None:
        """Read no more keys for now."""
        self.is_held = True

    def resume_reading(self) -> None:
        """Read keys again."""
        self.is_held = False

    def exit(self, code: int) -> None:
        """Close, once what was written is sent; by force where that takes too long."""
        self._is_over = True
        self._more.set()
        asyncio.get_running_loop().call_later(BEAT, self.abort)

    def abort(self) -> None:
        """Close at once."""
        self._is_over = True
        self._more.set()
        if self._request.transport is not None:
            self._request.transport.abort()


class WebListener(Listener):
    """Serves a database to browsers that come through a proxy."""

    def __init__(self, settings: Settings, access: Access) -> None:
        super().__init__(settings)
        self.access = access
        self._runner: web.AppRunner | None = None
        self._running: dict[int, Served] = {}

    async def _listen(self) -> Acceptor:
        for name in ("aiohttp.server", "aiohttp.web", "aiohttp.websocket"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # they would name what was sent
        application = web.Application(middlewares=[self._let_in])
        application.router.add_get("/", self._show_page)
        application.router.add_get("/ws", self._open_tab)
        application.router.add_get("/page.js", self._show_script)
        application.router.add_static("/static", STATIC)
        application.on_response_prepare.append(self._protect)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        settings = self.settings
        assert self._runner.server is not None
        try:
            acceptor = await asyncio.get_running_loop().create_server(
                self._runner.server, settings.host, settings.port
            )
        except OSError as error:
            raise EnvironmentProblem(
                f"port {settings.port} cannot be listened at: {os.strerror(error.errno or 0)}",
                "choose another one with --port, or end what has it",
            ) from error
        self.port = acceptor.sockets[0].getsockname()[1]
        return acceptor

    async def _end_all(self) -> None:
        await super()._end_all()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _look_at_keys(self) -> None:
        """There are none: the proxy knows who may come in."""

    def runs(self, session: Served) -> None:
        """A tab has a process now."""
        super().runs(session)
        self._running[session.process] = session

    def _process_ended(self, process: int, code: int) -> None:
        self._running.pop(process, None)
        super()._process_ended(process, code)

    def _forks_lost(self) -> None:
        self._running.clear()  # nobody says any more which of them have ended
        super()._forks_lost()

    async def _wait_for_old_tabs(self, member: str) -> None:
        until = time.monotonic() + LEFT_WITHIN
        while time.monotonic() < until and any(
            old.is_over and old.guest.member == member for old in self._running.values()
        ):
            await asyncio.sleep(LOOK_EVERY)

    @web.middleware
    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody see anything without the secret of the proxy and a name."""
        address = address_of(request.headers, request.remote)
        try:
            member = self.access.person(request.headers)
            if request.path == "/ws":
                self.access.check_origin(request.headers)
        except NotLetIn as error:
            self.note(Event.REFUSED, peer=address, reason=str(error).partition(":")[0])
            raise web.HTTPForbidden(text=f"vsm: {error}\n") from error
        at_most = self.access.at_most
        request["person"] = Person(member, address, None if at_most is None else str(at_most))
        return await handler(request)

    async def _protect(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the browser load nothing from elsewhere, and show the page inside no other."""
        response.headers.update(
            {
                "Content-Security-Policy": "default-src 'none'; script-src 'self'; font-src 'self';"
                " style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none';"
                f" connect-src {self.access.websocket}; form-action 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options": "nosniff",
                "X-Frame-Options": "DENY",
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "no-store" if request.path == "/" else "no-cache",
                "Server": "vsm",
            }
        )

    async def _show_page(self, request: web.Request) -> web.Response:
        text = PAGE.substitute(
            url=self.access.url, static=f"{self.access.url}/static", socket=self.access.websocket
        )
        return web.Response(text=text, content_type="text/html")

    async def _show_script(self, request: web.Request) -> web.Response:
        return web.Response(text=SCRIPT, content_type="text/javascript")

    async def _open_tab(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=BEAT, max_msg_size=MESSAGE, timeout=1.0)
        await socket.prepare(request)
        tab = Tab(self, request["person"])
        wire = Wire(socket, request, tab)
        tab.connection_made(wire)
        tab.pty_requested(TERMINAL, (_size(request, "width"), _size(request, "height"), 0, 0), None)
        sending = asyncio.get_running_loop().create_task(wire.send())
        try:
            await self._wait_for_old_tabs(tab.guest.member)
            tab.session_started()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    tab.take(message.data)
                while wire.is_held and not wire.is_closing():
                    await asyncio.sleep(LOOK_EVERY)
        finally:
            tab.connection_lost(None)
            sending.cancel()
        return socket


def _size(request: web.Request, name: str) -> int:
    """A size of the terminal; 0 where the page does not know it."""
    text = request.query.get(name, "")
    return int(text) if _SIZE.fullmatch(text) else 0
