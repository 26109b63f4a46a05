"""The lines that frame a screen: figures and tabs above, hints and messages below."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import product

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from vsm.actions import ACTIONS, BY_ID, TABS, Action, Scope, Situation, scoped
from vsm.keymap import Keymap
from vsm.model.board import Header
from vsm.model.rules import SLE_PERCENT
from vsm.text_width import clip, fit, width_of, wrap
from vsm.widgets.company import Company, Pieces, fitting_people, people_pieces
from vsm.widgets.date_text import day
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.header_advice import HeaderAdvice, Sources, advice_pieces, source_pieces
from vsm.widgets.hints import hinted_actions
from vsm.widgets.line_widget import Lines
from vsm.widgets.styles import Styles
from vsm.widgets.tab_pieces import tab_pieces

TALLEST = 3
"""Lines that a message may take below the board."""
FEW = 10
"""Finished items below which the header says how few its percentile rests on."""
TALL = 24
"""Lines of a terminal from which on the tabs have a line of their own."""
_NAMES = (72, 40, 28, 24, 18)
"""Cells that the name of a stream may take, from the longest wording of the header on."""
_WIDE = 100
"""Cells of a terminal from which on the position in the journal is shown where it fits."""


class Bar(Lines, can_focus=False):
    """One line of pieces on the left and pieces on the right."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, skin: Styles, glyphs: Glyphs, id: str) -> None:
        super().__init__(id=id)
        self.skin = skin
        self.glyphs = glyphs

    def set_skin(self, skin: Styles) -> None:
        """Draw with other colours."""
        self.skin = skin
        self.refresh()

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """What stands on the left and on the right in ``width`` cells: here nothing."""
        return [], []

    def render_line(self, y: int) -> Strip:
        """The line; what does not fit on the left is clipped, the right side stays whole."""
        return self.draw(*self.parts(self.size.width))

    def draw(self, left: Pieces, right: Pieces) -> Strip:
        """A line of these pieces."""
        width = self.size.width
        inks = self.skin.bar
        end = _cells(right)
        if end > width:
            right, end = [], 0
        out: list[Segment] = []
        used = 0
        for text, ink in left:
            line = clip(text, width - end - used, self.glyphs.ellipsis)
            if not line:
                break
            used += width_of(line)
            out.append(Segment(line, self.style_of(ink)))
        if width > used + end:
            out.append(Segment(" " * (width - used - end), inks.text))
        out += [Segment(text, self.style_of(ink)) for text, ink in right if text]
        return Strip(out, width)

    def style_of(self, name: str) -> Style:
        """The ink of this name; that of the current tab is drawn as the cursor is."""
        ink: Style = self.skin.cursor.strong if name == "tab" else getattr(self.skin.bar, name)
        return ink


def _cells(pieces: Sequence[tuple[str, str]]) -> int:
    return sum(width_of(text) for text, _ in pieces)


class Live(StrEnum):
    """Whether the board sees what others do."""

    LIVE = "live"
    READ_ONLY = "read-only"
    VIEWER = "viewer"
    AWAY = "server away"
    BEHIND = "behind"
    LOST = "not live"


