"""``vsm NOUN list|add|set|remove`` for declared entities, made from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.names import is_none
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import AddEntity, ChangeEntity, RemoveEntity
from vsm.model.entities import ENTITIES
from vsm.model.entity import Entity, Field
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.field_types import DATES, NAME, REFERENCE, REFERENCES, InvalidValue

if TYPE_CHECKING:
    from vsm.session import ChangeGroup

_F = TypeVar("_F", bound=Callable[..., Any])


class EntityNoun(Noun):
    """The verbs of an entity that has no module of its own here."""

    def __init__(self, entity: Entity[Any]) -> None:
        one, several = f"{entity.article} {entity.label}", entity.plural
        self._makers: dict[str, Callable[[Entity[Any], str], click.Command]] = {
            "list": list_verb,
            "add": add_verb,
            "set": set_verb,
            "remove": remove_verb,
        }
        texts = (f"List the {several}.", f"Add {one}.", f"Change {one}.", f"Remove {several}.")
        super().__init__(
            entity.name,
            verbs={verb: ("", text) for verb, text in zip(self._makers, texts, strict=True)},
            help=f"List, add, change and remove {several}.\n\n{entity.about}",
        )
        self._entity = entity

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the verb of this name."""
        if cmd_name not in self.verbs:
            return None
        return self._makers[cmd_name](self._entity, self.verbs[cmd_name][1])


def __getattr__(name: str) -> EntityNoun:
    """The noun of a declared entity, so that ``vsm.cli.main`` can name it as any other."""
    if name not in ENTITIES:
        raise AttributeError(name)
    return EntityNoun(ENTITIES[name])


# -- verbs -------------------------------------------------------------------------------


def list_verb(
    entity: Entity[Any], help: str, *, examples: str = "", empty: str = ""
) -> click.Command:
    """``list``, with an option for each entity that a field refers to; ``empty`` is for none."""
    scopes = [field for field in entity.fields if field.refers_to in ENTITIES]

    @click.command(cls=Verb, help=help, examples=examples or f"vsm {entity.name} list --json")
    @_options(_scope_option(field) for field in scopes)
    @json_option
    @pass_context
    def list_all(work: CliContext, /, as_json: bool, **options: str | None) -> None:
        entities = work.reader.entities(entity)
        nothing = empty or f"There are no {entity.plural} yet"
        for field in scopes:
            name = options[field.name]
            if name is not None:
                number = work.find(ENTITIES[field.refers_to], name).id
                entities = [
                    x for x in entities if number in field.references(getattr(x, field.name))
                ]
                nothing = f"{name} has no {entity.plural}"
        names = names_of(work, entity)
        if as_json:
            from vsm.cli.json_views import entity_shape

            emit([entity_shape(entity, one, names) for one in entities])
        elif not entities:
            note(nothing)
        else:
            from vsm.report.lists import entity_lines

            show(entity_lines(entity, entities, names, terminal_width()))

    return list_all


def add_verb(entity: Entity[Any], help: str, *, examples: str = "") -> click.Command:
    """``add``, with the key as argument and an option for each other field."""
    fields = [field for field in entity.fields if field.name != entity.key]

    @click.command(cls=Verb, help=help, examples=examples or f"vsm {entity.name} add NAME")
    @click.argument("key_text", metavar=entity.key.upper())
    @_options(_option(field) for field in fields)
    @json_option
    @pass_context
    def add(work: CliContext, /, key_text: str, as_json: bool, **texts: Any) -> None:
        values = {entity.key: key_text, **_read(work, fields, texts, None)}
        # names of others can only be found in a database that is there
        refers = any(field.references(values.get(field.name)) for field in fields)
        done = work.do([AddEntity(entity, values)], create=not refers)
        folded = " ".join(key_text.split()).casefold()
        _report(work, entity, done, lambda x: getattr(x, entity.key).casefold() == folded, as_json)

    return add


def set_verb(
    entity: Entity[Any],
    help: str,
    *,
    examples: str = "",
    shows: bool = True,
    without: Collection[str] = (),
    read_file: Callable[[str], tuple[str, dict[str, Any]] | None] = lambda name: None,
) -> click.Command:
    """``set``, with an option for each field that can change; ``shows`` it in the JSON too.

    Fields ``without`` an option change by a file alone: of one that is named in place of the key
    ``read_file`` gives the key and the values.
    """
    fields = [field for field in entity.editable if field.name not in without]
    options = [f"--{field.option}" for field in fields]
    for field in fields:
        if field.type is REFERENCES:
            options += [f"--add-{field.option}", f"--no-{field.option}"]

    @click.command(cls=Verb, help=help, examples=examples or f"vsm {entity.name} set NAME")
    @_key_argument(entity)
    @_options(option for field in fields for option in _change_options(field))
    @json_option
    @pass_context
    def change(work: CliContext, /, key_text: str, as_json: bool, **texts: Any) -> None:
        key, changes = read_file(key_text) or (key_text, {})
        current = work.find(entity, key)
        changes.update(_read(work, fields, texts, current))
        if not changes:
            raise click.UsageError(
                f"give something to change: {', '.join(options[:-1])} or {options[-1]}",
                click.get_current_context(),
            )
        done = work.do([ChangeEntity(entity, current.id, changes)])
        if shows:
            _report(work, entity, done, lambda x: x.id == current.id, as_json)
        else:
            report(work, done, as_json)

    return change


