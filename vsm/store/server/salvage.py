"""Writes what only a replica has as commands that do it again, where its server lost changes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vsm.date_form import write_moment
from vsm.model.entities import TEAM
from vsm.model.errors import BadInput
from vsm.model.item import LinkKind
from vsm.model.rules import local
from vsm.model.sanitise import inert_line
from vsm.store import journal, membership
from vsm.store.changes import describe_entries
from vsm.store.id_names import Names
from vsm.store.server import tables as t
from vsm.store.server.connection import answered, dial, explained
from vsm.store.server.dsn import read_dsn
from vsm.store.sqlite import connect, explain, sqlite3

if TYPE_CHECKING:
    from vsm.model.event import Event, Recorded

_RELATIONS = {
    LinkKind.BLOCKS: "blocks",
    LinkKind.RELATES: "relates-to",
    LinkKind.PARENT: "parent-of",
}
_OPTIONS = {
    **{name: f"--{name}" for name in ("title", "type", "owner", "due", "estimate", "parent")},
    "service": "--class",
    "description": "--description",
}
"""Fields of an item by the option of its verbs that sets them."""
_HEADING = (
    "#!/bin/sh",
    "# What this machine has and the journal server has not, oldest first. Read it before you",
    "# run it, after vsm replica rebuild: others may have gone on, and every rule holds again.",
    "# A line that begins with # is to be done by hand; what is refused is said, and left out.",
)


class Salvaged(NamedTuple):
    """Entries ``first`` to ``last`` in ``groups`` groups, as the ``lines`` of a shell script."""

    first: int
    last: int
    groups: int
    lines: tuple[str, ...]


def salvaged(path: Path) -> Salvaged:
    """Read what a replica has after the last entry that its server has, too; changes nothing.

    Raises :class:`BadInput` for what is no replica.
    """
    conn = connect(path, write=False)
    try:
        of = membership.membership(conn)
        if of is None:
            raise BadInput(f"{path} is no replica", "name one with --db")
        common = _last_common(conn, of.dsn)
        rows = list(journal.read(conn, "WHERE seq > ?", (common,)))
        groups = [list(group) for _, group in groupby(rows, key=lambda r: r.grp)]
        lines = [line for group in groups for line in _lines(conn, path, group)]
    except sqlite3.Error as error:
        raise explain(error, path) from error
    finally:
        conn.close()
    last = rows[-1].seq if rows else common
    return Salvaged(common + 1, last, len(groups), (*_HEADING, *lines))


def _last_common(conn: sqlite3.Connection, text: str) -> int:
    """The last entry that both have: hashes are chained, so all before it are the same, too."""
    dsn = read_dsn(text, "the journal of this replica")
    server = dial(dsn)
    try:
        with explained(dsn):
            with answered(server):
                head = server.execute(t.HEAD).fetchone()
            low, high = 0, min(journal.head(conn)[0], int(head[0]) if head is not None else 0)
            while low < high:
                middle = (low + high + 1) // 2
                with answered(server):
                    there = server.execute(t.HASH, (middle,)).fetchone()
                same = there is not None and bytes(there[0]) == journal.hash_at(conn, middle)
                low, high = (middle, high) if same else (low, middle - 1)
        return low
    finally:
        server.close()


def _lines(conn: sqlite3.Connection, path: Path, group: Sequence[Recorded]) -> list[str]:
    names = Names(conn)
    first, changes = group[0], describe_entries(conn, group, names=names)
    when = write_moment(local(first.recorded_at, "UTC"))
    lines = ["", f"# {when} UTC, {inert_line(first.actor.name)}, entry {first.seq}"]
    for recorded, change in zip(group, changes, strict=True):
        words = _command(conn, recorded.event, names)
        if words is None:
            lines.append(f"# {inert_line(change.text)}")
        else:
            line = shlex.join(["vsm", "--db", str(path), "--as", recorded.actor.name, *words])
            lines.append(f"{line} || echo 'not done: entry {recorded.seq}'")
    return lines


def _command(conn: sqlite3.Connection, event: Event, names: Names) -> list[str] | None:
    """The words of a verb that does this again; ``None`` where none does."""
    from vsm.model import event as e

    match event:
        case e.ItemAdded():
            stage = ["--stream", names.stream(event.stream), "--stage", names.stage(event.stage)]
            fields = event.fields.model_dump(exclude_defaults=True, mode="json")
            title = fields.pop("title", "")
            return ["item", "add", *stage, "--key", event.key, *_fields(fields, names), "--", title]
        case e.ItemEdited():
            fields = {name: after for name, (_, after) in event.changes.items()}
            before, after = event.changes.get("labels", ((), ()))
            gone = [f"--no-label={label}" for label in before or () if label not in (after or ())]
            return ["item", "edit", names.key(event.item), *_fields(fields, names), *gone]
        case e.ItemMoved(how="move"):
            why = event.override.reason if event.override is not None else event.reason
            where = [names.key(event.item), names.stage(event.target)]
            return ["item", "move", *where, *_option("--reason", why)]
        case e.ItemMoved(how="drop"):
            return ["item", "drop", names.key(event.item), *_option("--reason", event.reason)]
        case e.ItemMoved():
            return ["item", "reopen", names.key(event.item), "--to", names.stage(event.target)]
        case e.ItemBlocked():
            what = [f"--kind={event.why.value}", f"--reason={event.reason}"]
            return ["item", "block", names.key(event.item), *what]
        case e.ItemUnblocked():
            return ["item", "unblock", names.key(event.item), *_option("--reason", event.reason)]
        case e.ItemCommented():
            return ["item", "comment", "--", names.key(event.item), event.text]
        case e.ItemLinked() | e.ItemUnlinked():
            verb = "link" if isinstance(event, e.ItemLinked) else "unlink"
            return ["item", verb, event.source, _RELATIONS[event.link], event.target]
    return None


def _fields(values: Mapping[str, Any], names: Names) -> list[str]:
    """Options that set fields of an item to these values."""
    out: list[str] = []
    for name, value in values.items():
        if name == "team":
            out.append(f"--team={'none' if value is None else names.entity(TEAM, value)}")
        elif name == "labels":
            out += [f"--label={label}" for label in value or ()]
        else:
            out.append(f"{_OPTIONS[name]}={'none' if value is None else value}")
    return out


def _option(name: str, value: str) -> list[str]:
    return [f"{name}={value}"] if value else []
