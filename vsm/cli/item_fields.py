"""``vsm item add|edit|link|unlink``: what is said about items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.item_flow import act, standard_input
from vsm.cli.names import NONE, OneOf, pick
from vsm.cli.options import (
    complete_key,
    complete_owner,
    complete_stage,
    complete_team,
    json_option,
    keys_argument,
    reason_option,
    stream_option,
)
from vsm.cli.report_change import report
from vsm.cli.times import day_in_words
from vsm.model.command import AddItem, EditItem, LinkItems, UnlinkItems
from vsm.model.errors import BadInput
from vsm.model.item import ClassOfService, Item, LinkKind
from vsm.model.rules import local

_F = TypeVar("_F", bound=Callable[..., Any])


def field_options(command: _F) -> _F:
    """The options that name fields of an item, alike in ``add`` and ``edit``."""
    for option in reversed(
        (
            click.option("--type", metavar="WORD", help="Type of work: feature, bug, chore …"),
            click.option(
                "--class", "service", type=OneOf(ClassOfService), help="Class of service."
            ),
            click.option(
                "--owner",
                metavar="LOGIN",
                shell_complete=complete_owner,
                help="Owner; 'me' is you.",
            ),
            click.option(
                "--team", metavar="NAME", shell_complete=complete_team, help="Team of the item."
            ),
            click.option("--due", metavar="DATE", help="Due on this day: 2026-03-31, fri, +3d."),
            click.option("--estimate", metavar="NUMBER", help="Size in the team's own unit."),
            click.option("--label", multiple=True, metavar="WORD", help="Label; may be repeated."),
            click.option(
                "--parent", metavar="KEY", shell_complete=complete_key, help="Parent item."
            ),
            click.option(
                "--description", metavar="TEXT", help="Description; - reads standard input."
            ),
        )
    ):
        command = option(command)
    return command


def read_fields(work: CliContext, options: dict[str, Any], zone: str) -> dict[str, Any]:
    """The fields that were given, as decisions take them; ``none`` empties one.

    Takes the values of :func:`field_options` by name, labels aside; dates in words are days in
    ``zone``. Raises :class:`BadInput` for a team or date that does not exist.
    """
    out: dict[str, Any] = {}
    for name, text in options.items():
        if text is None:
            continue
        if (
            name != "description"
            and isinstance(text, str)
            and text.strip().casefold() in ("", NONE)
        ):
            if name == "type":
                raise BadInput("--type cannot be empty", "give a word: feature, bug, chore …")
            out[name] = None
        elif name == "owner":
            out[name] = work.me() if text.casefold() == "me" else text
        elif name == "team":
            out[name] = work.team(text).id
        elif name == "due":
            out[name] = day_in_words(text, "--due", local(work.now, zone).date()).isoformat()
        elif name == "estimate":
            out[name] = _number(text)
        elif name == "parent":
            out[name] = work.item(text).key
        elif name == "description" and text == "-":
            out[name] = standard_input()
        else:
            out[name] = text
    return out


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"--estimate: {text!r} is no number", "write 3 or 0.5") from None


@click.command(
    cls=Verb,
    examples="""
vsm item add 'Refund webhooks'
vsm item add 'Card reader is down' --stage Ready --class expedite --owner me --label field
vsm item add - --team core < titles.txt
""",
)
@click.argument("title", nargs=-1, required=True)
@stream_option
@click.option(
    "--stage",
    metavar="NAME",
    shell_complete=complete_stage,
    help="Stage to put it in [default: the first].",
)
@click.option("--key", metavar="KEY", help="Key [default: the stream's next].")
@field_options
@reason_option
@json_option
@pass_context
def add_item(
    work: CliContext,
    /,
    title: tuple[str, ...],
    stream: str | None,
    stage: str | None,
    key: str | None,
    label: tuple[str, ...],
    reason: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Add an item, or one for each line of standard input.

    The words of TITLE are joined. TITLE - reads standard input and adds one item per non-empty
    line, all or nothing.
    """
    titles = [" ".join(title)]
    if title == ("-",):
        if options["description"] == "-":
            raise BadInput(
                "standard input cannot be both titles and description", "give one of them"
            )
        titles = [line.strip() for line in standard_input().splitlines() if line.strip()]
        if not titles:
            raise BadInput("standard input holds no title", "write one title a line")
    if key is not None and len(titles) > 1:
        raise BadInput("--key names one item, but there are several titles", "leave --key out")
    value_stream = work.stream(stream)
    place = work.stage(value_stream, stage).id if stage else None
    fields = read_fields(work, options, value_stream.zone)
    fields = {k: v for k, v in fields.items() if v is not None}
    if label:
        fields["labels"] = label
    done = work.do([AddItem(value_stream.id, t, place, key, fields, reason) for t in titles])
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.report.board_json import card_shape

    made = [work.reader.card(c.item, work.now) for c in done.changes if c.item is not None]
    names = {s.id: s.name for s in value_stream.stages}
    report(work, done, as_json, items=[card_shape(c, names[c.stage]) for c in made if c])


