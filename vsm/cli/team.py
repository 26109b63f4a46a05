"""``vsm team``: teams."""

from __future__ import annotations

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.done import report
from vsm.cli.options import complete_team, json_option
from vsm.cli.output import emit, show
from vsm.cli.work import Work, pass_work
from vsm.model.command import AddTeam, SetTeam

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.team:list_teams", "List the teams and the stages that they own."),
    "add": ("vsm.cli.team:add_teams", "Make teams."),
    "set": ("vsm.cli.team:set_team", "Rename a team."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm team add core risk qa
vsm team set qa --name Quality
vsm stage set Review --team core
""",
)
def team() -> None:
    """List, add and rename teams."""


def _owned(work: Work) -> dict[int, list[str]]:
    """Stages by owning team, each as ``stream: stage``."""
    out: dict[int, list[str]] = {}
    for info in work.reader.streams():
        stream = work.reader.stream(info.id)
        for stage in stream.order if stream else ():
            if stage.team is not None:
                out.setdefault(stage.team, []).append(f"{info.name}: {stage.name}")
    return out


@click.command(cls=Verb, examples="vsm team list --json")
@json_option
@pass_work
def list_teams(work: Work, as_json: bool) -> None:
    """List the teams and the stages that they own."""
    teams, owned = work.reader.teams(), _owned(work)
    if as_json:
        emit([{"name": t.name, "stages": owned.get(t.id, [])} for t in teams])
        return
    from vsm.text.lists import team_lines

    show(team_lines(teams, owned))


@click.command(cls=Verb, examples="vsm team add core risk qa")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
@pass_work
def add_teams(work: Work, names: tuple[str, ...], as_json: bool) -> None:
    """Make teams.

    The database is made where there is none yet.
    """
    report(work, work.do([AddTeam(name) for name in names], create=True), as_json)


@click.command(cls=Verb, examples="vsm team set qa --name Quality")
@click.argument("team_name", metavar="NAME", shell_complete=complete_team)
@click.option("--name", metavar="TEXT", required=True, help="New name.")
@json_option
@pass_work
def set_team(work: Work, team_name: str, name: str, as_json: bool) -> None:
    """Rename a team."""
    report(work, work.do([SetTeam(work.team(team_name).id, {"name": name})]), as_json)
