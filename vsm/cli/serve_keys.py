"""``vsm serve key``: who may come in where a board is served."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.names import describe_unknown
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.cli.served_key_views import key_lines, key_shape
from vsm.cli.times import day_in_words
from vsm.database_files import refuse_database
from vsm.model.actor import NAME_MAX, is_name
from vsm.model.command import AddKey, RevokeKey
from vsm.model.errors import BadInput, EnvironmentProblem, Refusal, Refused, VsmError
from vsm.model.role import Right, Role
from vsm.model.rules import local
from vsm.model.sanitise import inert_line

if TYPE_CHECKING:
    from vsm.serve.keys import NewKey, ServedKey
    from vsm.serve.public_keys import PublicKey

VERBS: dict[str, tuple[str, str]] = {
    "add": ("vsm.cli.serve_keys:add", "Let somebody in with their public key."),
    "list": ("vsm.cli.serve_keys:list_keys", "List the keys, and whom they let in."),
    "revoke": ("vsm.cli.serve_keys:revoke", "Let nobody in with a key any more."),
    "import": ("vsm.cli.serve_key_import:import_keys", "Add the keys of an authorized_keys file."),
}
_NAMES = "1 to 60 characters, at least one of them no blank"


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm serve key add 'anna laptop' --as anna --role member anna.pub
vsm serve key list
vsm serve key revoke 'anna laptop'
""",
)
def key() -> None:
    """Add, list, revoke and import the public keys that let people in.

    The key decides who somebody is, not the name that they log in with. Keys are kept in a file
    beside the database, with .serve.db behind its name. What is done here holds at once, in
    running servers too, and stands in the log.
    """


as_option = click.option(
    "--as", "login", metavar="LOGIN", help="Whoever has the key acts as this login."
)
role_option = click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    help="The most that the key allows, whatever LOGIN was granted.",
)


@click.command(
    cls=Verb,
    examples="""
vsm serve key add anna anna.pub
vsm serve key add 'ben phone' --as ben --role viewer --until 2027-01-01 --from 10.0.0.0/8 ben.pub
ssh-add -L | vsm serve key add anna -
""",
)
@click.argument("name")
@click.argument("file", metavar="FILE", type=click.Path())
@as_option
@role_option
@click.option("--until", metavar="DATE", help="The last day on which it is valid (UTC).")
@click.option(
    "--from",
    "sources",
    metavar="NETWORK",
    multiple=True,
    help="Only from this network; repeatable.",
)
@json_option
@pass_context
def add(
    work: CliContext,
    name: str,
    file: str,
    login: str | None,
    role: str | None,
    until: str | None,
    sources: tuple[str, ...],
    as_json: bool,
) -> None:
    """Let somebody in with their public key.

    NAME is what the key is called here, and the login that acts unless --as names another one.
    FILE is the public key (it ends in .pub); - reads standard input. Keys of the kinds ed25519,
    ecdsa and rsa (from 3072 bits) are accepted, also on security keys (sk-).
    """
    from vsm.serve.key_options import read_networks, read_options
    from vsm.serve.public_keys import KEY_MOST, decode, read_one

    called, data = read_file(file, KEY_MOST)
    public = read_one(decode(data, called, KEY_MOST), called)
    limits = read_options(public.options)
    today = local(work.now, "UTC").date()
    last = limits.until if until is None else day_in_words(until, "--until", today)
    new = new_key(public, name, login or name, role)
    new = replace(
        new,
        until=last,
        sources=read_networks(sources, "--from") if sources else limits.sources,
    )
    refuse_over(last, today)
    tell_ignored(limits.ignored, called)
    done, (added,) = add_all(work, [new])
    report(work, done, as_json, key=key_shape(added))


@click.command(cls=Verb, examples="vsm serve key list --json")
@click.option("--all", "everything", is_flag=True, help="Those that were revoked, too.")
@json_option
@pass_context
def list_keys(work: CliContext, everything: bool, as_json: bool) -> None:
    """List the keys, and whom they let in."""
    from vsm.serve.keys import Keys

    keys = Keys.of(work.existing()).all()
    if as_json:
        emit([key_shape(one) for one in keys])
        return
    listed = [one for one in keys if everything or one.revoked_at is None]
    if not listed:
        note("Nobody can come in yet: vsm serve key add NAME FILE")
        return
    show(key_lines(listed, work.now))