class HeaderLine(Bar):
    """Stream, its figures, and who is looking; below it the tabs.

    Gives up words before figures. In a low terminal the tabs stand before the stream, all but the
    current one without their names, so that no line is lost.
    """

    DEFAULT_CSS = "HeaderLine { height: auto; }"

    class Picked(Message):
        """The stream's name was clicked."""

    class TabPicked(Message):
        """A tab was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(
        self,
        skin: Styles,
        glyphs: Glyphs,
        name: str,
        actor: str,
        live: Live,
        keymap: Keymap | None = None,
        tab: str = "",
    ) -> None:
        super().__init__(skin, glyphs, "header")
        self.stream_name = name
        self.actor = actor
        self.live = live
        self.copied_at = ""
        """The time of day of the copy that is shown, where it is one."""
        self.figures: Header | None = None
        self.advice = HeaderAdvice()
        self.sources: Sources = ()
        self.company = Company()
        self.position: int | None = None
        self._keymap = keymap
        self._tab = tab
        self._name_cells = range(0)
        self._tab_cells: list[tuple[range, str]] = []
        """By stretch of cells, the tab that stands there."""

    def show(self, figures: Header | None, position: int | None = None) -> None:
        """Show these figures, and up to which entry of the journal they are."""
        if (figures, position) != (self.figures, self.position):
            self.figures, self.position = figures, position
            if figures is not None:
                self.stream_name = figures.name
            self.redraw(0)

    def set_advice(self, advice: HeaderAdvice) -> None:
        """Show what limits the flow, the forecast, and how many facts of the report are new."""
        if advice != self.advice:
            tabs_change = advice.news != self.advice.news
            self.advice = advice
            self.redraw(0)
            if tabs_change and self.size.height > 1:
                self.redraw(1)

    def set_sources(self, sources: Sources) -> None:
        """Show which sources are not read as they should be."""
        if sources != self.sources:
            self.sources = sources
            self.redraw(0)

    def set_company(self, company: Company) -> None:
        """Show who else is here."""
        if company != self.company:
            self.company = company
            self.redraw(0)

    def set_live(self, live: Live, copied_at: str = "") -> None:
        """Change the live mark; ``copied_at`` is the time of day of a copy that is shown."""
        if (live, copied_at) != (self.live, self.copied_at):
            self.live, self.copied_at = live, copied_at
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Two lines where the terminal has room for them."""
        return 2 if self._keymap is not None and viewport.height >= TALL else 1

    def render_line(self, y: int) -> Strip:
        """The figures, and below them the tabs."""
        return super().render_line(y) if y == 0 else self.draw(self._tabs(self.size.width), [])

    def on_click(self, event: events.Click) -> None:
        """A click on the name asks for another stream, one on a tab for its screen."""
        tab_line = self.size.height - 1
        tabs = (tab for cells, tab in self._tab_cells if event.x in cells)
        tab = next(tabs, None) if event.y == tab_line else None
        if tab is not None:
            self.post_message(self.TabPicked(tab))
        elif event.y == 0 and event.x in self._name_cells:
            self.post_message(self.Picked())

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """The longest wording that fits."""
        left: Pieces = []
        right: Pieces = []
        before = self._tabs(0) if self.size.height == 1 else []
        # Position and forecast give way before anything else is said in fewer words.
        position: Pieces = []
        if self.position is not None and width >= _WIDE:
            position = [(f"#{self.position:,}  ", "faint")]
        for level, foreseen, extra in product(range(len(_NAMES)), (True, False), (position, [])):
            left, right = self._wording(level, before, foreseen)
            right = [*(extra if level < 2 else []), *right]
            if _cells(left) + _cells(right) + 1 <= width:
                break
        # What is free goes to the names of people: they are cut only where nothing is.
        room = width - _cells(left) - _cells(right[-1:]) - 1
        return left, fitting_people(self.company, self.actor, room, self.glyphs, right)

    def _tabs(self, width: int) -> Pieces:
        """The tabs in so many cells, and where each stands; in none without names and news."""
        if self._keymap is None:
            return []
        pieces = tab_pieces(self._keymap, self._tab, self.advice.news, width, self.glyphs)
        at, self._tab_cells = 0, []
        for (text, _), tab in zip(pieces, TABS, strict=True):
            self._tab_cells.append((range(at, at + width_of(text)), tab.id))
            at += width_of(text)
        return pieces

    def _wording(self, level: int, before: Pieces, foreseen: bool) -> tuple[Pieces, Pieces]:
        glyphs = self.glyphs
        dot = f"{glyphs.dot} "
        left: Pieces = [*before, (" ", "text")]
        if level < 1 and not before:
            left += [("vsm ", "faint"), (f"{glyphs.separator} ", "faint")]
        name = clip(self.stream_name, _NAMES[level], glyphs.ellipsis)
        start = _cells(left)
        left += [(f"{name} ", "strong"), (f"{glyphs.pick}  ", "faint")]
        self._name_cells = range(start, _cells(left))
        figures = self._figures(level, foreseen)
        for n, (text, ink) in enumerate(figures):
            left += [(dot, "faint")] if n else []
            left.append((f"{text} ", ink))
        ink = {Live.LIVE: "good", Live.LOST: "bad", Live.AWAY: "bad"}.get(self.live, "warn")
        mark = glyphs.live if self.live is Live.LIVE else glyphs.stale
        word = f" {self.live}" if level < 2 or self.live is not Live.LIVE else ""
        if self.live is Live.AWAY and level >= 2:
            word = f" away {self.copied_at}"
        elif self.copied_at and self.live is not Live.LOST:
            word = f"{word}, as of {self.copied_at}" if level < 2 else f" as of {self.copied_at}"
        right = people_pieces(self.company, self.actor, level, glyphs)
        return left, [*right, (f"{mark}{word} ", ink)]

    def _figures(self, level: int, foreseen: bool) -> Pieces:
        head, glyphs = self.figures, self.glyphs
        if head is None:
            return []
        out: Pieces = []
        if head.ended:
            words = "no activity since" if level < 2 else "as of"
            out.append((f"{words} {day(head.until, head.zone)}", "warn"))
        if head.p85 is not None:
            words = f"{SLE_PERCENT}%{' finish in' if level < 2 else ''}"
            few = f" (n={head.samples})" if head.samples < FEW and level < 3 else ""
            out.append((f"{words} {glyphs.at_most} {head.p85} d{few}", "text"))
        elif level < 3:
            out.append(("no cycle times in 90 d", "faint"))
        if head.limit is None:
            out.append((f"WIP {head.wip}", "text"))
        elif head.wip > head.limit:
            out.append((f"WIP {head.wip}/{head.limit} {glyphs.over}", "bad"))
        else:
            out.append((f"WIP {head.wip}/{head.limit}", "text"))
        if head.over:
            # A stage may be over its limit though the sum is not over the sum of limits.
            name, wip, limit = head.over[0]
            more = f" and {len(head.over) - 1} more" if len(head.over) > 1 else ""
            words = f"{clip(name, 24, glyphs.ellipsis)} {wip}/{limit}{more}"
            if level >= 2:
                words = f"{len(head.over)} over"
            out.append((f"{words} {glyphs.over}", "bad"))
        if level < 4:
            out.append((f"{head.finished} done in 14 d{self._until(head, level)}", "text"))
        out += advice_pieces(self.advice, level, foreseen, glyphs)
        return [*out, *source_pieces(self.sources, level, glyphs)]

    def _until(self, head: Header, level: int) -> str:
        """Where the data ended the day to which a recent rate is; the year stands before it."""
        if not head.ended:
            return ""
        until = day(head.until, head.zone)
        return f" to {until if level < 1 else until.rpartition(' ')[0]}"


