"""``vsm serve --web``: the board in a browser, behind a proxy that knows who somebody is."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from vsm.cli.context import CliContext
from vsm.cli.output import note
from vsm.cli.serve import refuse_root, settings_of
from vsm.model.errors import BadInput, EnvironmentProblem

if TYPE_CHECKING:
    from vsm.serve.listener import Listener
    from vsm.serve.settings import Limits

LIBRARIES = ("aiohttp", "asyncssh", "textual_serve")


def serve_browsers(
    work: CliContext,
    limits: Limits,
    *,
    host: str,
    port: int,
    log: Path | None,
    url: str | None,
    file: Path | None,
) -> None:
    """Serve until a signal says stop."""
    _require_libraries()
    from vsm.serve.web_access import Access, checked_url, make_secret, read_secret

    host = _local(host)
    if url is None or file is None:
        raise BadInput(
            f"--web needs {'--web-url' if url is None else '--web-secret'}",
            "vsm serve --web --web-url https://board.example.org --web-secret FILE",
        )
    url = checked_url(url)
    refuse_root()
    settings = settings_of(work, limits, host=host, port=port, log=log)
    if make_secret(file):
        note(f"vsm: made a secret, which the proxy has to send as X-Vsm-Secret: {file}")
    access = Access(url=url, secret=read_secret(file), at_most=work.at_most)
    import asyncio

    from vsm.serve.web import WebListener

    asyncio.run(WebListener(settings, access).run(_announce))


def _require_libraries() -> None:
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise EnvironmentProblem(
            f"vsm serve --web needs {', '.join(missing)}, which is not installed",
            "pip install 'vsm[web]'",
        )


def _local(host: str) -> str:
    """The address to listen at; none that others can reach."""
    from vsm.serve.web_access import is_loopback

    if host in ("", "localhost"):
        return "127.0.0.1"
    if not is_loopback(host):
        raise BadInput(
            f"--web listens on this machine only, not at {host}",
            "leave --host out, and let a proxy on this machine serve others: see docs/serve.md",
        )
    return host


def _announce(listener: Listener) -> None:
    settings = listener.settings
    note(f"vsm: serving {settings.database} to a proxy at {settings.host} port {listener.port}")
