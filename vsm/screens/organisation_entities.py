"""Forms of declared entities (teams, members), and the commands that they lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vsm.model import command as c
from vsm.model.entities import TEAM
from vsm.model.entity import Entity
from vsm.model.errors import Refusal, RefusalCode
from vsm.screens.forms import Form, Values
from vsm.screens.organisation_fields import entity_fields
from vsm.screens.organisation_rows import describe_belongings

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

        fixed = [f"{f.label}: {getattr(current, f.name)}." for f in entity.fields if f.fixed]
        title = f"{entity.label.capitalize()} {getattr(current, entity.title)}"
        fields = entity_fields(entity, current, self.screen.shown.names)
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
