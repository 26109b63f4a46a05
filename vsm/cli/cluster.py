"""``vsm cluster init|join|status|leave``: one journal on a server, a replica on each machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.failures import ENVIRONMENT
from vsm.cli.options import json_option
from vsm.cli.output import emit, note, say
from vsm.cli.progress import Progress
from vsm.model.errors import EnvironmentProblem
from vsm.model.rules import iso_or_none

if TYPE_CHECKING:
    from vsm.store.server.status import ClusterStatus, ServerStatus

VERBS: dict[str, tuple[str, str]] = {
    "init": ("vsm.cli.cluster:init", "Put the journal of this database on a server."),
    "join": ("vsm.cli.cluster:join", "Make a replica of a server's journal on this machine."),
    "status": ("vsm.cli.cluster:status", "Show how replica and journal server stand."),
    "leave": ("vsm.cli.cluster:leave", "Make this replica a database of its own."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm cluster init service=vsm
vsm cluster join service=vsm
vsm cluster status --json
""",
)
def cluster() -> None:
    """Keep one journal on a PostgreSQL server for several machines.

    Each machine has a replica: a database like any other, from which everything is read. Changes
    go to the server first, which serves one after the other, so limits and rules hold on all
    machines together. Needs vsm[cluster]. docs/operations.md says how to set it up, and when one
    machine is the better answer.
    """


def need_psycopg() -> None:
    """Say what to install where the extra is missing."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise EnvironmentProblem(
            "a journal server is reached with psycopg, which is not installed",
            "pip install 'vsm[cluster]'",
        ) from error


@click.command(
    cls=Verb,
    examples="""
vsm cluster init service=vsm
vsm --db team.db cluster init 'host=a.example,b.example dbname=vsm user=vsm_owner'
""",
)
@click.argument("dsn")
@json_option
@pass_context
def init(work: CliContext, dsn: str, as_json: bool) -> None:
    """Put the journal of this database on a server.

    DSN says where: a service of libpq's, or host, dbname and user; never a password, which stands
    in ~/.pgpass or a service file. Makes the schema vsm there, copies the journal, compares the
    copy, and makes this database the first replica. Nobody can change anything meanwhile.
    """
    need_psycopg()
    work.refuse_read_only()
    from vsm.store.server.setup import initialise

    path = work.existing()
    with Progress("Copying the journal") as progress:
        made = initialise(path, dsn, work.me(), progress.tell)
    if as_json:
        emit(
            {
                "database": str(path),
                "cluster": made.membership.cluster,
                "entries": made.entries,
                "left": list(made.left),
            }
        )
        return
    say(f"the journal of {path} is on the server, {made.entries:,} entries; {path} is a replica")
    if made.left:
        note("vsm: this role may not make roles; somebody who may has to run:")
        for command in made.left:
            note(f"  {command};")


@click.command(
    cls=Verb,
    examples="""
