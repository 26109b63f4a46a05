"""A wire between a host and its server that loses what a test wants lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.cluster.postgres import free_port


class Wire:
    """Passes bytes between a port of its own and a server's, until it is cut.

    ``lose`` is asked with what a host sends: ``"before"`` cuts the wire instead of passing it on,
    ``"after"`` passes it on and cuts the wire for the answer, anything else passes it on. While it
    ``swallows``, nothing comes through and nobody is told.
    """

    def __init__(self, server: int, lose: Callable[[bytes], str] = lambda _: "") -> None:
        self.port = free_port()
        self.lose = lose
        self.swallows = False
        self.refuses = False
        self._server = server
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                host, _ = self._listener.accept()
                if self.refuses:
                    host.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._server))
                self._ends += [host, server]
                for source, target, is_host in ((host, server, True), (server, host, False)):
                    args = (source, target, is_host)
                    threading.Thread(target=self._pass, args=args, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_host: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if self.swallows:
                    continue
                lost = self.lose(data) if is_host else ""
                if lost == "after":
                    # whatever the server answers goes nowhere
                    source.shutdown(socket.SHUT_RDWR)
                elif lost == "before":
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut everything."""
        for end in (self._listener, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
