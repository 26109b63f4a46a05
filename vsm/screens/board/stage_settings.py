"""Keys that shape the stream: the WIP limit and the policies of a column, the organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.model.errors import Refusal

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.model.command import Command
    from vsm.screens.board.parts import BoardParts
    from vsm.screens.forms import Values


async def open_organisation(board: BoardParts, entity: str = "") -> None:
    """Open the organisation, on the stages of this stream or on the list of an entity."""
    from vsm.screens.organisation import OrganisationDialog
    from vsm.screens.organisation_rows import PARTS, STAGES, load

    now, stream = board.host.now(), board.stream.id
    role = board.host.own_role
    shown = await board.host.reading.call(
        lambda reader: load(reader, stream, now, role.onlooker(reader, now))
    )
    board.poller.paused = True  # the organisation looks itself
    part = next((p for p in PARTS if p.entity is not None and p.entity.name == entity), STAGES)
    try:
        to = await board.screen.app.push_screen_wait(OrganisationDialog(shown, stream, part))
    finally:
        board.poller.paused = False
    other = board.reader.stream(to) if to is not None and to != stream else None
    if other is not None:
        board.host.open_board(other)
    else:
        board.data.catch_up()


def _head(board: BoardParts, stage: int | None) -> Column | None:
    """The column of a stage as it is now; says so where it has gone."""
    if stage is None:
        return board.widget.column.head
    head = next((c.head for c in board.widget.columns if c.head.stage.id == stage), None)
    if head is None:
        board.screen.say("That stage has just gone from the board", "warn")
    return head


async def set_wip_limit(board: BoardParts, stage_id: int | None = None) -> None:
    """Ask for the WIP limit of a stage, or of the column under the cursor."""
    from vsm.model.command import SetStage
    from vsm.model.limit_text import limits_of
    from vsm.screens.forms import Form
    from vsm.screens.organisation_fields import LIMITS, limits_field
    from vsm.screens.policies import load_words

    head = _head(board, stage_id)
    if head is None:
        return
    stage = head.stage
    if not stage.category.working:
        why = "only queue and active stages have one"
        board.screen.say(f"{stage.name} has no WIP limit: {why}", "warn")
        return

    async def save(values: Values) -> Refusal | None:
        if not values:
            return None
        return await _set_stage(board, SetStage(stage.id, values["limits"].changes))

    await board.screen.app.push_screen_wait(
        Form(
            f"WIP limit of {stage.name}",
            [limits_field(limits_of(stage), LIMITS)],
            save,
            keys="{confirm}: save · {cancel}: cancel",
            about=f"Now: {limits_of(stage)}. {load_words(head)}",
        )
    )


async def _set_stage(board: BoardParts, command: Command) -> Refusal | None:
    """Change a stage from a form, which shows what was refused."""
    result = await board.writer.write(lambda: command, tell=False)
    return result if isinstance(result, Refusal) else None


async def show_policies(board: BoardParts, stage_id: int | None = None) -> None:
    """Show the policies of a stage, or of the column under the cursor, and change them."""
    from vsm.model.command import SetStage
    from vsm.screens.organisation_forms import policy_form
    from vsm.screens.policies import PoliciesDialog

    async def save(values: Values) -> Refusal | None:
        return await _set_stage(board, SetStage(number, values)) if values else None

    number = stage_id if stage_id is not None else board.widget.column.head.stage.id
    while True:
        head = _head(board, number)
        if head is None:
            return
        stream = (board.data.past or board).stream
        chosen = await board.screen.app.push_screen_wait(PoliciesDialog(head, stream))
        if chosen == "policy":
            await board.screen.app.push_screen_wait(policy_form(head.stage, save))
        elif chosen == "limit":
            await set_wip_limit(board, number)
        else:
            return