vsm cluster join service=vsm
vsm --db copy-of-a-replica.db cluster join service=vsm
""",
)
@click.argument("dsn")
@json_option
@pass_context
def join(work: CliContext, dsn: str, as_json: bool) -> None:
    """Make a replica of a server's journal on this machine.

    Where there is no database yet it is made from the server. The backup of a replica is only
    brought up to date, which is quicker. Of a replica that is there already the DSN is changed.
    """
    need_psycopg()
    work.refuse_read_only()
    from vsm.store.server.setup import join as join_server

    with Progress("Fetching the journal") as progress:
        entries = join_server(work.path, dsn, work.me(), progress.tell)
    if as_json:
        emit({"database": str(work.path), "entries": entries})
    else:
        say(f"{work.path} is a replica with all {entries:,} entries of the journal")


@click.command(cls=Verb, examples="vsm cluster status\nvsm cluster status --json")
@json_option
@pass_context
@click.pass_context
def status(ctx: click.Context, work: CliContext, as_json: bool) -> None:
    """Show how replica and journal server stand.

    Durability says what has a change on its disk when it is acknowledged. The exit code is 3 where
    the server does not answer, or has another history.
    """
    path = work.existing()
    from vsm.store.replica_state import is_replica

    if not is_replica(path):
        if as_json:
            emit({"database": str(path), "replica": False})
        else:
            say(f"{path} is a database of its own; vsm cluster init or join makes it a replica")
        return
    need_psycopg()
    from vsm.store.server.status import examine_cluster

    shown = examine_cluster(path)
    if shown is None:
        raise EnvironmentProblem(f"{path} was taken out of its cluster just now", "")
    if as_json:
        emit({"database": str(path), "replica": True, **_shape(shown)})
    else:
        for line in _lines(shown):
            say(line)
    if shown.server is None or not shown.server.is_chain_shared:
        ctx.exit(ENVIRONMENT)


def _shape(shown: ClusterStatus) -> dict[str, Any]:
    server, as_of = shown.server, shown.state.as_of
    return {
        "cluster": shown.of.cluster,
        "dsn": shown.of.dsn,
        "seq": shown.seq,
        "as_of": iso_or_none(None if as_of is None else int(as_of * 1_000_000)),
        "followed": shown.is_followed,
        "trouble": _problem(shown.trouble or shown.state.trouble),
        "server": None if server is None else _server_shape(server, shown.seq),
    }


def _problem(problem: EnvironmentProblem | None) -> dict[str, str] | None:
    return None if problem is None else {"what": problem.message, "do": problem.remedy}


def _server_shape(server: ServerStatus, seq: int) -> dict[str, Any]:
    standbys = server.standbys
    return {
        "host": server.host,
        "version": server.version,
        "seq": server.seq,
        "behind": max(0, server.seq - seq),
        "same_history": server.is_chain_shared,
        "round_trip_ms": round(server.round_trip_ms, 2),
        "durability": server.durability,
        "synchronous_standby_names": server.asked_for,
        "standbys": None if standbys is None else [standby._asdict() for standby in standbys],
        "min_client": server.min_client,
        "client": server.client,
    }


def _lines(shown: ClusterStatus) -> list[str]:
    server, state = shown.server, shown.state
    out = [f"replica     entry {shown.seq:,}, {_age(shown)}"]
    follower = "runs" if shown.is_followed else "none: a board starts one, or vsm replica follow"
    out.append(f"follower    {follower}")
    if server is None:
        assert shown.trouble is not None
        return [*out, f"server      {shown.trouble.message}", f"            {shown.trouble.remedy}"]
    behind = server.seq - shown.seq
    lag = "" if behind <= 0 else f", {behind:,} more than here"
    out.append(f"server      {server.host}, PostgreSQL {server.version}, entry {server.seq:,}{lag}")
    out.append(f"round trip  {server.round_trip_ms:.1f} ms")
    out.append(f"durability  {server.durability}")
    for standby in server.standbys or ():
        late = "" if standby.bytes_behind is None else f", {standby.bytes_behind:,} bytes behind"
        out.append(f"standby     {standby.name}: {standby.sync_state}{late}")
    if not server.is_chain_shared:
        out.append(f"HISTORY     entry {shown.seq:,} differs on the server, or is not there")
        out.append("            vsm replica salvage, then vsm replica rebuild")
    elif state.trouble is not None:
        out.append(f"trouble     {state.trouble.message}")
    return out


def _age(shown: ClusterStatus) -> str:
    if shown.state.as_of is None:
        return "never known to be current"
    age = shown.state.age
    if age < 2:
        return "current"
    if age < 120:
        return f"last current {age:,.0f} s ago"
    hours = f"last current {age / 3600:,.0f} h ago"
    return f"last current {age / 60:,.0f} min ago" if age < 7200 else hours


@click.command(
    cls=Verb,
    examples="""
vsm cluster leave
vsm cluster leave --as-it-is
""",
)
@click.option(
    "--as-it-is",
    is_flag=True,
    help="Leave with the entries that are here, without asking the server for later ones.",
)
@json_option
@pass_context
def leave(work: CliContext, as_it_is: bool, as_json: bool) -> None:
    """Make this replica a database of its own.

    It takes over all that the server has first. From then on changes stay on this machine: the
    others go on with the server, and the two histories can never be joined again.
    """
    need_psycopg()
    work.refuse_read_only()
    from vsm.store.server.setup import leave as leave_server

    path = work.existing()
    entries = leave_server(path, work.me(), as_it_is=as_it_is)
    if as_json:
        emit({"database": str(path), "entries": entries})
    else:
        say(f"{path} is a database of its own, with {entries:,} entries")
