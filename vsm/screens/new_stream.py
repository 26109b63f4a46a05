"""A new value stream from a template: choose one, then name, keys and zone with a preview."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.content import Content
from textual.widgets import Static

from vsm.model.errors import Refusal
from vsm.model.key_prefix import key_prefix
from vsm.model.sanitise import inert
from vsm.paths import template_folder
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import Form, Values
from vsm.screens.organisation_fields import needed, read_prefix, zone_field, zones
from vsm.screens.serial_executor import run_aside
from vsm.widgets.field import Field, FieldSpec
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from textual.app import App

    from vsm.model.command import CreateStream
    from vsm.screens.host import Host
    from vsm.templates import Template, Templates

Create = Callable[["CreateStream"], Awaitable[Refusal | None]]
"""Make the stream; gives back what was refused."""


class TemplateDialog(PickDialog):
    """The templates; what the one under the cursor brings stands below."""

    DEFAULT_CSS = "TemplateDialog #stages { height: 6; width: 1fr; padding: 1 1 0 1; }"

    def __init__(self, templates: Templates, arrow: str) -> None:
        self._by_name = {template.name: template for template in templates.good}
        self._arrow = arrow
        # The folder is long, and always the same.
        folder = f"{template_folder() or ''}{os.sep}"
        self._broken = {b.name: str(b.error).replace(folder, "") for b in templates.broken}

        def find(text: str) -> Sequence[Row]:
            words = text.casefold().split()
            rows = [
                Row(t.name, t.title, t.about, "yours" if t.path else "") for t in templates.good
            ]
            rows += [Row("", name, error, "broken") for name, error in self._broken.items()]
            return [r for r in rows if all(w in f"{r.name} {r.text}".casefold() for w in words)]

        super().__init__(
            "New value stream: choose a template",
            find,
            placeholder="type part of a name",
            keys="{list_up} {list_down}: choose · {confirm}: use · {cancel}: cancel",
            empty="No match",
        )

    async def on_mount(self) -> None:
        """Make room for what a template brings."""
        below = Static(id="stages", markup=False)
        await self.query_one("#box").mount(below, after=self.query_one(PickList))
        self.tell()

    @on(PickList.Moved)
    def tell(self) -> None:
        """Show the stages of the template under the cursor, or what is wrong with it."""
        rows = self.query_one(PickList)
        row = rows.rows[rows.cursor] if 0 <= rows.cursor < len(rows.rows) else None
        text = ""
        if row is not None:
            template = self._by_name.get(row.id)
            text = row.text
            if template is not None:
                text = f"{template.about}\n{stages_text(template, self._arrow)}".strip()
        for below in self.query("#stages").results(Static):
            below.update(Content(inert(text)))


def stages_text(template: Template, arrow: str) -> str:
    """The stages of a template with their limits, in one line."""
    parts = [s.name + (f" ({s.limit})" if s.limit is not None else "") for s in template.stages]
    return f" {arrow} ".join(parts)


class NewStreamForm(Form):
    """Name, keys, zone; the keys follow the name until they are typed."""

    @on(Field.Changed)
    def _named(self, message: Field.Changed) -> None:
        prefix = self.field("prefix")
        if message.field.spec.name == "name" and not prefix.touched:
            prefix.put(key_prefix(message.field.text), first=True)


async def new_stream(app: App[Any], create: Create) -> bool:
    """Ask for a template and a name, and make the stream; tells whether one was made."""
    from vsm.templates import find

    templates = await run_aside(find)
    chosen = await app.push_screen_wait(TemplateDialog(templates, cast("Host", app).glyphs.arrow))
    template = next((t for t in templates.good if t.name == chosen), None)
    if template is None:
        return False
    known = await run_aside(zones)

    async def save(values: Values) -> Refusal | None:
        command = template.command(values["name"], values["zone"], values["prefix"])
        return await create(command)

    form = NewStreamForm(f"{template.title}: a new value stream", _fields(known), save, whole=True)
    made = await app.push_screen_wait(form)
    return made is not None


def _fields(known: Sequence[str]) -> list[FieldSpec]:
    return [
        FieldSpec("name", "Name", "", "such as: Card issuing", needed("A value stream")),
        FieldSpec("prefix", "Keys", "", "from the name", _prefix),
        zone_field(local_zone(), known),
    ]


def _prefix(typed: str) -> tuple[Any, str]:
    prefix, note = read_prefix(typed)
    return prefix, note if prefix else ""


def local_zone() -> str:
    """The machine's IANA zone, for a new stream to keep; ``UTC`` where it is not told."""
    link = Path("/etc/localtime")
    parts = link.resolve().parts if link.is_symlink() else ()
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :]) or "UTC"
    return "UTC"
