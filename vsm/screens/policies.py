"""What a stage is for, in words: category, team, limits, clock, edges, policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vsm.model.sanitise import inert, inert_line
from vsm.model.stream import EdgeKind
from vsm.screens.dialogs import Dialog, line
from vsm.screens.organisation_rows import MEANS, count, starts_clock

if TYPE_CHECKING:
    from vsm.model.board import Column
    from vsm.model.stream import Stage, ValueStream

_ASK = "None yet: when may an item enter, and when may it leave?"


def load_words(head: Column) -> str:
    """How many items a stage holds, and by how many that is too many."""
    stage = head.stage
    parts = [f"{head.wip} of {stage.limit}" if stage.limited else count(head.wip, "item")]
    if stage.limited and stage.limit is not None and head.wip > stage.limit:
        parts[0] += f", {head.wip - stage.limit} over"
    for each in head.classes:
        over = f", {each.wip - each.limit} over" if each.wip > each.limit else ""
        parts.append(f"{each.service} {each.wip} of {each.limit}{over}")
    return f"In it: {'; '.join(parts)}."


def facts(head: Column, stream: ValueStream, over: str) -> list[tuple[str, str]]:
    """What there is to say about a stage, each under a word; ``over`` marks what is too much."""
    stage = head.stage
    limit = "no limit"
    if stage.limited and stage.limit is not None:
        mark = f" {over}" if head.wip > stage.limit else ""
        binds = "hard: refuses" if stage.limit_kind == "hard" else "soft: asks for a reason"
        limit = f"{head.wip} of {stage.limit}{mark} ({binds})"
    elif stage.category.ended:
        limit = f"{count(head.wip, 'item')} in the last 14 days"
    else:
        limit = f"{count(head.wip, 'item')}, {limit}"
    classes = ", ".join(
        f"{c.service} {c.wip} of {c.limit}{f' {over}' if c.wip > c.limit else ''}"
        for c in head.classes
    )
    return [
        ("Category", f"{stage.category}: {MEANS[stage.category]}"),
        ("Team", head.team or "nobody owns it yet"),
        ("WIP", limit),
        *([("Classes", classes)] if classes else []),
        ("Clock", _clock(stage, stream)),
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


class PoliciesDialog(Dialog[str]):
    """A stage in words; gives back what is to be changed: ``policy`` or ``limit``."""

    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, head: Column, stream: ValueStream) -> None:
        super().__init__(head.stage.name)
        self._head = head
        self._stream = stream

    def compose(self) -> ComposeResult:
        """Facts, policy, keys."""
        glyphs = self.host.glyphs
        lines = [
            Content.assemble((f"{what:<10}", "dim"), inert_line(text))
            for what, text in facts(self._head, self._stream, glyphs.over)
        ]
        with self.box("-wide"):
            with VerticalScroll(id="report"):
                yield Static(Content("\n").join(lines))
                yield line("", "gap")
                yield Static(Content(inert(self._head.stage.policy) or _ASK))
            yield line("", "gap")
            yield line("e: change the policy   w: WIP limit   Esc: close", "quiet")

    def on_key(self, event: events.Key) -> None:
        """Change something, scroll, or close."""
        keymap, report = self.host.keymap, self.query_one(VerticalScroll)
        key = event.character or event.key
        if event.key == "e":
            event.stop()
            self.dismiss("policy")
        elif event.key == "w" or key in keymap.of("wip_limit"):
            event.stop()
            self.dismiss("limit")
        elif event.key in ("enter", "q") or key in keymap.of("policies"):
            event.stop()
            self.dismiss(None)
        elif event.key in ("down", "pagedown") or key in keymap.of("cursor_down"):
            event.stop()
            report.scroll_relative(y=1 if event.key != "pagedown" else 5, animate=False)
        elif event.key in ("up", "pageup") or key in keymap.of("cursor_up"):
            event.stop()
            report.scroll_relative(y=-1 if event.key != "pageup" else -5, animate=False)
