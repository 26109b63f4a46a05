"""The details of one item in a panel that scrolls: fields, blockers, links, comments, history."""

from __future__ import annotations

from datetime import date

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vsm.date_form import write_day
from vsm.features.governance.results import NextGate
from vsm.model.board import Detail
from vsm.model.control.control import Disposition
from vsm.model.item import Quality
from vsm.model.sanitise import inert, inert_line
from vsm.text_width import fit, fold, width_of
from vsm.widgets.date_text import ago, day, days, moment, with_days
from vsm.widgets.glyphs import Glyphs

Part = str | Content | tuple[str, str]

LABEL = 12
"""Cells of the names of fields, the gap after them with it."""
_DATED = ("Created", "Finished")
"""Fields of the left column that are not clipped."""
TWO_COLUMNS = 72
"""Cells of width from which on fields stand in two columns."""


class DetailPanel(VerticalScroll, can_focus=False):
    """Shows one item; empty where the cursor is on none.

    Stands below the board, or with the class ``-beside`` beside it.
    """

    DEFAULT_CSS = """
    DetailPanel {
        background: $surface; color: $foreground; padding: 0 1; height: 45%; width: 1fr;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable; scrollbar-background: $surface;
        scrollbar-color: $secondary-muted; border-top: solid $secondary-muted;
    }
    DetailPanel.-beside {
        height: 1fr; width: 38%; min-width: 40; max-width: 80; border-top: none;
    }
    DetailPanel Static { width: 1fr; height: auto; }
    """

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(id="detail")
        self.item: int | None = None
        self._glyphs = glyphs
        self._body = Static(Content(""))
        self._shown: tuple[Detail | None, str, int, tuple[str, ...], NextGate | None] = (
            *(None, "UTC", 0, ()),
            None,
        )

    def compose(self) -> ComposeResult:
        """One text, which wraps by itself."""
        yield self._body

    def show(
        self,
        detail: Detail | None,
        zone: str,
        now: int,
        waits_on: tuple[str, ...] = (),
        gate: NextGate | None = None,
    ) -> None:
        """Show an item (or none), on which teams it waits and which gate is ahead.

        Another one begins at its top.
        """
        item = detail.item.id if detail else None
        if item != self.item:
            self.item = item
            self.scroll_home(animate=False)
        self._shown = (detail, zone, now, waits_on, gate)
        self._draw()

    def on_resize(self) -> None:
        """Fields stand in two columns where there is room."""
        self._draw()

    def _draw(self) -> None:
        detail, zone, now, waits_on, gate = self._shown
        if detail is None:
            self._body.update(Content.styled("No item under the cursor.", "dim"))
        else:
            width = self.scrollable_content_region.width
            self._body.update(describe(detail, zone, now, self._glyphs, width, waits_on, gate))


