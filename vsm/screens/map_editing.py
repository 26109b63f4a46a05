"""Changes of stages on the map: insert, edit, declare, split, merge, retire, restore."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.sanitise import inert_line
from vsm.model.stream import Stage
from vsm.model.team import Team
from vsm.screens import organisation_fields as fields
from vsm.screens.dialogs import PickDialog
from vsm.screens.forms import Form, Values
from vsm.screens.map_declaring import declared_fields
from vsm.screens.map_edges import note_edge
from vsm.screens.retire_stage import Held, coming_along, read_held, with_count, with_reason
from vsm.screens.retire_stage import retire_stage as ask_and_retire
from vsm.widgets.field import FieldSpec
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.map import MapScreen

STAY, GO = "stay in the first", "go into the second"


async def _teams(screen: MapScreen) -> tuple[Team, ...]:
    return await screen.host.reading.call(lambda reader: tuple(reader.teams()))


async def insert_stage(screen: MapScreen) -> None:
    """Ask for a new stage that follows the one under the cursor."""
    stage = screen.chosen()
    if stage is None:
        return
    if stage.category.ended:
        screen.say(f"{stage.name} is {stage.category}: choose a stage before it", "warn")
        return
    stream = screen.stream

    async def save(values: Values) -> Refusal | None:
        command = fields.add_stage(stream, values, stage)
        screen.follow = command.stage.name
        return await screen.apply(command)

    specs = fields.new_stage_fields(stream, stage.name, await _teams(screen))
    await screen.app.push_screen_wait(
        Form(
            f"New stage after {stage.name}",
            [spec for spec in specs if spec.name != "after"],
            save,
            about="Edges lead through it; items stay where they are.",
        )
    )


async def edit(screen: MapScreen) -> None:
    """Change the stage under the cursor, or the note of its edge."""
    if screen.view.edge is not None:
        await note_edge(screen)
        return
    stage = screen.chosen()
    if stage is None:
        return

    async def save(values: Values) -> Refusal | None:
        changes = fields.stage_changes(values)
        return await screen.apply(c.SetStage(stage.id, changes)) if changes else None

    specs = fields.stage_fields(stage, await _teams(screen))
    basis = screen.stream.map_time
    specs += declared_fields(stage, basis)
    specs.append(FieldSpec("note", "Note", inert_line(stage.note), "an idea, a problem"))
    await screen.app.push_screen_wait(
        Form(
            f"Stage {stage.name}",
            specs,
            save,
            about=f"PT, wait and %C&A are what you declare, in {basis.words}.",
        )
    )


async def _held(screen: MapScreen, stage: Stage) -> Held:
    """What the stages hold, and the items of one of them that are on the board."""
    stream, now = screen.stream, screen.host.now()
    return await screen.host.reading.call(lambda reader: read_held(reader, stream, stage.id, now))


async def split_stage(screen: MapScreen) -> None:
    """Ask for the names of the two halves, and where the items are."""
    stage = screen.chosen()
    if stage is None:
        return

    async def save(values: Values) -> Refusal | None:
        names = (values.get("first", stage.name), values.get("second", ""))
        items: tuple[int, ...] = ()
        if values.get("items") == GO:
            items = tuple(item for item, _ in (await _held(screen, stage)).items)
        message = f"split {stage.name} into {names[0]} and {names[1]}"
        screen.follow = names[1]
        return await screen.apply(c.SplitStage(stage.id, names, items), message=message)

    specs = [
        FieldSpec("first", "First", inert_line(stage.name), read=fields.needed("A stage")),
        FieldSpec("second", "Second", "", "what follows", fields.needed("A stage")),
    ]
    shown = screen.view.current_stage()
    if shown is not None and shown.wip:
        specs.append(FieldSpec("items", "Items", STAY, choices=(STAY, GO)))
    await screen.app.push_screen_wait(
        Form(
            f"Split {stage.name}",
            specs,
            save,
            about="The first half keeps history, WIP limit and policy; the past stays as it is.",
        )
    )


async def merge_stages(screen: MapScreen) -> None:
    """Ask for the name of the stage that this one and the next one become."""
    stage, stream = screen.chosen(), screen.stream
    if stage is None:
        return
    live = {other.id for other in stream.line}
    after = [stream.stage(n) for n in stream.following(stage.id) if n in live]
    if len(after) != 1:
        names = " and ".join(other.name for other in after) or "nothing"
        screen.say(f"{names} follows {stage.name}: only one neighbour can be merged", "warn")
        return
    (second,) = after

    held = await _held(screen, stage)
    along = coming_along(stage, second, held)

    async def save(values: Values) -> Refusal | None:
        name = values.get("name", second.name)
        screen.follow = name
        command = c.MergeStages(stage.id, second.id, name)
        message = f"merged {stage.name} and {second.name} into {name}"
        refused = await screen.apply(command, message=message)
        if refused is not None and refused.code is RefusalCode.WIP_SOFT:
            refused = with_count(refused, along)
            return await with_reason(
                screen.app,
                refused,
                f"the items of {stage.name}",
                lambda reason: screen.apply(replace(command, reason=reason), message=message),
            )
        return refused

    moved = f"{along}. " if held.items else ""
    await screen.app.push_screen_wait(
        Form(
            f"Merge {stage.name} with {second.name}",
            [FieldSpec("name", "Name", inert_line(second.name), read=fields.needed("A stage"))],
            save,
            keys="{confirm}: merge · {cancel}: cancel",
            about=f"{moved}{stage.name} is retired; {second.name} keeps its team and WIP limit.",
        )
    )


async def start_clock(screen: MapScreen) -> None:
    """Make the stage under the cursor the one whose entry starts the clock."""
    stage, stream = screen.chosen(), screen.stream
    if stage is None:
        return
    refused = await screen.apply(
        c.SetStream(stream.id, {"commitment": stage.id}),
        message=f"the clock starts at {stage.name}",
    )
    if refused is not None:
        screen.say(refused.sentences, "warn")


async def retire_or_restore(screen: MapScreen) -> None:
    """Retire the stage under the cursor, or bring a retired one back."""
    stage, stream = screen.chosen(), screen.stream
    if stage is None:
        return
    retired = [other for other in stream.order if other.retired]
    chosen: str | None = str(stage.id)
    if retired:
        rows = [
            Row(str(stage.id), f"Retire {stage.name}", str(stage.category)),
            *(
                Row(str(other.id), f"Restore {other.name}", str(other.category))
                for other in retired
            ),
        ]
        chosen = await screen.app.push_screen_wait(
            PickDialog(
                "Retire or restore a stage",
                lambda typed: [r for r in rows if typed.strip().casefold() in r.name.casefold()],
                placeholder="type part of a name",
                keys="{list_up} {list_down}: choose · {confirm}: do it · {cancel}: cancel",
            )
        )
    if not chosen:
        return
    if int(chosen) == stage.id:
        held = await _held(screen, stage)
        refused = await ask_and_retire(screen.app, stream, stage, held, screen.apply)
    else:
        screen.follow = stream.stage(int(chosen)).name
        refused = await screen.apply(c.RestoreStage(int(chosen)))
    if refused is not None:
        screen.say(refused.sentences, "warn")
