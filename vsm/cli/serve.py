"""``vsm serve``: the board over SSH or in a browser, for people who have no account here."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vsm.cli.base import Noun
from vsm.cli.context import CliContext, pass_context
from vsm.cli.output import note
from vsm.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    from vsm.serve.listener import Listener
    from vsm.serve.settings import Limits, Settings

VERBS: dict[str, tuple[str, str]] = {
    "key": (
        "vsm.cli.serve_keys:key",
        "Add, list, revoke and import the public keys that let people in.",
    ),
}

SSH_PORT, WEB_PORT = 2222, 8022

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    cls=Noun,
    verbs=VERBS,
    invoke_without_command=True,
    examples="""
vsm --db team.db serve key add anna --role member anna.pub
vsm --db team.db serve --check
vsm --db team.db serve
ssh -p 2222 anna@board.example.org
vsm --db team.db serve --host 127.0.0.1 --port 2022 --idle 2
vsm --db team.db serve --web --web-url https://board.example.org --web-secret proxy.secret
""",
)
@click.option("--host", default="", help="Address to listen at [default: all of this machine].")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port [default: 2222, with --web 8022]."
)
@click.option(
    "--host-key",
    type=_FILE,
    metavar="FILE",
    help="Private key of the server [default: beside the database; made when missing].",
)
@click.option("--ask", default="", metavar="NAME", help="Whom those may ask who cannot log in.")
@click.option("--log", type=_FILE, metavar="FILE", help="Log file [default: standard error].")
@click.option(
    "--sessions",
    default=100,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Most sessions at a time.",
)
@click.option(
    "--idle",
    default=12.0,
    show_default=True,
    type=click.FloatRange(0.01, 24 * 365),
    metavar="HOURS",
    help="Hours without a key after which a session is closed.",
)
@click.option(
    "--web",
    is_flag=True,
    help="Serve browsers instead, through a proxy on this machine (see docs/serve.md).",
)
@click.option("--web-url", metavar="URL", help="With --web: the address that people type.")
@click.option(
    "--web-secret",
    type=_FILE,
    metavar="FILE",
    help="With --web: file of the secret that the proxy sends [made when missing].",
)
@click.option("--check", is_flag=True, help="Only check that the set-up is safe.")
@click.option("--json", "as_json", is_flag=True, help="With --check: print JSON.")
@pass_context
@click.pass_context
def serve(
    ctx: click.Context,
    work: CliContext,
    host: str,
    port: int | None,
    host_key: Path | None,
    ask: str,
    log: Path | None,
    sessions: int,
    idle: float,
    web: bool,
    web_url: str | None,
    web_secret: Path | None,
    check: bool,
    as_json: bool,
) -> None:
    """Serve the board over SSH, or to browsers.

    Whoever has a key that was added is on the board with an ssh client, without an account, a shell
    or files on this machine. The key decides who it is. Needs asyncssh, which comes with
    vsm[serve], and runs as an account of its own, never as root. Keys hold, and are revoked, at
    once. SIGTERM ends all sessions; SIGHUP takes a new version of vsm and its settings for sessions
    that begin from then on. --check exits with 3 where something must be mended.
    """
    if ctx.invoked_subcommand is not None:
        return
    if web and (check or host_key or ask):
        raise click.UsageError("--check, --host-key and --ask belong to SSH, not to --web", ctx)
    if not web and (web_url or web_secret):
        raise click.UsageError("--web-url and --web-secret belong to --web", ctx)
    if port is None:
        port = WEB_PORT if web else SSH_PORT
    if check:
        from vsm.cli.serve_check import check_setup

        check_setup(
            work, host=host, port=port, host_key=host_key, sessions=sessions, as_json=as_json
        )
        return
    if as_json:
        raise click.UsageError("--json belongs to --check", ctx)
    from vsm.serve.settings import Limits

    limits = Limits(sessions=sessions, idle=idle * 3600)
    if web:
        from vsm.cli.serve_web import serve_browsers

        serve_browsers(work, limits, host=host, port=port, log=log, url=web_url, file=web_secret)
        return
    require_library()
    refuse_root()
    import asyncio

    from vsm.serve.listener import Listener

    settings = settings_of(work, limits, host=host, port=port, log=log, host_key=host_key, ask=ask)
    asyncio.run(Listener(settings).run(_tell))


def settings_of(
    work: CliContext,
    limits: Limits,
    *,
    host: str,
    port: int,
    log: Path | None,
    host_key: Path | None = None,
    ask: str = "",
) -> Settings:
    """The settings of a server, once its database is seen to be usable."""
    from vsm.connections import open_reader
    from vsm.database_files import host_key_path
    from vsm.serve.settings import Settings

    path = work.existing().absolute()
    # A file of an older vsm is brought up to date, and one that cannot be used is said, before
    # anybody comes in.
    reader, _ = open_reader(path, None, work.me(), work.read_only)
    if reader is not None:
        reader.close()
    return Settings(
        database=path,
        host=host,
        port=port,
        host_key=host_key or host_key_path(path),
        ask=ask,
        read_only=work.read_only,
        log=log,
        limits=limits,
    )


def refuse_root() -> None:
    """Refuse to serve with all the rights of the machine."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        raise EnvironmentProblem(
            "vsm serve does not run as root",
            "make an account for it, which owns the database: see docs/serve.md",
        )


def require_library() -> None:
    """Refuse where the library that speaks SSH is not installed."""
    if find_spec("asyncssh") is None:
        raise EnvironmentProblem(
            "vsm serve needs asyncssh, which is not installed", "pip install 'vsm[serve]'"
        )


def _tell(listener: Listener) -> None:
    """Say where it listens, and that nobody can come in yet where no key is there."""
    settings = listener.settings
    note(f"vsm: serving {settings.database} on port {listener.port}")
    if not any(key.revoked_at is None for key in listener.keys.all()):
        note("vsm: nobody may come in yet: vsm serve key add NAME FILE")