@click.command(
    cls=Verb,
    examples="""
vsm item edit PAY-131 --title 'Token vault rotation' --owner anna
vsm item edit PAY-131 PAY-132 --team core --due 2026-03-31 --label q1
vsm item edit PAY-131 --owner none --no-label q1
""",
)
@keys_argument
@click.option("--title", metavar="TEXT", help="Title.")
@field_options
@click.option("--no-label", multiple=True, metavar="WORD", help="Label to remove; may be repeated.")
@json_option
@pass_context
def edit_items(
    work: CliContext,
    /,
    keys: tuple[str, ...],
    title: str | None,
    label: tuple[str, ...],
    no_label: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Change fields of items.

    none clears a field: --owner none. --label adds to the existing labels.
    """
    items = work.items(keys)
    stream = work.reader.stream(items[0].stream)
    fields = read_fields(work, options, stream.zone if stream is not None else "UTC")
    if title is not None:
        fields["title"] = title
    if not fields and not label and not no_label:
        raise click.UsageError("give a field to change", click.get_current_context())
    act(
        work,
        [EditItem(i.id, {**fields, **_labels(i, label, no_label)}) for i in items],
        items,
        as_json,
    )


def _labels(item: Item, add: tuple[str, ...], drop: tuple[str, ...]) -> dict[str, Any]:
    if not add and not drop:
        return {}
    gone = {" ".join(word.split()).casefold() for word in drop}
    kept = [word for word in item.labels if word.casefold() not in gone]
    return {"labels": (*kept, *add)}


# -- links ------------------------------------------------------------------------

RELATIONS: dict[str, tuple[LinkKind, bool]] = {
    "blocks": (LinkKind.BLOCKS, False),
    "waits-for": (LinkKind.BLOCKS, True),
    "relates-to": (LinkKind.RELATES, False),
    "parent-of": (LinkKind.PARENT, False),
    "child-of": (LinkKind.PARENT, True),
}
"""What can be said between two keys: the kind of link, and whether it runs the other way."""


def _ends(
    work: CliContext, key: str, relation: str, others: tuple[str, ...]
) -> list[tuple[int, int, LinkKind]]:
    word = pick("relation", relation.replace("_", "-"), [(name, name) for name in RELATIONS])
    kind, back = RELATIONS[word]
    this = work.item(key).id
    return [
        (other.id, this, kind) if back else (this, other.id, kind) for other in work.items(others)
    ]


def _complete_relation(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [word for word in RELATIONS if word.startswith(incomplete.casefold())]


def link_arguments(command: _F) -> _F:
    """``KEY RELATION OTHER...``"""
    for argument in reversed(
        (
            click.argument("key", shell_complete=complete_key),
            click.argument("relation", shell_complete=_complete_relation),
            click.argument(
                "others", metavar="OTHER...", nargs=-1, required=True, shell_complete=complete_key
            ),
        )
    ):
        command = argument(command)
    return command


@click.command(
    cls=Verb,
    examples="""
vsm item link PAY-131 blocks PAY-140 PAY-141
vsm item link PAY-131 waits-for CORE-7
vsm item link PAY-131 child-of PAY-100
""",
)
@link_arguments
@json_option
@pass_context
def link_items(
    work: CliContext, key: str, relation: str, others: tuple[str, ...], as_json: bool
) -> None:
    """Link an item to others.

    RELATION is blocks, waits-for, relates-to, parent-of or child-of.
    """
    ends = _ends(work, key, relation, others)
    report(work, work.do([LinkItems(*end) for end in ends]), as_json)


@click.command(cls=Verb, examples="vsm item unlink PAY-131 blocks PAY-140")
@link_arguments
@json_option
@pass_context
def unlink_items(
    work: CliContext, key: str, relation: str, others: tuple[str, ...], as_json: bool
) -> None:
    """Remove links.

    RELATION is blocks, waits-for, relates-to, parent-of or child-of.
    """
    ends = _ends(work, key, relation, others)
    report(work, work.do([UnlinkItems(*end) for end in ends]), as_json)
