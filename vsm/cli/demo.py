"""``vsm demo``: the demo organisation, in a file of its own."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.board import print_board
from vsm.cli.output import show
from vsm.cli.times import day
from vsm.cli.work import Work, interactive, paper
from vsm.model.errors import BadInput


@click.command(
    cls=Verb,
    examples="""
vsm demo
vsm demo --reset
vsm demo --reset --today 2026-03-31 | less
""",
)
@click.option("--today", metavar="DATE", help="Day on which the demo ends [default: today].")
@click.option("--reset", is_flag=True, help="Make it anew; what was done in it is gone.")
@click.pass_obj
def demo(work: Work, today: str | None, reset: bool) -> None:
    """Open the demo organisation, in a file of its own.

    It is made when it is opened first, and never touches your own database. Where standard
    output is no terminal its boards and figures are printed.
    """
    from vsm.demo import demo_path, open_demo

    ends = None if today is None else day(today, "--today")
    if ends is not None and not reset and demo_path().exists():
        raise BadInput("the demo is there already and ends on its own day", "add --reset")
    if reset or not demo_path().exists():
        click.echo("Making the demo organisation (once, some seconds) …", err=True)
    path = open_demo(today=ends, reset=reset)
    of_demo = work.elsewhere(str(path))
    if interactive():
        from vsm.cli.screen import open_board

        open_board(of_demo, stream=work.stream_name)
        return
    _print_all(of_demo)


def _print_all(work: Work) -> None:
    from vsm.text.metrics import draw_metrics

    names = [s.name for s in work.reader.streams()]
    for n, name in enumerate([work.stream().name] if work.stream_name else names):
        show(["", ""] if n else [])
        print_board(work, name, None, cards=3, width=None)
        stream = work.stream(name)
        figures = work.reader.metrics(stream, first=None, last=None, as_of=work.now)
        show(["", *draw_metrics(figures, paper() or 80)])
