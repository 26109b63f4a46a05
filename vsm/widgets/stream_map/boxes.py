"""The words in the boxes of a map: name, team, WIP, times, %C&A, utilisation; queues as triangles.

Each line is a list of pairs of a text and the name of its ink, exactly as wide as the box.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vsm.features.map.results import MapStage, Measure
from vsm.model.stream import Category
from vsm.report.wording import percent
from vsm.text_width import clip, fit, shown, width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.routes import BOX_HEIGHT, LOW_HEIGHT

Pieces = list[tuple[str, str]]

WIDE = 22
NARROW = 20
"""Cells of the box of an active stage, and where columns are scarce."""
SLIM = 14
"""Cells of a queue and of done."""
DROPPED = 16
"""Cells of dropped, which says where items come from."""


NO_PORTS: Mapping[str, str] = MappingProxyType({})


def width_of_box(stage: MapStage, narrow: bool) -> int:
    """How wide the box of a stage is."""
    if stage.category is Category.DROPPED:
        return DROPPED
    if stage.category is not Category.ACTIVE:
        return SLIM
    return NARROW if narrow else WIDE


def time_text(days: float | None, hours: int = 24) -> str:
    """``3.2 d``, ``5 h``, ``40 m``; an hour is the part of a day that ``hours`` says."""
    if days is None:
        return ""
    if days >= 9.95:
        return f"{days:.0f} d"
    if days >= 0.995:
        return f"{days:.1f} d"
    if days * hours >= 0.995:
        return f"{days * hours:.0f} h" if days * hours >= 9.95 else f"{days * hours:.1f} h"
    minutes = days * hours * 60
    return f"{minutes:.0f} m" if minutes >= 0.5 else "0"


def measure_text(measure: Measure, text: str, declared: str, unlike: str) -> Pieces:
    """Measured, and beside it what was declared where there is that."""
    if measure.measured is None:
        return [(f"({declared})", "faint")] if declared else []
    out: Pieces = [(text, "text")]
    if declared and measure.differs:
        out.append((f" {unlike}{declared}", "warn"))
    elif declared:
        out.append((f" ({declared})", "faint"))
    return out


def note_mark(glyphs: Glyphs) -> str:
    """What marks a stage or an edge with a note."""
    return "[n]" if glyphs is ASCII else "✱"


class BoxText:
    """Writes boxes with one set of symbols; ``hours`` are those of a day that the map counts."""

    def __init__(self, glyphs: Glyphs, hours: int = 24) -> None:
        self._glyphs = glyphs
        self._hours = hours
        self._unlike = "<>" if glyphs is ASCII else "≠"
        self._note = note_mark(glyphs)
        self._plain = glyphs is ASCII

    def lines(
        self,
        stage: MapStage,
        width: int,
        *,
        chosen: bool = False,
        low: bool = False,
        ports: Mapping[str, str] = NO_PORTS,
        origin: str = "",
    ) -> list[Pieces]:
        """The lines of a box. ``ports`` has by side (``left``, ``right``) the ink of an edge;
        ``origin`` says where items come from that no edge shows.
        """
        height = LOW_HEIGHT if low else BOX_HEIGHT
        if stage.category in (Category.QUEUE, Category.BACKLOG):
            return self._queue(stage, width, chosen, ports, height)
        if stage.category is Category.ACTIVE:
            return self._active(stage, width, chosen, height)
        return self._ended(stage, width, chosen, height, origin)

    # -- active stages ---------------------------------------------------------------------

    def _active(self, stage: MapStage, width: int, chosen: bool, height: int) -> list[Pieces]:
        inner = width - 2
        wip, ink = self._wip(stage)
        team = shown(stage.team or self._glyphs.dash)
        used = width_of(wip)
        rows = [
            self._split(
                [(clip(team, inner - used - 1, self._glyphs.ellipsis), "blue")],
                [(wip, ink)],
                inner,
            ),
        ]
        if height < BOX_HEIGHT:
            rows.append(self._both(stage, inner))
        else:
            rows += [
                self._figure("PT", stage.process, inner),
                self._figure("wait", stage.wait, inner),
                self._quality(stage, inner),
            ]
        return self._framed(stage, width, chosen, rows, height)

    def _both(self, stage: MapStage, inner: int) -> Pieces:
        """Process time and wait in one line, the measured ones where there are any."""
        process, wait = (
            time_text(measure.best, self._hours) or self._glyphs.dash
            for measure in (stage.process, stage.wait)
        )
        unlike = stage.process.differs or stage.wait.differs
        mark = f" {self._unlike}" if unlike else ""
        left: Pieces = [("PT ", "faint"), (process, "text"), (mark, "warn")]
        right: Pieces = [("wait ", "faint"), (wait, "text")]
        return self._split(left, right, inner)

    def _figure(self, name: str, measure: Measure, inner: int) -> Pieces:
        text = time_text(measure.measured, self._hours)
        parts = measure_text(measure, text, time_text(measure.declared, self._hours), self._unlike)
        if not parts:
            return self._split([(f"{name} ", "faint"), (self._glyphs.dash, "faint")], [], inner)
        return self._split([(f"{name} ", "faint"), *parts[:1]], parts[1:], inner)

    def _quality(self, stage: MapStage, inner: int) -> Pieces:
        measure = stage.complete_accurate
        declared = percent(measure.declared, unknown="")
        parts = measure_text(measure, percent(measure.measured, unknown=""), declared, self._unlike)
        parts = [(text.lstrip() if n else text, ink) for n, (text, ink) in enumerate(parts)]
        left: Pieces = [("C&A ", "faint"), *(parts or [(self._glyphs.dash, "faint")])]
        if stage.utilisation is None:
            return self._split(left, [], inner)
        text = percent(stage.utilisation)
        ink = "bad" if stage.utilisation >= 1 else "warn" if stage.utilisation >= 0.85 else "text"
        used = sum(width_of(part) for part, _ in left) + width_of(text)
        word = next((w for w in ("util ", "ut ", "") if used + len(w) < inner), "")
        return self._split(left, [(word, "faint"), (text, ink)], inner)

    def _wip(self, stage: MapStage) -> tuple[str, str]:
        over = self._glyphs.over if stage.is_over else ""
        return f"WIP {stage.wip_text}{over}", "bad" if stage.is_over else "text"

    def _split(self, left: Pieces, right: Pieces, inner: int) -> Pieces:
        """Pieces at both ends of a line, the left ones clipped where there is no room."""
        end = sum(width_of(text) for text, _ in right)
        out: Pieces = []
        used = 0
        for text, ink in left:
            words = clip(text, max(0, inner - end - used), self._glyphs.ellipsis)
            words = text if width_of(text) + used + end <= inner else words
            out.append((words, ink))
            used += width_of(words)
        return [*out, (" " * max(0, inner - end - used), "text"), *right]

    def _framed(
        self, stage: MapStage, width: int, chosen: bool, rows: list[Pieces], height: int
    ) -> list[Pieces]:
        """A box with the name in its upper edge."""
        ink = "accent" if chosen else "strong" if stage.constraint else "text"
        if stage.retired or not stage.is_reachable:
            ink = "accent" if chosen else "faint"
        # In ASCII a heavy frame would look as a light one does.
        ends = ("######" if self._plain else "┏━┓┃┗┛") if chosen else "┌─┐│└┘"
        mark = f"{self._glyphs.limits} " if stage.constraint else ""
        note = f" {self._note}" if stage.note else ""
        room = width - 4 - width_of(mark) - width_of(note)
        name = clip(stage.name, room, self._glyphs.ellipsis)
        title = f"{mark}{name}{note}"
        fill = ends[1] * (width - 4 - width_of(title))
        head: Pieces = [
            (ends[0], ink),
            (f" {title} ", "cursor" if chosen else "strong"),
            (f"{fill}{ends[2]}", ink),
        ]
        foot: Pieces = [(f"{ends[4]}{ends[1] * (width - 2)}{ends[5]}", ink)]
        body = [[(ends[3], ink), *row, (ends[3], ink)] for row in rows]
        blank: Pieces = [(ends[3], ink), (" " * (width - 2), "text"), (ends[3], ink)]
        body += [blank] * (height - 2 - len(body))
        return [head, *body, foot]

    # -- done and dropped ------------------------------------------------------------------

    def _ended(
        self, stage: MapStage, width: int, chosen: bool, height: int, origin: str
    ) -> list[Pieces]:
        inner = width - 2
        done = stage.category is Category.DONE
        mark = f"{self._glyphs.done} done" if done else "dropped"
        rows: list[Pieces] = [[(fit(mark, inner), "good" if done else "faint")]]
        if stage.arrivals is not None:
            rate = f"{rate_text(stage.arrivals)}/wk"
            if origin and height < BOX_HEIGHT:
                rows[0] = [(fit(f"{mark} {rate}", inner), "faint")]
            else:
                rows.append([(fit(rate, inner), "text")])
        if origin:
            rows.append([(fit(clip(shown(origin), inner, self._glyphs.ellipsis), inner), "faint")])
        return self._framed(stage, width, chosen, rows, height)

    # -- queues ----------------------------------------------------------------------------

    def _queue(
        self,
        stage: MapStage,
        width: int,
        chosen: bool,
        ports: Mapping[str, str],
        height: int,
    ) -> list[Pieces]:
        """A triangle, as inventory is drawn, with name and figures below it."""
        centre = width // 2
        ink = "accent" if chosen else "text"
        count = f"{stage.wip}" if stage.wip < 100 else ""
        lines: list[Pieces] = [self._around("╱╲", centre - 1, width, ink)]
        half = 2
        if height == BOX_HEIGHT:
            lines.append(self._around(f"╱{count:^2}╲", centre - 2, width, ink))
            half = 3
        lines.append(self._base(width, half, ink, ports))
        note = f" {self._note}" if stage.note else ""
        ends = ("# ", " #") if chosen and self._plain else ("", "")
        room = width - width_of(note) - sum(map(width_of, ends))
        name = ends[0] + clip(stage.name, room, self._glyphs.ellipsis) + note + ends[1]
        pad = (width - width_of(name)) // 2
        lines.append(self._around(name, pad, width, "cursor" if chosen else "strong"))
        wip, wip_ink = self._wip(stage)
        if height < BOX_HEIGHT:
            wait = time_text(stage.wait.best, self._hours)
            wip = next((t for t in (f"{wip} {wait}", wip) if width_of(t) <= width), "")
        lines.append(self._around(wip, (width - width_of(wip)) // 2, width, wip_ink))
        if height == BOX_HEIGHT:
            lines.append(self._queue_wait(stage, width))
        return lines

    def _base(self, width: int, half: int, ink: str, ports: Mapping[str, str]) -> Pieces:
        """The line on which a triangle stands, with the edges that reach it from both sides."""
        before, after = width // 2 - half, width - width // 2 - half
        left: Pieces = [(" " * before, "text")]
        right: Pieces = [(" " * after, "text")]
        if (edge := ports.get("left")) is not None:
            line = self._line(edge)
            left = [(f"{line * (before - 1)}{self._glyphs.right}", edge)]
        if (edge := ports.get("right")) is not None:
            right = [(self._line(edge) * after, edge)]
        return [*left, (f"╱{'─' * (2 * half - 2)}╲", ink), *right]

    def _line(self, ink: str) -> str:
        """The stroke of an edge with this ink."""
        return ("=" if self._plain else "━") if ink == "main" else "─"

    def _queue_wait(self, stage: MapStage, width: int) -> Pieces:
        declared = time_text(stage.wait.declared, self._hours)
        measured = time_text(stage.wait.measured, self._hours)
        parts = measure_text(stage.wait, measured, declared, self._unlike)
        if not parts:
            return [(" " * width, "text")]
        words: Pieces = [("wait ", "faint"), *parts]
        size = sum(width_of(text) for text, _ in words)
        if size > width:
            words, size = list(parts), size - 5
        pad = max(0, (width - size) // 2)
        return [(" " * pad, "text"), *words, (" " * max(0, width - size - pad), "text")]

    def _around(self, text: str, at: int, width: int, ink: str) -> Pieces:
        rest = width - at - width_of(text)
        return [(" " * at, "text"), (text, ink), (" " * rest, "text")]


def rate_text(per_week: float) -> str:
    """``5.3``, ``12``, ``.04``: items a week."""
    if per_week < 0.095:
        if not per_week:
            return "0"
        return f"{per_week:.2f}".removeprefix("0") if per_week >= 0.005 else "<.01"
    return f"{per_week:.1f}" if per_week < 9.95 else f"{per_week:.0f}"


def share_text(share: float | None) -> str:
    """``12%``; what is less than one in 200 is ``<1%``."""
    return "<1%" if share is not None and 0 < share < 0.005 else percent(share, unknown="")
