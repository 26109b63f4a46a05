"""Tells resolutions that mean "not delivered": such items end in a dropped stage."""

from __future__ import annotations

import re

STAGE = "Not delivered"
"""The status in which items end that were closed undelivered; its category is dropped."""

RESOLUTIONS = frozenset(
    (
        *("wontdo", "wontfix", "willnotdo", "willnotfix", "notdone", "notplanned"),
        *("duplicate", "duplicated", "alreadyexists", "cannotreproduce", "cantreproduce"),
        *("notreproducible", "unreproducible", "worksforme", "notabug", "notanissue", "invalid"),
        *("incomplete", "declined", "rejected", "abandoned", "cancelled", "canceled", "obsolete"),
        *("outofdate", "withdrawn", "superseded", "notapplicable", "outofscope", "removed"),
        *("wirdnichtbehoben", "wirdnichterledigt", "wirdnichtgemacht", "duplikat"),
        *("nichtreproduzierbar", "abgelehnt", "abgebrochen", "ungültig"),
        *("nepasfaire", "nepascorriger", "doublon", "annulé", "abandonné", "rejeté"),
        *("noserealizará", "duplicado", "cancelado", "rechazado", "nãoseráfeito", "rejeitado"),
        *("nonverràeseguito", "duplicato", "annullato", "rifiutato"),
    )
)
"""Letters of the resolutions that trackers come with, and of their common translations."""


def not_delivered(resolution: str, chosen: str | None = None) -> bool:
    """Whether a resolution means that the item was not delivered.

    ``chosen`` are the resolutions that the user named, separated by commas, in place of the list.
    """
    known = RESOLUTIONS
    if chosen is not None:
        known = frozenset(_letters(name) for name in chosen.split(",")) - {""}
    return _letters(resolution) in known


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
