"""``vsm template``: what a value stream can begin with."""

from __future__ import annotations

import re

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.options import complete_stream, complete_template, json_option
from vsm.cli.output import emit, note, say, show
from vsm.model.errors import BadInput

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.template:list_templates", "List the templates, including your own."),
    "show": (
        "vsm.cli.template:show_template",
        "Print a template as TOML, as a start for your own.",
    ),
    "save": ("vsm.cli.template:save_template", "Save a stream as a template of your own."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm template list
vsm template show kanban > ~/.config/vsm/templates/ours.toml
vsm template save Web --as ours
vsm init --template ours --name Mobile
""",
)
def template() -> None:
    """List, show and save templates of streams.

    Your own templates are TOML files in ~/.config/vsm/templates (or under $XDG_CONFIG_HOME);
    one with the name of a built-in template replaces it.
    """


@click.command(cls=Verb, examples="vsm template list --json")
@json_option
@pass_context
def list_templates(work: CliContext, as_json: bool) -> None:
    """List the templates, including your own."""
    from vsm.templates import find

    templates = find()
    if as_json:
        from vsm.cli.json_views import template_shape

        emit([template_shape(t) for t in templates.good])
    else:
        from vsm.report.lists import template_lines

        rows = [(t.name, "you" if t.path else "vsm", t.title, t.about) for t in templates.good]
        show(template_lines(rows, terminal_width()))
    for broken in templates.broken:
        error = broken.error
        note(f"left out: {error.message}; {error.remedy}" if error.remedy else error.message)


@click.command(
    cls=Verb,
    examples="""
vsm template show scrum
vsm template show kanban > ~/.config/vsm/templates/ours.toml
""",
)
@click.argument("name", shell_complete=complete_template)
@json_option
@pass_context
def show_template(work: CliContext, name: str, as_json: bool) -> None:
    """Print a template as TOML, as a start for your own."""
    from vsm.templates import named, source

    if as_json:
        from vsm.cli.json_views import template_shape

        emit(template_shape(named(name)))
        return
    from vsm.model.sanitise import inert

    click.echo(inert(source(name)).rstrip("\n"))


@click.command(
    cls=Verb,
    examples="""
vsm template save Web --as ours
vsm template save Web --as - > web.toml
""",
)
@click.argument("stream", shell_complete=complete_stream)
@click.option(
    "--as",
    "name",
    metavar="NAME",
    help="Name of the template [default: from the stream]; - prints it.",
)
@click.option("--force", is_flag=True, help="Replace an existing template.")
@json_option
@pass_context
def save_template(
    work: CliContext, stream: str, name: str | None, force: bool, as_json: bool
) -> None:
    """Save a stream as a template of your own.

    Saves stages, edges, limits, policies, words and types, but no items, members, time zone or
    holidays.
    """
    from vsm.templates import save
    from vsm.templates.writing import template_text

    value_stream = work.stream(stream)
    text = template_text(value_stream, {t.id: t.name for t in work.reader.teams()})
    if name == "-":
        click.echo(text.encode(), nl=False)
        return
    template_name = name or re.sub(r"[^a-z0-9]+", "-", value_stream.name.casefold()).strip("-")[:60]
    if not template_name:
        what = f"{value_stream.name!r} has no letters for a file's name"
        raise BadInput(what, "give one: --as NAME")
    work.refuse_read_only()
    path = save(template_name, text, replace=force)
    if as_json:
        emit({"name": path.stem, "path": str(path)})
    else:
        say(f"kept {value_stream.name} as the template {path.stem}, in {path}")
