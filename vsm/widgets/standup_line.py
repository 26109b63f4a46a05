"""The line of a stand-up: which item of how many, for how long it is where, what blocks it."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from vsm.actions import Scope
from vsm.model.sanitise import inert_line
from vsm.text_width import width_of
from vsm.widgets.company import Pieces
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.keyed import bindings
from vsm.widgets.status_bars import Bar
from vsm.widgets.styles import Styles


class Step(NamedTuple):
    """The item at hand. ``days`` are those in its stage, ``usual`` those within which 85% leave it.

    ``blockers`` are what blocks it, in words. Both counts of days are ``None`` where they are not
    known, as of an item that is finished.
    """

    number: int
    total: int
    key: str
    stage: str
    days: int | None = None
    usual: int | None = None
    is_stale: bool = False
    age: int | None = None
    is_old: bool = False
    blockers: tuple[str, ...] = ()
    is_owned: bool = True


class StandupLine(Bar, can_focus=True):
    """Says where a stand-up is, and takes its keys."""

    SCOPE = Scope.STANDUP
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.STANDUP)

    def __init__(self, skin: Styles, glyphs: Glyphs) -> None:
        super().__init__(skin, glyphs, "standup")
        self.step: Step | None = None

    def show(self, step: Step) -> None:
        """Show another item, or the same one as it is now."""
        if step != self.step:
            self.step = step
            self.redraw(0)

    def parts(self, width: int) -> tuple[Pieces, Pieces]:
        """The longest wording that fits; what blocks the item stands before its age."""
        step = self.step
        if step is None:
            return [], []
        whole = self._words(step, brief=False)
        fits = sum(width_of(text) for text, _ in whole) <= width
        return whole if fits else self._words(step, brief=True), []

    def _words(self, step: Step, brief: bool) -> Pieces:
        dot = (f" {self.glyphs.dot} ", "faint")
        left: Pieces = [
            (f" {step.number} of {step.total}", "accent"),
            dot,
            (inert_line(step.key), "strong"),
            dot,
        ]
        stage = inert_line(step.stage)
        if step.days is None:
            left.append((f"in {stage}", "text"))
        else:
            left.append((f"{step.days} d in {stage}", "warn" if step.is_stale else "text"))
        if step.usual is not None:
            words = f" (85%: {step.usual} d)" if brief else f" (85% leave it in {step.usual} d)"
            left.append((words, "faint"))
        for blocker in step.blockers:
            words = "" if brief else "blocked by "
            left += [dot, (f"{self.glyphs.blocked} {words}{inert_line(blocker)}", "bad")]
        if step.age is not None and step.age != step.days:
            mark = f" {self.glyphs.past85}" if step.is_old else ""
            left += [dot, (f"age {step.age} d{mark}", "warn" if step.is_old else "text")]
        if not step.is_owned and not brief:
            left += [dot, ("unassigned", "warn")]
        return left