def remove_verb(
    entity: Entity[Any],
    help: str,
    *,
    examples: str = "",
    several: bool = True,
    explain: Callable[[CliContext, Any], str] | None = None,
) -> click.Command:
    """``remove``; ``explain`` says of one that is in use what refers to it."""

    @click.command(cls=Verb, help=help, examples=examples or f"vsm {entity.name} remove NAME")
    @_key_argument(entity, several=several)
    @json_option
    @pass_context
    def remove(work: CliContext, key_text: str | tuple[str, ...], as_json: bool) -> None:
        keys = [key_text] if isinstance(key_text, str) else key_text
        chosen = {one.id: one for one in (work.find(entity, key) for key in keys)}
        answer = work.session().do(*(RemoveEntity(entity, number) for number in chosen))
        is_refused = isinstance(answer, Refusal) and answer.code is RefusalCode.IN_USE
        if is_refused and explain is not None:
            (one,) = chosen.values()
            message = f"the {entity.label} {getattr(one, entity.title)} has {explain(work, one)}"
            answer = Refusal(RefusalCode.IN_USE, message, entity.in_use[1])
        report(work, work.accept(answer), as_json)

    return remove


def _report(
    work: CliContext,
    entity: Entity[Any],
    done: ChangeGroup,
    is_it: Callable[[Any], bool],
    as_json: bool,
) -> None:
    """Print what was done, as JSON with the entity as it is now."""
    if not as_json:
        report(work, done, as_json)
        return
    from vsm.cli.json_views import entity_shape

    current = next(filter(is_it, work.reader.entities(entity)), None)
    shape = entity_shape(entity, current, names_of(work, entity)) if current is not None else None
    report(work, done, as_json, **{entity.name: shape})


# -- names -------------------------------------------------------------------------------


def names_of(work: CliContext, entity: Entity[Any]) -> dict[str, dict[int, str]]:
    """Names of all that its fields refer to: by noun, then by id."""
    names: dict[str, dict[int, str]] = {}
    for noun in {field.refers_to for field in entity.fields if field.refers_to}:
        if noun == "stream":
            names[noun] = {info.id: info.name for info in work.reader.streams()}
        else:
            other = ENTITIES[noun]
            names[noun] = {x.id: getattr(x, other.key) for x in work.reader.entities(other)}
    return names


def _id_of(work: CliContext, field: Field, name: str) -> int:
    if field.refers_to == "stream":
        return work.stream(name).id
    number: int = work.find(ENTITIES[field.refers_to], name).id
    return number


# -- options -----------------------------------------------------------------------------


def _options(options: Any) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for option in reversed(list(options)):
            function = option(function)
        return function

    return decorate


def _key_argument(entity: Entity[Any], *, several: bool = False) -> Callable[[_F], _F]:
    metavar = f"{entity.key.upper()}{'...' if several else ''}"
    nargs = -1 if several else 1
    complete = complete_entity(entity.name)
    return click.argument(
        "key_text", metavar=metavar, nargs=nargs, required=True, shell_complete=complete
    )


def _option(field: Field, prefix: str = "", help: str = "") -> Callable[[_F], _F]:
    return click.option(
        f"--{prefix}{field.option}",
        f"{prefix.replace('-', '_')}{field.name}",
        multiple=field.type is REFERENCES,
        metavar=field.type.metavar,
        shell_complete=complete_entity(field.refers_to) if field.refers_to else None,
        help=help or field.help or f"{field.label}.",
    )


def _scope_option(field: Field) -> Callable[[_F], _F]:
    return click.option(
        f"--{field.option}",
        field.name,
        metavar=field.type.metavar,
        shell_complete=complete_entity(field.refers_to),
        help=f"Only of this {ENTITIES[field.refers_to].label}.",
    )


def _change_options(field: Field) -> list[Callable[[_F], _F]]:
    options: list[Callable[[_F], _F]] = [_option(field)]
    if field.type is DATES:
        besides = f"{field.name.capitalize()} besides those that there are."
        options.append(_option(field, "add-", besides))
    if field.type is REFERENCES:
        options.append(_option(field, "add-", f"One more {field.refers_to}."))
        options.append(_option(field, "no-", f"Remove from this {field.refers_to}."))
    return options


def _read(
    work: CliContext, fields: Sequence[Field], texts: Mapping[str, Any], current: Any
) -> dict[str, Any]:
    """The values that options give: names as ids, ``none`` as nothing, lists after additions."""
    values: dict[str, Any] = {}
    for field in fields:
        name = field.name
        whole, more = texts[name], texts.get(f"add_{name}")
        if field.type is REFERENCES:
            fewer = texts.get(f"no_{name}")
            if whole or more or fewer:
                ids = set(() if whole or current is None else getattr(current, name))
                ids |= {_id_of(work, field, x) for x in whole if not is_none(x)}
                ids |= {_id_of(work, field, x) for x in more or ()}
                values[name] = tuple(sorted(ids - {_id_of(work, field, x) for x in fewer or ()}))
        elif field.type.is_list:
            if whole is not None or more is not None:
                kept = getattr(current, name) if whole is None else _read_list(field, whole, "--")
                added = () if more is None else _read_list(field, more, "--add-")
                values[name] = tuple(sorted({*kept, *added}))
        elif whole is not None:
            if is_none(whole) and field.type is not NAME:
                values[name] = None
            elif field.type is REFERENCE:
                values[name] = _id_of(work, field, whole)
            else:
                values[name] = whole
    return values


def _read_list(field: Field, text: str, dashes: str) -> tuple[Any, ...]:
    try:
        return () if is_none(text) else tuple(field.type.read(f"{dashes}{field.option}", text))
    except InvalidValue as error:
        raise BadInput(str(error)) from None
