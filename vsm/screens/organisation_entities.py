"""Forms of declared entities (teams, members), and the commands that they lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.entity import REQUIRED, Entity, Field, Names
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import REFERENCE, REFERENCES
from vsm.model.sanitise import inert, inert_line
from vsm.screens.completion import among, labels
from vsm.screens.forms import Form, Values
from vsm.screens.organisation_fields import read_list
from vsm.screens.organisation_rows import describe_belongings
from vsm.widgets.field import FieldSpec, Read

if TYPE_CHECKING:
    from vsm.screens.organisation import OrganisationDialog


class EntityForms:
    """Adds, changes and removes declared entities."""

    def __init__(self, screen: OrganisationDialog) -> None:
        self.screen = screen

    async def ask(self, form: Form) -> None:
        """Show a form, which saves by itself."""
        await self.screen.app.push_screen_wait(form)

    async def add_entity(self, entity: Entity[Any]) -> None:
        """Ask for the fields of a new one."""

        async def save(values: Values) -> Refusal | None:
            return await self.screen.change(c.AddEntity(entity, values))

        fields = entity_fields(entity, None, self.screen.shown.names)
        await self.ask(Form(f"New {entity.label}", fields, save))

    async def edit_entity(self, entity: Entity[Any], current: Any) -> None:
        """Change the fields of one; those that are fixed stand above the form."""

        async def save(values: Values) -> Refusal | None:
            if not values:
                return None
            return await self.screen.change(c.ChangeEntity(entity, current.id, values))

        names = self.screen.shown.names
        fixed = [
            f"{f.label}: {text}."
            for f in entity.chosen
            if f.fixed and (text := f.text(getattr(current, f.name), names))
        ]
        title = f"{entity.label.capitalize()} {getattr(current, entity.title)}"
        fields = entity_fields(entity, current, names)
        await self.ask(Form(title, fields, save, about=" ".join([*fixed, entity.about])))

    async def remove_entity(self, entity: Entity[Any], current: Any) -> None:
        """Remove one; a team that has something says what."""
        refused = await self.screen.change(c.RemoveEntity(entity, current.id))
        if refused is None:
            return
        if refused.code is RefusalCode.IN_USE and entity is TEAM:
            belongings = describe_belongings(current, self.screen.shown)
            refused = replace(refused, message=f"{current.name} has {belongings}")
        self.screen.refuse(refused)


def entity_fields(entity: Entity[Any], current: Any, names: Names) -> list[FieldSpec]:
    """The fields of an entity (``None``: a new one), but those that stay as they are."""
    specs = []
    for field in entity.chosen if current is None else entity.editable:
        text, complete = "", None
        if current is not None:
            text = field.text(getattr(current, field.name), names)
        elif field.default is not REQUIRED:
            text = field.text(field.default, names)
        if field.refers_to:
            known = list(names[field.refers_to].values())
            one = field.type is REFERENCE
            complete = among([(name, "") for name in known]) if one else labels(known)
        specs.append(
            FieldSpec(
                field.name,
                field.label,
                inert(text) if field.type.is_long else inert_line(text),
                field.hint,
                _read_field(entity, field, current, names),
                complete,
                choices=_choices(field),
                lines=3 if field.type.is_long else 0,
            )
        )
    return specs


def _choices(field: Field) -> tuple[str, ...]:
    """The words that a field offers; the first is for none where there may be none."""
    words = field.type.words
    return ("", *words) if words and field.type.nullable else words


def _read_field(entity: Entity[Any], field: Field, current: Any, names: Names) -> Read:
    def read(typed: str) -> tuple[Any, str]:
        text = typed.strip()
        if field.refers_to:
            if field.type is REFERENCES:
                ids = {_find_id(field.refers_to, name, names) for name in read_list(typed)[0]}
                return tuple(sorted(ids)), "" if ids else field.nothing
            if not text and field.is_required:
                raise ValueError(f"{_what(entity)} needs a {field.name}.")
            if not text:
                return None, field.nothing
            return _find_id(field.refers_to, text, names), ""
        if not text and field.is_required:
            raise ValueError(f"{_what(entity)} needs a {field.name}.")
        if not text and field.derive is not None:
            derived = field.derive(entity.values(current)) if current is not None else ""
            return "", f"{field.nothing}: {derived}" if field.nothing and derived else field.nothing
        value = field.type.read(field.what, text)
        note = field.type.note(value) if value else field.nothing
        return value, "" if note == f"= {text.casefold()}" else note

    return read


def _what(entity: Entity[Any]) -> str:
    return f"{entity.article.capitalize()} {entity.label}"


def _find_id(noun: str, name: str, names: Names) -> int:
    known = {inert_line(text).casefold(): number for number, text in names[noun].items()}
    if name.casefold() in known:
        return known[name.casefold()]
    there = ", ".join(inert_line(text) for text in list(names[noun].values())[:6]) or "none yet"
    raise ValueError(f"There is no {noun} {name}: {there}")
