"""Rules on links between items."""

from __future__ import annotations

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import answer, item_of, no
from vsm.model.item import LinkKind
from vsm.model.view import View


@answer.register
def _(command: c.LinkItems, view: View) -> list[e.Event]:
    source, target = item_of(view, command.source, None), item_of(view, command.target, None)
    if source.id == target.id:
        raise no("cycle", f"{source.key} cannot be linked to itself", items=(source.key,))
    if command.kind is LinkKind.PARENT:
        return answer(c.EditItem(target.id, {"parent": source.key}), view)
    ends = command.kind.ends(source.key, target.key)
    if view.linked(command.kind, *ends):
        raise no("state", f"{source.key} {command.kind} {target.key} already")
    if command.kind is LinkKind.BLOCKS:
        path = tuple(view.blocking_path(target.key, source.key))
        if path:
            circle = " → ".join((source.key, *path))
            raise no(
                "cycle", f"that would close a circle: {circle}", "take a link away first", path
            )
    return [
        e.ItemLinked(
            item=source.id, stream=source.stream, link=command.kind, source=ends[0], target=ends[1]
        )
    ]


@answer.register
def _(command: c.UnlinkItems, view: View) -> list[e.Event]:
    source, target = item_of(view, command.source, None), item_of(view, command.target, None)
    if command.kind is LinkKind.PARENT:
        if (target.parent or "").casefold() != source.key.casefold():
            raise no("state", f"{source.key} is not the parent of {target.key}")
        return answer(c.EditItem(target.id, {"parent": None}), view)
    ends = command.kind.ends(source.key, target.key)
    if not view.linked(command.kind, *ends):
        raise no("state", f"no link says that {source.key} {command.kind} {target.key}")
    return [
        e.ItemUnlinked(
            item=source.id, stream=source.stream, link=command.kind, source=ends[0], target=ends[1]
        )
    ]
