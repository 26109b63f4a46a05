"""The texts of the map that explain its figures and its picture."""

from __future__ import annotations

from vsm.features.map.definitions import DEFINITIONS

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
MEANS = "\n\n".join(
    [
        _READING,
        *(f"{name}: {DEFINITIONS[key]}" for key, name in _NAMES.items() if key in DEFINITIONS),
    ]
)
