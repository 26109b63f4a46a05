"""The rule on moving an item into another stream."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import (
    RuleViolation,
    answer,
    in_use,
    live_item,
    rank_at_end,
    stream_of,
)
from vsm.model.decide.gates import check_transfer
from vsm.model.decide.wip_limits import check_wip_limit
from vsm.model.errors import RefusalCode
from vsm.model.field_types import text_of
from vsm.model.view import View


@answer.register
def _(command: c.TransferItem, view: View) -> list[e.Event]:
    item = live_item(view, command.item, command.expected_version)
    from_stream = stream_of(view, item.stream)
    to_stream = view.stream_of_stage(command.to)
    if to_stream is None:
        raise RuleViolation(
            RefusalCode.UNKNOWN, f"there is no stage {command.to}", "list them: vsm stage list"
        )
    target = in_use(to_stream.stage(command.to))
    if to_stream.id == from_stream.id:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in {from_stream.name} already",
            "name a stage of another stream, or move it",
            (item.key,),
        )
    source = from_stream.stage(item.stage)
    if source.category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is in {source.name}: what has ended stays with the stream that did it",
            "reopen it first",
            (item.key,),
        )
    if target.category.ended:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{target.name} is {target.category}: {to_stream.name} has not worked on {item.key}",
            "choose a stage before done",
            (item.key,),
        )
    left_gates, gates = check_transfer(view, item, from_stream, to_stream, target)
    return [
        e.ItemTransferred(
            item=item.id,
            stream=from_stream.id,
            to=to_stream.id,
            source=source.id,
            target=target.id,
            rank_before=item.rank,
            rank=rank_at_end(view, target.id),
            reason=text_of("the reason", (command.reason or "").strip()),
            override=check_wip_limit(view, to_stream, target, command.reason, item.service),
            gates=gates,
            left_gates=left_gates,
        )
    ]
