"""Takes a stage off the board: asks where its items go, and for a reason above a limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.plural import count
from vsm.model.query_tree import Query
from vsm.screens.dialogs import AskDialog, PickDialog
from vsm.screens.organisation_rows import MEANS
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from textual.app import App

    from vsm.model.item import ClassOfService
    from vsm.model.stream import Stage, ValueStream
    from vsm.reader import Reader

MOST = 1_000_000
"""Items of a stage that are read at most."""


class Held(NamedTuple):
    """By stage how many items count into its limit; and those of one stage, ids by class."""

    counted: Mapping[int, int]
    items: tuple[tuple[int, ClassOfService], ...]


def read_held(reader: Reader, stream: ValueStream, stage: int, now: int) -> Held:
    """What the stages of a board hold, and the items of one of them."""
    columns = reader.columns(stream, Query(), now)
    cards = reader.cards(stream, stage, 0, MOST, Query(), now)
    counted = {column.stage.id: column.counted for column in columns}
    return Held(counted, tuple((card.id, card.service) for card in cards))


class Change(Protocol):
    """Does commands as one group, says what was done, and gives back what was refused."""

    def __call__(self, *commands: c.Command, message: str = "") -> Awaitable[Refusal | None]: ...


async def retire_stage(
    app: App[Any], stream: ValueStream, stage: Stage, held: Held, change: Change
) -> Refusal | None:
    """Retire a stage, with what that needs; gives back what was refused."""
    command, message = c.RetireStage(stage.id), f"retired the stage {stage.name}"
    to: Stage | None = None
    refused = await change(command)
    if refused is not None and refused.code is RefusalCode.REHOME:
        to = await _target(app, stream, stage, held.counted, refused)
        if to is None:
            return None
        command = replace(command, to=to.id)
        message = f"{message}; what was there is in {to.name} now"
        refused = await change(command, message=message)
    if refused is None or refused.code is not RefusalCode.WIP_SOFT:
        return refused
    if to is not None:
        refused = with_count(refused, coming_along(stage, to, held))
    return await with_reason(
        app,
        refused,
        f"the items of {stage.name}",
        lambda reason: change(replace(command, reason=reason), message=message),
    )


def coming_along(stage: Stage, into: Stage, held: Held) -> str:
    """How many items of a stage go into another one, and what that holds then against its limit."""
    limit = f", its WIP limit is {into.limit}" if into.limited else ""
    coming = [service for _, service in held.items]
    exempt = sum(service in into.exempt for service in coming) if into.limited else 0
    total = held.counted.get(into.id, 0) + len(coming) - exempt
    beside = f", {exempt} beside the limit" if exempt else ""
    items = f"{count(len(coming), 'item')} of {stage.name}"
    return f"{items} would come along{beside}: {into.name} would hold {total}{limit}"


def with_count(refused: Refusal, along: str) -> Refusal:
    """A refusal that says how many items come along, and not what one of them met on its way."""
    over = refused.data
    if over is not None and (over.group or over.service is not None):
        along = f"{along}. {refused.message}"
    return replace(refused, message=along)


async def with_reason(
    app: App[Any],
    refused: Refusal,
    what: str,
    again: Callable[[str], Awaitable[Refusal | None]],
) -> Refusal | None:
    """Ask for a reason to exceed a soft limit, then do it again with that."""
    reason = await app.push_screen_wait(
        AskDialog(
            "Above the WIP limit",
            f"{refused.message}. Reason for exceeding the limit with {what}",
            needed="A reason is needed.",
        )
    )
    return await again(reason) if reason else None


async def _target(
    app: App[Any], stream: ValueStream, stage: Stage, counted: Mapping[int, int], refused: Refusal
) -> Stage | None:
    """Ask into which stage the items go."""
    at = stream.index[stage.id]
    # The stage that follows comes first: that is where they would go next anyhow.
    line = sorted(stream.line, key=lambda other: stream.index[other.id] < at)
    rows = [
        Row(
            str(other.id),
            other.name,
            MEANS[other.category],
            f"{counted.get(other.id, 0)}/{other.limit}" if other.limited else "",
        )
        for other in line
        if other.id != stage.id
        and (other.category is stage.category if stage.category.ended else not other.category.ended)
    ]
    chosen = await app.push_screen_wait(
        PickDialog(
            f"{refused.message}: where do they go?",
            lambda typed: [r for r in rows if typed.strip().casefold() in r.name.casefold()],
            placeholder="type part of a stage's name",
            keys="{list_up} {list_down}: choose · {confirm}: move the items there and retire"
            " · {cancel}: cancel",
            empty="no stage fits",
        )
    )
    return stream.by_id.get(int(chosen)) if chosen else None
