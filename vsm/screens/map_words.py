"""The texts of the map that explain its figures and its picture."""

from __future__ import annotations

from vsm.features.map.definitions import DEFINITIONS
from vsm.features.map.results import ValueStreamMap
from vsm.features.map.wording import has_ended
from vsm.model.rules import local
from vsm.report.wording import day
from vsm.widgets.glyphs import ASCII, Glyphs
from vsm.widgets.stream_map.boxes import note_mark

_NAMES = {
    "process": "PT",
    "wait": "wait",
    "complete_accurate": "C&A",
    "utilisation": "util",
    "arrivals_per_week": "/wk",
    "main_path": "Heavy line",
    "totals.process": "PT in all",
    "totals.wait": "Wait in all",
    "totals.lead_time": "LT",
    "totals.activity_ratio": "Activity ratio",
    "totals.rolled_ca": "Rolled C&A",
    "totals.sum_of_medians": "Sum of medians",
    "time": "Days",
}
_READING = """\
Boxes are stages, triangles queues and backlogs with the number of items in them. Heavy lines are \
the main path, dashed ones below lead back (rework) with their share of moves. In brackets, or \
behind \u2260 where it differs by more than 25%, is what people declared. \u25c6 limits the flow. \
\u2731 has a note.

The timeline steps up for wait and down for process time along the main path. Of many edges only \
the most travelled are drawn; where items go other ways than the stream's edges, columns follow \
the moves."""
PLAIN_MARKS = """\
In ASCII the box under the cursor has a frame of #, and so is the edge under it; the main path is \
of =, what leads back of dots. ^ is above its WIP limit."""
"""The marks of a map that is drawn in ASCII."""
MEANS = "\n\n".join(
    [
        _READING,
        *(f"{name}: {DEFINITIONS[key]}" for key, name in _NAMES.items() if key in DEFINITIONS),
    ]
)


def means_in(glyphs: Glyphs) -> str:
    """The texts with the symbols of a set; in ASCII with a legend of what else is drawn so."""
    if glyphs is not ASCII:
        return MEANS
    marks = {"\u2260": "<>", "\u25c6": glyphs.limits, "\u2731": note_mark(glyphs)}
    plain = MEANS
    for ours, theirs in marks.items():
        plain = plain.replace(ours, theirs)
    reading, _, rest = plain.partition("\n\n")
    return "\n\n".join([reading, PLAIN_MARKS, rest])


def empty_words(of: ValueStreamMap) -> str:
    """What is said of a map in whose window nothing finished, keys in braces; else ``""``."""
    if of.finished:
        return ""
    if any(edge.moves for edge in of.edges):
        return "Nothing finished in this window: no times are measured. {window} makes it longer."
    if has_ended(of):
        last = day(local(of.last_activity or 0, of.zone).date())
        return f"Last move on {last}, before this window: {{data_end}} shows the map as of then."
    since = "has flowed yet" if of.last_activity is None else "moved in this window"
    return f"Nothing {since}: boxes show what you declared. {{edit_stage}} declares times."
