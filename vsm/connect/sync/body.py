"""Limits of what a service may send: bytes, packed bytes, levels of JSON."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from typing import Any

BODY_MAX = 32 << 20
"""Most bytes of one answer, as sent and as unpacked."""
DEPTH_MAX = 100
"""Most levels of lists and objects."""
_NO_BRACKETS = bytes(c for c in range(256) if c not in b"[]{}")
_PAIR = re.compile(rb"\[\]|\{\}")
_GZIP = 16 + zlib.MAX_WBITS


class BadBody(ValueError):
    """An answer that is not used; ``again`` where it may be whole the next time."""

    def __init__(self, message: str, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


def gather(chunks: Iterable[bytes], encoding: str) -> bytes:
    """The bytes of an answer, unpacked; raises :class:`BadBody` before they are too many.

    Unpacking stops at the limit, so a small answer that unpacks to gigabytes costs no memory.
    """
    if encoding not in ("", "identity", "gzip"):
        raise BadBody(f"the answer is packed as {encoding[:20]!r}, which was not asked for")
    unpack = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    out: list[bytes] = []
    sent = size = 0
    for chunk in chunks:
        sent += len(chunk)
        if unpack is not None:
            try:
                chunk = unpack.decompress(chunk, BODY_MAX - size + 1)
            except zlib.error:
                raise BadBody("the answer cannot be unpacked", again=True) from None
        size += len(chunk)
        if size > BODY_MAX or sent > BODY_MAX:
            raise BadBody(f"the answer has more than {BODY_MAX >> 20} MiB")
        out.append(chunk)
    if unpack is not None and not unpack.eof:
        raise BadBody("the answer ends before its end", again=True)
    return b"".join(out)


def parse(data: bytes) -> Any:
    """The JSON of an answer; raises :class:`BadBody`."""
    from pydantic_core import from_json

    check_depth(data)
    try:
        return from_json(data)
    except ValueError:
        pass  # or it is JSON that only the other reads: halves of surrogate pairs, a BOM
    try:
        return json.loads(data)
    except RecursionError:
        raise BadBody("the answer is nested too deeply") from None
    except ValueError:
        raise BadBody("the answer is no whole JSON", again=True) from None


def check_depth(data: bytes) -> None:
    """Raise :class:`BadBody` for more than :data:`DEPTH_MAX` levels, before anything is parsed.

    Brackets within texts count too, so texts may hide levels; the decoder stops at a thousand.
    """
    brackets = data.translate(None, _NO_BRACKETS)
    for _ in range(DEPTH_MAX + 1):
        shorter = _PAIR.sub(b"", brackets)
        if len(shorter) == len(brackets):
            break  # nothing pairs: it is empty, or no JSON
        brackets = shorter
    else:
        raise BadBody(f"the answer has more than {DEPTH_MAX} levels")
    if brackets.count(b"[") + brackets.count(b"{") > DEPTH_MAX:
        raise BadBody(f"the answer has more than {DEPTH_MAX} levels")
