"""A browser, as far as the page of the board needs one: a websocket and a terminal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.serve.served import Server, Session

ORIGIN = "https://board.test"


@dataclass
class Tab(Session):
    """One tab: ``connection`` is its websocket."""

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionError):
            async for message in self.connection:
                if message.type is aiohttp.WSMsgType.BINARY:
                    self.sent += message.data
        self.ended = True

    def press(self, keys: str | bytes) -> None:
        """Type; what the browser sends is on its way at once."""
        text = keys if isinstance(keys, str) else keys.decode()
        self.say("stdin", text)

    def say(self, *message: Any) -> None:
        """Send a message as the page does."""
        self.raw(json.dumps(message))

    def raw(self, text: str) -> None:
        """Send a text, whatever it is."""
        import asyncio

        task = asyncio.ensure_future(self.connection.send_str(text))
        self._sending = task


def headers(server: Server, user: str | None = "anna", **changed: str | None) -> dict[str, str]:
    """The headers that the proxy and the browser send; ``None`` leaves one out."""
    values = {
        "X-Forwarded-User": user,
        "X-Vsm-Secret": server.database.with_suffix(".secret").read_text().strip(),
        "Origin": ORIGIN,
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return {name: value for name, value in values.items() if value is not None}


@asynccontextmanager
async def tab(
    server: Server, user: str = "anna", size: tuple[int, int] = (100, 30), **changed: str | None
) -> AsyncIterator[Tab]:
    """A person with the board in a tab, which is closed at the end."""
    address = f"http://127.0.0.1:{server.port}/ws?width={size[0]}&height={size[1]}"
    async with (
        aiohttp.ClientSession() as browser,
        browser.ws_connect(address, headers=headers(server, user, **changed)) as socket,
    ):
        opened = Tab(socket, None)
        yield opened
        opened.reading.cancel()
