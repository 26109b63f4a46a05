"""Shows the policies of a stage: category, team, limits, clock, edges, entry and exit rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from vsm.actions import Scope
from vsm.model.group_limit import group_text
from vsm.model.sanitise import inert, inert_line
from vsm.model.stream import EdgeKind
from vsm.screens.dialog import line
from vsm.screens.dialogs import TextDialog
from vsm.screens.organisation_rows import MEANS, count, starts_clock

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.model.stream import Stage, ValueStream

_ASK = "No policy yet: when may an item enter, and when may it leave?"


def load_words(head: Column) -> str:
    """How many items a stage holds, and by how many that is too many."""
    stage = head.stage
    parts = [f"{head.counted} of {stage.limit}" if stage.limited else count(head.wip, "item")]
    if stage.limited and stage.limit is not None and head.over:
        parts[0] += f", {head.counted - stage.limit} over"
    for service in head.classes:
        over = f", {service.wip - service.limit} over" if service.wip > service.limit else ""
        beside = " beside it" if service.service in stage.exempt and stage.limited else ""
        parts.append(f"{service.service} {service.wip} of {service.limit}{beside}{over}")
    return f"In it: {'; '.join(parts)}."


def facts(head: Column, stream: ValueStream, over: str) -> list[tuple[str, str]]:
    """What there is to say about a stage, each under a word; ``over`` marks what is too much."""
    stage = head.stage
    limit = "no limit"
    if stage.limited and stage.limit is not None:
        mark = f" {over}" if head.over else ""
        binds = "hard: refuses" if stage.limit_kind == "hard" else "soft: asks for a reason"
        limit = f"{head.counted} of {stage.limit}{mark} ({binds})"
    elif stage.category.ended:
        limit = f"{count(head.wip, 'item')} in the last 14 days"
    else:
        limit = f"{count(head.wip, 'item')}, {limit}"
    classes = ", ".join(
        f"{c.service} {c.wip} of {c.limit}{f' {over}' if c.wip > c.limit else ''}"
        f"{', beside the limit' if c.service in stage.exempt and stage.limited else ''}"
        for c in head.classes
    )
    return [
        ("Category", f"{stage.category}: {MEANS[stage.category]}"),
        ("Team", head.team or "unassigned"),
        ("WIP", limit),
        *([("Classes", classes)] if classes else []),
        *([("Together", group_text(stream, head.group))] if head.group is not None else []),
        ("Clock", _clock(stage, stream)),
        *([("Behaviour", stage.behaviour.shown)] if stage.behaviour.shown else []),
        *((what, text) for what, text in _edges(stage, stream) if text),
    ]


def _clock(stage: Stage, stream: ValueStream) -> str:
    first = starts_clock(stream)
    if first is None:
        return "never starts: no stage is queue or active"
    if stage.id == first.id:
        return "starts here" + (": the commitment" if stage is stream.commitment_stage else "")
    if stage.category.ended:
        return "has stopped" if stage.category == "done" else "stopped without delivery"
    return "runs" if stage.id in stream.starting else f"starts later, in {first.name}"


def _edges(stage: Stage, stream: ValueStream) -> list[tuple[str, str]]:
    def names(kind: EdgeKind, out: bool) -> str:
        ends = {
            (edge.target if out else edge.source)
            for edge in stream.edges
            if edge.kind is kind and (edge.source if out else edge.target) == stage.id
        }
        return ", ".join(s.name for s in stream.line if s.id in ends)

    return [
        ("From", names(EdgeKind.FORWARD, False)),
        ("To", names(EdgeKind.FORWARD, True)),
        ("Back to", names(EdgeKind.REWORK, True)),
        ("Back from", names(EdgeKind.REWORK, False)),
    ]


class PoliciesDialog(TextDialog[str]):
    """The policies of a stage; gives back what is to be changed: ``policy`` or ``limit``."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    SCOPE = Scope.POLICIES

    def __init__(self, head: Column, stream: ValueStream) -> None:
        super().__init__(head.stage.name)
        self._head = head
        self._stream = stream

    def compose(self) -> ComposeResult:
        over = self.host.glyphs.over
        lines = [
            Content.assemble((f"{name:<10}", "dim"), inert_line(text))
            for name, text in facts(self._head, self._stream, over)
        ]
        policy = Content(inert(self._head.stage.policy) or _ASK)
        with self.box("-wide"):
            yield self.text(Static(Content("\n").join(lines)), line("", "gap"), Static(policy))
            yield line("", "gap quiet")
            edits = "{edit_policy}: edit policy · {wip_limit}: WIP limit · "
            yield self.keys(f"{edits if self.host.view.at is None else ''}{{cancel}}: close")

    def action_edit_policy(self) -> None:
        self._change("policy")

    def action_wip_limit(self) -> None:
        self._change("limit")

    def _change(self, what: str) -> None:
        if self.host.view.at is None:  # the past is only read
            self.dismiss(what)

    def action_policies(self) -> None:
        self.dismiss(None)
