"""A browser, as far as the page of the board needs one: a websocket and a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.serve.served import Server, Session

URL = "https://board.test"


@dataclass
class Tab(Session):
    """One tab: ``connection`` is its websocket."""

    _sending: list[Any] = field(default_factory=list)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in self.connection:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.sent += message.data
        self.ended = True

    def press(self, keys: str | bytes) -> None:
        """Type."""
        self.say("stdin", keys if isinstance(keys, str) else keys.decode())

    def say(self, *message: Any) -> None:
        """Send a message as the page does."""
        self.send(json.dumps(message))

    def send(self, text: str) -> None:
        """Send a text, whatever it is."""
        self._sending.append(asyncio.ensure_future(self.connection.send_str(text)))


def headers(server: Server, user: str = "anna") -> dict[str, str]:
    """The headers that the proxy and the browser send."""
    secret = server.database.with_suffix(".secret").read_text().strip()
    return {"X-Forwarded-User": user, "X-Vsm-Secret": secret, "Origin": URL}


def _small_socket(address: Any) -> socket.socket:
    """A socket in which little waits, so that a server notices soon that nobody reads."""
    end = socket.socket(family=address[0], type=address[1], proto=address[2])
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    return end


@asynccontextmanager
async def tab(server: Server, user: str = "anna", size: str = "100x30") -> AsyncIterator[Tab]:
    """A person with the board in a tab; it goes away at the end, without a word."""
    width, height = size.split("x")
    address = f"http://127.0.0.1:{server.port}/ws?width={width}&height={height}"
    connector = aiohttp.TCPConnector(socket_factory=_small_socket)
    async with aiohttp.ClientSession(connector=connector) as browser:
        websocket = await browser.ws_connect(address, headers=headers(server, user))
        opened = Tab(websocket, None)
        yield opened
        opened.reading.cancel()
        response = websocket._response
        if response.connection is not None and response.connection.transport is not None:
            response.connection.transport.abort()
        response.close()
