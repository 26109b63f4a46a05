"""Changes of edges on the map: draw one, change its kind, note something on it, remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.features.map.wording import NO_EDGE
from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.sanitise import inert_line
from vsm.model.stream import Edge, EdgeKind
from vsm.screens.forms import Form, Values
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.screens.map import MapScreen

FORWARD, BACK, NONE = "forward", "back (rework)", "none"
BY_DIRECTION = "by direction"
"""The choice that leaves it to the two stages whether an edge leads forward or back."""
KINDS = {FORWARD: EdgeKind.FORWARD, BACK: EdgeKind.REWORK}


async def edit_edge(screen: MapScreen) -> None:
    """Change the edge under the cursor, or draw one from the stage."""
    if screen.view.edge is not None:
        await _change(screen)
    else:
        await _draw(screen)


def _edge_of(screen: MapScreen) -> Edge | None:
    """The edge of the stream under the cursor; none where items just move that way."""
    ends = screen.view.edge
    return next((e for e in screen.stream.edges if (e.source, e.target) == ends), None)


async def _draw(screen: MapScreen) -> None:
    """Ask where an edge from the stage under the cursor leads."""
    stage, stream = screen.chosen(), screen.stream
    if stage is None:
        return
    there = {e.target for e in stream.edges if e.source == stage.id}
    others = [s for s in stream.line if s.id != stage.id and s.id not in there]
    if not others:
        screen.say(f"Edges lead from {stage.name} to all other stages already", "warn")
        return
    at = stream.index[stage.id]
    # What follows comes first, then what is before it, the nearest ahead.
    others.sort(key=lambda s: (stream.index[s.id] < at, abs(stream.index[s.id] - at)))

    async def save(values: Values) -> Refusal | None:
        target = stream.named(values.get("to", others[0].name))
        if target is None:
            return Refusal(RefusalCode.UNKNOWN, "That stage has just gone")
        back = stream.reaches(target.id, stage.id)
        kind = KINDS.get(values.get("kind", ""), EdgeKind.REWORK if back else EdgeKind.FORWARD)
        screen.view.edge = None
        arrow = f"{stage.name} {screen.host.glyphs.arrow} {target.name}"
        message = f"drew the edge {arrow}"
        refused = await screen.apply(c.AddEdge(stage.id, target.id, kind), message=message)
        if refused is None:
            screen.view.await_edge((stage.id, target.id))
        return refused

    await screen.app.push_screen_wait(
        Form(
            f"Edge from {stage.name}",
            [
                FieldSpec("to", "To", others[0].name, choices=tuple(s.name for s in others)),
                FieldSpec("kind", "It leads", BY_DIRECTION, choices=(BY_DIRECTION, FORWARD, BACK)),
            ],
            save,
            keys="{previous_value} {next_value}: choose · {next_field}: next field"
            " · {confirm}: draw · {cancel}: cancel",
        )
    )


async def _change(screen: MapScreen) -> None:
    """Ask for the kind of the edge under the cursor, its note, or whether it goes."""
    edge, ends = _edge_of(screen), screen.view.edge
    if ends is None:
        return
    if not set(ends) <= screen.stream.by_id.keys():
        screen.say("That edge has just gone from the map", "warn")
        return
    source, target = (screen.stream.stage(number) for number in ends)
    arrow = f"{source.name} {screen.host.glyphs.arrow} {target.name}"
    now = NONE if edge is None else FORWARD if edge.kind is EdgeKind.FORWARD else BACK

    async def save(values: Values) -> Refusal | None:
        kind = values.get("kind", now)
        note = values.get("note")
        if kind == NONE and note:
            return Refusal(RefusalCode.INVALID, "A note needs an edge", "choose a kind")
        commands: list[c.Command] = []
        if kind != now and edge is not None:
            commands.append(c.RemoveEdge(*ends))
        if kind not in (now, NONE):
            commands.append(c.AddEdge(*ends, KINDS[kind]))
        if kind != NONE and note is not None:
            commands.append(c.NoteEdge(*ends, note))
        if not commands:
            return None
        verb = "removed" if kind == NONE else "changed" if edge is not None else "drew"
        return await screen.apply(*commands, message=f"{verb} the edge {arrow}")

    note = "" if edge is None else inert_line(edge.note)
    about = (
        f"Items move this way, but it is {NO_EDGE}: choose a kind to draw it."
        if edge is None
        else "Removing it changes no figure of the past."
    )
    await screen.app.push_screen_wait(
        Form(
            f"Edge {arrow}",
            [
                FieldSpec("kind", "It leads", now, choices=(FORWARD, BACK, NONE)),
                FieldSpec("note", "Note", note, "an idea, a problem"),
            ],
            save,
            about=about,
        )
    )


async def note_edge(screen: MapScreen) -> None:
    """Ask for the note of the edge under the cursor."""
    edge = _edge_of(screen)
    if edge is None:
        screen.say(f"This is {NO_EDGE}: draw it first", "warn")
        return
    await _change(screen)
