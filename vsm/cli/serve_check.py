"""``vsm serve --check``: whether the set-up is safe, and the command for what is not."""

from __future__ import annotations

from pathlib import Path

import click

from vsm.cli.context import CliContext
from vsm.cli.failures import ENVIRONMENT
from vsm.cli.output import emit, say


def check_setup(
    work: CliContext,
    *,
    host: str,
    port: int,
    host_key: Path | None,
    sessions: int,
    as_json: bool,
) -> None:
    """Print each finding; the exit code is 3 where something must be mended."""
    from vsm.serve.check import Setup, examine
    from vsm.serve.findings import Status

    database = work.existing().absolute()
    setup = Setup(database=database, host=host, port=port, host_key=host_key, sessions=sessions)
    findings = list(examine(setup))
    unsafe = [finding for finding in findings if finding.status is Status.FIX]
    if as_json:
        emit(
            {
                "database": str(database),
                "ok": not unsafe,
                "findings": [
                    {
                        "check": finding.check,
                        "status": finding.status,
                        "text": finding.text,
                        "command": finding.command or None,
                    }
                    for finding in findings
                ],
            }
        )
    else:
        for finding in findings:
            say(f"{finding.status:<4}  {finding.check:<8}  {finding.text}")
            if finding.command:
                say(f"{'':16}{finding.command}")
    if unsafe:
        click.get_current_context().exit(ENVIRONMENT)
