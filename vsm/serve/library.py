"""The places where the SSH library is more generous than a server should be, mended.

Each reaches into what the library keeps for itself, so tests hold each to what it is for.
"""

from __future__ import annotations

import zlib
from typing import Any

from asyncssh import compression
from asyncssh.rsa import RSAKey

PACKET_MOST = 1 << 20
"""Bytes of a packet once it is unpacked; what a client sends is far shorter."""


class Bounded(compression.Decompressor):
    """Unpacks what a client sends, but no packet that would fill the memory."""

    def __init__(self) -> None:
        self._unpacking = zlib.decompressobj()

    def decompress(self, data: bytes) -> bytes | None:
        """Unpack; ``None`` ends the connection."""
        try:
            unpacked = self._unpacking.decompress(data, PACKET_MOST)
        except zlib.error:
            return None
        return None if self._unpacking.unconsumed_tail else unpacked


class Nothing(dict[bytes, bytes]):
    """Keeps nothing of the environment that a client sends, for as long as it sends it."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        """Leave it out."""


def harden() -> None:
    """Unpack within bounds, and take no signature by SHA-1."""
    compression._cmp_decompressors[b"zlib@openssh.com"] = Bounded
    RSAKey.all_sig_algorithms = {b"rsa-sha2-256", b"rsa-sha2-512"}


def keep_no_environment(channel: Any) -> None:
    """Drop the environment of a channel as it comes."""
    channel._env = Nothing()