def describe(
    detail: Detail,
    zone: str,
    now: int,
    glyphs: Glyphs,
    width: int,
    waits_on: tuple[str, ...] = (),
    gate: NextGate | None = None,
) -> Content:
    """All about an item as plain content, for a panel of ``width`` cells."""
    item = detail.item
    parts: list[Part] = [(inert_line(item.key), "bold $primary"), "\n"]
    parts += [(inert_line(item.title), "bold"), "\n\n"]
    parts += _stopped(detail, zone, now, glyphs, width, waits_on)
    parts += _gate(gate, glyphs, width)
    fields = _fields(detail, zone, now)
    dates = max((width_of(value) for name, value in fields if name in _DATED), default=0)
    two = width >= TWO_COLUMNS and dates < width // 2 - LABEL  # with a gap, or the two collide
    for n, (name, value) in enumerate(fields):
        left = two and n % 2 == 0 and n < len(fields) - 1
        room = width - LABEL - (width // 2 if two and n % 2 else 0)
        text = (
            fit(value, width // 2 - LABEL - 1, glyphs.ellipsis) + " "
            if left
            else _hang(value, room, width)
        )
        parts += [(f"{name:<{LABEL}}", "dim"), text, "" if left else "\n"]
    if item.description.strip():
        parts += ["\n", inert(item.description.strip()), "\n"]
    parts += _ended(detail, zone, glyphs, width)
    parts += _links(detail, glyphs, width)
    parts += _comments(detail, zone, now, width)
    if detail.history:
        parts += ["\n", ("History", "bold"), (f"  times in {inert_line(zone)}\n", "dim")]
        for line in detail.history:
            at = f"{moment(line.moment, zone):>17}  "
            text = with_days(line.written(moment(line.at, zone)))
            parts += [(at, "dim"), _hang(text, width - len(at), width), "\n"]
    return Content.assemble(*parts)


def _hang(text: str, room: int, width: int) -> str:
    """``text`` at the right end of ``width`` cells; lines after the first begin below it."""
    indent = " " * (width - room)
    return f"\n{indent}".join(fold(inert_line(text), room)) if room > 8 else inert_line(text)


def _owner(detail: Detail) -> str:
    """The owner by name and login, as far as they are known."""
    login = detail.item.owner
    if login is None:
        return "unassigned"
    return login if detail.owner in (None, login) else f"{detail.owner} ({login})"


def _due(detail: Detail) -> str:
    """The due date, with a sign and the days where it has passed."""
    if detail.item.due is None:
        return ""
    when = date.fromisoformat(detail.item.due)
    near = write_day(when)
    late = detail.due_in is not None and detail.due_in < 0
    return f"! {near}, overdue by {days(-(detail.due_in or 0))}" if late else near


def _fields(detail: Detail, zone: str, now: int) -> list[tuple[str, str]]:
    item = detail.item
    fields = [
        ("Stage", detail.stage),
        ("Since", f"{day(item.entered, zone)}, {ago(item.entered, now)}"),
        ("Type", item.type),
        ("Class", str(item.service)),
        ("Owner", _owner(detail)),
        ("Team", detail.team or "none"),
        ("Created", f"{day(item.created, zone)}, {ago(item.created, now)}"),
        ("Started", day(detail.started, zone) if detail.started is not None else "not yet"),
    ]
    if detail.finished is not None:
        fields.append(("Finished", day(detail.finished, zone)))
    in_stage = f", {detail.idle} in stage" if detail.idle not in (None, detail.age) else ""
    fields.append(("Age", f"{days(detail.age)}{in_stage}" if detail.age is not None else ""))
    fields += [("Cycle time", days(detail.cycle)), ("Lead time", days(detail.lead))]
    fields.append(("Due", _due(detail)))
    fields.append(("Clock", detail.clock))
    fields.append(("Estimate", f"{item.estimate:g}" if item.estimate is not None else ""))
    fields += [("Labels", ", ".join(item.labels)), ("Parent", item.parent or "")]
    if item.quality is not Quality.FULL:
        known = {
            Quality.TRUNCATED: "truncated: the source does not have all moves",
            Quality.ENDPOINTS_ONLY: "single dates, no moves",
        }
        fields.append(("History", known[item.quality]))
    return [(name, value) for name, value in fields if value]


def _stopped(
    detail: Detail, zone: str, now: int, glyphs: Glyphs, width: int, waits_on: tuple[str, ...]
) -> list[Part]:
    """What keeps the item from going on: that is what one looks for first."""
    parts: list[Part] = []
    for block in detail.blocks:
        if block.ended is None:
            words = f"{block.kind}: {block.reason}" if block.reason else f"{block.kind}"
            by = f" by {block.by}" if block.by else ""
            since = f", since {day(block.started, zone)} ({ago(block.started, now)}){by}"
            text = _hang(f"{words}{since}", width - 2, width)
            parts += [(f"{glyphs.blocked} {text}", "bold $error"), "\n"]
    if waits_on:
        words = f"It waits on {' and '.join(waits_on)}."
        parts += [(_hang(words, width, width), "$warning"), "\n"]
    return [*parts, "\n"] if parts else []


def _gate(gate: NextGate | None, glyphs: Glyphs, width: int) -> list[Part]:
    """The controls on the next move, those first that do not pass, with what to do."""
    if gate is None:
        return []
    parts: list[Part] = [(f"{glyphs.gate} Before {inert_line(gate.stage)}", "bold"), "\n"]
    for result in sorted(gate.results, key=lambda r: r.disposition is Disposition.CLEAR):
        if result.disposition is Disposition.CLEAR:
            parts += [(f"{glyphs.done} ", "$success"), f"{inert_line(result.control)}\n"]
            continue
        is_refused = result.disposition is Disposition.ENFORCED
        sign, style = (glyphs.no_pass, "$warning") if is_refused else (glyphs.bullet, "dim")
        words = f"{result.control}, {result.message}"
        if result.remedy:
            words += f". {result.remedy[:1].upper()}{result.remedy[1:]}"
        parts += [(f"{sign} ", style), _hang(words, width - 2, width), "\n"]
    return [*parts, "\n"]


def _ended(detail: Detail, zone: str, glyphs: Glyphs, width: int) -> list[Part]:
    """Resolved blockers."""
    parts: list[Part] = []
    for block in detail.blocks:
        if block.ended is not None:
            words = f"{block.kind}: {block.reason}" if block.reason else f"{block.kind}"
            by = f" by {block.by}" if block.by else ""
            span = f"{day(block.started, zone)} {glyphs.dash} {day(block.ended, zone)}"
            text = _hang(f"{words}, {span}{by}", width - 2, width)
            parts += [f"{glyphs.bullet} {text}", "\n"]
    return ["\n", ("Resolved blockers", "bold"), "\n", *parts] if parts else []


def _comments(detail: Detail, zone: str, now: int, width: int) -> list[Part]:
    """What people said, newest first, each with who and when."""
    if not detail.comments:
        return []
    parts: list[Part] = ["\n", ("Comments", "bold"), "\n"]
    for comment in detail.comments:
        when = f"{moment(comment.at, zone)}, {ago(comment.at, now)}"
        parts += [(inert_line(comment.by), "bold"), (f"  {when}\n", "dim")]
        for paragraph in inert(comment.text).strip().split("\n"):
            parts += [f"  {_hang(paragraph, width - 2, width)}", "\n"]
    return parts


def _links(detail: Detail, glyphs: Glyphs, width: int) -> list[Part]:
    if not detail.links:
        return []
    parts: list[Part] = ["\n", ("Links", "bold"), "\n"]
    for link in detail.links:
        mark, key = glyphs.done if link.done else glyphs.bullet, inert_line(link.key)
        head = f"{inert_line(link.label)} "
        stage = f" [{link.stage}]" if link.stage else ""
        stage += f" ({with_days(link.agreed)})" if link.agreed else ""
        title = "(not in this database)" if link.title is None else f"{link.title}{stage}"
        line = f"{mark} {_hang(f'{head}{key} {title}', width - 2, width)}"
        at = 2 + len(head)
        bold = at + len(key) if line.startswith(key, at) else at
        parts += [Content(line).stylize("bold", at, bold), "\n"]
    return parts
