"""Forms and questions for the lists of the organisation, and the commands that follow."""

from __future__ import annotations

from typing import Any

from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.sanitise import inert
from vsm.model.stream import Edge, EdgeKind, Stage, ValueStream
from vsm.screens import organisation_fields as fields
from vsm.screens.forms import Form, Values
from vsm.screens.organisation_entities import EntityForms
from vsm.screens.organisation_rows import EDGES, STAGES, STREAMS, edge_id
from vsm.screens.retire_stage import read_held, retire_stage
from vsm.screens.serial_executor import run_aside
from vsm.widgets.field import FieldSpec

POLICY = 10
"""Lines of a policy."""


def policy_form(stage: Stage, save: Any) -> Form:
    """A form for the policy of a stage, over several lines."""
    text = FieldSpec("policy", "Policy", inert(stage.policy), lines=POLICY)
    return Form(
        f"Policy of {stage.name}",
        [text],
        save,
        keys="{save}: save · {cancel}: cancel",
        about="When may an item enter, and when may it leave? One sentence a line.",
    )


class Changes(EntityForms):
    """Adds, changes and takes away what the cursor of the organisation is on."""

    async def add(self) -> None:
        """A new one of what the list holds."""
        part = self.screen.part
        if part is STREAMS:
            await self._add_stream()
        elif part is STAGES:
            await self._add_stage()
        elif part is EDGES:
            await self._add_edge()
        elif part.entity is not None:
            await self.add_entity(part.entity)

    async def edit(self) -> None:
        """Change the one under the cursor."""
        if self.screen.current_row() is None:
            return
        part, shown, row = self.screen.part, self.screen.shown, self.screen.row
        if part is STREAMS:
            await self._edit_stream()
        elif part is STAGES:
            stage = self._stage()
            if stage is not None:
                await self._edit_stage(stage)
        elif part is EDGES:
            await self._turn_edge()
        elif part.entity is not None:
            current = shown.entity(part, row)
            if current is not None:
                await self.edit_entity(part.entity, current)

    async def remove(self) -> None:
        """Take the one under the cursor away."""
        if self.screen.current_row() is None:
            return
        part, shown, row = self.screen.part, self.screen.shown, self.screen.row
        if part is STAGES:
            stage = self._stage()
            if stage is not None:
                await self._retire(stage)
        elif part is EDGES:
            edge = self._edge()
            if edge is not None:
                await self.screen.change_or_say(c.RemoveEdge(edge.source, edge.target))
        elif part.entity is not None:
            current = shown.entity(part, row)
            if current is not None:
                await self.remove_entity(part.entity, current)
        else:
            why = "its past would go with it; retire its stages, or rename it"
            self.screen.refuse(Refusal(RefusalCode.STATE, "A value stream is not taken away", why))

    async def restore(self) -> None:
        """Bring a retired stage back."""
        stage = self._stage()
        if stage is not None:
            await self.screen.change_or_say(c.RestoreStage(stage.id))

    async def order(self, by: int) -> None:
        """Put the stage under the cursor one place on, or back."""
        stage, stream = self._stage(), self.screen.shown.stream
        if stage is None or stream is None:
            return
        line = [other for other in stream.line if not other.category.ended]
        at = next((n for n, other in enumerate(line) if other.id == stage.id), None)
        if at is None:
            what = "retired" if stage.retired else f"{stage.category}: it stands behind the others"
            self.screen.refuse(Refusal(RefusalCode.STATE, f"{stage.name} is {what}"))
        elif not 0 <= at + by < len(line):
            which = "first" if by < 0 else "last before the end"
            self.screen.refuse(Refusal(RefusalCode.STATE, f"{stage.name} is the {which}"))
        else:
            behind = line[at + 1].id if by > 0 else line[at - 2].id if at > 1 else None
            await self.screen.change_or_say(c.PlaceStage(stage.id, behind))

    async def policy(self) -> None:
        """Change the policy of a stage, over several lines."""
        stage = self._stage()
        if stage is None:
            return
        number = stage.id

        async def save(values: Values) -> Refusal | None:
            if not values:
                return None
            return await self.screen.change(c.SetStage(number, values))

        await self.ask(policy_form(stage, save))

    # -- streams ----------------------------------------------------------------------------

    async def _add_stream(self) -> None:
        from vsm.screens.new_stream import new_stream

        before = {stream.id for stream in self.screen.shown.streams}
        if await new_stream(self.screen.app, self.screen.change):
            made = [s.id for s in self.screen.shown.streams if s.id not in before]
            if made:
                self.screen.show(STREAMS, str(made[-1]))

    async def _edit_stream(self) -> None:
        stream = self.screen.shown.stream
        if stream is None:
            return
        known = await run_aside(fields.zones)
        chosen = stream

        async def save(values: Values) -> Refusal | None:
            changes = fields.stream_changes(chosen, values)
            return await self.screen.change(c.SetStream(chosen.id, changes)) if changes else None

        await self.ask(
            Form(
                f"Value stream {stream.name}",
                fields.stream_fields(stream, known),
                save,
                about="Another zone or clock works the figures out anew; the past stays as it is.",
            )
        )

    # -- stages -----------------------------------------------------------------------------

    def _stage(self) -> Stage | None:
        """The stage under the cursor; says so where there is none."""
        stream = self.screen.shown.stream
        if self.screen.part is not STAGES:
            self.screen.refuse(Refusal(RefusalCode.NOT_HERE, "That is for stages: 2 shows them"))
            return None
        row = self.screen.current_row()
        if row is None or stream is None:
            return None
        return stream.by_id.get(int(row.id))

    def _streamed(self) -> ValueStream | None:
        stream = self.screen.shown.stream
        if stream is None:
            self.screen.refuse(
                Refusal(RefusalCode.NOT_HERE, "There is no value stream yet", "1, then a")
            )
        return stream

    async def _add_stage(self) -> None:
        stream = self._streamed()
        if stream is None:
            return
        current = stream.by_id.get(int(self.screen.row or 0))
        last = [stage.name for stage in stream.line if not stage.category.ended]
        after = current.name if current is not None and current.name in last else (last or [""])[-1]

        async def save(values: Values) -> Refusal | None:
            behind = stream.named(values.get("after", after))
            return await self.screen.change(fields.add_stage(stream, values, behind))

        teams = self.screen.shown.teams
        await self.ask(
            Form(f"New stage in {stream.name}", fields.new_stage_fields(stream, after, teams), save)
        )

    async def _edit_stage(self, stage: Stage) -> None:
        async def save(values: Values) -> Refusal | None:
            changes = fields.stage_changes(values)
            return await self.screen.change(c.SetStage(stage.id, changes)) if changes else None

        about = "Another category works the figures out anew; the past stays as it is."
        form = Form(
            f"Stage {stage.name}",
            fields.stage_fields(stage, self.screen.shown.teams),
            save,
            about=about,
        )
        await self.ask(form)

    async def _retire(self, stage: Stage) -> None:
        """Take a stage off the board: ask where its items go, and for a reason above a limit."""
        stream, screen = self.screen.shown.stream, self.screen
        if stream is None:
            return
        now = screen.host.now()
        held = await screen.host.reading.call(
            lambda reader: read_held(reader, stream, stage.id, now)
        )
        refused = await retire_stage(screen.app, stream, stage, held, screen.change)
        if refused is not None:
            screen.refuse(refused)

    # -- edges ------------------------------------------------------------------------------

    def _edge(self) -> Edge | None:
        stream, row = self.screen.shown.stream, self.screen.row
        edges = stream.edges if stream is not None else ()
        return next((edge for edge in edges if edge_id(edge) == row), None)

    async def _add_edge(self) -> None:
        stream = self._streamed()
        if stream is None:
            return
        names = tuple(stage.name for stage in stream.line)
        forward, back = "forward", "back (rework)"
        edge = self._edge()
        first = stream.by_id[edge.source].name if edge is not None else names[0]
        source = first if first in names else names[0]

        async def save(values: Values) -> Refusal | None:
            ends = [stream.named(values.get(end, source)) for end in ("from", "to")]
            kind = EdgeKind.REWORK if values.get("kind", forward) == back else EdgeKind.FORWARD
            if ends[0] is None or ends[1] is None:
                return Refusal(RefusalCode.UNKNOWN, "That stage has just gone")
            return await self.screen.change(c.AddEdge(ends[0].id, ends[1].id, kind))

        await self.ask(
            Form(
                "Draw an edge",
                [
                    FieldSpec("from", "From", source, choices=names),
                    FieldSpec("to", "To", source, choices=names),
                    FieldSpec("kind", "It leads", forward, choices=(forward, back)),
                ],
                save,
                keys="{previous_value} {next_value}: choose · {next_field}: next field"
                " · {confirm}: add · {cancel}: cancel",
            )
        )

    async def _turn_edge(self) -> None:
        edge = self._edge()
        if edge is None:
            return
        kind = EdgeKind.FORWARD if edge.kind is EdgeKind.REWORK else EdgeKind.REWORK
        await self.screen.change_or_say(
            c.RemoveEdge(edge.source, edge.target), c.AddEdge(edge.source, edge.target, kind)
        )
