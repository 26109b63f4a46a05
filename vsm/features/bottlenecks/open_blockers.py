"""Groups the open blockers of a stream by the team that can remove them, and recommends to do so.

What is over recommends nothing: an item that is finished needs no help, and one whose need was
met has only a blocker left to take off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vsm.features.bottlenecks.results import MAX_ITEMS, Action
from vsm.model.board import OpenBlocker
from vsm.model.item import BlockerKind
from vsm.model.plural import count
from vsm.model.rules import DAY
from vsm.model.sanitise import inert_line
from vsm.report.wording import listed
from vsm.text_width import clip

_MET = "\0met"
"""The group of items whose needs are met."""
LONGEST_REASON = 60
"""Cells after which a reason is cut."""
_NAMED = 3
"""Items that are waited for before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class BlockedItem:
    """An item that is blocked: for how many days, what it still waits for, the reason given."""

    item: int
    key: str
    kind: str
    days: float
    waits_for: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BlockerGroup:
    """Blocked items whose blockers one team, or one kind of step, removes; the longest first.

    ``team`` is ``None`` where nobody in particular is waited for, and ``""`` where what is waited
    for has no team. ``is_met`` says that all that they waited for is there.
    """

    team: str | None
    kind: str
    items: tuple[BlockedItem, ...]
    is_met: bool = False

    @property
    def days(self) -> float:
        """Item-days blocked so far."""
        return sum(item.days for item in self.items)


def open_blockers(rows: Iterable[OpenBlocker], now: int) -> tuple[BlockerGroup, ...]:
    """Group open blockers by the team that is waited for, else by kind; most item-days first."""
    by_item: dict[int, list[OpenBlocker]] = defaultdict(list)
    for row in rows:
        by_item[row.item].append(row)
    groups: dict[tuple[str | None, str], list[BlockedItem]] = defaultdict(list)
    for blockers in by_item.values():
        first = blockers[0]
        days = max(0.0, (now - first.since) / DAY)
        waited = [row for row in blockers if row.waits_for]
        still = [row for row in waited if not row.is_met]
        keys = tuple(dict.fromkeys(row.waits_for for row in still or waited))
        reason = clip(inert_line(first.reason).strip().rstrip("."), LONGEST_REASON)
        item = BlockedItem(first.item, first.key, first.kind, days, keys, reason)
        if still:
            groups[still[0].team, BlockerKind.DEPENDENCY.value].append(item)
        elif waited:
            groups[None, _MET].append(item)
        else:
            groups[None, first.kind].append(item)
    ordered = [
        BlockerGroup(team, kind, tuple(sorted(items, key=lambda of: -of.days)), kind == _MET)
        for (team, kind), items in groups.items()
    ]
    return tuple(sorted(ordered, key=lambda group: (-group.days, group.team or "", group.kind)))


def remove_blockers(
    groups: Sequence[BlockerGroup], inside: Collection[int], constraint: str
) -> list[Action]:
    """An action for each group; those that hold up items ``inside`` the constraint come first."""
    in_order = sorted(groups, key=lambda group: not any(it.item in inside for it in group.items))
    return [_remove(group, inside, constraint) for group in in_order]


def _remove(group: BlockerGroup, inside: Collection[int], constraint: str) -> Action:
    items = group.items
    keys = tuple(dict.fromkeys(key for item in items for key in item.waits_for))
    many = count(len(items), "item")
    is_one = len(items) == 1
    longest = count(round(items[0].days), "day") if items[0].days >= 1 else "less than a day"
    if group.is_met:
        what = f"Unblock {listed([item.key for item in items], _NAMED)}"
        why = f"What {'it' if is_one else 'they'} waited for is there: {listed(keys, _NAMED)}"
    elif group.team is not None:
        named = listed(keys, _NAMED)
        what = f"Ask {group.team} for {named}" if group.team else f"Find a team for {named}"
        why = f"{many} {'waits' if is_one else 'wait'} for {'it' if len(keys) == 1 else 'them'}"
    else:
        kind = group.kind
        if is_one and kind == BlockerKind.OTHER and items[0].reason:
            kind = items[0].reason  # "other" alone says nothing of what is to be done
        what = f"Remove the open blocker{'' if is_one else 's'}: {kind}"
        why = many
    if is_one:
        why += f", blocked for {longest} so far"
    else:
        why += (
            f", blocked for {group.days:.0f} item-days so far, {items[0].key} longest ({longest})"
        )
    there = sum(item.item in inside for item in items)
    if there:
        of_them = "all" if there == len(items) else f"{there} of them"
        which = "it takes" if is_one else f"{of_them} {'takes' if there == 1 else 'take'}"
        why += f"; {which} up capacity of {constraint}, the constraint"
    return Action(
        what,
        f"{why}.",
        tuple(item.item for item in items[:MAX_ITEMS]),
        behind=tuple((item.item, _remark(item, group)) for item in items),
    )


def _remark(item: BlockedItem, group: BlockerGroup) -> str:
    waits = f", {'waited' if group.is_met else 'waits'} for {listed(item.waits_for, _NAMED)}"
    kind = item.reason if item.kind == BlockerKind.OTHER and item.reason else item.kind
    return f"blocked {item.days:.0f} d{waits if item.waits_for else f' ({kind})'}"
