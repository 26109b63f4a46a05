"""Rules on links between items."""

from __future__ import annotations

from datetime import date

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.decide.base import RuleViolation, answer, item_of
from vsm.model.errors import RefusalCode
from vsm.model.item import Agreement, Item, LinkKind
from vsm.model.view import View


@answer.register
def _(command: c.LinkItems, view: View) -> list[e.Event]:
    source, target = item_of(view, command.source, None), item_of(view, command.target, None)
    if source.id == target.id:
        raise RuleViolation(
            RefusalCode.CYCLE, f"{source.key} cannot be linked to itself", items=(source.key,)
        )
    if command.kind is LinkKind.PARENT:
        return answer(c.EditItem(target.id, {"parent": source.key}), view)
    ends = command.kind.ends(source.key, target.key)
    if view.linked(command.kind, *ends):
        raise RuleViolation(RefusalCode.STATE, f"{source.key} {command.kind} {target.key} already")
    if command.kind is LinkKind.BLOCKS:
        path = tuple(view.blocking_path(target.key, source.key))
        if path:
            circle = " → ".join((source.key, *path))
            raise RuleViolation(
                RefusalCode.CYCLE,
                f"that would close a circle: {circle}",
                "take a link away first",
                path,
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
            raise RuleViolation(
                RefusalCode.STATE, f"{source.key} is not the parent of {target.key}"
            )
        return answer(c.EditItem(target.id, {"parent": None}), view)
    ends = command.kind.ends(source.key, target.key)
    if not view.linked(command.kind, *ends):
        raise RuleViolation(
            RefusalCode.STATE, f"no link says that {source.key} {command.kind} {target.key}"
        )
    out: list[e.Event] = []
    if command.kind is LinkKind.BLOCKS and view.agreement(*ends) != Agreement():
        out.append(_agreed(source, target, view.agreement(*ends), Agreement()))
    return [
        *out,
        e.ItemUnlinked(
            item=source.id, stream=source.stream, link=command.kind, source=ends[0], target=ends[1]
        ),
    ]


@answer.register
def _(command: c.AgreeDependency, view: View) -> list[e.Event]:
    source, target = item_of(view, command.source, None), item_of(view, command.target, None)
    out: list[e.Event] = []
    if not view.linked(LinkKind.BLOCKS, source.key, target.key):
        out += answer(c.LinkItems(source.id, target.id, LinkKind.BLOCKS), view)
    before = view.agreement(source.key, target.key)
    need_by = before.need_by
    if command.need_by != c.UNCHANGED:
        need_by = None if command.need_by is None else _date(command.need_by)
    after = Agreement(command.state or before.state, need_by)
    if after == before and not out:
        raise RuleViolation(
            RefusalCode.STATE,
            f"that {target.key} waits for {source.key} is {_words(before)} already",
        )
    if after != before:
        out.append(_agreed(source, target, before, after))
    return out


def _agreed(source: Item, target: Item, before: Agreement, after: Agreement) -> e.DependencyAgreed:
    return e.DependencyAgreed(
        item=target.id,
        stream=target.stream,
        source=source.key,
        target=target.key,
        before=tuple(before),
        after=tuple(after),
    )


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise RuleViolation(
            RefusalCode.INVALID,
            f"{text!r} is no date that it could be needed by",
            "write it as 2026-12-24",
        ) from None


def _words(agreement: Agreement) -> str:
    state = agreement.state or "not agreed on"
    return f"{state}, needed by {agreement.need_by}" if agreement.need_by else f"{state}"
