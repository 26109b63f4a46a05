"""Detects the format of a file by its beginning."""

from __future__ import annotations

import re
from pathlib import Path

from vsm.connect.files.columns import listed
from vsm.connect.files.file_head import Head
from vsm.connect.files.registry import FORMATS, READABLE, Format
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line

_OURS = re.compile(rb'"schema":\s*"vsm\.(journal|snapshot)/')
_INSTEAD = {
    b"journal": "vsm --db NEW.db import journal FILE makes the same database from it",
    b"snapshot": "it holds figures, not all that happened: import what vsm export journal wrote",
}
_DOCUMENTS = (b"{", b"[", b"<")
"""How files begin that are no tables."""


def format_of(path: Path) -> str:
    """The name of the format of a file; raises :class:`BadInput` for an unknown one."""
    return look_at(path)[0].name


def look_at(path: Path) -> tuple[Format, Head]:
    """The format of a file and its beginning; raises :class:`BadInput` for an unknown one."""
    with Source(path) as source:
        data = next(source.blocks(1 << 16), b"").removeprefix(b"\xef\xbb\xbf").lstrip()
        name = source.name
    ours = _OURS.search(data[:200])
    if ours is not None:
        raise BadInput(f"{name} is a {ours[1].decode()} of vsm", _INSTEAD[ours[1]])
    head = Head(data)
    if not head.begins(*_DOCUMENTS):
        with Source(path) as source:
            table = Table(source, Dialect())
            head = Head(data, tuple(table.header), next(table.chunks(), ()))
    for known in FORMATS.values():
        if known.load().matches(head):
            return known, head
    columns = f", with the columns {inert_line(listed(head.header))}" if head.header else ""
    raise BadInput(
        f"{name}: unknown file format{columns}",
        f"vsm reads {READABLE}; name the format if it is one of these: vsm import FORMAT FILE",
    )