@click.command(
    cls=Verb,
    examples="""
vsm serve key revoke 'anna laptop'
vsm serve key revoke SHA256:XCsQNx8TrVYRXou92nLn8t9Krr5pmtv3FXykloVFM6s
""",
)
@click.argument("name", metavar="NAME|FINGERPRINT")
@json_option
@pass_context
def revoke(work: CliContext, name: str, as_json: bool) -> None:
    """Let nobody in with a key any more.

    It holds at once, whatever else is going on, and open sessions of the key end. It cannot be
    undone: a key that was revoked is not added again.
    """
    from vsm.serve.keys import Keys

    work.refuse_read_only()
    keys = Keys.of(work.existing())
    known = _pick(keys.all(), name)
    _require_admin(work)
    revoked = keys.revoke(known.fingerprint, by=work.me(), at=work.now)
    if revoked is None:
        raise BadInput(f"{known.name} was revoked already", "vsm serve key list --all")
    command = RevokeKey(known.name, known.fingerprint, known.member)
    try:
        done = work.do([command])
    except VsmError as error:
        raise EnvironmentProblem(
            f"{known.name} is revoked, but the log does not say so: {error.message}", error.remedy
        ) from error
    report(work, done, as_json, key=key_shape(revoked))


# -- adding ------------------------------------------------------------------------------


def read_file(file: str, most: int) -> tuple[str, bytes]:
    """What errors call the file, and its bytes: one more than allowed where it is too long."""
    called = "standard input" if file == "-" else file
    try:
        if file == "-":
            return called, sys.stdin.buffer.read(most + 1)
        refuse_database(Path(file), "name the file of the public key")
        with open(file, "rb") as source:
            return called, source.read(most + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(
            f"{called} cannot be read: {why}", "name the file that ends in .pub"
        ) from None


def new_key(public: PublicKey, name: str, login: str, role: str | None) -> NewKey:
    """A key under a name, with the login that acts; raises :class:`BadInput` for odd ones."""
    from vsm.serve.keys import NewKey

    title = " ".join(inert_line(name).split())
    if not title or len(title) > NAME_MAX:
        raise BadInput(f"{name!r:.80} is no name for a key", f"use {_NAMES}")
    if not is_name(login):
        raise BadInput(
            f"{login!r:.80} is no login",
            f"name one with --as: 1 to {NAME_MAX} characters, no blanks",
        )
    return NewKey(
        name=title,
        fingerprint=public.fingerprint,
        kind=public.kind,
        public=public.text,
        member=login,
        role=None if role is None else Role(role),
        comment=public.comment[:200],
    )


def refuse_over(until: date | None, today: date) -> None:
    """Refuse a key that would never let anybody in."""
    if until is not None and until < today:
        raise BadInput(f"the key is not valid after {until}, which is over", "give a later day")


def tell_ignored(names: tuple[str, ...], where: str) -> None:
    """Name options of a key that are ignored."""
    if names:
        note(f"{where}: {', '.join(names)} means nothing for a board and is ignored")


def add_all(work: CliContext, new: list[NewKey]) -> tuple[Any, list[ServedKey]]:
    """Note keys in the log, which also asks for the right to add them; then let them in."""
    from vsm.serve.keys import Keys

    database = work.existing()
    keys = Keys.of(database)
    for one in new:
        keys.refuse_duplicate(one)
    done = work.do(
        AddKey(
            one.name,
            one.fingerprint,
            one.member,
            one.role,
            None if one.until is None else one.until.isoformat(),
            one.sources,
        )
        for one in new
    )
    added = [keys.add(one, by=work.me(), at=work.now, database=database) for one in new]
    return done, added


# -- choosing and showing ----------------------------------------------------------------


def _pick(keys: list[ServedKey], name: str) -> ServedKey:
    """The key of this name or fingerprint; names have to be whole, since nothing brings it back."""
    folded = " ".join(name.split()).casefold()
    prefix = "SHA256:"
    matches = [
        one
        for one in keys
        if one.fingerprint in (name, f"{prefix}{name}") or one.name.casefold() == folded
    ]
    valid = [one for one in matches if one.revoked_at is None]
    if valid or matches:
        return (valid or matches)[-1]
    names = [one.name for one in keys if one.revoked_at is None]
    raise BadInput(describe_unknown("key", name, names), "vsm serve key list")


def _require_admin(work: CliContext) -> None:
    """Refuse whoever may not revoke; where the roles cannot be read, revoking goes first."""
    try:
        refusal: Refusal | None = work.reader.permit(work.me(), Right.ROLES, work.now, work.at_most)
    except VsmError:
        return
    if refusal is not None:
        raise Refused(refusal)
