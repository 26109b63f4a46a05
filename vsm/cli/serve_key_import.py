"""``vsm serve key import``: keys from an authorized_keys file, line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, say
from vsm.cli.serve_keys import (
    add_all,
    as_option,
    new_key,
    read_file,
    refuse_over,
    role_option,
    tell_ignored,
)
from vsm.cli.served_key_views import new_key_shape
from vsm.model.actor import NAME_MAX
from vsm.model.errors import BadInput
from vsm.model.plural import count
from vsm.model.rules import local

if TYPE_CHECKING:
    from vsm.serve.keys import Keys, NewKey
    from vsm.serve.public_keys import PublicKey


@click.command(
    cls=Verb,
    examples="""
vsm serve key import ~anna/.ssh/authorized_keys --as anna
vsm serve key import team.keys --role member --dry-run
""",
)
@click.argument("file", metavar="FILE", type=click.Path())
@as_option
@role_option
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@json_option
@pass_context
def import_keys(
    work: CliContext, file: str, login: str | None, role: str | None, dry_run: bool, as_json: bool
) -> None:
    """Add the keys of an authorized_keys file.

    Comments become names; the part before @ is the login that acts, unless --as names one for
    all. The options from= (networks) and expiry-time= are honoured, those on forwarding and
    terminals mean nothing for a board, and lines with any other are refused. What is right is
    added; lines that are refused are named on standard error, and the exit code is 1 then.
    """
    from vsm.serve.keys import Keys
    from vsm.serve.public_keys import FILE_MOST, decode, read_lines

    called, data = read_file(file, FILE_MOST)
    text = decode(data, called, FILE_MOST)
    keys = Keys.of(work.existing())
    today = local(work.now, "UTC").date()
    new: list[NewKey] = []
    refused: list[dict[str, Any]] = []
    present = 0
    for line, public in read_lines(text, called):
        try:
            if isinstance(public, BadInput):
                raise public
            known = keys.find(public.fingerprint)
            if known is not None and known.revoked_at is None:
                present += 1
                continue
            one = _imported(public, line, login, role, today, called)
            _refuse_twice(keys, one, new)
            new.append(one)
        except BadInput as error:
            message = str(error).removeprefix(f"{called}: ").removeprefix(f"{called} ")
            refused.append({"line": line, "reason": message})
    _report_import(work, new, refused, present, dry_run, as_json)


def _report_import(
    work: CliContext,
    new: list[NewKey],
    refused: list[dict[str, Any]],
    present: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    done = None
    if new and not dry_run:
        done, _ = add_all(work, new)
    if as_json:
        emit(
            {
                "group": None if done is None else done.grp,
                "added": [new_key_shape(one) for one in new],
                "present": present,
                "refused": refused,
            }
        )
    else:
        verb = "would add" if dry_run else "added"
        for one in new:
            say(f"{verb} the key {one.name} ({one.fingerprint}) for {one.member}")
        say(f"{verb} {count(len(new), 'key')}; {present} there already; {len(refused)} refused")
        for fault in refused:
            note(f"line {fault['line']}: {fault['reason']}")
    if refused:
        click.get_current_context().exit(1)


def _imported(
    public: PublicKey, line: int, login: str | None, role: str | None, today: date, called: str
) -> NewKey:
    """A key of a line; its comment says its name, and whose it is."""
    from vsm.serve.key_options import read_options

    limits = read_options(public.options)
    if not public.comment and login is None:
        raise BadInput("the key has no comment, which would name whose it is", "give --as LOGIN")
    name = public.comment or f"{login} {line}"
    member = login or name.partition("@")[0]
    new = new_key(public, name[:NAME_MAX], member, role)
    refuse_over(limits.until, today)
    tell_ignored(limits.ignored, f"{called}, line {line}")
    return replace(new, until=limits.until, sources=limits.sources)


def _refuse_twice(keys: Keys, one: NewKey, others: list[NewKey]) -> None:
    keys.refuse_duplicate(one)
    if any(one.fingerprint == other.fingerprint for other in others):
        raise BadInput("the same key stands in a line before", "take one of the two away")
    if any(one.name.casefold() == other.name.casefold() for other in others):
        raise BadInput(
            f"another key in this file is called {one.name!r} too", "give them different comments"
        )
