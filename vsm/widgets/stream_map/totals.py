"""The line of totals below a map: with less room it says them in fewer words, never in fewer."""

from __future__ import annotations

from typing import NamedTuple

from vsm.features.map.results import Measure, ValueStreamMap
from vsm.features.map.wording import time_words
from vsm.model.declared import TimeBasis
from vsm.report.wording import percent
from vsm.text_width import width_of
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.boxes import Pieces, measure_text


class _Words(NamedTuple):
    """Names of the totals, and what stands between them."""

    names: tuple[str, str, str, str, str]
    basis: bool = False
    tight: bool = False


_WORDINGS = (
    _Words(("PT", "wait", "LT", "activity ratio", "rolled C&A"), basis=True),
    _Words(("PT", "wait", "LT", "activity ratio", "rolled C&A")),
    _Words(("PT", "wait", "LT", "activity", "rolled C&A")),
    _Words(("PT", "W", "LT", "activity", "rolled"), tight=True),
    _Words(("PT", "W", "LT", "AR", "rolled"), tight=True),
    _Words(("", "", "", "", ""), tight=True),
)
"""From the longest to the shortest."""


def has_totals(of: ValueStreamMap) -> bool:
    """Whether a total is known, measured or declared."""
    return any(measure.best is not None for measure in _measures(of))


def _measures(of: ValueStreamMap) -> tuple[Measure, ...]:
    totals = of.totals
    times = totals.process, totals.wait, totals.lead_time
    return *times, totals.activity_ratio, totals.rolled


def totals_line(of: ValueStreamMap, glyphs: Glyphs, width: int) -> Pieces:
    """Process time, wait, lead time, activity ratio, rolled %C&A, and what a day is."""
    known = [measure for measure in _measures(of) if measure.best is not None]
    declared = bool(known) and all(measure.measured is None for measure in known)
    out: Pieces = []
    for words in _WORDINGS:
        out = _line(of, glyphs, words, declared)
        if sum(width_of(text) for text, _ in out) <= width:
            break
    return out


def _line(of: ValueStreamMap, glyphs: Glyphs, words: _Words, declared: bool) -> Pieces:
    unlike = "<>" if glyphs is ASCII else "≠"
    figures: list[Pieces] = []
    for n, (name, measure) in enumerate(zip(words.names, _measures(of), strict=True)):
        texts = (measure.measured, measure.declared)
        if n < 3:
            measured, said = (_days(days, of.time, words.tight) for days in texts)
        else:
            measured, said = (percent(share, unknown="") for share in texts)
        parts = measure_text(measure, measured, said, unlike)
        lead = f"{name} " if name else ""
        figures.append([(lead, "faint"), *(parts or [(glyphs.dash, "faint")])])
    basis = ["declared"] if declared else []
    basis += [of.time.words] if words.basis else []
    if basis:
        figures.append([(", ".join(basis), "faint")])
    between = "  " if words.tight else f" {glyphs.dot} "
    out: Pieces = [(" ", "text")]
    for n, parts in enumerate(figures):
        out += [(between if n else "", "faint"), *parts]
    return [piece for piece in out if piece[0]]


def _days(days: float | None, basis: TimeBasis, tight: bool) -> str:
    """``13.8 d`` as ``vsm map`` has it; without a blank where room is scarce."""
    if days is None:
        return ""
    text = time_words(days, basis)
    return text if tight or text[-1:].isdigit() else f"{text[:-1]} {text[-1]}"
