"""``vsm who``: who has a board open."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.json_views import Shape
from vsm.cli.options import json_option
from vsm.cli.output import emit, say, show
from vsm.model.errors import BadInput
from vsm.model.presence import Presence
from vsm.model.rules import iso
from vsm.model.sanitise import inert_line


@click.command(
    cls=Verb,
    examples="""
vsm who
vsm who --json | jq -r '.[] | [.name, .stream, .item] | @tsv'
""",
)
@json_option
@pass_context
def who(work: CliContext, as_json: bool) -> None:
    """List who has a board of this database open, and where they are.

    Stream and item are those under the cursor. Who hides (presence = false in config.toml), or has
    a read-only board, is not in the list; who lost the connection is for 30 s more.
    """
    if not work.config.presence:
        raise BadInput(
            "presence is off in config.toml, so nobody is shown",
            "set presence = true, or remove it",
        )
    from vsm.presence import who_is_here

    people = who_is_here(work.existing())
    places = [_place(work, person) for person in people]
    if as_json:
        names = {person.session: person.actor for person in people}
        emit(
            [
                _shape(p, *place, names.get(p.following or ""))
                for p, place in zip(people, places, strict=True)
            ]
        )
    elif people:
        from vsm.report.lists import people_lines

        texts = [(inert_line(stream or ""), item or "") for stream, item in places]
        show(people_lines(people, texts, work.now, terminal_width()))
    else:
        say("Nobody has a board open")


def _place(work: CliContext, person: Presence) -> tuple[str | None, str | None]:
    """The name of the stream and the key of the item that somebody looks at."""
    stream = None if person.stream is None else work.reader.stream(person.stream)
    item = None if person.item is None else work.reader.item(person.item)
    return stream.name if stream is not None else None, item.key if item is not None else None


def _shape(person: Presence, stream: str | None, item: str | None, follows: str | None) -> Shape:
    return {
        "name": person.actor,
        "host": person.host,
        "stream": stream,
        "item": item,
        "screen": person.screen,
        "since": iso(person.since),
        "seen": iso(person.seen),
        "following": follows,
    }