class HintLine(Bar):
    """Keys that are worth knowing, or what has just happened; the column ruler on the right."""

    def __init__(
        self, skin: Styles, glyphs: Glyphs, keymap: Keymap, scope: Scope = Scope.BOARD
    ) -> None:
        super().__init__(skin, glyphs, "hints")
        self.keymap = keymap
        self.scope = scope
        self.situation = Situation((scope,))
        self._actions = [
            action
            for action in (*scoped(scope), *scoped(Scope.APP))
            if action.id == "help" or action.word(scope)
        ]
        self.message = ""
        self.ink = "text"
        self.run = (0, 0, 0)
        self.marks = (0, 0)
        """How many items are marked, and how many a range covers."""
        self._lines_of_message: list[str] = []
        """The message in lines, where one is not enough."""
        self.details = False
        """Whether the details are open, which have keys of their own."""

    def say(self, message: str, ink: str = "text") -> None:
        """Show a message in place of the hints; ``""`` brings the hints back."""
        if (message, ink) != (self.message, self.ink):
            self.message, self.ink = message, ink
            self._make_room()
            self.redraw(0)

    @property
    def is_warning(self) -> bool:
        """Whether the message says that something could not be done."""
        return self.ink == "warn"

    def set_marks(self, marked: int, ranged: int) -> None:
        """Show how many items are marked (and are in a range), and what keys do to them."""
        if (marked, ranged) != self.marks:
            self.marks = marked, ranged
            self.redraw(0)

    def set_situation(self, situation: Situation) -> None:
        """Name the keys that work there."""
        if situation != self.situation:
            self.situation = situation
            self.redraw(0)

    def on_resize(self) -> None:
        """A message takes more lines in a narrower terminal."""
        self._make_room()

    def _make_room(self) -> None:
        """Take as many lines as the message needs, :data:`TALLEST` at most; else one."""
        room = self.size.width - 2
        fits = room < 1 or width_of(self.message) <= room
        lines = [] if fits else wrap(self.message, room, TALLEST, self.glyphs.ellipsis)
        if lines != self._lines_of_message:
            self._lines_of_message = lines
            self.styles.height = max(1, len(lines))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line, or one of several of a long message."""
        if not self._lines_of_message:
            return super().render_line(y)
        width, inks = self.size.width, self.skin.bar
        line = self._lines_of_message[y] if y < len(self._lines_of_message) else ""
        return Strip([Segment(fit(f" {line}", width), getattr(inks, self.ink))], width)

    def show_run(self, first: int, last: int, count: int) -> None:
        """Tell which columns are visible: places ``first`` up to ``last`` of ``count``."""
        if (first, last, count) != self.run:
            self.run = (first, last, count)
            self.refresh()

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """Message or hints, and the ruler where not all columns are visible."""
        right = self._ruler()
        if self.message:
            # The message goes before the ruler where both do not fit.
            if any(self.marks):
                right = [(f"{self.glyphs.mark} {sum(self.marks)} marked ", "accent"), *right]
            whole = width_of(self.message) + _cells(right) + 1 <= width
            return [(" ", "text"), (self.message, self.ink)], right if whole else []
        if any(self.marks):
            return self._marked(width - _cells(right)), right
        hinted = hinted_actions(self._actions, self.scope, self.situation, self.keymap)
        last = self._hint(BY_ID["help"])
        room = width - _cells(right) - _cells(last) - 1
        left: Pieces = [(" ", "text")]
        if self.details and self.keymap.of("details_down"):
            left += self._hint(BY_ID["details_down"], "more of the details")
        for action, word in hinted:
            piece = self._hint(action, word)
            if action.id == "help" or _cells(left) + _cells(piece) > room:
                break
            left += piece
        return left + last, right

    def _marked(self, room: int) -> Pieces:
        """How many are marked, and the keys that act on all of them."""
        marked, ranged = self.marks
        words = [f"{marked} marked"] if marked else []
        words += [f"a range of {ranged}"] if ranged else []
        left: Pieces = [(f" {self.glyphs.mark} ", "accent"), (f"{' and '.join(words)}  ", "strong")]
        last = self._hint(BY_ID["close"], "unmark")
        for action in ACTIONS:
            if not (action.marked and self.keymap.of(action.id)):
                continue
            piece = self._hint(action, action.marked)
            if _cells(left) + _cells(piece) + _cells(last) <= room:
                left += piece
        return left + last

    def _hint(self, action: Action, word: str = "") -> Pieces:
        key = self.keymap.name(action.id, self.glyphs is ASCII)
        if action.id == "move_right" and self.keymap.of("move_left"):
            key = f"{self.keymap.name('move_left', self.glyphs is ASCII)} {key}"
        return [(f"{key} ", "strong"), (f"{word or action.hint}  ", "faint")]

    def _ruler(self) -> Pieces:
        first, last, count = self.run
        if last - first >= count:
            return []
        glyphs = self.glyphs
        before = glyphs.left if first else " "
        after = glyphs.right if last < count else " "
        which = f"{first + 1}" if last == first + 1 else f"{first + 1}{glyphs.dash}{last}"
        return [
            (f"{before} ", "strong"),
            (f"{which} of {count} ", "text"),
            (f"{after} ", "strong"),
        ]
