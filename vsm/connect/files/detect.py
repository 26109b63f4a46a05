"""Detects the format of a file by its beginning."""

from __future__ import annotations

import re
from pathlib import Path

from vsm.connect.files import actionableagile, event_csv, startfinish
from vsm.connect.files.columns import listed, recognise
from vsm.connect.files.source import Source
from vsm.connect.files.table import Dialect, Table
from vsm.model.errors import BadInput
from vsm.model.sanitise import inert_line

NAME_IT = "name the format: vsm import --help lists them"

_OURS = re.compile(rb'"schema":\s*"vsm\.(journal|snapshot)/')
_INSTEAD = {
    b"journal": "vsm --db NEW.db import journal FILE makes the same database from it",
    b"snapshot": "it holds figures, not all that happened: import what vsm export journal wrote",
}


def format_of(path: Path) -> str:
    """The name of the format of a file; raises :class:`BadInput` for an unknown one."""
    with Source(path) as source:
        head = next(source.blocks(1 << 16), b"")
        name = source.name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    ours = _OURS.search(head[:200])
    if ours is not None:
        raise BadInput(f"{name} is a {ours[1].decode()} of vsm", _INSTEAD[ours[1]])
    if start in (b"{", b"["):
        return "jira"
    if start == b"<":
        return "xes"
    with Source(path) as source:
        header = Table(source, Dialect()).header
    roles = recognise(header, actionableagile.ROLES)
    if header[0].casefold() == "id" and {"link", "title"} <= roles.keys():
        return "actionableagile"
    for known, module in (("csv", event_csv), ("startfinish", startfinish)):
        needed = {role.name for role in module.ROLES if role.needed}
        if needed <= recognise(header, module.ROLES).keys():
            return known
    raise BadInput(
        f"{name}: unknown file format, with the columns {inert_line(listed(header))}",
        NAME_IT,
    )
