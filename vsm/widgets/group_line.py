"""The line above the columns of a board that says which of them share a WIP limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from rich.segment import Segment
from textual.strip import Strip

from vsm.model.group_limit import GroupWip
from vsm.model.sanitise import inert_line
from vsm.text_width import clip, width_of
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.line_widget import Lines
from vsm.widgets.styles import Styles

Spans = Callable[[], Sequence[tuple[int, int]]]
"""Stage id and cells of each column that is visible, from left to right."""


class GroupLine(Lines):
    """A bracket over the stages of each limit, with its count; shown only where there is one."""

    def __init__(self, skin: Styles, glyphs: Glyphs, spans: Spans) -> None:
        super().__init__()
        self._skin = skin
        self._glyphs = glyphs
        self._spans = spans
        self.groups: Sequence[GroupWip] = ()

    def show(self, groups: Sequence[GroupWip]) -> bool:
        """Show these limits; whether the line comes or goes, so that columns make room."""
        changes = bool(groups) != bool(self.groups)
        if groups != self.groups:
            self.groups = groups
            self.redraw(0)
        return changes

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self._skin = skin
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The brackets over the visible columns."""
        return Strip(list(self._pieces()), self.size.width)

    def _pieces(self) -> Iterator[Segment]:
        inks = self._skin.bar
        places = {stage: n for n, group in enumerate(self.groups) for stage in group.stages}
        for at, run in groupby(self._spans(), lambda span: places.get(span[0])):
            width = sum(cells for _, cells in run)
            if at is None:
                yield Segment(" " * width, inks.text)
                continue
            group = self.groups[at]
            mark, ink = ("", inks.text)
            if group.is_over:
                mark, ink = f" {self._glyphs.over}", inks.bad
            elif group.wip == group.limit:
                mark, ink = f" {self._glyphs.full}", inks.warn
            count = f" {group.wip}/{group.limit}{mark} "
            line = "-" if self._glyphs.bar == " " else "─"
            room = max(0, width - 2 - width_of(count))
            name = clip(f" {inert_line(group.label)}", room, self._glyphs.ellipsis)
            rest = line * max(0, width - 2 - width_of(name) - width_of(count))
            yield Segment(line, inks.faint)
            yield Segment(name, inks.strong)
            yield Segment(clip(count, max(0, width - 2), self._glyphs.ellipsis), ink)
            yield Segment(f"{rest} ", inks.faint)
