"""Names what limits the flow in a few words, for boards and overviews; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence

ENOUGH = 0.6
"""The confidence from which on it is named."""


def limit_in_words(
    kind: str, stages: Sequence[str], team: str | None, confidence: float
) -> str | None:
    """The stages or the team that limit the flow; ``None`` where that is not at least probable."""
    if not stages or confidence < ENOUGH:
        return None
    return team if kind == "team" and team else " and ".join(stages)
