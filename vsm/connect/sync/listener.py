"""Listens for webhooks on this computer; behind a proxy that has a name and a certificate.

The signature is checked before anything else is done with a body, and the body is never parsed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from vsm.connect.sync.hints import put_hint
from vsm.connect.sync.secret import Secret
from vsm.connect.sync.signatures import delivery_id, is_genuine

BODY_MAX = 5 << 20
"""Most bytes of a delivery."""
SECONDS = 10
"""Seconds that a sender has for a delivery."""


class Hook(NamedTuple):
    """What is listened for under ``/NAME``: the secret, and where hints are queued."""

    secret: Secret
    folder: Path


def make_listener(
    hooks: Mapping[str, Hook], port: int, log: Callable[[str], None]
) -> ThreadingHTTPServer:
    """A server on the loopback address; ``log`` gets one line a delivery, without its content."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "vsm", ""

        def log_message(self, *args: object) -> None:
            """The lines of the library would repeat what a sender wrote."""

        def do_POST(self) -> None:
            self.close_connection = True
            status, words = self._take()
            log(f"{status} {words}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _take(self) -> tuple[int, str]:
            name = self.path.strip("/")
            hook = hooks.get(name)
            size = self.headers.get("Content-Length", "")
            if hook is None:
                return 404, "no such source"
            if not size.isdigit():
                return 411, f"{name}: no length"
            if int(size) > BODY_MAX:
                return 413, f"{name}: too large"
            body = self._read(int(size))
            if body is None:
                return 408, f"{name}: too slow"
            headers = {key.lower(): value for key, value in self.headers.items()}
            if not is_genuine(hook.secret.reveal(), headers, body, time.time()):
                return 401, f"{name}: the signature is wrong or missing"
            is_new = put_hint(hook.folder, delivery_id(headers, body))
            return 202, f"{name}: {'queued' if is_new else 'known already'}"

        def _read(self, size: int) -> bytes | None:
            """The body, ``None`` where it takes too long: each part has a time, and the whole."""
            deadline = time.monotonic() + SECONDS
            parts: list[bytes] = []
            while size:
                if time.monotonic() > deadline:
                    return None
                try:
                    part = self.rfile.read1(min(size, 1 << 16))
                except OSError:
                    return None
                if not part:
                    return None
                parts.append(part)
                size -= len(part)
            return b"".join(parts)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server
